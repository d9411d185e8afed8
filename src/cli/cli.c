/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"

struct given { /* an option as it was written */
	const char *name;
	const char *value; /* "" for a switch */
};

struct line { /* the command line, taken apart */
	struct given *option;
	size_t options;
};

static const struct cli_option common_options[] = {
	{ "--data", "DIR", "the data folder (or set TOBIGUCHI_DATA)" },
	{ "--db", "URL", "the database: sqlite:PATH or postgresql://… (or set TOBIGUCHI_DB)" },
	{ "--key-file", "FILE", "the secret key, instead of DIR/secret.key" },
	{ "--json", NULL, "print JSON" },
	{ "--help", NULL, "say what there is and end" },
	{ NULL, NULL, NULL },
};

int
cli_fail(int exit_code, const char *format, ...)
{
	va_list ap;

	(void)fflush(stdout); /* what was printed before stays before */
	(void)fputs("tobiguchi: ", stderr);
	va_start(ap, format);
	(void)vfprintf(stderr, format, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	return exit_code;
}

int
cli_exit(enum err e)
{
	static const int codes[] = {
		[OK] = EX_OK,
		[ERR_INVALID] = EX_DATAERR,
		[ERR_NOT_FOUND] = EX_NOINPUT,
		[ERR_EXISTS] = EX_CANTCREAT,
		[ERR_CONFLICT] = EX_TEMPFAIL,
		[ERR_DENIED] = EX_NOPERM,
		[ERR_LIMIT] = EX_DATAERR,
		[ERR_IO] = EX_IOERR,
		[ERR_TIMEOUT] = EX_TEMPFAIL,
		[ERR_UNAVAILABLE] = EX_TEMPFAIL,
	};

	return (size_t)e < COUNT(codes) ? codes[e] : EX_SOFTWARE;
}

const char *
cli_option(struct cli *c, const char *name)
{
	const struct line *l = c->private_;
	const char *value = NULL;

	for (size_t i = 0; i < l->options; i++) {
		if (strcmp(l->option[i].name, name) == 0)
			value = l->option[i].value; /* the last one counts */
	}
	return value;
}

const char **
cli_option_all(struct cli *c, const char *name, size_t *ret_n)
{
	const struct line *l = c->private_;
	const char **all = arena_many(c->a, const char *, l->options + 1);
	size_t n = 0;

	for (size_t i = 0; i < l->options; i++) {
		if (strcmp(l->option[i].name, name) == 0)
			all[n++] = l->option[i].value;
	}
	*ret_n = n;
	return all;
}

bool
cli_option_int(struct cli *c, const char *name, int64_t min, int64_t max, int64_t otherwise,
    int64_t *ret)
{
	const char *text = cli_option(c, name);

	*ret = otherwise;
	if (text == NULL || str_int(str_of(text), min, max, ret))
		return true;
	(void)cli_fail(EX_USAGE, "%s %s: give a number from %lld to %lld", name, text,
	    (long long)min, (long long)max);
	return false;
}

/* Help */

static void
print_options(const struct cli_option *o)
{
	char left[80];

	for (; o != NULL && o->name != NULL; o++) {
		(void)snprintf(left, sizeof(left), "%s%s%s", o->name, o->value == NULL ? "" : " ",
		    o->value == NULL ? "" : o->value);
		(void)printf("  %-28s %s\n", left, o->doc);
	}
}

static int
help_command(const struct cli_command *k)
{
	bool own = k->options != NULL && k->options->name != NULL;

	(void)printf("usage: tobiguchi %s%s%s%s\n\n%s\n\n", k->words, own ? " [OPTION...]" : "",
	    k->args == NULL || *k->args == '\0' ? "" : " ", k->args == NULL ? "" : k->args,
	    k->doc);
	if (own) {
		print_options(k->options);
		(void)putchar('\n');
	}
	(void)puts("Options of every command:");
	print_options(common_options);
	return EX_OK;
}

static int
help_all(void)
{
	(void)puts("usage: tobiguchi COMMAND [OPTION...] [ARGUMENT...]\n\n"
		   "The CSIRT in one binary. Commands:\n");
	for (const struct cli_command *const *m = cli_modules; *m != NULL; m++) {
		for (const struct cli_command *k = *m; k->words != NULL; k++)
			(void)printf("  %-22s %s\n", k->words, k->doc);
	}
	(void)puts("\n`tobiguchi COMMAND --help` tells its options. Those of every command:\n");
	print_options(common_options);
	return EX_OK;
}

/* The command line */

/* How many of the first arguments are the words of ${k}; 0: not this one. */
static int
words_match(const struct cli_command *k, char *const *argv, int argc)
{
	struct str words = str_of(k->words), word;
	int n = 0;

	while (str_split(&words, ' ', &word)) {
		if (n == argc || !str_is(word, argv[n]))
			return 0;
		n++;
	}
	return n;
}

static const struct cli_command *
command_find(char *const *argv, int argc, int *ret_words)
{
	const struct cli_command *best = NULL;
	int most = 0;

	for (const struct cli_command *const *m = cli_modules; *m != NULL; m++) {
		for (const struct cli_command *k = *m; k->words != NULL; k++) {
			int n = words_match(k, argv, argc);

			if (n > most) {
				most = n;
				best = k;
			}
		}
	}
	*ret_words = most;
	return best;
}

/* Is there a command that begins with this word? Then help lists those. */
static bool
help_group(const char *word)
{
	bool any = false;

	for (const struct cli_command *const *m = cli_modules; *m != NULL; m++) {
		for (const struct cli_command *k = *m; k->words != NULL; k++) {
			struct str words = str_of(k->words), first;

			if (!str_split(&words, ' ', &first) || !str_is(first, word))
				continue;
			any = true;
			(void)fprintf(stderr, "  tobiguchi %-22s %s\n", k->words, k->doc);
		}
	}
	return any;
}

static const struct cli_option *
option_find(const struct cli_option *table, struct str name)
{
	for (; table != NULL && table->name != NULL; table++) {
		if (str_is(name, table->name))
			return table;
	}
	return NULL;
}

/* Take one "--name", "--name value" or "--name=value" at ${argv[*at]}. */
static int
option_take(struct cli *c, const struct cli_command *k, struct line *l, char *const *argv,
    int argc, int *at)
{
	struct str rest = str_of(argv[*at]), name;
	bool joined = strchr(argv[*at], '=') != NULL;
	const struct cli_option *o;

	(void)str_split(&rest, '=', &name); /* an option is never empty */
	o = option_find(common_options, name);
	if (o == NULL)
		o = option_find(k->options, name);
	if (o == NULL)
		return cli_fail(EX_USAGE, "%s: no such option; see `tobiguchi %s --help`",
		    argv[*at], k->words);
	if (o->value == NULL && joined)
		return cli_fail(EX_USAGE, "%s takes no value", o->name);
	if (o->value != NULL && !joined && *at + 1 == argc)
		return cli_fail(EX_USAGE, "%s needs a value: %s", o->name, o->value);
	if (o->value != NULL && !joined)
		rest = str_of(argv[++*at]);
	l->option[l->options++] = (struct given){
		.name = o->name,
		/* A copy: process_name() writes over the arguments. */
		.value = o->value == NULL ? "" : arena_cstr(c->a, rest),
	};
	return EX_OK;
}

static int
line_parse(struct cli *c, const struct cli_command *k, char *const *argv, int argc)
{
	struct line *l = arena_one(c->a, struct line);
	bool options = true;

	l->option = arena_many(c->a, struct given, (size_t)argc + 1);
	c->arg = arena_many(c->a, const char *, (size_t)argc + 1);
	c->private_ = l;
	for (int i = 0; i < argc; i++) {
		if (options && strcmp(argv[i], "--") == 0) {
			options = false;
		} else if (options && argv[i][0] == '-' && argv[i][1] != '\0') {
			int rc = option_take(c, k, l, argv, argc, &i);

			if (rc != EX_OK)
				return rc;
		} else {
			c->arg[c->args++] = arena_dup(c->a, argv[i]);
		}
	}
	return EX_OK;
}

/* ${path} from the root: the roles must not depend on where they stand. */
static const char *
absolute(struct arena *a, const char *path)
{
	char here[PATH_MAX];

	if (path == NULL || *path == '/' || getcwd(here, sizeof(here)) == NULL)
		return path;
	return arena_printf(a, "%s/%s", here, path);
}

static const char *
option_or_environment(struct cli *c, const char *name, const char *variable)
{
	const char *value = cli_option(c, name);

	if (value != NULL)
		return *value == '\0' ? NULL : value;
	value = getenv(variable);
	return value == NULL || *value == '\0' ? NULL : arena_dup(c->a, value);
}

static void
places(struct cli *c)
{
	c->data = absolute(c->a, option_or_environment(c, "--data", "TOBIGUCHI_DATA"));
	c->db_url = option_or_environment(c, "--db", "TOBIGUCHI_DB");
	c->key_file = absolute(c->a, cli_option(c, "--key-file"));
	if (c->db_url == NULL && c->data != NULL)
		c->db_url = arena_printf(c->a, "sqlite:%s/tobiguchi.db", c->data);
	if (c->key_file == NULL && c->data != NULL)
		c->key_file = arena_printf(c->a, "%s/secret.key", c->data);
	c->json = cli_option(c, "--json") != NULL;
}

static int
run(struct arena *a, int argc, char **argv)
{
	struct cli c = { .a = a, .now = clock_now() };
	const struct cli_command *k;
	int words, rc;

	if (argc < 2) {
		(void)help_all();
		return EX_USAGE;
	}
	if (strcmp(argv[1], "help") == 0 && argc == 2)
		return help_all();
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return help_all();
	if (strcmp(argv[1], "--version") == 0)
		return run(a, 2, (char *[]){ argv[0], (char[]){ "version" }, NULL });
	if (strcmp(argv[1], "help") == 0) {
		k = command_find(argv + 2, argc - 2, &words);
		return k == NULL ? cli_fail(EX_USAGE, "%s: no such command; see `tobiguchi help`",
				       argv[2])
				 : help_command(k);
	}
	k = command_find(argv + 1, argc - 1, &words);
	if (k == NULL && help_group(argv[1]))
		return EX_USAGE;
	if (k == NULL)
		return cli_fail(EX_USAGE, "%s: no such command; see `tobiguchi help`", argv[1]);
	rc = line_parse(&c, k, argv + 1 + words, argc - 1 - words);
	if (rc != EX_OK)
		return rc;
	if (cli_option(&c, "--help") != NULL)
		return help_command(k);
	places(&c);
	rc = k->run(&c);
	/* A full disk or a closed pipe shows only here. */
	if (fflush(stdout) != 0 && rc == EX_OK)
		return cli_fail(EX_IOERR, "cannot write to standard output");
	return rc;
}

int
cli_main(int argc, char **argv)
{
	AUTO(arena) a = arena_new();

	return run(a, argc, argv);
}
