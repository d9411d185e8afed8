/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/inbox.h"

#include <string.h>

#include "auth/auth.h"
#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "http/http_form.h"
#include "incident/report.h"
#include "text/i18n.h"

#define NO_SUCH N_("This filter does not exist. There are: {value}")

/* One of ${names}, as the literal there; NULL with a problem otherwise. */
static const char *
choice(struct arena *a, struct problems *p, const char *field, const char *const *names, const char *extra,
    struct str s)
{
	for (size_t i = 0; names[i] != NULL; i++) {
		if (str_is(s, names[i]))
			return names[i];
	}
	problems_add(p, field, NO_SUCH, arena_printf(a, "%s%s", problems_names(a, names), extra));
	return NULL;
}

static int
number(struct arena *a, struct problems *p, const char *field, const char *const *names, struct str s)
{
	for (int i = 0; names[i] != NULL; i++) {
		if (str_is(s, names[i]))
			return i;
	}
	problems_add(p, field, NO_SUCH, problems_names(a, names));
	return 0;
}

static int64_t
time_of(struct problems *p, const char *field, const struct zone *zone, struct str s, bool end)
{
	int64_t at;

	if (zone_parse(zone, s, &at) != OK) {
		problems_add(p, field, N_("This is not a date and time. Write it as 2026-09-18 14:05."), NULL);
		return 0;
	}
	/* A last day belongs to the range: on to the next one's start. */
	return end && s.n == 10 ? zone_day_start(zone, at + 30 * CLOCK_HOUR) : at;
}

static int64_t
owner_of(struct problems *p, struct str s, int64_t me)
{
	int64_t id;

	if (str_is(s, "me"))
		return me;
	if (str_is(s, "none"))
		return INBOX_OWNER_NOBODY;
	if (str_int(s, 1, INT64_MAX, &id))
		return id;
	problems_add(p, "owner", NO_SUCH, "me, none, a number");
	return INBOX_OWNER_ANY;
}

static const char *const sorts[] = { "newest", "oldest", "due", NULL };
static const char *const origins[] = { "any", "domestic", "overseas", NULL };
static const char *const flags[] = { "0", "1", NULL };
static const char *const dues[] = { "any", "set", "today", "late", NULL };

static const char *const typed[] = { "state", "queue", "owner", "door", "channel", "purpose", "priority", "origin",
	"due", "from", "to", "sort", "urgent", "anonymous", "similar", "files", NULL };

static bool
is_typed(struct str name)
{
	for (size_t i = 0; typed[i] != NULL; i++) {
		if (str_is(name, typed[i]))
			return true;
	}
	return false;
}

/* One word; blanks within "…" belong to it. */
static struct str
next_word(struct str *rest)
{
	bool quoted = false;
	size_t n = 0;

	*rest = str_trim(*rest);
	while (n < rest->n && (quoted || !str_is_space(rest->p[n]))) {
		quoted = rest->p[n] == '"' ? !quoted : quoted;
		n++;
	}
	struct str word = str_take(*rest, n);

	*rest = str_skip(*rest, n);
	return word;
}

static struct str
unquoted(struct str s)
{
	if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		return str_take(str_skip(s, 1), s.n - 2);
	return s;
}

struct str
inbox_filter_typed(struct arena *a, struct str q, const struct http_field **ret, size_t *ret_n)
{
	struct buf *left = buf_new(a, LIMIT_HTTP_TARGET * 2);
	struct http_field *list = NULL;
	size_t n = 0;
	struct str word;

	while ((word = next_word(&q)).n > 0) {
		size_t at = str_find_char(word, ':', 0);

		if (at == SIZE_MAX || at + 1 == word.n || !is_typed(str_take(word, at))) {
			if (left->n > 0)
				buf_char(left, ' ');
			buf_str(left, word);
			continue;
		}
		list = arena_room(a, list, n, sizeof(*list));
		list[n++] = (struct http_field){ .name = str_take(word, at), .value = unquoted(str_skip(word, at + 1)) };
	}
	*ret = list;
	*ret_n = n;
	return buf_view(left);
}

static void
read_one(struct arena *a, struct str name, struct str v, const struct zone *zone, int64_t me,
    struct problems *p, struct inbox_filter *f)
{
	if (str_is(name, "q")) {
		const struct http_field *field;
		size_t n;

		v = inbox_filter_typed(a, utf8_take(utf8_clean_line(a, v), LIMIT_SEARCH), &field, &n);
		for (size_t i = 0; i < n; i++)
			read_one(a, field[i].name, field[i].value, zone, me, p, f);
		f->q = v.n == 0 ? NULL : arena_cstr(a, v);
	} else if (v.n == 0) {
		return; /* an empty choice of the form */
	} else if (str_is(name, "state")) {
		f->state = str_is(v, "all") ? NULL : choice(a, p, "state", report_states, ", all", v);
	} else if (str_is(name, "from")) {
		f->from = time_of(p, "from", zone, v, false);
	} else if (str_is(name, "to")) {
		f->to = time_of(p, "to", zone, v, true);
	} else if (str_is(name, "channel")) {
		f->channel = choice(a, p, "channel", report_channels, "", v);
	} else if (str_is(name, "purpose")) {
		f->purpose = choice(a, p, "purpose", report_purposes, "", v);
	} else if (str_is(name, "door")) {
		f->door = choice(a, p, "door", report_doors, "", v);
	} else if (str_is(name, "priority")) {
		f->priority = str_is(v, "none") ? "none" : choice(a, p, "priority", report_priorities, ", none", v);
	} else if (str_is(name, "queue")) {
		v = utf8_clean_line(a, v);
		f->queue = v.n == 0 ? NULL : arena_cstr(a, v);
	} else if (str_is(name, "owner")) {
		f->owner = owner_of(p, v, me);
	} else if (str_is(name, "origin")) {
		f->origin = (enum inbox_origin)number(a, p, "origin", origins, v);
	} else if (str_is(name, "anonymous")) {
		f->anonymous = number(a, p, "anonymous", flags, v) == 1;
	} else if (str_is(name, "urgent")) {
		f->urgent = number(a, p, "urgent", flags, v) == 1;
	} else if (str_is(name, "similar")) {
		f->similar = number(a, p, "similar", flags, v) == 1;
	} else if (str_is(name, "files")) {
		f->files = number(a, p, "files", flags, v) == 1;
	} else if (str_is(name, "due")) {
		f->due = (enum inbox_due)number(a, p, "due", dues, v);
	} else if (str_is(name, "sort")) {
		f->sort = (enum inbox_sort)number(a, p, "sort", sorts, v);
	}
}

void
inbox_filter_read(struct arena *a, struct str query, const struct zone *zone, const struct user *me,
    int64_t now, struct problems *problems, struct inbox_filter *ret)
{
	const struct http_field *field;
	size_t n;

	*ret = (struct inbox_filter){ .state = "new", .owner = INBOX_OWNER_ANY, .viewer = me };
	if (http_form_parse(a, query, &field, &n) != OK) {
		problems_add(problems, "", N_("The filter in the address could not be read."), NULL);
		return;
	}
	for (size_t i = 0; i < n; i++)
		read_one(a, field[i].name, str_trim(field[i].value), zone, me->id, problems, ret);
	if (ret->due == INBOX_DUE_LATE)
		ret->due_before = now;
	else if (ret->due == INBOX_DUE_TODAY)
		ret->due_before = zone_day_start(zone, zone_day_start(zone, now) + 30 * CLOCK_HOUR);
	if (ret->sort == INBOX_DUE && ret->due == INBOX_DUE_ANY)
		ret->due = INBOX_DUE_SET;
}

bool
inbox_filter_is_plain(const struct inbox_filter *f)
{
	return f->q == NULL && f->from == 0 && f->to == 0 && f->channel == NULL && f->purpose == NULL &&
	    f->door == NULL && f->priority == NULL && f->queue == NULL && f->owner == INBOX_OWNER_ANY &&
	    f->origin == INBOX_ANYWHERE && !f->anonymous && !f->urgent && !f->similar && !f->files &&
	    f->due == INBOX_DUE_ANY;
}
