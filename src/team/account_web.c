/* SPDX-License-Identifier: Apache-2.0 */
/* account_web.c - /me: what a person decides for herself. */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "http/http.h"
#include "team/qr.h"
#include "team/team_web.h"
#include "web/web_state.h"

#define TITLE N_("Your settings")

/* Whoever found a token must not get an account by it. */
static enum err
need_session(const struct web *w)
{
	return w->auth.session_id == 0 ? ERR_DENIED : OK;
}

static enum err
list_sessions(struct web *w)
{
	struct value *list;

	TRY(session_list(w->db, w->a, w->user->id, w->auth.session_id, w->now, &list));
	for (size_t i = 0; i < value_count(list); i++) {
		struct value *o = value_item(list, i);

		web_set_time(w, o, "created_at", value_integer(value_get(o, "created_at")));
		web_set_time(w, o, "seen_at", value_integer(value_get(o, "seen_at")));
	}
	value_set(w->a, w->data, "sessions", list);
	value_set_bool(w->a, w->ui, "other_sessions", value_count(list) > 1);
	return OK;
}

static enum err
list_tokens(struct web *w)
{
	struct value *all, *valid = value_list(w->a);

	TRY(token_list(w->db, w->a, w->user->id, &all));
	for (size_t i = 0; i < value_count(all); i++) {
		struct value *o = value_item(all, i);

		if (value_integer(value_get(o, "revoked_at")) != 0)
			continue;
		web_set_time(w, o, "created_at", value_integer(value_get(o, "created_at")));
		web_set_time(w, o, "used_at", value_integer(value_get(o, "used_at")));
		value_add(w->a, valid, o);
	}
	value_set(w->a, w->data, "tokens", valid);
	value_set_bool(w->a, w->ui, "any_tokens", value_count(valid) > 0);
	return OK;
}

/* Scopes that make sense for this role. */
static void
list_scopes(struct web *w)
{
	static const struct {
		const char *name, *label;
		enum perm perm;
	} scopes[] = {
		{ "read", N_("Read everything that I may read"), PERM_SIGNED_IN },
		{ "intake", N_("Hand in mail (POST /intake/mail)"), PERM_INTAKE },
		{ "report.edit", N_("Enter and decide reports"), PERM_REPORT_EDIT },
		{ "incident.edit", N_("Change incidents"), PERM_INCIDENT_EDIT },
		{ "all", N_("Everything that I may do"), PERM_SIGNED_IN },
	};
	struct value *list = value_set_list(w->a, w->ui, "scopes");

	for (size_t i = 0; i < COUNT(scopes); i++) {
		if (!auth_may(w->user->role, scopes[i].perm))
			continue;
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "value", scopes[i].name);
		value_set_text(w->a, o, "label", web_tr(w, NULL, scopes[i].label));
		value_set_bool(w->a, o, "checked", i == 0);
	}
}

/* All that the page shows beside its forms. */
static enum err
model(struct web *w)
{
	struct user u;

	TRY(user_get(w->db, w->a, w->user->id, &u)); /* as it is after a change */
	value_set_int(w->a, w->data, "id", u.id);
	value_set_text(w->a, w->data, "name", u.name);
	value_set_text(w->a, w->data, "email", u.email);
	value_set_text(w->a, w->data, "role", role_name(u.role));
	value_set_text(w->a, w->data, "lang", lang_code(u.lang));
	value_set_text(w->a, w->data, "zone", u.zone);
	value_set_bool(w->a, w->data, "totp", u.totp);
	int64_t left = 0;

	if (u.totp)
		TRY(totp_recovery_left(w->db, u.id, &left));
	value_set_int(w->a, w->data, "recovery_codes_left", left);
	value_set_text(w->a, w->ui, "recovery_left",
	    web_trf(w, NULL, N_("Recovery codes left: {n}."), I18N_ARGS({ "n", i18n_number(w->a, left) })));
	value_set_text(w->a, w->ui, "role_text", web_tr(w, "role", role_label(u.role)));
	value_set_bool(w->a, w->ui, "must_change", u.must_change);
	web_fill(w, "name", u.name);
	web_fill(w, "theme", u.theme);
	web_fill(w, "density", u.density);
	web_fill(w, "single_keys", u.single_keys ? "1" : "");
	team_web_langs(w, u.lang);
	team_web_zones(w, u.zone);
	list_scopes(w);
	TRY(list_sessions(w));
	return list_tokens(w);
}

static enum err
show(struct web *w)
{
	TRY(model(w));
	return web_page(w, "me", TITLE);
}

static enum err
again(struct web *w)
{
	TRY(model(w));
	return web_again(w, "me", TITLE);
}

static enum err
save(struct web *w)
{
	static const char *const themes[] = { "system", "light", "dark", NULL };
	static const char *const densities[] = { "comfortable", "compact", NULL };
	const struct zone *zone;
	struct user u;

	TRY(need_session(w));
	TRY(user_get(w->db, w->a, w->user->id, &u));
	u.name = web_need_line(w, "name", LIMIT_NAME);
	if (web_form_has(w, "lang") && !lang_parse(web_form_str(w, "lang"), &u.lang))
		web_problem(w, "lang", N_("This choice does not exist. Choose one of the list."));
	if (web_form_has(w, "zone"))
		u.zone = web_line(w, "zone", 64);
	if (zone_find(u.zone, &zone) != OK)
		web_problem(w, "zone", N_("This time zone does not exist. Choose one of the list."));
	const char *theme = web_choice(w, "theme", themes, false);
	const char *density = web_choice(w, "density", densities, false);

	if (*theme != '\0')
		u.theme = theme;
	if (*density != '\0')
		u.density = density;
	u.single_keys = strcmp(web_form(w, "single_keys"), "1") == 0;
	if (problems_any(&w->problems))
		return again(w);
	TRY(user_update(w->db, w->a, &u, w->now));
	web_set_cookie(w, "lang", lang_code(u.lang), 365 * 24 * 3600);
	return web_redirect(w, "/me", i18n(u.lang, NULL, N_("Saved")), 0);
}

/* The present password, asked before what an open screen must not allow. */
static enum err
check_present(struct web *w, const char *field)
{
	const char *hash;

	if (!web_allow(w, "present-password", 20, 10 * CLOCK_MINUTE)) {
		web_problem(w, field, N_("Too many tries from your network. Wait ten minutes."));
		return OK;
	}
	TRY(user_password(w->db, w->a, w->user->id, &hash));
	if (!auth_password_matches(hash, web_form_str(w, field)))
		web_problem(w, field, N_("This is not your present password."));
	return OK;
}

static enum err
prepare_password(struct web *w)
{
	const char *hash;

	TRY(need_session(w));
	struct str password = team_web_new_password(w, str_of(w->user->email));

	TRY(check_present(w, "old"));
	if (!problems_any(&w->problems) && str_equal(password, web_form_str(w, "old")))
		web_problem(w, "password", N_("This is the present password. Choose another one."));
	if (problems_any(&w->problems))
		return again(w);
	TRY(auth_hash_password(w->a, password, &hash));
	w->prepared = arena_dup(w->a, hash);
	return OK;
}

/* Sessions end by themselves. Programs go on with their tokens, or a routine
 * change would stop the intake of mail; the tick ends them too. */
static enum err
save_password(struct web *w)
{
	bool tokens = strcmp(web_form(w, "end_tokens"), "1") == 0;
	struct value *payload = value_object(w->a);
	int64_t n = 0;

	TRY(user_set_password(w->db, w->user->id, w->prepared, false, w->auth.session_id));
	if (tokens)
		TRY(token_revoke_all(w->db, w->user->id, w->now, &n));
	value_set_int(w->a, payload, "tokens_revoked", n);
	TRY(web_journal(w, "user.password", "user", w->user->id, payload));
	return web_redirect(w, "/me",
	    tokens ? N_("The password is changed; other sessions and all tokens have ended") :
		     N_("The password is changed; other sessions have ended"),
	    0);
}

/* Second step */

static enum err
show_secret(struct web *w)
{
	struct totp_new t;

	totp_begin(w->a, setting_text(w->db, w->a, "team.name.en"), w->user->email, &t);
	struct value *o = value_set_object(w->a, w->ui, "totp_secret");
	struct value *d = value_set_object(w->a, w->data, "totp_secret");

	value_set_text(w->a, o, "secret", t.secret);
	value_set_text(w->a, o, "uri", t.uri);
	value_set_html(w->a, o, "qr", qr_svg(w->a, str_of(t.uri)));
	value_set_text(w->a, d, "secret", t.secret);
	value_set_text(w->a, d, "uri", t.uri);
	return show(w);
}

/* The code did not match: the same secret once more, not a new one. */
static enum err
same_secret(struct web *w)
{
	struct value *o = value_set_object(w->a, w->ui, "totp_secret");

	value_set_text(w->a, o, "secret", web_line(w, "secret", 64));
	web_problem(w, "code",
	    N_("This code did not match. Codes change every 30 seconds; check the clock of your device."));
	return again(w);
}

/* The only time that they are shown. */
static enum err
show_codes(struct web *w, int64_t user)
{
	struct value *list = value_set_list(w->a, w->data, "recovery_codes");

	TRY(totp_recovery_make(w->db, w->a, user, w->now, list));
	value_set_bool(w->a, w->ui, "has_recovery_codes", true);
	return show(w);
}

static enum err
prepare_totp(struct web *w)
{
	TRY(need_session(w));
	if (strcmp(web_form(w, "act"), "off") != 0 && strcmp(web_form(w, "act"), "codes") != 0)
		return OK;
	TRY(check_present(w, "totp_password"));
	return problems_any(&w->problems) ? again(w) : OK;
}

static enum err
save_totp(struct web *w)
{
	static const char *const acts[] = { "begin", "confirm", "off", "codes", NULL };
	const char *act = web_choice(w, "act", acts, true);
	struct user u;
	enum err e;

	TRY(user_get(w->db, w->a, w->user->id, &u));
	if (strcmp(act, "off") == 0) {
		TRY(totp_remove(w->db, u.id));
		TRY(web_journal(w, "user.totp-off", "user", u.id, NULL));
		return web_redirect(w, "/me", N_("The second step is off"), 0);
	}
	if (strcmp(act, "codes") == 0 && u.totp) {
		TRY(web_journal(w, "user.recovery-codes", "user", u.id, NULL));
		return show_codes(w, u.id);
	}
	if (u.totp || strcmp(act, "codes") == 0)
		return ERR_CONFLICT; /* switch it off first: that asks the password */
	if (strcmp(act, "begin") == 0)
		return show_secret(w);
	if (strcmp(act, "confirm") != 0)
		return again(w);
	e = totp_confirm(w->db, w->a, web_key(w->state), u.id, web_form_str(w, "secret"),
	    web_form_str(w, "code"), w->now);
	if (e == ERR_INVALID)
		return same_secret(w);
	TRY(e);
	TRY(web_journal(w, "user.totp-on", "user", u.id, NULL));
	return show_codes(w, u.id);
}

/* Sessions and tokens */

static enum err
end_sessions(struct web *w)
{
	int64_t id = web_form_int(w, "id", 1, INT64_MAX, 0);

	TRY(need_session(w));
	if (id == 0) {
		TRY(session_revoke_all(w->db, w->user->id, w->auth.session_id));
	} else {
		TRY(session_revoke(w->db, w->user->id, id));
	}
	TRY(web_journal(w, "user.sessions-end", "user", w->user->id, NULL));
	return web_redirect(w, "/me", id == 0 ? N_("Your other sessions have ended") : N_("The session has ended"), 0);
}

static enum err
make_token(struct web *w)
{
	const char *name = web_need_line(w, "token_name", LIMIT_NAME), *token;
	struct buf *scope = buf_new(w->a, 1024);
	struct value *payload = value_object(w->a);
	size_t n;
	const char *const *chosen = web_form_all(w, "scope", &n);

	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_char(scope, ',');
		buf_text(scope, chosen[i]);
	}
	if (n == 0)
		web_problem(w, "scope", N_("Choose at least one scope."));
	if (problems_any(&w->problems))
		return again(w);
	enum err e = token_add(w->db, w->a, w->user->id, name, buf_view(scope), w->now, &token);

	if (e == ERR_INVALID) {
		web_problem(w, "scope", N_("This scope does not exist. Choose from the list."));
		return again(w);
	}
	TRY(e);
	value_set_text(w->a, payload, "name", name);
	value_set_text(w->a, payload, "scope", buf_cstr(w->a, scope));
	TRY(web_journal(w, "user.token-add", "user", w->user->id, payload));
	value_set_text(w->a, w->data, "token", token);
	value_set_text(w->a, w->ui, "new_token", token);
	return show(w);
}

static enum err
tokens(struct web *w)
{
	static const char *const acts[] = { "add", "revoke", NULL };
	const char *act = web_choice(w, "act", acts, true);

	TRY(need_session(w));
	if (*act == '\0')
		return again(w);
	if (strcmp(act, "add") == 0)
		return make_token(w);
	TRY(token_revoke(w->db, w->user->id, web_form_int(w, "id", 1, INT64_MAX, 0), w->now));
	TRY(web_journal(w, "user.token-revoke", "user", w->user->id, NULL));
	return web_redirect(w, "/me", N_("The token is revoked"), 0);
}

static enum err
keys(struct web *w)
{
	return web_page(w, "keys", N_("Keyboard shortcuts"));
}

const struct web_route team_account_routes[] = {
	{ WEB_GET, "/me", PERM_SIGNED_IN, show, 0, "Me: settings, sessions, tokens" },
	{ WEB_POST, "/me", PERM_SIGNED_IN, save, 0,
	    "Change: name, lang, zone, theme, density, single_keys" },
	{ WEB_POST, "/me/password", PERM_SIGNED_IN, save_password, 0,
	    "Change my password: old, password, password_again, end_tokens = 1", prepare_password },
	{ WEB_POST, "/me/totp", PERM_SIGNED_IN, save_totp, 0,
	    "Second step: act = begin; confirm with secret, code; off or codes (new recovery codes) with totp_password", prepare_totp },
	{ WEB_POST, "/me/sessions", PERM_SIGNED_IN, end_sessions, 0,
	    "End one of my sessions (id), or all others" },
	{ WEB_POST, "/me/tokens", PERM_SIGNED_IN, tokens, 0,
	    "API tokens: act = add with token_name, scope; revoke with id" },
	{ WEB_GET, "/keys", PERM_SIGNED_IN, keys, 0, "Keyboard shortcuts" },
	{ 0 },
};
