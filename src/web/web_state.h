/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web_state.h - the running web role: connections to the database, the queue of
 * writers, presence, rate limits, counters.
 */
#ifndef WEB_WEB_STATE_H
#define WEB_WEB_STATE_H

#include <stdint.h>

#include "base/err.h"
#include "base/ip.h"

struct arena;
struct blob_store;
struct db;
struct web_crypt;
struct web_state;

struct web_config {
	const char *listen;
	int workers;		/* also: reader connections */
	const char *tls_cert, *tls_key; /* PEM texts or NULL */
	const struct ip_net *trusted_proxy;
	size_t trusted_proxies;
	const char *db_url;
	const char *lock_path;	/* SQLite's write.lock, else NULL */
	const char *data_dir;
	struct blob_store *blobs;
	unsigned char key[32];
	void (*wake)(void *object); /* a write was committed: there may be jobs */
	void *wake_object;
	struct web_crypt *crypt; /* web/web_crypt.h; may be NULL */
};

/* Opens the connections and starts to serve. ERR_INVALID: a route table is
 * wrong (logged). */
MUST_USE enum err web_start(const struct web_config *c, struct web_state **ret);
int web_port(const struct web_state *s);
/* False: a request still runs, and uses all this; end the process. */
MUST_USE bool web_stop(struct web_state *s, int seconds);

/*
 * Run ${fn} in a write transaction, shared with others that wait (group
 * commit): each in its own savepoint, one fsync for all. Returns after the
 * commit. Thread-safe. ${fn}'s error undoes only its own part.
 */
typedef enum err (*web_write_fn)(void *object, struct db *db);
MUST_USE enum err web_write(struct web_state *s, web_write_fn fn, void *object);

struct web_crypt *web_crypt(const struct web_state *s);
struct blob_store *web_blobs(const struct web_state *s);
const unsigned char *web_key(const struct web_state *s);
const char *web_data_dir(const struct web_state *s);

#endif
