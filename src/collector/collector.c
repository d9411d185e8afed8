/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/collector.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "collector/wal.h"
#include "text/i18n.h"

#define KEY_KEPT INT64_C(5000000) /* microseconds */

struct known { /* a sensor, as the database says */
	uint64_t sensor;
	struct collector_key key;
	int64_t until; /* then ask again */
	uint64_t mark; /* of its last batch in the log; 0: none since the start */
	struct collector_refusal refused;
};

struct collector {
	struct arena *a;
	struct collector_config config;
	struct wal *wal;
	pthread_mutex_t mutex; /* of all below */
	struct positions positions;
	struct known *known;   /* by number */
	size_t knowns;
	struct collector_counts counts;
	int64_t file_at;       /* when the present file began */
};

struct rule {
	const char *reason, *advice;
	int status;
};
static const struct rule rules[COLLECTOR_VERDICTS] = {
	[COLLECTOR_ACCEPTED] = { "accepted", "", 200 },
	[COLLECTOR_REPLAYED] = { "replayed", N_("It was here already; nothing was written."), 200 },
	[COLLECTOR_GAP] = { "gap", N_("Batches before this one are missing; send the one that is expected."), 409 },
	[COLLECTOR_UNKNOWN] = { "unknown", N_("The centre has no such sensor. Enrol it again with a new token."), 403 },
	[COLLECTOR_REVOKED] = { "revoked",
	    N_("The team has taken this sensor's key back. Ask the team; enrol it again with a new token."), 403 },
	[COLLECTOR_SIGNATURE] = { "signature",
	    N_("The signature is not of this sensor's key. Was the state folder copied from another sensor? Enrol it again."), 403 },
	[COLLECTOR_OTHER] = { "address", N_("The address names another batch than the one that was sent."), 400 },
	[COLLECTOR_DAMAGED] = { "damaged", N_("The batch cannot be read. Is the sensor's disk or memory failing?"), 422 },
	[COLLECTOR_LARGE] = { "large", N_("The batch is larger than any sensor makes."), 413 },
	[COLLECTOR_VERSION] = { "version", N_("The sensor is newer than the centre: update the centre first."), 415 },
	[COLLECTOR_CLOCK] = { "clock",
	    N_("The sensor's clock is wrong by more than ten minutes. Set it (timedatectl set-ntp true); what waits is sent then."), 412 },
	[COLLECTOR_TIME] = { "time", N_("The batch, or a packet of it, is from the future or more than 400 days old."), 422 },
	[COLLECTOR_EPOCH] = { "epoch",
	    N_("A newer numbering of this sensor has begun. Does a second machine run with a copy of its state folder?"), 410 },
	[COLLECTOR_FULL] = { "full", N_("The centre cannot store now; the sensor sends it again."), 503 },
};

const char *
collector_reason(enum collector_verdict v)
{
	return rules[v].reason;
}

const char *
collector_advice(enum collector_verdict v)
{
	return rules[v].advice;
}

int
collector_status(enum collector_verdict v)
{
	return rules[v].status;
}

/* The start */

struct replay {
	struct collector *c;
	struct arena *a;
	bool state; /* there was one */
};

static enum err
replay_entry(void *object, enum wal_kind kind, struct str bytes)
{
	struct replay *r = object;
	struct batch b;
	struct str batch;
	int64_t received_at;

	if (kind == WAL_STATE) {
		r->state = true;
		return position_load(&r->c->positions, bytes);
	}
	if (kind != WAL_BATCH)
		return OK; /* of a later version: it has its own state for it */
	arena_reset(r->a);
	/* It was read before it was written; another version may read less. */
	if (wal_batch(bytes, &received_at, &batch) != OK || batch_read(r->a, batch, &b) != OK) {
		r->c->counts.damaged++;
		return OK;
	}
	position_step(position_get(&r->c->positions, b.head.sensor), &b, received_at);
	return OK;
}

static enum err
replay(struct collector *c, uint64_t *ret_number)
{
	AUTO(arena) a = arena_new();
	AUTO(arena) scratch = arena_new();
	struct replay r = { .c = c, .a = scratch };
	struct wal_reading reading;
	const uint64_t *list;
	size_t n;

	*ret_number = 1;
	TRY(wal_list(a, c->config.folder, &list, &n));
	if (n == 0)
		return OK;
	*ret_number = list[n - 1] + 1;
	/* The newest begins with what the others led to; when that is damaged, the one before it leads there. */
	for (size_t back = 1; back <= n && back <= 2 && !r.state; back++) {
		c->counts.damaged = 0;
		c->positions = (struct positions){ .a = c->a };
		for (size_t i = n - back; i < n; i++) {
			TRY(wal_read(c->config.folder, list[i], replay_entry, &r, &reading));
			c->counts.damaged += reading.damaged;
		}
	}
	return OK;
}

static struct str
state(struct collector *c, struct arena *a)
{
	struct buf *b = buf_new(a, LIMIT_WAL_STATE);

	position_write((const struct position *const *)c->positions.list, c->positions.n, b);
	return buf_view(b);
}

enum err
collector_open(const struct collector_config *config, int64_t now, struct collector **ret)
{
	AUTO(arena) scratch = arena_new();
	struct arena *a = arena_new();
	struct collector *c = arena_one(a, struct collector);
	uint64_t number;
	enum err e;

	*c = (struct collector){ .a = a, .config = *config, .positions = { .a = a }, .file_at = now };
	c->config.folder = arena_dup(a, config->folder);
	if (sodium_init() < 0 || pthread_mutex_init(&c->mutex, NULL) != 0)
		abort(); /* no memory, no random numbers: nothing can go on */
	e = replay(c, &number);
	if (e == OK)
		e = wal_open(c->config.folder, number, state(c, scratch), &c->wal);
	if (e != OK) {
		collector_free(c);
		return e;
	}
	*ret = c;
	return OK;
}

void
collector_free(struct collector *c)
{
	if (c == NULL)
		return;
	wal_free(c->wal);
	(void)pthread_mutex_destroy(&c->mutex); /* nobody has it */
	arena_free(c->a);
}

/* Who sends */

static void
lock(struct collector *c)
{
	(void)pthread_mutex_lock(&c->mutex); /* fails only for a mutex that is none */
}

static void
unlock(struct collector *c)
{
	(void)pthread_mutex_unlock(&c->mutex);
}

/* With the lock: where ${sensor} is or would be. */
static size_t
known_place(const struct collector *c, uint64_t sensor)
{
	size_t low = 0, high = c->knowns;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (c->known[middle].sensor < sensor)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct known *
known_find(struct collector *c, uint64_t sensor)
{
	size_t i = known_place(c, sensor);

	return i < c->knowns && c->known[i].sensor == sensor ? &c->known[i] : NULL;
}

static struct known *
known_get(struct collector *c, uint64_t sensor)
{
	size_t i = known_place(c, sensor);

	if (i < c->knowns && c->known[i].sensor == sensor)
		return &c->known[i];
	c->known = arena_room(c->a, c->known, c->knowns, sizeof(*c->known));
	memmove(c->known + i + 1, c->known + i, (c->knowns - i) * sizeof(*c->known));
	c->known[i] = (struct known){ .sensor = sensor };
	c->knowns++;
	return &c->known[i];
}

static bool
key_kept(struct collector *c, uint64_t sensor, int64_t now, struct collector_key *ret)
{
	lock(c);
	const struct known *k = known_find(c, sensor);
	bool kept = k != NULL && k->until > now;

	if (kept)
		*ret = k->key;
	unlock(c);
	return kept;
}

static void
key_keep(struct collector *c, uint64_t sensor, int64_t now, const struct collector_key *key)
{
	lock(c);
	struct known *k = known_get(c, sensor);

	k->key = *key;
	k->until = now + KEY_KEPT;
	unlock(c);
}

static enum collector_verdict
key_of(struct collector *c, const struct collector_request *r, struct collector_key *ret)
{
	if (!key_kept(c, r->sensor, r->now, ret)) {
		enum err e = c->config.key(r->object, r->sensor, ret);

		if (e != OK)
			return e == ERR_NOT_FOUND ? COLLECTOR_UNKNOWN : COLLECTOR_FULL;
		key_keep(c, r->sensor, r->now, ret);
	}
	return ret->revoked ? COLLECTOR_REVOKED : COLLECTOR_ACCEPTED;
}

void
collector_forget_keys(struct collector *c)
{
	lock(c);
	for (size_t i = 0; i < c->knowns; i++)
		c->known[i].until = 0;
	unlock(c);
}

/* What it is */

static enum collector_verdict
of_error(enum err e)
{
	if (e == ERR_LIMIT)
		return COLLECTOR_LARGE;
	return e == ERR_UNAVAILABLE ? COLLECTOR_VERSION : COLLECTOR_DAMAGED;
}

static bool
far(int64_t a, int64_t b, int64_t most)
{
	int64_t d;

	return __builtin_sub_overflow(a, b, &d) || d > most || d < -most;
}

static enum collector_verdict
times(const struct collector_request *r, const struct batch *b)
{
	if (r->clock != 0 && far(r->clock, r->now, COLLECTOR_SKEW))
		return COLLECTOR_CLOCK;
	if (b->head.made_at > r->now + COLLECTOR_SKEW || far(b->head.made_at, r->now, COLLECTOR_OLDEST))
		return COLLECTOR_TIME;
	for (uint32_t i = 0; i < b->head.records; i++) {
		/* Each day would become a file of its own. */
		if (b->record[i].at > r->now + COLLECTOR_SKEW || r->now - b->record[i].at > COLLECTOR_OLDEST)
			return COLLECTOR_TIME;
	}
	return COLLECTOR_ACCEPTED;
}

static enum collector_verdict
check(struct collector *c, struct arena *a, const struct collector_request *r, struct batch *ret)
{
	struct collector_key key;
	struct batch_head h;
	enum err e = batch_head_read(r->bytes, &h);

	if (e != OK)
		return of_error(e);
	if (h.sensor != r->sensor || h.epoch != r->epoch || h.sequence != r->sequence)
		return COLLECTOR_OTHER;
	enum collector_verdict v = key_of(c, r, &key);

	if (v != COLLECTOR_ACCEPTED)
		return v;
	struct str text = batch_signed(r->bytes);

	/* Before anything of it is opened. */
	if (crypto_sign_verify_detached((const unsigned char *)batch_signature(r->bytes).p,
		(const unsigned char *)text.p, text.n, key.key) != 0)
		return COLLECTOR_SIGNATURE;
	e = batch_read(a, r->bytes, ret);
	return e != OK ? of_error(e) : times(r, ret);
}

static enum collector_verdict
of_place(enum err e)
{
	return e == ERR_EXISTS ? COLLECTOR_REPLAYED : e == ERR_CONFLICT ? COLLECTOR_GAP : COLLECTOR_EPOCH;
}

/* With the lock: into the log, in the order of its sequences. */
static enum collector_verdict
place(struct collector *c, const struct collector_request *r, const struct batch *b, uint64_t *ret_mark)
{
	struct position *p = position_get(&c->positions, b->head.sensor);
	struct known *k = known_get(c, b->head.sensor);
	enum err e = position_expects(p, &b->head);

	if (b->head.epoch == BATCH_TRIAL)
		return COLLECTOR_REPLAYED;
	*ret_mark = k->mark; /* of a replay too the first must be on disk */
	if (e != OK)
		return of_place(e);
	if (wal_append(c->wal, r->now, r->bytes, &k->mark) != OK)
		return COLLECTOR_FULL;
	position_step(p, b, r->now);
	*ret_mark = k->mark;
	return COLLECTOR_ACCEPTED;
}

static enum err
rotate(struct collector *c, int64_t now)
{
	AUTO(arena) a = arena_new();

	TRY(wal_rotate(c->wal, state(c, a)));
	c->file_at = now;
	return OK;
}

static void
count(struct collector *c, const struct collector_request *r, const struct collector_answer *answer, uint32_t records)
{
	struct known *k = known_find(c, r->sensor);

	c->counts.verdict[answer->verdict]++;
	if (answer->verdict == COLLECTOR_ACCEPTED) {
		c->counts.records += records;
		c->counts.bytes += r->bytes.n;
	} else if (k != NULL && answer->verdict != COLLECTOR_REPLAYED) {
		k->refused = (struct collector_refusal){ r->sensor, r->now, answer->verdict };
	}
}

void
collector_take(struct collector *c, struct arena *a, const struct collector_request *r, struct collector_answer *ret)
{
	struct collector_answer answer = { 0 };
	struct batch b = { 0 };
	uint64_t mark = 0;

	answer.verdict = check(c, a, r, &b);
	if (answer.verdict == COLLECTOR_ACCEPTED) {
		lock(c);
		/* A full one goes; if that fails this one grows. */
		if (wal_size(c->wal) >= LIMIT_WAL_FILE - LIMIT_BATCH)
			(void)rotate(c, r->now);
		answer.verdict = wal_size(c->wal) >= LIMIT_WAL_FILE ? COLLECTOR_FULL : place(c, r, &b, &mark);
		const struct position *p = position_get(&c->positions, b.head.sensor);

		answer.epoch = p->epoch;
		answer.next = p->next;
		unlock(c);
	}
	if ((answer.verdict == COLLECTOR_ACCEPTED || answer.verdict == COLLECTOR_REPLAYED) &&
	    wal_sync(c->wal, mark) != OK)
		answer = (struct collector_answer){ .verdict = COLLECTOR_FULL };
	lock(c);
	count(c, r, &answer, b.head.records);
	unlock(c);
	*ret = answer;
}

enum err
collector_rotate(struct collector *c, int64_t now, int64_t age)
{
	enum err e = OK;

	lock(c);
	if (wal_size(c->wal) > 0 && now - c->file_at >= age)
		e = rotate(c, now);
	unlock(c);
	return e;
}

uint64_t
collector_file(struct collector *c)
{
	lock(c);
	uint64_t number = wal_number(c->wal);

	unlock(c);
	return number;
}

void
collector_positions(struct collector *c, struct arena *a, const struct position **ret, size_t *ret_n)
{
	lock(c);
	struct position *list = arena_many(a, struct position, c->positions.n + 1);

	for (size_t i = 0; i < c->positions.n; i++)
		list[i] = *c->positions.list[i];
	*ret = list;
	*ret_n = c->positions.n;
	unlock(c);
}

void
collector_counts(struct collector *c, struct collector_counts *ret)
{
	lock(c);
	*ret = c->counts;
	unlock(c);
}

bool
collector_refused(struct collector *c, uint64_t sensor, struct collector_refusal *ret)
{
	lock(c);
	const struct known *k = known_find(c, sensor);
	bool any = k != NULL && k->refused.at != 0;

	if (any)
		*ret = k->refused;
	unlock(c);
	return any;
}
