/* SPDX-License-Identifier: Apache-2.0 */
/*
 * site_bulk_store.h - one act on many sites, and putting many reports on the board:
 * workers of incident/bulk_store.h, so that thousands go in pieces and back.
 */
#ifndef TAKEDOWN_SITE_BULK_STORE_H
#define TAKEDOWN_SITE_BULK_STORE_H

#include "incident/bulk_store.h"

/*
 * Acts on sites (ids of sites); params {actor_name, owner, evidence}:
 *	check	look at it as soon as possible
 *	owner	"owner" (0 nobody)
 *	stop	it has stopped, "evidence" shows it
 *	reopen	it is there again, "evidence" why
 *	remove	off the board
 */
extern const struct bulk_worker site_bulk_worker;
/*
 * Reports to the board (ids of reports); params {actor_name, as: site brand one,
 * title, lang}. A report of a URL that is live on the board joins that incident.
 */
extern const struct bulk_worker site_put_worker;

#endif
