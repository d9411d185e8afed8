/* SPDX-License-Identifier: Apache-2.0 */
#include "takedown/answer_store.h"

#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "directory/contact_store.h"
#include "incident/notification_store.h"
#include "takedown/mailing_letter_store.h"
#include "takedown/site_store.h"
#include "text/value.h"

static bool
is(const char *a, const char *b)
{
	return a != NULL && strcmp(a, b) == 0;
}

enum err
answer_find(struct db *db, struct arena *a, struct str token, int64_t now, struct mailing_letter *ret)
{
	AUTO(db_stmt) q = NULL;

	if (token.n != 43)
		return ERR_NOT_FOUND;
	TRY(db_one(db, &q, "SELECT id FROM mailing_letter WHERE token_hash = ?1 AND token_until > ?2",
	    DB_TEXT(mailing_token_hash(a, token)), DB_INT(now)));
	return mailing_letter_get(db, a, db_int(q, 0), NULL, ret);
}

/* The site changed meanwhile: read it anew for each change. */
static enum err
set_site(struct db *db, struct arena *a, const struct mailing_letter *l, int64_t id, const char *what, struct actor by)
{
	struct site s;

	TRY(site_get(db, a, id, NULL, &s));
	if (s.removed_at != 0)
		return OK;
	if (is(what, "done")) {
		if (is(s.state, "stopped"))
			return OK;
		s.next_check_at = by.now;
	} else if (is(what, "not-ours")) {
		TRY(contact_known_wrong(db, a, "host", s.host, l->contact_id, by));
		if (s.contact_id == l->contact_id)
			s.contact_id = 0;
	} else
		return OK;
	return site_change(db, a, &s, by);
}

static enum err
take_one(struct db *db, struct arena *a, const struct mailing_letter *l, const struct answer *x, struct actor by,
    bool *ret_is_in)
{
	struct value *v = value_object(a);
	struct site s;

	TRY(db_run(db,
	    "UPDATE mailing_site SET answer = ?3, note = ?4, answered_at = ?5 WHERE letter_id = ?1 AND site_id = ?2 "
	    "AND taken_out = 0",
	    DB_INT(l->id), DB_INT(x->site), DB_TEXT(x->what), DB_TEXT(x->note), DB_INT(by.now)));
	*ret_is_in = db_changed(db) == 1; /* else of another letter */
	if (!*ret_is_in || x->what == NULL)
		return OK;
	TRY(db_run(db,
	    "UPDATE notification_site SET answer = ?3, answered_at = ?4 WHERE site_id = ?2 AND notification_id IN "
	    "(SELECT id FROM notification WHERE id = ?1 OR lead_id = ?1)",
	    DB_INT(l->lead_id), DB_INT(x->site), DB_TEXT(x->what), DB_INT(by.now)));
	TRY(set_site(db, a, l, x->site, x->what, by));
	TRY(site_get(db, a, x->site, NULL, &s));
	value_set_text(a, v, "url", s.url);
	value_set_text(a, v, "answer", x->what);
	value_set_text(a, v, "note", x->note);
	value_set_text(a, v, "org", l->organisation);
	return journal_write(db, a,
	    &(struct journal_entry){
		.at = by.now,
		.actor_name = by.name,
		.action = "site.answer",
		.object = "site",
		.object_id = x->site,
		.also = "incident",
		.also_id = s.incident_id,
		.payload = v,
	    });
}

/* Done when all of its sites are, declined when none is its. */
static enum err
set_threads(struct db *db, const struct mailing_letter *l, int64_t now)
{
	return db_run(db,
	    "UPDATE notification SET answered_at = COALESCE(answered_at, ?2), last_in_at = ?2, due_at = NULL, "
	    "unread = unread + 1, version = version + 1, acted_at = CASE WHEN EXISTS (SELECT 1 FROM notification_site x "
	    "WHERE x.notification_id = notification.id AND x.answer = 'done') THEN COALESCE(acted_at, ?2) ELSE acted_at "
	    "END, state = CASE WHEN state IN ('actioned', 'declined', 'closed') THEN state "
	    "WHEN NOT EXISTS (SELECT 1 FROM notification_site x WHERE x.notification_id = notification.id "
	    "AND COALESCE(x.answer, '') <> 'done') THEN 'actioned' "
	    "WHEN NOT EXISTS (SELECT 1 FROM notification_site x WHERE x.notification_id = notification.id "
	    "AND COALESCE(x.answer, '') <> 'not-ours') THEN 'declined' ELSE 'acknowledged' END "
	    "WHERE id = ?1 OR lead_id = ?1",
	    DB_INT(l->lead_id), DB_INT(now));
}

enum err
answer_take(struct db *db, struct arena *a, const struct mailing_letter *l, const struct answer *list, size_t n,
    struct actor by)
{
	AUTO(db_stmt) q = NULL;
	bool in;

	/* Only one of two at the same time is taken. */
	TRY(db_run(db,
	    "UPDATE mailing_letter SET answered_at = ?3 WHERE lead_id = ?1 AND answered_at IS NULL "
	    "AND EXISTS (SELECT 1 FROM mailing_letter x WHERE x.id = ?2 AND x.answered_at IS NULL)",
	    DB_INT(l->lead_id), DB_INT(l->id), DB_INT(by.now)));
	if (db_changed(db) == 0)
		return ERR_CONFLICT;
	TRY(db_one(db, &q, "SELECT sent_at, answered_at FROM notification WHERE id = ?1", DB_INT(l->lead_id)));
	if (!db_is_null(q, 0) && db_is_null(q, 1))
		TRY(contact_answered(db, l->contact_id, by.now - db_int(q, 0), by.now));
	for (size_t i = 0; i < n; i++)
		TRY(take_one(db, a, l, &list[i], by, &in));
	return set_threads(db, l, by.now);
}

enum err
answer_reopen(struct db *db, struct arena *a, const struct mailing_letter *l, int64_t until, struct actor by)
{
	struct value *v = value_object(a);

	TRY(db_run(db,
	    "UPDATE mailing_letter SET answered_at = NULL, token_until = CASE WHEN token_until > ?2 THEN token_until "
	    "ELSE ?2 END WHERE id = ?1 AND answered_at IS NOT NULL",
	    DB_INT(l->id), DB_INT(until)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	value_set_int(a, v, "letter", l->id);
	value_set_text(a, v, "ref", l->ref);
	return journal_tell(db, a, "mailing.reopen", "mailing", l->mailing_id, v, by);
}
