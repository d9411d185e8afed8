/* SPDX-License-Identifier: Apache-2.0 */
#include "takedown/site.h"

#include <string.h>

#include "text/i18n.h"

const struct word site_states[] = {
	{ "reported", N_("Reported") },
	{ "notified", N_("Requested") },
	{ "alive", N_("Still there") },
	{ "stopped", N_("Stopped") },
	{ "reopened", N_("There again") },
	{ "unreachable", N_("Cannot tell") },
	{ NULL, NULL },
};
const struct word site_results[] = {
	{ "alive", N_("Alive") },
	{ "gone", N_("Gone") },
	{ "changed", N_("Another page") },
	{ "no-name", N_("No such name") },
	{ "refused", N_("Connection refused") },
	{ "timeout", N_("No answer in time") },
	{ "blocked", N_("Not checked: not allowed") },
	{ "error", N_("Check failed") },
	{ NULL, NULL },
};
const struct word site_origins[] = {
	{ "domestic", N_("Domestic brand") },
	{ "overseas", N_("Overseas brand") },
	{ "unknown", N_("Brand unknown") },
	{ NULL, NULL },
};
const struct word site_routes[] = {
	{ "none", N_("Not asked") },
	{ "direct", N_("Site's administrator") },
	{ "isp", N_("Provider") },
	{ "registrar", N_("Registrar") },
	{ "csirt", N_("National CSIRT") },
	{ "community", N_("Community") },
	{ "police", N_("Law enforcement") },
	{ NULL, NULL },
};
const struct word site_lures[] = {
	{ "mail", N_("Mail") },
	{ "sms", N_("SMS") },
	{ "search", N_("Search result") },
	{ "ad", N_("Advertisement") },
	{ "other", N_("Other") },
	{ NULL, NULL },
};
const struct word site_asked_for[] = {
	{ "id", N_("User name") },
	{ "password", N_("Password") },
	{ "card", N_("Credit card") },
	{ "otp", N_("One-time password") },
	{ "personal", N_("Personal data") },
	{ "other", N_("Other") },
	{ NULL, NULL },
};

static bool
is(const char *s, const char *what)
{
	return s != NULL && strcmp(s, what) == 0;
}

static bool
says_gone(const char *result)
{
	return is(result, "gone") || is(result, "no-name") || is(result, "refused");
}

/* Soon while it matters, then more and more seldom: a minute's hold for the
 * second opinion, an hour while it lives, at most a day. */
static int64_t
pause_after(int64_t since)
{
	int64_t pause = since / 4;

	if (pause < CLOCK_HOUR)
		return CLOCK_HOUR;
	return pause > CLOCK_DAY ? CLOCK_DAY : pause;
}

static struct site_verdict
found_alive(const struct site *s, int64_t at)
{
	struct site_verdict v = { .next_check_at = at + pause_after(at - s->reported_at) };

	if (s->stopped_at != 0 && !is(s->state, "reopened")) {
		v.state = "reopened";
		v.reopened = true;
	} else if (is(s->state, "reopened")) {
		v.state = "reopened";
	} else {
		v.state = s->notified_at != 0 ? "alive" : "reported";
	}
	return v;
}

static struct site_verdict
found_gone(const struct site *s, int64_t at, int64_t hold, int64_t watch)
{
	struct site_verdict v = { .state = s->state, .gone_since = s->gone_since };

	if (is(s->state, "stopped")) {
		v.next_check_at = at - s->stopped_at > watch ? 0 : at + pause_after(at - s->stopped_at);
		return v;
	}
	if (v.gone_since == 0)
		v.gone_since = at;
	if (v.gone_since + hold <= at && v.gone_since != at) {
		v.state = "stopped";
		v.stopped = true;
		v.next_check_at = at + pause_after(0);
		return v;
	}
	v.next_check_at = v.gone_since + hold > at ? v.gone_since + hold : at + hold;
	return v;
}

struct site_verdict
site_judge(const struct site *s, const struct site_finding *f, int64_t hold, int64_t watch)
{
	if (is(f->result, "alive") || is(f->result, "changed"))
		return found_alive(s, f->at);
	if (says_gone(f->result))
		return found_gone(s, f->at, hold, watch);
	struct site_verdict v = { .state = s->state, .gone_since = s->gone_since };

	v.next_check_at = f->at + pause_after(f->at - (s->stopped_at != 0 ? s->stopped_at : s->reported_at));
	if (is(s->state, "stopped")) {
		if (f->at - s->stopped_at > watch)
			v.next_check_at = 0;
	} else if (is(f->result, "timeout") || is(f->result, "error")) {
		v.state = "unreachable";
	} else {
		v.next_check_at = 0; /* not allowed: asking again changes nothing */
	}
	return v;
}

int64_t
site_days(const struct site *s, const struct business_calendar *c, int64_t stopped_at)
{
	int64_t from = s->notified_at != 0 && s->notified_at <= stopped_at ? s->notified_at : s->reported_at;

	return from > stopped_at ? 0 : business_days_between(c, from, stopped_at);
}

const char *
site_days_bucket(int64_t days)
{
	if (days <= 3)
		return "0-3";
	if (days <= 7)
		return "4-7";
	return days <= 10 ? "8-10" : "11+";
}
