/* SPDX-License-Identifier: Apache-2.0 */
/* The loop, the queue and the workers. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "http/http_form.h"
#include "http/http_gate.h"
#include "http/http_priv.h"

/* One worker of so many is for slow requests, and runs behind the others. */
#define SLOW_SHARE 4
#define SLOW_NICE 10

static struct arena *
arena_take(struct http_server *s)
{
	struct arena *a = NULL;

	(void)pthread_mutex_lock(&s->lock);
	if (s->n_arenas > 0)
		a = s->arenas[--s->n_arenas];
	s->active++;
	(void)pthread_mutex_unlock(&s->lock);
	return a != NULL ? a : arena_new();
}

static void
arena_give(struct http_server *s, struct arena *a)
{
	arena_reset(a);
	(void)pthread_mutex_lock(&s->lock);
	if (s->n_arenas < COUNT(s->arenas)) {
		s->arenas[s->n_arenas++] = a;
		a = NULL;
	}
	if (--s->active == 0)
		(void)pthread_cond_broadcast(&s->change);
	(void)pthread_mutex_unlock(&s->lock);
	arena_free(a);
}

bool
server_hand_over(struct request *r, bool must)
{
	struct http_server *s = r->server;

	struct lane *lane = &s->lane[r->slow];

	(void)pthread_mutex_lock(&s->lock);
	/* The slow ones must not take all the places. */
	if (!must && (s->queued >= LIMIT_HTTP_QUEUE || (r->slow && lane->queued >= LIMIT_HTTP_QUEUE / 2))) {
		(void)pthread_mutex_unlock(&s->lock);
		return false;
	}
	/* Suspended before a worker can see it, and so resume it. */
	MHD_suspend_connection(r->mhd);
	connection_due(r->connection, 0);
	r->paused_at = clock_monotonic_us();
	r->next = NULL;
	*lane->last = r;
	lane->last = &r->next;
	lane->queued++;
	s->queued++;
	(void)pthread_cond_signal(&lane->work);
	(void)pthread_mutex_unlock(&s->lock);
	return true;
}

static void
work(struct request *r, int worker)
{
	struct http_server *s = r->server;

	if (r->answer != NULL) {
		answer_stream(r);
		return;
	}
	if (r->step == STEP_BODY) {
		r->failed = body_window(r);
		return;
	}
	if (r->failed == 0)
		r->failed = body_end(r);
	/* After so long most clients have gone; answering them all first would
	 * keep those waiting who just came. */
	if (r->failed == 0 &&
	    (atomic_load(&s->giving_up) ||
		clock_monotonic_us() - r->paused_at > LIMIT_HTTP_QUEUE_SECONDS * 1000000)) {
		atomic_fetch_add(&s->busy, 1);
		r->failed = 503;
	}
	if (r->failed != 0) {
		r->close = true;
		answer_error(r, r->failed);
		return;
	}

	struct http_response response = { 0 };

	r->handled = true;
	s->c.handler(s->c.object, worker, r->a, &r->pub, &response);
	answer_make(r, &response);
}

struct worker {
	struct http_server *server;
	int number;
};

static void *
worker_run(void *object)
{
	struct worker w = *(struct worker *)object;
	struct http_server *s = w.server;
	bool slow = w.number >= s->c.workers - s->slow_workers;
	struct lane *lane = &s->lane[slow];

	free(object);
	/* A thread's priority, on Linux. Refused: then they are as the others. */
	if (slow)
		(void)setpriority(PRIO_PROCESS, (id_t)gettid(), SLOW_NICE);
	(void)pthread_mutex_lock(&s->lock);
	for (;;) {
		while (lane->first == NULL && !s->ending)
			(void)pthread_cond_wait(&lane->work, &s->lock);
		if (lane->first == NULL)
			break;

		struct request *r = lane->first;

		lane->first = r->next;
		if (lane->first == NULL)
			lane->last = &lane->first;
		lane->queued--;
		s->queued--;
		s->busy_workers++;
		(void)pthread_mutex_unlock(&s->lock);

		work(r, w.number);
		/* From here on the request is the loop's. */
		MHD_resume_connection(r->mhd);
		(void)pthread_mutex_lock(&s->lock);
		s->busy_workers--;
		(void)pthread_cond_broadcast(&s->change);
	}
	(void)pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* The library calls this with the target before it decodes and cuts it. */
static void *
on_target(void *server, const char *uri, struct MHD_Connection *mhd)
{
	size_t n = strlen(uri);
	struct request *r = calloc(1, sizeof(*r) + n + 1);
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	if (r == NULL)
		abort(); /* as in the arena: the parent restarts us */
	r->server = server;
	r->mhd = mhd;
	r->connection = info->socket_context;
	r->pub.private_ = r;
	r->uri = uri;
	memcpy(r->target, uri, n + 1);
	r->pub.target = (struct str){ r->target, n };
	return r;
}

/* Keep what the library does to escapes away: the gate reads the target. */
static size_t
leave(void *object, struct MHD_Connection *mhd, char *s)
{
	(void)object;
	(void)mhd;
	return strlen(s);
}

struct collect {
	struct http_field *field;
	size_t n;
};

static enum MHD_Result
collect(void *object, enum MHD_ValueKind kind, const char *name, size_t name_n,
    const char *value, size_t value_n)
{
	struct collect *c = object;

	(void)kind;
	if (c->n > LIMIT_HTTP_HEADERS)
		return MHD_NO;
	c->field[c->n].name = (struct str){ name, name_n };
	c->field[c->n].value = (struct str){ value == NULL ? "" : value, value_n };
	c->n++;
	return MHD_YES;
}

/*
 * The library cuts lines at NUL bytes, joins folded ones and takes a bare LF
 * for CRLF, and its values do not show it. But it works in place: method,
 * target, version and fields are views of one block in which separators became
 * NUL. If they stand in it one after the other with just the separators
 * between them, nothing was hidden.
 */
static bool
nothing_hidden(const struct request *r, const char *method, const char *version,
    size_t head_size, const struct collect *c)
{
	const char *at = r->uri + r->pub.target.n + 1;
	const char *end = method + head_size;

	if (method + strlen(method) + 1 != r->uri || version != at)
		return false;
	at = version + strlen(version) + 2;
	for (size_t i = 0; i < c->n; i++) {
		struct str name = c->field[i].name, value = c->field[i].value;

		if (name.p != at || value.p <= name.p + name.n || value.p + value.n + 2 > end)
			return false;
		for (const char *p = name.p + name.n + 1; p < value.p; p++)
			if (*p != ' ' && *p != '\t')
				return false;
		if (value.p[value.n] != '\0' || value.p[value.n + 1] != '\0')
			return false;
		at = value.p + value.n + 2;
	}
	return at + 2 == end;
}

/* Other bytes than UTF-8 in a header are opaque; nobody needs them. */
static struct str
header_value(struct arena *a, struct str raw)
{
	struct str value = str_trim(raw);

	if (utf8_valid(value))
		return value.p == NULL ? STR("") : value;

	char *p = arena_dupn(a, value.p, value.n);

	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)p[i] >= 0x80)
			p[i] = '?';
	return (struct str){ p, value.n };
}

static struct str
content_type(struct arena *a, struct str header)
{
	struct str type = str_trim(str_take(header, str_find_char(header, ';', 0)));
	char *p = arena_dupn(a, type.p == NULL ? "" : type.p, type.n);

	for (size_t i = 0; i < type.n; i++)
		p[i] = str_lower(p[i]);
	return (struct str){ p, type.n };
}

/* Fills ${r->pub} from the head. 0 or the status to refuse it with. */
static int
read_head(struct request *r, const char *method, const char *version, struct http_gate *g)
{
	struct http_head head = { str_of(method), r->pub.target, str_of(version) };
	struct collect c = { .n = 0 };
	const union MHD_ConnectionInfo *info;

	c.field = arena_many(r->a, struct http_field, LIMIT_HTTP_HEADERS + 1);
	(void)MHD_get_connection_values_n(r->mhd, MHD_HEADER_KIND, collect, &c);
	info = MHD_get_connection_info(r->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	head.field = c.field;
	head.fields = c.n;
	head.size = info->header_size;

	int status = http_gate(r->a, &head, g);

	if (status == 0 && !nothing_hidden(r, method, version, head.size, &c))
		status = 400;
	for (size_t i = 0; i < c.n; i++)
		c.field[i].value = header_value(r->a, c.field[i].value);
	r->header = c.field;
	r->pub.header = c.field;
	/* An error page needs the headers too, but not a misread one. */
	r->pub.headers = status == 400 ? 0 : c.n;
	if (status != 0)
		return status;
	r->pub.method = g->method;
	r->pub.path = g->path;
	r->pub.content_type = content_type(r->a, http_header(&r->pub, "content-type"));
	connection_peer(r);

	enum err e = http_form_parse(r->a, g->query, &r->pub.query, &r->pub.queries);

	return e == OK ? 0 : e == ERR_LIMIT ? 414 : 400;
}

/* Long enough at the lowest rate we bear. */
static int64_t
time_for(uint64_t bytes)
{
	return (int64_t)(LIMIT_HTTP_BODY_SECONDS + bytes / LIMIT_HTTP_BYTES_SECOND) * 1000000;
}

static enum MHD_Result
send_answer(struct request *r)
{
	const struct http_server *s = r->server;

	/* A reader that is too slow is cut too. An endless stream has no time. */
	r->step = STEP_ANSWERED;
	connection_due(r->connection, r->size < 0 ? 0 : s->idle_time + time_for((uint64_t)r->size));
	return MHD_queue_response(r->mhd, (unsigned)r->status, r->answer);
}

static enum MHD_Result
refuse(struct request *r, int status)
{
	atomic_fetch_add(status == 503 ? &r->server->busy : &r->server->refused, 1);
	r->close = true;
	answer_error(r, status);
	return send_answer(r);
}

static enum MHD_Result
on_head(struct request *r, const char *method, const char *version)
{
	struct http_server *s = r->server;
	struct http_gate g = { 0 };
	int status;

	r->a = arena_take(s);
	r->step = STEP_BODY;
	atomic_fetch_add(&s->requests, 1);
	atomic_store(&r->connection->idle, false);
	status = read_head(r, method, version, &g);
	if (status != 0)
		return refuse(r, status);
	if (!g.chunked && g.length == 0) {
		connection_due(r->connection, 0);
		return MHD_YES;
	}

	r->limit = s->c.limit != NULL ? s->c.limit(s->c.object, &r->pub) : 0;
	body_begin(r);
	if (r->failed == 0 && r->limit > 0 && g.length > r->limit)
		r->failed = 413;
	/* Who waits for our word can be told now; the others first send it all
	 * and would see a reset connection instead of the answer. */
	if (r->failed != 0 && (g.expects || g.length > LIMIT_HTTP_DRAIN))
		return refuse(r, r->failed);
	if (r->limit == 0 && g.length > LIMIT_HTTP_DRAIN)
		return refuse(r, 413);
	r->body_clock = clock_monotonic_us();
	atomic_store(&r->connection->reading, true);
	connection_due(r->connection, time_for(0));
	return MHD_YES;
}

static enum MHD_Result
on_body(struct request *r, const char *p, size_t *n)
{
	if (r->paused_at != 0) { /* a worker had it meanwhile */
		r->body_clock += clock_monotonic_us() - r->paused_at;
		r->paused_at = 0;
	}

	size_t take = *n;

	if (r->failed == 0 && r->limit > 0 && r->received + take > r->limit)
		r->failed = 413;
	if (r->failed != 0 || r->body == BODY_DROP) {
		if (r->received > LIMIT_HTTP_DRAIN)
			return MHD_NO;
	} else {
		if (r->body == BODY_MULTIPART && take > WINDOW - r->bytes.n)
			take = WINDOW - r->bytes.n;
		buf_add(&r->bytes, p, take);
	}
	*n -= take;
	r->received += take;
	atomic_fetch_add(&r->server->bytes_in, take);
	connection_due(r->connection, r->body_clock + time_for(r->received) - clock_monotonic_us());
	if (r->body == BODY_MULTIPART && r->failed == 0 && r->bytes.n == WINDOW)
		(void)server_hand_over(r, true); /* never refused */
	return MHD_YES;
}

static enum MHD_Result
on_request(void *server, struct MHD_Connection *mhd, const char *url, const char *method,
    const char *version, const char *upload, size_t *upload_n, void **context)
{
	struct request *r = *context;

	(void)server;
	(void)mhd;
	(void)url;
	if (r == NULL)
		return MHD_NO;
	if (r->step == STEP_HEAD)
		return on_head(r, method, version);
	if (*upload_n > 0)
		return on_body(r, upload, upload_n);
	if (r->answer != NULL)
		return send_answer(r);
	r->step = STEP_WORK;
	r->slow = r->server->slow_workers > 0 && r->server->c.slow(r->server->c.object, &r->pub);
	atomic_store(&r->connection->reading, false);
	if (atomic_load(&r->server->stopping))
		r->close = true;
	return server_hand_over(r, false) ? MHD_YES : refuse(r, 503);
}

static void
on_completed(void *server, struct MHD_Connection *mhd, void **context,
    enum MHD_RequestTerminationCode why)
{
	struct http_server *s = server;
	struct request *r = *context;

	(void)mhd;
	(void)why;
	if (r == NULL)
		return;
	*context = NULL;
	/* Counted to the next whole head, however slowly it comes. */
	connection_due(r->connection, s->idle_time);
	atomic_store(&r->connection->idle, true);
	atomic_store(&r->connection->reading, false);
	if (r->a != NULL) {
		body_free(r);
		answer_free(r);
		arena_give(s, r->a);
	}
	if (r->answer != NULL)
		MHD_destroy_response(r->answer);
	free(r);
}

/* "127.0.0.1:8480", "[::1]:8480" */
static enum err
parse_listen(struct str s, struct sockaddr_storage *ret, socklen_t *ret_n)
{
	size_t colon = SIZE_MAX;
	struct ip ip;
	int64_t port;

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == ':')
			colon = i;
	if (colon == SIZE_MAX || !str_int(str_skip(s, colon + 1), 0, 65535, &port))
		return ERR_INVALID;

	struct str host = str_take(s, colon);

	if (str_eat(&host, STR("["))) {
		if (!str_ends(host, STR("]")))
			return ERR_INVALID;
		host.n--;
	}
	TRY(ip_parse(host, &ip));
	memset(ret, 0, sizeof(*ret));
	if (ip.v == 4) {
		struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

		memcpy(&in.sin_addr, ip.byte, 4);
		memcpy(ret, &in, sizeof(in));
		*ret_n = sizeof(in);
	} else {
		struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };

		memcpy(&in6.sin6_addr, ip.byte, 16);
		memcpy(ret, &in6, sizeof(in6));
		*ret_n = sizeof(in6);
	}
	return OK;
}

static enum err
error_of_errno(void)
{
	switch (errno) {
	case EADDRINUSE:
		return ERR_EXISTS;
	case EACCES:
		return ERR_DENIED;
	case EADDRNOTAVAIL:
		return ERR_INVALID;
	default:
		return ERR_IO;
	}
}

static enum err
open_socket(const char *listen_at, int *ret_fd, int *ret_port)
{
	struct sockaddr_storage address;
	socklen_t n = 0;
	const int yes = 1, no = 0;

	TRY(parse_listen(str_of(listen_at), &address, &n));

	int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return ERR_IO;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)); /* a convenience */
	if (address.ss_family == AF_INET6) /* "[::]" means both */
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no));
	if (bind(fd, (struct sockaddr *)&address, n) != 0 || listen(fd, SOMAXCONN) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &n) != 0) {
		enum err e = error_of_errno();

		(void)close(fd); /* nothing was written to it */
		return e;
	}
	if (address.ss_family == AF_INET)
		*ret_port = ntohs(((struct sockaddr_in *)&address)->sin_port);
	else
		*ret_port = ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
	*ret_fd = fd;
	return OK;
}

static enum err
start_daemon(struct http_server *s, int fd)
{
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC;
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)s->c.tls_cert },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)s->c.tls_key },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0,
		    (void *)(uintptr_t)"SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2" },
		{ MHD_OPTION_END, 0, NULL },
	};
	struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };

	if (s->c.tls_cert != NULL)
		flags |= MHD_USE_TLS;
	s->daemon = MHD_start_daemon(flags, 0, connection_accept, s, on_request, s,
	    MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)LIMIT_HTTP_CONNECTIONS,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, POOL_BYTES,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)LIMIT_HTTP_IDLE_SECONDS,
	    MHD_OPTION_URI_LOG_CALLBACK, on_target, s,
	    MHD_OPTION_UNESCAPE_CALLBACK, leave, NULL,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
	    MHD_OPTION_NOTIFY_CONNECTION, connection_notify, s,
	    MHD_OPTION_ARRAY, s->c.tls_cert != NULL ? tls : none,
	    MHD_OPTION_END);
	return s->daemon != NULL ? OK : s->c.tls_cert != NULL ? ERR_INVALID : ERR_IO;
}

static enum err
start_workers(struct http_server *s)
{
	for (int i = 0; i < s->c.workers; i++) {
		struct worker *w = malloc(sizeof(*w));

		if (w == NULL)
			abort(); /* as in the arena: the parent restarts us */
		*w = (struct worker){ s, i };
		if (pthread_create(&s->worker[i], NULL, worker_run, w) != 0) {
			free(w);
			return ERR_IO;
		}
		s->workers++;
	}
	return OK;
}

static void
stop_threads(struct http_server *s)
{
	(void)pthread_mutex_lock(&s->lock);
	s->ending = true;
	for (size_t i = 0; i < COUNT(s->lane); i++)
		(void)pthread_cond_broadcast(&s->lane[i].work);
	(void)pthread_mutex_unlock(&s->lock);
	for (int i = 0; i < s->workers; i++)
		(void)pthread_join(s->worker[i], NULL);
	(void)pthread_mutex_lock(&s->connections_lock);
	s->reaper_ends = true;
	(void)pthread_cond_signal(&s->reap);
	(void)pthread_mutex_unlock(&s->connections_lock);
	(void)pthread_join(s->reaper, NULL);
}

static void
server_free(struct http_server *s)
{
	for (size_t i = 0; i < s->n_arenas; i++)
		arena_free(s->arenas[i]);
	(void)pthread_mutex_destroy(&s->lock);
	(void)pthread_mutex_destroy(&s->connections_lock);
	for (size_t i = 0; i < COUNT(s->lane); i++)
		(void)pthread_cond_destroy(&s->lane[i].work);
	(void)pthread_cond_destroy(&s->change);
	(void)pthread_cond_destroy(&s->reap);
	free((char *)(uintptr_t)s->c.tls_cert);
	free((char *)(uintptr_t)s->c.tls_key);
	free(s->proxy);
	free(s);
}

static char *
copy(const char *s)
{
	char *c = s == NULL ? NULL : strdup(s);

	if (s != NULL && c == NULL)
		abort(); /* as in the arena: the parent restarts us */
	return c;
}

static struct http_server *
server_new(const struct http_config *c)
{
	struct http_server *s = calloc(1, sizeof(*s));
	pthread_condattr_t monotonic;

	if (s == NULL)
		abort();
	s->c = *c;
	s->c.listen = NULL;
	s->c.tls_cert = copy(c->tls_cert);
	s->c.tls_key = copy(c->tls_key);
	if (c->trusted_proxies > 0) {
		s->proxy = calloc(c->trusted_proxies, sizeof(*s->proxy));
		if (s->proxy == NULL)
			abort();
		memcpy(s->proxy, c->trusted_proxy, c->trusted_proxies * sizeof(*s->proxy));
	}
	if (c->slow != NULL && c->workers >= SLOW_SHARE)
		s->slow_workers = c->workers / SLOW_SHARE;
	s->header_time = CLOCK_SECOND * 1000 *
	    (c->header_seconds > 0 ? c->header_seconds : LIMIT_HTTP_HEADER_SECONDS);
	s->idle_time = CLOCK_SECOND * 1000 * LIMIT_HTTP_IDLE_SECONDS;
	for (size_t i = 0; i < COUNT(s->lane); i++)
		s->lane[i].last = &s->lane[i].first;
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_mutex_init(&s->connections_lock, NULL);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	for (size_t i = 0; i < COUNT(s->lane); i++)
		(void)pthread_cond_init(&s->lane[i].work, &monotonic);
	(void)pthread_cond_init(&s->change, &monotonic);
	(void)pthread_cond_init(&s->reap, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	return s;
}

static enum err
start(struct http_server *s, int fd)
{
	if (pthread_create(&s->reaper, NULL, connection_reaper, s) != 0)
		return ERR_IO;

	enum err e = start_workers(s);

	if (e == OK)
		e = start_daemon(s, fd);
	if (e != OK)
		stop_threads(s);
	return e;
}

enum err
http_start(const struct http_config *c, struct http_server **ret)
{
	sigset_t all, before;
	int fd = -1, port = 0;

	if (c->workers < 1 || c->workers > WORKERS_MAX || c->handler == NULL)
		return ERR_INVALID;
	TRY(open_socket(c->listen, &fd, &port));

	struct http_server *s = server_new(c);

	s->port = port;
	/* Signals are for the thread that called us. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	enum err e = start(s, fd);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (e != OK) {
		(void)close(fd); /* nothing was written to it */
		server_free(s);
		return e;
	}
	*ret = s;
	return OK;
}

int
http_port(const struct http_server *s)
{
	return s->port;
}

/* False when requests still run at ${until} (monotonic microseconds). */
static bool
wait_until_quiet(struct http_server *s, int64_t until)
{
	struct timespec at = {
		.tv_sec = until / 1000000,
		.tv_nsec = until % 1000000 * 1000,
	};
	bool quiet;

	(void)pthread_mutex_lock(&s->lock);
	/* A worker is busy for a moment longer than its request is active. */
	while (s->active > 0 || s->busy_workers > 0 || s->queued > 0)
		if (pthread_cond_timedwait(&s->change, &s->lock, &at) != 0)
			break;
	quiet = s->active == 0 && s->busy_workers == 0 && s->queued == 0;
	(void)pthread_mutex_unlock(&s->lock);
	return quiet;
}

bool
http_stop(struct http_server *s, int seconds)
{
	if (s == NULL)
		return true;
	atomic_store(&s->stopping, true);

	int64_t until = clock_monotonic_us() + (int64_t)seconds * 1000000;
	int fd = MHD_quiesce_daemon(s->daemon);

	if (fd >= 0)
		(void)close(fd); /* nothing was written to it */
	connection_end_idle(s);
	if (!wait_until_quiet(s, until)) {
		/* What waits gets 503; what arrives slowly is cut. */
		atomic_store(&s->giving_up, true);
		(void)wait_until_quiet(s, clock_monotonic_us() + 1000000);
	}

	(void)pthread_mutex_lock(&s->lock);
	bool working = s->busy_workers > 0 || s->queued > 0;
	(void)pthread_mutex_unlock(&s->lock);
	if (working)
		return false; /* see http.h: the library would end the process */
	stop_threads(s);
	MHD_stop_daemon(s->daemon);
	server_free(s);
	return true;
}

void
http_counters(const struct http_server *s, struct http_counters *ret)
{
	struct http_server *inside = (struct http_server *)(uintptr_t)s; /* for its lock */

	*ret = (struct http_counters){
		.requests = atomic_load(&s->requests),
		.refused = atomic_load(&s->refused),
		.busy = atomic_load(&s->busy),
		.bytes_in = atomic_load(&s->bytes_in),
		.bytes_out = atomic_load(&s->bytes_out),
		.connections = atomic_load(&s->n_connections),
	};
	(void)pthread_mutex_lock(&inside->lock);
	ret->queued = inside->queued;
	(void)pthread_mutex_unlock(&inside->lock);
}
