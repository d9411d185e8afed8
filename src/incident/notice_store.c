/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/notice_store.h"

#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/utf8.h"
#include "db/db.h"
#include "incident/incident_store.h"
#include "incident/mention.h"
#include "incident/message_store.h"
#include "incident/on_call_store.h"
#include "incident/report_store.h"
#include "text/i18n.h"

static enum err
visible(struct db *db, struct arena *a, const char *object, int64_t id, const struct user *u, bool *ret)
{
	struct incident i;

	*ret = true;
	if (strcmp(object, "report") == 0) {
		*ret = auth_may(u->role, PERM_REPORT_READ);
		return *ret ? report_visible(db, id, u, ret) : OK;
	}
	if (strcmp(object, "incident") != 0)
		return OK;
	*ret = auth_may(u->role, PERM_INCIDENT_READ);
	if (!*ret)
		return OK;
	TRY(incident_get(db, a, id, &i));
	return incident_visible(db, &i, u, ret);
}

/* Only the number goes by mail: the rest is read on the page, signed in. */
static enum err
send(struct db *db, struct blob_store *blobs, struct arena *a, const struct notice *n, const struct user *to)
{
	static const char *const subjects[] = { NC_("mail", "[Tobiguchi] You were named in {ref}"),
		NC_("mail", "[Tobiguchi] What you watch has appeared: {ref}"),
		NC_("mail", "[Tobiguchi] You are on call: urgent report {ref}") };
	AUTO(db_stmt) q = NULL;
	enum lang lang = to->lang;
	bool report = strcmp(n->object, "report") == 0;
	int64_t id;

	if (report)
		TRY(db_one(db, &q, "SELECT ref FROM report WHERE id = ?1", DB_INT(n->object_id)));
	else
		TRY(db_one(db, &q, "SELECT ref FROM incident WHERE id = ?1", DB_INT(n->object_id)));
	const char *ref = db_dup(a, q, 0);
	const char *at = arena_printf(a, "%s/%s/%s", setting_text(db, a, "team.url"), report ? "inbox" : "incidents", ref);
	const struct i18n_arg *args = I18N_ARGS({ "ref", ref }, { "href", at });

	return message_queue_out(db, blobs, a,
	    &(struct message_out){
		.to = to->email,
		.to_name = to->name,
		.subject = i18n_fill(a, i18n(lang, "mail", subjects[strcmp(n->kind, "watch") == 0 ? 1 : strcmp(n->kind, "on-call") == 0 ? 2 : 0]), args),
		.text = str_of(i18n_fill(a, i18n(lang, "mail", NC_("mail", "Sign in to read it:\n{href}\n\nYou chose these mails on your page of notices or of watches.\n")), args)),
		.lang = lang,
		.automatic = true,
		.send_at = n->at,
	    },
	    n->at, &id);
}

enum err
notice_add(struct db *db, struct blob_store *blobs, struct arena *a, const struct notice *n, const struct user *to,
    bool *ret)
{
	bool may;

	*ret = false;
	if (!to->active)
		return OK;
	TRY(visible(db, a, n->object, n->object_id, to, &may));
	if (!may)
		return OK;
	TRY(db_run(db,
	    "INSERT INTO notice (person_id, at, kind, object, object_id, from_id, text, watch_id) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
	    DB_INT(n->person_id), DB_INT(n->at), DB_TEXT(n->kind), DB_TEXT(n->object), DB_INT(n->object_id),
	    DB_INT_OR_NULL(n->from_id), DB_TEXT(n->text), DB_INT_OR_NULL(n->watch_id)));
	*ret = db_changed(db) == 1;
	if (!*ret || !n->mail || blobs == NULL || *setting_text(db, a, "smtp.url") == '\0')
		return OK;
	return send(db, blobs, a, n, to);
}

enum err
notice_list(struct db *db, struct arena *a, const struct user *me, int64_t before, int limit, struct value *list)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	db_sql_init(&s, a);
	db_sql_add(&s,
	    "SELECT n.id, n.kind, n.at, n.read_at, COALESCE(r.ref, i.ref), COALESCE(r.title, i.title), p.name, n.text, "
	    "n.object, n.object_id FROM notice n LEFT JOIN report r ON n.object = 'report' AND r.id = n.object_id "
	    "LEFT JOIN incident i ON n.object = 'incident' AND i.id = n.object_id "
	    "LEFT JOIN person p ON p.id = n.from_id WHERE n.person_id = ?1 AND (?2 = 0 OR n.id < ?2)",
	    DB_INT(me->id), DB_INT(before));
	incident_only_visible(&s, me);
	report_only_visible(&s, me);
	db_sql_add(&s, " ORDER BY n.id DESC LIMIT ?1", DB_INT(limit));
	TRY(db_query_sql(db, &q, &s));
	while (db_row(q)) {
		struct value *o = value_add_object(a, list);

		value_set_int(a, o, "id", db_int(q, 0));
		value_set_text(a, o, "kind", db_dup(a, q, 1));
		value_set_int(a, o, "at", db_int(q, 2));
		value_set_bool(a, o, "read", !db_is_null(q, 3));
		value_set_text(a, o, "ref", db_dup(a, q, 4));
		value_set_text(a, o, "title", db_dup(a, q, 5));
		value_set_text(a, o, "from", db_dup(a, q, 6));
		value_set_text(a, o, "text", db_dup(a, q, 7));
		value_set_text(a, o, "object", db_dup(a, q, 8));
		value_set_int(a, o, "object_id", db_int(q, 9));
	}
	return db_end(q);
}

enum err
notice_read(struct db *db, int64_t person, int64_t id, bool read, int64_t now)
{
	if (id == 0)
		return db_run(db, "UPDATE notice SET read_at = ?2 WHERE person_id = ?1 AND read_at IS NULL", DB_INT(person),
		    DB_INT(now));
	TRY(db_run(db, "UPDATE notice SET read_at = ?3 WHERE person_id = ?1 AND id = ?2", DB_INT(person), DB_INT(id),
	    read ? DB_INT(now) : DB_NULL));
	return db_changed(db) == 1 ? OK : ERR_NOT_FOUND;
}

enum err
notice_read_of(struct db *db, int64_t person, const char *object, int64_t id, int64_t now)
{
	return db_run(db,
	    "UPDATE notice SET read_at = ?4 WHERE person_id = ?1 AND object = ?2 AND object_id = ?3 AND read_at IS NULL",
	    DB_INT(person), DB_TEXT(object), DB_INT(id), DB_INT(now));
}

#define AROUND 120 /* characters of the note that a notice shows */

enum err
notice_mention(struct db *db, struct blob_store *blobs, struct arena *a, const char *object, int64_t id, struct str text,
    struct actor by, struct value *told, struct value *hidden)
{
	size_t who[MENTIONS_MAX], at[MENTIONS_MAX], users;
	static const char *const duty_names[] = { "当番", "on-call", "oncall" };
	struct mention_person *names;
	struct on_call duty;
	struct user *people;

	if (str_find_char(text, '@', 0) == SIZE_MAX && str_find(text, STR("＠"), 0) == SIZE_MAX)
		return OK;
	TRY(user_list(db, a, &people, &users));
	TRY(on_call_now(db, a, by.now, &duty));
	names = arena_many(a, struct mention_person, users + COUNT(duty_names));
	size_t active = 0;

	for (size_t i = 0; i < users; i++) {
		if (!people[i].active)
			continue;
		people[active] = people[i];
		names[active++] = (struct mention_person){ people[i].name, people[i].email };
	}
	/* Whoever is on call has names besides the own one. */
	size_t named = active, on_duty = SIZE_MAX;

	for (size_t i = 0; i < active; i++)
		on_duty = people[i].id == duty.person_id ? i : on_duty;
	for (size_t i = 0; i < COUNT(duty_names) && on_duty != SIZE_MAX; i++)
		names[named++] = (struct mention_person){ duty_names[i], "" };
	size_t n = mention_find(a, text, names, named, who, at);

	for (size_t i = 0; i < n; i++)
		who[i] = who[i] < active ? who[i] : on_duty;
	for (size_t i = 0; i < n; i++) {
		const struct user *u = &people[who[i]];
		AUTO(db_stmt) q = NULL;
		bool is, may;

		bool again = false;

		for (size_t k = 0; k < i; k++)
			again = again || who[k] == who[i];
		if (u->id == by.id || again)
			continue;
		TRY(visible(db, a, object, id, u, &may));
		if (!may) {
			value_add_text(a, hidden, u->name);
			continue;
		}
		TRY(db_one(db, &q, "SELECT mention_mail FROM person WHERE id = ?1", DB_INT(u->id)));
		TRY(notice_add(db, blobs, a,
		    &(struct notice){ .person_id = u->id, .at = by.now, .kind = "mention", .object = object,
			.object_id = id, .from_id = by.id, .mail = db_int(q, 0) != 0,
			.text = arena_cstr(a, utf8_clean_line(a, utf8_take(str_skip(text, at[i]), AROUND))) },
		    u, &is));
		value_add_text(a, told, u->name);
	}
	return OK;
}
