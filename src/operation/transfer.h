/* SPDX-License-Identifier: Apache-2.0 */
/* transfer.h - an instance to records, and records to an instance. */
#ifndef OPERATION_TRANSFER_H
#define OPERATION_TRANSFER_H

#include "operation/dump.h"

struct arena;
struct blob_store;
struct db;

/* What is told afterwards. */
struct transfer {
	int64_t rows, blobs, files;
	int64_t made_at; /* of the backup */
	int64_t sealed;	 /* journal entries */
	const char *program; /* version that made it */
	char head[65];
	bool key; /* the secret key is in it */
};

struct export {
	struct db *db; /* in a read transaction, begun after ${heads} was read */
	struct blob_store *blobs;
	const char *data;	   /* the folder, or NULL: rows and blobs only */
	struct str heads;	   /* journal.heads */
	const unsigned char *key;  /* NULL: neither key nor keyring */
	int64_t now;
	const char *fault; /* what went wrong, one English sentence, or NULL */
};
MUST_USE enum err export_all(struct export *x, struct arena *a, struct dump_sink to,
    struct transfer *ret);

struct import {
	const char *db_url, *lock_path; /* of an empty database */
	const char *dir;	/* for blobs and files; an existing folder */
	bool files;		/* take key, keyring, heads */
	const unsigned char *key; /* given, or NULL: it must be in the backup */
	const char *heads_path; /* to verify with, when ${files} is false */
	const char *fault;	/* what is wrong, one English sentence, or NULL */
	void (*progress)(const char *what); /* or NULL */
	struct import_state *state;
};
/* All goes into one transaction; import_finish() makes the indexes, compares,
 * verifies the journal and commits. */
void import_init(struct import *i, struct dump_check *check);
struct dump_sink import_sink(struct import *i);
/* The same when no file is between: it fills ${check} itself. */
struct dump_sink import_sink_checked(struct import *i);
MUST_USE enum err import_finish(struct import *i, struct transfer *ret);
void import_done(struct import *i);

#endif
