/* SPDX-License-Identifier: Apache-2.0 */
/*
 * thread_store.h - to which thread an incoming mail belongs.
 *
 * A token in our address is a secret that only the thread's party has. A
 * reference is known to who got our mail: the sender must be the one we wrote
 * to, or of the same organisation's domain. A tag in a subject anybody can
 * write: there the address must be the very one. Whatever does not fit becomes
 * a report of its own. Only what was sent can bounce.
 */
#ifndef INCIDENT_THREAD_STORE_H
#define INCIDENT_THREAD_STORE_H

#include "base/err.h"
#include "mail/mail_thread.h"

struct arena;
struct db;

struct thread {
	int64_t notification_id, incident_id, report_id; /* 0 = none */
	int64_t bounced_id; /* the message of ours that came back, 0 = none */
	int64_t ours_id;    /* the message of ours that it answers, when that is of no thread */
};

/* All zero when it belongs to none. */
MUST_USE enum err thread_find(struct db *db, struct arena *a, const struct mail *m,
    const struct mail_thread_keys *keys, struct thread *ret);

/* The answer ${message} of ${notification}: counted as unread, the silence
 * ends, the state becomes acknowledged. What a machine wrote (${automatic}: out
 * of office, "your ticket is …") is only counted: nobody has read our request.
 * Journal on the incident. */
MUST_USE enum err thread_answer(struct db *db, struct arena *a, int64_t notification, int64_t message,
    const char *from, bool automatic, int64_t now);
/* Our message ${bounced} came back. */
MUST_USE enum err thread_bounce(struct db *db, struct arena *a, int64_t bounced, int64_t message,
    const char *recipient, const char *why, int64_t now);
/* More from the reporter of ${report}. Somebody must see it: a report that was
 * answered, declined or closed is new again; the incident of another gets a
 * task. Not for what a machine wrote. */
MUST_USE enum err thread_more(struct db *db, struct arena *a, int64_t report, int64_t message,
    const char *from, bool automatic, int64_t now);

#endif
