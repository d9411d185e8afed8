/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blob_codec.h - bytes to zstd to secretstream and back, piece by piece.
 *
 * No files and no database here. Whoever writes gets the pieces through a
 * sink; whoever reads gives a source.
 */
#ifndef BLOB_BLOB_CODEC_H
#define BLOB_BLOB_CODEC_H

#include "base/err.h"
#include "base/str.h"

struct blob_keys {
	unsigned char name[32], content[32]; /* subkeys of DATA/secret.key */
};
void blob_codec_keys(struct blob_keys *ret, const unsigned char key[32]);
/* The name of ${bytes}. */
void blob_codec_name(const struct blob_keys *keys, struct str bytes, unsigned char ret[32]);

struct blob_encoder;
struct blob_sink {
	enum err (*write)(void *object, const void *p, size_t n);
	void *object;
};
/* ${size}: how many bytes will come, or UINT64_MAX when that is not known. */
MUST_USE enum err blob_encoder_new(const struct blob_keys *keys, struct blob_sink sink, uint64_t size, struct blob_encoder **ret);
MUST_USE enum err blob_encoder_write(struct blob_encoder *e, const void *p, size_t n);
/* All bytes in one, and no other: base64 in them costs what it holds. */
MUST_USE enum err blob_encoder_all(struct blob_encoder *e, struct str bytes);
MUST_USE enum err blob_encoder_end(struct blob_encoder *e, unsigned char ret_name[32]);
void blob_encoder_free(struct blob_encoder *e);
AUTO_DEFINE(blob_encoder)

struct blob_decoder;
struct blob_source { /* fewer than ${n} bytes only at the end */
	enum err (*read)(void *object, void *p, size_t n, size_t *ret);
	void *object;
};
/* ${name}: what the plaintext must hash to. */
MUST_USE enum err blob_decoder_new(const struct blob_keys *keys, struct blob_source source, const unsigned char name[32], struct blob_decoder **ret);
/* Next bytes, 0 at the end. ERR_IO: not what was stored. */
MUST_USE enum err blob_decoder_read(struct blob_decoder *d, void *p, size_t max, size_t *ret);
void blob_decoder_free(struct blob_decoder *d);
AUTO_DEFINE(blob_decoder)

#endif
