/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mailing_store.h - letters about many sites in the database.
 *
 * While a mailing is a draft nothing of it is a letter yet: its sites are grouped
 * by the contact that is known for them, and can be taken out and put back.
 * mailing_hold() lets it leave after a while; until then mailing_cancel() makes
 * it a draft again. The job "mailing.send" then queues one letter after another.
 *
 * A restricted incident has its letter alone, so that nobody learns of it from
 * another incident's.
 */
#ifndef TAKEDOWN_MAILING_STORE_H
#define TAKEDOWN_MAILING_STORE_H

#include "directory/contact_known_store.h"
#include "journal/journal.h"
#include "takedown/mailing.h"

struct db;
struct user;

struct mailing {
	int64_t id, person_id, at;
	const char *purpose, *state;
	const char *tlp; /* or NULL */
	struct mailing_words words[2]; /* by enum lang; NULL: the ready ones */
	int64_t send_at, ended_at, version;
	const char *confirmed; /* names of gates, with commas between, or NULL */
	const char *person;    /* its maker's name, NULL: the program */
	int64_t brand_id;      /* MAILING_OWNER: whose sites; else 0 */
	const char *brand;     /* its name, or NULL */
};
struct mailing_letter {
	int64_t id, mailing_id, contact_id;
	const char *route;
	int64_t restricted_id, part;
	bool taken_out;
	int64_t first_id, lead_id, message_id;
	const char *blocked; /* why it did not leave, or NULL */
	int64_t token_until, answered_at;
	int64_t sites;	     /* that are in it */
	enum tlp tlp;	     /* the strictest of its incidents and their reports */
	/* of its contact, and of what it became */
	const char *organisation, *organisation_en, *email, *person, *lang;
	const char *max_tlp, *formats;
	const char *ref, *state; /* of the notification, or NULL */
	const char *message_state;
	int64_t sent_at, due_at;
};

/* A draft. ${selection}: site_selection, or 0. Journal. */
MUST_USE enum err mailing_add(struct db *db, struct arena *a, const char *purpose, int64_t selection, struct actor by,
    int64_t *ret_id);
/* That was made of this selection; 0: none. */
MUST_USE enum err mailing_of_selection(struct db *db, int64_t selection, int64_t person, int64_t *ret_id);
MUST_USE enum err mailing_get(struct db *db, struct arena *a, int64_t id, struct mailing *ret);
/* Newest first: list of {id, at, purpose, state, person, letters, sites}. */
MUST_USE enum err mailing_list(struct db *db, struct arena *a, int limit, struct value *list);

/* Sites that ${u} may see, that are on the board and have not stopped; ${*ret_n}
 * how many are in it now. At most MAILING_SITES. */
MUST_USE enum err mailing_add_sites(struct db *db, struct arena *a, int64_t mailing, const int64_t *sites, size_t n,
    const struct user *u, size_t *ret_n);
/*
 * Look for a contact for each site that has no letter, and give it the letter of
 * that contact. More than MAILING_AT_ONCE go in pieces by the job "mailing.group";
 * the mailing is "preparing" meanwhile, then a draft again.
 */
MUST_USE enum err mailing_group(struct db *db, struct arena *a, const struct mailing *m, int64_t now);
/* How many of its sites were looked at so far. */
MUST_USE enum err mailing_progress(struct db *db, int64_t mailing, int64_t *ret_done, int64_t *ret_total);
/* One piece: reading first, which takes long, then writing. */
struct mailing_choice {
	int64_t site, contact, restricted_id; /* contact 0: none is known */
	const char *route;
};
MUST_USE enum err mailing_choose(struct db *db, struct arena *a, const struct mailing *m, size_t most,
    struct mailing_choice **ret, size_t *ret_n);
MUST_USE enum err mailing_put(struct db *db, struct arena *a, const struct mailing *m, const struct mailing_choice *list,
    size_t n, int64_t now);
/* A reminder of ${lead}: a letter with its sites that nobody answered for. */
MUST_USE enum err mailing_remind(struct db *db, struct arena *a, int64_t mailing, int64_t lead);

/* ${u} NULL: the program. */
MUST_USE enum err mailing_letter_list(struct db *db, struct arena *a, int64_t mailing, const struct user *u,
    struct mailing_letter **ret, size_t *ret_n);
MUST_USE enum err mailing_letter_get(struct db *db, struct arena *a, int64_t id, const struct user *u,
    struct mailing_letter *ret);
/* Sites of one letter, or of these. */
#define MAILING_ALL INT64_C(-1)
#define MAILING_UNKNOWN INT64_C(0)    /* that have no letter */
#define MAILING_UNTRIED INT64_C(-2)   /* of those, for which nobody looked yet */
MUST_USE enum err mailing_row_list(struct db *db, struct arena *a, int64_t mailing, int64_t letter, const struct user *u,
    int limit, struct mailing_row **ret, size_t *ret_n);

MUST_USE enum err mailing_take_letter(struct db *db, int64_t mailing, int64_t letter, bool out);
MUST_USE enum err mailing_take_site(struct db *db, int64_t mailing, int64_t site, bool out);
MUST_USE enum err mailing_set_words(struct db *db, const struct mailing *m, enum lang lang,
    const struct mailing_words *words);
MUST_USE enum err mailing_set_tlp(struct db *db, const struct mailing *m, const char *tlp);

/* ERR_CONFLICT: it is no draft any more. Journal. */
MUST_USE enum err mailing_hold(struct db *db, struct arena *a, const struct mailing *m, const char *confirmed,
    int64_t send_at, struct actor by);
/* Back to a draft. ERR_CONFLICT: it is leaving. Journal. */
MUST_USE enum err mailing_cancel(struct db *db, struct arena *a, const struct mailing *m, struct actor by);
/* A draft that nobody wants. Journal. */
MUST_USE enum err mailing_drop(struct db *db, struct arena *a, const struct mailing *m, struct actor by);
/* Held or leaving; then sent. */
MUST_USE enum err mailing_set_state(struct db *db, int64_t id, const char *state, int64_t now);
/* The next one that has to leave; 0: none is left. */
MUST_USE enum err mailing_next(struct db *db, int64_t mailing, int64_t *ret_letter);
/* It will not leave, and why. */
MUST_USE enum err mailing_block(struct db *db, struct arena *a, int64_t letter, const char *why, const char *value);
/*
 * Just before it leaves: takes out the sites that have stopped or were removed
 * since the letter was made, those for which the same contact was written to by
 * another mailing since then, and those whose incident became restricted.
 */
MUST_USE enum err mailing_take_ended(struct db *db, const struct mailing *m, const struct mailing_letter *l);

/* Requests that wait for an answer too long: what comes next for them. */
struct mailing_waiting {
	int64_t lead_id, contact_id;
	const char *ref, *organisation, *organisation_en, *email, *route, *subject, *state;
	int64_t sent_at, due_at, reminders, sites; /* sites: not answered for, not stopped */
	bool remind; /* else the next contact on the way is asked */
};
/* ${reminders}: so many before the next is asked. Oldest first. */
MUST_USE enum err mailing_waiting_list(struct db *db, struct arena *a, const struct user *u, int64_t now, int64_t reminders,
    int limit, struct mailing_waiting **ret, size_t *ret_n);
/* The sites of such a request. */
MUST_USE enum err mailing_waiting_sites(struct db *db, struct arena *a, int64_t lead, int64_t **ret, size_t *ret_n);

/* Who was asked about a site: list of {ref, route, at, organisation, email, state, answer, answered_at, incident,
 * thread}, oldest first. */
MUST_USE enum err mailing_attempts(struct db *db, struct arena *a, int64_t site, struct value *list);
/* The same for a letter's text: who was asked about any of its sites and when. */
struct mailing_attempt {
	const char *organisation, *organisation_en;
	int64_t at;
};
MUST_USE enum err mailing_letter_attempts(struct db *db, struct arena *a, const struct mailing_letter *l, int limit,
    struct mailing_attempt **ret, size_t *ret_n);

#endif
