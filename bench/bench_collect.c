/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_collect.c - many sensors at once, as the collector sees them.
 *
 *	bench_collect PORT BATCHES RECORDS KEEP FOLDER < tokens
 *
 * Enrols a sensor for each token, makes their batches, then sends them, one thread a
 * sensor up to 16; with KEEP 0 each batch has a connection of its own.  Prints the
 * seconds and the records that were taken.  bench/collect.py runs it.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"
#include "sensor/conf.h"
#include "sensor/https.h"
#include "sensor/key.h"
#include "sys/files.h"
#include "telescope/batch.h"

#define THREADS 16

struct one { /* sensor */
	struct key *key;
	uint64_t number;
	struct https_config at;
};

static struct one *sensors;
static size_t count;
static const char *port, *folder;
static uint32_t batches, records;
static bool keep;
static struct str *made; /* batches of each sensor */
static _Atomic size_t next;
static _Atomic uint64_t taken;

static void
fail(const char *why)
{
	(void)fprintf(stderr, "bench_collect: %s\n", why);
	exit(EX_SOFTWARE);
}

static void
hex(struct buf *b, const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%02x", p[i]);
}

static void
enrol(struct arena *a, struct str line, struct one *s)
{
	struct str token, pin = line;
	struct buf *b = buf_new(a, LIMIT_KIB(4));
	unsigned char public[32], signature[64];
	struct https_answer answer;
	const char *state = arena_printf(a, "%s/%zu", folder, count);
	AUTO(https) h = NULL;
	int64_t number = 0;

	if (!str_split(&pin, '.', &token) || conf_pin(a, pin, s->at.pin) != OK)
		fail("a token without a pin");
	s->at.host = "127.0.0.1";
	s->at.port = port;
	s->at.pinned = true;
	if (files_mkdirs(state, 0700) != OK || key_open(state, true, &s->key) != OK || https_new(&s->at, &h) != OK)
		fail("no key");
	key_public(s->key, public);
	if (key_sign(s->key, str_of(arena_printf(a, "tobiguchi sensor enrols: %.*s", STR_F(token))), signature) != OK)
		fail("no signature");
	buf_printf(b, "token=%.*s&key=", STR_F(token));
	hex(b, public, sizeof(public));
	buf_text(b, "&signature=");
	hex(b, signature, sizeof(signature));
	if (https_ask(h, a, "POST", "/telescope/enrol", "Content-Type: application/x-www-form-urlencoded\r\n", buf_view(b), &answer) != OK ||
	    answer.status != 200 || !str_int(answer.sensor, 1, INT64_MAX, &number))
		fail("not enrolled");
	s->number = (uint64_t)number;
}

/* splitmix64: noise that no compressor can use. */
static uint64_t
noise(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* Scans as a sensor sees them: few targets and ports, many sources. */
static struct str
batch(struct arena *a, const struct one *s, uint32_t sequence, int64_t now)
{
	struct record *r = arena_many(a, struct record, records + 1);
	const uint64_t status[BATCH_STATUS] = { [BATCH_STARTED] = 1000 };
	const struct batch_head h = { .sensor = s->number, .epoch = 1000, .first = sequence, .sequence = sequence, .made_at = now, .records = records };
	struct buf *b = buf_new(a, LIMIT_BATCH);
	unsigned char signature[64];

	for (uint32_t i = 0; i < records; i++) {
		uint64_t big = noise((s->number << 40) + ((uint64_t)sequence << 20) + i);
		uint32_t x = (uint32_t)big;

		r[i] = (struct record){ .at = now - 60000000 + (int64_t)i * 50000 + x % 50000, .seq = (uint32_t)(big >> 32), .sport = (uint16_t)(32768 + x % 28000),
			.dport = x % 3 == 0 ? 23 : x % 7 == 0 ? 445 : (uint16_t)(x >> 16), .len = 40, .ip_id = (uint16_t)(x >> 8), .flags = 2,
			.window = x % 2 == 0 ? 1024 : 65535, .mss = x % 2 == 0 ? 0 : 1460, .scale = 255, .proto = 6, .ttl = (uint8_t)(40 + x % 24) };
		r[i].src = (struct ip){ .v = 4, .byte = { (uint8_t)(x >> 24), (uint8_t)(x >> 13), (uint8_t)(x >> 7), (uint8_t)x } };
		r[i].dst = (struct ip){ .v = 4, .byte = { 192, 0, 2, (uint8_t)(x % 4) } };
	}
	if (batch_write(a, h, status, STR("bench"), r, b) != OK || key_sign(s->key, buf_view(b), signature) != OK)
		fail("no batch");
	buf_add(b, signature, sizeof(signature));
	return buf_view(b);
}

static void
send_all(size_t i)
{
	AUTO(https) h = NULL;

	for (uint32_t k = 0; k < batches; k++) {
		AUTO(arena) a = arena_new();
		struct https_answer answer;

		if (h == NULL && https_new(&sensors[i].at, &h) != OK)
			fail("no memory");
		const char *path = arena_printf(a, "/telescope/batches/%llu/1000/%u", (unsigned long long)sensors[i].number, k + 1);

		if (https_ask(h, a, "PUT", path, "Content-Type: application/vnd.tobiguchi.batch\r\n", made[i * batches + k], &answer) != OK)
			fail(https_fault(h));
		if (answer.status != 200)
			fail(arena_printf(a, "refused: %.*s", STR_F(answer.reason)));
		atomic_fetch_add(&taken, records);
		if (!keep) {
			https_free(h);
			h = NULL;
		}
	}
}

static void *
work(void *object)
{
	(void)object;
	for (size_t i; (i = atomic_fetch_add(&next, 1)) < count;)
		send_all(i);
	return NULL;
}

int
main(int argc, char **argv)
{
	AUTO(arena) a = arena_new();
	struct str text, line;
	int64_t n[3];

	if (argc != 6)
		fail("PORT BATCHES RECORDS KEEP FOLDER");
	for (int i = 0; i < 3; i++) {
		if (!str_int(str_of(argv[i + 2]), 0, 1000000, &n[i]))
			fail("not a number");
	}
	port = argv[1];
	batches = (uint32_t)n[0];
	records = (uint32_t)n[1];
	keep = n[2] != 0;
	folder = argv[5];
	if (files_read_fd(a, 0, LIMIT_MIB(4), &text) != OK)
		fail("no tokens");
	while (str_line(&text, &line)) {
		sensors = arena_room(a, sensors, count, sizeof(*sensors));
		sensors[count] = (struct one){ 0 };
		enrol(a, line, &sensors[count]);
		count++;
	}
	made = arena_many(a, struct str, count * batches + 1);
	for (size_t i = 0; i < count * batches; i++)
		made[i] = batch(a, &sensors[i / batches], (uint32_t)(i % batches) + 1, clock_now() * 1000);
	(void)printf("ready %zu\n", made[0].n);
	(void)fflush(stdout);

	pthread_t thread[THREADS];
	int64_t began = clock_monotonic_us();

	for (int i = 0; i < THREADS; i++) {
		if (pthread_create(&thread[i], NULL, work, NULL) != 0)
			fail("no thread");
	}
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(thread[i], NULL); /* it was started */
	(void)printf("%.6f %llu\n", (double)(clock_monotonic_us() - began) / 1e6, (unsigned long long)taken);
	return 0;
}
