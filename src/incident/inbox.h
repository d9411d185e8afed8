/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inbox.h - which reports a person wants to see: the filter in the address.
 *
 * The same words stand in the address of the list, in a saved view, and in the
 * form of a bulk act ("all of this list"), so one function reads them.
 */
#ifndef INCIDENT_INBOX_H
#define INCIDENT_INBOX_H

#include "base/problems.h"
#include "base/str.h"
#include "base/zone.h"

struct arena;
struct buf;

enum inbox_sort { INBOX_NEWEST, INBOX_OLDEST, INBOX_DUE };
struct user;

enum inbox_origin { INBOX_ANYWHERE, INBOX_DOMESTIC, INBOX_OVERSEAS };
enum inbox_due { INBOX_DUE_ANY, INBOX_DUE_SET, INBOX_DUE_TODAY, INBOX_DUE_LATE };

#define INBOX_OWNER_ANY (-1)
#define INBOX_OWNER_NOBODY 0

struct inbox_filter {
	const char *state;    /* of report_states; NULL = all */
	const char *q;	      /* words; NULL = none */
	int64_t from, to;     /* received at or after, before; 0 = open */
	const char *channel, *purpose, *door; /* NULL = any */
	const char *priority; /* "none" = not yet said */
	const char *queue;    /* that a rule chose; "none" = none did */
	int64_t owner;	      /* INBOX_OWNER_… or a person */
	enum inbox_origin origin;
	bool anonymous, urgent, similar, files; /* only those */
	enum inbox_due due;   /* promised answers that are still owed */
	int64_t due_before;   /* of TODAY and LATE */
	enum inbox_sort sort;
	const struct user *viewer; /* who looks; NULL sees nothing restricted */
};

/*
 * Read ${query} ("state=new&q=…", percent-encoded; what is no filter is passed
 * over). Absent: state new, everything else any. A value that does not exist is
 * a problem at its name and is left out. ${me}: who "owner=me" is, and who looks.
 */
void inbox_filter_read(struct arena *a, struct str query, const struct zone *zone, const struct user *me,
    int64_t now, struct problems *problems, struct inbox_filter *ret);
/*
 * Filters typed among the words: "queue:banks owner:me \"state:all\"" and what is
 * left of ${q} after them. ${*ret_n} fields; a name that is no filter stays a word.
 */
struct http_field;
struct str inbox_filter_typed(struct arena *a, struct str q, const struct http_field **ret, size_t *ret_n);
/* Does it leave out nothing but states? */
bool inbox_filter_is_plain(const struct inbox_filter *f);

#endif
