/* SPDX-License-Identifier: Apache-2.0 */
/*
 * contact_test_web.c - /directory/tests for the staff, /contact-test/TOKEN for
 * the contact: it sees what we noted of it and presses one button.
 */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/limit.h"
#include "directory/country.h"
#include "directory/directory_web.h"
#include "incident/contact_test_store.h"

#define TITLE N_("Contact tests")
#define PUBLIC_TITLE N_("Test of the contact")
#define ROWS 50
#define RECENT 20
#define YEAR 365
#define NOTE_CHARACTERS LIMIT_KIB(4)

static const struct word views[] = {
	{ "overdue", N_("Overdue") },
	{ "waiting", N_("Waiting for the answer") },
	{ "scheduled", N_("By schedule") },
	{ "never", N_("Never tested") },
	{ NULL, NULL },
};

static enum err
set_views(struct web *w, enum contact_test_view present)
{
	struct value *list = value_set_list(w->a, w->ui, "views");

	for (int i = 0; views[i].name != NULL; i++) {
		struct value *o = value_add_object(w->a, list);
		int64_t n;

		TRY(contact_test_count(w->db, (enum contact_test_view)i, w->now, &n));
		value_set_text(w->a, o, "href", arena_printf(w->a, "/directory/tests?view=%s", views[i].name));
		value_set_text(w->a, o, "label", web_tr(w, NULL, views[i].label));
		value_set_text(w->a, o, "count", i18n_number(w->a, n));
		value_set_bool(w->a, o, "has_count", n > 0);
		value_set_bool(w->a, o, "late", i == 0 && n > 0);
		value_set_bool(w->a, o, "current", (int)present == i);
		if ((int)present == i)
			web_set_pages(w, web_list(w, ROWS), n, false);
	}
	return OK;
}

static void
stat(struct web *w, struct value *list, const char *label, int64_t n, int64_t of)
{
	struct value *o = value_add_object(w->a, list);

	value_set_text(w->a, o, "label", web_tr(w, NULL, label));
	value_set_text(w->a, o, "value",
	    of < 0 ? i18n_number(w->a, n) : arena_printf(w->a, "%s / %s", i18n_number(w->a, n), i18n_number(w->a, of)));
	value_set_text(w->a, o, "note", of > 0 ? arena_printf(w->a, "%lld %%", (long long)(n * 100 / of)) : "");
	value_set_text(w->a, o, "href", NULL);
}

static enum err
set_recent(struct web *w)
{
	struct value *list = value_set_list(w->a, w->data, "tests");
	struct contact_test *t;
	size_t n;
	int64_t total;

	TRY(contact_test_list(w->db, w->a, NULL, 0, RECENT, &t, &n, &total));
	for (size_t i = 0; i < n; i++) {
		struct value *o = value_add_object(w->a, list);
		const struct contact shown = { .test_result = t[i].result };

		value_set_int(w->a, o, "id", t[i].id);
		value_set_int(w->a, o, "contact_id", t[i].contact_id);
		value_set_int(w->a, o, "organisation_id", t[i].organisation_id);
		value_set_text(w->a, o, "organisation", t[i].organisation);
		value_set_text(w->a, o, "contact", t[i].who);
		value_set_text(w->a, o, "email", t[i].email);
		value_set_text(w->a, o, "channel", t[i].channel);
		value_set_text(w->a, o, "result", t[i].result);
		value_set_text(w->a, o, "note", t[i].note);
		directory_set_time(w, o, "started_at", t[i].started_at);
		directory_set_time(w, o, "ended_at", t[i].ended_at);
		value_set_text(w->a, o, "@organisation",
		    directory_either(w, t[i].organisation, t[i].organisation_en));
		value_set_text(w->a, o, "@href", directory_href(w, t[i].organisation_id, "#contacts"));
		value_set_text(w->a, o, "@channel_text",
		    strcmp(t[i].channel, "phone") == 0 ? web_tr(w, NULL, N_("Phone")) : web_tr(w, NULL, N_("Mail")));
		value_set_text(w->a, o, "@by",
		    t[i].person_id == 0 ? web_tr(w, NULL, N_("by schedule")) : web_tr(w, NULL, N_("by a person")));
		directory_test_badge(w, o, &shown);
	}
	value_set_bool(w->a, w->ui, "has_tests", n > 0);
	return OK;
}

static enum err
page(struct web *w)
{
	const char *asked = web_query(w, "view");
	enum contact_test_view view = CONTACT_TEST_OVERDUE;
	const char *own = setting_text(w->db, w->a, "team.country");
	struct value *items = value_set_list(w->a, w->data, "items"), *stats = value_set_list(w->a, w->ui, "stats");
	struct web_list l = web_list(w, ROWS);
	struct contact_test_share share;
	struct contact_test_row *row;
	size_t n;

	for (int i = 0; views[i].name != NULL; i++) {
		if (strcmp(asked, views[i].name) == 0)
			view = (enum contact_test_view)i;
	}
	TRY(set_views(w, view));
	TRY(contact_test_contacts(w->db, w->a, view, w->now, l.offset, l.limit, &row, &n));
	for (size_t i = 0; i < n; i++) {
		struct value *o = value_add_object(w->a, items);

		TRY(directory_set_contact(w, o, &row[i].c));
		value_set_int(w->a, o, "organisation_id", row[i].c.organisation_id);
		value_set_text(w->a, o, "organisation", row[i].organisation);
		value_set_text(w->a, o, "country", row[i].cc);
		value_set_text(w->a, o, "@organisation",
		    directory_either(w, row[i].organisation, row[i].organisation_en));
		value_set_text(w->a, o, "@href", directory_href(w, row[i].c.organisation_id, "#contacts"));
		value_set_text(w->a, o, "@country_text", row[i].cc == NULL ? "" : country_name(w->lang, row[i].cc));
		value_set_bool(w->a, o, "@by_mail", row[i].c.email != NULL);
	}
	value_set_bool(w->a, w->ui, "has_items", n > 0);
	TRY(contact_test_shares(w->db, own, w->now - YEAR * CLOCK_DAY, &share));
	stat(w, stats, N_("Contacts"), share.contacts, -1);
	stat(w, stats, N_("Answered a test within a year"), share.answered, share.contacts);
	stat(w, stats, N_("Of them abroad"), share.abroad_answered, share.abroad);
	value_set_int(w->a, w->data, "contacts", share.contacts);
	value_set_int(w->a, w->data, "answered", share.answered);
	value_set_int(w->a, w->data, "abroad", share.abroad);
	value_set_int(w->a, w->data, "abroad_answered", share.abroad_answered);
	TRY(set_recent(w));
	directory_tabs(w, "/directory/tests");
	value_set_bool(w->a, w->ui, "no_sender", *setting_text(w->db, w->a, "team.email") == '\0');
	return web_again(w, "contact_tests", TITLE);
}

/* The chosen contacts, or all of an organisation. */
static enum err
chosen(struct web *w, int64_t **ret, size_t *ret_n)
{
	int64_t organisation = web_form_int(w, "organisation", 1, INT64_MAX, 0);
	size_t n;
	const char *const *ids = web_form_all(w, "contact", &n);
	struct contact *c;

	*ret_n = 0;
	if (organisation != 0) {
		TRY(contact_list(w->db, w->a, organisation, &c, &n));
		*ret = arena_many(w->a, int64_t, n + 1);
		for (size_t i = 0; i < n; i++)
			(*ret)[(*ret_n)++] = c[i].id;
		return OK;
	}
	*ret = arena_many(w->a, int64_t, n + 1);
	for (size_t i = 0; i < n; i++) {
		if (str_int(str_of(ids[i]), 1, INT64_MAX, &(*ret)[*ret_n]))
			(*ret_n)++;
	}
	return OK;
}

static enum err
begin(struct web *w)
{
	int64_t organisation = web_form_int(w, "organisation", 1, INT64_MAX, 0);
	const char *back = organisation == 0 ? "/directory/tests?view=waiting"
					     : directory_href(w, organisation, "#contacts");
	int64_t hold = setting_int(w->db, "mail.hold_seconds") * CLOCK_SECOND, *ids, undo = 0, begun = 0;
	struct value *p = value_object(w->a), *tests = value_set_list(w->a, p, "tests");
	size_t n;

	TRY(chosen(w, &ids, &n));
	for (size_t i = 0; i < n; i++) {
		int64_t id;
		enum err e = contact_test_begin(w->db, w->blobs, w->a, ids[i], w->now + hold, web_actor(w), &id);

		if (e == ERR_EXISTS || e == ERR_DENIED || e == ERR_NOT_FOUND)
			continue;
		TRY(e);
		value_add(w->a, tests, value_int(w->a, id));
		begun++;
	}
	value_set_int(w->a, w->data, "begun", begun);
	if (begun == 0) {
		if (w->json)
			return web_redirect(w, back, NULL, 0);
		return web_redirect(w, back,
		    N_("No test was begun: choose contacts with a mail address that have no test running"), 0);
	}
	TRY(web_add_undo(w, "contact.test", p, &undo));
	return web_redirect(w, back, N_("Test begun: the mails leave after the time for taking back"), undo);
}

/* Those that have left are not called back. */
static enum err
undo_begin(struct web *w, const struct value *p)
{
	const struct value *tests = value_get(p, "tests");
	int64_t left = 0;

	for (size_t i = 0; i < value_count(tests); i++) {
		enum err e = contact_test_cancel(w->db, w->a, value_integer(value_at(tests, i)), web_actor(w));

		if (e == ERR_CONFLICT || e == ERR_NOT_FOUND)
			left++;
		else
			TRY(e);
	}
	return web_redirect(w, "/directory/tests",
	    left == 0 ? N_("Taken back") : N_("Some mails had left already; the others were taken back"), 0);
}

static enum err
phone(struct web *w)
{
	static const char *const results[] = { "answered", "failed", NULL };
	const char *result = web_choice(w, "result", results, true);
	const char *note = web_line(w, "note", LIMIT_TITLE);
	struct contact c;
	int64_t id;

	if (!str_int(str_of(web_path(w, "contact")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	TRY(contact_get(w->db, w->a, id, &c));
	if (problems_any(&w->problems))
		return ERR_INVALID;
	TRY(contact_test_phone(w->db, w->a, id, result, note, web_actor(w)));
	return web_redirect(w, directory_href(w, c.organisation_id, "#contacts"), N_("Result noted"), 0);
}

/* The contact's own page */

#define ANSWERS_HOUR 60 /* pages and answers of one address */

static enum err
public_model(struct web *w, const struct contact_test *t)
{
	struct organisation o;
	struct contact c;

	TRY(contact_get(w->db, w->a, t->contact_id, &c));
	TRY(organisation_get(w->db, w->a, c.organisation_id, &o));
	value_set_text(w->a, w->ui, "organisation", directory_name(w, &o));
	value_set_text(w->a, w->ui, "purpose_text", directory_word(w, contact_purposes, c.purpose));
	value_set_text(w->a, w->ui, "name", c.name);
	value_set_text(w->a, w->ui, "title", c.title);
	value_set_text(w->a, w->ui, "email", c.email);
	value_set_text(w->a, w->ui, "phone", c.phone);
	value_set_text(w->a, w->ui, "fax", c.fax);
	value_set_text(w->a, w->ui, "hours", c.hours);
	value_set_text(w->a, w->ui, "lang_text",
	    strcmp(c.lang == NULL ? o.lang : c.lang, "ja") == 0 ? "日本語" : "English");
	value_set_text(w->a, w->ui, "action", arena_printf(w->a, "/contact-test/%s", web_path(w, "token")));
	value_set_bool(w->a, w->ui, "open", true);
	return OK;
}

/* ${*ret} false: the page says that the link was used or is too old. */
static enum err
of_link(struct web *w, struct contact_test *t, bool *ret)
{
	if (!web_allow(w, "contact-test", ANSWERS_HOUR, CLOCK_HOUR))
		return ERR_LIMIT;
	enum err e = contact_test_of_link(w->db, w->a, str_of(web_path(w, "token")), w->now, t);

	*ret = e == OK;
	return e == ERR_CONFLICT ? OK : e;
}

static enum err
link_show(struct web *w)
{
	struct contact_test t;
	bool open;

	TRY(of_link(w, &t, &open));
	if (open)
		TRY(public_model(w, &t));
	return web_page(w, "contact_test", PUBLIC_TITLE);
}

static enum err
link_answer(struct web *w)
{
	const char *note = web_body(w, "note", NOTE_CHARACTERS);
	struct contact_test t;
	bool open;

	TRY(of_link(w, &t, &open));
	if (open && problems_any(&w->problems)) {
		TRY(public_model(w, &t));
		return web_again(w, "contact_test", PUBLIC_TITLE);
	}
	if (open) {
		TRY(contact_test_answer(w->db, w->a, &t, strcmp(web_form(w, "right"), "1") == 0,
		    *note == '\0' ? NULL : note, w->now));
		value_set_bool(w->a, w->ui, "done", true);
	}
	return web_page(w, "contact_test", PUBLIC_TITLE);
}

const struct web_undo contact_test_undos[] = {
	{ "contact.test", PERM_SEND, undo_begin },
	{ 0 },
};

const struct web_route contact_test_routes[] = {
	{ WEB_GET, "/directory/tests", PERM_DIRECTORY_READ, page, 0,
	    "Contact tests: view = overdue, waiting, scheduled, never; the last tests" },
	{ WEB_POST, "/directory/tests", PERM_SEND, begin, 0,
	    "Begin tests by mail: contact (list), or organisation for all of its contacts" },
	{ WEB_POST, "/directory/tests/:contact/phone", PERM_DIRECTORY_EDIT, phone, 0,
	    "The result of a test by phone: result = answered, failed; note" },
	{ WEB_GET, "/contact-test/:token", PERM_PUBLIC, link_show, WEB_NO_LOG, "The page of a contact that is tested" },
	{ WEB_POST, "/contact-test/:token", PERM_PUBLIC, link_answer, WEB_NO_LOG,
	    "The contact answers: right = 1 (the entries are right), note" },
	{ 0 },
};
