/* SPDX-License-Identifier: Apache-2.0 */
/*
 * imap.h - fetch new mail from a mailbox (RFC 3501), by polling.
 *
 * A mail is fetched when its UID is above the last one that was stored, or when
 * it is unseen; the first poll of a mailbox takes only the unseen. Fetching
 * marks nothing: a mail is marked, moved or deleted only after ${store} said
 * that it is durable. So nothing is lost at any moment, and at worst something
 * comes twice.
 */
#ifndef NET_IMAP_H
#define NET_IMAP_H

#include "net/net.h"

enum imap_after {
	IMAP_AFTER_SEEN,   /* stays, marked \Seen */
	IMAP_AFTER_MOVE,   /* to ${move_to} */
	IMAP_AFTER_DELETE, /* and expunge */
};

struct imap_box {
	struct net_server server;
	const char *folder; /* "INBOX" */
	enum imap_after after;
	const char *move_to;
	size_t most; /* mails a poll; 0: 100 */
};

struct imap_state {
	uint32_t validity; /* UIDVALIDITY; 0: never polled */
	uint32_t uid;	   /* the highest that was stored, or was there at first */
};

struct imap_mail {
	uint32_t validity, uid;
	struct str raw;	 /* empty when it was too large */
	bool too_large;	 /* over LIMIT_MAIL: left in the mailbox */
};

/* Makes ${m} durable together with the new state (validity and uid of ${m});
 * an error ends the poll, and the mail comes again. */
typedef enum err (*imap_store)(void *object, struct arena *a, const struct imap_mail *m);

/*
 * One poll. ${state} is advanced for every stored mail. *ret_n: how many.
 * Errors like smtp_send's; *ret_why is then an English sentence.
 */
MUST_USE enum err imap_poll(struct arena *a, const struct imap_box *box, struct imap_state *state, imap_store store, void *object, size_t *ret_n, const char **ret_why);

#endif
