/* SPDX-License-Identifier: Apache-2.0 */
/* template_web.c - /admin/templates: the ready letters in the team's words. */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/limit.h"
#include "incident/decide.h"
#include "incident/incident_list.h"
#include "incident/incident_store.h"
#include "incident/letter_fill.h"
#include "incident/ready.h"
#include "incident/report_store.h"
#include "team/team_web.h"

#define TITLE N_("Ready letters")

static const enum lang langs[] = { LANG_JA, LANG_EN };

static const char *
address(struct web *w, const struct ready_letter *r, enum lang lang)
{
	return arena_printf(w->a, "/admin/templates/%s/%s", r->name, lang_code(lang));
}

static const char *
lang_name(enum lang lang)
{
	return lang == LANG_JA ? "日本語" : "English";
}

static enum err
list(struct web *w)
{
	struct value *items = value_set_list(w->a, w->data, "items");

	for (const struct ready_letter *r = ready_letters; r->name != NULL; r++) {
		for (size_t k = 0; k < COUNT(langs); k++) {
			struct value *o = value_add_object(w->a, items);
			struct ready_words words;

			TRY(ready_words(w->db, w->a, r, langs[k], &words));
			value_set_text(w->a, o, "name", r->name);
			value_set_text(w->a, o, "lang", lang_code(langs[k]));
			value_set_text(w->a, o, "subject", words.subject);
			value_set_text(w->a, o, "body", words.body);
			value_set_int(w->a, o, "version", words.version);
			web_set_time(w, o, "updated_at", words.updated_at);
			value_set_text(w->a, o, "@label", web_tr(w, "letter", r->label));
			value_set_text(w->a, o, "@lang_text", lang_name(langs[k]));
			value_set_text(w->a, o, "@href", address(w, r, langs[k]));
			value_set_text(w->a, o, "@to",
			    r->reporter ? web_tr(w, NULL, N_("to reporters")) : web_tr(w, NULL, N_("to parties")));
		}
	}
	value_set_int(w->a, w->data, "total", (int64_t)value_count(items));
	team_web_admin_nav(w, "/admin/templates");
	return web_page(w, "admin_templates", TITLE);
}

static enum err
of_path(struct web *w, const struct ready_letter **ret, enum lang *ret_lang)
{
	*ret = ready_find(web_path(w, "name"));
	return *ret != NULL && lang_parse(str_of(web_path(w, "tongue")), ret_lang) ? OK : ERR_NOT_FOUND;
}

/* Preview */

/* The incident that was named, or the newest open one. */
static enum err
incident_for(struct web *w, const char *ref, struct incident *ret)
{
	struct incident_filter f = { .state = "open", .owner = -1, .domestic = -1 };
	struct incident_page page;
	bool visible = false;

	if (*ref != '\0') {
		TRY(incident_by_ref(w->db, w->a, str_of(ref), ret));
		TRY(incident_visible(w->db, ret, w->user, &visible));
		return visible ? OK : ERR_NOT_FOUND;
	}
	TRY(incident_list(w->db, w->a, &f, w->user, w->now, 0, 1, &page));
	return page.n == 0 ? ERR_NOT_FOUND : incident_get(w->db, w->a, page.id[0], ret);
}

static enum err
party_preview(struct web *w, const struct ready_letter *r, enum lang lang, const struct ready_words *words,
    const char **ret_subject, const char **ret_text)
{
	const struct party party = {
		.org = lang == LANG_JA ? "例示株式会社" : "Example Inc.",
		.name = lang == LANG_JA ? "例示 花子" : "Alex Example",
		.email = "contact@example.com",
		.lang = lang_code(lang),
	};
	const struct notification thread = { .id = 1, .subject = words->subject, .sent_at = w->now - 3 * CLOCK_DAY };
	struct notification_sources sources;
	struct incident i;
	enum err e = incident_for(w, web_form(w, "incident"), &i);

	if (e == ERR_NOT_FOUND) {
		web_problem(w, "incident", N_("There is no such incident. Write its number, as INC-2026-00042."));
		*ret_subject = *ret_text = "";
		return OK;
	}
	TRY(e);
	TRY(notification_sources(w->db, w->a, i.id, &sources));
	return letter_fill(w->db, w->a, letter_template_find(r->name),
	    &(struct letter_fill){
		.incident = &i,
		.party = &party,
		.thread = strcmp(r->name, "reminder") == 0 ? &thread : NULL,
		.sources = &sources,
		.words = words,
		.now = w->now,
	    },
	    ret_subject, ret_text);
}

/* Nobody's report: the places are the same for all. */
static void
reporter_preview(struct web *w, const struct ready_letter *r, enum lang lang, const struct ready_words *words,
    const char **ret_subject, const char **ret_text)
{
	const char *team = setting_text(w->db, w->a, lang == LANG_JA ? "team.name.ja" : "team.name.en");
	const char *when = zone_long(w->a, zone_tokyo(), lang, w->now);
	struct decide_letter_words sample = {
		.ref = "RPT-2026-000042",
		.name = lang == LANG_JA ? "例示 花子" : "Alex Example",
		.team = team,
		.reason = decide_decline_reasons[0],
		.on_page = strcmp(r->name, "accept-page") == 0,
		.subject = words->subject,
		.body = words->body,
	};
	enum decide_letter kind = strcmp(r->name, "decline") == 0 ? DECIDE_LETTER_DECLINE : DECIDE_LETTER_ACCEPT;

	if (strcmp(r->name, "acknowledge") != 0) {
		*ret_subject = decide_letter_subject(w->a, lang, &sample);
		*ret_text = decide_letter_text(w->a, lang, kind, &sample);
		return;
	}
	const struct i18n_arg *args = I18N_ARGS({ "name", sample.name }, { "team", team }, { "ref", sample.ref },
	    { "received_at", when }, { "due", when }, { "signature", letter_signature(w->db, w->a, lang) });

	*ret_subject = i18n_fill(w->a, words->subject, args);
	*ret_text = i18n_fill(w->a, words->body, args);
}

static enum err
set_preview(struct web *w, const struct ready_letter *r, enum lang lang, const struct ready_words *words)
{
	const char *subject, *text;

	if (r->reporter)
		reporter_preview(w, r, lang, words, &subject, &text);
	else
		TRY(party_preview(w, r, lang, words, &subject, &text));
	if (*text == '\0')
		return OK;
	struct value *o = value_set_object(w->a, w->data, "preview");

	value_set_text(w->a, o, "subject", subject);
	value_set_text(w->a, o, "text", text);
	value_set_text(w->a, o, "open", letter_open_places(w->a, subject, str_of(text)));
	return OK;
}

/* One letter */

static enum err
page(struct web *w, const struct ready_letter *r, enum lang lang, const struct ready_words *stored)
{
	struct value *others = value_set_list(w->a, w->ui, "tongues"), *places = value_set_list(w->a, w->ui, "places");
	struct str rest = str_of(r->places), place;

	value_set_text(w->a, w->data, "name", r->name);
	value_set_text(w->a, w->data, "lang", lang_code(lang));
	value_set_text(w->a, w->data, "subject", stored->subject);
	value_set_text(w->a, w->data, "body", stored->body);
	value_set_int(w->a, w->data, "version", stored->version);
	web_set_time(w, w->data, "updated_at", stored->updated_at);
	value_set_text(w->a, w->ui, "label", web_tr(w, "letter", r->label));
	value_set_text(w->a, w->ui, "action", address(w, r, lang));
	value_set_bool(w->a, w->ui, "reporter", r->reporter);
	while (str_split(&rest, ' ', &place))
		value_add_text(w->a, places, arena_printf(w->a, "{%.*s}", STR_F(place)));
	for (size_t k = 0; k < COUNT(langs); k++) {
		struct value *o = value_add_object(w->a, others);

		value_set_text(w->a, o, "href", address(w, r, langs[k]));
		value_set_text(w->a, o, "label", lang_name(langs[k]));
		value_set_bool(w->a, o, "current", langs[k] == lang);
	}
	web_fill(w, "subject", stored->subject);
	web_fill(w, "body", stored->body);
	team_web_admin_nav(w, "/admin/templates");
	return web_again(w, "admin_template", TITLE);
}

static enum err
show(struct web *w)
{
	const struct ready_letter *r;
	struct ready_words words;
	enum lang lang;

	TRY(of_path(w, &r, &lang));
	TRY(ready_words(w->db, w->a, r, lang, &words));
	return page(w, r, lang, &words);
}

static enum err
journal_change(struct web *w, const char *action, const struct ready_letter *r, enum lang lang,
    const struct ready_words *was, const struct ready_words *is)
{
	struct value *p = value_object(w->a);

	value_set_text(w->a, p, "name", r->name);
	value_set_text(w->a, p, "lang", lang_code(lang));
	value_set_int(w->a, p, "version", was->version + 1);
	/* Each version's words stay readable here. */
	value_set_text(w->a, p, "subject", is->subject);
	value_set_text(w->a, p, "body", is->body);
	value_set_text(w->a, p, "subject_before", was->subject);
	value_set_text(w->a, p, "body_before", was->body);
	return web_journal(w, action, "template", 0, p);
}

static enum err
save(struct web *w)
{
	static const char *const acts[] = { "save", "preview", "restore", NULL };
	const struct ready_letter *r;
	struct ready_words was, is;
	enum lang lang;

	TRY(of_path(w, &r, &lang));
	TRY(ready_words(w->db, w->a, r, lang, &was));
	const char *act = web_choice(w, "act", acts, true);
	bool restore = strcmp(act, "restore") == 0;

	if (restore) {
		ready_shipped(w->a, r, lang, &is);
	} else {
		is = (struct ready_words){ .subject = web_need_line(w, "subject", LIMIT_TITLE),
			.body = web_body(w, "body", LIMIT_BODY) };
		const char *unknown = ready_unknown_places(w->a, r, is.subject, str_of(is.body));

		if (str_trim(str_of(is.body)).n == 0)
			web_problem(w, "body", N_("This is empty. Fill it in."));
		if (*unknown != '\0')
			problems_add(&w->problems, "body", N_("Nothing can be put in for {value}. Use the places of the list."), unknown);
	}
	if (strcmp(act, "preview") == 0 && !problems_any(&w->problems))
		TRY(set_preview(w, r, lang, &is));
	if (problems_any(&w->problems) || strcmp(act, "preview") == 0)
		return page(w, r, lang, &was);
	int64_t version = web_form_int(w, "version", 0, INT64_MAX, was.version);
	enum err e = restore ? ready_restore(w->db, r, lang, version, w->now)
			     : ready_save(w->db, r, lang, version, is.subject, is.body, w->now);

	if (e == ERR_CONFLICT && !w->json) {
		web_problem(w, "body", N_("Somebody else changed it in the meantime. Look at it in another window, and save again."));
		return page(w, r, lang, &was);
	}
	TRY(e);
	TRY(journal_change(w, restore ? "template.restore" : "template.change", r, lang, &was, &is));
	return web_redirect(w, address(w, r, lang), restore ? N_("The shipped words are in use again") : N_("Saved"), 0);
}

const struct web_route team_template_routes[] = {
	{ WEB_GET, "/admin/templates", PERM_ADMIN, list, 0, "The ready letters in both languages" },
	{ WEB_GET, "/admin/templates/:name/:tongue", PERM_ADMIN, show, 0, "One of them; tongue = ja, en" },
	{ WEB_POST, "/admin/templates/:name/:tongue", PERM_ADMIN, save, 0,
	    "Change it: act = save, preview (incident), restore; subject, body, version" },
	{ 0 },
};
