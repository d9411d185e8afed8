/* SPDX-License-Identifier: Apache-2.0 */
/* The file of a dump: a first line, then one zstd frame of records. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "base/buf.h"
#include "base/limit.h"
#include "base/scan.h"
#include "operation/dump.h"
#include "sys/files.h"

#define FIRST_LINE "TOBIGUCHI BACKUP 1\n"
#define LEVEL 3
#define PIECE ((size_t)128 * 1024)
#define WINDOW_LOG 23 /* 8 MiB: what a reader must be ready to hold */

struct dump_out {
	int fd;
	ZSTD_CCtx *z;
	char piece[PIECE];
};

/* ${how} ZSTD_e_continue or ZSTD_e_end. */
static enum err
squeeze(struct dump_out *o, struct str bytes, ZSTD_EndDirective how)
{
	ZSTD_inBuffer in = { .src = bytes.p, .size = bytes.n };
	size_t left = 1;

	while (in.pos < in.size || (how == ZSTD_e_end && left > 0)) {
		ZSTD_outBuffer out = { .dst = o->piece, .size = PIECE };

		left = ZSTD_compressStream2(o->z, &out, &in, how);
		if (ZSTD_isError(left) != 0)
			return ERR_IO;
		TRY(files_write_fd(o->fd, (struct str){ o->piece, out.pos }));
	}
	return OK;
}

static enum err
out_record(void *object, enum dump_kind kind, struct str bytes)
{
	struct dump_out *o = object;
	const unsigned char head[5] = { (unsigned char)kind, (unsigned char)(bytes.n >> 24),
		(unsigned char)(bytes.n >> 16), (unsigned char)(bytes.n >> 8), (unsigned char)bytes.n };

	TRY(squeeze(o, (struct str){ (const char *)head, sizeof(head) }, ZSTD_e_continue));
	return squeeze(o, bytes, ZSTD_e_continue);
}

enum err
dump_out_new(int fd, struct dump_out **ret)
{
	AUTO(dump_out) o = calloc(1, sizeof(*o));

	if (o == NULL || (o->z = ZSTD_createCCtx()) == NULL)
		abort(); /* as in the arena */
	o->fd = fd;
	if (ZSTD_isError(ZSTD_CCtx_setParameter(o->z, ZSTD_c_compressionLevel, LEVEL)) != 0 ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(o->z, ZSTD_c_checksumFlag, 1)) != 0)
		return ERR_IO;
	TRY(files_write_fd(fd, STR(FIRST_LINE)));
	*ret = o;
	o = NULL;
	return OK;
}

struct dump_sink
dump_out_sink(struct dump_out *o)
{
	return (struct dump_sink){ .record = out_record, .object = o };
}

enum err
dump_out_end(struct dump_out *o)
{
	return squeeze(o, STR_NULL, ZSTD_e_end);
}

void
dump_out_free(struct dump_out *o)
{
	if (o == NULL)
		return;
	(void)ZSTD_freeCCtx(o->z);
	free(o);
}

/* Reading */

struct reader {
	struct dump_source from;
	ZSTD_DCtx *z;
	ZSTD_inBuffer in;
	bool over; /* the frame ended */
	char piece[PIECE];
};

/* Exactly ${n} plain bytes; fewer only at the frame's end. */
static enum err
unsqueeze(struct reader *r, void *p, size_t n, size_t *ret)
{
	ZSTD_outBuffer out = { .dst = p, .size = n };

	while (out.pos < n && !r->over) {
		if (r->in.pos == r->in.size) {
			size_t got;

			TRY(r->from.read(r->from.object, r->piece, PIECE, &got));
			if (got == 0)
				break;
			r->in = (ZSTD_inBuffer){ .src = r->piece, .size = got };
		}
		size_t left = ZSTD_decompressStream(r->z, &out, &r->in);

		if (ZSTD_isError(left) != 0)
			return ERR_INVALID;
		r->over = left == 0;
	}
	*ret = out.pos;
	return OK;
}

/* The record's bytes, read as they come: a length alone takes no memory. */
static enum err
read_bytes(struct reader *r, struct buf *b, size_t n)
{
	while (n > 0) {
		size_t some = n < PIECE * 8 ? n : PIECE * 8, got;

		if (!buf_room(b, some))
			return ERR_LIMIT;
		TRY(unsqueeze(r, b->p + b->n, some, &got));
		if (got != some)
			return ERR_INVALID;
		b->n += some;
		n -= some;
	}
	return OK;
}

static enum err
read_records(struct reader *r, struct buf *b, struct dump_check *c, struct dump_sink to)
{
	unsigned char head[5];
	size_t n;

	for (;;) {
		TRY(unsqueeze(r, head, sizeof(head), &n));
		if (n == 0)
			return dump_check_end(c);
		if (n != sizeof(head))
			return ERR_INVALID;
		struct scan s = scan_of((struct str){ (const char *)head, sizeof(head) });
		enum dump_kind kind = (enum dump_kind)scan_u8(&s);
		size_t length = scan_u32(&s);

		if (length > DUMP_RECORD)
			return ERR_INVALID;
		buf_clear(b);
		TRY(read_bytes(r, b, length));
		TRY(dump_check_record(c, kind, buf_view(b)));
		if (to.record != NULL)
			TRY(to.record(to.object, kind, buf_view(b)));
	}
}

static enum err
read_all(struct reader *r, struct buf *b, struct dump_check *c, struct dump_sink to)
{
	char line[sizeof(FIRST_LINE) - 1];
	size_t n;

	TRY(r->from.read(r->from.object, line, sizeof(line), &n));
	if (n != sizeof(line) || memcmp(line, FIRST_LINE, n) != 0) {
		c->fault = "This is no backup of Tobiguchi.";
		return ERR_INVALID;
	}
	if (ZSTD_isError(ZSTD_DCtx_setParameter(r->z, ZSTD_d_windowLogMax, WINDOW_LOG)) != 0)
		return ERR_IO;
	enum err e = read_records(r, b, c, to);

	if (e == OK && (!r->over || r->in.pos < r->in.size))
		e = ERR_INVALID;
	if (e == OK)
		e = r->from.read(r->from.object, line, 1, &n);
	if (e == OK && n > 0)
		e = ERR_INVALID;
	if (e == ERR_INVALID && c->fault == NULL)
		c->fault = "The backup cannot be read to its end: the file is damaged.";
	return e;
}

enum err
dump_read(struct dump_source from, struct dump_check *c, struct dump_sink to)
{
	struct reader *r = calloc(1, sizeof(*r));
	struct buf b;

	if (r == NULL || (r->z = ZSTD_createDCtx()) == NULL)
		abort(); /* as in the arena */
	buf_init(&b, DUMP_RECORD);
	r->from = from;
	enum err e = read_all(r, &b, c, to);

	buf_done(&b);
	(void)ZSTD_freeDCtx(r->z);
	free(r);
	return e;
}

static enum err
read_fd(void *object, void *p, size_t n, size_t *ret)
{
	const int *fd = object;
	char *at = p;
	size_t got = 0;

	while (got < n) {
		ssize_t some = read(*fd, at + got, n - got);

		if (some < 0 && errno == EINTR)
			continue;
		if (some < 0)
			return ERR_IO;
		if (some == 0)
			break;
		got += (size_t)some;
	}
	*ret = got;
	return OK;
}

struct dump_source
dump_source_fd(const int *fd)
{
	return (struct dump_source){ .read = read_fd, .object = (void *)(uintptr_t)fd };
}
