/* SPDX-License-Identifier: Apache-2.0 */
/* watch_web.c - /me/watches: what I, or the team, want to be told of. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/url.h"
#include "incident/watch_store.h"
#include "web/web.h"

#define TITLE N_("Watch lists")

static void
add_row(struct web *w, struct value *list, const struct watch *v)
{
	struct value *o = value_add_object(w->a, list);

	value_set_int(w->a, o, "id", v->id);
	value_set_bool(w->a, o, "team", v->person_id == 0);
	value_set_text(w->a, o, "kind", v->kind);
	value_set_text(w->a, o, "value", v->value);
	value_set_text(w->a, o, "note", v->note);
	value_set_text(w->a, o, "by", v->creator);
	value_set_bool(w->a, o, "mail", v->mail);
	value_set_int(w->a, o, "hits", v->hits);
	web_set_time(w, o, "created_at", v->created_at);
	web_set_time(w, o, "until", v->until);
	web_set_time(w, o, "hit_at", v->hit_at);
	value_set_text(w->a, o, "@shown", url_defang(w->a, str_of(v->value)));
	value_set_text(w->a, o, "@kind_text", web_tr(w, "watch", word_label(watch_kinds, v->kind)));
	value_set_bool(w->a, o, "@ended", v->until != 0 && v->until <= w->now);
	value_set_bool(w->a, o, "@mine", v->person_id != 0 || auth_allows(&w->auth, PERM_REPORT_EDIT));
}

static enum err
page(struct web *w)
{
	struct value *list = value_set_list(w->a, w->data, "items"), *kinds = value_set_list(w->a, w->ui, "@kinds");
	const char *chosen = w->route->method == WEB_GET ? web_query(w, "kind") : web_form(w, "kind");
	struct watch *v;
	size_t n;

	TRY(watch_list(w->db, w->a, w->user->id, &v, &n));
	for (size_t i = 0; i < n; i++)
		add_row(w, list, &v[i]);
	value_set_int(w->a, w->data, "total", (int64_t)n);
	for (const struct word *k = watch_kinds; k->name != NULL; k++) {
		struct value *o = value_add_object(w->a, kinds);

		value_set_text(w->a, o, "value", k->name);
		value_set_text(w->a, o, "label", web_tr(w, "watch", k->label));
		value_set_bool(w->a, o, "selected", strcmp(k->name, chosen) == 0);
	}
	value_set_bool(w->a, w->ui, "may_team", auth_allows(&w->auth, PERM_REPORT_EDIT));
	value_set_bool(w->a, w->ui, "has_items", n > 0);
	web_fill(w, "value", web_query(w, "value"));
	return web_again(w, "watches", TITLE);
}

static enum err
journal(struct web *w, const char *action, const struct watch *v)
{
	struct value *p = value_object(w->a);

	value_set_text(w->a, p, "kind", v->kind);
	value_set_text(w->a, p, "value", v->value);
	value_set_bool(w->a, p, "team", v->person_id == 0);
	return web_journal(w, action, "watch", v->id, p);
}

static enum err
add(struct web *w)
{
	const char *kind = web_form(w, "kind"), *text = web_need_line(w, "value", LIMIT_URL / 4);
	bool team = strcmp(web_form(w, "team"), "1") == 0;
	int64_t until = web_time(w, "until");
	struct watch v = { .created_by = w->user->id, .created_at = w->now, .until = until,
		.mail = strcmp(web_form(w, "mail"), "1") == 0, .note = web_line(w, "note", LIMIT_TITLE) };

	if (*kind != '\0' && !word_has(watch_kinds, kind))
		web_problem(w, "kind", N_("This choice does not exist. Choose one of the list."));
	if (until != 0 && until <= w->now)
		web_problem(w, "until", N_("This lies in the past. Leave it empty for no end."));
	if (team && !auth_allows(&w->auth, PERM_REPORT_EDIT))
		return ERR_DENIED;
	v.person_id = team ? 0 : w->user->id;
	if (!problems_any(&w->problems)) {
		v.value = watch_value(w->a, kind, str_of(text), &v.kind);
		if (v.value == NULL)
			web_problem(w, "value", N_("This is nothing of the chosen kind. Paste a host, an address, a URL, a hash or a mail address."));
	}
	if (problems_any(&w->problems))
		return page(w);
	enum err e = watch_add(w->db, &v, &v.id);

	if (e == ERR_EXISTS || e == ERR_LIMIT) {
		web_problem(w, "value", e == ERR_EXISTS ? N_("It is on the list already.") : N_("The list is full. Remove what is no longer needed."));
		return page(w);
	}
	TRY(e);
	TRY(journal(w, "watch.add", &v));
	value_set_int(w->a, w->data, "id", v.id);
	return web_created(w, "/me/watches", N_("You will be told when it appears again"));
}

static enum err
take_away(struct web *w)
{
	struct value *undo = value_object(w->a);
	struct watch v;
	int64_t id, undo_id;

	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	TRY(watch_get(w->db, w->a, id, w->user->id, &v));
	if (v.person_id == 0 && !auth_allows(&w->auth, PERM_REPORT_EDIT))
		return ERR_DENIED;
	TRY(watch_delete(w->db, id));
	TRY(journal(w, "watch.remove", &v));
	value_set_text(w->a, undo, "kind", v.kind);
	value_set_text(w->a, undo, "value", v.value);
	value_set_text(w->a, undo, "note", v.note);
	value_set_int(w->a, undo, "until", v.until);
	value_set_bool(w->a, undo, "team", v.person_id == 0);
	value_set_bool(w->a, undo, "mail", v.mail);
	TRY(web_add_undo(w, "watch.remove", undo, &undo_id));
	return web_redirect(w, "/me/watches", N_("It is no longer watched"), undo_id);
}

static enum err
undo_remove(struct web *w, const struct value *p)
{
	struct watch v = {
		.person_id = value_true(value_get(p, "team")) ? 0 : w->user->id,
		.kind = value_cstr(value_get(p, "kind")),
		.value = value_cstr(value_get(p, "value")),
		.note = value_cstr(value_get(p, "note")),
		.created_by = w->user->id,
		.created_at = w->now,
		.until = value_integer(value_get(p, "until")),
		.mail = value_true(value_get(p, "mail")),
	};

	TRY(watch_add(w->db, &v, &v.id));
	return journal(w, "watch.add", &v);
}

const struct web_route watch_routes[] = {
	{ WEB_GET, "/me/watches", PERM_REPORT_READ, page, 0, "What I and the team watch" },
	{ WEB_POST, "/me/watches", PERM_REPORT_READ, add, 0, "Watch: kind (\"\" guesses), value, note, until, mail = 1, team = 1" },
	{ WEB_POST, "/me/watches/:id/delete", PERM_REPORT_READ, take_away, 0, "Watch no longer" },
	{ 0 },
};

const struct web_undo watch_undos[] = {
	{ "watch.remove", PERM_REPORT_READ, undo_remove },
	{ 0 },
};
