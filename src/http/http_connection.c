/* SPDX-License-Identifier: Apache-2.0 */
/* Connections: how many an address may have, and until when each has to do
 * what we wait for. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "base/limit.h"
#include "http/http_priv.h"

#define REAP_SECONDS 1

static struct ip
ip_of(const struct sockaddr *sa)
{
	struct ip ip = { .v = 4 };

	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, sa, sizeof(in));
		memcpy(ip.byte, &in.sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, sa, sizeof(in6));
		if (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr)) {
			memcpy(ip.byte, in6.sin6_addr.s6_addr + 12, 4);
		} else {
			ip.v = 6;
			memcpy(ip.byte, &in6.sin6_addr, 16);
		}
	}
	return ip;
}

static bool
is_proxy(const struct http_server *s, const struct ip *ip)
{
	for (size_t i = 0; i < s->c.trusted_proxies; i++)
		if (ip_in(&s->proxy[i], ip))
			return true;
	return false;
}

/* Whom we count: one IPv6 customer has a /64. */
static struct ip
counted(struct ip ip)
{
	if (ip.v == 6)
		memset(ip.byte + 8, 0, 8);
	return ip;
}

static struct address **
bucket(struct http_server *s, const struct ip *ip)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < sizeof(ip->byte); i++)
		h = (h ^ ip->byte[i]) * 16777619u;
	return &s->addresses[(h ^ h >> 16) & 255];
}

static struct address **
find(struct http_server *s, const struct ip *ip)
{
	struct address **at = bucket(s, ip);

	while (*at != NULL && ((*at)->ip.v != ip->v || memcmp((*at)->ip.byte, ip->byte, 16) != 0))
		at = &(*at)->next;
	return at;
}

enum MHD_Result
connection_accept(void *server, const struct sockaddr *sa, socklen_t n)
{
	struct http_server *s = server;
	struct ip ip = ip_of(sa);
	struct ip key = counted(ip);

	(void)n; /* the family says it */
	if (atomic_load(&s->stopping))
		return MHD_NO;

	const struct address *at = *find(s, &key);

	if (at == NULL || at->n < LIMIT_HTTP_PER_ADDRESS)
		return MHD_YES;
	atomic_fetch_add(&s->refused, 1);
	return MHD_NO;
}

static struct address *
address_take(struct http_server *s, const struct ip *ip)
{
	if (ip_is_loopback(ip) || is_proxy(s, ip))
		return NULL;

	struct ip key = counted(*ip);
	struct address **at = find(s, &key);

	if (*at == NULL) {
		*at = calloc(1, sizeof(**at));
		if (*at == NULL)
			abort(); /* as in the arena: the parent restarts us */
		(*at)->ip = key;
	}
	(*at)->n++;
	return *at;
}

static void
address_free(struct http_server *s, struct address *address)
{
	if (address == NULL || --address->n > 0)
		return;

	struct address **at = find(s, &address->ip);

	*at = address->next;
	free(address);
}

static void
connection_begin(struct http_server *s, struct MHD_Connection *mhd, void **context)
{
	const union MHD_ConnectionInfo *info;
	struct connection *c = calloc(1, sizeof(*c));

	if (c == NULL)
		abort();
	c->server = s;
	info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	c->fd = info->connect_fd;
	info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	c->peer = ip_of(info->client_addr);
	c->address = address_take(s, &c->peer);
	atomic_store(&c->idle, true);
	connection_due(c, s->header_time);
	*context = c;
	atomic_fetch_add(&s->n_connections, 1);

	(void)pthread_mutex_lock(&s->connections_lock);
	c->next = s->connections;
	if (c->next != NULL)
		c->next->previous = c;
	else
		(void)pthread_cond_signal(&s->reap);
	s->connections = c;
	(void)pthread_mutex_unlock(&s->connections_lock);
}

static void
connection_free(struct connection *c)
{
	struct http_server *s = c->server;

	(void)pthread_mutex_lock(&s->connections_lock);
	if (c->previous != NULL)
		c->previous->next = c->next;
	else
		s->connections = c->next;
	if (c->next != NULL)
		c->next->previous = c->previous;
	(void)pthread_mutex_unlock(&s->connections_lock);
	address_free(s, c->address);
	atomic_fetch_sub(&s->n_connections, 1);
	free(c);
}

void
connection_notify(void *server, struct MHD_Connection *mhd, void **context,
    enum MHD_ConnectionNotificationCode what)
{
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		connection_begin(server, mhd, context);
	else if (*context != NULL)
		connection_free(*context);
}

void
connection_due(struct connection *c, int64_t microseconds_from_now)
{
	atomic_store_explicit(&c->due,
	    microseconds_from_now == 0 ? 0 : clock_monotonic_us() + microseconds_from_now,
	    memory_order_relaxed);
}

/* A client that went away amid a body. When its last bytes and its farewell
 * come together the library reads the bytes and waits for a sign that was
 * already given; the upload's file would stay until the time is over. */
static bool
has_left(const struct connection *c)
{
	char byte;

	return atomic_load(&c->reading) &&
	    recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

bool
http_unwanted(const struct http_request *r)
{
	const struct request *x = r->private_;

	if (x == NULL)
		return false;
	/* The descriptor stays while the request is suspended. Of TLS too the end of the stream is seen. */
	struct pollfd p = { .fd = x->connection->fd, .events = POLLRDHUP };

	return atomic_load(&x->server->giving_up) || poll(&p, 1, 0) > 0;
}

/* The library's own timeout only counts silence; a client that sends one byte
 * every few seconds would stay for ever. Shutting the socket down makes the
 * loop close it. The list's lock keeps the descriptor from being reused. */
void *
connection_reaper(void *server)
{
	struct http_server *s = server;

	(void)pthread_mutex_lock(&s->connections_lock);
	while (!s->reaper_ends) {
		int64_t now = clock_monotonic_us();

		for (struct connection *c = s->connections; c != NULL; c = c->next) {
			int64_t due = atomic_load_explicit(&c->due, memory_order_relaxed);

			if ((due == 0 || due > now) && !has_left(c))
				continue;
			atomic_store(&c->due, 0);
			(void)shutdown(c->fd, SHUT_RDWR); /* it may have gone already */
		}
		if (s->connections == NULL) {
			(void)pthread_cond_wait(&s->reap, &s->connections_lock);
		} else {
			struct timespec until;

			(void)clock_gettime(CLOCK_MONOTONIC, &until);
			until.tv_sec += REAP_SECONDS;
			(void)pthread_cond_timedwait(&s->reap, &s->connections_lock, &until);
		}
	}
	(void)pthread_mutex_unlock(&s->connections_lock);
	return NULL;
}

void
connection_end_idle(struct http_server *s)
{
	(void)pthread_mutex_lock(&s->connections_lock);
	for (struct connection *c = s->connections; c != NULL; c = c->next)
		if (atomic_load(&c->idle))
			(void)shutdown(c->fd, SHUT_RDWR); /* it may have gone already */
	(void)pthread_mutex_unlock(&s->connections_lock);
}

void
connection_peer(struct request *r)
{
	struct http_server *s = r->server;

	r->pub.peer = r->connection->peer;
	r->pub.tls = s->c.tls_cert != NULL;
	if (!is_proxy(s, &r->pub.peer))
		return;
	r->pub.tls = str_is_case(str_trim(http_header(&r->pub, "x-forwarded-proto")), "https");

	/* From the right: what each trusted proxy saw, until a stranger. */
	for (size_t i = r->pub.headers; i > 0; i--) {
		if (!str_is_case(r->pub.header[i - 1].name, "x-forwarded-for"))
			continue;

		struct str list = r->pub.header[i - 1].value;

		while (list.n > 0) {
			size_t at = list.n;
			struct ip ip;

			while (at > 0 && list.p[at - 1] != ',')
				at--;
			if (ip_parse(str_trim(str_skip(list, at)), &ip) != OK)
				return;
			r->pub.peer = ip;
			if (!is_proxy(s, &ip))
				return;
			list = str_take(list, at == 0 ? 0 : at - 1);
		}
	}
}
