/* SPDX-License-Identifier: Apache-2.0 */
#include "role/init_cli.h"

#include <string.h>
#include <sysexits.h>

#include "auth/auth.h"
#include "auth/setting.h"
#include "base/arena.h"
#include "base/limit.h"
#include "db/db.h"
#include "journal/journal.h"

struct init {
	const char *team;  /* its name */
	const char *email; /* of the first administrator */
	const char *person;
	struct str password;
	const char *hash;
	int64_t user; /* its id */
};

static int
read_options(struct cli *c, struct init *i)
{
	const char *path = cli_option(c, "--admin-password-file"), *fault;
	int rc;

	i->team = cli_option(c, "--name");
	i->email = cli_option(c, "--admin-email");
	i->person = cli_option(c, "--admin-name");
	if (i->team == NULL || *i->team == '\0' || i->email == NULL || path == NULL)
		return cli_fail(EX_USAGE,
		    "--name, --admin-email and --admin-password-file are needed; see `tobiguchi init --help`");
	if (c->args > 0)
		return cli_fail(EX_USAGE, "%s: init takes no argument", c->arg[0]);
	if (!user_email_valid(str_of(i->email)))
		return cli_fail(EX_USAGE, "--admin-email %s: this is no mail address", i->email);
	if (i->person == NULL)
		i->person = arena_dupn(c->a, i->email, strcspn(i->email, "@"));
	rc = cli_password(c, path, &i->password);
	if (rc != EX_OK)
		return rc;
	fault = auth_password_fault(i->password, str_of(i->email));
	if (fault != NULL)
		return cli_fail(EX_DATAERR, "%s: %s", path, fault);
	return EX_OK;
}

static enum err
tell_journal(struct cli *c, const struct init *i)
{
	struct value *payload = value_object(c->a);
	const struct journal_entry e = {
		.at = c->now,
		.actor_name = "system",
		.action = "user.add",
		.object = "user",
		.object_id = i->user,
		.payload = payload,
	};

	value_set_text(c->a, payload, "name", i->person);
	value_set_text(c->a, payload, "email", i->email);
	value_set_text(c->a, payload, "role", role_name(ROLE_ADMIN));
	return journal_write(c->db, c->a, &e);
}

static enum err
fill(struct cli *c, void *object)
{
	struct init *i = object;
	const struct user u = {
		.name = i->person,
		.email = i->email,
		.role = ROLE_ADMIN,
		.lang = LANG_JA,
		.zone = "Asia/Tokyo",
		.active = true,
		.single_keys = true,
		.theme = "system",
		.density = "comfortable",
	};
	bool done;

	TRY(auth_is_set_up(c->db, &done));
	if (done)
		return ERR_EXISTS;
	TRY(setting_set(c->db, c->a, c->key, STR("team.name.ja"), str_of(i->team)));
	TRY(setting_set(c->db, c->a, c->key, STR("team.name.en"), str_of(i->team)));
	TRY(user_add(c->db, c->a, &u, i->hash, c->now, &i->user));
	return tell_journal(c, i);
}

static int
init(struct cli *c)
{
	struct init i = { .team = NULL };
	struct value *v;
	enum err e;
	int rc = read_options(c, &i);

	rc = rc == EX_OK ? cli_open_new(c) : rc;
	if (rc != EX_OK)
		return rc;
	e = auth_hash_password(c->a, i.password, &i.hash);
	if (e != OK)
		return cli_fail(cli_exit(e), "the password cannot be hashed: %s", err_name(e));
	rc = cli_transaction(c, fill, &i);
	if (rc == cli_exit(ERR_EXISTS))
		return cli_fail(rc, "%s: is set up already; an administrator exists",
		    c->data == NULL ? "the database" : c->data);
	if (rc == cli_exit(ERR_INVALID))
		return cli_fail(rc, "--name: at most %d characters, no control characters",
		    LIMIT_NAME);
	if (rc != EX_OK)
		return rc;
	v = value_object(c->a);
	value_set_text(c->a, v, "team", i.team);
	value_set_text(c->a, v, "admin", i.email);
	value_set_text(c->a, v, "data", c->data);
	cli_print(c, v);
	return EX_OK;
}

static const struct cli_option init_options[] = {
	{ "--name", "NAME", "the team's name" },
	{ "--admin-email", "ADDRESS", "mail address of the first administrator" },
	{ "--admin-name", "NAME", "the administrator's name; from the address if not given" },
	{ "--admin-password-file", "FILE", "a file with the password, or - for standard input" },
	{ NULL, NULL, NULL },
};

const struct cli_command init_commands[] = {
	{ "init", "", "make a data folder with a first administrator", init_options, init },
	{ NULL, NULL, NULL, NULL, NULL },
};
