/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/sensor.h"

#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"
#include "sensor/sensor_priv.h"
#include "sys/files.h"
#include "sys/user.h"

int
sensor_fail(int exit_code, const char *format, ...)
{
	va_list ap;

	(void)fputs("tobiguchi-sensor: ", stderr); /* nowhere else to say it */
	va_start(ap, format);
	(void)vfprintf(stderr, format, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	return exit_code;
}

static int
conf_load(struct sensor *s, const char *path)
{
	struct conf_fault fault;
	struct str text;
	enum err e = files_read(s->a, path, LIMIT_SENSOR_CONF + 1, &text);

	if (e == ERR_NOT_FOUND)
		return sensor_fail(EX_CONFIG, "%s: there is no such file; begin with the example in tobiguchi-sensor.conf(5)", path);
	if (e != OK)
		return sensor_fail(EX_CONFIG, "%s: %s", path, err_name(e));
	if (conf_parse(s->a, text, &s->conf, &fault) != OK) {
		if (fault.line == 0)
			return sensor_fail(EX_CONFIG, "%s: %s", path, fault.text);
		return sensor_fail(EX_CONFIG, "%s:%u: %s", path, fault.line, fault.text);
	}
	return EX_OK;
}

int
sensor_load(struct sensor *s, struct arena *a, const char *conf)
{
	*s = (struct sensor){ .a = a, .wake = -1 };
	return conf_load(s, conf);
}

enum err
sensor_https(const struct sensor *s, struct https **ret)
{
	struct https_config c = { .host = s->conf.host, .port = s->conf.port };

	if (s->conf.trust == CONF_PIN && s->conf.pinned) {
		c.pinned = true;
		memcpy(c.pin, s->conf.pin, sizeof(c.pin));
	} else if (s->conf.trust == CONF_PIN) {
		if (!s->identity.pinned)
			return ERR_INVALID;
		c.pinned = true;
		memcpy(c.pin, s->identity.pin, sizeof(c.pin));
	} else {
		c.trust_file = s->conf.trust_file;
	}
	return https_new(&c, ret);
}

static int
user_find(const struct sensor *s, uid_t *ret_uid, gid_t *ret_gid)
{
	const struct passwd *p = getpwnam(s->conf.user);

	if (p == NULL || p->pw_uid == 0)
		return sensor_fail(EX_NOUSER,
		    "there is no user %s to become (or it is root): useradd --system --home-dir %s --shell /usr/sbin/nologin %s",
		    s->conf.user, s->conf.state, s->conf.user);
	*ret_uid = p->pw_uid;
	*ret_gid = p->pw_gid;
	return EX_OK;
}

int
sensor_state(const struct sensor *s)
{
	uid_t uid;
	gid_t gid;
	enum err e = files_mkdirs(s->conf.state, 0700);
	int rc;

	if (e != OK)
		return sensor_fail(EX_CANTCREAT, "the state folder %s cannot be made: %s", s->conf.state, err_name(e));
	if (!sys_user_is_root())
		return EX_OK;
	rc = user_find(s, &uid, &gid);
	if (rc != EX_OK)
		return rc;
	e = sys_user_give(s->conf.state, uid, gid);
	return e == OK ? EX_OK : sensor_fail(EX_CANTCREAT, "the state folder %s cannot be given to %s: %s", s->conf.state, s->conf.user, err_name(e));
}

int
sensor_become(const struct sensor *s)
{
	uid_t uid;
	gid_t gid;
	int rc;

	if (!sys_user_is_root())
		return EX_OK;
	rc = user_find(s, &uid, &gid);
	if (rc == EX_OK && sys_user_become(uid, gid) != OK)
		rc = sensor_fail(EX_OSERR, "could not become the user %s", s->conf.user);
	return rc;
}

/* Batches */

enum err
sensor_batch(struct sensor *s, struct arena *a, struct batch_head head, const uint64_t *status,
    const struct record *record, struct str *ret)
{
	struct buf *b = buf_new(a, LIMIT_BATCH);
	unsigned char signature[BATCH_SIGNATURE];

	head.sensor = s->identity.sensor;
	TRY(batch_write(a, head, status, STR(TOBIGUCHI_VERSION), record, b));
	TRY(key_sign(s->key, buf_view(b), signature));
	buf_add(b, signature, sizeof(signature));
	TRY(buf_error(b));
	*ret = buf_view(b);
	return OK;
}

enum err
sensor_loss(void *object, struct arena *a, const struct batch_head *head, struct str *ret)
{
	struct sensor *s = object;
	struct batch_head h = *head;
	uint64_t status[BATCH_STATUS] = { 0 };
	int64_t now = clock_now() * 1000;

	/* One that was refused for its time must not be refused again. */
	if (h.made_at > now || now - h.made_at > INT64_C(86400000000) * 365)
		h.made_at = now;
	/* A status of zeros says nothing about a run. */
	return sensor_batch(s, a, h, status, NULL, ret);
}

/* Enrolling */

static int
token_read(struct sensor *s, const char *given, struct str *ret)
{
	struct str text;

	if (given != NULL && strcmp(given, "-") != 0) {
		*ret = str_trim(str_of(given));
		return EX_OK;
	}
	if (isatty(STDIN_FILENO))
		(void)fputs("Token: ", stderr); /* only a prompt */
	if (files_read_fd(s->a, STDIN_FILENO, LIMIT_KIB(1), &text) != OK)
		return sensor_fail(EX_DATAERR, "the token on standard input cannot be read");
	struct str line = STR_NULL;

	(void)str_line(&text, &line);
	*ret = str_trim(line);
	return EX_OK;
}

/* "SECRET" or "SECRET.PIN". */
static int
token_parse(struct sensor *s, struct str token, struct str *ret_secret)
{
	struct str pin = token;

	if (!str_split(&pin, '.', ret_secret) || ret_secret->n < 16 || ret_secret->n > 100)
		return sensor_fail(EX_DATAERR, "this is not a token as the centre's page \"Add a sensor\" shows it");
	if (pin.p != NULL && pin.n > 0) {
		if (conf_pin(s->a, pin, s->identity.pin) != OK)
			return sensor_fail(EX_DATAERR, "the token's second part is damaged: copy it again");
		s->identity.pinned = true;
	}
	if (s->conf.trust == CONF_PIN && !s->conf.pinned && !s->identity.pinned)
		return sensor_fail(EX_CONFIG,
		    "nothing says how to know the centre: the token has no key of it. Put \"trust system\" (its certificate is signed by a public authority) or \"pin …\" into the configuration");
	return EX_OK;
}

static void
hex_add(struct buf *b, const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%02x", p[i]);
}

static enum err
request(struct sensor *s, struct str secret, struct buf *b)
{
	unsigned char key[32], signature[64];
	struct str text = str_of(arena_printf(s->a, "tobiguchi sensor enrols: %.*s", STR_F(secret)));

	key_public(s->key, key);
	TRY(key_sign(s->key, text, signature));
	buf_text(b, "token=");
	buf_str(b, secret);
	buf_text(b, "&key=");
	hex_add(b, key, sizeof(key));
	buf_text(b, "&signature=");
	hex_add(b, signature, sizeof(signature));
	return buf_error(b);
}

/* What waits under an older number the centre could not take any more. */
static int
leave_behind(struct sensor *s)
{
	AUTO(spool) spool = NULL;
	const struct spool_config c = {
		.folder = arena_printf(s->a, "%s/spool", s->conf.state),
		.bytes = s->conf.spool,
		.loss = sensor_loss,
		.object = s,
	};
	uint64_t gone = 0;
	struct spool_state state;
	uint32_t n;

	if (spool_open(&c, &spool) != OK)
		return sensor_fail(EX_IOERR, "%s cannot be read", c.folder);
	for (spool_state(spool, &state); state.files > 0; spool_state(spool, &state)) {
		if (spool_forget(spool, &n) != OK)
			return sensor_fail(EX_IOERR, "%s cannot be emptied", c.folder);
		gone += n;
	}
	if (gone > 0)
		(void)printf("%llu records that waited under the old number were thrown away.\n", (unsigned long long)gone);
	return EX_OK;
}

static int
enrolled(struct sensor *s, const struct https_answer *answer)
{
	struct identity before;
	int64_t number;
	int rc = EX_OK;

	if (!str_int(answer->sensor, 1, INT64_MAX, &number) || answer->name.n == 0)
		return sensor_fail(EX_PROTOCOL, "the server's answer is not that of a Tobiguchi centre");
	if (identity_load(s->a, s->conf.state, &before) == OK && before.sensor != (uint64_t)number) {
		s->identity.sensor = before.sensor;
		rc = leave_behind(s);
	}
	if (rc != EX_OK)
		return rc;
	s->identity.sensor = (uint64_t)number;
	s->identity.name = arena_cstr(s->a, answer->name);
	s->identity.centre = arena_printf(s->a, "%s:%s", s->conf.host, s->conf.port);
	if (identity_save(s->conf.state, &s->identity) != OK)
		return sensor_fail(EX_CANTCREAT, "%s/identity cannot be written", s->conf.state);
	(void)printf("This is now the sensor \"%s\" (number %llu). Start it: systemctl enable --now tobiguchi-sensor\n", s->identity.name,
	    (unsigned long long)s->identity.sensor);
	return EX_OK;
}

static int
ask_to_enrol(struct sensor *s, struct str secret)
{
	struct buf *b = buf_new(s->a, LIMIT_KIB(4));
	struct https_answer answer;
	enum err e = sensor_https(s, &s->https);

	if (e != OK)
		return sensor_fail(EX_CONFIG, "the certificates of \"trust\" cannot be read");
	if (request(s, secret, b) != OK)
		return sensor_fail(EX_SOFTWARE, "the request could not be signed");
	e = https_ask(s->https, s->a, "POST", "/telescope/enrol", "Content-Type: application/x-www-form-urlencoded\r\n",
	    buf_view(b), &answer);
	if (e != OK)
		return sensor_fail(e == ERR_DENIED ? EX_NOPERM : EX_UNAVAILABLE, "%s", https_fault(s->https));
	if (answer.status != 200)
		return sensor_fail(EX_NOPERM, "the centre did not enrol this sensor (status %d%s%.*s): %s", answer.status,
		    answer.reason.n > 0 ? ", " : "", STR_F(answer.reason), sensor_advice(answer.reason));
	return enrolled(s, &answer);
}

int
sensor_enrol(const char *conf, const char *token)
{
	AUTO(arena) a = arena_new();
	struct sensor s;
	struct str text, secret;
	int rc = sensor_load(&s, a, conf);

	rc = rc == EX_OK ? token_read(&s, token, &text) : rc;
	rc = rc == EX_OK ? token_parse(&s, text, &secret) : rc;
	rc = rc == EX_OK ? sensor_state(&s) : rc;
	rc = rc == EX_OK ? sensor_become(&s) : rc;
	if (rc != EX_OK)
		return rc;
	enum err e = key_open(s.conf.state, true, &s.key);

	rc = e == OK ? ask_to_enrol(&s, secret)
		     : sensor_fail(EX_CANTCREAT, "the key %s/key cannot be made or read: %s", s.conf.state, err_name(e));
	https_free(s.https);
	key_free(s.key);
	return rc;
}
