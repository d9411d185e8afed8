/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_priv.h - how the parts of the server share a request.
 *
 * A request is touched by one thread at a time: the loop while its connection
 * is active, a worker while it is suspended. The queue's lock hands it over.
 */
#ifndef HTTP_PRIV_H
#define HTTP_PRIV_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "http/http.h"
#include "http/http_multipart.h"

#define WINDOW LIMIT_KIB(128)	    /* of a multipart body in memory */
#define STREAM_CHUNK LIMIT_KIB(64)  /* of a streamed answer in memory */
#define POOL_BYTES LIMIT_KIB(16)    /* the library's, a connection */
#define WORKERS_MAX 64

/* An address with connections, for the limit on them. */
struct address {
	struct address *next;
	struct ip ip;
	unsigned n;
};

struct connection {
	struct connection *next, *previous;
	struct http_server *server;
	int fd;
	struct ip peer;
	struct address *address; /* NULL: exempt */
	_Atomic int64_t due;	 /* monotonic microseconds; 0: no deadline */
	atomic_bool idle;	 /* no request has begun */
	atomic_bool reading;	 /* a body */
};

enum step { STEP_HEAD, STEP_BODY, STEP_WORK, STEP_ANSWERED };
enum body { BODY_NONE, BODY_FORM, BODY_MULTIPART, BODY_RAW, BODY_DROP };

struct upload; /* http_body.c */

struct request {
	struct request *next; /* in the queue */
	struct http_server *server;
	struct connection *connection;
	struct MHD_Connection *mhd;
	struct arena *a; /* from the first handler call on */
	struct http_request pub;
	struct http_field *header;
	const char *uri;       /* where the library keeps the target */
	enum step step;
	enum body body;
	size_t limit;	       /* of the body */
	uint64_t received;     /* of it */
	int64_t body_clock;    /* when its reading began, shifted by pauses */
	int64_t paused_at;
	struct buf bytes;      /* of the body: all of it, or the window */
	struct upload *upload;
	int failed;	       /* the status to answer when the body has gone by */
	bool close;
	bool handled; /* the handler saw it */
	bool slow;    /* in the slow lane */
	struct MHD_Response *answer;
	int status;
	int64_t size;		       /* of the answer; -1 unknown */
	struct http_response response; /* its stream */
	struct {
		struct buf bytes;
		size_t at;	/* of bytes: sent so far */
		uint64_t offset; /* of the stream: read so far */
		bool ended, broken;
	} stream;
	char target[]; /* a copy, ended by NUL */
};

/* A queue with workers of its own: the quick and the slow requests. */
struct lane {
	struct request *first, **last;
	uint32_t queued;
	pthread_cond_t work;
};

struct http_server {
	struct http_config c;
	struct ip_net *proxy;
	struct MHD_Daemon *daemon;
	int port;
	int64_t header_time, idle_time; /* microseconds */

	pthread_mutex_t lock; /* the queue, the arenas, what runs */
	pthread_cond_t change;
	struct lane lane[2]; /* quick, slow */
	uint32_t queued;     /* in both */
	int busy_workers;
	uint32_t active; /* requests that began and did not end */
	bool ending;	 /* workers return when the queue is empty */
	struct arena *arenas[WORKERS_MAX];
	size_t n_arenas;
	pthread_t worker[WORKERS_MAX];
	int workers, slow_workers; /* the last ones */

	pthread_mutex_t connections_lock; /* the list, for the reaper */
	pthread_cond_t reap;
	struct connection *connections;
	struct address *addresses[256]; /* the loop's */
	bool reaper_ends;
	pthread_t reaper;

	atomic_bool stopping;  /* accept and keep nothing */
	atomic_bool giving_up; /* answer 503 instead of beginning */
	_Atomic uint64_t requests, refused, busy, bytes_in, bytes_out;
	_Atomic uint32_t n_connections;
};

/* http_connection.c */
enum MHD_Result connection_accept(void *server, const struct sockaddr *sa, socklen_t n);
void connection_notify(void *server, struct MHD_Connection *mhd, void **context,
    enum MHD_ConnectionNotificationCode what);
void *connection_reaper(void *server);
/* Shut those down that wait for a request: the server stops. */
void connection_end_idle(struct http_server *s);
void connection_due(struct connection *c, int64_t microseconds_from_now); /* 0: never */
/* The client's address, after trusted proxies; and whether it came by TLS. */
void connection_peer(struct request *r);

/* http_body.c: on a worker unless said otherwise */
void body_begin(struct request *r);  /* on the loop: chooses how to read */
int body_window(struct request *r);  /* a full window; 0 or a status */
int body_end(struct request *r);     /* the rest; fills pub; 0 or a status */
void body_free(struct request *r);   /* on the loop */

/* http_answer.c: makes r->answer; never fails (500 if need be) */
void answer_make(struct request *r, const struct http_response *response);
void answer_error(struct request *r, int status);
void answer_stream(struct request *r); /* on a worker: the next chunk */
void answer_free(struct request *r);

/* http_server.c */
/* Suspend the connection and let a worker take over: STEP_WORK. False when the
 * queue is full and ${must} is false. On the loop. */
bool server_hand_over(struct request *r, bool must);

#endif
