/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "vulnerability/cvss.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cvss c;
	struct cvss_fault fault = { .at = SIZE_MAX };
	struct cvss_score s;

	if (cvss_parse(FUZZ_STR(data, size), &c, &fault) != OK) {
		FUZZ_CHECK(fault.at <= size && fault.rule != NULL);
		return 0;
	}
	cvss_score(&c, &s);
	FUZZ_CHECK(s.last >= 0 && s.last <= 100);
	FUZZ_CHECK(s.base <= 100 && s.temporal <= s.base);
	FUZZ_CHECK((s.base == CVSS_NONE) == (c.version == CVSS_40));
	FUZZ_CHECK(cvss_severity(c.version, s.last) != NULL);
	return 0;
}
