/* SPDX-License-Identifier: Apache-2.0 */
#include "base/tzif.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/scan.h"

#define HOUR INT32_C(3600)
#define DAY INT64_C(86400)

struct header {
	uint8_t version;
	uint32_t is_utc, is_standard, leaps, times, types, chars;
};

static enum err
read_header(struct scan *s, struct header *ret)
{
	if (!str_is(scan_bytes(s, 4), "TZif"))
		return ERR_INVALID;
	ret->version = scan_u8(s);
	(void)scan_bytes(s, 15); /* reserved */
	ret->is_utc = scan_u32(s);
	ret->is_standard = scan_u32(s);
	ret->leaps = scan_u32(s);
	ret->times = scan_u32(s);
	ret->types = scan_u32(s);
	ret->chars = scan_u32(s);
	TRY(scan_error(s));
	if (ret->types == 0 || ret->types > 256 || ret->chars == 0)
		return ERR_INVALID;
	if (ret->times > LIMIT_ZONE_TRANSITIONS || ret->chars > LIMIT_ZONE_FILE ||
	    ret->leaps > LIMIT_ZONE_TRANSITIONS)
		return ERR_LIMIT;
	if ((ret->is_utc != 0 && ret->is_utc != ret->types) ||
	    (ret->is_standard != 0 && ret->is_standard != ret->types))
		return ERR_INVALID;
	return OK;
}

/* The abbreviation that begins at ${from} of the zone's NUL-ended names. */
static enum err
abbreviation(struct arena *a, struct str names, size_t from, const char **ret)
{
	size_t end = str_find_char(names, '\0', from);

	if (end == SIZE_MAX)
		return ERR_INVALID;
	*ret = arena_cstr(a, str_skip(str_take(names, end), from));
	return OK;
}

static enum err
read_types(struct arena *a, struct scan *s, const struct header *h, struct tzif *ret)
{
	struct tzif_type *type = arena_many(a, struct tzif_type, h->types);
	struct scan raw = *s;

	(void)scan_bytes(s, (size_t)h->types * 6);
	struct str names = scan_bytes(s, h->chars);

	TRY(scan_error(s));
	for (uint32_t i = 0; i < h->types; i++) {
		type[i].offset = (int32_t)scan_u32(&raw);
		(void)scan_u8(&raw); /* is summer time: nobody asks */
		/* RFC 8536 3.2: from -24:59:59 to +25:59:59 */
		if (type[i].offset < -25 * HOUR + 1 || type[i].offset > 26 * HOUR - 1)
			return ERR_INVALID;
		TRY(abbreviation(a, names, scan_u8(&raw), &type[i].abbreviation));
	}
	ret->type = type;
	ret->types = h->types;
	return scan_error(&raw);
}

static enum err
read_block(
    struct arena *a, struct scan *s, const struct header *h, bool wide, struct tzif *ret)
{
	/* Before anything is allocated: the counts must fit what is there. */
	if (scan_left(s) < (size_t)h->times * (wide ? 9 : 5))
		return ERR_INVALID;
	int64_t *at = arena_many(a, int64_t, h->times);
	uint8_t *type_at = arena_many(a, uint8_t, h->times);

	for (uint32_t i = 0; i < h->times; i++) {
		at[i] = wide ? (int64_t)scan_u64(s) : (int32_t)scan_u32(s);
		if (i > 0 && at[i] <= at[i - 1])
			return ERR_INVALID;
	}
	for (uint32_t i = 0; i < h->times; i++) {
		type_at[i] = scan_u8(s);
		if (type_at[i] >= h->types)
			return ERR_INVALID;
	}
	TRY(read_types(a, s, h, ret));
	(void)scan_bytes(s, (size_t)h->leaps * (wide ? 12 : 8));
	(void)scan_bytes(s, (size_t)h->is_standard + h->is_utc);
	ret->at = at;
	ret->type_at = type_at;
	ret->n = h->times;
	return scan_error(s);
}

/* "JST" or "<+09>". */
static bool
eat_name(struct arena *a, struct str *s, const char **ret)
{
	bool quoted = str_eat(s, STR("<"));
	size_t n = 0;

	while (n < s->n &&
	    (str_is_alpha(s->p[n]) ||
		(quoted && (str_is_digit(s->p[n]) || s->p[n] == '+' || s->p[n] == '-'))))
		n++;
	if (n < 3 || n > 16)
		return false;
	*ret = arena_cstr(a, str_take(*s, n));
	*s = str_skip(*s, n);
	return !quoted || str_eat(s, STR(">"));
}

/* [+-]h[:mm[:ss]] in seconds. */
static bool
eat_time(struct str *s, uint64_t max_hours, int32_t *ret)
{
	bool negative = str_eat(s, STR("-"));
	uint64_t h, m = 0, sec = 0;

	if (!negative)
		(void)str_eat(s, STR("+")); /* may stand there */
	if (!str_eat_digits(s, 1, 3, &h) || h > max_hours)
		return false;
	if (str_eat(s, STR(":"))) {
		if (!str_eat_digits(s, 2, 2, &m) || m > 59)
			return false;
		if (str_eat(s, STR(":")) && (!str_eat_digits(s, 2, 2, &sec) || sec > 59))
			return false;
	}
	int32_t v = (int32_t)(h * 3600 + m * 60 + sec);

	*ret = negative ? -v : v;
	return true;
}

static bool
eat_number(struct str *s, uint64_t min, uint64_t max, int32_t *ret)
{
	uint64_t v;

	if (!str_eat_digits(s, 1, 3, &v) || v < min || v > max)
		return false;
	*ret = (int32_t)v;
	return true;
}

/* "M3.2.0/2", "J60", "59". */
static bool
eat_date(struct str *s, struct tzif_date *ret)
{
	*ret = (struct tzif_date){ .kind = TZIF_DAY, .time = 2 * HOUR };
	if (str_eat(s, STR("M"))) {
		ret->kind = TZIF_MONTH_WEEK;
		if (!eat_number(s, 1, 12, &ret->month) || !str_eat(s, STR(".")) ||
		    !eat_number(s, 1, 5, &ret->week) || !str_eat(s, STR(".")) ||
		    !eat_number(s, 0, 6, &ret->day))
			return false;
	} else if (str_eat(s, STR("J"))) {
		ret->kind = TZIF_JULIAN;
		if (!eat_number(s, 1, 365, &ret->day))
			return false;
	} else if (!eat_number(s, 0, 365, &ret->day)) {
		return false;
	}
	/* RFC 8536 3.3.1: version 3 allows -167..167 hours. */
	return !str_eat(s, STR("/")) || eat_time(s, 167, &ret->time);
}

/* The POSIX TZ string of the footer, with version 3's extension. */
static enum err
read_rule(struct arena *a, struct str s, struct tzif *t)
{
	int32_t west;

	if (s.n == 0)
		return OK;
	if (!eat_name(a, &s, &t->standard.abbreviation) || !eat_time(&s, 24, &west))
		return ERR_INVALID;
	t->standard.offset = -west;
	t->has_rule = true;
	if (s.n == 0)
		return OK;
	if (!eat_name(a, &s, &t->summer.abbreviation))
		return ERR_INVALID;
	t->summer.offset = t->standard.offset + HOUR;
	if (s.n > 0 && s.p[0] != ',') {
		if (!eat_time(&s, 24, &west))
			return ERR_INVALID;
		t->summer.offset = -west;
	}
	if (!str_eat(&s, STR(",")) || !eat_date(&s, &t->summer_from) ||
	    !str_eat(&s, STR(",")) || !eat_date(&s, &t->summer_to) || s.n > 0)
		return ERR_INVALID;
	t->has_summer = true;
	return OK;
}

enum err
tzif_parse(struct arena *a, struct str s, struct tzif *ret)
{
	struct scan in = scan_of(s);
	struct tzif t = { 0 };
	struct header h;

	if (s.n > LIMIT_ZONE_FILE)
		return ERR_LIMIT;
	TRY(read_header(&in, &h));
	TRY(read_block(a, &in, &h, false, &t));
	if (h.version >= '2') {
		struct str footer, rule;

		TRY(read_header(&in, &h));
		TRY(read_block(a, &in, &h, true, &t));
		footer = scan_bytes(&in, scan_left(&in));
		if (!str_eat(&footer, STR("\n")) ||
		    str_find_char(footer, '\n', 0) == SIZE_MAX ||
		    !str_split(&footer, '\n', &rule))
			return ERR_INVALID;
		TRY(read_rule(a, rule, &t));
	}
	*ret = t;
	return OK;
}

static bool
is_leap(int32_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Local seconds since 1970 of a rule's moment in ${year}. */
static int64_t
rule_moment(const struct tzif_date *d, int32_t year)
{
	int64_t day = clock_day_number(year, 1, 1);

	switch (d->kind) {
	case TZIF_JULIAN:
		day += d->day - 1 + (is_leap(year) && d->day >= 60);
		break;
	case TZIF_DAY:
		day += d->day;
		break;
	case TZIF_MONTH_WEEK: {
		int32_t next_year = d->month == 12 ? year + 1 : year;
		int64_t end = clock_day_number(next_year, d->month % 12 + 1, 1);

		day = clock_day_number(year, d->month, 1);
		day += (d->day - clock_day_civil(day).weekday + 7) % 7;
		day += INT64_C(7) * (d->week - 1);
		if (day >= end)
			day -= 7;
		break;
	}
	}
	return day * DAY + d->time;
}

static struct tzif_type
rule_at(const struct tzif *t, int64_t seconds)
{
	if (!t->has_summer)
		return t->standard;
	int32_t year = clock_civil(seconds * 1000, t->standard.offset).year;
	int64_t from = rule_moment(&t->summer_from, year) - t->standard.offset;
	int64_t to = rule_moment(&t->summer_to, year) - t->summer.offset;
	bool summer = from < to ? seconds >= from && seconds < to
				: seconds >= from || seconds < to;

	return summer ? t->summer : t->standard;
}

struct tzif_type
tzif_at(const struct tzif *t, int64_t seconds)
{
	uint32_t low = 0, high = t->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (t->at[middle] <= seconds)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == t->n && t->has_rule)
		return rule_at(t, seconds);
	/* Before the first transition type 0 holds, RFC 8536 3.2. */
	return t->type[low == 0 ? 0 : t->type_at[low - 1]];
}
