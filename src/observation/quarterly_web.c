/* SPDX-License-Identifier: Apache-2.0 */
/* quarterly_web.c - /telescope/reports: the quarterly reports, to edit and publish;
 * /observation/reports for everybody. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "collector/collect_web.h"
#include "http/http.h"
#include "job/job.h"
#include "observation/observe.h"
#include "observation/quarterly_store.h"
#include "telescope/store.h"
#include "text/markdown.h"
#include "web/web.h"
#include "web/web_state.h"

#define TITLE 200
#define BODY LIMIT_KIB(200)
#define QUARTERS 8 /* that a draft may be asked for */

static void
set_report(struct web *w, struct value *o, const struct quarterly *q, const char *below)
{
	struct quarter quarter = { .number = 1 };
	enum lang l = w->lang;

	(void)quarterly_parse(str_of(q->quarter), &quarter); /* it was when it was stored */
	(void)lang_parse(str_of(q->lang), &l);
	value_set_text(w->a, o, "quarter", q->quarter);
	value_set_text(w->a, o, "language", q->lang);
	value_set_text(w->a, o, "title", q->title);
	value_set_text(w->a, o, "state", q->published ? "published" : "draft");
	web_set_time(w, o, "published_at", q->published_at);
	web_set_time(w, o, "changed_at", q->changed_at);
	value_set_text(w->a, o, "person", q->person);
	value_set_int(w->a, o, "version", q->version);
	value_set_bool(w->a, o, "@published", q->published);
	value_set_text(w->a, o, "@quarter", quarterly_text(w->a, w->lang, quarter));
	value_set_text(w->a, o, "@language", l == LANG_JA ? "日本語" : "English");
	value_set_text(w->a, o, "@href", arena_printf(w->a, "%s/%s-%s", below, q->quarter, q->lang));
}

static enum err
set_list(struct web *w, bool published, const char *below)
{
	struct value *items = value_set_list(w->a, w->data, "items");
	struct quarterly *q;
	size_t n;

	TRY(quarterly_list(w->db, w->a, published, &q, &n));
	for (size_t i = 0; i < n; i++)
		set_report(w, value_add_object(w->a, items), &q[i], below);
	value_set_bool(w->a, w->ui, "any", n > 0);
	return OK;
}

/* "2026Q3-ja" */
static enum err
find(struct web *w, struct quarterly *ret)
{
	struct str s = str_of(web_path(w, "id")), quarter;

	if (!str_split(&s, '-', &quarter))
		return ERR_NOT_FOUND;
	return quarterly_get(w->db, w->a, arena_cstr(w->a, quarter), arena_cstr(w->a, s), ret);
}

static enum err
list(struct web *w)
{
	struct value *quarters = value_set_list(w->a, w->ui, "quarters");
	struct quarter q = quarterly_at(w->now);

	TRY(set_list(w, false, "/telescope/reports"));
	for (int i = 0; i < QUARTERS; i++) {
		struct value *o = value_add_object(w->a, quarters);

		value_set_text(w->a, o, "value", quarterly_name(w->a, q));
		value_set_text(w->a, o, "label", quarterly_text(w->a, w->lang, q));
		value_set_bool(w->a, o, "selected", i == 1); /* the last that has ended */
		q = quarterly_at(q.from - 1);
	}
	value_set_bool(w->a, w->ui, "may_edit", auth_allows(&w->auth, PERM_TELESCOPE_EDIT));
	observe_tabs(w, "/telescope/reports");
	return problems_any(&w->problems) ? web_again(w, "quarterly_list", N_("Quarterly reports"))
					  : web_page(w, "quarterly_list", N_("Quarterly reports"));
}

/* Is there any record of it? */
static enum err
check_records(struct web *w, struct quarter q)
{
	struct store *s;
	size_t n, in = 0;
	enum err e = observe_take(observe_folder(w->a, web_data_dir(w->state)), &s);

	if (e == OK) {
		const struct store_entry *entry = store_list(s, &n);

		for (size_t i = 0; i < n; i++)
			in += entry[i].rows > 0 && entry[i].to / 1000 >= q.from && entry[i].from / 1000 < q.to;
		observe_give(s);
	} else if (e != ERR_NOT_FOUND)
		return e;
	if (in == 0)
		web_problem(w, "quarter", N_("Nothing was recorded in this quarter: there is nothing to report."));
	return OK;
}

static enum err
ask(struct web *w)
{
	struct value *p = value_object(w->a);
	struct quarter q;

	if (!quarterly_parse(web_form_str(w, "quarter"), &q)) {
		web_problem(w, "quarter", N_("Write it as 2026Q3."));
		return list(w);
	}
	TRY(check_records(w, q));
	if (problems_any(&w->problems))
		return list(w);
	value_set_text(w->a, p, "quarter", quarterly_name(w->a, q));
	TRY(job_add(w->db, w->a, &(struct job_new){ .kind = "telescope.report", .payload = p,
	    .key = arena_printf(w->a, "telescope.report:%s", quarterly_name(w->a, q)) }, w->now, NULL));
	return web_redirect(w, "/telescope/reports", N_("The draft is being made. It stands here in a minute."), 0);
}

static enum err
edit(struct web *w, const struct quarterly *q, const char *title, const char *body)
{
	set_report(w, w->data, q, "/telescope/reports");
	value_set_text(w->a, w->data, "body", q->body);
	value_set_html(w->a, w->ui, "preview", markdown_html(w->a, str_of(body), 2));
	value_set_text(w->a, w->ui, "preview_title", title);
	value_set_text(w->a, w->ui, "action", arena_printf(w->a, "/telescope/reports/%s-%s", q->quarter, q->lang));
	value_set_text(w->a, w->ui, "public_href", arena_printf(w->a, "/observation/reports/%s-%s", q->quarter, q->lang));
	value_set_bool(w->a, w->ui, "may_edit", auth_allows(&w->auth, PERM_TELESCOPE_EDIT));
	web_fill(w, "title", q->title);
	web_fill(w, "body", q->body);
	return web_again(w, "quarterly_edit", N_("Quarterly report"));
}

static enum err
show(struct web *w)
{
	struct quarterly q;

	TRY(find(w, &q));
	return edit(w, &q, q.title, q.body);
}

static enum err
save(struct web *w)
{
	static const char *const acts[] = { "save", "publish", "withdraw", "preview", NULL };
	const char *act = web_choice(w, "act", acts, true), *title = web_need_line(w, "title", TITLE), *body = web_body(w, "body", BODY);
	struct quarterly q;

	TRY(find(w, &q));
	if (problems_any(&w->problems) || strcmp(act, "preview") == 0)
		return edit(w, &q, title, body);
	q.version = web_form_int(w, "version", 1, INT64_MAX, q.version);
	bool publish = strcmp(act, "publish") == 0 || (q.published && strcmp(act, "save") == 0);

	TRY(quarterly_save(w->db, w->a, &q, title, body, publish, web_actor(w)));
	return web_redirect(w, arena_printf(w->a, "/telescope/reports/%s-%s", q.quarter, q.lang),
	    strcmp(act, "publish") == 0 ? N_("Published") : strcmp(act, "withdraw") == 0 ? N_("Taken back") : N_("Saved"), 0);
}

/* For everybody */

static enum err
public_list(struct web *w)
{
	TRY(set_list(w, true, "/observation/reports"));
	observe_public(w);
	return web_page(w, "quarterly_public_list", N_("Quarterly reports"));
}

static enum err
public_show(struct web *w)
{
	struct quarterly q;

	TRY(find(w, &q));
	if (!q.published)
		return ERR_NOT_FOUND;
	set_report(w, w->data, &q, "/observation/reports");
	value_set_text(w->a, w->data, "body", q.body);
	value_set_html(w->a, w->ui, "html", markdown_html(w->a, str_of(q.body), 2));
	observe_public(w);
	return web_page(w, "quarterly_public", N_("Quarterly report"));
}

const struct web_route quarterly_routes[] = {
	{ WEB_GET, "/telescope/reports", PERM_TELESCOPE_READ, list, 0, "The quarterly reports", NULL },
	{ WEB_POST, "/telescope/reports", PERM_TELESCOPE_EDIT, ask, 0, "Make the draft of a quarter, in both languages", NULL },
	{ WEB_GET, "/telescope/reports/:id", PERM_TELESCOPE_READ, show, 0, "One of them", NULL },
	{ WEB_POST, "/telescope/reports/:id", PERM_TELESCOPE_EDIT, save, 0, "Change, publish or take back a quarterly report", NULL },
	{ WEB_GET, "/observation/reports", PERM_PUBLIC, public_list, 0, "The quarterly reports that were published", NULL },
	{ WEB_GET, "/observation/reports/:id", PERM_PUBLIC, public_show, 0, "One of them, for everybody", NULL },
	{ 0 },
};
