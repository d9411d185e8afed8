/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <sysexits.h>

#include "auth/auth.h"
#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "cli/cli.h"
#include "db/db.h"
#include "journal/journal.h"

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

struct create {
	const char *email, *scope, *name;
	const char *token;
	bool no_user;
};

static enum err
create_it(struct cli *c, void *object)
{
	struct create *t = object;
	struct value *payload = value_object(c->a);
	struct user u;
	enum err e = user_by_email(c->db, c->a, str_of(t->email), &u);

	if (e == ERR_NOT_FOUND || (e == OK && !u.active)) {
		t->no_user = true;
		return ERR_NOT_FOUND;
	}
	TRY(e);
	TRY(token_add(c->db, c->a, u.id, t->name, str_of(t->scope), c->now, &t->token));
	value_set_text(c->a, payload, "name", t->name);
	value_set_text(c->a, payload, "scope", t->scope);
	return tell_journal(c, "token.add", u.id, payload);
}

static int
scope_help(const char *scope)
{
	(void)cli_fail(EX_USAGE, "--scope %s: give \"all\", \"read\" or some of these, joined by commas:",
	    scope);
	for (enum perm p = PERM_SIGNED_IN; p < PERM_COUNT; p++)
		(void)fprintf(stderr, "  %s\n", perm_name(p));
	return EX_USAGE;
}

static int
create(struct cli *c)
{
	struct create t = {
		.email = cli_option(c, "--user"),
		.scope = cli_option(c, "--scope"),
		.name = cli_option(c, "--name"),
	};

	if (t.email == NULL || t.scope == NULL || c->args > 0)
		return cli_fail(EX_USAGE, "--user and --scope are needed; see `tobiguchi token create --help`");
	if (t.name == NULL)
		t.name = "command line";
	if (!utf8_valid(str_of(t.name)) || utf8_count(str_of(t.name)) > LIMIT_NAME)
		return cli_fail(EX_USAGE, "--name: at most %d characters", LIMIT_NAME);

	int rc = cli_open(c, true);

	if (rc != EX_OK)
		return rc;
	rc = cli_transaction(c, create_it, &t);
	if (t.no_user)
		return cli_fail(EX_NOUSER, "--user %s: there is no active user with this address", t.email);
	if (rc == cli_exit(ERR_INVALID))
		return scope_help(t.scope);
	if (rc != EX_OK)
		return rc;
	if (c->json) {
		struct value *v = value_object(c->a);

		value_set_text(c->a, v, "token", t.token);
		value_set_text(c->a, v, "scope", t.scope);
		cli_print(c, v);
	} else {
		(void)printf("%s\n", t.token); /* alone, for scripts */
	}
	return EX_OK;
}

static int
list(struct cli *c)
{
	struct value *v;
	int rc = cli_open(c, false);

	if (rc != EX_OK)
		return rc;

	enum err e = db_begin_read(c->db);

	if (e == OK)
		e = token_list(c->db, c->a, 0, &v);
	db_rollback(c->db); /* only read */
	if (e != OK)
		return cli_fail(cli_exit(e), "cannot read the tokens: %s", db_message(c->db));
	cli_print(c, v);
	return EX_OK;
}

static enum err
revoke_it(struct cli *c, void *object)
{
	const int64_t *id = object;
	struct value *payload = value_object(c->a);

	TRY(token_revoke(c->db, 0, *id, c->now));
	value_set_int(c->a, payload, "token", *id);
	return tell_journal(c, "token.revoke", 0, payload);
}

static int
revoke(struct cli *c)
{
	int64_t id;

	if (c->args != 1 || !str_int(str_of(c->arg[0]), 1, INT64_MAX, &id))
		return cli_fail(EX_USAGE, "give the token's number; `tobiguchi token list` shows it");

	int rc = cli_open(c, true);

	rc = rc == EX_OK ? cli_transaction(c, revoke_it, &id) : rc;
	if (rc == cli_exit(ERR_NOT_FOUND))
		return cli_fail(rc, "%s: there is no such valid token", c->arg[0]);
	return rc;
}

static const struct cli_option create_options[] = {
	{ "--user", "ADDRESS", "whose token; it may do nothing the user may not" },
	{ "--scope", "SCOPE", "all, read, or permissions such as report.read,intake" },
	{ "--name", "NAME", "what it is for" },
	{ NULL, NULL, NULL },
};

const struct cli_command token_commands[] = {
	{ "token create", "", "print a new API token; it is shown only now", create_options, create },
	{ "token list", "", "list the API tokens, without their secrets", NULL, list },
	{ "token revoke", "NUMBER", "end an API token", NULL, revoke },
	{ NULL, NULL, NULL, NULL, NULL },
};
