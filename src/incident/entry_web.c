/* SPDX-License-Identifier: Apache-2.0 */
/* entry_web.c - a report that staff types in (a call, a FAX) or that another
 * program hands over by the API. */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/holiday.h"
#include "base/limit.h"
#include "directory/country.h"
#include "directory/tlp.h"
#include "incident/draft_store.h"
#include "incident/intake_guess.h"
#include "incident/lang_guess.h"
#include "incident/report_store.h"
#include "incident/upload_web.h"
#include "web/web.h"

#define TITLE N_("Record a call or fax")
#define DRAFT "inbox/new"

static const char *const tlps[] = { "RED", "AMBER+STRICT", "AMBER", "GREEN", "CLEAR", NULL };
static const char *const pass_names[] = { "no", "ask", "yes", NULL };
static const char *const langs[] = { "ja", "en", NULL };

static void
set_doors(struct web *w, const char *chosen)
{
	struct value *list = value_set_list(w->a, w->ui, "@doors");

	for (size_t i = 0; report_doors[i] != NULL; i++) {
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "value", report_doors[i]);
		value_set_text(w->a, o, "label", web_tr(w, "door", report_label(report_doors, report_doors[i])));
		value_set_bool(w->a, o, "selected", strcmp(report_doors[i], chosen) == 0);
	}
}

static void
set_tlps(struct web *w, const char *chosen)
{
	struct value *list = value_set_list(w->a, w->ui, "@tlps");

	for (size_t i = 0; tlps[i] != NULL; i++) {
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "value", tlps[i]);
		value_set_text(w->a, o, "label", arena_printf(w->a, "TLP:%s", tlps[i]));
		value_set_bool(w->a, o, "selected", strcmp(tlps[i], chosen) == 0);
	}
}

static const char *
or_else(const char *s, const char *otherwise)
{
	return *s == '\0' ? otherwise : s;
}

static enum err
page(struct web *w)
{
	static const struct web_option options[] = { { "ja", N_("Japanese") }, { "en", N_("English") }, { 0 } };
	const char *own = setting_text(w->db, w->a, "team.country");
	struct value *draft;
	int64_t saved;

	set_doors(w, or_else(web_form(w, "door"), "unknown"));
	set_tlps(w, or_else(web_form(w, "tlp"), "AMBER"));
	web_options(w, "reply_langs", "language", options,
	    or_else(web_form(w, "reply_lang"), lang_code(w->lang)));
	country_options(w->a, w->ui, "@countries", w->lang, web_tr(w, "country", NC_("country", "Not known")), own,
	    web_form(w, "cc"));
	value_set_text(w->a, w->ui, "draft_key", DRAFT);
	if (w->route->method == WEB_GET && draft_get(w->db, w->a, w->user->id, DRAFT, &draft, &saved) == OK)
		value_set_int(w->a, w->ui, "draft_saved", saved);
	return web_again(w, "report_new", TITLE);
}

static enum err
begin(struct web *w)
{
	struct civil c = zone_civil(w->zone, w->now);

	web_fill(w, "received",
	    arena_printf(w->a, "%04d-%02d-%02dT%02d:%02d", c.year, c.month, c.day, c.hour, c.minute));
	return page(w);
}

static const char *
line(struct web *w, const char *name)
{
	const char *s = web_line(w, name, LIMIT_NAME);

	return *s == '\0' ? NULL : s;
}

static int64_t
received(struct web *w)
{
	int64_t at = web_time(w, "received");

	if (at > w->now + CLOCK_HOUR)
		web_problem(w, "received", N_("This lies in the future. Check the year and the day."));
	return at == 0 || at > w->now ? w->now : at;
}

/* The answers; problems at their fields. */
static void
read_form(struct web *w, struct report_new *n)
{
	enum lang l;

	*n = (struct report_new){
		.received_at = received(w),
		.title = web_need_line(w, "title", LIMIT_TITLE),
		.channel = or_else(web_choice(w, "channel", report_channels, false),
		    w->auth.token_id != 0 ? "api" : "phone"),
		.purpose = or_else(web_choice(w, "purpose", report_purposes, false), "information"),
		.door = or_else(web_choice(w, "door", report_doors, false), "unknown"),
		.urgent = strcmp(web_form(w, "urgent"), "1") == 0,
		.tlp = or_else(web_choice(w, "tlp", tlps, false), "AMBER"),
		.pass_name = or_else(web_choice(w, "pass_name", pass_names, false), "no"),
		.reporter_name = line(w, "name"),
		.reporter_org = line(w, "org"),
		.reporter_email = line(w, "email"),
		.reporter_phone = line(w, "phone"),
		.actor = w->user->id,
		.actor_name = w->user->name,
	};
	const char *text = web_body(w, "text", LIMIT_BODY);
	const char *role = web_choice(w, "role", report_roles, false);
	const char *cc = web_form(w, "cc"), *lang = web_choice(w, "reply_lang", langs, false);

	if (str_trim(str_of(text)).n == 0 && !problems_at(&w->problems, "text"))
		web_problem(w, "text", N_("This is empty. Fill it in."));
	n->text = str_of(text);
	n->reporter_role = *role == '\0' ? NULL : role;
	n->cc = *cc == '\0' ? NULL : cc;
	if (n->cc != NULL && country_find(n->cc) == NULL)
		web_problem(w, "cc", N_("This choice does not exist. Choose one of the list."));
	if (n->reporter_email != NULL && !user_email_valid(str_of(n->reporter_email)))
		web_problem(w, "email", N_("This is not a mail address. It looks like name@example.jp."));
	n->lang = lang_parse(str_of(lang), &l) ? l : lang_guess(n->text, LANG_JA);
}

static enum err
enter(struct web *w)
{
	struct business_calendar calendar = intake_calendar(w->db);
	struct report_new n;
	struct upload_to to = { 0 };
	const char *ref;
	int64_t *files;
	size_t count;

	read_form(w, &n);
	upload_web_check(w, "files", 0, LIMIT_UPLOAD_FILE);
	if (problems_any(&w->problems))
		return page(w);
	n.domestic = n.cc == NULL ? n.lang == LANG_JA
				  : strcmp(n.cc, setting_text(w->db, w->a, "team.country")) == 0;
	n.due_at = business_due(&calendar, n.received_at, (int32_t)setting_int(w->db, "report.answer_days"));
	TRY(report_add(w->db, w->blobs, w->a, &n, w->now, &to.report_id, &ref));
	TRY(upload_web_take(w, "files", &to, &files, &count));
	TRY(draft_drop(w->db, w->user->id, DRAFT));
	value_set_text(w->a, w->data, "ref", ref);
	web_set_time(w, w->data, "received_at", n.received_at);
	const char *href = arena_printf(w->a, "/inbox/%s", ref);

	if (strcmp(web_form(w, "go"), "triage") == 0 && !w->json)
		href = arena_printf(w->a, "/inbox/%s/triage", ref);
	return web_created(w, href, N_("The report is recorded"));
}

const struct web_route entry_routes[] = {
	{ WEB_GET, "/inbox/new", PERM_REPORT_EDIT, begin, 0, "The form for a call or a FAX" },
	{ WEB_POST, "/inbox", PERM_REPORT_EDIT, enter, WEB_FILES, "Record a report; 201 with its ref" },
	{ 0 },
};
