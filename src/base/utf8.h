/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utf8.h - Unicode texts: valid, normalised, and their width.
 *
 * Everything stored is valid UTF-8 in NFC; its search form is NFKC with case
 * folded (Unicode 15, through utf8proc).
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/err.h"
#include "base/str.h"

struct arena;

bool utf8_valid(struct str s);	  /* no NUL, no surrogates, shortest form */
size_t utf8_count(struct str s);  /* characters (code points) */
size_t utf8_width(struct str s);  /* half-width columns, ambiguous = 1 */
/* At most ${n} characters, cut between them. */
struct str utf8_take(struct str s, size_t n);
/* The next code point of valid text; advances ${s}. 0 at the end. */
uint32_t utf8_next(struct str *s);

/* Text from a form or file: invalid bytes become U+FFFD, NUL and C0 controls
 * but TAB and LF go, CRLF becomes LF, then NFC. */
struct str utf8_clean(struct arena *a, struct str s);
/* The same and on one line, trimmed: for titles and names. */
struct str utf8_clean_line(struct arena *a, struct str s);
/* NFKC + case fold, for comparing and searching. */
struct str utf8_fold(struct arena *a, struct str s);

/* Lines of at most ${width} columns; Japanese breaking rules are kept and a
 * URL, an address or a word is never broken. Lines that begin with "> " keep
 * it. */
const char *utf8_wrap(struct arena *a, struct str s, size_t width);

#endif
