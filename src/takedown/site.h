/* SPDX-License-Identifier: Apache-2.0 */
/*
 * site.h - the thing that must stop: one URL of an incident, with its own clock.
 *
 * An incident may have many sites, each in its own country, at its own host and
 * in its own state. A site has stopped only when two checks agree over a time
 * (site_judge()), or when a person says so with evidence.
 */
#ifndef TAKEDOWN_SITE_H
#define TAKEDOWN_SITE_H

#include <stdint.h>

#include "base/err.h"
#include "base/holiday.h"
#include "base/str.h"
#include "base/word.h"

struct arena;

/*
 * reported	nobody was asked yet
 * notified	asked, and not seen alive since
 * alive	asked, and a later check still found it
 * stopped	gone, agreed by two checks or said by a person
 * reopened	was stopped and is there again
 * unreachable	checks cannot tell: no route, no answer, an error of ours
 */
extern const struct word site_states[];
/* What one check found: alive gone changed no-name refused timeout blocked error.
 * "gone" is an answer that says so (404, 410, parked, suspended); "changed" a
 * page that is another than before. */
extern const struct word site_results[];
extern const struct word site_origins[]; /* of the brand: domestic overseas unknown */
extern const struct word site_routes[];	 /* none direct isp registrar csirt community police */
extern const struct word site_lures[];	 /* mail sms search ad other */
extern const struct word site_asked_for[]; /* id password card otp personal other */

struct site {
	int64_t id, incident_id, report_id;
	const char *url, *host, *domain, *tld;
	const char *address, *cc; /* or NULL */
	int64_t asn;		  /* 0 = unknown */
	const char *as_name;	  /* or NULL */
	int64_t brand_id;
	const char *brand; /* its name or NULL */
	const char *origin, *sector;
	int64_t contact_id;
	const char *route;
	int64_t step;
	const char *state;
	const char *prior, *lure, *asked_for; /* or NULL */
	int64_t victims;
	const char *page_title, *page_hash, *form_targets, *redirects; /* or NULL */
	int64_t picture_id;
	int64_t reported_at, notified_at, checked_at;
	const char *result; /* of the last check, or NULL */
	int64_t http_status, gone_since, stopped_at;
	const char *stopped_by; /* check person answer, or NULL */
	int64_t days, reopened_at, reopened, next_check_at, owner_id;
	const char *note;
	int64_t removed_at, version, updated_at;
};

/*
 * A URL, host or address, disguised or not, as the beginning of a site: url,
 * host, domain, tld. ERR_INVALID: none of them; ERR_LIMIT: over LIMIT_URL.
 */
MUST_USE enum err site_read(struct arena *a, struct str text, struct site *ret);

/* What one check found; times in UTC milliseconds. */
struct site_finding {
	int64_t at;
	const char *result; /* of site_results */
};
/* What follows from it. */
struct site_verdict {
	const char *state;
	int64_t gone_since; /* 0 = not gone */
	int64_t next_check_at; /* 0 = no more by itself */
	bool stopped, reopened; /* it just did */
};
/*
 * The state after ${f}. "gone", "no-name" and "refused" agree with one another;
 * when the first and this one are at least ${hold} ms apart and nothing between
 * them saw it alive, it has stopped. One "alive" reopens it. A stopped site is
 * looked at again for ${watch} ms, less and less often.
 */
struct site_verdict site_judge(const struct site *s, const struct site_finding *f, int64_t hold, int64_t watch);

/* Business days from the first request (else the report) to ${stopped_at}; the
 * same day is 0. */
int64_t site_days(const struct site *s, const struct business_calendar *c, int64_t stopped_at);
/* The buckets of RULES 3.1: "0-3" "4-7" "8-10" "11+". */
const char *site_days_bucket(int64_t days);

#endif
