/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "unit.h"

#include "base/arena.h"
#include "decision/disagree.h"

static bool
near(double x, double y)
{
	return fabs(x - y) < 0.00005;
}

/* Published examples: Cohen 1960 (table 2), the two of Feinstein and Cicchetti's paradox, and edges. */
static void
kappa_is_as_published(void **state)
{
	static const struct {
		uint64_t count[9];
		size_t n;
		double share, kappa;
		bool chance;
	} want[] = {
		{ { 88, 14, 18, 10, 40, 10, 2, 6, 12 }, 3, 0.7, 0.4915, false },
		{ { 20, 5, 10, 15 }, 2, 0.7, 0.4, false },
		{ { 45, 15, 25, 15 }, 2, 0.6, 0.1304, false },
		{ { 25, 35, 5, 35 }, 2, 0.6, 0.2593, false },
		{ { 10, 0, 0, 10 }, 2, 1, 1, false },
		{ { 0, 10, 10, 0 }, 2, 0, -1, false },
		{ { 12, 0, 0, 0 }, 2, 1, 0, true },
		{ { 0, 0, 0, 0 }, 2, 0, 0, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(want); i++) {
		struct decision_agreement a = decision_agreement_of(want[i].count, want[i].n);

		assert_true(near(a.share, want[i].share));
		assert_true(near(a.kappa, want[i].kappa));
		assert_int_equal(a.chance, want[i].chance);
		assert_true(a.low <= a.share && a.high >= a.share);
		assert_true(a.kappa_low <= a.kappa && a.kappa_high >= a.kappa);
		if (!want[i].chance)
			assert_true(near(a.kappa, decision_kappa(want[i].count, want[i].n)));
	}
	/* Standard error of the second: sqrt(.7 × .3 / 50) / .5 = 0.1296. */
	struct decision_agreement a = decision_agreement_of(want[1].count, 2);

	assert_true(near(a.kappa_low, 0.4 - 1.95996 * 0.129615));
	assert_true(near(a.low, 0.5625) && near(a.high, 0.8090));
	/* One outcome and the rest: 106 decided, 102 said… of Cohen's table. */
	a = decision_agreement_one(want[0].count, 3, 0);
	assert_int_equal(a.n, 200);
	assert_int_equal(a.same, 88 + 40 + 10 + 6 + 12);
}

static const uint64_t same[] = { 1, 2 }, other[] = { 1, 4 };

static void
equal_facts_with_different_answers_are_pairs(void **state)
{
	AUTO(arena) a = arena_new();
	const struct decision_past p[] = {
		{ .at = 1, .outcome = 0, .possible = same }, { .at = 2, .outcome = 0, .possible = same },
		{ .at = 3, .outcome = 1, .possible = same }, { .at = 4, .outcome = 0, .possible = other },
		{ .at = 5, .outcome = 0, .possible = other }, { .at = 6, .outcome = 2, .possible = same },
		{ .at = 7, .outcome = 2, .possible = same }, { .at = 8, .outcome = 2, .possible = same },
	};
	struct decision_clash c[4];
	size_t n;

	(void)state;
	decision_clashes(a, p, COUNT(p), 2, COUNT(c), c, &n);
	assert_int_equal(n, 1);
	assert_int_equal(c[0].n, 6);
	assert_int_equal(c[0].ways, 3);
	assert_int_equal(c[0].most, 2);
	assert_int_equal(c[0].most_n, 3);
	assert_int_equal(c[0].one, 7);
	assert_int_equal(c[0].next, 0);
	assert_int_equal(c[0].two, 1);
	decision_clashes(a, p + 3, 2, 2, COUNT(c), c, &n);
	assert_int_equal(n, 0);
	decision_clashes(a, p, 0, 2, COUNT(c), c, &n);
	assert_int_equal(n, 0);
	decision_clashes(a, p, COUNT(p), 2, 0, c, &n); /* only counted */
	assert_int_equal(n, 1);
}

static void
a_leaf_says_how_many_went_otherwise(void **state)
{
	struct decision_past p[60];
	struct decision_model m = { .leaves = 3, .outcome = { .values = 3 } };
	struct decision_leaf l[3];
	size_t n = 0, leaves;
	uint64_t count[9];

	(void)state;
	/* Leaf 1: 30 of 30; leaf 2: 10 of 20 went to outcome 2; two where facts are missing. */
	for (int i = 0; i < 30; i++)
		p[n++] = (struct decision_past){ .at = i, .who = 1, .leaf = 1, .says = 0, .outcome = 0, .proposed = 0 };
	for (int i = 0; i < 20; i++)
		p[n++] = (struct decision_past){ .at = i, .who = 2, .leaf = 2, .says = 1, .outcome = i % 2 + 1, .proposed = i < 4 ? -1 : 1 };
	for (int i = 0; i < 2; i++)
		p[n++] = (struct decision_past){ .at = 100, .leaf = 0, .outcome = 1, .proposed = -1 };
	decision_leaves(p, n, &m, l, &leaves);
	assert_int_equal(leaves, 2);
	assert_int_equal(l[0].leaf, 2);
	assert_int_equal(l[0].n, 20);
	assert_int_equal(l[0].agree, 10);
	assert_int_equal(l[0].other, 2);
	assert_int_equal(l[0].others, 10);
	assert_int_equal(l[0].overridden, 8);
	assert_true(l[0].doubtful && l[0].suspect);
	assert_int_equal(l[1].leaf, 1);
	assert_false(l[1].doubtful || l[1].suspect);
	/* Only what had a proposal is counted, by person and time. */
	decision_count(p, n, 0, 1000, 0, 3, count);
	assert_int_equal(decision_agreement_of(count, 3).n, 46);
	decision_count(p, n, 0, 1000, 2, 3, count);
	assert_int_equal(decision_agreement_of(count, 3).n, 16);
	assert_int_equal(decision_agreement_of(count, 3).same, 8);
	decision_count(p, n, 10, 12, 1, 3, count);
	assert_int_equal(decision_agreement_of(count, 3).n, 2);
}

static void
a_mark_tells_those_apart_that_went_otherwise(void **state)
{
	static const char *const vpn[] = { "vpn", "exampleos", "vpn" }, *const plain[] = { "exampleos" }, *const rare[] = { "rare" };
	AUTO(arena) a = arena_new();
	struct decision_marked d[40];
	struct decision_mark m[3];
	size_t n;

	(void)state;
	for (size_t i = 0; i < COUNT(d); i++)
		d[i] = i < 12 ? (struct decision_marked){ vpn, 3, i != 0 } : (struct decision_marked){ plain, 1, i == 20 };
	d[39] = (struct decision_marked){ rare, 1, true };
	decision_marks(a, d, COUNT(d), COUNT(m), m, &n);
	assert_int_equal(n, 1);
	assert_string_equal(m[0].text, "vpn");
	assert_int_equal(m[0].with_otherwise, 11);
	assert_int_equal(m[0].with_same, 1);
	assert_int_equal(m[0].without_otherwise, 2);
	assert_int_equal(m[0].without_same, 26);
	assert_true(m[0].g > 20);
	decision_marks(a, d, 0, COUNT(m), m, &n);
	assert_int_equal(n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kappa_is_as_published),
		cmocka_unit_test(equal_facts_with_different_answers_are_pairs),
		cmocka_unit_test(a_leaf_says_how_many_went_otherwise),
		cmocka_unit_test(a_mark_tells_those_apart_that_went_otherwise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
