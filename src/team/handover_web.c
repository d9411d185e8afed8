/* SPDX-License-Identifier: Apache-2.0 */
/* handover_web.c - /team/handover: the note from one shift to the next. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/word.h"
#include "incident/handover_store.h"
#include "incident/on_call_store.h"
#include "team/team_web.h"

#define TITLE N_("Hand-over")
#define ROWS 25
#define SHIFT (24 * CLOCK_HOUR) /* when the plan does not say */

static const char *
address(struct web *w, int64_t id)
{
	return arena_printf(w->a, "/team/handover/%lld", (long long)id);
}

static void
set_note(struct web *w, struct value *o, const struct handover *h)
{
	static const struct word states[] = { { "draft", NC_("handover", "Draft") },
		{ "given", NC_("handover", "Waits to be read") }, { "taken", NC_("handover", "Taken over") }, { 0 } };

	value_set_int(w->a, o, "id", h->id);
	value_set_text(w->a, o, "state", h->state);
	value_set_text(w->a, o, "from", h->from);
	value_set_text(w->a, o, "to", h->to);
	value_set_text(w->a, o, "taken_by", h->taker);
	value_set_text(w->a, o, "remark", h->remark);
	value_set_int(w->a, o, "version", h->version);
	web_set_time(w, o, "since", h->since);
	web_set_time(w, o, "written_at", h->written_at);
	web_set_time(w, o, "given_at", h->given_at);
	web_set_time(w, o, "taken_at", h->taken_at);
	value_set_text(w->a, o, "@href", address(w, h->id));
	struct value *badge = value_set_object(w->a, o, "@badge");

	value_set_text(w->a, badge, "state", strcmp(h->state, "given") == 0 ? "soon" : strcmp(h->state, "taken") == 0 ? "good" : "plain");
	value_set_text(w->a, badge, "text", web_tr(w, "handover", word_label(states, h->state)));
}

static enum err
list(struct web *w)
{
	struct value *items = value_set_list(w->a, w->data, "items");
	struct handover note[ROWS];
	struct web_list l = web_list(w, ROWS);
	size_t n, most = (size_t)l.limit < ROWS ? (size_t)l.limit : ROWS;
	bool more;

	TRY(handover_list(w->db, w->a, w->user->id, str_of(web_query(w, "q")), (size_t)l.offset, most, note, &n, &more));
	for (size_t i = 0; i < n; i++) {
		struct value *o = value_add_object(w->a, items);

		set_note(w, o, &note[i]);
		value_set_text(w->a, o, "body", note[i].body);
	}
	value_set_int(w->a, w->data, "total", l.offset + (int64_t)n + more);
	web_set_pages(w, l, l.offset + (int64_t)n + more, more);
	value_set_text(w->a, w->ui, "q", web_query(w, "q"));
	value_set_bool(w->a, w->ui, "has_items", n > 0);
	value_set_bool(w->a, w->ui, "may_edit", auth_allows(&w->auth, PERM_REPORT_EDIT));
	return web_page(w, "handovers", TITLE);
}

/* My turn that runs now, else the one that has just ended; else a day. */
static enum err
shift(struct web *w, int64_t *ret)
{
	struct on_call *t;
	size_t n;

	*ret = w->now - SHIFT;
	TRY(on_call_list(w->db, w->a, w->now - SHIFT, w->now + 1, &t, &n));
	for (size_t i = 0; i < n; i++) {
		if (t[i].person_id == w->user->id)
			*ret = t[i].from;
	}
	return OK;
}

static enum err
set_people(struct web *w, int64_t chosen)
{
	struct value *out = value_set_list(w->a, w->ui, "@people"), *o = value_add_object(w->a, out);
	struct user *people;
	size_t n;

	value_set_text(w->a, o, "value", "");
	value_set_text(w->a, o, "label", web_tr(w, NULL, N_("Whoever comes")));
	value_set_bool(w->a, o, "selected", chosen == 0);
	TRY(user_list(w->db, w->a, &people, &n));
	for (size_t i = 0; i < n; i++) {
		if (!people[i].active || people[i].id == w->user->id || !auth_may(people[i].role, PERM_REPORT_EDIT))
			continue;
		o = value_add_object(w->a, out);
		value_set_text(w->a, o, "value", arena_printf(w->a, "%lld", (long long)people[i].id));
		value_set_text(w->a, o, "label", people[i].name);
		value_set_bool(w->a, o, "selected", people[i].id == chosen);
	}
	return OK;
}

/* Who is on call after me. */
static enum err
coming(struct web *w, int64_t *ret)
{
	struct on_call *t;
	size_t n;

	*ret = 0;
	TRY(on_call_list(w->db, w->a, w->now, w->now + 2 * SHIFT, &t, &n));
	for (size_t i = 0; i < n && *ret == 0; i++) {
		if (t[i].person_id != w->user->id)
			*ret = t[i].person_id;
	}
	return OK;
}

static enum err
edit_page(struct web *w, const struct handover *h)
{
	if (h->id != 0)
		set_note(w, w->data, h);
	value_set_text(w->a, w->data, "body", h->body);
	web_set_time(w, w->data, "since", h->since);
	value_set_text(w->a, w->ui, "action", h->id == 0 ? "/team/handover" : address(w, h->id));
	value_set_text(w->a, w->ui, "since_ms", arena_printf(w->a, "%lld", (long long)h->since));
	value_set_int(w->a, w->ui, "version", h->version);
	web_fill(w, "body", h->body);
	TRY(set_people(w, h->to_id));
	return web_again(w, "handover_edit", TITLE);
}

static enum err
new_note(struct web *w)
{
	struct handover h = { .from_id = w->user->id };
	const struct zone *zone = w->zone;

	TRY(shift(w, &h.since));
	TRY(coming(w, &h.to_id));
	TRY(handover_draft(w->db, w->a, w->lang, zone, h.since, w->now, &h.body));
	return edit_page(w, &h);
}

static enum err
of_path(struct web *w, struct handover *ret)
{
	int64_t id;

	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	return handover_get(w->db, w->a, id, w->user->id, ret);
}

static enum err
show_note(struct web *w, const struct handover *h)
{
	set_note(w, w->data, h);
	value_set_text(w->a, w->data, "body", h->body);
	value_set_bool(w->a, w->ui, "may_take",
	    strcmp(h->state, "given") == 0 && h->from_id != w->user->id && auth_allows(&w->auth, PERM_REPORT_EDIT));
	return web_again(w, "handover", TITLE);
}

static enum err
show(struct web *w)
{
	struct handover h;

	TRY(of_path(w, &h));
	if (strcmp(h.state, "draft") == 0 && auth_allows(&w->auth, PERM_REPORT_EDIT))
		return edit_page(w, &h);
	return show_note(w, &h);
}

static enum err
journal(struct web *w, const char *action, const struct handover *h)
{
	struct value *p = value_object(w->a);

	value_set_int(w->a, p, "version", h->version);
	if (h->to_id != 0)
		value_set_int(w->a, p, "to", h->to_id);
	return web_journal(w, action, "handover", h->id, p);
}

static enum err
read_form(struct web *w, struct handover *h)
{
	const char *to = web_form(w, "to");
	struct user u;

	h->body = web_body(w, "body", LIMIT_BODY);
	h->written_at = w->now;
	h->to_id = web_form_int(w, "to", 1, INT64_MAX, 0);
	if (str_trim(str_of(h->body)).n == 0)
		web_problem(w, "body", N_("This is empty. Fill it in."));
	enum err e = *to == '\0' ? OK : h->to_id == 0 ? ERR_NOT_FOUND : user_get(w->db, w->a, h->to_id, &u);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	if (e != OK || (*to != '\0' && (!u.active || u.id == w->user->id || !auth_may(u.role, PERM_REPORT_EDIT))))
		web_problem(w, "to", N_("Choose somebody who works on reports."));
	return OK;
}

static enum err
keep(struct web *w, struct handover *h)
{
	bool give = strcmp(web_form(w, "act"), "give") == 0, is_new = h->id == 0;

	TRY(read_form(w, h));
	if (problems_any(&w->problems))
		return edit_page(w, h);
	h->version = web_form_int(w, "version", 1, INT64_MAX, h->version);
	TRY(handover_save(w->db, w->a, h));
	TRY(journal(w, "handover.write", h));
	if (give) {
		TRY(handover_give(w->db, w->blobs, w->a, h, w->now));
		TRY(journal(w, "handover.give", h));
	}
	value_set_int(w->a, w->data, "id", h->id);
	const char *toast = give ? N_("Handed over: it waits to be read") : N_("Draft saved");

	return is_new ? web_created(w, address(w, h->id), toast) : web_redirect(w, address(w, h->id), toast, 0);
}

static enum err
write_new(struct web *w)
{
	struct handover h = { .from_id = w->user->id };

	h.since = web_form_int(w, "since", 0, w->now, 0);
	if (h.since == 0)
		TRY(shift(w, &h.since));
	return keep(w, &h);
}

static enum err
change(struct web *w)
{
	struct handover h;

	TRY(of_path(w, &h));
	if (strcmp(web_form(w, "act"), "take") != 0)
		return h.from_id == w->user->id ? keep(w, &h) : ERR_DENIED;
	const char *remark = web_line(w, "remark", LIMIT_TITLE);

	if (problems_any(&w->problems))
		return show_note(w, &h);
	h.version = web_form_int(w, "version", 1, INT64_MAX, h.version);
	TRY(handover_take(w->db, w->a, &h, w->user, remark, w->now));
	TRY(journal(w, "handover.take", &h));
	return web_redirect(w, address(w, h.id), N_("Taken over"), 0);
}

const struct web_route team_handover_routes[] = {
	{ WEB_GET, "/team/handover", PERM_REPORT_READ, list, 0, "Hand-over notes, newest first: q" },
	{ WEB_GET, "/team/handover/new", PERM_REPORT_EDIT, new_note, 0, "A draft from the facts of my shift" },
	{ WEB_POST, "/team/handover", PERM_REPORT_EDIT, write_new, 0, "Keep a draft (act = save) or hand over (act = give): body, to, since" },
	{ WEB_GET, "/team/handover/:id", PERM_REPORT_READ, show, 0, "One note; a draft is its writer's" },
	{ WEB_POST, "/team/handover/:id", PERM_REPORT_EDIT, change, 0, "act = save, give (body, to, version), take (remark, version)" },
	{ 0 },
};
