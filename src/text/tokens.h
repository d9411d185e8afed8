/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokens.h - how texts are cut for full-text search, in both databases.
 *
 * NFKC + case fold; runs of Han, Hiragana, Katakana and Hangul become
 * overlapping pairs of characters, so that two-character Japanese words are
 * found; others become words; hosts, URLs and mail addresses also split at
 * dots, slashes, "@", "_" and hyphens. A long-vowel mark at the end of a
 * katakana word of three characters or more is dropped (サーバー = サーバ).
 *
 * 侵入者のPC -> 侵入 入者 者の [の] pc: in a document the last character of a
 * run also stands alone, at the position of the pair before it, so that a
 * search for one character finds it as the prefix of a token. A query has no
 * such extra token, so the tokens of a query in order are a phrase; a run of
 * one character must be searched as a prefix.
 */
#ifndef TEXT_TOKENS_H
#define TEXT_TOKENS_H

#include "base/err.h"
#include "base/str.h"

#define TOKENS_LONGEST 128 /* bytes of a token; the rest of the word is ignored */

struct token {
	struct str text;   /* valid until the callback returns */
	size_t start, end; /* the byte range in the original */
	bool again;	   /* at the position of the token before, not the next one */
	bool prefix;	   /* of a query: a single character, search as a prefix */
};

/* What ${fn} returns other than OK ends the walk and is returned. Invalid
 * bytes separate words. */
typedef enum err (*tokens_fn)(void *object, const struct token *t);
MUST_USE enum err tokens_each(struct str text, tokens_fn fn, void *object);
MUST_USE enum err tokens_query(struct str text, tokens_fn fn, void *object);

#endif
