/* SPDX-License-Identifier: Apache-2.0 */
#include "team/team_web.h"

#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "http/http.h"
#include "journal/journal.h"

void
team_web_langs(struct web *w, enum lang chosen)
{
	static const struct web_option langs[] = { { "ja", N_("日本語") }, { "en", N_("English") }, { 0 } };

	web_options(w, "langs", "lang", langs, lang_code(chosen));
}

/* Those that our reporters and partners live in; each has one clock. */
static const char *const zones[] = { "Asia/Tokyo", "UTC", "Asia/Seoul", "Asia/Shanghai", "Asia/Taipei",
	"Asia/Hong_Kong", "Asia/Manila", "Asia/Singapore", "Asia/Kuala_Lumpur", "Asia/Jakarta",
	"Asia/Bangkok", "Asia/Ho_Chi_Minh", "Asia/Dhaka", "Asia/Colombo", "Asia/Kolkata",
	"Asia/Karachi", "Asia/Dubai", "Asia/Ulaanbaatar", "Australia/Brisbane", "Australia/Sydney",
	"Pacific/Auckland", "Europe/London", "Europe/Lisbon", "Europe/Paris", "Europe/Berlin",
	"Europe/Amsterdam", "Europe/Brussels", "Europe/Rome", "Europe/Madrid", "Europe/Zurich",
	"Europe/Vienna", "Europe/Prague", "Europe/Warsaw", "Europe/Helsinki", "Europe/Tallinn",
	"Europe/Kyiv", "Africa/Johannesburg", "America/Sao_Paulo", "America/New_York",
	"America/Chicago", "America/Denver", "America/Los_Angeles", "Pacific/Honolulu", NULL };

static void
add_zone(struct web *w, struct value *list, const char *name, const char *chosen)
{
	struct value *o = value_add_object(w->a, list);

	value_set_text(w->a, o, "value", name);
	value_set_text(w->a, o, "label", name);
	value_set_bool(w->a, o, "selected", strcmp(name, chosen) == 0);
}

void
team_web_zones(struct web *w, const char *chosen)
{
	struct value *list = value_set_list(w->a, w->ui, "@zones");
	bool listed = chosen == NULL || *chosen == '\0';

	if (listed)
		chosen = "Asia/Tokyo";
	for (size_t i = 0; zones[i] != NULL; i++) {
		add_zone(w, list, zones[i], chosen);
		listed = listed || strcmp(zones[i], chosen) == 0;
	}
	if (!listed)
		add_zone(w, list, chosen, chosen);
}

void
team_web_roles(struct web *w, enum role chosen)
{
	struct value *list = value_set_list(w->a, w->ui, "@roles");

	for (enum role r = ROLE_ADMIN; r < ROLE_COUNT; r++) {
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "value", role_name(r));
		value_set_text(w->a, o, "label", web_tr(w, "role", role_label(r)));
		value_set_bool(w->a, o, "selected", r == chosen);
	}
}

void
team_web_admin_nav(struct web *w, const char *current)
{
	static const struct {
		const char *href, *label;
		enum perm perm;
	} items[] = {
		{ "/admin", N_("Overview"), PERM_ADMIN },
		{ "/admin/users", N_("People"), PERM_ADMIN },
		{ "/admin/settings", N_("Settings"), PERM_ADMIN },
		{ "/admin/templates", N_("Ready letters"), PERM_ADMIN },
		{ "/admin/rules", N_("Routing rules"), PERM_ADMIN },
		{ "/admin/keys", N_("Keys"), PERM_ADMIN },
		{ "/admin/retention", N_("Retention"), PERM_ADMIN },
		{ "/admin/jobs", N_("Jobs"), PERM_ADMIN },
		{ "/admin/journal", N_("Journal"), PERM_JOURNAL },
	};
	struct value *list = value_set_list(w->a, w->ui, "admin_nav");

	for (size_t i = 0; i < COUNT(items); i++) {
		if (!auth_allows(&w->auth, items[i].perm))
			continue;
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "href", items[i].href);
		value_set_text(w->a, o, "label", web_tr(w, NULL, items[i].label));
		value_set_bool(w->a, o, "current", strcmp(items[i].href, current) == 0);
	}
}

enum err
team_web_sign_in(struct web *w, const struct user *user, const struct auth_sign_in *s)
{
	const struct journal_entry entry = {
		.at = w->now,
		.actor = user->id,
		.actor_name = user->name,
		.action = "user.sign-in",
		.object = "user",
		.object_id = user->id,
	};

	/* The browser's earlier session must not live on beside the new one. */
	if (w->auth.session_id != 0)
		TRY(auth_sign_out(w->db, w->auth.session_id));
	web_set_cookie(w, "session", s->cookie, s->max_age);
	web_set_cookie(w, "lang", lang_code(user->lang), 365 * 24 * 3600);
	return journal_write(w->db, w->a, &entry);
}

struct str
team_web_new_password(struct web *w, struct str email)
{
	struct str password = web_form_str(w, "password");
	const char *fault = auth_password_fault(password, email);

	if (fault != NULL)
		web_problem(w, "password", fault);
	else if (!str_equal(password, web_form_str(w, "password_again")))
		web_problem(w, "password_again", N_("The two passwords differ. Type the same one twice."));
	return password;
}

const char *
team_web_base_url(struct web *w)
{
	const char *url = setting_text(w->db, w->a, "team.url");
	struct str host = http_header(w->request, "host");
	bool tls = w->request->tls || str_is(http_header(w->request, "x-forwarded-proto"), "https");

	if (strcmp(url, setting_find(STR("team.url"))->fallback) != 0 || host.n == 0)
		return url;
	return arena_printf(w->a, "http%s://%.*s", tls ? "s" : "", STR_F(host));
}
