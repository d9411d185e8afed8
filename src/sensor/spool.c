/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/spool.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/limit.h"
#include "sys/files.h"

#define SUFFIX ".batch"
#define DIGITS 19
#define FULL_TRIES 64

struct item {
	uint64_t epoch, first, sequence;
	int64_t made_at;
	uint32_t records, lost, size;
};

struct spool {
	struct spool_config config;
	char *folder;
	struct item *item; /* oldest first, from ${from} on */
	size_t from, n;
	size_t room;
	uint64_t bytes, lost, epoch;
	pthread_mutex_t mutex;
};

static struct item *
at(struct spool *s, size_t i)
{
	return &s->item[s->from + i];
}

static const char *
path(struct spool *s, struct arena *a, const struct item *i)
{
	return arena_printf(a, "%s/%0*llu-%0*llu" SUFFIX, s->folder, DIGITS, (unsigned long long)i->epoch, DIGITS,
	    (unsigned long long)i->sequence);
}

static bool
is_loss(const struct item *i)
{
	return i->first < i->sequence || i->lost > 0;
}

static void
item_list_free(struct item *list)
{
	free(list);
}

/* Room for one more at the end. */
static void
grow(struct spool *s)
{
	if (s->from + s->n < s->room)
		return;
	if (s->from > 0) {
		memmove(s->item, s->item + s->from, s->n * sizeof(*s->item));
		s->from = 0;
		return;
	}
	s->room = s->room == 0 ? 64 : s->room * 2;
	struct item *list = calloc(s->room, sizeof(*list));

	if (list == NULL)
		abort(); /* no memory; it starts again */
	if (s->n > 0)
		memcpy(list, s->item, s->n * sizeof(*list));
	item_list_free(s->item);
	s->item = list;
}

static void
append(struct spool *s, const struct item *i)
{
	grow(s);
	*at(s, s->n) = *i;
	s->n++;
	s->bytes += i->size;
	if (i->epoch > s->epoch)
		s->epoch = i->epoch;
}

/* Take ${i} out of the list; its file is somebody else's care. */
static void
take_out(struct spool *s, size_t i)
{
	s->bytes -= at(s, i)->size;
	if (i == 0) {
		s->from++;
	} else {
		memmove(at(s, i), at(s, i + 1), (s->n - i - 1) * sizeof(*s->item));
	}
	s->n--;
}

static struct item
item_of(const struct batch_head *h, size_t size)
{
	return (struct item){ h->epoch, h->first, h->sequence, h->made_at, h->records, h->lost, (uint32_t)size };
}

static enum err
remove_file(const char *name)
{
	return unlink(name) == 0 || errno == ENOENT ? OK : ERR_IO;
}

/* Loss */

/* Item ${i} becomes a loss of all from ${first} on, counting ${lost}. */
static enum err
lose(struct spool *s, size_t i, uint64_t first, uint32_t lost)
{
	AUTO(arena) a = arena_new();
	struct item *t = at(s, i);
	struct batch_head h = { .epoch = t->epoch, .first = first, .sequence = t->sequence, .made_at = t->made_at, .lost = lost };
	struct str bytes;

	TRY(s->config.loss(s->config.object, a, &h, &bytes));
	TRY(files_write(path(s, a, t), bytes, 0600));
	s->bytes = s->bytes - t->size + bytes.n;
	s->lost += t->records;
	*t = item_of(&h, bytes.n);
	return OK;
}

/* Item ${i}, a loss, and the one behind it become one. */
static enum err
join(struct spool *s, size_t i)
{
	AUTO(arena) a = arena_new();
	struct item before = *at(s, i);
	const struct item *t = at(s, i + 1);

	TRY(lose(s, i + 1, before.first, before.lost + t->lost + t->records));
	TRY(remove_file(path(s, a, &before)));
	take_out(s, i);
	return OK;
}

/* Make room by one step. ERR_LIMIT: nothing is left that may go. */
static enum err
drop_one(struct spool *s)
{
	for (size_t i = 1; i < s->n; i++) {
		if (!is_loss(at(s, i)))
			return lose(s, i, at(s, i)->first, at(s, i)->records);
		if (i + 1 < s->n && at(s, i + 1)->epoch == at(s, i)->epoch)
			return join(s, i);
	}
	return ERR_LIMIT;
}

/* Opening */

static int
in_order(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->epoch != y->epoch)
		return x->epoch < y->epoch ? -1 : 1;
	return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

static bool
name_read(struct str name, struct item *ret)
{
	return str_eat_digits(&name, DIGITS, DIGITS, &ret->epoch) && str_eat(&name, STR("-")) &&
	    str_eat_digits(&name, DIGITS, DIGITS, &ret->sequence) && str_is(name, SUFFIX);
}

/* What is in the file of ${i}: a damaged one counts as one without records that
 * are known; spool_oldest() deals with it. */
static enum err
look(struct spool *s, struct item *i)
{
	AUTO(arena) a = arena_new();
	struct batch_head h;
	struct str bytes;
	enum err e = files_read(a, path(s, a, i), LIMIT_BATCH, &bytes);

	if (e == ERR_IO)
		return e;
	i->first = i->sequence;
	if (e == OK && batch_head_read(bytes, &h) == OK && h.epoch == i->epoch && h.sequence == i->sequence)
		*i = item_of(&h, bytes.n);
	return OK;
}

static enum err
read_folder(struct spool *s, bool tidy)
{
	DIR *d = opendir(s->folder);
	enum err e = OK;

	if (d == NULL)
		return ERR_IO;
	for (struct dirent *t; e == OK && (t = readdir(d)) != NULL;) {
		struct item i = { 0 };

		if (t->d_name[0] == '.' && (t->d_name[1] == '\0' || t->d_name[1] == '.'))
			continue;
		if (!name_read(str_of(t->d_name), &i)) {
			/* Half a file of a killed run; the folder is ours alone. */
			if (tidy)
				(void)unlinkat(dirfd(d), t->d_name, 0);
			continue;
		}
		e = look(s, &i);
		if (e == OK)
			append(s, &i);
	}
	(void)closedir(d); /* only read */
	if (s->n > 1)
		qsort(s->item + s->from, s->n, sizeof(*s->item), in_order);
	return e;
}

/* A kill between the writing of a loss and the removal of what it stands for. */
static enum err
tidy(struct spool *s)
{
	for (size_t i = s->n; i-- > 1;) {
		AUTO(arena) a = arena_new();
		const struct item *later = at(s, i);

		while (i > 0 && at(s, i - 1)->epoch == later->epoch && at(s, i - 1)->sequence >= later->first) {
			TRY(remove_file(path(s, a, at(s, i - 1))));
			take_out(s, i - 1);
			i--;
			later = at(s, i);
		}
		if (i == 0)
			break;
	}
	return OK;
}

static struct spool *
spool_new(const struct spool_config *c)
{
	struct spool *s = calloc(1, sizeof(*s));

	if (s == NULL || pthread_mutex_init(&s->mutex, NULL) != 0)
		abort(); /* no memory */
	s->config = *c;
	s->folder = strdup(c->folder);
	if (s->folder == NULL)
		abort();
	return s;
}

enum err
spool_open(const struct spool_config *c, struct spool **ret)
{
	struct spool *s = spool_new(c);
	enum err e = files_mkdirs(c->folder, 0700);

	if (e == OK)
		e = read_folder(s, true);
	if (e == OK)
		e = tidy(s);
	if (e != OK) {
		spool_free(s);
		return e;
	}
	*ret = s;
	return OK;
}

enum err
spool_look(const struct spool_config *c, struct spool_state *ret)
{
	struct spool *s = spool_new(c);
	enum err e = access(c->folder, F_OK) == 0 ? read_folder(s, false) : OK;

	spool_state(s, ret);
	spool_free(s);
	return e;
}

void
spool_free(struct spool *s)
{
	if (s == NULL)
		return;
	(void)pthread_mutex_destroy(&s->mutex); /* nobody has it */
	free(s->folder);
	free(s->item);
	free(s);
}

/* The calls */

static enum err
add(struct spool *s, const struct batch_head *head, struct str bytes)
{
	AUTO(arena) a = arena_new();
	struct item i = item_of(head, bytes.n);

	while (s->bytes + bytes.n > s->config.bytes || s->n >= LIMIT_SPOOL_FILES) {
		enum err e = drop_one(s);

		if (e != OK)
			return e == ERR_LIMIT ? ERR_UNAVAILABLE : e;
	}
	enum err e = files_write(path(s, a, &i), bytes, 0600);

	/* The disk is smaller than we were told: make room as for the bound. */
	for (int tries = 0; e == ERR_UNAVAILABLE && tries < FULL_TRIES && drop_one(s) == OK; tries++)
		e = files_write(path(s, a, &i), bytes, 0600);
	if (e == OK)
		append(s, &i);
	return e;
}

static void
lock(struct spool *s)
{
	(void)pthread_mutex_lock(&s->mutex); /* fails only for a mutex that is none */
}

static enum err
unlock(struct spool *s, enum err e)
{
	(void)pthread_mutex_unlock(&s->mutex);
	return e;
}

enum err
spool_add(struct spool *s, const struct batch_head *head, struct str bytes)
{
	lock(s);
	return unlock(s, add(s, head, bytes));
}

static enum err
oldest(struct spool *s, struct arena *a, struct batch_head *ret, struct str *ret_bytes)
{
	for (int tries = 0; tries < 2 && s->n > 0; tries++) {
		const struct item *i = at(s, 0);
		enum err e = files_read(a, path(s, a, i), LIMIT_BATCH, ret_bytes);

		if (e == OK)
			e = batch_head_read(*ret_bytes, ret);
		if (e == OK && ret->epoch == i->epoch && ret->sequence == i->sequence)
			return OK;
		/* The disk did not keep it. */
		TRY(lose(s, 0, i->first, i->lost + i->records));
	}
	return s->n == 0 ? ERR_NOT_FOUND : ERR_IO;
}

enum err
spool_oldest(struct spool *s, struct arena *a, struct batch_head *ret, struct str *ret_bytes)
{
	lock(s);
	return unlock(s, oldest(s, a, ret, ret_bytes));
}

static enum err
done(struct spool *s, uint64_t epoch, uint64_t next)
{
	AUTO(arena) a = arena_new();

	/* No fsync of the folder: what comes back after a crash is sent again, and
	 * written nowhere. */
	while (s->n > 0 && (at(s, 0)->epoch < epoch || (at(s, 0)->epoch == epoch && at(s, 0)->sequence < next))) {
		if (at(s, 0)->epoch < epoch)
			return ERR_CONFLICT;
		TRY(remove_file(path(s, a, at(s, 0))));
		take_out(s, 0);
	}
	return OK;
}

enum err
spool_done(struct spool *s, uint64_t epoch, uint64_t next)
{
	lock(s);
	return unlock(s, done(s, epoch, next));
}

enum err
spool_refused(struct spool *s)
{
	lock(s);
	return unlock(s, s->n == 0 ? OK : lose(s, 0, at(s, 0)->first, at(s, 0)->lost + at(s, 0)->records));
}

static enum err
restart(struct spool *s, uint64_t next)
{
	AUTO(arena) a = arena_new();
	struct str bytes;

	if (s->n == 0 || next >= at(s, 0)->first)
		return OK;
	struct batch_head h = { .epoch = at(s, 0)->epoch, .first = next, .sequence = at(s, 0)->first - 1, .made_at = at(s, 0)->made_at };
	struct item i;

	TRY(s->config.loss(s->config.object, a, &h, &bytes));
	i = item_of(&h, bytes.n);
	TRY(files_write(path(s, a, &i), bytes, 0600));
	grow(s);
	memmove(at(s, 1), at(s, 0), s->n * sizeof(*s->item));
	*at(s, 0) = i;
	s->n++;
	s->bytes += i.size;
	return OK;
}

enum err
spool_restart(struct spool *s, uint64_t next)
{
	lock(s);
	return unlock(s, restart(s, next));
}

static enum err
forget(struct spool *s, uint32_t *ret)
{
	AUTO(arena) a = arena_new();

	*ret = 0;
	if (s->n == 0)
		return OK;
	TRY(remove_file(path(s, a, at(s, 0))));
	*ret = at(s, 0)->records;
	s->lost += at(s, 0)->records;
	take_out(s, 0);
	return OK;
}

enum err
spool_forget(struct spool *s, uint32_t *ret)
{
	lock(s);
	return unlock(s, forget(s, ret));
}

void
spool_state(struct spool *s, struct spool_state *ret)
{
	lock(s);
	*ret = (struct spool_state){ s->bytes, s->n, s->lost, s->n == 0 ? 0 : at(s, 0)->made_at, s->epoch };
	(void)pthread_mutex_unlock(&s->mutex);
}
