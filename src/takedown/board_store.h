/* SPDX-License-Identifier: Apache-2.0 */
/* board_store.h - the board from the database, and the rows of a page. */
#ifndef TAKEDOWN_BOARD_STORE_H
#define TAKEDOWN_BOARD_STORE_H

#include "takedown/board.h"
#include "takedown/site.h"

struct db;
struct user;

/*
 * Bring ${b} up to what ${db} sees. Only from a read transaction: what a writer
 * sees may never be committed. The first time reads all sites (a second for
 * 250,000), later only what changed.
 */
MUST_USE enum err board_refresh(struct board *b, struct db *db);
/* The one board of this process, brought up to what ${db} sees (as above). */
MUST_USE enum err board_shared(struct db *db, struct board **ret);
/* The incidents that ${u} may not see. */
MUST_USE enum err board_hidden(struct db *db, struct arena *a, const struct user *u, struct board_hidden *ret);

struct board_line { /* a site with what its row shows besides */
	struct site site;
	const char *incident_ref, *incident_title, *owner, *contact, *organisation; /* or NULL */
	int64_t asked, answered; /* letters about it */
	const char *answer;	 /* the last one's, or NULL */
};
/* Of ${ids}, in their order; those that are hidden from ${u} or not there are left out. */
MUST_USE enum err board_lines(struct db *db, struct arena *a, const int64_t *ids, size_t n, const struct user *u,
    struct board_line **ret, size_t *ret_n);
/* All of an incident that are on the board, oldest first, at most ${limit}. */
MUST_USE enum err board_of_incident(struct db *db, struct arena *a, int64_t incident, int limit, int64_t **ret, size_t *ret_n);

#endif
