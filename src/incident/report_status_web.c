/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_status_web.c - /report/status: how a report goes, for who has its
 * number and passphrase; and words back to us.
 *
 * The passphrase travels once; the page then carries a signed proof for a few
 * hours.  Nothing is set in the browser.
 */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "http/http.h"
#include "incident/incident_change_store.h"
#include "incident/intake_store.h"
#include "incident/receipt.h"
#include "incident/report_store.h"
#include "incident/thread_store.h"
#include "incident/upload_web.h"
#include "web/web.h"
#include "web/web_state.h"

#define TITLE N_("How my report goes")
#define PROOF_FOR (4 * CLOCK_HOUR)
#define MESSAGES 500

struct asking {
	struct report report;
	const char *text;
};

static enum err
ask(struct web *w)
{
	value_set_text(w->a, w->ui, "found", NULL);
	return web_again(w, "report_status", TITLE);
}

static enum err
begin(struct web *w)
{
	web_fill(w, "ref", web_query(w, "ref"));
	return ask(w);
}

/* ERR_NOT_FOUND: number and passphrase do not fit. */
static enum err
identify(struct web *w, struct report *ret)
{
	const unsigned char *key = web_key(w->state);
	const char *proof = receipt_open(w->a, key, "status", web_form_str(w, "token"), w->now);
	const char *ref = arena_cstr(w->a, str_trim(web_form_str(w, "ref")));
	const char *stored = NULL;
	enum err e = report_by_ref(w->db, w->a, str_of(ref), ret);

	if (e == OK)
		e = intake_secret(w->db, w->a, ret->id, &stored);
	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	bool fits = receipt_hash_equal(stored, receipt_hash(w->a, web_form_str(w, "passphrase")));

	if (e == OK && proof != NULL && strcmp(proof, ret->ref) == 0)
		fits = true;
	return e == OK && fits ? OK : ERR_NOT_FOUND;
}

/* Progress */

struct progress {
	const char *text; /* msgid */
	bool done[4];
	int now; /* -1: none */
};

static enum err
progress_of(struct web *w, const struct report *r, struct progress *ret)
{
	struct intake_progress p;
	bool is_new = strcmp(r->state, "new") == 0;

	TRY(intake_progress(w->db, r->id, &p));
	*ret = (struct progress){ .text = N_("We have your report"), .done = { true }, .now = 1 };
	if (is_new)
		return OK;
	ret->done[1] = true;
	ret->done[2] = p.told;
	if (p.any && p.open) {
		ret->text = p.told ? N_("We have contacted the other side") : N_("We are looking into it");
		ret->now = p.told ? 3 : 2;
		return OK;
	}
	if (!p.any && (strcmp(r->state, "accepted") == 0 || strcmp(r->state, "duplicate") == 0)) {
		ret->text = N_("We are looking into it");
		ret->now = 2;
		return OK;
	}
	ret->text = p.any || strcmp(r->state, "closed") == 0 ? N_("This is closed") : N_("We have read your report");
	ret->done[3] = true;
	ret->now = -1;
	return OK;
}

static enum err
set_steps(struct web *w, struct value *o, const struct report *r)
{
	static const char *const labels[] = { N_("Received"), N_("A specialist reads it"),
		N_("We contact the other side"), N_("Confirmed and closed") };
	struct value *list = value_set_list(w->a, o, "steps");
	struct progress p;

	TRY(progress_of(w, r, &p));
	value_set_text(w->a, o, "state_text", web_tr(w, NULL, p.text));
	for (int i = 0; i < (int)COUNT(labels); i++) {
		struct value *step = value_add_object(w->a, list);

		value_set_text(w->a, step, "label", web_tr(w, NULL, labels[i]));
		value_set_text(w->a, step, "when", i == 0 ? web_when(w, r->received_at) : "");
		value_set_bool(w->a, step, "done", p.done[i]);
		value_set_bool(w->a, step, "now", p.now == i);
	}
	return OK;
}

static void
add_message(struct web *w, struct value *list, bool ours, int64_t at, const char *text)
{
	struct value *row = value_add_object(w->a, list);

	value_set_bool(w->a, row, "from_us", ours);
	value_set_text(w->a, row, "who", web_tr(w, NULL, ours ? N_("We") : N_("You")));
	web_set_time(w, row, "at", at);
	value_set_text(w->a, row, "text", text);
}

/* The notes of the incident that are meant for the reporter, up to ${until}. */
static void
add_notes(struct web *w, struct value *list, const struct value *notes, int64_t until, size_t *next)
{
	for (; *next < value_count(notes); (*next)++) {
		const struct value *n = value_at(notes, *next);

		if (value_integer(value_get(n, "at")) > until)
			return;
		add_message(w, list, true, value_integer(value_get(n, "at")), value_cstr(value_get(n, "text")));
	}
}

/* What both sides wrote; nothing that is held back or came from machines. */
static enum err
set_messages(struct web *w, struct value *o, const struct report *r)
{
	struct value *all = value_list(w->a), *list = value_set_list(w->a, o, "messages");
	struct value *notes = value_list(w->a);
	size_t next = 0;

	TRY(incident_note_for_reporter(w->db, w->a, r->id, notes));
	TRY(intake_messages(w->db, w->blobs, w->a, r->id, MESSAGES, all));
	for (size_t i = 0; i < value_count(all); i++) {
		const struct value *m = value_at(all, i);
		bool ours = strcmp(value_cstr(value_get(m, "direction")), "out") == 0;
		const char *state = value_cstr(value_get(m, "state"));

		if (ours ? strcmp(state, "sent") != 0 : strcmp(state, "stored") == 0)
			continue;
		if (strcmp(value_cstr(value_get(m, "automatic")), "bounce") == 0)
			continue;
		int64_t at = value_integer(value_get(m, "at"));

		add_notes(w, list, notes, at, &next);
		add_message(w, list, ours, at, value_cstr(value_get(m, "text")));
	}
	add_notes(w, list, notes, INT64_MAX, &next);
	value_set_bool(w->a, o, "@has_messages", value_count(list) > 0);
	return OK;
}

static enum err
show(struct web *w, const struct report *r)
{
	struct value *found = value_set_object(w->a, w->ui, "found");
	struct value *o = w->json ? w->data : found;

	value_set_text(w->a, o, "ref", r->ref);
	value_set_text(w->a, o, "title", r->title);
	web_set_time(w, o, "received_at", r->received_at);
	value_set_text(w->a, o, "token",
	    receipt_sign(w->a, web_key(w->state), "status", r->ref, w->now + PROOF_FOR));
	TRY(set_steps(w, o, r));
	TRY(set_messages(w, o, r));
	return web_again(w, "report_status", TITLE);
}

/* Whoever has one passphrase must not fill the disk through it. */
static enum err
check_day(struct web *w, const struct report *r)
{
	size_t n;
	const struct http_file *const *list = web_files(w, "files", &n);
	int64_t words, bytes;

	TRY(intake_words_day(w->db, r->id, w->now - CLOCK_DAY, &words, &bytes));
	for (size_t i = 0; i < n; i++)
		bytes += (int64_t)list[i]->size;
	if (words >= LIMIT_REPORT_WORDS_DAY) {
		web_problem(w, "text", N_("Many messages came for this report today. Write again tomorrow, or call us."));
		w->status = 429;
	}
	if (bytes > (int64_t)LIMIT_REPORT_FILES_DAY) {
		web_problem(w, "files",
		    N_("Many files came for this report today. Send the rest tomorrow; or ask us here how to send them."));
		w->status = 429;
	}
	return OK;
}

static enum err
prepare(struct web *w)
{
	struct asking *s = arena_one(w->a, struct asking);
	size_t files;

	w->prepared = s;
	if (!web_allow(w, "report-status", 120, 10 * CLOCK_MINUTE)) {
		web_problem(w, "", N_("Too many tries from your network. Wait ten minutes."));
		w->status = 429;
		return ask(w);
	}
	enum err e = identify(w, &s->report);

	if (e == ERR_NOT_FOUND) {
		web_problem(w, "passphrase",
		    N_("Number and passphrase do not belong together. Check both; capitals do not matter."));
		return ask(w);
	}
	TRY(e);
	if (strcmp(web_form(w, "act"), "write") != 0)
		return show(w, &s->report);
	(void)web_files(w, "files", &files);
	s->text = web_body(w, "text", LIMIT_REPORT_WORDS);
	if (str_trim(str_of(s->text)).n == 0 && files == 0 && !problems_any(&w->problems))
		web_problem(w, "text", N_("This is empty. Fill it in."));
	if (!problems_any(&w->problems))
		TRY(check_day(w, &s->report));
	upload_web_check(w, "files", 0, LIMIT_UPLOAD_PUBLIC_FILE);
	return problems_any(&w->problems) ? show(w, &s->report) : OK;
}

static enum err
write_to_us(struct web *w)
{
	struct asking *s = w->prepared;
	const struct report *r = &s->report;
	struct intake_words m = {
		.report_id = r->id,
		.name = r->reporter_name,
		.text = str_of(s->text),
		.lang = w->lang,
	};
	struct upload_to to = { .report_id = r->id };
	int64_t *ids;
	bool again;
	size_t n, files;

	(void)web_files(w, "files", &files);
	TRY(intake_words_again(w->db, w->blobs, w->a, &m, w->now, &again));
	if (!again || files > 0) {
		TRY(intake_words_add(w->db, w->blobs, &m, w->now, &to.message_id));
		TRY(upload_web_take(w, "files", &to, &ids, &n));
		TRY(thread_more(w->db, w->a, r->id, to.message_id, "reporter", false, w->now));
	}
	TRY(report_get(w->db, w->a, r->id, &s->report));
	value_set_bool(w->a, w->ui, "written", true);
	TRY(show(w, &s->report));
	web_fill(w, "text", ""); /* it was sent */
	return OK;
}

const struct web_route report_status_routes[] = {
	{ WEB_GET, "/report/status", PERM_PUBLIC, begin, WEB_NO_LOG, "Ask how a report goes" },
	{ WEB_POST, "/report/status", PERM_PUBLIC, write_to_us, WEB_FILES | WEB_NO_LOG,
	    "How a report goes (ref, passphrase); with act=write also text and files to us", prepare },
	{ 0 },
};
