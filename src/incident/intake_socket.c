/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/intake_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/log.h"
#include "base/scan.h"
#include "incident/message_store.h"
#include "web/web_state.h"

#define THREADS 4	     /* they share commits (web_write) */
#define CLIENT_MS 30000	     /* a client that says nothing for so long is left */

struct intake_socket {
	struct web_state *web;
	int listener;
	int stop[2]; /* closing [1] ends the threads */
	pthread_t thread[THREADS];
	int threads;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

struct intake {
	struct web_state *web;
	struct arena *a;
	struct str raw;
};

static enum err
store(void *object, struct db *db)
{
	struct intake *in = object;
	int64_t id;

	return message_receive(db, web_blobs(in->web), in->a, in->raw, "mail", clock_now(), &id);
}

static bool
read_all(int fd, void *p, size_t n)
{
	char *at = p;

	while (n > 0) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };

		if (poll(&ready, 1, CLIENT_MS) <= 0)
			return false;
		ssize_t got = read(fd, at, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		n -= (size_t)got;
	}
	return true;
}

static void
serve_one(struct intake_socket *s, int fd)
{
	AUTO(arena) a = arena_new();
	unsigned char length[4];
	char answer = 'n';

	if (!read_all(fd, length, sizeof(length)))
		return;
	struct scan scan = scan_of((struct str){ (const char *)length, sizeof(length) });
	size_t n = scan_u32(&scan);

	if (n > LIMIT_MAIL) {
		answer = 'l';
	} else {
		char *raw = arena_alloc(a, n + 1);
		struct intake in = { .web = s->web, .a = a, .raw = { raw, n } };

		if (!read_all(fd, raw, n))
			return; /* the client sends it again */
		enum err e = web_write(s->web, store, &in);

		if (e == OK)
			answer = 'y';
		else
			log_error("a mail was not stored; its sender keeps it and tries again",
			    LOG_S("error", err_name(e)));
	}
	ssize_t sent = write(fd, &answer, 1);
	(void)sent; /* who did not hear "yes" sends it again: it is stored once */
}

static void *
accept_loop(void *object)
{
	struct intake_socket *s = object;
	struct pollfd wait[] = {
		{ .fd = s->listener, .events = POLLIN },
		{ .fd = s->stop[0], .events = POLLIN },
	};

	for (;;) {
		if (poll(wait, 2, -1) < 0 && errno != EINTR)
			return NULL;
		if (wait[1].revents != 0)
			return NULL;
		int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0) {
			/* Another thread took it, or it left; but without a free
			 * descriptor it waits there, and so do we. */
			if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
				(void)poll(&wait[1], 1, 100);
			continue;
		}
		serve_one(s, fd);
		(void)close(fd);
	}
}

static enum err
listen_at(struct intake_socket *s, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(address.sun_path))
		return ERR_LIMIT;
	memcpy(address.sun_path, path, strlen(path));
	memcpy(s->path, path, strlen(path));
	(void)unlink(path); /* a killed server's; we alone have the data folder */
	s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->listener < 0 || pipe2(s->stop, O_CLOEXEC) != 0)
		return ERR_IO;
	mode_t old = umask(0177);
	int bound = bind(s->listener, (struct sockaddr *)&address, sizeof(address));

	(void)umask(old);
	if (bound != 0 || listen(s->listener, 128) != 0)
		return ERR_IO;
	return OK;
}

enum err
intake_socket_start(struct web_state *web, const char *path, struct intake_socket **ret)
{
	struct intake_socket *s = calloc(1, sizeof(*s));

	if (s == NULL)
		abort();
	s->web = web;
	s->listener = s->stop[0] = s->stop[1] = -1;
	enum err e = listen_at(s, path);

	while (e == OK && s->threads < THREADS) {
		if (pthread_create(&s->thread[s->threads], NULL, accept_loop, s) != 0)
			break;
		s->threads++;
	}
	if (e == OK && s->threads == 0)
		e = ERR_UNAVAILABLE;
	if (e != OK) {
		intake_socket_free(s);
		return e;
	}
	*ret = s;
	return OK;
}

void
intake_socket_free(struct intake_socket *s)
{
	if (s == NULL)
		return;
	if (s->stop[1] >= 0)
		(void)close(s->stop[1]);
	for (int i = 0; i < s->threads; i++)
		(void)pthread_join(s->thread[i], NULL);
	if (s->stop[0] >= 0)
		(void)close(s->stop[0]);
	if (s->listener >= 0) {
		(void)close(s->listener);
		(void)unlink(s->path);
	}
	free(s);
}
