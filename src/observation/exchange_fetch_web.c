/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchange_fetch_web.c - /exchange: a recipient takes its files. It proves itself with
 * its token as the password of HTTP's Basic scheme (RFC 7617), any name:
 *	curl -u csirt:TOKEN -OJ https://…/exchange/2026-09-01
 */
#include <string.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/clock.h"
#include "http/http.h"
#include "observation/exchange_store.h"
#include "web/web.h"

#define WRONG_MOST 30 /* wrong tokens of an address in an hour */

static enum err
refuse(struct web *w)
{
	/* The token is far too long to be guessed; this only keeps the log quiet. */
	if (!web_allow(w, "exchange", WRONG_MOST, CLOCK_HOUR)) {
		TRY(web_bytes(w, "text/plain; charset=utf-8", STR("Too many wrong tokens from this address; wait an hour.\n")));
		w->status = 429;
		return OK;
	}
	web_header(w, "WWW-Authenticate", "Basic realm=\"exchange\", charset=\"UTF-8\"");
	TRY(web_bytes(w, "text/plain; charset=utf-8",
	    STR("Give the token of the exchange as the password: curl -u csirt:TOKEN -OJ ADDRESS\n")));
	w->status = 401;
	return OK;
}

/* ERR_DENIED: nobody we know. */
static enum err
who(struct web *w, struct exchange *ret)
{
	struct str given = http_header(w->request, "authorization"), plain, name;

	if (!str_eat_case(&given, STR("basic ")) || base64_parse(w->a, str_trim(given), &plain) != OK ||
	    !str_split(&plain, ':', &name) || plain.n == 0)
		return ERR_DENIED;
	enum err e = exchange_of_token(w->db, w->a, plain, w->now, ret);

	return e == ERR_NOT_FOUND ? ERR_DENIED : e;
}

static enum err
list(struct web *w)
{
	struct exchange x;
	struct exchange_file *f;
	size_t n;
	enum err e = who(w, &x);

	if (e == ERR_DENIED)
		return refuse(w);
	TRY(e);
	TRY(exchange_file_fetchable(w->db, w->a, x.id, &f, &n));
	w->json = true;
	value_set_int(w->a, w->data, "total", (int64_t)n);
	struct value *items = value_set_list(w->a, w->data, "items");

	for (size_t i = 0; i < n; i++) {
		struct value *o = value_add_object(w->a, items);
		const char *day = exchange_day_text(w->a, f[i].day);

		value_set_text(w->a, o, "day", day);
		value_set_text(w->a, o, "href", arena_printf(w->a, "/exchange/%s", day));
		value_set_text(w->a, o, "name", exchange_file_name(w->a, f[i].day, x.country, f[i].form));
		value_set_int(w->a, o, "records", f[i].records);
		value_set_int(w->a, o, "bytes", f[i].bytes);
		value_set_text(w->a, o, "tlp", x.tlp);
		web_set_time(w, o, "made_at", f[i].made_at);
		web_set_time(w, o, "fetched_at", f[i].fetched_at);
	}
	return web_page(w, "error_public", N_("Daily exchange"));
}

static enum err
fetch(struct web *w)
{
	struct exchange x;
	struct exchange_file f;
	int64_t day;
	enum err e = who(w, &x);

	if (e == ERR_DENIED)
		return refuse(w);
	TRY(e);
	if (exchange_day_parse(str_of(web_path(w, "day")), &day) != OK)
		return ERR_NOT_FOUND;
	TRY(exchange_file_of(w->db, w->a, x.id, day, &f));
	/* What was labelled more strictly since, or may not go to it any more, stays. */
	const struct exchange_check check = { .channel = "fetch", .tlp = x.tlp, .max_tlp = x.max_tlp, .has_token = true };

	if (f.blob_id == 0 || exchange_obstacle(&check) != NULL)
		return ERR_NOT_FOUND;
	TRY(exchange_fetched(w->db, w->a, &x, &f, w->now));
	web_header(w, "X-TLP", x.tlp);
	return web_download(w, f.blob_id, exchange_file_name(w->a, f.day, x.country, f.form), exchange_media_type(f.form));
}

const struct web_route exchange_fetch_routes[] = {
	{ WEB_GET, "/exchange", PERM_PUBLIC, list, WEB_NO_LOG, "A recipient's files; its token as the password of HTTP Basic", NULL },
	{ WEB_GET, "/exchange/:day", PERM_PUBLIC, fetch, WEB_NO_LOG | WEB_WRITES, "Its file of a day (YYYY-MM-DD)", NULL },
	{ 0 },
};
