/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_form_web.c - /report: three steps to a report, for everybody.
 *
 * No step keeps a session or sets a cookie: each form carries the earlier
 * answers along.  The whole form may also come at once, as JSON.  A form has a
 * random mark; the same form sent twice is one report and gets the same answer.
 */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/holiday.h"
#include "base/limit.h"
#include "blob/blob.h"
#include "directory/country.h"
#include "http/http.h"
#include "incident/intake_ack.h"
#include "incident/intake_guess.h"
#include "incident/intake_store.h"
#include "incident/phone_web.h"
#include "incident/receipt.h"
#include "incident/report_form.h"
#include "incident/report_text.h"
#include "incident/upload_web.h"
#include "web/web.h"
#include "web/web_state.h"

#define TITLE N_("Report an incident")
#define KEPT_FOR CLOCK_DAY

struct sending {
	struct report_form form;
	struct str mark;
	int step;     /* which the form was for */
	bool back;
	int64_t *kept; /* files that came with an earlier try */
	size_t kepts;
};

/* The pages of the steps */

static void
set_mark(struct web *w, struct str mark)
{
	if (!receipt_mark_valid(mark))
		mark = str_of(receipt_mark(w->a));
	value_set_str(w->a, w->ui, "mark", mark);
}

static void
first_model(struct web *w)
{
	phone_web(w);
}

static void
second_model(struct web *w)
{
	const char *zone = web_form(w, "zone");

	report_form_zones(w, zone);
	value_set_bool(w->a, w->ui, "more_open",
	    problems_at(&w->problems, "clock_error") || problems_at(&w->problems, "started") ||
		problems_at(&w->problems, "ended") || problems_at(&w->problems, "hosts") ||
		problems_at(&w->problems, "log") || problems_at(&w->problems, "zone"));
}

static enum err
third_model(struct web *w, const struct sending *s)
{
	static const struct web_option langs[] = { { "ja", N_("Japanese") }, { "en", N_("English") }, { 0 } };
	static const struct web_option tlps[] = { { "RED", "TLP:RED" }, { "AMBER+STRICT", "TLP:AMBER+STRICT" },
		{ "AMBER", "TLP:AMBER" }, { "GREEN", "TLP:GREEN" }, { "CLEAR", "TLP:CLEAR" }, { 0 } };
	const char *own = setting_text(w->db, w->a, "team.country");
	const char *cc = web_form(w, "cc");
	const char *lang = web_form(w, "reply_lang"), *tlp = web_form(w, "tlp");
	struct value *list = value_set_list(w->a, w->ui, "kept");

	country_options(w->a, w->ui, "@countries", w->lang, web_tr(w, "country", N_("Not said")), own, cc);
	web_options(w, "reply_langs", "language", langs, *lang == '\0' ? lang_code(w->lang) : lang);
	web_options(w, "tlps", "tlp", tlps, *tlp == '\0' ? "AMBER" : tlp);
	value_set_int(w->a, w->ui, "max_bytes", (int64_t)LIMIT_UPLOAD_PUBLIC_FILE);
	value_set_text(w->a, w->ui, "max_size", i18n_size(w->a, w->lang, (int64_t)LIMIT_UPLOAD_PUBLIC_FILE));
	report_form_review(w, &s->form);
	value_set_bool(w->a, w->ui, "has_kept", s->kepts > 0);
	for (size_t i = 0; i < s->kepts; i++) {
		struct intake_file f;
		enum err e = intake_file_waiting(w->db, w->a, s->kept[i], &f);

		if (e == ERR_NOT_FOUND)
			continue;
		TRY(e);
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "name", f.name);
		value_set_text(w->a, o, "size", i18n_size(w->a, w->lang, f.size));
		value_set_text(w->a, o, "value",
		    receipt_sign(w->a, web_key(w->state), "file",
			arena_printf(w->a, "%lld", (long long)f.id), w->now + KEPT_FOR));
	}
	return OK;
}

/* Page ${step}, with everything that was typed so far. */
static enum err
show(struct web *w, struct sending *s, int step)
{
	static const char *const templates[] = { "report_1", "report_2", "report_3" };

	set_mark(w, s->mark);
	report_form_carry(w, step);
	if (step == 1)
		first_model(w);
	if (step == 2)
		second_model(w);
	if (step == 3)
		TRY(third_model(w, s));
	/* Files wait on the other pages too. */
	for (size_t i = 0; step != 3 && i < s->kepts; i++) {
		struct value *o = value_add_object(w->a, value_child(w->ui, "carry"));

		value_set_text(w->a, o, "name", "kept");
		value_set_text(w->a, o, "value",
		    receipt_sign(w->a, web_key(w->state), "file",
			arena_printf(w->a, "%lld", (long long)s->kept[i]), w->now + KEPT_FOR));
	}
	/* "Back" shows the earlier step at once instead of asking whether to send
	 * it again: the browser may keep the page, nobody between may. */
	w->cache = "private, no-cache";
	return web_again(w, templates[step - 1], TITLE);
}

/* "?door=ics" skips the first question. */
static enum err
begin(struct web *w)
{
	const char *door = web_query(w, "door");
	struct sending s = { .form = { .door = door } };

	if (w->json)
		return ERR_NOT_FOUND; /* nothing to read here */
	for (size_t i = 0; report_doors[i] != NULL; i++) {
		if (strcmp(report_doors[i], door) != 0)
			continue;
		set_mark(w, STR_NULL);
		struct value *o = value_add_object(w->a, value_set_list(w->a, w->ui, "carry"));

		value_set_text(w->a, o, "name", "door");
		value_set_text(w->a, o, "value", door);
		web_fill(w, "door", door);
		second_model(w);
		return web_page(w, "report_2", TITLE);
	}
	return show(w, &s, 1);
}

/* Sending */

static void
read_kept(struct web *w, struct sending *s)
{
	size_t n;
	const char *const *list = web_form_all(w, "kept", &n);

	s->kept = arena_many(w->a, int64_t, n + LIMIT_UPLOAD_FILES);
	for (size_t i = 0; i < n && s->kepts < LIMIT_UPLOAD_FILES; i++) {
		const char *id = receipt_open(w->a, web_key(w->state), "file", str_of(list[i]), w->now);
		bool seen = false;
		int64_t number;

		if (id == NULL || !str_int(str_of(id), 1, INT64_MAX, &number))
			continue;
		for (size_t k = 0; k < s->kepts; k++)
			seen = seen || s->kept[k] == number;
		if (!seen)
			s->kept[s->kepts++] = number;
	}
}

static enum err
check_kept(struct web *w, const struct sending *s, uint64_t *ret_bytes)
{
	*ret_bytes = 0;
	for (size_t i = 0; i < s->kepts; i++) {
		struct intake_file f;
		enum err e = intake_file_waiting(w->db, w->a, s->kept[i], &f);

		if (e == OK)
			*ret_bytes += (uint64_t)f.size;
		else if (e != ERR_NOT_FOUND)
			return e;
	}
	return OK;
}

/* Files wait for their form a day, but not as many as fill the disk. */
static enum err
check_room(struct web *w)
{
	size_t n;
	const struct http_file *const *list = web_files(w, "files", &n);
	int64_t bytes;

	TRY(intake_file_all_waiting(w->db, &bytes));
	for (size_t i = 0; i < n; i++)
		bytes += (int64_t)list[i]->size;
	if (bytes > (int64_t)LIMIT_UPLOAD_WAITING)
		web_problem(w, "files",
		    N_("The files could not be kept while you correct the form. Choose them again when you send it."));
	return OK;
}

/* Reads everything; answers at once unless there is something to store. */
static enum err
prepare(struct web *w)
{
	struct sending *s = arena_one(w->a, struct sending);
	size_t files;
	uint64_t kept;

	w->prepared = s;
	s->step = w->json ? REPORT_FORM_STEPS : (int)web_form_int(w, "step", 1, REPORT_FORM_STEPS, 1);
	s->back = strcmp(web_form(w, "go"), "back") == 0;
	s->mark = web_form_str(w, "mark");
	read_kept(w, s);
	(void)web_files(w, "files", &files);
	report_form_read(w, s->step, &s->form);
	if (s->back)
		problems_init(&w->problems, w->a); /* what is unfinished may stay so */
	if (s->step == REPORT_FORM_STEPS) {
		TRY(check_kept(w, s, &kept));
		upload_web_check(w, "files", kept, LIMIT_UPLOAD_PUBLIC_FILE);
		if (!s->back && !problems_any(&w->problems) && !web_allow(w, "report", 60, CLOCK_HOUR)) {
			web_problem(w, "",
			    N_("Many reports came from your network within the last hour. Wait some minutes, then send it again; or call us."));
			w->status = 429;
		}
		if (!s->back && !problems_any(&w->problems))
			return OK; /* send() */
		if (files > 0 && !problems_at(&w->problems, "files")) {
			TRY(check_room(w));
			if (!problems_at(&w->problems, "files")) {
				w->status = 0;
				return OK; /* keep the files */
			}
		}
	}
	if (s->back)
		return show(w, s, s->step > 1 ? s->step - 1 : 1);
	if (problems_any(&w->problems))
		return show(w, s, s->form.wrong == 0 ? s->step : s->form.wrong);
	return show(w, s, s->step + 1);
}

/* The form goes back to the person; the files stay here meanwhile. */
static enum err
keep_files(struct web *w, struct sending *s)
{
	const struct upload_to nothing = { 0 };
	int64_t *ids;
	size_t n;

	TRY(upload_web_take(w, "files", &nothing, &ids, &n));
	for (size_t i = 0; i < n && s->kepts < LIMIT_UPLOAD_FILES; i++)
		s->kept[s->kepts++] = ids[i];
	w->keep = true;
	if (s->back)
		return show(w, s, s->step - 1);
	return show(w, s, s->form.wrong == 0 ? s->step : s->form.wrong);
}

static bool
acknowledges(struct web *w, const char *email, int64_t due_at)
{
	return email != NULL && due_at != 0 && setting_bool(w->db, "mail.acknowledge");
}

static enum err
done(struct web *w, const struct report *r, struct str mark)
{
	const char *passphrase = receipt_passphrase(w->a, web_key(w->state), mark);
	const char *href = arena_printf(w->a, "/report/status?ref=%s", r->ref);
	bool sent;

	value_set_text(w->a, w->data, "ref", r->ref);
	value_set_text(w->a, w->data, "passphrase", passphrase);
	web_set_time(w, w->data, "received_at", r->received_at);
	value_set_text(w->a, w->data, "status_href", href);
	/* Without a mail server it waits: then nothing is said of it. */
	TRY(intake_ack_sent(w->db, r->id, &sent));
	if (sent && r->reporter_email != NULL && *setting_text(w->db, w->a, "smtp.url") != '\0')
		value_set_text(w->a, w->ui, "email", r->reporter_email);
	web_fill(w, "door", r->door);
	w->status = 201;
	return web_page(w, "report_done", N_("We have your report"));
}

static enum err
acknowledge(struct web *w, const struct report_new *n, const struct report *r)
{
	if (!acknowledges(w, n->reporter_email, n->due_at))
		return OK;
	return intake_acknowledge(w->db, w->blobs, w->a,
	    &(struct intake_ack){
		.report_id = r->id,
		.ref = r->ref,
		.to = n->reporter_email,
		.name = n->reporter_name,
		.lang = n->lang,
		.received_at = n->received_at,
		.due_at = n->due_at,
	    },
	    w->now);
}

static enum err
store(struct web *w, const struct sending *s, struct str mark, int64_t *ret_id)
{
	const unsigned char *key = web_key(w->state);
	struct business_calendar calendar = intake_calendar(w->db);
	struct upload_to to = { 0 };
	struct report_new n;
	struct report r;
	size_t files;
	int64_t *ids;

	report_form_report(w, &s->form, &n);
	n.import_key = receipt_import_key(w->a, key, mark);
	n.secret_hash = receipt_hash(w->a, str_of(receipt_passphrase(w->a, key, mark)));
	n.actor_name = "reporter";
	if (strcmp(s->form.reply, "none") != 0)
		n.due_at = business_due(&calendar, w->now, (int32_t)setting_int(w->db, "report.answer_days"));
	TRY(report_add(w->db, w->blobs, w->a, &n, w->now, ret_id, NULL));
	to.report_id = *ret_id;
	TRY(upload_web_take(w, "files", &to, &ids, &files));
	for (size_t i = 0; i < s->kepts; i++) {
		enum err e = intake_file_claim(w->db, s->kept[i], *ret_id, 0);

		if (e != OK && e != ERR_NOT_FOUND)
			return e;
	}
	TRY(report_get(w->db, w->a, *ret_id, &r));
	return acknowledge(w, &n, &r);
}

static enum err
send(struct web *w)
{
	struct sending *s = w->prepared;
	struct str mark = s->mark;
	struct report r;
	int64_t id;

	if (s->back || problems_any(&w->problems))
		return keep_files(w, s);
	if (!receipt_mark_valid(mark))
		mark = str_of(receipt_mark(w->a));
	enum err e = intake_find(w->db, receipt_import_key(w->a, web_key(w->state), mark), &id);

	if (e == ERR_NOT_FOUND)
		e = store(w, s, mark, &id);
	TRY(e);
	TRY(report_get(w->db, w->a, id, &r));
	return done(w, &r, mark);
}

static enum err
text_template(struct web *w)
{
	const char *name = w->lang == LANG_JA ? "report-ja.txt" : "report-en.txt";

	web_header(w, "Content-Disposition", arena_printf(w->a, "attachment; filename=\"%s\"", name));
	return web_bytes(w, "text/plain; charset=utf-8", str_of(report_text_template(w->a, w->lang)));
}

const struct web_route report_form_routes[] = {
	{ WEB_GET, "/report", PERM_PUBLIC, begin, WEB_NO_LOG, "The report form; ?door= skips its first question" },
	{ WEB_POST, "/report", PERM_PUBLIC, send, WEB_FILES | WEB_NO_LOG,
	    "One step of the form; as JSON the whole report: 201 with ref and passphrase", prepare },
	{ WEB_GET, "/report/template.txt", PERM_PUBLIC, text_template, WEB_NO_LOG | WEB_NO_TX,
	    "The form as text, for a mail; ?lang=ja or en" },
	{ 0 },
};
