/* SPDX-License-Identifier: Apache-2.0 */
#include "db/db.h"
#include "incident/ready.h"

enum err
ready_words(struct db *db, struct arena *a, const struct ready_letter *r, enum lang lang, struct ready_words *ret)
{
	AUTO(db_stmt) q = NULL;

	ready_shipped(a, r, lang, ret);
	TRY(db_query(db, &q, "SELECT subject, body, version, updated_at FROM template WHERE name = ?1 AND lang = ?2",
	    DB_TEXT(r->name), DB_TEXT(lang_code(lang))));
	if (db_row(q)) {
		ret->version = db_int(q, 2);
		ret->updated_at = db_int(q, 3);
		/* Without a body: the shipped words were restored. */
		if (*db_text(q, 1) != '\0') {
			ret->subject = db_dup(a, q, 0);
			ret->body = db_dup(a, q, 1);
		}
	}
	return db_end(q);
}

enum err
ready_save(struct db *db, const struct ready_letter *r, enum lang lang, int64_t version, const char *subject,
    const char *body, int64_t now)
{
	TRY(db_run(db,
	    "INSERT INTO template (name, lang, subject, body, version, updated_at) VALUES (?1, ?2, '', '', 0, ?3) "
	    "ON CONFLICT (name, lang) DO NOTHING",
	    DB_TEXT(r->name), DB_TEXT(lang_code(lang)), DB_INT(now)));
	TRY(db_run(db,
	    "UPDATE template SET subject = ?3, body = ?4, version = version + 1, updated_at = ?6 "
	    "WHERE name = ?1 AND lang = ?2 AND version = ?5",
	    DB_TEXT(r->name), DB_TEXT(lang_code(lang)), DB_TEXT(subject), DB_TEXT(body), DB_INT(version), DB_INT(now)));
	return db_changed(db) == 0 ? ERR_CONFLICT : OK;
}

enum err
ready_restore(struct db *db, const struct ready_letter *r, enum lang lang, int64_t version, int64_t now)
{
	return ready_save(db, r, lang, version, "", "", now);
}
