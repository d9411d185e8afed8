/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mail_compose.h - a mail of ours, ready for SMTP.
 *
 * Plain text in UTF-8, lines of at most 70 columns, CRLF, only 7-bit bytes, so
 * that no server on the way has a reason to change what is signed (RFC 3156 3).
 */
#ifndef MAIL_COMPOSE_H
#define MAIL_COMPOSE_H

#include "mail/mail_crypt.h"

struct mail_file {
	const char *name;
	const char *media_type; /* "text/csv" */
	struct str bytes;
};

struct mail_draft {
	struct mail_address from;
	struct mail_addresses to, cc;
	struct mail_address reply_to; /* address NULL: none */
	const char *subject;
	struct str text; /* UTF-8; wrapped here */
	const char *message_id; /* without <>: mail_message_id() */
	const char *in_reply_to; /* without <>, or NULL */
	struct mail_texts references; /* without <>, oldest first */
	int64_t date;	 /* UTC milliseconds */
	int32_t offset;	 /* of the team's zone then, seconds east of UTC */
	bool automatic;	 /* an acknowledgement: Auto-Submitted (RFC 3834) */
	bool repeat;	 /* an earlier copy may have arrived: X-Tobiguchi-Repeat */
	const struct mail_file *files;
	size_t n_files;
	const char *sign_with; /* fingerprint of our key, or NULL */
	struct mail_texts encrypt_to; /* fingerprints; none: not encrypted */
};

/*
 * "${key}.RANDOM@${domain}", where ${key} is the thread's token, so that an
 * answer is found even when only this line of it survives.
 */
const char *mail_message_id(struct arena *a, const char *key, const char *domain);

/* ${crypt} may be NULL when nothing is signed or encrypted. Errors are those
 * of mail_crypt.h; ERR_INVALID: no recipient or sender; ERR_LIMIT: too big. */
MUST_USE enum err mail_compose(struct arena *a, const struct mail_draft *d, struct ipc *crypt, struct str *ret, const char **ret_why);

#endif
