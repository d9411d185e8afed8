/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mail_thread.h - which thread a mail may belong to. Pure.
 *
 * The caller looks the keys up in this order and takes the first that exists
 * and that the sender may write to: a subject can be copied by anybody.
 */
#ifndef MAIL_THREAD_H
#define MAIL_THREAD_H

#include "mail/mail.h"

enum mail_thread_kind {
	MAIL_THREAD_TOKEN,     /* what stands after "+" in our own address */
	MAIL_THREAD_REFERENCE, /* a Message-ID, without <> */
	MAIL_THREAD_TAG,       /* "INC-2026-00042", from the subject */
};

struct mail_thread_key {
	enum mail_thread_kind kind;
	const char *key;
};

struct mail_thread_keys {
	struct mail_thread_key *item;
	size_t n;
};

/* ${own}: our addresses, without "+token". For a bounce, also the id of the
 * mail that bounced. Each key is there once. */
void mail_thread_keys(struct arena *a, const struct mail *m, const char *const *own, size_t n_own, struct mail_thread_keys *ret);

/* "csirt+TOKEN@example.jp": the Reply-To of a thread. */
const char *mail_thread_address(struct arena *a, const char *own, const char *token);

/* "[INC-2026-42]" and "【INC-2026-00042】", full-width too, as "INC-2026-00042".
 * Adds nothing when there is none. */
void mail_thread_tags(struct arena *a, struct str subject, struct mail_texts *ret);

#endif
