/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/ask.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/url.h"
#include "directory/ask_priv.h"
#include "net/net.h"
#include "text/i18n.h"

#define REDIRECTS 3
#define CONNECT_MS 7000 /* one address; the next one may answer */
#define AGENT "Tobiguchi/" TOBIGUCHI_VERSION

enum err
ask_switched_off(const char **ret_fault)
{
	*ret_fault = N_("Questions to other servers are switched off in the settings (lookup.reach).");
	return ERR_DENIED;
}

enum err
ask_resolve(struct arena *a, const struct ask *ask, const char *host, struct ask_names *ret)
{
	size_t kept = 0;

	*ret = (struct ask_names){ .value = "" };
	if (ask->reach == ASK_NOTHING)
		return ask_switched_off(&ret->fault);
	TRY(ask_addresses(a, ask, host, ret));
	for (size_t i = 0; i < ret->n; i++) {
		if (ask_may_reach(ask->reach, &ret->address[i]))
			ret->address[kept++] = ret->address[i];
	}
	ret->n = kept;
	if (kept > 0)
		return OK;
	ret->fault = ask->reach == ASK_LOOPBACK
	    ? N_("{value} is not on this machine, and nothing else may be asked (lookup.reach).")
	    : N_("{value} is a private or reserved address; such ones are not asked.");
	ret->value = arena_dup(a, host);
	return ERR_DENIED;
}

static int64_t
left_ms(int64_t until)
{
	int64_t left = (until - clock_monotonic_us()) / 1000;

	return left > 0 ? left : 0;
}

static bool
wait_for(int fd, short events, int64_t ms)
{
	struct pollfd p = { .fd = fd, .events = events };

	return ms > 0 && poll(&p, 1, (int)ms) == 1;
}

static socklen_t
socket_address(const struct ip *ip, uint16_t port, struct sockaddr_storage *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (ip->v == 4) {
		struct sockaddr_in *s = (void *)ret;

		s->sin_family = AF_INET;
		s->sin_port = htons(port);
		memcpy(&s->sin_addr, ip->byte, 4);
		return sizeof(*s);
	}
	struct sockaddr_in6 *s = (void *)ret;

	s->sin6_family = AF_INET6;
	s->sin6_port = htons(port);
	memcpy(&s->sin6_addr, ip->byte, 16);
	return sizeof(*s);
}

/* -1: no. */
static int
connect_to(const struct ip *ip, uint16_t port, int64_t until)
{
	struct sockaddr_storage to;
	socklen_t size = socket_address(ip, port, &to), n = sizeof(int);
	int fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int64_t ms = left_ms(until);
	int error = 0;

	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&to, size) == 0)
		return fd;
	if (errno == EINPROGRESS && wait_for(fd, POLLOUT, ms < CONNECT_MS ? ms : CONNECT_MS) &&
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) == 0 && error == 0)
		return fd;
	(void)close(fd);
	return -1;
}

static enum err
send_all(int fd, struct str s, int64_t until)
{
	while (s.n > 0) {
		ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);

		if (n > 0)
			s = str_skip(s, (size_t)n);
		else if (n < 0 && errno != EAGAIN && errno != EINTR)
			return ERR_UNAVAILABLE;
		else if (!wait_for(fd, POLLOUT, left_ms(until)))
			return ERR_TIMEOUT;
	}
	return OK;
}

/* Until the other side closes; the end is fixed, so dripping gains nothing. */
static enum err
receive_all(int fd, struct buf *b, size_t max, int64_t until, bool *ret_cut)
{
	char piece[4096];

	for (;;) {
		ssize_t n = recv(fd, piece, sizeof(piece), 0);

		if (n == 0)
			return OK;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return b->n > 0 ? OK : ERR_UNAVAILABLE; /* reset after the answer */
		if (n < 0) {
			if (!wait_for(fd, POLLIN, left_ms(until)))
				return ERR_TIMEOUT;
			continue;
		}
		size_t take = (size_t)n < max - b->n ? (size_t)n : max - b->n;

		buf_add(b, piece, take);
		if (take < (size_t)n) {
			*ret_cut = true;
			return OK;
		}
		if (left_ms(until) == 0)
			return ERR_TIMEOUT;
	}
}

/* "host", "host:port", "[v6]:port", "v6" */
static bool
split_server(struct arena *a, const char *server, const char **ret_host, uint16_t *ret_port)
{
	struct str s = str_of(server);
	struct ip ip;
	int64_t port = 43;

	if (ip_parse(s, &ip) != OK) {
		size_t end = SIZE_MAX, colon;

		if (str_eat(&s, STR("[")))
			end = str_find_char(s, ']', 0);
		colon = str_find_char(s, ':', end == SIZE_MAX ? 0 : end);
		if (colon != SIZE_MAX && !str_int(str_skip(s, colon + 1), 1, 65535, &port))
			return false;
		s = str_take(s, end != SIZE_MAX ? end : colon);
	}
	*ret_host = arena_cstr(a, s);
	*ret_port = (uint16_t)port;
	return s.n > 0;
}

enum err
ask_whois(struct arena *a, const struct ask *ask, const char *server, const char *query,
    size_t max, struct ask_answer *ret)
{
	int64_t until = clock_monotonic_us() + ask->seconds * INT64_C(1000000);
	struct buf *b = buf_new(a, max + 1);
	struct ask_names names;
	const char *host;
	uint16_t port;
	int fd = -1;
	enum err e;

	*ret = (struct ask_answer){ .server = arena_dup(a, server) };
	ret->value = ret->server;
	if (!split_server(a, server, &host, &port)) {
		ret->fault = N_("{value} is no server.");
		return ERR_INVALID;
	}
	e = ask_resolve(a, ask, host, &names);
	if (e != OK) {
		ret->fault = names.fault;
		ret->value = names.value;
		return e;
	}
	for (size_t i = 0; i < names.n && fd < 0; i++)
		fd = connect_to(&names.address[i], port, until);
	if (fd < 0) {
		ret->fault = N_("No connection to {value}.");
		return ERR_UNAVAILABLE;
	}
	e = send_all(fd, str_of(arena_printf(a, "%s\r\n", query)), until);
	if (e == OK)
		e = receive_all(fd, b, max, until, &ret->is_cut);
	(void)close(fd); /* only read */
	ret->bytes = buf_view(b);
	if (e == ERR_TIMEOUT)
		ret->fault = N_("{value} did not finish its answer in time.");
	else if (e != OK)
		ret->fault = N_("{value} broke the connection off.");
	return e;
}

/* HTTP */

struct body {
	struct buf *b;
	size_t max;
	bool over;
};

static size_t
body_comes(char *p, size_t size, size_t n, void *object)
{
	struct body *body = object;

	if (n * size > body->max - body->b->n) {
		body->over = true;
		return 0; /* ends the transfer */
	}
	buf_add(body->b, p, n * size);
	return n * size;
}

static enum err
status_err(long status, struct ask_answer *ret)
{
	if (status >= 200 && status < 300)
		return OK;
	ret->fault = N_("The server answered with an error: {value}");
	if (status == 404 || status == 410)
		return ERR_NOT_FOUND;
	return status == 429 ? ERR_LIMIT : status >= 500 ? ERR_UNAVAILABLE : ERR_INVALID;
}

/*
 * Whatever libcurl made of the host (it reads "0x7f.1" as an address): what it
 * is about to connect to is looked at again.
 */
static curl_socket_t
open_socket(void *object, curlsocktype purpose, struct curl_sockaddr *to)
{
	const struct ask *ask = object;
	struct ip ip;

	(void)purpose;
	if (to->family == AF_INET) {
		ip = (struct ip){ .v = 4 };
		memcpy(ip.byte, &((struct sockaddr_in *)(void *)&to->addr)->sin_addr, 4);
	} else if (to->family == AF_INET6) {
		ip = (struct ip){ .v = 6 };
		memcpy(ip.byte, &((struct sockaddr_in6 *)(void *)&to->addr)->sin6_addr, 16);
	} else
		return CURL_SOCKET_BAD;
	if (!ask_may_reach(ask->reach, &ip))
		return CURL_SOCKET_BAD;
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static bool
options_set(CURL *c, const struct ask *ask, const char *url, struct curl_slist *headers,
    struct curl_slist *resolved, struct body *body, int64_t ms)
{
	return curl_easy_setopt(c, CURLOPT_URL, url) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_RESOLVE, resolved) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, ask) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)ms) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_USERAGENT, AGENT) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "") == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, body_comes) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_WRITEDATA, body) == CURLE_OK &&
	    (ask->ca_file == NULL || ask->ca_file[0] == '\0' ||
		curl_easy_setopt(c, CURLOPT_CAINFO, ask->ca_file) == CURLE_OK);
}

/* "host:port:address,address": libcurl asks nobody else. */
static const char *
pinned(struct arena *a, const struct url *u, const struct ask_names *names)
{
	struct buf *b = buf_new(a, 4096);
	uint32_t port = u->port != 0 ? u->port : str_is(u->scheme, "https") ? 443 : 80;

	buf_printf(b, "%.*s:%u:", STR_F(u->host), port);
	for (size_t i = 0; i < names->n; i++) {
		buf_text(b, i > 0 ? "," : "");
		buf_printf(b, names->address[i].v == 6 ? "[%s]" : "%s", ip_format(a, &names->address[i]));
	}
	return buf_cstr(a, b);
}

/* One request; ${*ret_to} where it was redirected to, or NULL. */
static enum err
get(struct arena *a, const struct ask *ask, const char *url, const char *accept, size_t max,
    int64_t until, struct ask_answer *ret, const char **ret_to)
{
	struct body body = { .b = buf_new(a, max + 1), .max = max };
	struct ask_names names;
	char *to = NULL;
	struct url u;
	long status = 0;
	enum err e = url_parse(a, str_of(url), &u);

	*ret_to = NULL;
	ret->server = ret->value = arena_dup(a, url);
	if (e != OK || str_is(u.scheme, "ftp")) {
		ret->fault = N_("{value} is no server.");
		return ERR_INVALID;
	}
	u.user = u.fragment = STR_NULL;
	e = ask_resolve(a, ask, arena_cstr(a, u.host), &names);
	if (e != OK) {
		ret->fault = names.fault;
		ret->value = names.value;
		return e;
	}
	net_init();
	CURL *c = curl_easy_init();
	struct curl_slist *headers = curl_slist_append(NULL, arena_printf(a, "Accept: %s", accept));
	struct curl_slist *resolved = curl_slist_append(NULL, pinned(a, &u, &names));
	int64_t ms = left_ms(until);
	CURLcode code = CURLE_OUT_OF_MEMORY;

	if (c != NULL && headers != NULL && resolved != NULL && ms > 0 &&
	    options_set(c, ask, url_format(a, &u), headers, resolved, &body, ms)) {
		code = curl_easy_perform(c);
		(void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status); /* stays 0 without one */
		(void)curl_easy_getinfo(c, CURLINFO_REDIRECT_URL, &to);	     /* stays NULL */
		*ret_to = to == NULL ? NULL : arena_dup(a, to);
	}
	curl_slist_free_all(headers);
	curl_slist_free_all(resolved);
	curl_easy_cleanup(c);
	ret->bytes = buf_view(body.b);
	ret->is_cut = body.over;
	if (body.over) {
		ret->fault = N_("The answer of {value} is larger than we take.");
		return ERR_LIMIT;
	}
	if (ms <= 0 || code == CURLE_OPERATION_TIMEDOUT) {
		ret->fault = N_("{value} did not finish its answer in time.");
		return ERR_TIMEOUT;
	}
	if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE) {
		ret->fault = N_("The certificate of {value} is not valid.");
		return ERR_UNAVAILABLE;
	}
	if (code != CURLE_OK) {
		ret->fault = N_("No connection to {value}.");
		return ERR_UNAVAILABLE;
	}
	if (*ret_to != NULL)
		return OK;
	e = status_err(status, ret);
	if (e != OK)
		ret->value = arena_printf(a, "%ld", status);
	return e;
}

enum err
ask_http(struct arena *a, const struct ask *ask, const char *url, const char *accept, size_t max,
    struct ask_answer *ret)
{
	int64_t until = clock_monotonic_us() + ask->seconds * INT64_C(1000000);
	const char *to;

	*ret = (struct ask_answer){ .server = "", .value = "" };
	for (int i = 0; i <= REDIRECTS; i++) {
		TRY(get(a, ask, url, accept, max, until, ret, &to));
		if (to == NULL)
			return OK;
		if (str_starts_case(str_of(url), STR("https:")) && !str_starts_case(str_of(to), STR("https:"))) {
			ret->fault = N_("The server leads away from https: {value}");
			ret->value = to;
			return ERR_DENIED;
		}
		url = to;
	}
	ret->fault = N_("{value} leads in circles.");
	return ERR_LIMIT;
}
