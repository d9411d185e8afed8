/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/watch_store.h"

#include "base/arena.h"
#include "base/url.h"
#include "db/db.h"
#include "incident/notice_store.h"

enum err
watch_add(struct db *db, const struct watch *v, int64_t *ret_id)
{
	AUTO(db_stmt) many = NULL;
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &many, "SELECT COUNT(*) FROM watch WHERE COALESCE(person_id, 0) = ?1", DB_INT(v->person_id)));
	if (db_int(many, 0) >= WATCHES_MAX)
		return ERR_LIMIT;
	TRY(db_query(db, &q,
	    "INSERT INTO watch (person_id, kind, value, note, created_by, created_at, until, mail) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING RETURNING id",
	    DB_INT_OR_NULL(v->person_id), DB_TEXT(v->kind), DB_TEXT(v->value), DB_TEXT(v->note),
	    DB_INT(v->created_by), DB_INT(v->created_at), DB_INT_OR_NULL(v->until), DB_INT(v->mail)));
	if (!db_row(q)) {
		TRY(db_end(q));
		return ERR_EXISTS;
	}
	*ret_id = db_int(q, 0);
	return OK;
}

#define COLUMNS                                                                                    \
	"SELECT v.id, v.person_id, v.kind, v.value, v.note, v.created_by, v.created_at, v.until, " \
	"p.name, v.mail, v.hits, v.hit_at FROM watch v LEFT JOIN person p ON p.id = v.created_by "

static void
read_watch(struct arena *a, struct db_stmt *q, struct watch *v)
{
	*v = (struct watch){
		.id = db_int(q, 0),
		.person_id = db_int(q, 1),
		.kind = db_dup(a, q, 2),
		.value = db_dup(a, q, 3),
		.note = db_dup(a, q, 4),
		.created_by = db_int(q, 5),
		.created_at = db_int(q, 6),
		.until = db_int(q, 7),
		.creator = db_dup(a, q, 8),
		.mail = db_int(q, 9) != 0,
		.hits = db_int(q, 10),
		.hit_at = db_int(q, 11),
	};
}

enum err
watch_list(struct db *db, struct arena *a, int64_t person, struct watch **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	struct watch *list = NULL;
	size_t n = 0;

	TRY(db_query(db, &q, COLUMNS "WHERE v.person_id = ?1 OR v.person_id IS NULL ORDER BY v.id DESC LIMIT 1000",
	    DB_INT(person)));
	while (db_row(q)) {
		list = arena_room(a, list, n, sizeof(*list));
		read_watch(a, q, &list[n++]);
	}
	*ret = list;
	*ret_n = n;
	return db_end(q);
}

enum err
watch_get(struct db *db, struct arena *a, int64_t id, int64_t person, struct watch *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, COLUMNS "WHERE v.id = ?1 AND (v.person_id = ?2 OR v.person_id IS NULL)", DB_INT(id),
	    DB_INT(person)));
	read_watch(a, q, ret);
	return OK;
}

enum err
watch_delete(struct db *db, int64_t id)
{
	TRY(db_run(db, "DELETE FROM watch WHERE id = ?1", DB_INT(id)));
	return db_changed(db) == 1 ? OK : ERR_NOT_FOUND;
}

enum err
watch_any(struct db *db, bool *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q, "SELECT 1 FROM watch LIMIT 1"));
	*ret = db_row(q);
	return db_end(q);
}

struct met {
	int64_t id, person;
	const char *kind, *value;
	bool mail;
};

static enum err
find(struct db *db, struct arena *a, const struct watch_seen *seen, size_t n, int64_t now, struct met **met,
    size_t *mets)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	db_sql_init(&s, a);
	db_sql_add(&s, "SELECT id, person_id, kind, value, mail FROM watch WHERE (until IS NULL OR until > ?1) "
		       "AND value IN (NULL", DB_INT(now));
	for (size_t i = 0; i < n; i++)
		db_sql_add(&s, ", ?1", DB_STR(seen[i].value));
	db_sql_add(&s, ") ORDER BY id LIMIT 500");
	TRY(db_query_sql(db, &q, &s));
	while (db_row(q)) {
		bool same = false;

		for (size_t i = 0; i < n && !same; i++)
			same = str_is(seen[i].value, db_text(q, 3)) && str_is(db_str(q, 2), seen[i].kind);
		if (!same)
			continue;
		*met = arena_room(a, *met, *mets, sizeof(**met));
		(*met)[(*mets)++] = (struct met){ db_int(q, 0), db_int(q, 1), db_dup(a, q, 2), db_dup(a, q, 3),
			db_int(q, 4) != 0 };
	}
	return db_end(q);
}

enum err
watch_meet(struct db *db, struct blob_store *blobs, struct arena *a, const char *object, int64_t id,
    const struct watch_seen *seen, size_t n, int64_t now)
{
	struct met *met = NULL;
	struct user *people;
	size_t mets = 0, users;
	bool watched;

	TRY(watch_any(db, &watched));
	for (size_t at = 0; watched && at < n; at += 100)
		TRY(find(db, a, &seen[at], n - at < 100 ? n - at : 100, now, &met, &mets));
	if (mets == 0)
		return OK;
	TRY(user_list(db, a, &people, &users));
	for (size_t i = 0; i < mets; i++) {
		bool told = false;

		for (size_t k = 0; k < users; k++) {
			const struct user *u = &people[k];

			if (met[i].person != 0 ? u->id != met[i].person : !auth_may(u->role, PERM_REPORT_EDIT))
				continue;
			bool is;

			TRY(notice_add(db, blobs, a,
			    &(struct notice){ .person_id = u->id, .at = now, .kind = "watch", .object = object,
				.object_id = id, .text = met[i].value, .watch_id = met[i].id, .mail = met[i].mail },
			    u, &is));
			told = told || is;
		}
		if (told)
			TRY(db_run(db, "UPDATE watch SET hits = hits + 1, hit_at = ?2 WHERE id = ?1",
			    DB_INT(met[i].id), DB_INT(now)));
	}
	return OK;
}
