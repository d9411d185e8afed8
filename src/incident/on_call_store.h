/* SPDX-License-Identifier: Apache-2.0 */
/* on_call_store.h - the plan of turns in the database, and who is told by it. */
#ifndef INCIDENT_ON_CALL_STORE_H
#define INCIDENT_ON_CALL_STORE_H

#include "auth/auth.h"
#include "incident/on_call.h"

struct blob_store;
struct db;

#define ON_CALL_LIST 500
/* Turns and covers that meet ${from}..${until}, by their start; at most ON_CALL_LIST. */
MUST_USE enum err on_call_list(struct db *db, struct arena *a, int64_t from, int64_t until, struct on_call **ret,
    size_t *ret_n);
/* At ${at}; id 0: nobody, or one who is no longer active. */
MUST_USE enum err on_call_now(struct db *db, struct arena *a, int64_t at, struct on_call *ret);
/* When the last turn ends; 0 = there is none. */
MUST_USE enum err on_call_last(struct db *db, int64_t *ret);
/* ERR_EXISTS: a turn that is no cover meets another one. */
MUST_USE enum err on_call_add(struct db *db, struct arena *a, struct on_call *t);
MUST_USE enum err on_call_get(struct db *db, struct arena *a, int64_t id, struct on_call *ret);
MUST_USE enum err on_call_delete(struct db *db, int64_t id);
/* The bell of who is on call, and a mail to one who wants mentions by mail: report
 * ${id} is urgent. Nothing while nobody is on call. */
MUST_USE enum err on_call_tell(struct db *db, struct blob_store *blobs, struct arena *a, int64_t id, int64_t now);

#endif
