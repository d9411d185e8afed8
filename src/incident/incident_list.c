/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/incident_list.h"

#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "http/http_form.h"
#include "incident/category.h"
#include "incident/report.h"
#include "text/i18n.h"

static const char *const tlp_keys[] = { "RED", "AMBER+STRICT", "AMBER", "GREEN", "CLEAR", NULL };

/* For programs: names, not words. */
#define N_OWNERS "me, none, a number"

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

/* One of ${values}; NULL when absent or unknown. */
static const char *
choice(const struct reader *r, const char *name, const char *const *values)
{
	const char *s = value_of(r, name);

	if (*s == '\0')
		return NULL;
	for (size_t i = 0; values[i] != NULL; i++) {
		if (strcmp(values[i], s) == 0)
			return values[i];
	}
	problems_add(r->problems, name, N_("This filter does not exist. There are: {value}"), problems_names(r->a, values));
	return NULL;
}

static bool
flag(const struct reader *r, const char *name)
{
	static const char *const flags[] = { "0", "1", NULL };
	const char *s = choice(r, name, flags);

	return s != NULL && *s == '1';
}

enum err
incident_filter_read(struct arena *a, struct str query, int64_t me, struct problems *problems,
    struct incident_filter *ret)
{
	static const char *const states[] = { "open", "closed", "all", NULL };
	static const char *const origins[] = { "domestic", "overseas", NULL };
	static const char *const sorts[] = { "newest", "changed", "due", NULL };
	struct reader r = { .a = a, .problems = problems };

	TRY(http_form_parse(a, query, &r.field, &r.n));
	const char *state = choice(&r, "state", states), *owner = value_of(&r, "owner");
	const char *origin = choice(&r, "origin", origins), *sort = choice(&r, "sort", sorts);
	const char *q = value_of(&r, "q");

	*ret = (struct incident_filter){
		.state = state == NULL ? "open" : strcmp(state, "all") == 0 ? NULL : state,
		.phase = choice(&r, "phase", incident_phases),
		.category = choice(&r, "category", category_now_keys),
		.priority = choice(&r, "priority", report_priorities),
		.tlp = choice(&r, "tlp", tlp_keys),
		.owner = -1,
		.domestic = origin == NULL ? -1 : strcmp(origin, "domestic") == 0,
		.ics = flag(&r, "ics"),
		.targeted = flag(&r, "targeted"),
		.overdue = flag(&r, "overdue"),
		.unread = flag(&r, "unread"),
		.q = *q == '\0' ? NULL : arena_cstr(a, utf8_take(str_of(q), LIMIT_SEARCH)),
	};
	if (sort != NULL)
		ret->sort = strcmp(sort, "due") == 0	 ? INCIDENT_DUE
		    : strcmp(sort, "changed") == 0 ? INCIDENT_CHANGED
						   : INCIDENT_NEWEST;
	if (strcmp(owner, "me") == 0)
		ret->owner = me;
	else if (strcmp(owner, "none") == 0)
		ret->owner = 0;
	else if (*owner != '\0' && !str_int(str_of(owner), 1, INT64_MAX, &ret->owner))
		problems_add(problems, "owner", N_("This filter does not exist. There are: {value}"), N_OWNERS);
	return OK;
}

bool
incident_filter_is_plain(const struct incident_filter *f)
{
	return f->phase == NULL && f->category == NULL && f->priority == NULL && f->tlp == NULL &&
	    f->owner == -1 && f->domestic == -1 && !f->ics && !f->targeted && !f->overdue && !f->unread &&
	    f->q == NULL;
}
