/* SPDX-License-Identifier: Apache-2.0 */
/* board_priv.h - how the board lies in memory. */
#ifndef TAKEDOWN_BOARD_PRIV_H
#define TAKEDOWN_BOARD_PRIV_H

#include <pthread.h>

#include "takedown/board.h"

/* Texts by their place in the pool; place 0 is "". */
struct board_row {
	int64_t id, incident_id, reported_at, notified_at, checked_at, stopped_at;
	uint32_t url, host, domain, tld, cc, as_name;
	uint32_t brand, owner, contact, asn;
	int32_t days;
	int16_t http_status;
	uint8_t state, route, origin, sector, result;
	uint8_t reopened;
	bool removed, mixed; /* its URL has capitals */
};
struct board_names {
	uint32_t *place; /* by id, 0 none */
	size_t size;
};
struct board {
	pthread_rwlock_t lock;
	struct board_row *row;
	size_t n, size;
	uint32_t *slot; /* by id: place in ${row} + 1 */
	size_t slots;
	char *pool;
	size_t pool_n, pool_size;
	uint32_t *table; /* of interned texts: open addressing, 0 free */
	size_t table_n, table_size;
	struct board_names name[2];
	int64_t change, change_id;
};

static inline const char *
board_text(const struct board *b, uint32_t place)
{
	return b->pool + place;
}

static inline const char *
board_name_of(const struct board *b, enum board_name kind, uint32_t id)
{
	return id < b->name[kind].size ? b->pool + b->name[kind].place[id] : "";
}

/* Places in site_states that the board asks for of every row. */
enum { BOARD_STOPPED = 3, BOARD_REOPENED = 4 };

/* A filter made ready for one walk. */
struct board_match {
	const struct board_filter *f;
	struct board_hidden hidden;
	int64_t now;
	uint32_t cc, tld, domain, host; /* places; UINT32_MAX: no such text, nothing matches */
	bool nothing;
	unsigned states; /* those that may match, a bit each */
	bool plain;	 /* nothing but the state is asked for */
	struct str q;	  /* in small letters */
	bool *brand;	  /* by id: its name has ${q} */
	size_t brands;
};
void board_match_init(const struct board *b, const struct board_filter *f, struct board_hidden hidden, int64_t now,
    struct board_match *ret);
void board_match_done(struct board_match *m);
bool board_match_rest(const struct board *b, const struct board_match *m, const struct board_row *r);
/* Most rows of most walks end in the first two lines. */
static inline bool
board_match(const struct board *b, const struct board_match *m, const struct board_row *r)
{
	if (r->removed || (m->states >> r->state & 1U) == 0)
		return false;
	return m->plain || board_match_rest(b, m, r);
}
/* From the first request (else the report) to the stop, or until now. */
int64_t board_elapsed(const struct board_row *r, int64_t now);
static inline bool
board_is_live(const struct board_row *r)
{
	return r->state != BOARD_STOPPED;
}
/* The middle one of ${v}, which is put into disorder; -1 for none. */
int64_t board_median(int64_t *v, size_t n);

#endif
