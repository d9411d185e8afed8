/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <stdio.h>

#include "base/limit.h"
#include "sys/files.h"
#include "text/csv.h"
#include "vulnerability/cvss.h"

/* The worked examples of FIRST's guides, and edges. */
static const struct {
	const char *vector;
	enum cvss_version version;
	int base, temporal, last;
	const char *severity;
} good[] = {
	/* 2.0 guide, section 3.3: CVE-2002-0392, CVE-2003-0818, CVE-2003-0062 */
	{ "AV:N/AC:L/Au:N/C:N/I:N/A:C", CVSS_20, 78, 78, 78, "High" },
	{ "AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C/CDP:N/TD:N/CR:M/IR:M/AR:H", CVSS_20, 78, 64, 0, "Low" },
	{ "AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:H", CVSS_20, 78, 64, 92, "High" },
	{ "AV:N/AC:L/Au:N/C:C/I:C/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:L", CVSS_20, 100, 83, 90, "High" },
	{ "AV:L/AC:H/Au:N/C:C/I:C/A:C/E:POC/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:M", CVSS_20, 62, 49, 75, "High" },
	/* only the adjusted impact is bounded: the last may be below the first */
	{ "(AV:L/AC:L/Au:N/C:C/I:C/A:C)", CVSS_20, 72, 72, 71, "High" },
	{ "AV:N/AC:L/Au:N/C:N/I:N/A:N", CVSS_20, 0, 0, 0, "Low" },
	/* 3.x examples: CVE-2013-1937, CVE-2013-0375, CVE-2014-3566, CVE-2012-1516, CVE-2019-7551 */
	{ "CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", CVSS_30, 61, 61, 61, "Medium" },
	{ "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", CVSS_31, 64, 64, 64, "Medium" },
	{ "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", CVSS_31, 31, 31, 31, "Low" },
	/* 3.1 weighs a changed scope otherwise in its environmental equation (7.3) */
	{ "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", CVSS_31, 99, 99, 100, "Critical" },
	{ "CVSS:3.1/AV:N/AC:L/PR:L/UI:R/S:C/C:H/I:H/A:H", CVSS_31, 90, 90, 91, "Critical" },
	{ "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", CVSS_31, 98, 98, 98, "Critical" },
	{ "CVSS:3.1/A:N/I:N/C:N/S:C/UI:N/PR:N/AC:L/AV:N", CVSS_31, 0, 0, 0, "None" },
	{ "CVSS:3.1/AV:P/AC:H/PR:L/UI:R/S:U/C:L/I:H/A:H/E:H/RL:U/RC:U", CVSS_31, 58, 54, 54, "Medium" },
	/* 4.0: the ends, and what a MacroVector alone would not tell apart */
	{ "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", CVSS_40, -1, -1, 100, "Critical" },
	{ "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", CVSS_40, -1, -1, 93, "Critical" },
	{ "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", CVSS_40, -1, -1, 0, "None" },
	{ "CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", CVSS_40, -1, -1, 73, "High" },
	{ "CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", CVSS_40, -1, -1, 77, "High" },
	{ "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U/CR:X/U:Amber", CVSS_40, -1, -1, 81, "High" },
};

static void
published_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		struct cvss c;
		struct cvss_score s;

		assert_ok(cvss_parse(str_of(good[i].vector), &c, NULL));
		cvss_score(&c, &s);
		if (s.base != good[i].base || s.temporal != good[i].temporal || s.last != good[i].last)
			fail_msg("%s: %d %d %d", good[i].vector, s.base, s.temporal, s.last);
		assert_int_equal(c.version, good[i].version);
		assert_string_equal(cvss_severity(c.version, s.last), good[i].severity);
	}
}

static void
what_breaks_the_rules_is_told_with_its_place(void **state)
{
	static const struct {
		const char *vector;
		size_t at;
		const char *rule; /* part of it */
	} bad[] = {
		{ "", 0, "no metrics" },
		{ "CVSS:3.1/", 9, "no metrics" },
		{ "CVSS:3.2/AV:N", 0, "no version" },
		{ "CVSS:4.1/AV:N", 0, "no version" },
		{ "cvss:3.1/AV:N", 0, "no such metric" },
		{ "AV:N/AC:L/Au:N/C:N/I:N", 22, "missing" },
		{ "AV:N/AC:L/Au:N/C:N/I:N/A:C/", 26, "KEY:VALUE" },
		{ "AV:N//AC:L/Au:N/C:N/I:N/A:C", 5, "KEY:VALUE" },
		{ "AV:N/AC", 7, "KEY:VALUE" },
		{ "AV:", 3, "KEY:VALUE" },
		{ "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:X", 44, "no such value" },
		{ "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/MA:S", 48, "no such value" },
		{ "CVSS:3.0/AV:N/AV:L", 17, "twice" },
		{ "CVSS:4.0/AC:L/AV:N/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 17, "order" },
		{ "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:S/SI:N/SA:N", 52, "no such value" },
	};
	struct cvss c;
	struct cvss_fault fault;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		fault = (struct cvss_fault){ 0 };
		assert_err(cvss_parse(str_of(bad[i].vector), &c, &fault), ERR_INVALID);
		if (fault.rule == NULL || strstr(fault.rule, bad[i].rule) == NULL || fault.at > strlen(bad[i].vector))
			fail_msg("%s: %zu %s", bad[i].vector, fault.at, fault.rule);
	}
}

static int
tenths(struct str s)
{
	int64_t whole, part = 0;
	struct str before;

	assert_true(str_split(&s, '.', &before));
	assert_true(str_int(before, 0, 10, &whole));
	assert_true(s.n == 0 || str_int(s, 0, 9, &part));
	return (int)(10 * whole + part);
}

/* Every row on which two implementations agree. */
static void
the_collected_vectors(void **state)
{
	struct arena *a = *state;
	const char *folder = getenv("TOBIGUCHI_CONFORMANCE");
	struct str text, f[CSV_FIELDS];
	size_t n, rows = 0;

	if (folder == NULL) {
		print_message("TOBIGUCHI_CONFORMANCE is not set\n");
		skip();
	}
	assert_ok(files_read(a, arena_printf(a, "%s/cvss/vectors.csv", folder), LIMIT_IMPORT, &text));
	struct csv csv = csv_of(text);

	assert_ok(csv_next(&csv, a, f, &n));
	while (csv_next(&csv, a, f, &n) == OK) {
		struct cvss c;
		struct cvss_score s;

		assert_int_equal(n, 6);
		assert_ok(cvss_parse(f[1], &c, NULL));
		if (!str_is(f[5], "1"))
			continue;
		cvss_score(&c, &s);
		rows++;
		if (!str_is(f[0], cvss_version_name(c.version)) || (f[2].n > 0 && tenths(f[2]) != s.base) ||
		    (f[3].n > 0 && tenths(f[3]) != s.temporal) || (f[4].n > 0 && tenths(f[4]) != s.last))
			fail_msg("%.*s: %d %d %d", STR_F(f[1]), s.base, s.temporal, s.last);
	}
	assert_true(rows > 14000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(published_examples),
		UNIT_TEST(what_breaks_the_rules_is_told_with_its_place),
		UNIT_TEST(the_collected_vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
