/* SPDX-License-Identifier: Apache-2.0 */
/* picture_page.h - a picture on the pages of its site and its brand. */
#ifndef TAKEDOWN_PICTURE_PAGE_H
#define TAKEDOWN_PICTURE_PAGE_H

#include "web/web.h"

/* ${o}.${key} {id, state, width, height, alt, sha256, error} and "@" members, null
 * without one. ${href}: of its routes; ${alt}: said when nobody wrote what is to be
 * seen. */
MUST_USE enum err picture_page_set(struct web *w, struct value *o, const char *key, int64_t picture, const char *href,
    const char *alt);
/* ${o}.picture of the site, ${o}.genuine of its brand. */
struct site;
MUST_USE enum err picture_page_compare(struct web *w, struct value *o, const struct site *s);
/* Is ${o}.picture still being read? */
bool picture_page_waits(const struct value *o);

#endif
