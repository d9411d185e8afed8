/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/party_store.h"

#include "base/arena.h"
#include "db/db.h"
#include "journal/journal.h"
#include "text/value.h"

enum err
party_get(struct db *db, struct arena *a, int64_t incident, int64_t id, struct party *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q,
	    "SELECT id, incident_id, role, org, name, email, phone, cc, asset_cc, lang, zone, note, known, "
	    "key_id, removed_at, version FROM party WHERE id = ?1 AND incident_id = ?2",
	    DB_INT(id), DB_INT(incident)));
	*ret = (struct party){
		.id = db_int(q, 0),
		.incident_id = db_int(q, 1),
		.role = db_dup(a, q, 2),
		.org = db_dup(a, q, 3),
		.name = db_dup(a, q, 4),
		.email = db_dup(a, q, 5),
		.phone = db_dup(a, q, 6),
		.cc = db_dup(a, q, 7),
		.asset_cc = db_dup(a, q, 8),
		.lang = db_dup(a, q, 9),
		.zone = db_dup(a, q, 10),
		.note = db_dup(a, q, 11),
		.known = db_int(q, 12) != 0,
		.key_id = db_int(q, 13),
		.removed_at = db_int(q, 14),
		.version = db_int(q, 15),
	};
	return OK;
}

static const char *
or_null(const char *s)
{
	return s == NULL || *s == '\0' ? NULL : s;
}

static enum err
tell(struct db *db, struct arena *a, const char *action, const struct party *p, struct actor by)
{
	struct value *v = value_object(a);

	value_set_int(a, v, "party", p->id);
	value_set_text(a, v, "org", p->org);
	value_set_text(a, v, "role", p->role);
	value_set_text(a, v, "email", or_null(p->email));
	return journal_tell(db, a, action, "incident", p->incident_id, v, by);
}

enum err
party_add(struct db *db, struct arena *a, const struct party *p, struct actor by, int64_t *ret_id)
{
	struct party made = *p;

	TRY(db_insert(db, &made.id,
	    "INSERT INTO party (incident_id, role, org, name, email, phone, cc, asset_cc, lang, zone, note, "
	    "key_id, known) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
	    "CASE WHEN EXISTS (SELECT 1 FROM party WHERE email = ?5 AND known = 1) THEN 1 ELSE 0 END) "
	    "RETURNING id",
	    DB_INT(p->incident_id), DB_TEXT(p->role), DB_TEXT(p->org), DB_TEXT_OR_NULL(p->name),
	    DB_TEXT_OR_NULL(p->email), DB_TEXT_OR_NULL(p->phone), DB_TEXT_OR_NULL(p->cc),
	    DB_TEXT_OR_NULL(p->asset_cc), DB_TEXT(p->lang), DB_TEXT_OR_NULL(p->zone),
	    DB_TEXT_OR_NULL(p->note), DB_INT_OR_NULL(p->key_id)));
	*ret_id = made.id;
	return tell(db, a, "party.add", &made, by);
}

enum err
party_change(struct db *db, struct arena *a, const struct party *p, struct actor by)
{
	TRY(db_run(db,
	    "UPDATE party SET role = ?3, org = ?4, name = ?5, email = ?6, phone = ?7, cc = ?8, asset_cc = ?9, "
	    "lang = ?10, zone = ?11, note = ?12, key_id = ?13, version = version + 1 "
	    "WHERE id = ?1 AND version = ?2",
	    DB_INT(p->id), DB_INT(p->version), DB_TEXT(p->role), DB_TEXT(p->org), DB_TEXT_OR_NULL(p->name),
	    DB_TEXT_OR_NULL(p->email), DB_TEXT_OR_NULL(p->phone), DB_TEXT_OR_NULL(p->cc),
	    DB_TEXT_OR_NULL(p->asset_cc), DB_TEXT(p->lang), DB_TEXT_OR_NULL(p->zone),
	    DB_TEXT_OR_NULL(p->note), DB_INT_OR_NULL(p->key_id)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	return tell(db, a, "party.change", p, by);
}

enum err
party_remove(struct db *db, struct arena *a, const struct party *p, struct actor by)
{
	TRY(db_run(db,
	    "UPDATE party SET removed_at = ?2, version = version + 1 WHERE id = ?1 AND removed_at IS NULL",
	    DB_INT(p->id), DB_INT(by.now)));
	return db_changed(db) == 1 ? tell(db, a, "party.remove", p, by) : ERR_CONFLICT;
}

enum err
party_restore(struct db *db, struct arena *a, const struct party *p, struct actor by)
{
	TRY(db_run(db,
	    "UPDATE party SET removed_at = NULL, version = version + 1 "
	    "WHERE id = ?1 AND removed_at IS NOT NULL",
	    DB_INT(p->id)));
	return db_changed(db) == 1 ? tell(db, a, "party.restore", p, by) : ERR_CONFLICT;
}

enum err
party_key_find(struct db *db, struct arena *a, int64_t party, const char *email, struct pgp_key *ret)
{
	AUTO(db_stmt) q = NULL;

	*ret = (struct pgp_key){ 0 };
	TRY(db_query(db, &q,
	    "SELECT k.id, k.fingerprint, k.email, k.armored, k.created_at, k.expires_at FROM pgp_key k "
	    "WHERE k.id = (SELECT key_id FROM party WHERE id = ?1) OR k.email = ?2 "
	    "ORDER BY CASE WHEN k.id = (SELECT key_id FROM party WHERE id = ?1) THEN 0 ELSE 1 END, "
	    "k.id DESC LIMIT 1",
	    DB_INT(party), DB_TEXT_OR_NULL(email)));
	if (!db_row(q))
		return db_end(q);
	*ret = (struct pgp_key){
		.id = db_int(q, 0),
		.fingerprint = db_dup(a, q, 1),
		.email = db_dup(a, q, 2),
		.armored = db_dup(a, q, 3),
		.created_at = db_int(q, 4),
		.expires_at = db_int(q, 5),
	};
	return OK;
}
