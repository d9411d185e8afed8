/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snippet_web.c - /me/snippets: one's own and the team's; /snippets: the same for
 * the key in a composer, with places filled in.
 */
#include "incident/snippet_web.h"

#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "incident/extract.h"
#include "incident/incident_store.h"
#include "incident/letter_fill.h"
#include "incident/report_page.h"
#include "incident/snippet_store.h"

#define TITLE N_("Snippets")
#define PLACES (LETTER_PLACES + 4)

/* Filling in */

static void
place(struct i18n_arg *list, const char *name, const char *value)
{
	size_t n = 0;

	while (list[n].name != NULL)
		n++;
	if (value != NULL && *value != '\0' && n + 1 < PLACES) {
		list[n] = (struct i18n_arg){ name, value };
		list[n + 1] = (struct i18n_arg){ 0 };
	}
}

static enum err
incident_places(struct web *w, const struct snippet_about *about, struct i18n_arg *list)
{
	struct letter_fill f = { .incident = about->incident, .now = w->now };
	struct notification_sources sources;
	struct notification thread;
	struct party party;

	if (about->thread != 0) {
		TRY(notification_get(w->db, w->a, about->incident->id, about->thread, &thread));
		f.thread = &thread;
	}
	if (about->thread != 0 || about->party != 0) {
		TRY(party_get(w->db, w->a, about->incident->id, about->thread != 0 ? thread.party_id : about->party, &party));
		f.party = &party;
	}
	TRY(notification_sources(w->db, w->a, about->incident->id, &sources));
	f.sources = &sources;
	return letter_places(w->db, w->a, &f, about->lang, list);
}

static enum lang
lang_of(const struct snippet_about *about)
{
	enum lang lang = about->lang;

	if (about->report != NULL)
		(void)lang_parse(str_of(about->report->lang), &lang); /* unknown: ours */
	return lang;
}

static enum err
places_of(struct web *w, const struct snippet_about *about, struct i18n_arg list[PLACES])
{
	const struct report *r = about->report;
	enum lang lang = lang_of(about);
	bool ja = lang == LANG_JA;

	list[0] = (struct i18n_arg){ 0 };
	if (about->incident != NULL)
		TRY(incident_places(w, about, list));
	place(list, "me", w->user->name);
	place(list, "today", arena_cstr(w->a, utf8_take(str_of(zone_short(w->a, w->zone, lang, w->now)), 10)));
	if (r == NULL)
		return OK;
	place(list, "ref", r->ref);
	place(list, "title", arena_cstr(w->a, extract_defang_text(w->a, str_of(r->title))));
	place(list, "team", setting_text(w->db, w->a, ja ? "team.name.ja" : "team.name.en"));
	place(list, "name", r->reporter_name);
	place(list, "org", r->reporter_org);
	place(list, "brand", r->brand);
	place(list, "received_at", zone_long(w->a, w->zone, lang, r->received_at));
	if (r->due_at != 0)
		place(list, "due", zone_long(w->a, w->zone, lang, r->due_at));
	return OK;
}

/* In the reader's language, else in the other one. */
static const char *
words(struct web *w, const struct snippet *s, const struct snippet_about *about, const struct i18n_arg *list)
{
	enum lang lang = lang_of(about);
	const char *text = *s->text[lang] != '\0' ? s->text[lang] : s->text[lang == LANG_JA ? LANG_EN : LANG_JA];

	return about->raw ? text : i18n_fill(w->a, text, list);
}

enum err
snippet_web_offer(struct web *w, const struct snippet_about *about)
{
	struct value *o, *items;
	struct snippet *list;
	size_t n;

	if (w->json)
		return OK;
	TRY(snippet_list(w->db, w->a, w->user->id, STR_NULL, &list, &n));
	o = value_set_object(w->a, w->ui, "snippets");
	items = value_set_list(w->a, o, "items");
	for (size_t i = 0; i < n; i++) {
		struct value *one = value_add_object(w->a, items);

		value_set_text(w->a, one, "value", arena_printf(w->a, "%lld", (long long)list[i].id));
		value_set_text(w->a, one, "label", list[i].name);
	}
	value_set_bool(w->a, o, "some", n > 0);
	value_set_text(w->a, o, "href",
	    arena_printf(w->a, "/snippets?tongue=%s&incident=%s&party=%lld&thread=%lld&report=%s&raw=%d", lang_code(lang_of(about)),
		about->incident == NULL ? "" : about->incident->ref, (long long)about->party, (long long)about->thread,
		about->report == NULL ? "" : about->report->ref, about->raw));
	return OK;
}

enum err
snippet_web_insert(struct web *w, const char *name, const struct snippet_about *about)
{
	int64_t id = web_form_int(w, "snippet", 1, INT64_MAX, 0);
	const char *typed = web_body(w, name, LIMIT_BODY);
	struct i18n_arg list[PLACES];
	struct snippet s;

	enum err e = snippet_get(w->db, w->a, id, w->user->id, &s);

	if (e == ERR_NOT_FOUND) {
		web_problem(w, name, N_("Choose a snippet of the list."));
		return OK;
	}
	TRY(e);
	TRY(places_of(w, about, list));
	web_fill_over(w, name, snippet_append(w->a, typed, words(w, &s, about, list)));
	return OK;
}

void
snippet_web_check(struct web *w, const char *name, const char *text)
{
	const char *open = snippet_open(w->a, str_of(text));

	if (*open != '\0')
		problems_add(&w->problems, name, N_("Nobody filled in {value}. Write it out, or take it away."), open);
}

/* For the key: everything of it at once, so that the choice is quick. */
static enum err
of_query(struct web *w, struct snippet_about *about, struct incident *i, struct report *r)
{
	const char *incident = web_query(w, "incident"), *report = web_query(w, "report");
	bool visible;

	about->lang = w->lang;
	/* Not "lang": that would turn the whole session. */
	(void)lang_parse(str_of(web_query(w, "tongue")), &about->lang);
	about->raw = web_query_int(w, "raw", 0, 1, 0) == 1;
	if (*incident != '\0') {
		if (!auth_allows(&w->auth, PERM_INCIDENT_READ))
			return ERR_DENIED;
		TRY(incident_by_ref(w->db, w->a, str_of(incident), i));
		TRY(incident_visible(w->db, i, w->user, &visible));
		if (!visible)
			return ERR_NOT_FOUND;
		about->incident = i;
		about->party = web_query_int(w, "party", 1, INT64_MAX, 0);
		about->thread = web_query_int(w, "thread", 1, INT64_MAX, 0);
	}
	if (*report != '\0') {
		TRY(report_page_find(w, report, r));
		about->report = r;
	}
	return OK;
}

static enum err
look_up(struct web *w)
{
	struct value *items = value_set_list(w->a, w->data, "items");
	struct snippet_about about = { 0 };
	struct i18n_arg list[PLACES];
	struct snippet *s;
	struct incident i;
	struct report r;
	size_t n;

	w->json = true;
	TRY(of_query(w, &about, &i, &r));
	TRY(places_of(w, &about, list));
	TRY(snippet_list(w->db, w->a, w->user->id, str_of(web_query(w, "q")), &s, &n));
	value_set_int(w->a, w->data, "total", (int64_t)n);
	for (size_t k = 0; k < n; k++) {
		struct value *o = value_add_object(w->a, items);

		value_set_int(w->a, o, "id", s[k].id);
		value_set_bool(w->a, o, "team", s[k].person_id == 0);
		value_set_text(w->a, o, "name", s[k].name);
		value_set_text(w->a, o, "text", words(w, &s[k], &about, list));
	}
	return OK;
}

/* The page */

static bool
may_change(struct web *w, const struct snippet *s)
{
	return s->person_id != 0 || auth_allows(&w->auth, PERM_REPORT_EDIT);
}

static void
add_row(struct web *w, struct value *list, const struct snippet *s, int64_t editing)
{
	struct value *o = value_add_object(w->a, list);

	value_set_int(w->a, o, "id", s->id);
	value_set_bool(w->a, o, "team", s->person_id == 0);
	value_set_text(w->a, o, "name", s->name);
	value_set_text(w->a, o, "ja", s->text[LANG_JA]);
	value_set_text(w->a, o, "en", s->text[LANG_EN]);
	value_set_text(w->a, o, "by", s->changer);
	value_set_int(w->a, o, "version", s->version);
	web_set_time(w, o, "changed_at", s->changed_at);
	value_set_bool(w->a, o, "@may", may_change(w, s));
	value_set_bool(w->a, o, "@current", s->id == editing);
	value_set_text(w->a, o, "@edit", arena_printf(w->a, "/me/snippets?id=%lld#edit", (long long)s->id));
}

/* The form holds the one that is changed, else nothing. */
static enum err
page(struct web *w, int64_t editing)
{
	struct value *list = value_set_list(w->a, w->data, "items"), *places = value_set_list(w->a, w->ui, "places");
	const char *q = w->route->method == WEB_GET ? web_query(w, "q") : "";
	struct snippet *s, one;
	size_t n;

	TRY(snippet_list(w->db, w->a, w->user->id, str_of(q), &s, &n));
	for (size_t i = 0; i < n; i++)
		add_row(w, list, &s[i], editing);
	value_set_int(w->a, w->data, "total", (int64_t)n);
	for (size_t i = 0; snippet_places[i] != NULL; i++)
		value_add_text(w->a, places, arena_printf(w->a, "{%s}", snippet_places[i]));
	value_set_text(w->a, w->ui, "q", q);
	value_set_bool(w->a, w->ui, "has_items", n > 0);
	value_set_bool(w->a, w->ui, "may_team", auth_allows(&w->auth, PERM_REPORT_EDIT));
	if (editing != 0) {
		TRY(snippet_get(w->db, w->a, editing, w->user->id, &one));
		if (!may_change(w, &one))
			return ERR_DENIED;
		value_set_int(w->a, w->ui, "editing", editing);
		value_set_int(w->a, w->ui, "version", one.version);
		value_set_bool(w->a, w->ui, "editing_team", one.person_id == 0);
		web_fill(w, "name", one.name);
		web_fill(w, "ja", one.text[LANG_JA]);
		web_fill(w, "en", one.text[LANG_EN]);
	}
	return web_again(w, "snippets_page", TITLE);
}

static enum err
show(struct web *w)
{
	return page(w, web_query_int(w, "id", 1, INT64_MAX, 0));
}

static void
to_payload(struct web *w, const struct snippet *s, struct value *p)
{
	value_set_text(w->a, p, "name", s->name);
	value_set_text(w->a, p, "ja", s->text[LANG_JA]);
	value_set_text(w->a, p, "en", s->text[LANG_EN]);
	value_set_bool(w->a, p, "team", s->person_id == 0);
}

/* The words of the team's are kept in the journal, one's own are one's own. */
static enum err
journal(struct web *w, const char *action, const struct snippet *s)
{
	struct value *p = value_object(w->a);

	if (s->person_id == 0)
		to_payload(w, s, p);
	else
		value_set_text(w->a, p, "name", s->name);
	return web_journal(w, action, "snippet", s->id, p);
}

static void
check_words(struct web *w, const struct snippet *s)
{
	const char *unknown;

	if (str_trim(str_of(s->text[LANG_JA])).n == 0 && str_trim(str_of(s->text[LANG_EN])).n == 0)
		web_problem(w, "ja", N_("Write it in at least one language."));
	for (int k = 0; k < 2; k++) {
		unknown = snippet_unknown(w->a, str_of(s->text[k]));
		if (*unknown != '\0')
			problems_add(&w->problems, k == LANG_JA ? "ja" : "en",
			    N_("Nothing can be put in for {value}. Use the places of the list."), unknown);
	}
}

static enum err
save(struct web *w)
{
	int64_t id = web_form_int(w, "id", 1, INT64_MAX, 0);
	struct snippet was = { 0 }, s = { .id = id, .changed_by = w->user->id, .changed_at = w->now };

	if (id != 0) {
		TRY(snippet_get(w->db, w->a, id, w->user->id, &was));
		s.person_id = was.person_id;
	} else if (strcmp(web_form(w, "team"), "1") != 0) {
		s.person_id = w->user->id;
	}
	if (!may_change(w, &s))
		return ERR_DENIED;
	s.version = web_form_int(w, "version", 1, INT64_MAX, was.version);
	s.name = web_need_line(w, "name", SNIPPET_NAME);
	s.text[LANG_JA] = web_body(w, "ja", LIMIT_KIB(16));
	s.text[LANG_EN] = web_body(w, "en", LIMIT_KIB(16));
	check_words(w, &s);
	if (problems_any(&w->problems))
		return page(w, id);
	enum err e = snippet_save(w->db, w->a, &s);

	if (e == ERR_EXISTS || e == ERR_LIMIT || (e == ERR_CONFLICT && !w->json)) {
		web_problem(w, "name",
		    e == ERR_EXISTS	? N_("There is one of this name. Choose another name, or change that one.")
			: e == ERR_LIMIT ? N_("The list is full. Remove what is no longer needed.")
					 : N_("Somebody else changed it in the meantime. Look at it in another window, and save again."));
		return page(w, id);
	}
	TRY(e);
	TRY(journal(w, id == 0 ? "snippet.add" : "snippet.change", &s));
	value_set_int(w->a, w->data, "id", s.id);
	return id == 0 ? web_created(w, "/me/snippets", N_("Snippet saved")) : web_redirect(w, "/me/snippets", N_("Snippet saved"), 0);
}

static enum err
of_path(struct web *w, struct snippet *ret)
{
	int64_t id;

	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	TRY(snippet_get(w->db, w->a, id, w->user->id, ret));
	return may_change(w, ret) ? OK : ERR_DENIED;
}

static enum err
take_away(struct web *w)
{
	struct value *undo = value_object(w->a);
	struct snippet s;
	int64_t undo_id;

	TRY(of_path(w, &s));
	TRY(snippet_delete(w->db, s.id));
	TRY(journal(w, "snippet.remove", &s));
	to_payload(w, &s, undo);
	TRY(web_add_undo(w, "snippet.remove", undo, &undo_id));
	return web_redirect(w, "/me/snippets", N_("Snippet removed"), undo_id);
}

static enum err
undo_remove(struct web *w, const struct value *p)
{
	struct snippet s = {
		.person_id = value_true(value_get(p, "team")) ? 0 : w->user->id,
		.name = value_cstr(value_get(p, "name")),
		.text = { [LANG_JA] = value_cstr(value_get(p, "ja")), [LANG_EN] = value_cstr(value_get(p, "en")) },
		.changed_by = w->user->id,
		.changed_at = w->now,
	};

	TRY(snippet_save(w->db, w->a, &s));
	return journal(w, "snippet.add", &s);
}

static enum err
move(struct web *w)
{
	static const char *const acts[] = { "up", "down", NULL };
	const char *act = web_choice(w, "act", acts, true);
	struct snippet s;

	TRY(of_path(w, &s));
	if (problems_any(&w->problems))
		return ERR_INVALID;
	TRY(snippet_move(w->db, &s, strcmp(act, "up") == 0));
	TRY(journal(w, "snippet.move", &s));
	return web_redirect(w, "/me/snippets", NULL, 0);
}

const struct web_route snippet_routes[] = {
	{ WEB_GET, "/snippets", PERM_REPORT_READ, look_up, 0,
	    "Snippets with their places filled in: q, tongue, incident, party, thread, report, raw = 1 (as they are)" },
	{ WEB_GET, "/me/snippets", PERM_REPORT_READ, show, 0, "My snippets and the team's: q; id (to change)" },
	{ WEB_POST, "/me/snippets", PERM_REPORT_READ, save, 0, "Write or change (id, version) one: name, ja, en, team = 1" },
	{ WEB_POST, "/me/snippets/:id/delete", PERM_REPORT_READ, take_away, 0, "Remove one" },
	{ WEB_POST, "/me/snippets/:id/move", PERM_REPORT_READ, move, 0, "act = up, down: its place in the list" },
	{ 0 },
};

const struct web_undo snippet_undos[] = {
	{ "snippet.remove", PERM_REPORT_READ, undo_remove },
	{ 0 },
};
