/* SPDX-License-Identifier: Apache-2.0 */
/* notice_store.h - what one person is told: the bell. */
#ifndef INCIDENT_NOTICE_STORE_H
#define INCIDENT_NOTICE_STORE_H

#include "auth/auth.h"
#include "journal/journal.h"

struct blob_store;
struct db;
struct value;

struct notice {
	int64_t person_id, at;
	const char *kind;   /* mention watch */
	const char *object; /* report incident */
	int64_t object_id;
	int64_t from_id;    /* 0 = the program */
	const char *text;   /* words around the name; the value that was met */
	int64_t watch_id;   /* 0 = none */
	bool mail;	    /* by mail too; it names only the number */
};
/* ${to}: the person. ${*ret} false: inactive, may not see it, or was told the
 * same already; then nothing is written. */
MUST_USE enum err notice_add(struct db *db, struct blob_store *blobs, struct arena *a, const struct notice *n,
    const struct user *to, bool *ret);

/* ${me}'s notices, newest first below id ${before} (0 = from the top), of what
 * ${me} may still see: {id, kind, at, read, ref, title, from, text}. */
MUST_USE enum err notice_list(struct db *db, struct arena *a, const struct user *me, int64_t before, int limit,
    struct value *list);
/* ${id} 0: all of ${person}'s. ERR_NOT_FOUND: another person's. */
MUST_USE enum err notice_read(struct db *db, int64_t person, int64_t id, bool read, int64_t now);
/* Those about this record are read: it is open. */
MUST_USE enum err notice_read_of(struct db *db, int64_t person, const char *object, int64_t id, int64_t now);

/*
 * Tell those whom ${text}, a note on ${object} ${id}, names with @. Names of
 * people: mention.h. ${told}, ${hidden}: lists of names; hidden are those who may
 * not see the record and were not told.
 */
MUST_USE enum err notice_mention(struct db *db, struct blob_store *blobs, struct arena *a, const char *object,
    int64_t id, struct str text, struct actor by, struct value *told, struct value *hidden);

#endif
