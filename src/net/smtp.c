/* SPDX-License-Identifier: Apache-2.0 */
#include "net/smtp.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "net/net_priv.h"

static size_t
raw_read(char *to, size_t size, size_t n, void *object)
{
	struct str *raw = object;
	size_t take = size * n < raw->n ? size * n : raw->n;

	if (take > 0)
		memcpy(to, raw->p, take);
	*raw = str_skip(*raw, take);
	return take;
}

/* An address must not carry a second command. */
static bool
address_is_plain(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7F || *s == '<' || *s == '>')
			return false;
	return true;
}

static const char *
sentence(struct arena *a, CURLcode code, long reply, const struct net_words *w)
{
	const char *said = arena_cstr(a, utf8_clean_line(a, str_of(w->line)));

	if (reply >= 400)
		return arena_printf(a, "The mail server answered: %s", said);
	if (code == CURLE_OK)
		return said;
	return arena_printf(a, "The mail server could not be used: %s.%s%s%s",
	    curl_easy_strerror(code), said[0] != '\0' ? " It said last: \"" : "", said,
	    said[0] != '\0' ? "\"" : "");
}

enum err
smtp_send(struct arena *a, const struct net_server *s, const struct smtp_envelope *e,
    struct str raw, struct smtp_answer *ret)
{
	struct net_server here = *s;
	struct net_words words;
	struct curl_slist *to = NULL;
	long reply = 0;
	bool ok = e->n > 0 && address_is_plain(e->from);

	*ret = (struct smtp_answer){ .text = "A recipient or the sender is not a mail address." };
	for (size_t i = 0; i < e->n && ok; i++)
		ok = e->to[i][0] != '\0' && address_is_plain(e->to[i]);
	if (!ok)
		return ERR_INVALID;
	CURL *c = net_handle(&here, "smtp,smtps", &words);

	if (c == NULL)
		return ERR_UNAVAILABLE;
	/* libcurl takes the name for EHLO from the path. */
	const char *url = arena_printf(a, "%s%s%s", s->url,
	    e->helo == NULL || str_ends(str_of(s->url), STR("/")) ? "" : "/",
	    e->helo == NULL ? "" : e->helo);

	for (size_t i = 0; i < e->n; i++) {
		struct curl_slist *more = curl_slist_append(to, e->to[i]);

		ok = ok && more != NULL;
		to = more != NULL ? more : to;
	}
	ok = ok && curl_easy_setopt(c, CURLOPT_URL, url) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_MAIL_FROM, e->from[0] == '\0' ? "<>" : e->from) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_READFUNCTION, raw_read) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_READDATA, &raw) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)raw.n) == CURLE_OK;
	CURLcode code = ok ? curl_easy_perform(c) : CURLE_OUT_OF_MEMORY;

	(void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &reply); /* stays 0 without one */
	ret->code = (int)reply;
	/* Nothing is read of it before the server has said 354. */
	ret->maybe = code != CURLE_OK && raw.n == 0 && reply < 400;
	ret->text = sentence(a, code, reply, &words);
	curl_slist_free_all(to);
	curl_easy_cleanup(c);
	return net_err(code, reply);
}
