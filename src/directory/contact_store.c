/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/contact_store.h"

#include "base/arena.h"
#include "db/db.h"
#include "text/value.h"

#define CONTACT \
	"SELECT id, organisation_id, purpose, name, kana, romaji, title, email, phone, fax, url, lang, hours, " \
	"key_id, smime, smime_expires_at, source, source_at, verified_at, valid_until, test_days, " \
	"test_due_at, read_at, asked, answered, answer_ms, bounces, do_not_contact, note, position, " \
	"removed_at, version, tested_at, test_result FROM contact "

static void
read_contact(struct db_stmt *q, struct arena *a, struct contact *ret)
{
	*ret = (struct contact){
		.id = db_int(q, 0),
		.organisation_id = db_int(q, 1),
		.purpose = db_dup(a, q, 2),
		.name = db_dup(a, q, 3),
		.kana = db_dup(a, q, 4),
		.romaji = db_dup(a, q, 5),
		.title = db_dup(a, q, 6),
		.email = db_dup(a, q, 7),
		.phone = db_dup(a, q, 8),
		.fax = db_dup(a, q, 9),
		.url = db_dup(a, q, 10),
		.lang = db_dup(a, q, 11),
		.hours = db_dup(a, q, 12),
		.key_id = db_int(q, 13),
		.smime = db_dup(a, q, 14),
		.smime_expires_at = db_int(q, 15),
		.source = db_dup(a, q, 16),
		.source_at = db_int(q, 17),
		.verified_at = db_int(q, 18),
		.valid_until = db_int(q, 19),
		.test_days = db_int(q, 20),
		.test_due_at = db_int(q, 21),
		.read_at = db_int(q, 22),
		.asked = db_int(q, 23),
		.answered = db_int(q, 24),
		.answer_ms = db_int(q, 25),
		.bounces = db_int(q, 26),
		.do_not_contact = db_int(q, 27) != 0,
		.note = db_dup(a, q, 28),
		.position = db_int(q, 29),
		.removed_at = db_int(q, 30),
		.version = db_int(q, 31),
		.tested_at = db_int(q, 32),
		.test_result = db_dup(a, q, 33),
	};
}

static const char *
or_null(const char *s)
{
	return s == NULL || *s == '\0' ? NULL : s;
}

static const char *
or_else(const char *s, const char *otherwise)
{
	return s == NULL || *s == '\0' ? otherwise : s;
}

enum err
contact_get(struct db *db, struct arena *a, int64_t id, struct contact *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, CONTACT "WHERE id = ?1", DB_INT(id)));
	read_contact(q, a, ret);
	return OK;
}

enum err
contact_by_email(struct db *db, struct arena *a, const char *email, struct contact *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, CONTACT "WHERE email = ?1 AND removed_at IS NULL ORDER BY id LIMIT 1", DB_TEXT(email)));
	read_contact(q, a, ret);
	return OK;
}

enum err
contact_list(struct db *db, struct arena *a, int64_t organisation, struct contact **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &q, CONTACT "WHERE organisation_id = ?1 AND removed_at IS NULL ORDER BY position, id LIMIT 500",
	    DB_INT(organisation)));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		read_contact(q, a, &(*ret)[(*ret_n)++]);
	}
	return db_end(q);
}

static enum err
tell_contact(struct db *db, struct arena *a, const char *action, const struct contact *c, struct actor by)
{
	struct value *v = value_object(a);

	value_set_int(a, v, "contact", c->id);
	value_set_text(a, v, "purpose", c->purpose);
	value_set_text(a, v, "name", or_null(c->name));
	value_set_text(a, v, "email", or_null(c->email));
	value_set_text(a, v, "phone", or_null(c->phone));
	return organisation_tell(db, a, action, c->organisation_id, v, by);
}

enum err
contact_add(struct db *db, struct arena *a, const struct contact *c, struct actor by, int64_t *ret_id)
{
	struct contact made = *c;

	TRY(db_insert(db, &made.id,
	    "INSERT INTO contact (organisation_id, purpose, name, kana, romaji, title, email, phone, fax, url, "
	    "lang, hours, key_id, smime, smime_expires_at, source, source_at, verified_at, valid_until, "
	    "test_days, test_due_at, do_not_contact, note, position) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, "
	    "?20, ?21, ?22, ?23, ?24) RETURNING id",
	    DB_INT(c->organisation_id), DB_TEXT(c->purpose), DB_TEXT_OR_NULL(c->name),
	    DB_TEXT_OR_NULL(c->kana), DB_TEXT_OR_NULL(c->romaji), DB_TEXT_OR_NULL(c->title),
	    DB_TEXT_OR_NULL(c->email), DB_TEXT_OR_NULL(c->phone), DB_TEXT_OR_NULL(c->fax),
	    DB_TEXT_OR_NULL(c->url), DB_TEXT_OR_NULL(c->lang), DB_TEXT_OR_NULL(c->hours),
	    DB_INT_OR_NULL(c->key_id), DB_TEXT_OR_NULL(c->smime), DB_INT_OR_NULL(c->smime_expires_at),
	    DB_TEXT(or_else(c->source, "manual")), DB_INT(c->source_at == 0 ? by.now : c->source_at),
	    DB_INT_OR_NULL(c->verified_at), DB_INT_OR_NULL(c->valid_until), DB_INT(c->test_days),
	    DB_INT_OR_NULL(c->test_due_at), DB_INT(c->do_not_contact), DB_TEXT_OR_NULL(c->note),
	    DB_INT(c->position)));
	*ret_id = made.id;
	return tell_contact(db, a, "contact.add", &made, by);
}

enum err
contact_change(struct db *db, struct arena *a, const struct contact *c, struct actor by)
{
	TRY(db_run(db,
	    "UPDATE contact SET purpose = ?3, name = ?4, kana = ?5, romaji = ?6, title = ?7, email = ?8, "
	    "phone = ?9, fax = ?10, url = ?11, lang = ?12, hours = ?13, key_id = ?14, smime = ?15, "
	    "smime_expires_at = ?16, verified_at = ?17, valid_until = ?18, test_days = ?19, "
	    "test_due_at = ?20, do_not_contact = ?21, note = ?22, position = ?23, version = version + 1 "
	    "WHERE id = ?1 AND version = ?2",
	    DB_INT(c->id), DB_INT(c->version), DB_TEXT(c->purpose), DB_TEXT_OR_NULL(c->name),
	    DB_TEXT_OR_NULL(c->kana), DB_TEXT_OR_NULL(c->romaji), DB_TEXT_OR_NULL(c->title),
	    DB_TEXT_OR_NULL(c->email), DB_TEXT_OR_NULL(c->phone), DB_TEXT_OR_NULL(c->fax),
	    DB_TEXT_OR_NULL(c->url), DB_TEXT_OR_NULL(c->lang), DB_TEXT_OR_NULL(c->hours),
	    DB_INT_OR_NULL(c->key_id), DB_TEXT_OR_NULL(c->smime), DB_INT_OR_NULL(c->smime_expires_at),
	    DB_INT_OR_NULL(c->verified_at), DB_INT_OR_NULL(c->valid_until), DB_INT(c->test_days),
	    DB_INT_OR_NULL(c->test_due_at), DB_INT(c->do_not_contact), DB_TEXT_OR_NULL(c->note),
	    DB_INT(c->position)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	return tell_contact(db, a, "contact.change", c, by);
}

enum err
contact_remove(struct db *db, struct arena *a, const struct contact *c, struct actor by)
{
	TRY(db_run(db,
	    "UPDATE contact SET removed_at = ?2, version = version + 1 WHERE id = ?1 AND removed_at IS NULL",
	    DB_INT(c->id), DB_INT(by.now)));
	return db_changed(db) == 1 ? tell_contact(db, a, "contact.remove", c, by) : ERR_CONFLICT;
}

enum err
contact_restore(struct db *db, struct arena *a, const struct contact *c, struct actor by)
{
	TRY(db_run(db,
	    "UPDATE contact SET removed_at = NULL, version = version + 1 "
	    "WHERE id = ?1 AND removed_at IS NOT NULL",
	    DB_INT(c->id)));
	return db_changed(db) == 1 ? tell_contact(db, a, "contact.restore", c, by) : ERR_CONFLICT;
}

enum err
contact_asked(struct db *db, int64_t id)
{
	return db_run(db, "UPDATE contact SET asked = asked + 1 WHERE id = ?1", DB_INT(id));
}

enum err
contact_answered(struct db *db, int64_t id, int64_t ms, int64_t now)
{
	return db_run(db,
	    "UPDATE contact SET answered = answered + 1, answer_ms = answer_ms + ?2, bounces = 0, "
	    "verified_at = ?3 WHERE id = ?1",
	    DB_INT(id), DB_INT(ms), DB_INT(now));
}

enum err
contact_bounced(struct db *db, int64_t id)
{
	return db_run(db, "UPDATE contact SET bounces = bounces + 1 WHERE id = ?1", DB_INT(id));
}

enum err
contact_move(struct db *db, struct arena *a, const struct contact *c, int up, struct actor by)
{
	struct contact *list;
	size_t n, at;

	TRY(contact_list(db, a, c->organisation_id, &list, &n));
	for (at = 0; at < n && list[at].id != c->id; at++)
		;
	if (at == n)
		return ERR_NOT_FOUND;
	size_t to = up > 0 ? (at == 0 ? 0 : at - 1) : (at + 1 < n ? at + 1 : at);

	if (to == at)
		return OK;
	for (size_t i = 0; i < n; i++) {
		size_t place = i == at ? to : i == to ? at : i;

		TRY(db_run(db, "UPDATE contact SET position = ?2 WHERE id = ?1", DB_INT(list[i].id),
		    DB_INT((int64_t)place)));
	}
	return tell_contact(db, a, "contact.move", c, by);
}
