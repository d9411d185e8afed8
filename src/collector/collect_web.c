/* SPDX-License-Identifier: Apache-2.0 */
/* collect_web.c - what sensors ask of us: to enrol them, and to take a batch. */
#include "collector/collect_web.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/limit.h"
#include "base/log.h"
#include "collector/sensors_store.h"
#include "db/db.h"
#include "http/http.h"
#include "job/job.h"
#include "web/web.h"
#include "web/web_state.h"

#define LOOK_SECONDS 10 /* between two looks at the age of the log */

/* One in a process: the log belongs to one. */
static struct {
	struct collector *_Atomic collector;
	struct web_state *state;
	char pin[65];
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t stopping;
	bool stop;
	_Atomic int64_t seal_us; /* how long records wait at most until they can be sealed */
} here = { .mutex = PTHREAD_MUTEX_INITIALIZER, .stopping = PTHREAD_COND_INITIALIZER,
	.seal_us = INT64_C(3600000000) };

static int64_t
now_us(void)
{
	return clock_now() * 1000;
}

/* The start */

static enum err
ask_for_seal(void *object, struct db *db)
{
	AUTO(arena) a = arena_new();
	const struct job_new j = { .kind = "telescope.seal", .key = "every:telescope.seal" };

	(void)object;
	return job_add(db, a, &j, clock_now(), NULL);
}

/* New files begin by the clock too, so that a quiet hour is sealed; and what is in
 * the older ones is sealed at once. */
static void
look(struct collector *c, uint64_t *number)
{
	enum err e = collector_rotate(c, now_us(), atomic_load(&here.seal_us));

	if (e != OK)
		log_error("the telescope's log cannot go on in a new file; is the disk full or failing?",
		    LOG_S("error", err_name(e)));
	uint64_t now = collector_file(c);

	if (now == *number)
		return;
	e = web_write(here.state, ask_for_seal, NULL);
	if (e == OK)
		*number = now;
	else
		log_warn("packets of sensors are sealed later than usual: the database does not answer", LOG_S("error", err_name(e)));
}

static void *
look_after(void *object)
{
	struct timespec until;
	uint64_t number = 0;

	(void)pthread_mutex_lock(&here.mutex);
	while (!here.stop) {
		(void)pthread_mutex_unlock(&here.mutex);
		look(object, &number);
		(void)pthread_mutex_lock(&here.mutex);
		(void)clock_gettime(CLOCK_REALTIME, &until); /* this clock is always there */
		until.tv_sec += LOOK_SECONDS;
		if (!here.stop)
			(void)pthread_cond_timedwait(&here.stopping, &here.mutex, &until);
	}
	(void)pthread_mutex_unlock(&here.mutex);
	return NULL;
}

/* What a sensor pins: the public key, which stays when the certificate is renewed. */
static void
pin_of(const char *pem)
{
	BIO *b = BIO_new_mem_buf(pem, -1);
	X509 *x = b == NULL ? NULL : PEM_read_bio_X509(b, NULL, NULL, NULL);
	unsigned char *der = NULL, hash[32];
	unsigned size = sizeof(hash);
	int n = x == NULL ? -1 : i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);

	if (n > 0 && EVP_Digest(der, (size_t)n, hash, &size, EVP_sha256(), NULL) == 1)
		(void)sodium_bin2hex(here.pin, sizeof(here.pin), hash, sizeof(hash));
	OPENSSL_free(der);
	X509_free(x);
	BIO_free(b);
}

static enum err
key_find(void *object, uint64_t sensor, struct collector_key *ret);

enum err
collect_start(struct web_state *state, const char *data_dir, const char *tls_cert)
{
	AUTO(arena) a = arena_new();
	const struct collector_config config = {
		.folder = arena_printf(a, "%s/telescope/wal", data_dir),
		.key = key_find,
	};
	struct collector *c;

	TRY(collector_open(&config, now_us(), &c));
	if (tls_cert != NULL)
		pin_of(tls_cert);
	here.state = state;
	if (pthread_create(&here.thread, NULL, look_after, c) != 0) {
		collector_free(c);
		return ERR_UNAVAILABLE;
	}
	atomic_store(&here.collector, c);
	return OK;
}

void
collect_quiet(void)
{
	if (collect_now() == NULL)
		return;
	(void)pthread_mutex_lock(&here.mutex);
	here.stop = true;
	(void)pthread_cond_signal(&here.stopping);
	(void)pthread_mutex_unlock(&here.mutex);
	(void)pthread_join(here.thread, NULL); /* it is ours, and was never joined */
}

void
collect_stop(void)
{
	collector_free(atomic_exchange(&here.collector, NULL));
}

struct collector *
collect_now(void)
{
	return atomic_load(&here.collector);
}

const char *
collect_pin(void)
{
	return here.pin[0] == '\0' ? NULL : here.pin;
}

/* A batch */

struct key_ask {
	uint64_t sensor;
	struct collector_key *key;
	int64_t seal_minutes;
};

static enum err
key_read(void *object, struct db *db)
{
	struct key_ask *k = object;

	k->seal_minutes = setting_int(db, "telescope.seal_minutes");
	return sensors_key(db, k->sensor, k->key);
}

static enum err
key_find(void *object, uint64_t sensor, struct collector_key *ret)
{
	struct key_ask k = { .sensor = sensor, .key = ret };
	enum err e = web_read(object, key_read, &k);

	if (k.seal_minutes > 0)
		atomic_store(&here.seal_us, k.seal_minutes * 60000000);
	return e;
}

static bool
number(struct str s, int64_t *ret)
{
	return str_int(s, 0, INT64_MAX, ret);
}

static void
header_number(struct web *w, const char *name, int64_t n)
{
	web_header(w, name, arena_printf(w->a, "%lld", (long long)n));
}

/* A problem document with what the sensor's host needs to know. */
static enum err
refuse(struct web *w, int status, const char *reason, const char *advice)
{
	struct value *v = value_object(w->a);
	struct buf *b = buf_new(w->a, LIMIT_KIB(8));

	value_set_text(w->a, v, "type", "about:blank");
	value_set_text(w->a, v, "title", reason);
	value_set_int(w->a, v, "status", status);
	value_set_text(w->a, v, "detail", advice);
	value_json(b, v);
	web_header(w, "Tobiguchi-Reason", reason);
	w->status = status;
	return web_bytes(w, "application/problem+json", buf_view(b));
}

static void
log_refusal(const struct collector_request *r, const struct collector_answer *answer)
{
	log_warn("a batch of a sensor was refused", LOG_S("reason", collector_reason(answer->verdict)),
	    LOG_I("sensor", (int64_t)r->sensor), LOG_I("epoch", (int64_t)r->epoch), LOG_I("sequence", (int64_t)r->sequence),
	    LOG_I("expected", (int64_t)answer->next));
}

static enum err
answer_batch(struct web *w, const struct collector_request *r, const struct collector_answer *answer)
{
	/* Between its coming and our answer: our work must not look like a wrong clock. */
	header_number(w, "Tobiguchi-Time", r->now + (now_us() - r->now) / 2);
	if (answer->next != 0) {
		header_number(w, "Tobiguchi-Epoch", (int64_t)answer->epoch);
		header_number(w, "Tobiguchi-Next", (int64_t)answer->next);
	}
	if (answer->verdict > COLLECTOR_REPLAYED) {
		log_refusal(r, answer);
		return refuse(w, collector_status(answer->verdict), collector_reason(answer->verdict),
		    collector_advice(answer->verdict));
	}
	w->status = 200;
	return web_bytes(w, "application/json",
	    str_of(arena_printf(w->a, "{\"data\":{\"epoch\":%llu,\"next\":%llu,\"replayed\":%s}}", (unsigned long long)answer->epoch,
		(unsigned long long)answer->next, answer->verdict == COLLECTOR_REPLAYED ? "true" : "false")));
}

static enum err
batch_put(struct web *w)
{
	struct collector *c = collect_now();
	int64_t sensor, epoch, sequence, clock = 0;

	if (c == NULL)
		return refuse(w, 503, "full", "This server does not collect: another one uses its folder, or it has none.");
	if (!number(str_of(web_path(w, "sensor")), &sensor) || !number(str_of(web_path(w, "epoch")), &epoch) ||
	    !number(str_of(web_path(w, "sequence")), &sequence))
		return ERR_NOT_FOUND;
	(void)number(http_header(w->request, "tobiguchi-clock"), &clock); /* then it is not compared */
	const struct collector_request r = {
		.sensor = (uint64_t)sensor,
		.epoch = (uint64_t)epoch,
		.sequence = (uint64_t)sequence,
		.clock = clock,
		.now = now_us(),
		.bytes = w->request->body,
		.object = w,
	};
	struct collector_answer answer;

	collector_take(c, w->a, &r, &answer);
	return answer_batch(w, &r, &answer);
}

/* Enrolling */

static bool
signed_by(const unsigned char key[32], struct web *w, struct str token)
{
	unsigned char signature[64];
	const char *text = arena_printf(w->a, "tobiguchi sensor enrols: %.*s", STR_F(token));

	return hex_parse(web_form_str(w, "signature"), signature, sizeof(signature)) == OK &&
	    crypto_sign_verify_detached(signature, (const unsigned char *)text, strlen(text), key) == 0;
}

static enum err
enrol(struct web *w)
{
	struct str token = web_form_str(w, "token");
	unsigned char key[32];
	struct sensor_row s;

	/* Tokens cannot be guessed; this keeps the log short. */
	if (!web_allow(w, "sensor-enrol", 600, CLOCK_HOUR))
		return refuse(w, 429, "often", "Too many attempts from this address; wait an hour.");
	if (token.n == 0 || hex_parse(web_form_str(w, "key"), key, sizeof(key)) != OK || !signed_by(key, w, token))
		return refuse(w, 422, "damaged", "The request is not one that a sensor makes.");
	enum err e = sensors_enrol(w->db, w->a, token, hex_format(w->a, key, sizeof(key)), w->now, &s);

	if (e == ERR_DENIED)
		return refuse(w, 403, "token", "The token is wrong, was used, or is over. Make a new one.");
	if (e == ERR_EXISTS)
		return refuse(w, 409, "key", "This key belongs to another sensor.");
	TRY(e);
	if (collect_now() != NULL)
		collector_forget_keys(collect_now());
	header_number(w, "Tobiguchi-Sensor", s.id);
	web_header(w, "Tobiguchi-Name", s.name);
	header_number(w, "Tobiguchi-Time", now_us());
	w->status = 200;
	return web_bytes(w, "application/json",
	    str_of(arena_printf(w->a, "{\"data\":{\"sensor\":%lld,\"name\":\"%s\"}}", (long long)s.id, s.name)));
}

const struct web_route collect_routes[] = {
	{ WEB_PUT, "/telescope/batches/:sensor/:epoch/:sequence", PERM_PUBLIC, batch_put, WEB_NO_CSRF | WEB_RAW | WEB_NO_LOG | WEB_NO_TX,
	    "A batch of a sensor, proved by its signature (docs/telescope-batch.md)" },
	{ WEB_POST, "/telescope/enrol", PERM_PUBLIC, enrol, WEB_NO_CSRF, "A sensor's key, with its one-time token" },
	{ 0 },
};

/* Metrics */

struct names {
	struct web *w;
	struct sensor_row *row;
	size_t n;
};

static const char *
name_of(const struct names *n, uint64_t sensor)
{
	for (size_t i = 0; i < n->n; i++) {
		if ((uint64_t)n->row[i].id == sensor)
			return n->row[i].name;
	}
	return "removed";
}

typedef long long metric_fn(const struct position *p, int64_t now);
static long long metric_lag(const struct position *p, int64_t now) { return (now - p->received_at) / 1000000; }
static long long metric_records(const struct position *p, int64_t now) { (void)now; return (long long)p->records; }
static long long metric_lost(const struct position *p, int64_t now) { (void)now; return (long long)p->lost; }
static long long metric_dropped(const struct position *p, int64_t now) { (void)now; return (long long)p->dropped; }

static const struct {
	const char *name, *type, *help;
	metric_fn *get;
} sensor_metrics[] = {
	{ "tobiguchi_sensor_silent_seconds", "gauge", "Since the last batch came.", metric_lag },
	{ "tobiguchi_sensor_records_total", "counter", "Records taken.", metric_records },
	{ "tobiguchi_sensor_lost_total", "counter", "Records that the sensor had to throw away.", metric_lost },
	{ "tobiguchi_sensor_dropped_total", "counter", "Packets that its kernel or interface dropped.", metric_dropped },
};

enum err
collect_metrics(struct web *w, struct buf *b)
{
	struct collector *c = collect_now();
	struct names names = { .w = w };
	struct collector_counts counts;
	const struct position *list;
	size_t n;

	if (c == NULL)
		return OK;
	TRY(sensors_list(w->db, w->a, w->now, &names.row, &names.n));
	collector_counts(c, &counts);
	collector_positions(c, w->a, &list, &n);
	buf_text(b, "# HELP tobiguchi_batches_total Batches of sensors by what became of them.\n# TYPE tobiguchi_batches_total counter\n");
	for (int v = 0; v < COLLECTOR_VERDICTS; v++)
		buf_printf(b, "tobiguchi_batches_total{verdict=\"%s\"} %llu\n", collector_reason((enum collector_verdict)v),
		    (unsigned long long)counts.verdict[v]);
	for (size_t m = 0; m < COUNT(sensor_metrics); m++) {
		buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", sensor_metrics[m].name, sensor_metrics[m].help, sensor_metrics[m].name,
		    sensor_metrics[m].type);
		for (size_t i = 0; i < n; i++)
			buf_printf(b, "%s{sensor=\"%s\"} %lld\n", sensor_metrics[m].name, name_of(&names, list[i].sensor),
			    sensor_metrics[m].get(&list[i], now_us()));
	}
	return OK;
}
