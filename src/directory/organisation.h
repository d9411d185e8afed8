/* SPDX-License-Identifier: Apache-2.0 */
/*
 * organisation.h - whom we know.
 *
 * An organisation may be a member of our constituency (then its scopes are the
 * constituency), a peer, a provider, an authority, a brand owner or a community
 * that others are members of. A contact (contact.h) is a way to reach it, a
 * scope (scope.h) what it is responsible for.
 */
#ifndef DIRECTORY_ORGANISATION_H
#define DIRECTORY_ORGANISATION_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "base/word.h"

/* Stored names with English msgids. */
extern const struct word organisation_kinds[];
extern const struct word organisation_sectors[];
extern const struct word organisation_authorities[]; /* full shared none */
extern const struct word organisation_formats[];    /* table csv iodef xarf raw */

struct organisation {
	int64_t id;
	const char *name, *name_en, *kana; /* the last two or NULL */
	const char *kind;
	const char *cc, *sector; /* or NULL */
	const char *lang;
	const char *zone, *url, *address; /* or NULL */
	int64_t parent_id;		  /* 0 = none */
	bool member;			  /* of our constituency */
	const char *authority, *trust, *max_tlp;
	const char *formats; /* names with commas between */
	bool business_days;
	const char *scope, *mission, *capabilities, *offers, *legal, *note; /* or NULL */
	const char *source;
	bool historical;
	int64_t verified_at, removed_at, created_at, updated_at, version;
};

/* The name in the reader's language: English readers see name_en when there is one. */
const char *organisation_name(const struct organisation *o, bool english);

#endif
