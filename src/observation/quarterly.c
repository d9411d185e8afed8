/* SPDX-License-Identifier: Apache-2.0 */
#include "observation/quarterly.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"
#include "directory/country.h"
#include "observation/graph.h"
#include "observation/observe.h"
#include "observation/sighting_text.h"
#include "text/i18n.h"

#define ROWS 10
#define NOTABLE 30

bool
quarterly_parse(struct str s, struct quarter *ret)
{
	struct str year;
	int64_t y, n;

	if (!str_split(&s, 'Q', &year) || !str_int(year, 1970, 9999, &y) || !str_int(s, 1, 4, &n))
		return false;
	struct civil from = { .year = (int)y, .month = (int)n * 3 - 2, .day = 1 };
	struct civil to = n == 4 ? (struct civil){ .year = (int)y + 1, .month = 1, .day = 1 }
				 : (struct civil){ .year = (int)y, .month = (int)n * 3 + 1, .day = 1 };

	*ret = (struct quarter){ (int)y, (int)n, clock_from_civil(&from, 0), clock_from_civil(&to, 0) };
	return true;
}

const char *
quarterly_name(struct arena *a, struct quarter q)
{
	return arena_printf(a, "%04dQ%d", q.year, q.number);
}

struct quarter
quarterly_at(int64_t at)
{
	struct civil t = clock_civil(at, 0);
	struct quarter q = { 0 };
	char text[8] = { (char)('0' + t.year / 1000 % 10), (char)('0' + t.year / 100 % 10), (char)('0' + t.year / 10 % 10),
		(char)('0' + t.year % 10), 'Q', (char)('1' + (t.month - 1) / 3), '\0' };

	(void)quarterly_parse(str_of(text), &q); /* it is one */
	return q;
}

const char *
quarterly_text(struct arena *a, enum lang l, struct quarter q)
{
	static const char *const months[] = { NC_("quarter", "January–March {year}"), NC_("quarter", "April–June {year}"),
		NC_("quarter", "July–September {year}"), NC_("quarter", "October–December {year}") };

	return i18n_fill(a, i18n(l, "quarter", months[q.number - 1]), I18N_ARGS({ "year", arena_printf(a, "%d", q.year) }));
}

struct draft {
	struct arena *a;
	enum lang l;
	struct buf *out;
	const struct value *v; /* graph.h */
	int64_t active, days;
};

static const char *
tr(const struct draft *d, const char *msgid)
{
	return i18n(d->l, NULL, msgid);
}

/* Of each sensor. */
static const char *
each(const struct draft *d, int64_t packets)
{
	return i18n_number(d->a, d->active == 0 ? 0 : (packets + d->active / 2) / d->active);
}

static const char *
name_of(const struct draft *d, const struct value *row, bool regions)
{
	const char *name = value_cstr(value_get(row, "name"));

	if (!regions)
		return name;
	return country_find(name) == NULL ? tr(d, N_("unknown")) : country_name(d->l, name);
}

static void
table(struct draft *d, const char *id, const char *head, bool regions)
{
	const struct value *rows = value_get(d->v, id);
	int64_t all = value_integer(value_get(d->v, "all"));

	buf_printf(d->out, "| %s | %s | %s | %s | %s | %s |\n|--:|--:|---|--:|--:|--:|\n", tr(d, N_("Rank")), tr(d, N_("Quarter before")),
	    head, tr(d, N_("Packets per sensor")), tr(d, N_("Share")), tr(d, N_("Up or down")));
	for (size_t i = 0; i < value_count(rows) && i < ROWS; i++) {
		const struct value *r = value_at(rows, i);
		int64_t n = value_integer(value_get(r, "packets")), before = value_integer(value_get(r, "previous_rank"));

		buf_printf(d->out, "| %zu | %s | %s | %s | %.1f%% | %s |\n", i + 1, before == 0 ? "—" : i18n_number(d->a, before),
		    name_of(d, r, regions), each(d, n), all == 0 ? 0 : (double)n * 100 / (double)all,
		    observe_change(d->a, n, value_integer(value_get(r, "previous"))));
	}
	buf_char(d->out, '\n');
}

/* Those that were not among the first before. */
static void
newcomers(struct draft *d, const char *id, bool regions)
{
	const struct value *rows = value_get(d->v, id);
	struct buf *list = buf_new(d->a, LIMIT_KIB(4));
	bool known = false; /* the quarter before */

	for (size_t i = 0; i < value_count(rows) && i < ROWS; i++) {
		int64_t before = value_integer(value_get(value_at(rows, i), "previous_rank"));

		known = known || before != 0;
		if (before == 0 || before > ROWS)
			buf_printf(list, "%s%s", list->n == 0 ? "" : d->l == LANG_JA ? "、" : ", ", name_of(d, value_at(rows, i), regions));
	}
	if (known && list->n > 0)
		buf_printf(d->out, "%s\n\n", i18n_fill(d->a, tr(d, N_("New among the first ten: {list}.")), I18N_ARGS({ "list", buf_cstr(d->a, list) })));
}

static int64_t
list_of(struct draft *d, const struct quarterly_notable *notable, size_t n, const char *rule, int64_t shown)
{
	for (size_t i = 0; i < n; i++) {
		struct civil t = clock_civil(notable[i].from, 0);

		if (strcmp(notable[i].rule, rule) != 0 || shown++ >= NOTABLE)
			continue;
		buf_printf(d->out, "- **%s** (%04d-%02d-%02d): %s", notable[i].series, t.year, t.month, t.day,
		    sighting_sentence(d->a, d->l, rule, notable[i].numbers));
		if (*notable[i].note != '\0')
			buf_printf(d->out, " — %s", notable[i].note);
		buf_char(d->out, '\n');
	}
	return shown;
}

/* Addresses are for the team: those of victims and of single sources are only counted. */
static void
notables(struct draft *d, const struct quarterly_notable *notable, size_t n)
{
	static const char *const rules[] = { "wave", "fingerprint", "slow" };
	int64_t shown = 0, victims = 0;

	buf_printf(d->out, "## %s\n\n", tr(d, N_("Notable phenomena")));
	for (size_t i = 0; i < COUNT(rules); i++)
		shown = list_of(d, notable, n, rules[i], shown);
	for (size_t i = 0; i < n; i++)
		victims += strcmp(notable[i].rule, "victim") == 0;
	if (shown == 0)
		buf_printf(d->out, "%s\n", tr(d, N_("Nothing went over the thresholds.")));
	if (shown > NOTABLE)
		buf_printf(d->out, "\n%s\n", i18n_fill(d->a, tr(d, N_("And {n} more.")), I18N_ARGS({ "n", i18n_number(d->a, shown - NOTABLE) })));
	if (victims > 0)
		buf_printf(d->out, "\n%s\n",
		    i18n_fill(d->a, tr(d, N_("Answers to packets with a false sender came from {n} addresses that were under attack.")),
			I18N_ARGS({ "n", i18n_number(d->a, victims) })));
	buf_char(d->out, '\n');
}

static void
overview(struct draft *d, struct quarter q)
{
	int64_t all = value_integer(value_get(d->v, "all"));

	buf_printf(d->out, "## %s\n\n%s\n\n", tr(d, N_("Overview")),
	    i18n_fill(d->a,
		tr(d, N_("In {quarter} {sensors} sensors recorded {packets} packets that nobody had asked for: {day} a day at each sensor.")),
		I18N_ARGS({ "quarter", quarterly_text(d->a, d->l, q) }, { "sensors", i18n_number(d->a, d->active) },
		    { "packets", i18n_number(d->a, all) }, { "day", d->days == 0 ? "0" : each(d, all / d->days) })));
}

/* Days on which anything came: a telescope that began amid the quarter is no quieter. */
static int64_t
days_of(const struct value *v)
{
	const struct value *packets = value_get(v, "packets");
	int64_t n = 0;

	for (size_t i = 0; i < value_count(packets); i++)
		n += value_integer(value_at(packets, i)) > 0;
	return n;
}

enum err
quarterly_draft(struct arena *a, struct store *s, enum lang l, struct quarter q, const struct quarterly_notable *notable, size_t n,
    int64_t until, struct quarterly_draft *ret)
{
	struct draft d = { .a = a, .l = l, .out = buf_new(a, LIMIT_KIB(200)) };
	struct value *v;

	TRY(graph_of(a, s, q.from * 1000, q.to * 1000, false, until, &v));
	if (value_integer(value_get(v, "all")) == 0)
		return ERR_NOT_FOUND;
	d.v = v;
	d.active = value_integer(value_get(v, "active"));
	d.days = days_of(v);
	overview(&d, q);
	buf_printf(d.out, "## %s\n\n", tr(&d, N_("Destination ports")));
	table(&d, "ports", i18n(l, "observe", N_("Port")), false);
	newcomers(&d, "ports", false);
	buf_printf(d.out, "## %s\n\n", tr(&d, N_("Source regions")));
	table(&d, "regions", tr(&d, N_("Region")), true);
	newcomers(&d, "regions", true);
	notables(&d, notable, n);
	buf_printf(d.out, "## %s\n\n%s", tr(&d, N_("About these numbers")),
	    tr(&d, N_("All numbers are packets for each active sensor, so that more sensors do not look like more scans. Where the sensors are is not published.")));
	if (*value_cstr(value_get(v, "attribution")) != '\0')
		buf_printf(d.out, "\n\n%s: %s", tr(&d, N_("Countries and AS")), value_cstr(value_get(v, "attribution")));
	buf_char(d.out, '\n');
	TRY(buf_error(d.out));
	ret->title = i18n_fill(a, tr(&d, N_("Internet observation, {quarter}")), I18N_ARGS({ "quarter", quarterly_text(a, l, q) }));
	ret->body = buf_cstr(a, d.out);
	return OK;
}
