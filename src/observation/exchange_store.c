/* SPDX-License-Identifier: Apache-2.0 */
#include "observation/exchange_store.h"

#include <string.h>

#include "auth/auth_scope.h"
#include "auth/setting.h"
#include "base/arena.h"
#include "blob/blob.h"
#include "db/db.h"
#include "directory/country.h"
#include "directory/organisation.h"
#include "incident/letter.h"
#include "incident/letter_fill.h"
#include "incident/message_store.h"
#include "incident/party_store.h"
#include "job/job.h"

#define ROW                                                                                                                \
	"SELECT x.id, x.organisation_id, x.country, x.form, x.channel, x.tlp, x.together, x.encrypt, x.contact_id, "        \
	"x.active_from, x.token_hash, x.token_at, x.created_at, x.version, o.name, o.name_en, COALESCE(c.lang, o.lang), "   \
	"o.max_tlp, o.removed_at, CASE WHEN c.removed_at IS NULL AND c.do_not_contact = 0 AND o.historical = 0 THEN c.email " \
	"END, c.name FROM exchange x JOIN organisation o ON o.id = x.organisation_id LEFT JOIN contact c ON c.id = x.contact_id "

static void
read_row(struct db_stmt *q, struct arena *a, struct exchange *ret)
{
	*ret = (struct exchange){
		.id = db_int(q, 0),
		.organisation_id = db_int(q, 1),
		.country = db_dup(a, q, 2),
		.form = db_dup(a, q, 3),
		.channel = db_dup(a, q, 4),
		.tlp = db_dup(a, q, 5),
		.together = db_int(q, 6) != 0,
		.encrypt = db_int(q, 7) != 0,
		.contact_id = db_int(q, 8),
		.active = !db_is_null(q, 9),
		.active_from = db_int(q, 9),
		.has_token = !db_is_null(q, 10),
		.token_at = db_int(q, 11),
		.created_at = db_int(q, 12),
		.version = db_int(q, 13),
		.organisation = db_dup(a, q, 14),
		.organisation_en = db_dup(a, q, 15),
		.lang = db_dup(a, q, 16),
		.max_tlp = db_dup(a, q, 17),
		.removed = !db_is_null(q, 18),
		.email = db_dup(a, q, 19),
		.person = db_dup(a, q, 20),
	};
}

static enum err
find_key(struct db *db, struct arena *a, int64_t now, struct exchange *x)
{
	struct pgp_key key;

	if (x->email == NULL)
		return OK;
	TRY(party_key_find(db, a, 0, x->email, &key));
	x->has_key = key.fingerprint != NULL && (key.expires_at == 0 || key.expires_at > now);
	return OK;
}

enum err
exchange_list(struct db *db, struct arena *a, int64_t now, struct exchange **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &q, ROW "ORDER BY x.country, o.name, x.id"));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		read_row(q, a, &(*ret)[(*ret_n)++]);
	}
	TRY(db_end(q));
	for (size_t i = 0; i < *ret_n; i++)
		TRY(find_key(db, a, now, &(*ret)[i]));
	return OK;
}

enum err
exchange_get(struct db *db, struct arena *a, int64_t id, int64_t now, struct exchange *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, ROW "WHERE x.id = ?1", DB_INT(id)));
	read_row(q, a, ret);
	return find_key(db, a, now, ret);
}

enum err
exchange_of_token(struct db *db, struct arena *a, struct str token, int64_t now, struct exchange *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, ROW "WHERE x.token_hash = ?1 AND x.active_from IS NOT NULL AND o.removed_at IS NULL",
	    DB_TEXT(auth_secret_hash(a, token))));
	read_row(q, a, ret);
	return find_key(db, a, now, ret);
}

struct exchange_check
exchange_check_of(const struct exchange *x)
{
	return (struct exchange_check){ .channel = x->channel, .tlp = x->tlp, .max_tlp = x->max_tlp, .removed = x->removed,
		.email = x->email, .encrypt = x->encrypt, .has_key = x->has_key, .has_token = x->has_token };
}

static enum err
tell(struct db *db, struct arena *a, const char *action, int64_t id, int64_t organisation, struct value *v, struct actor by)
{
	return journal_write(db, a,
	    &(struct journal_entry){ .at = by.now, .actor = by.id, .actor_name = by.name, .action = action, .object = "exchange",
		.object_id = id, .also = organisation == 0 ? NULL : "organisation", .also_id = organisation, .payload = v });
}

static struct value *
words(struct arena *a, const struct exchange *x)
{
	struct value *v = value_object(a);

	value_set_text(a, v, "country", x->country);
	value_set_text(a, v, "form", x->form);
	value_set_bool(a, v, "together", x->together);
	value_set_text(a, v, "channel", x->channel);
	value_set_int(a, v, "contact", x->contact_id);
	value_set_bool(a, v, "encrypt", x->encrypt);
	value_set_text(a, v, "tlp", x->tlp);
	return v;
}

static enum err
taken(struct db *db, const struct exchange *x, int64_t except)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q, "SELECT 1 FROM exchange WHERE organisation_id = ?1 AND country = ?2 AND id <> ?3",
	    DB_INT(x->organisation_id), DB_TEXT(x->country), DB_INT(except)));
	if (db_row(q))
		return ERR_EXISTS;
	return db_end(q);
}

enum err
exchange_add(struct db *db, struct arena *a, const struct exchange *x, struct actor by, int64_t *ret)
{
	TRY(taken(db, x, 0));
	TRY(db_insert(db, ret,
	    "INSERT INTO exchange (organisation_id, country, form, together, channel, contact_id, encrypt, tlp, created_at) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING id",
	    DB_INT(x->organisation_id), DB_TEXT(x->country), DB_TEXT(x->form), DB_INT(x->together), DB_TEXT(x->channel),
	    DB_INT_OR_NULL(x->contact_id), DB_INT(x->encrypt), DB_TEXT(x->tlp), DB_INT(by.now)));
	return tell(db, a, "exchange.add", *ret, x->organisation_id, words(a, x), by);
}

enum err
exchange_change(struct db *db, struct arena *a, const struct exchange *x, struct actor by)
{
	TRY(taken(db, x, x->id));
	TRY(db_run(db,
	    "UPDATE exchange SET country = ?2, form = ?3, together = ?4, channel = ?5, contact_id = ?6, encrypt = ?7, tlp = ?8, "
	    "version = version + 1 WHERE id = ?1 AND version = ?9",
	    DB_INT(x->id), DB_TEXT(x->country), DB_TEXT(x->form), DB_INT(x->together), DB_TEXT(x->channel),
	    DB_INT_OR_NULL(x->contact_id), DB_INT(x->encrypt), DB_TEXT(x->tlp), DB_INT(x->version)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	return tell(db, a, "exchange.change", x->id, x->organisation_id, words(a, x), by);
}

enum err
exchange_switch(struct db *db, struct arena *a, const struct exchange *x, int64_t from, struct actor by)
{
	TRY(db_run(db, "UPDATE exchange SET active_from = ?2, version = version + 1 WHERE id = ?1 AND version = ?3", DB_INT(x->id),
	    DB_INT_OR_NULL(from), DB_INT(x->version)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	return tell(db, a, from != 0 ? "exchange.on" : "exchange.off", x->id, x->organisation_id, words(a, x), by);
}

enum err
exchange_token_new(struct db *db, struct arena *a, const struct exchange *x, struct actor by, const char **ret)
{
	*ret = auth_secret_new(a);
	TRY(db_run(db, "UPDATE exchange SET token_hash = ?2, token_at = ?3, version = version + 1 WHERE id = ?1", DB_INT(x->id),
	    DB_TEXT(auth_secret_hash(a, str_of(*ret))), DB_INT(by.now)));
	return tell(db, a, "exchange.token", x->id, x->organisation_id, NULL, by);
}

enum err
exchange_countries(struct db *db, struct arena *a, int64_t organisation, const char ***ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &q,
	    "SELECT cc FROM organisation WHERE id = ?1 AND cc IS NOT NULL UNION SELECT value FROM organisation_scope WHERE organisation_id = ?1 "
	    "AND kind = 'country' ORDER BY 1",
	    DB_INT(organisation)));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		(*ret)[(*ret_n)++] = db_dup(a, q, 0);
	}
	return db_end(q);
}

enum err
exchange_candidates(struct db *db, struct arena *a, bool english, struct value *list)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q,
	    "SELECT id, name, name_en, cc FROM organisation WHERE removed_at IS NULL AND historical = 0 AND kind IN ('csirt', "
	    "'government', 'law-enforcement', 'community', 'partner', 'industry') "
	    "ORDER BY CASE kind WHEN 'csirt' THEN 0 ELSE 1 END, COALESCE(cc, 'ZZ'), name, id LIMIT 1000"));
	while (db_row(q)) {
		struct organisation x = { .name = db_dup(a, q, 1), .name_en = db_dup(a, q, 2) };
		struct value *o = value_add_object(a, list);

		value_set_int(a, o, "id", db_int(q, 0));
		value_set_text(a, o, "name", organisation_name(&x, english));
		value_set_text(a, o, "cc", db_dup(a, q, 3));
	}
	return db_end(q);
}

/* Files */

#define FILE_ROW                                                                                                          \
	"SELECT f.id, f.exchange_id, f.day, f.state, f.form, f.together, f.records, f.events, f.left_out, f.bytes, "       \
	"f.blob_id, f.message_id, COALESCE(f.error, m.error, j.error), f.made_at, m.sent_at, f.fetched_at, f.fetches, "    \
	"f.feedback, f.incident_id, i.ref, f.version, m.state, m.crypto FROM exchange_file f "                             \
	"LEFT JOIN message m ON m.id = f.message_id LEFT JOIN incident i ON i.id = f.incident_id "                         \
	"LEFT JOIN job j ON f.state = 'waiting' AND j.state = 'waiting' AND j.key = 'exchange.make/' || f.id "

static void
read_file(struct db_stmt *q, struct arena *a, struct exchange_file *ret)
{
	*ret = (struct exchange_file){
		.id = db_int(q, 0),
		.exchange_id = db_int(q, 1),
		.day = db_int(q, 2),
		.state = db_dup(a, q, 3),
		.form = db_dup(a, q, 4),
		.together = db_int(q, 5) != 0,
		.records = db_int(q, 6),
		.events = db_int(q, 7),
		.left_out = db_int(q, 8),
		.bytes = db_int(q, 9),
		.blob_id = db_int(q, 10),
		.message_id = db_int(q, 11),
		.error = db_dup(a, q, 12),
		.made_at = db_int(q, 13),
		.sent_at = db_int(q, 14),
		.fetched_at = db_int(q, 15),
		.fetches = db_int(q, 16),
		.feedback = db_dup(a, q, 17),
		.incident_id = db_int(q, 18),
		.incident = db_dup(a, q, 19),
		.version = db_int(q, 20),
		.message_state = db_dup(a, q, 21),
		.crypto = db_dup(a, q, 22),
	};
}

static enum err
read_files(struct db_stmt *q, struct arena *a, struct exchange_file **ret, size_t *ret_n)
{
	*ret = NULL;
	*ret_n = 0;
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		read_file(q, a, &(*ret)[(*ret_n)++]);
	}
	return db_end(q);
}

enum err
exchange_file_list(struct db *db, struct arena *a, int64_t from, int64_t to, struct exchange_file **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q, FILE_ROW "WHERE f.day BETWEEN ?1 AND ?2 ORDER BY f.exchange_id, f.day", DB_INT(from), DB_INT(to)));
	return read_files(q, a, ret, ret_n);
}

enum err
exchange_file_get(struct db *db, struct arena *a, int64_t id, struct exchange_file *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, FILE_ROW "WHERE f.id = ?1", DB_INT(id)));
	read_file(q, a, ret);
	return OK;
}

enum err
exchange_file_of(struct db *db, struct arena *a, int64_t exchange, int64_t day, struct exchange_file *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, FILE_ROW "WHERE f.exchange_id = ?1 AND f.day = ?2", DB_INT(exchange), DB_INT(day)));
	read_file(q, a, ret);
	return OK;
}

enum err
exchange_file_fetchable(struct db *db, struct arena *a, int64_t exchange, struct exchange_file **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q, FILE_ROW "WHERE f.exchange_id = ?1 AND f.blob_id IS NOT NULL ORDER BY f.day DESC LIMIT 100",
	    DB_INT(exchange)));
	return read_files(q, a, ret, ret_n);
}

enum exchange_state
exchange_file_state(const struct exchange_file *f)
{
	return exchange_state_of(f->state, f->message_state, f->fetched_at != 0);
}

static enum err
add_job(struct db *db, struct arena *a, int64_t file, int64_t now)
{
	struct value *p = value_object(a);

	value_set_int(a, p, "file", file);
	return job_add(db, a,
	    &(struct job_new){ .kind = "exchange.make", .payload = p, .key = arena_printf(a, "exchange.make/%lld", (long long)file) },
	    now, NULL);
}

/* 0: it is there already. */
static enum err
add_file(struct db *db, int64_t exchange, int64_t day, int64_t *ret)
{
	AUTO(db_stmt) q = NULL;

	*ret = 0;
	TRY(db_query(db, &q,
	    "INSERT INTO exchange_file (exchange_id, day, state, form, together) SELECT id, ?2, 'waiting', form, together "
	    "FROM exchange WHERE id = ?1 ON CONFLICT (exchange_id, day) DO NOTHING RETURNING id",
	    DB_INT(exchange), DB_INT(day)));
	if (db_row(q))
		*ret = db_int(q, 0);
	return db_end(q);
}

/* The newest day first: it is what people wait for. */
static enum err
plan_one(struct db *db, struct arena *a, int64_t exchange, int64_t from, int64_t newest, int64_t now, int64_t *ret)
{
	for (int64_t day = newest; day >= from && day > newest - EXCHANGE_DAYS_BACK; day--) {
		int64_t id;

		TRY(add_file(db, exchange, day, &id));
		if (id == 0)
			continue;
		TRY(add_job(db, a, id, now));
		(*ret)++;
	}
	return OK;
}

enum err
exchange_plan(struct db *db, struct arena *a, int64_t newest, int64_t now, int64_t *ret)
{
	AUTO(db_stmt) q = NULL;
	int64_t (*due)[2] = NULL;
	size_t n = 0;

	*ret = 0;
	/* Whom any of these days is missing for. */
	TRY(db_query(db, &q,
	    "SELECT x.id, x.active_from FROM exchange x WHERE x.active_from IS NOT NULL AND x.active_from <= ?1 AND (SELECT COUNT(*) "
	    "FROM exchange_file f WHERE f.exchange_id = x.id AND f.day <= ?1 AND f.day >= x.active_from AND f.day > ?1 - ?2) < "
	    "CASE WHEN x.active_from > ?1 - ?2 THEN ?1 - x.active_from + 1 ELSE ?2 END ORDER BY x.id",
	    DB_INT(newest), DB_INT(EXCHANGE_DAYS_BACK)));
	while (db_row(q)) {
		due = arena_room(a, due, n, sizeof(*due));
		due[n][0] = db_int(q, 0);
		due[n++][1] = db_int(q, 1);
	}
	TRY(db_end(q));
	for (size_t i = 0; i < n; i++)
		TRY(plan_one(db, a, due[i][0], due[i][1], newest, now, ret));
	return OK;
}

enum err
exchange_make_day(struct db *db, struct arena *a, int64_t exchange, int64_t day, bool again, struct actor by, int64_t *ret_id,
    bool *ret_new)
{
	struct exchange_file f;
	struct value *v = value_object(a);

	TRY(add_file(db, exchange, day, ret_id));
	*ret_new = *ret_id != 0;
	if (*ret_id == 0) {
		TRY(exchange_file_of(db, a, exchange, day, &f));
		*ret_id = f.id;
		if (!again || strcmp(f.state, "waiting") == 0)
			return OK;
		TRY(db_run(db, "UPDATE exchange_file SET state = 'waiting', error = NULL, version = version + 1 WHERE id = ?1", DB_INT(f.id)));
		*ret_new = true;
	}
	TRY(add_job(db, a, *ret_id, by.now));
	value_set_text(a, v, "day", exchange_day_text(a, day));
	return tell(db, a, "exchange.again", exchange, 0, v, by);
}

static enum err
forget_blobs(struct db *db, struct arena *a, const int64_t *blob, size_t n)
{
	(void)a;
	for (size_t i = 0; i < n; i++)
		TRY(blob_forget(db, blob[i]));
	return OK;
}

enum err
exchange_forget(struct db *db, int64_t day)
{
	AUTO(arena) a = arena_new();
	AUTO(db_stmt) q = NULL;
	int64_t *blob = NULL;
	size_t n = 0;

	TRY(db_query(db, &q, "SELECT blob_id FROM exchange_file WHERE blob_id IS NOT NULL AND day < ?1 ORDER BY id LIMIT 1000", DB_INT(day)));
	while (db_row(q)) {
		blob = arena_room(a, blob, n, sizeof(*blob));
		blob[n++] = db_int(q, 0);
	}
	TRY(db_end(q));
	for (size_t i = 0; i < n; i++)
		TRY(db_run(db, "UPDATE exchange_file SET blob_id = NULL WHERE blob_id = ?1 AND day < ?2", DB_INT(blob[i]), DB_INT(day)));
	return forget_blobs(db, a, blob, n);
}

static enum err
queue_mail(struct db *db, struct blob_store *blobs, struct arena *a, const struct exchange *x, const struct exchange_file *f,
    const struct exchange_made *m, int64_t now, int64_t *ret)
{
	struct organisation o = { .name = x->organisation, .name_en = x->organisation_en };
	enum lang lang = x->lang != NULL && strcmp(x->lang, "ja") == 0 ? LANG_JA : LANG_EN;
	const struct message_file file = { m->mail_name, m->mail_type, m->mail };
	const char *subject, *text;
	enum tlp tlp = TLP_AMBER;
	struct exchange_mail mail = {
		.lang = lang,
		.team = setting_text(db, a, lang == LANG_JA ? "team.name.ja" : "team.name.en"),
		.organisation = organisation_name(&o, lang == LANG_EN),
		.country = strcmp(x->country, EXCHANGE_EVERYWHERE) == 0 ? NULL : country_name(lang, x->country),
		.day = f->day,
		.records = m->records,
		.events = m->events,
		.file = m->mail_name,
	};

	TRY(tlp_parse(str_of(x->tlp), &tlp));
	exchange_mail_text(a, &mail, &subject, &text);
	return message_queue_out(db, blobs, a,
	    &(struct message_out){
		.to = x->email,
		.to_name = x->person,
		.subject = arena_printf(a, "[%s] %s", tlp_label(tlp), subject),
		.text = str_of(letter_body(a, lang, tlp, str_of(text), letter_signature(db, a, lang))),
		.lang = lang,
		.tlp = tlp_name(tlp),
		.automatic = true,
		.send_at = now,
		.files = &file,
		.n_files = 1,
	    },
	    now, ret);
}

enum err
exchange_made(struct db *db, struct blob_store *blobs, struct arena *a, const struct exchange *x, const struct exchange_file *f,
    const struct exchange_made *m, int64_t now)
{
	bool mail = strcmp(x->channel, "mail") == 0;
	const char *state = mail ? (m->records == 0 ? "empty" : "mailed") : m->records == 0 ? "empty" : "ready";
	struct value *v = value_object(a);
	int64_t blob, message = 0;

	TRY(blob_adopt(m->in, db, now, &blob));
	if (mail && m->records > 0)
		TRY(queue_mail(db, blobs, a, x, f, m, now, &message));
	TRY(db_run(db,
	    "UPDATE exchange_file SET state = ?2, form = ?3, together = ?4, records = ?5, events = ?6, left_out = ?7, bytes = ?8, "
	    "blob_id = ?9, message_id = ?10, error = NULL, made_at = ?11, fetched_at = NULL, version = version + 1 WHERE id = ?1",
	    DB_INT(f->id), DB_TEXT(state), DB_TEXT(x->form), DB_INT(x->together), DB_INT(m->records), DB_INT(m->events),
	    DB_INT(m->left_out), DB_INT(m->bytes), DB_INT(blob), DB_INT_OR_NULL(message), DB_INT(now)));
	if (f->blob_id != 0 && f->blob_id != blob)
		TRY(blob_forget(db, f->blob_id));
	value_set_text(a, v, "day", exchange_day_text(a, f->day));
	value_set_text(a, v, "country", x->country);
	value_set_text(a, v, "state", state);
	value_set_text(a, v, "form", x->form);
	value_set_int(a, v, "records", m->records);
	value_set_int(a, v, "events", m->events);
	value_set_int(a, v, "left_out", m->left_out);
	value_set_text(a, v, "to", message == 0 ? NULL : x->email);
	return tell(db, a, "exchange.make", x->id, x->organisation_id, v, (struct actor){ 0, "system", now });
}

enum err
exchange_failed(struct db *db, struct arena *a, int64_t file, const char *why, int64_t now)
{
	struct value *v = value_object(a);
	struct exchange_file f;

	TRY(exchange_file_get(db, a, file, &f));
	TRY(db_run(db, "UPDATE exchange_file SET state = 'failed', error = ?2, version = version + 1 WHERE id = ?1", DB_INT(file),
	    DB_TEXT(why)));
	value_set_text(a, v, "day", exchange_day_text(a, f.day));
	value_set_text(a, v, "why", why);
	return tell(db, a, "exchange.fail", f.exchange_id, 0, v, (struct actor){ 0, "system", now });
}

enum err
exchange_fetched(struct db *db, struct arena *a, const struct exchange *x, const struct exchange_file *f, int64_t now)
{
	struct value *v = value_object(a);

	TRY(db_run(db, "UPDATE exchange_file SET fetched_at = COALESCE(fetched_at, ?2), fetches = fetches + 1 WHERE id = ?1",
	    DB_INT(f->id), DB_INT(now)));
	if (f->fetched_at != 0)
		return OK;
	value_set_text(a, v, "day", exchange_day_text(a, f->day));
	return tell(db, a, "exchange.fetch", x->id, x->organisation_id, v, (struct actor){ 0, "outside", now });
}

enum err
exchange_feedback(struct db *db, struct arena *a, const struct exchange_file *f, const char *text, int64_t incident, struct actor by)
{
	struct value *v = value_object(a);

	TRY(db_run(db,
	    "UPDATE exchange_file SET feedback = ?2, incident_id = ?3, version = version + 1 WHERE id = ?1 AND version = ?4",
	    DB_INT(f->id), DB_TEXT(text), DB_INT_OR_NULL(incident), DB_INT(f->version)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	value_set_text(a, v, "day", exchange_day_text(a, f->day));
	value_set_text(a, v, "feedback", text);
	return journal_write(db, a,
	    &(struct journal_entry){ .at = by.now, .actor = by.id, .actor_name = by.name, .action = "exchange.feedback",
		.object = "exchange", .object_id = f->exchange_id, .also = incident == 0 ? NULL : "incident", .also_id = incident,
		.payload = v });
}
