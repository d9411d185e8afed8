/* SPDX-License-Identifier: Apache-2.0 */
/* job_web.c - /admin/jobs: what the program still has to do and could not. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "job/job.h"
#include "team/team_web.h"

static const char *const states[] = { "dead", "waiting", "running", "done", "cancelled", NULL };

static const struct {
	const char *kind, *label;
} kinds[] = {
	{ "mail.read", N_("Read a mail") },
	{ "mail.send", N_("Send a mail") },
	{ "mail.poll", N_("Look into the mailbox") },
	{ "mail.test-smtp", N_("Try the outgoing server") },
	{ "mail.test-imap", N_("Try the mailbox") },
	{ "journal.verify", N_("Verify the journal") },
	{ "journal.nightly", N_("Verify the journal at night") },
	{ "key.import", N_("Import a key") },
	{ "retention.nightly", N_("Erase what is too old, at night") },
	{ "retention.run", N_("Erase what is too old") },
	{ "contact.test", N_("Send the contact tests that are due") },
	{ "decision.import", N_("Take in past decisions from a file") },
	{ "decision.relearn", N_("Learn from decisions") },
	{ "inbox.bulk", N_("Act on many reports") },
	{ "lookup.ask", N_("Look a contact up") },
	{ "mailing.group", N_("Sort sites by contact") },
	{ "mailing.send", N_("Send the requests to stop") },
	{ "mailing.sent", N_("Note what was requested") },
	{ "picture.make", N_("Take a picture of a site") },
	{ "takedown.bulk", N_("Act on many sites") },
	{ "takedown.check", N_("Check whether sites have stopped") },
	{ "takedown.put", N_("Put sites on the board") },
	{ "vulnerability.feed", N_("Fetch lists about vulnerabilities") },
	{ "vulnerability.fill", N_("Fill in facts of vulnerabilities") },
	{ "vulnerability.import", N_("Read what was brought in about vulnerabilities") },
	{ "wkd.ask", N_("Look for an OpenPGP key") },
};

static const char *
kind_text(struct web *w, const char *kind)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (strcmp(kinds[i].kind, kind) == 0)
			return web_tr(w, "job", kinds[i].label);
	}
	return kind;
}

static const char *
state_text(struct web *w, const char *state)
{
	static const char *const labels[] = { N_("Gave up"), N_("Waiting"), N_("Running"), N_("Done"),
		N_("Cancelled") };

	for (size_t i = 0; states[i] != NULL; i++) {
		if (strcmp(states[i], state) == 0)
			return web_tr(w, "job", labels[i]);
	}
	return state;
}

static void
set_views(struct web *w, const struct value *counts, const char *chosen)
{
	struct value *list = value_set_list(w->a, w->ui, "views");

	for (size_t i = 0; states[i] != NULL; i++) {
		struct value *o = value_add_object(w->a, list);
		const struct value *n = value_get(counts, states[i]);

		value_set_text(w->a, o, "href", arena_printf(w->a, "/admin/jobs?state=%s", states[i]));
		value_set_text(w->a, o, "label", state_text(w, states[i]));
		value_set_bool(w->a, o, "current", strcmp(chosen, states[i]) == 0);
		value_set_bool(w->a, o, "has_count", n != NULL);
		value_set_bool(w->a, o, "late", i == 0 && value_integer(n) > 0);
		if (n != NULL)
			value_set_text(w->a, o, "count", i18n_number(w->a, value_integer(n)));
	}
}

/* What the job notes for itself; it tells a person nothing. */
static bool
is_bookkeeping(const char *key)
{
	static const char *const keys[] = { "why", "tries", "since", "doubtful" };

	for (size_t i = 0; i < COUNT(keys); i++) {
		if (strcmp(keys[i], key) == 0)
			return true;
	}
	return false;
}

/* A job's payload in one line: ids, not contents. */
static const char *
payload_text(struct web *w, const struct value *v)
{
	struct buf *b = buf_new(w->a, LIMIT_KIB(8));

	for (size_t i = 0; i < value_count(v); i++) {
		const struct value *m = value_member(v, i);

		if (is_bookkeeping(value_key(v, i)))
			continue;
		buf_printf(b, "%s%s %s", b->n > 0 ? ", " : "", value_key(v, i),
		    value_type(m) == VALUE_TEXT ? value_cstr(m) : value_json_text(w->a, m));
	}
	return buf_cstr(w->a, b);
}

static void
finish_row(struct web *w, struct value *o)
{
	static const char *const times[] = { "run_at", "started_at", "finished_at", "created_at" };
	const char *state = value_cstr(value_get(o, "state"));
	struct value *b = value_set_object(w->a, o, "@badge");

	for (size_t i = 0; i < COUNT(times); i++)
		web_set_time(w, o, times[i], value_integer(value_get(o, times[i])));
	/* A letter that the server did not take now is a new job: why is in it. */
	const char *why = value_cstr(value_get(value_get(o, "payload"), "why"));

	if (*value_cstr(value_get(o, "error")) == '\0' && *why != '\0')
		value_set_text(w->a, o, "error", why);
	value_set_text(w->a, o, "@kind_text", kind_text(w, value_cstr(value_get(o, "kind"))));
	value_set_text(w->a, o, "@about", payload_text(w, value_get(o, "payload")));
	value_set_text(w->a, b, "state",
	    strcmp(state, "dead") == 0 ? "late" : strcmp(state, "done") == 0 ? "good" : "plain");
	value_set_text(w->a, b, "text", state_text(w, state));
}

static enum err
list(struct web *w)
{
	struct value *counts, *items;
	const char *state = web_query(w, "state");
	int64_t before = web_query_int(w, "before", 1, INT64_MAX, 0);
	int limit = (int)web_query_int(w, "limit", 1, LIMIT_PAGE, 50);

	TRY(job_counts(w->db, w->a, &counts));
	if (*state == '\0')
		state = value_integer(value_get(counts, "dead")) > 0 ? "dead" : "waiting";
	TRY(job_list(w->db, w->a, state, before, limit, &items));
	value_set_int(w->a, w->data, "total",
	    value_get(counts, state) != NULL ? value_integer(value_get(counts, state))
					     : (int64_t)value_count(items));
	value_set(w->a, w->data, "counts", counts);
	for (size_t i = 0; i < value_count(items); i++)
		finish_row(w, value_item(items, i));
	value_set(w->a, w->data, "items", items);
	set_views(w, counts, state);
	value_set_bool(w->a, w->ui, "can_retry", strcmp(state, "dead") == 0);
	value_set_bool(w->a, w->ui, "can_cancel",
	    strcmp(state, "dead") == 0 || strcmp(state, "waiting") == 0);
	value_set_bool(w->a, w->ui, "none", value_count(items) == 0);
	if (value_count(items) == (size_t)limit) {
		int64_t last = value_integer(value_get(value_at(items, (size_t)limit - 1), "id"));

		value_set_text(w->a, w->ui, "older",
		    web_with(w, "before", arena_printf(w->a, "%lld", (long long)last)));
	}
	team_web_admin_nav(w, "/admin/jobs");
	return web_page(w, "admin_jobs", N_("Jobs"));
}

/* What somebody else did in the meantime is no fault of this request. */
static enum err
act_on(struct web *w, bool retry, int64_t id, int64_t *n)
{
	enum err e = retry ? job_revive(w->db, id, w->now) : job_cancel(w->db, id);

	if (e == ERR_NOT_FOUND && !retry)
		e = job_give_up(w->db, id, w->now);
	if (e == ERR_NOT_FOUND)
		return OK;
	TRY(e);
	(*n)++;
	return web_journal(w, retry ? "job.retry" : "job.cancel", "job", id, NULL);
}

static enum err
act_on_all(struct web *w, int64_t *n)
{
	struct value *items;

	TRY(job_list(w->db, w->a, "dead", 0, LIMIT_BULK, &items));
	for (size_t i = 0; i < value_count(items); i++)
		TRY(act_on(w, true, value_integer(value_get(value_at(items, i), "id")), n));
	return OK;
}

static enum err
act(struct web *w)
{
	static const char *const acts[] = { "retry", "retry-all", "cancel", NULL };
	const char *what = web_choice(w, "act", acts, true);
	size_t n;
	const char *const *ids = web_form_all(w, "id", &n);
	int64_t done = 0, id;

	if (problems_any(&w->problems))
		return ERR_INVALID;
	if (strcmp(what, "retry-all") == 0) {
		TRY(act_on_all(w, &done));
	} else {
		for (size_t i = 0; i < n; i++) {
			if (str_int(str_of(ids[i]), 1, INT64_MAX, &id))
				TRY(act_on(w, strcmp(what, "retry") == 0, id, &done));
		}
	}
	value_set_int(w->a, w->data, "changed", done);
	return web_redirect(w, "/admin/jobs",
	    done == 0 ? N_("Nothing was selected, or it ended meanwhile")
		: strcmp(what, "cancel") == 0 ? N_("Given up")
					      : N_("They run again now"),
	    0);
}

const struct web_route team_job_routes[] = {
	{ WEB_GET, "/admin/jobs", PERM_ADMIN, list, 0, "Jobs by state: state, before" },
	{ WEB_POST, "/admin/jobs", PERM_ADMIN, act, 0, "act = retry or cancel with id (repeated), retry-all" },
	{ 0 },
};
