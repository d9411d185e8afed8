/* SPDX-License-Identifier: Apache-2.0 */
/* smtp.h - hand a mail to a server (RFC 5321). */
#ifndef NET_SMTP_H
#define NET_SMTP_H

#include "net/net.h"

struct smtp_envelope {
	const char *from; /* an address, or "" for the null reverse-path */
	const char *const *to;
	size_t n;
	const char *helo; /* our host name */
};

struct smtp_answer {
	int code;	  /* the server's last reply, 0 when there was none */
	const char *text; /* an English sentence with the server's words */
	bool maybe;	  /* the whole mail left, no answer came: it may have arrived */
};

/*
 * ${raw} has lines with CRLF. All recipients or none.
 * OK: the server has taken the responsibility.
 * ERR_INVALID: refused for good (5xx), do not send this again as it is.
 * ERR_UNAVAILABLE: refused for now (4xx), no connection, or no TLS: try later.
 * ERR_TIMEOUT: no answer in time. ERR_DENIED: sign-in refused.
 * With ${ret->maybe} a second copy must be marked as one.
 */
MUST_USE enum err smtp_send(struct arena *a, const struct net_server *s, const struct smtp_envelope *e, struct str raw, struct smtp_answer *ret);

#endif
