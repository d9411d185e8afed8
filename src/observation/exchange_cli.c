/* SPDX-License-Identifier: Apache-2.0 */
/* exchange_cli.c - "telescope exchange": the daily exchange from the command line. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "cli/cli.h"
#include "observation/exchange_store.h"

struct run {
	int64_t day; /* 0: the newest one that is due */
	const char *country; /* NULL: all */
	bool again;
	struct exchange *x;
	size_t n;
};

static enum err
make_all(struct cli *c, void *object)
{
	struct run *r = object;
	const struct actor by = { 0, "command", c->now };

	if (r->day == 0)
		r->day = exchange_newest(c->now, setting_int(c->db, "telescope.exchange_hour"));
	TRY(exchange_list(c->db, c->a, c->now, &r->x, &r->n));
	for (size_t i = 0; i < r->n; i++) {
		int64_t file;
		bool under_way;

		if (r->x[i].active && (r->country == NULL || strcmp(r->country, r->x[i].country) == 0))
			TRY(exchange_make_day(c->db, c->a, r->x[i].id, r->day, r->again, by, &file, &under_way));
	}
	return OK;
}

struct shown {
	struct run *run;
	struct value *items;
};

static enum err
read_states(struct cli *c, void *object)
{
	struct shown *s = object;

	for (size_t i = 0; i < s->run->n; i++) {
		const struct exchange *x = &s->run->x[i];
		struct exchange_file f = { .id = 0 };

		if (s->run->country != NULL && strcmp(s->run->country, x->country) != 0)
			continue;
		enum err e = exchange_file_of(c->db, c->a, x->id, s->run->day, &f);

		if (e != OK && e != ERR_NOT_FOUND)
			return e;
		struct value *o = value_add_object(c->a, s->items);
		enum exchange_state state = e == OK ? exchange_file_state(&f) : EXCHANGE_NONE;

		value_set_text(c->a, o, "country", x->country);
		value_set_text(c->a, o, "organisation", x->organisation);
		value_set_bool(c->a, o, "active", x->active);
		value_set_text(c->a, o, "state", exchange_state_words[state].name);
		value_set_int(c->a, o, "records", f.records);
		value_set_text(c->a, o, "error", f.error);
	}
	return OK;
}

static int
telescope_exchange(struct cli *c)
{
	const char *day = cli_option(c, "--day");
	struct run r = { .country = cli_option(c, "--country"), .again = cli_option(c, "--again") != NULL };
	struct value *v = value_object(c->a), *items = value_set_list(c->a, v, "items");
	struct shown s = { &r, items };
	int rc;

	if (day != NULL && exchange_day_parse(str_of(day), &r.day) != OK)
		return cli_fail(EX_USAGE, "--day %s: give a day such as 2026-09-01 (UTC)", day);
	rc = cli_open(c, true);
	if (rc == EX_OK)
		rc = cli_transaction(c, make_all, &r);
	if (rc == EX_OK)
		rc = cli_transaction(c, read_states, &s);
	if (rc != EX_OK)
		return rc;
	value_set_text(c->a, v, "day", exchange_day_text(c->a, r.day));
	if (c->json) {
		cli_print(c, v);
		return EX_OK;
	}
	for (size_t i = 0; i < value_count(items); i++) {
		const struct value *o = value_at(items, i);

		(void)printf("%s  %-8s %10lld  %s%s%s\n", value_cstr(value_get(o, "country")),
		    value_true(value_get(o, "active")) ? value_cstr(value_get(o, "state")) : "off",
		    (long long)value_integer(value_get(o, "records")), value_cstr(value_get(o, "organisation")),
		    value_true(value_get(o, "error")) ? ": " : "", value_cstr(value_get(o, "error")));
	}
	if (r.n == 0)
		(void)puts("no recipients yet: add them at /telescope/exchange");
	else
		(void)puts("what waits is made by the server: `tobiguchi serve`");
	return EX_OK;
}

static const struct cli_option exchange_options[] = {
	{ "--day", "YYYY-MM-DD", "which day, UTC; otherwise the newest one that is due" },
	{ "--country", "CC", "only its recipients" },
	{ "--again", NULL, "make and send also what was made already" },
	{ NULL, NULL, NULL },
};
const struct cli_command exchange_commands[] = {
	{ "telescope exchange", "", "make a day's files for all recipients that are switched on, and say how they stand", exchange_options,
	    telescope_exchange },
	{ NULL, NULL, NULL, NULL, NULL },
};
