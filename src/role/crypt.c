/* SPDX-License-Identifier: Apache-2.0 */
/* The crypt role: alone owns the keyring; serves work, web and parse. */
#include "role/role.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/buf.h"
#include "mail/crypt.h"
#include "sys/files.h"
#include "sys/ipc.h"
#include "sys/process.h"
#include "sys/sandbox.h"

struct crypt_role {
	struct crypt_home *home; /* NULL: cannot be used, and why: */
	const char *why;
	struct ipc *peer[PART_COUNT];
	enum part asking;
};

/*
 * parse opens hostile bytes. Were it taken over, it could still not sign, nor
 * put a key into the ring: it may only have read what was sent to us.
 */
static bool
may(enum part part, struct str name)
{
	static const char *const reading[] = {
		"verify",
		"decrypt",
		"smime-verify",
		"smime-decrypt",
	};
	bool only_reads = false;

	for (size_t i = 0; i < COUNT(reading); i++)
		only_reads = only_reads || str_is(name, reading[i]);
	return part != PART_PARSE || only_reads;
}

static enum err
handle(void *object, struct arena *a, struct str name, struct str payload, struct buf *out)
{
	struct crypt_role *r = object;

	if (!may(r->asking, name)) {
		log_error("a role asked for what it may not have",
		    LOG_I("asking", r->asking));
		buf_text(out, "not for this role");
		return ERR_DENIED;
	}
	if (r->home == NULL) {
		buf_text(out, r->why);
		return ERR_UNAVAILABLE;
	}
	return crypt_handle(r->home, a, name, payload, out);
}

static void
accept_peer(void *object, enum part peer, int fd)
{
	struct crypt_role *r = object;

	if (r->peer[peer] == NULL)
		r->peer[peer] = ipc_new(fd);
	else
		ipc_replace(r->peer[peer], fd);
}

/* Without a keyring the server works, but nothing is signed or decrypted. */
static void
open_home(struct crypt_role *r, const char *path)
{
	enum err e = crypt_home_open(path, &r->home, &r->why);

	if (e == OK)
		return;
	r->home = NULL;
	if (r->why == NULL)
		r->why = err_name(e);
	log_error("mail can be neither signed nor decrypted", LOG_S("why", r->why));
}

static void
serve(struct crypt_role *r, struct role_ends *ends, int signals)
{
	static const size_t first = 2;
	struct process_end end;

	for (;;) {
		struct pollfd fds[2 + PART_COUNT] = {
			{ .fd = signals, .events = POLLIN },
			{ .fd = ends->control, .events = POLLIN },
		};

		for (int i = 0; i < PART_COUNT; i++) {
			bool open = r->peer[i] != NULL && !ipc_broken(r->peer[i]);

			fds[first + (size_t)i] =
			    (struct pollfd){ .fd = open ? ipc_fd(r->peer[i]) : -1, .events = POLLIN };
		}
		if (poll(fds, COUNT(fds), -1) <= 0)
			continue;
		if (fds[0].revents != 0 && process_signal_next(signals) == SIGTERM)
			return;
		if (!role_control(ends, accept_peer, r))
			return;
		for (int i = 0; i < PART_COUNT; i++) {
			if (fds[first + (size_t)i].revents == 0 || ipc_broken(r->peer[i]))
				continue;
			r->asking = (enum part)i;
			if (ipc_serve_one(r->peer[i], handle, r) == ERR_INVALID)
				log_warn("a role sent a bad frame; its pipe is closed",
				    LOG_I("sender", i));
		}
		/* Programs that nobody waits for any more. */
		while (process_reap(&end))
			;
	}
}

int
crypt_role(const struct role_config *c, struct role_ends *ends)
{
	static const int numbers[] = { SIGTERM, 0 };
	const char *path = arena_printf(c->a, "%s/gnupg", c->data);
	struct crypt_role r = { .home = NULL };
	int signals;

	for (int i = 0; i < PART_COUNT; i++) {
		if (ends->peer[i] >= 0)
			r.peer[i] = ipc_new(ends->peer[i]);
	}
	if (files_mkdirs(path, 0700) != OK) {
		log_error("the keyring's folder cannot be made", LOG_S("path", path));
		return EX_CANTCREAT;
	}
	/* gpg looks there for what is not in its folder; nothing else may. */
	(void)setenv("HOME", path, 1);
	(void)unsetenv("GNUPGHOME");
	open_home(&r, path); /* GPGME looks for its programs here: before the cage */
	if (sandbox_crypt(path) != OK) {
		log_error("the system refuses the cage of this role (seccomp)");
		return EX_UNAVAILABLE;
	}
	if (sandbox_landlock() == 0)
		log_warn("the kernel has no Landlock; this role may read all files of its user");
	if (process_signals(numbers, &signals) != OK)
		return EX_OSERR;
	process_death_signal(SIGTERM);
	role_ready(ends, PART_CRYPT);
	serve(&r, ends, signals);
	crypt_home_free(r.home);
	return EX_OK;
}
