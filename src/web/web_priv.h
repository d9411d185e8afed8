/* SPDX-License-Identifier: Apache-2.0 */
/* web_priv.h - shared by the files of this folder. */
#ifndef WEB_WEB_PRIV_H
#define WEB_WEB_PRIV_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/limit.h"
#include "http/http.h"
#include "web/web.h"
#include "web/web_state.h"

#define WEB_PARAMS 8

struct web_match {
	const struct web_route *route;
	struct str name[WEB_PARAMS];
	struct str value[WEB_PARAMS];
	int params;
	bool path_known; /* another method would do */
};
/* Find the route of ${method} ${path}. */
void web_route_find(enum web_method method, const char *path, struct web_match *ret);
/* Every table is complete: path, permission, handler. Logs what is not. */
bool web_routes_good(void);

/* One request on its way through. */
struct web_request {
	struct web w;
	struct web_match match;
	struct http_response *response;
	enum err result;
};

/* web_answer.c: from what the handler said to a response. */
void web_answer(struct web *w, enum err e, struct http_response *ret);
void web_answer_error(struct web *w, int status, struct http_response *ret);
int web_status_of(enum err e);
/* Headers that every answer carries. */
void web_common_headers(struct web *w, struct http_response *r, bool page);
/* web_page.c: the model's "page". Before the transaction ends: it reads. */
void web_page_model(struct web *w);

/* web_limit.c */
struct web_limiter;
struct web_limiter *web_limiter_new(void);
void web_limiter_free(struct web_limiter *l);
bool web_limiter_allow(struct web_limiter *l, const struct ip *from, const char *key, int64_t by, int64_t most, int64_t per, int64_t now);

/* web_presence.c */
struct web_presence;
struct web_presence *web_presence_new(void);
void web_presence_free(struct web_presence *p);
void web_presence_touch(struct web_presence *p, const char *object, int64_t person, const char *name, bool writing, int64_t now);
/* Others at ${object} within 30 s: adds {name, writing} to ${list}. */
void web_presence_others(struct web_presence *p, struct arena *a, const char *object, int64_t person, int64_t now, struct value *list);

/* web_memo.c */
struct web_memo;
struct web_memo *web_memo_new(void);
void web_memo_free(struct web_memo *m);

#define WEB_BUCKETS 10
struct web_metrics {
	_Atomic uint64_t by_status[6];	/* 1xx … 5xx */
	_Atomic uint64_t bucket[WEB_BUCKETS + 1];
	_Atomic uint64_t micros;
};

struct web_state {
	struct web_config config;
	struct http_server *http;
	struct db **reader; /* one a worker */
	struct db *writer;
	struct web_limiter *limiter;
	struct web_presence *presence;
	struct web_memo *memo;
	struct web_metrics metrics;
	int64_t started_at;
	char team_name[2][256]; /* by language; for pages without a database */
	/* group commit */
	pthread_mutex_t lock;
	pthread_cond_t turn;
	struct write_request *first, **last;
	bool leading;
	struct arena *arena; /* process lifetime */
};

extern const struct web_route web_kit_routes[];

#endif
