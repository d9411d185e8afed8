/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disagree_web.c - /vulnerabilities/disagreement: where people and the model part, for the
 * team to settle. It is about the model and the facts; nobody is ranked.
 */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/zone.h"
#include "decision/decision_web.h"
#include "decision/disagree.h"
#include "decision/explain.h"
#include "text/chart.h"
#include "text/csv.h"
#include "text/tokens.h"

#define BASE "/vulnerabilities"
#define HERE BASE "/disagreement"
#define PAST 5000  /* the newest decisions are looked at */
#define PAIRS 50
#define PAIRS_SHOWN 8 /* on the page; the API and the CSV have more */
#define LEAVES_SHOWN 20
#define MONTHS 24
#define SUSPECTS 5
#define MARKED 500 /* decisions of one leaf whose marks are compared */
#define MARKS 3

struct report {
	struct decision_model_row row;
	struct decision_model m;
	struct decision_people people;
	struct decision_taken *taken; /* those that are learned from, newest first */
	struct decision_past *past;
	size_t n;
	size_t looked_at, foreign; /* with an outcome that the model does not know */
	bool cut;		   /* there are more than PAST */
	struct decision_leaf *leaf;
	size_t leaves;
	struct decision_clash clash[PAIRS];
	size_t clashes;
	bool whole; /* as the API and the CSV have it, not as much as one reads */
};

static const struct web_option periods[] = {
	{ "0", NC_("decision", "All") }, { "365", N_("12 months") }, { "90", N_("90 days") }, { 0 },
};

static enum err
load(struct web *w, struct report *r)
{
	int64_t days = web_query_int(w, "days", 0, 36500, 0), from = days == 0 ? INT64_MIN : w->now - days * CLOCK_DAY;
	struct decision_taken *t;
	size_t n;

	*r = (struct report){ 0 };
	TRY(decision_model_active(w->db, w->a, DECISION_TOPIC, &r->row, &r->m));
	TRY(decision_people_load(w, &r->people));
	TRY(decision_taken_list(w->db, w->a, DECISION_TOPIC, 0, PAST + 1, &t, &n));
	r->cut = n > PAST;
	r->taken = arena_many(w->a, struct decision_taken, n + 1);
	r->past = arena_many(w->a, struct decision_past, n + 1);
	r->leaf = arena_many(w->a, struct decision_leaf, r->m.leaves + 1);
	for (size_t i = 0; i < n && i < PAST; i++) {
		struct decision_answers *given;
		struct decision_verdict v;
		int is = decision_value_find(&r->m.outcome, str_of(t[i].outcome));

		if (t[i].left_out || t[i].at < from)
			continue;
		r->looked_at++;
		given = arena_one(w->a, struct decision_answers);
		if (is < 0 || !decision_facts_of(w->a, t[i].facts, &r->m, given)) {
			r->foreign++;
			continue;
		}
		decision_decide(&r->m, given, &v);
		r->taken[r->n] = t[i];
		r->past[r->n++] = (struct decision_past){
			.at = t[i].at, .who = t[i].person_id, .outcome = is, .says = v.outcome, .leaf = v.leaf, .node = v.node,
			.proposed = t[i].proposed[0] == '\0' ? -1 : decision_value_find(&r->m.outcome, str_of(t[i].proposed)),
			.possible = given->possible,
		};
	}
	decision_leaves(r->past, r->n, &r->m, r->leaf, &r->leaves);
	decision_clashes(w->a, r->past, r->n, r->m.facts, PAIRS, r->clash, &r->clashes);
	return OK;
}

static double
rounded(double x)
{
	return (double)(int64_t)(x * 10000 + (x < 0 ? -0.5 : 0.5)) / 10000;
}

static int
percent(double x)
{
	return (int)(x * 100 + 0.5);
}

static void
set_share(struct web *w, struct value *o, uint64_t n, uint64_t same, double share, double low, double high)
{
	value_set_int(w->a, o, "n", (int64_t)n);
	value_set_int(w->a, o, "same", (int64_t)same);
	value_set_real(w->a, o, "share", rounded(share));
	value_set_real(w->a, o, "low", rounded(low));
	value_set_real(w->a, o, "high", rounded(high));
	value_set_bool(w->a, o, "@few", n < DECISION_FEW);
	value_set_text(w->a, o, "@share", n == 0 ? "–" : arena_printf(w->a, "%d %%", percent(share)));
	value_set_text(w->a, o, "@between", n == 0 ? NULL : arena_printf(w->a, "%d–%d %%", percent(low), percent(high)));
}

/* Nothing of a few decisions is told but how few they are. */
static void
set_agreement(struct web *w, struct value *o, struct decision_agreement g)
{
	bool told = !g.chance && g.n >= DECISION_FEW;

	set_share(w, o, g.n, g.same, g.share, g.low, g.high);
	if (told) {
		value_set_real(w->a, o, "kappa", rounded(g.kappa));
		value_set_real(w->a, o, "kappa_low", rounded(g.kappa_low));
		value_set_real(w->a, o, "kappa_high", rounded(g.kappa_high));
	} else {
		value_set(w->a, o, "kappa", NULL);
		value_set(w->a, o, "kappa_low", NULL);
		value_set(w->a, o, "kappa_high", NULL);
	}
	value_set_text(w->a, o, "@kappa", told ? arena_printf(w->a, "%.2f", g.kappa) : "–");
	value_set_text(w->a, o, "@kappa_between", told ? arena_printf(w->a, "%.2f–%.2f", g.kappa_low, g.kappa_high) : NULL);
}

static struct decision_agreement
agreement(struct web *w, const struct report *r, int64_t from, int64_t to, int64_t who, uint64_t **ret_count)
{
	size_t n = r->m.outcome.values;
	uint64_t *count = arena_many(w->a, uint64_t, n * n);

	decision_count(r->past, r->n, from, to, who, n, count);
	if (ret_count != NULL)
		*ret_count = count;
	return decision_agreement_of(count, n);
}

/* By month of the viewer's calendar, the last MONTHS of them. */
static void
set_months(struct web *w, const struct report *r)
{
	struct value *list = value_set_list(w->a, w->data, "months"), *charts = value_set_list(w->a, w->ui, "charts"), *rows;
	const char *label[MONTHS];
	int64_t share[MONTHS], kappa[MONTHS], begin[MONTHS + 1], oldest = INT64_MAX;
	struct civil c = zone_civil(w->zone, w->now);
	size_t months = 0;

	for (size_t i = 0; i < r->n; i++)
		if (r->past[i].proposed >= 0 && r->past[i].at < oldest)
			oldest = r->past[i].at;
	c = (struct civil){ .year = c.year, .month = c.month, .day = 1 };
	begin[MONTHS] = INT64_MAX;
	for (size_t i = MONTHS; i-- > 0;) {
		begin[i] = zone_from_civil(w->zone, &c);
		months++;
		if (begin[i] <= oldest)
			break;
		c.month = c.month == 1 ? 12 : c.month - 1;
		c.year -= c.month == 12;
	}
	size_t first = MONTHS - months, drawn = 0;
	struct value *chart = value_add_object(w->a, charts);

	rows = value_set_list(w->a, chart, "rows");
	for (size_t i = first; i < MONTHS; i++) {
		struct decision_agreement g = agreement(w, r, begin[i], begin[i + 1], 0, NULL);
		struct value *o = value_add_object(w->a, list), *row;
		struct civil day = zone_civil(w->zone, begin[i]);
		const char *name = arena_printf(w->a, "%04d-%02d", (int)day.year, (int)day.month);

		value_set_text(w->a, o, "month", name);
		set_agreement(w, o, g);
		row = value_add_object(w->a, rows);
		value_set_text(w->a, row, "label", name);
		struct value *cells = value_set_list(w->a, row, "cells");

		value_add_text(w->a, cells, i18n_number(w->a, (int64_t)g.n));
		value_add_text(w->a, cells, value_cstr(value_get(o, "@share")));
		value_add_text(w->a, cells, g.n == 0 ? "–" : value_cstr(value_get(o, "@between")));
		value_add_text(w->a, cells, value_cstr(value_get(o, "@kappa")));
		/* Months without enough to tell are left out of the line. */
		if (g.n < DECISION_FEW || g.chance)
			continue;
		label[drawn] = name;
		share[drawn] = percent(g.share);
		kappa[drawn++] = g.kappa < 0 ? 0 : percent(g.kappa);
	}
	const struct chart_series series[] = {
		{ web_tr(w, NULL, N_("Agreement, %")), share }, { web_tr(w, NULL, N_("κ × 100")), kappa },
	};
	const char *title = web_tr(w, NULL, N_("Agreement over time"));

	value_set_text(w->a, chart, "id", "over-time");
	value_set_text(w->a, chart, "title", title);
	value_set_text(w->a, chart, "size", "middle");
	value_set_html(w->a, chart, "svg", chart_line(w->a, &(struct chart){ .title = title, .label = label, .labels = drawn,
	    .description = web_tr(w, NULL, N_("How many decisions were as proposed, and κ beside it, by month")),
	    .series = series, .series_count = COUNT(series) }));
	struct value *columns = value_set_list(w->a, chart, "columns");

	value_add_text(w->a, columns, web_tr(w, NULL, N_("Month")));
	value_add_text(w->a, columns, web_tr(w, "decision", NC_("decision", "Decisions")));
	value_add_text(w->a, columns, web_tr(w, NULL, N_("As proposed")));
	value_add_text(w->a, columns, web_tr(w, NULL, N_("Interval (95 %)")));
	value_add_text(w->a, columns, "κ");
	value_set_bool(w->a, w->ui, "has_months", drawn > 1);
}

static void
set_outcomes(struct web *w, const struct report *r)
{
	struct value *list = value_set_list(w->a, w->data, "outcomes");
	uint64_t *count;
	size_t n = r->m.outcome.values;

	set_agreement(w, value_set_object(w->a, w->data, "agreement"), agreement(w, r, INT64_MIN, INT64_MAX, 0, &count));
	for (size_t i = n; i-- > 0;) {
		struct value *o = value_add_object(w->a, list);
		uint64_t decided = 0, proposed = 0;

		for (size_t k = 0; k < n; k++) {
			decided += count[i * n + k];
			proposed += count[k * n + i];
		}
		value_set_text(w->a, o, "outcome", r->m.outcome.value[i].key);
		value_set_text(w->a, o, "@outcome", decision_outcome_word(w, &r->m, r->m.outcome.value[i].key));
		value_set_int(w->a, o, "decided", (int64_t)decided);
		value_set_int(w->a, o, "proposed", (int64_t)proposed);
		value_set_int(w->a, o, "both", (int64_t)count[i * n + i]);
		struct decision_agreement g = decision_agreement_one(count, n, i);

		/* One that never came up has nothing to tell. */
		g.chance = g.chance || decided + proposed == 0;
		set_agreement(w, value_set_object(w->a, o, "agreement"), g);
	}
}

/* In the order of names: nobody is first. */
static void
set_analysts(struct web *w, const struct report *r)
{
	struct value *list = value_set_list(w->a, w->data, "analysts");

	for (size_t i = 0; i < r->people.n; i++) {
		struct decision_agreement g = agreement(w, r, INT64_MIN, INT64_MAX, r->people.user[i].id, NULL);
		struct value *o;

		if (g.n == 0)
			continue;
		o = value_add_object(w->a, list);
		value_set_text(w->a, o, "name", r->people.user[i].name);
		set_agreement(w, o, g);
	}
	value_set_bool(w->a, w->ui, "has_analysts", value_count(list) > 0);
}

static void
set_leaf(struct web *w, struct value *o, const struct report *r, const struct decision_leaf *l)
{
	const char *way = decision_explain_way(w->a, &r->m, l->node, w->lang == LANG_JA);

	value_set_int(w->a, o, "leaf", l->leaf);
	value_set_text(w->a, o, "way", *way == '\0' ? web_tr(w, NULL, N_("Every case")) : way);
	value_set_text(w->a, o, "says", r->m.outcome.value[l->says].key);
	value_set_text(w->a, o, "@says", decision_outcome_word(w, &r->m, r->m.outcome.value[l->says].key));
	set_share(w, o, l->n, l->agree, l->share, l->low, l->high);
	value_set_int(w->a, o, "otherwise", l->n - l->agree);
	value_set_int(w->a, o, "overridden", l->overridden);
	value_set_text(w->a, o, "other", l->others == 0 ? NULL : r->m.outcome.value[l->other].key);
	value_set_int(w->a, o, "others", l->others);
	value_set_text(w->a, o, "@other", l->others == 0 ? NULL : decision_outcome_word(w, &r->m, r->m.outcome.value[l->other].key));
	value_set_bool(w->a, o, "doubtful", l->doubtful);
	value_set_text(w->a, o, "@href", arena_printf(w->a, HERE "/%u", (unsigned)l->leaf));
}

/* Pairs ---------------------------------------------------------------- */

static void
set_side(struct web *w, struct value *o, const struct report *r, size_t at, uint32_t n, uint8_t instead)
{
	const struct decision_taken *t = &r->taken[at];

	decision_taken_tell(w, o, t, &r->m, &r->people);
	value_set_int(w->a, o, "alike", n);
	value_set_text(w->a, o, "@relabel", arena_printf(w->a, BASE "/history/%lld?outcome=%s&back=" HERE "#relabel", (long long)t->id,
	    web_escape(w, r->m.outcome.value[instead].key)));
	value_set_text(w->a, o, "@correct", arena_printf(w->a, BASE "/history/%lld?back=" HERE "#correct", (long long)t->id));
}

static void
set_pairs(struct web *w, const struct report *r)
{
	struct value *list = value_set_list(w->a, w->data, "pairs");

	size_t shown = r->whole ? PAIRS : PAIRS_SHOWN;

	for (size_t i = 0; i < r->clashes && i < shown; i++) {
		const struct decision_clash *c = &r->clash[i];
		struct value *o = value_add_object(w->a, list);
		struct decision_answers given;
		const char *facts;

		memcpy(given.possible, r->past[c->one].possible, r->m.facts * sizeof(*given.possible));
		facts = decision_explain_facts(w->a, &r->m, &given, w->lang == LANG_JA);
		value_set_text(w->a, o, "facts", *facts == '\0' ? web_tr(w, NULL, N_("Nothing was known")) : facts);
		value_set_int(w->a, o, "n", (int64_t)c->n);
		value_set_int(w->a, o, "@ways", (int64_t)c->ways);
		value_set_int(w->a, o, "@leaf", r->past[c->one].leaf);
		struct value *sides = value_set_list(w->a, o, "sides");

		set_side(w, value_add_object(w->a, sides), r, c->one, c->most_n, c->next);
		set_side(w, value_add_object(w->a, sides), r, c->two, c->next_n, c->most);
	}
	value_set_int(w->a, w->data, "pairs_total", (int64_t)r->clashes);
	value_set_bool(w->a, w->ui, "has_pairs", r->clashes > 0);
	value_set_bool(w->a, w->ui, "more_pairs", r->clashes > shown);
}

/* Missing facts -------------------------------------------------------- */

struct marks {
	struct arena *a;
	const char **text;
	size_t n;
};

static void
add_mark(struct marks *m, const char *text)
{
	m->text = arena_room(m->a, m->text, m->n, sizeof(*m->text));
	m->text[m->n++] = text;
}

static enum err
add_word(void *object, const struct token *t)
{
	struct marks *m = object;
	bool digits = true;

	for (size_t i = 0; i < t->text.n; i++)
		digits = digits && str_is_digit(t->text.p[i]);
	if (!t->again && t->text.n > 1 && !digits)
		add_mark(m, arena_printf(m->a, "“%.*s”", STR_F(t->text)));
	return OK;
}

/* What is known of a decision beside the facts that the model asks. */
static void
mark(struct web *w, const struct report *r, const struct decision_taken *t, const struct decision_answer *answer,
    size_t answers, struct marks *m)
{
	const char *who = decision_person(&r->people, t->person_id, t->analyst);

	if (tokens_each(str_of(t->title), add_word, m) != OK)
		return;
	for (size_t i = 0; i < answers; i++) {
		bool asked = answer[i].subject_id != t->subject_id;

		for (size_t f = 0; f < r->m.facts; f++)
			asked = asked || decision_same_fact(answer[i].fact, r->m.fact[f].id);
		if (!asked)
			add_mark(m, arena_printf(w->a, "%s = %s", answer[i].fact, answer[i].possible));
	}
	if (t->likely >= 1000)
		add_mark(m, web_tr(w, NULL, N_("EPSS of 10 % or more")));
	if (t->exposure >= 128)
		add_mark(m, web_tr(w, NULL, N_("much of ours is exposed")));
	if (who != NULL)
		add_mark(m, i18n_fill(w->a, web_tr(w, NULL, N_("decided by {who}")), I18N_ARGS({ "who", who })));
}

/* Of one leaf, or of all (NULL). */
static enum err
set_marks(struct web *w, struct value *o, const struct report *r, const struct decision_leaf *l)
{
	struct decision_marked *d = arena_many(w->a, struct decision_marked, MARKED);
	int64_t *subject = arena_many(w->a, int64_t, MARKED);
	const struct decision_taken **of = arena_many(w->a, const struct decision_taken *, MARKED);
	struct value *marks = value_set_list(w->a, o, "marks"), *reasons = value_set_list(w->a, o, "reasons");
	struct decision_answer *answer;
	struct decision_mark found[MARKS];
	size_t n = 0, answers;

	for (size_t i = 0; i < r->n && n < MARKED; i++) {
		if (l != NULL && r->past[i].leaf != l->leaf)
			continue;
		of[n] = &r->taken[i];
		subject[n] = r->taken[i].subject_id;
		d[n++].otherwise = r->past[i].outcome != r->past[i].says;
		if (d[n - 1].otherwise && r->taken[i].reason[0] != '\0' && value_count(reasons) < 3)
			value_add_text(w->a, reasons, r->taken[i].reason);
	}
	TRY(decision_answer_list_of(w->db, w->a, subject, n, &answer, &answers));
	for (size_t i = 0; i < n; i++) {
		struct marks m = { .a = w->a };

		mark(w, r, of[i], answer, answers, &m);
		d[i].mark = m.text;
		d[i].marks = m.n;
	}
	decision_marks(w->a, d, n, MARKS, found, &n);
	for (size_t i = 0; i < n; i++) {
		struct value *v = value_add_object(w->a, marks);

		value_set_text(w->a, v, "mark", found[i].text);
		value_set_int(w->a, v, "with_otherwise", found[i].with_otherwise);
		value_set_int(w->a, v, "with_same", found[i].with_same);
		value_set_int(w->a, v, "otherwise", found[i].with_otherwise + found[i].without_otherwise);
		value_set_int(w->a, v, "same", found[i].with_same + found[i].without_same);
	}
	value_set_bool(w->a, o, "@has_marks", n > 0);
	value_set_bool(w->a, o, "@has_reasons", value_count(reasons) > 0);
	return OK;
}

static enum err
set_suspects(struct web *w, const struct report *r)
{
	struct value *list = value_set_list(w->a, w->data, "suspects");
	struct value *everywhere = value_set_object(w->a, w->data, "everywhere");
	size_t n = 0;

	TRY(set_marks(w, everywhere, r, NULL));
	value_set_bool(w->a, w->ui, "anywhere", value_count(value_get(everywhere, "marks")) > 0);
	for (size_t i = 0; i < r->leaves && n < SUSPECTS; i++) {
		if (!r->leaf[i].suspect)
			continue;
		n++;
		struct value *o = value_add_object(w->a, list);

		set_leaf(w, o, r, &r->leaf[i]);
		TRY(set_marks(w, o, r, &r->leaf[i]));
	}
	value_set_bool(w->a, w->ui, "has_suspects", n > 0);
	return OK;
}

/* Pages ---------------------------------------------------------------- */

static enum err
fill(struct web *w, const struct report *r)
{
	struct value *list = value_set_list(w->a, w->data, "leaves");

	value_set_int(w->a, w->data, "model", r->row.id);
	value_set_int(w->a, w->data, "decisions", (int64_t)r->looked_at);
	value_set_int(w->a, w->data, "other_outcomes", (int64_t)r->foreign);
	set_outcomes(w, r);
	set_months(w, r);
	set_analysts(w, r);
	for (size_t i = 0; i < r->leaves && (r->whole || i < LEAVES_SHOWN); i++)
		set_leaf(w, value_add_object(w->a, list), r, &r->leaf[i]);
	value_set_int(w->a, w->data, "leaves_total", (int64_t)r->leaves);
	value_set_bool(w->a, w->ui, "more_leaves", !r->whole && r->leaves > LEAVES_SHOWN);
	set_pairs(w, r);
	return set_suspects(w, r);
}

static enum err
report(struct web *w)
{
	const char *days = web_query(w, "days");
	struct report r;
	enum err e = load(w, &r);

	if (e == ERR_NOT_FOUND)
		return decision_begin_page(w);
	TRY(e);
	r.whole = w->json;
	TRY(fill(w, &r));
	struct value *list = value_set_list(w->a, w->ui, "periods");

	for (size_t i = 0; periods[i].value != NULL; i++) {
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "href", i == 0 ? HERE : arena_printf(w->a, HERE "?days=%s", periods[i].value));
		value_set_text(w->a, o, "label", web_tr(w, i == 0 ? "decision" : NULL, periods[i].label));
		value_set_bool(w->a, o, "current", strcmp(*days == '\0' ? "0" : days, periods[i].value) == 0);
	}
	value_set_text(w->a, w->ui, "csv", *days == '\0' ? HERE ".csv" : arena_printf(w->a, HERE ".csv?days=%s", web_escape(w, days)));
	value_set_text(w->a, w->ui, "model_name", decision_word(w, r.row.title, r.row.title_ja));
	if (auth_allows(&w->auth, PERM_ADMIN))
		value_set_text(w->a, w->ui, "draft_href", arena_printf(w->a, "/vulnerabilities/models/%lld/draft", (long long)r.row.id));
	value_set_int(w->a, w->ui, "version", r.row.version);
	value_set_bool(w->a, w->ui, "cut", r.cut);
	value_set_int(w->a, w->ui, "most", PAST);
	value_set_bool(w->a, w->ui, "has_items", r.looked_at > 0);
	decision_tabs(w, HERE);
	return web_page(w, "decision_disagreement", N_("Disagreement"));
}

/* The decisions that end at one leaf of the active model. */
static enum err
one_leaf(struct web *w)
{
	struct value *items = value_set_list(w->a, w->data, "items");
	bool others = strcmp(web_query(w, "only"), "otherwise") == 0;
	struct report r;
	int64_t leaf;
	size_t at = 0;

	if (!str_int(str_of(web_path(w, "leaf")), 1, LIMIT_DECISION_NODES, &leaf))
		return ERR_NOT_FOUND;
	TRY(load(w, &r));
	while (at < r.leaves && r.leaf[at].leaf != leaf)
		at++;
	if (at == r.leaves)
		return ERR_NOT_FOUND;
	set_leaf(w, w->data, &r, &r.leaf[at]);
	for (size_t i = 0; i < r.n && value_count(items) < 100; i++) {
		bool otherwise = r.past[i].outcome != r.past[i].says;
		struct value *o;

		if (r.past[i].leaf != leaf || (others && !otherwise))
			continue;
		o = value_add_object(w->a, items);
		decision_taken_tell(w, o, &r.taken[i], &r.m, &r.people);
		value_set_bool(w->a, o, "otherwise", otherwise);
		value_set_text(w->a, o, "@relabel", arena_printf(w->a, BASE "/history/%lld?outcome=%s&back=" HERE "/%lld#relabel",
		    (long long)r.taken[i].id, otherwise ? web_escape(w, r.m.outcome.value[r.past[i].says].key) : "", (long long)leaf));
		value_set_text(w->a, o, "@correct", arena_printf(w->a, BASE "/history/%lld?back=" HERE "/%lld#correct",
		    (long long)r.taken[i].id, (long long)leaf));
	}
	value_set_text(w->a, w->ui, "here", arena_printf(w->a, HERE "/%lld", (long long)leaf));
	value_set_bool(w->a, w->ui, "others", others);
	value_set_bool(w->a, w->ui, "has_items", value_count(items) > 0);
	decision_tabs(w, "");
	return web_page(w, "decision_leaf", N_("Disagreement"));
}

/* A row of the table: part, name, n and what is told of it. */
static void
put_row(struct buf *b, const char *part, const char *name, const struct value *o, const char *more)
{
	static const char *const cells[] = { "n", "same", "share", "low", "high", "kappa", "kappa_low", "kappa_high" };
	char real[32];

	csv_put(b, part);
	csv_put(b, name);
	for (size_t i = 0; i < COUNT(cells); i++) {
		const struct value *v = value_get(o, cells[i]);

		real[0] = '\0';
		if (value_type(v) == VALUE_INT || value_type(v) == VALUE_REAL)
			value_format_real(real, value_real(v));
		csv_put(b, real);
	}
	csv_put(b, more);
	csv_end(b);
}

static enum err
as_csv(struct web *w)
{
	static const struct {
		const char *list, *part, *name, *more;
	} parts[] = {
		{ "months", "month", "month", "" }, { "outcomes", "outcome", "outcome", "" },
		{ "analysts", "analyst", "name", "" }, { "leaves", "leaf", "way", "says" }, { "suspects", "missing fact", "way", "says" },
	};
	struct buf *b = buf_new(w->a, LIMIT_MIB(8));
	struct report r;

	TRY(load(w, &r));
	r.whole = true;
	TRY(fill(w, &r));
	buf_text(b, "part,name,n,same,share,low,high,kappa,kappa_low,kappa_high,more\r\n");
	put_row(b, "all", "", value_get(w->data, "agreement"), "");
	for (size_t i = 0; i < COUNT(parts); i++) {
		const struct value *list = value_get(w->data, parts[i].list);

		for (size_t k = 0; k < value_count(list); k++) {
			const struct value *o = value_at(list, k), *figures = value_get(o, "agreement");

			put_row(b, parts[i].part, value_cstr(value_get(o, parts[i].name)), figures == NULL ? o : figures,
			    value_cstr(value_get(o, parts[i].more)));
		}
	}
	const struct value *pairs = value_get(w->data, "pairs");

	for (size_t i = 0; i < value_count(pairs); i++) {
		const struct value *sides = value_get(value_at(pairs, i), "sides"), *x = value_at(sides, 0), *y = value_at(sides, 1);

		put_row(b, "pair", value_cstr(value_get(value_at(pairs, i), "facts")), value_at(pairs, i),
		    arena_printf(w->a, "%s: %s / %s: %s", value_cstr(value_get(x, "title")), value_cstr(value_get(x, "outcome")),
			value_cstr(value_get(y, "title")), value_cstr(value_get(y, "outcome"))));
	}
	TRY(buf_error(b));
	return web_csv(w, "disagreement.csv", buf_view(b));
}

const struct web_route decision_disagree_routes[] = {
	{ WEB_GET, HERE, PERM_INCIDENT_READ, report, 0,
	    "Where people and the model part: months, outcomes, analysts, leaves, pairs, suspects; days" },
	{ WEB_GET, HERE ".csv", PERM_INCIDENT_READ, as_csv, 0, "The same as a table" },
	{ WEB_GET, HERE "/:leaf", PERM_INCIDENT_READ, one_leaf, 0, "The decisions that end at one leaf of the active model: only = otherwise" },
	{ 0 },
};
