/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blob_fold.h - base64 lines taken apart before compression, and made again.
 *
 * Half of the mails carry their text, and all of them their files, in base64,
 * of which zstd finds nothing but that a character has six bits. Folded, the
 * decoded bytes stand in its place; unfolded, every byte is as it came. The
 * format: docs/schema/blob.md.
 */
#ifndef BLOB_BLOB_FOLD_H
#define BLOB_BLOB_FOLD_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

struct buf;

/* The folded form of ${in} to ${out}; false: nothing in it to be folded. */
bool blob_fold(struct buf *out, struct str in);

struct blob_unfold { /* all zero at the beginning */
	unsigned char head[8]; /* of a record */
	size_t head_n;
	bool run; /* base64, else the bytes themselves */
	size_t left; /* bytes of the record to come */
	size_t width, column; /* characters of a line */
	bool crlf;
	unsigned char in[3];
	size_t in_n;
	char out[6]; /* made, not yet taken */
	size_t out_n, out_at;
};
/* From the folded ${*in}, which moves on, up to ${max} bytes to ${p}; fewer
 * only when all of ${*in} is used up. ERR_IO: not a folded form. */
MUST_USE enum err blob_unfold(struct blob_unfold *u, struct str *in, char *p, size_t max, size_t *ret);
/* Nothing is missing at the end? */
bool blob_unfold_whole(const struct blob_unfold *u);

#endif
