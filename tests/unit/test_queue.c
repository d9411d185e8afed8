/* SPDX-License-Identifier: Apache-2.0 */
/* The order of a handler's work, and the round through it. */
#include "unit.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "incident/queue.h"

#define NOW INT64_C(1790000000000)

static void
orders_by_need(void **state)
{
	struct queue_item item[] = {
		{ .reason = QUEUE_OPEN, .ref = "INC-2026-00009", .at = NOW - CLOCK_DAY, .mine = true },
		{ .reason = QUEUE_TASK, .ref = "INC-2026-00008", .due_at = NOW + CLOCK_DAY, .id = 1, .mine = true },
		{ .reason = QUEUE_TASK, .ref = "INC-2026-00007", .due_at = NOW + CLOCK_HOUR, .id = 2, .mine = true },
		{ .reason = QUEUE_ANSWER, .ref = "INC-2026-00006", .at = NOW - 2 * CLOCK_HOUR, .id = 3 },
		{ .reason = QUEUE_ANSWER, .ref = "INC-2026-00005", .at = NOW - CLOCK_HOUR, .id = 4, .mine = true },
		{ .reason = QUEUE_OVERDUE, .ref = "RPT-2026-000002", .due_at = NOW - CLOCK_HOUR },
		{ .reason = QUEUE_OVERDUE, .ref = "RPT-2026-000001", .due_at = NOW - CLOCK_DAY },
		{ .reason = QUEUE_URGENT, .ref = "RPT-2026-000003", .at = NOW - 60000 },
		{ .reason = QUEUE_SITE, .ref = "INC-2026-00004", .at = NOW, .id = 9 },
		/* the same record again, with less need */
		{ .reason = QUEUE_SILENT, .ref = "INC-2026-00004", .due_at = NOW - CLOCK_DAY, .id = 5 },
	};
	static const char *const want[] = { "RPT-2026-000003", "RPT-2026-000001", "RPT-2026-000002", "INC-2026-00005",
		"INC-2026-00006", "INC-2026-00007", "INC-2026-00004", "INC-2026-00008", "INC-2026-00009" };

	(void)state;
	size_t n = queue_order(item, COUNT(item), NOW);

	assert_int_equal(n, COUNT(want));
	for (size_t i = 0; i < n; i++)
		assert_string_equal(item[i].ref, want[i]);
	assert_int_equal(item[6].reason, QUEUE_SITE);
	assert_int_equal(item[7].reason, QUEUE_LATER);
	assert_int_equal(queue_order(item, 0, NOW), 0);
}

static void
goes_round(void **state)
{
	struct arena *a = *state;
	struct queue_item item[] = {
		{ .reason = QUEUE_URGENT, .ref = "RPT-2026-000003", .at = 1 },
		{ .reason = QUEUE_ANSWER, .ref = "INC-2026-00001", .at = 2, .id = 7 },
		{ .reason = QUEUE_OPEN, .ref = "INC-2026-00002" },
	};
	const char *seen = "";

	for (size_t i = 0; i < COUNT(item); i++) {
		assert_int_equal(queue_next(item, COUNT(item), seen), i);
		seen = queue_see(a, seen, &item[i]);
	}
	assert_true(queue_next(item, COUNT(item), seen) == SIZE_MAX);
	/* a second answer is news */
	item[1].at = 3;
	assert_int_equal(queue_next(item, COUNT(item), seen), 1);
	/* the cookie stays short, whatever came in it */
	for (int i = 0; i < 500; i++) {
		item[0].id = i;
		seen = queue_see(a, seen, &item[0]);
	}
	assert_true(strlen(seen) <= QUEUE_SEEN * 7);
	assert_int_equal(queue_next(item, 1, seen), SIZE_MAX);
	assert_int_equal(queue_next(item, 0, "nonsense"), SIZE_MAX);
	for (int i = 0; i < QUEUE_REASONS; i++) {
		assert_non_null(queue_reason_name((enum queue_reason)i));
		assert_non_null(queue_reason_label((enum queue_reason)i));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(orders_by_need),
		UNIT_TEST(goes_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
