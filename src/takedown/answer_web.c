/* SPDX-License-Identifier: Apache-2.0 */
/*
 * answer_web.c - /answer/TOKEN: who got a letter about sites says what became of
 * them, site by site, without an account. No address is logged.
 */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/url.h"
#include "base/utf8.h"
#include "takedown/answer_store.h"
#include "web/web.h"

#define TITLE N_("What became of these sites?")
#define NOTE_MAX 500
#define LOOKS 60  /* an hour from one address */
#define TRIES 20

static bool
is(const char *a, const char *b)
{
	return a != NULL && strcmp(a, b) == 0;
}

/* The same page for a wrong secret, an old one and too many looks. */
static enum err
closed(struct web *w)
{
	value_set_bool(w->a, w->ui, "link_bad", true);
	w->status = 404;
	return web_page(w, "answer", TITLE);
}

static void
set_row(struct web *w, struct value *list, const struct mailing_row *r)
{
	struct value *o = value_add_object(w->a, list), *choices;
	const char *name = arena_printf(w->a, "answer-%lld", (long long)r->site.id);
	const char *given = web_form(w, name), *note = web_form(w, arena_printf(w->a, "note-%lld", (long long)r->site.id));

	if (*given == '\0' && r->answer != NULL)
		given = r->answer;
	value_set_int(w->a, o, "site", r->site.id);
	value_set_text(w->a, o, "url", url_defang(w->a, str_of(r->site.url)));
	value_set_text(w->a, o, "address", r->site.address);
	value_set_text(w->a, o, "incident", r->incident_ref);
	value_set_text(w->a, o, "answer", r->answer);
	value_set_text(w->a, o, "note", *note != '\0' ? note : r->note);
	value_set_text(w->a, o, "@answer_text", r->answer == NULL ? web_tr(w, NULL, N_("nothing was said"))
								   : web_tr(w, NULL, word_label(mailing_answers, r->answer)));
	choices = value_set_list(w->a, o, "@choices");
	for (const struct word *x = mailing_answers; x->name != NULL; x++) {
		struct value *c = value_add_object(w->a, choices);

		value_set_text(w->a, c, "value", x->name);
		value_set_text(w->a, c, "label", web_tr(w, NULL, x->label));
		value_set_bool(w->a, c, "checked", is(given, x->name));
	}
}

static enum err
show_letter(struct web *w, const struct mailing_letter *l)
{
	struct value *list = value_set_list(w->a, w->data, "sites");
	struct mailing_row *row;
	size_t n;

	TRY(mailing_row_list(w->db, w->a, l->mailing_id, l->id, NULL, MAILING_LETTER_SITES, &row, &n));
	for (size_t i = 0; i < n; i++) {
		if (!row[i].taken_out)
			set_row(w, list, &row[i]);
	}
	value_set_text(w->a, w->data, "ref", l->ref);
	value_set_text(w->a, w->data, "organisation", l->organisation);
	web_set_time(w, w->data, "answered_at", l->answered_at);
	web_set_time(w, w->data, "until", l->token_until);
	value_set_text(w->a, w->ui, "organisation_text",
	    w->lang == LANG_EN && l->organisation_en != NULL ? l->organisation_en : l->organisation);
	value_set_bool(w->a, w->ui, "is_closed", l->answered_at != 0);
	value_set_bool(w->a, w->ui, "taken", l->answered_at == w->now);
	value_set_text(w->a, w->ui, "action", arena_printf(w->a, "/answer/%s", web_path(w, "token")));
	web_header(w, "Referrer-Policy", "no-referrer");
	web_header(w, "X-Robots-Tag", "noindex");
	return problems_any(&w->problems) ? web_again(w, "answer", TITLE) : web_page(w, "answer", TITLE);
}

static enum err
find(struct web *w, struct mailing_letter *ret)
{
	return answer_find(w->db, w->a, str_of(web_path(w, "token")), w->now, ret);
}

static enum err
show(struct web *w)
{
	struct mailing_letter l;

	if (!web_allow(w, "answer-look", LOOKS, CLOCK_HOUR))
		return closed(w);
	enum err e = find(w, &l);

	if (e == ERR_NOT_FOUND)
		return closed(w);
	TRY(e);
	return show_letter(w, &l);
}

/* "all" speaks for the sites of which nothing else is said. */
static size_t
read_answers(struct web *w, const struct mailing_row *row, size_t n, struct answer *list)
{
	static const char *const values[] = { "done", "told", "not-ours", NULL };
	const char *all = web_choice(w, "all", values, false);
	size_t said = 0;

	for (size_t i = 0; i < n; i++) {
		long long id = (long long)row[i].site.id;
		const char *what = web_choice(w, arena_printf(w->a, "answer-%lld", id), values, false);
		const char *note = web_line(w, arena_printf(w->a, "note-%lld", id), NOTE_MAX);

		if (*what == '\0')
			what = all;
		list[i] = (struct answer){
			.site = row[i].site.id,
			.what = *what == '\0' ? NULL : what,
			.note = *note == '\0' ? NULL : note,
		};
		said += list[i].what != NULL || list[i].note != NULL;
	}
	return said;
}

static enum err
take(struct web *w)
{
	struct mailing_letter l;
	struct mailing_row *row;
	size_t n;

	if (!web_allow(w, "answer-take", TRIES, CLOCK_HOUR))
		return closed(w);
	enum err e = find(w, &l);

	if (e == ERR_NOT_FOUND)
		return closed(w);
	TRY(e);
	if (l.answered_at != 0) {
		w->status = 409;
		return show_letter(w, &l);
	}
	TRY(mailing_row_list(w->db, w->a, l.mailing_id, l.id, NULL, MAILING_LETTER_SITES, &row, &n));
	struct answer *list = arena_many(w->a, struct answer, n + 1);

	if (read_answers(w, row, n, list) == 0)
		web_problem(w, "all", N_("Nothing is said yet. Choose an answer for at least one site."));
	if (problems_any(&w->problems)) {
		w->status = 422;
		return show_letter(w, &l);
	}
	e = answer_take(w->db, w->a, &l, list, n, (struct actor){ .name = l.email, .now = w->now });
	if (e == ERR_CONFLICT)
		w->status = 409; /* another window was faster */
	else
		TRY(e);
	TRY(find(w, &l));
	return show_letter(w, &l);
}

const struct web_route answer_routes[] = {
	{ WEB_GET, "/answer/:token", PERM_PUBLIC, show, WEB_NO_LOG, "The sites of a letter, for its recipient" },
	{ WEB_POST, "/answer/:token", PERM_PUBLIC, take, WEB_NO_LOG,
	    "What became of them, once: answer-SITE or all (done, told, not-ours), note-SITE" },
	{ 0 },
};
