/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "blob/blob.h"
#include "db/db.h"
#include "sys/files.h"
#include "sys/user.h"

static void
free_db(void *object)
{
	db_free(object);
}

static void
free_blobs(void *object)
{
	blob_store_free(object);
}

static int
need_places(const struct cli *c)
{
	if (c->db_url == NULL || c->key_file == NULL)
		return cli_fail(EX_USAGE,
		    "say where the data folder is: --data DIR, or TOBIGUCHI_DATA in the environment");
	return EX_OK;
}

static int
key_read(struct cli *c)
{
	switch (files_key_read(c->key_file, c->key)) {
	case OK:
		return EX_OK;
	case ERR_NOT_FOUND:
		return cli_fail(EX_NOINPUT,
		    "%s: no such file; `tobiguchi init` or `tobiguchi serve` makes a data folder",
		    c->key_file);
	case ERR_INVALID:
		return cli_fail(EX_CONFIG, "%s: a secret key has exactly 32 bytes", c->key_file);
	case ERR_DENIED:
		return cli_fail(EX_NOPERM,
		    "%s: must be readable by this user and by nobody else (mode 0600)",
		    c->key_file);
	default:
		return cli_fail(EX_IOERR, "%s: cannot be read", c->key_file);
	}
}

static int
db_connect(struct cli *c, bool write)
{
	bool sqlite = str_starts(str_of(c->db_url), STR("sqlite:"));
	const char *lock = sqlite && c->data != NULL
	    ? arena_printf(c->a, "%s/write.lock", c->data)
	    : NULL;
	enum err e = db_open(c->db_url, !write, lock, &c->db);

	if (c->db != NULL)
		arena_defer(c->a, free_db, c->db);
	/* The address may hold a password: it is not printed. */
	if (e != OK)
		return cli_fail(cli_exit(e), "cannot open the database: %s %s", err_name(e),
		    c->db == NULL ? "" : db_message(c->db));
	return EX_OK;
}

static int
schema_check(struct cli *c)
{
	enum err e = db_schema_check(c->db);

	if (e == ERR_NOT_FOUND)
		return cli_fail(EX_CONFIG,
		    "the database is empty or of an older version; `tobiguchi serve` brings it up to date");
	if (e == ERR_CONFLICT)
		return cli_fail(EX_CONFIG,
		    "the database is of a newer version than this program (%s); use the newer program",
		    TOBIGUCHI_VERSION);
	if (e != OK)
		return cli_fail(cli_exit(e), "cannot read the database: %s", db_message(c->db));
	return EX_OK;
}

static int
blobs_open(struct cli *c)
{
	enum err e = blob_store_open(c->data == NULL ? "" : c->data, c->key, &c->blobs);

	if (e != OK)
		return cli_fail(cli_exit(e), "%s/blobs: %s", c->data == NULL ? "" : c->data,
		    err_name(e));
	arena_defer(c->a, free_blobs, c->blobs);
	return EX_OK;
}

static int
become_owner(struct cli *c)
{
	enum err e = c->data == NULL ? OK : sys_user_become_owner(c->data);

	if (e == ERR_NOT_FOUND)
		return cli_fail(EX_NOINPUT, "%s: no such folder", c->data);
	if (e != OK)
		return cli_fail(EX_NOPERM, "%s: cannot act as its owner", c->data);
	return EX_OK;
}

int
cli_open(struct cli *c, bool write)
{
	int rc = need_places(c);

	rc = rc == EX_OK ? become_owner(c) : rc;
	rc = rc == EX_OK ? key_read(c) : rc;
	rc = rc == EX_OK ? db_connect(c, write) : rc;
	rc = rc == EX_OK ? schema_check(c) : rc;
	return rc == EX_OK ? blobs_open(c) : rc;
}

/* Root makes it for the server, which is not root. */
static int
folder_give(const struct cli *c)
{
	uid_t uid;
	gid_t gid;

	if (!sys_user_is_root() || sys_user_find(&uid, &gid) != OK)
		return EX_OK;
	if (sys_user_give(c->data, uid, gid) != OK)
		return cli_fail(EX_NOPERM, "%s: cannot be given to user %s", c->data,
		    SYS_USER_NAME);
	return EX_OK;
}

/* Never take over a folder that holds something else. */
static bool
is_ours(const struct cli *c)
{
	static const char *const marks[] = { "secret.key", "serve.lock", "tobiguchi.db" };
	bool any = false;

	for (size_t i = 0; i < COUNT(marks); i++)
		any = any || access(arena_printf(c->a, "%s/%s", c->data, marks[i]), F_OK) == 0;
	return any;
}

int
cli_folder(struct cli *c)
{
	enum err e = files_mkdirs(c->data, 0700);
	bool empty;

	if (e != OK)
		return cli_fail(EX_CANTCREAT, "%s: the data folder cannot be made: %s", c->data,
		    e == ERR_EXISTS ? "it is not a folder" : err_name(e));
	e = files_is_empty(c->data, &empty);
	if (e != OK)
		return cli_fail(EX_NOPERM, "%s: the data folder cannot be read: %s", c->data,
		    err_name(e));
	/* A restore that was killed while it moved its pieces up. */
	if (access(arena_printf(c->a, "%s/restore.partial", c->data), F_OK) == 0)
		return cli_fail(EX_CANTCREAT,
		    "%s: a restore was interrupted here; remove the folder and restore again", c->data);
	if (!empty && !is_ours(c))
		return cli_fail(EX_CANTCREAT,
		    "%s: is neither empty nor a data folder of Tobiguchi (it has no secret.key)",
		    c->data);
	return empty ? folder_give(c) : EX_OK;
}

int
cli_open_new(struct cli *c)
{
	int rc = need_places(c);
	enum err e;

	rc = rc == EX_OK && c->data != NULL ? cli_folder(c) : rc;
	rc = rc == EX_OK ? become_owner(c) : rc;
	if (rc != EX_OK)
		return rc;
	e = files_key_make(c->key_file, c->key);
	if (e == ERR_DENIED || e == ERR_IO || e == ERR_UNAVAILABLE || e == ERR_INVALID)
		rc = key_read(c);
	rc = rc == EX_OK ? db_connect(c, true) : rc;
	if (rc != EX_OK)
		return rc;
	e = db_migrate(c->db);
	if (e != OK)
		return cli_fail(cli_exit(e), "the database cannot be brought up to date: %s",
		    db_message(c->db));
	return blobs_open(c);
}

int
cli_transaction(struct cli *c, enum err (*fn)(struct cli *c, void *object), void *object)
{
	enum err e = db_begin_write(c->db);

	if (e == OK) {
		e = fn(c, object);
		if (e == OK)
			e = db_commit(c->db);
		if (e != OK)
			db_rollback(c->db);
	}
	/* A failure of the database is told here; what the user did wrong is
	 * told by ${fn}, which knows it. */
	if (e == ERR_IO || e == ERR_UNAVAILABLE || e == ERR_TIMEOUT)
		return cli_fail(cli_exit(e), "nothing was changed: %s %s", err_name(e),
		    db_message(c->db));
	return cli_exit(e);
}
