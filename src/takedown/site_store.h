/* SPDX-License-Identifier: Apache-2.0 */
/*
 * site_store.h - sites and their checks in the database. Every change writes the
 * journal (object "site", also its incident, so that the incident's timeline
 * shows it).
 *
 * Who may not see the incident may not see its sites: lists join incident "i"
 * and add incident_only_visible().
 */
#ifndef TAKEDOWN_SITE_STORE_H
#define TAKEDOWN_SITE_STORE_H

#include "journal/journal.h"
#include "takedown/site.h"

struct db;
struct user;

/* ERR_NOT_FOUND also when ${u} may not see its incident (NULL: the program). */
MUST_USE enum err site_get(struct db *db, struct arena *a, int64_t id, const struct user *u, struct site *ret);
/*
 * Put a URL on the board. ${s} gives incident_id, url, host, domain, tld and what
 * else is known (report, brand, address, country …); a brand's name that is not
 * known makes a brand. One that the incident has already is OK and gives its id
 * with ${*ret_new} false. It is checked by itself from ${first_check_at} (0 = no).
 */
MUST_USE enum err site_add(struct db *db, struct arena *a, const struct site *s, int64_t first_check_at,
    struct actor by, int64_t *ret_id, bool *ret_new);
/* What people say of it: brand, origin, sector, contact, route, step, cc, prior,
 * lure, asked_for, victims, owner, note. ERR_CONFLICT by the version. */
MUST_USE enum err site_change(struct db *db, struct arena *a, const struct site *s, struct actor by);
/* Off the board; back on it. */
MUST_USE enum err site_remove(struct db *db, struct arena *a, const struct site *s, struct actor by);
MUST_USE enum err site_restore(struct db *db, struct arena *a, const struct site *s, struct actor by);
/* Where a check found it; "" and 0 are unknown and change nothing. */
MUST_USE enum err site_placed(struct db *db, const struct site *s, const char *address, const char *cc, int64_t asn,
    const char *as_name);
/* Look at it at ${at}, whatever was planned; not journalled. */
MUST_USE enum err site_check_at(struct db *db, const struct site *s, int64_t at);
/*
 * What an act may change, as a value, and back to it: ERR_CONFLICT when somebody
 * changed the site since ${after}, its version after the act. Journal.
 */
struct value *site_snapshot(struct arena *a, const struct site *s);
MUST_USE enum err site_put_back(struct db *db, struct arena *a, const struct site *s, const struct value *snapshot,
    int64_t after, struct actor by);
/* The picture of the page (picture_store.h); 0 takes it away. */
MUST_USE enum err site_set_picture(struct db *db, struct arena *a, const struct site *s, int64_t picture, struct actor by);
/* By retention, of all sites of a closed incident; told by its journal entry. */
enum site_forget { SITE_FORGET_PICTURE, SITE_FORGET_NOTE };
MUST_USE enum err site_forget(struct db *db, int64_t incident, enum site_forget what);
/* An incident is withdrawn: its sites, taken off the board before, let go of it. */
MUST_USE enum err site_detach(struct db *db, int64_t incident);
/* A request about it went out (the first sets notified_at). */
MUST_USE enum err site_notified(struct db *db, struct arena *a, const struct site *s, int64_t contact,
    const char *route, struct actor by);

struct site_check {
	int64_t id, site_id, at;
	const char *vantage; /* "direct", or the proxy's or resolver's name */
	const char *method;  /* http person answer */
	const char *result;  /* site_results */
	int64_t http_status;
	const char *address, *page_hash, *page_title; /* or NULL */
	int64_t bytes, millis;
	const char *redirects, *form_targets, *error; /* or NULL */
	int64_t evidence_blob, person_id;
};
/* Store what a check found and what follows from it (site_judge()): state,
 * clocks, next check. ${*ret} what follows. */
MUST_USE enum err site_checked(struct db *db, struct arena *a, const struct site *s, const struct site_check *c,
    int64_t hold, int64_t watch, const struct business_calendar *calendar, struct actor by, struct site_verdict *ret);
/* A person says that it has stopped (with what shows it), or is there again. */
MUST_USE enum err site_stop(struct db *db, struct arena *a, const struct site *s, const char *evidence,
    const char *by_what, const struct business_calendar *calendar, struct actor by);
MUST_USE enum err site_reopen(struct db *db, struct arena *a, const struct site *s, const char *why, struct actor by);
/* One check of a site; ERR_NOT_FOUND. */
MUST_USE enum err site_check_get(struct db *db, struct arena *a, int64_t site, int64_t id, struct site_check *ret);
/* Newest first. */
MUST_USE enum err site_check_list(struct db *db, struct arena *a, int64_t site, int limit, struct site_check **ret, size_t *ret_n);

#endif
