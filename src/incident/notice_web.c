/* SPDX-License-Identifier: Apache-2.0 */
/* notice_web.c - /me/mentions: what I was told, behind the bell. */
#include <string.h>

#include "base/arena.h"
#include "base/url.h"
#include "db/db.h"
#include "incident/extract.h"
#include "incident/notice_store.h"
#include "incident/notice_web.h"
#include "web/web.h"

#define ROWS 50
#define TITLE N_("Told to you")

static const char *
address(struct web *w, const struct value *o)
{
	const char *object = value_cstr(value_get(o, "object")), *ref = value_cstr(value_get(o, "ref"));

	if (strcmp(object, "handover") == 0)
		return arena_printf(w->a, "/team/handover/%lld", (long long)value_integer(value_get(o, "object_id")));
	if (strcmp(object, "report") == 0)
		return arena_printf(w->a, "/inbox/%s", ref);
	return arena_printf(w->a, "/incidents/%s#story", ref);
}

static const char *
what(struct web *w, const struct value *o)
{
	const char *kind = value_cstr(value_get(o, "kind")), *from = value_cstr(value_get(o, "from"));

	if (strcmp(kind, "mention") == 0)
		return web_trf(w, NULL, N_("{name} named you"), I18N_ARGS({ "name", from }));
	if (strcmp(kind, "on-call") == 0)
		return web_tr(w, NULL, N_("You are on call: an urgent report came in"));
	if (strcmp(kind, "handover") == 0)
		return web_trf(w, NULL, N_("{name} hands over to you"), I18N_ARGS({ "name", from }));
	return web_trf(w, NULL, N_("{value}, which you watch, has appeared"),
	    I18N_ARGS({ "value", url_defang(w->a, value_str(value_get(o, "text"))) }));
}

static enum err
mail_wanted(struct web *w, bool *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(w->db, &q, "SELECT mention_mail FROM person WHERE id = ?1", DB_INT(w->user->id)));
	*ret = db_int(q, 0) != 0;
	return OK;
}

static enum err
list(struct web *w)
{
	struct value *items = value_set_list(w->a, w->data, "items");
	int64_t before = web_query_int(w, "before", 1, INT64_MAX, 0);
	int64_t unread = 0;
	bool mail;

	TRY(notice_list(w->db, w->a, w->user, before, ROWS, items));
	TRY(mail_wanted(w, &mail));
	for (size_t i = 0; i < value_count(items); i++) {
		struct value *o = value_item(items, i);
		bool mention = strcmp(value_cstr(value_get(o, "kind")), "mention") == 0;

		unread += value_true(value_get(o, "read")) ? 0 : 1;
		web_set_time(w, o, "at", value_integer(value_get(o, "at")));
		value_set_text(w->a, o, "@what", what(w, o));
		value_set_text(w->a, o, "@to", address(w, o));
		value_set_text(w->a, o, "@href", arena_printf(w->a, "/me/mentions/%lld", (long long)value_integer(value_get(o, "id"))));
		value_set_str(w->a, o, "@title", extract_defang_text(w->a, value_str(value_get(o, "title"))));
		value_set_str(w->a, o, "@quote", mention ? extract_defang_text(w->a, value_str(value_get(o, "text"))) : STR_NULL);
		value_set_bool(w->a, o, "@unread", !value_true(value_get(o, "read")));
		if (i + 1 == ROWS)
			value_set_text(w->a, w->ui, "older", arena_printf(w->a, "/me/mentions?before=%lld", (long long)value_integer(value_get(o, "id"))));
	}
	value_set_int(w->a, w->data, "unread", unread);
	value_set_bool(w->a, w->data, "mail", mail);
	value_set_bool(w->a, w->ui, "has_items", value_count(items) > 0);
	return web_page(w, "mentions", TITLE);
}

/* Reading it is one key: it is read and its record opens. */
static enum err
open_it(struct web *w)
{
	struct value *all = value_list(w->a);
	int64_t id;

	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX - 1, &id))
		return ERR_NOT_FOUND;
	TRY(notice_list(w->db, w->a, w->user, id + 1, 1, all));
	if (value_count(all) == 0 || value_integer(value_get(value_at(all, 0), "id")) != id)
		return ERR_NOT_FOUND;
	TRY(notice_read(w->db, w->user->id, id, true, w->now));
	return web_redirect(w, address(w, value_at(all, 0)), NULL, 0);
}

static enum err
change(struct web *w)
{
	static const char *const acts[] = { "read", "unread", "all", "mail", "no-mail", NULL };
	const char *act = web_choice(w, "act", acts, true);
	int64_t id = web_form_int(w, "id", 1, INT64_MAX, 0);

	if (problems_any(&w->problems))
		return ERR_INVALID;
	if (strcmp(act, "mail") == 0 || strcmp(act, "no-mail") == 0)
		TRY(db_run(w->db, "UPDATE person SET mention_mail = ?2 WHERE id = ?1", DB_INT(w->user->id),
		    DB_INT(strcmp(act, "mail") == 0)));
	else if (strcmp(act, "all") == 0)
		TRY(notice_read(w->db, w->user->id, 0, true, w->now));
	else if (id == 0)
		return ERR_INVALID;
	else
		TRY(notice_read(w->db, w->user->id, id, strcmp(act, "read") == 0, w->now));
	return web_redirect(w, "/me/mentions", N_("Saved"), 0);
}

static const char *
joined(struct web *w, const struct value *names)
{
	const char *s = "";

	for (size_t i = 0; i < value_count(names); i++)
		s = arena_printf(w->a, "%s%s%s", s, i == 0 ? "" : w->lang == LANG_JA ? "、" : ", ", value_cstr(value_at(names, i)));
	return s;
}

enum err
notice_web_mention(struct web *w, const char *object, int64_t id, const char *text, const char **ret)
{
	struct value *told = value_set_list(w->a, w->data, "told"), *hidden = value_set_list(w->a, w->data, "not_told");

	*ret = NULL;
	TRY(notice_mention(w->db, w->blobs, w->a, object, id, str_of(text), web_actor(w), told, hidden));
	if (value_count(hidden) > 0)
		*ret = web_trf(w, NULL, N_("Saved. Not told, because they may not see this: {names}"),
		    I18N_ARGS({ "names", joined(w, hidden) }));
	else if (value_count(told) > 0)
		*ret = web_trf(w, NULL, N_("Saved. Told: {names}"), I18N_ARGS({ "names", joined(w, told) }));
	return OK;
}

const struct web_route notice_routes[] = {
	{ WEB_GET, "/me/mentions", PERM_SIGNED_IN, list, 0, "What I was told: mentions, watched values; before=ID" },
	{ WEB_GET, "/me/mentions/:id", PERM_SIGNED_IN, open_it, WEB_WRITES, "Marks one as read and leads to its record" },
	{ WEB_POST, "/me/mentions", PERM_SIGNED_IN, change, 0, "act = read, unread (id), all, mail, no-mail" },
	{ 0 },
};
