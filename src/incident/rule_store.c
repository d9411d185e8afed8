/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/rule_store.h"

#include <string.h>

#include "auth/auth.h"
#include "auth/setting.h"
#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "base/zone.h"
#include "db/db.h"
#include "incident/report_store.h"

#define TEXT_LOOK LIMIT_KIB(64) /* of a text; words further down are not seen */

#define COLUMNS                                                                                    \
	"SELECT r.id, r.position, r.name, r.state, r.body, r.version, r.tried_version, "           \
	"r.changed_at, p.name, r.hits, r.hit_at FROM rule r LEFT JOIN person p ON p.id = r.changed_by"

static void
read_row(struct arena *a, struct db_stmt *q, struct rule_row *r)
{
	*r = (struct rule_row){
		.id = db_int(q, 0),
		.position = db_int(q, 1),
		.name = db_dup(a, q, 2),
		.state = db_dup(a, q, 3),
		.body = db_dup(a, q, 4),
		.version = db_int(q, 5),
		.tried_version = db_int(q, 6),
		.changed_at = db_int(q, 7),
		.changed_by = db_dup(a, q, 8),
		.hits = db_int(q, 9),
		.hit_at = db_int(q, 10),
	};
}

enum err
rule_list(struct db *db, struct arena *a, struct rule_row **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	struct rule_row *list = arena_many(a, struct rule_row, RULES_MAX);
	size_t n = 0;

	TRY(db_query(db, &q, COLUMNS " ORDER BY r.position, r.id LIMIT 100"));
	while (n < RULES_MAX && db_row(q))
		read_row(a, q, &list[n++]);
	*ret = list;
	*ret_n = n;
	return n == RULES_MAX ? OK : db_end(q);
}

enum err
rule_get(struct db *db, struct arena *a, int64_t id, struct rule_row *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, COLUMNS " WHERE r.id = ?1", DB_INT(id)));
	read_row(a, q, ret);
	return OK;
}

static enum err
tell(struct db *db, struct arena *a, const char *action, const struct rule_row *r, const char *state, struct actor by)
{
	struct value *p = value_object(a);

	value_set_text(a, p, "name", r->name);
	value_set_int(a, p, "version", r->version);
	if (state != NULL)
		value_set_text(a, p, "state", state);
	else
		value_set_text(a, p, "body", r->body);
	return journal_tell(db, a, action, "rule", r->id, p, by);
}

enum err
rule_save(struct db *db, struct arena *a, struct rule_row *r, struct actor by)
{
	AUTO(db_stmt) q = NULL;

	if (r->id != 0) {
		TRY(db_run(db,
		    "UPDATE rule SET name = ?3, body = ?4, version = version + 1, changed_by = ?5, changed_at = ?6, "
		    "state = CASE WHEN state = 'live' AND body <> ?4 THEN 'draft' ELSE state END WHERE id = ?1 AND version = ?2",
		    DB_INT(r->id), DB_INT(r->version), DB_TEXT(r->name), DB_TEXT(r->body), DB_INT(by.id), DB_INT(by.now)));
		if (db_changed(db) != 1)
			return ERR_CONFLICT;
		r->version++;
		return tell(db, a, "rule.change", r, NULL, by);
	}
	TRY(db_one(db, &q, "SELECT COUNT(*), COALESCE(MAX(position), 0) FROM rule"));
	if (db_int(q, 0) >= RULES_MAX)
		return ERR_LIMIT;
	TRY(db_insert(db, &r->id,
	    "INSERT INTO rule (position, name, body, changed_by, changed_at) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
	    DB_INT(db_int(q, 1) + 1), DB_TEXT(r->name), DB_TEXT(r->body), DB_INT(by.id), DB_INT(by.now)));
	r->version = 1;
	return tell(db, a, "rule.add", r, NULL, by);
}

enum err
rule_set_state(struct db *db, struct arena *a, const struct rule_row *r, const char *state, struct actor by)
{
	if (strcmp(state, "live") == 0 && r->tried_version != r->version)
		return ERR_CONFLICT;
	TRY(db_run(db, "UPDATE rule SET state = ?2 WHERE id = ?1", DB_INT(r->id), DB_TEXT(state)));
	return tell(db, a, "rule.state", r, state, by);
}

enum err
rule_move(struct db *db, struct arena *a, const struct rule_row *r, int by_places, struct actor by)
{
	struct rule_row *all;
	size_t n;

	TRY(rule_list(db, a, &all, &n));
	for (size_t i = 0; i < n; i++) {
		size_t other = by_places < 0 ? i - 1 : i + 1;

		if (all[i].id != r->id || other >= n)
			continue;
		TRY(db_run(db, "UPDATE rule SET position = ?2 WHERE id = ?1", DB_INT(r->id), DB_INT(all[other].position)));
		TRY(db_run(db, "UPDATE rule SET position = ?2 WHERE id = ?1", DB_INT(all[other].id), DB_INT(r->position)));
		return tell(db, a, "rule.move", r, by_places < 0 ? "up" : "down", by);
	}
	return OK;
}

enum err
rule_delete(struct db *db, struct arena *a, const struct rule_row *r, struct actor by)
{
	TRY(db_run(db, "DELETE FROM rule WHERE id = ?1", DB_INT(r->id)));
	return tell(db, a, "rule.delete", r, NULL, by);
}

enum err
rule_tried(struct db *db, int64_t id, int64_t version)
{
	return db_run(db, "UPDATE rule SET tried_version = ?2 WHERE id = ?1", DB_INT(id), DB_INT(version));
}

enum err
rule_live(struct db *db, struct arena *a, struct rule **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	struct rule *list = NULL;
	size_t n = 0;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &q,
	    "SELECT id, version, name, body FROM rule WHERE state = 'live' ORDER BY position, id LIMIT 100"));
	while (n < RULES_MAX && db_row(q)) {
		const char *fault, *value;
		struct rule r;

		/* One that an older program wrote and this one cannot read rests. */
		if (rule_parse(a, db_str(q, 3), &r, &fault, &value) != OK)
			continue;
		r.id = db_int(q, 0);
		r.version = db_int(q, 1);
		r.name = db_dup(a, q, 2);
		list = arena_room(a, list, n, sizeof(*list));
		list[n++] = r;
	}
	TRY(n == RULES_MAX ? OK : db_end(q));
	if (n > 0 && !setting_bool(db, "rules.live"))
		return OK;
	*ret = list;
	*ret_n = n;
	return OK;
}

void
rule_facts_of(struct arena *a, const struct extract_found *found, size_t n, int64_t at, const struct zone *zone,
    struct rule_facts *f)
{
	struct str *hosts = arena_many(a, struct str, n + 1);
	struct civil c = zone_civil(zone, at);

	for (size_t i = 0; i < n; i++) {
		if (found[i].type == EXTRACT_HOST)
			hosts[f->hosts++] = found[i].value;
	}
	f->host = hosts;
	f->minute = c.hour * 60 + c.minute;
	f->text = utf8_fold(a, str_take(f->text, TEXT_LOOK));
	if (f->brand != NULL)
		f->brand = arena_cstr(a, utf8_fold(a, str_of(f->brand)));
}

const struct zone *
rule_zone(struct db *db, struct arena *a)
{
	const struct zone *zone;

	return zone_find(setting_text(db, a, "team.zone"), &zone) == OK ? zone : zone_tokyo();
}

/* A person who may no longer work on reports gets none. */
static enum err
owner_of(struct db *db, struct arena *a, int64_t id, int64_t *ret)
{
	struct user u;
	enum err e = id == 0 ? ERR_NOT_FOUND : user_get(db, a, id, &u);

	*ret = e == OK && u.active && auth_may(u.role, PERM_REPORT_EDIT) ? id : -1;
	return e == ERR_NOT_FOUND ? OK : e;
}

static const char *
joined(struct arena *a, const struct rule_acts *t)
{
	const char *s = "";

	for (size_t i = 0; i < t->tags; i++)
		s = arena_printf(a, "%s%s%s", s, i == 0 ? "" : ",", t->tag[i]);
	return s;
}

static enum err
journal_rule(struct db *db, struct arena *a, const struct rule *r, int64_t report, int64_t now)
{
	struct value *p = value_object(a), *then;

	value_set_text(a, p, "rule", r->name);
	value_set_int(a, p, "version", r->version);
	if (value_parse(a, str_of(rule_format(a, r)), &then, NULL) == OK)
		value_set(a, p, "then", value_child(then, "then"));
	TRY(db_run(db, "UPDATE rule SET hits = hits + 1, hit_at = ?2 WHERE id = ?1", DB_INT(r->id), DB_INT(now)));
	return journal_write(db, a,
	    &(struct journal_entry){ .at = now, .actor_name = "system", .action = "report.route", .object = "report",
		.object_id = report, .also = "rule", .also_id = r->id, .payload = p });
}

enum err
rule_route(struct db *db, struct arena *a, const struct rule *rules, size_t n, int64_t report,
    const struct rule_facts *f, int64_t now)
{
	struct report_change c = { .owner_id = -1 };
	struct rule_outcome o;

	if (n == 0)
		return OK;
	rule_run(rules, n, f, &o);
	if (o.n == 0)
		return OK;
	TRY(owner_of(db, a, o.acts.owner, &c.owner_id));
	c.door = o.acts.door;
	c.priority = o.acts.priority;
	if (c.owner_id > 0 || c.door != NULL || c.priority != NULL)
		TRY(report_change(db, report, 0, &c, now));
	if (o.acts.queue != NULL)
		TRY(db_run(db, "UPDATE report SET queue = ?2 WHERE id = ?1", DB_INT(report), DB_TEXT(o.acts.queue)));
	if (o.acts.tags > 0 || o.acts.no_acknowledge)
		TRY(db_run(db,
		    "INSERT INTO report_route (report_id, tags, acknowledge) VALUES (?1, ?2, ?3) "
		    "ON CONFLICT (report_id) DO NOTHING",
		    DB_INT(report), DB_TEXT(joined(a, &o.acts)),
		    DB_INT(!o.acts.no_acknowledge)));
	for (size_t i = 0; i < o.n; i++)
		TRY(journal_rule(db, a, &rules[o.applied[i]], report, now));
	return OK;
}

enum err
rule_of_report(struct db *db, struct arena *a, int64_t report, struct value *o)
{
	AUTO(db_stmt) q = NULL;
	struct value *tags = value_set_list(a, o, "tags");

	value_set_text(a, o, "queue", NULL);
	TRY(db_query(db, &q, "SELECT r.queue, COALESCE(t.tags, '') FROM report r LEFT JOIN report_route t ON t.report_id = r.id WHERE r.id = ?1", DB_INT(report)));
	if (db_row(q)) {
		struct str rest = str_of(db_dup(a, q, 1)), tag;

		value_set_text(a, o, "queue", db_dup(a, q, 0));
		while (str_split(&rest, ',', &tag)) {
			if (tag.n > 0)
				value_add_text(a, tags, arena_cstr(a, tag));
		}
	}
	return db_end(q);
}

/* From one name to the next greater: one step in the index each, however many
 * reports a queue has. */
enum err
rule_queues(struct db *db, struct arena *a, const char ***ret, size_t *ret_n)
{
	const char **name = arena_many(a, const char *, RULES_MAX);
	AUTO(db_stmt) q = NULL;
	size_t n = 0;

	TRY(db_query(db, &q,
	    "WITH RECURSIVE step (name) AS (SELECT MIN(queue) FROM report WHERE queue IS NOT NULL UNION ALL "
	    "SELECT (SELECT MIN(r.queue) FROM report r WHERE r.queue > step.name) FROM step WHERE step.name IS NOT NULL) "
	    "SELECT name FROM step WHERE name IS NOT NULL LIMIT ?1",
	    DB_INT(RULES_MAX)));
	while (n < RULES_MAX && db_row(q))
		name[n++] = db_dup(a, q, 0);
	*ret = name;
	*ret_n = n;
	return db_end(q);
}

enum err
rule_acknowledges(struct db *db, int64_t report, bool *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q, "SELECT 1 FROM report_route WHERE report_id = ?1 AND acknowledge = 0", DB_INT(report)));
	*ret = !db_row(q);
	return db_end(q);
}

/* Trying */

struct past {
	struct report *report;
	size_t n;
};

static enum err
hosts_of(struct db *db, struct arena *a, int64_t report, struct rule_facts *f)
{
	AUTO(db_stmt) q = NULL;
	struct str *hosts = NULL;

	TRY(db_query(db, &q,
	    "SELECT o.value FROM report_observable ro JOIN observable o ON o.id = ro.observable_id "
	    "WHERE ro.report_id = ?1 AND o.type = 'host' LIMIT 500",
	    DB_INT(report)));
	while (db_row(q)) {
		hosts = arena_room(a, hosts, f->hosts, sizeof(*hosts));
		hosts[f->hosts++] = str_of(db_dup(a, q, 0));
	}
	f->host = hosts;
	return db_end(q);
}

static enum err
try_one(struct db *db, struct blob_store *blobs, struct arena *a, const struct rule *r, const struct report *p,
    const struct zone *zone, bool *ret)
{
	struct rule_facts f = { .channel = p->channel, .purpose = p->purpose, .door = p->door, .lang = p->lang, .cc = p->cc,
		.brand = p->brand, .sender = p->reporter_email, .domestic = p->domestic };
	struct str text = STR_NULL;
	enum err e = rule_needs_text(r) || p->text_blob != 0 ? report_text(db, blobs, a, p, &text) : OK;

	/* A damaged text is like none. */
	if (e != OK && e != ERR_IO && e != ERR_NOT_FOUND)
		return e;
	f.size = (int64_t)text.n;
	f.text = str_of(arena_printf(a, "%s\n%.*s", p->title, STR_F(str_take(text, TEXT_LOOK))));
	rule_facts_of(a, NULL, 0, p->received_at, zone, &f);
	TRY(hosts_of(db, a, p->id, &f));
	*ret = rule_matches(r, &f);
	return OK;
}

enum err
rule_try(struct db *db, struct blob_store *blobs, struct arena *a, const struct rule *r, int64_t most,
    int64_t *ret_looked, int64_t *ret_met, struct value *list)
{
	AUTO(db_stmt) q = NULL;
	AUTO(arena) each = arena_new();
	const struct zone *zone = rule_zone(db, a);
	int64_t *ids = arena_many(a, int64_t, (size_t)most + 1);
	size_t n = 0;

	TRY(db_query(db, &q, "SELECT id FROM report ORDER BY id DESC LIMIT ?1", DB_INT(most)));
	while (n < (size_t)most && db_row(q))
		ids[n++] = db_int(q, 0);
	*ret_looked = (int64_t)n;
	*ret_met = 0;
	for (size_t i = 0; i < n; i++) {
		struct report p;
		bool met;

		arena_reset(each);
		TRY(report_get(db, each, ids[i], &p));
		TRY(try_one(db, blobs, each, r, &p, zone, &met));
		if (!met)
			continue;
		if (++*ret_met > 50)
			continue;
		struct value *o = value_add_object(a, list);

		value_set_text(a, o, "ref", arena_dup(a, p.ref));
		value_set_text(a, o, "title", arena_dup(a, p.title));
		value_set_int(a, o, "received_at", p.received_at);
		value_set_int(a, o, "@id", p.id);
	}
	return OK;
}
