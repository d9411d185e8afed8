/* SPDX-License-Identifier: Apache-2.0 */
/* report_web.c - one report: reading it, notes, letters, files. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "db/db.h"
#include "incident/decide_store.h"
#include "incident/incident_store.h"
#include "incident/letter_store.h"
#include "incident/notice_web.h"
#include "incident/message_store.h"
#include "incident/report_page.h"
#include "incident/report_store.h"
#include "incident/snippet_web.h"

static const char *
address(struct web *w, const struct report *r)
{
	return arena_printf(w->a, "/inbox/%s", r->ref);
}

/* Who decided what: one sentence. */
static enum err
set_decision(struct web *w, const struct report *r)
{
	const char *original, *by = "";
	struct report other;
	struct user u;

	TRY(decide_original(w->db, w->a, r->id, &original));
	if (original != NULL && report_page_find(w, original, &other) != OK)
		original = NULL;
	value_set_text(w->a, w->data, "duplicate_of", original);
	if (w->json)
		return OK;
	if (r->decided_by != 0 && user_get(w->db, w->a, r->decided_by, &u) == OK)
		by = u.name;
	if (original != NULL)
		value_set_text(w->a, w->data, "@original", arena_printf(w->a, "/inbox/%s", original));
	if (r->decided_at != 0)
		value_set_text(w->a, w->data, "@decided",
		    web_trf(w, NULL, N_("{state}, by {name} at {at}"),
			I18N_ARGS({ "state", web_tr(w, "report", report_label(report_states, r->state)) },
			    { "name", by }, { "at", zone_long(w->a, w->zone, w->lang, r->decided_at) })));
	else
		value_set_text(w->a, w->data, "@decided", web_tr(w, NULL, N_("Nobody has decided yet.")));
	if (r->reason != NULL)
		value_set_text(w->a, w->data, "@reason", web_tr(w, "decline", decide_decline_label(r->reason)));
	if (r->known != NULL)
		value_set_text(w->a, w->data, "@known",
		    web_tr(w, NULL, strcmp(r->known, "known") == 0 ? N_("a known matter") : N_("something new")));
	return OK;
}

static enum err
show_report(struct web *w, const struct report *r)
{
	bool may = auth_allows(&w->auth, PERM_REPORT_EDIT), reaches;

	TRY(letter_reaches(w->db, r, &reaches));
	TRY(report_page_body(w, r, w->data));
	TRY(report_page_alike(w, r, 10, w->data));
	TRY(report_page_story(w, r, w->data));
	TRY(set_decision(w, r));
	web_set_time(w, w->data, "erased_at", r->erased_at);
	if (w->json)
		return OK;
	TRY(report_page_owners(w, "@owners", NULL, true, r->owner_id));
	value_set_bool(w->a, w->ui, "@may_decide", may && strcmp(r->state, "new") == 0);
	value_set_bool(w->a, w->ui, "may_edit", may);
	value_set_bool(w->a, w->ui, "may_send",
	    auth_allows(&w->auth, PERM_SEND) && strcmp(r->channel, "import") != 0 && reaches);
	value_set_bool(w->a, w->ui, "unreachable", !reaches && strcmp(r->channel, "import") != 0);
	value_set_bool(w->a, w->ui, "on_page", letter_on_page(r));
	value_set_text(w->a, w->ui, "call", r->reporter_phone);
	value_set_text(w->a, w->ui, "draft_key", arena_printf(w->a, "report/%s", r->ref));
	value_set_text(w->a, w->ui, "presence_at", arena_printf(w->a, "report/%s", r->ref));
	return snippet_web_offer(w, &(struct snippet_about){ .report = r });
}

static enum err
report(struct web *w)
{
	struct report r;

	TRY(report_page_get(w, &r));
	TRY(show_report(w, &r));
	return web_page(w, "report", N_("Report"));
}

static enum err
add_note(struct web *w, const struct report *r, const char *text)
{
	struct value *undo = value_object(w->a);
	const char *named;
	int64_t id, undo_id;

	TRY(db_insert(w->db, &id,
	    "INSERT INTO note (object, object_id, kind, person_id, at, body, shared) "
	    "VALUES ('report', ?1, 'note', ?2, ?3, ?4, 'internal') RETURNING id",
	    DB_INT(r->id), DB_INT(w->user->id), DB_INT(w->now), DB_TEXT(text)));
	struct value *p = value_object(w->a);

	value_set_int(w->a, p, "note", id);
	TRY(web_journal(w, "report.note", "report", r->id, p));
	value_set_int(w->a, undo, "note", id);
	TRY(web_add_undo(w, "report.note", undo, &undo_id));
	value_set_int(w->a, w->data, "note", id);
	TRY(notice_web_mention(w, "report", r->id, text, &named));
	return web_redirect(w, address(w, r), named == NULL ? N_("Note saved") : named, undo_id);
}

static enum err
send_letter(struct web *w, const struct report *r, const char *text)
{
	struct value *p = value_object(w->a), *undo = value_object(w->a);
	int64_t id, undo_id = 0;

	TRY(letter_send(w->db, w->blobs, w->a, r, DECIDE_LETTER_ACCEPT, NULL, str_of(text), w->user->id, w->now, &id));
	value_set_int(w->a, p, "message", id);
	TRY(web_journal(w, "report.letter", "report", r->id, p));
	/* The first answer is what was promised. */
	if (r->answered_at == 0)
		TRY(report_change(w->db, r->id, 0, &(struct report_change){ .owner_id = -1, .answered_at = w->now }, w->now));
	value_set_int(w->a, w->data, "message", id);
	if (id == 0)
		return web_redirect(w, address(w, r), N_("Written to the status page"), 0);
	value_set_int(w->a, undo, "message", id);
	value_set_int(w->a, undo, "report", r->id);
	value_set_bool(w->a, undo, "first", r->answered_at == 0);
	TRY(web_add_undo(w, "report.letter", undo, &undo_id));
	return web_redirect(w, address(w, r), N_("The letter leaves in a moment"), undo_id);
}

static enum err
write_to(struct web *w)
{
	static const char *const to[] = { "note", "reporter", NULL };
	const char *whom, *text;
	struct report r;
	bool reaches;

	TRY(report_page_get(w, &r));
	TRY(letter_reaches(w->db, &r, &reaches));
	whom = web_choice(w, "to", to, true);
	text = web_body(w, "text", LIMIT_BODY);
	if (strcmp(web_form(w, "act"), "snippet") == 0) {
		TRY(snippet_web_insert(w, "text", &(struct snippet_about){ .report = &r }));
		TRY(show_report(w, &r));
		return web_again(w, "report", N_("Report"));
	}
	if (strcmp(whom, "reporter") == 0)
		snippet_web_check(w, "text", text);
	if (*text == '\0')
		web_problem(w, "text", N_("This is empty. Fill it in."));
	if (strcmp(whom, "reporter") == 0 && !reaches)
		web_problem(w, "text",
		    N_("Nothing can be sent: no mail address is known, and there is no status page. Telephone, and keep what was said as a note."));
	if (strcmp(whom, "reporter") == 0 && !auth_allows(&w->auth, PERM_SEND))
		return ERR_DENIED;
	if (problems_any(&w->problems)) {
		TRY(show_report(w, &r));
		return web_again(w, "report", N_("Report"));
	}
	TRY(db_run(w->db, "DELETE FROM draft WHERE person_id = ?1 AND key = ?2", DB_INT(w->user->id),
	    DB_TEXT(arena_printf(w->a, "report/%s", r.ref))));
	return strcmp(whom, "note") == 0 ? add_note(w, &r, text) : send_letter(w, &r, text);
}

static enum err
undo_note(struct web *w, const struct value *p)
{
	int64_t id = value_integer(value_get(p, "note"));

	TRY(db_run(w->db, "DELETE FROM note WHERE id = ?1 AND person_id = ?2", DB_INT(id), DB_INT(w->user->id)));
	return web_journal(w, "report.note-undo", "note", id, NULL);
}

static enum err
undo_letter(struct web *w, const struct value *p)
{
	int64_t report_id = value_integer(value_get(p, "report"));

	TRY(report_page_undoable(w, report_id));
	TRY(message_cancel(w->db, value_integer(value_get(p, "message")), w->now));
	if (value_true(value_get(p, "first")))
		TRY(db_run(w->db, "UPDATE report SET answered_at = NULL, version = version + 1 WHERE id = ?1", DB_INT(report_id)));
	return web_journal(w, "report.letter-undo", "report", report_id, p);
}

static enum err
cancel_letter(struct web *w)
{
	struct message m;
	struct report r;
	int64_t id;

	TRY(report_page_get(w, &r));
	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	TRY(message_get(w->db, w->a, id, &m));
	if (m.report_id != r.id)
		return ERR_NOT_FOUND;
	TRY(message_cancel(w->db, id, w->now));
	struct value *p = value_object(w->a);

	value_set_int(w->a, p, "message", id);
	TRY(web_journal(w, "report.letter-undo", "report", r.id, p));
	return web_redirect(w, address(w, &r), N_("The letter was not sent"), 0);
}

static enum err
assign(struct web *w)
{
	int64_t owner = strcmp(web_form(w, "owner"), "me") == 0 ? w->user->id
								 : web_form_int(w, "owner", 0, INT64_MAX, 0);
	struct value *undo = value_object(w->a);
	struct decision_result result;
	struct report r;
	struct user u;
	int64_t undo_id;

	TRY(report_page_get(w, &r));
	if (owner != 0 && (user_get(w->db, w->a, owner, &u) != OK || !u.active || !auth_may(u.role, PERM_REPORT_EDIT))) {
		web_problem(w, "owner", N_("Choose somebody who works on reports."));
		TRY(show_report(w, &r));
		return web_again(w, "report", N_("Report"));
	}
	TRY(decide_report(w->db, w->a, r.id, 0,
	    &(struct decision){ .owner = owner, .actor = w->user->id, .actor_name = w->user->name }, w->now, undo, &result));
	TRY(web_add_undo(w, "report.decide", undo, &undo_id));
	return web_redirect(w, address(w, &r), N_("Assigned"), undo_id);
}

static enum err
incident_of(struct web *w, const char *ref, struct incident *ret)
{
	bool visible;

	TRY(incident_by_ref(w->db, w->a, str_of(ref), ret));
	TRY(incident_visible(w->db, ret, w->user, &visible));
	return visible ? OK : ERR_NOT_FOUND;
}

static enum err
take_out(struct web *w)
{
	AUTO(db_stmt) q = NULL;
	struct value *undo = value_object(w->a);
	struct incident i;
	struct report r;
	int64_t undo_id;

	TRY(report_page_get(w, &r));
	TRY(incident_of(w, web_form(w, "incident"), &i));
	TRY(db_one(w->db, &q, "SELECT relation FROM report_incident WHERE report_id = ?1 AND incident_id = ?2",
	    DB_INT(r.id), DB_INT(i.id)));
	value_set_text(w->a, undo, "relation", db_dup(w->a, q, 0));
	value_set_int(w->a, undo, "report", r.id);
	value_set_int(w->a, undo, "incident", i.id);
	db_stmt_free(q);
	q = NULL;
	TRY(incident_unlink(w->db, w->a, i.id, r.id, w->user->id, w->user->name, w->now));
	TRY(web_add_undo(w, "report.unlink", undo, &undo_id));
	return web_redirect(w, address(w, &r), N_("Taken out of the incident"), undo_id);
}

static enum err
undo_take_out(struct web *w, const struct value *p)
{
	struct incident i;
	bool visible;

	TRY(report_page_undoable(w, value_integer(value_get(p, "report"))));
	TRY(incident_get(w->db, w->a, value_integer(value_get(p, "incident")), &i));
	TRY(incident_visible(w->db, &i, w->user, &visible));
	if (!visible)
		return ERR_NOT_FOUND;
	return incident_link(w->db, w->a, value_integer(value_get(p, "incident")),
	    value_integer(value_get(p, "report")), value_cstr(value_get(p, "relation")), w->user->id, w->user->name, w->now);
}

static enum err
undo_decision(struct web *w, const struct value *p)
{
	TRY(report_page_undoable(w, value_integer(value_get(p, "report"))));
	TRY(decide_undo(w->db, w->a, p, w->user->id, w->user->name, w->now));
	return letter_take_back(w->db, value_integer(value_get(p, "message")), w->now);
}

/* Who took which file out stands in the journal. */
static enum err
tell_download(struct web *w, const struct report *r, const char *name)
{
	struct value *p = value_object(w->a);

	value_set_text(w->a, p, "name", name);
	return web_journal(w, "report.download", "report", r->id, p);
}

static enum err
download_file(struct web *w)
{
	AUTO(db_stmt) q = NULL;
	struct report r;
	int64_t id;

	TRY(report_page_get(w, &r));
	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	TRY(db_one(w->db, &q, "SELECT blob_id, name FROM attachment WHERE id = ?1 AND report_id = ?2", DB_INT(id),
	    DB_INT(r.id)));
	int64_t blob = db_int(q, 0);
	const char *name = db_dup(w->a, q, 1);

	TRY(tell_download(w, &r, name));
	return web_download(w, blob, name, "application/octet-stream");
}

static enum err
download_raw(struct web *w)
{
	struct message m;
	struct report r;
	int64_t id;

	TRY(report_page_get(w, &r));
	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	TRY(message_get(w->db, w->a, id, &m));
	if (m.report_id != r.id || m.raw_blob == 0)
		return ERR_NOT_FOUND;
	const char *name = arena_printf(w->a, "%s-%lld.eml", r.ref, (long long)id);

	TRY(tell_download(w, &r, name));
	return web_download(w, m.raw_blob, name, "application/octet-stream");
}

const struct web_route report_routes[] = {
	{ WEB_GET, "/inbox/:ref", PERM_REPORT_READ, report, 0, "One report" },
	{ WEB_POST, "/inbox/:ref/write", PERM_REPORT_EDIT, write_to, 0, "A note, or a letter to the reporter: to, text" },
	{ WEB_POST, "/inbox/:ref/assign", PERM_REPORT_EDIT, assign, 0, "Who looks after a report: owner" },
	{ WEB_POST, "/inbox/:ref/unlink", PERM_REPORT_EDIT, take_out, 0, "Take a report out of an incident" },
	{ WEB_POST, "/inbox/:ref/letters/:id/cancel", PERM_SEND, cancel_letter, 0, "Do not send a letter that waits" },
	{ WEB_GET, "/inbox/:ref/files/:id", PERM_ATTACHMENT, download_file, WEB_WRITES, "An attachment, as a download" },
	{ WEB_GET, "/inbox/:ref/raw/:id", PERM_ATTACHMENT, download_raw, WEB_WRITES, "A message byte for byte" },
	{ 0 },
};

const struct web_undo report_undos[] = {
	{ "report.decide", PERM_REPORT_EDIT, undo_decision },
	{ "report.note", PERM_REPORT_EDIT, undo_note },
	{ "report.letter", PERM_SEND, undo_letter },
	{ "report.unlink", PERM_REPORT_EDIT, undo_take_out },
	{ 0 },
};
