/* SPDX-License-Identifier: Apache-2.0 */
/* net.h - what SMTP and IMAP have in common: servers and how to reach them. */
#ifndef NET_NET_H
#define NET_NET_H

#include "base/err.h"
#include "base/str.h"

struct arena;

enum net_tls {
	NET_TLS_REQUIRE, /* STARTTLS, or the connection is closed */
	NET_TLS_TRY,	 /* STARTTLS when the server offers it */
	NET_TLS_NONE,	 /* never; for loopback */
};

struct net_server {
	const char *url;  /* smtp://host:port, smtps://, imap://, imaps:// */
	const char *user; /* NULL or "": no sign-in */
	const char *password;
	enum net_tls tls;      /* for smtp:// and imap:// */
	const char *ca_file;   /* PEM, or NULL for the system's */
	/* How long it may be silent; 0: 60. One operation ends after ten times that
	 * in any case, however slowly it drips. */
	int seconds;
};

/* Once a process, before threads. */
void net_init(void);

#endif
