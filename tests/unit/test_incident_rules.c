/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <stdio.h>

#include "directory/pap.h"
#include "directory/tlp.h"
#include "incident/category.h"
#include "incident/ref.h"
#include "incident/simhash.h"

static void
references_are_read_and_written(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "INC-2026-00042", "INC-2026-00042" },
		{ "inc-2026-42", "INC-2026-00042" },
		{ "RPT-2026-42", "RPT-2026-000042" },
		{ "RPT-2026-1234567", "RPT-2026-1234567" },
		{ "CON-2026-1", "CON-2026-00001" },
		{ "VUL-2026-1", "VUL-2026-00001" },
		{ "INC-2026-0", NULL },
		{ "INC-1999-1", NULL },
		{ "INC-2026-1234567890", NULL },
		{ "INC-2026-42x", NULL },
		{ "[INC-2026-42]", NULL },
		{ "JVN-2026-42", NULL },
		{ "INC-26-42", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ref ref;
		enum err e = ref_parse(str_of(cases[i].in), &ref);

		assert_int_equal(e, cases[i].out == NULL ? ERR_INVALID : OK);
		if (e == OK)
			assert_string_equal(ref_format(*state, ref), cases[i].out);
	}
}

static void
tags_are_found_in_subjects(void **state)
{
	static const struct {
		const char *subject, *ref;
	} cases[] = {
		{ "Re: [INC-2026-00042] [TLP:AMBER] お願い", "INC-2026-00042" },
		{ "[ML 12][INC-2026-42]", "INC-2026-00042" },
		{ "[[RPT-2026-000042]", "RPT-2026-000042" },
		{ "[INC-2026-x] [INC-2026-7]", "INC-2026-00007" },
		{ "INC-2026-00042", NULL },
		{ "[INC-2026-00042", NULL },
		{ "[ INC-2026-00042 ]", NULL },
		{ "", NULL },
	};
	size_t from = 0;
	struct ref ref;

	for (size_t i = 0; i < COUNT(cases); i++) {
		enum err e = ref_find(str_of(cases[i].subject), &ref);

		assert_int_equal(e, cases[i].ref == NULL ? ERR_NOT_FOUND : OK);
		if (e == OK)
			assert_string_equal(ref_format(*state, ref), cases[i].ref);
	}
	struct str two = STR("[RPT-2026-1] [INC-2026-2]");

	assert_ok(ref_find_from(two, &from, &ref));
	assert_ok(ref_find_from(two, &from, &ref));
	assert_int_equal(ref.kind, REF_INCIDENT);
	assert_err(ref_find_from(two, &from, &ref), ERR_NOT_FOUND);
}

static void
categories_are_derived(void **state)
{
	static const struct {
		const char *rsit;
		bool ics, targeted, content;
		const char *now, *of_2007;
	} cases[] = {
		{ "fraud/phishing", false, false, false, "phishing", "intrusion" },
		{ "fraud/phishing", false, false, true, "phishing", "intrusion" },
		{ "fraud/phishing", false, true, false, "targeted", "intrusion" },
		{ "fraud/phishing", true, true, false, "ics", "intrusion" },
		{ "intrusions/application-compromise", false, false, false, "other", "intrusion" },
		{ "intrusions/application-compromise", false, false, true, "defacement",
		    "intrusion" },
		{ "intrusions/application-compromise", false, true, true, "targeted", "intrusion" },
		{ "intrusions/burglary", false, false, true, "other", "other" },
		{ "information-content-security/unauthorised-information-modification", false,
		    false, true, "defacement", "intrusion" },
		{ "information-content-security/unauthorised-information-modification", false,
		    false, false, "other", "intrusion" },
		{ "malicious-code/c2-server", false, false, false, "malware", "intrusion" },
		{ "malicious-code/infected-system", false, false, false, "other", "other" },
		{ "information-gathering/scanner", false, false, false, "scan", "scan" },
		{ "intrusion-attempts/brute-force", false, false, false, "scan", "scan" },
		{ "availability/ddos", false, false, false, "dos", "dos" },
		{ "availability/outage", true, false, false, "ics", "other" },
		{ "fraud/masquerade", false, false, false, "other", "forged" },
		{ "fraud/unauthorised-use-of-resources", false, false, false, "other", "abuse" },
		{ "vulnerable/ddos-amplifier", false, false, false, "other", "abuse" },
		{ "vulnerable/weak-crypto", false, false, false, "other", "other" },
		{ "no/such", false, false, false, "other", "other" },
		{ NULL, false, false, false, "other", "other" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct category_labels l = category_derive(cases[i].rsit, cases[i].ics,
		    cases[i].targeted, cases[i].content);

		assert_string_equal(l.now, cases[i].now);
		assert_string_equal(l.of_2007, cases[i].of_2007);
	}
	assert_false(category_find("test/test")->counted);
	assert_string_equal(category_label(LANG_JA, "fraud/phishing"), "フィッシング");
	assert_string_equal(category_label(LANG_EN, "no/such"), "no/such");
	assert_string_equal(category_now_label(LANG_JA, "defacement"), "Webサイト改ざん");
	assert_string_equal(category_of_door("phishing").rsit, "fraud/phishing");
	assert_true(category_of_door("defacement").content_changed);
	assert_string_equal(category_of_door("unknown").rsit, "other/undetermined");
	for (size_t i = 0; i < category_count; i++)
		assert_ptr_equal(category_find(category_list[i].rsit), &category_list[i]);
	for (size_t i = 0; category_now_keys[i] != NULL; i++)
		assert_string_not_equal(
		    category_now_label(LANG_EN, category_now_keys[i]), category_now_keys[i]);
}

/* Every machine value of the taxonomy is in our table. */
static void
the_taxonomy_is_met(void **state)
{
	const char *folder = getenv("TOBIGUCHI_CONFORMANCE");
	size_t n = 0;

	if (folder == NULL) {
		print_message("TOBIGUCHI_CONFORMANCE is unset: taxonomy not compared\n");
		skip();
	}
	FILE *f = fopen(arena_printf(*state, "%s/taxonomies/rsit.json", folder), "r");
	char *text = arena_alloc(*state, 100000);

	assert_non_null(f);
	size_t size = fread(text, 1, 99999, f);

	(void)fclose(f);
	struct str all = { text, size };

	for (size_t i = 0; i < category_count; i++) {
		struct str rsit = str_of(category_list[i].rsit), class;

		assert_true(str_split(&rsit, '/', &class));
		assert_int_not_equal(str_find(all,
					 str_of(arena_printf(*state,
					     "\"value\": \"%.*s\"", STR_F(rsit))),
					 0),
		    SIZE_MAX);
		assert_int_not_equal(
		    str_find(all,
			str_of(arena_printf(
			    *state, "\"expanded\": \"%s\"", category_list[i].en)),
			0),
		    SIZE_MAX);
	}
	for (size_t at = 0; (at = str_find(all, STR("\"value\":"), at)) != SIZE_MAX; at++)
		n++;
	/* the values of the eleven classes are listed besides the types */
	assert_int_equal(n, category_count + 11);
}

static void
the_gate_follows_the_table(void **state)
{
	static const struct {
		enum tlp t;
		const char *may; /* team named organisation clients community public */
	} rows[] = {
		{ TLP_RED, ".x...." },
		{ TLP_AMBER_STRICT, "xxx..." },
		{ TLP_AMBER, "xxxx.." },
		{ TLP_GREEN, "xxxxx." },
		{ TLP_CLEAR, "xxxxxx" },
	};
	static const struct {
		const char *text, *label;
	} labels[] = {
		{ "TLP:RED", "TLP:RED" },
		{ "tlp:amber+strict", "TLP:AMBER+STRICT" },
		{ " AMBER ", "TLP:AMBER" },
		{ "TLP: GREEN", "TLP:GREEN" },
		{ "TLP:WHITE", "TLP:CLEAR" },
		{ "CLEAR", "TLP:CLEAR" },
		{ "TLP:BLUE", NULL },
		{ "AMBER STRICT", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t to = 0; to <= TLP_TO_PUBLIC; to++)
			assert_int_equal(tlp_may(rows[i].t, (enum tlp_audience)to),
			    rows[i].may[to] == 'x');
	}
	for (size_t i = 0; i < COUNT(labels); i++) {
		enum tlp t;
		enum err e = tlp_parse(str_of(labels[i].text), &t);

		assert_int_equal(e, labels[i].label == NULL ? ERR_INVALID : OK);
		if (e == OK)
			assert_string_equal(tlp_label(t), labels[i].label);
	}
	assert_int_equal(tlp_strictest(TLP_GREEN, TLP_AMBER_STRICT), TLP_AMBER_STRICT);
	enum pap p;

	assert_ok(pap_parse(STR("PAP:WHITE"), &p));
	assert_int_equal(p, PAP_CLEAR);
	assert_ok(pap_parse(STR("amber"), &p));
	assert_false(pap_may_act(p));
	assert_true(pap_may_ask(p));
	assert_true(pap_may_act(PAP_GREEN));
	assert_false(pap_may_ask(PAP_RED));
	assert_err(pap_parse(STR("x"), &p), ERR_INVALID);
}

static void
near_texts_are_near(void **state)
{
	static const char one[] = "貴組織のサーバーに、みなと例示銀行を装ったフィッシングサイトが"
				  "公開されています。確認日時は2026年9月18日です。停止をお願いします。";
	static const char two[] = "貴組織のサーバーに、みなと例示銀行を装ったフィッシングサイトが"
				  "公開されています。確認日時は2026年9月19日です。停止をお願いします。";
	static const char other[] = "昨日から社内の複数のパソコンが起動しなくなり、画面に身代金を"
				    "求める文が出ています。どうすればよいでしょうか。";

	(void)state;
	assert_int_equal(simhash_of(STR("")), 0);
	assert_int_equal(simhash_of(STR(" 、。!")), 0);
	assert_int_not_equal(simhash_of(STR("a")), 0);
	assert_true(simhash_of(STR("ＡＢＣ def")) == simhash_of(STR("abc, DEF")));
	assert_in_range(simhash_distance(simhash_of(str_of(one)), simhash_of(str_of(two))), 0, 8);
	assert_in_range(simhash_distance(simhash_of(str_of(one)), simhash_of(str_of(other))), 16, 64);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(references_are_read_and_written),
		UNIT_TEST(tags_are_found_in_subjects),
		UNIT_TEST(categories_are_derived),
		UNIT_TEST(the_taxonomy_is_met),
		UNIT_TEST(the_gate_follows_the_table),
		UNIT_TEST(near_texts_are_near),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
