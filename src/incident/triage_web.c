/* SPDX-License-Identifier: Apache-2.0 */
/* triage_web.c - three answers about a report: incident? how urgent? who? */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "db/db.h"
#include "directory/tlp.h"
#include "incident/category.h"
#include "incident/decide_store.h"
#include "incident/extract.h"
#include "incident/inbox_store.h"
#include "incident/incident_store.h"
#include "incident/letter_store.h"
#include "incident/report_page.h"
#include "incident/report_store.h"
#include "incident/snippet_web.h"

static const char *const verdicts[] = { "attach", "new", "duplicate", "question", "decline", NULL };
static const enum decide_act acts[] = { DECIDE_ATTACH, DECIDE_NEW, DECIDE_DUPLICATE, DECIDE_ANSWER, DECIDE_DECLINE };
static const char *const knowns[] = { "known", "unknown", NULL };

/* The most telling earlier matter is one key away. */
static void
set_match(struct web *w)
{
	const struct value *list = value_get(w->data, "alike");

	for (size_t i = 0; i < value_count(list); i++) {
		const struct value *x = value_at(list, i);
		bool incident = strcmp(value_cstr(value_get(x, "kind")), "incident") == 0;

		if (incident && strcmp(value_cstr(value_get(x, "state")), "open") != 0)
			continue;
		struct value *m = value_set_object(w->a, w->ui, "match");

		value_set_text(w->a, m, "text",
		    web_trf(w, NULL, N_("Probably the same as {ref}:"),
			I18N_ARGS({ "ref", value_cstr(value_get(x, "ref")) })));
		value_set_text(w->a, m, "why", value_cstr(value_get(x, "@why")));
		value_set_text(w->a, m, "href", value_cstr(value_get(x, "@href")));
		value_set_text(w->a, m, "take", value_cstr(value_get(x, "@attach")));
		return;
	}
}

static enum err
set_letters(struct web *w, const struct report *r)
{
	const char *accept, *decline, *reason = web_form(w, "reason");
	bool reaches;

	TRY(letter_ready(w->db, w->a, r, DECIDE_LETTER_ACCEPT, NULL, &accept));
	TRY(letter_ready(w->db, w->a, r, DECIDE_LETTER_DECLINE, *reason == '\0' ? decide_decline_reasons[0] : reason, &decline));
	value_set_text(w->a, w->ui, "letter_accept", accept);
	value_set_text(w->a, w->ui, "letter_decline", decline);
	value_set_bool(w->a, w->ui, "on_page", letter_on_page(r));
	TRY(letter_reaches(w->db, r, &reaches));
	value_set_bool(w->a, w->ui, "unreachable", !reaches && strcmp(r->channel, "import") != 0);
	value_set_text(w->a, w->ui, "call", r->reporter_phone);
	value_set_bool(w->a, w->ui, "may_send",
	    auth_allows(&w->auth, PERM_SEND) && strcmp(r->channel, "import") != 0 && reaches);
	return OK;
}

static enum err
show_triage(struct web *w, const struct report *r)
{
	const char *newer, *older;
	const char *rsit = web_form(w, "rsit"), *tlp = web_form(w, "tlp"), *reason = web_form(w, "reason");
	int64_t waiting;

	TRY(report_page_body(w, r, w->data));
	TRY(report_page_alike(w, r, 8, w->data));
	if (w->json)
		return OK;
	TRY(inbox_neighbours(w->db, w->a, r, w->user, &newer, &older));
	TRY(inbox_count(w->db, w->a, &(struct inbox_filter){ .state = "new", .owner = INBOX_OWNER_ANY, .viewer = w->user }, 1, &waiting));
	if (newer != NULL)
		value_set_text(w->a, w->ui, "previous_href", arena_printf(w->a, "/inbox/%s/triage", newer));
	if (older != NULL)
		value_set_text(w->a, w->ui, "next_href", arena_printf(w->a, "/inbox/%s/triage", older));
	value_set_text(w->a, w->ui, "position",
	    web_trf(w, NULL, N_("{n} new"), I18N_ARGS({ "n", i18n_number(w->a, waiting) })));
	set_match(w);
	TRY(report_page_owners(w, "@owners", NULL, false,
	    web_form_int(w, "owner", 1, INT64_MAX, r->owner_id != 0 ? r->owner_id : w->user->id)));
	report_page_reasons(w, *reason == '\0' ? r->reason : reason);
	report_page_rsits(w, *rsit != '\0' ? rsit : r->rsit != NULL ? r->rsit : category_of_door(r->door).rsit);
	report_page_tlps(w, *tlp == '\0' ? r->tlp : tlp);
	value_set_bool(w->a, w->ui, "@may_decide", true);
	value_set_text(w->a, w->ui, "presence_at", arena_printf(w->a, "report/%s", r->ref));
	value_set_bool(w->a, w->ui, "decided", strcmp(r->state, "new") != 0);
	TRY(snippet_web_offer(w, &(struct snippet_about){ .report = r }));
	return set_letters(w, r);
}

/* What is ticked before anybody chose: the link that led here, then what was
 * decided before, then the likely. */
static void
fill(struct web *w, const struct report *r)
{
	const char *verdict = web_query(w, "verdict");

	for (size_t i = 0; verdicts[i] != NULL; i++) {
		if (strcmp(verdicts[i], verdict) == 0)
			web_fill(w, "verdict", verdicts[i]);
	}
	if (*verdict == '\0' && strcmp(r->purpose, "question") == 0)
		web_fill(w, "verdict", "question");
	web_fill(w, "incident", web_query(w, "incident"));
	web_fill(w, "original", web_query(w, "original"));
	web_fill(w, "title", arena_cstr(w->a, extract_defang_text(w->a, str_of(r->title))));
	web_fill(w, "priority", r->priority != NULL ? r->priority : r->urgent ? "urgent" : "");
	web_fill(w, "known", r->known != NULL ? r->known : *verdict != '\0' ? "known" : "");
	web_fill(w, "answer", "1");
}

static enum err
triage_form(struct web *w)
{
	struct report r;

	TRY(report_page_get(w, &r));
	TRY(show_triage(w, &r));
	fill(w, &r);
	return web_again(w, "triage", N_("Triage"));
}

static enum err
read_incident_ref(struct web *w, struct decision *d)
{
	const char *ref = web_need_line(w, "incident", 40);
	struct incident i;
	bool visible = false;

	if (*ref == '\0')
		return OK;
	enum err e = incident_by_ref(w->db, w->a, str_of(ref), &i);

	if (e == OK && i.merged_into != 0)
		e = incident_get(w->db, w->a, i.merged_into, &i);
	if (e == OK)
		TRY(incident_visible(w->db, &i, w->user, &visible));
	else if (e != ERR_NOT_FOUND)
		return e;
	if (!visible)
		web_problem(w, "incident", N_("There is no incident of this number. Write it as INC-2026-00042."));
	else
		d->incident = i.merged_into != 0 ? i.merged_into : i.id;
	return OK;
}

static enum err
read_original(struct web *w, const struct report *r, struct decision *d)
{
	const char *ref = web_need_line(w, "original", 40);
	struct report o;

	if (*ref == '\0')
		return OK;
	enum err e = report_page_find(w, ref, &o);

	if (e == ERR_NOT_FOUND || (e == OK && o.id == r->id)) {
		web_problem(w, "original", N_("There is no other report of this number. Write it as RPT-2026-000042."));
		return OK;
	}
	TRY(e);
	d->original = o.id;
	return OK;
}

static enum err
read_who(struct web *w, struct decision *d)
{
	int64_t id = strcmp(web_form(w, "owner"), "me") == 0 ? w->user->id : web_form_int(w, "owner", 1, INT64_MAX, 0);
	struct user u;

	if (id == 0) {
		web_problem(w, "owner", N_("Say who takes it."));
		return OK;
	}
	enum err e = user_get(w->db, w->a, id, &u);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	if (e != OK || !u.active || !auth_may(u.role, PERM_REPORT_EDIT))
		web_problem(w, "owner", N_("Choose somebody who works on reports."));
	d->owner = id;
	return OK;
}

static const char *
or_null(const char *s)
{
	return *s == '\0' ? NULL : s;
}

/* The three answers, and what each verdict needs besides. */
static enum err
read_answers(struct web *w, const struct report *r, struct decision *d, const char **ret_verdict)
{
	const char *verdict = web_form(w, "verdict"), *rsit = web_form(w, "rsit"), *tlp = web_form(w, "tlp");
	enum tlp parsed;
	size_t place = 0;

	if (*verdict == '\0') {
		web_problem(w, "verdict", N_("Say whether this is an incident for us."));
	} else {
		verdict = web_choice(w, "verdict", verdicts, true);
		while (verdicts[place] != NULL && strcmp(verdicts[place], verdict) != 0)
			place++;
		d->act = verdicts[place] == NULL ? DECIDE_CHANGE : acts[place];
	}
	if (*web_form(w, "priority") == '\0')
		web_problem(w, "priority", N_("Say how urgent it is."));
	d->priority = or_null(web_choice(w, "priority", report_priorities, false));
	TRY(read_who(w, d));
	d->known = or_null(web_choice(w, "known", knowns, false));
	d->title = web_line(w, "title", LIMIT_TITLE);
	d->sharing = web_line(w, "sharing", LIMIT_TITLE);
	if (*rsit != '\0' && category_find(rsit) == NULL)
		web_problem(w, "rsit", N_("This choice does not exist. Choose one of the list."));
	d->rsit = or_null(rsit);
	if (*tlp != '\0' && tlp_parse(str_of(tlp), &parsed) != OK)
		web_problem(w, "tlp", N_("This choice does not exist. Choose one of the list."));
	else if (*tlp != '\0')
		d->tlp = tlp_name(parsed);
	if (d->act == DECIDE_ATTACH)
		TRY(read_incident_ref(w, d));
	if (d->act == DECIDE_DUPLICATE)
		TRY(read_original(w, r, d));
	if (d->act == DECIDE_DECLINE)
		d->reason = web_choice(w, "reason", decide_decline_reasons, true);
	if (d->act == DECIDE_ANSWER && strcmp(web_form(w, "answer"), "1") == 0 && *web_form(w, "letter") == '\0')
		web_problem(w, "letter", N_("Write the answer to the question here, or untick sending."));
	*ret_verdict = verdict;
	return OK;
}

static enum err
send_answer(struct web *w, const struct report *r, const struct decision *d, struct value *undo)
{
	const char *text = web_body(w, "letter", LIMIT_BODY);
	int64_t message = 0;
	bool reaches;

	TRY(letter_reaches(w->db, r, &reaches));
	if (!reaches || strcmp(web_form(w, "answer"), "1") != 0 || !auth_allows(&w->auth, PERM_SEND))
		return OK;
	/* Who reported the same again heard from us already. */
	if (d->act == DECIDE_DUPLICATE && *text == '\0')
		return OK;
	TRY(letter_send(w->db, w->blobs, w->a, r,
	    d->act == DECIDE_DECLINE ? DECIDE_LETTER_DECLINE : DECIDE_LETTER_ACCEPT, d->reason, str_of(text),
	    w->user->id, w->now, &message));
	value_set_int(w->a, undo, "message", message);
	if (r->answered_at != 0)
		return OK;
	TRY(db_run(w->db, "UPDATE report SET answered_at = ?2 WHERE id = ?1", DB_INT(r->id), DB_INT(w->now)));
	return OK;
}

static const char *
toast_of(enum decide_act act)
{
	switch (act) {
	case DECIDE_NEW:
		return N_("A new incident was made");
	case DECIDE_ATTACH:
		return N_("Added to the incident");
	case DECIDE_DUPLICATE:
		return N_("Marked as a duplicate");
	case DECIDE_ANSWER:
		return N_("Answered");
	default:
		return N_("Declined");
	}
}

/* Both texts: what is stored by now, and what was chosen here. */
static enum err
conflict(struct web *w, const struct report *r, const char *verdict)
{
	struct value *c = value_set_object(w->a, w->ui, "conflict");
	struct value *f = value_add_object(w->a, value_set_list(w->a, c, "fields"));
	struct user u;

	if (w->json)
		return ERR_CONFLICT;
	value_set_text(w->a, c, "who",
	    r->decided_by != 0 && user_get(w->db, w->a, r->decided_by, &u) == OK ? u.name : "?");
	web_set_time(w, c, "at", r->updated_at);
	value_set_text(w->a, f, "label", web_tr(w, NULL, N_("Decision")));
	value_set_text(w->a, f, "theirs",
	    arena_printf(w->a, "%s / %s / %s", web_tr(w, "report", report_label(report_states, r->state)),
		r->priority == NULL ? "-" : web_tr(w, "priority", report_label(report_priorities, r->priority)),
		r->owner == NULL ? "-" : r->owner));
	value_set_text(w->a, f, "yours", arena_printf(w->a, "%s / %s", verdict, web_form(w, "priority")));
	TRY(show_triage(w, r));
	w->status = 409;
	return web_again(w, "triage", N_("Triage"));
}

static const char *
after(struct web *w, const struct report *r, const char *older, const char *newer)
{
	const char *next = older != NULL ? older : newer;

	if (strcmp(web_form(w, "go"), "next") != 0)
		return arena_printf(w->a, "/inbox/%s", r->ref);
	return next == NULL ? "/inbox" : arena_printf(w->a, "/inbox/%s/triage", next);
}

static enum err
triage(struct web *w)
{
	struct decision d = { .owner = -1, .actor = w->user->id, .actor_name = w->user->name };
	int64_t version = web_form_int(w, "version", 1, INT64_MAX, 0), undo_id;
	struct value *undo = value_object(w->a);
	struct decision_result result;
	const char *verdict, *newer, *older;
	struct report r;

	TRY(report_page_get(w, &r));
	if (strcmp(web_form(w, "act"), "snippet") == 0) {
		TRY(snippet_web_insert(w, "letter", &(struct snippet_about){ .report = &r }));
		TRY(show_triage(w, &r));
		return web_again(w, "triage", N_("Triage"));
	}
	if (strcmp(web_form(w, "answer"), "1") == 0)
		snippet_web_check(w, "letter", web_form(w, "letter"));
	TRY(read_answers(w, &r, &d, &verdict));
	if (problems_any(&w->problems)) {
		TRY(show_triage(w, &r));
		return web_again(w, "triage", N_("Triage"));
	}
	if (version != 0 && r.version != version)
		return conflict(w, &r, verdict);
	TRY(inbox_neighbours(w->db, w->a, &r, w->user, &newer, &older));
	enum err e = decide_report(w->db, w->a, r.id, version, &d, w->now, undo, &result);

	if (e == ERR_INVALID && d.act == DECIDE_DUPLICATE) {
		web_problem(w, "original",
		    N_("That report is a duplicate itself, or others are duplicates of this one. Choose the first one."));
		TRY(show_triage(w, &r));
		return web_again(w, "triage", N_("Triage"));
	}
	TRY(e);
	TRY(send_answer(w, &r, &d, undo));
	TRY(web_add_undo(w, "report.decide", undo, &undo_id));
	value_set_text(w->a, w->data, "ref", r.ref);
	value_set_text(w->a, w->data, "incident", result.incident_ref);
	return web_redirect(w, after(w, &r, older, newer), toast_of(d.act), undo_id);
}

const struct web_route triage_routes[] = {
	{ WEB_GET, "/inbox/:ref/triage", PERM_REPORT_EDIT, triage_form, 0, "The triage form of a report" },
	{ WEB_POST, "/inbox/:ref/triage", PERM_REPORT_EDIT, triage, 0,
	    "Decide: verdict = attach new duplicate question decline, priority, owner, and incident, original, reason, title, rsit, known, tlp, sharing, answer, letter" },
	{ 0 },
};
