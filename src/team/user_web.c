/* SPDX-License-Identifier: Apache-2.0 */
/* user_web.c - /admin/users: who belongs to the team. */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/rand.h"
#include "http/http.h"
#include "team/team_web.h"

#define INVITE_LIFE (7 * CLOCK_DAY)
#define RESET_LIFE CLOCK_DAY

static void
badge(struct web *w, struct value *o, const struct user *u)
{
	struct value *b = value_set_object(w->a, o, "@badge");
	bool locked = u->locked_until > w->now;

	value_set_text(w->a, b, "state", !u->active ? "" : locked ? "late" : u->signed_in_at == 0 ? "soon" : "good");
	value_set_text(w->a, b, "text",
	    !u->active		     ? web_tr(w, NULL, N_("Inactive"))
		: locked	     ? web_tr(w, NULL, N_("Locked"))
		: u->signed_in_at == 0 ? web_tr(w, NULL, N_("Invited"))
				       : web_tr(w, NULL, N_("Active")));
}

static void
set_user(struct web *w, struct value *o, const struct user *u)
{
	value_set_int(w->a, o, "id", u->id);
	value_set_text(w->a, o, "name", u->name);
	value_set_text(w->a, o, "email", u->email);
	value_set_text(w->a, o, "role", role_name(u->role));
	value_set_text(w->a, o, "lang", lang_code(u->lang));
	value_set_text(w->a, o, "zone", u->zone);
	value_set_bool(w->a, o, "active", u->active);
	value_set_bool(w->a, o, "totp", u->totp);
	value_set_bool(w->a, o, "locked", u->locked_until > w->now);
	value_set_int(w->a, o, "version", u->version);
	web_set_time(w, o, "created_at", u->created_at);
	web_set_time(w, o, "signed_in_at", u->signed_in_at);
	value_set_text(w->a, o, "@href", arena_printf(w->a, "/admin/users/%lld", (long long)u->id));
	value_set_text(w->a, o, "@role_text", web_tr(w, "role", role_label(u->role)));
	badge(w, o, u);
}

static enum err
list(struct web *w)
{
	struct user *u;
	size_t n;

	TRY(user_list(w->db, w->a, &u, &n));
	value_set_int(w->a, w->data, "total", (int64_t)n);
	struct value *items = value_set_list(w->a, w->data, "items");

	for (size_t i = 0; i < n; i++)
		set_user(w, value_add_object(w->a, items), &u[i]);
	team_web_admin_nav(w, "/admin/users");
	return web_page(w, "admin_users", N_("People"));
}

static void
choices(struct web *w, const struct user *u)
{
	team_web_admin_nav(w, "/admin/users");
	team_web_langs(w, u->lang);
	team_web_zones(w, u->zone);
	team_web_roles(w, u->role);
}

/* What the form says; problems at its fields. */
static void
read_form(struct web *w, struct user *u)
{
	const struct zone *zone;

	u->name = web_need_line(w, "name", LIMIT_NAME);
	u->email = web_need_line(w, "email", LIMIT_ADDRESS);
	if (*u->email != '\0' && !user_email_valid(str_of(u->email)))
		web_problem(w, "email", N_("This is not a mail address. Write it as name@example.jp."));
	if (!role_parse(web_form_str(w, "role"), &u->role))
		web_problem(w, "role", N_("Choose a role."));
	(void)lang_parse(web_form_str(w, "lang"), &u->lang); /* absent: stays */
	if (web_form_has(w, "zone"))
		u->zone = web_line(w, "zone", 64);
	if (zone_find(u->zone, &zone) != OK)
		web_problem(w, "zone", N_("This time zone does not exist. Choose one of the list."));
}

static enum err
show_new(struct web *w)
{
	const struct user u = { .lang = w->lang, .zone = setting_text(w->db, w->a, "team.zone"),
		.role = ROLE_HANDLER };

	choices(w, &u);
	value_set_bool(w->a, w->ui, "is_new", true);
	return web_page(w, "admin_user", N_("Add a person"));
}

static enum err
make_link(struct web *w, const char *kind, int64_t user, int64_t life)
{
	const char *token, *url;
	struct str base = str_of(team_web_base_url(w));

	while (str_ends(base, STR("/")))
		base.n--;
	TRY(link_add(w->db, w->a, kind, user, w->now, life, &token));
	url = arena_printf(w->a, "%.*s/link?token=%s", STR_F(base), token);
	value_set_text(w->a, w->data, "link", url);
	return OK;
}

/* Nobody knows the first password: the invited person chooses one. */
static enum err
prepare_new(struct web *w)
{
	char bytes[32];
	const char *hash;

	rand_bytes(bytes, sizeof(bytes));
	TRY(auth_hash_password(w->a, str_of(base64_format(w->a, (struct str){ bytes, sizeof(bytes) })), &hash));
	w->prepared = arena_dup(w->a, hash);
	return OK;
}

static enum err
again_new(struct web *w, const struct user *u)
{
	choices(w, u);
	value_set_bool(w->a, w->ui, "is_new", true);
	return web_again(w, "admin_user", N_("Add a person"));
}

static enum err
show_one(struct web *w, const struct user *u)
{
	set_user(w, w->data, u);
	value_set_text(w->a, w->ui, "user_name", u->name);
	web_fill(w, "name", u->name);
	web_fill(w, "email", u->email);
	web_fill(w, "active", u->active ? "1" : "");
	choices(w, u);
	return web_page(w, "admin_user", N_("People"));
}

static enum err
add(struct web *w)
{
	struct user u = { .lang = w->lang, .zone = setting_text(w->db, w->a, "team.zone"),
		.active = true, .single_keys = true };
	struct value *payload = value_object(w->a);

	read_form(w, &u);
	if (problems_any(&w->problems))
		return again_new(w, &u);
	enum err e = user_add(w->db, w->a, &u, w->prepared, w->now, &u.id);

	if (e == ERR_EXISTS) {
		web_problem(w, "email", N_("This address has an account already."));
		return again_new(w, &u);
	}
	TRY(e);
	value_set_text(w->a, payload, "name", u.name);
	value_set_text(w->a, payload, "email", u.email);
	value_set_text(w->a, payload, "role", role_name(u.role));
	TRY(web_journal(w, "user.add", "user", u.id, payload));
	TRY(make_link(w, "invite", u.id, INVITE_LIFE));
	TRY(user_get(w->db, w->a, u.id, &u));
	if (w->json)
		w->status = 201;
	value_set_bool(w->a, w->ui, "link_invite", true);
	return show_one(w, &u);
}

static enum err
find(struct web *w, struct user *ret)
{
	int64_t id;

	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	return user_get(w->db, w->a, id, ret);
}

static enum err
show(struct web *w)
{
	struct user u;

	TRY(find(w, &u));
	return show_one(w, &u);
}

static void
change(struct web *w, struct value *payload, const char *key, const char *from, const char *to)
{
	if (strcmp(from, to) == 0)
		return;
	struct value *o = value_set_object(w->a, payload, key);

	value_set_text(w->a, o, "from", from);
	value_set_text(w->a, o, "to", to);
}

static void
differ(struct web *w, struct value *list_, const char *label, const char *theirs, const char *yours)
{
	if (strcmp(theirs, yours) == 0)
		return;
	struct value *o = value_add_object(w->a, list_);

	value_set_text(w->a, o, "label", web_tr(w, NULL, label));
	value_set_text(w->a, o, "theirs", theirs);
	value_set_text(w->a, o, "yours", yours);
}

/* Somebody else saved in between: both are shown, nothing is overwritten. */
static enum err
conflict(struct web *w, const struct user *now, const struct user *typed)
{
	struct value *o = value_set_object(w->a, w->ui, "conflict");
	struct value *fields = value_set_list(w->a, o, "fields");

	differ(w, fields, N_("Name"), now->name, typed->name);
	differ(w, fields, N_("Mail address"), now->email, typed->email);
	differ(w, fields, N_("Role"), web_tr(w, "role", role_label(now->role)),
	    web_tr(w, "role", role_label(typed->role)));
	set_user(w, w->data, now);
	value_set_text(w->a, w->ui, "user_name", now->name);
	choices(w, typed);
	w->status = 409;
	return web_again(w, "admin_user", N_("People"));
}

static enum err
again_one(struct web *w, const struct user *old, const struct user *u)
{
	set_user(w, w->data, old);
	value_set_text(w->a, w->ui, "user_name", old->name);
	choices(w, u);
	return web_again(w, "admin_user", N_("People"));
}

static enum err
save(struct web *w, const struct user *old)
{
	struct user u = *old;
	struct value *payload = value_object(w->a);

	read_form(w, &u);
	/* A browser leaves out an empty tick; a program that says nothing of it
	 * changes nothing. */
	if (w->auth.token_id == 0 || web_form_has(w, "active"))
		u.active = strcmp(web_form(w, "active"), "1") == 0;
	u.version = web_form_int(w, "version", 1, INT64_MAX, old->version);
	if (problems_any(&w->problems))
		return again_one(w, old, &u);
	enum err e = u.version != old->version ? ERR_CONFLICT : user_update(w->db, w->a, &u, w->now);

	if (e == ERR_CONFLICT)
		return conflict(w, old, &u);
	if (e == ERR_EXISTS)
		web_problem(w, "email", N_("This address has an account already."));
	if (e == ERR_DENIED)
		web_problem(w, "role", N_("This is the last administrator. Make somebody else an administrator first."));
	if (problems_any(&w->problems))
		return again_one(w, old, &u);
	TRY(e);
	change(w, payload, "name", old->name, u.name);
	change(w, payload, "email", old->email, u.email);
	change(w, payload, "role", role_name(old->role), role_name(u.role));
	change(w, payload, "active", old->active ? "1" : "0", u.active ? "1" : "0");
	TRY(web_journal(w, "user.change", "user", u.id, payload));
	set_user(w, w->data, &u);
	return web_redirect(w, "/admin/users", N_("Saved"), 0);
}

static enum err
reset(struct web *w, struct user *u)
{
	struct value *payload = value_object(w->a);
	int64_t n;

	if (!u->active)
		return ERR_CONFLICT;
	/* Whoever asks for it may have lost the account to somebody else. */
	TRY(session_revoke_all(w->db, u->id, u->id == w->user->id ? w->auth.session_id : 0));
	TRY(token_revoke_all(w->db, u->id, w->now, &n));
	TRY(make_link(w, "reset", u->id, RESET_LIFE));
	value_set_int(w->a, payload, "tokens_revoked", n);
	TRY(web_journal(w, "user.reset-link", "user", u->id, payload));
	return show_one(w, u);
}

static enum err
act(struct web *w)
{
	static const char *const acts[] = { "save", "reset", "totp-off", "unlock", "sign-out", NULL };
	const char *what = web_choice(w, "act", acts, false);
	const char *here, *toast;
	struct user u;

	TRY(find(w, &u));
	here = arena_printf(w->a, "/admin/users/%lld", (long long)u.id);
	if (*what == '\0' || strcmp(what, "save") == 0)
		return save(w, &u);
	if (strcmp(what, "reset") == 0)
		return reset(w, &u);
	if (strcmp(what, "totp-off") == 0) {
		TRY(totp_remove(w->db, u.id));
		toast = N_("The second step is off");
	} else if (strcmp(what, "unlock") == 0) {
		TRY(user_unlock(w->db, u.id));
		toast = N_("Unlocked");
	} else {
		TRY(session_revoke_all(w->db, u.id, 0));
		toast = N_("All sessions have ended");
	}
	TRY(web_journal(w, arena_printf(w->a, "user.%s", what), "user", u.id, NULL));
	return web_redirect(w, here, toast, 0);
}

const struct web_route team_user_routes[] = {
	{ WEB_GET, "/admin/users", PERM_ADMIN, list, 0, "The team's people" },
	{ WEB_GET, "/admin/users/new", PERM_ADMIN, show_new, 0, "The form for one more" },
	{ WEB_POST, "/admin/users/new", PERM_ADMIN, add, 0,
	    "Add a person: name, email, role, lang, zone; answers with a one-time link", prepare_new },
	{ WEB_GET, "/admin/users/:id", PERM_ADMIN, show, 0, "One person" },
	{ WEB_POST, "/admin/users/:id", PERM_ADMIN, act, 0,
	    "Change: name, email, role, lang, zone, active, version; or act = reset, totp-off, unlock, "
	    "sign-out" },
	{ 0 },
};
