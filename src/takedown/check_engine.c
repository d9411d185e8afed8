/* SPDX-License-Identifier: Apache-2.0 */
#include "takedown/check_engine.h"

#include <arpa/inet.h>
#include <ares.h>
#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/url.h"
#include "directory/prefix_table.h"
#include "takedown/check_http.h"

#define PAGE_MAX LIMIT_KIB(256)		  /* head and page kept of an answer */
#define HELD_MAX LIMIT_MIB(24)		  /* bytes of all answers; then new ones wait */
#define REDIRECTS 5
#define PAUSE_US INT64_C(500000)	  /* between two questions to one address */
#define LOOK_US INT64_C(50000)		  /* between looks at deadlines and waiting ones */
#define EVENTS 256
#define ROUNDS 4			  /* of them in one turn: ended ones must be taken too */
#define ADDRESSES 8192			  /* chains of the table of addresses */
#define ARES_TAG (UINT64_C(1) << 63)

enum step { STEP_IDLE, STEP_QUEUED, STEP_RESOLVE, STEP_WAIT, STEP_CONNECT, STEP_PROXY, STEP_TLS, STEP_SEND, STEP_READ, STEP_ENDED };

struct place { /* an address that is, or was lately, asked */
	struct ip ip;
	bool busy;
	int64_t free_at;
	struct place *next;
};

struct run {
	struct check_engine *engine; /* for answers of DNS */
	int64_t id;
	char *url; /* now */
	char *redirects, *error;
	enum step step;
	int fd;
	bool tls, listed_out; /* waits for writing */
	bool paused;	      /* its answer waits for memory */
	SSL *ssl;
	struct ip ip;
	uint16_t port;
	struct place *place;
	char *in;
	size_t in_n, in_size;
	char *out;
	size_t out_n, out_at;
	int hops, status, proxy_step;
	int64_t began, until; /* monotonic µs */
	const char *result;
	struct run *next, *before; /* of its list */
};
struct list {
	struct run *first, *last;
	size_t n;
};

struct check_engine {
	int epoll;
	ares_channel dns;
	char *system_dns;
	SSL_CTX *ssl;
	struct check_policy policy;
	char *agent, *resolver, *proxy;
	struct ip_net *nets;
	struct prefix_table *own;
	struct sockaddr_storage proxy_address;
	socklen_t proxy_n;
	bool socks;
	struct list queued, running, waiting, ended;
	struct place *place[ADDRESSES];
	size_t held;
	int64_t now, look_at;
};

static void
list_add(struct list *l, struct run *r)
{
	r->next = NULL;
	r->before = l->last;
	if (l->last != NULL)
		l->last->next = r;
	else
		l->first = r;
	l->last = r;
	l->n++;
}

static void
list_drop(struct list *l, struct run *r)
{
	if (r->before != NULL)
		r->before->next = r->next;
	else
		l->first = r->next;
	if (r->next != NULL)
		r->next->before = r->before;
	else
		l->last = r->before;
	l->n--;
}

static char *
copy(const char *s)
{
	char *p = strdup(s == NULL ? "" : s);

	assert(p != NULL);
	return p;
}

static void
set_text(char **to, const char *s)
{
	free(*to);
	*to = s == NULL ? NULL : copy(s);
}

/* Policy */

static bool
in_list(const struct ip_net *list, size_t n, const struct ip *ip)
{
	for (size_t i = 0; i < n; i++) {
		if (ip_in(&list[i], ip))
			return true;
	}
	return false;
}

const char *
check_engine_fault(const struct check_policy *p, const struct ip *ip)
{
	if (in_list(p->allow, p->allows, ip))
		return NULL;
	if (in_list(p->own, p->owns, ip))
		return "The address is of the constituency.";
	return ip_is_private(ip) ? "The address is private or reserved." : NULL;
}

/* The same with the table that was made of the list. */
static const char *
fault_of(const struct check_engine *e, const struct ip *ip)
{
	const struct check_policy some = { .allow = e->policy.allow, .allows = e->policy.allows };

	if (e->own != NULL && !in_list(some.allow, some.allows, ip) && prefix_table_find(e->own, ip) != PREFIX_NONE)
		return "The address is of the constituency.";
	return check_engine_fault(&some, ip);
}

/* Addresses: one question at a time */

static size_t
place_chain(const struct ip *ip)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < sizeof(ip->byte); i++)
		h = (h ^ ip->byte[i]) * 16777619U;
	return (h ^ h >> 15) % ADDRESSES;
}

static struct place **
place_at(struct check_engine *e, const struct ip *ip)
{
	struct place **at = &e->place[place_chain(ip)];

	while (*at != NULL && memcmp(&(*at)->ip, ip, sizeof(*ip)) != 0)
		at = &(*at)->next;
	return at;
}

/* Nobody asks it, and nobody did just now. */
static bool
place_free(struct check_engine *e, const struct ip *ip)
{
	const struct place *p = *place_at(e, ip);

	return p == NULL || (!p->busy && p->free_at <= e->now);
}

static void
place_take(struct check_engine *e, struct run *r)
{
	struct place **at = place_at(e, &r->ip);

	if (*at == NULL) {
		*at = calloc(1, sizeof(**at));
		assert(*at != NULL);
		(*at)->ip = r->ip;
	}
	(*at)->busy = true;
	r->place = *at;
}

static void
place_give(struct check_engine *e, struct run *r)
{
	if (r->place == NULL)
		return;
	r->place->busy = false;
	r->place->free_at = e->now + PAUSE_US;
	r->place = NULL;
}

/* Forget those that nobody waits for. */
static void
places_tidy(struct check_engine *e)
{
	for (size_t i = 0; i < ADDRESSES; i++) {
		for (struct place **at = &e->place[i]; *at != NULL;) {
			struct place *p = *at;

			if (p->busy || p->free_at > e->now) {
				at = &p->next;
				continue;
			}
			*at = p->next;
			free(p);
		}
	}
}

/* One run */

static void
disconnect(struct check_engine *e, struct run *r)
{
	if (r->ssl != NULL)
		SSL_free(r->ssl);
	r->ssl = NULL;
	if (r->fd >= 0)
		(void)close(r->fd); /* leaves the epoll by itself */
	r->fd = -1;
	place_give(e, r);
	free(r->out);
	r->out = NULL;
	r->out_n = r->out_at = 0;
}

static void
drop_input(struct check_engine *e, struct run *r)
{
	e->held -= r->in_size;
	free(r->in);
	r->in = NULL;
	r->in_n = r->in_size = 0;
}

static void
end(struct check_engine *e, struct run *r, const char *result, const char *error)
{
	disconnect(e, r);
	if (r->step == STEP_WAIT)
		list_drop(&e->waiting, r);
	else if (r->step == STEP_QUEUED)
		list_drop(&e->queued, r);
	else
		list_drop(&e->running, r);
	r->step = STEP_ENDED;
	r->result = result;
	if (error != NULL)
		set_text(&r->error, error);
	if (r->in_n < r->in_size && r->in_n > 0) { /* give back what is not used */
		char *less = realloc(r->in, r->in_n);

		if (less != NULL) {
			e->held -= r->in_size - r->in_n;
			r->in = less;
			r->in_size = r->in_n;
		}
	}
	list_add(&e->ended, r);
}

static void
watch(struct check_engine *e, struct run *r, bool out)
{
	struct epoll_event ev = { .events = out ? EPOLLOUT : EPOLLIN, .data = { .ptr = r } };

	if (epoll_ctl(e->epoll, EPOLL_CTL_MOD, r->fd, &ev) != 0)
		(void)epoll_ctl(e->epoll, EPOLL_CTL_ADD, r->fd, &ev); /* else its deadline ends it */
	r->listed_out = out;
}

static socklen_t
to_socket(const struct ip *ip, uint16_t port, struct sockaddr_storage *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (ip->v == 4) {
		struct sockaddr_in *a = (struct sockaddr_in *)ret;

		a->sin_family = AF_INET;
		a->sin_port = htons(port);
		memcpy(&a->sin_addr, ip->byte, 4);
		return sizeof(*a);
	}
	struct sockaddr_in6 *a = (struct sockaddr_in6 *)ret;

	a->sin6_family = AF_INET6;
	a->sin6_port = htons(port);
	memcpy(&a->sin6_addr, ip->byte, 16);
	return sizeof(*a);
}

static void
connect_error(struct check_engine *e, struct run *r, int error)
{
	if (error == ECONNREFUSED && e->proxy_n == 0)
		end(e, r, "refused", NULL);
	else if (error == ETIMEDOUT)
		end(e, r, "timeout", NULL);
	else
		end(e, r, "error", e->proxy_n > 0 ? "The proxy cannot be reached." : strerror(error));
}

static void
connect_now(struct check_engine *e, struct run *r)
{
	struct sockaddr_storage to;
	socklen_t n;

	if (!place_free(e, &r->ip)) {
		list_drop(&e->running, r);
		r->step = STEP_WAIT;
		list_add(&e->waiting, r);
		return;
	}
	place_take(e, r);
	n = to_socket(&r->ip, r->port, &to);
	if (e->proxy_n > 0) {
		to = e->proxy_address;
		n = e->proxy_n;
	}
	r->fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (r->fd < 0) {
		end(e, r, "error", "No more connections can be opened.");
		return;
	}
	r->step = STEP_CONNECT;
	if (connect(r->fd, (struct sockaddr *)&to, n) != 0 && errno != EINPROGRESS) {
		connect_error(e, r, errno);
		return;
	}
	watch(e, r, true);
}

/* The address counts, whatever name led to it. */
static void
judge_address(struct check_engine *e, struct run *r)
{
	const char *fault = fault_of(e, &r->ip);

	if (fault != NULL)
		end(e, r, "blocked", fault);
	else
		connect_now(e, r);
}

static void
resolved(void *object, int status, int timeouts, struct ares_addrinfo *answer)
{
	struct run *r = object;
	struct ares_addrinfo_node *best = NULL;
	struct check_engine *e = r->engine;

	(void)timeouts;
	if (status == ARES_EDESTRUCTION || status == ARES_ECANCELLED) {
		if (answer != NULL)
			ares_freeaddrinfo(answer);
		return; /* the engine ends */
	}
	for (struct ares_addrinfo_node *n = answer == NULL ? NULL : answer->nodes; n != NULL; n = n->ai_next) {
		if (best == NULL || (best->ai_family != AF_INET && n->ai_family == AF_INET))
			best = n;
	}
	if (best != NULL) {
		memset(&r->ip, 0, sizeof(r->ip));
		r->ip.v = best->ai_family == AF_INET ? 4 : 6;
		if (r->ip.v == 4)
			memcpy(r->ip.byte, &((struct sockaddr_in *)best->ai_addr)->sin_addr, 4);
		else
			memcpy(r->ip.byte, &((struct sockaddr_in6 *)best->ai_addr)->sin6_addr, 16);
	}
	if (answer != NULL)
		ares_freeaddrinfo(answer);
	if (best != NULL)
		judge_address(e, r);
	else if (status == ARES_ENOTFOUND || status == ARES_ENODATA || status == ARES_SUCCESS)
		end(e, r, "no-name", NULL);
	else
		end(e, r, "error", ares_strerror(status));
}

/* Towards r->url: its first address, or the next one of a redirect. */
static void
begin(struct check_engine *e, struct run *r)
{
	AUTO(arena) a = arena_new();
	const struct ares_addrinfo_hints hints = { .ai_family = AF_UNSPEC, .ai_flags = ARES_AI_NOSORT, .ai_socktype = SOCK_STREAM };
	struct url u;

	if (url_parse(a, str_of(r->url), &u) != OK || (!str_is(u.scheme, "http") && !str_is(u.scheme, "https"))) {
		end(e, r, "error", "Only http and https can be checked.");
		return;
	}
	r->tls = str_is(u.scheme, "https");
	r->port = (uint16_t)(u.port != 0 ? u.port : r->tls ? 443 : 80);
	memset(&r->ip, 0, sizeof(r->ip));
	if (ip_parse(u.host, &r->ip) == OK) {
		judge_address(e, r);
		return;
	}
	r->step = STEP_RESOLVE;
	ares_getaddrinfo(e->dns, arena_cstr(a, u.host), NULL, &hints, resolved, r);
}

/* What is written to the server */

static void
set_out(struct run *r, struct buf *b)
{
	free(r->out);
	r->out_n = b->n;
	r->out_at = 0;
	r->out = malloc(b->n + 1);
	assert(r->out != NULL);
	memcpy(r->out, b->p, b->n);
}

static void
make_request(struct check_engine *e, struct run *r)
{
	AUTO(arena) a = arena_new();
	struct buf *b = buf_new(a, LIMIT_URL * 3);
	struct url u;

	if (url_parse(a, str_of(r->url), &u) != OK)
		return; /* begin() read it */
	bool six = str_find_char(u.host, ':', 0) != SIZE_MAX;

	buf_printf(b, "GET %.*s", STR_F(u.path));
	if (u.query.n > 0)
		buf_printf(b, "?%.*s", STR_F(u.query));
	buf_printf(b, " HTTP/1.1\r\nHost: %s%.*s%s", six ? "[" : "", STR_F(u.host), six ? "]" : "");
	if (u.port != 0)
		buf_printf(b, ":%u", u.port);
	buf_printf(b,
	    "\r\nUser-Agent: %s\r\nAccept: text/html,application/xhtml+xml,*/*;q=0.8\r\nAccept-Language: ja,en;q=0.8\r\n"
	    "Accept-Encoding: identity\r\nConnection: close\r\n\r\n",
	    e->agent);
	set_out(r, b);
}

/* The greeting of the proxy: CONNECT, or SOCKS5 without sign-in (RFC 1928). */
static void
make_proxy(struct check_engine *e, struct run *r)
{
	AUTO(arena) a = arena_new();
	struct buf *b = buf_new(a, 512);
	const char *ip = ip_format(a, &r->ip);

	if (!e->socks) {
		buf_printf(b, "CONNECT %s%s%s:%u HTTP/1.1\r\nHost: %s%s%s:%u\r\n\r\n", r->ip.v == 6 ? "[" : "", ip, r->ip.v == 6 ? "]" : "",
		    r->port, r->ip.v == 6 ? "[" : "", ip, r->ip.v == 6 ? "]" : "", r->port);
	} else if (r->proxy_step == 0) {
		buf_add(b, "\5\1\0", 3);
	} else {
		buf_add(b, "\5\1\0", 3);
		buf_char(b, r->ip.v == 4 ? 1 : 4);
		buf_add(b, r->ip.byte, r->ip.v == 4 ? 4 : 16);
		buf_u16(b, r->port);
	}
	set_out(r, b);
}

static void
start_tls(struct check_engine *e, struct run *r)
{
	AUTO(arena) a = arena_new();
	struct url u;
	struct ip ip;

	r->ssl = SSL_new(e->ssl);
	if (r->ssl == NULL || SSL_set_fd(r->ssl, r->fd) != 1 || url_parse(a, str_of(r->url), &u) != OK) {
		end(e, r, "error", "TLS cannot begin.");
		return;
	}
	/* Not the macro of OpenSSL: it casts const away. */
	if (ip_parse(u.host, &ip) != OK)
		(void)SSL_ctrl(r->ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
		    arena_dupn(a, u.host.p, u.host.n));
	r->step = STEP_TLS;
}

/* Connected, to the server or through the proxy. */
static void
connected(struct check_engine *e, struct run *r)
{
	drop_input(e, r);
	make_request(e, r);
	if (r->tls)
		start_tls(e, r);
	else
		r->step = STEP_SEND;
}

/* Bytes in and out: 1 some, 0 later, -1 the end, -2 an error. */
static int
pull(struct run *r, char *p, size_t max, size_t *ret)
{
	*ret = 0;
	if (r->ssl != NULL) {
		ERR_clear_error();
		int n = SSL_read(r->ssl, p, (int)max);

		if (n > 0) {
			*ret = (size_t)n;
			return 1;
		}
		int why = SSL_get_error(r->ssl, n);

		if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
			return 0;
		/* Many servers close without saying so. */
		return why == SSL_ERROR_ZERO_RETURN || r->in_n > 0 ? -1 : -2;
	}
	ssize_t n = recv(r->fd, p, max, 0);

	if (n > 0) {
		*ret = (size_t)n;
		return 1;
	}
	if (n == 0)
		return -1;
	return errno == EAGAIN || errno == EINTR ? 0 : r->in_n > 0 ? -1 : -2;
}

static int
push(struct run *r)
{
	while (r->out_at < r->out_n) {
		ssize_t n;

		if (r->ssl != NULL) {
			ERR_clear_error();
			int k = SSL_write(r->ssl, r->out + r->out_at, (int)(r->out_n - r->out_at));
			int why = k > 0 ? 0 : SSL_get_error(r->ssl, k);

			if (k <= 0)
				return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -2;
			n = k;
		} else {
			n = send(r->fd, r->out + r->out_at, r->out_n - r->out_at, MSG_NOSIGNAL);
			if (n < 0)
				return errno == EAGAIN || errno == EINTR ? 0 : -2;
		}
		r->out_at += (size_t)n;
	}
	return 1;
}

/* Room for what comes; false: it has enough. */
static bool
room(struct check_engine *e, struct run *r)
{
	size_t size;

	if (r->in_n < r->in_size)
		return true;
	size = r->in_size == 0 ? 2048 : r->in_size * 2;
	if (size > PAGE_MAX || (e->held + size > HELD_MAX && r->in_size >= LIMIT_KIB(16)))
		return false;
	char *p = realloc(r->in, size);

	assert(p != NULL);
	e->held += size - r->in_size;
	r->in = p;
	r->in_size = size;
	return true;
}

static void
add_redirect(struct run *r, const char *to)
{
	AUTO(arena) a = arena_new();

	set_text(&r->redirects, r->redirects == NULL ? to : arena_printf(a, "%s\n%s", r->redirects, to));
}

/* What the certificate is worth: nobody checked it. */
static void
note_certificate(struct run *r)
{
	X509 *c = r->ssl == NULL ? NULL : SSL_get1_peer_certificate(r->ssl);

	if (c == NULL)
		return;
	bool own = X509_NAME_cmp(X509_get_subject_name(c), X509_get_issuer_name(c)) == 0;
	bool old = X509_cmp_current_time(X509_get0_notAfter(c)) < 0;

	set_text(&r->error, own && old ? "Certificate: self-signed and expired."
		: own	       ? "Certificate: self-signed."
		: old	       ? "Certificate: expired."
			       : NULL);
	X509_free(c);
}

static void
answered(struct check_engine *e, struct run *r, const struct check_http *h, bool cut)
{
	AUTO(arena) a = arena_new();
	bool moved = h->status == 301 || h->status == 302 || h->status == 303 || h->status == 307 || h->status == 308;
	const char *to;

	r->status = h->status;
	note_certificate(r);
	if (moved && h->location.n > 0) {
		if (r->hops >= REDIRECTS) {
			end(e, r, "error", "More than 5 redirects.");
			return;
		}
		if (check_http_follow(a, r->url, h->location, &to) != OK) {
			end(e, r, "alive", "It redirects to something that is no web page.");
			return;
		}
		add_redirect(r, to);
		set_text(&r->url, to);
		r->hops++;
		disconnect(e, r);
		drop_input(e, r);
		begin(e, r);
		return;
	}
	if (cut && r->error == NULL)
		set_text(&r->error, "The page was cut.");
	if (h->status == 404 || h->status == 410 || h->status == 451)
		end(e, r, "gone", NULL);
	else if (h->status >= 500)
		end(e, r, "error", "The server says that it has an error.");
	else
		end(e, r, "alive", NULL);
}

static void
read_answer(struct check_engine *e, struct run *r, bool eof, bool late)
{
	struct check_http h;
	bool full = !eof && !late && r->in_n == r->in_size && !room(e, r);
	enum err err = check_http_parse((struct str){ r->in, r->in_n }, eof || full, &h);

	if (err == OK && (h.whole || full || late)) {
		answered(e, r, &h, full || late);
		return;
	}
	if (err == ERR_INVALID) {
		if (r->in_n == 0)
			end(e, r, "error", "The server closed the connection without an answer.");
		else
			end(e, r, "error", "The answer is not HTTP.");
	} else if (late) {
		end(e, r, "timeout", NULL);
	}
}

static void
read_some(struct check_engine *e, struct run *r)
{
	int got = 1;

	/* Thousands may answer in the same second: the system keeps their bytes. */
	if (r->in_size == 0 && e->held > HELD_MAX / 2) {
		(void)epoll_ctl(e->epoll, EPOLL_CTL_DEL, r->fd, NULL);
		r->paused = true;
		return;
	}

	while (got == 1) {
		size_t n;

		if (!room(e, r))
			break;
		got = pull(r, r->in + r->in_n, r->in_size - r->in_n, &n);
		r->in_n += n;
	}
	if (got == -2)
		end(e, r, "error", "The connection was broken off.");
	else
		read_answer(e, r, got == -1, false);
}

/* The proxy's answer: 200, or SOCKS' two replies. */
static void
read_proxy(struct check_engine *e, struct run *r)
{
	size_t n = 0;
	int got = room(e, r) ? pull(r, r->in + r->in_n, r->in_size - r->in_n, &n) : -2;
	struct check_http h;

	r->in_n += n;
	if (got < 0) {
		end(e, r, "error", "The proxy closed the connection.");
		return;
	}
	if (e->socks) {
		size_t need = r->proxy_step == 0 ? 2 : 5;

		if (r->in_n >= 5 && r->proxy_step == 1)
			need = r->in[3] == 1 ? 10 : r->in[3] == 4 ? 22 : 7 + (size_t)(unsigned char)r->in[4];
		if (r->in_n < need)
			return;
		if (r->in[0] != 5 || r->in[1] != 0) {
			end(e, r, r->proxy_step == 1 && r->in[1] == 5 ? "refused" : "error", "The proxy refuses.");
			return;
		}
		r->in_n = 0;
		if (r->proxy_step++ == 0) {
			make_proxy(e, r);
			watch(e, r, true);
			return;
		}
	} else {
		enum err err = check_http_parse((struct str){ r->in, r->in_n }, false, &h);

		if (err == ERR_NOT_FOUND)
			return;
		if (err != OK || h.status / 100 != 2) {
			end(e, r, "error", "The proxy refuses.");
			return;
		}
	}
	connected(e, r);
	if (r->step != STEP_ENDED)
		watch(e, r, true);
}

static void
shake_hands(struct check_engine *e, struct run *r)
{
	ERR_clear_error();
	int n = SSL_connect(r->ssl), why = n == 1 ? 0 : SSL_get_error(r->ssl, n);

	if (n == 1) {
		r->step = STEP_SEND;
		watch(e, r, true);
	} else if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
		watch(e, r, why == SSL_ERROR_WANT_WRITE);
	} else {
		end(e, r, "error", "TLS failed.");
	}
}

static void
step_connect(struct check_engine *e, struct run *r)
{
	int error = 0;
	socklen_t n = sizeof(error);

	if (getsockopt(r->fd, SOL_SOCKET, SO_ERROR, &error, &n) != 0 || error != 0) {
		connect_error(e, r, error);
		return;
	}
	if (e->proxy_n > 0) {
		r->step = STEP_PROXY;
		r->proxy_step = 0;
		make_proxy(e, r);
	} else {
		connected(e, r);
	}
}

static void
send_some(struct check_engine *e, struct run *r)
{
	int sent = push(r);

	if (sent == -2) {
		end(e, r, "error", "The connection was broken off.");
		return;
	}
	if (sent == 1) {
		if (r->step == STEP_SEND)
			r->step = STEP_READ;
		watch(e, r, false);
	}
}

static void
step(struct check_engine *e, struct run *r, uint32_t events)
{
	if (r->step == STEP_CONNECT)
		step_connect(e, r);
	if (r->step == STEP_TLS)
		shake_hands(e, r);
	if (r->step == STEP_SEND || (r->step == STEP_PROXY && r->listed_out))
		send_some(e, r);
	else if (r->step == STEP_PROXY && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
		read_proxy(e, r);
	else if (r->step == STEP_READ)
		read_some(e, r);
}

/* The engine */

static void
dns_socket(void *object, ares_socket_t fd, int readable, int writable)
{
	struct check_engine *e = object;
	struct epoll_event ev = {
		.events = (readable ? (uint32_t)EPOLLIN : 0U) | (writable ? (uint32_t)EPOLLOUT : 0U),
		.data = { .u64 = ARES_TAG | (uint64_t)fd },
	};

	if (!readable && !writable)
		(void)epoll_ctl(e->epoll, EPOLL_CTL_DEL, fd, NULL);
	else if (epoll_ctl(e->epoll, EPOLL_CTL_MOD, fd, &ev) != 0)
		(void)epoll_ctl(e->epoll, EPOLL_CTL_ADD, fd, &ev); /* else the question times out */
}

enum err
check_engine_new(struct check_engine **ret)
{
	struct check_engine *e = calloc(1, sizeof(*e));
	struct ares_options o = { .sock_state_cb = dns_socket, .timeout = 3000, .tries = 2, .lookups = (char *)(uintptr_t) "b" };
	struct ares_addr_port_node *servers = NULL;

	assert(e != NULL);
	e->epoll = epoll_create1(EPOLL_CLOEXEC);
	o.sock_state_cb_data = e;
	e->ssl = SSL_CTX_new(TLS_client_method());
	e->agent = copy("");
	e->policy = (struct check_policy){ .seconds = 20, .many = 100 };
	if (e->epoll < 0 || e->ssl == NULL || ares_library_init(ARES_LIB_INIT_ALL) != 0 ||
	    ares_init_options(&e->dns, &o, ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS) != 0) {
		check_engine_free(e);
		return ERR_UNAVAILABLE;
	}
	/* Old servers too: what is seen matters, not who says so. */
	SSL_CTX_set_verify(e->ssl, SSL_VERIFY_NONE, NULL);
	(void)SSL_CTX_set_min_proto_version(e->ssl, TLS1_VERSION);
	SSL_CTX_set_security_level(e->ssl, 0);
	(void)SSL_CTX_set_mode(e->ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	(void)SSL_CTX_set_session_cache_mode(e->ssl, SSL_SESS_CACHE_OFF);
	if (ares_get_servers_ports(e->dns, &servers) == ARES_SUCCESS) {
		AUTO(arena) a = arena_new();
		struct buf *b = buf_new(a, 4096);

		for (struct ares_addr_port_node *n = servers; n != NULL; n = n->next) {
			char text[INET6_ADDRSTRLEN];

			if (inet_ntop(n->family, &n->addr, text, sizeof(text)) != NULL)
				buf_printf(b, n->family == AF_INET6 ? "%s[%s]:%d" : "%s%s:%d", b->n > 0 ? "," : "", text, n->udp_port != 0 ? n->udp_port : 53);
		}
		set_text(&e->system_dns, buf_cstr(a, b));
		ares_free_data(servers);
	}
	*ret = e;
	return OK;
}

static void
run_free(struct check_engine *e, struct run *r)
{
	disconnect(e, r);
	free(r->in);
	free(r->url);
	free(r->redirects);
	free(r->error);
	free(r);
}

void
check_engine_free(struct check_engine *e)
{
	if (e == NULL)
		return;
	if (e->dns != NULL)
		ares_destroy(e->dns);
	struct list *lists[] = { &e->queued, &e->running, &e->waiting, &e->ended };

	for (size_t i = 0; i < COUNT(lists); i++) {
		while (lists[i]->first != NULL) {
			struct run *r = lists[i]->first;

			list_drop(lists[i], r);
			run_free(e, r);
		}
	}
	e->now = INT64_MAX - PAUSE_US;
	places_tidy(e);
	for (size_t i = 0; i < ADDRESSES; i++) {
		while (e->place[i] != NULL) {
			struct place *p = e->place[i];

			e->place[i] = p->next;
			free(p);
		}
	}
	prefix_table_free(e->own);
	SSL_CTX_free(e->ssl);
	if (e->epoll >= 0)
		(void)close(e->epoll);
	free(e->agent);
	free(e->resolver);
	free(e->proxy);
	free(e->system_dns);
	free(e->nets);
	free(e);
}

static enum err
set_proxy(struct check_engine *e, const char *text)
{
	AUTO(arena) a = arena_new();
	struct str s = str_of(text);
	struct url u;
	struct ip ip;

	e->proxy_n = 0;
	if (s.n == 0)
		return OK;
	e->socks = str_eat_case(&s, STR("socks5://"));
	if (!e->socks && !str_eat_case(&s, STR("http://")))
		return ERR_INVALID;
	TRY(url_parse(a, str_of(arena_printf(a, "http://%.*s", STR_F(s))), &u));
	TRY(ip_parse(u.host, &ip));
	e->proxy_n = to_socket(&ip, (uint16_t)(u.port != 0 ? u.port : e->socks ? 1080 : 3128), &e->proxy_address);
	return OK;
}

enum err
check_engine_set(struct check_engine *e, const struct check_policy *p)
{
	struct prefix_table *own = NULL;

	if (p->owns > 0) {
		struct prefix_entry *list = calloc(p->owns, sizeof(*list));

		assert(list != NULL);
		for (size_t i = 0; i < p->owns; i++)
			list[i] = (struct prefix_entry){ .net = p->own[i], .value = 1 };
		enum err err = prefix_table_new(list, p->owns, &own);

		free(list);
		TRY(err);
	}
	prefix_table_free(e->own);
	e->own = own;
	free(e->nets);
	e->nets = calloc(p->allows + 1, sizeof(*e->nets));
	assert(e->nets != NULL);
	if (p->allows > 0)
		memcpy(e->nets, p->allow, p->allows * sizeof(*e->nets));
	set_text(&e->agent, p->agent);
	e->policy = (struct check_policy){ .seconds = p->seconds, .many = p->many, .allow = e->nets, .allows = p->allows };
	TRY(set_proxy(e, p->proxy));
	const char *dns = *p->resolver != '\0' ? p->resolver : e->system_dns;

	if (dns != NULL && *dns != '\0' && ares_set_servers_ports_csv(e->dns, dns) != ARES_SUCCESS)
		return ERR_INVALID;
	return OK;
}

static bool
has(const struct list *l, int64_t id)
{
	for (const struct run *r = l->first; r != NULL; r = r->next) {
		if (r->id == id)
			return true;
	}
	return false;
}

enum err
check_engine_add(struct check_engine *e, int64_t id, const char *url)
{
	struct run *r;

	if (e->queued.n + e->running.n + e->waiting.n + e->ended.n > 10000)
		return ERR_LIMIT;
	if (has(&e->queued, id) || has(&e->running, id) || has(&e->waiting, id) || has(&e->ended, id))
		return OK;
	r = calloc(1, sizeof(*r));
	assert(r != NULL);
	r->engine = e;
	r->id = id;
	r->url = copy(url);
	r->fd = -1;
	r->step = STEP_QUEUED;
	list_add(&e->queued, r);
	return OK;
}

int
check_engine_fd(const struct check_engine *e)
{
	return e->epoll;
}

size_t
check_engine_busy(const struct check_engine *e, size_t *ret_ended)
{
	*ret_ended = e->ended.n;
	return e->queued.n + e->running.n + e->waiting.n;
}

size_t
check_engine_held(const struct check_engine *e)
{
	return e->held;
}

static void
start_some(struct check_engine *e)
{
	while (e->queued.first != NULL && e->running.n + e->waiting.n < (size_t)e->policy.many && e->held < HELD_MAX) {
		struct run *r = e->queued.first;

		list_drop(&e->queued, r);
		r->step = STEP_CONNECT;
		list_add(&e->running, r);
		r->began = e->now;
		r->until = e->now + e->policy.seconds * INT64_C(1000000);
		begin(e, r);
	}
}

/* Those whose address is free now. */
static void
wake_some(struct check_engine *e)
{
	for (struct run *r = e->waiting.first, *next; r != NULL; r = next) {
		next = r->next;
		if (!place_free(e, &r->ip))
			continue;
		list_drop(&e->waiting, r);
		r->step = STEP_CONNECT;
		r->until = e->now + e->policy.seconds * INT64_C(1000000); /* waiting was not the site's fault */
		list_add(&e->running, r);
		connect_now(e, r);
	}
}

/* Its time is over. */
static void
late_ones(struct check_engine *e)
{
	for (struct run *r = e->running.first, *next; r != NULL; r = next) {
		next = r->next;
		if (r->paused && e->held <= HELD_MAX / 2) {
			r->paused = false;
			r->until = e->now + e->policy.seconds * INT64_C(1000000);
			read_some(e, r);
			if (r->step == STEP_READ && !r->paused)
				watch(e, r, false);
			continue;
		}
		if (r->until > e->now || r->paused)
			continue;
		if (r->step == STEP_READ && r->in_n > 0)
			read_answer(e, r, false, true);
		else if (r->step != STEP_RESOLVE) /* c-ares has a time of its own */
			end(e, r, "timeout", NULL);
	}
}

int
check_engine_turn(struct check_engine *e, int64_t now_us)
{
	struct epoll_event ev[EVENTS];
	int n;

	e->now = now_us;
	for (int round = 0; round < ROUNDS && (n = epoll_wait(e->epoll, ev, EVENTS, 0)) > 0; round++) {
		for (int i = 0; i < n; i++) {
			if ((ev[i].data.u64 & ARES_TAG) != 0) {
				ares_socket_t fd = (ares_socket_t)(ev[i].data.u64 & ~ARES_TAG);
				bool error = (ev[i].events & (EPOLLERR | EPOLLHUP)) != 0;

				ares_process_fd(e->dns, (ev[i].events & EPOLLIN) != 0 || error ? fd : ARES_SOCKET_BAD,
				    (ev[i].events & EPOLLOUT) != 0 || error ? fd : ARES_SOCKET_BAD);
			} else {
				struct run *r = ev[i].data.ptr;

				if (r->step != STEP_ENDED)
					step(e, r, ev[i].events);
			}
		}
		if (n < EVENTS)
			break;
	}
	ares_process_fd(e->dns, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	if (now_us >= e->look_at) {
		e->look_at = now_us + LOOK_US;
		late_ones(e);
		wake_some(e);
	}
	start_some(e);
	if (e->running.n + e->waiting.n + e->queued.n == 0) {
		places_tidy(e);
		return 60000;
	}
	return e->waiting.n > 0 ? 50 : 100;
}

bool
check_engine_take(struct check_engine *e, struct arena *a, struct check_seen *ret)
{
	struct run *r = e->ended.first;
	struct check_http h;

	if (r == NULL)
		return false;
	*ret = (struct check_seen){
		.id = r->id,
		.result = r->result,
		.status = r->status,
		.address = r->ip.v != 0 ? ip_format(a, &r->ip) : NULL,
		.redirects = arena_dup(a, r->redirects),
		.error = arena_dup(a, r->error),
		.content_type = "",
		.millis = r->began == 0 ? 0 : (e->now - r->began) / 1000,
	};
	if (r->status != 0 && r->in_n > 0 && check_http_parse((struct str){ r->in, r->in_n }, true, &h) == OK) {
		ret->head = arena_str(a, h.head);
		ret->body = arena_str(a, check_http_body(a, &h));
		ret->content_type = arena_cstr(a, h.content_type);
	}
	list_drop(&e->ended, r);
	e->held -= r->in_size;
	r->in_size = 0;
	run_free(e, r);
	return true;
}
