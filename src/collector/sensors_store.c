/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/sensors_store.h"

#include <string.h>

#include "auth/auth_scope.h"
#include "base/arena.h"
#include "base/hex.h"
#include "base/limit.h"
#include "db/db.h"

#define NAME_MAX_BYTES 40

bool
sensors_name_valid(struct str s)
{
	if (s.n == 0 || s.n > NAME_MAX_BYTES || s.p[0] == '-' || s.p[s.n - 1] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || str_is_digit(c) || c == '-'))
			return false;
	}
	return true;
}

#define SENSOR                                                                                          \
	"SELECT s.id, s.name, s.area, s.place, s.region, s.note, s.addresses, s.organisation_id, o.name, s.state, " \
	"s.public_key IS NOT NULL, s.token_hash IS NOT NULL AND s.token_until > ?1, s.token_until, s.created_at, "  \
	"s.enrolled_at, s.revoked_at, s.version FROM sensor s LEFT JOIN organisation o ON o.id = s.organisation_id "

static void
read_row(struct db_stmt *q, struct arena *a, struct sensor_row *ret)
{
	*ret = (struct sensor_row){
		.id = db_int(q, 0),
		.name = db_dup(a, q, 1),
		.area = db_dup(a, q, 2),
		.place = db_dup(a, q, 3),
		.region = db_dup(a, q, 4),
		.note = db_dup(a, q, 5),
		.addresses = db_dup(a, q, 6),
		.organisation_id = db_int(q, 7),
		.organisation = db_dup(a, q, 8),
		.state = db_dup(a, q, 9),
		.has_key = db_int(q, 10) != 0,
		.has_token = db_int(q, 11) != 0,
		.token_until = db_int(q, 12),
		.created_at = db_int(q, 13),
		.enrolled_at = db_int(q, 14),
		.revoked_at = db_int(q, 15),
		.version = db_int(q, 16),
	};
}

enum err
sensors_list(struct db *db, struct arena *a, int64_t now, struct sensor_row **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &q, SENSOR "ORDER BY s.name", DB_INT(now)));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		read_row(q, a, &(*ret)[(*ret_n)++]);
	}
	return db_end(q);
}

enum err
sensors_get(struct db *db, struct arena *a, int64_t id, int64_t now, struct sensor_row *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, SENSOR "WHERE s.id = ?2", DB_INT(now), DB_INT(id)));
	read_row(q, a, ret);
	return OK;
}

static enum err
tell(struct db *db, struct arena *a, const char *action, int64_t id, const struct value *payload, struct actor by)
{
	return journal_tell(db, a, action, "sensor", id, payload, by);
}

/* Is the name another one's? Asked first: after a refused statement nothing more
 * could be written. */
static enum err
name_free(struct db *db, const char *name, int64_t except)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q, "SELECT 1 FROM sensor WHERE name = ?1 AND id <> ?2", DB_TEXT(name), DB_INT(except)));
	if (db_row(q))
		return ERR_EXISTS;
	return db_end(q);
}

enum err
sensors_add(struct db *db, struct arena *a, const struct sensor_row *s, struct actor by, int64_t *ret)
{
	struct value *v = value_object(a);
	AUTO(db_stmt) q = NULL;

	TRY(name_free(db, s->name, 0));
	TRY(db_one(db, &q, "SELECT COUNT(*) FROM sensor"));
	if (db_int(q, 0) >= LIMIT_SENSORS)
		return ERR_LIMIT;
	TRY(db_insert(db, ret,
	    "INSERT INTO sensor (name, area, place, region, organisation_id, addresses, note, state, created_by, created_at) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'waiting', ?8, ?9) RETURNING id",
	    DB_TEXT(s->name), DB_TEXT(s->area), DB_TEXT(s->place), DB_TEXT(s->region), DB_INT_OR_NULL(s->organisation_id),
	    DB_TEXT(s->addresses), DB_TEXT(s->note), DB_INT(by.id), DB_INT(by.now)));
	value_set_text(a, v, "name", s->name);
	return tell(db, a, "sensor.add", *ret, v, by);
}

static void
differs(struct arena *a, struct value *v, const char *key, const char *from, const char *to)
{
	if (strcmp(from, to) == 0)
		return;
	struct value *o = value_set_object(a, v, key);

	value_set_text(a, o, "from", from);
	value_set_text(a, o, "to", to);
}

enum err
sensors_change(struct db *db, struct arena *a, const struct sensor_row *s, struct actor by)
{
	struct value *v = value_object(a);
	struct sensor_row old;

	TRY(sensors_get(db, a, s->id, by.now, &old));
	TRY(name_free(db, s->name, s->id));
	TRY(db_run(db,
	    "UPDATE sensor SET name = ?3, area = ?4, place = ?5, region = ?6, organisation_id = ?7, addresses = ?8, note = ?9, "
	    "version = version + 1 WHERE id = ?1 AND version = ?2",
	    DB_INT(s->id), DB_INT(s->version), DB_TEXT(s->name), DB_TEXT(s->area), DB_TEXT(s->place), DB_TEXT(s->region),
	    DB_INT_OR_NULL(s->organisation_id), DB_TEXT(s->addresses), DB_TEXT(s->note)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	differs(a, v, "name", old.name, s->name);
	differs(a, v, "group", old.area, s->area);
	differs(a, v, "place", old.place, s->place);
	differs(a, v, "region", old.region, s->region);
	differs(a, v, "organisation", old.organisation == NULL ? "" : old.organisation, s->organisation == NULL ? "" : s->organisation);
	/* The journal is read by more people than the addresses may be. */
	if (strcmp(old.addresses, s->addresses) != 0)
		value_set_bool(a, v, "addresses_changed", true);
	return tell(db, a, "sensor.change", s->id, v, by);
}

enum err
sensors_token(struct db *db, struct arena *a, int64_t id, int64_t until, struct actor by, const char **ret)
{
	struct value *v = value_object(a);
	const char *token = auth_secret_new(a);

	TRY(db_run(db, "UPDATE sensor SET token_hash = ?2, token_until = ?3 WHERE id = ?1", DB_INT(id),
	    DB_TEXT(auth_secret_hash(a, str_of(token))), DB_INT(until)));
	if (db_changed(db) != 1)
		return ERR_NOT_FOUND;
	value_set_int(a, v, "until", until);
	TRY(tell(db, a, "sensor.token", id, v, by));
	*ret = token;
	return OK;
}

enum err
sensors_revoke(struct db *db, struct arena *a, int64_t id, struct actor by)
{
	TRY(db_run(db,
	    "UPDATE sensor SET state = 'revoked', revoked_at = ?2, token_hash = NULL, token_until = NULL WHERE id = ?1 "
	    "AND state <> 'revoked'",
	    DB_INT(id), DB_INT(by.now)));
	return db_changed(db) == 1 ? tell(db, a, "sensor.revoke", id, NULL, by) : ERR_CONFLICT;
}

enum err
sensors_enrol(struct db *db, struct arena *a, struct str token, const char *key, int64_t now, struct sensor_row *ret)
{
	const struct actor by = { .name = "sensor", .now = now };
	struct value *v = value_object(a);
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q, SENSOR "WHERE s.token_hash = ?2 AND s.token_until > ?1", DB_INT(now),
	    DB_TEXT(auth_secret_hash(a, token))));
	if (!db_row(q)) {
		TRY(db_end(q));
		return ERR_DENIED;
	}
	read_row(q, a, ret);
	db_stmt_free(q);
	q = NULL;
	TRY(db_query(db, &q, "SELECT 1 FROM sensor WHERE public_key = ?1 AND id <> ?2", DB_TEXT(key), DB_INT(ret->id)));
	if (db_row(q))
		return ERR_EXISTS;
	TRY(db_end(q));
	TRY(db_run(db,
	    "UPDATE sensor SET public_key = ?2, state = 'active', enrolled_at = ?3, revoked_at = NULL, token_hash = NULL, "
	    "token_until = NULL, version = version + 1 WHERE id = ?1",
	    DB_INT(ret->id), DB_TEXT(key), DB_INT(now)));
	value_set_text(a, v, "key", key);
	return tell(db, a, "sensor.enrol", ret->id, v, by);
}

enum err
sensors_key(struct db *db, uint64_t id, struct collector_key *ret)
{
	AUTO(db_stmt) q = NULL;

	if (id > INT64_MAX)
		return ERR_NOT_FOUND;
	TRY(db_one(db, &q, "SELECT public_key, state FROM sensor WHERE id = ?1 AND public_key IS NOT NULL", DB_INT((int64_t)id)));
	ret->revoked = strcmp(db_text(q, 1), "active") != 0;
	return hex_parse(db_str(q, 0), ret->key, sizeof(ret->key));
}
