/* SPDX-License-Identifier: Apache-2.0 */
/* ask_dns.c - names, through c-ares: bounded in time, and a resolver of choice. */
#include <ares.h>
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "directory/ask.h"
#include "directory/ask_priv.h"
#include "text/i18n.h"

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

static void
library_open(void)
{
	(void)ares_library_init(ARES_LIB_INIT_ALL); /* needed on Windows only */
}

bool
ask_may_reach(enum ask_reach reach, const struct ip *ip)
{
	switch (reach) {
	case ASK_NOTHING:
		return false;
	case ASK_LOOPBACK:
		return ip_is_loopback(ip);
	case ASK_INTERNET:
		return !ip_is_private(ip);
	}
	return false;
}

/* "192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:53" */
static bool
resolver_address(const char *text, struct ip *ret)
{
	struct str s = str_of(text);

	if (str_eat(&s, STR("[")))
		return ip_parse(str_take(s, str_find_char(s, ']', 0)), ret) == OK;
	if (ip_parse(s, ret) == OK)
		return true;
	return ip_parse(str_take(s, str_find_char(s, ':', 0)), ret) == OK;
}

static enum err
channel_open(const struct ask *ask, ares_channel *ret, struct ask_names *fault)
{
	struct ares_options options = { .timeout = 2000, .tries = 3 };
	struct ip ip;
	int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS;

	options.lookups = (char[]){ "b" }; /* DNS only: no file of this machine */
	(void)pthread_once(&library_once, library_open); /* cannot fail with these arguments */
	if (ask->reach == ASK_NOTHING)
		return ask_switched_off(&fault->fault);
	if (ask->resolver[0] == '\0' && ask->reach == ASK_LOOPBACK) {
		fault->fault = N_("Only this machine may be asked, and no resolver here is set.");
		return ERR_DENIED;
	}
	/* A resolver that somebody set may be in our own network. */
	if (ask->resolver[0] != '\0' &&
	    (!resolver_address(ask->resolver, &ip) ||
		(ask->reach == ASK_LOOPBACK && !ip_is_loopback(&ip)))) {
		fault->fault = N_("The resolver {value} may not be asked.");
		fault->value = ask->resolver;
		return ERR_DENIED;
	}
	if (ares_init_options(ret, &options, mask) != ARES_SUCCESS)
		return ERR_UNAVAILABLE;
	if (ask->resolver[0] != '\0' && ares_set_servers_ports_csv(*ret, ask->resolver) != ARES_SUCCESS) {
		ares_destroy(*ret);
		fault->fault = N_("The resolver {value} may not be asked.");
		fault->value = ask->resolver;
		return ERR_DENIED;
	}
	return OK;
}

/* Until everything that was asked has come back or the time is over. */
static void
channel_run(ares_channel channel, int64_t until)
{
	for (;;) {
		ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
		struct pollfd fds[ARES_GETSOCK_MAXNUM];
		/* Not by its macros: they shift into the sign. */
		unsigned bits = (unsigned)ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM);
		nfds_t n = 0;
		int64_t left = (until - clock_monotonic_us()) / 1000;

		for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
			short events = (short)(((bits & 1u << i) != 0 ? POLLIN : 0) |
			    ((bits & 1u << (i + ARES_GETSOCK_MAXNUM)) != 0 ? POLLOUT : 0));

			if (events != 0)
				fds[n++] = (struct pollfd){ .fd = sockets[i], .events = events };
		}
		if (n == 0)
			return;
		if (left <= 0) {
			ares_cancel(channel);
			return;
		}
		(void)poll(fds, n, (int)(left < 250 ? left : 250)); /* what failed times out below */
		bool any = false;

		for (nfds_t i = 0; i < n; i++) {
			if (fds[i].revents == 0)
				continue;
			any = true;
			ares_process_fd(channel,
			    (fds[i].revents & (POLLIN | POLLERR | POLLHUP)) != 0 ? fds[i].fd : ARES_SOCKET_BAD,
			    (fds[i].revents & POLLOUT) != 0 ? fds[i].fd : ARES_SOCKET_BAD);
		}
		if (!any)
			ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	}
}

static enum err
dns_err(int status, struct ask_names *fault, const char *name)
{
	fault->value = name;
	switch (status) {
	case ARES_SUCCESS:
		return OK;
	case ARES_ENOTFOUND:
	case ARES_ENODATA:
		fault->fault = N_("DNS does not know {value}.");
		return ERR_NOT_FOUND;
	case ARES_EBADNAME:
		fault->fault = N_("DNS does not know {value}.");
		return ERR_INVALID;
	case ARES_ETIMEOUT:
	case ARES_ECANCELLED:
		fault->fault = N_("The resolver did not answer in time about {value}.");
		return ERR_TIMEOUT;
	default:
		fault->fault = N_("The resolver could not say anything about {value}.");
		return ERR_UNAVAILABLE;
	}
}

struct addresses {
	struct ask_names *names;
	int status;
};

static void
addresses_come(void *object, int status, int timeouts, struct ares_addrinfo *info)
{
	struct addresses *r = object;

	(void)timeouts;
	r->status = status;
	if (status != ARES_SUCCESS)
		return;
	for (struct ares_addrinfo_node *n = info->nodes; n != NULL; n = n->ai_next) {
		struct ip ip = { .v = n->ai_family == AF_INET6 ? 6 : 4 };

		if (r->names->n == ASK_ADDRESSES)
			break;
		if (n->ai_family == AF_INET)
			memcpy(ip.byte, &((struct sockaddr_in *)(void *)n->ai_addr)->sin_addr, 4);
		else if (n->ai_family == AF_INET6)
			memcpy(ip.byte, &((struct sockaddr_in6 *)(void *)n->ai_addr)->sin6_addr, 16);
		else
			continue;
		r->names->address[r->names->n++] = ip;
	}
	ares_freeaddrinfo(info);
}

enum err
ask_addresses(struct arena *a, const struct ask *ask, const char *name, struct ask_names *ret)
{
	struct ares_addrinfo_hints hints = { .ai_flags = ARES_AI_NOSORT, .ai_family = AF_UNSPEC };
	struct addresses r = { .names = ret, .status = ARES_ECANCELLED };
	ares_channel channel;

	*ret = (struct ask_names){ .value = "" };
	if (ip_parse(str_of(name), &ret->address[0]) == OK) {
		ret->n = 1;
		return OK;
	}
	TRY(channel_open(ask, &channel, ret));
	int64_t until = clock_monotonic_us() + ask->seconds * INT64_C(1000000);

	ares_getaddrinfo(channel, name, NULL, &hints, addresses_come, &r);
	channel_run(channel, until);
	ares_destroy(channel);
	TRY(dns_err(r.status, ret, arena_dup(a, name)));
	return ret->n > 0 ? OK : dns_err(ARES_ENODATA, ret, arena_dup(a, name));
}

struct soa {
	struct arena *a;
	const char *rname;
	int status;
};

static void
soa_comes(void *object, int status, int timeouts, unsigned char *bytes, int n)
{
	struct soa *r = object;
	struct ares_soa_reply *soa = NULL;

	(void)timeouts;
	r->status = status;
	if (status != ARES_SUCCESS)
		return;
	r->status = ares_parse_soa_reply(bytes, n, &soa);
	if (r->status == ARES_SUCCESS)
		r->rname = arena_dup(r->a, soa->hostmaster);
	ares_free_data(soa);
}

enum err
ask_soa(struct arena *a, const struct ask *ask, const char *name, const char **ret_rname,
    struct ask_names *ret_fault)
{
	struct soa r = { .a = a, .status = ARES_ECANCELLED };
	ares_channel channel;

	*ret_fault = (struct ask_names){ .value = "" };
	TRY(channel_open(ask, &channel, ret_fault));
	int64_t until = clock_monotonic_us() + ask->seconds * INT64_C(1000000);

	ares_query(channel, name, C_IN, T_SOA, soa_comes, &r);
	channel_run(channel, until);
	ares_destroy(channel);
	TRY(dns_err(r.status, ret_fault, arena_dup(a, name)));
	*ret_rname = r.rname;
	return OK;
}
