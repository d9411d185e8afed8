/* SPDX-License-Identifier: Apache-2.0 */
#include "blob/blob_codec.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/buf.h"
#include "blob/blob_dictionary.h"
#include "blob/blob_fold.h"

#define PLAIN 1	 /* versions: the bytes as they are */
#define FOLDED 2 /* as blob_fold() makes them */
#define PIECE ((size_t)64 * 1024) /* compressed bytes an encrypted piece holds */
#define SEALED (PIECE + crypto_secretstream_xchacha20poly1305_ABYTES)
#define HEADER (1 + crypto_secretstream_xchacha20poly1305_HEADERBYTES)
#define LEVEL_SMALL 6 /* of mails: smaller than level 3, at no cost that matters */
#define LEVEL_LARGE 3 /* of uploads, which mostly are compressed already */
#define SMALL ((uint64_t)1024 * 1024)
#define WINDOW_LOG 20 /* 1 MiB: bounds the memory of both sides */
#define FOLD_MAX ((size_t)16 * 1024 * 1024) /* what is folded stands in memory */
#define UNFOLD ((size_t)16 * 1024)

#define TAG_MESSAGE crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
#define TAG_FINAL crypto_secretstream_xchacha20poly1305_TAG_FINAL

void
blob_codec_keys(struct blob_keys *ret, const unsigned char key[32])
{
	if (sodium_init() < 0)
		abort(); /* no random numbers on this machine */
	crypto_kdf_derive_from_key(ret->name, sizeof(ret->name), 1, "blob____", key);
	crypto_kdf_derive_from_key(ret->content, sizeof(ret->content), 2, "blob____", key);
}

void
blob_codec_name(const struct blob_keys *keys, struct str bytes, unsigned char ret[32])
{
	crypto_generichash(ret, 32, (const unsigned char *)bytes.p, bytes.n, keys->name,
	    sizeof(keys->name));
}

struct blob_encoder {
	struct blob_sink sink;
	uint64_t size; /* announced */
	ZSTD_CCtx *zstd;
	crypto_secretstream_xchacha20poly1305_state stream;
	crypto_generichash_state hash;
	unsigned char version;	       /* 0: nothing is written yet */
	unsigned char content_key[32]; /* until then */
	unsigned char *piece;	       /* compressed, waiting to be encrypted */
	size_t n;
	unsigned char *sealed;
};

enum err
blob_encoder_new(const struct blob_keys *keys, struct blob_sink sink, uint64_t size,
    struct blob_encoder **ret)
{
	AUTO(blob_encoder) e = calloc(1, sizeof(*e));

	if (e == NULL)
		abort();
	e->sink = sink;
	e->size = size;
	e->zstd = ZSTD_createCCtx();
	e->piece = malloc(PIECE);
	e->sealed = malloc(SEALED);
	if (e->zstd == NULL || e->piece == NULL || e->sealed == NULL)
		abort(); /* as in the arena: the parent restarts us */
	memcpy(e->content_key, keys->content, sizeof(e->content_key));
	crypto_generichash_init(&e->hash, keys->name, sizeof(keys->name), 32);
	*ret = e;
	e = NULL;
	return OK;
}

/* ${size} of what goes into zstd, or UINT64_MAX. */
static enum err
begin(struct blob_encoder *e, unsigned char version, uint64_t size)
{
	unsigned char header[HEADER] = { version };

	if (ZSTD_isError(ZSTD_CCtx_setParameter(e->zstd, ZSTD_c_compressionLevel,
		size <= SMALL ? LEVEL_SMALL : LEVEL_LARGE)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(e->zstd, ZSTD_c_windowLog, WINDOW_LOG)) ||
	    ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(e->zstd,
		size == UINT64_MAX ? ZSTD_CONTENTSIZE_UNKNOWN : size)) ||
	    ZSTD_isError(ZSTD_CCtx_refPrefix(e->zstd, blob_dictionary, blob_dictionary_size)))
		return ERR_IO;
	crypto_secretstream_xchacha20poly1305_init_push(&e->stream, header + 1, e->content_key);
	sodium_memzero(e->content_key, sizeof(e->content_key));
	e->version = version;
	return e->sink.write(e->sink.object, header, sizeof(header));
}

static enum err
seal_piece(struct blob_encoder *e, unsigned char tag)
{
	unsigned long long n;

	crypto_secretstream_xchacha20poly1305_push(
	    &e->stream, e->sealed, &n, e->piece, e->n, &e->version, 1, tag);
	e->n = 0;
	return e->sink.write(e->sink.object, e->sealed, (size_t)n);
}

/* Compress ${in}; a full piece leaves only when more follows it, so that the
 * last one, whatever its size, carries the final tag. */
static enum err
compress(struct blob_encoder *e, ZSTD_inBuffer *in, ZSTD_EndDirective how)
{
	for (;;) {
		if (e->n == PIECE)
			TRY(seal_piece(e, TAG_MESSAGE));

		ZSTD_outBuffer out = { .dst = e->piece, .size = PIECE, .pos = e->n };
		size_t left = ZSTD_compressStream2(e->zstd, &out, in, how);

		if (ZSTD_isError(left))
			return ERR_IO;
		e->n = out.pos;
		if (how == ZSTD_e_end ? left == 0 : in->pos == in->size)
			return OK;
	}
}

enum err
blob_encoder_write(struct blob_encoder *e, const void *p, size_t n)
{
	ZSTD_inBuffer in = { .src = p, .size = n };

	if (e->version == 0)
		TRY(begin(e, PLAIN, e->size));
	crypto_generichash_update(&e->hash, p, n);
	return compress(e, &in, ZSTD_e_continue);
}

enum err
blob_encoder_all(struct blob_encoder *e, struct str bytes)
{
	struct buf folded;
	enum err result;

	buf_init(&folded, bytes.n);
	if (bytes.n > FOLD_MAX || !blob_fold(&folded, bytes)) {
		result = blob_encoder_write(e, bytes.p, bytes.n);
	} else {
		ZSTD_inBuffer in = { .src = folded.p, .size = folded.n };

		crypto_generichash_update(&e->hash, (const unsigned char *)bytes.p, bytes.n);
		result = begin(e, FOLDED, folded.n);
		if (result == OK)
			result = compress(e, &in, ZSTD_e_continue);
	}
	buf_done(&folded);
	return result;
}

enum err
blob_encoder_end(struct blob_encoder *e, unsigned char ret_name[32])
{
	ZSTD_inBuffer in = { .src = "", .size = 0 };

	if (e->version == 0)
		TRY(begin(e, PLAIN, e->size));
	TRY(compress(e, &in, ZSTD_e_end));
	TRY(seal_piece(e, TAG_FINAL));
	crypto_generichash_final(&e->hash, ret_name, 32);
	return OK;
}

void
blob_encoder_free(struct blob_encoder *e)
{
	if (e == NULL)
		return;
	ZSTD_freeCCtx(e->zstd);
	sodium_memzero(e->content_key, sizeof(e->content_key));
	free(e->piece);
	free(e->sealed);
	free(e);
}

struct blob_decoder {
	struct blob_source source;
	ZSTD_DCtx *zstd;
	crypto_secretstream_xchacha20poly1305_state stream;
	crypto_generichash_state hash;
	unsigned char *sealed, *piece;
	ZSTD_inBuffer in; /* what is left of the piece */
	bool last;	  /* it was the final one */
	bool whole;	  /* zstd's frame is complete */
	bool checked;	  /* the name matched */
	unsigned char version;
	struct blob_unfold unfold;
	char *folded; /* of a FOLDED one */
	struct str folded_left;
	unsigned char name[32];
};

enum err
blob_decoder_new(const struct blob_keys *keys, struct blob_source source,
    const unsigned char name[32], struct blob_decoder **ret)
{
	AUTO(blob_decoder) d = calloc(1, sizeof(*d));
	unsigned char header[HEADER];
	size_t n;

	if (d == NULL)
		abort();
	d->source = source;
	d->zstd = ZSTD_createDCtx();
	d->sealed = malloc(SEALED);
	d->piece = malloc(PIECE);
	if (d->zstd == NULL || d->sealed == NULL || d->piece == NULL)
		abort(); /* as in the arena */
	memcpy(d->name, name, sizeof(d->name));
	if (ZSTD_isError(ZSTD_DCtx_setParameter(d->zstd, ZSTD_d_windowLogMax, WINDOW_LOG)) ||
	    ZSTD_isError(ZSTD_DCtx_refPrefix(d->zstd, blob_dictionary, blob_dictionary_size)))
		return ERR_IO;
	TRY(source.read(source.object, header, sizeof(header), &n));
	if (n != sizeof(header) || (header[0] != PLAIN && header[0] != FOLDED))
		return ERR_IO;
	d->version = header[0];
	if (d->version == FOLDED && (d->folded = malloc(UNFOLD)) == NULL)
		abort();
	if (crypto_secretstream_xchacha20poly1305_init_pull(
		&d->stream, header + 1, keys->content) != 0)
		return ERR_IO;
	crypto_generichash_init(&d->hash, keys->name, sizeof(keys->name), 32);
	*ret = d;
	d = NULL;
	return OK;
}

static enum err
open_piece(struct blob_decoder *d)
{
	unsigned long long out;
	unsigned char tag;
	size_t n;

	TRY(d->source.read(d->source.object, d->sealed, SEALED, &n));
	if (crypto_secretstream_xchacha20poly1305_pull(
		&d->stream, d->piece, &out, &tag, d->sealed, n, &d->version, 1) != 0)
		return ERR_IO;
	d->last = tag == TAG_FINAL;
	if (!d->last && n != SEALED)
		return ERR_IO;
	d->in = (ZSTD_inBuffer){ .src = d->piece, .size = (size_t)out };
	return OK;
}

/* At the end: nothing may follow, and the bytes must be the named ones. */
static enum err
check_end(struct blob_decoder *d)
{
	unsigned char name[32], byte;
	size_t n;

	if (d->checked)
		return OK;
	TRY(d->source.read(d->source.object, &byte, 1, &n));
	crypto_generichash_final(&d->hash, name, sizeof(name));
	if (n != 0 || !d->whole || sodium_memcmp(name, d->name, sizeof(name)) != 0)
		return ERR_IO;
	d->checked = true;
	return OK;
}

static enum err
decompress(struct blob_decoder *d, void *p, size_t max, size_t *ret)
{
	ZSTD_outBuffer out = { .dst = p, .size = max };

	while (out.pos < out.size) {
		if (d->in.pos == d->in.size && !d->last && !d->whole) {
			TRY(open_piece(d));
			continue;
		}

		size_t before_in = d->in.pos, before_out = out.pos;

		if (d->whole)
			break;

		size_t left = ZSTD_decompressStream(d->zstd, &out, &d->in);

		if (ZSTD_isError(left))
			return ERR_IO;
		d->whole = left == 0;
		if (!d->whole && d->last && before_in == d->in.pos && before_out == out.pos)
			return ERR_IO; /* cut short: no more can come of it */
	}
	if (d->whole && (!d->last || d->in.pos != d->in.size))
		return ERR_IO; /* something after the frame */
	*ret = out.pos;
	return OK;
}

static enum err
decompress_folded(struct blob_decoder *d, char *p, size_t max, size_t *ret)
{
	size_t n = 0, k;

	for (;;) {
		TRY(blob_unfold(&d->unfold, &d->folded_left, p + n, max - n, &k));
		n += k;
		if (n == max)
			break;
		TRY(decompress(d, d->folded, UNFOLD, &k));
		if (k == 0 && !blob_unfold_whole(&d->unfold))
			return ERR_IO;
		if (k == 0)
			break;
		d->folded_left = (struct str){ d->folded, k };
	}
	*ret = n;
	return OK;
}

enum err
blob_decoder_read(struct blob_decoder *d, void *p, size_t max, size_t *ret)
{
	size_t n;

	TRY(d->version == FOLDED ? decompress_folded(d, p, max, &n) : decompress(d, p, max, &n));
	crypto_generichash_update(&d->hash, p, n);
	if (n == 0 && max > 0)
		TRY(check_end(d));
	*ret = n;
	return OK;
}

void
blob_decoder_free(struct blob_decoder *d)
{
	if (d == NULL)
		return;
	ZSTD_freeDCtx(d->zstd);
	free(d->sealed);
	free(d->piece);
	free(d->folded);
	free(d);
}
