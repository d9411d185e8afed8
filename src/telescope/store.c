/* SPDX-License-Identifier: Apache-2.0 */
#include "telescope/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/limit.h"
#include "sys/files.h"
#include "telescope/segment.h"
#include "telescope/segment_build.h"
#include "telescope/segment_code.h"
#include "telescope/store_manifest.h"

#define DAY INT64_C(86400000000)
#define OPEN_DAYS 3 /* records of so many days may come in turns */
/*
 * Days that come in turns, more than are open, would each become many small segments. While the one
 * that would have to be closed has fewer rows than SPARSE, records of others wait, and are
 * taken by time.
 */
#define SPARSE 4096
#define WAITING_MAX 131072
#define NOTE_MAX 4000
#define LOCK_MS 10000

struct store {
	struct arena *a;	/* of the list */
	const char *folder;
	bool write;
	int lock;
	struct str manifest;	/* as it was read */
	struct manifest state;
	struct segment **segment; /* of each entry, when it was opened */
	struct segment_code *code; /* of all of them */
	uint8_t key[32];
};

static const char *
path_of(struct arena *a, const struct store *s, const char *name, const char *suffix)
{
	return arena_printf(a, "%s/%s%s", s->folder, name, suffix);
}

static void
close_segments(struct store *s)
{
	for (size_t i = 0; s->segment != NULL && i < s->state.n; i++)
		segment_free(s->segment[i]);
	s->segment = NULL;
}

/* MANIFEST as it is now. Segments that stay are not opened anew. */
static enum err
load(struct store *s)
{
	struct arena *a = arena_new();
	struct str text = STR_NULL;
	struct manifest state;
	struct segment **segment;
	enum err e;

	e = files_read(a, path_of(a, s, "MANIFEST", ""), LIMIT_STORE_MANIFEST, &text);
	if (e == ERR_NOT_FOUND)
		e = OK; /* a new store has none */
	if (e == OK)
		e = manifest_parse(a, text, &state);
	if (e != OK) {
		arena_free(a);
		return e;
	}
	segment = arena_many(a, struct segment *, state.n + 1);
	for (size_t i = 0; i < state.n; i++) {
		for (size_t j = 0; s->segment != NULL && j < s->state.n; j++) {
			if (s->segment[j] != NULL && s->state.entry[j].hash == state.entry[i].hash &&
			    strcmp(s->state.entry[j].name, state.entry[i].name) == 0) {
				segment[i] = s->segment[j];
				s->segment[j] = NULL;
			}
		}
	}
	close_segments(s);
	s->folder = arena_dup(a, s->folder);
	arena_free(s->a);
	s->a = a;
	s->manifest = text;
	s->state = state;
	s->segment = segment;
	return OK;
}

static bool
listed(const struct store *s, struct str name)
{
	for (size_t i = 0; i < s->state.n; i++) {
		if (str_is(name, s->state.entry[i].name))
			return true;
	}
	return false;
}

/* What a crash left: files that no commit names. */
static enum err
sweep(struct store *s)
{
	AUTO(arena) a = arena_new();
	DIR *d = opendir(s->folder);

	if (d == NULL)
		return ERR_IO;
	for (struct dirent *t; (t = readdir(d)) != NULL;) {
		struct str name = str_of(t->d_name);

		if (str_ends(name, STR(".tmp")) ||
		    (str_ends(name, STR(".seg")) && !listed(s, str_take(name, name.n - 4))))
			(void)unlink(path_of(a, s, t->d_name, "")); /* the next writer tries again */
	}
	(void)closedir(d); /* only read */
	/* A line that was not finished: what is appended must not continue it. */
	if (s->state.whole < s->manifest.n && truncate(path_of(a, s, "MANIFEST", ""), (off_t)s->state.whole) != 0)
		return ERR_IO;
	return OK;
}

enum err
store_open(const char *folder, bool write, struct store **ret)
{
	struct store *s = calloc(1, sizeof(*s));
	enum err e = OK;

	if (s == NULL)
		abort(); /* as the arena does */
	s->a = arena_new();
	s->folder = arena_dup(s->a, folder);
	s->write = write;
	s->lock = -1;
	s->code = segment_code_new();
	if (write) {
		e = files_mkdirs(folder, 0700);
		if (e == OK)
			e = files_lock(path_of(s->a, s, "lock", ""), LOCK_MS, &s->lock);
		if (e == OK)
			e = files_key_make(path_of(s->a, s, "key", ""), s->key);
	} else if (access(folder, R_OK | X_OK) != 0) {
		e = errno == ENOENT ? ERR_NOT_FOUND : errno == EACCES ? ERR_DENIED : ERR_IO;
	}
	if (e == OK)
		e = load(s);
	if (e == OK && write)
		e = sweep(s);
	if (e != OK) {
		store_free(s);
		return e;
	}
	*ret = s;
	return OK;
}

void
store_free(struct store *s)
{
	if (s == NULL)
		return;
	close_segments(s);
	segment_code_free(s->code);
	if (s->lock >= 0)
		files_unlock(s->lock);
	sodium_memzero(s->key, sizeof(s->key));
	arena_free(s->a);
	free(s);
}

const struct store_entry *
store_list(const struct store *s, size_t *ret_n)
{
	*ret_n = s->state.n;
	return s->state.entry;
}

bool
store_knows(const struct store *s, uint64_t mark)
{
	for (size_t i = 0; i < s->state.files; i++) {
		if (s->state.file[i] == mark)
			return true;
	}
	return false;
}

const char *
store_note(const struct store *s)
{
	return s->state.note;
}

enum err
store_reload(struct store *s)
{
	return load(s);
}

enum err
store_segment(struct store *s, size_t i, struct segment **ret)
{
	if (s->segment[i] == NULL) {
		AUTO(arena) a = arena_new();
		AUTO(segment) opened = NULL;

		TRY(segment_open(path_of(a, s, s->state.entry[i].name, ".seg"), s->code, &opened));
		/* Another file under this name: MANIFEST changed since. */
		if (segment_info(opened)->hash != s->state.entry[i].hash)
			return ERR_INVALID;
		s->segment[i] = opened;
		opened = NULL;
	}
	*ret = s->segment[i];
	return OK;
}

/* Writing */

struct sensor {
	char name[STORE_NAME + 1];
};

struct waiting {
	struct record r;
	uint32_t sensor;
	uint8_t payload[RECORD_PAYLOAD];
};

struct store_writer {
	struct store *store;
	struct store_options options;
	struct arena *a;
	struct segment_code *code;
	struct segment_build *open[OPEN_DAYS]; /* the one used last is first; NULL at the end */
	int64_t open_from; /* when the day of that begins, microseconds */
	struct sensor *sensor;
	uint32_t sensors, sensor_size;
	struct waiting *waiting;
	uint32_t waits, waiting_size;
	struct store_entry *entry; /* written, waiting for the commit */
	size_t entries;
	bool *replaced; /* of the store's list */
	uint64_t *file; /* marks of those imported */
	size_t files;
	bool committed;
	struct store_written written;
};

enum err
store_writer_new(struct store *s, const struct store_options *options, struct store_writer **ret)
{
	struct store_writer *w;

	if (!s->write)
		return ERR_DENIED;
	w = calloc(1, sizeof(*w));
	if (w == NULL)
		abort(); /* as the arena does */
	w->store = s;
	w->options = *options;
	w->a = arena_new();
	w->code = segment_code_new();
	w->replaced = arena_many(w->a, bool, s->state.n + 1);
	*ret = w;
	return OK;
}

void
store_writer_free(struct store_writer *w)
{
	if (w == NULL)
		return;
	for (size_t i = 0; i < w->entries && !w->committed; i++)
		(void)unlink(path_of(w->a, w->store, w->entry[i].name, ".tmp")); /* or the next writer does */
	for (unsigned i = 0; i < OPEN_DAYS; i++)
		segment_build_free(w->open[i]);
	segment_code_free(w->code);
	free(w->sensor);
	free(w->waiting);
	arena_free(w->a);
	free(w);
}

enum err
store_sensor(struct store_writer *w, struct str name, uint32_t *ret)
{
	if (name.n > STORE_NAME || !segment_name_ok(name))
		return ERR_LIMIT;
	for (uint32_t i = w->sensors; i-- > 0;) {
		if (str_is(name, w->sensor[i].name)) {
			*ret = i;
			return OK;
		}
	}
	if (w->sensors == LIMIT_STORE_SENSORS)
		return ERR_LIMIT;
	if (w->sensors == w->sensor_size) {
		w->sensor_size = w->sensor_size * 2 + 64;
		w->sensor = reallocarray(w->sensor, w->sensor_size, sizeof(*w->sensor));
		if (w->sensor == NULL)
			abort(); /* as the arena does */
	}
	memcpy(w->sensor[w->sensors].name, name.p, name.n);
	w->sensor[w->sensors].name[name.n] = '\0';
	*ret = w->sensors++;
	return OK;
}

/* The network of an address as a name that tells nothing of it. */
static enum err
sensor_of_network(struct store_writer *w, const struct ip *target, uint32_t *ret)
{
	AUTO(arena) a = arena_new();
	uint8_t network[17] = { target->v }, name[crypto_generichash_BYTES_MIN];

	memcpy(network + 1, target->byte, target->v == 4 ? 3 : 8);
	if (crypto_generichash(name, sizeof(name), network, sizeof(network), w->store->key, sizeof(w->store->key)) != 0)
		return ERR_INVALID;
	return store_sensor(w, str_of(arena_printf(a, "net-%s", hex_format(a, name, 4))), ret);
}

static enum err
sensor_by_address(struct store_writer *w, const struct ip *target, uint32_t *ret)
{
	const char *name = w->options.sensor_of == NULL ? NULL : w->options.sensor_of(w->options.object, target);

	return name != NULL ? store_sensor(w, str_of(name), ret) : sensor_of_network(w, target, ret);
}

/* The next free number of a day's segment. */
static const char *
name_new(struct store_writer *w, int64_t day)
{
	const struct civil c = clock_day_civil(day);

	for (unsigned n = 0;; n++) {
		const char *name = arena_printf(w->a, "%04d%02d%02d.%u", c.year, c.month, c.day, n);
		bool used = listed(w->store, str_of(name));

		for (size_t i = 0; i < w->entries; i++)
			used = used || strcmp(w->entry[i].name, name) == 0;
		if (!used)
			return name;
	}
}

/* An empty file for a segment of ${day}, the last of w->entry. */
static enum err
entry_new(struct store_writer *w, int64_t day, int *ret_fd)
{
	const char *name = name_new(w, day), *path = path_of(w->a, w->store, name, ".tmp");

	*ret_fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (*ret_fd < 0)
		return errno == ENOSPC ? ERR_UNAVAILABLE : ERR_IO;
	w->entry = arena_room(w->a, w->entry, w->entries, sizeof(*w->entry));
	w->entry[w->entries++] = (struct store_entry){ .name = name, .day = day };
	return OK;
}

static enum err
seal(struct store_writer *w, struct segment_build *b)
{
	const char **names = arena_many(w->a, const char *, w->sensors + 1);
	struct segment_built built;
	enum err e;
	int fd;

	for (uint32_t i = 0; i < w->sensors; i++)
		names[i] = w->sensor[i].name;
	TRY(entry_new(w, segment_build_day(b), &fd));
	e = segment_build_write(b, w->code, w->options.geo, names, fd, &built);
	if (close(fd) != 0 && e == OK)
		e = ERR_IO;
	TRY(e);
	w->entry[w->entries - 1].from = built.from;
	w->entry[w->entries - 1].to = built.to;
	w->entry[w->entries - 1].rows = (int64_t)built.rows;
	w->entry[w->entries - 1].hash = built.hash;
	w->written.segments++;
	w->written.bytes += built.bytes;
	segment_build_begin(b, segment_build_day(b), w->options.microseconds, w->options.payload);
	return OK;
}

/* The builder for ${day}, which becomes the first. */
static enum err
day_open(struct store_writer *w, int64_t day)
{
	struct segment_build *b;
	unsigned i = 0;

	while (i < OPEN_DAYS - 1 && w->open[i] != NULL && segment_build_day(w->open[i]) != day)
		i++;
	b = w->open[i];
	if (b == NULL || segment_build_day(b) != day) {
		if (b == NULL)
			b = segment_build_new();
		else if (segment_build_rows(b) > 0)
			TRY(seal(w, b));
		segment_build_begin(b, day, w->options.microseconds, w->options.payload);
	}
	for (; i > 0; i--)
		w->open[i] = w->open[i - 1];
	w->open[0] = b;
	return OK;
}

/* Memory is bounded by what one full segment takes. */
static enum err
make_room(struct store_writer *w)
{
	struct segment_build *largest = w->open[0];
	uint64_t rows = 0;

	for (unsigned i = 0; i < OPEN_DAYS && w->open[i] != NULL; i++) {
		rows += segment_build_rows(w->open[i]);
		if (segment_build_rows(w->open[i]) > segment_build_rows(largest))
			largest = w->open[i];
	}
	return rows < SEGMENT_ROWS ? OK : seal(w, largest);
}

static enum err
add_now(struct store_writer *w, const struct record *r, uint32_t sensor)
{
	struct segment_build *b = w->open[0];
	uint32_t target, name;
	enum err e;

	if (b == NULL || r->at < w->open_from || r->at - w->open_from >= DAY) {
		int64_t day = r->at / DAY;

		if (r->at < 0 || day > 36524 * 100)
			return ERR_INVALID;
		TRY(day_open(w, day));
		b = w->open[0];
		w->open_from = day * DAY;
	}
	for (unsigned again = 0;; again++) {
		e = OK;
		if (!segment_build_target(b, &r->dst, sensor, &target)) {
			name = sensor;
			if (sensor == STORE_BY_ADDRESS)
				TRY(sensor_by_address(w, &r->dst, &name));
			e = segment_build_target_add(b, &r->dst, sensor, name, &target);
		}
		if (e == OK)
			e = segment_build_add(b, r, target);
		if (e != ERR_LIMIT || again > 0)
			break;
		TRY(seal(w, b)); /* full: another one for the same day */
	}
	TRY(e);
	w->written.records++;
	return w->written.records % SEGMENT_BLOCK == 0 ? make_room(w) : OK;
}

static int
by_time(const void *x, const void *y)
{
	const struct waiting *p = x, *q = y;

	return p->r.at < q->r.at ? -1 : p->r.at > q->r.at;
}

static enum err
add_waiting(struct store_writer *w)
{
	if (w->waits > 1)
		qsort(w->waiting, w->waits, sizeof(*w->waiting), by_time);
	for (uint32_t i = 0; i < w->waits; i++) {
		w->waiting[i].r.payload.p = (const char *)w->waiting[i].payload;
		TRY(add_now(w, &w->waiting[i].r, w->waiting[i].sensor));
	}
	w->waits = 0;
	return OK;
}

static enum err
wait(struct store_writer *w, const struct record *r, uint32_t sensor)
{
	struct waiting *x;

	if (w->waits == WAITING_MAX)
		TRY(add_waiting(w));
	if (w->waits == w->waiting_size) {
		w->waiting_size = w->waiting_size * 2 + 256;
		w->waiting = reallocarray(w->waiting, w->waiting_size, sizeof(*w->waiting));
		if (w->waiting == NULL)
			abort(); /* as the arena does */
	}
	x = &w->waiting[w->waits++];
	x->r = *r;
	x->r.payload = str_take(r->payload, RECORD_PAYLOAD);
	if (x->r.payload.n > 0)
		memcpy(x->payload, x->r.payload.p, x->r.payload.n);
	x->sensor = sensor;
	return OK;
}

/* Would its day take the place of one that has hardly begun? */
static bool
must_wait(const struct store_writer *w, const struct record *r)
{
	const struct segment_build *last = w->open[OPEN_DAYS - 1];

	if (last == NULL || segment_build_rows(last) == 0 || segment_build_rows(last) >= SPARSE)
		return false;
	for (unsigned i = 0; i < OPEN_DAYS; i++) {
		if (segment_build_day(w->open[i]) == r->at / DAY)
			return false;
	}
	return true;
}

enum err
store_add(struct store_writer *w, const struct record *r, uint32_t sensor)
{
	uint32_t target;

	/* Nearly all: of the same day as the one before, and to a target that is known. */
	if (w->open[0] != NULL && (uint64_t)(r->at - w->open_from) < DAY && (w->written.records + 1) % SEGMENT_BLOCK != 0 &&
	    segment_build_target(w->open[0], &r->dst, sensor, &target) && segment_build_add(w->open[0], r, target) == OK) {
		w->written.records++;
		return OK;
	}
	if (w->open[0] != NULL && (r->at < w->open_from || r->at - w->open_from >= DAY) && must_wait(w, r))
		return wait(w, r, sensor);
	return add_now(w, r, sensor);
}

enum err
store_replace(struct store_writer *w, size_t at)
{
	AUTO(segment_rows) rows = segment_rows_new();
	const struct segment_targets *targets;
	struct segment *s;
	uint32_t *sensor;

	TRY(store_segment(w->store, at, &s));
	TRY(segment_targets(s, &targets));
	sensor = arena_many(w->a, uint32_t, targets->sensors);
	for (uint32_t i = 0; i < targets->sensors; i++)
		TRY(store_sensor(w, str_of(targets->name[i]), &sensor[i]));
	for (uint32_t block = 0; block < segment_info(s)->blocks; block++) {
		TRY(segment_read(s, block, SEGMENT_ALL, rows));
		for (uint32_t i = 0; i < rows->n; i++) {
			struct record r;
			uint32_t of;

			TRY(segment_record(s, rows, i, &r, &of));
			TRY(store_add(w, &r, sensor[of]));
		}
	}
	w->replaced[at] = true;
	return OK;
}

enum err
store_strip(struct store_writer *w, size_t at, enum segment_kept kept)
{
	struct store_entry x = w->store->state.entry[at];
	struct segment *s;
	uint64_t bytes;
	enum err e;
	int fd;

	TRY(store_segment(w->store, at, &s));
	TRY(entry_new(w, x.day, &fd));
	x.name = w->entry[w->entries - 1].name;
	e = segment_strip(s, kept, fd, &x.hash, &bytes);
	if (close(fd) != 0 && e == OK)
		e = ERR_IO;
	if (e != OK) { /* others may still be committed */
		(void)unlink(path_of(w->a, w->store, x.name, ".tmp")); /* or the next writer does */
		w->entries--;
		return e;
	}
	w->entry[w->entries - 1] = x;
	w->replaced[at] = true;
	w->written.segments++;
	w->written.bytes += bytes;
	return OK;
}

static enum err
manifest_append(struct store *s, struct str line)
{
	AUTO(arena) a = arena_new();
	int fd = open(path_of(a, s, "MANIFEST", ""), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	enum err e;

	if (fd < 0)
		return errno == ENOSPC ? ERR_UNAVAILABLE : ERR_IO;
	e = files_write_fd(fd, line);
	if (fdatasync(fd) != 0 && e == OK)
		e = ERR_IO;
	if (e != OK && ftruncate(fd, (off_t)s->state.whole) != 0)
		e = ERR_IO; /* the next writer cuts it off */
	if (close(fd) != 0 && e == OK)
		e = ERR_IO;
	return e;
}

void
store_remember(struct store_writer *w, uint64_t mark)
{
	w->file = arena_room(w->a, w->file, w->files, sizeof(*w->file));
	w->file[w->files++] = mark;
}

enum err
store_commit(struct store_writer *w, const char *note)
{
	struct store *s = w->store;
	AUTO(arena) a = arena_new();
	struct buf *line = buf_new(a, LIMIT_STORE_MANIFEST);
	bool first = s->manifest.n == 0;

	if (note != NULL && (strlen(note) > NOTE_MAX || strpbrk(note, "\t\n") != NULL))
		return ERR_LIMIT;
	TRY(add_waiting(w));
	for (unsigned i = 0; i < OPEN_DAYS && w->open[i] != NULL; i++) {
		if (segment_build_rows(w->open[i]) > 0)
			TRY(seal(w, w->open[i]));
	}
	for (size_t i = 0; i < w->entries; i++) {
		const char *name = w->entry[i].name;

		if (rename(path_of(a, s, name, ".tmp"), path_of(a, s, name, ".seg")) != 0)
			return ERR_IO;
		manifest_add(line, &w->entry[i]);
	}
	TRY(files_sync_folder(s->folder));
	for (size_t i = 0; i < s->state.n; i++) {
		if (w->replaced[i])
			manifest_remove(line, s->state.entry[i].name);
	}
	for (size_t i = 0; i < w->files; i++)
		manifest_file(line, w->file[i]);
	manifest_end(line, note);
	TRY(buf_error(line));
	TRY(manifest_append(s, buf_view(line)));
	w->committed = true;
	if (first)
		TRY(files_sync_folder(s->folder));
	/* Readers that have them open go on; others find the new list. */
	for (size_t i = 0; i < s->state.n; i++) {
		if (w->replaced[i])
			(void)unlink(path_of(a, s, s->state.entry[i].name, ".seg")); /* or the next writer */
	}
	return load(s);
}

/* What may still be there of a day. */
static enum segment_kept
kept_of(int64_t age, int64_t raw_days, int64_t days)
{
	if (days > 0 && age > days)
		return SEGMENT_KEPT_SUMS;
	return raw_days > 0 && age > raw_days ? SEGMENT_KEPT_CORE : SEGMENT_KEPT_ALL;
}

enum err
store_retain(struct store *s, int64_t today, int64_t raw_days, int64_t days, int64_t *ret)
{
	AUTO(store_writer) w = NULL;
	const struct store_options options = { .geo = NULL };
	int64_t done = 0;

	*ret = 0;
	TRY(store_writer_new(s, &options, &w));
	for (size_t i = 0; i < s->state.n; i++) {
		enum segment_kept kept = kept_of(today - s->state.entry[i].day, raw_days, days);
		struct segment *g;
		enum err e;

		if (kept == SEGMENT_KEPT_ALL)
			continue;
		e = store_segment(s, i, &g);
		if (e == ERR_INVALID || e == ERR_UNAVAILABLE || e == ERR_NOT_FOUND)
			continue; /* telescope verify tells */
		TRY(e);
		if (segment_info(g)->kept >= kept)
			continue;
		e = store_strip(w, i, kept);
		if (e == ERR_INVALID || e == ERR_NOT_FOUND)
			continue;
		TRY(e);
		done++;
	}
	if (done > 0)
		TRY(store_commit(w, NULL));
	*ret = done;
	return OK;
}

struct store_written
store_written(const struct store_writer *w)
{
	return w->written;
}
