/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <glob.h>
#include <stdio.h>

#include "base/limit.h"
#include "incident/phishurl.h"

static void
rows_are_read_one_by_one(void **state)
{
	static const char list[] =
	    "\xef\xbb\xbf" "date,URL,description\r\n"
	    "2026/09/18 14:05:00,http://a.example/,みなと例示銀行\r\n"
	    "2026-09-18 14:05,\"http://b.example/?a,b\",\"say \"\"hi\"\"\"\n"
	    "\n"
	    " ,http://c.example/,\n"
	    "2026/02/30 00:00:00,http://d.example/,x\n"
	    "2026/09/18,,x\n"
	    "2026/09/18,http://e.example/\n"
	    "2026/09/18,\"http://f.example/\n"
	    "2026/09/18,http://g.example/,\xff\n"
	    "2026/09/18,http://h.example/,last";
	static const struct {
		size_t line;
		const char *url; /* NULL: a bad row */
		const char *brand;
		int64_t at;
	} want[] = {
		{ 2, "http://a.example/", "みなと例示銀行", INT64_C(1789707900000) },
		{ 3, "http://b.example/?a,b", "say \"hi\"", INT64_C(1789707900000) },
		{ 5, "http://c.example/", "", 0 },
		{ 6, NULL, NULL, 0 },
		{ 7, NULL, NULL, 0 },
		{ 8, NULL, NULL, 0 },
		{ 9, NULL, NULL, 0 },
		{ 10, NULL, NULL, 0 },
		{ 11, "http://h.example/", "last", INT64_C(1789657200000) },
	};
	struct phishurl r;
	struct phishurl_row row;
	const char *fault;

	assert_ok(phishurl_open(str_of(list), &r));
	for (size_t i = 0; i < COUNT(want); i++) {
		fault = NULL;
		enum err e = phishurl_next(&r, *state, &row, &fault);

		assert_int_equal(r.line, want[i].line);
		if (want[i].url == NULL) {
			assert_err(e, ERR_INVALID);
			assert_non_null(fault);
			continue;
		}
		assert_ok(e);
		assert_int_equal(row.line, want[i].line);
		assert_true(str_is(row.url, want[i].url));
		assert_true(str_is(row.brand, want[i].brand));
		assert_int_equal(row.at, want[i].at);
	}
	assert_err(phishurl_next(&r, *state, &row, &fault), ERR_NOT_FOUND);
}

static void
other_headers_are_refused(void **state)
{
	static const char *const bad[] = { "", "\n", "url,date\n", "date,URL\n",
		"2026/09/18,http://a.example/,x\n" };
	struct phishurl r;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_err(phishurl_open(str_of(bad[i]), &r), ERR_INVALID);
	assert_ok(phishurl_open(STR("date,URL,description"), &r));
}

static void
long_lines_are_refused(void **state)
{
	static const char head[] = "date,URL,description\n2026/09/18,http://";
	const char *fault = NULL;

	for (int over = 0; over <= 2; over++) {
		size_t n = LIMIT_URL - strlen("http://") + (size_t)over;
		char *p = arena_alloc(*state, LIMIT_KIB(80));
		size_t at = strlen(head);
		struct phishurl r;
		struct phishurl_row row;

		if (over == 2)
			n = LIMIT_CSV_LINE;
		memcpy(p, head, at);
		memset(p + at, 'a', n);
		memcpy(p + at + n, ",x\n2026/09/18,http://b.example/,x\n", 35);
		assert_ok(phishurl_open(str_of(p), &r));
		assert_err(phishurl_next(&r, *state, &row, &fault), over == 0 ? OK : ERR_LIMIT);
		assert_ok(phishurl_next(&r, *state, &row, &fault));
		assert_int_equal(row.line, 3);
	}
}

static int
compare(const void *x, const void *y)
{
	return str_compare(*(const struct str *)x, *(const struct str *)y);
}

static struct str
read_all(struct arena *a, const char *path)
{
	FILE *f = fopen(path, "rb");
	char *p = arena_alloc(a, LIMIT_MIB(4));

	assert_non_null(f);
	size_t n = fread(p, 1, LIMIT_MIB(4), f);

	(void)fclose(f);
	return (struct str){ p, n };
}

/* Five years of the published list. */
static void
the_published_list_is_read(void **state)
{
	const char *folder = getenv("TOBIGUCHI_CONFORMANCE");
	struct arena *a = *state, *file = arena_new();
	size_t n = 0, distinct = 0;
	glob_t g;

	if (folder == NULL) {
		arena_free(file);
		print_message("TOBIGUCHI_CONFORMANCE is unset: published list not read\n");
		skip();
	}
	struct str *ids = arena_many(a, struct str, 200000);

	assert_int_equal(
	    glob(arena_printf(a, "%s/jpcert-phishurl/*/*.csv", folder), 0, NULL, &g), 0);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		struct phishurl r;
		struct phishurl_row row;
		const char *fault = NULL;
		enum err e;

		arena_reset(file);
		assert_ok(phishurl_open(read_all(file, g.gl_pathv[i]), &r));
		while ((e = phishurl_next(&r, file, &row, &fault)) != ERR_NOT_FOUND) {
			if (e != OK)
				fail_msg("%s:%zu: %s", g.gl_pathv[i], r.line, fault);
			ids[n++] = arena_str(a, phishurl_identity(file, &row));
		}
	}
	globfree(&g);
	arena_free(file);
	qsort(ids, n, sizeof(*ids), compare);
	for (size_t i = 0; i < n; i++)
		distinct += i == 0 || !str_equal(ids[i], ids[i - 1]);
	assert_int_equal(n, 169195);
	assert_int_equal(distinct, 169035);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(rows_are_read_one_by_one),
		UNIT_TEST(other_headers_are_refused),
		UNIT_TEST(long_lines_are_refused),
		UNIT_TEST(the_published_list_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
