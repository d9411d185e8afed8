/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/on_call.h"

size_t
on_call_at(const struct on_call *t, size_t n, int64_t at)
{
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < n; i++) {
		if (at < t[i].from || at >= t[i].until)
			continue;
		if (best == SIZE_MAX || (t[i].cover && !t[best].cover) || (t[i].cover == t[best].cover && t[i].id > t[best].id))
			best = i;
	}
	return best;
}

size_t
on_call_meets(const struct on_call *t, size_t n, int64_t from, int64_t until)
{
	for (size_t i = 0; i < n; i++) {
		if (!t[i].cover && t[i].from < until && t[i].until > from)
			return i;
	}
	return SIZE_MAX;
}

static int64_t
handed_over(const struct on_call_wish *w, const struct zone *zone, const struct business_calendar *c, size_t turn)
{
	int64_t day = w->first + (int64_t)turn * w->days;

	while (w->business && !business_is_day(c, day))
		day++;
	struct civil civil = clock_day_civil(day);

	civil.hour = w->minute / 60;
	civil.minute = w->minute % 60;
	return zone_from_civil(zone, &civil);
}

void
on_call_plan(const struct on_call_wish *w, const struct zone *zone, const struct business_calendar *c,
    struct on_call *ret)
{
	for (size_t i = 0; i < w->turns; i++)
		ret[i] = (struct on_call){
			.person_id = w->person[i % w->people],
			.from = handed_over(w, zone, c, i),
			.until = handed_over(w, zone, c, i + 1),
		};
}
