/* SPDX-License-Identifier: Apache-2.0 */
/* journal_web.c - /admin/journal: who did what when; is the chain whole. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "db/db.h"
#include "incident/incident_page.h"
#include "incident/incident_store.h"
#include "incident/report_store.h"
#include "job/job.h"
#include "journal/journal.h"
#include "team/journal_search_store.h"
#include "team/team_web.h"
#include "text/csv.h"

#define EXPORT_MAX 20000

static const struct web_option objects[] = {
	{ "report", N_("Reports") },
	{ "incident", N_("Incidents") },
	{ "notification", N_("Letters") },
	{ "message", N_("Mails") },
	{ "user", N_("People") },
	{ "setting", N_("Settings") },
	{ "job", N_("Jobs") },
	{ "key", N_("Keys") },
	{ "journal", N_("Journal") },
	{ 0 },
};

/* "INC-2026-42", "RPT-…", a person's name or mail address, an action
 * ("report.decline") or the beginning of one ("report."). */
static enum err
understand(struct web *w, struct str q, struct journal_search *s)
{
	struct incident incident;
	struct report report;
	struct user *u;
	size_t n;
	enum err e = incident_by_ref(w->db, w->a, q, &incident);
	bool visible = false;

	if (e == OK) {
		TRY(incident_visible(w->db, &incident, w->user, &visible));
		s->object = "incident";
		s->object_id = visible ? incident.id : INT64_MAX;
		return OK;
	}
	e = report_by_ref(w->db, w->a, q, &report);
	if (e == OK) {
		s->object = "report";
		TRY(report_visible(w->db, report.id, w->user, &visible));
		s->object_id = visible ? report.id : INT64_MAX;
		return OK;
	}
	TRY(user_list(w->db, w->a, &u, &n));
	for (size_t i = 0; i < n; i++) {
		if (str_equal_case(q, str_of(u[i].email)) || str_equal_case(q, str_of(u[i].name))) {
			s->actor = u[i].id;
			return OK;
		}
	}
	s->action = arena_cstr(w->a, q);
	return OK;
}

/* A day or time of the viewer's zone; nothing when it is not one. */
static int64_t
query_time(struct web *w, const char *name)
{
	int64_t at;

	return zone_parse(w->zone, str_trim(str_of(web_query(w, name))), &at) == OK ? at : 0;
}

static enum err
read_filter(struct web *w, struct journal_search *s)
{
	struct str q = str_trim(str_of(web_query(w, "q")));
	struct str object = str_of(web_query(w, "object"));
	struct str to = str_trim(str_of(web_query(w, "to")));

	s->from = query_time(w, "from");
	s->to = query_time(w, "to");
	if (s->to > 0 && str_find_char(to, ':', 0) == SIZE_MAX)
		s->to += CLOCK_DAY; /* that day too */
	s->actor = web_query_int(w, "actor", 1, INT64_MAX, 0);
	for (size_t i = 0; objects[i].value != NULL; i++) {
		if (str_is(object, objects[i].value))
			s->object = objects[i].value;
	}
	s->object_id = web_query_int(w, "id", 1, INT64_MAX, 0);
	return q.n == 0 ? OK : understand(w, q, s);
}

/* "RPT-2026-000042", or "user 3". */
static enum err
name_object(struct web *w, struct value *o)
{
	const char *object = value_cstr(value_get(o, "object"));
	int64_t id = value_integer(value_get(o, "object_id"));
	const char *href = NULL, *text = arena_printf(w->a, "%s %lld", team_object_text(w, object), (long long)id);
	struct report report;
	struct incident incident;
	struct user user;

	if (strcmp(object, "report") == 0 && report_get(w->db, w->a, id, &report) == OK) {
		text = report.ref;
		href = arena_printf(w->a, "/inbox/%s", text);
	} else if (strcmp(object, "incident") == 0 && incident_get(w->db, w->a, id, &incident) == OK) {
		text = incident.ref;
		href = arena_printf(w->a, "/incidents/%s", text);
	} else if (strcmp(object, "user") == 0 && user_get(w->db, w->a, id, &user) == OK) {
		text = user.name;
		if (auth_allows(&w->auth, PERM_ADMIN))
			href = arena_printf(w->a, "/admin/users/%lld", (long long)id);
	} else if (id == 0) {
		text = team_object_text(w, object);
	}
	value_set_text(w->a, o, "@object", text);
	value_set_text(w->a, o, "@object_href", href);
	return OK;
}

static enum err
search(struct web *w, int limit, struct value **ret)
{
	struct journal_search s = { .limit = limit, .before = web_query_int(w, "before", 1, INT64_MAX, 0) };

	TRY(read_filter(w, &s));
	return journal_search_store(w->db, w->a, w->user, &s, ret);
}

static enum err
set_chain(struct web *w)
{
	struct journal_head head;
	struct value *last, *o = value_set_object(w->a, w->data, "chain");
	int64_t unsealed, at;
	enum err e;

	TRY(journal_head_load(w->db, &head));
	TRY(journal_search_store_unsealed(w->db, &unsealed));
	value_set_int(w->a, o, "sealed", head.seal);
	value_set_int(w->a, o, "unsealed", unsealed);
	value_set_text(w->a, o, "head", hex_format(w->a, head.hash, sizeof(head.hash)));
	value_set_text(w->a, w->ui, "sealed_text",
	    web_trf(w, NULL, N_("{sealed} entries sealed, {waiting} waiting"),
		I18N_ARGS({ "sealed", i18n_number(w->a, head.seal) },
		    { "waiting", i18n_number(w->a, unsealed) })));
	e = journal_verified(w->db, w->a, &last, &at);
	if (e == ERR_NOT_FOUND)
		return OK;
	TRY(e);
	value_set(w->a, o, "verified", last);
	web_set_time(w, o, "verified_at", at);
	struct value *ui = value_set_object(w->a, w->ui, "verified");

	value_set_bool(w->a, ui, "good", value_true(value_get(last, "good")));
	value_set_text(w->a, ui, "fault", value_cstr(value_get(last, "fault")));
	value_set_text(w->a, ui, "sealed", i18n_number(w->a, value_integer(value_get(last, "sealed"))));
	value_set_text(w->a, ui, "first_bad", i18n_number(w->a, value_integer(value_get(last, "first_bad"))));
	web_set_time(w, ui, "at", at);
	return OK;
}

static enum err
set_choices(struct web *w)
{
	struct value *people = value_set_list(w->a, w->ui, "people");
	int64_t actor = web_query_int(w, "actor", 1, INT64_MAX, 0);
	struct user *u;
	size_t n;

	web_options(w, "kinds", NULL, objects, web_query(w, "object"));
	TRY(user_list(w->db, w->a, &u, &n));
	for (size_t i = 0; i < n; i++) {
		struct value *o = value_add_object(w->a, people);

		value_set_text(w->a, o, "value", arena_printf(w->a, "%lld", (long long)u[i].id));
		value_set_text(w->a, o, "label", u[i].name);
		value_set_bool(w->a, o, "selected", u[i].id == actor);
	}
	value_set_text(w->a, w->ui, "q", web_query(w, "q"));
	value_set_text(w->a, w->ui, "from", web_query(w, "from"));
	value_set_text(w->a, w->ui, "to", web_query(w, "to"));
	return OK;
}

static enum err
show(struct web *w)
{
	int limit = (int)web_query_int(w, "limit", 1, LIMIT_PAGE, 50);
	struct value *items;

	TRY(search(w, limit, &items));
	for (size_t i = 0; i < value_count(items); i++) {
		struct value *o = value_item(items, i);

		web_set_time(w, o, "at", value_integer(value_get(o, "at")));
		TRY(name_object(w, o));
		value_set_text(w->a, o, "@detail", team_detail_text(w, value_get(o, "payload")));
		value_set_text(w->a, o, "@act", team_act_text(w, value_cstr(value_get(o, "action"))));
		value_set_text(w->a, o, "@who", incident_who(w, value_cstr(value_get(o, "actor"))));
		value_set_text(w->a, o, "@seal",
		    value_integer(value_get(o, "seal")) == 0
			? "…"
			: i18n_number(w->a, value_integer(value_get(o, "seal"))));
	}
	value_set(w->a, w->data, "items", items);
	value_set_bool(w->a, w->ui, "none", value_count(items) == 0);
	if (value_count(items) == (size_t)limit) {
		int64_t last = value_integer(value_get(value_at(items, (size_t)limit - 1), "id"));

		value_set_text(w->a, w->ui, "older",
		    web_with(w, "before", arena_printf(w->a, "%lld", (long long)last)));
	}
	TRY(set_chain(w));
	TRY(set_choices(w));
	const char *here = web_with(w, "before", NULL), *mark = strchr(here, '?');

	value_set_text(w->a, w->ui, "csv",
	    arena_printf(w->a, "/admin/journal.csv%s", mark == NULL ? "" : mark));
	team_web_admin_nav(w, "/admin/journal");
	return web_page(w, "admin_journal", N_("Journal"));
}

static enum err
export(struct web *w)
{
	struct buf *b = buf_new(w->a, LIMIT_MIB(64));
	struct value *items;

	TRY(search(w, EXPORT_MAX, &items));
	buf_text(b, "id,seal,at,actor_id,actor,action,object,object_id,payload\r\n");
	for (size_t i = 0; i < value_count(items); i++) {
		const struct value *o = value_at(items, i), *payload = value_get(o, "payload");

		csv_put_int(b, value_integer(value_get(o, "id")));
		csv_put_int(b, value_integer(value_get(o, "seal")));
		csv_put(b, zone_iso(w->a, zone_utc(), value_integer(value_get(o, "at"))));
		csv_put_int(b, value_integer(value_get(o, "actor_id")));
		csv_put(b, value_cstr(value_get(o, "actor")));
		csv_put(b, value_cstr(value_get(o, "action")));
		csv_put(b, value_cstr(value_get(o, "object")));
		csv_put_int(b, value_integer(value_get(o, "object_id")));
		csv_put(b, payload == NULL ? "" : value_json_text(w->a, payload));
		csv_end(b);
	}
	TRY(buf_error(b));
	return web_csv(w, "journal.csv", buf_view(b));
}

static enum err
verify(struct web *w)
{
	struct value *payload = value_object(w->a);
	const struct job_new job = { .kind = "journal.verify", .payload = payload, .key = "journal.verify" };
	int64_t id;

	value_set_int(w->a, payload, "by", w->user->id);
	value_set_text(w->a, payload, "name", w->user->name);
	TRY(job_add(w->db, w->a, &job, w->now, &id));
	value_set_int(w->a, w->data, "job", id);
	return web_redirect(w, "/admin/journal", N_("The journal is being verified; reload in a moment"), 0);
}

const struct web_route team_journal_routes[] = {
	{ WEB_GET, "/admin/journal", PERM_JOURNAL, show, 0, "Who did what when: q, object, id, actor, from, to, before" },
	{ WEB_GET, "/admin/journal.csv", PERM_JOURNAL, export, WEB_SLOW, "The same as CSV, 20,000 entries at most" },
	{ WEB_POST, "/admin/journal/verify", PERM_JOURNAL, verify, 0, "Verify the whole chain, as a job" },
	{ 0 },
};
