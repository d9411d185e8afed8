/* SPDX-License-Identifier: Apache-2.0 */
#include "decision/priority.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "text/i18n.h"

#define DAY INT64_C(86400000)
#define DAYS 0xffff /* days left are told apart so far, half of them in the past */

static int64_t
days_left(const struct decision_task *t, int64_t now)
{
	int64_t left;

	if (t->due == DECISION_NO_DUE)
		return DAYS;
	left = (t->due - now) / DAY - ((t->due - now) % DAY < 0) + DAYS / 2;
	return left < 0 ? 0 : left >= DAYS ? DAYS - 1 : left;
}

static int
order(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

int
decision_task_compare(const struct decision_task *a, const struct decision_task *b, int64_t now,
    enum decision_reason *ret_why)
{
	const struct {
		int order;
		enum decision_reason why;
	} step[] = {
		{ order(a->pin == 0 ? INT64_MAX : a->pin, b->pin == 0 ? INT64_MAX : b->pin), DECISION_BY_PIN },
		{ order(b->outcome, a->outcome), DECISION_BY_OUTCOME },
		{ order(days_left(a, now), days_left(b, now)), DECISION_BY_TIME },
		{ order(b->exposure, a->exposure), DECISION_BY_EXPOSURE },
		{ order(b->likely, a->likely), DECISION_BY_LIKELIHOOD },
		{ order(a->since, b->since), DECISION_BY_AGE },
		{ order(a->id, b->id), DECISION_SAME },
	};
	size_t i = 0;

	while (i + 1 < COUNT(step) && step[i].order == 0)
		i++;
	if (ret_why != NULL)
		*ret_why = step[i].why;
	return step[i].order;
}

/* What comes first in two numbers, so that most comparisons are one. */
struct place {
	uint64_t first, second;
	struct decision_task task;
};

static int
by_place(const void *x, const void *y)
{
	const struct place *a = x, *b = y;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	if (a->second != b->second)
		return a->second < b->second ? -1 : 1;
	return order(a->task.id, b->task.id);
}

void
decision_task_rank(struct decision_task *t, size_t n, int64_t now)
{
	AUTO(arena) a = arena_new();
	struct place *place = arena_many(a, struct place, n + 1);

	for (size_t i = 0; i < n; i++) {
		uint64_t pin = t[i].pin > 0 && t[i].pin < 0xffff ? (uint64_t)t[i].pin : 0xffff;

		place[i] = (struct place){
			.first = pin << 48 | (uint64_t)(0xff - t[i].outcome) << 40 | (uint64_t)days_left(&t[i], now) << 24 |
			    (uint64_t)(0xff - t[i].exposure) << 16 | (uint64_t)(0xffff - t[i].likely),
			.second = (uint64_t)t[i].since ^ UINT64_C(1) << 63,
			.task = t[i],
		};
	}
	qsort(place, n, sizeof(*place), by_place);
	for (size_t i = 0; i < n; i++)
		t[i] = place[i].task;
}

const char *
decision_reason_text(enum decision_reason r)
{
	static const char *const text[] = {
		[DECISION_SAME] = N_("alike in everything; it came first"),
		[DECISION_BY_PIN] = N_("pinned by a person"),
		[DECISION_BY_OUTCOME] = N_("the more urgent outcome"),
		[DECISION_BY_TIME] = N_("fewer days are left"),
		[DECISION_BY_EXPOSURE] = N_("more of ours is exposed"),
		[DECISION_BY_LIKELIHOOD] = N_("attacks are likelier (EPSS)"),
		[DECISION_BY_AGE] = N_("it has waited longer"),
	};

	return text[r];
}
