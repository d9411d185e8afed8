/* SPDX-License-Identifier: Apache-2.0 */
#include "observation/sighting_store.h"

#include "auth/setting.h"
#include "base/arena.h"
#include "db/db.h"
#include "incident/incident_store.h"

#define US 1000 /* microseconds of a millisecond */

struct sighting_limits
sighting_limits_read(struct db *db)
{
	struct sighting_limits l = sighting_ready;

	l.z = (double)setting_int(db, "telescope.wave_z");
	l.sources = setting_int(db, "telescope.wave_sources");
	l.sum = (double)setting_int(db, "telescope.slow_sum");
	l.share = setting_int(db, "telescope.top_share");
	l.sensors = setting_int(db, "telescope.least_sensors");
	l.heavy = setting_int(db, "telescope.heavy_packets");
	l.victim = setting_int(db, "telescope.victim_packets");
	return l;
}

struct value *
sighting_numbers(struct arena *a, const struct sighting *s, const struct sighting_limits *l)
{
	struct value *o = value_object(a);

	if (s->rule <= SIGHTING_SLOW) {
		value_set_real(a, o, "score", s->numbers.score);
		value_set_real(a, o, "limit", s->rule == SIGHTING_WAVE ? l->z : l->sum);
		value_set_real(a, o, "usual", s->numbers.usual);
		value_set_real(a, o, "spread", s->numbers.spread);
		value_set_int(a, o, "history_hours", s->numbers.hours);
		value_set_int(a, o, "sources_then", s->sources);
	} else if (s->rule != SIGHTING_FINGERPRINT) {
		value_set_int(a, o, "limit", s->rule == SIGHTING_HEAVY ? l->heavy : l->victim);
	}
	value_set_int(a, o, "packets", s->who.packets);
	value_set_int(a, o, "sources", s->who.sources);
	value_set_int(a, o, "sensors", s->who.sensors);
	value_set_int(a, o, "active_sensors", s->who.active);
	value_set_int(a, o, "top_source_packets", s->who.top);
	value_set_text(a, o, "port", s->port);
	return o;
}

enum err
sighting_keep(struct db *db, struct arena *a, const struct sighting *s, const struct sighting_limits *l)
{
	return db_run(db,
	    "INSERT INTO sighting (rule, series, filter, from_at, to_at, told_at, numbers) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
	    "ON CONFLICT (rule, series, from_at) DO UPDATE SET to_at = excluded.to_at, numbers = excluded.numbers",
	    DB_TEXT(sighting_rule_name[s->rule]), DB_TEXT(s->series), DB_TEXT(s->where), DB_INT(s->from / US), DB_INT(s->to / US),
	    DB_INT(s->told / US), DB_TEXT(value_json_text(a, sighting_numbers(a, s, l))));
}

#define ROW                                                                                                              \
	"SELECT s.id, s.rule, s.series, s.filter, s.from_at, s.to_at, s.told_at, s.numbers, s.state, s.note, s.incident_id, " \
	"i.ref, p.name, s.decided_at, s.version FROM sighting s LEFT JOIN incident i ON i.id = s.incident_id "             \
	"LEFT JOIN person p ON p.id = s.person_id "

static enum err
read_row(struct db_stmt *q, struct db *db, struct arena *a, const struct user *u, struct sighting_row *ret)
{
	struct value *numbers = NULL;
	struct incident i;
	bool visible = false;

	*ret = (struct sighting_row){
		.id = db_int(q, 0),
		.rule = db_dup(a, q, 1),
		.series = db_dup(a, q, 2),
		.where = db_dup(a, q, 3),
		.from = db_int(q, 4),
		.to = db_int(q, 5),
		.told = db_int(q, 6),
		.state = db_dup(a, q, 8),
		.note = db_dup(a, q, 9),
		.incident_id = db_int(q, 10),
		.incident = db_dup(a, q, 11),
		.person = db_dup(a, q, 12),
		.decided_at = db_int(q, 13),
		.version = db_int(q, 14),
	};
	TRY(value_parse(a, str_of(db_dup(a, q, 7)), &numbers, NULL));
	ret->numbers = numbers;
	if (ret->incident_id == 0)
		return OK;
	TRY(incident_get(db, a, ret->incident_id, &i));
	TRY(incident_visible(db, &i, u, &visible));
	if (!visible)
		ret->incident = NULL;
	return OK;
}

enum err
sighting_list(struct db *db, struct arena *a, const char *state, const struct user *u, int64_t offset, int64_t limit,
    struct sighting_row **ret, size_t *ret_n, int64_t *ret_total)
{
	AUTO(db_stmt) q = NULL;
	AUTO(db_stmt) n = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_one(db, &n, "SELECT COUNT(*) FROM sighting WHERE (?1 IS NULL OR state = ?1)", DB_TEXT(state)));
	*ret_total = db_int(n, 0);
	TRY(db_query(db, &q, ROW "WHERE (?1 IS NULL OR s.state = ?1) ORDER BY s.told_at DESC, s.id DESC LIMIT ?2 OFFSET ?3",
	    DB_TEXT(state), DB_INT(limit), DB_INT(offset)));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		TRY(read_row(q, db, a, u, &(*ret)[(*ret_n)++]));
	}
	return db_end(q);
}

enum err
sighting_get(struct db *db, struct arena *a, int64_t id, const struct user *u, struct sighting_row *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, ROW "WHERE s.id = ?1", DB_INT(id)));
	return read_row(q, db, a, u, ret);
}

enum err
sighting_decide(struct db *db, struct arena *a, const struct sighting_row *s, const char *state, const char *note,
    int64_t incident, struct actor by)
{
	struct value *v = value_object(a);

	TRY(db_run(db,
	    "UPDATE sighting SET state = ?2, note = ?3, incident_id = ?4, person_id = ?5, decided_at = ?6, version = version + 1 "
	    "WHERE id = ?1 AND version = ?7",
	    DB_INT(s->id), DB_TEXT(state), DB_TEXT(note), DB_INT_OR_NULL(incident), DB_INT_OR_NULL(by.id), DB_INT(by.now),
	    DB_INT(s->version)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	value_set_text(a, v, "series", s->series);
	value_set_text(a, v, "from", s->state);
	value_set_text(a, v, "to", state);
	value_set_text(a, v, "note", note);
	return journal_write(db, a,
	    &(struct journal_entry){ .at = by.now, .actor = by.id, .actor_name = by.name, .action = "sighting.decide",
		.object = "sighting", .object_id = s->id, .also = incident == 0 ? NULL : "incident", .also_id = incident,
		.payload = v });
}
