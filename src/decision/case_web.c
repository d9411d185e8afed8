/* SPDX-License-Identifier: Apache-2.0 */
/* case_web.c - /vulnerabilities: what is to be decided, its analysis and the decision. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "decision/decision_web.h"
#include "decision/explain.h"
#include "decision/tree_draw.h"
#include "job/job.h"

#define BASE "/vulnerabilities"
#define ROWS 50
#define PAST 1000 /* decisions among which precedents are looked for */

const char *
decision_word(const struct web *w, const char *name, const char *name_ja)
{
	return decision_name(name, name_ja, w->lang == LANG_JA);
}

const char *
decision_outcome_word(const struct web *w, const struct decision_model *m, const char *key)
{
	int i = decision_value_find(&m->outcome, str_of(key));

	return i < 0 ? key : decision_word(w, m->outcome.value[i].name, m->outcome.value[i].name_ja);
}

const char *
decision_address(struct web *w, const char *before, int64_t id)
{
	return arena_printf(w->a, "%s%lld", before, (long long)id);
}

enum err
decision_path_id(struct web *w, int64_t *ret)
{
	return str_int(str_of(web_path(w, "id")), 1, INT64_MAX, ret) ? OK : ERR_NOT_FOUND;
}

void
decision_tabs(struct web *w, const char *here)
{
	static const struct web_option tabs[] = {
		{ BASE, N_("Reports to decide") }, { BASE "/priority", N_("By priority") }, { BASE "/tasks", N_("Tasks") },
		{ BASE "/settings", N_("Priority settings") }, { BASE "/models", N_("Models") },
		{ BASE "/history", N_("History") }, { BASE "/disagreement", N_("Disagreement") }, { BASE "/practice", N_("Practice") },
		{ BASE "/sources", N_("Fact sources") }, { 0 },
	};
	struct value *list = value_set_list(w->a, w->ui, "tabs");

	for (size_t i = 0; tabs[i].value != NULL; i++) {
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "href", tabs[i].value);
		value_set_text(w->a, o, "label", web_tr(w, NULL, tabs[i].label));
		value_set_bool(w->a, o, "current", strcmp(tabs[i].value, here) == 0);
	}
	value_set_bool(w->a, w->ui, "may_edit", auth_allows(&w->auth, PERM_INCIDENT_EDIT));
	value_set_bool(w->a, w->ui, "may_admin", auth_allows(&w->auth, PERM_ADMIN));
}

enum err
decision_begin_page(struct web *w)
{
	decision_tabs(w, BASE);
	return web_page(w, "decision_begin", N_("Vulnerabilities"));
}

const struct decision_answer *
decision_case_answer(const struct decision_case *c, size_t f)
{
	const struct decision_answer *found = NULL;

	for (size_t i = 0; i < c->answers; i++) {
		if (strcmp(c->answer[i].fact, c->model.fact[f].id) == 0)
			return &c->answer[i];
		if (decision_same_fact(c->answer[i].fact, c->model.fact[f].id))
			found = &c->answer[i];
	}
	return found;
}

static void
judge(struct decision_case *c)
{
	decision_answer_apply(&c->model, c->answer, c->answers, &c->given);
	decision_decide(&c->model, &c->given, &c->verdict);
	decision_ask(&c->model, &c->given, &c->question);
}

enum err
decision_case_load(struct web *w, int64_t id, struct decision_case *ret)
{
	TRY(decision_subject_get(w->db, w->a, id, &ret->subject));
	TRY(decision_model_active(w->db, w->a, ret->subject.topic, &ret->row, &ret->model));
	TRY(decision_answer_list(w->db, w->a, id, &ret->answer, &ret->answers));
	judge(ret);
	return OK;
}

/* The fact to ask now, or -1: nothing that an analyst has not answered matters. */
static int
asked(const struct decision_case *c)
{
	const struct decision_answer *first = c->question.fact < 0 ? NULL : decision_case_answer(c, (size_t)c->question.fact);

	if (first == NULL || strcmp(first->source, "analyst") != 0)
		return c->question.fact;
	for (size_t f = 0; f < c->model.facts; f++) {
		const struct decision_answer *w = decision_case_answer(c, f);

		if ((c->question.matters >> f & 1) != 0 && (w == NULL || strcmp(w->source, "analyst") != 0))
			return (int)f;
	}
	return -1;
}

/* List ------------------------------------------------------------------ */

static void
set_proposal(struct web *w, struct value *o, const struct decision_case *c)
{
	const struct decision_verdict *v = &c->verdict;
	const struct decision_value *is = &c->model.outcome.value[v->outcome];
	const char *band = v->confidence >= DECISION_PROPOSE && v->leaf != 0 ? "propose" : v->confidence >= DECISION_SUGGEST && v->leaf != 0 ? "suggest" : "ask";

	value_set_text(w->a, o, "outcome", is->key);
	value_set_text(w->a, o, "band", band);
	value_set_int(w->a, o, "confidence", (int64_t)(v->confidence * 100 + 0.5));
	value_set_text(w->a, o, "@outcome", decision_word(w, is->name, is->name_ja));
	value_set_text(w->a, o, "@band", web_tr(w, "decision", *band == 'p' ? NC_("decision", "Proposed") :
	    *band == 's' ? NC_("decision", "Suggested") : NC_("decision", "To be asked")));
	value_set_text(w->a, o, "@state", *band == 'p' ? "good" : *band == 's' ? "soon" : "plain");
}

/* One query for all rows of the list. */
static enum err
answers_of(struct web *w, const struct decision_subject *s, size_t n, struct decision_answer **ret, size_t *ret_n)
{
	int64_t *id = arena_many(w->a, int64_t, n + 1);

	for (size_t i = 0; i < n; i++)
		id[i] = s[i].id;
	return decision_answer_list_of(w->db, w->a, id, n, ret, ret_n);
}

/* They stand together, in the order of subjects. */
static void
own_answers(struct decision_answer *all, size_t n, struct decision_case *c)
{
	size_t from = 0;

	while (from < n && all[from].subject_id != c->subject.id)
		from++;
	c->answer = all + from;
	c->answers = 0;
	while (from + c->answers < n && all[from + c->answers].subject_id == c->subject.id)
		c->answers++;
}

static enum err
list(struct web *w)
{
	struct value *items = value_set_list(w->a, w->data, "items");
	bool all = strcmp(web_query(w, "show"), "all") == 0;
	int64_t before = web_query_int(w, "before", 1, INT64_MAX, 0);
	struct decision_subject *s;
	struct decision_answer *answer;
	struct decision_case c;
	size_t n, answers;
	enum err e = decision_model_active(w->db, w->a, DECISION_TOPIC, &c.row, &c.model);

	if (e == ERR_NOT_FOUND)
		return decision_begin_page(w);
	TRY(e);
	TRY(decision_subject_list(w->db, w->a, DECISION_TOPIC, !all, before, ROWS + 1, &s, &n));
	TRY(answers_of(w, s, n < ROWS ? n : ROWS, &answer, &answers));
	for (size_t i = 0; i < n && i < ROWS; i++) {
		struct value *o = value_add_object(w->a, items);

		c.subject = s[i];
		own_answers(answer, answers, &c);
		judge(&c);
		value_set_int(w->a, o, "id", s[i].id);
		value_set_text(w->a, o, "title", s[i].title);
		value_set_text(w->a, o, "state", s[i].state);
		value_set_bool(w->a, o, "@decided", strcmp(s[i].state, "decided") == 0);
		value_set_int(w->a, o, "answers", (int64_t)c.answers);
		value_set_text(w->a, o, "@href", decision_address(w, BASE "/", s[i].id));
		web_set_time(w, o, "created_at", s[i].created_at);
		set_proposal(w, value_set_object(w->a, o, "proposal"), &c);
		value_set_text(w->a, o, "@because", decision_explain(w->a, &c.model, &c.given, &c.verdict, w->lang == LANG_JA));
	}
	if (n > ROWS)
		value_set_text(w->a, w->ui, "older", web_with(w, "before", arena_printf(w->a, "%lld", (long long)s[ROWS - 1].id)));
	value_set_bool(w->a, w->ui, "all", all);
	value_set_bool(w->a, w->ui, "has_items", n > 0);
	value_set_text(w->a, w->ui, "model", decision_word(w, c.row.title, c.row.title_ja));
	value_set_int(w->a, w->ui, "version", c.row.version);
	decision_tabs(w, BASE);
	return web_again(w, "decision_list", N_("Vulnerabilities"));
}

static enum err
add(struct web *w)
{
	const char *title = web_need_line(w, "title", LIMIT_TITLE);
	struct decision_subject s = { .topic = DECISION_TOPIC, .object = "entry", .title = title };
	int64_t id;

	if (problems_any(&w->problems))
		return list(w);
	s.exposure = web_form_int(w, "exposure", 0, 255, 0);
	TRY(decision_subject_next(w->db, s.topic, s.object, &s.object_id));
	TRY(decision_subject_put(w->db, w->a, &s, web_actor(w), &id));
	value_set_int(w->a, w->data, "id", id);
	return web_created(w, decision_address(w, BASE "/", id), N_("Added"));
}

/* One case ---------------------------------------------------------------- */

static void
set_values(struct web *w, struct value *o, const struct decision_fact *f, const struct decision_answer *now, uint64_t set, bool keys)
{
	struct value *list = value_set_list(w->a, o, "@values");

	for (size_t i = 0; i < f->values; i++) {
		struct value *v = value_add_object(w->a, list);

		value_set_text(w->a, v, "value", f->value[i].key);
		value_set_text(w->a, v, "label", decision_word(w, f->value[i].name, f->value[i].name_ja));
		value_set_text(w->a, v, "key", keys && i < 9 ? arena_printf(w->a, "%zu", i + 1) : NULL);
		value_set_bool(w->a, v, "chosen", now != NULL && set != decision_all(f) && (set >> i & 1) != 0);
	}
}

static bool
is_link(const char *evidence)
{
	return str_starts(str_of(evidence), STR("https://")) || str_starts(str_of(evidence), STR("/vulnerabilities/"));
}

static void
set_facts(struct web *w, const struct decision_case *c, int now)
{
	struct value *list = value_set_list(w->a, w->data, "facts");

	for (size_t f = 0; f < c->model.facts; f++) {
		const struct decision_fact *fact = &c->model.fact[f];
		const struct decision_answer *a = decision_case_answer(c, f);
		struct value *o = value_add_object(w->a, list);
		bool is_now = (int)f == now, matters = (c->question.matters >> f & 1) != 0;
		const char *name = decision_word(w, fact->name, fact->name_ja), *ask = decision_word(w, fact->question, fact->question_ja);
		const char *guidance = decision_word(w, fact->guidance, fact->guidance_ja);

		value_set_text(w->a, o, "fact", fact->id);
		value_set_text(w->a, o, "possible", a == NULL ? "" : a->possible);
		value_set_text(w->a, o, "source", a == NULL ? NULL : a->source);
		value_set_text(w->a, o, "badge", a == NULL || a->badge[0] == '\0' ? NULL : a->badge);
		value_set_text(w->a, o, "evidence", a == NULL || a->evidence[0] == '\0' ? NULL : a->evidence);
		value_set_text(w->a, o, "@link", a == NULL || !is_link(a->evidence) ? NULL : a->evidence);
		value_set_bool(w->a, o, "matters", matters);
		value_set_int(w->a, o, "@n", (int64_t)f);
		value_set_text(w->a, o, "@name", name);
		value_set_text(w->a, o, "@question", ask == NULL || ask[0] == '\0' ? name : ask);
		value_set_text(w->a, o, "@guidance", guidance == NULL || guidance[0] == '\0' ? NULL : guidance);
		value_set_text(w->a, o, "@state", is_now ? "now" : a != NULL ? "done" : matters ? "open" : "skip");
		value_set_bool(w->a, o, "@now", is_now);
		value_set_bool(w->a, o, "@skip", a == NULL && !matters);
		value_set_bool(w->a, o, "@filled", a != NULL && strcmp(a->source, "analyst") != 0);
		value_set_bool(w->a, o, "@unknown", a != NULL && c->given.possible[f] == decision_all(fact));
		value_set_bool(w->a, o, "@answered", a != NULL);
		web_set_time(w, o, "at", a == NULL ? 0 : a->at);
		set_values(w, o, fact, a, c->given.possible[f], is_now);
	}
}

static int
distance(struct web *w, const struct decision_case *c, const struct decision_taken *t)
{
	struct decision_answers was;
	int n = 0;

	if (!decision_facts_of(w->a, t->facts, &c->model, &was))
		return INT32_MAX;
	for (size_t f = 0; f < c->model.facts; f++)
		n += was.possible[f] != c->given.possible[f];
	return n;
}

/* The three nearest decisions, and how many with the same facts agreed. */
static enum err
set_precedents(struct web *w, const struct decision_case *c)
{
	struct value *list = value_set_list(w->a, w->data, "precedents"), *p = value_child(w->data, "proposal");
	struct decision_taken *t, *near[3] = { NULL };
	int far[3] = { INT32_MAX, INT32_MAX, INT32_MAX };
	const char *key = c->model.outcome.value[c->verdict.outcome].key;
	int64_t same = 0, agree = 0, last = 0;
	size_t n;

	TRY(decision_taken_list(w->db, w->a, c->subject.topic, 0, PAST, &t, &n));
	for (size_t i = 0; i < n; i++) {
		int d = t[i].left_out || t[i].subject_id == c->subject.id ? INT32_MAX : distance(w, c, &t[i]);

		if (d == 0) {
			same++;
			agree += strcmp(t[i].outcome, key) == 0;
			if (last == 0)
				last = t[i].at;
		}
		for (int k = 0; k < 3; k++) {
			if (d >= far[k])
				continue;
			for (int l = 2; l > k; l--) {
				far[l] = far[l - 1];
				near[l] = near[l - 1];
			}
			far[k] = d;
			near[k] = &t[i];
			break;
		}
	}
	for (int k = 0; k < 3 && near[k] != NULL; k++) {
		struct value *o = value_add_object(w->a, list);

		value_set_int(w->a, o, "id", near[k]->id);
		value_set_text(w->a, o, "title", near[k]->title);
		value_set_text(w->a, o, "outcome", near[k]->outcome);
		value_set_int(w->a, o, "differs", far[k]);
		value_set_text(w->a, o, "reason", near[k]->reason[0] == '\0' ? NULL : near[k]->reason);
		value_set_bool(w->a, o, "@same", far[k] == 0);
		value_set_bool(w->a, o, "@other", strcmp(near[k]->outcome, key) != 0);
		value_set_text(w->a, o, "@outcome", decision_outcome_word(w, &c->model, near[k]->outcome));
		value_set_text(w->a, o, "@href", decision_address(w, BASE "/", near[k]->subject_id));
		web_set_time(w, o, "at", near[k]->at);
	}
	value_set_bool(w->a, w->ui, "has_precedents", near[0] != NULL);
	value_set_int(w->a, p, "same", same);
	value_set_int(w->a, p, "agree", agree);
	web_set_time(w, p, "last", last);
	return OK;
}

static void
set_actions(struct web *w, const struct decision_model *m, uint8_t outcome)
{
	struct value *list = value_set_list(w->a, value_child(w->data, "proposal"), "actions");

	for (size_t i = 0; i < m->actions; i++) {
		if (m->action[i].outcome != outcome)
			continue;
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "text", m->action[i].text);
		value_set_text(w->a, o, "@text", decision_word(w, m->action[i].text, m->action[i].text_ja));
		web_set_time(w, o, "due", m->action[i].due == 0 ? 0 : w->now + m->action[i].due);
	}
}

/* Actions stand in the policy that a learned model began with. */
static enum err
policy_of(struct web *w, const struct decision_case *c, struct decision_model *ret)
{
	struct decision_model_row row;

	*ret = c->model;
	return c->model.actions > 0 || c->row.based_on == 0 ? OK : decision_model_get(w->db, w->a, c->row.based_on, &row, ret);
}

static enum err
show_case(struct web *w, struct decision_case *c)
{
	const bool ja = w->lang == LANG_JA;
	struct value *p = value_set_object(w->a, w->data, "proposal"), *list;
	struct decision_change change[3];
	struct decision_model policy;
	struct decision_subject *next;
	size_t n;
	int now = asked(c);
	bool decided = strcmp(c->subject.state, "decided") == 0;

	value_set_int(w->a, w->data, "id", c->subject.id);
	value_set_text(w->a, w->data, "title", c->subject.title);
	value_set_text(w->a, w->data, "state", c->subject.state);
	value_set_int(w->a, w->data, "exposure", c->subject.exposure);
	value_set_int(w->a, w->data, "likely", c->subject.likely);
	web_set_time(w, w->data, "created_at", c->subject.created_at);
	set_facts(w, c, now);
	set_proposal(w, p, c);
	value_set_text(w->a, p, "because", decision_explain(w->a, &c->model, &c->given, &c->verdict, ja));
	TRY(policy_of(w, c, &policy));
	set_actions(w, &policy, c->verdict.outcome);
	list = value_set_list(w->a, p, "changes");
	decision_changes(&c->model, &c->given, &c->verdict, change, COUNT(change), &n);
	for (size_t i = 0; i < n; i++)
		value_add_text(w->a, list, decision_explain_change(w->a, &c->model, change[i], ja));
	TRY(set_precedents(w, c));
	for (size_t i = 0; decision_panels[i] != NULL; i++)
		TRY(decision_panels[i](w, c->subject.id));
	list = value_set_list(w->a, w->ui, "outcomes");
	for (size_t i = c->model.outcome.values; i-- > 0;) {
		struct value *o = value_add_object(w->a, list);
		size_t at = c->model.outcome.values - i;

		value_set_text(w->a, o, "value", c->model.outcome.value[i].key);
		value_set_text(w->a, o, "label", decision_word(w, c->model.outcome.value[i].name, c->model.outcome.value[i].name_ja));
		value_set_bool(w->a, o, "chosen", strcmp(web_form(w, "outcome"), c->model.outcome.value[i].key) == 0);
		value_set_bool(w->a, o, "@later", now >= 0); /* the question has the numbers until "o" is pressed */
		value_set_text(w->a, o, "key", at < 10 ? arena_printf(w->a, "%zu", at) : NULL);
	}
	struct str svg = decision_tree_draw(w->a, &c->model, &(struct decision_tree_view){ .at = c->verdict.node, .ja = ja,
	    .leaf = arena_printf(w->a, BASE "/history?model=%lld&amp;leaf=", (long long)c->row.id),
	    .title = web_tr(w, NULL, N_("The tree, and the way of this case")), .description = decision_explain(w->a, &c->model, &c->given, &c->verdict, ja) });

	value_set_html(w->a, w->ui, "tree", svg);
	value_set_text(w->a, w->ui, "model", decision_word(w, c->row.title, c->row.title_ja));
	value_set_int(w->a, w->ui, "version", c->row.version);
	value_set_bool(w->a, w->ui, "asking", now >= 0);
	value_set_bool(w->a, w->ui, "decided", decided);
	TRY(decision_subject_list(w->db, w->a, c->subject.topic, true, c->subject.id, 1, &next, &n));
	value_set_text(w->a, w->ui, "next_href", n == 0 ? NULL : decision_address(w, BASE "/", next[0].id));
	decision_tabs(w, "");
	return web_again(w, "decision_case", N_("Decision"));
}

static enum err
show(struct web *w)
{
	struct decision_case c;
	int64_t id;
	enum err e;

	TRY(decision_path_id(w, &id));
	TRY(decision_subject_get(w->db, w->a, id, &c.subject));
	e = decision_case_load(w, id, &c);
	return e == ERR_NOT_FOUND ? decision_begin_page(w) : e != OK ? e : show_case(w, &c);
}

static enum err
answer(struct web *w)
{
	struct value *undo = value_object(w->a);
	const char *name = web_form(w, "fact"), *possible = web_form(w, "possible");
	const struct decision_answer *was = NULL;
	struct decision_case c;
	int64_t id, undo_id;
	bool known;
	int f;

	TRY(decision_path_id(w, &id));
	TRY(decision_case_load(w, id, &c));
	f = decision_fact_find(&c.model, str_of(name));
	if (f < 0) {
		web_problem(w, "fact", N_("The model has no such fact."));
		return show_case(w, &c);
	}
	const struct decision_fact *fact = &c.model.fact[f];

	/* "?": looked at, and not known. It is not asked again. */
	if (strcmp(possible, "?") == 0) {
		struct buf *b = buf_new(w->a, LIMIT_KIB(16));

		for (size_t i = 0; i < fact->values; i++)
			buf_printf(b, "%s%s", i > 0 ? "|" : "", fact->value[i].key);
		possible = buf_cstr(w->a, b);
	} else if (*possible != '\0') {
		(void)decision_answer_read(fact, str_of(possible), &known);
		if (!known) {
			web_problem(w, "fact", N_("The fact has no such value."));
			return show_case(w, &c);
		}
	}
	was = decision_case_answer(&c, (size_t)f);
	value_set_int(w->a, undo, "subject", id);
	value_set_text(w->a, undo, "fact", fact->id);
	value_set_text(w->a, undo, "possible", was == NULL ? "" : was->possible);
	value_set_text(w->a, undo, "source", was == NULL ? "analyst" : was->source);
	value_set_text(w->a, undo, "badge", was == NULL ? "" : was->badge);
	value_set_text(w->a, undo, "evidence", was == NULL ? "" : was->evidence);
	TRY(decision_answer_put(w->db, w->a, &(struct decision_answer){ .subject_id = id, .fact = fact->id, .possible = possible,
	    .source = "analyst", .badge = "", .evidence = web_line(w, "evidence", LIMIT_TITLE) }, web_actor(w)));
	TRY(web_add_undo(w, "decision.answer", undo, &undo_id));
	return web_redirect(w, decision_address(w, BASE "/", id), N_("Answered"), undo_id);
}

static enum err
undo_answer(struct web *w, const struct value *p)
{
	struct decision_answer a = { .subject_id = value_integer(value_get(p, "subject")), .fact = value_cstr(value_get(p, "fact")),
		.possible = "", .source = "analyst", .badge = "", .evidence = "" };

	TRY(decision_answer_put(w->db, w->a, &a, web_actor(w)));
	a.possible = value_cstr(value_get(p, "possible"));
	a.source = value_cstr(value_get(p, "source"));
	a.badge = value_cstr(value_get(p, "badge"));
	a.evidence = value_cstr(value_get(p, "evidence"));
	return decision_answer_put(w->db, w->a, &a, web_actor(w));
}

static enum err
decide(struct web *w)
{
	const char *outcome = web_form(w, "outcome"), *reason = web_line(w, "reason", LIMIT_TITLE);
	struct value *undo = value_object(w->a);
	struct decision_subject *next;
	struct decision_case c;
	int64_t id, taken, undo_id;
	size_t n;
	int is;

	TRY(decision_path_id(w, &id));
	TRY(decision_case_load(w, id, &c));
	is = decision_value_find(&c.model.outcome, str_of(outcome));
	if (is < 0)
		web_problem(w, "outcome", N_("Choose what is decided."));
	else if ((uint8_t)is != c.verdict.outcome && str_trim(str_of(reason)).n == 0)
		web_problem(w, "reason", N_("This is not what is proposed. Say why: it is learned from."));
	if (problems_any(&w->problems))
		return show_case(w, &c);
	TRY(decision_take(w->db, w->a, id, outcome, reason, web_actor(w), &taken));
	value_set_int(w->a, w->data, "id", taken);
	value_set_int(w->a, undo, "id", taken);
	TRY(web_add_undo(w, "decision.take", undo, &undo_id));
	TRY(decision_subject_list(w->db, w->a, c.subject.topic, true, id, 1, &next, &n));
	return web_redirect(w, n == 0 ? BASE : decision_address(w, BASE "/", next[0].id), N_("Decided; its tasks are made"), undo_id);
}

static enum err
undo_decide(struct web *w, const struct value *p)
{
	return decision_take_back(w->db, w->a, value_integer(value_get(p, "id")), web_actor(w));
}

enum err
decision_facts_changed(struct web *w)
{
	struct value *v = value_object(w->a);

	value_set_text(w->a, v, "which", "open");
	return job_add(w->db, w->a, &(struct job_new){ .kind = DECISION_FILL, .payload = v, .key = DECISION_FILL ".open" }, w->now, NULL);
}

static enum err
begin(struct web *w)
{
	struct decision_model_row *m;
	size_t n;

	TRY(decision_model_ship(w->db, w->a, DECISION_TOPIC, web_actor(w)));
	TRY(decision_model_list(w->db, w->a, DECISION_TOPIC, &m, &n));
	for (size_t i = 0; i < n; i++)
		if (strcmp(m[i].state, "active") == 0)
			return web_redirect(w, BASE, NULL, 0);
	for (size_t i = 0; i < n; i++)
		if (str_ends(str_of(m[i].name), STR("RESPONSE"))) {
			TRY(decision_model_set_state(w->db, w->a, m[i].id, "active", web_actor(w)));
			TRY(decision_facts_changed(w));
			break;
		}
	return web_redirect(w, BASE, N_("The shipped models are there; one is active"), 0);
}

const struct web_route decision_case_routes[] = {
	{ WEB_GET, BASE, PERM_INCIDENT_READ, list, 0, "What is to be decided, newest first: show = all, before" },
	{ WEB_POST, BASE, PERM_INCIDENT_EDIT, add, 0, "Put up for decision: title, exposure" },
	{ WEB_POST, BASE "/begin", PERM_ADMIN, begin, 0, "The shipped models, one of them active when none is" },
	{ WEB_GET, BASE "/:id", PERM_INCIDENT_READ, show, 0, "Facts, proposal and precedents of one" },
	{ WEB_POST, BASE "/:id/answer", PERM_INCIDENT_EDIT, answer, 0, "Answer a fact: fact, possible (keys, \"P|A\", \"!A\", \"?\", \"\"), evidence" },
	{ WEB_POST, BASE "/:id/decide", PERM_INCIDENT_EDIT, decide, 0, "Decide: outcome, reason (needed when it is not the proposal)" },
	{ 0 },
};

const struct web_undo decision_case_undos[] = {
	{ "decision.answer", PERM_INCIDENT_EDIT, undo_answer },
	{ "decision.take", PERM_INCIDENT_EDIT, undo_decide },
	{ 0 },
};
