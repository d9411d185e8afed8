/* SPDX-License-Identifier: Apache-2.0 */
/* next_web.c - /next: one key leads to what needs me most, and on to the next. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "http/http.h"
#include "incident/extract.h"
#include "statistics/queue_store.h"
#include "statistics/statistics_web.h"

#define ROUND "round" /* the cookie: what I was led to */
#define ROUND_SECONDS (12 * 60 * 60)

const char *
next_href(struct web *w, const struct queue_item *q)
{
	return arena_printf(w->a, "%s%s", strncmp(q->ref, "RPT-", 4) == 0 ? "/inbox/" : "/incidents/", q->ref);
}

const char *
next_why(struct web *w, const struct queue_item *q)
{
	const char *why = i18n(w->lang, "queue", queue_reason_label(q->reason)), *when;

	/* An urgent one counts from its coming, whenever it was promised. */
	bool due = q->due_at != 0 && q->reason != QUEUE_URGENT;

	if (!due && q->at == 0)
		return why;
	when = due			   ? zone_left(w->a, w->lang, q->due_at, w->now)
	    : w->now - q->at < CLOCK_DAY ? zone_relative(w->a, w->zone, w->lang, q->at, w->now)
				   : web_trf(w, NULL, N_("{time} ago"),
					 I18N_ARGS({ "time", zone_duration(w->a, w->lang, w->now - q->at) }));
	return arena_printf(w->a, "%s · %s", why, when);
}

static void
add_item(struct web *w, struct value *list, const struct queue_item *q)
{
	struct value *o = value_add_object(w->a, list);

	value_set_text(w->a, o, "reason", queue_reason_name(q->reason));
	value_set_text(w->a, o, "why", next_why(w, q));
	value_set_text(w->a, o, "ref", q->ref);
	value_set_text(w->a, o, "title", q->title);
	value_set_text(w->a, o, "what", q->what);
	value_set_bool(w->a, o, "mine", q->mine);
	value_set_text(w->a, o, "href", next_href(w, q));
	web_set_time(w, o, "at", q->at);
	web_set_time(w, o, "due_at", q->due_at);
}

static enum err
lead(struct web *w)
{
	const char *seen = arena_cstr(w->a, http_cookie(w->request, ROUND));
	struct queue_item *item;
	size_t n, i;

	TRY(queue_load(w->db, w->a, w->user, w->now, &item, &n));
	if (w->json) {
		struct value *list = value_set_list(w->a, w->data, "items");

		value_set_int(w->a, w->data, "total", (int64_t)n);
		for (i = 0; i < n; i++)
			add_item(w, list, &item[i]);
		return OK;
	}
	if (n == 0) {
		web_set_cookie(w, ROUND, ".", ROUND_SECONDS);
		return web_redirect(w, "/home", N_("Nothing waits for you."), 0);
	}
	i = queue_next(item, n, seen);
	/* Once through: it begins again with what waits still. */
	if (i == SIZE_MAX) {
		web_set_cookie(w, ROUND, ".", ROUND_SECONDS);
		return web_redirect(w, "/home", N_("That was all. The next press begins at the top again."), 0);
	}
	web_set_cookie(w, ROUND, queue_see(w->a, seen, &item[i]), ROUND_SECONDS);
	return web_redirect(w, next_href(w, &item[i]), next_why(w, &item[i]), 0);
}

const struct web_route next_routes[] = {
	{ WEB_GET, "/next", PERM_SIGNED_IN, lead, 0, "What needs me most: leads there; as JSON the whole queue with reasons" },
	{ 0 },
};
