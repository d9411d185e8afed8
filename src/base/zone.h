/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zone.h - time zones by their IANA name, and times as people read them.
 *
 * "Asia/Tokyo" and "UTC" are built in; others are read from the system's zone
 * files (RFC 8536). Formats follow the house style for each language.
 */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"

struct arena;
struct zone;

enum lang { LANG_JA, LANG_EN }; /* of a page, a mail, a user */
const char *lang_code(enum lang l); /* "ja", "en" */
/* "ja", "ja-JP", "en" …; false when it is neither. */
bool lang_parse(struct str s, enum lang *ret);

/* Process lifetime; thread-safe. ERR_NOT_FOUND for a name that is not there,
 * ERR_INVALID for one that is not a zone name. */
MUST_USE enum err zone_find(const char *name, const struct zone **ret);
const struct zone *zone_tokyo(void);
const struct zone *zone_utc(void);
const char *zone_name(const struct zone *z);
/* Seconds east of UTC at ${at}, and the abbreviation ("JST"). */
int32_t zone_offset(const struct zone *z, int64_t at);
const char *zone_abbreviation(const struct zone *z, int64_t at);

struct civil zone_civil(const struct zone *z, int64_t at);
/* A local time; of two (clocks set back) the first, in a gap the one after. */
int64_t zone_from_civil(const struct zone *z, const struct civil *c);
/* The start of ${at}'s day in ${z}. */
int64_t zone_day_start(const struct zone *z, int64_t at);

/* ja 2026年9月18日(金) 14:05   en Fri 18 Sep 2026, 14:05 JST */
const char *zone_long(struct arena *a, const struct zone *z, enum lang l, int64_t at);
/* ja 2026/09/18 14:05         en 2026-09-18 14:05 */
const char *zone_short(struct arena *a, const struct zone *z, enum lang l, int64_t at);
/* Today 14:05; this year ja 9/18 14:05, en 18 Sep 14:05; else the date. */
const char *zone_list(struct arena *a, const struct zone *z, enum lang l, int64_t at, int64_t now);
/* 2026-09-18T14:05:00+09:00 for machines and <time datetime>. */
const char *zone_iso(struct arena *a, const struct zone *z, int64_t at);
/* Abroad and in letters: "2026-09-18 05:05 UTC (14:05 JST)". */
const char *zone_both(struct arena *a, int64_t at);
/* "5分前", "昨日 14:05", "5 min ago", "yesterday 14:05", else zone_short. */
const char *zone_relative(struct arena *a, const struct zone *z, enum lang l, int64_t at, int64_t now);
/* "4時間12分", "4 h 12 min", "3日 02時間", "3 d 02 h". ${ms} >= 0. */
const char *zone_duration(struct arena *a, enum lang l, int64_t ms);
/* "あと 53分" / "53 min left", "1日超過" / "1 day late". */
const char *zone_left(struct arena *a, enum lang l, int64_t due, int64_t now);

/*
 * Read "2026-09-18", "2026-09-18 14:05", "2026-09-18T14:05[:09][.123]" with
 * "Z" or "+09:00" or, without either, in ${z}. ERR_INVALID otherwise.
 */
MUST_USE enum err zone_parse(const struct zone *z, struct str s, int64_t *ret);

#endif
