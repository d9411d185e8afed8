/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_engine.h - thousands of looks at web sites at once, on one thread.
 *
 * DNS, connection, TLS, one GET, redirects. Each address is looked at by the
 * policy after its name was resolved and then connected to as it is, so that no
 * name can lead elsewhere. Nothing is trusted, nothing is stored, no cookies are
 * kept. Lives in the role "check", which can open no file.
 */
#ifndef TAKEDOWN_CHECK_ENGINE_H
#define TAKEDOWN_CHECK_ENGINE_H

#include "base/err.h"
#include "base/ip.h"
#include "base/str.h"

struct arena;
struct check_engine;

struct check_policy {
	const char *agent;	/* User-Agent */
	const char *resolver;	/* "192.0.2.53:53" or "" */
	const char *proxy;	/* "http://192.0.2.1:3128", "socks5://…" or "" */
	int seconds;		/* a check takes at most */
	int many;		/* at the same time */
	const struct ip_net *allow; /* although private or ours */
	size_t allows;
	const struct ip_net *own;   /* of the constituency: never */
	size_t owns;
};
struct check_seen {
	int64_t id;
	const char *result;   /* alive gone no-name refused timeout blocked error, of site_results */
	int status;	      /* of the last answer, 0 none */
	const char *address;  /* of the last connection, or NULL */
	const char *redirects; /* URLs after the first, one a line, or NULL */
	const char *error;    /* what was wrong or should be known, English, or NULL */
	const char *content_type;
	int64_t millis;
	struct str head, body; /* as received, the body without its chunks; may be cut */
};

/* Reads the system's resolver: before the cage closes. */
MUST_USE enum err check_engine_new(struct check_engine **ret);
void check_engine_free(struct check_engine *e);
/* Copies all of it. ERR_INVALID: the proxy or resolver is none. */
MUST_USE enum err check_engine_set(struct check_engine *e, const struct check_policy *p);
/* One more, under way or waiting. One that is there already is not asked twice. */
MUST_USE enum err check_engine_add(struct check_engine *e, int64_t id, const char *url);
/* Becomes readable when there is something to do. */
int check_engine_fd(const struct check_engine *e);
/* Do what can be done; how many ms at most until the next turn. */
int check_engine_turn(struct check_engine *e, int64_t now_us);
/* Under way and waiting; ended ones not taken yet in ${*ret_ended}. */
size_t check_engine_busy(const struct check_engine *e, size_t *ret_ended);
/* The oldest ended one, copied to ${a}; false when there is none. */
bool check_engine_take(struct check_engine *e, struct arena *a, struct check_seen *ret);
/* The bytes that ended ones hold. */
size_t check_engine_held(const struct check_engine *e);

/* Why ${ip} must not be connected to, or NULL. */
const char *check_engine_fault(const struct check_policy *p, const struct ip *ip);

#endif
