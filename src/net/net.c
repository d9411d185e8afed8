/* SPDX-License-Identifier: Apache-2.0 */
#include "net/net_priv.h"

#include <pthread.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
init(void)
{
	(void)curl_global_init(CURL_GLOBAL_DEFAULT); /* fails only without memory */
}

void
net_init(void)
{
	(void)pthread_once(&once, init);
}

/* "550 5.1.1 …" or "A003 NO …" */
static bool
is_refusal(struct str line)
{
	struct str word = line;
	uint64_t code;

	if (str_eat_digits(&word, 3, 3, &code))
		return code >= 400 && code < 600;
	size_t blank = str_find_char(line, ' ', 0);

	word = str_skip(line, blank == SIZE_MAX ? line.n : blank + 1);
	return str_starts_case(word, STR("NO ")) || str_starts_case(word, STR("BAD "));
}

/* Keeps a line that the server sent; "221 Bye" does not hide what went wrong. */
static int
words_keep(CURL *curl, curl_infotype type, char *data, size_t n, void *object)
{
	struct net_words *w = object;

	(void)curl;
	if (type != CURLINFO_HEADER_IN)
		return 0;
	while (n > 0 && (data[n - 1] == '\n' || data[n - 1] == '\r'))
		n--;
	if (n >= sizeof(w->line))
		n = sizeof(w->line) - 1;
	struct str line = { data, n };

	if (n > 0 && (!w->refused || is_refusal(line))) {
		w->refused = is_refusal(line);
		memcpy(w->line, data, n);
		w->line[n] = '\0';
	}
	return 0;
}

CURL *
net_handle(const struct net_server *s, const char *protocols, struct net_words *words)
{
	static const long tls[] = {
		[NET_TLS_REQUIRE] = CURLUSESSL_ALL,
		[NET_TLS_TRY] = CURLUSESSL_TRY,
		[NET_TLS_NONE] = CURLUSESSL_NONE,
	};
	net_init();
	CURL *c = curl_easy_init();
	long seconds = s->seconds > 0 ? s->seconds : 60;

	if (c == NULL)
		return NULL;
	*words = (struct net_words){ .refused = false };
	bool ok = curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, protocols) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_USE_SSL, tls[s->tls]) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_NOPROXY, "*") == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_SERVER_RESPONSE_TIMEOUT, seconds) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 100L) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, seconds) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_TIMEOUT, seconds * 10) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, seconds < 20 ? seconds : 20L) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_DEBUGFUNCTION, words_keep) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_DEBUGDATA, words) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_VERBOSE, 1L) == CURLE_OK;

	/* Who would send in the clear too gains nothing by refusing a certificate
	 * (RFC 7435); smtps:// and NET_TLS_REQUIRE do check it. */
	if (ok && s->tls == NET_TLS_TRY && strncmp(s->url, "smtp://", 7) == 0)
		ok = curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L) == CURLE_OK &&
		    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L) == CURLE_OK;
	if (ok && s->ca_file != NULL && s->ca_file[0] != '\0')
		ok = curl_easy_setopt(c, CURLOPT_CAINFO, s->ca_file) == CURLE_OK;
	if (ok && s->user != NULL && s->user[0] != '\0')
		ok = curl_easy_setopt(c, CURLOPT_USERNAME, s->user) == CURLE_OK &&
		    curl_easy_setopt(c, CURLOPT_PASSWORD, s->password == NULL ? "" : s->password) ==
			CURLE_OK;
	if (ok)
		return c;
	curl_easy_cleanup(c);
	return NULL;
}

enum err
net_err(CURLcode code, long reply)
{
	if (code == CURLE_OK)
		return OK;
	if (code == CURLE_LOGIN_DENIED || reply == 530 || reply == 535)
		return ERR_DENIED;
	if (reply >= 500 && reply < 600)
		return ERR_INVALID;
	if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
		return ERR_INVALID;
	if (code == CURLE_OPERATION_TIMEDOUT)
		return ERR_TIMEOUT;
	return ERR_UNAVAILABLE;
}
