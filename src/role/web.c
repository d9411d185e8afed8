/* SPDX-License-Identifier: Apache-2.0 */
/* The web role: the process in which the pages live. */
#include "role/role.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "auth/auth.h"
#include "base/arena.h"
#include "base/clock.h"
#include "blob/blob.h"
#include "collector/collect_web.h"
#include "db/db.h"
#include "directory/geo.h"
#include "incident/intake_socket.h"
#include "sys/process.h"
#include "sys/sandbox.h"
#include "takedown/board_store.h"
#include "web/web_crypt.h"
#include "web/web_state.h"

#define STOP_SECONDS 15 /* for requests that run */

struct web_role {
	const struct role_config *c;
	struct role_ends *ends;
	struct web_state *state;
	struct web_crypt *crypt;
	struct intake_socket *intake;
};

static void
wake_work(void *object)
{
	const struct web_role *r = object;
	const uint64_t one = 1;

	/* When it is full, work is awake already. */
	if (write(r->ends->wake, &one, sizeof(one)) < 0)
		log_debug("work is awake already");
}

static void
accept_peer(void *object, enum part peer, int fd)
{
	struct web_role *r = object;

	if (peer == PART_CRYPT)
		web_crypt_replace(r->crypt, fd);
	else
		(void)close(fd);
}

/* The one-time link */

struct set_up {
	struct arena *a;
	const char *token; /* NULL: there is an admin */
};

static enum err
set_up_link(void *object, struct db *db)
{
	struct set_up *s = object;
	bool done;

	TRY(auth_is_set_up(db, &done));
	if (done)
		return OK;
	return link_add(db, s->a, "set-up", 0, clock_now(), CLOCK_HOUR, &s->token);
}

/* "http://ADDR:PORT" as a person on this machine can open it. */
static const char *
address(const struct web_role *r, struct arena *a)
{
	const char *scheme = r->c->tls_cert == NULL ? "http" : "https";
	struct str listen = str_of(r->c->listen), host = listen;
	int port = web_port(r->state);

	while (host.n > 0 && host.p[host.n - 1] != ':')
		host.n--;
	host = str_take(host, host.n == 0 ? 0 : host.n - 1);
	if (host.n == 0 || str_is(host, "0.0.0.0") || str_is(host, "[::]"))
		host = STR("localhost");
	return arena_printf(a, "%s://%.*s:%d", scheme, STR_F(host), port);
}

static enum err
announce(const struct web_role *r)
{
	AUTO(arena) a = arena_new();
	struct set_up s = { .a = a };
	const char *at = address(r, a);

	TRY(web_write(r->state, set_up_link, &s));
	log_info("listening", LOG_S("address", at));
	if (s.token != NULL)
		(void)printf("Set up this server (the link works once, for an hour):\n"
			     "%s/set-up?token=%s\n",
		    at, s.token);
	else
		(void)printf("Tobiguchi: %s/\n", at);
	(void)fflush(stdout); /* a closed standard output must not stop us */
	return OK;
}

static enum err
start(struct web_role *r, struct blob_store **blobs)
{
	struct web_config w = {
		.listen = r->c->listen,
		.workers = r->c->workers,
		.tls_cert = r->c->tls_cert,
		.tls_key = r->c->tls_key,
		.trusted_proxy = r->c->trusted_proxy,
		.trusted_proxies = r->c->trusted_proxies,
		.db_url = r->c->db_url,
		.lock_path = r->c->lock_path,
		.data_dir = r->c->data,
		.wake = wake_work,
		.wake_object = r,
		.crypt = r->crypt,
	};
	enum err e;

	if (w.data_dir != NULL)
		geo_holder_own(arena_printf(r->c->a, "%s/places.csv", w.data_dir));
	TRY(role_key(r->c, w.key));
	TRY(blob_store_open(r->c->data == NULL ? "" : r->c->data, w.key, blobs));
	w.blobs = *blobs;
	/* Before the first thread: a cage holds for those made later. */
	TRY(role_cage(r->c));
	e = web_start(&w, &r->state);
	explicit_bzero(w.key, sizeof(w.key));
	return e;
}

/* Without it "mail receive" writes by itself, only slower. */
static void
start_intake(struct web_role *r)
{
	AUTO(arena) a = arena_new();

	if (r->c->data == NULL)
		return;
	enum err e = intake_socket_start(
	    r->state, arena_printf(a, "%s/intake.sock", r->c->data), &r->intake);

	if (e != OK)
		log_warn("mails are not taken in through DATA/intake.sock; is the path of the data folder too long?",
		    LOG_S("error", err_name(e)));
}

/* Sensors wait meanwhile: they keep what is not taken. */
static void
start_collecting(struct web_role *r)
{
	enum err e = r->c->data == NULL ? ERR_NOT_FOUND : collect_start(r->state, r->c->data, r->c->tls_cert);

	if (e == ERR_TIMEOUT)
		log_warn("another process collects for the telescope on this folder; this one takes nothing from sensors");
	else if (e != OK && e != ERR_NOT_FOUND)
		log_error("nothing is taken from sensors: the telescope's log cannot be opened; is the disk full or failing?",
		    LOG_S("error", err_name(e)));
}

/* The board is read before the first look at it, which would wait a second for
 * a quarter of a million sites. What fails here is tried again by that look. */
static void *
read_board(void *object)
{
	const struct web_role *r = object;
	AUTO(db) db = NULL;
	struct board *b;

	if (db_open(r->c->db_url, true, NULL, &db) == OK && db_begin_read(db) == OK) {
		if (board_shared(db, &b) != OK)
			log_warn("the board was not read ahead", LOG_S("error", db_message(db)));
		db_rollback(db);
	}
	return NULL;
}

static void
serve(struct web_role *r, int signals)
{
	struct pollfd fds[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = r->ends->control, .events = POLLIN },
	};

	for (;;) {
		(void)poll(fds, COUNT(fds), -1);
		if (process_signal_next(signals) == SIGTERM)
			return;
		if (!role_control(r->ends, accept_peer, r))
			return;
	}
}

int
web_role(const struct role_config *c, struct role_ends *ends)
{
	static const int numbers[] = { SIGTERM, 0 };
	struct web_role r = {
		.c = c,
		.ends = ends,
		.crypt = web_crypt_new(ends->peer[PART_CRYPT]),
	};
	struct blob_store *blobs = NULL;
	int signals;
	enum err e;

	e = process_signals(numbers, &signals);
	if (e == OK)
		e = start(&r, &blobs);
	if (e == OK)
		e = announce(&r);
	if (e != OK) {
		log_error("the server cannot listen: is the address in use?",
		    LOG_S("listen", c->listen), LOG_S("error", err_name(e)));
		return e == ERR_INVALID ? EX_CONFIG : EX_UNAVAILABLE;
	}
	start_intake(&r);
	start_collecting(&r);
	process_death_signal(SIGTERM);
	role_ready(ends, PART_WEB);
	pthread_t ahead;
	bool reading = pthread_create(&ahead, NULL, read_board, &r) == 0;

	serve(&r, signals);
	if (reading)
		(void)pthread_join(ahead, NULL); /* a second at most */
	intake_socket_free(r.intake);
	collect_quiet();
	if (!web_stop(r.state, STOP_SECONDS)) {
		log_warn("a request still ran at the end; what it did not save is not acknowledged");
		_exit(EX_OK); /* nothing may be freed below it */
	}
	collect_stop();
	web_crypt_free(r.crypt);
	blob_store_free(blobs);
	return EX_OK;
}
