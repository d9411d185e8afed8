/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokens.h - how texts are cut for full-text search, in both databases.
 *
 * NFKC + case fold; runs of Han, Hiragana, Katakana and Hangul become
 * overlapping pairs of characters (and the run's last character alone), so
 * that two-character Japanese words are found; others become words; hosts,
 * URLs and mail addresses also split at dots, slashes, "@" and hyphens. A
 * katakana long-vowel mark at a word's end is dropped (サーバー = サーバ).
 */
#ifndef TEXT_TOKENS_H
#define TEXT_TOKENS_H

#include "base/err.h"
#include "base/str.h"

struct arena;

/* ${start}, ${end}: the byte range in the original. ${position} counts up. */
typedef enum err (*tokens_fn)(void *object, struct str token, size_t start, size_t end);
MUST_USE enum err tokens_each(struct str text, tokens_fn fn, void *object);

#endif
