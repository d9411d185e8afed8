/* SPDX-License-Identifier: Apache-2.0 */
/*
 * role.h - the processes of a running server.
 *
 * `tobiguchi serve` is the parent of web, work, crypt and parse. It starts them,
 * connects them in pairs, and starts again the one that ended. It runs nobody
 * else's code: no library is initialised in it.
 */
#ifndef ROLE_ROLE_H
#define ROLE_ROLE_H

#include <stddef.h>

#include "base/err.h"
#include "base/ip.h"
#include "base/log.h"
#include "cli/cli.h"

struct arena;

/* What `serve` was told; made before the roles exist, the same in each. */
struct role_config {
	struct arena *a;	/* of the process; lives as long as it */
	const char *data;	/* the data folder, absolute */
	const char *db_url;
	const char *lock_path;	/* SQLite's write.lock, or NULL */
	const char *key_file;
	const char *listen;
	int workers;
	const char *tls_cert, *tls_key; /* PEM texts or NULL; the key for web only */
	const struct ip_net *trusted_proxy;
	size_t trusted_proxies;
	enum log_level log_level;
};

enum part { PART_CRYPT, PART_WORK, PART_WEB, PART_PARSE, PART_CHECK, PART_COUNT };

/* What one role holds of the others; -1: not there. */
struct role_ends {
	int control; /* from the parent: new ends when a peer was restarted */
	int wake;    /* an eventfd: web tells work that there may be jobs */
	int ready;   /* to the parent: one byte when it can be used */
	int peer[PART_COUNT];
};

/* Tells the parent, once, that ${part} can be used. */
void role_ready(struct role_ends *ends, enum part part);
/* Takes what came by ends->control; ${accept} gets each new end and owns it. False: the
 * parent is no more, so that poll() would say for ever that something has come. */
bool role_control(const struct role_ends *ends, void (*accept)(void *object, enum part peer, int fd), void *object);

/* The roles: what each process does until it ends; an exit code. */
int web_role(const struct role_config *c, struct role_ends *ends);
int work_role(const struct role_config *c, struct role_ends *ends);
int parse_role(const struct role_config *c, struct role_ends *ends);
int check_role(const struct role_config *c, struct role_ends *ends);
int crypt_role(const struct role_config *c, struct role_ends *ends);

/* The parent: until SIGTERM or SIGINT (exit code 0), or until a role cannot
 * be started at all. */
int role_parent(const struct role_config *c);

/* The key of the data folder, with a log line when it cannot be read. */
MUST_USE enum err role_key(const struct role_config *c, unsigned char ret[32]);
/* The cage of web and work: they write in the data folder, and read all files
 * but those of DATA/gnupg. Logs what is wrong. Before the first thread. */
MUST_USE enum err role_cage(const struct role_config *c);

extern const struct cli_command role_commands[];

#endif
