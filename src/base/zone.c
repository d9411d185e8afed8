/* SPDX-License-Identifier: Apache-2.0 */
#include "base/zone.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/tzif.h"

#define ZONE_FOLDER "/usr/share/zoneinfo/"

struct zone {
	const char *name;
	struct tzif tzif;
	struct zone *next;
};

static const struct tzif_type jst = { 9 * 60 * 60, "JST" };
static const struct tzif_type utc = { 0, "UTC" };
/* Summer time was last used in Japan in 1951, and nothing here is that old. */
static const struct zone tokyo = { .name = "Asia/Tokyo", .tzif = { .type = &jst, .types = 1 } };
static const struct zone universal = { .name = "UTC", .tzif = { .type = &utc, .types = 1 } };

/* What was read from files; lives as long as the process. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct arena *store;
static struct zone *zones;

const struct zone *
zone_tokyo(void)
{
	return &tokyo;
}

const struct zone *
zone_utc(void)
{
	return &universal;
}

const char *
zone_name(const struct zone *z)
{
	return z->name;
}

/* Words of letters, digits, "_", "+", "-" joined by "/": no way out of the
 * folder, and no file of it that is not a zone. */
static bool
is_zone_name(struct str s)
{
	struct str word;

	if (s.n == 0 || s.n > LIMIT_ZONE_NAME)
		return false;
	while (str_split(&s, '/', &word)) {
		if (word.n == 0 || !str_is_alpha(word.p[0]))
			return false;
		for (size_t i = 0; i < word.n; i++) {
			char c = word.p[i];

			if (!str_is_alnum(c) && c != '_' && c != '+' && c != '-')
				return false;
		}
	}
	return true;
}

static enum err
read_file(struct arena *a, const char *name, struct str *ret)
{
	const char *path = arena_printf(a, "%s%s", ZONE_FOLDER, name);
	FILE *f = fopen(path, "rbe");

	if (f == NULL)
		return errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO;
	char *p = arena_alloc(a, LIMIT_ZONE_FILE + 1);
	size_t n = fread(p, 1, LIMIT_ZONE_FILE + 1, f);
	bool failed = ferror(f) != 0;

	(void)fclose(f); /* only read */
	if (failed)
		return ERR_NOT_FOUND; /* a folder: "Asia" is no zone */
	*ret = (struct str){ .p = p, .n = n };
	return OK;
}

static enum err
load(const char *name, const struct zone **ret)
{
	AUTO(arena) a = arena_new();
	struct str bytes;

	TRY(read_file(a, name, &bytes));
	if (store == NULL)
		store = arena_new();
	struct zone *z = arena_one(store, struct zone);

	TRY(tzif_parse(store, bytes, &z->tzif));
	z->name = arena_dup(store, name);
	z->next = zones;
	zones = z;
	*ret = z;
	return OK;
}

static enum err
find_locked(const char *name, const struct zone **ret)
{
	for (const struct zone *z = zones; z != NULL; z = z->next) {
		if (str_is(str_of(z->name), name)) {
			*ret = z;
			return OK;
		}
	}
	return load(name, ret);
}

enum err
zone_find(const char *name, const struct zone **ret)
{
	struct str s = str_of(name);

	if (!is_zone_name(s))
		return ERR_INVALID;
	if (str_is(s, tokyo.name)) {
		*ret = &tokyo;
		return OK;
	}
	if (str_is(s, universal.name)) {
		*ret = &universal;
		return OK;
	}
	(void)pthread_mutex_lock(&lock); /* fails only for a wrong mutex */
	enum err e = find_locked(name, ret);

	(void)pthread_mutex_unlock(&lock); /* the same */
	return e;
}

static struct tzif_type
type_at(const struct zone *z, int64_t at)
{
	return tzif_at(&z->tzif, at / 1000 - (at % 1000 < 0));
}

int32_t
zone_offset(const struct zone *z, int64_t at)
{
	return type_at(z, at).offset;
}

const char *
zone_abbreviation(const struct zone *z, int64_t at)
{
	return type_at(z, at).abbreviation;
}

struct civil
zone_civil(const struct zone *z, int64_t at)
{
	return clock_civil(at, zone_offset(z, at));
}

int64_t
zone_from_civil(const struct zone *z, const struct civil *c)
{
	int64_t local = clock_from_civil(c, 0);
	/* A day is farther than any offset: these hold before and after. */
	int32_t before = zone_offset(z, local - CLOCK_DAY);
	int32_t after = zone_offset(z, local + CLOCK_DAY);
	int64_t first = local - before * CLOCK_SECOND;
	int64_t second = local - after * CLOCK_SECOND;

	if (zone_offset(z, first) == before)
		return first;
	if (zone_offset(z, second) == after)
		return second;
	return first; /* in a gap: the clock was not yet set when we count on */
}

int64_t
zone_day_start(const struct zone *z, int64_t at)
{
	struct civil c = zone_civil(z, at);

	c.hour = c.minute = c.second = c.millisecond = 0;
	return zone_from_civil(z, &c);
}

/* ${n} digits at least one; the fraction in milliseconds. */
static bool
eat_fraction(struct str *s, int32_t *ret)
{
	int32_t v = 0, weight = 100;
	size_t n = 0;

	while (n < s->n && n < 9 && str_is_digit(s->p[n])) {
		v += (s->p[n] - '0') * weight;
		weight /= 10;
		n++;
	}
	*s = str_skip(*s, n);
	*ret = v;
	return n > 0;
}

static bool
eat_two(struct str *s, int32_t min, int32_t max, int32_t *ret)
{
	uint64_t v;

	if (!str_eat_digits(s, 2, 2, &v) || (int32_t)v < min || (int32_t)v > max)
		return false;
	*ret = (int32_t)v;
	return true;
}

static bool
eat_date(struct str *s, struct civil *ret)
{
	uint64_t year;

	if (!str_eat_digits(s, 4, 4, &year) || year < 1 || !str_eat(s, STR("-")) ||
	    !eat_two(s, 1, 12, &ret->month) || !str_eat(s, STR("-")) ||
	    !eat_two(s, 1, 31, &ret->day))
		return false;
	ret->year = (int32_t)year;
	/* 30 February comes back as another day. */
	return clock_day_civil(clock_day_number(ret->year, ret->month, ret->day)).day ==
	    ret->day;
}

static bool
eat_clock(struct str *s, struct civil *ret)
{
	if (!eat_two(s, 0, 23, &ret->hour) || !str_eat(s, STR(":")) ||
	    !eat_two(s, 0, 59, &ret->minute))
		return false;
	if (!str_eat(s, STR(":")))
		return true;
	if (!eat_two(s, 0, 59, &ret->second))
		return false;
	return !str_eat(s, STR(".")) || eat_fraction(s, &ret->millisecond);
}

/* "Z", "+09:00", "+0900". */
static bool
eat_offset(struct str *s, int32_t *ret)
{
	int32_t sign, hours, minutes;

	if (str_eat(s, STR("Z")) || str_eat(s, STR("z"))) {
		*ret = 0;
		return true;
	}
	if (str_eat(s, STR("+")))
		sign = 1;
	else if (str_eat(s, STR("-")))
		sign = -1;
	else
		return false;
	if (!eat_two(s, 0, 23, &hours))
		return false;
	(void)str_eat(s, STR(":")); /* ISO 8601 basic format has none */
	if (!eat_two(s, 0, 59, &minutes))
		return false;
	*ret = sign * (hours * 3600 + minutes * 60);
	return true;
}

enum err
zone_parse(const struct zone *z, struct str s, int64_t *ret)
{
	struct civil c = { 0 };
	int32_t offset;

	s = str_trim(s);
	if (!eat_date(&s, &c))
		return ERR_INVALID;
	if (s.n == 0) {
		*ret = zone_from_civil(z, &c);
		return OK;
	}
	if ((!str_eat(&s, STR("T")) && !str_eat(&s, STR(" "))) || !eat_clock(&s, &c))
		return ERR_INVALID;
	if (s.n == 0) {
		*ret = zone_from_civil(z, &c);
		return OK;
	}
	(void)str_eat(&s, STR(" ")); /* "14:05 +09:00" is common in logs */
	if (!eat_offset(&s, &offset) || s.n > 0)
		return ERR_INVALID;
	*ret = clock_from_civil(&c, offset);
	return OK;
}
