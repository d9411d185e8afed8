/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli.h - the kit of the commands: options, data folder, output, exit codes.
 *
 * A command is a row; its options are a table; `--help` and the manual come
 * from it. Exit codes are those of sysexits.h.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "text/value.h"

struct arena;
struct blob_store;
struct db;

struct cli {
	struct arena *a;
	const char *data; /* the data folder, absolute, or NULL */
	const char *db_url; /* where the records are, or NULL (no data folder) */
	const char *key_file; /* secret.key, or NULL (no data folder) */
	bool json;
	const char **arg; /* what is no option, after the command's words */
	int args;
	int64_t now;
	struct db *db;	  /* after cli_open() */
	struct blob_store *blobs;
	unsigned char key[32];
	void *private_;
};

struct cli_option {
	const char *name; /* "--listen"; NULL ends the table */
	const char *value; /* "ADDR:PORT", or NULL for a switch */
	const char *doc;
};
struct cli_command {
	const char *words; /* "report import" */
	const char *args;  /* "FILE..." */
	const char *doc;   /* one line */
	const struct cli_option *options;
	int (*run)(struct cli *c); /* an exit code */
};
/* commands.c: tables, each ended by an empty row; NULL ends the list. */
extern const struct cli_command *const cli_modules[];

/* The options that every command takes: --data, --db, --key-file, --json,
 * --help (and the environment: TOBIGUCHI_DATA, TOBIGUCHI_DB). */

/* The value of "--name", or NULL; "" for a switch that is given. */
const char *cli_option(struct cli *c, const char *name);
/* The values of an option that may be given several times. */
const char **cli_option_all(struct cli *c, const char *name, size_t *ret_n);
/* Its value as a number; ${otherwise} when it is not given. False, with a
 * message, when it is not a number within the bounds: return EX_USAGE. */
bool cli_option_int(struct cli *c, const char *name, int64_t min, int64_t max, int64_t otherwise, int64_t *ret);
/*
 * Opens key, blobs and database; says what is wrong and gives an exit code (0:
 * go on). Run by root it becomes the owner of the data folder, but may still
 * read and write other files as root may.
 */
int cli_open(struct cli *c, bool write);
/* The same for a data folder that may be new: makes folder and key, brings the
 * schema up to date. For init and serve. */
int cli_open_new(struct cli *c);
/* Only the folder: made (0700) when missing, refused when it holds something
 * else; a new one made by root belongs to the system user. */
int cli_folder(struct cli *c);
/* Run ${fn} in one write transaction. */
int cli_transaction(struct cli *c, enum err (*fn)(struct cli *c, void *object), void *object);
/* The password in file ${path} ("-": standard input) without its line's end. */
int cli_password(struct cli *c, const char *path, struct str *ret);
/* ${v} as JSON with --json, else "key: value" lines. */
void cli_print(struct cli *c, const struct value *v);
/* "tobiguchi: …" on standard error; returns ${exit_code}. */
int cli_fail(int exit_code, const char *format, ...) __attribute__((format(printf, 2, 3)));
int cli_exit(enum err e); /* sysexits code */
int cli_main(int argc, char **argv);

/* Commands of the kit itself. */
extern const struct cli_command cli_commands[];
extern const struct cli_command journal_commands[];
extern const struct cli_command token_commands[];
extern const struct cli_command user_commands[];

#endif
