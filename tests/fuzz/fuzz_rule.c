/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <string.h>

#include "incident/rule.h"

/* What was read is written and read again: the same rule, which can be asked. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	const struct str hosts[] = { STR("www.bank-a.example"), STR("x") };
	const struct rule_facts f = { .channel = "mail", .sender = "a@b.example", .lang = "ja", .text = STR("some text"),
		.host = hosts, .hosts = COUNT(hosts), .size = 9, .minute = 61, .brand = "bank" };
	const char *fault = "", *value = "";
	struct rule_outcome o;
	struct rule r, again;

	if (rule_parse(a, FUZZ_STR(data, size), &r, &fault, &value) != OK) {
		FUZZ_CHECK(*fault != '\0' && value != NULL);
		return 0;
	}
	FUZZ_CHECK(r.conditions > 0 && r.conditions <= RULE_CONDITIONS);
	const char *text = rule_format(a, &r);

	FUZZ_CHECK(rule_parse(a, str_of(text), &again, &fault, &value) == OK);
	FUZZ_CHECK(strcmp(rule_format(a, &again), text) == 0);
	FUZZ_CHECK(rule_matches(&r, &f) == rule_matches(&again, &f));
	rule_run(&r, 1, &f, &o);
	FUZZ_CHECK(o.n == (rule_matches(&r, &f) ? 1U : 0U));
	return 0;
}
