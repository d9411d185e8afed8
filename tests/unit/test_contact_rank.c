/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "directory/contact_rank.h"

#define NOW INT64_C(1767225600000)

static void
ranked(struct arena *a, struct contact_candidate *list, size_t *n)
{
	contact_rank(a, &(struct contact_question){ .now = NOW, .languages = "ja,en" }, list, n);
}

static void
assert_order(struct arena *a, const struct contact_candidate *given, size_t n, const char *const *want)
{
	/* in this order, reversed, and turned: always the same */
	for (int turn = 0; turn < 3; turn++) {
		struct contact_candidate *list = arena_many(a, struct contact_candidate, n);
		size_t left = n, i = 0;

		for (size_t k = 0; k < n; k++)
			list[k] = given[turn == 0 ? k : turn == 1 ? n - 1 - k : (k + n / 2) % n];
		ranked(a, list, &left);
		for (; want[i] != NULL; i++)
			assert_string_equal(list[i].email, want[i]);
		assert_int_equal(left, i);
	}
}

static void
nearer_sources_come_first(void **state)
{
	const struct contact_candidate given[] = {
		{ .email = "hostmaster@zone.example", .source = CONTACT_ZONE, .role = FOUND_ZONE, .known_at = NOW },
		{ .email = "s@site.example", .source = CONTACT_SECURITY_TXT, .role = FOUND_SECURITY, .known_at = NOW },
		{ .email = "tech@isp.example", .source = CONTACT_RDAP, .role = FOUND_TECHNICAL, .known_at = NOW },
		{ .email = "abuse@whois.example", .source = CONTACT_WHOIS, .role = FOUND_ABUSE, .known_at = NOW },
		{ .email = "abuse@isp.example", .source = CONTACT_RDAP, .role = FOUND_ABUSE, .known_at = NOW },
		{ .email = "cert@country.example", .source = CONTACT_NATIONAL, .role = FOUND_SECURITY, .known_at = NOW },
		{ .email = "desk@partner.example", .source = CONTACT_DIRECTORY, .role = FOUND_OTHER, .known_at = NOW },
		{ .email = "csirt@member.example", .source = CONTACT_CONSTITUENCY, .role = FOUND_OTHER, .known_at = NOW },
	};

	assert_order(*state, given, COUNT(given),
	    (const char *const[]){ "csirt@member.example", "desk@partner.example",
		"cert@country.example", "abuse@isp.example", "abuse@whois.example", "s@site.example",
		"tech@isp.example", "hostmaster@zone.example", NULL });
}

static void
what_happened_before_counts(void **state)
{
	const struct contact_candidate given[] = {
		{ .email = "bounced@x.example", .source = CONTACT_RDAP, .role = FOUND_ABUSE, .known_at = NOW,
		    .bounced_at = NOW - CLOCK_DAY },
		{ .email = "silent@x.example", .source = CONTACT_RDAP, .role = FOUND_ABUSE, .known_at = NOW,
		    .sent = 5 },
		{ .email = "helpful@x.example", .source = CONTACT_WHOIS, .role = FOUND_ABUSE, .known_at = NOW,
		    .sent = 10, .answered = 9, .answer_minutes = 120 },
		{ .email = "new@x.example", .source = CONTACT_RDAP, .role = FOUND_ABUSE, .known_at = NOW },
		{ .email = "old@x.example", .source = CONTACT_RDAP, .role = FOUND_ABUSE,
		    .known_at = NOW - 3 * 365 * CLOCK_DAY },
		{ .email = "wrong@x.example", .source = CONTACT_DIRECTORY, .known_at = NOW, .rejected = true },
		{ .email = "chosen@x.example", .source = CONTACT_ZONE, .role = FOUND_ZONE, .known_at = NOW,
		    .chosen = true },
	};

	assert_order(*state, given, COUNT(given),
	    (const char *const[]){ "chosen@x.example", "helpful@x.example", "new@x.example",
		"old@x.example", "silent@x.example", "bounced@x.example", "wrong@x.example", NULL });
}

static void
one_address_is_one_candidate(void **state)
{
	struct contact_candidate list[] = {
		{ .email = "Abuse@isp.example", .source = CONTACT_WHOIS, .role = FOUND_ABUSE,
		    .known_at = NOW, .from = "abuse-mailbox", .name = "Abuse desk" },
		{ .email = "abuse@isp.example", .source = CONTACT_RDAP, .role = FOUND_ABUSE,
		    .known_at = NOW - CLOCK_DAY, .sent = 2, .answered = 1, .answered_at = NOW },
		{ .email = "abuse@ISP.example", .source = CONTACT_RDAP, .role = FOUND_TECHNICAL,
		    .known_at = NOW, .languages = "fr, ja-JP" },
	};
	size_t n = COUNT(list);
	int sum = 0;

	ranked(*state, list, &n);
	assert_int_equal(n, 1);
	assert_int_equal(list[0].source, CONTACT_RDAP);
	assert_int_equal(list[0].role, FOUND_ABUSE);
	assert_int_equal(list[0].known_at, NOW);
	assert_int_equal(list[0].sent, 2);
	assert_string_equal(list[0].name, "Abuse desk");
	assert_int_equal(list[0].sources, 1 << CONTACT_RDAP | 1 << CONTACT_WHOIS);
	/* the points are what the reasons say, no more */
	for (size_t i = 0; i < list[0].reasons; i++)
		sum += list[0].reason[i].points;
	assert_int_equal(sum, list[0].points);
	assert_true(list[0].reasons >= 5);
	n = 0;
	ranked(*state, list, &n);
	assert_int_equal(n, 0);
}

static void
answers_give_candidates(void **state)
{
	struct contact_candidate *list;
	struct found f;

	found_init(&f, *state, "rdap");
	f.country = "UY";
	f.organisation = "Ejemplo";
	found_add(&f, &(struct found_contact){ .role = FOUND_ABUSE, .email = "abuse@ejemplo.example" });
	found_add(&f, &(struct found_contact){ .role = FOUND_BILLING, .email = "pay@ejemplo.example" });
	found_add(&f, &(struct found_contact){ .role = FOUND_NOC, .phone = "+598 2 5550100" });
	assert_int_equal(contact_rank_found(*state, &f, NOW, &list), 1);
	assert_string_equal(list[0].email, "abuse@ejemplo.example");
	assert_string_equal(list[0].country, "UY");
	assert_int_equal(list[0].source, CONTACT_RDAP);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(nearer_sources_come_first),
		UNIT_TEST(what_happened_before_counts),
		UNIT_TEST(one_address_is_one_candidate),
		UNIT_TEST(answers_give_candidates),
	};

	return cmocka_run_group_tests_name("contact_rank", tests, NULL, NULL);
}
