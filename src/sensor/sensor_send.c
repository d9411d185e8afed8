/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that sends: the oldest batch, until the centre has it on its disk. */
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/log.h"
#include "base/rand.h"
#include "sensor/sensor_priv.h"
#include "sys/files.h"

#define BACK_OFF_MS 1000
#define BACK_OFF_MAX_MS 300000
#define ROUND_TRIP_MAX INT64_C(2000000) /* microseconds; longer ones say little about clocks */

struct meaning {
	const char *reason, *advice;
};
static const struct meaning meanings[] = {
	{ "unknown", "the centre has no such sensor; enrol it again with a new token" },
	{ "revoked", "the team has taken this sensor's key back; ask the team" },
	{ "signature", "the signature is not of this sensor's key; was the state folder copied from another one? Enrol it again" },
	{ "address", "the centre or a proxy before it mixes requests up; tell the team" },
	{ "damaged", "the centre could not read the batch; is this machine's disk or memory failing?" },
	{ "large", "the batch is larger than the centre takes; tell the team" },
	{ "version", "this sensor is newer than the centre; the team should update the centre" },
	{ "clock", "this machine's clock is off by more than ten minutes; set it: timedatectl set-ntp true" },
	{ "time", "the batch's times are in the future or more than 400 days old; was the clock set wrong then?" },
	{ "epoch", "a newer numbering of this sensor has begun; does a second machine run with a copy of its state folder?" },
	{ "full", "the centre cannot store now; it is tried again" },
	{ "gap", "batches before this one are missing at the centre; they are sent or counted as lost" },
	{ "token", "the token is wrong, was used, or is older than a day; make a new one on the centre's page" },
	{ "key", "this machine's key belongs to another sensor; remove the state folder first" },
};

const char *
sensor_advice(struct str reason)
{
	for (size_t i = 0; i < COUNT(meanings); i++) {
		if (str_is(reason, meanings[i].reason))
			return meanings[i].advice;
	}
	return "is this the address of a Tobiguchi centre? Its log says more";
}

bool
sensor_offset(const struct https_answer *answer, int64_t sent, int64_t received, int64_t *ret)
{
	int64_t centre;

	if (received - sent > ROUND_TRIP_MAX || received < sent || !str_int(answer->time, 0, INT64_MAX / 4, &centre))
		return false;
	*ret = centre - (sent + (received - sent) / 2);
	return true;
}

enum err
sensor_put(struct sensor *s, struct https *h, struct arena *a, const struct batch_head *head, struct str bytes,
    struct https_answer *ret)
{
	int64_t sent = clock_now() * 1000, offset;
	const char *path = arena_printf(a, "/telescope/batches/%llu/%llu/%llu", (unsigned long long)s->identity.sensor,
	    (unsigned long long)head->epoch, (unsigned long long)head->sequence);
	const char *headers = arena_printf(a, "Content-Type: application/vnd.tobiguchi.batch\r\nTobiguchi-Clock: %lld\r\n",
	    (long long)sent);

	TRY(https_ask(h, a, "PUT", path, headers, bytes, ret));
	if (sensor_offset(ret, sent, clock_now() * 1000, &offset)) {
		atomic_store(&s->offset, offset);
		atomic_store(&s->clocked, true);
	}
	return OK;
}

/* For "sensor check": what the centre said last, when that changes. */
struct said {
	char text[400];
	int64_t at;
};

static void
say(struct sensor *s, struct said *before, bool good, const char *text)
{
	AUTO(arena) a = arena_new();
	int64_t now = clock_now();

	/* The same every few seconds would fill disk and log; good ones are written now and then. */
	if (strncmp(before->text, text, sizeof(before->text) - 1) == 0 && now - before->at < CLOCK_HOUR)
		return;
	if (good && before->text[0] == '\0')
		log_info("the centre takes what this sensor sends", LOG_S("centre", s->conf.host));
	else if (good)
		log_info("the centre takes what this sensor sends again", LOG_S("centre", s->conf.host));
	else
		log_warn("the centre does not have our batches; they wait in the spool", LOG_S("why", text));
	struct str copy = str_take(str_of(text), sizeof(before->text) - 1);

	memset(before->text, 0, sizeof(before->text));
	memcpy(before->text, copy.p, copy.n);
	before->at = now;
	const char *line = arena_printf(a, "%lld %s %s\n", (long long)now, good ? "good" : "bad", text);

	if (files_write(arena_printf(a, "%s/last", s->conf.state), str_of(line), 0600) != OK)
		log_debug("the last answer could not be noted");
}

/* What to do after an answer. */
enum next_step { GO_ON, WAIT };

static bool
number(struct str s, uint64_t *ret)
{
	int64_t v;

	if (!str_int(s, 0, INT64_MAX, &v))
		return false;
	*ret = (uint64_t)v;
	return true;
}

static enum next_step
ordered(enum err e)
{
	if (e != OK)
		log_error("the spool cannot be changed; is its disk full or failing?", LOG_S("error", err_name(e)));
	return e == OK ? GO_ON : WAIT;
}

static enum next_step
taken(struct sensor *s, const struct batch_head *head)
{
	return ordered(spool_done(s->spool, head->epoch, head->sequence + 1));
}

/* The centre expects another one. */
static enum next_step
gap(struct sensor *s, const struct batch_head *head, const struct https_answer *answer)
{
	uint64_t epoch, next;

	if (!number(answer->epoch, &epoch) || !number(answer->next, &next) || next == 0)
		return WAIT;
	if (epoch == head->epoch && next > head->sequence)
		return ordered(spool_done(s->spool, epoch, next));
	/* It lost what it had confirmed: only its own backup can be the reason. */
	log_warn("the centre has less than it confirmed; was it restored from a backup?", LOG_I("expected", (int64_t)next));
	return ordered(spool_restart(s->spool, epoch == head->epoch ? next : 1));
}

/* The centre counts in a later epoch than this batch is of. */
static enum next_step
left_behind(struct sensor *s, const struct batch_head *head, const struct https_answer *answer)
{
	uint64_t epoch;
	uint32_t lost;

	if (!number(answer->epoch, &epoch) || head->epoch >= s->epoch || epoch > s->epoch)
		return WAIT; /* somebody else sends under our name */
	if (ordered(spool_forget(s->spool, &lost)) == WAIT)
		return WAIT;
	atomic_fetch_add(&s->forgotten, lost);
	return GO_ON;
}

static bool
for_good(struct str reason)
{
	return str_is(reason, "damaged") || str_is(reason, "large") || str_is(reason, "time") || str_is(reason, "address");
}

static enum next_step
answered(struct sensor *s, struct said *said, const struct batch_head *head, const struct https_answer *answer)
{
	AUTO(arena) a = arena_new();

	if (answer->status == 200 && answer->next.n > 0) {
		say(s, said, true, "taken");
		return taken(s, head);
	}
	say(s, said, false, arena_printf(a, "status %d%s%.*s: %s", answer->status, answer->reason.n > 0 ? ", " : "",
	    STR_F(answer->reason), sensor_advice(answer->reason)));
	if (str_is(answer->reason, "gap"))
		return gap(s, head, answer);
	if (str_is(answer->reason, "epoch"))
		return left_behind(s, head, answer);
	/* A loss that is refused too has nothing left to become. */
	if (for_good(answer->reason) && head->lost == 0)
		return ordered(spool_refused(s->spool));
	return WAIT;
}

static void
note_centre(struct sensor *s)
{
	struct ip peer = https_peer(s->https);
	int64_t port = 0;

	(void)str_int(str_of(s->conf.port), 1, 65535, &port); /* it was checked */
	if (peer.v == 4)
		atomic_store(&s->centre, (uint64_t)peer.byte[0] << 40 | (uint64_t)peer.byte[1] << 32 |
		    (uint64_t)peer.byte[2] << 24 | (uint64_t)peer.byte[3] << 16 | (uint64_t)port);
}

/* ERR_NOT_FOUND: nothing to send. */
static enum err
send_one(struct sensor *s, struct said *said, enum next_step *ret)
{
	AUTO(arena) a = arena_new();
	struct batch_head head;
	struct https_answer answer;
	struct str bytes;

	TRY(spool_oldest(s->spool, a, &head, &bytes));
	enum err e = sensor_put(s, s->https, a, &head, bytes, &answer);

	note_centre(s);
	if (e == OK) {
		*ret = answered(s, said, &head, &answer);
	} else {
		say(s, said, false, https_fault(s->https));
		*ret = WAIT;
	}
	return OK;
}

static void
pause_for(struct sensor *s, int ms)
{
	struct pollfd p = { .fd = s->wake, .events = POLLIN };
	uint64_t count;

	if (poll(&p, 1, ms) > 0 && read(s->wake, &count, sizeof(count)) < 0)
		return; /* woken for nothing */
}

/* Half of it fixed, half by chance: sensors that lost the centre together must not
 * come back together. New batches do not shorten it. */
static void
back_off(struct sensor *s, int *ms)
{
	int64_t until = clock_monotonic_us() + (*ms / 2 + (int64_t)rand_below((uint32_t)*ms / 2 + 1)) * 1000;

	for (int64_t left; !atomic_load(&s->stop) && (left = (until - clock_monotonic_us()) / 1000) > 0;)
		pause_for(s, (int)left);
	*ms = *ms * 2 < BACK_OFF_MAX_MS ? *ms * 2 : BACK_OFF_MAX_MS;
}

void *
sensor_send(void *object)
{
	struct sensor *s = object;
	struct said said = { .text = "" };
	int wait_ms = BACK_OFF_MS;

	while (!atomic_load(&s->stop)) {
		enum next_step step = WAIT;
		enum err e = send_one(s, &said, &step);

		if (e == ERR_NOT_FOUND) {
			pause_for(s, 60000);
		} else if (e == OK && step == GO_ON) {
			wait_ms = BACK_OFF_MS;
		} else {
			if (e != OK)
				log_error("the spool cannot be read", LOG_S("error", err_name(e)));
			back_off(s, &wait_ms);
		}
	}
	return NULL;
}
