/* SPDX-License-Identifier: Apache-2.0 */
/* "sensor check": every step on the way to the centre, and how to mend the one that fails. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "sensor/sensor.h"
#include "sensor/sensor_priv.h"
#include "sys/files.h"

struct check {
	struct sensor s;
	bool json;
	bool failed;
	int steps;
};

static void
json_text(const char *s)
{
	(void)putchar('"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			(void)putchar('\\');
		(void)putchar((unsigned char)*s < 0x20 ? ' ' : *s);
	}
	(void)putchar('"');
}

static void tell(struct check *c, bool good, const char *step, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Output that nobody takes (a closed pipe) changes nothing about the result. */
static void
tell(struct check *c, bool good, const char *step, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	const char *text = arena_vprintf(c->s.a, format, ap);

	va_end(ap);
	c->failed = c->failed || !good;
	if (c->json) {
		(void)printf("%s{\"step\":", c->steps++ == 0 ? "{\"steps\":[" : ",");
		json_text(step);
		(void)printf(",\"good\":%s,\"text\":", good ? "true" : "false");
		json_text(text);
		(void)putchar('}');
	} else {
		(void)printf("%-4s %-13s %s\n", good ? "ok" : "FAIL", step, text);
	}
}

static void
check_enrolled(struct check *c)
{
	struct sensor *s = &c->s;
	enum err e = key_open(s->conf.state, false, &s->key);

	if (e == OK)
		e = identity_load(s->a, s->conf.state, &s->identity);
	if (e == OK)
		tell(c, true, "enrolled", "sensor \"%s\", number %llu", s->identity.name, (unsigned long long)s->identity.sensor);
	else if (e == ERR_NOT_FOUND)
		tell(c, false, "enrolled", "not yet: make a token on the centre's page Observe > Sensors, then: tobiguchi-sensor enrol");
	else if (e == ERR_DENIED)
		tell(c, false, "enrolled", "%s/key cannot be read, or others can read it too: run this as root or as %s; chmod 600", s->conf.state, s->conf.user);
	else
		tell(c, false, "enrolled", "%s/key or identity is damaged (%s): enrol again", s->conf.state, err_name(e));
}

static void
check_capture(struct check *c)
{
	const char *fault = "";

	if (listener_open(c->s.a, &c->s.conf, &c->s.listener, &fault) == OK)
		tell(c, true, "capture", "%s", c->s.conf.file != NULL ? c->s.conf.file : c->s.conf.interface);
	else
		tell(c, false, "capture", "%s", fault);
}

static bool
check_reach(struct check *c)
{
	struct sensor *s = &c->s;
	unsigned char key[32];
	enum err e = sensor_https(s, &s->https);

	if (e != OK) {
		tell(c, false, "centre", "%s", e == ERR_NOT_FOUND ? "the certificates of \"trust\" cannot be read"
								  : "nothing says how to know the centre: enrol, or add \"trust\" or \"pin\"");
		return false;
	}
	e = https_connect(s->https);
	if (e != OK) {
		tell(c, false, "centre", "%s", https_fault(s->https));
		return false;
	}
	tell(c, true, "centre", "%s port %s answers by TLS and %s", s->conf.host, s->conf.port,
	    https_shown(s->https, key) && s->conf.trust == CONF_PIN ? "has the pinned key" : "its certificate is trusted");
	return true;
}

static void
check_clock(struct check *c)
{
	int64_t ms = atomic_load(&c->s.offset) / 1000;

	if (!atomic_load(&c->s.clocked))
		tell(c, true, "clock", "could not be compared: the centre was too slow");
	else
		tell(c, ms < 1000 && ms > -1000, "clock", "%lld ms %s the centre's%s", (long long)(ms < 0 ? -ms : ms),
		    ms > 0 ? "behind" : "before", ms < 1000 && ms > -1000 ? "" : ": set it: timedatectl set-ntp true");
}

/* A batch that the centre looks at and does not keep. */
static void
check_signature(struct check *c)
{
	struct sensor *s = &c->s;
	const struct batch_head head = { .epoch = BATCH_TRIAL, .first = 1, .sequence = 1, .made_at = clock_now() * 1000 };
	uint64_t status[BATCH_STATUS] = { 0 };
	struct https_answer answer;
	struct str bytes;
	enum err e = sensor_batch(s, s->a, head, status, NULL, &bytes);

	if (e == OK)
		e = sensor_put(s, s->https, s->a, &head, bytes, &answer);
	if (e != OK) {
		tell(c, false, "signature", "%s", https_fault(s->https));
		return;
	}
	check_clock(c);
	if (answer.status == 200)
		tell(c, true, "signature", "the centre knows this sensor");
	else
		tell(c, false, "signature", "status %d %.*s: %s", answer.status, STR_F(answer.reason), sensor_advice(answer.reason));
}

static void
check_spool(struct check *c)
{
	struct sensor *s = &c->s;
	const struct spool_config config = {
		.folder = arena_printf(s->a, "%s/spool", s->conf.state),
		.bytes = s->conf.spool,
		.loss = sensor_loss,
		.object = s,
	};
	struct str text, word, state;
	struct spool_state waiting = { 0 };

	/* Only counted, never tidied: the sensor may be running. */
	if (spool_look(&config, &waiting) != OK)
		tell(c, false, "spool", "%s cannot be read", config.folder);
	else if (waiting.files == 0)
		tell(c, true, "spool", "nothing waits");
	else
		tell(c, waiting.bytes < s->conf.spool / 10 * 9, "spool", "%llu batches, %llu KiB of %llu wait; the oldest is from %lld minutes ago",
		    (unsigned long long)waiting.files, (unsigned long long)waiting.bytes / 1024, (unsigned long long)s->conf.spool / 1024,
		    (long long)((clock_now() - waiting.oldest_at / 1000) / CLOCK_MINUTE));
	if (files_read(s->a, arena_printf(s->a, "%s/last", s->conf.state), LIMIT_KIB(1), &text) != OK)
		return; /* nothing was sent yet */
	if (str_split(&text, ' ', &word) && str_split(&text, ' ', &state))
		tell(c, str_is(state, "good"), "last answer", "%.*s", STR_F(str_trim(text)));
}

int
sensor_check(const char *conf, bool json)
{
	AUTO(arena) a = arena_new();
	struct check c = { .json = json };
	int rc = sensor_load(&c.s, a, conf);

	if (rc != EX_OK)
		return rc;
	tell(&c, true, "configuration", "%s", conf);
	check_capture(&c);
	check_enrolled(&c);
	if (check_reach(&c) && c.s.key != NULL && c.s.identity.sensor != 0)
		check_signature(&c);
	check_spool(&c);
	if (json)
		(void)printf("],\"good\":%s}\n", c.failed ? "false" : "true");
	listener_free(c.s.listener);
	https_free(c.s.https);
	key_free(c.s.key);
	return c.failed ? EX_UNAVAILABLE : EX_OK;
}
