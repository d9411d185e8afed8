/* SPDX-License-Identifier: Apache-2.0 */
/* Goes in and comes out the same; with a byte changed it does not come out. */
#include "fuzz.h"

#include <string.h>

#include "base/buf.h"
#include "blob/blob_codec.h"
#include "blob/blob_fold.h"

static enum err
sink(void *object, const void *p, size_t n)
{
	buf_add(object, p, n);
	return buf_error(object);
}

static enum err
source(void *object, void *p, size_t n, size_t *ret)
{
	struct str *left = object, piece = str_take(*left, n);

	if (piece.n > 0)
		memcpy(p, piece.p, piece.n);
	*left = str_skip(*left, piece.n);
	*ret = piece.n;
	return OK;
}

static enum err
decode(const struct blob_keys *keys, struct str stored, const unsigned char name[32], struct buf *out)
{
	AUTO(blob_decoder) d = NULL;
	char piece[700];
	size_t n;

	TRY(blob_decoder_new(keys, (struct blob_source){ .read = source, .object = &stored }, name, &d));
	do {
		TRY(blob_decoder_read(d, piece, sizeof(piece), &n));
		buf_add(out, piece, n);
	} while (n > 0);
	return OK;
}

/* All in one, as a mail is stored. */
static void
in_one(const struct blob_keys *keys, struct str in)
{
	AUTO(arena) a = arena_new();
	AUTO(blob_encoder) e = NULL;
	struct buf *stored = buf_new(a, 1 << 24), *back = buf_new(a, 1 << 24);
	unsigned char name[32];

	FUZZ_CHECK(blob_encoder_new(keys, (struct blob_sink){ .write = sink, .object = stored }, in.n, &e) == OK);
	FUZZ_CHECK(blob_encoder_all(e, in) == OK);
	FUZZ_CHECK(blob_encoder_end(e, name) == OK);
	FUZZ_CHECK(decode(keys, buf_view(stored), name, back) == OK);
	FUZZ_CHECK(str_equal(buf_view(back), in));
}

/* What is no folded form is refused, never overrun. */
static void
unfold_anything(struct str in)
{
	struct blob_unfold u = { 0 };
	char piece[50];
	size_t n = 1;

	while (n > 0 && blob_unfold(&u, &in, piece, sizeof(piece), &n) == OK)
		FUZZ_CHECK(n <= sizeof(piece));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	AUTO(blob_encoder) e = NULL;
	struct buf *stored = buf_new(a, 1 << 24), *back = buf_new(a, 1 << 24);
	unsigned char name[32];
	struct blob_keys keys;
	struct str in = FUZZ_STR(data, size);

	blob_codec_keys(&keys, (const unsigned char *)"an unsecret key for these tests");
	FUZZ_CHECK(blob_encoder_new(&keys, (struct blob_sink){ .write = sink, .object = stored },
	    UINT64_MAX, &e) == OK);
	FUZZ_CHECK(blob_encoder_write(e, in.p, in.n / 2) == OK);
	FUZZ_CHECK(blob_encoder_write(e, in.p + in.n / 2, in.n - in.n / 2) == OK);
	FUZZ_CHECK(blob_encoder_end(e, name) == OK);
	FUZZ_CHECK(decode(&keys, buf_view(stored), name, back) == OK);
	FUZZ_CHECK(str_equal(buf_view(back), in));
	if (size > 0) {
		stored->p[data[0] * stored->n / 256] ^= 0x10;
		buf_clear(back);
		FUZZ_CHECK(decode(&keys, buf_view(stored), name, back) != OK);
	}
	in_one(&keys, in);
	unfold_anything(in);
	/* what was never ours */
	buf_clear(back);
	FUZZ_CHECK(decode(&keys, in, name, back) != OK);
	return 0;
}
