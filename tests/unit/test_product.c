/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <glob.h>

#include "base/limit.h"
#include "sys/files.h"
#include "text/value.h"
#include "vulnerability/product.h"

static const char *
conformance(void)
{
	const char *folder = getenv("TOBIGUCHI_CONFORMANCE");

	if (folder == NULL) {
		print_message("TOBIGUCHI_CONFORMANCE is not set\n");
		skip();
	}
	return folder;
}

static struct value *
json_of(struct arena *a, const char *path)
{
	struct str text;
	struct value *v;

	assert_ok(files_read(a, path, LIMIT_IMPORT, &text));
	assert_ok(value_parse(a, text, &v, NULL));
	return v;
}

static const char *const names[CPE_ATTRIBUTES] = { "part", "vendor", "product", "version", "update", "edition", "language",
	"sw_edition", "target_sw", "target_hw", "other" };

static struct cpe
wfn(const struct value *v)
{
	struct cpe c;

	for (size_t i = 0; i < CPE_ATTRIBUTES; i++) {
		const struct value *at = value_get(v, names[i]);
		struct str logical = value_str(value_get(at, "logical"));

		c.attribute[i] = (struct cpe_attribute){ .kind = str_is(logical, "NA") ? CPE_NA : CPE_ANY };
		if (value_type(at) == VALUE_TEXT)
			c.attribute[i] = (struct cpe_attribute){ .kind = CPE_TEXT, .text = value_cstr(at) };
	}
	return c;
}

static void
names_of_nist_are_compared_and_unbound(void **state)
{
	struct value *v = json_of(*state, arena_printf(*state, "%s/cpe/cpe23_vectors.json", conformance()));
	const struct value *list = value_get(v, "compare_wfn");

	for (size_t i = 0; i < value_count(list); i++) {
		const struct value *o = value_at(list, i);
		struct cpe source = wfn(value_get(o, "source")), target = wfn(value_get(o, "target"));
		enum cpe_relation r = cpe_compare(&source, &target);

		if ((r == CPE_DISJOINT) != value_true(value_get(o, "disjoint")) ||
		    (r == CPE_EQUAL) != value_true(value_get(o, "equal")) ||
		    (r == CPE_SUPERSET || r == CPE_EQUAL) != value_true(value_get(o, "superset")) ||
		    (r == CPE_SUBSET || r == CPE_EQUAL) != value_true(value_get(o, "subset")))
			fail_msg("compare %zu: %d: %s", i, r, value_json_text(*state, o));
	}
	list = value_get(v, "unbind_fs");
	for (size_t i = 0; i < value_count(list); i++) {
		const struct value *o = value_at(list, i);
		struct cpe is, want = wfn(value_get(o, "wfn"));
		enum err e = cpe_parse(*state, value_str(value_get(o, "input")), &is, NULL);

		if ((e != OK) != value_true(value_get(o, "error")))
			fail_msg("unbind %s: %d", value_cstr(value_get(o, "input")), e);
		for (size_t k = 0; k < CPE_ATTRIBUTES && e == OK; k++) {
			assert_int_equal(is.attribute[k].kind, want.attribute[k].kind);
			if (is.attribute[k].kind == CPE_TEXT)
				assert_string_equal(is.attribute[k].text, want.attribute[k].text);
		}
	}
}

static bool
alike(const char *is, const struct value *want)
{
	return str_equal(value_str(want), str_of(is));
}

static void
package_urls_of_the_specification(void **state)
{
	glob_t found;
	size_t good = 0, bad = 0, missed = 0, odd = 0;

	assert_int_equal(glob(arena_printf(*state, "%s/purl/tests/*/*.json", conformance()), 0, NULL, &found), 0);
	for (size_t f = 0; f < found.gl_pathc; f++) {
		const struct value *list = value_get(json_of(*state, found.gl_pathv[f]), "tests");

		for (size_t i = 0; i < value_count(list); i++) {
			const struct value *o = value_at(list, i), *want = value_get(o, "expected_output");
			struct purl p;
			enum err e;

			if (!str_is(value_str(value_get(o, "test_type")), "parse"))
				continue;
			e = purl_parse(*state, value_str(value_get(o, "input")), &p, NULL);
			if (value_true(value_get(o, "expected_failure"))) {
				bad += e == ERR_INVALID;
				missed += e == OK;
				continue;
			}
			if (e != OK || !alike(p.type, value_get(want, "type")) || !alike(p.space, value_get(want, "namespace")) ||
			    !alike(p.name, value_get(want, "name")) || !alike(p.version, value_get(want, "version")) ||
			    !alike(p.subpath, value_get(want, "subpath")) ||
			    p.qualifiers != value_count(value_get(want, "qualifiers")))
				odd++;
			else
				good++;
		}
	}
	globfree(&found);
	print_message("%zu read, %zu refused, %zu taken that should not be, %zu read otherwise\n", good, bad, missed, odd);
	assert_true(good >= 169 && bad >= 30);
	assert_int_equal(missed, 0);
	assert_int_equal(odd, 0);
}

static void
a_list_of_ours_knows_what_a_record_names(void **state)
{
	static const char text[] = "# ours\ncpe:2.3:a:example:web_server:2.*:*:*:*:*:*:*:*\n\npkg:npm/%40scope/thing@1.0\n";
	static const struct {
		const char *cpe, *purl;
		bool ours;
	} row[] = {
		{ "cpe:2.3:a:Example:web_server:1.0:*:*:*:*:*:*:*", NULL, true },
		{ "cpe:2.3:o:example:web_server:1.0:*:*:*:*:*:*:*", NULL, false },
		{ "cpe:2.3:a:example:web_client:1.0:*:*:*:*:*:*:*", NULL, false },
		{ "nonsense", NULL, false },
		{ NULL, "pkg:npm/@Scope/thing@7", true },
		{ NULL, "pkg:npm/thing@1.0", false },
		{ NULL, "pkg:pypi/%40scope/thing", false },
	};
	struct product_list l;
	const char *why;
	size_t line;

	assert_ok(product_list_parse(*state, str_of(text), &l, &line, &why));
	assert_int_equal(l.cpes, 1);
	assert_int_equal(l.purls, 1);
	for (size_t i = 0; i < COUNT(row); i++)
		assert_int_equal(product_list_has(&l, &row[i].cpe, row[i].cpe != NULL, &row[i].purl, row[i].purl != NULL), row[i].ours);
	assert_err(product_list_parse(*state, STR("#\ncpe:2.3:a:b\n"), &l, &line, &why), ERR_INVALID);
	assert_int_equal(line, 2);
	assert_non_null(strstr(why, "eleven"));
	assert_err(product_list_parse(*state, STR("cpe:2.3:a:b*c:d:*:*:*:*:*:*:*:*"), &l, &line, &why), ERR_INVALID);
	assert_non_null(strstr(why, "wildcard"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(names_of_nist_are_compared_and_unbound),
		UNIT_TEST(package_urls_of_the_specification),
		UNIT_TEST(a_list_of_ours_knows_what_a_record_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
