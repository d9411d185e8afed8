/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/on_call_store.h"
#include "incident/report_store.h"

#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/url.h"
#include "base/utf8.h"
#include "blob/blob.h"
#include "db/db.h"
#include "directory/host.h"
#include "incident/extract.h"
#include "incident/incident_store.h"
#include "incident/ref.h"
#include "incident/rule_store.h"
#include "incident/simhash.h"
#include "incident/watch_store.h"
#include "journal/journal.h"
#include "text/value.h"

/* Rows for ${found}, what was found in the text; ${*ret_similar}: reports that share one. */
static enum err
add_observables(struct db *db, struct arena *a, int64_t report, const struct extract_found *found, size_t n,
    int64_t *ret_similar)
{
	struct db_sql s;
	int64_t ids[500];
	size_t known = 0;

	for (size_t i = 0; i < n; i++) {
		AUTO(db_stmt) q = NULL;

		TRY(db_one(db, &q,
		    "INSERT INTO observable (type, value, seen) VALUES (?1, ?2, 1) "
		    "ON CONFLICT (type, value) DO UPDATE SET seen = observable.seen + 1 "
		    "RETURNING id, seen, ignored",
		    DB_TEXT(extract_type_name(found[i].type)), DB_STR(found[i].value)));
		int64_t id = db_int(q, 0);

		if (db_int(q, 1) > 1 && db_int(q, 2) == 0 && known < COUNT(ids))
			ids[known++] = id;
		TRY(db_run(db,
		    "INSERT INTO report_observable (report_id, observable_id) VALUES (?1, ?2) "
		    "ON CONFLICT (report_id, observable_id) DO NOTHING",
		    DB_INT(report), DB_INT(id)));
	}
	*ret_similar = 0;
	if (known == 0)
		return OK;

	AUTO(db_stmt) q = NULL;

	db_sql_init(&s, a);
	db_sql_add(&s, "SELECT COUNT(*) FROM (SELECT DISTINCT report_id FROM report_observable WHERE 1 = 1");
	db_sql_ids(&s, " AND observable_id IN ", ids, known);
	db_sql_add(&s, " AND report_id <> ?1 LIMIT 100) AS shared", DB_INT(report));
	TRY(db_query_sql(db, &q, &s));
	if (db_row(q))
		*ret_similar = db_int(q, 0);
	return db_end(q);
}

static struct str
search_text(struct arena *a, const char *const words[6], struct str text)
{
	struct buf *b = buf_new(a, LIMIT_MAIL_TEXT + LIMIT_KIB(64));

	for (size_t i = 0; i < 6; i++) {
		buf_text(b, words[i]);
		buf_char(b, '\n');
	}
	buf_str(b, str_take(text, LIMIT_MAIL_TEXT));
	return buf_view(b);
}

enum err
report_index(struct db *db, struct arena *a, int64_t id, const char *const words[6], struct str text)
{
	return db_fts_put(db, "report", id, search_text(a, words, text));
}

/* What the index holds of it. */
static enum err
indexed_text(struct db *db, struct blob_store *blobs, struct arena *a, int64_t id, struct str *ret)
{
	struct report r;
	struct str text;

	TRY(report_get(db, a, id, &r));
	TRY(report_text(db, blobs, a, &r, &text));
	*ret = search_text(a,
	    (const char *const[6]){ r.ref, r.title, r.reporter_name, r.reporter_org, r.reporter_email, r.brand },
	    text);
	return OK;
}

enum err
report_index_again(struct db *db, struct blob_store *blobs, struct arena *a, int64_t id)
{
	struct str text;

	TRY(indexed_text(db, blobs, a, id, &text));
	return db_fts_put(db, "report", id, text);
}

enum err
report_unindex(struct db *db, struct blob_store *blobs, struct arena *a, int64_t id)
{
	struct str text;

	TRY(indexed_text(db, blobs, a, id, &text));
	return db_fts_remove(db, "report", id, text);
}

static enum err
tell_journal(struct db *db, struct arena *a, int64_t id, const struct report_new *r, const char *ref,
    int64_t now)
{
	struct value *p = value_object(a);

	value_set_text(a, p, "ref", ref);
	value_set_text(a, p, "channel", r->channel);
	value_set_text(a, p, "door", r->door);
	return journal_write(db, a,
	    &(struct journal_entry){
		.at = now,
		.actor = r->actor,
		.actor_name = r->actor_name == NULL ? "outside" : r->actor_name,
		.action = "report.receive",
		.object = "report",
		.object_id = id,
		.payload = p,
	    });
}

/* Routing rules see it as it came. */
static enum err
route(struct db *db, struct arena *a, int64_t id, const struct report_new *r, const char *title,
    const struct extract_found *found, size_t n, int64_t now)
{
	struct rule_facts f = { .channel = r->channel, .purpose = r->purpose, .door = r->door, .lang = lang_code(r->lang),
		.cc = r->cc, .brand = r->brand, .sender = r->reporter_email, .domestic = r->domestic,
		.size = (int64_t)r->text.n };
	struct rule *rules;
	size_t live;

	TRY(rule_live(db, a, &rules, &live));
	if (live == 0)
		return OK;
	f.text = str_of(arena_printf(a, "%s\n%.*s", title, STR_F(str_take(r->text, LIMIT_KIB(64)))));
	rule_facts_of(a, found, n, r->received_at, rule_zone(db, a), &f);
	return rule_route(db, a, rules, live, id, &f, now);
}

/* Urgent by its sender or by a rule. What is read in from a list is nobody's alarm. */
static enum err
tell_on_call(struct db *db, struct blob_store *blobs, struct arena *a, int64_t id, const struct report_new *r, int64_t now)
{
	AUTO(db_stmt) q = NULL;

	if (strcmp(r->channel, "import") == 0)
		return OK;
	if (!r->urgent) {
		TRY(db_one(db, &q, "SELECT priority FROM report WHERE id = ?1", DB_INT(id)));
		if (strcmp(db_text(q, 0), "urgent") != 0)
			return OK;
	}
	return on_call_tell(db, blobs, a, id, now);
}

enum err
report_add(struct db *db, struct blob_store *blobs, struct arena *a, const struct report_new *r,
    int64_t now, int64_t *ret_id, const char **ret_ref)
{
	const char *title = r->title, *ref;
	const struct extract_found *found;
	const struct watch_seen *seen;
	int64_t text_blob = 0, id, similar;
	size_t n, seens;

	if (r->import_key != NULL) {
		AUTO(db_stmt) q = NULL;

		TRY(db_query(db, &q, "SELECT 1 FROM report WHERE import_key = ?1", DB_TEXT(r->import_key)));
		if (db_row(q))
			return ERR_EXISTS;
		TRY(db_end(q));
	}
	if (title == NULL || *title == '\0')
		title = report_title_of(a, r->text);
	TRY(ref_next(db, a, "RPT", r->received_at, &ref));
	if (r->text.n > 0)
		TRY(blob_put(blobs, db, r->text, now, &text_blob));
	TRY(db_insert(db, &id,
	    "INSERT INTO report (ref, received_at, channel, purpose, door, title, text_blob, details, "
	    "lang, cc, domestic, anonymous, reporter_name, reporter_org, reporter_role, "
	    "reporter_email, reporter_phone, pass_name, secret_hash, urgent, tlp, due_at, import_key, "
	    "brand, simhash, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
	    "?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26) RETURNING id",
	    DB_TEXT(ref), DB_INT(r->received_at), DB_TEXT(r->channel), DB_TEXT(r->purpose),
	    DB_TEXT(r->door), DB_TEXT(title), DB_INT_OR_NULL(text_blob),
	    DB_TEXT(r->details == NULL ? NULL : value_json_text(a, r->details)),
	    DB_TEXT(lang_code(r->lang)), DB_TEXT(r->cc), DB_INT(r->domestic), DB_INT(r->anonymous),
	    DB_TEXT(r->reporter_name), DB_TEXT(r->reporter_org), DB_TEXT(r->reporter_role),
	    DB_TEXT(r->reporter_email), DB_TEXT(r->reporter_phone), DB_TEXT(r->pass_name),
	    DB_TEXT(r->secret_hash), DB_INT(r->urgent), DB_TEXT(r->tlp == NULL ? "AMBER" : r->tlp),
	    DB_INT_OR_NULL(r->due_at), DB_TEXT(r->import_key), DB_TEXT(r->brand),
	    DB_INT((int64_t)simhash_of(r->text)), DB_INT(now)));
	TRY(extract_find(a, r->text, &found, &n));
	TRY(add_observables(db, a, id, found, n, &similar));
	if (similar > 0)
		TRY(db_run(db, "UPDATE report SET alike = ?2 WHERE id = ?1", DB_INT(id), DB_INT(similar)));
	if (r->message_id != 0)
		TRY(db_run(db, "UPDATE message SET report_id = ?2 WHERE id = ?1", DB_INT(r->message_id),
		    DB_INT(id)));
	TRY(report_index(db, a, id,
	    (const char *const[6]){ ref, title, r->reporter_name, r->reporter_org, r->reporter_email, r->brand },
	    r->text));
	TRY(tally_add(db, "report", tally_day(r->received_at), r->door, r->domestic, 1));
	TRY(gauge_add(db, a, "report", "new", 1));
	TRY(tell_journal(db, a, id, r, ref, now));
	seen = watch_seen_of(a, found, n, r->brand, r->reporter_email, &seens);
	TRY(watch_meet(db, blobs, a, "report", id, seen, seens, now));
	TRY(route(db, a, id, r, title, found, n, now));
	TRY(tell_on_call(db, blobs, a, id, r, now));
	*ret_id = id;
	if (ret_ref != NULL)
		*ret_ref = ref;
	return OK;
}

#define REPORT_COLUMNS                                                                             \
	"SELECT r.id, r.ref, r.received_at, r.channel, r.purpose, r.door, r.title, r.text_blob, "  \
	"r.details, r.lang, r.cc, r.domestic, r.anonymous, r.urgent, r.reporter_name, "            \
	"r.reporter_org, r.reporter_role, r.reporter_email, r.reporter_phone, r.pass_name, r.tlp, " \
	"r.state, r.known, r.priority, r.rsit, r.owner_id, p.name, r.due_at, r.answered_at, "      \
	"r.decided_at, r.decided_by, r.reason, r.brand, r.simhash, r.alike, r.version, "         \
	"r.updated_at, r.erased_at FROM report r LEFT JOIN person p ON p.id = r.owner_id"

static void
read_report(struct arena *a, struct db_stmt *q, struct report *r)
{
	*r = (struct report){
		.id = db_int(q, 0),
		.ref = db_dup(a, q, 1),
		.received_at = db_int(q, 2),
		.channel = db_dup(a, q, 3),
		.purpose = db_dup(a, q, 4),
		.door = db_dup(a, q, 5),
		.title = db_dup(a, q, 6),
		.text_blob = db_int(q, 7),
		.details = db_dup(a, q, 8),
		.lang = db_dup(a, q, 9),
		.cc = db_dup(a, q, 10),
		.domestic = db_int(q, 11) != 0,
		.anonymous = db_int(q, 12) != 0,
		.urgent = db_int(q, 13) != 0,
		.reporter_name = db_dup(a, q, 14),
		.reporter_org = db_dup(a, q, 15),
		.reporter_role = db_dup(a, q, 16),
		.reporter_email = db_dup(a, q, 17),
		.reporter_phone = db_dup(a, q, 18),
		.pass_name = db_dup(a, q, 19),
		.tlp = db_dup(a, q, 20),
		.state = db_dup(a, q, 21),
		.known = db_dup(a, q, 22),
		.priority = db_dup(a, q, 23),
		.rsit = db_dup(a, q, 24),
		.owner_id = db_int(q, 25),
		.owner = db_dup(a, q, 26),
		.due_at = db_int(q, 27),
		.answered_at = db_int(q, 28),
		.decided_at = db_int(q, 29),
		.decided_by = db_int(q, 30),
		.reason = db_dup(a, q, 31),
		.brand = db_dup(a, q, 32),
		.simhash = db_int(q, 33),
		.similar = db_int(q, 34),
		.version = db_int(q, 35),
		.updated_at = db_int(q, 36),
		.erased_at = db_int(q, 37),
	};
}

enum err
report_get(struct db *db, struct arena *a, int64_t id, struct report *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, REPORT_COLUMNS " WHERE r.id = ?1", DB_INT(id)));
	read_report(a, q, ret);
	return OK;
}

enum err
report_by_ref(struct db *db, struct arena *a, struct str ref, struct report *ret)
{
	AUTO(db_stmt) q = NULL;
	struct ref parsed;

	if (ref_parse(ref, &parsed) != OK || parsed.kind != REF_REPORT)
		return ERR_NOT_FOUND;
	TRY(db_one(db, &q, REPORT_COLUMNS " WHERE r.ref = ?1", DB_TEXT(ref_format(a, parsed))));
	read_report(a, q, ret);
	return OK;
}

/* What lists show; the answers of a form alone are as long as all of it. */
#define LINE_COLUMNS                                                                               \
	"SELECT r.id, r.ref, r.received_at, r.channel, r.purpose, r.door, r.title, r.lang, r.cc, "     \
	"r.domestic, r.anonymous, r.urgent, r.reporter_name, r.reporter_org, r.reporter_role, "        \
	"r.reporter_email, r.reporter_phone, r.tlp, r.state, r.priority, p.name, r.due_at, "           \
	"r.answered_at, r.brand, r.alike FROM report r LEFT JOIN person p ON p.id = r.owner_id"

static void
read_line(struct arena *a, struct db_stmt *q, struct report *r)
{
	*r = (struct report){
		.id = db_int(q, 0),
		.ref = db_dup(a, q, 1),
		.received_at = db_int(q, 2),
		.channel = db_dup(a, q, 3),
		.purpose = db_dup(a, q, 4),
		.door = db_dup(a, q, 5),
		.title = db_dup(a, q, 6),
		.lang = db_dup(a, q, 7),
		.cc = db_dup(a, q, 8),
		.domestic = db_int(q, 9) != 0,
		.anonymous = db_int(q, 10) != 0,
		.urgent = db_int(q, 11) != 0,
		.reporter_name = db_dup(a, q, 12),
		.reporter_org = db_dup(a, q, 13),
		.reporter_role = db_dup(a, q, 14),
		.reporter_email = db_dup(a, q, 15),
		.reporter_phone = db_dup(a, q, 16),
		.tlp = db_dup(a, q, 17),
		.state = db_dup(a, q, 18),
		.priority = db_dup(a, q, 19),
		.owner = db_dup(a, q, 20),
		.due_at = db_int(q, 21),
		.answered_at = db_int(q, 22),
		.brand = db_dup(a, q, 23),
		.similar = db_int(q, 24),
	};
}

enum err
report_get_many(struct db *db, struct arena *a, const int64_t *ids, size_t n, struct report **ret,
    size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	struct report *rows = arena_many(a, struct report, n + 1);
	size_t have = 0;
	struct db_sql s;

	*ret = rows;
	*ret_n = 0;
	if (n == 0)
		return OK;
	db_sql_init(&s, a);
	db_sql_add(&s, LINE_COLUMNS " WHERE 1 = 1");
	db_sql_ids(&s, " AND r.id IN ", ids, n);
	TRY(db_query_sql(db, &q, &s));
	while (have < n && db_row(q))
		read_line(a, q, &rows[have++]);
	*ret_n = have;
	return db_end(q);
}

enum err
report_text(struct db *db, struct blob_store *blobs, struct arena *a, const struct report *r,
    struct str *ret)
{
	struct value *details;

	*ret = STR_NULL;
	if (r->text_blob != 0)
		return blob_get(blobs, db, a, r->text_blob, LIMIT_MAIL_TEXT + LIMIT_BODY, ret);
	/* Imported rows are short; their text is made of what they said. */
	if (r->details == NULL || value_parse(a, str_of(r->details), &details, NULL) != OK)
		return OK;
	const char *url = value_cstr(value_get(details, "url"));

	if (*url != '\0')
		*ret = str_of(arena_printf(a, "%s\n%s\n", url, r->brand == NULL ? "" : r->brand));
	return OK;
}

enum err
report_change(struct db *db, int64_t id, int64_t version, const struct report_change *c, int64_t now)
{
	AUTO(arena) a = arena_new();
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT state, version, door, domestic, received_at FROM report WHERE id = ?1",
	    DB_INT(id)));
	const char *old = db_dup(a, q, 0), *old_door = db_dup(a, q, 2);
	bool domestic = db_int(q, 3) != 0;
	int64_t day = tally_day(db_int(q, 4));

	if (version != 0 && db_int(q, 1) != version)
		return ERR_CONFLICT;
	struct db_sql s;

	db_sql_init(&s, a);
	db_sql_add(&s, "UPDATE report SET version = version + 1, updated_at = ?1", DB_INT(now));
	if (c->state != NULL)
		db_sql_add(&s, ", state = ?1", DB_TEXT(c->state));
	if (c->known != NULL)
		db_sql_add(&s, ", known = ?1", DB_TEXT(*c->known == '\0' ? NULL : c->known));
	if (c->priority != NULL)
		db_sql_add(&s, ", priority = ?1", DB_TEXT(*c->priority == '\0' ? NULL : c->priority));
	if (c->rsit != NULL)
		db_sql_add(&s, ", rsit = ?1", DB_TEXT(*c->rsit == '\0' ? NULL : c->rsit));
	if (c->reason != NULL)
		db_sql_add(&s, ", reason = ?1", DB_TEXT(*c->reason == '\0' ? NULL : c->reason));
	if (c->tlp != NULL)
		db_sql_add(&s, ", tlp = ?1", DB_TEXT(c->tlp));
	if (c->door != NULL)
		db_sql_add(&s, ", door = ?1", DB_TEXT(c->door));
	if (c->owner_id >= 0)
		db_sql_add(&s, ", owner_id = ?1", DB_INT_OR_NULL(c->owner_id));
	if (c->answered_at != 0)
		db_sql_add(&s, ", answered_at = ?1", DB_INT(c->answered_at));
	if (c->decided_by != 0)
		db_sql_add(&s, ", decided_at = ?1, decided_by = ?2", DB_INT(now), DB_INT(c->decided_by));
	db_sql_add(&s, " WHERE id = ?1", DB_INT(id));
	TRY(db_run_sql(db, &s));
	if (c->state != NULL && strcmp(c->state, old) != 0) {
		TRY(gauge_add(db, a, "report", old, -1));
		TRY(gauge_add(db, a, "report", c->state, 1));
	}
	if (c->door != NULL && strcmp(c->door, old_door) != 0) {
		TRY(tally_add(db, "report", day, old_door, domestic, -1));
		TRY(tally_add(db, "report", day, c->door, domestic, 1));
	}
	return OK;
}

enum err
report_observables(struct db *db, struct arena *a, int64_t id, int limit, struct value *list)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q,
	    "SELECT o.id, o.type, o.value, o.seen, (SELECT COUNT(*) FROM incident_observable io "
	    "WHERE io.observable_id = o.id) FROM report_observable ro "
	    "JOIN observable o ON o.id = ro.observable_id WHERE ro.report_id = ?1 "
	    "ORDER BY o.seen DESC, o.id LIMIT ?2",
	    DB_INT(id), DB_INT(limit)));
	while (db_row(q)) {
		struct value *o = value_add_object(a, list);
		const char *value = db_dup(a, q, 2);

		value_set_int(a, o, "id", db_int(q, 0));
		value_set_text(a, o, "type", db_dup(a, q, 1));
		value_set_text(a, o, "value", value);
		value_set_text(a, o, "@shown", url_defang(a, str_of(value)));
		value_set_int(a, o, "seen", db_int(q, 3));
		value_set_bool(a, o, "@again", db_int(q, 3) > 1);
		value_set_int(a, o, "incidents", db_int(q, 4));
	}
	return db_end(q);
}

/* One candidate; reasons of the same candidate join. */
static void
add_similar(struct arena *a, struct value *list, size_t limit, const char *kind, const char *ref,
    const char *title, const char *state, int64_t at, const char *why, const char *what)
{
	struct value *o = NULL;

	for (size_t i = 0; i < value_count(list); i++) {
		if (strcmp(value_cstr(value_get(value_at(list, i), "ref")), ref) == 0)
			o = value_item(list, i);
	}
	if (o == NULL) {
		if (value_count(list) >= limit)
			return;
		o = value_add_object(a, list);
		value_set_text(a, o, "kind", kind);
		value_set_text(a, o, "ref", ref);
		value_set_text(a, o, "title", title);
		value_set_text(a, o, "state", state);
		value_set_int(a, o, "at", at);
		(void)value_set_list(a, o, "why");
	}
	struct value *whys = value_child(o, "why");

	for (size_t i = 0; i < value_count(whys); i++) {
		const struct value *x = value_at(whys, i);

		if (strcmp(value_cstr(value_get(x, "kind")), why) == 0 && strcmp(value_cstr(value_get(x, "value")), what) == 0)
			return;
	}
	struct value *reason = value_add_object(a, whys);

	value_set_text(a, reason, "kind", why);
	value_set_text(a, reason, "value", what);
	value_set_text(a, reason, "@shown", url_defang(a, str_of(what)));
}

/* What is restricted */

void
report_add_hidden(struct db_sql *s, const struct user *u)
{
	db_sql_add(s, "SELECT hr.report_id FROM report_incident hr WHERE hr.incident_id IN (");
	incident_add_hidden(s, u);
	db_sql_add(s, ")");
}

void
report_only_visible(struct db_sql *s, const struct user *u)
{
	if (incident_sees_all(u))
		return;
	db_sql_add(s, " AND (r.id IS NULL OR r.id NOT IN (");
	report_add_hidden(s, u);
	db_sql_add(s, "))");
}

enum err
report_visible(struct db *db, int64_t id, const struct user *u, bool *ret)
{
	AUTO(arena) a = arena_new();
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	*ret = true;
	if (incident_sees_all(u))
		return OK;
	db_sql_init(&s, a);
	db_sql_add(&s, "SELECT 1 FROM report_incident i WHERE i.report_id = ?1 AND i.incident_id IN (", DB_INT(id));
	incident_add_hidden(&s, u);
	db_sql_add(&s, ") LIMIT 1");
	TRY(db_query_sql(db, &q, &s));
	*ret = !db_row(q);
	return db_end(q);
}

enum err
report_hidden(struct db *db, struct arena *a, const struct user *u, int64_t **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	struct buf *b = buf_new(a, LIMIT_MIB(64));
	struct db_sql s;
	size_t n = 0;

	*ret_n = 0;
	*ret = NULL;
	if (incident_sees_all(u))
		return OK;
	db_sql_init(&s, a);
	db_sql_add(&s, "SELECT DISTINCT x.report_id FROM (");
	report_add_hidden(&s, u);
	db_sql_add(&s, ") AS x ORDER BY x.report_id");
	TRY(db_query_sql(db, &q, &s));
	while (db_row(q)) {
		int64_t id = db_int(q, 0);

		buf_str(b, (struct str){ (const char *)&id, sizeof(id) });
		n++;
	}
	TRY(db_end(q));
	TRY(buf_error(b));
	*ret = arena_many(a, int64_t, n + 1);
	if (n > 0)
		memcpy(*ret, buf_view(b).p, n * sizeof(**ret));
	*ret_n = n;
	return OK;
}

/* What is alike */

static enum err
similar_incidents(struct db *db, struct arena *a, const struct report *r, const struct user *viewer, int limit,
    struct value *list)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	db_sql_init(&s, a);
	db_sql_add(&s,
	    "SELECT i.ref, i.title, i.state, i.created_at, o.type, o.value FROM report_observable ro "
	    "JOIN observable o ON o.id = ro.observable_id AND o.ignored = 0 "
	    "JOIN incident_observable io ON io.observable_id = o.id "
	    "JOIN incident i ON i.id = io.incident_id WHERE ro.report_id = ?1",
	    DB_INT(r->id));
	incident_only_visible(&s, viewer);
	db_sql_add(&s, " ORDER BY i.id DESC LIMIT 200");
	TRY(db_query_sql(db, &q, &s));
	while (db_row(q))
		add_similar(a, list, (size_t)limit, "incident", db_dup(a, q, 0), db_dup(a, q, 1),
		    db_dup(a, q, 2), db_int(q, 3), db_dup(a, q, 4), db_dup(a, q, 5));
	return db_end(q);
}

static enum err
similar_reports(struct db *db, struct arena *a, const struct report *given, const struct user *viewer, int limit,
    struct value *list)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	/* An observable in thousands of reports says little and costs much. */
	db_sql_init(&s, a);
	db_sql_add(&s,
	    "SELECT r.ref, r.title, r.state, r.received_at, o.type, o.value FROM report_observable ro "
	    "JOIN observable o ON o.id = ro.observable_id AND o.ignored = 0 AND o.seen BETWEEN 2 AND 1000 "
	    "JOIN report_observable again ON again.observable_id = o.id AND again.report_id <> ?1 "
	    "JOIN report r ON r.id = again.report_id WHERE ro.report_id = ?1",
	    DB_INT(given->id));
	report_only_visible(&s, viewer);
	db_sql_add(&s, " ORDER BY o.seen, r.id DESC LIMIT 100");
	TRY(db_query_sql(db, &q, &s));
	while (db_row(q))
		add_similar(a, list, (size_t)limit, "report", db_dup(a, q, 0), db_dup(a, q, 1),
		    db_dup(a, q, 2), db_int(q, 3), db_dup(a, q, 4), db_dup(a, q, 5));
	return db_end(q);
}

static enum err
same_sender(struct db *db, struct arena *a, const struct report *r, const struct user *viewer, int limit,
    struct value *list)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	if (r->reporter_email == NULL || *r->reporter_email == '\0')
		return OK;
	db_sql_init(&s, a);
	db_sql_add(&s,
	    "SELECT r.ref, r.title, r.state, r.received_at FROM report r WHERE r.reporter_email = ?1 AND r.id <> ?2",
	    DB_TEXT(r->reporter_email), DB_INT(r->id));
	report_only_visible(&s, viewer);
	db_sql_add(&s, " ORDER BY r.id DESC LIMIT 5");
	TRY(db_query_sql(db, &q, &s));
	while (db_row(q))
		add_similar(a, list, (size_t)limit, "report", db_dup(a, q, 0), db_dup(a, q, 1),
		    db_dup(a, q, 2), db_int(q, 3), "sender", r->reporter_email);
	return db_end(q);
}

#define NEAR_TEXT 6	  /* differing bits of 64 */
#define NEAR_LOOK 5000	  /* newest reports that are compared */

static enum err
near_text(struct db *db, struct arena *a, const struct report *r, const struct user *viewer, int limit,
    struct value *list)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	if (r->simhash == 0)
		return OK;
	db_sql_init(&s, a);
	db_sql_add(&s,
	    "SELECT r.ref, r.title, r.state, r.received_at, r.simhash FROM report r WHERE r.id < ?1 AND r.id > ?1 - ?2 "
	    "AND r.simhash <> 0",
	    DB_INT(r->id), DB_INT(NEAR_LOOK));
	report_only_visible(&s, viewer);
	db_sql_add(&s, " ORDER BY r.id DESC");
	TRY(db_query_sql(db, &q, &s));
	while (db_row(q)) {
		int bits = simhash_distance((uint64_t)r->simhash, (uint64_t)db_int(q, 4));

		if (bits <= NEAR_TEXT)
			add_similar(a, list, (size_t)limit, "report", db_dup(a, q, 0), db_dup(a, q, 1),
			    db_dup(a, q, 2), db_int(q, 3), "text",
			    arena_printf(a, "%d %%", 100 - bits * 100 / 64));
	}
	return db_end(q);
}

/* Incidents of ${s} "… AS what", which selects what they share. */
static enum err
add_incidents(struct db *db, struct arena *a, struct db_sql *s, const struct user *viewer, int limit, const char *why,
    struct value *list)
{
	AUTO(db_stmt) q = NULL;

	incident_only_visible(s, viewer);
	db_sql_add(s, " ORDER BY i.id DESC LIMIT 20");
	TRY(db_query_sql(db, &q, s));
	while (db_row(q))
		add_similar(a, list, (size_t)limit, "incident", db_dup(a, q, 0), db_dup(a, q, 1), db_dup(a, q, 2),
		    db_int(q, 3), why, db_dup(a, q, 4));
	return db_end(q);
}

#define PLACES 5 /* domains and networks that are looked up */

/* Incidents with a site in the same registrable domain, or an address in the
 * same /24. */
static enum err
same_place(struct db *db, struct arena *a, const struct report *r, const struct user *viewer, int limit,
    struct value *list)
{
	AUTO(db_stmt) q = NULL;
	const char *domain[PLACES], *net[PLACES];
	size_t domains = 0, nets = 0;

	TRY(db_query(db, &q,
	    "SELECT o.type, o.value FROM report_observable ro JOIN observable o ON o.id = ro.observable_id "
	    "AND o.ignored = 0 AND o.type IN ('host', 'url', 'ipv4') WHERE ro.report_id = ?1 ORDER BY o.id LIMIT 50",
	    DB_INT(r->id)));
	while (db_row(q)) {
		const char *value = db_dup(a, q, 1), *found = NULL;
		bool address = strcmp(db_text(q, 0), "ipv4") == 0;
		struct host h;

		if (host_parse(a, str_of(value), &h) != OK)
			continue;
		if (address && strrchr(value, '.') != NULL)
			found = arena_cstr(a, str_take(str_of(value), (size_t)(strrchr(value, '.') - value)));
		else if (!address && h.domain.n > 0)
			found = arena_cstr(a, h.domain);
		const char **all = address ? net : domain;
		size_t *n = address ? &nets : &domains;
		bool known = found == NULL || *n == PLACES;

		for (size_t i = 0; i < *n; i++)
			known = known || strcmp(all[i], found) == 0;
		if (!known)
			all[(*n)++] = found;
	}
	TRY(db_end(q));
	for (size_t i = 0; i < domains; i++) {
		struct db_sql s;

		db_sql_init(&s, a);
		db_sql_add(&s,
		    "SELECT i.ref, i.title, i.state, i.created_at, x.domain FROM (SELECT DISTINCT incident_id, domain FROM "
		    "(SELECT incident_id, domain FROM site WHERE domain = ?1 AND removed_at IS NULL AND incident_id IS NOT NULL "
		    "ORDER BY id DESC LIMIT 200) AS y) AS x JOIN incident i ON i.id = x.incident_id WHERE i.merged_into IS NULL",
		    DB_TEXT(domain[i]));
		TRY(add_incidents(db, a, &s, viewer, limit, "domain", list));
	}
	for (size_t i = 0; i < nets; i++) {
		struct db_sql s;

		/* By the index of values: text has no ranges that two databases order alike. */
		db_sql_init(&s, a);
		db_sql_add(&s,
		    "SELECT i.ref, i.title, i.state, i.created_at, ?1 FROM observable o "
		    "JOIN incident_observable io ON io.observable_id = o.id JOIN incident i ON i.id = io.incident_id "
		    "WHERE i.merged_into IS NULL AND o.type = 'ipv4' AND o.value IN (NULL",
		    DB_TEXT(arena_printf(a, "%s.0/24", net[i])));
		for (int k = 0; k < 256; k++)
			db_sql_add(&s, ", ?1", DB_TEXT(arena_printf(a, "%s.%d", net[i], k)));
		db_sql_add(&s, ")");
		TRY(add_incidents(db, a, &s, viewer, limit, "network", list));
	}
	return OK;
}

/* Incidents whose site shows the same page as one that this report told of. */
static enum err
same_kit(struct db *db, struct arena *a, const struct report *r, const struct user *viewer, int limit,
    struct value *list)
{
	struct db_sql s;

	db_sql_init(&s, a);
	db_sql_add(&s,
	    "SELECT i.ref, i.title, i.state, i.created_at, m.page_hash FROM (SELECT DISTINCT page_hash FROM site "
	    "WHERE page_hash IS NOT NULL AND (report_id = ?1 OR url IN (SELECT o.value FROM report_observable ro "
	    "JOIN observable o ON o.id = ro.observable_id WHERE ro.report_id = ?1 AND o.type = 'url')) LIMIT 20) AS m "
	    "JOIN site t ON t.page_hash = m.page_hash AND (t.report_id IS NULL OR t.report_id <> ?1) AND t.removed_at IS NULL "
	    "JOIN incident i ON i.id = t.incident_id WHERE i.merged_into IS NULL",
	    DB_INT(r->id));
	return add_incidents(db, a, &s, viewer, limit, "kit", list);
}

enum err
report_similar(struct db *db, struct arena *a, const struct report *r, const struct user *viewer, int limit,
    struct value *list)
{
	TRY(similar_incidents(db, a, r, viewer, limit, list));
	TRY(similar_reports(db, a, r, viewer, limit, list));
	TRY(same_kit(db, a, r, viewer, limit, list));
	TRY(near_text(db, a, r, viewer, limit, list));
	TRY(same_place(db, a, r, viewer, limit, list));
	return same_sender(db, a, r, viewer, limit, list);
}
