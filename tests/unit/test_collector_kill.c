/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kills of sensor, collector and sealer, at any write, sync, rename or unlink, some of
 * them in the middle of a write: what a sensor had in its spool is in the store once,
 * or counted as lost.
 *
 * A child does what the three do, by their own functions on real files; the calls
 * of the C library that change files are wrapped (meson.build: --wrap) and count down to
 * the kill.  TOBIGUCHI_LONG=1: a thousand kills.
 */
#include "unit.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limit.h"
#include "base/scan.h"
#include "collector/collector.h"
#include "collector/seal.h"
#include "sensor/spool.h"
#include "sys/files.h"
#include "telescope/segment.h"
#include "telescope/store.h"

#define SECOND INT64_C(1000000)
#define NOW (INT64_C(1789000000) * SECOND)
#define DAY (86400 * SECOND)
#define STEPS 60
#define RECORDS 12 /* of a batch at most */
#define IDS 2000   /* of one run */

/* The wrapped calls. */

ssize_t __real_write(int fd, const void *p, size_t n);
ssize_t __real_writev(int fd, const struct iovec *v, int n);
int __real_fsync(int fd);
int __real_fdatasync(int fd);
int __real_rename(const char *from, const char *to);
int __real_unlink(const char *path);
ssize_t __wrap_write(int fd, const void *p, size_t n);
ssize_t __wrap_writev(int fd, const struct iovec *v, int n);
int __wrap_fsync(int fd);
int __wrap_fdatasync(int fd);
int __wrap_rename(const char *from, const char *to);
int __wrap_unlink(const char *path);

static int countdown; /* 0: no kill */
static uint32_t tear;

static bool
now_is_the_time(void)
{
	return countdown > 0 && --countdown == 0;
}

static void
die(void)
{
	(void)kill(getpid(), SIGKILL);
}

ssize_t
__wrap_write(int fd, const void *p, size_t n)
{
	if (now_is_the_time()) {
		(void)__real_write(fd, p, n == 0 ? 0 : tear % n);
		die();
	}
	return __real_write(fd, p, n);
}

ssize_t
__wrap_writev(int fd, const struct iovec *v, int n)
{
	if (now_is_the_time()) {
		(void)__real_write(fd, v[0].iov_base, v[0].iov_len);
		if (n > 1)
			(void)__real_write(fd, v[1].iov_base, tear % v[1].iov_len);
		die();
	}
	return __real_writev(fd, v, n);
}

/* Before or after it is done: a kill finds both. */
#define WRAP(call, ...)                                                                            \
	{                                                                                          \
		bool now = now_is_the_time();                                                      \
		if (now && tear % 2 == 0)                                                          \
			die();                                                                     \
		int result = __real_##call(__VA_ARGS__);                                           \
		if (now)                                                                           \
			die();                                                                     \
		return result;                                                                     \
	}
int __wrap_fsync(int fd) WRAP(fsync, fd)
int __wrap_fdatasync(int fd) WRAP(fdatasync, fd)
int __wrap_rename(const char *from, const char *to) WRAP(rename, from, to)
int __wrap_unlink(const char *path) WRAP(unlink, path)

/* The world */

static uint64_t seed;

static uint32_t
any(uint32_t below)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)((seed * UINT64_C(2685821657736338717)) >> 33) % below;
}

static char home[64];
static unsigned char public_key[32], secret_key[64];

static const char *
at(struct arena *a, const char *name)
{
	return arena_printf(a, "%s/%s", home, name);
}

static enum err
key_of(void *object, uint64_t sensor, struct collector_key *ret)
{
	(void)object;
	if (sensor != 7)
		return ERR_NOT_FOUND;
	memcpy(ret->key, public_key, sizeof(ret->key));
	ret->revoked = false;
	return OK;
}

static const char *
name_of(void *object, uint64_t sensor)
{
	(void)object;
	(void)sensor;
	return "seven";
}

static enum err
signed_batch(struct arena *a, struct batch_head head, const struct record *r, struct str *ret)
{
	const uint64_t status[BATCH_STATUS] = { 0 };
	struct buf *b = buf_new(a, LIMIT_BATCH);
	unsigned char signature[64];

	head.sensor = 7;
	TRY(batch_write(a, head, status, STR("test"), r, b));
	(void)crypto_sign_detached(signature, NULL, (const unsigned char *)b->p, b->n, secret_key);
	buf_add(b, signature, sizeof(signature));
	*ret = buf_view(b);
	return buf_error(b);
}

static enum err
loss(void *object, struct arena *a, const struct batch_head *head, struct str *ret)
{
	(void)object;
	return signed_batch(a, *head, NULL, ret);
}

/* One run of everything, in the child. */
struct run {
	uint64_t number;
	bool cut;	/* the centre cannot be reached */
	int reports;	/* a pipe: ids that are in the spool */
	struct spool *spool;
	struct collector *collector;
	uint64_t sequence;
	uint32_t id;
};

#define MUST(x)                                                                                    \
	do {                                                                                       \
		enum err must = (x);                                                               \
		if (must != OK) {                                                                  \
			(void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, err_name(must));  \
			_exit(3);                                                                  \
		}                                                                                  \
	} while (0)

static void
listen(struct run *run)
{
	AUTO(arena) a = arena_new();
	struct record r[RECORDS] = { 0 };
	uint32_t n = any(RECORDS + 1), ids[2] = { run->id, n };
	struct str bytes;
	const struct batch_head h = {
		.epoch = 1000 + run->number,
		.first = run->sequence,
		.sequence = run->sequence,
		.made_at = NOW + (int64_t)run->number * SECOND,
		.records = n,
	};

	for (uint32_t i = 0; i < n; i++) {
		r[i] = (struct record){ .at = NOW - any(3) * DAY + any(1000000), .proto = RECORD_TCP, .flags = RECORD_SYN,
			.dport = 23, .seq = run->id + i, .scale = RECORD_NO_SCALE, .len = 40 };
		r[i].src = (struct ip){ .v = 4, .byte = { 198, 51, 100, (uint8_t)any(200) } };
		r[i].dst = (struct ip){ .v = 4, .byte = { 192, 0, 2, 1 } };
	}
	MUST(signed_batch(a, h, r, &bytes));
	MUST(spool_add(run->spool, &h, bytes));
	run->sequence++;
	run->id += n;
	if (__real_write(run->reports, ids, sizeof(ids)) != sizeof(ids))
		_exit(4);
}

/* False: nothing waits. */
static bool
send_one(struct run *run)
{
	AUTO(arena) a = arena_new();
	struct collector_answer answer;
	struct batch_head h;
	struct str bytes;
	enum err e = spool_oldest(run->spool, a, &h, &bytes);

	if (e == ERR_NOT_FOUND)
		return false;
	MUST(e);
	const struct collector_request r = { .sensor = 7, .epoch = h.epoch, .sequence = h.sequence,
		.now = NOW + (int64_t)run->number * SECOND, .bytes = bytes };

	collector_take(run->collector, a, &r, &answer);
	if (answer.verdict > COLLECTOR_REPLAYED) {
		(void)fprintf(stderr, "refused: %s, epoch %llu, expected %llu\n", collector_reason(answer.verdict),
		    (unsigned long long)answer.epoch, (unsigned long long)answer.next);
		_exit(5);
	}
	/* The answer is lost now and then: it is sent again. */
	if (any(8) > 0)
		MUST(spool_done(run->spool, h.epoch, h.sequence + 1));
	return true;
}

/* Counts go to a file, as the job's go to the database: whole or not at all. */
static void
seal(struct run *run)
{
	AUTO(arena) a = arena_new();
	struct seal_options o = { .wal = at(a, "wal"), .store = at(a, "store"), .microseconds = true, .name = name_of };
	struct seal_result result;
	int64_t counted = 0, records = 0;
	struct str text, word;

	MUST(collector_rotate(run->collector, NOW, 0));
	if (files_read(a, at(a, "counts"), 100, &text) == OK) {
		assert_true(str_split(&text, ' ', &word));
		assert_true(str_int(word, 0, INT64_MAX, &counted) && str_int(text, 0, INT64_MAX, &records));
	}
	o.counted = (uint64_t)counted;
	MUST(seal_run(a, &o, &result));
	for (size_t i = 0; i < result.hours; i++)
		records += result.hour[i].records;
	MUST(files_write(at(a, "counts"),
	    str_of(arena_printf(a, "%llu %lld", (unsigned long long)result.counted, (long long)records)), 0600));
}

static void
compact(void)
{
	AUTO(arena) a = arena_new();
	const struct seal_options o = { .wal = at(a, "wal"), .store = at(a, "store"), .microseconds = true, .name = name_of };
	int64_t days;

	MUST(seal_compact(&o, NOW / DAY + 1, &days));
}

static void
work(struct run *run, uint64_t spool_bytes, bool last)
{
	AUTO(arena) a = arena_new();
	const struct spool_config spool = { .folder = at(a, "spool"), .bytes = spool_bytes, .loss = loss };
	const struct collector_config collector = { .folder = at(a, "wal"), .key = key_of };

	MUST(files_mkdirs(at(a, "store"), 0700));
	MUST(spool_open(&spool, &run->spool));
	MUST(collector_open(&collector, NOW, &run->collector));
	for (int i = 0; i < STEPS && !last; i++) {
		switch (any(10)) {
		case 0:
			seal(run);
			break;
		case 1:
			compact();
			break;
		case 2:
		case 3:
		case 4:
			if (!run->cut)
				(void)send_one(run);
			break;
		default:
			listen(run);
			break;
		}
	}
	while (last && send_one(run))
		;
	if (last) {
		seal(run);
		seal(run); /* files that are sealed and counted go now */
		compact();
	}
	collector_free(run->collector);
	spool_free(run->spool);
}

/* The parent */

static uint32_t *stored; /* how often each id is in the store */
static bool *spooled;
static size_t ids;

static void
count_store(struct arena *a)
{
	AUTO(store) s = NULL;
	size_t n;

	assert_ok(store_open(at(a, "store"), false, &s));
	(void)store_list(s, &n);
	for (size_t i = 0; i < n; i++) {
		AUTO(segment_rows) rows = segment_rows_new();
		struct segment *g;
		unsigned bad = 0;

		assert_ok(store_segment(s, i, &g));
		assert_ok(segment_verify(g, &bad));
		for (uint32_t b = 0; b < segment_info(g)->blocks; b++) {
			assert_ok(segment_read(g, b, SEGMENT_ALL, rows));
			for (uint32_t k = 0; k < rows->n; k++) {
				struct record r;
				uint32_t sensor;

				assert_ok(segment_record(g, rows, k, &r, &sensor));
				assert_true(r.seq < ids);
				stored[r.seq]++;
			}
		}
	}
}

static void
take_reports(int fd)
{
	uint32_t report[2];

	while (read(fd, report, sizeof(report)) == sizeof(report)) {
		for (uint32_t i = 0; i < report[1]; i++)
			spooled[report[0] + i] = true;
	}
}

/* One child; true when it was killed. */
static bool
one_run(uint64_t number, uint64_t spool_bytes, bool last)
{
	int pipes[2], status;

	assert_int_equal(pipe(pipes), 0);
	uint32_t when = last ? 0 : 1 + any(150), torn = any(1000);
	bool cut = any(3) == 0;
	uint64_t own = (uint64_t)any(1000000) + 1;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct run run = { .number = number, .cut = cut, .reports = pipes[1], .sequence = 1, .id = (uint32_t)number * IDS };

		seed = own;
		countdown = (int)when;
		tear = torn;
		work(&run, spool_bytes, last);
		_exit(0);
	}
	(void)close(pipes[1]);
	take_reports(pipes[0]);
	(void)close(pipes[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status))
		assert_int_equal(WEXITSTATUS(status), 0);
	else
		assert_int_equal(WTERMSIG(status), SIGKILL);
	return WIFSIGNALED(status);
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

/* What the collector says was lost. */
static uint64_t
lost(struct arena *a)
{
	const struct collector_config c = { .folder = at(a, "wal"), .key = key_of };
	AUTO(collector) collector = NULL;
	const struct position *p;
	size_t n;

	assert_ok(collector_open(&c, NOW, &collector));
	collector_positions(collector, a, &p, &n);
	return n == 0 ? 0 : p[0].lost;
}

static void
check(struct arena *a, bool may_lose)
{
	uint64_t once = 0, gone = 0, known = 0;
	struct str text, word;
	int64_t records = 0;

	count_store(a);
	for (size_t i = 0; i < ids; i++) {
		assert_true(stored[i] <= 1); /* 0 duplicated */
		once += stored[i];
		known += spooled[i];
		gone += spooled[i] && stored[i] == 0;
	}
	uint64_t counted = lost(a);

	/* A batch may be in the spool though the sensor was killed before it knew. */
	if (may_lose)
		assert_true(gone <= counted && once + counted >= known);
	else
		assert_true(gone == 0 && counted == 0);
	assert_ok(files_read(a, at(a, "counts"), 100, &text));
	assert_true(str_split(&text, ' ', &word) && str_int(text, 0, INT64_MAX, &records));
	assert_int_equal(records, once); /* the database's counts too: each record once */
	print_message("%llu records in the store, %llu spooled, %llu counted as lost\n", (unsigned long long)once,
	    (unsigned long long)known, (unsigned long long)counted);
}

static void
many_kills(struct arena *a, int kills, uint64_t spool_bytes)
{
	uint64_t number = 0;
	int done = 0;

	assert_non_null(mkdtemp(unit_temporary(home, sizeof(home), "kill")));
	ids = (size_t)(kills * 20 + 10) * IDS;
	stored = calloc(ids, sizeof(*stored));
	spooled = calloc(ids, sizeof(*spooled));
	assert_true(stored != NULL && spooled != NULL);
	while (done < kills) {
		done += one_run(number++, spool_bytes, false);
		assert_true(number < (uint64_t)kills * 20);
	}
	assert_false(one_run(number, spool_bytes, true));
	check(a, spool_bytes < LIMIT_MIB(1));
	free(stored);
	free(spooled);
	assert_int_equal(nftw(home, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static int
kills(void)
{
	const char *is_long = getenv("TOBIGUCHI_LONG");

	return is_long != NULL && *is_long != '\0' ? 1000 : 60;
}

static void
nothing_is_lost_or_doubled(void **state)
{
	many_kills(*state, kills(), LIMIT_MIB(64));
}

static void
a_full_spool_counts_what_it_loses(void **state)
{
	many_kills(*state, kills(), LIMIT_KIB(6));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(nothing_is_lost_or_doubled),
		UNIT_TEST(a_full_spool_counts_what_it_loses),
	};
	const char *given = getenv("TOBIGUCHI_SEED");

	assert_true(sodium_init() >= 0);
	(void)crypto_sign_keypair(public_key, secret_key);
	seed = given == NULL ? 20260901 : strtoull(given, NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
