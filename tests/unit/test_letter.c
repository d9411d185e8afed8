/* SPDX-License-Identifier: Apache-2.0 */
/* Letters to parties: tags, texts, places, quoting, the gate. */
#include "unit.h"

#include "base/arena.h"
#include "incident/letter.h"

static void
test_subject(void **state)
{
	AUTO(arena) a = arena_new();

	(void)state;
	assert_string_equal(letter_subject(a, "INC-2026-00042", TLP_AMBER, "Phishing site"),
	    "[INC-2026-00042] [TLP:AMBER] Phishing site");
	/* Neither tags nor answers pile up; a new label takes the old one's place. */
	assert_string_equal(letter_subject(a, "INC-2026-00042", TLP_GREEN,
	    "Re: [INC-2026-00042] [TLP:AMBER] RE： Re: Phishing site"),
	    "[INC-2026-00042] [TLP:GREEN] Phishing site");
	assert_string_equal(letter_subject(a, "INC-2026-00042", TLP_CLEAR, "[ours] x"),
	    "[INC-2026-00042] [TLP:CLEAR] [ours] x");
	assert_int_equal(letter_subject_plain(STR("[INC-2026-1")).n, 11);
}

static void
test_body(void **state)
{
	AUTO(arena) a = arena_new();
	const char *body = letter_body(a, LANG_EN, TLP_AMBER_STRICT, STR("\nDear all,\n\n-- \nnot the end\n\nbye\n"), "CSIRT\n");

	(void)state;
	assert_true(str_starts(str_of(body), STR("TLP:AMBER+STRICT\nYou may share")));
	assert_true(str_ends(str_of(body), STR("\n\nDear all,\n\n-- \nnot the end\n\nbye\n\n-- \nCSIRT\n")));
	assert_true(str_is(letter_body_text(str_of(body)), "Dear all,\n\n-- \nnot the end\n\nbye"));
	assert_true(str_is(letter_body_text(STR("plain")), "plain"));
	assert_int_equal(letter_body_text(STR("TLP:RED")).n, 0);
}

static void
test_quote(void **state)
{
	AUTO(arena) a = arena_new();

	(void)state;
	assert_string_equal(letter_quote(a, STR("one\n> two\n> > three\n>> four\nfive\n-- \nme"), 10),
	    "> one\n>> two\n> five\n");
	assert_string_equal(letter_quote(a, STR("one\ntwo\nthree"), 2), "> one\n> two\n");
	assert_string_equal(letter_quote(a, STR_NULL, 2), "");
	assert_string_equal(letter_fingerprint(a, "0123456789AB"), "0123 4567 89AB");
}

static void
test_places(void **state)
{
	AUTO(arena) a = arena_new();

	(void)state;
	assert_string_equal(letter_open_places(a, "{kind} here", STR("{brand} and {brand}, {due}")), "{kind}, {brand}, {due}");
	assert_string_equal(letter_open_places(a, "x", STR("{ } {a b} {A1} {\"json\": 1} {unclosed")), "");
	for (const struct letter_template *t = letter_templates; t->name != NULL; t++)
		assert_ptr_equal(letter_template_find(t->name), t);
	assert_null(letter_template_find("no such"));
	assert_true(letter_kind_asks("takedown"));
	assert_false(letter_kind_asks("thanks"));
}

static enum letter_state
state_of(const struct letter_check *c, const char *name)
{
	struct letter_finding found[LETTER_FINDINGS];
	size_t n = letter_gate(c, found);

	assert_true(n <= LETTER_FINDINGS);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(found[i].name, name) == 0)
			return found[i].state;
	}
	return LETTER_GOOD;
}

static void
test_gate(void **state)
{
	struct letter_check c = { .label = TLP_AMBER, .input = TLP_AMBER, .address = "noc@example.net",
		.key = "AB", .own_key = true };

	(void)state;
	assert_int_equal(state_of(&c, "recipient"), LETTER_GOOD);
	assert_int_equal(state_of(&c, "sharing"), LETTER_GOOD);
	assert_int_equal(state_of(&c, "label"), LETTER_GOOD);
	assert_int_equal(state_of(&c, "clear"), LETTER_GOOD);
	c.label = TLP_GREEN;
	assert_int_equal(state_of(&c, "label"), LETTER_CONFIRM);
	c.label = TLP_AMBER;
	c.key = NULL;
	assert_int_equal(state_of(&c, "clear"), LETTER_CONFIRM);
	c.input = TLP_AMBER_STRICT;
	assert_int_equal(state_of(&c, "sharing"), LETTER_CONFIRM);
	c.input = c.label = TLP_RED;
	assert_int_equal(state_of(&c, "sharing"), LETTER_STOP);
	assert_int_equal(state_of(&c, "clear"), LETTER_STOP);
	c.person = "Hanako";
	c.key = "AB";
	assert_int_equal(state_of(&c, "sharing"), LETTER_CONFIRM);
	assert_int_equal(state_of(&c, "clear"), LETTER_GOOD);
	c.address = "";
	assert_int_equal(state_of(&c, "recipient"), LETTER_STOP);
	c.own_key = false;
	assert_int_equal(state_of(&c, "signature"), LETTER_NOTE);
	c.open = "{brand}";
	c.named = "Taro";
	c.live = true;
	assert_int_equal(state_of(&c, "places"), LETTER_STOP);
	assert_int_equal(state_of(&c, "named"), LETTER_CONFIRM);
	assert_int_equal(state_of(&c, "live"), LETTER_NOTE);
	c = (struct letter_check){ .label = TLP_CLEAR, .input = TLP_CLEAR, .address = "a@example.net" };
	assert_int_equal(state_of(&c, "clear"), LETTER_GOOD);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_subject),
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_quote),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_gate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
