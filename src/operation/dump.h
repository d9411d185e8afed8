/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dump.h - all of an instance as a row of records: docs/schema/backup.md.
 *
 * A source makes records, a sink takes them: a file (backup), a database
 * (restore), or one at the other (db move). Every part carries its BLAKE2b,
 * and the last record that of all before it.
 */
#ifndef OPERATION_DUMP_H
#define OPERATION_DUMP_H

#include <sodium.h>

#include "base/err.h"
#include "base/str.h"
#include "text/value.h"

#define DUMP_VERSION 1
#define DUMP_RECORD LIMIT_MIB(64) /* bytes of one at most */
#define DUMP_HASH 32

enum dump_kind {
	DUMP_HEAD = 1, /* JSON, once */
	DUMP_PART,     /* JSON: name and what belongs to it */
	DUMP_DATA,     /* bytes, or whole rows */
	DUMP_END,      /* JSON: rows, bytes, digest of the part's data */
	DUMP_FOOT,     /* JSON: parts, digest of everything before; the last */
};

struct dump_sink {
	enum err (*record)(void *object, enum dump_kind kind, struct str bytes);
	void *object;
};

/* Making records. */
struct dump_make {
	crypto_generichash_state all, part;
	struct dump_sink to;
	int64_t parts, rows, bytes;
};
void dump_make_init(struct dump_make *m, struct dump_sink to);
MUST_USE enum err dump_make_head(struct dump_make *m, const struct value *head);
MUST_USE enum err dump_make_part(struct dump_make *m, const struct value *part);
MUST_USE enum err dump_make_data(struct dump_make *m, struct str bytes, int64_t rows);
MUST_USE enum err dump_make_end(struct dump_make *m);
MUST_USE enum err dump_make_foot(struct dump_make *m);

/* Looking at them: order, form and digests. */
struct dump_check {
	crypto_generichash_state all, part;
	struct arena *a; /* of this part's JSON; forgotten at the next part */
	enum { DUMP_AT_START, DUMP_BETWEEN, DUMP_INSIDE, DUMP_OVER } at;
	struct value *json; /* of the record just seen, but DUMP_DATA */
	int64_t parts, bytes;
	const char *fault; /* what is wrong, one English sentence */
};
void dump_check_init(struct dump_check *c);
void dump_check_done(struct dump_check *c);
/* ERR_INVALID: damaged, see ${c->fault}. */
MUST_USE enum err dump_check_record(struct dump_check *c, enum dump_kind kind, struct str bytes);
/* After the last one: ERR_INVALID when it was not the foot. */
MUST_USE enum err dump_check_end(struct dump_check *c);

/* A file of records: a first line, then one zstd frame. */
struct dump_out;
MUST_USE enum err dump_out_new(int fd, struct dump_out **ret);
struct dump_sink dump_out_sink(struct dump_out *o);
MUST_USE enum err dump_out_end(struct dump_out *o); /* not synced */
void dump_out_free(struct dump_out *o);
AUTO_DEFINE(dump_out)

struct dump_source { /* fewer than ${n} bytes only at the end */
	enum err (*read)(void *object, void *p, size_t n, size_t *ret);
	void *object;
};
/* All records of ${from} into ${to}, checked on the way (${c} is initialised).
 * ERR_INVALID: no backup, or damaged. */
MUST_USE enum err dump_read(struct dump_source from, struct dump_check *c, struct dump_sink to);
struct dump_source dump_source_fd(const int *fd);

#endif
