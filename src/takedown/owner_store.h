/* SPDX-License-Identifier: Apache-2.0 */
/*
 * owner_store.h - what the owner of a watched brand is told (C-17).
 *
 * A site of such a brand that goes to the board is due. The job "owner.notice"
 * makes one mailing of all that are due: at once, after a while in which more may
 * come, or daily at the brand's hour. It is held like any other and leaves by
 * itself when the gate lets it; else it stays a draft until a person looks at it.
 * What needs a person's look (stricter than TLP:GREEN, or than TLP:AMBER where that
 * may go to the contact) is in a draft of its own, so that it does not hold up the rest. It asks for nothing: the sites are not "notified" by it, and no answer is waited
 * for. Sites of restricted incidents are left out.
 */
#ifndef TAKEDOWN_OWNER_STORE_H
#define TAKEDOWN_OWNER_STORE_H

#include "base/zone.h"
#include "directory/contact.h"
#include "journal/journal.h"

struct blob_store;
struct brand;
struct value;

/* When ${hour} strikes next in ${z}, after ${now}. */
int64_t owner_next_hour(const struct zone *z, int64_t hour, int64_t now);

/* The site got this brand (0: none): remember it when the owner wants to know and
 * was not told of it. */
MUST_USE enum err owner_site(struct db *db, struct arena *a, int64_t site, int64_t brand, int64_t now);
/* The brand was changed: what is due leaves as it says now; all that is due is
 * forgotten when the owner is not to be told any more. */
MUST_USE enum err owner_plan(struct db *db, struct arena *a, const struct brand *b, int64_t now);
/* Who is told: the brand's choice, else the organisation's first contact with a
 * mail address. ERR_NOT_FOUND: there is none that may be written to. */
MUST_USE enum err owner_contact(struct db *db, struct arena *a, const struct brand *b, struct contact *ret);
/* The job: a mailing of what is due. ${*ret_held} 0: none left by itself. */
MUST_USE enum err owner_notice(struct db *db, struct blob_store *blobs, struct arena *a, int64_t brand, int64_t now,
    int64_t *ret_held);

/* Newest first: list of {id, at, state, sites, blocked}. */
MUST_USE enum err owner_list(struct db *db, struct arena *a, int64_t brand, int limit, struct value *list);
/* Of one site: list of {mailing, state, at, organisation, email, incident, thread}. */
MUST_USE enum err owner_told(struct db *db, struct arena *a, int64_t site, struct value *list);

#endif
