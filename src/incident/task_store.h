/* SPDX-License-Identifier: Apache-2.0 */
/* task_store.h - what is to be done in an incident, and the ready lists. */
#ifndef INCIDENT_TASK_STORE_H
#define INCIDENT_TASK_STORE_H

#include "incident/incident_change_store.h"

struct task {
	int64_t id, incident_id;
	const char *title, *kind; /* kind: of the ready lists, or NULL */
	int64_t owner_id;
	const char *owner; /* or NULL */
	int64_t due_at, done_at;
	const char *done_by; /* name or NULL */
	int64_t position, created_at, created_by;
};
/* Open ones first, by due time; then those done. At most 200. */
MUST_USE enum err task_list(struct db *db, struct arena *a, int64_t incident, struct task **ret, size_t *ret_n);
/* ERR_NOT_FOUND also when it belongs to another incident. */
MUST_USE enum err task_get(struct db *db, struct arena *a, int64_t incident, int64_t id, struct task *ret);
/* A new one, also when a removed one comes back. */
MUST_USE enum err task_add(struct db *db, struct arena *a, const struct task *t, struct actor by, int64_t *ret_id);
MUST_USE enum err task_set_done(struct db *db, struct arena *a, const struct task *t, bool done, struct actor by);
/* Another title, owner and due time; nothing is written when they are the same. */
MUST_USE enum err task_change(struct db *db, struct arena *a, const struct task *was, const struct task *t,
    struct actor by, bool *ret_changed);
MUST_USE enum err task_remove(struct db *db, struct arena *a, const struct task *t, struct actor by);

/* Ready lists of tasks (playbook.c): what the handbooks say to do first. */
struct playbook_task {
	const char *kind;  /* isolate block preserve … */
	const char *title; /* msgid, context "playbook" */
	int due_hours;	   /* from now; 0 = open */
};
struct playbook {
	const char *name;  /* malware leak defacement phishing dos ics targeted other */
	const char *label; /* msgid, context "playbook" */
	const struct playbook_task *task; /* title NULL ends */
};
extern const struct playbook playbook_list[]; /* name NULL ends */
const struct playbook *playbook_find(const char *name); /* or NULL */
/* The one that fits an incident's class and label. */
const struct playbook *playbook_for(const char *rsit, const char *category);

#endif
