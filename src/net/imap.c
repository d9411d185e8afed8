/* SPDX-License-Identifier: Apache-2.0 */
#include "net/imap.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "net/net_priv.h"

#define ANSWER_MAX LIMIT_MIB(4) /* a search that lists very many */
#define UIDS_MAX 10000

struct session {
	struct arena *a;
	const struct imap_box *box;
	CURL *curl;
	struct net_words words;
	const char *folder_url;
};

static size_t
answer_write(char *p, size_t size, size_t n, void *object)
{
	struct buf *b = object;

	buf_add(b, p, size * n);
	return b->failed ? 0 : size * n;
}

static enum err
explain(struct session *s, CURLcode code, const char **ret_why)
{
	const char *said = arena_cstr(s->a, utf8_clean_line(s->a, str_of(s->words.line)));

	*ret_why = arena_printf(s->a, "The mailbox could not be read: %s.%s%s%s",
	    curl_easy_strerror(code), said[0] != '\0' ? " The server said last: \"" : "", said,
	    said[0] != '\0' ? "\"" : "");
	if (code == CURLE_QUOTE_ERROR) /* libcurl's word for "NO" or "BAD" */
		return ERR_INVALID;
	return net_err(code, 0);
}

/* ${command} NULL fetches what ${url} names. */
static CURLcode
perform(struct session *s, const char *url, const char *command, struct buf *out)
{
	buf_clear(out);
	s->words = (struct net_words){ .refused = false };
	if (curl_easy_setopt(s->curl, CURLOPT_URL, url) != CURLE_OK ||
	    curl_easy_setopt(s->curl, CURLOPT_CUSTOMREQUEST, command) != CURLE_OK ||
	    curl_easy_setopt(s->curl, CURLOPT_WRITEFUNCTION, answer_write) != CURLE_OK ||
	    curl_easy_setopt(s->curl, CURLOPT_WRITEDATA, out) != CURLE_OK)
		return CURLE_OUT_OF_MEMORY;
	return curl_easy_perform(s->curl);
}

/* An IMAP quoted string (RFC 3501 4.3). */
static const char *
quoted(struct arena *a, const char *s)
{
	struct buf *b = buf_new(a, 2000);

	buf_char(b, '"');
	for (; *s != '\0' && b->n < 1000; s++) {
		if (*s == '"' || *s == '\\')
			buf_char(b, '\\');
		if ((unsigned char)*s >= ' ')
			buf_char(b, *s);
	}
	buf_char(b, '"');
	return buf_cstr(a, b);
}

/* The number after ${key} in "* STATUS INBOX (UIDVALIDITY 17 UIDNEXT 5)". */
static bool
number_after(struct str s, const char *key, uint32_t *ret)
{
	size_t at = str_find_case(s, str_of(key), 0);
	uint64_t v = 0;

	if (at == SIZE_MAX)
		return false;
	s = str_trim(str_skip(s, at + strlen(key)));
	if (!str_eat_digits(&s, 1, 10, &v) || v > UINT32_MAX)
		return false;
	*ret = (uint32_t)v;
	return true;
}

/* Adds the numbers of every "* SEARCH 4 8 15" line. */
static size_t
search_numbers(struct str s, uint32_t *uids, size_t n, uint32_t above)
{
	struct str line;

	while (str_line(&s, &line)) {
		uint64_t v;

		if (!str_eat_case(&line, STR("* SEARCH")))
			continue;
		line = str_trim(line);
		while (n < UIDS_MAX && str_eat_digits(&line, 1, 10, &v) && v <= UINT32_MAX) {
			bool known = false;

			for (size_t i = 0; i < n && !known; i++)
				known = uids[i] == v;
			/* "5:*" names the last mail even when its number is lower. */
			if (v > above && !known)
				uids[n++] = (uint32_t)v;
			line = str_trim(line);
		}
	}
	return n;
}

static void
sort(uint32_t *v, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k > 0 && v[k - 1] > v[k]; k--) {
			uint32_t swap = v[k];

			v[k] = v[k - 1];
			v[k - 1] = swap;
		}
}

/* ${keep}: too large for us, so it must stay there, but not come each time. */
static CURLcode
mark(struct session *s, uint32_t uid, bool keep, struct buf *out)
{
	const struct imap_box *box = s->box;
	CURLcode code = CURLE_OK;

	if (box->after == IMAP_AFTER_SEEN || keep)
		return perform(s, s->folder_url,
		    arena_printf(s->a, "UID STORE %u +FLAGS.SILENT (\\Seen)", uid), out);
	if (box->after == IMAP_AFTER_MOVE) {
		const char *to = quoted(s->a, box->move_to);

		/* RFC 6851; a server without it copies, and the rest is as for delete. */
		code = perform(s, s->folder_url, arena_printf(s->a, "UID MOVE %u %s", uid, to), out);
		if (code == CURLE_OK)
			return code;
		code = perform(s, s->folder_url, arena_printf(s->a, "UID COPY %u %s", uid, to), out);
		if (code != CURLE_OK)
			return code;
	}
	code = perform(s, s->folder_url,
	    arena_printf(s->a, "UID STORE %u +FLAGS.SILENT (\\Deleted)", uid), out);
	if (code != CURLE_OK)
		return code;
	/* RFC 4315 names the one; plain EXPUNGE would take others' deletions too. */
	(void)perform(s, s->folder_url, arena_printf(s->a, "UID EXPUNGE %u", uid), out);
	return CURLE_OK;
}

/* A session that only reads: fetching then marks nothing as seen (RFC 3501
 * 6.3.2), so what breaks off in the middle is new the next time. libcurl has
 * selected the folder before and does not do so again. */
static CURLcode
look_only(struct session *s, bool only, struct buf *out)
{
	return perform(s, s->folder_url,
	    arena_printf(s->a, "%s %s", only ? "EXAMINE" : "SELECT", quoted(s->a, s->box->folder)), out);
}

struct stored {
	uint32_t uid; /* 0: it was gone */
	bool keep;
};

static enum err
fetch_one(struct session *s, uint32_t validity, uint32_t uid, imap_store store, void *object,
    struct stored *ret, const char **ret_why)
{
	AUTO(arena) a = arena_new(); /* a mail may be large: give it back at once */
	struct buf *raw = buf_new(a, LIMIT_MAIL);
	CURLcode code = perform(s, arena_printf(a, "%s;UID=%u", s->folder_url, uid), NULL, raw);
	struct imap_mail m = { .validity = validity, .uid = uid, .too_large = raw->failed };

	*ret = (struct stored){ .uid = 0 };
	/* Gone meanwhile, by another client: nothing to do. */
	if (code == CURLE_REMOTE_FILE_NOT_FOUND)
		return OK;
	if (code != CURLE_OK && !m.too_large)
		return explain(s, code, ret_why);
	if (!m.too_large)
		m.raw = buf_view(raw);
	enum err e = store(object, a, &m);

	if (e != OK) {
		*ret_why = "The mail could not be stored; it stays in the mailbox and comes again.";
		return e;
	}
	*ret = (struct stored){ .uid = uid, .keep = m.too_large };
	return OK;
}

/* Stores ${uids}, then marks those that were stored, also when a later one
 * failed. */
static enum err
fetch_all(struct session *s, struct imap_state *state, const uint32_t *uids, size_t n, imap_store store,
    void *object, struct buf *answer, size_t *ret_n, const char **ret_why)
{
	struct stored *stored = arena_many(s->a, struct stored, n);
	size_t done = 0;
	CURLcode code = n == 0 ? CURLE_OK : look_only(s, true, answer);
	enum err e = code == CURLE_OK ? OK : explain(s, code, ret_why);

	for (size_t i = 0; i < n && e == OK; i++) {
		e = fetch_one(s, state->validity, uids[i], store, object, &stored[done], ret_why);
		if (e != OK)
			break;
		done++;
		if (uids[i] > state->uid)
			state->uid = uids[i];
	}
	*ret_n += done;
	code = done == 0 ? CURLE_OK : look_only(s, false, answer);
	for (size_t i = 0; i < done && code == CURLE_OK; i++) {
		if (stored[i].uid != 0)
			code = mark(s, stored[i].uid, stored[i].keep, answer);
	}
	return code != CURLE_OK && e == OK ? explain(s, code, ret_why) : e;
}

static enum err
poll_open(struct arena *a, struct session *s, struct imap_state *state, imap_store store,
    void *object, size_t *ret_n, const char **ret_why)
{
	const struct imap_box *box = s->box;
	struct buf *answer = buf_new(a, ANSWER_MAX);
	const char *base = arena_printf(a, "%s%s", box->server.url,
	    str_ends(str_of(box->server.url), STR("/")) ? "" : "/");
	char *escaped = curl_easy_escape(s->curl, box->folder, 0);
	uint32_t validity = 0, next = 0;
	uint32_t *uids = arena_many(a, uint32_t, UIDS_MAX);
	size_t most = box->most > 0 ? box->most : 100;

	s->folder_url = arena_printf(a, "%s%s", base, escaped == NULL ? "INBOX" : escaped);
	curl_free(escaped);
	CURLcode code = perform(s, base,
	    arena_printf(a, "STATUS %s (UIDVALIDITY UIDNEXT)", quoted(a, box->folder)), answer);

	if (code != CURLE_OK)
		return explain(s, code, ret_why);
	if (!number_after(buf_view(answer), "UIDVALIDITY", &validity) || validity == 0) {
		*ret_why = "The mailbox could not be read: the server told no UIDVALIDITY "
			   "(RFC 3501 2.3.1.1).";
		return ERR_INVALID;
	}
	bool known = state->validity == validity;

	(void)number_after(buf_view(answer), "UIDNEXT", &next);
	/* First the unseen, also old ones: somebody may have marked them so. */
	code = perform(s, s->folder_url, "UID SEARCH UNSEEN", answer);
	if (code != CURLE_OK)
		return explain(s, code, ret_why);
	size_t n = search_numbers(buf_view(answer), uids, 0, 0);

	/* Then new ones that somebody has read before us. */
	if (known) {
		code = perform(s, s->folder_url,
		    arena_printf(a, "UID SEARCH UID %u:*", state->uid + 1), answer);
		if (code != CURLE_OK)
			return explain(s, code, ret_why);
		n = search_numbers(buf_view(answer), uids, n, state->uid);
	} else {
		/* What was read before this mailbox was ours is not for us. */
		*state = (struct imap_state){ .validity = validity, .uid = next > 0 ? next - 1 : 0 };
	}
	sort(uids, n);
	return fetch_all(s, state, uids, n < most ? n : most, store, object, answer, ret_n, ret_why);
}

enum err
imap_poll(struct arena *a, const struct imap_box *box, struct imap_state *state, imap_store store,
    void *object, size_t *ret_n, const char **ret_why)
{
	struct session s = { .a = a, .box = box };

	*ret_n = 0;
	*ret_why = "The address of the mailbox is not of the form imap://host or imaps://host.";
	s.curl = net_handle(&box->server, "imap,imaps", &s.words);
	if (s.curl == NULL)
		return ERR_UNAVAILABLE;
	enum err e = poll_open(a, &s, state, store, object, ret_n, ret_why);

	curl_easy_cleanup(s.curl);
	return e;
}
