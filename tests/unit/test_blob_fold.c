/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/base64.h"
#include "base/buf.h"
#include "base/rand.h"
#include "blob/blob_fold.h"

/* Unfolded in small pieces on both sides. */
static struct str
unfold(struct arena *a, struct str folded, size_t piece_in, size_t piece_out)
{
	struct buf *back = buf_new(a, 1 << 20);
	struct blob_unfold u = { 0 };
	char out[256];

	while (folded.n > 0 || !blob_unfold_whole(&u)) {
		struct str in = str_take(folded, piece_in);
		size_t n = piece_out, before = in.n;

		while (n == piece_out) {
			assert_ok(blob_unfold(&u, &in, out, piece_out, &n));
			buf_add(back, out, n);
		}
		assert_int_equal(in.n, 0);
		assert_true(before > 0 || blob_unfold_whole(&u));
		folded = str_skip(folded, before);
	}
	assert_ok(buf_error(back));
	return buf_view(back);
}

static bool
comes_back(struct arena *a, struct str in, size_t *ret_size)
{
	struct buf *out = buf_new(a, in.n);

	if (!blob_fold(out, in))
		return false;
	*ret_size = out->n;
	assert_true(str_equal(unfold(a, buf_view(out), SIZE_MAX, 256), in));
	assert_true(str_equal(unfold(a, buf_view(out), 1, 1), in));
	assert_true(str_equal(unfold(a, buf_view(out), 7, 77), in));
	return true;
}

static struct str
lines(struct arena *a, size_t bytes, size_t width, const char *end)
{
	char *p = arena_alloc(a, bytes + 1);
	struct buf *b = buf_new(a, 1 << 20);

	rand_bytes(p, bytes);
	for (struct str s = str_of(base64_format(a, (struct str){ p, bytes })); s.n > 0; s = str_skip(s, width)) {
		buf_str(b, str_take(s, width));
		if (s.n > width)
			buf_text(b, end);
	}
	return buf_view(b);
}

static void
folds_what_mails_have(void **state)
{
	static const size_t widths[] = { 40, 64, 72, 76, 1000 };
	static const char *const ends[] = { "\n", "\r\n" };
	static const char *const after[] = { "", "\n", "\r\n", "\r\n--x--\r\n", " ", "=\n", "A", "AAA\n", "\r" };

	(void)state;
	for (size_t i = 0; i < COUNT(widths) * COUNT(ends) * COUNT(after); i++) {
		AUTO(arena) a = arena_new();
		size_t width = widths[i % COUNT(widths)];
		const char *end = ends[i / COUNT(widths) % COUNT(ends)];

		for (size_t bytes = width * 3; bytes < width * 3 + 80; bytes++) {
			struct buf *b = buf_new(a, 1 << 20);
			struct str text = lines(a, bytes, width, end);
			size_t n;

			buf_text(b, "Content-Transfer-Encoding: base64\r\n\r\n");
			buf_str(b, text);
			buf_text(b, after[i / COUNT(widths) / COUNT(ends)]);
			assert_true(comes_back(a, buf_view(b), &n));
			assert_true(n < bytes + width + 64);
		}
	}
}

static void
leaves_the_rest_alone(void **state)
{
	static const char *const texts[] = { "", "A", "\n", "no base64\r\nat all\r\n",
		"QUJD\r\nQUJD\r\nQUJD\r\nQUJD\r\nQUJD\r\n", /* words may look like it */
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\nAAAA" };
	AUTO(arena) a = arena_new();
	size_t n;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_false(comes_back(a, str_of(texts[i]), &n));
}

static void
keeps_what_is_not_canonical(void **state)
{
	/* bits set that no decoder reads; padding in the middle; two runs */
	static const char *const tails[] = { "QUJDQR==", "QUJDQUJ=", "QQ==QQ==", "QUJD====", "Q===", "==", "QUJDQQ==" };
	AUTO(arena) a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(tails); i++) {
		struct buf *b = buf_new(a, 4096);
		size_t n;

		buf_str(b, lines(a, 57 * 4, 76, "\r\n"));
		buf_printf(b, "\r\n%s\r\nbetween\r\n", tails[i]);
		buf_str(b, lines(a, 48 * 5 + 1, 64, "\n"));
		buf_text(b, "\n\n");
		buf_str(b, lines(a, 48 * 5 + 2, 64, "\r\n"));
		assert_true(comes_back(a, buf_view(b), &n));
	}
}

static void
refuses_what_it_never_made(void **state)
{
	static const struct str wrong[] = { STR("\2\0\0\0\1\0\0\0x"), STR("\1\0\0\1\0\0\0\1x"),
		STR("\1\377\377\1\0\0\0\1x"), STR("\1\0\052\1\0\0\0\1x") };

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct blob_unfold u = { 0 };
		struct str in = wrong[i];
		char out[64];
		size_t n;

		assert_err(blob_unfold(&u, &in, out, sizeof(out), &n), ERR_IO);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(folds_what_mails_have),
		cmocka_unit_test(leaves_the_rest_alone),
		cmocka_unit_test(keeps_what_is_not_canonical),
		cmocka_unit_test(refuses_what_it_never_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
