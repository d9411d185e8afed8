/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send_job.c - the job "mail.send": a message of ours becomes a mail and goes
 * to the server.
 *
 * Retries are counted here and not by the job: a mail that a server refuses
 * for now, or that has no server yet, must wait for days without dying. The
 * Message-ID is made of the message's number, so a second copy has the same
 * one; it is marked when the first may have arrived.
 */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/holiday.h"
#include "base/limit.h"
#include "base/zone.h"
#include "blob/blob.h"
#include "db/db.h"
#include "incident/intake_guess.h"
#include "incident/send_store.h"
#include "job/job.h"
#include "job/work.h"
#include "mail/mail_compose.h"
#include "mail/mail_thread.h"
#include "net/smtp.h"

#define GIVE_UP_AFTER (5 * CLOCK_DAY)	 /* as mail servers do (RFC 5321 4.5.4.1) */

enum outcome {
	NOTHING_TO_DO, /* sent or cancelled already */
	SENT,
	LATER,	   /* refused for now */
	RESTS,	   /* the server just failed with another letter: not asked */
	NOT_READY, /* something is not set up: waits, however long it takes */
	NEVER,
};

struct sending {
	struct message message;
	struct str text;
	struct net_server server;
	struct pgp_key key;
	const char *from, *from_name, *sign_with;
	int32_t offset;
	struct business_calendar calendar;
	int32_t silence_days;
	int64_t silence_hours; /* of this thread; 0: as usual */
	struct message_file *files;
	size_t n_files;
	int64_t tries;	/* earlier ones that ended with a "not now" */
	int64_t since;	/* of the first such one */
	bool doubtful;	/* an earlier one may have arrived */
	enum outcome outcome;
	int64_t rest_until;
	const char *why;
	struct send_done done;
};

static enum net_tls
tls_of(const char *s)
{
	if (strcmp(s, "none") == 0)
		return NET_TLS_NONE;
	return strcmp(s, "try") == 0 ? NET_TLS_TRY : NET_TLS_REQUIRE;
}

static enum err
load_settings(struct job_run *j, struct db *db, struct sending *s)
{
	const struct zone *zone = zone_tokyo();
	const char *password;

	/* A password that cannot be read is one that must be set again. */
	if (setting_secret(db, j->a, j->work->key, "smtp.password", &password) != OK)
		password = "";
	s->server = (struct net_server){
		.url = setting_text(db, j->a, "smtp.url"),
		.user = setting_text(db, j->a, "smtp.user"),
		.password = password,
		.tls = tls_of(setting_text(db, j->a, "smtp.tls")),
		.seconds = (int)setting_int(db, "mail.server_seconds"),
	};
	s->from = setting_text(db, j->a, "team.email");
	s->from_name = setting_text(db, j->a,
	    s->message.lang != NULL && strcmp(s->message.lang, "en") == 0 ? "team.name.en" : "team.name.ja");
	s->sign_with = setting_text(db, j->a, "pgp.key");
	if (*s->sign_with == '\0')
		s->sign_with = NULL;
	if (zone_find(setting_text(db, j->a, "team.zone"), &zone) != OK)
		zone = zone_tokyo();
	s->offset = zone_offset(zone, j->now);
	s->calendar = intake_calendar(db);
	s->silence_days = (int32_t)setting_int(db, "mail.silence_days");
	return OK;
}

static enum err
load(struct job_run *j, struct db *db)
{
	struct sending *s = arena_one(j->a, struct sending);

	j->state = s;
	s->tries = value_integer(value_get(j->payload, "tries"));
	s->since = value_integer(value_get(j->payload, "since"));
	s->doubtful = j->again || value_true(value_get(j->payload, "doubtful"));
	TRY(message_get(db, j->a, value_integer(value_get(j->payload, "message")), &s->message));
	if (strcmp(s->message.state, "held") != 0)
		return OK;
	TRY(message_text(db, j->work->blobs, j->a, &s->message, &s->text));
	TRY(message_files(db, j->work->blobs, j->a, s->message.id, &s->files, &s->n_files));
	TRY(load_settings(j, db, s));
	TRY(send_silence_hours(db, s->message.notification_id, &s->silence_hours));
	return send_key_find(db, j->a, s->message.notification_id, s->message.to_addrs, j->now, &s->key);
}

static struct mail_texts
lines_of(struct arena *a, const char *text)
{
	struct mail_texts list = { .item = arena_many(a, const char *, 200) };
	struct str s = str_of(text), line;

	while (text != NULL && list.n < 200 && str_line(&s, &line)) {
		if (line.n > 0)
			list.item[list.n++] = arena_cstr(a, line);
	}
	return list;
}

static const char *
domain_of(const char *address)
{
	const char *at = strrchr(address, '@');

	return at == NULL ? "localhost" : at + 1;
}

static enum err
compose(struct job_run *j, struct sending *s, struct str *ret)
{
	struct arena *a = j->a;
	const struct message *m = &s->message;
	struct mail_address to = { .name = m->to_name == NULL ? "" : m->to_name, .address = m->to_addrs };
	bool automatic = m->automatic != NULL && strcmp(m->automatic, "none") != 0;
	struct mail_draft d = {
		.from = { .name = s->from_name, .address = s->from },
		.to = { .item = &to, .n = 1 },
		.subject = m->subject,
		.text = s->text,
		.in_reply_to = m->reply_key,
		.references = lines_of(a, m->reference_keys == NULL ? m->reply_key : m->reference_keys),
		.date = j->now,
		.offset = s->offset,
		.automatic = automatic,
		.repeat = s->doubtful,
		.sign_with = s->sign_with,
	};
	const char *fingerprint[] = { s->key.fingerprint };

	struct mail_file *files = arena_many(a, struct mail_file, s->n_files + 1);

	for (size_t i = 0; i < s->n_files; i++)
		files[i] = (struct mail_file){ s->files[i].name, s->files[i].media_type, s->files[i].bytes };
	d.files = files;
	d.n_files = s->n_files;
	d.message_id = arena_printf(a, "%s.%llx@%s", m->token, (unsigned long long)m->id, domain_of(s->from));
	d.reply_to = (struct mail_address){
		.name = s->from_name,
		.address = mail_thread_address(a, s->from, m->token),
	};
	if (s->key.fingerprint != NULL)
		d.encrypt_to = (struct mail_texts){ .item = fingerprint, .n = 1 };
	s->done = (struct send_done){
		.message_key = d.message_id,
		.from_name = s->from_name,
		.from_addr = s->from,
		.reply_to = d.reply_to.address,
		.signer = s->sign_with,
		.repeat = s->doubtful,
	};
	if (s->key.fingerprint != NULL)
		s->done.crypto = s->sign_with != NULL ? "both" : "encrypted";
	else
		s->done.crypto = s->sign_with != NULL ? "signed" : "none";

	enum err e = mail_compose(a, &d, j->work->crypt, ret, &s->why);

	if (e == ERR_NOT_FOUND && s->key.armored != NULL) {
		/* The keyring was made anew, the key is still in the database. */
		struct crypt_keys keys;

		TRY(mail_crypt_import_key(j->work->crypt, a, str_of(s->key.armored), &keys, &s->why));
		e = mail_compose(a, &d, j->work->crypt, ret, &s->why);
	}
	return e;
}

/* A server that is silent takes its time of all jobs, and with each letter
 * again: after that it is left alone for twice as long. */
static void
server_rests(struct job_run *j, const struct sending *s, enum err e, int64_t took)
{
	struct work_rest *rest = &j->work->smtp;

	if (e == OK || e == ERR_INVALID) {
		rest->until = 0;
		return;
	}
	if (rest->a == NULL)
		rest->a = arena_new();
	arena_reset(rest->a);
	rest->until = clock_now() + 2 * took;
	rest->url = arena_dup(rest->a, s->server.url);
	rest->why = arena_dup(rest->a, s->why);
}

static bool
server_is_resting(const struct job_run *j, struct sending *s)
{
	const struct work_rest *rest = &j->work->smtp;

	if (rest->until <= clock_now() || strcmp(rest->url, s->server.url) != 0)
		return false;
	s->why = arena_dup(j->a, rest->why);
	s->rest_until = rest->until;
	return true;
}

static enum outcome
post(struct job_run *j, struct sending *s, struct str raw)
{
	const char *to[] = { s->message.to_addrs };
	struct smtp_envelope envelope = {
		.from = s->from,
		.to = to,
		.n = 1,
		.helo = domain_of(s->from),
	};
	struct smtp_answer answer;
	int64_t began = clock_now();
	enum err e = smtp_send(j->a, &s->server, &envelope, raw, &answer);

	s->why = answer.text;
	server_rests(j, s, e, clock_now() - began);
	if (e == OK) {
		s->done.raw = raw;
		s->done.server_said = answer.text;
		return SENT;
	}
	if (e == ERR_INVALID)
		return NEVER;
	s->doubtful = s->doubtful || answer.maybe;
	return e == ERR_DENIED ? NOT_READY : LATER;
}

static enum outcome
send_it(struct job_run *j, struct sending *s)
{
	struct str raw;

	if (strcmp(s->message.state, "held") != 0)
		return NOTHING_TO_DO;
	if (*s->from == '\0') {
		s->why = "The team has no mail address yet: set team.email. The mail waits.";
		return NOT_READY;
	}
	if (*s->server.url == '\0') {
		s->why = "No outgoing mail server is set yet: set smtp.url. The mail waits.";
		return NOT_READY;
	}
	if (server_is_resting(j, s))
		return RESTS;
	enum err e = compose(j, s, &raw);

	/* Never in clear or unsigned because a key does not work. */
	if (e == ERR_INVALID || e == ERR_LIMIT)
		return NEVER;
	return e == OK ? post(j, s, raw) : NOT_READY;
}

static enum err
act(struct job_run *j)
{
	struct sending *s = j->state;

	s->outcome = send_it(j, s);
	return OK;
}

/* While something is not set up: soon after it was written, then ever rarer,
 * so that a thousand waiting mails cost nothing. */
static int64_t
look_again_after(const struct sending *s, int64_t now)
{
	int64_t pause = (now - s->message.send_at) / 10;

	if (pause < CLOCK_MINUTE)
		return CLOCK_MINUTE;
	return pause > CLOCK_HOUR ? CLOCK_HOUR : pause;
}

/* The same job once more; this one ends. */
static enum err
again(struct job_run *j, struct db *db, const struct sending *s)
{
	struct value *p = value_object(j->a);
	bool refused = s->outcome == LATER;
	int64_t tries = s->tries + (refused ? 1 : 0), wait;

	value_set_int(j->a, p, "message", s->message.id);
	value_set_int(j->a, p, "tries", tries);
	value_set_int(j->a, p, "since", s->since != 0 || !refused ? s->since : j->now);
	value_set_bool(j->a, p, "doubtful", s->doubtful);
	value_set_text(j->a, p, "why", s->why);
	TRY(send_store_waits(db, &s->message, s->why));
	if (s->outcome == RESTS)
		wait = s->rest_until - j->now;
	else if (refused)
		wait = job_back_off((int)tries);
	else
		wait = look_again_after(s, j->now);
	return job_add(db, j->a,
	    &(struct job_new){
		.kind = "mail.send",
		.payload = p,
		.run_at = j->now + wait,
		.key = arena_printf(j->a, "mail.send/%lld", (long long)s->message.id),
	    },
	    j->now, NULL);
}

static enum err
save(struct job_run *j, struct db *db)
{
	struct sending *s = j->state;

	if (s->outcome == LATER && s->since != 0 && j->now - s->since > GIVE_UP_AFTER)
		s->outcome = NEVER;
	switch (s->outcome) {
	case NOTHING_TO_DO:
		return OK;
	case SENT:
		s->done.silence_at = s->silence_hours > 0
		    ? j->now + s->silence_hours * CLOCK_HOUR
		    : business_due(&s->calendar, j->now, s->silence_days);
		return send_store_done(db, j->work->blobs, j->a, &s->message, &s->done, j->now);
	case LATER:
	case RESTS:
	case NOT_READY:
		return again(j, db, s);
	case NEVER:
		return send_store_failed(db, j->a, &s->message, s->why, j->now);
	}
	return OK;
}

const struct job_kind send_jobs[] = {
	{ .name = "mail.send", .max_tries = 10, .load = load, .act = act, .save = save },
	{ 0 },
};
