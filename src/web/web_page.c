/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web_page.c - what every page has besides its own content: navigation with
 * counts, who is signed in, language, theme, the toast of the last act.
 */
#include <stdio.h>
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/base64.h"
#include "base/utf8.h"
#include "db/db.h"
#include "text/asset.h"
#include "web/web_priv.h"

struct nav_item {
	const char *key, *href, *label;
	enum perm perm;
	const char *gauge; /* counted beside it, or NULL */
};
/* The navigation of the whole product; those whose pages exist are shown. */
static const struct nav_item nav[] = {
	{ "home", "/home", N_("Home"), PERM_SIGNED_IN, NULL },
	{ "inbox", "/inbox", N_("Inbox"), PERM_REPORT_READ, "report/new" },
	{ "incidents", "/incidents", N_("Incidents"), PERM_INCIDENT_READ, "incident/open" },
	{ "desk", "/consultations", N_("Desk"), PERM_REPORT_READ, NULL },
	{ "phishing", "/takedowns", N_("Phishing"), PERM_INCIDENT_READ, NULL },
	{ "vulnerabilities", "/vulnerabilities", N_("Vulnerabilities"), PERM_SIGNED_IN, NULL },
	{ "observe", "/telescope", N_("Observe"), PERM_TELESCOPE_READ, NULL },
	{ "publish", "/statistics", N_("Statistics"), PERM_STATISTICS, NULL },
	{ "team", "/directory", N_("Directory"), PERM_DIRECTORY_READ, NULL },
	{ "admin", "/admin", N_("Administration"), PERM_ADMIN, NULL },
};

/* What everybody may do here. */
static const struct nav_item public_nav[] = {
	{ "report", "/report", N_("Report an incident"), PERM_PUBLIC, NULL },
	{ "report-status", "/report/status", N_("My report"), PERM_PUBLIC, NULL },
	{ "status", "/status", N_("Present state"), PERM_PUBLIC, NULL },
	{ "about", "/about", N_("About us"), PERM_PUBLIC, NULL },
};

static int64_t
gauge(struct web *w, const char *name)
{
	AUTO(db_stmt) q = NULL;

	if (w->db == NULL || db_one(w->db, &q, "SELECT n FROM gauge WHERE name = ?1", DB_TEXT(name)) != OK)
		return 0;
	return db_int(q, 0);
}

static void
navigation(struct web *w, struct value *page, const struct nav_item *items, size_t count)
{
	struct value *list = value_set_list(w->a, page, "nav"), *current = NULL;
	size_t longest = 0;

	for (size_t i = 0; i < count; i++) {
		struct web_match m;

		web_route_find(WEB_GET, items[i].href, &m);
		if (m.route == NULL || !auth_allows(&w->auth, items[i].perm))
			continue;
		struct value *o = value_add_object(w->a, list);
		int64_t n = items[i].gauge == NULL ? 0 : gauge(w, items[i].gauge);
		struct str href = str_of(items[i].href);

		value_set_text(w->a, o, "key", items[i].key);
		value_set_text(w->a, o, "href", items[i].href);
		value_set_text(w->a, o, "label", i18n(w->lang, "nav", items[i].label));
		value_set_bool(w->a, o, "current", false);
		/* The item with the longest address that begins ours. */
		if (str_starts(str_of(w->request->path), href) && href.n > longest) {
			longest = href.n;
			current = o;
		}
		if (n > 0)
			value_set_text(w->a, o, "count", i18n_number(w->a, n));
	}
	if (current != NULL)
		value_set_bool(w->a, current, "current", true);
}

/* What I was told and have not read. */
static void
bell(struct web *w, struct value *page)
{
	AUTO(db_stmt) q = NULL;

	if (w->db == NULL || db_one(w->db, &q,
	    "SELECT COUNT(*) FROM (SELECT 1 AS one FROM notice WHERE person_id = ?1 AND read_at IS NULL LIMIT 100) AS few",
	    DB_INT(w->user->id)) != OK)
		return;
	int64_t n = db_int(q, 0);

	value_set_text(w->a, page, "bell", n == 0 ? NULL : n > 99 ? "99+" : i18n_number(w->a, n));
}

/* What "New" makes, where that page exists. */
static void
set_new(struct web *w, struct value *page)
{
	struct web_match m;

	web_route_find(WEB_GET, "/inbox/new", &m);
	if (m.route != NULL && auth_allows(&w->auth, m.route->perm))
		value_set_text(w->a, page, "new_href", "/inbox/new");
}

/* Two letters for the round mark. */
static const char *
initials(struct web *w, const char *name)
{
	struct str s = str_of(name);
	size_t space = str_find_char(s, ' ', 0);

	if (s.n > 0 && (unsigned char)s.p[0] >= 0x80)
		return arena_cstr(w->a, utf8_take(s, 1));
	if (space == SIZE_MAX || space + 1 >= s.n)
		return arena_cstr(w->a, utf8_take(s, 2));
	return arena_printf(w->a, "%c%c", s.p[0], s.p[space + 1]);
}

static void
set_user(struct web *w, struct value *page)
{
	if (w->user == NULL)
		return;
	struct value *u = value_set_object(w->a, page, "user");

	value_set_int(w->a, u, "id", w->user->id);
	value_set_text(w->a, u, "name", w->user->name);
	value_set_text(w->a, u, "initials", initials(w, w->user->name));
	value_set_text(w->a, u, "role", i18n(w->lang, "role", role_label(w->user->role)));
	value_set_bool(w->a, u, "may_edit", auth_allows(&w->auth, PERM_INCIDENT_EDIT));
	value_set_bool(w->a, u, "may_triage", auth_allows(&w->auth, PERM_REPORT_EDIT));
	value_set_bool(w->a, u, "may_admin", auth_allows(&w->auth, PERM_ADMIN));
	value_set_bool(w->a, u, "must_change", w->user->must_change);
}

/* "12.BASE64": the undo number and what was done. */
static void
toast(struct web *w, struct value *page)
{
	struct str cookie = http_cookie(w->request, "toast"), number, text;
	int64_t undo;

	if (cookie.n == 0 || !str_split(&cookie, '.', &number) || !str_int(number, 0, INT64_MAX, &undo) ||
	    base64_parse(w->a, cookie, &text) != OK)
		return;
	struct value *t = value_set_object(w->a, page, "toast");

	value_set_str(w->a, t, "text", utf8_clean_line(w->a, utf8_take(text, 300)));
	if (undo > 0)
		value_set_int(w->a, t, "undo_id", undo);
	web_set_cookie(w, "toast", "", 0);
}

static const char *
one_of(const char *s, const char *const *values)
{
	for (size_t i = 0; values[i] != NULL; i++) {
		if (strcmp(values[i], s) == 0)
			return values[i];
	}
	return values[0];
}

static void
looks(struct web *w, struct value *page)
{
	static const char *const themes[] = { "system", "light", "dark", NULL };
	static const char *const densities[] = { "comfortable", "compact", NULL };
	const char *theme = w->user != NULL ? w->user->theme : arena_cstr(w->a, http_cookie(w->request, "theme"));
	const char *density = w->user != NULL ? w->user->density : "comfortable";
	const char *chosen = one_of(theme, themes);

	if (strcmp(chosen, "system") != 0)
		value_set_text(w->a, page, "theme", chosen);
	value_set_bool(w->a, value_set_object(w->a, page, "theme_is"), chosen, true);
	value_set_bool(w->a, value_set_object(w->a, page, "density_is"), one_of(density, densities), true);
	if (strcmp(one_of(density, densities), "compact") == 0)
		value_set_text(w->a, page, "density", "compact");
	value_set_bool(w->a, page, "keys_on", w->user == NULL || w->user->single_keys);
}

/* An error page has no database: it shows the name as it was last read. */
static const char *
team_name(struct web *w)
{
	char *kept = w->state->team_name[w->lang];
	size_t size = sizeof(w->state->team_name[0]);
	const char *name;

	if (w->db != NULL) {
		name = setting_text(w->db, w->a, w->lang == LANG_JA ? "team.name.ja" : "team.name.en");
		(void)pthread_mutex_lock(&w->state->lock);
		(void)snprintf(kept, size, "%s", name);
	} else {
		(void)pthread_mutex_lock(&w->state->lock);
		name = arena_dup(w->a, kept);
	}
	(void)pthread_mutex_unlock(&w->state->lock);
	return name;
}

/* The ui object becomes the model: data's members below its own, and "page". */
void
web_page_model(struct web *w)
{
	if (w->json || w->location != NULL || w->content_type != NULL || w->download != NULL)
		return;
	for (size_t i = 0; i < value_count(w->data); i++) {
		const char *key = value_key(w->data, i);

		if (value_get(w->ui, key) == NULL)
			value_set(w->a, w->ui, key, value_child(w->data, key));
	}
	struct value *page = value_set_object(w->a, w->ui, "page");
	enum lang other = w->lang == LANG_JA ? LANG_EN : LANG_JA;

	value_set_text(w->a, page, "title", w->title == NULL ? "" : i18n(w->lang, NULL, w->title));
	value_set_text(w->a, page, "lang", lang_code(w->lang));
	value_set_bool(w->a, page, "is_ja", w->lang == LANG_JA);
	value_set_text(w->a, page, "other_lang", lang_code(other));
	value_set_text(w->a, page, "other_lang_name", other == LANG_JA ? "日本語" : "English");
	value_set_text(w->a, page, "other_lang_href", web_with(w, "lang", lang_code(other)));
	value_set_text(w->a, page, "path", w->request->path);
	value_set_text(w->a, page, "here", web_with(w, "", NULL));
	value_set_text(w->a, page, "csrf", w->auth.csrf);
	value_set_text(w->a, page, "version", TOBIGUCHI_VERSION);
	value_set_text(w->a, page, "asset_css", asset_url("app.css"));
	value_set_text(w->a, page, "asset_js", asset_url("app.js"));
	value_set_text(w->a, page, "asset_icon", asset_url("favicon.svg"));
	value_set_text(w->a, page, "team_name", team_name(w));
	value_set_text(w->a, page, "zone_label",
	    arena_printf(w->a, "%s (UTC%+d)", zone_abbreviation(w->zone, w->now),
		(int)(zone_offset(w->zone, w->now) / 3600)));
	set_user(w, page);
	looks(w, page);
	toast(w, page);
	if (w->user != NULL) {
		navigation(w, page, nav, COUNT(nav));
		set_new(w, page);
		bell(w, page);
	} else {
		navigation(w, page, public_nav, COUNT(public_nav));
	}
}
