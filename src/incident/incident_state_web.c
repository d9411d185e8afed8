/* SPDX-License-Identifier: Apache-2.0 */
/* incident_state_web.c - phases, closing, reopening, merging. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "incident/hold_store.h"
#include "incident/incident_page.h"
#include "incident/incident_store.h"

static void
condition(struct web *w, struct value *list, const char *label, bool good, const char *otherwise,
    const char *note)
{
	struct value *o = value_add_object(w->a, list);

	value_set_text(w->a, o, "label", web_tr(w, "closing", label));
	value_set_text(w->a, o, "state", good ? "good" : otherwise);
	value_set_text(w->a, o, "note", good ? web_tr(w, "closing", NC_("closing", "met")) : note);
}

static const char *
number_open(struct web *w, int64_t n)
{
	return web_trf(w, "closing", NC_("closing", "{n} open"), I18N_ARGS({ "n", i18n_number(w->a, n) }));
}

static bool
filled(const char *s)
{
	return s != NULL && *s != '\0';
}

/* The conditions under which an incident counts as over (K-60). Red ones need
 * a reason. */
static enum err
conditions(struct web *w, const struct incident *i, bool *ret_needs_reason)
{
	struct value *list = value_set_list(w->a, w->data, "conditions");
	struct incident_open o;

	TRY(incident_open_ends(w->db, w->a, i->id, &o));
	condition(w, list, NC_("closing", "Every answer has been read"), o.unread == 0, "late", number_open(w, o.unread));
	condition(w, list, NC_("closing", "Every request has come to an end"), o.letters == 0, "late",
	    number_open(w, o.letters));
	condition(w, list, NC_("closing", "Every task is done"), o.tasks == 0, "soon", number_open(w, o.tasks));
	condition(w, list, NC_("closing", "The reporter has been told"), o.reporter_told, "soon",
	    web_tr(w, "closing", NC_("closing", "no word to the reporter yet")));
	condition(w, list, NC_("closing", "The impact is known"), filled(i->impact), "soon",
	    web_tr(w, "closing", NC_("closing", "not written down")));
	condition(w, list, NC_("closing", "The cause is known"), filled(i->cause), "soon",
	    web_tr(w, "closing", NC_("closing", "not written down")));
	*ret_needs_reason = o.unread > 0 || o.letters > 0;
	value_set_bool(w->a, w->data, "needs_reason", *ret_needs_reason);
	return OK;
}

/* Anybody who works on it may set a hold, an administrator lifts it. */
static enum err
set_hold(struct web *w, const struct incident *i)
{
	struct incident_hold h;
	enum err e = hold_get(w->db, w->a, i->id, &h);

	value_set_bool(w->a, w->ui, "may_hold", auth_allows(&w->auth, PERM_INCIDENT_EDIT));
	value_set_bool(w->a, w->ui, "may_lift", auth_allows(&w->auth, PERM_ADMIN));
	value_set(w->a, w->data, "hold", NULL);
	if (e != OK)
		return e == ERR_NOT_FOUND ? OK : e;
	struct value *o = value_set_object(w->a, w->data, "hold");

	value_set_text(w->a, o, "reason", h.reason);
	value_set_text(w->a, o, "person", h.person);
	web_set_time(w, o, "at", h.at);
	return OK;
}

static enum err
state_page(struct web *w, const struct incident *i)
{
	bool needs_reason;
	bool closed = strcmp(i->state, "closed") == 0;

	value_set_text(w->a, w->data, "ref", i->ref);
	value_set_text(w->a, w->data, "state", i->state);
	value_set_text(w->a, w->data, "phase", i->phase);
	value_set_int(w->a, w->data, "version", i->version);
	TRY(conditions(w, i, &needs_reason));
	TRY(set_hold(w, i));
	value_set_text(w->a, w->ui, "title", i->title);
	value_set_bool(w->a, w->ui, "closed", closed || i->merged_into != 0);
	value_set_bool(w->a, w->ui, "merged", i->merged_into != 0);
	value_set_text(w->a, w->ui, "merged_ref", i->merged_ref);
	value_set_text(w->a, w->ui, "phase_text",
	    web_tr(w, "phase", incident_label(incident_phases, i->phase)));
	return web_again(w, "incident_state", N_("Change state"));
}

static enum err
show(struct web *w)
{
	struct incident i;

	TRY(incident_of_path(w, &i));
	web_fill(w, "phase", i.phase);
	web_fill(w, "resolution", i.resolution == NULL ? "resolved" : i.resolution);
	web_fill(w, "evidence", i.evidence == NULL ? "" : i.evidence);
	return state_page(w, &i);
}

static enum err
again(struct web *w, const struct incident *i)
{
	return w->json ? ERR_INVALID : state_page(w, i);
}

/* Somebody else was quicker: the form comes back with what was typed. */
static enum err
too_late(struct web *w, const struct incident *i)
{
	if (w->json)
		return ERR_CONFLICT;
	web_problem(w, "",
	    N_("Somebody else changed this incident meanwhile. Look at its present state, then save again; what you typed is still here."));
	w->status = 409;
	return state_page(w, i);
}

static enum err
set_phase(struct web *w, const struct incident *i)
{
	const char *phase = web_choice(w, "phase", incident_phases, true);
	const char *reason = web_line(w, "reason", LIMIT_TITLE);

	if (strcmp(i->state, "closed") == 0)
		web_problem(w, "phase", N_("It is closed. Open it again first."));
	if (problems_any(&w->problems))
		return again(w, i);
	if (strcmp(phase, i->phase) != 0)
		TRY(incident_set_phase(w->db, w->a, i, phase, reason, web_actor(w)));
	return web_redirect(w, incident_href(w, i, ""), N_("Saved"), 0);
}

static enum err
close_it(struct web *w, const struct incident *i)
{
	struct incident_end end = {
		.resolution = web_choice(w, "resolution", incident_resolutions, true),
		.evidence = web_body(w, "evidence", LIMIT_BODY),
		.close_reason = web_body(w, "close_reason", LIMIT_BODY),
	};
	struct value *p = value_object(w->a);
	bool needs_reason;
	int64_t undo;

	if (strcmp(i->state, "closed") == 0)
		web_problem(w, "resolution", N_("It is closed already."));
	if (str_trim(str_of(end.evidence)).n == 0)
		web_problem(w, "evidence", N_("Say what shows that it is over: a check, a letter, a log."));
	TRY(conditions(w, i, &needs_reason));
	if (needs_reason && str_trim(str_of(end.close_reason)).n == 0)
		web_problem(w, "close_reason",
		    N_("A request or an answer is still open. Finish it, or say why the incident is closed anyway."));
	if (problems_any(&w->problems))
		return again(w, i);
	TRY(incident_close(w->db, w->a, i, &end, web_actor(w)));
	value_set_int(w->a, p, "incident", i->id);
	value_set_int(w->a, p, "version", i->version + 1);
	TRY(web_add_undo(w, "incident.close", p, &undo));
	return web_redirect(w, incident_href(w, i, ""), N_("Incident closed"), undo);
}

static enum err
reopen(struct web *w, const struct incident *i)
{
	const char *reason = web_body(w, "reason", LIMIT_BODY);

	if (strcmp(i->state, "open") == 0)
		web_problem(w, "reason", N_("It is open already."));
	else if (str_trim(str_of(reason)).n == 0)
		web_problem(w, "reason", N_("Say why it is opened again."));
	if (problems_any(&w->problems))
		return again(w, i);
	TRY(incident_reopen(w->db, w->a, i, reason, web_actor(w)));
	return web_redirect(w, incident_href(w, i, ""), N_("Incident opened again"), 0);
}

static enum err
merge(struct web *w, const struct incident *i)
{
	const char *ref = web_need_line(w, "into", 40);
	struct value *p = value_object(w->a);
	struct incident into = { 0 };
	bool visible = false;
	int64_t undo;

	if (*ref != '\0') {
		enum err e = incident_by_ref(w->db, w->a, str_of(ref), &into);

		if (e == OK)
			e = incident_visible(w->db, &into, w->user, &visible);
		if (e != OK && e != ERR_NOT_FOUND)
			return e;
		if (!visible)
			problems_add(&w->problems, "into", N_("There is no incident {value}."), ref);
	}
	/* Its pages would show the restricted one to everybody. */
	if (visible && i->restricted && !into.restricted)
		problems_add(&w->problems, "into",
		    N_("This incident is restricted and {value} is not. Restrict that one first, then merge."),
		    into.ref);
	if (!problems_any(&w->problems)) {
		enum err e = incident_merge(w->db, w->a, i->id, into.id, w->user->id, w->user->name, w->now);

		if (e == ERR_INVALID)
			problems_add(&w->problems, "into",
			    N_("It cannot be merged into {value}: it is the same, or one of the two was merged before."),
			    into.ref);
		else if (e != OK)
			return e;
	}
	if (problems_any(&w->problems))
		return again(w, i);
	value_set_int(w->a, p, "incident", i->id);
	TRY(web_add_undo(w, "incident.merge", p, &undo));
	return web_redirect(w, incident_href(w, &into, ""), N_("Merged"), undo);
}

static enum err
unmerge(struct web *w, const struct incident *i)
{
	if (i->merged_into == 0)
		return ERR_CONFLICT;
	TRY(incident_unmerge(w->db, w->a, i->id, w->user->id, w->user->name, w->now));
	return web_redirect(w, incident_href(w, i, ""), N_("Separated again"), 0);
}

static enum err
hold(struct web *w, const struct incident *i)
{
	const char *reason = web_need_line(w, "hold_reason", LIMIT_TITLE);
	bool lift = strcmp(web_form(w, "act"), "lift") == 0;
	struct incident_hold h;
	enum err e = hold_get(w->db, w->a, i->id, &h);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	if (lift && !auth_allows(&w->auth, PERM_ADMIN))
		return ERR_DENIED;
	if (lift != (e == OK))
		web_problem(w, "hold_reason", lift ? N_("It is not on hold.") : N_("It is on hold already."));
	if (problems_any(&w->problems))
		return again(w, i);
	TRY(lift ? hold_lift(w->db, w->a, i, reason, web_actor(w)) : hold_put(w->db, w->a, i, reason, web_actor(w)));
	return web_redirect(w, incident_href(w, i, "/state#hold"),
	    lift ? N_("The legal hold is lifted") : N_("It is on legal hold: retention erases nothing of it"), 0);
}

static enum err
change(struct web *w)
{
	static const char *const acts[] = { "phase", "close", "reopen", "merge", "unmerge", "hold", "lift", NULL };
	static enum err (*const run[])(struct web *, const struct incident *) = { set_phase, close_it, reopen,
		merge, unmerge, hold, hold };
	struct incident i;

	TRY(incident_of_path(w, &i));
	const char *act = web_choice(w, "act", acts, true);

	if (problems_any(&w->problems))
		return again(w, &i);
	if (web_form_int(w, "version", 1, INT64_MAX, i.version) != i.version)
		return too_late(w, &i);
	value_set_text(w->a, w->data, "ref", i.ref);
	if (i.merged_into != 0 && strcmp(act, "unmerge") != 0 && strcmp(act, "hold") != 0 && strcmp(act, "lift") != 0)
		return ERR_CONFLICT;
	for (size_t k = 0; acts[k] != NULL; k++) {
		if (acts[k] == act)
			return run[k](w, &i);
	}
	return ERR_INVALID;
}

static enum err
of_payload(struct web *w, const struct value *payload, struct incident *ret)
{
	bool visible;

	TRY(incident_get(w->db, w->a, value_integer(value_get(payload, "incident")), ret));
	TRY(incident_visible(w->db, ret, w->user, &visible));
	return visible ? OK : ERR_NOT_FOUND;
}

static enum err
undo_close(struct web *w, const struct value *p)
{
	struct incident i;

	TRY(of_payload(w, p, &i));
	if (i.version != value_integer(value_get(p, "version")))
		return ERR_CONFLICT;
	TRY(incident_reopen(w->db, w->a, &i, web_tr(w, NULL, N_("The closing was taken back")), web_actor(w)));
	return web_redirect(w, incident_href(w, &i, ""), N_("Taken back"), 0);
}

static enum err
undo_merge(struct web *w, const struct value *p)
{
	struct incident i;

	TRY(of_payload(w, p, &i));
	return unmerge(w, &i);
}

const struct web_undo incident_state_undos[] = {
	{ "incident.close", PERM_INCIDENT_EDIT, undo_close },
	{ "incident.merge", PERM_INCIDENT_EDIT, undo_merge },
	{ 0 },
};

const struct web_route incident_state_routes[] = {
	{ WEB_GET, "/incidents/:ref/state", PERM_INCIDENT_READ, show, 0, "State, and the conditions for closing" },
	{ WEB_POST, "/incidents/:ref/state", PERM_INCIDENT_EDIT, change, 0,
	    "act = phase, close (resolution, evidence, close_reason), reopen (reason), merge (into), unmerge, hold and lift (hold_reason)" },
	{ 0 },
};
