/* SPDX-License-Identifier: Apache-2.0 */
/* question_web.c - /telescope: any question to the records, as picture and table. */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "collector/collect_web.h"
#include "http/http.h"
#include "observation/observe.h"
#include "observation/scanner_store.h"
#include "statistics/figure.h"
#include "telescope/clickhouse.h"
#include "telescope/query.h"
#include "telescope/segment.h"
#include "telescope/store.h"
#include "text/csv.h"
#include "view/view_web.h"
#include "web/web.h"
#include "web/web_state.h"

#define TIME_MAX 10	 /* seconds that a question may take */
#define LONG_TIME_MAX 120 /* when the asker wants to wait */
#define LINES 6			   /* of a chart */
#define TOP_MAX 500
#define BARS 20
#define LABELLED 50 /* sources, at most, whose packets are looked at for what sent them, */
#define LABEL_TIME INT64_C(1500000) /* for so long, microseconds */

struct question {
	struct query q;
	const char *text;  /* the filter as typed */
	const char *fault; /* in the viewer's words, or NULL */
	size_t wrong;	   /* of the text: from here on; SIZE_MAX: the fault is not in it */
	int64_t days, seconds; /* asked about; that it may take */
	bool times;	   /* a key is hour or day */
	const char *against; /* of against[]; "" none */
};

static const struct web_option keys[] = {
	{ "port", NC_("observe", "Port") },
	{ "proto", NC_("observe", "Protocol") },
	{ "source", NC_("observe", "Source") },
	{ "net", NC_("observe", "Source network") },
	{ "as", NC_("observe", "AS") },
	{ "country", NC_("observe", "Country") },
	{ "sensor", NC_("observe", "Sensor") },
	{ "fingerprint", NC_("observe", "Fingerprint") },
	{ "hour", NC_("observe", "Hour") },
	{ "day", NC_("observe", "Day") },
	{ NULL, NULL },
};
static const struct web_option second_keys[] = {
	{ "", NC_("observe", "nothing more") },
	{ "port", NC_("observe", "Port") },
	{ "proto", NC_("observe", "Protocol") },
	{ "net", NC_("observe", "Source network") },
	{ "as", NC_("observe", "AS") },
	{ "country", NC_("observe", "Country") },
	{ "sensor", NC_("observe", "Sensor") },
	{ "fingerprint", NC_("observe", "Fingerprint") },
	{ "hour", NC_("observe", "Hour") },
	{ "day", NC_("observe", "Day") },
	{ NULL, NULL },
};
static const struct web_option measures[] = {
	{ "packets", N_("Packets") },
	{ "sources", N_("Distinct sources") },
	{ "targets", N_("Distinct targets") },
	{ NULL, NULL },
};
static const struct web_option periods[] = {
	{ "1", N_("a day") },
	{ "7", N_("a week") },
	{ "30", N_("a month") },
	{ "90", N_("three months") },
	{ "365", N_("a year") },
	{ NULL, NULL },
};
static const struct web_option against[] = {
	{ "", NC_("observe", "nothing") },
	{ "before", N_("the time just before") },
	{ "week", N_("a week earlier") },
	{ "month", N_("four weeks earlier") },
	{ "year", N_("a year earlier") },
	{ NULL, NULL },
};
static const struct view_ready ready[] = {
	{ N_("Ports of the week"), "", false },
	{ N_("Sources of the week"), "by=source&measure=packets", false },
	{ N_("Countries, day by day"), "by=country&then=day&top=6&measure=sources&days=30", false },
	{ N_("Sensors and imported feeds, day by day"), "by=sensor&then=day&measure=sources&days=30", false },
	{ N_("Botnet Mirai"), "q=fingerprint%20mirai&by=port&measure=sources", false },
	{ N_("Who is attacked in our name"), "q=fingerprint%20backscatter&by=source", false },
};

static const char *
label_of(const struct web_option *o, const char *value)
{
	for (; o->value != NULL; o++) {
		if (strcmp(o->value, value) == 0)
			return o->label;
	}
	return "";
}

static bool
is_time(enum query_key k)
{
	return k == QUERY_HOUR || k == QUERY_DAY;
}

static void
add_key(struct question *x, const char *name)
{
	enum query_key k;

	if (!query_key_find(str_of(name), &k) || (x->q.keys > 0 && x->q.key[0] == k))
		return;
	x->q.key[x->q.keys++] = k;
	x->times = x->times || is_time(k);
}

static void
read_filter(struct web *w, struct question *x)
{
	const char *fault;
	size_t at;

	x->text = web_query(w, "q");
	x->wrong = SIZE_MAX;
	enum err e = filter_parse(w->a, str_of(x->text), &x->q.where, &fault, &at);

	if (e == ERR_LIMIT)
		x->fault = web_tr(w, NULL, N_("The filter is too long or too deep."));
	else if (e != OK) {
		x->fault = web_trf(w, NULL, N_("{fault} (character {at} of the filter)"),
		    I18N_ARGS({ "fault", web_tr(w, NULL, fault) }, { "at", i18n_number(w->a, (int64_t)at + 1) }));
		x->wrong = at;
	} else if ((fault = observe_refuses(x->q.where)) != NULL)
		x->fault = web_tr(w, NULL, fault);
}

static void
read_period(struct web *w, struct question *x)
{
	int64_t from = 0, to = 0, now = w->now * 1000, hour = now - now % OBSERVE_HOUR + OBSERVE_HOUR;
	const char *from_text = web_query(w, "from"), *to_text = web_query(w, "to");

	x->days = web_query_int(w, "days", 1, 3660, 7);
	if ((*from_text != '\0' && zone_parse(zone_utc(), str_of(from_text), &from) != OK) ||
	    (*to_text != '\0' && zone_parse(zone_utc(), str_of(to_text), &to) != OK)) {
		x->fault = web_tr(w, NULL, N_("Write times as 2026-09-18 or 2026-09-18T12:00; they are in UTC."));
		return;
	}
	x->q.to = to != 0 ? to * 1000 : hour;
	x->q.from = from != 0 ? from * 1000 : x->q.to - x->days * OBSERVE_DAY;
	if (x->q.from < 0)
		x->q.from = 0;
	if (x->q.to <= x->q.from)
		x->fault = web_tr(w, NULL, N_("The period ends before it begins."));
}

static void
read_against(struct web *w, struct question *x)
{
	static const struct {
		const char *name;
		int days;
	} back[] = { { "week", 7 }, { "month", 28 }, { "year", 364 } }; /* the same day of the week */
	const char *asked = web_query(w, "against");

	x->against = "";
	for (size_t i = 0; against[i].value != NULL; i++) {
		if (strcmp(against[i].value, asked) == 0)
			x->against = against[i].value;
	}
	for (size_t i = 0; i < COUNT(back); i++) {
		if (strcmp(back[i].name, x->against) == 0)
			x->q.back = back[i].days * OBSERVE_DAY;
	}
}

static void
read_question(struct web *w, struct question *x)
{
	const char *by = web_query(w, "by");

	*x = (struct question){ .wrong = SIZE_MAX, .seconds = web_query_int(w, "wait", 1, LONG_TIME_MAX, TIME_MAX) };
	x->q = (struct query){ .measure = QUERY_PACKETS, .until = clock_monotonic_us() + x->seconds * 1000000,
		.progress = observe_wanted, .object = w };
	read_filter(w, x);
	read_period(w, x);
	add_key(x, *by == '\0' ? "port" : by);
	add_key(x, web_query(w, "then"));
	if (x->q.keys == 0)
		x->fault = web_tr(w, NULL, N_("There is no such way to group."));
	if (*web_query(w, "measure") != '\0' && !query_measure_find(str_of(web_query(w, "measure")), &x->q.measure))
		x->fault = web_tr(w, NULL, N_("There is no such measure."));
	bool only_time = x->q.keys == 1 && x->times;

	x->q.top = only_time ? 0 : (unsigned)web_query_int(w, "top", 1, TOP_MAX, x->times ? LINES : 20);
	x->q.previous = !x->times;
	read_against(w, x);
}

/* The filter for one row's value: what a click on it adds. */
static const char *
narrowed(struct web *w, enum query_key k, const struct query_row *r, unsigned i)
{
	const char *t = r->text[i];
	unsigned port = segment_slot_port((uint32_t)r->number[i]);

	switch (k) {
	case QUERY_PORT:
		switch ((uint32_t)r->number[i] >> 16) {
		case SEGMENT_TCP:
			return arena_printf(w->a, "tcp dport %u", port);
		case SEGMENT_UDP:
			return arena_printf(w->a, "udp dport %u", port);
		case SEGMENT_ICMP:
			return arena_printf(w->a, "icmp icmptype %u icmpcode %u", port >> 8, port & 255);
		case SEGMENT_ICMP6:
			return arena_printf(w->a, "icmp6 icmptype %u icmpcode %u", port >> 8, port & 255);
		default:
			return arena_printf(w->a, "proto %u", segment_slot_proto((uint32_t)r->number[i]));
		}
	case QUERY_PROTO:
		return arena_printf(w->a, "proto %llu", (unsigned long long)r->number[i]);
	case QUERY_SOURCE:
		return arena_printf(w->a, "src %s", t);
	case QUERY_NET:
		return arena_printf(w->a, "src net %s", t);
	case QUERY_AS:
		return arena_printf(w->a, "as %llu", (unsigned long long)r->number[i]);
	case QUERY_COUNTRY:
		return strlen(t) == 2 ? arena_printf(w->a, "country %s", t) : NULL;
	case QUERY_SENSOR:
		return arena_printf(w->a, "sensor %s", t);
	case QUERY_FINGERPRINT:
		return arena_printf(w->a, "fingerprint %s", t);
	default:
		return NULL;
	}
}

/* What a click on a row asks: the same, of it alone, hour by hour. */
static const char *
row_href(struct web *w, const struct question *x, const struct query_row *r)
{
	const char *all = *x->text == '\0' ? "" : arena_printf(w->a, "(%s)", x->text);

	for (unsigned i = 0; i < x->q.keys; i++) {
		const char *one = narrowed(w, x->q.key[i], r, i);

		if (one != NULL)
			all = *all == '\0' ? one : arena_printf(w->a, "%s and %s", all, one);
	}
	return arena_printf(w->a, "/telescope?q=%s&by=%s&days=%lld&measure=%s%s%s%s%s", web_escape(w, all),
	    x->days <= 14 ? "hour" : "day", (long long)x->days, query_measure_name(x->q.measure),
	    *web_query(w, "from") == '\0' ? "" : "&from=", web_escape(w, web_query(w, "from")),
	    *web_query(w, "to") == '\0' ? "" : "&to=", web_escape(w, web_query(w, "to")));
}

static void
set_counts(struct web *w, const struct question *x, struct value *o, const struct query_row *r, uint64_t all)
{
	uint64_t n = r->count[x->q.measure];

	value_set_int(w->a, o, "packets", (int64_t)r->count[QUERY_PACKETS]);
	value_set_text(w->a, o, "@packets", i18n_number(w->a, (int64_t)r->count[QUERY_PACKETS]));
	if (x->q.measure != QUERY_PACKETS) {
		value_set_int(w->a, o, query_measure_name(x->q.measure), (int64_t)n);
		value_set_text(w->a, o, "@measure", i18n_number(w->a, (int64_t)n));
	}
	if (all > 0 && x->q.measure == QUERY_PACKETS)
		value_set_text(w->a, o, "@share", arena_printf(w->a, "%.1f%%", (double)n * 100 / (double)all));
}

static const char *
cell_text(struct web *w, enum query_key k, const char *text)
{
	/* 2026-09-01T13:00:00Z */
	return !is_time(k) || strlen(text) < 16 ? text
	    : k == QUERY_DAY		       ? arena_dupn(w->a, text, 10)
					       : arena_printf(w->a, "%.10s %.5s", text, text + 11);
}

/* Whose a source or its network is, when he scans openly. */
static void
set_scanner(struct web *w, struct value *o, struct value *cell, enum query_key k, const char *text, const struct scanners *known)
{
	struct ip_net net = { .prefix = 0 };
	const char *name = NULL;

	if (k == QUERY_SOURCE && ip_parse(str_of(text), &net.ip) == OK)
		name = scanner_set_find(known, &net.ip);
	else if (k == QUERY_NET && ip_net_parse(str_of(text), &net) == OK)
		name = scanner_set_find(known, &net.ip);
	value_set_text(w->a, cell, "scanner", name);
	if (name != NULL)
		value_set_text(w->a, o, "scanner", name);
}

static void
set_rows(struct web *w, const struct question *x, const struct query_result *r, const struct scanners *known)
{
	struct value *items = value_set_list(w->a, w->data, "items");
	uint64_t all = r->all.count[x->q.measure];

	for (size_t i = 0; i < r->n; i++) {
		struct value *o = value_add_object(w->a, items), *cells = value_set_list(w->a, o, "@keys");

		for (unsigned k = 0; k < x->q.keys; k++) {
			value_set_text(w->a, o, query_key_name(x->q.key[k]), r->row[i].text[k]);
			struct value *cell = value_add_object(w->a, cells);

			value_set_text(w->a, cell, "text", cell_text(w, x->q.key[k], r->row[i].text[k]));
			set_scanner(w, o, cell, x->q.key[k], r->row[i].text[k], known);
		}
		if (x->q.keys == 1 && x->q.key[0] == QUERY_SOURCE) {
			value_set_text(w->a, o, "sender", r->row[i].text[1]);
			value_set_text(w->a, value_item(cells, 0), "sender", r->row[i].text[1]);
		}
		set_counts(w, x, o, &r->row[i], all);
		value_set_int(w->a, o, "rank", r->row[i].rank);
		if (x->q.previous) {
			value_set_id(w->a, o, "previous_rank", r->row[i].previous_rank);
			value_set_int(w->a, o, "previous", (int64_t)r->row[i].previous);
			value_set_text(w->a, o, "@previous_rank",
			    r->row[i].previous_rank == 0 ? NULL : i18n_number(w->a, r->row[i].previous_rank));
			value_set_text(w->a, o, "@previous", i18n_number(w->a, (int64_t)r->row[i].previous));
			value_set_text(w->a, o, "@change",
			    observe_change(w->a, (int64_t)r->row[i].count[x->q.measure], (int64_t)r->row[i].previous));
		}
		if (!x->times || x->q.keys > 1)
			value_set_text(w->a, o, "@href", row_href(w, x, &r->row[i]));
	}
	struct value *o = value_set_object(w->a, w->data, "all");

	set_counts(w, x, o, &r->all, all);
	value_set_int(w->a, w->data, "groups", (int64_t)r->groups);
	value_set_text(w->a, w->ui, "groups_text", i18n_number(w->a, (int64_t)r->groups));
	if (r->groups > r->n && !x->times) {
		o = value_set_object(w->a, w->data, "others");
		set_counts(w, x, o, &r->others, all);
	}
}

static const char *
short_time(struct web *w, const char *text, enum query_key k)
{
	/* 2026-09-01T13:00:00Z */
	return strlen(text) < 16 ? text
	    : k == QUERY_DAY     ? arena_dupn(w->a, text + 5, 5)
				 : arena_printf(w->a, "%.5s %.5s", text + 5, text + 11);
}

/* How much earlier the period begins that it is compared with. */
static int64_t
back(const struct question *x)
{
	return x->q.back != 0 ? x->q.back : x->q.to - x->q.from;
}

/* Counts along the time, a line for each of the other key; ${then}: an earlier time's, or
 * NULL. */
static void
time_figure(struct web *w, const struct question *x, const struct query_result *r, const struct query_result *then, const char *title)
{
	unsigned t = is_time(x->q.key[0]) ? 0 : 1;
	enum query_key k = x->q.key[t];
	int64_t step = k == QUERY_DAY ? OBSERVE_DAY : OBSERVE_HOUR, first = x->q.from - x->q.from % step;
	size_t n = (size_t)((x->q.to - first + step - 1) / step), lines = 0;
	const char *name[LINES], **label;
	int64_t *count[LINES];

	if (n == 0 || n > 2200)
		return;
	label = arena_many(w->a, const char *, n);
	for (size_t i = 0; i < n; i++) {
		const char *full = zone_iso(w->a, zone_utc(), (first + (int64_t)i * step) / 1000);

		label[i] = short_time(w, full, k);
	}
	for (size_t i = 0; i < r->n; i++) {
		const char *line = x->q.keys == 1 ? web_tr(w, NULL, label_of(measures, query_measure_name(x->q.measure)))
						  : r->row[i].text[1 - t];
		int64_t at = ((int64_t)r->row[i].number[t] - first) / step;
		size_t l = 0;

		while (l < lines && strcmp(name[l], line) != 0)
			l++;
		if (l == LINES || at < 0 || (size_t)at >= n)
			continue;
		if (l == lines) {
			name[lines] = line;
			count[lines++] = arena_many(w->a, int64_t, n);
		}
		count[l][at] = (int64_t)r->row[i].count[x->q.measure];
	}
	if (then != NULL && lines < LINES) {
		name[lines] = web_tr(w, NULL, label_of(against, x->against));
		count[lines] = arena_many(w->a, int64_t, n);
		for (size_t i = 0; i < then->n; i++) {
			int64_t at = ((int64_t)then->row[i].number[0] + back(x) - first) / step;

			if (at >= 0 && (size_t)at < n)
				count[lines][at] = (int64_t)then->row[i].count[x->q.measure];
		}
		lines++;
	}
	struct figure_column column[LINES];

	for (size_t l = 0; l < lines; l++)
		column[l] = (struct figure_column){ name[l], count[l] };
	figure_add(w->a, value_set_list(w->a, w->ui, "charts"),
	    &(struct figure){ .kind = FIGURE_LINE, .id = "answer", .title = title, .description = title,
		.head = web_tr(w, NULL, N_("Time (UTC)")), .label = label, .rows = n, .column = column, .columns = lines });
}

static void
bar_figure(struct web *w, const struct question *x, const struct query_result *r, const char *title)
{
	size_t n = r->n < BARS ? r->n : BARS;
	const char **label = arena_many(w->a, const char *, n);
	int64_t *count = arena_many(w->a, int64_t, n);

	for (size_t i = 0; i < n; i++) {
		label[i] = x->q.keys == 1 ? r->row[i].text[0] : arena_printf(w->a, "%s %s", r->row[i].text[0], r->row[i].text[1]);
		count[i] = (int64_t)r->row[i].count[x->q.measure];
	}
	figure_add(w->a, value_set_list(w->a, w->ui, "charts"),
	    &(struct figure){ .kind = FIGURE_TOP, .id = "answer", .title = title, .description = title,
		.head = web_tr(w, "observe", label_of(keys, query_key_name(x->q.key[0]))), .label = label, .rows = n,
		.column = &(struct figure_column){ web_tr(w, NULL, label_of(measures, query_measure_name(x->q.measure))), count },
		.columns = 1 });
}

static void
set_left_out(struct web *w, const struct query_result *r)
{
	struct value *list = value_set_list(w->a, w->data, "left_out");

	for (size_t i = 0; i < r->left_outs; i++) {
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "segment", r->left_out[i].segment);
		value_set_text(w->a, o, "why", r->left_out[i].why == ERR_UNAVAILABLE ? "later version"
			: r->left_out[i].why == ERR_NOT_FOUND			     ? "not kept"
										     : "damaged");
	}
	value_set_bool(w->a, w->ui, "any_left_out", r->left_outs > 0);
}

/* Where questions are asked: the store, or a ClickHouse. */
struct place {
	struct store *store;
	struct clickhouse *there;
};

static enum err
ask_one(struct web *w, const struct place *p, const struct query *q, struct query_result *r)
{
	return p->there != NULL ? clickhouse_query(w->a, p->there, q, r) : query_run(w->a, p->store, q, r);
}

/* The same hours or days of the earlier period. */
static enum err
ask_then(struct web *w, const struct question *x, const struct place *p, struct query_result *then)
{
	struct query q = x->q;

	if (*x->against == '\0' || !x->times || x->q.keys > 1)
		return OK;
	q.from = q.from > back(x) ? q.from - back(x) : 0;
	q.to -= back(x);
	return q.to <= q.from ? OK : ask_one(w, p, &q, then);
}

static void
too_long(struct web *w, struct question *x)
{
	x->fault = web_trf(w, NULL,
	    N_("The question took longer than {n} seconds and was given up. Ask for a shorter period, a port or a network."),
	    I18N_ARGS({ "n", i18n_number(w->a, x->seconds) }));
	if (x->seconds < LONG_TIME_MAX)
		value_set_text(w->a, w->ui, "longer_href", web_with(w, "wait", arena_printf(w->a, "%d", LONG_TIME_MAX)));
}

/*
 * What sent a source's packets, when most of them, and at least two, say the same: of one
 * packet alone a fingerprint may be chance (2^-16).  Left out when it takes too long.
 */
static void
ask_senders(struct web *w, const struct question *x, const struct place *p, struct query_result *r)
{
	struct query q = { .from = x->q.from, .to = x->q.to, .key = { QUERY_SOURCE, QUERY_FINGERPRINT }, .keys = 2,
		.measure = QUERY_PACKETS, .until = x->q.until, .progress = x->q.progress, .object = x->q.object };
	struct buf *b = buf_new(w->a, LIMIT_KIB(8));
	int64_t soon = clock_monotonic_us() + LABEL_TIME;
	struct query_result of;
	const char *fault;
	size_t at;

	if (q.until > soon)
		q.until = soon;
	if (x->q.keys != 1 || x->q.key[0] != QUERY_SOURCE || r->n == 0 || r->n > LABELLED)
		return;
	for (size_t i = 0; i < r->n; i++)
		buf_printf(b, "%s%s", i == 0 ? "src " : ",", r->row[i].text[0]);
	if (filter_parse(w->a, buf_view(b), &q.where, &fault, &at) != OK || ask_one(w, p, &q, &of) != OK)
		return;
	for (size_t i = 0; i < r->n; i++) {
		uint64_t all = 0, most = 0;
		const char *name = NULL;

		for (size_t k = 0; k < of.n; k++) {
			if (strcmp(of.row[k].text[0], r->row[i].text[0]) != 0)
				continue;
			all += of.row[k].count[QUERY_PACKETS];
			if (of.row[k].count[QUERY_PACKETS] > most) {
				most = of.row[k].count[QUERY_PACKETS];
				name = of.row[k].number[1] == RECORD_UNKNOWN ? NULL : of.row[k].text[1];
			}
		}
		if (most >= 2 && most * 2 >= all)
			r->row[i].text[1] = name;
	}
}

/* What the question asks and what stands beside its answer. */
static enum err
ask_all(struct web *w, struct question *x, const struct place *p, struct query_result *r, struct query_result *then)
{
	TRY(ask_one(w, p, &x->q, r));
	TRY(ask_then(w, x, p, then));
	ask_senders(w, x, p, r);
	return OK;
}

static enum err
ask_clickhouse(struct web *w, const char *url, struct question *x, struct query_result *r, struct query_result *then)
{
	AUTO(clickhouse) there = NULL;
	const char *password;
	enum err e;

	TRY(setting_secret(w->db, w->a, web_key(w->state), "telescope.clickhouse_password", &password));
	TRY(clickhouse_new(url, password, &there));
	e = ask_all(w, x, &(struct place){ .there = there }, r, then);
	if (e == ERR_UNAVAILABLE)
		x->fault = web_trf(w, NULL, N_("ClickHouse does not answer: {why}"), I18N_ARGS({ "why", clickhouse_fault(there) }));
	return e;
}

/* For who asked for a time of which there is nothing: when there is something. */
static void
set_kept(struct web *w, const struct store *s)
{
	size_t n;
	const struct store_entry *entry = store_list(s, &n);
	int64_t from = INT64_MAX, to = 0;

	for (size_t i = 0; i < n; i++) {
		from = entry[i].rows > 0 && entry[i].from < from ? entry[i].from : from;
		to = entry[i].rows > 0 && entry[i].to > to ? entry[i].to : to;
	}
	value_set_bool(w->a, w->ui, "empty", to == 0);
	if (to == 0)
		return;
	const char *first = arena_dupn(w->a, zone_iso(w->a, zone_utc(), from / 1000), 10),
		   *end = arena_dupn(w->a, zone_iso(w->a, zone_utc(), (to + OBSERVE_DAY) / 1000), 10);

	value_set_text(w->a, w->ui, "kept_text", web_trf(w, NULL, N_("There are records from {from} to {to} (UTC)."),
	    I18N_ARGS({ "from", first }, { "to", arena_dupn(w->a, zone_iso(w->a, zone_utc(), to / 1000), 10) })));
	value_set_text(w->a, w->ui, "kept_href", arena_printf(w->a, "/telescope?q=%s&by=%s&from=%s&to=%s",
	    web_escape(w, web_query(w, "q")), web_escape(w, web_query(w, "by")), first, end));
}

static enum err
ask_store(struct web *w, struct question *x, struct query_result *r, struct query_result *then)
{
	struct store *s;
	enum err e = observe_take(observe_folder(w->a, web_data_dir(w->state)), &s);

	if (e == ERR_NOT_FOUND)
		value_set_bool(w->a, w->ui, "empty", true);
	TRY(e);
	e = ask_all(w, x, &(struct place){ .store = s }, r, then);
	if (e == OK && r->n == 0)
		set_kept(w, s);
	observe_give(s);
	return e;
}

static enum err
ask(struct web *w, struct question *x, struct query_result *r, struct query_result *then)
{
	const char *url = setting_text(w->db, w->a, "telescope.clickhouse");
	bool is_long = x->seconds > TIME_MAX;

	if (is_long && !observe_begin_long()) {
		x->fault = web_tr(w, NULL, N_("Another long question is being answered. Try again in a minute."));
		return ERR_UNAVAILABLE;
	}
	enum err e = *url != '\0' ? ask_clickhouse(w, url, x, r, then) : ask_store(w, x, r, then);

	if (is_long)
		observe_end_long();
	if (e == ERR_NOT_FOUND)
		return e;
	if (x->fault != NULL)
		return e;
	if (e == ERR_TIMEOUT)
		too_long(w, x);
	else if (e == ERR_LIMIT)
		x->fault = web_tr(w, NULL, N_("That has too many groups to count exactly. Ask for a shorter period, or group by something coarser."));
	else if (e != OK)
		x->fault = web_tr(w, NULL, N_("The records cannot be read. The log says why; see also telescope verify."));
	return e;
}

static const char *
title_of(struct web *w, const struct question *x)
{
	return web_trf(w, NULL, *x->text == '\0' ? N_("{measure} by {key}") : N_("{measure} by {key}: {filter}"),
	    I18N_ARGS({ "measure", web_tr(w, NULL, label_of(measures, query_measure_name(x->q.measure))) },
		{ "key", web_tr(w, "observe", label_of(keys, query_key_name(x->q.key[0]))) }, { "filter", x->text }));
}

static enum err
csv(struct web *w, const struct question *x, const struct query_result *r)
{
	struct buf *b = buf_new(w->a, LIMIT_MIB(64));

	for (unsigned k = 0; k < x->q.keys; k++)
		csv_put(b, query_key_name(x->q.key[k]));
	csv_put(b, "packets");
	if (x->q.measure != QUERY_PACKETS)
		csv_put(b, query_measure_name(x->q.measure));
	csv_end(b);
	for (size_t i = 0; i < r->n; i++) {
		for (unsigned k = 0; k < x->q.keys; k++)
			csv_put(b, r->row[i].text[k]);
		csv_put_int(b, (int64_t)r->row[i].count[QUERY_PACKETS]);
		if (x->q.measure != QUERY_PACKETS)
			csv_put_int(b, (int64_t)r->row[i].count[x->q.measure]);
		csv_end(b);
	}
	TRY(buf_error(b));
	return web_csv(w, "telescope.csv", buf_view(b));
}

static const char *
key_head(enum query_key k)
{
	return k == QUERY_HOUR ? NC_("observe", "Hour (UTC)") : k == QUERY_DAY ? NC_("observe", "Day (UTC)") : label_of(keys, query_key_name(k));
}

static void
set_head(struct web *w, const struct question *x)
{
	struct value *head = value_set_list(w->a, w->ui, "heads");
	const char *then = x->q.keys > 1 ? query_key_name(x->q.key[1]) : "";

	for (unsigned k = 0; k < x->q.keys; k++)
		value_add_text(w->a, head, web_tr(w, "observe", key_head(x->q.key[k])));
	if (x->q.measure != QUERY_PACKETS)
		value_set_text(w->a, w->ui, "measure_head", web_tr(w, NULL, label_of(measures, query_measure_name(x->q.measure))));
	value_set_bool(w->a, w->ui, "ranks", x->q.previous);
	value_set_bool(w->a, w->ui, "compared", x->q.previous && *x->against != '\0');
	value_set_bool(w->a, w->ui, "times", x->times);
	web_options(w, "againsts", "observe", against, x->against);
	web_options(w, "bys", "observe", keys, x->q.keys > 0 ? query_key_name(x->q.key[0]) : "port");
	web_options(w, "thens", "observe", second_keys, then);
	web_options(w, "measures", NULL, measures, query_measure_name(x->q.measure));
	web_options(w, "periods", NULL, periods, arena_printf(w->a, "%lld", (long long)x->days));
	value_set_text(w->a, w->ui, "q", x->text);
	value_set_int(w->a, w->ui, "top", x->q.top == 0 ? LINES : x->q.top);
	value_set_text(w->a, w->ui, "from_text", web_query(w, "from"));
	value_set_text(w->a, w->ui, "to_text", web_query(w, "to"));
	value_set_text(w->a, w->ui, "csv_href", arena_printf(w->a, "/telescope.csv?%s", view_web_present(w)));
	value_set_text(w->a, w->ui, "json_href", arena_printf(w->a, "/telescope?%s&format=json", view_web_present(w)));
	value_set_text(w->a, w->ui, "fault", x->fault);
	if (x->wrong <= strlen(x->text)) {
		value_set_bool(w->a, w->ui, "wrong", true);
		value_set_text(w->a, w->ui, "wrong_before", arena_dupn(w->a, x->text, x->wrong));
		value_set_text(w->a, w->ui, "wrong_from", x->text + x->wrong);
	}
	if (x->times)
		observe_zoom(w, value_set_object(w->a, w->ui, "zoom"),
		    arena_printf(w->a, "/telescope?q=%s&by=%s&then=%s&measure=%s&top=%u", web_escape(w, x->text),
			query_key_name(x->q.key[0]), then, query_measure_name(x->q.measure), x->q.top == 0 ? LINES : x->q.top),
		    x->q.from / 1000, x->q.to / 1000);
}

static enum err
set_views(struct web *w)
{
	struct view_tab *tab;
	size_t n;

	TRY(view_web_tabs(w, "observe", ready, COUNT(ready), "observe", &tab, &n));
	view_web_set(w, "observe", view_web_present(w), tab, n);
	return OK;
}

static void
set_question(struct web *w, const struct question *x)
{
	value_set_text(w->a, w->data, "filter", x->text);
	web_set_time(w, w->data, "from", x->q.from / 1000);
	web_set_time(w, w->data, "to", x->q.to / 1000);
	value_set_text(w->a, w->data, "measure", query_measure_name(x->q.measure));
}

static bool
by_source(const struct question *x)
{
	for (unsigned k = 0; k < x->q.keys; k++) {
		if (x->q.key[k] == QUERY_SOURCE || x->q.key[k] == QUERY_NET)
			return true;
	}
	return false;
}

static enum err
answer(struct web *w, bool as_csv)
{
	struct scanners known = { .name = NULL };
	struct question x;
	struct query_result r = { 0 }, then = { 0 };

	read_question(w, &x);
	set_question(w, &x);
	if (x.fault == NULL && ask(w, &x, &r, &then) == OK) {
		if (as_csv)
			return csv(w, &x, &r);
		if (by_source(&x))
			TRY(scanner_set_read(w->db, w->a, &known));
		set_rows(w, &x, &r, &known);
		scanner_set_done(&known);
		set_left_out(w, &r);
		value_set_text(w->a, w->data, "attribution", r.attribution);
		if (x.times)
			time_figure(w, &x, &r, then.attribution == NULL ? NULL : &then, title_of(w, &x));
		else
			bar_figure(w, &x, &r, title_of(w, &x));
		value_set_text(w->a, w->ui, "answer_title", title_of(w, &x));
		value_set_bool(w->a, w->ui, "answered", true);
		value_set_bool(w->a, w->ui, "none", r.n == 0);
	} else if (x.fault != NULL) {
		web_problem(w, "q", x.fault);
		w->status = 422;
	}
	set_head(w, &x);
	observe_tabs(w, "/telescope");
	if (w->json && x.fault != NULL)
		return web_again(w, "telescope", N_("Observe"));
	TRY(set_views(w));
	return web_page(w, "telescope", N_("Observe"));
}

static enum err
page(struct web *w)
{
	return answer(w, false);
}

static enum err
page_csv(struct web *w)
{
	return answer(w, true);
}

const struct web_route question_routes[] = {
	{ WEB_GET, "/telescope", PERM_TELESCOPE_READ, page, WEB_SLOW, "Ask the telescope: filter, group, count", NULL },
	{ WEB_GET, "/telescope.csv", PERM_TELESCOPE_READ, page_csv, WEB_SLOW, "The same as CSV", NULL },
	{ 0 },
};
