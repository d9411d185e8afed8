/* SPDX-License-Identifier: Apache-2.0 */
/* board_filter.c - the filter in the address of the board. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/url.h"
#include "base/utf8.h"
#include "directory/organisation.h"
#include "http/http_form.h"
#include "takedown/board.h"
#include "takedown/site.h"
#include "text/i18n.h"

const struct word board_sorts[] = {
	{ "elapsed", N_("Elapsed") },
	{ "reported", N_("Reported") },
	{ "checked", N_("Last check") },
	{ "state", N_("State") },
	{ "site", N_("Domain") },
	{ "url", N_("URL") },
	{ "brand", N_("Brand") },
	{ "cc", N_("Country") },
	{ "asn", N_("AS") },
	{ "route", N_("Route") },
	{ "owner", N_("Owner") },
	{ "days", N_("Business days") },
	{ "stopped", N_("Stopped") },
	{ "sector", N_("Sector") },
	{ "tld", N_("Top-level domain") },
	{ NULL, NULL },
};
const struct word board_groups[] = {
	{ "brand", N_("Brand") },
	{ "cc", N_("Country") },
	{ "asn", N_("AS") },
	{ "host", N_("Host") },
	{ "domain", N_("Domain") },
	{ "tld", N_("Top-level domain") },
	{ "route", N_("Route") },
	{ "state", N_("State") },
	{ "owner", N_("Owner") },
	{ "day", N_("Day") },
	{ "sector", N_("Sector") },
	{ "origin", N_("Origin of the brand") },
	{ NULL, NULL },
};

struct reader {
	struct arena *a;
	const struct http_field *field;
	size_t n;
	struct problems *problems;
};

static const char *
value_of(const struct reader *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++) {
		if (str_is(r->field[i].name, name))
			return arena_cstr(r->a, utf8_clean_line(r->a, r->field[i].value));
	}
	return "";
}

static void
unknown(const struct reader *r, const char *name, const char *value)
{
	problems_add(r->problems, name, N_("This filter does not exist: {value}"), value);
}

/* The place in ${list}, -1 when absent or unknown. */
static int
choice(const struct reader *r, const char *name, const char *value, const struct word *list)
{
	if (*value == '\0')
		return -1;
	for (int i = 0; list[i].name != NULL; i++) {
		if (strcmp(list[i].name, value) == 0)
			return i;
	}
	unknown(r, name, value);
	return -1;
}

/* An id; "none" is 0, "me" is ${me}, absent or unknown -1. */
static int64_t
id_of(const struct reader *r, const char *name, int64_t me)
{
	const char *s = value_of(r, name);
	int64_t id = -1;

	if (*s == '\0')
		return -1;
	if (strcmp(s, "none") == 0)
		return 0;
	if (strcmp(s, "me") == 0)
		return me;
	if (!str_int(str_of(s), 0, UINT32_MAX, &id))
		unknown(r, name, s);
	return id;
}

/* As stored; "none" is the unknown one. */
static const char *
text_of(const struct reader *r, const char *name, bool capitals)
{
	const char *s = value_of(r, name);

	if (*s == '\0')
		return NULL;
	if (strcmp(s, "none") == 0)
		return "";
	char *copy = arena_dup(r->a, s);

	for (char *p = copy; *p != '\0'; p++)
		*p = capitals && *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : capitals ? *p : str_lower(*p);
	return copy;
}

static unsigned
states_of(const struct reader *r)
{
	const char *s = value_of(r, "state");
	unsigned all = 0, stopped = 0;

	for (unsigned i = 0; site_states[i].name != NULL; i++) {
		all |= 1U << i;
		if (strcmp(site_states[i].name, "stopped") == 0)
			stopped = 1U << i;
	}
	if (*s == '\0' || strcmp(s, "live") == 0)
		return all & ~stopped;
	if (strcmp(s, "all") == 0)
		return 0;
	int i = choice(r, "state", s, site_states);

	return i < 0 ? all & ~stopped : 1U << i;
}

static int64_t
day_of(const struct reader *r)
{
	struct str s = str_of(value_of(r, "day")), whole = s;
	uint64_t y, m, d;

	if (s.n == 0)
		return -1;
	if (!str_eat_digits(&s, 4, 4, &y) || !str_eat(&s, STR("-")) || !str_eat_digits(&s, 2, 2, &m) ||
	    !str_eat(&s, STR("-")) || !str_eat_digits(&s, 2, 2, &d) || s.n != 0 || m < 1 || m > 12 || d < 1 || d > 31) {
		unknown(r, "day", arena_cstr(r->a, whole));
		return -1;
	}
	return clock_day_number((int32_t)y, (int32_t)m, (int32_t)d);
}

static void
sort_of(const struct reader *r, struct board_filter *ret)
{
	const char *s = value_of(r, "sort");
	int i;

	ret->down = *s == '\0' || *s == '-';
	i = choice(r, "sort", *s == '-' ? s + 1 : s, board_sorts);
	ret->sort = i < 0 ? 0 : i;
}

enum err
board_filter_read(struct arena *a, struct str query, int64_t me, int32_t offset, struct problems *problems,
    struct board_filter *ret)
{
	struct reader r = { .a = a, .problems = problems };

	TRY(http_form_parse(a, query, &r.field, &r.n));
	const char *q = value_of(&r, "q"), *age = value_of(&r, "age"), *asked = value_of(&r, "asked");
	const char *asn = value_of(&r, "asn");

	*ret = (struct board_filter){
		.states = states_of(&r),
		.brand = id_of(&r, "brand", -1),
		.owner = id_of(&r, "owner", me),
		.asn = -1,
		.origin = choice(&r, "origin", value_of(&r, "origin"), site_origins),
		.sector = choice(&r, "sector", value_of(&r, "sector"), organisation_sectors),
		.route = choice(&r, "route", value_of(&r, "route"), site_routes),
		.cc = text_of(&r, "cc", true),
		.tld = text_of(&r, "tld", false),
		.domain = text_of(&r, "domain", false),
		.host = text_of(&r, "host", false),
		.reopened = strcmp(value_of(&r, "reopened"), "1") == 0,
		.asked = strcmp(asked, "1") == 0,
		.unasked = strcmp(asked, "0") == 0,
		.day = day_of(&r),
		.offset = offset,
		.q = *q == '\0' ? NULL : arena_cstr(a, url_refang(a, utf8_take(str_of(q), LIMIT_SEARCH))),
		.group = choice(&r, "group", value_of(&r, "group"), board_groups),
	};
	if (ret->q != NULL) {
		char *small = arena_dup(a, ret->q);

		for (char *p = small; *p != '\0'; p++)
			*p = str_lower(*p);
		ret->q = small;
	}
	if (*age != '\0' && !str_int(str_of(age), 1, 100000, &ret->age))
		unknown(&r, "age", age);
	struct str number = str_of(asn);

	(void)str_eat_case(&number, STR("AS"));
	if (*asn != '\0' && !str_int(number, 0, UINT32_MAX, &ret->asn))
		unknown(&r, "asn", asn);
	sort_of(&r, ret);
	return OK;
}

const char *
board_query_value(struct arena *a, struct str query, const char *name)
{
	struct reader r = { .a = a };

	if (http_form_parse(a, query, &r.field, &r.n) != OK)
		return "";
	return value_of(&r, name);
}
