/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_manifest.h - MANIFEST: a line for each commit.
 *
 *	+NAME DAY FROM TO ROWS HASH <TAB> -NAME <TAB> !FILE <TAB> =NOTE <TAB> #CHECK <LF>
 *
 * Any number of +, - and !; at most one =. FILE is the mark of a file that was imported
 * with this commit (store_mark()), sixteen hexadecimal digits. CHECK is the XXH64 of all before the "#",
 * sixteen hexadecimal digits. The file is only appended to.
 */
#ifndef TELESCOPE_STORE_MANIFEST_H
#define TELESCOPE_STORE_MANIFEST_H

#include "base/buf.h"
#include "telescope/store.h"

struct arena;

struct manifest {
	struct store_entry *entry; /* by day, then by name */
	size_t n;
	const char *note;
	uint64_t *file; /* marks of imported ones */
	size_t files;
	size_t whole; /* bytes of finished lines */
};
/* ERR_INVALID: a finished line is damaged. */
MUST_USE enum err manifest_parse(struct arena *a, struct str text, struct manifest *ret);

/* One line in an empty buffer. */
void manifest_add(struct buf *line, const struct store_entry *entry);
void manifest_remove(struct buf *line, const char *name);
void manifest_file(struct buf *line, uint64_t mark);
void manifest_end(struct buf *line, const char *note);

#endif
