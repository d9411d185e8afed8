/* SPDX-License-Identifier: Apache-2.0 */
/* quarterly_cli.c - "telescope report": the draft of a quarter's report, as Markdown. */
#include <stdio.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/clock.h"
#include "observation/quarterly.h"
#include "observation/sighting_store.h"
#include "telescope/sighting_run.h"
#include "telescope/store.h"
#include "telescope/telescope_cli.h"

/* What the rules, with the thresholds that we ship, notice in that time. */
static enum err
notables(struct cli *c, struct store *s, struct quarter q, struct quarterly_notable **ret, size_t *ret_n)
{
	const unsigned rules = 1u << SIGHTING_WAVE | 1u << SIGHTING_SLOW | 1u << SIGHTING_FINGERPRINT | 1u << SIGHTING_VICTIM;
	struct sighting *found;
	size_t entries, n;
	const struct store_entry *entry = store_list(s, &entries);
	int64_t from = q.from * 1000, to = q.to * 1000;

	*ret_n = 0;
	*ret = NULL;
	if (entries == 0)
		return OK;
	if (entry[0].from > from)
		from = entry[0].from - entry[0].from % INT64_C(3600000000);
	if (entry[entries - 1].to + 1 < to)
		to = entry[entries - 1].to + 1;
	if (to <= from)
		return OK;
	TRY(sighting_run(c->a, s, &sighting_ready, rules, from, to, NULL, &found, &n));
	*ret = arena_many(c->a, struct quarterly_notable, n + 1);
	for (size_t i = 0; i < n; i++)
		(*ret)[i] = (struct quarterly_notable){ sighting_rule_name[found[i].rule], found[i].series, found[i].from / 1000,
			sighting_numbers(c->a, &found[i], &sighting_ready), "" };
	*ret_n = n;
	return OK;
}

static int
run(struct cli *c)
{
	const char *asked = cli_option(c, "--quarter"), *language = cli_option(c, "--language");
	struct quarterly_notable *notable;
	struct quarterly_draft d;
	enum lang l = LANG_EN;
	AUTO(store) s = NULL;
	struct quarter q;
	size_t n;

	if (asked == NULL || !quarterly_parse(str_of(asked), &q))
		return cli_fail(EX_USAGE, "--quarter: write it as 2026Q3");
	if (language != NULL && !lang_parse(str_of(language), &l))
		return cli_fail(EX_USAGE, "--language: ja or en");
	int rc = telescope_open(c, false, &s);

	if (rc != EX_OK)
		return rc;
	enum err e = notables(c, s, q, &notable, &n);

	if (e == OK)
		e = quarterly_draft(c->a, s, l, q, notable, n, 0, &d);
	if (e == ERR_NOT_FOUND)
		return cli_fail(EX_DATAERR, "nothing was recorded in %s", asked);
	if (e != OK)
		return cli_fail(cli_exit(e), "the records cannot be asked (%s); see `tobiguchi telescope verify`", err_name(e));
	if (c->json) {
		struct value *v = value_object(c->a);

		value_set_text(c->a, v, "quarter", asked);
		value_set_text(c->a, v, "title", d.title);
		value_set_text(c->a, v, "body", d.body);
		cli_print(c, v);
	} else {
		(void)printf("# %s\n\n%s", d.title, d.body);
	}
	return EX_OK;
}

static const struct cli_option options[] = {
	{ "--store", "DIR", "the folder of the records (otherwise DATA/telescope/store)" },
	{ "--quarter", "YYYYQn", "such as 2026Q3" },
	{ "--language", "L", "ja or en (otherwise en)" },
	{ NULL, NULL, NULL },
};

const struct cli_command quarterly_commands[] = {
	{ "telescope report", "", "the draft of a quarter's report, in Markdown", options, run },
	{ NULL, NULL, NULL, NULL, NULL },
};
