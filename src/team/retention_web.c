/* SPDX-License-Identifier: Apache-2.0 */
/* retention_web.c - /admin/retention: how long what is kept, what goes next. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "incident/hold_store.h"
#include "job/job.h"
#include "team/retention_store.h"
#include "team/team_web.h"

#define SOON (30 * CLOCK_DAY)
#define HOLDS 500

static const char *
number(struct web *w, int64_t n)
{
	return n > LIMIT_COUNT_EXACT ? arena_printf(w->a, "%s+", i18n_number(w->a, LIMIT_COUNT_EXACT))
				     : i18n_number(w->a, n);
}

static enum err
set_rules(struct web *w, int64_t *ret_due)
{
	struct value *list = value_set_list(w->a, w->data, "items");

	for (enum retention_kind k = 0; k < RETENTION_KINDS; k++) {
		const struct retention_rule *r = &retention_rules[k];
		struct value *o = value_add_object(w->a, list);
		int64_t days = retention_days(w->db, k), n = 0, soon = 0;

		if (days > 0) {
			TRY(retention_count(w->db, w->a, k, w->now - days * CLOCK_DAY, LIMIT_COUNT_EXACT + 1, &n));
			TRY(retention_count(w->db, w->a, k, w->now - days * CLOCK_DAY + SOON, LIMIT_COUNT_EXACT + 1, &soon));
		}
		*ret_due += n;
		value_set_text(w->a, o, "kind", r->name);
		value_set_int(w->a, o, "days", days);
		value_set_int(w->a, o, "due", n);
		value_set_int(w->a, o, "due_soon", soon);
		value_set_text(w->a, o, "@label", web_tr(w, NULL, r->label));
		value_set_text(w->a, o, "@doc", web_tr(w, NULL, r->doc));
		value_set_text(w->a, o, "@days",
		    days == 0 ? web_tr(w, "retention", NC_("retention", "for ever"))
			      : web_trf(w, "retention", NC_("retention", "{n} days"), I18N_ARGS({ "n", i18n_number(w->a, days) })));
		value_set_text(w->a, o, "@due", days == 0 ? "–" : number(w, n));
		value_set_text(w->a, o, "@soon", days == 0 ? "–" : number(w, soon));
	}
	value_set_int(w->a, w->data, "total", RETENTION_KINDS);
	return OK;
}

static enum err
set_holds(struct web *w)
{
	struct value *list = value_set_list(w->a, w->data, "holds");
	struct incident_hold *h;
	size_t n;

	TRY(hold_list(w->db, w->a, HOLDS, &h, &n));
	for (size_t i = 0; i < n; i++) {
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "ref", h[i].ref);
		value_set_text(w->a, o, "title", h[i].title);
		value_set_text(w->a, o, "reason", h[i].reason);
		value_set_text(w->a, o, "person", h[i].person);
		web_set_time(w, o, "at", h[i].at);
		value_set_text(w->a, o, "@href", arena_printf(w->a, "/incidents/%s/state#hold", h[i].ref));
	}
	value_set_bool(w->a, w->ui, "has_holds", n > 0);
	return OK;
}

static enum err
set_last(struct web *w)
{
	struct value *counts, *o, *list;
	int64_t at;
	enum err e = retention_last(w->db, w->a, &counts, &at);

	if (e == ERR_NOT_FOUND)
		return OK;
	TRY(e);
	o = value_set_object(w->a, w->data, "last");
	web_set_time(w, o, "at", at);
	value_set(w->a, o, "erased", counts);
	list = value_set_list(w->a, o, "@erased");
	for (enum retention_kind k = 0; k < RETENTION_KINDS; k++) {
		int64_t n = value_integer(value_get(counts, retention_rules[k].name));

		if (n == 0)
			continue;
		struct value *line = value_add_object(w->a, list);

		value_set_text(w->a, line, "label", web_tr(w, NULL, retention_rules[k].label));
		value_set_text(w->a, line, "n", i18n_number(w->a, n));
	}
	return OK;
}

static enum err
model(struct web *w)
{
	int64_t due = 0;

	TRY(set_rules(w, &due));
	TRY(set_holds(w));
	TRY(set_last(w));
	value_set_bool(w->a, w->ui, "any_due", due > 0);
	team_web_admin_nav(w, "/admin/retention");
	return OK;
}

static enum err
show(struct web *w)
{
	TRY(model(w));
	return web_page(w, "admin_retention", N_("Retention"));
}

static enum err
run(struct web *w)
{
	struct value *p = value_object(w->a);
	int64_t id;

	if (strcmp(web_form(w, "sure"), "1") != 0)
		web_problem(w, "sure", N_("Erasing cannot be taken back. Say that you have looked at the list."));
	if (problems_any(&w->problems)) {
		TRY(model(w));
		return web_again(w, "admin_retention", N_("Retention"));
	}
	value_set_int(w->a, p, "by", w->user->id);
	value_set_text(w->a, p, "name", w->user->name);
	TRY(job_add(w->db, w->a, &(struct job_new){ .kind = "retention.run", .payload = p, .key = "retention.run" },
	    w->now, &id));
	value_set_int(w->a, w->data, "job", id);
	return web_redirect(w, "/admin/retention", N_("It is being erased; reload in a moment"), 0);
}

const struct web_route retention_routes[] = {
	{ WEB_GET, "/admin/retention", PERM_ADMIN, show, WEB_SLOW, "How long each kind is kept, what is due, legal holds" },
	{ WEB_POST, "/admin/retention", PERM_ADMIN, run, 0, "Erase now what is due: sure = 1" },
	{ 0 },
};
