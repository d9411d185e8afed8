/* SPDX-License-Identifier: Apache-2.0 */
/* incident_act_web.c - small acts on the page of an incident: notes, the next
 * action, tasks, indicators, files. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "blob/blob.h"
#include "http/http.h"
#include "incident/attachment_store.h"
#include "incident/draft_store.h"
#include "incident/incident_page.h"
#include "incident/notice_web.h"
#include "incident/incident_store.h"
#include "incident/report_store.h"
#include "incident/indicator_store.h"
#include "incident/snippet_web.h"
#include "incident/task_store.h"

/* The incident, if it may be changed: merged ones are worked on in the other. */
static enum err
to_change(struct web *w, struct incident *i)
{
	TRY(incident_of_path(w, i));
	return i->merged_into == 0 ? OK : ERR_CONFLICT;
}

static enum err
id_of_path(struct web *w, int64_t *ret)
{
	return str_int(str_of(web_path(w, "id")), 1, INT64_MAX, ret) ? OK : ERR_NOT_FOUND;
}

static enum err
add_files(struct web *w, const struct incident *i, const char *field, size_t *ret_n)
{
	const struct http_file *const *file = web_files(w, field, ret_n);

	for (size_t k = 0; k < *ret_n; k++) {
		const char *name = arena_cstr(w->a, utf8_clean_line(w->a, file[k]->name));
		struct attachment t = {
			.incident_id = i->id,
			.name = *name == '\0' ? "file" : name,
			/* What was sent is not trusted, and never shown inline. */
			.media_type = "application/octet-stream",
			.person_id = w->user->id,
		};
		struct value *p = value_object(w->a);
		int64_t id;

		TRY(attachment_add(w->db, w->a, file[k]->sink_result, &t, w->now, &id));
		value_set_int(w->a, p, "attachment", id);
		value_set_text(w->a, p, "name", t.name);
		TRY(web_journal(w, "attachment.add", "incident", i->id, p));
	}
	return OK;
}

static enum err
write_note(struct web *w)
{
	static const char *const audiences[] = { "internal", "reporter", NULL };
	static const char *const kinds[] = { "note", "decision", NULL };
	struct incident i;
	size_t files;
	const char *named = NULL;
	int64_t id;

	TRY(to_change(w, &i));
	const char *to = web_choice(w, "to", audiences, true), *kind = web_choice(w, "kind", kinds, false);
	const char *text = web_body(w, "text", LIMIT_BODY);

	if (strcmp(web_form(w, "act"), "snippet") == 0) {
		TRY(snippet_web_insert(w, "text", &(struct snippet_about){ .incident = &i, .lang = w->lang }));
		return incident_show(w, &i);
	}
	(void)web_files(w, "files", &files);
	if (str_trim(str_of(text)).n == 0 && files == 0)
		web_problem(w, "text", N_("This is empty. Write what happened or what was decided."));
	if (problems_any(&w->problems))
		return incident_show(w, &i);
	if (str_trim(str_of(text)).n > 0) {
		TRY(incident_note_add(w->db, w->a, i.id, *kind == '\0' ? "note" : kind, to, text, web_actor(w), &id));
		value_set_int(w->a, w->data, "note", id);
		TRY(notice_web_mention(w, "incident", i.id, text, &named));
	}
	TRY(add_files(w, &i, "files", &files));
	TRY(draft_drop(w->db, w->user->id, arena_printf(w->a, "incident/%lld/write", (long long)i.id)));
	return web_redirect(w, incident_href(w, &i, "#story"),
	    named != NULL ? named
	    : strcmp(to, "reporter") == 0 ? N_("Saved. The reporter can read it on the status page.") : N_("Saved"), 0);
}

static enum err
set_next(struct web *w)
{
	struct incident i;

	TRY(to_change(w, &i));
	const char *what = web_line(w, "next_action", LIMIT_TITLE);
	int64_t due = web_time(w, "next_due");

	if (problems_any(&w->problems))
		return incident_show(w, &i);
	TRY(incident_set_next(w->db, w->a, &i, what, due, web_actor(w)));
	return web_redirect(w, incident_href(w, &i, "#next"),
	    *what == '\0' && due == 0 ? N_("Nothing is planned now") : N_("Next action saved"), 0);
}

/* Tasks */

static enum err
person_of_form(struct web *w, const char *name, int64_t *ret)
{
	struct user u;

	*ret = web_form_int(w, name, 1, INT64_MAX, 0);
	if (*ret == 0)
		return OK;
	enum err e = user_get(w->db, w->a, *ret, &u);

	if (e == ERR_NOT_FOUND || (e == OK && !u.active)) {
		web_problem(w, name, N_("This choice does not exist. Choose one of the list."));
		return OK;
	}
	return e;
}

static enum err
add_playbook(struct web *w, const struct incident *i, const char *name)
{
	const struct playbook *p = playbook_find(name);
	int64_t id, position = 0;

	if (p == NULL) {
		web_problem(w, "playbook", N_("This choice does not exist. Choose one of the list."));
		return incident_show(w, i);
	}
	for (const struct playbook_task *k = p->task; k->title != NULL; k++) {
		struct task t = {
			.incident_id = i->id,
			.title = web_tr(w, "playbook", k->title),
			.kind = k->kind,
			.owner_id = i->owner_id,
			.due_at = k->due_hours == 0 ? 0 : w->now + k->due_hours * CLOCK_HOUR,
			.position = ++position,
		};

		TRY(task_add(w->db, w->a, &t, web_actor(w), &id));
	}
	value_set_int(w->a, w->data, "tasks", position);
	return web_redirect(w, incident_href(w, i, "#tasks"), N_("Tasks added"), 0);
}

static enum err
add_task(struct web *w)
{
	struct incident i;
	int64_t id;

	TRY(to_change(w, &i));
	if (*web_form(w, "playbook") != '\0')
		return add_playbook(w, &i, web_form(w, "playbook"));
	struct task t = { .incident_id = i.id, .title = web_need_line(w, "title", LIMIT_TITLE) };

	t.due_at = web_time(w, "due");
	TRY(person_of_form(w, "owner", &t.owner_id));
	if (problems_any(&w->problems))
		return incident_show(w, &i);
	TRY(task_add(w->db, w->a, &t, web_actor(w), &id));
	value_set_int(w->a, w->data, "id", id);
	return web_redirect(w, incident_href(w, &i, "#tasks"), N_("Task added"), 0);
}

static enum err
remove_task(struct web *w, const struct incident *i, const struct task *t)
{
	struct value *p = value_object(w->a);
	int64_t undo;

	value_set_int(w->a, p, "incident", i->id);
	value_set_text(w->a, p, "title", t->title);
	value_set_text(w->a, p, "kind", t->kind);
	value_set_int(w->a, p, "owner", t->owner_id);
	value_set_int(w->a, p, "due", t->due_at);
	value_set_int(w->a, p, "done", t->done_at);
	TRY(task_remove(w->db, w->a, t, web_actor(w)));
	TRY(web_add_undo(w, "task.remove", p, &undo));
	return web_redirect(w, incident_href(w, i, "#tasks"), N_("Task removed"), undo);
}

static const char *
local_time(struct web *w, int64_t at)
{
	struct civil c = zone_civil(w->zone, at);

	return at == 0 ? "" : arena_printf(w->a, "%04d-%02d-%02dT%02d:%02d", c.year, c.month, c.day, c.hour, c.minute);
}

/* The form of one task: what is stored, or what was typed. */
static enum err
task_page(struct web *w, const struct incident *i, const struct task *t)
{
	value_set_text(w->a, w->data, "ref", i->ref);
	value_set_int(w->a, w->data, "id", t->id);
	value_set_text(w->a, w->data, "title", t->title);
	value_set_id(w->a, w->data, "owner_id", t->owner_id);
	web_set_time(w, w->data, "due_at", t->due_at);
	value_set_text(w->a, w->ui, "tlp", i->tlp);
	web_fill(w, "title", t->title);
	web_fill(w, "due", local_time(w, t->due_at));
	TRY(incident_owner_options(w, "@owners",
	    web_form_has(w, "owner") ? web_form_int(w, "owner", 1, INT64_MAX, 0) : t->owner_id,
	    web_tr(w, NULL, N_("nobody"))));
	return web_again(w, "task_edit", N_("Task"));
}

static enum err
edit_task(struct web *w)
{
	struct incident i;
	struct task t;
	int64_t id;

	TRY(to_change(w, &i));
	TRY(id_of_path(w, &id));
	TRY(task_get(w->db, w->a, i.id, id, &t));
	return task_page(w, &i, &t);
}

static enum err
save_task(struct web *w, const struct incident *i, const struct task *was)
{
	struct task t = *was;
	struct value *p = value_object(w->a);
	bool changed;
	int64_t undo;

	/* A program names only what it changes. */
	if (web_form_has(w, "title"))
		t.title = web_need_line(w, "title", LIMIT_TITLE);
	if (web_form_has(w, "due"))
		t.due_at = web_time(w, "due");
	if (web_form_has(w, "owner"))
		TRY(person_of_form(w, "owner", &t.owner_id));
	if (problems_any(&w->problems))
		return task_page(w, i, was);
	TRY(task_change(w->db, w->a, was, &t, web_actor(w), &changed));
	if (!changed)
		return web_redirect(w, incident_href(w, i, "#tasks"), N_("Nothing was changed"), 0);
	value_set_int(w->a, p, "incident", i->id);
	value_set_int(w->a, p, "task", was->id);
	value_set_text(w->a, p, "title", was->title);
	value_set_int(w->a, p, "owner", was->owner_id);
	value_set_int(w->a, p, "due", was->due_at);
	TRY(web_add_undo(w, "task.change", p, &undo));
	return web_redirect(w, incident_href(w, i, "#tasks"), N_("Task changed"), undo);
}

static enum err
change_task(struct web *w)
{
	static const char *const acts[] = { "done", "undone", "change", "remove", NULL };
	struct incident i;
	struct task t;
	int64_t id;

	TRY(to_change(w, &i));
	TRY(id_of_path(w, &id));
	TRY(task_get(w->db, w->a, i.id, id, &t));
	const char *act = web_choice(w, "act", acts, true);

	if (problems_any(&w->problems))
		return incident_show(w, &i);
	if (strcmp(act, "remove") == 0)
		return remove_task(w, &i, &t);
	if (strcmp(act, "change") == 0)
		return save_task(w, &i, &t);
	TRY(task_set_done(w->db, w->a, &t, strcmp(act, "done") == 0, web_actor(w)));
	return web_redirect(w, incident_href(w, &i, "#tasks"),
	    strcmp(act, "done") == 0 ? N_("Task done") : N_("Task is open again"), 0);
}

/* Indicators */

/* Another role for the ticked ones. */
static enum err
set_roles(struct web *w, const struct incident *i)
{
	size_t n;
	const char *const *ids = web_form_all(w, "id", &n);
	const char *role = web_choice(w, "role", incident_indicator_roles, true);
	struct value *p = value_object(w->a), *rows = value_set_list(w->a, p, "rows");
	int64_t undo;

	if (n == 0)
		web_problem(w, "id", N_("Nothing is selected. Tick some rows first."));
	if (problems_any(&w->problems))
		return incident_show(w, i);
	value_set_int(w->a, p, "incident", i->id);
	value_set_text(w->a, p, "to", role);
	for (size_t k = 0; k < n && k < INDICATOR_PAGE; k++) {
		struct indicator x;
		int64_t id;

		if (!str_int(str_of(ids[k]), 1, INT64_MAX, &id))
			return ERR_NOT_FOUND;
		TRY(indicator_get(w->db, w->a, i->id, id, &x));
		if (strcmp(x.role, role) == 0)
			continue;
		struct value *row = value_list(w->a);

		value_add(w->a, row, value_int(w->a, id));
		value_add_text(w->a, row, x.role);
		value_add(w->a, rows, row);
		TRY(indicator_set(w->db, w->a, i->id, &x, role, x.confirmed, web_actor(w)));
	}
	TRY(web_add_undo(w, "indicator.role", p, &undo));
	return web_redirect(w, incident_href(w, i, "#indicators"), N_("Role set"), undo);
}

static enum err
add_indicator(struct web *w)
{
	struct incident i;
	const struct extract_found *found = NULL;
	size_t n = 0;
	int64_t added;

	TRY(to_change(w, &i));
	if (strcmp(web_form(w, "act"), "role") == 0)
		return set_roles(w, &i);
	struct str text = str_trim(str_of(web_body(w, "value", LIMIT_BODY)));
	const char *role = web_choice(w, "role", incident_indicator_roles, false);
	const char *note = web_line(w, "note", LIMIT_TITLE);

	if (text.n == 0)
		web_problem(w, "value", N_("This is empty. Fill it in."));
	else if (extract_find(w->a, text, &found, &n) != OK || n == 0)
		web_problem(w, "value",
		    N_("There is no URL, host, address, hash or CVE number in it. Check how it is written."));
	if (problems_any(&w->problems))
		return incident_show(w, &i);
	TRY(indicator_add(w->db, w->a, i.id, found, n, *role == '\0' ? "related" : role, true, note,
	    web_actor(w), &added));
	value_set_int(w->a, w->data, "added", added);
	return web_redirect(w, incident_href(w, &i, "#indicators"),
	    added == 0 ? N_("All of it was there already") : N_("Indicators added"), 0);
}

static enum err
remove_indicator(struct web *w, const struct incident *i, const struct indicator *x)
{
	struct value *p = value_object(w->a);
	int64_t undo;

	value_set_int(w->a, p, "incident", i->id);
	value_set_int(w->a, p, "id", x->id);
	value_set_text(w->a, p, "value", x->value);
	value_set_text(w->a, p, "role", x->role);
	value_set_bool(w->a, p, "confirmed", x->confirmed);
	value_set_text(w->a, p, "note", x->note);
	value_set_int(w->a, p, "added_at", x->added_at);
	value_set_int(w->a, p, "added_by", x->added_by);
	TRY(indicator_remove(w->db, w->a, i->id, x, web_actor(w)));
	TRY(web_add_undo(w, "indicator.remove", p, &undo));
	return web_redirect(w, incident_href(w, i, "#indicators"), N_("Indicator removed"), undo);
}

static enum err
change_indicator(struct web *w)
{
	static const char *const acts[] = { "confirm", "refute", "role", "remove", NULL };
	struct incident i;
	struct indicator x;
	int64_t id;

	TRY(to_change(w, &i));
	TRY(id_of_path(w, &id));
	TRY(indicator_get(w->db, w->a, i.id, id, &x));
	const char *act = web_choice(w, "act", acts, true);
	const char *role = web_choice(w, "role", incident_indicator_roles, false);

	if (problems_any(&w->problems))
		return incident_show(w, &i);
	if (strcmp(act, "remove") == 0)
		return remove_indicator(w, &i, &x);
	bool confirmed = strcmp(act, "confirm") == 0 || (strcmp(act, "role") == 0 && x.confirmed);

	TRY(indicator_set(w->db, w->a, i.id, &x, *role == '\0' ? x.role : role, confirmed, web_actor(w)));
	return web_redirect(w, incident_href(w, &i, "#indicators"), N_("Saved"), 0);
}

/* Files */

static enum err
upload(struct web *w)
{
	struct incident i;
	size_t n;

	TRY(to_change(w, &i));
	(void)web_files(w, "files", &n);
	if (n == 0)
		web_problem(w, "files", N_("Choose a file first."));
	if (problems_any(&w->problems))
		return incident_show(w, &i);
	TRY(add_files(w, &i, "files", &n));
	value_set_int(w->a, w->data, "files", (int64_t)n);
	return web_redirect(w, incident_href(w, &i, "#files"), N_("Files added"), 0);
}

/* Taking a file out is written down, so this GET writes. */
static enum err
take(struct web *w)
{
	struct incident i;
	struct attachment t;
	struct value *p = value_object(w->a);
	int64_t id;
	bool ours;

	TRY(incident_of_path(w, &i));
	TRY(id_of_path(w, &id));
	TRY(attachment_get(w->db, w->a, id, &t));
	TRY(attachment_of_incident(w->db, &t, i.id, &ours));
	/* Its report may be in a restricted one too. */
	if (ours && t.report_id != 0)
		TRY(report_visible(w->db, t.report_id, w->user, &ours));
	if (!ours)
		return ERR_NOT_FOUND;
	value_set_int(w->a, p, "attachment", t.id);
	value_set_text(w->a, p, "name", t.name);
	value_set_text(w->a, p, "sha256", t.sha256);
	TRY(web_journal(w, "attachment.take", "incident", i.id, p));
	return web_download(w, t.blob_id, t.name, "application/octet-stream");
}

/* Undo */

/* The incident of a payload, if the viewer still may change it. */
static enum err
of_payload(struct web *w, const struct value *payload, struct incident *ret)
{
	bool visible;

	TRY(incident_get(w->db, w->a, value_integer(value_get(payload, "incident")), ret));
	TRY(incident_visible(w->db, ret, w->user, &visible));
	return visible ? OK : ERR_NOT_FOUND;
}

static const char *
text_or_null(const struct value *payload, const char *key)
{
	const struct value *v = value_get(payload, key);

	return value_type(v) == VALUE_TEXT ? value_cstr(v) : NULL;
}

static enum err
undo_task(struct web *w, const struct value *p)
{
	struct incident i;
	int64_t id;

	TRY(of_payload(w, p, &i));
	struct task t = {
		.incident_id = i.id,
		.title = value_cstr(value_get(p, "title")),
		.kind = text_or_null(p, "kind"),
		.owner_id = value_integer(value_get(p, "owner")),
		.due_at = value_integer(value_get(p, "due")),
		.done_at = value_integer(value_get(p, "done")),
	};

	TRY(task_add(w->db, w->a, &t, web_actor(w), &id));
	return web_redirect(w, incident_href(w, &i, "#tasks"), N_("Taken back"), 0);
}

static enum err
undo_indicator(struct web *w, const struct value *p)
{
	struct incident i;

	TRY(of_payload(w, p, &i));
	struct indicator x = {
		.id = value_integer(value_get(p, "id")),
		.value = value_cstr(value_get(p, "value")),
		.role = value_cstr(value_get(p, "role")),
		.confirmed = value_true(value_get(p, "confirmed")),
		.note = text_or_null(p, "note"),
		.added_at = value_integer(value_get(p, "added_at")),
		.added_by = value_integer(value_get(p, "added_by")),
	};

	TRY(indicator_restore(w->db, w->a, i.id, &x, web_actor(w)));
	return web_redirect(w, incident_href(w, &i, "#indicators"), N_("Taken back"), 0);
}

/* Back to the old values, where nobody changed them since. */
static enum err
undo_task_change(struct web *w, const struct value *p)
{
	struct incident i;
	struct task was, t;
	bool changed;

	TRY(of_payload(w, p, &i));
	TRY(task_get(w->db, w->a, i.id, value_integer(value_get(p, "task")), &was));
	t = was;
	t.title = value_cstr(value_get(p, "title"));
	t.owner_id = value_integer(value_get(p, "owner"));
	t.due_at = value_integer(value_get(p, "due"));
	TRY(task_change(w->db, w->a, &was, &t, web_actor(w), &changed));
	return web_redirect(w, incident_href(w, &i, "#tasks"), N_("Taken back"), 0);
}

static enum err
undo_roles(struct web *w, const struct value *p)
{
	const struct value *rows = value_get(p, "rows");
	struct incident i;

	TRY(of_payload(w, p, &i));
	for (size_t k = 0; k < value_count(rows); k++) {
		const struct value *row = value_at(rows, k);
		struct indicator x;
		enum err e = indicator_get(w->db, w->a, i.id, value_integer(value_at(row, 0)), &x);

		if (e == ERR_NOT_FOUND)
			continue; /* taken out since */
		TRY(e);
		if (strcmp(x.role, value_cstr(value_get(p, "to"))) == 0)
			TRY(indicator_set(w->db, w->a, i.id, &x, value_cstr(value_at(row, 1)), x.confirmed,
			    web_actor(w)));
	}
	return web_redirect(w, incident_href(w, &i, "#indicators"), N_("Taken back"), 0);
}

const struct web_undo incident_act_undos[] = {
	{ "task.change", PERM_INCIDENT_EDIT, undo_task_change },
	{ "indicator.role", PERM_INCIDENT_EDIT, undo_roles },
	{ "task.remove", PERM_INCIDENT_EDIT, undo_task },
	{ "indicator.remove", PERM_INCIDENT_EDIT, undo_indicator },
	{ 0 },
};

const struct web_route incident_act_routes[] = {
	{ WEB_POST, "/incidents/:ref/write", PERM_INCIDENT_EDIT, write_note, WEB_FILES,
	    "Add a note or decision: to (internal, reporter), kind (note, decision), text, files" },
	{ WEB_POST, "/incidents/:ref/next", PERM_INCIDENT_EDIT, set_next, 0,
	    "What comes next and by when: next_action, next_due" },
	{ WEB_POST, "/incidents/:ref/tasks", PERM_INCIDENT_EDIT, add_task, 0,
	    "Add a task (title, owner, due) or a ready list (playbook)" },
	{ WEB_POST, "/incidents/:ref/tasks/:id", PERM_INCIDENT_EDIT, change_task, 0,
	    "A task: act = done, undone, remove, change (title, owner, due)" },
	{ WEB_GET, "/incidents/:ref/tasks/:id/edit", PERM_INCIDENT_EDIT, edit_task, 0, "The form of a task" },
	{ WEB_POST, "/incidents/:ref/indicators", PERM_INCIDENT_EDIT, add_indicator, 0,
	    "Add the indicators found in a text: value, role, note; or act = role with id (list) and role" },
	{ WEB_POST, "/incidents/:ref/indicators/:id", PERM_INCIDENT_EDIT, change_indicator, 0,
	    "An indicator: act = confirm, refute, role, remove" },
	{ WEB_POST, "/incidents/:ref/files", PERM_INCIDENT_EDIT, upload, WEB_FILES, "Add files" },
	{ WEB_GET, "/incidents/:ref/files/:id", PERM_ATTACHMENT, take, WEB_WRITES,
	    "Take a file out; who did is written to the journal" },
	{ 0 },
};
