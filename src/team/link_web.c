/* SPDX-License-Identifier: Apache-2.0 */
/* link_web.c - one-time links: first set-up, invitation, new password. */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/limit.h"
#include "journal/journal.h"
#include "team/team_web.h"
#include "web/web_state.h"

#define SET_UP N_("First set-up")
#define NEW_PASSWORD N_("Choose a new password")

static enum err
bad_link(struct web *w, const char *template)
{
	value_set_bool(w->a, w->ui, "link_bad", true);
	if (w->json)
		return ERR_NOT_FOUND;
	w->status = 410;
	return web_page(w, template, N_("This link no longer works"));
}

/* First set-up */

static enum err
set_up_open(struct web *w, struct str token, bool *ret)
{
	int64_t nobody;
	bool finished;
	enum err e = link_check(w->db, token, "set-up", w->now, &nobody);

	*ret = false;
	if (e == ERR_NOT_FOUND)
		return OK;
	TRY(e);
	TRY(auth_is_set_up(w->db, &finished));
	*ret = !finished;
	return OK;
}

static enum err
show_set_up(struct web *w)
{
	bool open;

	TRY(set_up_open(w, str_of(web_query(w, "token")), &open));
	if (!open)
		return bad_link(w, "set_up");
	team_web_langs(w, w->lang);
	team_web_zones(w, "Asia/Tokyo");
	web_fill(w, "token", web_query(w, "token"));
	return web_page(w, "set_up", SET_UP);
}

struct set_up {
	struct user admin;
	const char *hash;
	const char *name_ja, *name_en, *email;
};

static void
check_zone(struct web *w, const char **ret)
{
	const struct zone *zone;
	const char *name = web_line(w, "zone", 64);

	if (*name == '\0')
		name = "Asia/Tokyo";
	if (zone_find(name, &zone) != OK)
		web_problem(w, "zone", N_("This time zone does not exist. Choose one of the list."));
	*ret = name;
}

static const char *
need_email(struct web *w, const char *name)
{
	const char *email = web_need_line(w, name, LIMIT_ADDRESS);

	if (*email != '\0' && !user_email_valid(str_of(email)))
		web_problem(w, name, N_("This is not a mail address. Write it as name@example.jp."));
	return email;
}

static void
read_set_up(struct web *w, struct set_up *s)
{
	s->admin.name = web_need_line(w, "name", LIMIT_NAME);
	s->admin.email = need_email(w, "email");
	s->admin.role = ROLE_ADMIN;
	s->admin.active = true;
	s->admin.single_keys = true;
	s->admin.lang = w->lang;
	(void)lang_parse(web_form_str(w, "lang"), &s->admin.lang); /* absent: the page's */
	check_zone(w, &s->admin.zone);
	s->name_ja = web_line(w, "team_name_ja", LIMIT_NAME);
	s->name_en = web_line(w, "team_name_en", LIMIT_NAME);
	if (*s->name_ja == '\0' && *s->name_en == '\0')
		web_problem(w, "team_name_ja", N_("Name your team in one of the two languages."));
	s->email = web_line(w, "team_email", LIMIT_ADDRESS);
	if (*s->email != '\0' && !user_email_valid(str_of(s->email)))
		web_problem(w, "team_email", N_("This is not a mail address. Write it as name@example.jp."));
	if (*s->name_ja == '\0')
		s->name_ja = s->name_en;
	if (*s->name_en == '\0')
		s->name_en = s->name_ja;
}

static enum err
prepare_set_up(struct web *w)
{
	struct set_up *s = arena_one(w->a, struct set_up);
	bool open;

	w->prepared = s;
	TRY(set_up_open(w, web_form_str(w, "token"), &open));
	if (!open)
		return bad_link(w, "set_up");
	read_set_up(w, s);
	struct str password = team_web_new_password(w, str_of(s->admin.email));

	if (problems_any(&w->problems)) {
		team_web_langs(w, s->admin.lang);
		team_web_zones(w, s->admin.zone);
		return web_again(w, "set_up", SET_UP);
	}
	return auth_hash_password(w->a, password, &s->hash);
}

static enum err
save_setting(struct web *w, const char *key, const char *value)
{
	if (*value == '\0')
		return OK;
	return setting_set(w->db, w->a, web_key(w->state), str_of(key), str_of(value));
}

static enum err
set_up(struct web *w)
{
	struct set_up *s = w->prepared;
	struct auth_sign_in in;
	struct value *payload = value_object(w->a);
	int64_t nobody;
	enum err e = link_use(w->db, web_form_str(w, "token"), "set-up", w->now, &nobody);

	if (e == ERR_NOT_FOUND)
		return bad_link(w, "set_up");
	TRY(e);
	TRY(user_add(w->db, w->a, &s->admin, s->hash, w->now, &s->admin.id));
	TRY(save_setting(w, "team.name.ja", s->name_ja));
	TRY(save_setting(w, "team.name.en", s->name_en));
	TRY(save_setting(w, "team.email", s->email));
	TRY(save_setting(w, "team.zone", s->admin.zone));
	value_set_text(w->a, payload, "name", s->admin.name);
	value_set_text(w->a, payload, "role", role_name(s->admin.role));

	const struct journal_entry entry = {
		.at = w->now,
		.actor = s->admin.id,
		.actor_name = s->admin.name,
		.action = "team.set-up",
		.object = "user",
		.object_id = s->admin.id,
		.payload = payload,
	};

	TRY(journal_write(w->db, w->a, &entry));
	TRY(auth_sign_in_as(w->db, w->a, s->admin.id, w->now, &in));
	TRY(team_web_sign_in(w, &s->admin, &in));
	return web_redirect(w, "/admin", N_("The server is set up"), 0);
}

/* Invitation and new password: the same page */

static enum err
find_link(struct web *w, struct str token, const char **ret_kind, struct user *ret)
{
	static const char *const kinds[] = { "invite", "reset" };
	int64_t id;

	for (size_t i = 0; i < COUNT(kinds); i++) {
		enum err e = link_check(w->db, token, kinds[i], w->now, &id);

		if (e == ERR_NOT_FOUND)
			continue;
		TRY(e);
		TRY(user_get(w->db, w->a, id, ret));
		*ret_kind = kinds[i];
		return ret->active ? OK : ERR_NOT_FOUND;
	}
	return ERR_NOT_FOUND;
}

static enum err
show_link(struct web *w)
{
	const char *kind;
	struct user u;
	enum err e = find_link(w, str_of(web_query(w, "token")), &kind, &u);

	if (e == ERR_NOT_FOUND)
		return bad_link(w, "password");
	TRY(e);
	value_set_text(w->a, w->ui, "for_email", u.email);
	web_fill(w, "token", web_query(w, "token"));
	return web_page(w, "password", NEW_PASSWORD);
}

struct new_password {
	struct user user;
	const char *kind, *hash;
};

static enum err
prepare_link(struct web *w)
{
	struct new_password *n = arena_one(w->a, struct new_password);
	enum err e = find_link(w, web_form_str(w, "token"), &n->kind, &n->user);

	w->prepared = n;
	if (e == ERR_NOT_FOUND)
		return bad_link(w, "password");
	TRY(e);
	struct str password = team_web_new_password(w, str_of(n->user.email));

	if (problems_any(&w->problems)) {
		value_set_text(w->a, w->ui, "for_email", n->user.email);
		return web_again(w, "password", NEW_PASSWORD);
	}
	return auth_hash_password(w->a, password, &n->hash);
}

static enum err
use_link(struct web *w)
{
	struct new_password *n = w->prepared;
	struct auth_sign_in in;
	int64_t id;
	enum err e = link_use(w->db, web_form_str(w, "token"), n->kind, w->now, &id);

	if (e == ERR_NOT_FOUND)
		return bad_link(w, "password");
	TRY(e);
	TRY(user_set_password(w->db, id, n->hash, false, 0));
	/* Also those made since the link was. */
	TRY(token_revoke_all(w->db, id, w->now, NULL));

	const struct journal_entry entry = {
		.at = w->now,
		.actor = id,
		.actor_name = n->user.name,
		.action = "user.password",
		.object = "user",
		.object_id = id,
	};

	TRY(journal_write(w->db, w->a, &entry));
	/* The link stands for the password, not for the second step. */
	if (n->user.totp)
		return web_redirect(w, "/sign-in", N_("The password is changed. Sign in"), 0);
	TRY(auth_sign_in_as(w->db, w->a, id, w->now, &in));
	TRY(team_web_sign_in(w, &n->user, &in));
	return web_redirect(w, "/home", N_("The password is changed"), 0);
}

const struct web_route team_link_routes[] = {
	{ WEB_GET, "/set-up", PERM_PUBLIC, show_set_up, 0, "The first set-up, by one-time link" },
	{ WEB_POST, "/set-up", PERM_PUBLIC, set_up, 0,
	    "First administrator and team: token, name, email, password, password_again, lang, zone, "
	    "team_name_ja, team_name_en, team_email",
	    prepare_set_up },
	{ WEB_GET, "/link", PERM_PUBLIC, show_link, 0, "Choose a password, by one-time link" },
	{ WEB_POST, "/link", PERM_PUBLIC, use_link, 0, "Set it: token, password, password_again",
	    prepare_link },
	{ 0 },
};
