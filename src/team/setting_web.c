/* SPDX-License-Identifier: Apache-2.0 */
/* setting_web.c - /admin/settings: the table of auth/setting.h as forms. */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/utf8.h"
#include "http/http.h"
#include "job/job.h"
#include "team/journal_search_store.h"
#include "team/team_web.h"
#include "web/web_state.h"

#define TITLE N_("Settings")

/* Groups by the first word of a key, in the order of the page. */
static const struct {
	const char *prefix, *title, *note;
} groups[] = {
	{ "team", N_("The team"), NULL },
	{ "hours", N_("Business hours"), NULL },
	{ "report", N_("Reports"), NULL },
	{ "rules", N_("Routing rules"), NULL },
	{ "mail", N_("Mail"), NULL },
	{ "smtp", N_("Sending mail"), NULL },
	{ "imap", N_("Reading a mailbox"), NULL },
	{ "check", N_("Stop checks"), N_("Never an address of the constituency or a private one unless allowed below; never where the PAP label of the incident forbids it.") },
	{ "notify", N_("Letters about sites"), NULL },
	{ "pgp", N_("Signing"), N_("Keys are made and imported under Keys.") },
	{ "lookup", N_("Contact finding"), N_("Nothing is asked before it is switched on here.") },
	{ "feed", N_("Lists about vulnerabilities"), N_("Fetched as far as contact finding may ask other servers.") },
	{ "telescope", N_("The telescope"), N_("The thresholds can be tried on past days first: Observe, Noticed, Thresholds.") },
	{ "retention", N_("How long things are kept"), N_("Days. What goes and when stands under Retention; nothing of an incident under legal hold goes.") },
	{ "metrics", N_("Monitoring"), NULL },
	{ "about", N_("About the team"), N_("Shown on the public page about the team (RFC 2350). Empty texts are left out.") },
};

static bool
in_group(const char *key, const char *prefix)
{
	struct str s = str_of(key);

	return str_eat(&s, str_of(prefix)) && str_starts(s, STR("."));
}

static const char *
problem_at(struct web *w, const char *key)
{
	for (const struct problem *p = w->problems.first; p != NULL; p = p->next) {
		if (strcmp(p->field, key) == 0)
			return i18n_fill(w->a, web_tr(w, NULL, p->message),
			    I18N_ARGS({ "value", p->name == NULL ? "" : p->name }));
	}
	return NULL;
}

static const char *
choice_label(struct web *w, const char *choice)
{
	static const struct web_option labels[] = { { "require", N_("always, or nothing is sent") },
		{ "try", N_("when the server offers it") }, { "none", N_("never") }, { 0 } };

	for (size_t i = 0; labels[i].value != NULL; i++) {
		if (strcmp(labels[i].value, choice) == 0)
			return web_tr(w, NULL, labels[i].label);
	}
	return choice;
}

static void
add_choices(struct web *w, struct value *o, const struct value *choices, const char *value)
{
	struct value *list = value_set_list(w->a, o, "options");

	for (size_t i = 0; i < value_count(choices); i++) {
		const char *choice = value_cstr(value_at(choices, i));
		struct value *c = value_add_object(w->a, list);

		value_set_text(w->a, c, "value", choice);
		value_set_text(w->a, c, "label", choice_label(w, choice));
		value_set_bool(w->a, c, "selected", strcmp(choice, value) == 0);
	}
}

static const char *
input_of(const char *type)
{
	static const char *const inputs[][2] = { { "text", "area" }, { "bool", "check" },
		{ "int", "number" }, { "choice", "select" }, { "secret", "secret" } };

	for (size_t i = 0; i < COUNT(inputs); i++) {
		if (strcmp(inputs[i][0], type) == 0)
			return inputs[i][1];
	}
	return "text";
}

static void
add_field(struct web *w, struct value *fields, const struct value *s)
{
	struct value *o = value_add_object(w->a, fields);
	const char *key = value_cstr(value_get(s, "key"));
	const char *type = value_cstr(value_get(s, "type"));
	const char *value = value_cstr(value_get(s, "value"));

	if (strcmp(key, "team.url") == 0 && !value_true(value_get(s, "set")))
		value = team_web_base_url(w); /* most often what it should be */
	if (problems_any(&w->problems) && web_form_has(w, key))
		value = strcmp(type, "secret") == 0 ? "" : web_form(w, key); /* as typed */
	value_set_text(w->a, o, "name", key);
	value_set_text(w->a, o, "label", web_tr(w, NULL, value_cstr(value_get(s, "label"))));
	value_set_text(w->a, o, "hint", web_tr(w, NULL, value_cstr(value_get(s, "doc"))));
	value_set_text(w->a, o, "value", value);
	value_set_text(w->a, o, "error", problem_at(w, key));
	value_set_bool(w->a, o, "checked", strcmp(value, "1") == 0);
	value_set_bool(w->a, o, "set", value_true(value_get(s, "set")));
	value_set_bool(w->a, value_set_object(w->a, o, "is"), input_of(type), true);
	if (strcmp(type, "choice") == 0)
		add_choices(w, o, value_get(s, "choices"), value);
}

/* The last trial of a mail server, and the button for the next one. */
static enum err
set_trial(struct web *w, struct value *group, const char *kind)
{
	struct value *o = value_set_object(w->a, group, "trial"), *last;
	int64_t at;
	enum err e = journal_search_store_last(w->db, w->a, kind, &last, &at);

	value_set_text(w->a, o, "kind", kind);
	if (e == ERR_NOT_FOUND)
		return OK;
	TRY(e);
	bool good = value_true(value_get(last, "good"));
	struct value *b = value_set_object(w->a, o, "@badge");

	value_set_text(w->a, b, "state", good ? "good" : "late");
	value_set_text(w->a, b, "text", good ? web_tr(w, NULL, N_("It worked")) : web_tr(w, NULL, N_("It failed")));
	value_set_text(w->a, o, "text", value_cstr(value_get(last, "text")));
	web_set_time(w, o, "at", at);
	return OK;
}

static enum err
model(struct web *w)
{
	struct value *all, *list = value_set_list(w->a, w->ui, "groups");

	TRY(setting_list(w->db, w->a, &all));
	value_set(w->a, w->data, "items", all);
	value_set_int(w->a, w->data, "total", (int64_t)value_count(all));
	for (size_t g = 0; g < COUNT(groups); g++) {
		struct value *o = value_add_object(w->a, list);
		struct value *fields = value_set_list(w->a, o, "fields");

		value_set_text(w->a, o, "id", groups[g].prefix);
		value_set_text(w->a, o, "title", web_tr(w, NULL, groups[g].title));
		if (groups[g].note != NULL)
			value_set_text(w->a, o, "note", web_tr(w, NULL, groups[g].note));
		for (size_t i = 0; i < value_count(all); i++) {
			const struct value *s = value_at(all, i);

			if (in_group(value_cstr(value_get(s, "key")), groups[g].prefix))
				add_field(w, fields, s);
		}
		if (strcmp(groups[g].prefix, "smtp") == 0)
			TRY(set_trial(w, o, "mail.test-smtp"));
		if (strcmp(groups[g].prefix, "imap") == 0)
			TRY(set_trial(w, o, "mail.test-imap"));
	}
	team_web_admin_nav(w, "/admin/settings");
	return OK;
}

static enum err
show(struct web *w)
{
	TRY(model(w));
	return web_page(w, "admin_settings", TITLE);
}

/* What the form says of ${s}: NULL when it says nothing. A checkbox sends "0"
 * always and "1" beside it when it is ticked. */
static const char *
typed(struct web *w, const struct setting *s)
{
	size_t n;
	const char *const *all = web_form_all(w, s->key, &n);

	if (n == 0)
		return w->json_body != NULL && web_form_has(w, s->key) ? "0" : NULL;
	if (s->type == SETTING_BOOL)
		return strcmp(all[n - 1], "1") == 0 ? "1" : "0";
	if (s->type == SETTING_SECRET && *all[0] == '\0')
		return NULL; /* it stays */
	if (s->type == SETTING_TEXT)
		return all[0];
	return arena_cstr(w->a, str_trim(str_of(all[0])));
}

static enum err
save_one(struct web *w, const struct setting *s, const char *value)
{
	struct value *payload = value_object(w->a);
	bool secret = s->type == SETTING_SECRET;

	if (!secret && strcmp(setting_text(w->db, w->a, s->key), value) == 0)
		return OK;
	value_set_text(w->a, payload, "key", s->key);
	if (!secret) {
		value_set_text(w->a, payload, "from", setting_text(w->db, w->a, s->key));
		value_set_text(w->a, payload, "to", value);
	}
	TRY(setting_set(w->db, w->a, web_key(w->state), str_of(s->key), str_of(value)));
	return web_journal(w, "setting.change", "setting", 0, payload);
}

/* Where the part ${prefix} begins on the page. */
static const char *
address_of(struct web *w, const char *prefix)
{
	for (size_t g = 0; g < COUNT(groups); g++) {
		if (strcmp(groups[g].prefix, prefix) == 0)
			return arena_printf(w->a, "/admin/settings#%s", prefix);
	}
	return "/admin/settings";
}

static enum err
save(struct web *w)
{
	for (const struct setting *s = setting_table; s->key != NULL; s++) {
		const char *value = typed(w, s), *allowed = NULL, *fault;

		if (value == NULL)
			continue;
		fault = setting_fault(w->a, s, str_of(value), &allowed);
		if (fault != NULL)
			problems_add(&w->problems, s->key, fault, allowed);
	}
	if (problems_any(&w->problems)) {
		TRY(model(w));
		return web_again(w, "admin_settings", TITLE);
	}
	bool mailbox = false;

	for (const struct setting *s = setting_table; s->key != NULL; s++) {
		const char *value = typed(w, s);

		if (value != NULL)
			TRY(save_one(w, s, value));
		mailbox = mailbox || (value != NULL && in_group(s->key, "imap"));
	}
	if (mailbox) /* the next look is at once */
		TRY(job_add(w->db, w->a, &(struct job_new){ .kind = "mail.poll", .key = "every:mail.poll" }, w->now, NULL));
	return web_redirect(w, address_of(w, web_form(w, "part")), N_("Saved"), 0);
}

/* Forget a stored password. */
static enum err
forget(struct web *w)
{
	const struct setting *s = setting_find(web_form_str(w, "key"));
	struct value *payload = value_object(w->a);

	if (s == NULL || s->type != SETTING_SECRET)
		return ERR_NOT_FOUND;
	TRY(setting_reset(w->db, str_of(s->key)));
	value_set_text(w->a, payload, "key", s->key);
	TRY(web_journal(w, "setting.change", "setting", 0, payload));
	return web_redirect(w, "/admin/settings", N_("The stored password is forgotten"), 0);
}

static enum err
try_server(struct web *w)
{
	static const char *const kinds[] = { "mail.test-smtp", "mail.test-imap", NULL };
	const char *kind = web_choice(w, "kind", kinds, true);
	struct value *payload = value_object(w->a);
	const struct job_new job = { .kind = kind, .payload = payload, .key = kind };
	int64_t id;

	if (*kind == '\0')
		return ERR_INVALID;
	value_set_int(w->a, payload, "by", w->user->id);
	value_set_text(w->a, payload, "name", w->user->name);
	TRY(job_add(w->db, w->a, &job, w->now, &id));
	value_set_int(w->a, w->data, "job", id);
	return web_redirect(w, strcmp(kind, kinds[0]) == 0 ? "/admin/settings#smtp" : "/admin/settings#imap",
	    N_("It is being tried; reload in a moment"), 0);
}

const struct web_route team_setting_routes[] = {
	{ WEB_GET, "/admin/settings", PERM_ADMIN, show, 0, "All settings; secrets are never shown" },
	{ WEB_POST, "/admin/settings", PERM_ADMIN, save, 0, "Change settings, each by its key" },
	{ WEB_POST, "/admin/settings/try", PERM_ADMIN, try_server, 0,
	    "Try a mail server: kind = mail.test-smtp, mail.test-imap" },
	{ WEB_POST, "/admin/settings/forget", PERM_ADMIN, forget, 0, "Forget a stored password: key" },
	{ 0 },
};
