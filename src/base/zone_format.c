/* SPDX-License-Identifier: Apache-2.0 */
#include "base/zone.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

static const char *const month_en[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
	"Sep", "Oct", "Nov", "Dec" };
static const char *const day_en[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char *const day_ja[] = { "日", "月", "火", "水", "木", "金", "土" };

const char *
zone_long(struct arena *a, const struct zone *z, enum lang l, int64_t at)
{
	struct civil c = zone_civil(z, at);

	if (l == LANG_JA)
		return arena_printf(a, "%d年%d月%d日(%s) %02d:%02d", c.year, c.month, c.day,
		    day_ja[c.weekday], c.hour, c.minute);
	return arena_printf(a, "%s %d %s %d, %02d:%02d %s", day_en[c.weekday], c.day,
	    month_en[c.month - 1], c.year, c.hour, c.minute, zone_abbreviation(z, at));
}

/* ${v} in ${digits} digits at ${p}; what stands behind them. */
static char *
put(char *p, int v, int digits)
{
	for (int i = digits; i-- > 0; v /= 10)
		p[i] = (char)('0' + v % 10);
	return p + digits;
}

static char *
put_int(char *p, int64_t v)
{
	int digits = 1;

	for (int64_t left = v / 10; left > 0; left /= 10)
		digits++;
	for (int i = digits; i-- > 0; v /= 10)
		p[i] = (char)('0' + v % 10);
	return p + digits;
}

static char *
put_text(char *p, const char *s)
{
	size_t n = strlen(s);

	memcpy(p, s, n);
	return p + n;
}

static const char *
date_short(struct arena *a, enum lang l, const struct civil *c)
{
	char by = l == LANG_JA ? '/' : '-';

	char *text = arena_alloc(a, 16), *p = put(text, c->year, c->year > 9999 ? 5 : 4);

	*p++ = by;
	p = put(p, c->month, 2);
	*p++ = by;
	(void)put(p, c->day, 2);
	return text;
}

const char *
zone_short(struct arena *a, const struct zone *z, enum lang l, int64_t at)
{
	struct civil c = zone_civil(z, at);

	return arena_printf(a, "%s %02d:%02d", date_short(a, l, &c), c.hour, c.minute);
}

static bool
same_day(const struct civil *a, const struct civil *b)
{
	return a->day == b->day && a->month == b->month && a->year == b->year;
}

static int64_t
day_of(const struct zone *z, int64_t at)
{
	struct civil c = zone_civil(z, at);

	return clock_day_number(c.year, c.month, c.day);
}

const char *
zone_list(struct arena *a, const struct zone *z, enum lang l, int64_t at, int64_t now)
{
	struct civil c = zone_civil(z, at), today = zone_civil(z, now);

	if (c.year != today.year)
		return date_short(a, l, &c);

	char *text = arena_alloc(a, 32), *p = text;

	if (!same_day(&c, &today)) {
		p = put_int(p, l == LANG_JA ? c.month : c.day);
		*p++ = l == LANG_JA ? '/' : ' ';
		p = l == LANG_JA ? put_int(p, c.day) : put_text(p, month_en[c.month - 1]);
		*p++ = ' ';
	}
	p = put(p, c.hour, 2);
	*p++ = ':';
	(void)put(p, c.minute, 2);
	return text;
}

/* By hand, for lists of fifty. */
const char *
zone_iso(struct arena *a, const struct zone *z, int64_t at)
{
	struct civil c = zone_civil(z, at);
	int32_t minutes = zone_offset(z, at) / 60;
	char *text = arena_alloc(a, 32), *p;

	if (c.year < 0)
		c.year = 0; /* nothing here is so old */
	p = put(text, c.year, c.year > 9999 ? 5 : 4);
	*p++ = '-';
	p = put(p, c.month, 2);
	*p++ = '-';
	p = put(p, c.day, 2);
	*p++ = 'T';
	p = put(p, c.hour, 2);
	*p++ = ':';
	p = put(p, c.minute, 2);
	*p++ = ':';
	p = put(p, c.second, 2);
	if (z == zone_utc()) {
		*p = 'Z';
		return text;
	}
	*p++ = minutes < 0 ? '-' : '+';
	p = put(p, abs(minutes) / 60, 2);
	*p++ = ':';
	(void)put(p, abs(minutes) % 60, 2);
	return text;
}

const char *
zone_both(struct arena *a, int64_t at)
{
	struct civil c = zone_civil(zone_tokyo(), at);
	const char *abroad = zone_short(a, zone_utc(), LANG_EN, at);

	/* Nobody should have to work out that the day is another one. */
	if (day_of(zone_utc(), at) != day_of(zone_tokyo(), at))
		return arena_printf(
		    a, "%s UTC (%s JST)", abroad, zone_short(a, zone_tokyo(), LANG_EN, at));
	return arena_printf(a, "%s UTC (%02d:%02d JST)", abroad, c.hour, c.minute);
}

const char *
zone_relative(struct arena *a, const struct zone *z, enum lang l, int64_t at, int64_t now)
{
	int64_t ago = now - at, days = day_of(z, now) - day_of(z, at);
	struct civil c = zone_civil(z, at);

	/* Clocks of two machines may differ a little. */
	if (ago > -CLOCK_MINUTE && ago < CLOCK_MINUTE)
		return l == LANG_JA ? "たった今" : "just now";
	if (ago >= 0 && ago < CLOCK_HOUR)
		return arena_printf(
		    a, l == LANG_JA ? "%d分前" : "%d min ago", (int)(ago / CLOCK_MINUTE));
	if (ago >= 0 && days == 0)
		return arena_printf(
		    a, l == LANG_JA ? "%d時間前" : "%d h ago", (int)(ago / CLOCK_HOUR));
	if (days == 1)
		return arena_printf(a, l == LANG_JA ? "昨日 %02d:%02d" : "yesterday %02d:%02d",
		    c.hour, c.minute);
	return zone_short(a, z, l, at);
}

#define DURATION_MAX 64

/* ${ms} is not negative. */
static char *
put_duration(char *p, enum lang l, int64_t ms)
{
	bool ja = l == LANG_JA;
	int64_t minutes = ms / CLOCK_MINUTE % 60, hours = ms / CLOCK_HOUR;

	if (ms < CLOCK_MINUTE)
		return put_text(p, ja ? "1分未満" : "under 1 min");
	if (hours == 0)
		return put_text(put_int(p, minutes), ja ? "分" : " min");
	if (hours < 24) {
		p = put_text(put_int(p, hours), ja ? "時間" : " h ");
		return put_text(put_int(p, minutes), ja ? "分" : " min");
	}
	p = put_text(put_int(p, hours / 24), ja ? "日 " : " d ");
	return put_text(put(p, (int)(hours % 24), 2), ja ? "時間" : " h");
}

const char *
zone_duration(struct arena *a, enum lang l, int64_t ms)
{
	char text[DURATION_MAX];

	return arena_dupn(a, text, (size_t)(put_duration(text, l, ms) - text));
}

const char *
zone_left(struct arena *a, enum lang l, int64_t due, int64_t now)
{
	bool ja = l == LANG_JA;
	int64_t late = now - due, days = late / CLOCK_DAY;
	char text[DURATION_MAX + 16], *p = text;

	if (late <= 0)
		p = ja ? put_duration(put_text(p, "あと "), l, -late) : put_text(put_duration(p, l, -late), " left");
	else if (days > 0)
		p = put_text(put_int(p, days), ja ? "日超過" : days == 1 ? " day late" : " days late");
	else if (late >= CLOCK_HOUR)
		p = put_text(put_int(p, late / CLOCK_HOUR), ja ? "時間超過" : " h late");
	else
		p = put_text(put_int(p, late / CLOCK_MINUTE), ja ? "分超過" : " min late");
	return arena_dupn(a, text, (size_t)(p - text));
}
