/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that listens: from packets to batches in the spool. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/log.h"
#include "sensor/sensor.h"
#include "sensor/sensor_priv.h"
#include "sys/files.h"
#include "sys/process.h"
#include "sys/sandbox.h"

#define WAIT_MS 500 /* for a packet; then look at signals and the minute */
#define PACKETS 256 /* between two looks */
#define END_SECONDS 2 /* for the sender, when we are told to stop */

static uint64_t
memory(struct arena *a)
{
	struct str text, line;
	uint64_t sum = 0;

	if (files_read(a, "/proc/self/status", LIMIT_KIB(16), &text) != OK)
		return 0; /* not known */
	while (str_line(&text, &line)) {
		uint64_t kib;

		if (!str_eat(&line, STR("RssAnon:")) && !str_eat(&line, STR("RssShmem:")))
			continue;
		line = str_trim(line);
		if (str_eat_digits(&line, 1, 12, &kib))
			sum += kib * 1024;
	}
	return sum;
}

static void
status_fill(struct sensor *s, struct arena *a, uint64_t status[BATCH_STATUS])
{
	struct listen_counts counts;
	struct spool_state spool;

	s->listener->kind->counts(s->listener, &counts);
	spool_state(s->spool, &spool);
	status[BATCH_STARTED] = (uint64_t)s->started_at;
	status[BATCH_UNCLEAN] = s->unclean;
	status[BATCH_RECEIVED] = counts.received;
	status[BATCH_DROPPED] = counts.dropped;
	status[BATCH_IF_DROPPED] = counts.if_dropped;
	status[BATCH_REFUSED] = s->refused + atomic_load(&s->forgotten);
	status[BATCH_OFFSET] = batch_zigzag(atomic_load(&s->offset));
	status[BATCH_CLOCKED] = atomic_load(&s->clocked);
	status[BATCH_CONFIG] = s->conf.hash;
	status[BATCH_SPOOL] = spool.bytes;
	status[BATCH_LOST] = spool.lost;
	status[BATCH_MEMORY] = memory(a);
	for (unsigned i = 0; i < PACKET_KINDS; i++)
		status[BATCH_PACKETS + i] = s->counts.of[i];
}

static enum err
batch_add(struct sensor *s)
{
	AUTO(arena) a = arena_new();
	const struct batch_head head = {
		.epoch = s->epoch,
		.first = s->sequence,
		.sequence = s->sequence,
		.made_at = clock_now() * 1000,
		.records = s->records,
	};
	uint64_t status[BATCH_STATUS];
	struct str bytes;

	status_fill(s, a, status);
	TRY(sensor_batch(s, a, head, status, s->record, &bytes));
	return spool_add(s->spool, &head, bytes);
}

static void
batch_close(struct sensor *s)
{
	const uint64_t one = 1;
	enum err e = batch_add(s);

	if (e == OK) {
		s->sequence++;
	} else {
		s->refused += s->records;
		log_error("a batch could not be stored and is lost (it is counted); is the disk full?", LOG_S("state", s->conf.state),
		    LOG_S("error", err_name(e)), LOG_I("records", s->records));
	}
	s->records = 0;
	s->payloads = 0;
	s->opened_at = clock_monotonic_us();
	if (write(s->wake, &one, sizeof(one)) < 0)
		log_debug("the sender is awake already");
}

static bool
in_any(const struct ip_net *net, size_t n, const struct ip *ip)
{
	for (size_t i = 0; i < n; i++) {
		if (ip_in(&net[i], ip))
			return true;
	}
	return false;
}

/* What the centre answers us is no scan. */
static bool
from_centre(struct sensor *s, const struct record *r)
{
	uint64_t centre = atomic_load_explicit(&s->centre, memory_order_relaxed);

	return centre != 0 && r->src.v == 4 && r->sport == (centre & 0xffff) &&
	    ((uint64_t)r->src.byte[0] << 24 | (uint64_t)r->src.byte[1] << 16 | (uint64_t)r->src.byte[2] << 8 | r->src.byte[3]) ==
		centre >> 16;
}

static void
packet(struct sensor *s, const struct capture_packet *p)
{
	struct record r;

	if (!packet_decode(p->link, p->bytes, p->wire, p->at, &s->counts, &r))
		return;
	if (!in_any(s->conf.address, s->conf.addresses, &r.dst) || in_any(s->conf.except, s->conf.excepts, &r.src) ||
	    from_centre(s, &r))
		return;
	struct str payload = str_take(r.payload, s->conf.payload);

	r.payload = (struct str){ s->payload + s->payloads, payload.n };
	if (payload.n > 0)
		memcpy(s->payload + s->payloads, payload.p, payload.n);
	s->payloads += payload.n;
	s->record[s->records++] = r;
	if (s->records == SENSOR_RECORDS || s->records * SENSOR_RECORD + s->payloads >= SENSOR_BYTES)
		batch_close(s);
}

/* Until something other than packets wants to be looked at. */
static enum err
listen_some(struct sensor *s)
{
	struct capture_packet p;

	for (int i = 0; i < PACKETS; i++) {
		TRY(s->listener->kind->next(s->listener, WAIT_MS, &p));
		packet(s, &p);
	}
	return OK;
}

static bool
told_to_stop(int signals)
{
	int signal = process_signal_next(signals);

	return signal == SIGTERM || signal == SIGINT;
}

/* A file is at its end: when the centre has all of it we are done. */
static int
drain(struct sensor *s, int signals)
{
	struct spool_state state;

	log_info("the file is at its end; waiting until the centre has all of it");
	for (spool_state(s->spool, &state); state.files > 0; spool_state(s->spool, &state)) {
		if (told_to_stop(signals))
			return EX_OK; /* the next run sends the rest */
		(void)usleep(20000);
	}
	return EX_OK;
}

static int
listen_all(struct sensor *s, int signals)
{
	s->opened_at = clock_monotonic_us();
	for (;;) {
		enum err e = listen_some(s);

		if (e == OK || e == ERR_TIMEOUT) {
			if (told_to_stop(signals)) {
				batch_close(s);
				return EX_OK;
			}
			if (clock_monotonic_us() - s->opened_at >= SENSOR_MINUTE)
				batch_close(s);
			continue;
		}
		batch_close(s);
		if (e == ERR_NOT_FOUND)
			return drain(s, signals);
		log_error(s->conf.file != NULL ? "the capture file is damaged" : "the interface is gone; it is opened again at the next start",
		    LOG_S("error", err_name(e)));
		return s->conf.file != NULL ? EX_DATAERR : EX_TEMPFAIL;
	}
}

/* The start */

/* Numberings never go back, even when the clock does. */
static enum err
epoch_begin(struct sensor *s)
{
	const char *path = arena_printf(s->a, "%s/epoch", s->conf.state);
	struct spool_state spool;
	struct str text;
	int64_t before = 0;

	spool_state(s->spool, &spool);
	if (files_read(s->a, path, 64, &text) == OK)
		(void)str_int(str_trim(text), 0, INT64_MAX / 4, &before); /* then the clock and the spool decide */
	s->started_at = clock_now() * 1000;
	s->epoch = (uint64_t)s->started_at;
	if (s->epoch <= (uint64_t)before)
		s->epoch = (uint64_t)before + 1;
	if (s->epoch <= spool.epoch)
		s->epoch = spool.epoch + 1;
	s->sequence = 1;
	return files_write(path, str_of(arena_printf(s->a, "%llu\n", (unsigned long long)s->epoch)), 0600);
}

/* STATE/running is there while we run: found at the start, the run before was killed. */
static const char *
running(struct sensor *s)
{
	return arena_printf(s->a, "%s/running", s->conf.state);
}

static int
open_spool(struct sensor *s)
{
	struct str text;
	struct spool_config c = {
		.folder = arena_printf(s->a, "%s/spool", s->conf.state),
		.bytes = s->conf.spool,
		.loss = sensor_loss,
		.object = s,
	};
	enum err e = spool_open(&c, &s->spool);

	s->unclean = files_read(s->a, running(s), 64, &text) == OK;
	if (e == OK)
		e = epoch_begin(s);
	if (e == OK)
		e = files_write(running(s), STR("\n"), 0600);
	if (e != OK)
		return sensor_fail(EX_IOERR, "the state folder %s cannot be used: %s", s->conf.state, err_name(e));
	s->record = arena_many(s->a, struct record, SENSOR_RECORDS);
	s->payload = arena_alloc(s->a, SENSOR_BYTES + RECORD_PAYLOAD);
	return EX_OK;
}

static int
identify(struct sensor *s)
{
	enum err e = key_open(s->conf.state, false, &s->key);

	if (e == OK)
		e = identity_load(s->a, s->conf.state, &s->identity);
	if (e == ERR_NOT_FOUND)
		return sensor_fail(EX_CONFIG, "this sensor is not enrolled: tobiguchi-sensor enrol");
	if (e != OK)
		return sensor_fail(EX_CONFIG, "%s/key and identity cannot be read (%s); enrol the sensor again", s->conf.state, err_name(e));
	e = sensor_https(s, &s->https);
	return e == OK ? EX_OK : sensor_fail(EX_CONFIG, "how to know the centre is not said, or the certificates of \"trust\" cannot be read");
}

static int
start(struct sensor *s)
{
	const char *fault = "";
	int rc = sensor_state(s);

	if (rc != EX_OK)
		return rc;
	/* The one thing that needs rights; then they go, and the cage closes. */
	if (listener_open(s->a, &s->conf, &s->listener, &fault) != OK)
		return sensor_fail(EX_NOINPUT, "%s", fault);
	rc = sensor_become(s);
	rc = rc == EX_OK ? identify(s) : rc;
	if (rc != EX_OK)
		return rc;
	if (sandbox_sensor(s->conf.state) != OK)
		return sensor_fail(EX_OSERR, "the cage could not be closed (seccomp, Landlock): a newer kernel is needed");
	return open_spool(s);
}

static void
stop(struct sensor *s)
{
	struct timespec until;
	const uint64_t one = 1;

	atomic_store(&s->stop, true);
	if (write(s->wake, &one, sizeof(one)) < 0)
		log_debug("the sender is awake already");
	(void)clock_gettime(CLOCK_REALTIME, &until); /* this clock is always there */
	until.tv_sec += END_SECONDS;
	/* What it is sending is in the spool until it was confirmed. */
	if (pthread_timedjoin_np(s->sender, NULL, &until) != 0)
		_exit(EX_OK);
}

static int
run(struct sensor *s)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP, 0 };
	pthread_attr_t small;
	int signals, rc;

	s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->wake < 0 || process_signals(numbers, &signals) != OK || pthread_attr_init(&small) != 0 ||
	    pthread_attr_setstacksize(&small, LIMIT_KIB(256)) != 0 ||
	    pthread_create(&s->sender, &small, sensor_send, s) != 0)
		return sensor_fail(EX_OSERR, "no thread can be started");
	log_info("listening", LOG_S("sensor", s->identity.name), LOG_S("centre", s->conf.host), LOG_I("unclean", s->unclean));
	rc = listen_all(s, signals);
	/* Before the wait: what is in the spool is safe. */
	if (unlink(running(s)) != 0)
		log_debug("the mark of a running sensor could not be removed");
	stop(s);
	return rc;
}

int
sensor_run(const char *conf)
{
	AUTO(arena) a = arena_new();
	struct sensor s;
	int rc = sensor_load(&s, a, conf);

	(void)signal(SIGPIPE, SIG_IGN); /* a broken connection is an answer like others */
	rc = rc == EX_OK ? start(&s) : rc;
	if (rc == EX_OK) {
		log_init("sensor", LOG_LEVEL_INFO);
		rc = run(&s);
	}
	listener_free(s.listener);
	spool_free(s.spool);
	https_free(s.https);
	key_free(s.key);
	return rc;
}
