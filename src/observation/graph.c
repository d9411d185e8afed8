/* SPDX-License-Identifier: Apache-2.0 */
#include "observation/graph.h"

#include <string.h>

#include "base/arena.h"
#include "observation/observe.h"
#include "telescope/query.h"
#include "telescope/store.h"

#define TOP 10
#define REGIONS 5
#define COUNTRIES 20
#define STEPS_MAX 2200
#define HEAT_DAYS 31

const char *const graph_name[GRAPH_SPANS] = { "week", "month", "quarter", "year" };
static const int days_of[GRAPH_SPANS] = { 7, 30, 90, 365 };

bool
graph_find(struct str name, enum graph_span *ret)
{
	for (enum graph_span s = 0; s < GRAPH_SPANS; s++) {
		if (str_is(name, graph_name[s])) {
			*ret = s;
			return true;
		}
	}
	return false;
}

struct make {
	struct arena *a;
	struct store *s;
	int64_t from, to, step, until;
	size_t n;
	int64_t *sensors; /* active in each step */
};

static enum err
ask(struct make *m, enum query_key first, bool time, unsigned top, bool previous, struct query_result *ret)
{
	struct query q = { .from = m->from, .to = m->to, .key = { first }, .keys = 1, .measure = QUERY_PACKETS, .top = top,
		.previous = previous, .until = m->until };

	if (time) {
		q.key[1] = m->step == OBSERVE_DAY ? QUERY_DAY : QUERY_HOUR;
		q.keys = 2;
	}
	return query_run(m->a, m->s, &q, ret);
}

static size_t
place(const struct make *m, uint64_t at)
{
	return (size_t)(((int64_t)at - m->from) / m->step);
}

static struct value *
numbers(struct arena *a, struct value *o, const char *key, const int64_t *v, size_t n)
{
	struct value *list = value_set_list(a, o, key);

	for (size_t i = 0; i < n; i++)
		value_add(a, list, value_int(a, v[i]));
	return list;
}

static enum err
activity(struct make *m, struct value *o)
{
	enum query_key time = m->step == OBSERVE_DAY ? QUERY_DAY : QUERY_HOUR;
	int64_t *packets = arena_many(m->a, int64_t, m->n);
	struct query_result r;
	struct query q = { .from = m->from, .to = m->to, .key = { time }, .keys = 1, .measure = QUERY_PACKETS, .until = m->until };

	m->sensors = arena_many(m->a, int64_t, m->n);
	TRY(ask(m, QUERY_SENSOR, true, 0, false, &r));
	for (size_t i = 0; i < r.n; i++) {
		if (place(m, r.row[i].number[1]) < m->n)
			m->sensors[place(m, r.row[i].number[1])]++;
	}
	TRY(ask(m, QUERY_SENSOR, false, 1, false, &r));
	value_set_int(m->a, o, "active", (int64_t)r.groups);
	TRY(query_run(m->a, m->s, &q, &r));
	for (size_t i = 0; i < r.n; i++) {
		if (place(m, r.row[i].number[0]) < m->n)
			packets[place(m, r.row[i].number[0])] = (int64_t)r.row[i].count[QUERY_PACKETS];
	}
	numbers(m->a, o, "sensors", m->sensors, m->n);
	numbers(m->a, o, "packets", packets, m->n);
	value_set_int(m->a, o, "all", (int64_t)r.all.count[QUERY_PACKETS]);
	return OK;
}

static void
series(struct make *m, struct value *o, const struct query_result *by_time, const char *name)
{
	int64_t *v = arena_many(m->a, int64_t, m->n);

	for (size_t i = 0; i < by_time->n; i++) {
		const struct query_row *r = &by_time->row[i];

		if (strcmp(r->text[0], name) == 0 && place(m, r->number[1]) < m->n)
			v[place(m, r->number[1])] += (int64_t)r->count[QUERY_PACKETS];
	}
	numbers(m->a, o, "values", v, m->n);
}

static enum err
ranking(struct make *m, struct value *o, const char *id, enum query_key key, unsigned top, unsigned drawn)
{
	struct value *list = value_set_list(m->a, o, id);
	struct query_result r, by_time;

	TRY(ask(m, key, false, top, true, &r));
	TRY(ask(m, key, true, drawn, false, &by_time));
	for (size_t i = 0; i < r.n; i++) {
		struct value *row = value_add_object(m->a, list);

		value_set_text(m->a, row, "name", r.row[i].text[0]);
		value_set_int(m->a, row, "rank", r.row[i].rank);
		value_set_id(m->a, row, "previous_rank", r.row[i].previous_rank);
		value_set_int(m->a, row, "packets", (int64_t)r.row[i].count[QUERY_PACKETS]);
		value_set_int(m->a, row, "previous", (int64_t)r.row[i].previous);
		if (i < drawn)
			series(m, row, &by_time, r.row[i].text[0]);
	}
	if (*r.attribution != '\0')
		value_set_text(m->a, o, "attribution", r.attribution);
	return OK;
}

static enum err
countries(struct make *m, struct value *o)
{
	struct value *list = value_set_list(m->a, o, "countries");
	struct query_result r;

	TRY(ask(m, QUERY_COUNTRY, false, 0, false, &r));
	for (size_t i = 0; i < r.n; i++) {
		if (r.row[i].number[0] == 0) /* not known */
			continue;
		struct value *row = value_add_object(m->a, list);

		value_set_text(m->a, row, "name", r.row[i].text[0]);
		value_set_int(m->a, row, "packets", (int64_t)r.row[i].count[QUERY_PACKETS]);
	}
	return OK;
}

/* Port by hour of the day: when they come. */
static enum err
heat(struct make *m, struct value *o)
{
	struct query q = { .from = m->from, .to = m->to, .key = { QUERY_PORT, QUERY_HOUR }, .keys = 2, .measure = QUERY_PACKETS,
		.top = TOP, .until = m->until };
	struct value *list = value_set_list(m->a, o, "heat");
	const char *name[TOP];
	int64_t count[TOP][24] = { { 0 } };
	struct query_result r;
	size_t n = 0;

	if (m->to - m->from > HEAT_DAYS * OBSERVE_DAY)
		return OK;
	TRY(query_run(m->a, m->s, &q, &r));
	for (size_t i = 0; i < r.n; i++) {
		size_t k = 0;

		while (k < n && strcmp(name[k], r.row[i].text[0]) != 0)
			k++;
		if (k == TOP)
			continue;
		if (k == n)
			name[n++] = r.row[i].text[0];
		count[k][r.row[i].number[1] / (uint64_t)OBSERVE_HOUR % 24] += (int64_t)r.row[i].count[QUERY_PACKETS];
	}
	for (size_t k = 0; k < n; k++) {
		struct value *row = value_add_object(m->a, list);

		value_set_text(m->a, row, "name", name[k]);
		numbers(m->a, row, "hours", count[k], 24);
	}
	return OK;
}

enum err
graph_of(struct arena *a, struct store *s, int64_t from, int64_t to, bool by_hour, int64_t until, struct value **ret)
{
	struct make m = { .a = a, .s = s, .step = by_hour ? OBSERVE_HOUR : OBSERVE_DAY, .until = until };
	struct value *o = value_object(a);

	m.from = from - from % m.step;
	m.to = to;
	m.n = (size_t)((to - m.from + m.step - 1) / m.step);
	if (to <= from || m.n > STEPS_MAX)
		return ERR_INVALID;
	value_set_int(a, o, "from", m.from / 1000);
	value_set_int(a, o, "step", m.step / 1000);
	value_set_int(a, o, "n", (int64_t)m.n);
	TRY(activity(&m, o));
	TRY(ranking(&m, o, "ports", QUERY_PORT, TOP, TOP));
	TRY(ranking(&m, o, "regions", QUERY_COUNTRY, COUNTRIES, REGIONS));
	TRY(countries(&m, o));
	TRY(heat(&m, o));
	*ret = o;
	return OK;
}

enum err
graph_make(struct arena *a, struct store *s, enum graph_span span, int64_t now, int64_t until, struct value **ret)
{
	bool by_hour = span == GRAPH_WEEK;
	int64_t step = by_hour ? OBSERVE_HOUR : OBSERVE_DAY, to = now - now % step; /* whole ones only */

	TRY(graph_of(a, s, to - days_of[span] * OBSERVE_DAY, to, by_hour, until, ret));
	value_set_text(a, *ret, "span", graph_name[span]);
	return OK;
}
