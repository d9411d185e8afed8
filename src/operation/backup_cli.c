/* SPDX-License-Identifier: Apache-2.0 */
/* backup_cli.c - backup, restore, db move. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/limit.h"
#include "cli/cli.h"
#include "db/db.h"
#include "operation/transfer.h"
#include "sys/files.h"
#include "sys/user.h"

#define HEADS_MAX LIMIT_MIB(512)
#define PARTIAL "restore.partial" /* DATA/: serve refuses a folder that has it */
#define REMOVE_FOLDERS 20	  /* open at once */

static struct value *
told(struct cli *c, const struct transfer *t)
{
	struct value *v = value_object(c->a);

	value_set_int(c->a, v, "rows", t->rows);
	value_set_int(c->a, v, "large_blobs", t->blobs);
	value_set_int(c->a, v, "files", t->files);
	value_set_int(c->a, v, "journal_sealed", t->sealed);
	value_set_text(c->a, v, "journal_head", t->head);
	value_set_bool(c->a, v, "key", t->key);
	return v;
}

static void
progress(const char *what)
{
	if (isatty(STDERR_FILENO) == 1)
		(void)fprintf(stderr, "\r\033[K%s", what);
}

static void
progress_end(void)
{
	if (isatty(STDERR_FILENO) == 1)
		(void)fputs("\r\033[K", stderr);
}

/* backup */

/* The heads first: every one of them is then in the snapshot that follows. */
static int
snapshot(struct cli *c, struct export *x, bool write)
{
	enum err e = OK;

	if (c->data != NULL)
		e = files_read(c->a, arena_printf(c->a, "%s/journal.heads", c->data), HEADS_MAX, &x->heads);
	if (e != OK && e != ERR_NOT_FOUND)
		return cli_fail(EX_IOERR, "%s/journal.heads: %s", c->data, err_name(e));
	/* A line that is being written at this moment is left out. */
	while (x->heads.n > 0 && x->heads.p[x->heads.n - 1] != '\n')
		x->heads.n--;
	x->db = c->db;
	x->blobs = c->blobs;
	x->now = c->now;
	e = write ? db_begin_write(c->db) : db_begin_read(c->db);
	return e == OK ? EX_OK : cli_fail(cli_exit(e), "cannot read the database: %s", db_message(c->db));
}

static int
export_failed(struct cli *c, const struct export *x, enum err e)
{
	return cli_fail(cli_exit(e), "the backup was not made: %s", x->fault != NULL ? x->fault
	    : *db_message(c->db) != '\0' ? db_message(c->db) : err_name(e));
}

static int
write_out(struct cli *c, struct export *x, int fd, const char *path, struct transfer *ret)
{
	AUTO(dump_out) out = NULL;
	enum err e = dump_out_new(fd, &out);

	if (e == OK)
		e = export_all(x, c->a, dump_out_sink(out), ret);
	if (e == OK)
		e = dump_out_end(out);
	if (e == OK && fsync(fd) != 0)
		e = errno == ENOSPC || errno == EDQUOT ? ERR_UNAVAILABLE : ERR_IO;
	if (e == ERR_UNAVAILABLE && x->fault == NULL && *db_message(c->db) == '\0')
		return cli_fail(EX_CANTCREAT, "%s: the disk is full", path);
	return e == OK ? EX_OK : export_failed(c, x, e);
}

/* Read it back, from the disk and not from memory where the system allows. */
static int
read_back(int fd, const char *path)
{
	struct dump_check check;
	enum err e;

	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED); /* a wish */
	if (lseek(fd, 0, SEEK_SET) != 0)
		return cli_fail(EX_IOERR, "%s: cannot be read back", path);
	dump_check_init(&check);
	e = dump_read(dump_source_fd(&fd), &check, (struct dump_sink){ NULL, NULL });
	int rc = e == OK ? EX_OK
			 : cli_fail(e == ERR_INVALID ? EX_DATAERR : EX_IOERR, "%s: %s", path,
			       check.fault != NULL ? check.fault : "cannot be read");

	dump_check_done(&check);
	return rc;
}

static const char *
folder_of(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? "." : slash == path ? "/" : arena_dupn(a, path, (size_t)(slash - path));
}

static int
backup_to(struct cli *c, struct export *x, const char *path, struct transfer *ret)
{
	const char *new = arena_printf(c->a, "%s.%ld.partial", path, (long)getpid());
	int fd = open(new, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int rc;

	if (fd < 0)
		return cli_fail(EX_CANTCREAT, "%s: cannot be made: %s", new, strerror(errno));
	rc = write_out(c, x, fd, path, ret);
	db_rollback(c->db); /* only read */
	rc = rc == EX_OK ? read_back(fd, path) : rc;
	(void)close(fd); /* synced, or thrown away */
	if (rc == EX_OK && (rename(new, path) != 0 || files_sync_folder(folder_of(c->a, path)) != OK))
		rc = cli_fail(EX_CANTCREAT, "%s: cannot be made: %s", path, strerror(errno));
	if (rc != EX_OK)
		(void)unlink(new); /* half a backup is none */
	return rc;
}

static int
backup(struct cli *c)
{
	struct export x = { .db = NULL };
	struct transfer t;
	struct stat st;
	int rc;

	if (c->args != 1)
		return cli_fail(EX_USAGE, "give one file: tobiguchi backup FILE");
	rc = cli_open(c, false);
	if (rc != EX_OK)
		return rc;
	x.data = c->data;
	x.key = cli_option(c, "--no-key") == NULL ? c->key : NULL;
	rc = snapshot(c, &x, false);
	rc = rc == EX_OK ? backup_to(c, &x, c->arg[0], &t) : rc;
	if (rc != EX_OK)
		return rc;

	struct value *v = told(c, &t);

	value_set_text(c->a, v, "file", c->arg[0]);
	value_set_int(c->a, v, "bytes", stat(c->arg[0], &st) == 0 ? (int64_t)st.st_size : 0);
	cli_print(c, v);
	if (t.key && !c->json)
		(void)fputs("The secret key and the keyring are in this file: keep it as safe as the data folder.\n",
		    stderr);
	return EX_OK;
}

static int
backup_check(struct cli *c)
{
	if (c->args != 1)
		return cli_fail(EX_USAGE, "give one file: tobiguchi backup check FILE");
	int fd = open(c->arg[0], O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return cli_fail(EX_NOINPUT, "%s: %s", c->arg[0], strerror(errno));
	int rc = read_back(fd, c->arg[0]);

	(void)close(fd); /* only read */
	if (rc == EX_OK) {
		struct value *v = value_object(c->a);

		value_set_text(c->a, v, "file", c->arg[0]);
		value_set_bool(c->a, v, "whole", true);
		cli_print(c, v);
	}
	return rc;
}

/* restore */

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

static void
remove_all(const char *path)
{
	/* What stays is told by the next restore: "not empty". */
	(void)nftw(path, remove_one, REMOVE_FOLDERS, FTW_PHYS | FTW_DEPTH | FTW_MOUNT);
}

struct restore {
	int fd;
	const char *path;    /* of the backup */
	const char *partial; /* the folder in which it grows */
	const char *url;
	unsigned char key[32];
	bool key_given;
};

/* All or nothing up to here: then the pieces move up, the database last. */
static int
settle(struct cli *c, const struct restore *r)
{
	static const char *const pieces[] = { "gnupg", "blobs", "journal.heads", "secret.key", "tobiguchi.db" };

	for (size_t i = 0; i < COUNT(pieces); i++) {
		const char *from = arena_printf(c->a, "%s/%s", r->partial, pieces[i]);

		if (access(from, F_OK) != 0)
			continue;
		if (rename(from, arena_printf(c->a, "%s/%s", c->data, pieces[i])) != 0)
			return cli_fail(EX_IOERR, "%s: cannot be moved up: %s", from, strerror(errno));
	}
	remove_all(r->partial); /* empty, but for the lock of a closed database */
	if (files_sync_folder(c->data) != OK)
		return cli_fail(EX_IOERR, "%s: cannot be synced", c->data);
	return EX_OK;
}

static int
load(struct cli *c, struct restore *r, struct transfer *ret)
{
	struct dump_check check;
	struct import i = {
		.db_url = r->url,
		.dir = r->partial,
		.files = true,
		.key = r->key_given ? r->key : NULL,
		.progress = progress,
	};
	int rc = EX_OK;

	dump_check_init(&check);
	import_init(&i, &check);
	enum err e = dump_read(dump_source_fd(&r->fd), &check, import_sink(&i));

	if (e == OK)
		e = import_finish(&i, ret);
	progress_end();
	if (e == OK)
		ret->program = arena_dup(c->a, ret->program);
	else
		rc = cli_fail(e == ERR_INVALID ? EX_DATAERR : cli_exit(e), "nothing was restored: %s",
		    i.fault != NULL ? i.fault : check.fault != NULL ? check.fault : err_name(e));
	import_done(&i);
	dump_check_done(&check);
	return rc;
}

static int
prepare(struct cli *c, struct restore *r)
{
	const char *key_file = cli_option(c, "--key-file");
	bool empty;
	int rc;

	if (c->args != 1 || c->data == NULL)
		return cli_fail(EX_USAGE, "give a file and a folder: tobiguchi restore FILE --data DIR");
	r->path = c->arg[0];
	r->fd = open(r->path, O_RDONLY | O_CLOEXEC);
	if (r->fd < 0)
		return cli_fail(EX_NOINPUT, "%s: %s", r->path, strerror(errno));
	if (key_file != NULL) {
		enum err e = files_key_read(c->key_file, r->key);

		if (e != OK)
			return cli_fail(EX_NOINPUT, "%s: cannot be read as a secret key: %s", key_file, err_name(e));
		r->key_given = true;
	}
	if (access(c->data, F_OK) == 0 && files_is_empty(c->data, &empty) == OK && !empty)
		return cli_fail(EX_CANTCREAT, "%s: is not empty; restore into a new folder", c->data);
	rc = cli_folder(c);
	if (rc != EX_OK)
		return rc;
	if (sys_user_become_owner(c->data) != OK)
		return cli_fail(EX_NOPERM, "%s: cannot act as its owner", c->data);
	r->partial = arena_printf(c->a, "%s/" PARTIAL, c->data);
	if (mkdir(r->partial, 0700) != 0)
		return cli_fail(EX_CANTCREAT, "%s: cannot be made: %s", r->partial, strerror(errno));
	r->url = c->db_url;
	if (strcmp(c->db_url, arena_printf(c->a, "sqlite:%s/tobiguchi.db", c->data)) == 0)
		r->url = arena_printf(c->a, "sqlite:%s/tobiguchi.db", r->partial);
	return EX_OK;
}

static int
restore(struct cli *c)
{
	struct restore r = { .fd = -1 };
	struct transfer t;
	int rc = prepare(c, &r);

	rc = rc == EX_OK ? load(c, &r, &t) : rc;
	if (rc == EX_OK && r.key_given && !t.key &&
	    files_write(arena_printf(c->a, "%s/secret.key", r.partial),
		(struct str){ (const char *)r.key, sizeof(r.key) }, 0600) != OK)
		rc = cli_fail(EX_IOERR, "%s/secret.key: cannot be written", r.partial);
	if (r.fd >= 0)
		(void)close(r.fd); /* only read */
	if (rc == EX_OK)
		rc = settle(c, &r);
	else if (r.partial != NULL)
		remove_all(r.partial);
	if (rc != EX_OK)
		return rc;

	struct value *v = told(c, &t);

	value_set_text(c->a, v, "data", c->data);
	value_set_int(c->a, v, "made_at", t.made_at);
	value_set_text(c->a, v, "program", t.program);
	cli_print(c, v);
	return EX_OK;
}

/* db move */

static int
move_all(struct cli *c, const char *to, struct transfer *ret)
{
	struct dump_check check;
	struct export x = { .db = NULL };
	struct import i = {
		.db_url = to,
		.dir = c->data,
		.key = c->key,
		.progress = progress,
	};
	struct stat st;
	int rc = snapshot(c, &x, true);

	if (rc != EX_OK)
		return rc;
	i.heads_path = arena_printf(c->a, "%s/journal.heads", c->data);
	if (stat(i.heads_path, &st) != 0)
		i.heads_path = NULL;
	dump_check_init(&check);
	import_init(&i, &check);
	enum err e = export_all(&x, c->a, import_sink_checked(&i), ret);

	if (e == OK)
		e = import_finish(&i, ret);
	progress_end();
	db_rollback(c->db); /* only read */
	if (e != OK)
		rc = cli_fail(e == ERR_INVALID ? EX_DATAERR : cli_exit(e),
		    "nothing was moved, the old database is as it was: %s",
		    i.fault != NULL ? i.fault : check.fault != NULL ? check.fault
		    : x.fault != NULL ? x.fault : *db_message(c->db) != '\0' ? db_message(c->db) : err_name(e));
	import_done(&i);
	dump_check_done(&check);
	return rc;
}

/* The address without its password. */
static const char *
shown(struct arena *a, const char *url)
{
	const char *at = strrchr(url, '@'), *user = strstr(url, "://");
	const char *colon = user == NULL ? NULL : strchr(user + 3, ':');

	if (at == NULL || colon == NULL || colon > at)
		return url;
	return arena_printf(a, "%.*s:***%s", (int)(colon - url), url, at);
}

static int
db_move(struct cli *c)
{
	const char *to = cli_option(c, "--to");
	struct transfer t;
	enum err e;
	int fd, rc;

	if (to == NULL || c->args != 0 || c->data == NULL)
		return cli_fail(EX_USAGE, "say from where and to where: tobiguchi db move --data DIR --to URL");
	if (strcmp(to, "sqlite") == 0)
		to = arena_printf(c->a, "sqlite:%s/tobiguchi.db", c->data);
	if (c->db_url != NULL && strcmp(to, c->db_url) == 0)
		return cli_fail(EX_USAGE, "--to %s: the records are there already", shown(c->a, to));
	rc = cli_open(c, true);
	if (rc != EX_OK)
		return rc;
	e = files_lock(arena_printf(c->a, "%s/serve.lock", c->data), 0, &fd);
	if (e != OK)
		return cli_fail(e == ERR_TIMEOUT ? EX_TEMPFAIL : cli_exit(e),
		    "%s: a server runs on this folder; stop it first", c->data);
	rc = move_all(c, to, &t);
	files_unlock(fd);
	if (rc != EX_OK)
		return rc;
	cli_print(c, told(c, &t));
	if (!c->json)
		(void)printf("\nStart it from now on with\n  tobiguchi serve --data %s --db %s\n"
			     "and give --db to every other command, that of the mail server's pipe too.\n"
			     "The old database was left as it was; remove it when all is well.\n",
		    c->data, shown(c->a, to));
	return EX_OK;
}

static const struct cli_option backup_options[] = {
	{ "--no-key", NULL, "leave out the secret key and the keyring" },
	{ NULL, NULL, NULL },
};
static const struct cli_option move_options[] = {
	{ "--to", "URL", "postgresql://... or sqlite (the file in the data folder)" },
	{ NULL, NULL, NULL },
};

const struct cli_command backup_commands[] = {
	{ "backup", "FILE", "write all records, files and keys to one file, while the server runs", backup_options,
	    backup },
	{ "backup check", "FILE", "look whether a backup is whole", NULL, backup_check },
	{ "restore", "FILE", "make a data folder (and database) from a backup", NULL, restore },
	{ "db move", "", "move the records to another database", move_options, db_move },
	{ NULL, NULL, NULL, NULL, NULL },
};
