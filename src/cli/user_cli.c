/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "auth/auth.h"
#include "auth/setting.h"
#include "base/arena.h"
#include "base/clock.h"
#include "cli/cli.h"
#include "db/db.h"
#include "journal/journal.h"

#define INVITE_TTL (7 * CLOCK_DAY)
#define RESET_TTL CLOCK_DAY

struct act { /* on one user */
	const char *email;
	struct user user;
	const char *hash; /* NULL: a link instead */
	const char *link;
	bool remove_totp;
};

static enum err
tell_journal(struct cli *c, const char *action, int64_t user, struct value *payload)
{
	return journal_write(c->db, c->a,
	    &(struct journal_entry){
		.at = c->now,
		.actor_name = "system",
		.action = action,
		.object = "user",
		.object_id = user,
		.payload = payload,
	    });
}

static enum err
make_link(struct cli *c, const char *kind, int64_t user, int64_t ttl, const char **ret)
{
	const char *token;

	TRY(link_add(c->db, c->a, kind, user, c->now, ttl, &token));
	*ret = arena_printf(c->a, "%s/link?token=%s", setting_text(c->db, c->a, "team.url"), token);
	return OK;
}

/* The hash of the password in --password-file; NULL when it is not given. */
static int
read_hash(struct cli *c, const char *email, const char **ret)
{
	const char *path = cli_option(c, "--password-file"), *fault;
	struct str password;
	int rc;

	*ret = NULL;
	if (path == NULL)
		return EX_OK;
	rc = cli_password(c, path, &password);
	if (rc != EX_OK)
		return rc;
	fault = auth_password_fault(password, str_of(email));
	if (fault != NULL)
		return cli_fail(EX_DATAERR, "%s: %s", path, fault);

	enum err e = auth_hash_password(c->a, password, ret);

	return e == OK ? EX_OK : cli_fail(cli_exit(e), "the password cannot be hashed: %s", err_name(e));
}

static void
print_act(struct cli *c, const struct act *t)
{
	struct value *v = value_object(c->a);

	value_set_int(c->a, v, "id", t->user.id);
	value_set_text(c->a, v, "email", t->user.email);
	if (t->link != NULL)
		value_set_text(c->a, v, "link", t->link);
	cli_print(c, v);
}

/* user add */

static enum err
add_it(struct cli *c, void *object)
{
	struct act *t = object;
	struct value *payload = value_object(c->a);

	TRY(user_add(c->db, c->a, &t->user, t->hash, c->now, &t->user.id));
	if (t->hash == NULL)
		TRY(make_link(c, "invite", t->user.id, INVITE_TTL, &t->link));
	value_set_text(c->a, payload, "name", t->user.name);
	value_set_text(c->a, payload, "email", t->user.email);
	value_set_text(c->a, payload, "role", role_name(t->user.role));
	return tell_journal(c, "user.add", t->user.id, payload);
}

static int
read_new(struct cli *c, struct user *u)
{
	const char *role = cli_option(c, "--role"), *lang = cli_option(c, "--lang");
	const struct zone *zone;

	u->email = cli_option(c, "--email");
	u->name = cli_option(c, "--name");
	u->zone = cli_option(c, "--zone");
	if (u->email == NULL || role == NULL || c->args > 0)
		return cli_fail(EX_USAGE, "--email and --role are needed; see `tobiguchi user add --help`");
	if (!user_email_valid(str_of(u->email)))
		return cli_fail(EX_USAGE, "--email %s: this is no mail address", u->email);
	if (u->name == NULL)
		u->name = arena_dupn(c->a, u->email, strcspn(u->email, "@"));
	if (u->zone != NULL && zone_find(u->zone, &zone) != OK)
		return cli_fail(EX_USAGE, "--zone %s: there is no such time zone", u->zone);
	if (lang != NULL && !lang_parse(str_of(lang), &u->lang))
		return cli_fail(EX_USAGE, "--lang %s: give ja or en", lang);
	if (role_parse(str_of(role), &u->role))
		return EX_OK;
	(void)cli_fail(EX_USAGE, "--role %s: give one of these:", role);
	for (enum role r = ROLE_ADMIN; r < ROLE_COUNT; r++)
		(void)fprintf(stderr, "  %s\n", role_name(r));
	return EX_USAGE;
}

static int
add(struct cli *c)
{
	struct act t = { .user = { .active = true, .single_keys = true, .lang = LANG_JA } };
	int rc = read_new(c, &t.user);

	rc = rc == EX_OK ? read_hash(c, t.user.email, &t.hash) : rc;
	rc = rc == EX_OK ? cli_open(c, true) : rc;
	if (rc != EX_OK)
		return rc;
	rc = cli_transaction(c, add_it, &t);
	if (rc == cli_exit(ERR_EXISTS))
		return cli_fail(rc, "%s: has an account already", t.user.email);
	if (rc == cli_exit(ERR_INVALID))
		return cli_fail(EX_USAGE, "--name: it is empty or too long");
	if (rc == EX_OK)
		print_act(c, &t);
	return rc;
}

/* user list */

static int
list(struct cli *c)
{
	struct value *v = value_list(c->a);
	struct user *users = NULL;
	size_t n = 0;
	int rc = cli_open(c, false);

	if (rc != EX_OK)
		return rc;

	enum err e = db_begin_read(c->db);

	if (e == OK)
		e = user_list(c->db, c->a, &users, &n);
	db_rollback(c->db); /* only read */
	if (e != OK)
		return cli_fail(cli_exit(e), "cannot read the users: %s", db_message(c->db));
	for (size_t i = 0; i < n; i++) {
		struct value *o = value_add_object(c->a, v);

		value_set_int(c->a, o, "id", users[i].id);
		value_set_text(c->a, o, "email", users[i].email);
		value_set_text(c->a, o, "name", users[i].name);
		value_set_text(c->a, o, "role", role_name(users[i].role));
		value_set_bool(c->a, o, "active", users[i].active);
		value_set_bool(c->a, o, "second_factor", users[i].totp);
		value_set_bool(c->a, o, "locked", users[i].locked_until > c->now);
		value_set_int(c->a, o, "signed_in_at", users[i].signed_in_at);
	}
	cli_print(c, v);
	return EX_OK;
}

/* user reset, lock, unlock */

static enum err
reset_it(struct cli *c, void *object)
{
	struct act *t = object;
	struct value *payload = value_object(c->a);
	int64_t n;

	TRY(user_by_email(c->db, c->a, str_of(t->email), &t->user));
	/* As at /admin/users: whoever held the account is out at once. */
	TRY(session_revoke_all(c->db, t->user.id, 0));
	TRY(token_revoke_all(c->db, t->user.id, c->now, &n));
	if (t->hash != NULL)
		TRY(user_set_password(c->db, t->user.id, t->hash, true, 0));
	else
		TRY(make_link(c, "reset", t->user.id, RESET_TTL, &t->link));
	TRY(user_unlock(c->db, t->user.id));
	if (t->remove_totp)
		TRY(totp_remove(c->db, t->user.id));
	value_set_bool(c->a, payload, "second_factor_removed", t->remove_totp);
	value_set_int(c->a, payload, "tokens_revoked", n);
	return tell_journal(c, "user.reset", t->user.id, payload);
}

static enum err
set_active(struct cli *c, struct act *t, bool active)
{
	TRY(user_by_email(c->db, c->a, str_of(t->email), &t->user));
	t->user.active = active;
	TRY(user_update(c->db, c->a, &t->user, c->now));
	TRY(user_unlock(c->db, t->user.id));
	return tell_journal(c, active ? "user.unlock" : "user.lock", t->user.id, NULL);
}

static enum err
lock_it(struct cli *c, void *object)
{
	return set_active(c, object, false);
}

static enum err
unlock_it(struct cli *c, void *object)
{
	return set_active(c, object, true);
}

static int
on_one(struct cli *c, struct act *t, enum err (*fn)(struct cli *c, void *object))
{
	int rc = cli_open(c, true);

	rc = rc == EX_OK ? cli_transaction(c, fn, t) : rc;
	if (rc == cli_exit(ERR_NOT_FOUND))
		return cli_fail(EX_NOUSER, "%s: there is no user with this address", t->email);
	if (rc == cli_exit(ERR_DENIED))
		return cli_fail(rc, "%s: is the last administrator; name another one first", t->email);
	if (rc == EX_OK)
		print_act(c, t);
	return rc;
}

static int
need_email(struct cli *c, struct act *t)
{
	if (c->args != 1)
		return cli_fail(EX_USAGE, "give one mail address");
	t->email = c->arg[0];
	return EX_OK;
}

static int
reset(struct cli *c)
{
	struct act t = { .remove_totp = cli_option(c, "--remove-second-factor") != NULL };
	int rc = need_email(c, &t);

	rc = rc == EX_OK ? read_hash(c, t.email, &t.hash) : rc;
	return rc == EX_OK ? on_one(c, &t, reset_it) : rc;
}

static int
lock(struct cli *c)
{
	struct act t = { .link = NULL };
	int rc = need_email(c, &t);

	return rc == EX_OK ? on_one(c, &t, lock_it) : rc;
}

static int
unlock(struct cli *c)
{
	struct act t = { .link = NULL };
	int rc = need_email(c, &t);

	return rc == EX_OK ? on_one(c, &t, unlock_it) : rc;
}

static const struct cli_option add_options[] = {
	{ "--email", "ADDRESS", "the user's mail address; it is the name for signing in" },
	{ "--role", "ROLE", "admin manager handler coordinator author analyst auditor" },
	{ "--name", "NAME", "as shown; from the address if not given" },
	{ "--lang", "LANG", "ja (if not given) or en" },
	{ "--zone", "ZONE", "time zone, such as Asia/Tokyo" },
	{ "--password-file", "FILE", "a file with the password; without it a link is printed" },
	{ NULL, NULL, NULL },
};
static const struct cli_option reset_options[] = {
	{ "--password-file", "FILE", "a file with the new password; without it a link is printed" },
	{ "--remove-second-factor", NULL, "for one who lost the device" },
	{ NULL, NULL, NULL },
};

const struct cli_command user_commands[] = {
	{ "user add", "", "add a user, or print a link for one who is invited", add_options, add },
	{ "user list", "", "list the users", NULL, list },
	{ "user reset", "ADDRESS", "a new password, or a link to choose one", reset_options, reset },
	{ "user lock", "ADDRESS", "sign a user out and let nobody in", NULL, lock },
	{ "user unlock", "ADDRESS", "let a locked user in again", NULL, unlock },
	{ NULL, NULL, NULL, NULL, NULL },
};
