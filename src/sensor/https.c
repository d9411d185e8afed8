/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/https.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/limit.h"

#define STEP_MS 30000 /* for a connection, and for an answer */

struct https {
	struct https_config config;
	SSL_CTX *context;
	SSL *tls;
	int fd;
	struct ip peer;
	bool shown;
	unsigned char key[32];
	char fault[300];
};

static enum err
fail(struct https *h, enum err e, const char *format, ...) __attribute__((format(printf, 3, 4)));

static enum err
fail(struct https *h, enum err e, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(h->fault, sizeof(h->fault), format, ap); /* cut when it is longer */
	va_end(ap);
	return e;
}

static const char *
openssl_text(void)
{
	unsigned long code = ERR_peek_last_error();
	const char *text = code == 0 ? NULL : ERR_reason_error_string(code);

	ERR_clear_error();
	return text == NULL ? "the connection broke off" : text;
}

enum err
https_new(const struct https_config *c, struct https **ret)
{
	struct https *h = calloc(1, sizeof(*h));

	if (h == NULL)
		abort(); /* no memory */
	*h = (struct https){ .config = *c, .fd = -1 };
	h->context = SSL_CTX_new(TLS_client_method());
	if (h->context == NULL || SSL_CTX_set_min_proto_version(h->context, TLS1_2_VERSION) != 1)
		abort(); /* no memory */
	(void)SSL_CTX_set_mode(h->context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	(void)SSL_CTX_set_session_cache_mode(h->context, SSL_SESS_CACHE_OFF);
	*ret = h;
	if (c->pinned)
		return OK;
	SSL_CTX_set_verify(h->context, SSL_VERIFY_PEER, NULL);
	int loaded = c->trust_file != NULL ? SSL_CTX_load_verify_file(h->context, c->trust_file)
					   : SSL_CTX_set_default_verify_paths(h->context);

	if (loaded == 1)
		return OK;
	https_free(h);
	*ret = NULL;
	return ERR_NOT_FOUND;
}

static void
hang_up(struct https *h)
{
	SSL_free(h->tls);
	h->tls = NULL;
	if (h->fd >= 0)
		(void)close(h->fd); /* what was not answered is asked again */
	h->fd = -1;
}

void
https_free(struct https *h)
{
	if (h == NULL)
		return;
	hang_up(h);
	SSL_CTX_free(h->context);
	free(h);
}

const char *
https_fault(const struct https *h)
{
	return h->fault;
}

struct ip
https_peer(const struct https *h)
{
	return h->peer;
}

bool
https_shown(const struct https *h, unsigned char ret[32])
{
	if (h->shown)
		memcpy(ret, h->key, 32);
	return h->shown;
}

/* Connecting */

static bool
wait_for(int fd, short events, int64_t until)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t ms = (until - clock_monotonic_us()) / 1000;
	int ready;

	do
		ready = ms > 0 ? poll(&p, 1, (int)ms) : 0;
	while (ready < 0 && errno == EINTR);
	return ready > 0;
}

static enum err
connect_to(struct https *h, const struct addrinfo *i)
{
	int64_t until = clock_monotonic_us() + STEP_MS * INT64_C(1000);
	int error = 0;
	socklen_t n = sizeof(error);

	h->fd = socket(i->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (h->fd < 0)
		return fail(h, ERR_UNAVAILABLE, "no socket: %s", strerror(errno));
	if (connect(h->fd, i->ai_addr, i->ai_addrlen) != 0) {
		if (errno != EINPROGRESS)
			error = errno;
		else if (!wait_for(h->fd, POLLOUT, until))
			error = ETIMEDOUT;
		else if (getsockopt(h->fd, SOL_SOCKET, SO_ERROR, &error, &n) != 0)
			error = errno;
	}
	/* The body must not wait until the head is confirmed. */
	const int yes = 1;

	if (error == 0 && setsockopt(h->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)) != 0)
		error = errno;
	if (error == 0)
		return OK;
	hang_up(h);
	return fail(h, error == ETIMEDOUT ? ERR_TIMEOUT : ERR_UNAVAILABLE,
	    "%s port %s does not answer (%s): is the server running, and does a firewall let us out?", h->config.host,
	    h->config.port, strerror(error));
}

static void
remember(struct https *h, const struct sockaddr *to)
{
	h->peer = (struct ip){ 0 };
	if (to->sa_family == AF_INET) {
		h->peer.v = 4;
		memcpy(h->peer.byte, (const unsigned char *)to + 4, 4); /* struct sockaddr_in: family, port, address */
	} else if (to->sa_family == AF_INET6) {
		h->peer.v = 6;
		memcpy(h->peer.byte, (const unsigned char *)to + 8, 16); /* family, port, flow, address */
	}
}

static enum err
reach(struct https *h)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	struct addrinfo *list = NULL;
	int result = getaddrinfo(h->config.host, h->config.port, &hints, &list);
	enum err e = ERR_UNAVAILABLE;

	if (result != 0)
		return fail(h, ERR_UNAVAILABLE, "the name %s is not found (%s): is it right, and does /etc/resolv.conf work?",
		    h->config.host, gai_strerror(result));
	for (const struct addrinfo *i = list; i != NULL && e != OK; i = i->ai_next) {
		e = connect_to(h, i);
		if (e == OK)
			remember(h, i->ai_addr);
	}
	freeaddrinfo(list);
	return e;
}

/* One step of TLS: true when it is to be done again. */
static bool
again(struct https *h, int result, int64_t until, enum err *ret)
{
	int why = SSL_get_error(h->tls, result);

	*ret = OK;
	if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
		if (wait_for(h->fd, why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, until))
			return true;
		*ret = fail(h, ERR_TIMEOUT, "%s does not answer in %d seconds", h->config.host, STEP_MS / 1000);
	} else {
		*ret = fail(h, ERR_UNAVAILABLE, "%s: %s", h->config.host, openssl_text());
	}
	return false;
}

static bool
see_key(struct https *h)
{
	X509 *x = SSL_get1_peer_certificate(h->tls);
	unsigned char *der = NULL;
	unsigned n = sizeof(h->key);
	int length = x == NULL ? -1 : i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);

	h->shown = length > 0 && EVP_Digest(der, (size_t)length, h->key, &n, EVP_sha256(), NULL) == 1;
	OPENSSL_free(der);
	X509_free(x);
	return h->shown;
}

static enum err
believe(struct https *h)
{
	AUTO(arena) a = arena_new();

	if (!see_key(h))
		return fail(h, ERR_DENIED, "the server shows no certificate");
	if (!h->config.pinned || memcmp(h->key, h->config.pin, sizeof(h->key)) == 0)
		return OK;
	return fail(h, ERR_DENIED,
	    "this is not the centre: the server's public key is %s, not the pinned one. If the team has changed its key, enrol again",
	    hex_format(a, h->key, sizeof(h->key)));
}

static bool
is_address(const char *host)
{
	struct ip ip;

	return ip_parse(str_of(host), &ip) == OK;
}

static enum err
greet(struct https *h)
{
	int64_t until = clock_monotonic_us() + STEP_MS * INT64_C(1000);
	enum err e = OK;
	int result;

	h->tls = SSL_new(h->context);
	if (h->tls == NULL || SSL_set_fd(h->tls, h->fd) != 1)
		abort(); /* no memory */
	if (!is_address(h->config.host)) {
		/* OpenSSL's macro casts const away. Without the name the server's first certificate comes. */
		(void)SSL_ctrl(h->tls, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
		    (void *)(uintptr_t)h->config.host);
		if (SSL_set1_host(h->tls, h->config.host) != 1)
			abort(); /* no memory */
	} else if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(h->tls), h->config.host) != 1) {
		abort(); /* it is an address */
	}
	do
		result = SSL_connect(h->tls);
	while (result != 1 && again(h, result, until, &e));
	if (result == 1)
		return believe(h);
	long verdict = SSL_get_verify_result(h->tls);

	if (!h->config.pinned && verdict != X509_V_OK)
		return fail(h, ERR_DENIED, "the certificate of %s is not trusted: %s", h->config.host,
		    X509_verify_cert_error_string(verdict));
	return e;
}

enum err
https_connect(struct https *h)
{
	enum err e;

	hang_up(h);
	e = reach(h);
	if (e == OK)
		e = greet(h);
	if (e != OK)
		hang_up(h);
	return e;
}

/* Asking */

static enum err
send_all(struct https *h, struct str bytes)
{
	int64_t until = clock_monotonic_us() + STEP_MS * INT64_C(1000);
	enum err e = OK;

	while (bytes.n > 0 && e == OK) {
		int n = SSL_write(h->tls, bytes.p, (int)bytes.n);

		if (n > 0)
			bytes = str_skip(bytes, (size_t)n);
		else if (!again(h, n, until, &e))
			break;
	}
	return e;
}

struct head {
	size_t end;    /* of the header lines; 0: not all here */
	int64_t length;
	bool close, chunked;
};

static bool
field(struct str line, struct str name, struct str *ret)
{
	if (!str_eat_case(&line, name))
		return false;
	*ret = str_trim(line);
	return true;
}

static enum err
head_read(struct str s, struct head *head, struct https_answer *ret)
{
	struct str lines = str_take(s, head->end), line, value;
	uint64_t status;

	head->length = -1;
	if (!str_line(&lines, &line) || !(str_eat(&line, STR("HTTP/1.1 ")) || str_eat(&line, STR("HTTP/1.0 "))) ||
	    !str_eat_digits(&line, 3, 3, &status))
		return ERR_INVALID;
	ret->status = (int)status;
	while (str_line(&lines, &line)) {
		if (field(line, STR("content-length:"), &value)) {
			if (!str_int(value, 0, (int64_t)LIMIT_SENSOR_ANSWER, &head->length))
				return ERR_LIMIT;
		} else if (field(line, STR("connection:"), &value)) {
			head->close = str_is_case(value, "close");
		} else if (field(line, STR("transfer-encoding:"), &value)) {
			head->chunked = true;
		} else if (!field(line, STR("tobiguchi-reason:"), &ret->reason) &&
		    !field(line, STR("tobiguchi-epoch:"), &ret->epoch) && !field(line, STR("tobiguchi-next:"), &ret->next) &&
		    !field(line, STR("tobiguchi-time:"), &ret->time) && !field(line, STR("tobiguchi-name:"), &ret->name) &&
		    !field(line, STR("tobiguchi-pin:"), &ret->pin)) {
			(void)field(line, STR("tobiguchi-sensor:"), &ret->sensor); /* or one that is not for us */
		}
	}
	return OK;
}

/* Is all of it there? Then it is taken apart. */
static enum err
answer_read(struct str s, bool ended, struct head *head, bool *ret_whole, struct https_answer *ret)
{
	size_t end = str_find(s, STR("\r\n\r\n"), 0);

	*ret_whole = false;
	if (end == SIZE_MAX)
		return ended ? ERR_INVALID : OK;
	head->end = end + 4;
	TRY(head_read(s, head, ret));
	size_t here = s.n - head->end;

	if (ret->status == 204 || ret->status == 304)
		head->length = 0;
	if (head->length < 0 && !ended) /* chunked, or until the end: its length is not for us to know */
		*ret_whole = head->chunked && str_ends(s, STR("0\r\n\r\n"));
	else
		*ret_whole = ended || here >= (size_t)head->length;
	ret->body = str_skip(s, head->end);
	return ended && head->length >= 0 && here < (size_t)head->length ? ERR_INVALID : OK;
}

static enum err
receive(struct https *h, struct arena *a, struct https_answer *ret)
{
	int64_t until = clock_monotonic_us() + STEP_MS * INT64_C(1000);
	char *p = arena_alloc(a, LIMIT_SENSOR_ANSWER);
	struct head head = { 0 };
	size_t n = 0;
	bool whole = false;
	enum err e = OK;

	while (!whole && e == OK) {
		if (n == LIMIT_SENSOR_ANSWER)
			return fail(h, ERR_INVALID, "the answer is too long: is this a Tobiguchi centre?");
		int got = SSL_read(h->tls, p + n, (int)(LIMIT_SENSOR_ANSWER - n));
		bool ended = got <= 0 && SSL_get_error(h->tls, got) == SSL_ERROR_ZERO_RETURN;

		if (got > 0)
			n += (size_t)got;
		else if (!ended && !again(h, got, until, &e))
			break;
		if (answer_read((struct str){ p, n }, ended, &head, &whole, ret) != OK)
			return fail(h, n == 0 ? ERR_UNAVAILABLE : ERR_INVALID, "the server's answer is no HTTP answer");
	}
	if (e == OK && (head.close || head.length < 0))
		hang_up(h);
	return e;
}

static enum err
ask_once(struct https *h, struct arena *a, struct str request, struct str body, struct https_answer *ret)
{
	struct https_answer answer = { 0 };
	enum err e = h->tls == NULL ? https_connect(h) : OK;

	if (e == OK)
		e = send_all(h, request);
	if (e == OK)
		e = send_all(h, body);
	if (e == OK)
		e = receive(h, a, &answer);
	if (e != OK)
		hang_up(h);
	else
		*ret = answer;
	return e;
}

enum err
https_ask(struct https *h, struct arena *a, const char *method, const char *path, const char *headers, struct str body,
    struct https_answer *ret)
{
	bool six = strchr(h->config.host, ':') != NULL;
	struct buf *b = buf_new(a, LIMIT_KIB(8));
	bool kept = h->tls != NULL;

	buf_printf(b, "%s %s HTTP/1.1\r\nHost: %s%s%s:%s\r\nUser-Agent: tobiguchi-sensor/" TOBIGUCHI_VERSION "\r\n"
		      "Accept: application/json\r\nContent-Length: %zu\r\n%s\r\n",
	    method, path, six ? "[" : "", h->config.host, six ? "]" : "", h->config.port, body.n, headers);
	if (buf_error(b) != OK)
		return fail(h, ERR_LIMIT, "the request is too long");
	enum err e = ask_once(h, a, buf_view(b), body, ret);

	/* A kept connection may have been closed meanwhile; asking again is safe:
	 * the centre knows what it has. */
	return e == ERR_UNAVAILABLE && kept ? ask_once(h, a, buf_view(b), body, ret) : e;
}
