/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <glob.h>

#include "base/limit.h"
#include "sys/files.h"
#include "vulnerability/record.h"

#define META "\"dataType\":\"CVE_RECORD\",\"dataVersion\":\"5.1\",\"cveMetadata\":{\"cveId\":\"CVE-2026-12345\"," \
	"\"state\":\"PUBLISHED\",\"assignerShortName\":\"example\",\"datePublished\":\"2026-09-18T01:02:03Z\"}"
static const char record[] = "{" META ",\"containers\":{\"cna\":{\"title\":\"T\",\"providerMetadata\":{\"shortName\":\"example\"},"
	"\"affected\":[{\"vendor\":\"n/a\",\"product\":\"P\",\"packageURL\":\"pkg:npm/p\",\"cpes\":[\"cpe:2.3:a:v:p:*:*:*:*:*:*:*:*\"]}],"
	"\"metrics\":[{\"cvssV3_0\":{\"vectorString\":\"CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N\"}}],"
	"\"problemTypes\":[{\"descriptions\":[{\"cweId\":\"CWE-79\"}]}],"
	"\"references\":[{\"url\":\"https://a.example/\",\"tags\":[\"x\",\"exploit\"]}]},"
	"\"adp\":[{\"providerMetadata\":{\"shortName\":\"CISA-ADP\"},\"metrics\":["
	"{\"cvssV3_1\":{\"vectorString\":\"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\"}},"
	"{\"other\":{\"type\":\"ssvc\",\"content\":{\"options\":[{\"Exploitation\":\"poc\"},{\"Automatable\":\"No\"}]}}}]}]}}";

static void
facts_of_a_record_say_who_told_them(void **state)
{
	struct record r;
	struct record_fault f;
	struct record_list kev, epss;

	assert_ok(record_parse(*state, str_of(record), &r, &f));
	static const struct {
		enum record_fact fact;
		const char *text, *source;
	} want[] = {
		{ RECORD_CVE, "CVE-2026-12345", "CNA" }, { RECORD_PUBLISHED, "2026-09-18", "CNA" },
		{ RECORD_VENDOR, "", "" }, { RECORD_PRODUCT, "P", "CNA" }, { RECORD_N_AFFECTED, "1", "CNA" },
		{ RECORD_CWE, "CWE-79", "CNA" }, { RECORD_CVSS3, "CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", "CNA" },
		{ RECORD_SCORE, "6.1", "derived" }, { RECORD_REF_EXPLOIT, "exploit", "CNA" }, { RECORD_REF_PATCH, "", "" },
		{ RECORD_EXPLOITATION, "poc", "ADP" }, { RECORD_AUTOMATABLE, "No", "ADP" }, { RECORD_TECHNICAL_IMPACT, "", "" },
		{ RECORD_KEV, "", "" },
	};

	for (size_t i = 0; i < COUNT(want); i++) {
		assert_string_equal(r.fact[want[i].fact], want[i].text);
		assert_string_equal(record_source_name(r.source[want[i].fact]), want[i].source);
	}
	assert_string_equal(r.by[RECORD_AUTOMATABLE], "CISA-ADP");
	assert_int_equal(r.cpes, 1);
	assert_int_equal(r.purls, 1);
	assert_ok(record_kev_parse(*state, STR("{\"vulnerabilities\":[{\"cveID\":\"CVE-2026-12345\",\"dateAdded\":\"2026-10-01\","
		"\"knownRansomwareCampaignUse\":\"Known\"},{\"cveID\":\"CVE-2025-0001\",\"dateAdded\":\"2025-10-01\"}]}"), &kev, &f));
	assert_ok(record_epss_parse(*state, STR("#model_version:v2025.03.14,score_date:2026-09-18T00:00:00Z\n"
		"cve,epss,percentile\nCVE-2026-12345,0.01234,0.5\nCVE-1999-0001,9.1e-05,0.1\n"), &epss, &f));
	assert_string_equal(epss.date, "2026-09-18T00:00:00Z");
	record_add_lists(&r, &kev, &epss);
	assert_string_equal(r.fact[RECORD_KEV], "2026-10-01");
	assert_string_equal(r.fact[RECORD_EPSS], "0.01234");
	assert_string_equal(r.fact[RECORD_EXPLOITATION], "active"); /* known attacks outdo an older answer */
	assert_string_equal(record_source_name(r.source[RECORD_EXPLOITATION]), "KEV");
}

static void
what_breaks_the_schema_is_told(void **state)
{
	static const struct {
		const char *text, *where;
	} bad[] = {
		{ "{}", "/dataType" },
		{ "{\"dataType\":\"CVE_RECORD\",\"dataVersion\":\"4.0\"}", "/dataVersion" },
		{ "{\"dataType\":\"CVE_RECORD\",\"dataVersion\":\"5.0\",\"cveMetadata\":{\"cveId\":\"CVE-26-1\"}}", "/cveMetadata/cveId" },
		{ "{" META "}", "/containers/cna" },
		{ "{" META ",\"containers\":{\"cna\":{},\"adp\":{}}}", "/containers/adp" },
		{ "{" META "", "" },
	};
	struct record r;
	struct record_list l;
	struct record_fault f;

	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_err(record_parse(*state, str_of(bad[i].text), &r, &f), ERR_INVALID);
		assert_string_equal(f.where, bad[i].where);
		assert_true(f.rule[0] != '\0');
	}
	assert_ok(record_parse(*state, STR("{" META ",\"containers\":{\"cna\":{\"metrics\":[{},{\"cvssV3_1\":{\"vectorString\":\"CVSS:3.1/AV:Z\"}}]}}}"), &r, &f));
	assert_string_equal(f.where, "/containers/cna/metrics/1/cvssV3_1/vectorString");
	assert_string_equal(r.fact[RECORD_CVSS3], "");
	assert_err(record_kev_parse(*state, STR("{\"vulnerabilities\":[{\"cveID\":\"x\"}]}"), &l, &f), ERR_INVALID);
	assert_string_equal(f.where, "/vulnerabilities/0/cveID");
	assert_err(record_epss_parse(*state, STR("cve,epss,percentile\nCVE-2026-12345,1.5x,0\n"), &l, &f), ERR_INVALID);
	assert_int_equal(f.line, 2);
	assert_err(record_epss_parse(*state, STR("a,b\n"), &l, &f), ERR_INVALID);
	/* An empty list would take the place of a whole one; a tab would make another entry. */
	assert_err(record_epss_parse(*state, STR("cve,epss,percentile\n"), &l, &f), ERR_INVALID);
	assert_err(record_epss_parse(*state, STR("cve,epss,percentile\nCVE-2026-12345,1.5,0\n"), &l, &f), ERR_INVALID);
	assert_err(record_epss_parse(*state, STR("cve,epss,percentile\nCVE-2026-12345,0.5,\"a\tb\"\n"), &l, &f), ERR_INVALID);
	assert_ok(record_epss_parse(*state, STR("cve,epss,percentile\nCVE-2026-12345,1.000000000,9e-1\n"), &l, &f));
	assert_err(record_kev_parse(*state, STR("{\"vulnerabilities\":[]}"), &l, &f), ERR_INVALID);
	assert_err(record_kev_parse(*state, STR("{\"vulnerabilities\":[{\"cveID\":\"CVE-2026-12345\",\"dateAdded\":\"2026\\t10\\t01\"}]}"),
		&l, &f), ERR_INVALID);
	assert_ok(record_kev_parse(*state, STR("{\"vulnerabilities\":[{\"cveID\":\"CVE-2026-12345\",\"dateAdded\":\"2026-10-01\","
		"\"knownRansomwareCampaignUse\":\"x\\nCVE-2026-1\"}]}"), &l, &f));
	assert_string_equal(l.item[0].more, "");
}

static void
real_records(void **state)
{
	const char *folder = getenv("TOBIGUCHI_CONFORMANCE");
	struct record_list kev;
	struct record_fault f;
	struct str text;
	glob_t found;

	if (folder == NULL) {
		print_message("TOBIGUCHI_CONFORMANCE is not set\n");
		skip();
	}
	assert_ok(files_read(*state, arena_printf(*state, "%s/kev/known_exploited_vulnerabilities.json", folder), LIMIT_IMPORT, &text));
	assert_ok(record_kev_parse(*state, text, &kev, &f));
	assert_true(kev.n > 1000);
	assert_int_equal(glob(arena_printf(*state, "%s/cve/records/*.json", folder), 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= 400);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		AUTO(arena) a = arena_new();
		struct record r;

		assert_ok(files_read(a, found.gl_pathv[i], LIMIT_IMPORT, &text));
		assert_ok(record_parse(a, text, &r, &f));
		assert_string_equal(f.rule, "");
	}
	globfree(&found);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(facts_of_a_record_say_who_told_them),
		UNIT_TEST(what_breaks_the_schema_is_told),
		UNIT_TEST(real_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
