/* SPDX-License-Identifier: Apache-2.0 */
/* search_web.c - search over everything. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "http/http.h"
#include "incident/extract.h"
#include "incident/incident.h"
#include "incident/message_store.h"
#include "incident/report_page.h"
#include "incident/report_store.h"
#include "incident/search_store.h"
#include "text/mustache.h"

#define ROWS 25
#define SNIPPET 160  /* characters */
#define BEFORE 40    /* of them before the word */
#define SNIPPET_TEXT LIMIT_KIB(64) /* looked at */

#define NEARBY (SNIPPET * 4) /* bytes: a character has at most four */

static const char *const kinds[] = { "report", "incident", "letter" };

static const char *
query(struct web *w)
{
	return arena_cstr(w->a, utf8_take(utf8_clean_line(w->a, http_query(w->request, "q")), LIMIT_SEARCH));
}

static enum err
text_of(struct web *w, const struct search_hit *h, struct str *ret)
{
	struct report r;
	struct message m;
	enum err e = OK;

	*ret = STR_NULL;
	if (h->kind == SEARCH_REPORT) {
		TRY(report_get(w->db, w->a, h->id, &r));
		e = report_text(w->db, w->blobs, w->a, &r, ret);
	} else if (h->kind == SEARCH_LETTER) {
		TRY(message_get(w->db, w->a, h->id, &m));
		e = message_text(w->db, w->blobs, w->a, &m, ret);
	}
	/* A damaged blob shows on its own page. */
	return e == ERR_IO || e == ERR_NOT_FOUND ? OK : e;
}

/* The first word of the query, for showing where it stands. */
static struct str
first_word(struct str q)
{
	size_t n = 0;

	while (q.n > 0 && (str_is_space(q.p[0]) || q.p[0] == '"'))
		q = str_skip(q, 1);
	while (n < q.n && !str_is_space(q.p[n]) && q.p[n] != '"' && q.p[n] != '*')
		n++;
	return str_take(q, n);
}

/* The part of a text where the word stands as it was typed, or all of it:
 * cleaning costs more than the search itself. */
static struct str
nearby(struct str text, struct str word)
{
	size_t at = word.n == 0 ? 0 : str_find_case(text, word, 0);

	if (at == SIZE_MAX)
		return text;
	if (at > NEARBY) {
		text = str_skip(text, at - NEARBY);
		while (text.n > 0 && ((unsigned char)text.p[0] & 0xc0) == 0x80)
			text = str_skip(text, 1);
		at = NEARBY;
	}
	return str_take(text, at + word.n + NEARBY);
}

/* One line around the word. */
static struct str
snippet(struct web *w, struct str text, struct str word)
{
	struct str line = utf8_clean_line(w->a, nearby(str_take(text, SNIPPET_TEXT), word));
	size_t at = word.n == 0 ? SIZE_MAX : str_find_case(line, word, 0);

	if (at == SIZE_MAX)
		return utf8_take(line, SNIPPET);
	size_t before = utf8_count(str_take(line, at));

	if (before > BEFORE)
		line = str_skip(line, utf8_take(line, before - BEFORE).n);
	return utf8_take(line, SNIPPET);
}

/* The same with the word marked, disguised for reading. */
static struct str
marked(struct web *w, struct str text, struct str word)
{
	struct buf *b = buf_new(w->a, LIMIT_KIB(16));
	struct str rest = extract_defang_text(w->a, text);
	size_t at;

	while (word.n > 0 && (at = str_find_case(rest, word, 0)) != SIZE_MAX) {
		mustache_escape(b, str_take(rest, at));
		buf_text(b, "<mark>");
		mustache_escape(b, str_take(str_skip(rest, at), word.n));
		buf_text(b, "</mark>");
		rest = str_skip(rest, at + word.n);
	}
	mustache_escape(b, rest);
	return buf_view(b);
}

static const char *
address(struct web *w, const struct search_hit *h)
{
	bool incident = h->kind == SEARCH_INCIDENT || h->of_incident;

	return arena_printf(w->a, "/%s/%s", incident ? "incidents" : "inbox", h->ref);
}

static enum err
set_hit(struct web *w, const struct search_hit *h, struct str word, struct value *o)
{
	static const struct web_option labels[] = { { "report", N_("Report") }, { "incident", N_("Incident") },
		{ "letter", N_("Letter") } };
	struct str text;

	value_set_text(w->a, o, "kind", kinds[h->kind]);
	value_set_text(w->a, o, "ref", h->ref);
	value_set_text(w->a, o, "title", h->title);
	value_set_text(w->a, o, "state", h->state);
	web_set_time(w, o, "at", h->at);
	TRY(text_of(w, h, &text));
	struct str part = snippet(w, text, word);

	value_set_str(w->a, o, "snippet", part);
	if (w->json)
		return OK;
	value_set_text(w->a, o, "@href", address(w, h));
	value_set_text(w->a, o, "@kind", web_tr(w, "search", labels[h->kind].label));
	value_set_str(w->a, o, "@title", extract_defang_text(w->a, str_of(h->title)));
	value_set_html(w->a, o, "@snippet", marked(w, part, word));
	struct value *badge = value_set_object(w->a, o, "@badge");

	value_set_text(w->a, badge, "state", h->kind == SEARCH_INCIDENT && strcmp(h->state, "open") == 0 ? "good" : "plain");
	value_set_text(w->a, badge, "text",
	    h->kind == SEARCH_REPORT	 ? web_tr(w, "report", report_label(report_states, h->state))
		: h->kind == SEARCH_INCIDENT ? web_tr(w, "incident", incident_label(incident_states, h->state))
					     : labels[h->kind].label);
	if (h->kind == SEARCH_LETTER)
		value_set_text(w->a, badge, "text", web_tr(w, "search", labels[h->kind].label));
	return OK;
}

static enum err
search(struct web *w)
{
	const char *q = query(w);
	struct web_list l = web_list(w, ROWS);
	struct value *list = value_set_list(w->a, w->data, "items");
	struct search_result r = { 0 };

	if (l.offset > SEARCH_DEEP)
		return ERR_NOT_FOUND;
	if (*q != '\0')
		TRY(search_find(w->db, w->a, w->user, q, l.offset, (size_t)l.limit, LIMIT_COUNT_EXACT, &r));
	web_set_pages(w, l, r.total, r.estimate);
	/* A number leads straight to its record. */
	if (!w->json && r.exact && r.n == 1 && r.total == 1 && l.page == 1 && r.hit[0].kind != SEARCH_LETTER)
		return web_redirect(w, address(w, &r.hit[0]), NULL, 0);
	for (size_t i = 0; i < r.n; i++)
		TRY(set_hit(w, &r.hit[i], first_word(str_of(q)), value_add_object(w->a, list)));
	if (w->json)
		return OK;
	value_set_text(w->a, w->ui, "q", q);
	value_set_bool(w->a, w->ui, "asked", *q != '\0');
	value_set_text(w->a, w->ui, "total_text",
	    *q == '\0' ? "" : web_trf(w, NULL, r.estimate ? N_("about {n} found") : N_("{n} found"),
		I18N_ARGS({ "n", i18n_number(w->a, r.total) })));
	return web_page(w, "search", N_("Search"));
}

const struct web_route search_routes[] = {
	{ WEB_GET, "/search", PERM_REPORT_READ, search, WEB_SLOW, "Search reports, incidents and letters: q" },
	{ 0 },
};
