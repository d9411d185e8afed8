/* SPDX-License-Identifier: Apache-2.0 */
/* base64.h - RFC 4648 base64, plain and URL-safe. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

struct arena;

/* With padding; lines are not broken. */
const char *base64_format(struct arena *a, struct str s);
/* URL-safe alphabet without padding, RFC 4648 section 5. */
const char *base64_url_format(struct arena *a, struct str s);
/* Reads both alphabets; padding may be left out; blanks are an error. */
MUST_USE enum err base64_parse(
    struct arena *a, struct str s, struct str *ret);

#endif
