/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/relation_store.h"

#include "base/arena.h"
#include "db/db.h"
#include "text/value.h"

/* Memberships */

#define MEMBERSHIP \
	"SELECT m.id, m.organisation_id, m.community_id, m.role, m.since, m.until, m.note, o.name, o.name_en, " \
	"c.name, c.name_en FROM membership m JOIN organisation o ON o.id = m.organisation_id " \
	"JOIN organisation c ON c.id = m.community_id "

static void
read_membership(struct db_stmt *q, struct arena *a, struct relation_membership *ret)
{
	*ret = (struct relation_membership){
		.id = db_int(q, 0),
		.organisation_id = db_int(q, 1),
		.community_id = db_int(q, 2),
		.role = db_dup(a, q, 3),
		.since = db_int(q, 4),
		.until = db_int(q, 5),
		.note = db_dup(a, q, 6),
		.organisation = db_dup(a, q, 7),
		.organisation_en = db_dup(a, q, 8),
		.community = db_dup(a, q, 9),
		.community_en = db_dup(a, q, 10),
	};
}

enum err
relation_membership_list(struct db *db, struct arena *a, int64_t organisation, bool of_community,
    struct relation_membership **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(of_community
	    ? db_query(db, &q,
		MEMBERSHIP "WHERE m.community_id = ?1 AND o.removed_at IS NULL ORDER BY m.until IS NOT NULL, "
		"COALESCE(o.kana, o.folded), m.id LIMIT 500",
		DB_INT(organisation))
	    : db_query(db, &q,
		MEMBERSHIP "WHERE m.organisation_id = ?1 ORDER BY m.until IS NOT NULL, m.since DESC, m.id LIMIT 500",
		DB_INT(organisation)));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		read_membership(q, a, &(*ret)[(*ret_n)++]);
	}
	return db_end(q);
}

enum err
relation_membership_get(struct db *db, struct arena *a, int64_t organisation, int64_t id, struct relation_membership *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, MEMBERSHIP "WHERE m.id = ?1 AND m.organisation_id = ?2", DB_INT(id), DB_INT(organisation)));
	read_membership(q, a, ret);
	return OK;
}

static enum err
tell_membership(struct db *db, struct arena *a, const char *action, const struct relation_membership *m, struct actor by)
{
	struct value *v = value_object(a);
	struct organisation community;

	TRY(organisation_get(db, a, m->community_id, &community));
	value_set_text(a, v, "community", community.name);
	value_set_text(a, v, "role", m->role);
	if (m->since != 0)
		value_set_int(a, v, "since", m->since);
	if (m->until != 0)
		value_set_int(a, v, "until", m->until);
	return organisation_tell(db, a, action, m->organisation_id, v, by);
}

enum err
relation_membership_add(struct db *db, struct arena *a, const struct relation_membership *m, struct actor by, int64_t *ret_id)
{
	TRY(db_insert(db, ret_id,
	    "INSERT INTO membership (organisation_id, community_id, role, since, until, note) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
	    DB_INT(m->organisation_id), DB_INT(m->community_id), DB_TEXT(m->role), DB_INT_OR_NULL(m->since),
	    DB_INT_OR_NULL(m->until), DB_TEXT_OR_NULL(m->note)));
	return tell_membership(db, a, "membership.add", m, by);
}

enum err
relation_membership_change(struct db *db, struct arena *a, const struct relation_membership *m, struct actor by)
{
	TRY(db_run(db,
	    "UPDATE membership SET role = ?3, since = ?4, until = ?5, note = ?6 WHERE id = ?1 AND organisation_id = ?2",
	    DB_INT(m->id), DB_INT(m->organisation_id), DB_TEXT(m->role), DB_INT_OR_NULL(m->since),
	    DB_INT_OR_NULL(m->until), DB_TEXT_OR_NULL(m->note)));
	return db_changed(db) == 1 ? tell_membership(db, a, "membership.change", m, by) : ERR_NOT_FOUND;
}

enum err
relation_membership_remove(struct db *db, struct arena *a, const struct relation_membership *m, struct actor by)
{
	TRY(db_run(db, "DELETE FROM membership WHERE id = ?1 AND organisation_id = ?2", DB_INT(m->id),
	    DB_INT(m->organisation_id)));
	return db_changed(db) == 1 ? tell_membership(db, a, "membership.remove", m, by) : ERR_NOT_FOUND;
}

/* Agreements */

#define AGREEMENT \
	"SELECT id, organisation_id, kind, title, scope, signed_on, expires_on, renewal, note, removed_at FROM agreement "

static void
read_agreement(struct db_stmt *q, struct arena *a, struct relation_agreement *ret)
{
	*ret = (struct relation_agreement){
		.id = db_int(q, 0),
		.organisation_id = db_int(q, 1),
		.kind = db_dup(a, q, 2),
		.title = db_dup(a, q, 3),
		.scope = db_dup(a, q, 4),
		.signed_on = db_int(q, 5),
		.expires_on = db_int(q, 6),
		.renewal = db_dup(a, q, 7),
		.note = db_dup(a, q, 8),
		.removed_at = db_int(q, 9),
	};
}

enum err
relation_agreement_list(struct db *db, struct arena *a, int64_t organisation, struct relation_agreement **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &q,
	    AGREEMENT "WHERE organisation_id = ?1 AND removed_at IS NULL ORDER BY signed_on DESC, id DESC LIMIT 200",
	    DB_INT(organisation)));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		read_agreement(q, a, &(*ret)[(*ret_n)++]);
	}
	return db_end(q);
}

enum err
relation_agreement_get(struct db *db, struct arena *a, int64_t organisation, int64_t id, struct relation_agreement *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, AGREEMENT "WHERE id = ?1 AND organisation_id = ?2", DB_INT(id), DB_INT(organisation)));
	read_agreement(q, a, ret);
	return OK;
}

static enum err
tell_agreement(struct db *db, struct arena *a, const char *action, const struct relation_agreement *g, struct actor by)
{
	struct value *v = value_object(a);

	value_set_text(a, v, "kind", g->kind);
	value_set_text(a, v, "title", g->title);
	if (g->expires_on != 0)
		value_set_int(a, v, "expires_on", g->expires_on);
	return organisation_tell(db, a, action, g->organisation_id, v, by);
}

enum err
relation_agreement_add(struct db *db, struct arena *a, const struct relation_agreement *g, struct actor by, int64_t *ret_id)
{
	TRY(db_insert(db, ret_id,
	    "INSERT INTO agreement (organisation_id, kind, title, scope, signed_on, expires_on, renewal, note) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING id",
	    DB_INT(g->organisation_id), DB_TEXT(g->kind), DB_TEXT(g->title), DB_TEXT_OR_NULL(g->scope),
	    DB_INT_OR_NULL(g->signed_on), DB_INT_OR_NULL(g->expires_on), DB_TEXT_OR_NULL(g->renewal),
	    DB_TEXT_OR_NULL(g->note)));
	return tell_agreement(db, a, "agreement.add", g, by);
}

enum err
relation_agreement_change(struct db *db, struct arena *a, const struct relation_agreement *g, struct actor by)
{
	TRY(db_run(db,
	    "UPDATE agreement SET kind = ?3, title = ?4, scope = ?5, signed_on = ?6, expires_on = ?7, renewal = ?8, "
	    "note = ?9 WHERE id = ?1 AND organisation_id = ?2 AND removed_at IS NULL",
	    DB_INT(g->id), DB_INT(g->organisation_id), DB_TEXT(g->kind), DB_TEXT(g->title),
	    DB_TEXT_OR_NULL(g->scope), DB_INT_OR_NULL(g->signed_on), DB_INT_OR_NULL(g->expires_on),
	    DB_TEXT_OR_NULL(g->renewal), DB_TEXT_OR_NULL(g->note)));
	return db_changed(db) == 1 ? tell_agreement(db, a, "agreement.change", g, by) : ERR_NOT_FOUND;
}

enum err
relation_agreement_remove(struct db *db, struct arena *a, const struct relation_agreement *g, bool remove, struct actor by)
{
	TRY(db_run(db, "UPDATE agreement SET removed_at = ?3 WHERE id = ?1 AND organisation_id = ?2", DB_INT(g->id),
	    DB_INT(g->organisation_id), DB_INT_OR_NULL(remove ? by.now : 0)));
	return db_changed(db) == 1
	    ? tell_agreement(db, a, remove ? "agreement.remove" : "agreement.restore", g, by)
	    : ERR_NOT_FOUND;
}

/* Relations */

#define RELATION \
	"SELECT r.id, r.from_id, r.to_id, r.kind, r.trust, r.flows, r.note, f.name, f.name_en, t.name, t.name_en " \
	"FROM relation r LEFT JOIN organisation f ON f.id = r.from_id JOIN organisation t ON t.id = r.to_id "

static void
read_relation(struct db_stmt *q, struct arena *a, struct relation *ret)
{
	*ret = (struct relation){
		.id = db_int(q, 0),
		.from_id = db_int(q, 1),
		.to_id = db_int(q, 2),
		.kind = db_dup(a, q, 3),
		.trust = db_dup(a, q, 4),
		.flows = db_dup(a, q, 5),
		.note = db_dup(a, q, 6),
		.from = db_dup(a, q, 7),
		.from_en = db_dup(a, q, 8),
		.to = db_dup(a, q, 9),
		.to_en = db_dup(a, q, 10),
	};
}

enum err
relation_list(struct db *db, struct arena *a, int64_t organisation, struct relation **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &q, RELATION "WHERE r.from_id = ?1 OR r.to_id = ?1 ORDER BY r.from_id, r.id LIMIT 500",
	    DB_INT(organisation)));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		read_relation(q, a, &(*ret)[(*ret_n)++]);
	}
	return db_end(q);
}

enum err
relation_get(struct db *db, struct arena *a, int64_t organisation, int64_t id, struct relation *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, RELATION "WHERE r.id = ?1 AND (r.from_id = ?2 OR r.to_id = ?2)", DB_INT(id),
	    DB_INT(organisation)));
	read_relation(q, a, ret);
	return OK;
}

static enum err
tell_relation(struct db *db, struct arena *a, const char *action, int64_t organisation, const struct relation *r,
    struct actor by)
{
	struct value *v = value_object(a);
	struct organisation other;
	int64_t id = r->from_id == organisation ? r->to_id : r->from_id;

	if (id != 0) {
		TRY(organisation_get(db, a, id, &other));
		value_set_text(a, v, "with", other.name);
	}
	value_set_text(a, v, "relation", r->kind);
	value_set_text(a, v, "trust", r->trust);
	value_set_text(a, v, "flows", r->flows);
	return organisation_tell(db, a, action, organisation, v, by);
}

enum err
relation_put(struct db *db, struct arena *a, int64_t organisation, const struct relation *r, struct actor by)
{
	TRY(db_run(db,
	    "INSERT INTO relation (from_id, to_id, kind, trust, flows, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
	    "ON CONFLICT (from_id, to_id, kind) DO UPDATE SET trust = excluded.trust, flows = excluded.flows, "
	    "note = excluded.note",
	    DB_INT(r->from_id), DB_INT(r->to_id), DB_TEXT(r->kind), DB_TEXT(r->trust), DB_TEXT(r->flows),
	    DB_TEXT_OR_NULL(r->note)));
	return tell_relation(db, a, "relation.put", organisation, r, by);
}

enum err
relation_remove(struct db *db, struct arena *a, int64_t organisation, const struct relation *r, struct actor by)
{
	TRY(db_run(db, "DELETE FROM relation WHERE id = ?1 AND (from_id = ?2 OR to_id = ?2)", DB_INT(r->id),
	    DB_INT(organisation)));
	return db_changed(db) == 1 ? tell_relation(db, a, "relation.remove", organisation, r, by) : ERR_NOT_FOUND;
}

/* Several relations of one follow each other: their flows are joined. */
enum err
relation_parties(struct db *db, struct arena *a, int64_t community, const char *cc, struct relation_party **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &q,
	    "SELECT o.id, o.name, o.name_en, o.kind, o.cc, r.flows FROM organisation o LEFT JOIN relation r "
	    "ON r.to_id = o.id AND r.from_id = 0 WHERE o.removed_at IS NULL AND (?1 = 0 OR o.id IN (SELECT "
	    "organisation_id FROM membership WHERE community_id = ?1)) AND (?2 = '' OR o.cc = ?2) "
	    "ORDER BY COALESCE(o.kana, o.folded), o.id LIMIT ?3",
	    DB_INT(community), DB_TEXT(cc), DB_INT(RELATION_PARTIES)));
	while (db_row(q)) {
		struct relation_party *last = *ret_n == 0 ? NULL : &(*ret)[*ret_n - 1];

		if (last != NULL && last->o.id == db_int(q, 0)) {
			last->flows = arena_printf(a, "%s,%s", last->flows, db_text(q, 5));
			continue;
		}
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		(*ret)[(*ret_n)++] = (struct relation_party){
			.o = {
				.id = db_int(q, 0),
				.name = db_dup(a, q, 1),
				.name_en = db_dup(a, q, 2),
				.kind = db_dup(a, q, 3),
				.cc = db_dup(a, q, 4),
			},
			.flows = db_dup(a, q, 5),
		};
	}
	return db_end(q);
}
