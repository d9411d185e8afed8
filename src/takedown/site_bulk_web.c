/* SPDX-License-Identifier: Apache-2.0 */
/* site_bulk_web.c - acts on many sites, and many reports to the board. */
#include <stdlib.h>
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/limit.h"
#include "incident/bulk_web.h"
#include "job/job.h"
#include "takedown/board_page.h"
#include "takedown/selection_store.h"
#include "takedown/site_bulk_store.h"

#define EVIDENCE 2000 /* characters */

static const char *const acts[] = { "check", "owner", "stop", "reopen", "remove", NULL };

struct chosen {
	int64_t *id;
	size_t n;
	bool too_many;
};

/* With all=1 the board is asked; it is brought up to date from a snapshot only. */
static enum err
prepare(struct web *w)
{
	struct chosen *c = arena_one(w->a, struct chosen);
	struct board_filter f;
	struct board_hidden hidden;
	struct board *b;
	int64_t total;

	w->prepared = c;
	if (strcmp(web_form(w, "all"), "1") != 0)
		return OK;
	TRY(board_page_filter(w, web_form_str(w, "query"), &w->problems, &f));
	TRY(site_page_board(w, &b));
	TRY(board_hidden(w->db, w->a, w->user, &hidden));
	c->n = board_select(b, w->a, &f, hidden, w->now, 0, LIMIT_BULK, &c->id, &total);
	c->too_many = total > LIMIT_BULK;
	return OK;
}

/* Ticked ones, or what prepare() found. */
static void
chosen_sites(struct web *w, struct chosen *c)
{
	size_t n;
	const char *const *text = web_form_all(w, "site", &n);

	if (strcmp(web_form(w, "all"), "1") != 0) {
		c->id = arena_many(w->a, int64_t, n + 1);
		for (size_t i = 0; i < n; i++) {
			if (str_int(str_of(text[i]), 1, INT64_MAX, &c->id[c->n]))
				c->n++;
		}
	}
	if (c->too_many)
		problems_add(&w->problems, "all", N_("These are more than {value}. Narrow the filter and do it in parts."),
		    i18n_number(w->a, LIMIT_BULK));
	if (c->n == 0)
		web_problem(w, "site", N_("No site is chosen. Tick some first."));
}

/* Where the person came from. */
static const char *
back_address(struct web *w)
{
	if (web_form_has(w, "back"))
		return web_local(w, web_form_str(w, "back"), "/takedowns");
	return web_local(w, str_of(arena_printf(w->a, "/takedowns?%s", web_form(w, "query"))), "/takedowns");
}

static enum err
read_params(struct web *w, const char *act, struct value *p)
{
	/* "take": one key for what is done most. */
	int64_t owner = strcmp(web_form(w, "act"), "take") == 0 ? w->user->id : web_form_int(w, "owner", 0, INT64_MAX, 0);
	struct user u;

	value_set_text(w->a, p, "actor_name", w->user->name);
	if (strcmp(act, "stop") == 0 || strcmp(act, "reopen") == 0)
		value_set_text(w->a, p, "evidence", web_need_line(w, "evidence", EVIDENCE));
	if (strcmp(act, "owner") != 0)
		return OK;
	enum err e = owner == 0 ? OK : user_get(w->db, w->a, owner, &u);

	if (e == ERR_NOT_FOUND || (e == OK && owner != 0 && (!u.active || !auth_may(u.role, PERM_INCIDENT_EDIT))))
		web_problem(w, "owner", N_("Choose somebody who works on incidents."));
	else
		TRY(e);
	value_set_int(w->a, p, "owner", owner);
	return OK;
}

static const char *
toast_of(struct web *w, const char *act)
{
	if (strcmp(act, "check") == 0)
		return setting_bool(w->db, "check.on") ? N_("They are being checked")
						       : N_("Noted. Checks are switched off in the settings; nothing is fetched until they are on.");
	if (strcmp(act, "owner") == 0)
		return N_("Assigned");
	if (strcmp(act, "remove") == 0)
		return N_("Taken off the board");
	return strcmp(act, "stop") == 0 ? N_("Marked as stopped") : N_("Marked as there again");
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
}

static enum err
check_soon(struct web *w)
{
	return job_add(w->db, w->a, &(struct job_new){ .kind = "takedown.check", .key = "every:takedown.check" }, w->now, NULL);
}

/* Written down, begun, and how it can be taken back. */
static enum err
begin(struct web *w, const struct bulk_worker *worker, const char *act, struct value *p, const int64_t *ids, size_t n,
    const char *undo_kind, int64_t *ret_bulk, int64_t *ret_undo)
{
	struct value *undo = value_object(w->a), *told = value_object(w->a);
	bool more;

	TRY(bulk_add_for(w->db, w->a, worker->job, act, p, w->user->id, ids, n, w->now, ret_bulk));
	value_set_text(w->a, told, "act", act);
	value_set_int(w->a, told, "number", (int64_t)n);
	TRY(web_journal(w, "site.bulk", "bulk", *ret_bulk, told));
	if (n <= BULK_AT_ONCE)
		TRY(bulk_step_by(w->db, w->blobs, w->a, worker, *ret_bulk, n, w->now, &more));
	value_set_int(w->a, undo, "bulk", *ret_bulk);
	*ret_undo = 0;
	return strcmp(act, "check") == 0 ? OK : web_add_undo(w, undo_kind, undo, ret_undo);
}

static enum err
refused(struct web *w)
{
	if (w->json)
		return ERR_INVALID;
	value_set_text(w->a, w->ui, "back", back_address(w));
	w->status = 422;
	return web_again(w, "takedown_again", N_("Act on several sites"));
}

static enum err
act_on(struct web *w)
{
	const char *act = strcmp(web_form(w, "act"), "take") == 0 ? "owner" : web_choice(w, "act", acts, true);
	struct value *p = value_object(w->a);
	struct chosen *c = w->prepared;
	struct bulk b;
	int64_t bulk, undo;

	TRY(read_params(w, act, p));
	chosen_sites(w, c);
	if (problems_any(&w->problems))
		return refused(w);
	TRY(begin(w, &site_bulk_worker, act, p, c->id, c->n, "takedown.bulk", &bulk, &undo));
	if (strcmp(act, "check") == 0)
		TRY(check_soon(w));
	TRY(bulk_get(w->db, w->a, bulk, &b));
	set_bulk(w, &b);
	if (c->n > BULK_AT_ONCE)
		return web_redirect(w, arena_printf(w->a, "/takedowns/bulk/%lld", (long long)bulk), NULL, undo);
	if (b.skipped == b.total)
		return web_redirect(w, back_address(w), N_("Nothing had to be changed"), 0);
	return web_redirect(w, back_address(w), toast_of(w, act), undo);
}

/* The chosen ones, for the page that asks for their stop. */
static enum err
select_sites(struct web *w)
{
	struct chosen *c = w->prepared;
	int64_t id;

	chosen_sites(w, c);
	if (problems_any(&w->problems))
		return refused(w);
	TRY(selection_add(w->db, w->a, w->user->id, c->id, c->n, w->now, &id));
	value_set_int(w->a, w->data, "selection", id);
	value_set_int(w->a, w->data, "sites", (int64_t)c->n);
	return web_redirect(w, arena_printf(w->a, "/takedowns/notify?selection=%lld", (long long)id), NULL, 0);
}

/* Reports of the inbox to the board */

static int
by_id(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return a < b ? -1 : a > b;
}

static enum err
put(struct web *w)
{
	static const char *const ways[] = { "site", "brand", "one", NULL };
	const char *as = web_choice(w, "as", ways, false);
	struct value *p = value_object(w->a);
	int64_t *ids, bulk, undo;
	size_t n = 0;
	struct bulk b;

	value_set_text(w->a, p, "actor_name", w->user->name);
	value_set_text(w->a, p, "as", *as == '\0' ? "site" : as);
	value_set_text(w->a, p, "title", web_line(w, "title", LIMIT_TITLE));
	value_set_text(w->a, p, "lang", lang_code(w->lang));
	enum err e = bulk_web_chosen(w, &ids, &n);

	if (problems_any(&w->problems)) {
		if (w->json)
			return ERR_INVALID;
		w->status = 422;
		return web_again(w, "bulk_again", N_("Act on several reports"));
	}
	TRY(e);
	/* A site that several reports tell of belongs to the first. */
	qsort(ids, n, sizeof(*ids), by_id);
	TRY(begin(w, &site_put_worker, "board", p, ids, n, "takedown.put", &bulk, &undo));
	TRY(check_soon(w));
	TRY(bulk_get(w->db, w->a, bulk, &b));
	set_bulk(w, &b);
	if (n > BULK_AT_ONCE)
		return web_redirect(w, arena_printf(w->a, "/takedowns/bulk/%lld", (long long)bulk), NULL, undo);
	if (b.skipped == b.total)
		return web_redirect(w, web_local(w, web_form_str(w, "back"), "/inbox"),
		    N_("Nothing was put on the board: these reports name no URL or host, or are declined"), 0);
	return web_redirect(w, web_local(w, web_form_str(w, "back"), "/takedowns"), N_("Put on the board"), undo);
}

/* How far a long one is */

static bool
is_put(const struct bulk *b)
{
	return strcmp(b->act, "board") == 0;
}

static const char *
done_text(struct web *w, const struct bulk *b)
{
	const struct i18n_arg args[] = { { "done", i18n_number(w->a, b->done) }, { "total", i18n_number(w->a, b->total) },
		{ "skipped", i18n_number(w->a, b->skipped) }, { NULL, NULL } };

	if (strcmp(b->state, "running") == 0)
		return web_trf(w, NULL, is_put(b) ? N_("{done} of {total} reports done") : N_("{done} of {total} sites done"), args);
	if (strcmp(b->state, "undoing") == 0)
		return web_trf(w, NULL, is_put(b) ? N_("{done} of {total} reports taken back") : N_("{done} of {total} sites taken back"), args);
	if (strcmp(b->state, "undone") == 0)
		return web_trf(w, NULL,
		    is_put(b) ? N_("Taken back: {total} reports, {skipped} of them had been changed since and stay")
			      : N_("Taken back: {total} sites, {skipped} of them had been changed since and stay"),
		    args);
	return web_trf(w, NULL,
	    is_put(b) ? N_("Done: {total} reports, {skipped} of them name no URL or host, or are declined")
		      : N_("Done: {total} sites, {skipped} of them had nothing to change"),
	    args);
}

static enum err
bulk_of_path(struct web *w, struct bulk *ret)
{
	int64_t id;

	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	TRY(bulk_get(w->db, w->a, id, ret));
	for (size_t i = 0; acts[i] != NULL; i++) {
		if (strcmp(acts[i], ret->act) == 0)
			return OK;
	}
	return is_put(ret) ? OK : ERR_NOT_FOUND;
}

static enum err
progress(struct web *w)
{
	struct bulk b;

	TRY(bulk_of_path(w, &b));
	bool runs = strcmp(b.state, "running") == 0 || strcmp(b.state, "undoing") == 0;

	set_bulk(w, &b);
	value_set_text(w->a, w->ui, "text", done_text(w, &b));
	value_set_bool(w->a, w->ui, "runs", runs);
	value_set_bool(w->a, w->ui, "may_undo",
	    b.person_id == w->user->id && strcmp(b.act, "check") != 0 &&
		(strcmp(b.state, "running") == 0 || strcmp(b.state, "done") == 0));
	if (runs)
		web_header(w, "Refresh", "2");
	return web_page(w, "takedown_bulk", N_("Act on several sites"));
}

static enum err
take_back(struct web *w, const struct bulk *b)
{
	const struct bulk_worker *worker = is_put(b) ? &site_put_worker : &site_bulk_worker;
	bool more;

	if (b->person_id != w->user->id || strcmp(b->act, "check") == 0)
		return ERR_NOT_FOUND;
	TRY(bulk_undo_by(w->db, w->a, worker, b->id, w->now));
	TRY(web_journal(w, "site.bulk-undo", "bulk", b->id, NULL));
	if (b->done <= BULK_AT_ONCE)
		return bulk_step_by(w->db, w->blobs, w->a, worker, b->id, BULK_AT_ONCE, w->now, &more);
	return web_redirect(w, arena_printf(w->a, "/takedowns/bulk/%lld", (long long)b->id), NULL, 0);
}

static enum err
undo_button(struct web *w)
{
	struct bulk b;

	TRY(bulk_of_path(w, &b));
	TRY(take_back(w, &b));
	return w->location != NULL || w->json
	    ? OK
	    : web_redirect(w, arena_printf(w->a, "/takedowns/bulk/%lld", (long long)b.id), N_("Taken back"), 0);
}

static enum err
undo(struct web *w, const struct value *payload)
{
	struct bulk b;

	TRY(bulk_get(w->db, w->a, value_integer(value_get(payload, "bulk")), &b));
	return take_back(w, &b);
}

const struct web_route site_bulk_routes[] = {
	{ WEB_POST, "/takedowns/bulk", PERM_INCIDENT_EDIT, act_on, 0,
	    "Act on many sites: site (list) or all=1 and query; act = check, owner (owner), stop (evidence), reopen (evidence), remove",
	    prepare },
	{ WEB_POST, "/takedowns/selection", PERM_INCIDENT_EDIT, select_sites, 0,
	    "Choose sites for requests: site (list) or all=1 and query", prepare },
	{ WEB_POST, "/takedowns/reports", PERM_REPORT_EDIT, put, 0,
	    "Put reports on the board: ref (list) or all=1 and query; as = site, brand, one (title)" },
	{ WEB_GET, "/takedowns/bulk/:id", PERM_INCIDENT_READ, progress, 0, "How far an act on many sites is" },
	{ WEB_POST, "/takedowns/bulk/:id/undo", PERM_INCIDENT_EDIT, undo_button, 0, "Take back an act on many sites" },
	{ 0 },
};
const struct web_undo site_bulk_undos[] = {
	{ "takedown.bulk", PERM_INCIDENT_EDIT, undo },
	{ "takedown.put", PERM_REPORT_EDIT, undo },
	{ 0 },
};
