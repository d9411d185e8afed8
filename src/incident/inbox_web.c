/* SPDX-License-Identifier: Apache-2.0 */
/* inbox_web.c - the list of reports. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "db/db.h"
#include "http/http_form.h"
#include "incident/extract.h"
#include "incident/inbox_store.h"
#include "incident/report_page.h"
#include "incident/report_store.h"
#include "incident/rule_store.h"
#include "view/view_web.h"

#define ROWS 50
#define TAB_COUNT 99 /* tabs count so far */

/* The usual state needs no naming. */
static const char *
present_query(struct web *w)
{
	const char *query = view_web_present(w);
	struct str rest = str_of(query), part;
	struct buf *b = buf_new(w->a, LIMIT_HTTP_TARGET * 4);

	while (str_split(&rest, '&', &part)) {
		if (!str_is(part, "state=new") && part.n > 0)
			buf_printf(b, "%s%.*s", b->n == 0 ? "" : "&", STR_F(part));
	}
	return buf_cstr(w->a, b);
}

/* The views that everybody has; who wants others saves them. */
static const struct view_ready own_views[] = {
	{ N_("New"), "", false },
	{ N_("Urgent"), "urgent=1", true },
	{ N_("Mine"), "state=all&owner=me", false },
	{ N_("Late answers"), "due=late&sort=due", true },
	{ N_("Suspected duplicates"), "similar=1", false },
	{ N_("Anonymous"), "anonymous=1", false },
	{ N_("From abroad"), "origin=overseas", false },
	{ N_("Questions"), "purpose=question", false },
};

static enum err
count_view(struct web *w, void *filter, int64_t *ret)
{
	enum err e = inbox_count(w->db, w->a, filter, TAB_COUNT, ret);

	return e == ERR_INVALID ? OK : e;
}

static enum err
set_views(struct web *w, const char *present)
{
	struct view_tab *tab;
	size_t n;

	TRY(view_web_tabs(w, "inbox", own_views, COUNT(own_views), "view", &tab, &n));
	for (size_t i = 0; i < n; i++) {
		struct problems ignored; /* of a view saved long ago */
		struct inbox_filter f;
		int64_t count = 0;

		problems_init(&ignored, w->a);
		inbox_filter_read(w->a, str_of(tab[i].query), w->zone, w->user, w->now, &ignored, &f);
		TRY(web_memo(w, arena_printf(w->a, "inbox/%lld/%s", (long long)w->user->id, tab[i].query), count_view, &f,
		    &count));
		tab[i].count = count > TAB_COUNT && (f.q != NULL || !inbox_filter_is_plain(&f))
		    ? arena_printf(w->a, "%d+", TAB_COUNT)
		    : i18n_number(w->a, count);
	}
	view_web_set(w, "inbox", present, tab, n);
	return OK;
}

/* Select boxes of the filter form: "any" first. */
static void
choices(struct web *w, const char *key, const char *context, const char *const *names, const char *any,
    const char *chosen)
{
	struct value *list = value_set_list(w->a, w->ui, key), *o = value_add_object(w->a, list);

	value_set_text(w->a, o, "value", strcmp(key, "@states") == 0 ? "all" : "");
	value_set_text(w->a, o, "label", web_tr(w, "filter", any));
	value_set_bool(w->a, o, "selected", chosen == NULL);
	for (size_t i = 0; names[i] != NULL; i++) {
		o = value_add_object(w->a, list);
		value_set_text(w->a, o, "value", names[i]);
		value_set_text(w->a, o, "label", web_tr(w, context, report_label(names, names[i])));
		value_set_bool(w->a, o, "selected", chosen != NULL && strcmp(chosen, names[i]) == 0);
	}
}

static void
small_choices(struct web *w, const char *key, const struct web_option *options, int chosen)
{
	web_options(w, key, "filter", options, options[chosen].value);
}

static void
queue_option(struct web *w, struct value *list, const char *value, const char *label, bool selected)
{
	struct value *o = value_add_object(w->a, list);

	value_set_text(w->a, o, "value", value);
	value_set_text(w->a, o, "label", label);
	value_set_bool(w->a, o, "selected", selected);
}

static enum err
set_queues(struct web *w, const char *chosen)
{
	struct value *list = value_set_list(w->a, w->ui, "@queues");
	bool none = chosen != NULL && strcmp(chosen, "none") == 0, found = chosen == NULL || none;
	const char **name;
	size_t n;

	TRY(rule_queues(w->db, w->a, &name, &n));
	queue_option(w, list, "", web_tr(w, "filter", N_("Any")), chosen == NULL);
	queue_option(w, list, "none", web_tr(w, "filter", N_("in no queue")), none);
	for (size_t i = 0; i < n; i++) {
		bool is = chosen != NULL && strcmp(name[i], chosen) == 0;

		queue_option(w, list, name[i], name[i], is);
		found = found || is;
	}
	if (!found)
		queue_option(w, list, chosen, chosen, true);
	value_set_bool(w->a, w->ui, "has_queues", n > 0 || chosen != NULL);
	return OK;
}

static enum err
set_form(struct web *w, const struct inbox_filter *f)
{
	static const struct web_option origins[] = { { "", N_("Any") }, { "domestic", N_("Domestic") },
		{ "overseas", N_("From abroad") }, { NULL, NULL } };
	static const struct web_option dues[] = { { "", N_("Any") }, { "set", N_("Answer owed") },
		{ "today", N_("Due today") }, { "late", N_("Late") }, { NULL, NULL } };
	static const struct web_option sorts[] = { { "", N_("Newest first") }, { "oldest", N_("Oldest first") },
		{ "due", N_("Due first") }, { NULL, NULL } };

	choices(w, "@states", "report", report_states, N_("All"), f->state);
	choices(w, "@purposes", "purpose", report_purposes, N_("Any"), f->purpose);
	choices(w, "@doors", "door", report_doors, N_("Any"), f->door);
	choices(w, "@channels", "channel", report_channels, N_("Any"), f->channel);
	choices(w, "@priorities", "priority", report_priorities, N_("Any"), f->priority);
	small_choices(w, "origins", origins, (int)f->origin);
	small_choices(w, "dues", dues, (int)f->due);
	small_choices(w, "sorts", sorts, (int)f->sort);
	value_set_text(w->a, w->ui, "from", web_query(w, "from"));
	value_set_text(w->a, w->ui, "to", web_query(w, "to"));
	struct value *only = value_set_object(w->a, w->ui, "only");

	value_set_bool(w->a, only, "anonymous", f->anonymous);
	value_set_bool(w->a, only, "urgent", f->urgent);
	value_set_bool(w->a, only, "similar", f->similar);
	value_set_bool(w->a, only, "files", f->files);
	TRY(set_queues(w, f->queue));
	TRY(report_page_owners(w, "@people", NULL, false, -1));
	return report_page_owners(w, "@owners", N_("Anybody"), true, f->owner);
}

static void
chip(struct web *w, struct value *list, const char *name, const char *label, const char *value)
{
	struct value *o = value_add_object(w->a, list);

	value_set_text(w->a, o, "label",
	    value == NULL ? label : arena_printf(w->a, "%s: %s", label, value));
	value_set_text(w->a, o, "remove_href", web_with(w, name, strcmp(name, "state") == 0 ? "all" : NULL));
}

static const char *
name_in(struct web *w, const char *context, const char *const *names, const char *name)
{
	return web_tr(w, context, report_label(names, name));
}

static enum err
owner_chip(struct web *w, struct value *list, int64_t owner)
{
	struct user u;

	if (owner == INBOX_OWNER_ANY)
		return OK;
	const char *label = web_tr(w, "filter", N_("Owner"));

	if (owner == INBOX_OWNER_NOBODY) {
		chip(w, list, "owner", label, web_tr(w, "filter", N_("nobody")));
		return OK;
	}
	enum err e = user_get(w->db, w->a, owner, &u);

	if (e == OK)
		chip(w, list, "owner", label, u.name);
	return e == ERR_NOT_FOUND ? OK : e;
}

/* What the list is narrowed by, each with a way to take it away. */
static enum err
set_chips(struct web *w, const struct inbox_filter *f)
{
	struct value *list = value_set_list(w->a, w->ui, "chips");

	if (f->state != NULL)
		chip(w, list, "state", web_tr(w, "filter", N_("State")), name_in(w, "report", report_states, f->state));
	if (f->from != 0)
		chip(w, list, "from", web_tr(w, "filter", N_("From")), web_query(w, "from"));
	if (f->to != 0)
		chip(w, list, "to", web_tr(w, "filter", N_("Until")), web_query(w, "to"));
	if (f->door != NULL)
		chip(w, list, "door", web_tr(w, "filter", N_("Kind")), name_in(w, "door", report_doors, f->door));
	if (f->purpose != NULL)
		chip(w, list, "purpose", web_tr(w, "filter", N_("Purpose")),
		    name_in(w, "purpose", report_purposes, f->purpose));
	if (f->channel != NULL)
		chip(w, list, "channel", web_tr(w, "filter", N_("Way in")),
		    name_in(w, "channel", report_channels, f->channel));
	if (f->priority != NULL)
		chip(w, list, "priority", web_tr(w, "filter", N_("Priority")),
		    strcmp(f->priority, "none") == 0 ? web_tr(w, "filter", N_("not set"))
						     : name_in(w, "priority", report_priorities, f->priority));
	if (f->queue != NULL)
		chip(w, list, "queue", web_tr(w, "filter", N_("Queue")),
		    strcmp(f->queue, "none") == 0 ? web_tr(w, "filter", N_("none")) : f->queue);
	if (f->origin != INBOX_ANYWHERE)
		chip(w, list, "origin",
		    web_tr(w, "filter", f->origin == INBOX_DOMESTIC ? N_("Domestic") : N_("From abroad")), NULL);
	if (f->anonymous)
		chip(w, list, "anonymous", web_tr(w, "filter", N_("Anonymous")), NULL);
	if (f->urgent)
		chip(w, list, "urgent", web_tr(w, "filter", N_("Urgent")), NULL);
	if (f->similar)
		chip(w, list, "similar", web_tr(w, "filter", N_("Has similar ones")), NULL);
	if (f->files)
		chip(w, list, "files", web_tr(w, "filter", N_("Has attachments")), NULL);
	if (f->due == INBOX_DUE_LATE || f->due == INBOX_DUE_TODAY)
		chip(w, list, "due", web_tr(w, "filter", f->due == INBOX_DUE_LATE ? N_("Late") : N_("Due today")), NULL);
	else if (f->due == INBOX_DUE_SET)
		chip(w, list, f->sort == INBOX_DUE ? "sort" : "due", web_tr(w, "filter", N_("Answer owed")), NULL);
	return owner_chip(w, list, f->owner);
}

/* Which columns: "cols=kind&cols=owner"; none named = the usual ones. */
static void
set_columns(struct web *w)
{
	static const struct {
		const char *name, *label;
		bool usual;
	} columns[] = {
		{ "kind", N_("Kind (guess)"), true }, { "similar", N_("Similar"), true }, { "due", N_("Due"), true },
		{ "owner", N_("Owner"), false }, { "state", N_("State"), false }, { "priority", N_("Priority"), false },
		{ "channel", N_("Way in"), false }, { "country", N_("Country"), true },
	};
	struct value *show = value_set_object(w->a, w->ui, "show"), *list = value_set_list(w->a, w->ui, "cols");
	bool named = http_query(w->request, "cols").p != NULL;

	for (size_t i = 0; i < COUNT(columns); i++) {
		bool on = !named && columns[i].usual;

		for (size_t q = 0; named && q < w->request->queries; q++)
			on = on || (str_is(w->request->query[q].name, "cols") &&
				       str_is(w->request->query[q].value, columns[i].name));
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "value", columns[i].name);
		value_set_text(w->a, o, "label", web_tr(w, "column", columns[i].label));
		value_set_bool(w->a, o, "checked", on);
		value_set_bool(w->a, show, columns[i].name, on);
	}
}

static enum err
set_pane(struct web *w)
{
	const char *at = web_query(w, "at");
	struct report r;

	if (*at == '\0')
		return OK;
	enum err e = report_page_find(w, at, &r);

	if (e == ERR_NOT_FOUND)
		return OK;
	TRY(e);
	struct value *pane = value_set_object(w->a, w->ui, "pane");

	TRY(report_page_body(w, &r, pane));
	return report_page_alike(w, &r, 5, pane);
}

/* "Today 41 (30 domestic, 11 from abroad)". */
static enum err
set_summary(struct web *w)
{
	AUTO(db_stmt) q = NULL;
	int64_t n[2] = { 0, 0 };

	TRY(db_query(w->db, &q,
	    "SELECT domestic, SUM(n) FROM tally WHERE what = 'report' AND day = ?1 GROUP BY domestic",
	    DB_INT(tally_day(w->now))));
	while (db_row(q))
		n[db_int(q, 0) != 0] = db_int(q, 1);
	value_set_text(w->a, w->ui, "summary",
	    web_trf(w, NULL, N_("Today {n} ({domestic} domestic, {overseas} from abroad)"),
		I18N_ARGS({ "n", i18n_number(w->a, n[0] + n[1]) }, { "domestic", i18n_number(w->a, n[1]) },
		    { "overseas", i18n_number(w->a, n[0]) })));
	return db_end(q);
}

static void
set_empty(struct web *w, const char *query)
{
	struct value *e = value_set_object(w->a, w->ui, "empty");
	bool usual = *query == '\0';

	value_set_text(w->a, e, "title",
	    web_tr(w, NULL, usual ? N_("Nothing waits for triage. New reports appear here.")
				  : N_("No report matches this filter.")));
	if (!usual) {
		value_set_text(w->a, e, "text", web_tr(w, NULL, N_("Take away one of the conditions, or use other words.")));
		value_set_text(w->a, e, "href", "/inbox");
		value_set_text(w->a, e, "action", web_tr(w, NULL, N_("Show new ones")));
	}
}

static void
set_mistakes(struct web *w)
{
	if (!problems_any(&w->problems))
		return;
	struct value *items = value_set_list(w->a, value_set_object(w->a, w->ui, "mistakes"), "items");

	for (const struct problem *p = w->problems.first; p != NULL; p = p->next) {
		struct value *o = value_add_object(w->a, items);

		value_set_text(w->a, o, "field", NULL);
		value_set_text(w->a, o, "message", web_trf(w, NULL, p->message, I18N_ARGS({ "value", p->name == NULL ? "" : p->name })));
	}
	/* The list below is shown without what could not be read. */
	problems_init(&w->problems, w->a);
}

static void
set_rows(struct web *w, const struct report *row, size_t n)
{
	struct value *list = value_set_list(w->a, w->data, "items");
	const char *at = web_query(w, "at");
	int64_t page = web_query_int(w, "page", 1, 1000000, 1);

	for (size_t i = 0; i < n; i++) {
		struct value *o = value_add_object(w->a, list);

		if (w->json)
			report_page_row(w, &row[i], o);
		else
			report_page_line(w, &row[i], strcmp(at, row[i].ref) == 0, o);
	}
	if (w->json)
		return;
	/* Around the number of each row: its address with the preview beside. */
	value_set_text(w->a, w->ui, "pane_before", web_with(w, "at", ""));
	value_set_text(w->a, w->ui, "pane_after", page == 1 ? "" : arena_printf(w->a, "&page=%lld", (long long)page));
}

static enum err
read_filter(struct web *w, const char *query, struct inbox_filter *f)
{
	inbox_filter_read(w->a, str_of(query), w->zone, w->user, w->now, &w->problems, f);
	return w->json && problems_any(&w->problems) ? ERR_INVALID : OK;
}

static enum err
page_parts(struct web *w, const struct inbox_filter *f, const char *query)
{
	TRY(set_views(w, query));
	TRY(set_form(w, f));
	TRY(set_chips(w, f));
	TRY(set_pane(w));
	set_columns(w);
	report_page_reasons(w, NULL);
	value_set_text(w->a, w->ui, "q", f->q);
	value_set_text(w->a, w->ui, "query", query);
	value_set_text(w->a, w->ui, "sort_due_href", web_with(w, "sort", f->sort == INBOX_DUE ? NULL : "due"));
	value_set_text(w->a, w->ui, "sort_received_href", web_with(w, "sort", f->sort == INBOX_NEWEST ? "oldest" : NULL));
	return set_summary(w);
}

/* "queue:banks" typed among the words is a filter like any other: the address
 * says so from then on, so that it can be taken away and saved. NULL: nothing. */
static const char *
tidied(struct web *w)
{
	struct str typed = utf8_take(utf8_clean_line(w->a, http_query(w->request, "q")), LIMIT_SEARCH);
	struct buf *b = buf_new(w->a, LIMIT_HTTP_TARGET * 4);
	const struct http_field *field;
	size_t n;
	struct str left = inbox_filter_typed(w->a, typed, &field, &n);

	if (n == 0)
		return NULL;
	buf_printf(b, "/inbox?q=%s", web_escape(w, arena_cstr(w->a, left)));
	for (size_t i = 0; i < w->request->queries; i++) {
		const struct http_field *q = &w->request->query[i];
		bool again = str_is(q->name, "q") || str_is(q->name, "page");

		for (size_t k = 0; k < n && !again; k++)
			again = str_equal(q->name, field[k].name);
		if (!again && q->value.n > 0)
			buf_printf(b, "&%s=%s", web_escape(w, arena_cstr(w->a, q->name)),
			    web_escape(w, arena_cstr(w->a, q->value)));
	}
	for (size_t k = 0; k < n; k++)
		buf_printf(b, "&%s=%s", web_escape(w, arena_cstr(w->a, field[k].name)),
		    web_escape(w, arena_cstr(w->a, field[k].value)));
	return buf_cstr(w->a, b);
}

static enum err
inbox(struct web *w)
{
	const char *query = present_query(w);
	struct web_list l = web_list(w, ROWS);
	struct inbox_filter f;
	struct inbox_page page;
	struct report *row;
	size_t n;
	const char *tidy = w->json ? NULL : tidied(w);

	if (tidy != NULL)
		return web_redirect(w, tidy, NULL, 0);
	TRY(read_filter(w, query, &f));
	enum err e = inbox_list(w->db, w->a, &f, l.offset, (size_t)l.limit, LIMIT_COUNT_EXACT, &page);

	if (e == ERR_INVALID) /* nothing searchable in the words */
		page = (struct inbox_page){ 0 };
	else
		TRY(e);
	TRY(inbox_rows(w->db, w->a, page.id, page.n, &row, &n));
	web_set_pages(w, l, page.total, page.estimate);
	set_rows(w, row, n);
	if (w->json)
		return OK;
	value_set_text(w->a, w->ui, "total_text",
	    page.estimate ? web_trf(w, NULL, N_("about {n}"), I18N_ARGS({ "n", i18n_number(w->a, page.total) }))
			  : i18n_number(w->a, page.total));
	if (n == 0)
		set_empty(w, query);
	set_mistakes(w);
	TRY(page_parts(w, &f, query));
	return web_page(w, "inbox", N_("Inbox"));
}

const struct web_route inbox_routes[] = {
	{ WEB_GET, "/inbox", PERM_REPORT_READ, inbox, 0, "Reports by a filter, newest first" },
	{ 0 },
};
