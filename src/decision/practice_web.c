/* SPDX-License-Identifier: Apache-2.0 */
/* practice_web.c - /vulnerabilities/practice: past cases decided blind, and how near one comes to the team. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "decision/decision_web.h"
#include "decision/disagree.h"
#include "decision/practice_store.h"
#include "text/chart.h"

#define BASE "/vulnerabilities"
#define HERE BASE "/practice"

static const struct web_option sizes[] = {
	{ "10", N_("10 cases") }, { "20", N_("20 cases") }, { "40", N_("40 cases") }, { 0 },
};

/* A person of a token practises as well; nobody else does. */
static int64_t
me(const struct web *w)
{
	return w->user == NULL ? 0 : w->user->id;
}

static void
count_pair(const struct decision_model *m, const char *team, const char *mine, uint64_t *count)
{
	int t = decision_value_find(&m->outcome, str_of(team)), o = decision_value_find(&m->outcome, str_of(mine));

	if (t >= 0 && o >= 0)
		count[(size_t)t * m->outcome.values + (size_t)o]++;
}

/* A round is short, so the figure is told of any number, with its interval. */
static void
set_agreement(struct web *w, struct value *o, const struct decision_agreement *g)
{
	value_set_int(w->a, o, "n", (int64_t)g->n);
	value_set_int(w->a, o, "same", (int64_t)g->same);
	if (g->chance)
		value_set(w->a, o, "kappa", NULL);
	else
		value_set_real(w->a, o, "kappa", (double)(int64_t)(g->kappa * 100 + (g->kappa < 0 ? -0.5 : 0.5)) / 100);
	value_set_text(w->a, o, "@kappa", g->chance ? "–" : arena_printf(w->a, "%.2f", g->kappa));
	value_set_text(w->a, o, "@kappa_between",
	    g->chance || g->n < DECISION_FEW ? NULL : arena_printf(w->a, "%.2f–%.2f", g->kappa_low, g->kappa_high));
}

static void
set_chart(struct web *w, const struct decision_round *r, const struct decision_agreement *g, size_t n)
{
	const char **label = arena_many(w->a, const char *, n + 1);
	int64_t *kappa = arena_many(w->a, int64_t, n + 1);
	size_t drawn = 0;
	const char *title = web_tr(w, NULL, N_("κ with the team, round by round"));

	for (size_t i = n; i-- > 0;) {
		if (r[i].finished_at == 0 || g[i].chance)
			continue;
		label[drawn] = web_when(w, r[i].finished_at);
		kappa[drawn++] = g[i].kappa < 0 ? 0 : (int64_t)(g[i].kappa * 100 + 0.5);
	}
	value_set_bool(w->a, w->ui, "has_chart", drawn > 1);
	if (drawn < 2)
		return;
	const struct chart_series series = { web_tr(w, NULL, N_("κ × 100")), kappa };

	value_set_html(w->a, w->ui, "chart", chart_line(w->a, &(struct chart){ .title = title, .description = title, .label = label,
	    .labels = drawn, .series = &series, .series_count = 1 }));
}

static enum err
overview(struct web *w)
{
	struct value *items = value_set_list(w->a, w->data, "items");
	struct decision_model m;
	struct decision_round *r;
	struct decision_practice_pair *p;
	size_t n, pairs, values;
	enum err e = decision_model_active(w->db, w->a, DECISION_TOPIC, NULL, &m);

	if (e == ERR_NOT_FOUND)
		return decision_begin_page(w);
	TRY(e);
	values = m.outcome.values;
	TRY(decision_round_list(w->db, w->a, DECISION_TOPIC, me(w), &r, &n));
	TRY(decision_practice_pairs(w->db, w->a, DECISION_TOPIC, me(w), &p, &pairs));
	struct decision_agreement *g = arena_many(w->a, struct decision_agreement, n + 1);
	uint64_t *all = arena_many(w->a, uint64_t, values * values);

	for (size_t i = 0; i < n; i++) {
		struct value *o = value_add_object(w->a, items);
		uint64_t *count = arena_many(w->a, uint64_t, values * values);

		for (size_t k = 0; k < pairs; k++)
			if (p[k].round_id == r[i].id)
				count_pair(&m, p[k].team, p[k].mine, count);
		g[i] = decision_agreement_of(count, values);
		value_set_int(w->a, o, "id", r[i].id);
		value_set_bool(w->a, o, "finished", r[i].finished_at != 0);
		value_set_text(w->a, o, "@href", decision_address(w, HERE "/", r[i].id));
		web_set_time(w, o, "started_at", r[i].started_at);
		/* What is not finished tells nothing yet: it would give answers away. */
		if (r[i].finished_at != 0)
			set_agreement(w, o, &g[i]);
		for (size_t c = 0; c < values * values && r[i].finished_at != 0; c++)
			all[c] += count[c];
	}
	struct decision_agreement total = decision_agreement_of(all, values);

	set_agreement(w, value_set_object(w->a, w->data, "all"), &total);
	set_chart(w, r, g, n);
	web_options(w, "cases", NULL, sizes, "10");
	value_set_bool(w->a, w->ui, "has_items", n > 0);
	decision_tabs(w, HERE);
	return web_again(w, "decision_practice", N_("Practice"));
}

static enum err
start(struct web *w)
{
	int64_t id;
	enum err e;

	if (me(w) == 0)
		return ERR_DENIED;
	e = decision_round_start(w->db, w->a, DECISION_TOPIC, (int)web_form_int(w, "cases", DECISION_PRACTICE_MIN, 100, 10), web_actor(w), &id);
	if (e == ERR_NOT_FOUND) {
		web_problem(w, "cases", N_("There are too few cases that others decided. Bring in past decisions, or come back later."));
		return overview(w);
	}
	TRY(e);
	value_set_int(w->a, w->data, "id", id);
	return web_created(w, decision_address(w, HERE "/", id), NULL);
}

static void
set_case(struct web *w, const struct decision_model *m, const struct decision_practiced *c)
{
	struct value *facts = value_set_list(w->a, w->data, "facts"), *outcomes = value_set_list(w->a, w->ui, "outcomes");
	struct decision_answers given;

	(void)decision_facts_of(w->a, c->team.facts, m, &given); /* then nothing is known */
	value_set_int(w->a, w->data, "decision", c->decision_id);
	value_set_text(w->a, w->data, "title", c->team.title);
	for (size_t f = 0; f < m->facts; f++) {
		const struct decision_fact *fact = &m->fact[f];
		struct value *o = value_add_object(w->a, facts);
		struct buf *b = buf_new(w->a, LIMIT_KIB(16));

		for (size_t i = 0; i < fact->values && given.possible[f] != decision_all(fact); i++)
			if ((given.possible[f] >> i & 1) != 0)
				buf_printf(b, "%s%s", b->n > 0 ? w->lang == LANG_JA ? "または" : " or " : "",
				    decision_word(w, fact->value[i].name, fact->value[i].name_ja));
		value_set_text(w->a, o, "name", decision_word(w, fact->name, fact->name_ja));
		value_set_text(w->a, o, "value", b->n > 0 ? buf_cstr(w->a, b) : NULL);
	}
	for (size_t i = m->outcome.values; i-- > 0;) {
		struct value *o = value_add_object(w->a, outcomes);
		size_t at = m->outcome.values - i;

		value_set_text(w->a, o, "value", m->outcome.value[i].key);
		value_set_text(w->a, o, "label", decision_word(w, m->outcome.value[i].name, m->outcome.value[i].name_ja));
		value_set_text(w->a, o, "key", at < 10 ? arena_printf(w->a, "%zu", at) : NULL);
	}
}

static enum err
set_result(struct web *w, const struct decision_model *m, const struct decision_practiced *c, size_t n)
{
	struct value *items = value_set_list(w->a, w->data, "items");
	uint64_t *count = arena_many(w->a, uint64_t, m->outcome.values * m->outcome.values);
	struct decision_agreement g;
	struct decision_people people;

	TRY(decision_people_load(w, &people));
	for (size_t i = 0; i < n; i++) {
		struct value *o = value_add_object(w->a, items);

		decision_taken_tell(w, o, &c[i].team, m, &people);
		value_set_text(w->a, o, "mine", c[i].mine);
		value_set_text(w->a, o, "@mine", decision_outcome_word(w, m, c[i].mine));
		value_set_bool(w->a, o, "differs", strcmp(c[i].mine, c[i].team.outcome) != 0);
		count_pair(m, c[i].team.outcome, c[i].mine, count);
	}
	g = decision_agreement_of(count, m->outcome.values);
	set_agreement(w, value_set_object(w->a, w->data, "all"), &g);
	return OK;
}

static enum err
round_page(struct web *w)
{
	struct decision_model m;
	struct decision_round r;
	struct decision_practiced *c;
	size_t n, at = 0;
	int64_t id;

	TRY(decision_path_id(w, &id));
	TRY(decision_round_get(w->db, w->a, id, me(w), &r, &c, &n));
	TRY(decision_model_active(w->db, w->a, DECISION_TOPIC, NULL, &m));
	while (at < n && c[at].mine[0] != '\0')
		at++;
	value_set_int(w->a, w->data, "id", id);
	value_set_int(w->a, w->data, "cases", (int64_t)n);
	value_set_int(w->a, w->data, "answered", (int64_t)at);
	value_set_int(w->a, w->ui, "place", (int64_t)at + 1);
	value_set_bool(w->a, w->data, "finished", r.finished_at != 0);
	if (at < n)
		set_case(w, &m, &c[at]);
	else
		TRY(set_result(w, &m, c, n));
	decision_tabs(w, "");
	return web_again(w, at < n ? "decision_blind" : "decision_practised", N_("Practice"));
}

static enum err
answer(struct web *w)
{
	struct value *undo = value_object(w->a);
	int64_t id, decision = web_form_int(w, "decision", 1, INT64_MAX, 0), undo_id;
	struct decision_model m;
	int is;

	TRY(decision_path_id(w, &id));
	TRY(decision_model_active(w->db, w->a, DECISION_TOPIC, NULL, &m));
	is = decision_value_find(&m.outcome, web_form_str(w, "outcome"));
	if (is < 0) {
		web_problem(w, "outcome", N_("Choose what is decided."));
		return round_page(w);
	}
	TRY(decision_round_answer(w->db, w->a, id, decision, m.outcome.value[is].key, web_actor(w)));
	value_set_int(w->a, undo, "id", id);
	value_set_int(w->a, undo, "decision", decision);
	TRY(web_add_undo(w, "decision.practice", undo, &undo_id));
	return web_redirect(w, decision_address(w, HERE "/", id), N_("Answered"), undo_id);
}

static enum err
undo_answer(struct web *w, const struct value *p)
{
	return decision_round_take_back(w->db, value_integer(value_get(p, "id")), value_integer(value_get(p, "decision")), web_actor(w));
}

const struct web_route decision_practice_routes[] = {
	{ WEB_GET, HERE, PERM_INCIDENT_READ, overview, 0, "One's own rounds of blind practice, with κ" },
	{ WEB_POST, HERE, PERM_INCIDENT_EDIT, start, 0, "Begin a round: cases" },
	{ WEB_GET, HERE "/:id", PERM_INCIDENT_READ, round_page, 0, "The next case of one's own round, or how it ended" },
	{ WEB_POST, HERE "/:id", PERM_INCIDENT_EDIT, answer, 0, "Decide a case: decision, outcome" },
	{ 0 },
};

const struct web_undo decision_practice_undos[] = {
	{ "decision.practice", PERM_INCIDENT_EDIT, undo_answer },
	{ 0 },
};
