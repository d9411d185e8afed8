/* SPDX-License-Identifier: Apache-2.0 */
/* journal_chain.h - what is hashed and signed: docs/schema/journal.md. */
#ifndef JOURNAL_JOURNAL_CHAIN_H
#define JOURNAL_JOURNAL_CHAIN_H

#include <stdbool.h>

#include "journal/journal.h"

#define JOURNAL_HASH 32 /* bytes of a digest and of a head */
#define JOURNAL_SALT 16

struct journal_row { /* what an entry's digest covers */
	int64_t at, actor, object_id, also_id;
	struct str actor_name, action, object, also; /* also: empty = none */
	const unsigned char *payload; /* the payload's digest; NULL = none */
};

void journal_chain_payload(unsigned char ret[JOURNAL_HASH], const unsigned char salt[JOURNAL_SALT],
    struct str payload);
void journal_chain_digest(unsigned char ret[JOURNAL_HASH], const struct journal_row *row);
/* ${head} moves on by one entry. */
void journal_chain_next(struct journal_head *head, int64_t id, const unsigned char digest[JOURNAL_HASH]);

/* One line of a heads file. ERR_INVALID: cannot be read; ERR_DENIED: the
 * signature is not by ${public_key}. */
MUST_USE enum err journal_chain_line_parse(struct str line, const unsigned char public_key[32],
    struct journal_head *ret, int64_t *ret_at);

#endif
