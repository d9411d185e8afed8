/* SPDX-License-Identifier: Apache-2.0 */
/* segment_strip.c - the file again, without what retention takes. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limit.h"
#include "sys/files.h"
#include "telescope/segment_priv.h"

static bool
is_kept(const struct segment_entry *x, enum segment_kept kept)
{
	switch (x->kind) {
	case FRAME_META:
	case FRAME_PORTS:
	case FRAME_PORT_SUMS:
	case FRAME_TARGETS:
	case FRAME_HOURS:
	case FRAME_ROLLUP:
		return true;
	case FRAME_USUAL:
		return kept == SEGMENT_KEPT_CORE && x->number != USUAL_IP_ID && x->number != USUAL_WINDOW && x->number != USUAL_SEQ;
	case FRAME_PAYLOADS:
	case FRAME_COLUMN + SEGMENT_IP_ID:
	case FRAME_COLUMN + SEGMENT_WINDOW:
	case FRAME_COLUMN + SEGMENT_SEQ:
	case FRAME_COLUMN + SEGMENT_PAYLOAD:
		return false;
	default:
		return kept == SEGMENT_KEPT_CORE;
	}
}

static void
put(char *p, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		p[i] = (char)(v >> (8 * i));
}

static void
directory_add(struct buf *b, const struct segment_entry *x)
{
	char p[ENTRY_SIZE];

	put(p, x->kind, 2);
	put(p + 2, x->number, 2);
	put(p + 4, x->n, 4);
	put(p + 8, x->hash, 8);
	buf_add(b, p, sizeof(p));
}

static enum err
frames_copy(struct segment *s, enum segment_kept kept, int fd, struct buf *directory, uint64_t *bytes)
{
	struct segment_entry x;
	struct str f;

	for (uint32_t i = 0; segment_entry_at(s, i, &x); i++) {
		if (!is_kept(&x, kept))
			continue;
		TRY(segment_entry_read(s, &x, &f));
		TRY(files_write_fd(fd, f));
		directory_add(directory, &x);
		*bytes += x.n;
	}
	return buf_error(directory);
}

static enum err
end_put(struct segment *s, enum segment_kept kept, int fd, struct buf *b, uint64_t *ret_hash, uint64_t *bytes)
{
	uint64_t options = (segment_info(s)->microseconds ? OPTION_MICROSECONDS : 0) |
	    (kept == SEGMENT_KEPT_SUMS ? OPTION_CORE | OPTION_SUMS : OPTION_CORE);
	uint64_t entries = b->n / ENTRY_SIZE, hash = segment_hash(b->p, b->n);
	char p[FOOTER_SIZE];

	memcpy(p, segment_footer(s), sizeof(p));
	put(p + FOOTER_PAYLOADS, 0, 4);
	put(p + FOOTER_OPTIONS, options, 4);
	put(p + FOOTER_ENTRIES, entries, 4);
	put(p + FOOTER_DIRECTORY, hash, 8);
	put(p + FOOTER_HASH, segment_hash(p, FOOTER_HASH), 8);
	buf_add(b, p, sizeof(p));
	TRY(buf_error(b));
	*bytes += b->n;
	*ret_hash = hash;
	return files_write_fd(fd, buf_view(b));
}

enum err
segment_strip(struct segment *s, enum segment_kept kept, int fd, uint64_t *ret_hash, uint64_t *ret_bytes)
{
	uint64_t bytes = sizeof(SEGMENT_MAGIC) - 1;
	struct buf directory;
	enum err e;

	if (kept <= segment_info(s)->kept)
		return ERR_INVALID;
	buf_init(&directory, LIMIT_MIB(128));
	e = files_write_fd(fd, STR(SEGMENT_MAGIC));
	if (e == OK)
		e = frames_copy(s, kept, fd, &directory, &bytes);
	if (e == OK)
		e = end_put(s, kept, fd, &directory, ret_hash, &bytes);
	buf_done(&directory);
	TRY(e);
	*ret_bytes = bytes;
	return fsync(fd) == 0 ? OK : ERR_IO;
}
