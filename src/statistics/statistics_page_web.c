/* SPDX-License-Identifier: Apache-2.0 */
/* statistics_page_web.c - period and form of the pages of statistics. */
#include "statistics/statistics_page.h"

#include <string.h>

#include "base/arena.h"
#include "incident/tally_store.h"

static const struct web_option units[] = {
	{ "day", N_("Day") },
	{ "week", N_("Week") },
	{ "month", N_("Month") },
	{ "quarter", N_("Quarter") },
	{ "year", N_("Fiscal year") },
	{ NULL, NULL },
};

static int64_t
day_asked(struct web *w, struct statistics_page *p, const char *name, int64_t otherwise)
{
	const char *text = web_query(w, name);
	int64_t day;

	if (*text == '\0')
		return otherwise;
	if (period_date_parse(str_of(text), &day) == OK)
		return day;
	p->wrong = N_("Dates are written as 2026-09-18.");
	return otherwise;
}

void
statistics_page_read(struct web *w, const int64_t usual[5], struct statistics_page *ret)
{
	enum period_unit unit = PERIOD_MONTH;
	const char *asked = web_query(w, "unit");

	*ret = (struct statistics_page){ .today = tally_day(w->now) };
	if (*asked != '\0' && !period_unit_parse(str_of(asked), &unit))
		ret->wrong = N_("Periods are day, week, month, quarter and year.");

	int64_t to = day_asked(w, ret, "to", ret->today);
	int64_t last = period_start(unit, w->lang, to);
	int64_t from = day_asked(w, ret, "from", period_step(unit, last, 1 - usual[unit]));

	if (from > to) {
		int64_t swap = from;

		from = to;
		to = swap;
	}
	period_range(unit, w->lang, from, to, ret->today, &ret->range);
}

struct statistics_names
statistics_page_names(struct web *w, const struct period_range *r)
{
	struct statistics_names n = { arena_many(w->a, const char *, r->n + 1), arena_many(w->a, const char *, r->n + 1) };

	for (size_t i = 0; i < r->n; i++) {
		const char *name = period_name(w->a, r->unit, w->lang, r->start[i]);

		n.shorts[i] = period_short(w->a, r->unit, w->lang, r->start[i]);
		n.longs[i] = r->running && i + 1 == r->n
		    ? web_trf(w, NULL, N_("{period} (so far)"), I18N_ARGS({ "period", name }))
		    : name;
	}
	return n;
}

const char *
statistics_page_unit(struct web *w, const struct period_range *r)
{
	return i18n(w->lang, "unit", units[r->unit].label);
}

static void
add_tabs(struct web *w, const char *tab, const char *query)
{
	static const struct web_option tabs[] = {
		{ "/statistics", N_("Reports and incidents") },
		{ "/statistics/phishing", N_("Phishing sites") },
		{ "/statistics/coordination", N_("Coordination") },
		{ NULL, NULL },
	};
	struct value *list = value_set_list(w->a, w->ui, "tabs");

	for (size_t i = 0; tabs[i].value != NULL; i++) {
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "label", web_tr(w, NULL, tabs[i].label));
		value_set_text(w->a, o, "href", arena_printf(w->a, "%s?%s", tabs[i].value, query));
		value_set_bool(w->a, o, "current", strcmp(tabs[i].value, tab) == 0);
	}
}

void
statistics_page_form(struct web *w, const struct statistics_page *p, const struct statistics_names *n, const char *tab)
{
	const struct period_range *r = &p->range;
	struct value *form = value_set_object(w->a, w->ui, "form");

	web_options(w, "units", "unit", units, period_units[r->unit]);
	value_set_text(w->a, form, "from", period_date(w->a, r->from));
	value_set_text(w->a, form, "to", period_date(w->a, r->until - 1));
	value_set_text(w->a, w->ui, "wrong", p->wrong == NULL ? NULL : web_tr(w, NULL, p->wrong));
	value_set_text(w->a, w->ui, "range_text",
	    r->n == 1 ? n->longs[0]
		      : web_trf(w, NULL, N_("{first} to {last}"),
			    I18N_ARGS({ "first", n->longs[0] }, { "last", n->longs[r->n - 1] })));
	add_tabs(w, tab, statistics_page_query(w, r));
}

const char *
statistics_page_query(struct web *w, const struct period_range *r)
{
	return arena_printf(w->a, "unit=%s&from=%s&to=%s", period_units[r->unit], period_date(w->a, r->from),
	    period_date(w->a, r->until - 1));
}

void
statistics_page_data(struct web *w, const struct period_range *r)
{
	value_set_text(w->a, w->data, "unit", period_units[r->unit]);
	value_set_text(w->a, w->data, "from", period_date(w->a, r->from));
	value_set_text(w->a, w->data, "to", period_date(w->a, r->until - 1));
	value_set_bool(w->a, w->data, "running", r->running);
}
