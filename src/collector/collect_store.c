/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/collect_store.h"

#include "base/arena.h"
#include "db/db.h"

enum err
collect_counted(struct db *db, uint64_t *ret)
{
	AUTO(db_stmt) q = NULL;

	*ret = 0;
	TRY(db_query(db, &q, "SELECT number FROM sensor_counted WHERE name = 'wal'"));
	if (db_row(q))
		*ret = (uint64_t)db_int(q, 0);
	return db_end(q);
}

/* A sensor may have been removed from a restored database: its rows are left out. */
static enum err
save_hour(struct db *db, const struct seal_hour *h)
{
	return db_run(db,
	    "INSERT INTO sensor_hour (sensor_id, hour, batches, records, lost, dropped) "
	    "SELECT id, ?2, ?3, ?4, ?5, ?6 FROM sensor WHERE id = ?1 "
	    "ON CONFLICT (sensor_id, hour) DO UPDATE SET batches = sensor_hour.batches + excluded.batches, "
	    "records = sensor_hour.records + excluded.records, lost = sensor_hour.lost + excluded.lost, "
	    "dropped = sensor_hour.dropped + excluded.dropped",
	    DB_INT((int64_t)h->sensor), DB_INT(h->hour), DB_INT(h->batches), DB_INT(h->records), DB_INT(h->lost),
	    DB_INT(h->dropped));
}

static enum err
save_health(struct db *db, const struct position *p)
{
	return db_run(db,
	    "INSERT INTO sensor_health (sensor_id, received_at, packet_at, batches, records, lost, packets, dropped, unclean, "
	    "skew, program) SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 FROM sensor WHERE id = ?1 "
	    "ON CONFLICT (sensor_id) DO UPDATE SET received_at = excluded.received_at, packet_at = excluded.packet_at, "
	    "batches = excluded.batches, records = excluded.records, lost = excluded.lost, packets = excluded.packets, "
	    "dropped = excluded.dropped, unclean = excluded.unclean, skew = excluded.skew, program = excluded.program",
	    DB_INT((int64_t)p->sensor), DB_INT(p->received_at / 1000), DB_INT_OR_NULL(p->packet_at / 1000),
	    DB_INT((int64_t)p->batches), DB_INT((int64_t)p->records), DB_INT((int64_t)p->lost), DB_INT((int64_t)p->received),
	    DB_INT((int64_t)p->dropped), DB_INT((int64_t)p->unclean),
	    p->status[BATCH_CLOCKED] == 0 ? DB_NULL : DB_INT(batch_unzigzag(p->status[BATCH_OFFSET])), DB_TEXT(p->version));
}

enum err
collect_save(struct db *db, const struct seal_result *r)
{
	for (size_t i = 0; i < r->hours; i++)
		TRY(save_hour(db, &r->hour[i]));
	for (size_t i = 0; i < r->positions; i++)
		TRY(save_health(db, &r->position[i]));
	return db_run(db,
	    "INSERT INTO sensor_counted (name, number) VALUES ('wal', ?1) "
	    "ON CONFLICT (name) DO UPDATE SET number = excluded.number",
	    DB_INT((int64_t)r->counted));
}

enum err
collect_names(struct db *db, struct arena *a, struct collect_names *ret)
{
	AUTO(db_stmt) q = NULL;

	*ret = (struct collect_names){ 0 };
	TRY(db_query(db, &q, "SELECT id, name FROM sensor ORDER BY id"));
	while (db_row(q)) {
		ret->id = arena_room(a, ret->id, ret->n, sizeof(*ret->id));
		ret->name = arena_room(a, ret->name, ret->n, sizeof(*ret->name));
		ret->id[ret->n] = (uint64_t)db_int(q, 0);
		ret->name[ret->n++] = db_dup(a, q, 1);
	}
	return db_end(q);
}

const char *
collect_name(struct arena *a, const struct collect_names *names, uint64_t sensor)
{
	size_t low = 0, high = names->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (names->id[middle] < sensor)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < names->n && names->id[low] == sensor)
		return names->name[low];
	return arena_printf(a, "sensor-%llu", (unsigned long long)sensor);
}
