/* SPDX-License-Identifier: Apache-2.0 */
/* bulk_web.c - one act on the ticked reports, or on all of a list. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "incident/bulk_store.h"
#include "incident/bulk_web.h"
#include "incident/inbox_store.h"
#include "incident/incident_store.h"
#include "incident/report_page.h"
#include "incident/report_store.h"

enum err
bulk_web_chosen(struct web *w, int64_t **ret, size_t *ret_n)
{
	size_t n;
	const char *const *ref = web_form_all(w, "ref", &n);

	*ret_n = 0;
	if (strcmp(web_form(w, "all"), "1") == 0) {
		struct inbox_filter f;
		struct inbox_page page;

		inbox_filter_read(w->a, web_form_str(w, "query"), w->zone, w->user, w->now, &w->problems, &f);
		if (problems_any(&w->problems))
			return ERR_INVALID;
		TRY(inbox_list(w->db, w->a, &f, 0, LIMIT_BULK + 1, 0, &page));
		if (page.n > LIMIT_BULK) {
			problems_add(&w->problems, "all",
			    N_("These are more than {value} reports. Narrow the list first, for example by date."),
			    i18n_number(w->a, LIMIT_BULK));
			return ERR_INVALID;
		}
		*ret = page.id;
		*ret_n = page.n;
	} else {
		*ret = arena_many(w->a, int64_t, n + 1);
		for (size_t i = 0; i < n && i < LIMIT_BULK; i++) {
			struct report r;

			TRY(report_page_find(w, ref[i], &r));
			(*ret)[(*ret_n)++] = r.id;
		}
	}
	if (*ret_n == 0)
		web_problem(w, "ref", N_("No report is chosen. Tick some first."));
	return OK;
}

static enum err
need_incident(struct web *w, struct value *p)
{
	const char *ref = web_need_line(w, "incident", 40);
	struct incident i;
	bool visible = false;

	if (*ref == '\0')
		return OK;
	enum err e = incident_by_ref(w->db, w->a, str_of(ref), &i);

	/* A merged one stands for the other: that one counts. */
	if (e == OK && i.merged_into != 0)
		e = incident_get(w->db, w->a, i.merged_into, &i);
	if (e == OK)
		TRY(incident_visible(w->db, &i, w->user, &visible));
	else if (e != ERR_NOT_FOUND)
		return e;
	if (!visible) {
		web_problem(w, "incident", N_("There is no incident of this number. Write it as INC-2026-00042."));
		return OK;
	}
	value_set_int(w->a, p, "incident", i.merged_into != 0 ? i.merged_into : i.id);
	value_set_text(w->a, p, "incident_ref", i.merged_into != 0 ? i.merged_ref : i.ref);
	return OK;
}

static enum err
need_owner(struct web *w, struct value *p)
{
	int64_t id = web_form_int(w, "owner", 0, INT64_MAX, -1);
	struct user u;

	if (strcmp(web_form(w, "owner"), "me") == 0 || strcmp(web_form(w, "act"), "take") == 0)
		id = w->user->id;
	enum err e = id <= 0 ? OK : user_get(w->db, w->a, id, &u);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	if (id < 0 || e == ERR_NOT_FOUND || (id > 0 && (!u.active || !auth_may(u.role, PERM_REPORT_EDIT))))
		web_problem(w, "owner", N_("Choose somebody who works on reports."));
	value_set_int(w->a, p, "owner", id);
	return OK;
}

static enum err
read_params(struct web *w, const char *act, struct value *p)
{
	value_set_text(w->a, p, "actor_name", w->user->name);
	if (strcmp(act, "incident") == 0)
		value_set_text(w->a, p, "title", web_line(w, "title", LIMIT_TITLE));
	else if (strcmp(act, "attach") == 0)
		return need_incident(w, p);
	else if (strcmp(act, "decline") == 0)
		value_set_text(w->a, p, "reason", web_choice(w, "reason", decide_decline_reasons, true));
	else if (strcmp(act, "assign") == 0)
		return need_owner(w, p);
	else if (strcmp(act, "priority") == 0)
		value_set_text(w->a, p, "priority", web_choice(w, "priority", report_priorities, true));
	else if (strcmp(act, "door") == 0)
		value_set_text(w->a, p, "door", web_choice(w, "door", report_doors, true));
	value_set_bool(w->a, p, "answer",
	    strcmp(web_form(w, "answer"), "1") == 0 && auth_allows(&w->auth, PERM_SEND));
	return OK;
}

static const char *
list_address(struct web *w)
{
	const char *query = web_form(w, "query");

	return web_local(w, str_of(arena_printf(w->a, "/inbox%s%s", *query == '\0' ? "" : "?", query)), "/inbox");
}

static const char *
toast_of(const char *act)
{
	if (strcmp(act, "incident") == 0)
		return N_("One incident was made of them");
	if (strcmp(act, "each") == 0)
		return N_("An incident was made of each");
	if (strcmp(act, "attach") == 0)
		return N_("Added to the incident");
	if (strcmp(act, "decline") == 0)
		return N_("Declined");
	return strcmp(act, "assign") == 0 ? N_("Assigned") : N_("Changed");
}

static const char *
done_text(struct web *w, const struct bulk *b)
{
	if (strcmp(b->state, "running") == 0)
		return web_trf(w, NULL, N_("{done} of {total} reports done"),
		    I18N_ARGS({ "done", i18n_number(w->a, b->done) }, { "total", i18n_number(w->a, b->total) }));
	if (strcmp(b->state, "undoing") == 0)
		return web_trf(w, NULL, N_("{done} of {total} reports taken back"),
		    I18N_ARGS({ "done", i18n_number(w->a, b->done) }, { "total", i18n_number(w->a, b->total) }));
	return web_trf(w, NULL,
	    strcmp(b->state, "undone") == 0 ? N_("Taken back: {total} reports, {skipped} of them had been changed since and stay")
					    : N_("Done: {total} reports, {skipped} of them were decided already and stay"),
	    I18N_ARGS({ "total", i18n_number(w->a, b->total) }, { "skipped", i18n_number(w->a, b->skipped) }));
}

/* Its number, unless the viewer may not know of it. */
static const char *
incident_of(struct web *w, const struct bulk *b)
{
	const char *ref = value_cstr(value_get(b->params, "incident_ref"));
	struct incident i;
	bool visible = false;

	if (*ref == '\0' || incident_by_ref(w->db, w->a, str_of(ref), &i) != OK ||
	    incident_visible(w->db, &i, w->user, &visible) != OK)
		return NULL;
	return visible ? ref : NULL;
}

static void
set_bulk(struct web *w, const struct bulk *b)
{
	value_set_int(w->a, w->data, "id", b->id);
	value_set_text(w->a, w->data, "act", b->act);
	value_set_text(w->a, w->data, "state", b->state);
	value_set_int(w->a, w->data, "total", b->total);
	value_set_int(w->a, w->data, "done", b->done);
	value_set_int(w->a, w->data, "skipped", b->skipped);
	value_set_text(w->a, w->data, "incident", incident_of(w, b));
}

static enum err
act_on(struct web *w)
{
	/* "take": one key for what is done most. */
	const char *act = strcmp(web_form(w, "act"), "take") == 0 ? "assign" : web_choice(w, "act", bulk_acts, true);
	struct value *p = value_object(w->a), *undo = value_object(w->a);
	int64_t *id, bulk, undo_id;
	size_t n = 0;
	struct bulk b;
	bool more = false;

	TRY(read_params(w, act, p));
	enum err e = bulk_web_chosen(w, &id, &n);

	if (problems_any(&w->problems)) {
		w->status = 422;
		return web_again(w, "bulk_again", N_("Act on several reports"));
	}
	TRY(e);
	TRY(bulk_add(w->db, w->a, act, p, w->user->id, id, n, w->now, &bulk));
	value_set_text(w->a, p, "act", act);
	value_set_int(w->a, p, "reports", (int64_t)n);
	/* Named as the second object: then who may not see it does not see the entry. */
	TRY(web_journal2(w, "report.bulk", "bulk", bulk,
	    value_get(p, "incident") == NULL ? NULL : "incident", value_integer(value_get(p, "incident")), p));
	if (n <= BULK_AT_ONCE)
		TRY(bulk_step(w->db, w->blobs, w->a, bulk, n, w->now, &more));
	value_set_int(w->a, undo, "bulk", bulk);
	TRY(web_add_undo(w, "inbox.bulk", undo, &undo_id));
	TRY(bulk_get(w->db, w->a, bulk, &b));
	set_bulk(w, &b);
	if (n > BULK_AT_ONCE)
		return web_redirect(w, arena_printf(w->a, "/inbox/bulk/%lld", (long long)bulk), NULL, undo_id);
	return web_redirect(w, list_address(w), toast_of(act), undo_id);
}

/* How far a long one is; the page asks for itself again until it is done. */
static enum err
progress(struct web *w)
{
	struct bulk b;
	int64_t id;

	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	TRY(bulk_get(w->db, w->a, id, &b));
	bool runs = strcmp(b.state, "running") == 0 || strcmp(b.state, "undoing") == 0;

	set_bulk(w, &b);
	value_set_text(w->a, w->ui, "text", done_text(w, &b));
	value_set_bool(w->a, w->ui, "runs", runs);
	value_set_bool(w->a, w->ui, "may_undo",
	    b.person_id == w->user->id && (strcmp(b.state, "running") == 0 || strcmp(b.state, "done") == 0));
	if (runs)
		web_header(w, "Refresh", "2");
	return web_page(w, "bulk", N_("Act on several reports"));
}

static enum err
take_back(struct web *w, int64_t id)
{
	struct bulk b;
	bool more;

	TRY(bulk_get(w->db, w->a, id, &b));
	if (b.person_id != w->user->id)
		return ERR_NOT_FOUND;
	TRY(bulk_undo(w->db, w->a, id, w->now));
	TRY(web_journal(w, "report.bulk-undo", "bulk", id, NULL));
	if (b.done <= BULK_AT_ONCE)
		TRY(bulk_step(w->db, w->blobs, w->a, id, BULK_AT_ONCE, w->now, &more));
	if (b.done > BULK_AT_ONCE)
		return web_redirect(w, arena_printf(w->a, "/inbox/bulk/%lld", (long long)id), NULL, 0);
	return OK;
}

static enum err
undo_button(struct web *w)
{
	int64_t id;

	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	TRY(take_back(w, id));
	return w->location != NULL || w->json ? OK
					      : web_redirect(w, arena_printf(w->a, "/inbox/bulk/%lld", (long long)id), N_("Taken back"), 0);
}

static enum err
undo_bulk(struct web *w, const struct value *payload)
{
	return take_back(w, value_integer(value_get(payload, "bulk")));
}

const struct web_route bulk_routes[] = {
	{ WEB_POST, "/inbox/bulk", PERM_REPORT_EDIT, act_on, WEB_SLOW,
	    "Act on many reports: ref (list) or all=1 and query; act = incident each attach decline assign priority door" },
	{ WEB_GET, "/inbox/bulk/:id", PERM_REPORT_READ, progress, 0, "How far an act on many reports is" },
	{ WEB_POST, "/inbox/bulk/:id/undo", PERM_REPORT_EDIT, undo_button, WEB_SLOW, "Take back an act on many reports" },
	{ 0 },
};

const struct web_undo bulk_undos[] = {
	{ "inbox.bulk", PERM_REPORT_EDIT, undo_bulk },
	{ 0 },
};
