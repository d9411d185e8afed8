/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal.h - the write-ahead log of what sensors sent.
 *
 * A folder of numbered files, NNNNNNNNNN.wal; one process appends to the newest,
 * and begins a new one from time to time; the others wait to be sealed into the
 * store (collector/seal.h).  Each file begins with an entry that holds the whole
 * state of before (WAL_STATE), so that older ones can go.
 *
 *	file	"TOBIwal\n" version:u8 zero:u8[7] number:u64, entries
 *	entry	"ENTR" kind:u32 length:u32 durable:u64 hash:u64, length bytes
 *
 * All numbers are big endian.  hash: SipHash-2-4 with the key of wal.c, over kind,
 * length, durable and the bytes. durable: what was known to be on disk when the entry was
 * written.  What is damaged below the durable mark of a later entry is bit rot
 * and is passed over; above it, a write that a crash cut off, of which nobody was
 * told.
 */
#ifndef COLLECTOR_WAL_H
#define COLLECTOR_WAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct arena;
struct wal;

enum wal_kind { WAL_STATE = 1, WAL_BATCH = 2 };

/* The numbers of the files in ${folder}, in order; none when it is not there. */
MUST_USE enum err wal_list(struct arena *a, const char *folder, const uint64_t **ret, size_t *ret_n);
const char *wal_path(struct arena *a, const char *folder, uint64_t number);

/* Reading */

/* One entry; ${bytes} are a view for the call. An error of it ends the reading. */
typedef enum err (*wal_entry_fn)(void *object, enum wal_kind kind, struct str bytes);
struct wal_reading {
	uint64_t entries;
	uint64_t damaged; /* places passed over that had been on disk */
	bool torn;	  /* its end was cut off by a crash: nobody was told of that */
};
/* ERR_NOT_FOUND; ERR_UNAVAILABLE: of a later version. */
MUST_USE enum err wal_read(const char *folder, uint64_t number, wal_entry_fn fn, void *object,
    struct wal_reading *ret);

/* Writing: all calls are safe from several threads. */

/*
 * Begin file ${number} with ${state}, whole or not at all. ERR_TIMEOUT: another
 * process writes here; ERR_UNAVAILABLE: the disk is full.
 */
MUST_USE enum err wal_open(const char *folder, uint64_t number, struct str state, struct wal **ret);
void wal_free(struct wal *w); /* what was appended is made durable */
AUTO_DEFINE(wal)
uint64_t wal_number(const struct wal *w);
uint64_t wal_size(const struct wal *w); /* of the newest file, without its state */
/*
 * Append to it; wal_sync() with ${*ret_mark} before anybody is told. A batch is its
 * time of receipt (UTC microseconds) and its bytes. ERR_UNAVAILABLE: the disk is
 * full, nothing was written. ERR_IO: it cannot be told what is on disk; nothing
 * more is taken until the process starts again.
 */
MUST_USE enum err wal_append(struct wal *w, int64_t received_at, struct str batch, uint64_t *ret_mark);
/* Wait until all up to ${mark} is on disk; those who wait share one fdatasync. */
MUST_USE enum err wal_sync(struct wal *w, uint64_t mark);
/* Go on in a new file that begins with ${state}, which is that of now: the caller
 * keeps others from appending meanwhile. */
MUST_USE enum err wal_rotate(struct wal *w, struct str state);

/* A WAL_BATCH taken apart. */
MUST_USE enum err wal_batch(struct str bytes, int64_t *ret_received_at, struct str *ret);

#endif
