/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures that are made to hurt whoever opens them. */
#include "unit.h"

#include <string.h>
#include <turbojpeg.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "takedown/picture.h"

#define SIDE 64

static struct str
progressive(struct arena *a)
{
	unsigned char *pixels = arena_many(a, unsigned char, SIDE * SIDE * 3), *to = NULL;
	unsigned long n = 0;
	tjhandle h = tjInitCompress();
	struct str s;

	for (int i = 0; i < SIDE * SIDE * 3; i++)
		pixels[i] = (unsigned char)(i * 7);
	assert_non_null(h);
	assert_int_equal(tjCompress2(h, pixels, SIDE, 0, SIDE, TJPF_RGB, &to, &n, TJSAMP_444, 80, TJFLAG_PROGRESSIVE), 0);
	s = (struct str){ arena_cstr(a, (struct str){ (const char *)to, n }), n };
	tjFree(to);
	assert_int_equal(tjDestroy(h), 0);
	return s;
}

/* Its last scan again and again, before the end mark. */
static struct str
with_scans(struct arena *a, struct str s, int times)
{
	struct buf *b = buf_new(a, LIMIT_PICTURE_FILE);
	size_t scan = 0;

	for (size_t at = 0; at != SIZE_MAX; at = str_find(s, (struct str){ "\xff\xda", 2 }, at + 1))
		scan = at;
	assert_true(scan > 0 && str_ends(s, (struct str){ "\xff\xd9", 2 }));
	buf_str(b, str_take(s, scan));
	for (int i = 0; i < times; i++)
		buf_str(b, str_take(str_skip(s, scan), s.n - scan - 2));
	buf_add(b, "\xff\xd9", 2);
	assert_int_equal(buf_error(b), OK);
	return buf_view(b);
}

static void
a_picture_of_very_many_scans_is_refused(void **state)
{
	AUTO(arena) a = arena_new();
	struct picture_made made;
	const char *why;

	(void)state;
	struct str whole = progressive(a);

	assert_int_equal(picture_make(a, whole, &made, &why), OK);
	assert_int_equal(made.width, SIDE);
	assert_int_equal(picture_make(a, with_scans(a, whole, 20), &made, &why), OK);
	assert_int_equal(picture_make(a, with_scans(a, whole, 2000), &made, &why), ERR_INVALID);
	assert_string_equal(why, "The picture is broken and cannot be read.");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_picture_of_very_many_scans_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
