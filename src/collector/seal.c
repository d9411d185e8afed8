/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/seal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "collector/wal.h"
#include "telescope/segment.h"
#include "telescope/store.h"

#define NOTE "wal "
#define COMPACT_DAYS 7 /* in one run: the rest next time */

struct seal {
	struct arena *a;
	const struct seal_options *o;
	struct store *store;
	struct store_writer **writer; /* made when it is needed */
	struct positions positions;
	struct seal_hour *hour;
	size_t hours;
	uint64_t sealed; /* the note: up to which file */
	uint64_t file;	 /* that is being read */
	struct arena *scratch;
	uint64_t records, damaged;
};

static uint64_t
note_read(const char *note)
{
	struct str s = str_of(note);
	int64_t n;

	return str_eat(&s, STR(NOTE)) && str_int(s, 0, INT64_MAX, &n) ? (uint64_t)n : 0;
}

static struct seal_hour *
hour_of(struct seal *s, uint64_t sensor, int64_t hour)
{
	/* The newest are asked for most. */
	for (size_t i = s->hours; i-- > 0;) {
		if (s->hour[i].sensor == sensor && s->hour[i].hour == hour)
			return &s->hour[i];
		if (s->hour[i].hour < hour - CLOCK_HOUR)
			break;
	}
	s->hour = arena_room(s->a, s->hour, s->hours, sizeof(*s->hour));
	s->hour[s->hours] = (struct seal_hour){ .sensor = sensor, .hour = hour };
	return &s->hour[s->hours++];
}

static void
count(struct seal *s, const struct batch *b, int64_t received_at)
{
	struct position *p = position_get(&s->positions, b->head.sensor);
	const struct position before = *p;
	int64_t at = received_at / 1000;

	position_step(p, b, received_at);
	if (s->file <= s->o->counted)
		return;
	struct seal_hour *h = hour_of(s, b->head.sensor, at - at % CLOCK_HOUR);

	h->batches++;
	h->records += (int64_t)(p->records - before.records);
	h->lost += (int64_t)(p->lost - before.lost);
	h->dropped += (int64_t)(p->dropped - before.dropped);
}

static const struct geo *
places(const struct seal_options *o)
{
	return o->geo == NULL ? NULL : o->geo(o->object);
}

/* Places only where there is something to put in them: the table is large. */
static enum err
writer(struct seal *s, bool records, struct store_writer **ret)
{
	if (*s->writer == NULL) {
		struct store_options options = {
			.microseconds = s->o->microseconds,
			.payload = s->o->payload,
			.geo = records ? places(s->o) : NULL,
		};

		TRY(store_writer_new(s->store, &options, s->writer));
	}
	*ret = *s->writer;
	return OK;
}

static enum err
add_records(struct seal *s, const struct batch *b)
{
	const char *name = s->o->name(s->o->object, b->head.sensor);
	struct store_writer *to;
	uint32_t sensor;

	TRY(writer(s, true, &to));
	TRY(store_sensor(to, str_of(name), &sensor));
	for (uint32_t i = 0; i < b->head.records; i++)
		TRY(store_add(to, &b->record[i], sensor));
	s->records += b->head.records;
	return OK;
}

static enum err
entry(void *object, enum wal_kind kind, struct str bytes)
{
	struct seal *s = object;
	int64_t received_at;
	struct str text;
	struct batch b;

	if (kind == WAL_STATE)
		return position_load(&s->positions, bytes);
	if (kind != WAL_BATCH)
		return OK; /* of a later version */
	arena_reset(s->scratch);
	/* It was read before it was written; another version may read less. */
	if (wal_batch(bytes, &received_at, &text) != OK || batch_read(s->scratch, text, &b) != OK) {
		s->damaged++;
		return OK;
	}
	count(s, &b, received_at);
	return s->file > s->sealed && b.head.records > 0 ? add_records(s, &b) : OK;
}

/* All but the newest, which may be written to. Files that are sealed and counted go. */
static enum err
read_files(struct seal *s, const uint64_t *list, size_t n, struct seal_result *r)
{
	for (size_t i = 0; i + 1 < n; i++) {
		struct wal_reading reading;

		s->file = list[i];
		if (s->file <= s->sealed && s->file <= s->o->counted) {
			if (unlink(wal_path(s->a, s->o->wal, s->file)) != 0 && errno != ENOENT)
				return ERR_IO;
			continue;
		}
		TRY(wal_read(s->o->wal, s->file, entry, s, &reading));
		r->files += s->file > s->sealed;
		r->damaged += reading.damaged;
		if (s->file > r->counted)
			r->counted = s->file;
	}
	return OK;
}

static enum err
commit(struct seal *s, uint64_t last)
{
	struct store_writer *to;

	if (last <= s->sealed)
		return OK; /* it was counted only */
	TRY(writer(s, false, &to));
	return store_commit(to, arena_printf(s->a, NOTE "%llu", (unsigned long long)last));
}

static enum err
run(struct seal *s, struct seal_result *r)
{
	const uint64_t *list;
	size_t n;

	TRY(wal_list(s->a, s->o->wal, &list, &n));
	if (n < 2) /* the newest file is left alone */
		return OK;
	TRY(read_files(s, list, n, r));
	return commit(s, r->counted);
}

static struct position *
positions_copy(struct seal *s)
{
	struct position *list = arena_many(s->a, struct position, s->positions.n + 1);

	for (size_t i = 0; i < s->positions.n; i++)
		list[i] = *s->positions.list[i];
	return list;
}

enum err
seal_run(struct arena *a, const struct seal_options *o, struct seal_result *ret)
{
	AUTO(store) store = NULL;
	AUTO(arena) scratch = arena_new();
	AUTO(store_writer) to = NULL;
	struct seal s = { .a = a, .o = o, .positions = { .a = a }, .scratch = scratch };
	struct seal_result r = { .counted = o->counted };

	TRY(store_open(o->store, true, &store));
	s.store = store;
	s.writer = &to;
	s.sealed = note_read(store_note(store));
	TRY(run(&s, &r));
	r.records = s.records;
	r.damaged += s.damaged;
	r.hour = s.hour;
	r.hours = s.hours;
	r.position = positions_copy(&s);
	r.positions = s.positions.n;
	*ret = r;
	return OK;
}

/* What retention took a part of stays as it is: it would lose that mark; so does what cannot
 * be read, for "telescope verify" to tell. */
static enum err
day_is_whole(struct store *store, size_t from, size_t to, bool *ret)
{
	*ret = true;
	for (size_t i = from; i < to && *ret; i++) {
		struct segment *s;
		enum err e = store_segment(store, i, &s);

		if (e == ERR_IO)
			return e;
		*ret = e == OK && segment_info(s)->kept == SEGMENT_KEPT_ALL;
	}
	return OK;
}

/* One day's segments become one. */
static enum err
compact_day(const struct seal_options *o, struct store *store, size_t from, size_t to)
{
	AUTO(store_writer) writer = NULL;
	const struct store_options options = {
		.microseconds = o->microseconds,
		.payload = o->payload,
		.geo = places(o),
	};

	TRY(store_writer_new(store, &options, &writer));
	for (size_t i = from; i < to; i++)
		TRY(store_replace(writer, i));
	return store_commit(writer, NULL);
}

enum err
seal_compact(const struct seal_options *o, int64_t today, int64_t *ret)
{
	AUTO(store) store = NULL;
	size_t n, from = 0;

	*ret = 0;
	TRY(store_open(o->store, true, &store));
	while (*ret < COMPACT_DAYS) {
		const struct store_entry *list = store_list(store, &n);
		size_t to = from;
		bool whole = false;

		while (to < n && list[to].day == list[from].day)
			to++;
		if (from >= n)
			return OK;
		if (to - from >= 2 && list[from].day < today)
			TRY(day_is_whole(store, from, to, &whole));
		enum err e = whole ? compact_day(o, store, from, to) : ERR_INVALID;

		if (e == ERR_INVALID) { /* damaged inside: the other days go on */
			from = to;
			continue;
		}
		TRY(e);
		(*ret)++;
		from = 0; /* the list is another one now */
	}
	return OK;
}
