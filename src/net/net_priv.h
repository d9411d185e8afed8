/* SPDX-License-Identifier: Apache-2.0 */
/* net_priv.h - shared by the files of this folder. */
#ifndef NET_NET_PRIV_H
#define NET_NET_PRIV_H

#include <curl/curl.h>

#include "net/net.h"

/* What a server said, for messages to people: its last refusal, else its last
 * line; clear it before each request. */
struct net_words {
	char line[400];
	bool refused;
};

/* A handle with the options that both protocols share; NULL: ${s} is no URL
 * of ${protocols} ("smtp,smtps"). ${words} must outlive it. */
CURL *net_handle(const struct net_server *s, const char *protocols, struct net_words *words);

/* What libcurl's ${code} and the server's ${reply} (0: none) mean. */
enum err net_err(CURLcode code, long reply);

#endif
