/* SPDX-License-Identifier: Apache-2.0 */
#include "web/web_state.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"
#include "text/template.h"
#include "web/web_priv.h"
#include "web/web_run.h"

/* Somebody who waits for the writer. Lives on that thread's stack. */
struct write_request {
	web_write_fn fn;
	void *object;
	enum err result;
	bool done;
	struct write_request *next;
};

/* One savepoint each, so that one's failure leaves the others. */
static void
write_batch(struct web_state *s, struct write_request *list)
{
	enum err e = db_begin_write(s->writer);
	bool alone = list->next == NULL;

	for (struct write_request *r = list; r != NULL; r = r->next) {
		if (e != OK) {
			r->result = e;
			continue;
		}
		if (!alone && (r->result = db_savepoint(s->writer)) != OK) {
			e = r->result; /* the transaction itself is broken */
			continue;
		}
		r->result = r->fn(r->object, s->writer);
		bool good = r->result == OK;

		if (!alone && good)
			r->result = db_release(s->writer);
		if (r->result == ERR_IO || r->result == ERR_UNAVAILABLE)
			log_error("a change failed", LOG_S("why", db_message(s->writer)),
			    LOG_S("error", err_name(r->result)));
		if (!alone && !good && db_rollback_to(s->writer) != OK)
			e = ERR_IO; /* the transaction itself is broken */
	}
	if (e == OK && !(alone && list->result != OK)) {
		e = db_commit(s->writer);
		if (e == OK)
			s->config.wake(s->config.wake_object);
	}
	if (e != OK || (alone && list->result != OK)) {
		if (e != OK)
			log_error("a write did not reach the database; it was answered with an error",
			    LOG_S("why", db_message(s->writer)), LOG_S("error", err_name(e)));
		db_rollback(s->writer);
	}
	for (struct write_request *r = list; e != OK && r != NULL; r = r->next) {
		if (r->result == OK)
			r->result = e;
	}
}

enum err
web_write(struct web_state *s, web_write_fn fn, void *object)
{
	struct write_request mine = { .fn = fn, .object = object };

	(void)pthread_mutex_lock(&s->lock); /* a normal mutex: cannot fail */
	*s->last = &mine;
	s->last = &mine.next;
	while (!mine.done && s->leading)
		(void)pthread_cond_wait(&s->turn, &s->lock);
	if (!mine.done) {
		/* Nobody leads: take all that wait, ourselves among them. */
		struct write_request *list = s->first;

		s->leading = true;
		s->first = NULL;
		s->last = &s->first;
		(void)pthread_mutex_unlock(&s->lock);
		write_batch(s, list);
		(void)pthread_mutex_lock(&s->lock);
		while (list != NULL) {
			struct write_request *next = list->next;

			list->done = true; /* its owner may return from now on */
			list = next;
		}
		s->leading = false;
		(void)pthread_cond_broadcast(&s->turn);
	}
	(void)pthread_mutex_unlock(&s->lock);
	return mine.result;
}

static enum err
open_databases(struct web_state *s)
{
	const struct web_config *c = &s->config;

	TRY(db_open(c->db_url, false, c->lock_path, &s->writer));
	s->reader = arena_many(s->arena, struct db *, (size_t)c->workers);
	for (int i = 0; i < c->workers; i++)
		TRY(db_open(c->db_url, true, NULL, &s->reader[i]));
	return OK;
}

static void
state_free(struct web_state *s)
{
	for (int i = 0; s->reader != NULL && i < s->config.workers; i++)
		db_free(s->reader[i]);
	db_free(s->writer);
	web_limiter_free(s->limiter);
	web_presence_free(s->presence);
	web_memo_free(s->memo);
	arena_free(s->arena);
}

enum err
web_start(const struct web_config *c, struct web_state **ret)
{
	struct arena *a = arena_new();
	struct web_state *s = arena_one(a, struct web_state);

	s->arena = a;
	s->config = *c;
	s->started_at = clock_now();
	s->last = &s->first;
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->turn, NULL);
	s->limiter = web_limiter_new();
	s->presence = web_presence_new();
	s->memo = web_memo_new();

	enum err e = web_routes_good() ? template_start() : ERR_INVALID;

	if (e != OK)
		log_error("a template cannot be used", LOG_S("why", template_fault()));
	else
		e = open_databases(s);

	if (e == OK) {
		struct http_config http = {
			.listen = c->listen,
			.workers = c->workers,
			.tls_cert = c->tls_cert,
			.tls_key = c->tls_key,
			.trusted_proxy = c->trusted_proxy,
			.trusted_proxies = c->trusted_proxies,
			.sink = web_run_sink(s),
			.limit = web_run_limit,
			.slow = web_run_slow,
			.handler = web_run,
			.error = web_run_error,
			.object = s,
		};

		e = http_start(&http, &s->http);
	}
	if (e != OK) {
		state_free(s);
		return e;
	}
	*ret = s;
	return OK;
}

int
web_port(const struct web_state *s)
{
	return http_port(s->http);
}

bool
web_stop(struct web_state *s, int seconds)
{
	if (!http_stop(s->http, seconds))
		return false;
	state_free(s);
	return true;
}

struct web_crypt *
web_crypt(const struct web_state *s)
{
	return s->config.crypt;
}

struct blob_store *
web_blobs(const struct web_state *s)
{
	return s->config.blobs;
}

const unsigned char *
web_key(const struct web_state *s)
{
	return s->config.key;
}

const char *
web_data_dir(const struct web_state *s)
{
	return s->config.data_dir;
}
