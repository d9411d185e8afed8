/* SPDX-License-Identifier: Apache-2.0 */
/* The collector: what it takes, once; what it refuses and why; the log it keeps. */
#include "unit.h"

#include <fcntl.h>
#include <ftw.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"
#include "collector/collector.h"
#include "collector/seal.h"
#include "collector/wal.h"
#include "sys/files.h"
#include "telescope/store.h"

#define NOW INT64_C(1789000000000000)
#define MINUTE INT64_C(60000000)
#define DAY (1440 * MINUTE)

static unsigned char public_key[32], secret_key[64], other_public[32], other_secret[64];
static bool revoked;
static char home[40];

static enum err
key_of(void *object, uint64_t sensor, struct collector_key *ret)
{
	(void)object;
	if (sensor != 7)
		return ERR_NOT_FOUND;
	memcpy(ret->key, public_key, sizeof(ret->key));
	ret->revoked = revoked;
	return OK;
}

static struct collector *
open_one(void)
{
	const struct collector_config c = { .folder = home, .key = key_of };
	struct collector *ret;

	assert_ok(collector_open(&c, NOW, &ret));
	return ret;
}

static struct batch_head
head(uint64_t epoch, uint64_t sequence)
{
	return (struct batch_head){ .sensor = 7, .epoch = epoch, .first = sequence, .sequence = sequence, .made_at = NOW - MINUTE };
}

static struct str
made(struct arena *a, struct batch_head h, const unsigned char *key, int64_t at)
{
	const uint64_t status[BATCH_STATUS] = { [BATCH_STARTED] = h.epoch, [BATCH_RECEIVED] = h.sequence * 10,
		[BATCH_DROPPED] = h.sequence };
	struct record r = { .at = at, .proto = 6, .src = { .v = 4 }, .dst = { .v = 4 } };
	struct buf *b = buf_new(a, LIMIT_BATCH);
	unsigned char signature[64];

	h.records = h.first == h.sequence && h.lost == 0;
	assert_ok(batch_write(a, h, status, STR("1"), &r, b));
	(void)crypto_sign_detached(signature, NULL, (const unsigned char *)b->p, b->n, key);
	buf_add(b, signature, sizeof(signature));
	return buf_view(b);
}

static struct collector_answer
take(struct arena *a, struct collector *c, struct batch_head h, struct str bytes)
{
	const struct collector_request r = { .sensor = h.sensor, .epoch = h.epoch, .sequence = h.sequence, .now = NOW, .bytes = bytes };
	struct collector_answer answer;

	collector_take(c, a, &r, &answer);
	return answer;
}

static void
expect(struct arena *a, struct collector *c, struct batch_head h, enum collector_verdict want, uint64_t next)
{
	struct collector_answer answer = take(a, c, h, made(a, h, secret_key, NOW - MINUTE));

	if (answer.verdict != want)
		fail_msg("%llu/%llu: %s, not %s", (unsigned long long)h.epoch, (unsigned long long)h.sequence,
		    collector_reason(answer.verdict), collector_reason(want));
	assert_int_equal(answer.next, next);
}

static void
batches_are_taken_once_and_in_order(void **state)
{
	struct arena *a = *state;
	struct collector *c = open_one();
	const struct position *p;
	struct batch_head h;
	size_t n;

	expect(a, c, head(100, 2), COLLECTOR_GAP, 1);
	expect(a, c, head(100, 1), COLLECTOR_ACCEPTED, 2);
	expect(a, c, head(100, 1), COLLECTOR_REPLAYED, 2);
	expect(a, c, head(100, 3), COLLECTOR_GAP, 2);
	expect(a, c, head(100, 2), COLLECTOR_ACCEPTED, 3);
	/* 3 to 9 were thrown away: one batch says so and counts them. */
	h = head(100, 9);
	h.first = 3;
	h.lost = 70;
	expect(a, c, h, COLLECTOR_ACCEPTED, 10);
	expect(a, c, h, COLLECTOR_REPLAYED, 10);
	expect(a, c, head(BATCH_TRIAL, 1), COLLECTOR_REPLAYED, 10);
	expect(a, c, head(200, 2), COLLECTOR_GAP, 10); /* a new numbering begins with 1 */
	expect(a, c, head(200, 1), COLLECTOR_ACCEPTED, 2);
	expect(a, c, head(100, 10), COLLECTOR_EPOCH, 2);

	/* After a start everything is as before, from the log alone. */
	collector_free(c);
	c = open_one();
	expect(a, c, head(200, 1), COLLECTOR_REPLAYED, 2);
	assert_ok(collector_rotate(c, NOW + DAY, MINUTE)); /* nothing new: stays */
	expect(a, c, head(200, 2), COLLECTOR_ACCEPTED, 3);
	assert_ok(collector_rotate(c, NOW + DAY, MINUTE));
	collector_free(c);
	c = open_one();
	expect(a, c, head(200, 3), COLLECTOR_ACCEPTED, 4);
	collector_positions(c, a, &p, &n);
	assert_int_equal(n, 1);
	assert_int_equal(p[0].records, 5);
	assert_int_equal(p[0].lost, 70);
	assert_int_equal(p[0].missing, 7);
	/* Counters of two runs, each up to its last batch: 20 of run 100 came, then a
	 * loss that says 90; 30 of run 200. */
	assert_int_equal(p[0].received, 90 + 30);
	assert_int_equal(p[0].dropped, 9 + 3);
	collector_free(c);
}

static void
what_is_wrong_is_refused_with_its_reason(void **state)
{
	struct arena *a = *state;
	struct collector *c = open_one();
	struct batch_head h = head(300, 1), early = head(300, 1), old = head(300, 1), stranger = head(300, 1);
	struct str good = made(a, h, secret_key, NOW);
	char *flipped = arena_dupn(a, good.p, good.n);
	struct collector_answer answer;
	struct collector_refusal refusal;

	assert_int_equal(take(a, c, h, made(a, h, other_secret, NOW)).verdict, COLLECTOR_SIGNATURE);
	flipped[100] = (char)(flipped[100] ^ 1);
	assert_int_equal(take(a, c, h, (struct str){ flipped, good.n }).verdict, COLLECTOR_SIGNATURE);
	assert_int_equal(take(a, c, head(300, 2), good).verdict, COLLECTOR_OTHER);
	assert_int_equal(take(a, c, h, str_take(good, good.n - 1)).verdict, COLLECTOR_DAMAGED);
	assert_int_equal(take(a, c, h, STR("")).verdict, COLLECTOR_DAMAGED);
	stranger.sensor = 8;
	assert_int_equal(take(a, c, stranger, made(a, stranger, secret_key, NOW)).verdict, COLLECTOR_UNKNOWN);
	early.made_at = NOW + DAY;
	assert_int_equal(take(a, c, early, made(a, early, secret_key, NOW)).verdict, COLLECTOR_TIME);
	old.made_at = NOW - 401 * DAY;
	assert_int_equal(take(a, c, old, made(a, old, secret_key, NOW)).verdict, COLLECTOR_TIME);
	assert_int_equal(take(a, c, h, made(a, h, secret_key, NOW + DAY)).verdict, COLLECTOR_TIME);
	assert_int_equal(take(a, c, h, made(a, h, secret_key, NOW - 401 * DAY)).verdict, COLLECTOR_TIME);
	assert_int_equal(take(a, c, h, made(a, h, secret_key, 0)).verdict, COLLECTOR_TIME);
	/* Seven days without the centre are no fault. */
	old.made_at = NOW - 7 * DAY;
	assert_int_equal(take(a, c, old, made(a, old, secret_key, NOW - 7 * DAY)).verdict, COLLECTOR_ACCEPTED);

	struct collector_request r = { .sensor = 7, .epoch = 300, .sequence = 2, .now = NOW, .clock = NOW - 365 * DAY,
		.bytes = made(a, head(300, 2), secret_key, NOW) };

	collector_take(c, a, &r, &answer);
	assert_int_equal(answer.verdict, COLLECTOR_CLOCK);
	assert_true(collector_refused(c, 7, &refusal) && refusal.verdict == COLLECTOR_CLOCK);
	revoked = true;
	collector_forget_keys(c);
	assert_int_equal(take(a, c, head(300, 2), r.bytes).verdict, COLLECTOR_REVOKED);
	revoked = false;
	collector_free(c);
}

/* A bomb: a small body that says it is, and becomes, more than it may. */
static void
a_bomb_does_not_go_off(void **state)
{
	struct arena *a = *state;
	struct collector *c = open_one();
	struct batch_head h = head(300, 1);
	struct str good = made(a, h, secret_key, NOW);
	char *bytes = arena_dupn(a, good.p, good.n);
	unsigned char signature[64];

	bytes[60] = 0x7f; /* 2 GB */
	(void)crypto_sign_detached(signature, NULL, (unsigned char *)bytes, good.n - 64, secret_key);
	memcpy(bytes + good.n - 64, signature, 64);
	assert_int_equal(take(a, c, h, (struct str){ bytes, good.n }).verdict, COLLECTOR_LARGE);
	collector_free(c);
}

/* A key in the wrong hands, or bits that fell over: sums and sequences stop where they must. */
static void
numbers_without_sense_stay_numbers(void **state)
{
	struct arena *a = *state;
	struct positions all = { .a = a };
	struct position *p = position_get(&all, 7);
	struct batch b = { .head = { .epoch = 1, .first = 1, .sequence = 1, .lost = UINT32_MAX } };
	struct collector *c = open_one();
	struct batch_head h = head(300, INT64_MAX);

	for (unsigned i = 0; i < BATCH_STATUS; i++)
		b.status[i] = UINT64_MAX - i;
	for (int i = 0; i < 3; i++) {
		b.head.first = b.head.epoch++;
		b.head.sequence = UINT64_C(1) << 48;
		position_step(p, &b, NOW);
	}
	assert_true(p->lost == LIMIT_SENSOR_SUM && p->dropped == LIMIT_SENSOR_SUM && p->received == LIMIT_SENSOR_SUM);
	assert_true(p->missing <= LIMIT_SENSOR_SUM && p->status[BATCH_MEMORY] == LIMIT_SENSOR_SUM);
	h.first = 1;
	assert_int_equal(take(a, c, h, made(a, h, secret_key, NOW)).verdict, COLLECTOR_DAMAGED);
	collector_free(c);
}

struct seen {
	int states, batches;
};

static enum err
see(void *object, enum wal_kind kind, struct str bytes)
{
	struct seen *s = object;

	(void)bytes;
	s->states += kind == WAL_STATE;
	s->batches += kind == WAL_BATCH;
	return OK;
}

static void
a_torn_end_and_rot_are_told_apart(void **state)
{
	struct arena *a = *state;
	struct wal_reading reading;
	struct seen seen = { 0 };
	uint64_t mark;
	struct str file;
	struct wal *w;

	assert_ok(wal_open(home, 1, STR("state"), &w));
	assert_err(wal_open(home, 2, STR("state"), &w), ERR_TIMEOUT); /* one writer */
	for (int i = 0; i < 3; i++) {
		assert_ok(wal_append(w, NOW, STR("a batch of some bytes"), &mark));
		assert_ok(wal_sync(w, mark));
	}
	wal_free(w);
	assert_ok(wal_read(home, 1, see, &seen, &reading));
	assert_true(seen.states == 1 && seen.batches == 3 && !reading.torn && reading.damaged == 0);
	assert_ok(files_read(a, wal_path(a, home, 1), LIMIT_MIB(1), &file));

	/* Cut anywhere: what is whole before it is there. */
	for (size_t n = 24; n < file.n; n++) {
		assert_ok(files_write(wal_path(a, home, 1), str_take(file, n), 0600));
		seen = (struct seen){ 0 };
		assert_ok(wal_read(home, 1, see, &seen, &reading));
		assert_true(seen.batches < 3 && reading.damaged == 0);
	}
	for (size_t n = 0; n < 24; n += n == 7 ? 9 : 1) { /* the file's head, but its version */
		char *copy = arena_dupn(a, file.p, file.n);

		copy[n] = (char)(copy[n] ^ 0x10);
		assert_ok(files_write(wal_path(a, home, 1), (struct str){ copy, file.n }, 0600));
		seen = (struct seen){ 0 };
		assert_ok(wal_read(home, 1, see, &seen, &reading));
		assert_true(seen.states == 1 && seen.batches == 3 && reading.damaged == 1);
	}
	/* One byte rots: what was on disk after it is still read, but of the last nothing tells. */
	for (size_t n = 24; n < file.n; n++) {
		char *copy = arena_dupn(a, file.p, file.n);

		copy[n] = (char)(copy[n] ^ 0x10);
		assert_ok(files_write(wal_path(a, home, 1), (struct str){ copy, file.n }, 0600));
		seen = (struct seen){ 0 };
		assert_ok(wal_read(home, 1, see, &seen, &reading));
		assert_int_equal(seen.states + seen.batches, 3);
		assert_true(reading.damaged == 1 || reading.torn);
	}
}

static int
set_up(void **state)
{
	(void)snprintf(home, sizeof(home), "%s", "/tmp/tobiguchi-wal-XXXXXX");
	*state = arena_new();
	return mkdtemp(home) == NULL;
}

/* ${at} bytes into the file. */
static void
flip(struct arena *a, const char *path, size_t at)
{
	struct str bytes;

	assert_ok(files_read(a, path, LIMIT_MIB(1), &bytes));
	char *p = arena_dupn(a, bytes.p, bytes.n);

	p[at < bytes.n ? at : bytes.n - 1] ^= 1;
	assert_ok(files_write(path, (struct str){ p, bytes.n }, 0600));
}

/* The state that a file begins with is damaged: the file before it leads there. */
static void
a_lost_state_is_made_again(void **state)
{
	struct arena *a = *state;
	struct collector *c = open_one();

	expect(a, c, head(100, 1), COLLECTOR_ACCEPTED, 2);
	assert_ok(collector_rotate(c, NOW, 0));
	expect(a, c, head(100, 2), COLLECTOR_ACCEPTED, 3);
	collector_free(c);
	flip(a, wal_path(a, home, 2), 60);
	c = open_one();
	expect(a, c, head(100, 2), COLLECTOR_REPLAYED, 3);
	expect(a, c, head(100, 3), COLLECTOR_ACCEPTED, 4);
	collector_free(c);
}

static void
one_more_segment(const char *folder, int64_t at)
{
	const struct store_options options = { .payload = 0 };
	const struct record r = { .at = at, .proto = 6, .src = { .v = 4 }, .dst = { .v = 4 } };
	AUTO(store) s = NULL;
	AUTO(store_writer) w = NULL;

	assert_ok(store_open(folder, true, &s));
	assert_ok(store_writer_new(s, &options, &w));
	assert_ok(store_add(w, &r, STORE_BY_ADDRESS));
	assert_ok(store_commit(w, NULL));
}

/* Damage of one day, at its end or inside, holds up no other. */
static void
days_are_joined_beside_a_damaged_one(void **state)
{
	struct arena *a = *state;
	const char *folder = arena_printf(a, "%s/store", home);
	const struct seal_options o = { .wal = home, .store = folder };
	int64_t days;

	for (int i = 0; i < 8; i++)
		one_more_segment(folder, NOW - NOW % DAY + i / 2 * DAY);
	const struct civil c = clock_day_civil(NOW / DAY);

	flip(a, arena_printf(a, "%s/%04d%02d%02d.1.seg", folder, c.year, c.month, c.day), SIZE_MAX);
	flip(a, arena_printf(a, "%s/%04d%02d%02d.0.seg", folder, c.year, c.month, c.day + 1), 20);
	assert_ok(seal_compact(&o, NOW / DAY + 3, &days));
	assert_int_equal(days, 1); /* the last one is today */
	AUTO(store) s = NULL;
	size_t n;

	assert_ok(store_open(folder, false, &s));
	(void)store_list(s, &n);
	assert_int_equal(n, 7);
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

static int
tear_down(void **state)
{
	arena_free(*state);
	return nftw(home, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(batches_are_taken_once_and_in_order),
		TEST(what_is_wrong_is_refused_with_its_reason),
		TEST(a_bomb_does_not_go_off),
		TEST(numbers_without_sense_stay_numbers),
		TEST(a_torn_end_and_rot_are_told_apart),
		TEST(a_lost_state_is_made_again),
		TEST(days_are_joined_beside_a_damaged_one),
	};

	assert_true(sodium_init() >= 0);
	(void)crypto_sign_keypair(public_key, secret_key);
	(void)crypto_sign_keypair(other_public, other_secret);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
