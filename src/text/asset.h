/* SPDX-License-Identifier: Apache-2.0 */
/*
 * asset.h - the static files of assets/, embedded plain and compressed.
 *
 * A page links to asset_url(), which changes with the content, so that the
 * answer may be kept for ever ("immutable").
 */
#ifndef TEXT_ASSET_H
#define TEXT_ASSET_H

#include "base/str.h"

struct asset {
	const char *path; /* "app.css", "icons/x.svg": without /assets/ */
	const char *url;  /* "/assets/app.css?v=0123456789ab" */
	const char *type; /* Content-Type */
	const char *etag; /* with its quotes */
	struct str raw;
	struct str gz; /* empty when it would not be smaller */
	struct str br; /* the same */
};

/* ${path} as in struct asset; NULL when there is none. Thread-safe. */
const struct asset *asset_find(struct str path);
/* Its address; "" when there is none. */
const char *asset_url(const char *path);
/* The i-th of all, NULL after the last. */
const struct asset *asset_at(size_t i);

#endif
