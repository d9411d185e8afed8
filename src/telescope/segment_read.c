/* SPDX-License-Identifier: Apache-2.0 */
#include "telescope/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "telescope/segment_code.h"
#include "telescope/segment_priv.h"
#include "text/value.h"

#define TAIL LIMIT_KIB(16) /* read at once when a segment is opened */
#define MAGIC_SIZE (sizeof(SEGMENT_MAGIC) - 1)
#define ENTRIES_MAX 4194304
#define DAY_MS 86400000

struct segment {
	int fd;
	struct arena *a; /* of the tables */
	struct segment_code *code;
	bool own_code;
	struct segment_info info;
	struct segment_entry *entry;
	uint32_t entries;
	struct buf bytes; /* of one frame */
	unsigned char *tail; /* the file from tail_at on, until its directory */
	uint64_t tail_at;
	size_t tail_n;
	/* tables: read when they are first asked for */
	struct buf ports_bytes;
	struct ports_class *classes;
	struct segment_ports *ports;
	struct segment_sources *sources;
	struct segment_places *places;
	struct segment_targets *targets;
	uint32_t *target; /* IPv4 addresses of targets, 0 for IPv6 */
	struct segment_shape *shape;
	uint32_t *usual[USUALS];
	struct buf marks, blocks; /* of sources, as they are stored */
	struct segment_sum *sum[SEGMENT_BYS];
	uint32_t sums[SEGMENT_BYS];
	const char *attribution;
	struct str rollup;	 /* the chunk that was read last */
	uint32_t rollup_number; /* UINT32_MAX: none */
	struct buf rollup_bytes;
	struct buf payload;	/* likewise */
	uint32_t payload_number;
};

static uint64_t
number(const unsigned char *p, unsigned bytes)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < bytes; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

static enum err
read_at(int fd, void *p, size_t n, uint64_t at)
{
	for (size_t done = 0; done < n;) {
		ssize_t got = pread(fd, (char *)p + done, n - done, (off_t)(at + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ERR_IO;
		if (got == 0)
			return ERR_INVALID; /* shorter than it was */
		done += (size_t)got;
	}
	return OK;
}

static void *
many(size_t n, size_t each)
{
	void *p = reallocarray(NULL, n == 0 ? 1 : n, each);

	if (p == NULL)
		abort(); /* as the arena does */
	return p;
}

/* Opening */

static enum err
footer_parse(const unsigned char *p, struct segment_info *info, uint32_t *ret_entries)
{
	if (memcmp(p + FOOTER_MAGIC, SEGMENT_MAGIC, MAGIC_SIZE) != 0 || number(p + FOOTER_HASH, 8) != segment_hash(p, FOOTER_HASH))
		return ERR_INVALID;
	if (number(p + FOOTER_VERSION, 4) != SEGMENT_VERSION || number(p + FOOTER_OPTIONS, 4) > OPTIONS_KNOWN)
		return ERR_UNAVAILABLE;
	info->day = (int64_t)number(p + FOOTER_DAY, 8);
	info->from = (int64_t)number(p + FOOTER_FROM, 8);
	info->to = (int64_t)number(p + FOOTER_TO, 8);
	info->rows = (uint32_t)number(p + FOOTER_ROWS, 4);
	info->ports = (uint32_t)number(p + FOOTER_PORTS, 4);
	info->sources = (uint32_t)number(p + FOOTER_SOURCES, 4);
	info->targets = (uint32_t)number(p + FOOTER_TARGETS, 4);
	info->shapes = (uint32_t)number(p + FOOTER_SHAPES, 4);
	info->payloads = (uint32_t)number(p + FOOTER_PAYLOADS, 4);
	info->microseconds = (number(p + FOOTER_OPTIONS, 4) & OPTION_MICROSECONDS) != 0;
	info->kept = (number(p + FOOTER_OPTIONS, 4) & OPTION_SUMS) != 0 ? SEGMENT_KEPT_SUMS
	    : (number(p + FOOTER_OPTIONS, 4) & OPTION_CORE) != 0	? SEGMENT_KEPT_CORE
									: SEGMENT_KEPT_ALL;
	info->hash = number(p + FOOTER_DIRECTORY, 8);
	info->blocks = (info->rows + SEGMENT_BLOCK - 1) / SEGMENT_BLOCK;
	*ret_entries = (uint32_t)number(p + FOOTER_ENTRIES, 4);
	/* What cannot be was not written by us, though its hash is right. */
	if (info->rows == 0 || info->rows > SEGMENT_ROWS || info->ports == 0 || info->ports > info->rows ||
	    info->ports > SEGMENT_SLOTS || info->sources == 0 || info->sources > info->rows || info->targets == 0 ||
	    info->targets > LIMIT_TARGETS || info->targets > info->rows || info->shapes == 0 || info->shapes > LIMIT_SHAPES ||
	    info->payloads > info->rows || *ret_entries > ENTRIES_MAX || info->day < -36524 * 100 || info->day > 36524 * 100)
		return ERR_INVALID;
	return OK;
}

static enum err
directory_parse(struct segment *s, const unsigned char *p)
{
	uint64_t at = MAGIC_SIZE;

	if (segment_hash(p, (size_t)s->entries * ENTRY_SIZE) != s->info.hash)
		return ERR_INVALID;
	s->entry = many(s->entries, sizeof(*s->entry));
	for (uint32_t i = 0; i < s->entries; i++, p += ENTRY_SIZE) {
		s->entry[i] = (struct segment_entry){ .kind = (uint16_t)number(p, 2), .number = (uint16_t)number(p + 2, 2),
			.n = (uint32_t)number(p + 4, 4), .hash = number(p + 8, 8), .at = at };
		at += s->entry[i].n;
	}
	/* No byte of the file is outside of a frame, the directory or the footer. */
	return at + (uint64_t)s->entries * ENTRY_SIZE + FOOTER_SIZE == s->info.size ? OK : ERR_INVALID;
}

static enum err
opened(struct segment *s)
{
	unsigned char magic[MAGIC_SIZE];
	struct stat st;
	size_t n, directory;
	enum err e;

	if (fstat(s->fd, &st) != 0)
		return ERR_IO;
	if (!S_ISREG(st.st_mode) || st.st_size < (off_t)(MAGIC_SIZE + FOOTER_SIZE))
		return ERR_INVALID;
	s->info.size = (uint64_t)st.st_size;
	TRY(read_at(s->fd, magic, sizeof(magic), 0));
	if (memcmp(magic, SEGMENT_MAGIC, MAGIC_SIZE) != 0)
		return ERR_INVALID;
	n = s->info.size < TAIL ? (size_t)s->info.size : TAIL;
	s->tail = many(n, 1);
	s->tail_n = n;
	s->tail_at = s->info.size - n;
	TRY(read_at(s->fd, s->tail, n, s->tail_at));
	TRY(footer_parse(s->tail + n - FOOTER_SIZE, &s->info, &s->entries));
	directory = (size_t)s->entries * ENTRY_SIZE;
	if (directory > s->info.size - FOOTER_SIZE - MAGIC_SIZE)
		return ERR_INVALID;
	if (directory <= n - FOOTER_SIZE)
		return directory_parse(s, s->tail + n - FOOTER_SIZE - directory);
	unsigned char *p = many(directory, 1);

	e = read_at(s->fd, p, directory, s->info.size - FOOTER_SIZE - directory);
	if (e == OK)
		e = directory_parse(s, p);
	free(p);
	return e;
}

enum err
segment_open(const char *path, struct segment_code *k, struct segment **ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct segment *s;
	enum err e;

	if (fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : errno == EACCES || errno == EPERM ? ERR_DENIED : ERR_IO;
	s = many(1, sizeof(*s));
	*s = (struct segment){ .fd = fd, .a = arena_new(), .code = k == NULL ? segment_code_new() : k, .own_code = k == NULL, .rollup_number = UINT32_MAX,
		.payload_number = UINT32_MAX };
	buf_init(&s->bytes, LIMIT_MIB(1024));
	buf_init(&s->ports_bytes, LIMIT_MIB(16));
	buf_init(&s->rollup_bytes, LIMIT_MIB(64));
	buf_init(&s->payload, LIMIT_MIB(64));
	buf_init(&s->marks, LIMIT_MIB(64));
	buf_init(&s->blocks, LIMIT_MIB(64));
	e = opened(s);
	if (e != OK) {
		segment_free(s);
		return e;
	}
	*ret = s;
	return OK;
}

void
segment_free(struct segment *s)
{
	if (s == NULL)
		return;
	(void)close(s->fd); /* only read */
	free(s->tail);
	free(s->entry);
	buf_done(&s->bytes);
	buf_done(&s->ports_bytes);
	buf_done(&s->rollup_bytes);
	buf_done(&s->payload);
	buf_done(&s->marks);
	buf_done(&s->blocks);
	if (s->own_code)
		segment_code_free(s->code);
	arena_free(s->a);
	free(s);
}

const struct segment_info *
segment_info(const struct segment *s)
{
	return &s->info;
}

/* Frames */

bool
segment_entry_at(struct segment *s, uint32_t i, struct segment_entry *ret)
{
	if (i >= s->entries)
		return false;
	*ret = s->entry[i];
	return true;
}

const unsigned char *
segment_footer(const struct segment *s)
{
	return s->tail + s->tail_n - FOOTER_SIZE;
}

/* Into ${b}, when it is not here already. */
static enum err
entry_read(struct segment *s, const struct segment_entry *x, struct buf *b, struct str *ret)
{
	const void *p;

	if (x->at >= s->tail_at) {
		p = s->tail + (x->at - s->tail_at);
	} else {
		buf_clear(b);
		if (!buf_room(b, x->n == 0 ? 1 : x->n))
			return ERR_INVALID;
		TRY(read_at(s->fd, b->p, x->n, x->at));
		p = b->p;
	}
	if (segment_hash(p, x->n) != x->hash)
		return ERR_INVALID;
	*ret = (struct str){ p, x->n };
	return OK;
}

enum err
segment_entry_read(struct segment *s, const struct segment_entry *x, struct str *ret)
{
	return entry_read(s, x, &s->bytes, ret);
}

/* Frames of one kind lie in order of their numbers, but kinds take turns. */
static const struct segment_entry *
entry_find(const struct segment *s, unsigned kind, uint32_t at)
{
	uint32_t columns = 0;

	if (kind >= FRAME_COLUMN) {
		/* Each block has the same columns in the same order. */
		while (columns < s->entries && s->entry[columns].kind >= FRAME_COLUMN && s->entry[columns].number == 0)
			columns++;
	}
	for (uint32_t i = columns * at; i < s->entries; i++) {
		if (s->entry[i].kind == kind && s->entry[i].number == at)
			return &s->entry[i];
	}
	return NULL;
}

static enum err
frame_to(struct segment *s, unsigned kind, uint32_t at, struct buf *b, struct str *ret)
{
	const struct segment_entry *x = entry_find(s, kind, at);

	if (x == NULL)
		return s->info.kept == SEGMENT_KEPT_ALL ? ERR_INVALID : ERR_NOT_FOUND;
	return entry_read(s, x, b, ret);
}

/* A view until the next frame is read. */
static enum err
frame(struct segment *s, unsigned kind, uint32_t at, struct str *ret)
{
	return frame_to(s, kind, at, &s->bytes, ret);
}

enum err
segment_verify(struct segment *s, unsigned *ret_bad)
{
	unsigned bad = 0;

	for (uint32_t i = 0; i < s->entries; i++) {
		struct str bytes;
		enum err e = segment_entry_read(s, &s->entry[i], &bytes);

		if (e != OK && e != ERR_INVALID)
			return e;
		bad += e != OK;
	}
	*ret_bad = bad;
	return OK;
}

const char *
segment_size_of(struct segment *s, unsigned at, uint64_t *ret_bytes)
{
	static const struct kind {
		const char *name;
		unsigned kind;
	} kinds[] = {
		{ "run", FRAME_COLUMN + SEGMENT_RUN }, { "source", FRAME_COLUMN + SEGMENT_SOURCE }, { "at", FRAME_COLUMN + SEGMENT_AT },
		{ "target", FRAME_COLUMN + SEGMENT_TARGET }, { "sport", FRAME_COLUMN + SEGMENT_SPORT },
		{ "ttl", FRAME_COLUMN + SEGMENT_TTL }, { "shape", FRAME_COLUMN + SEGMENT_SHAPE },
		{ "ip_id", FRAME_COLUMN + SEGMENT_IP_ID }, { "window", FRAME_COLUMN + SEGMENT_WINDOW },
		{ "seq", FRAME_COLUMN + SEGMENT_SEQ }, { "microsecond", FRAME_COLUMN + SEGMENT_MICRO },
		{ "payload", FRAME_COLUMN + SEGMENT_PAYLOAD }, { "payloads", FRAME_PAYLOADS }, { "ports", FRAME_PORTS },
		{ "port_sums", FRAME_PORT_SUMS }, { "sources", FRAME_SOURCES }, { "source_rows", FRAME_SOURCE_ROWS }, { "places", FRAME_PLACES }, { "usual", FRAME_USUAL },
		{ "source_blocks", FRAME_SOURCE_BLOCKS }, { "source_marks", FRAME_SOURCE_MARKS }, { "targets", FRAME_TARGETS }, { "shapes", FRAME_SHAPES },
		{ "hours", FRAME_HOURS }, { "rollup", FRAME_ROLLUP }, { "meta", FRAME_META }, { "directory", 0 },
	};
	uint64_t n = 0;

	if (at >= COUNT(kinds))
		return NULL;
	if (kinds[at].kind == 0)
		n = MAGIC_SIZE + (uint64_t)s->entries * ENTRY_SIZE + FOOTER_SIZE;
	for (uint32_t i = 0; i < s->entries; i++)
		n += s->entry[i].kind == kinds[at].kind ? s->entry[i].n : 0;
	*ret_bytes = n;
	return kinds[at].name;
}

/* Tables */

/* The parts of the ports' frame: views of s->ports_bytes, but numbers that were unpacked. */
struct ports_class {
	uint32_t n, rows;
	const unsigned char *dense; /* 65536 bytes, or NULL */
	const uint32_t *more;	    /* of those that are PORTS_MORE, in order */
	uint32_t mores;
	const uint32_t *gap, *count; /* not dense */
};

WIDE static uint32_t
count_more(const unsigned char *p, uint32_t *ret_ports)
{
	uint32_t n = 0, ports = 0;

	for (uint32_t i = 0; i < 65536; i++) {
		n += p[i] == PORTS_MORE;
		ports += p[i] != 0;
	}
	*ret_ports = ports;
	return n;
}

static enum err
dense_get(struct segment *s, struct str whole, struct str *f, struct ports_class *c)
{
	struct str part;
	uint32_t *more, mores, ports;

	/* Stored as it is: a view that stays. */
	TRY(segment_get(s->code, f, 65536, &part));
	if (part.n != 65536 || part.p < whole.p || part.p >= whole.p + whole.n)
		return ERR_INVALID;
	c->dense = (const unsigned char *)part.p;
	mores = count_more(c->dense, &ports);
	if (ports != c->n)
		return ERR_INVALID;
	more = arena_many(s->a, uint32_t, mores + 1);
	TRY(segment_get_sizes(s->code, f, more, mores));
	c->more = more;
	c->mores = mores;
	return OK;
}

static enum err
class_get(struct segment *s, struct str whole, struct str *f, struct ports_class *c)
{
	uint32_t *gap, *count;

	if (c->n > PORTS_SPARSE)
		return dense_get(s, whole, f, c);
	gap = arena_many(s->a, uint32_t, c->n + 1);
	count = arena_many(s->a, uint32_t, c->n + 1);
	TRY(segment_get_sizes(s->code, f, gap, c->n));
	TRY(segment_get_sizes(s->code, f, count, c->n));
	c->gap = gap;
	c->count = count;
	return OK;
}

static enum err
classes_get(struct segment *s, const struct ports_class **ret)
{
	struct ports_class *c;
	struct str f, part;
	uint64_t n = 0, rows = 0;

	if (s->classes != NULL) {
		*ret = s->classes;
		return OK;
	}
	TRY(frame_to(s, FRAME_PORTS, 0, &s->ports_bytes, &f)); /* it, and the file's end, stay */
	struct str whole = f;

	TRY(segment_get(s->code, &f, SEGMENT_CLASSES * 20, &part));
	c = arena_many(s->a, struct ports_class, SEGMENT_CLASSES);
	for (unsigned i = 0; i < SEGMENT_CLASSES; i++) {
		uint64_t v[2];

		if (!segment_get_number(&part, &v[0]) || !segment_get_number(&part, &v[1]) || v[0] > 65536 || v[1] > s->info.rows)
			return ERR_INVALID;
		c[i] = (struct ports_class){ .n = (uint32_t)v[0], .rows = (uint32_t)v[1] };
		n += v[0];
		rows += v[1];
	}
	if (n != s->info.ports || rows != s->info.rows)
		return ERR_INVALID;
	for (unsigned i = 0; i < SEGMENT_CLASSES; i++)
		TRY(class_get(s, whole, &f, &c[i]));
	s->classes = c;
	*ret = c;
	return OK;
}

enum err
segment_ports(struct segment *s, const struct segment_ports **ret)
{
	const struct ports_class *c;
	struct segment_ports *t;
	uint32_t *slot, *first, at = 0, n = s->info.ports;
	uint64_t rows = 0;

	if (s->ports != NULL) {
		*ret = s->ports;
		return OK;
	}
	TRY(classes_get(s, &c));
	slot = arena_many(s->a, uint32_t, n + 1);
	first = arena_many(s->a, uint32_t, n + 1);
	for (unsigned class = 0; class < SEGMENT_CLASSES; class++) {
		uint32_t more = 0, end = at + c[class].n;
		uint64_t port = 0;

		/* As many of it as there are not 0: see dense_get(). Those that are 0 are written over. */
		for (uint32_t i = 0; c[class].dense != NULL && i < 65536; i++) {
			uint32_t here = c[class].dense[i];

			slot[at] = class << 16 | i;
			first[at] = (uint32_t)rows;
			at += here > 0;
			rows += here;
			if (here == PORTS_MORE)
				rows += c[class].more[more++];
		}
		if (rows > s->info.rows)
			return ERR_INVALID;
		for (uint32_t i = 0; c[class].dense == NULL && i < c[class].n; i++) {
			uint32_t here = c[class].count[i];

			port += c[class].gap[i] + (i > 0);
			if (here == 0 || here > s->info.rows - rows || port > 65535)
				return ERR_INVALID;
			slot[at] = class << 16 | (uint32_t)port;
			first[at++] = (uint32_t)rows;
			rows += here;
		}
		if (at != end)
			return ERR_INVALID;
	}
	if (rows != s->info.rows)
		return ERR_INVALID;
	first[n] = (uint32_t)rows;
	t = arena_one(s->a, struct segment_ports);
	*t = (struct segment_ports){ .n = n, .slot = slot, .first = first };
	s->ports = t;
	*ret = t;
	return OK;
}

WIDE static void
add_bytes(uint32_t *sum, const unsigned char *count)
{
	for (uint32_t i = 0; i < 65536; i++)
		sum[i] += count[i];
}

enum err
segment_ports_add(struct segment *s, uint32_t *sum)
{
	const struct ports_class *c;

	TRY(classes_get(s, &c));
	for (unsigned class = 0; class < SEGMENT_CLASSES; class++) {
		uint32_t *of = sum + (size_t)class * 65536;
		uint64_t port = 0;

		if (c[class].dense != NULL) {
			uint32_t more = 0;

			add_bytes(of, c[class].dense);
			for (const unsigned char *p = c[class].dense; more < c[class].mores; p++) {
				p = memchr(p, PORTS_MORE, (size_t)(c[class].dense + 65536 - p));
				if (p == NULL)
					return ERR_INVALID;
				of[p - c[class].dense] += c[class].more[more++];
			}
			continue;
		}
		for (uint32_t i = 0; i < c[class].n; i++) {
			port += c[class].gap[i] + (i > 0);
			if (port > 65535)
				return ERR_INVALID;
			of[port] += c[class].count[i];
		}
	}
	return OK;
}

WIDE static void
sum_bytes(const unsigned char *count, uint32_t n, struct segment_port *ret, uint32_t *ret_more)
{
	uint32_t places = 0, rows = 0, more = 0;

	for (uint32_t i = 0; i < n; i++) {
		places += count[i] != 0;
		rows += count[i];
		more += count[i] == PORTS_MORE;
	}
	ret->place += places;
	ret->first += rows;
	*ret_more = more;
}

enum err
segment_port_find(struct segment *s, uint32_t slot, struct segment_port *ret)
{
	struct segment_port found = { 0 };
	const struct ports_class *c;
	uint32_t more, port = slot & 0xffff;
	uint64_t at = 0;

	if (slot >= SEGMENT_SLOTS)
		return ERR_NOT_FOUND;
	TRY(classes_get(s, &c));
	for (unsigned class = 0; class < slot >> 16; class++) {
		found.place += c[class].n;
		found.first += c[class].rows;
	}
	c += slot >> 16;
	if (c->dense != NULL) {
		sum_bytes(c->dense, port, &found, &more);
		for (uint32_t i = 0; i < more; i++)
			found.first += c->more[i];
		found.rows = c->dense[port];
		if (found.rows == PORTS_MORE)
			found.rows += c->more[more];
	}
	for (uint32_t i = 0; c->dense == NULL && i < c->n; i++) {
		at += c->gap[i] + (i > 0);
		if (at >= port) {
			found.rows = at == port ? c->count[i] : 0;
			break;
		}
		found.place++;
		found.first += c->count[i];
	}
	if (found.rows == 0)
		return ERR_NOT_FOUND;
	if (found.place >= s->info.ports || found.rows > s->info.rows || found.first > s->info.rows - found.rows)
		return ERR_INVALID;
	*ret = found;
	return OK;
}

enum err
segment_port_sums(struct segment *s, const struct segment_ports **ret)
{
	const struct segment_ports *t;
	uint32_t *sources, *targets;
	struct str f;

	TRY(segment_ports(s, &t));
	*ret = t;
	if (t->sources != NULL)
		return OK;
	TRY(frame(s, FRAME_PORT_SUMS, 0, &f));
	sources = arena_many(s->a, uint32_t, t->n);
	targets = arena_many(s->a, uint32_t, t->n);
	TRY(segment_get_planes(s->code, &f, sources, t->n, 3));
	TRY(segment_get_planes(s->code, &f, targets, t->n, 3));
	s->ports->sources = sources;
	s->ports->targets = targets;
	return OK;
}

enum err
segment_port_sum(struct segment *s, uint32_t place, bool targets, uint32_t *ret)
{
	struct str f, part;
	uint32_t v = 0;

	if (place >= s->info.ports)
		return ERR_INVALID;
	TRY(frame(s, FRAME_PORT_SUMS, 0, &f));
	for (unsigned plane = 0; plane < (targets ? 6 : 3); plane++) {
		if (targets && plane < 3) {
			TRY(segment_skip(&f));
			continue;
		}
		TRY(segment_get(s->code, &f, s->info.ports, &part));
		if (part.n != s->info.ports)
			return ERR_INVALID;
		v |= (uint32_t)(unsigned char)part.p[place] << (8 * (plane % 3));
	}
	*ret = v;
	return OK;
}

uint32_t
segment_port_place(const struct segment_ports *p, uint32_t slot)
{
	uint32_t low = 0, high = p->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (p->slot[middle] < slot)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint32_t
segment_place(const struct segment_ports *p, uint32_t row)
{
	uint32_t low = 0, high = p->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (p->first[middle + 1] <= row)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Both of what addresses_put() wrote. */
static enum err
addresses_get(struct segment *s, struct str *f, uint32_t n, struct segment_addresses *ret)
{
	uint64_t *six = many(SEGMENT_BLOCK / 64, 8), *low = arena_many(s->a, uint64_t, n), *high = NULL;
	uint32_t *v = many(SEGMENT_BLOCK, 4);
	uint8_t *version = arena_many(s->a, uint8_t, n);
	enum err e = OK;

	for (uint32_t from = 0; from < n && e == OK; from += SEGMENT_BLOCK) {
		uint32_t here = n - from < SEGMENT_BLOCK ? n - from : SEGMENT_BLOCK, sixes, before = 0, j = 0;

		e = segment_get_bits(s->code, f, six, here);
		if (e != OK)
			break;
		sixes = (uint32_t)segment_count_bits(six, here);
		e = segment_get_sizes(s->code, f, v, here - sixes);
		for (uint32_t i = 0; i < here && e == OK; i++) {
			bool is = (six[i / 64] >> (i % 64) & 1) != 0;

			version[from + i] = is ? 6 : 4;
			if (!is) {
				before += v[j++];
				low[from + i] = before;
			}
		}
		if (sixes > 0 && high == NULL)
			high = arena_many(s->a, uint64_t, n);
		for (unsigned byte = 0; byte < 16 && sixes > 0 && e == OK; byte++) {
			struct str part;

			e = segment_get(s->code, f, sixes, &part);
			if (e == OK && part.n != sixes)
				e = ERR_INVALID;
			j = 0;
			for (uint32_t i = 0; i < here && e == OK; i++) {
				uint64_t *to = byte < 8 ? high : low;

				if (version[from + i] == 6)
					to[from + i] |= (uint64_t)(unsigned char)part.p[j++] << (56 - 8 * (byte % 8));
			}
		}
	}
	free(six);
	free(v);
	*ret = (struct segment_addresses){ .n = n, .v = version, .high = high, .low = low };
	return e;
}

struct ip
segment_address(const struct segment_addresses *a, uint32_t i)
{
	struct ip ip = { .v = a->v[i] };

	for (unsigned b = 0; b < 8; b++) {
		if (ip.v == 6) {
			ip.byte[b] = (uint8_t)(a->high[i] >> (56 - 8 * b));
			ip.byte[8 + b] = (uint8_t)(a->low[i] >> (56 - 8 * b));
		} else if (b < 4) {
			ip.byte[b] = (uint8_t)(a->low[i] >> (24 - 8 * b));
		}
	}
	return ip;
}

/* Where each list of sources begins: those whose count of rows has 32 bits, 31 … */
static enum err
lists_get(struct segment *s, struct str *f, uint32_t first[33])
{
	uint32_t at = 0, n = s->info.sources;
	struct str part;

	TRY(segment_get(s->code, f, 32 * 10, &part));
	for (unsigned i = 0; i < 32; i++) {
		uint64_t many_of;

		if (!segment_get_number(&part, &many_of) || many_of > n - at)
			return ERR_INVALID;
		first[i] = at;
		at += (uint32_t)many_of;
	}
	first[32] = at;
	return at == n ? OK : ERR_INVALID;
}

enum err
segment_sources(struct segment *s, const struct segment_sources **ret)
{
	struct segment_sources t = { .rows = NULL };
	uint32_t n = s->info.sources;
	struct str f;

	if (s->sources != NULL) {
		*ret = s->sources;
		return OK;
	}
	TRY(frame(s, FRAME_SOURCES, 0, &f));
	TRY(lists_get(s, &f, t.first));
	TRY(addresses_get(s, &f, n, &t.address));
	s->sources = arena_one(s->a, struct segment_sources);
	*s->sources = t;
	*ret = s->sources;
	return OK;
}

enum err
segment_source_rows(struct segment *s, const struct segment_sources **ret)
{
	const struct segment_sources *t;
	struct str f;
	uint32_t *rows;

	TRY(segment_sources(s, &t));
	*ret = t;
	if (t->rows != NULL)
		return OK;
	TRY(frame(s, FRAME_SOURCE_ROWS, 0, &f));
	rows = arena_many(s->a, uint32_t, t->address.n);
	TRY(segment_get_sizes(s->code, &f, rows, t->address.n));
	for (unsigned i = 0; i < 32; i++) {
		for (uint32_t j = t->first[i]; j < t->first[i + 1]; j++)
			rows[j] |= UINT32_C(1) << (31 - i);
	}
	s->sources->rows = rows;
	return OK;
}

static int
address_order(const struct segment_addresses *a, uint32_t i, uint8_t v, uint64_t high, uint64_t low)
{
	uint64_t h = a->v[i] == 6 ? a->high[i] : 0;

	if (a->v[i] != v)
		return a->v[i] < v ? -1 : 1;
	if (h != high)
		return h < high ? -1 : 1;
	return a->low[i] < low ? -1 : a->low[i] > low;
}

bool
segment_source_find(const struct segment_sources *t, const struct ip *ip, uint32_t *ret)
{
	uint64_t high = 0, low = 0;

	for (unsigned i = 0; i < (ip->v == 4 ? 4 : 16); i++) {
		high = high << 8 | low >> 56;
		low = low << 8 | ip->byte[i];
	}
	/* Each power of two has its own ascending list. */
	for (unsigned i = 0; i < 32; i++) {
		uint32_t a = t->first[i], b = t->first[i + 1], end = b;

		while (a < b) {
			uint32_t middle = a + (b - a) / 2;

			if (address_order(&t->address, middle, ip->v, high, low) < 0)
				a = middle + 1;
			else
				b = middle;
		}
		if (a < end && address_order(&t->address, a, ip->v, high, low) == 0) {
			*ret = a;
			return true;
		}
	}
	return false;
}

/* One list of ascending IPv4 addresses among the numbers of one chunk: ${from} .. ${to}. */
static enum err
list_find(const struct segment_sizes *z, const unsigned char *marks, uint32_t from, uint32_t to, uint32_t v4, uint32_t *ret)
{
	/* The last mark of the list whose address is not larger; else the one before the list. */
	uint32_t low = from / SOURCES_MARKED, high = (to - 1) / SOURCES_MARKED, at, address, gap;
	uint64_t bit;

	while (low < high) {
		uint32_t middle = high - (high - low) / 2;

		if ((uint32_t)number(marks + middle * MARK_SIZE, 4) <= v4)
			low = middle;
		else
			high = middle - 1;
	}
	at = low * SOURCES_MARKED;
	address = (uint32_t)number(marks + low * MARK_SIZE, 4);
	bit = number(marks + low * MARK_SIZE + 4, 4);
	while (at < from || (address < v4 && at + 1 < to)) {
		if (!segment_sizes_next(z, ++at, &bit, &gap))
			return ERR_INVALID;
		address += gap;
	}
	if (address != v4)
		return ERR_NOT_FOUND;
	*ret = at;
	return OK;
}

/* By the marks, without unpacking all; ERR_UNAVAILABLE: there are none that help. */
static enum err
source_by_marks(struct segment *s, uint32_t v4, uint32_t *ret)
{
	uint32_t first[33], n = s->info.sources, at = 0, marks = 0;
	uint64_t six[SEGMENT_BLOCK / 64];
	struct segment_sizes z;
	struct str f, part;

	if (s->marks.n == 0) {
		if (entry_find(s, FRAME_SOURCE_MARKS, 0) == NULL)
			return ERR_UNAVAILABLE;
		TRY(frame(s, FRAME_SOURCE_MARKS, 0, &f));
		TRY(segment_get(s->code, &f, (size_t)n * MARK_SIZE, &part));
		buf_str(&s->marks, part);
	}
	TRY(frame(s, FRAME_SOURCES, 0, &f));
	TRY(lists_get(s, &f, first));
	for (uint32_t from = 0; from < n; from += SEGMENT_BLOCK) {
		uint32_t here = n - from < SEGMENT_BLOCK ? n - from : SEGMENT_BLOCK;

		TRY(segment_get_bits(s->code, &f, six, here));
		if (segment_count_bits(six, here) > 0)
			return ERR_UNAVAILABLE;
		TRY(segment_sizes_open(s->code, &f, here, &z));
		if ((marks + (here + SOURCES_MARKED - 1) / SOURCES_MARKED) * MARK_SIZE > s->marks.n)
			return ERR_INVALID;
		for (unsigned i = 0; i < 32; i++) {
			uint32_t low = first[i] > from ? first[i] - from : 0, high = first[i + 1] < from + here ? first[i + 1] : from + here;
			enum err e;

			if (high <= from + low)
				continue;
			e = list_find(&z, (const unsigned char *)s->marks.p + marks * MARK_SIZE, low, high - from, v4, &at);
			if (e == OK)
				*ret = from + at;
			if (e != ERR_NOT_FOUND)
				return e;
		}
		marks += (here + SOURCES_MARKED - 1) / SOURCES_MARKED;
	}
	return ERR_NOT_FOUND;
}

enum err
segment_source_number(struct segment *s, const struct ip *ip, uint32_t *ret)
{
	const struct segment_sources *t;
	enum err e;

	if (s->sources == NULL && ip->v == 4) {
		e = source_by_marks(s, (uint32_t)ip->byte[0] << 24 | (uint32_t)ip->byte[1] << 16 | (uint32_t)ip->byte[2] << 8 | ip->byte[3], ret);
		if (e != ERR_UNAVAILABLE)
			return e;
	}
	TRY(segment_sources(s, &t));
	return segment_source_find(t, ip, ret) ? OK : ERR_NOT_FOUND;
}

enum err
segment_source_packets(struct segment *s, uint32_t at, uint32_t *ret)
{
	uint32_t first[33], n = s->info.sources, v;
	struct segment_sizes z;
	struct str f;
	uint64_t bit = 0;

	if (at >= n)
		return ERR_INVALID;
	TRY(frame(s, FRAME_SOURCES, 0, &f));
	TRY(lists_get(s, &f, first));
	TRY(frame(s, FRAME_SOURCE_ROWS, 0, &f));
	TRY(segment_sizes_open(s->code, &f, n, &z));
	bit = segment_sizes_before(&z, at);
	if (!segment_sizes_next(&z, at, &bit, &v))
		return ERR_INVALID;
	for (unsigned i = 0; i < 32; i++)
		v |= (uint32_t)(first[i] <= at && at < first[i + 1]) << (31 - i);
	*ret = v;
	return OK;
}

/* What source_column() wrote. ${otherwise}: what is foreseen, or, when it is NULL,
 * the value before. */
static enum err
column_get(struct segment *s, struct str *f, uint32_t n, unsigned width, const uint32_t *otherwise, uint32_t *ret)
{
	uint64_t *missed = many(SEGMENT_BLOCK / 64, 8);
	uint32_t *v = many(SEGMENT_BLOCK, 4);
	enum err e = OK;

	for (uint32_t from = 0; from < n && e == OK; from += SEGMENT_BLOCK) {
		uint32_t here = n - from < SEGMENT_BLOCK ? n - from : SEGMENT_BLOCK, before = 0, j = 0;

		e = segment_get_bits(s->code, f, missed, here);
		if (e == OK)
			e = segment_get_planes(s->code, f, v, segment_count_bits(missed, here), width);
		for (uint32_t i = 0; i < here && e == OK; i++) {
			if ((missed[i / 64] >> (i % 64) & 1) != 0)
				before = v[j++];
			else if (otherwise != NULL)
				before = *otherwise;
			ret[from + i] = before;
		}
	}
	free(missed);
	free(v);
	return e;
}

enum err
segment_places(struct segment *s, const struct segment_places **ret)
{
	uint32_t *country, *as, n = s->info.sources;
	uint16_t *narrow;
	struct segment_places *t;
	struct str f;

	if (s->places != NULL) {
		*ret = s->places;
		return OK;
	}
	TRY(frame(s, FRAME_PLACES, 0, &f));
	country = arena_many(s->a, uint32_t, n);
	as = arena_many(s->a, uint32_t, n);
	TRY(column_get(s, &f, n, 2, NULL, country));
	TRY(column_get(s, &f, n, 4, NULL, as));
	narrow = arena_many(s->a, uint16_t, n);
	for (uint32_t i = 0; i < n; i++)
		narrow[i] = (uint16_t)country[i];
	t = arena_one(s->a, struct segment_places);
	*t = (struct segment_places){ .country = narrow, .as = as };
	s->places = t;
	*ret = t;
	return OK;
}

const char *
segment_attribution(struct segment *s)
{
	struct value *v;
	struct str f;

	if (s->attribution == NULL) {
		s->attribution = "";
		if (frame(s, FRAME_META, 0, &f) == OK && value_parse(s->a, f, &v, NULL) == OK)
			s->attribution = value_cstr(value_get(v, "places"));
	}
	return s->attribution;
}

bool
segment_name_ok(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		if ((unsigned char)name.p[i] < ' ' || name.p[i] == 0x7f)
			return false;
	}
	return name.n > 0 && utf8_valid(name);
}

enum err
segment_targets(struct segment *s, const struct segment_targets **ret)
{
	uint32_t n = s->info.targets, *sensor;
	struct segment_targets t = { 0 };
	const char **name;
	struct str f, part;
	uint64_t v;

	if (s->targets != NULL) {
		*ret = s->targets;
		return OK;
	}
	TRY(frame(s, FRAME_TARGETS, 0, &f));
	TRY(segment_get(s->code, &f, LIMIT_MIB(32), &part));
	if (!segment_get_number(&part, &v) || v == 0 || v > n)
		return ERR_INVALID;
	t.sensors = (uint32_t)v;
	name = arena_many(s->a, const char *, t.sensors);
	for (uint32_t i = 0; i < t.sensors; i++) {
		if (!segment_get_number(&part, &v) || v > part.n || !segment_name_ok(str_take(part, (size_t)v)))
			return ERR_INVALID;
		name[i] = arena_dupn(s->a, part.p, (size_t)v);
		part = str_skip(part, (size_t)v);
	}
	t.name = name;
	sensor = arena_many(s->a, uint32_t, n);
	TRY(column_get(s, &f, n, 4, NULL, sensor));
	for (uint32_t i = 0; i < n; i++) {
		if (sensor[i] >= t.sensors)
			return ERR_INVALID;
	}
	t.sensor = sensor;
	TRY(addresses_get(s, &f, n, &t.address));
	s->target = arena_many(s->a, uint32_t, n);
	for (uint32_t i = 0; i < n; i++)
		s->target[i] = t.address.v[i] == 4 ? (uint32_t)t.address.low[i] : 0;
	s->targets = arena_one(s->a, struct segment_targets);
	*s->targets = t;
	*ret = s->targets;
	return OK;
}

enum err
segment_shapes(struct segment *s, const struct segment_shape **ret)
{
	struct segment_shape *t;
	struct str f, part;
	const unsigned char *p;
	size_t each = 11;

	if (s->shape != NULL) {
		*ret = s->shape;
		return OK;
	}
	TRY(frame(s, FRAME_SHAPES, 0, &f));
	TRY(segment_get(s->code, &f, s->info.shapes * each, &part));
	if (part.n != s->info.shapes * each)
		return ERR_INVALID;
	t = arena_many(s->a, struct segment_shape, s->info.shapes);
	p = (const unsigned char *)part.p;
	for (uint32_t i = 0; i < s->info.shapes; i++, p += each)
		t[i] = (struct segment_shape){ .flags = (uint16_t)number(p, 2), .len = (uint16_t)number(p + 2, 2),
			.mss = (uint16_t)number(p + 4, 2), .proto = p[6], .bits = p[7], .options = p[8], .scale = p[9],
			.fingerprint = p[10] };
	s->shape = t;
	*ret = t;
	return OK;
}

static enum err
usual_get(struct segment *s, unsigned u)
{
	const uint32_t none = USUAL_NONE;
	uint32_t *v;
	struct str f;

	if (s->usual[u] != NULL)
		return OK;
	TRY(frame(s, FRAME_USUAL, u, &f));
	v = arena_many(s->a, uint32_t, s->info.sources);
	TRY(column_get(s, &f, s->info.sources, segment_usual_width[u], &none, v));
	s->usual[u] = v;
	return OK;
}

enum err
segment_source_blocks(struct segment *s, uint32_t at, uint64_t *ret)
{
	uint64_t blocks = 0;
	struct str f, part;

	if (at >= s->info.sources)
		return ERR_INVALID;
	if (s->blocks.n == 0) {
		struct str planes;

		TRY(frame(s, FRAME_SOURCE_BLOCKS, 0, &planes));
		for (unsigned byte = 0; byte < s->info.blocks; byte += 8) {
			TRY(segment_get(s->code, &planes, s->info.sources, &part));
			if (part.n != s->info.sources)
				return ERR_INVALID;
			buf_str(&s->blocks, part);
		}
		TRY(buf_error(&s->blocks));
	}
	f = buf_view(&s->blocks);
	for (unsigned byte = 0; byte < s->info.blocks; byte += 8)
		blocks |= (uint64_t)(unsigned char)f.p[(size_t)(byte / 8) * s->info.sources + at] << byte;
	*ret = blocks;
	return OK;
}

/* Sums */

static bool
hours_next(struct str *p, struct segment_hour ret[24], unsigned *ret_n)
{
	uint32_t hours;
	unsigned n = 0;

	if (p->n < 3)
		return false;
	hours = (uint32_t)number((const unsigned char *)p->p, 3);
	*p = str_skip(*p, 3);
	for (; hours != 0; hours &= hours - 1) {
		uint64_t packets, sources = 1, targets = 1;

		if (!segment_get_number(p, &packets) || packets == 0 || packets > SEGMENT_ROWS)
			return false;
		if (packets > 1 && (!segment_get_number(p, &sources) || !segment_get_number(p, &targets) || sources > packets ||
				       targets > packets))
			return false;
		ret[n++] = (struct segment_hour){ (uint8_t)__builtin_ctz(hours), (uint32_t)packets, (uint32_t)sources,
			(uint32_t)targets };
	}
	*ret_n = n;
	return true;
}

enum err
segment_port_hours(struct segment *s, uint32_t place, struct segment_hour ret[24], unsigned *ret_n)
{
	uint32_t chunk = place / ROLLUP_PORTS;
	struct str p;

	if (place >= s->info.ports)
		return ERR_INVALID;
	if (s->rollup_number != chunk) {
		struct str f, part;

		s->rollup_number = UINT32_MAX;
		TRY(frame(s, FRAME_ROLLUP, chunk, &f));
		TRY(segment_get(s->code, &f, ROLLUP_PORTS * (3 + 24 * 12), &part));
		buf_clear(&s->rollup_bytes);
		buf_str(&s->rollup_bytes, part);
		s->rollup_number = chunk;
	}
	p = buf_view(&s->rollup_bytes);
	for (uint32_t i = chunk * ROLLUP_PORTS; i <= place; i++) {
		if (!hours_next(&p, ret, ret_n))
			return ERR_INVALID;
	}
	return OK;
}

enum err
segment_hours(struct segment *s, enum segment_by by, const struct segment_sum **ret, uint32_t *ret_n)
{
	struct str f, part;

	if (s->sum[by] == NULL) {
		struct segment_sum *t = NULL;
		uint64_t n = 0, v[4];

		TRY(frame(s, FRAME_HOURS, 0, &f));
		for (unsigned i = 0; i <= (unsigned)by; i++)
			TRY(segment_get(s->code, &f, LIMIT_MIB(64), &part));
		if (!segment_get_number(&part, &n) || n > part.n / 4)
			return ERR_INVALID;
		t = arena_many(s->a, struct segment_sum, n + 1);
		for (uint64_t i = 0; i < n; i++) {
			for (unsigned j = 0; j < 4; j++) {
				if (!segment_get_number(&part, &v[j]) || v[j] > (j == 0 ? 65535 : j == 1 ? 23 : SEGMENT_ROWS))
					return ERR_INVALID;
			}
			t[i] = (struct segment_sum){ (uint16_t)v[0], (uint8_t)v[1], (uint32_t)v[2], (uint32_t)v[3] };
		}
		s->sum[by] = t;
		s->sums[by] = (uint32_t)n;
	}
	*ret = s->sum[by];
	*ret_n = s->sums[by];
	return OK;
}

/* Rows */

struct segment_rows *
segment_rows_new(void)
{
	struct segment_rows *r = many(1, sizeof(*r));

	*r = (struct segment_rows){ .run = many(SEGMENT_BLOCK / 64 + 1, 8) };
	for (unsigned c = 0; c < SEGMENT_COLUMNS; c++)
		r->column[c] = c == SEGMENT_RUN ? NULL : many(SEGMENT_BLOCK, 4);
	r->column[SEGMENT_RUN] = many(SEGMENT_BLOCK + 2, 4); /* numbers on their way */
	return r;
}

void
segment_rows_free(struct segment_rows *r)
{
	if (r == NULL)
		return;
	for (unsigned c = 0; c < SEGMENT_COLUMNS; c++)
		free(r->column[c]);
	free(r->run);
	free(r);
}

static inline bool
starts(const struct segment_rows *r, uint32_t i)
{
	return (r->run[i / 64] >> (i % 64) & 1) != 0;
}

static enum err
run_get(struct segment *s, uint32_t block, struct segment_rows *r)
{
	struct str f;

	TRY(frame(s, FRAME_COLUMN + SEGMENT_RUN, block, &f));
	TRY(segment_get_bits(s->code, &f, r->run, r->n));
	return starts(r, 0) ? OK : ERR_INVALID;
}

/* How many runs begin before row ${to}. */
static uint32_t
runs_before(const struct segment_rows *r, uint32_t to)
{
	uint64_t last = to % 64 == 0 ? 0 : r->run[to / 64] & ((UINT64_C(1) << (to % 64)) - 1);

	return (uint32_t)(segment_count_bits(r->run, to & ~UINT32_C(63)) + (unsigned)__builtin_popcountll(last));
}

uint32_t
segment_runs(const struct segment_rows *r, uint32_t from, uint32_t to)
{
	return runs_before(r, to) - runs_before(r, from);
}

/* Each source by its distance from the one before in the same port. */
static enum err
source_get(struct segment *s, uint32_t block, struct segment_rows *r)
{
	uint32_t *v = r->column[SEGMENT_RUN], *to = r->column[SEGMENT_SOURCE], place, j = runs_before(r, r->from);
	const struct segment_ports *ports;
	uint64_t source;
	struct str f;

	TRY(segment_ports(s, &ports));
	TRY(frame(s, FRAME_COLUMN + SEGMENT_SOURCE, block, &f));
	TRY(segment_get_some_sizes(s->code, &f, v, segment_count_bits(r->run, r->n), j, runs_before(r, r->to)));
	place = segment_place(ports, r->first + r->from);
	for (uint32_t i = r->from; i < r->to;) {
		uint32_t end = ports->first[place + 1] - r->first;

		if (end > r->to)
			end = r->to;
		if (!starts(r, i))
			return ERR_INVALID;
		source = v[j++]; /* 64 bits: no sum of distances is too large for it */
		to[i++] = (uint32_t)source;
		for (; i < end; i++) {
			uint32_t start = starts(r, i);

			source += (0 - (uint64_t)start) & ((uint64_t)v[j] + 1);
			j += start;
			to[i] = (uint32_t)source;
		}
		if (source >= s->info.sources)
			return ERR_INVALID;
		place++;
	}
	return OK;
}

/* The first rows of ports in the block, a bit each. */
static void
port_bits(const struct segment_ports *ports, const struct segment_rows *r, uint64_t *ret)
{
	uint32_t place = segment_place(ports, r->first), end = r->first + r->n;

	memset(ret, 0, (r->n + 63) / 64 * 8);
	ret[0] = 1; /* the block begins, in whatever port */
	for (place++; place < ports->n && ports->first[place] < end; place++) {
		uint32_t at = ports->first[place] - r->first;

		ret[at / 64] |= UINT64_C(1) << (at % 64);
	}
}

enum err
segment_source_runs(struct segment *s, uint32_t block, uint32_t source, struct segment_rows *r, uint32_t *ret, uint32_t *ret_n)
{
	uint64_t port[SEGMENT_BLOCK / 64], here = 0;
	const struct segment_ports *ports;
	uint32_t n = 0, j = 0, *gap = r->column[SEGMENT_RUN];
	bool open = false;
	struct str f;

	if (block >= s->info.blocks)
		return ERR_INVALID;
	r->columns = 0;
	r->first = block * SEGMENT_BLOCK;
	r->n = s->info.rows - r->first < SEGMENT_BLOCK ? s->info.rows - r->first : SEGMENT_BLOCK;
	TRY(segment_ports(s, &ports));
	port_bits(ports, r, port);
	TRY(run_get(s, block, r));
	TRY(frame(s, FRAME_COLUMN + SEGMENT_SOURCE, block, &f));
	TRY(segment_get_sizes(s->code, &f, gap, segment_count_bits(r->run, r->n)));
	for (uint32_t word = 0; word < (r->n + 63) / 64; word++) {
		for (uint64_t runs = r->run[word]; runs != 0; runs &= runs - 1) {
			unsigned i = (unsigned)__builtin_ctzll(runs);
			uint64_t same = (port[word] >> i & 1) - 1; /* all bits: of the port before it */

			here = (same & (here + 1)) + gap[j++];
			if (open)
				ret[2 * n++ + 1] = word * 64 + i;
			open = here == source;
			if (open)
				ret[2 * n] = word * 64 + i;
		}
	}
	if (open)
		ret[2 * n++ + 1] = r->n;
	*ret_n = n;
	return OK;
}

static enum err
at_get(struct segment *s, uint32_t block, struct segment_rows *r)
{
	uint32_t *first = r->column[SEGMENT_RUN], *to = r->column[SEGMENT_AT], at = 0, largest = 0;
	uint32_t n = (uint32_t)segment_count_bits(r->run, r->n), *later = first + n;
	uint32_t j = runs_before(r, r->from), end = runs_before(r, r->to), k = r->from - j;
	struct str f;

	TRY(frame(s, FRAME_COLUMN + SEGMENT_AT, block, &f));
	TRY(segment_get_some_sizes(s->code, &f, first, n, j, end));
	TRY(segment_get_some_sizes(s->code, &f, later, r->n - n, k, r->to - end));
	for (uint32_t i = r->from; i < r->to; i++) {
		uint32_t start = starts(r, i), mask = 0 - start;

		at = (at & ~mask) + segment_either(start != 0, first[j], later[k]);
		j += start;
		k += 1 - start;
		to[i] = at;
		largest = at > largest ? at : largest;
	}
	return largest < DAY_MS ? OK : ERR_INVALID;
}

static enum err
target_get(struct segment *s, uint32_t block, struct segment_rows *r)
{
	uint32_t *first = r->column[SEGMENT_RUN], *to = r->column[SEGMENT_TARGET], target = 0, j = 0, bad = 0;
	uint32_t n = (uint32_t)segment_count_bits(r->run, r->n), *step = first + n, targets = s->info.targets;
	unsigned width = targets > 65536 ? 3 : targets > 256 ? 2 : targets > 1 ? 1 : 0;
	struct str f;

	TRY(frame(s, FRAME_COLUMN + SEGMENT_TARGET, block, &f));
	if (width == 0)
		memset(first, 0, r->n * sizeof(*first));
	TRY(segment_get_planes(s->code, &f, first, n, width));
	TRY(segment_get_planes(s->code, &f, step, r->n - n, width));
	for (uint32_t i = 0; i < r->n; i++) {
		bool start = starts(r, i);
		uint32_t v = start ? first[j] : step[i - j];

		bad |= v >= targets;
		target = start ? v : target + v;
		target -= target >= targets ? targets : 0;
		j += start;
		to[i] = target;
	}
	return bad == 0 ? OK : ERR_INVALID;
}

/* A column of which only what was not foreseen is stored. */
struct missing {
	uint64_t bits[SEGMENT_BLOCK / 64];
	uint32_t *v;
};

static enum err
missing_get(struct segment *s, unsigned column, uint32_t block, struct segment_rows *r, unsigned width, struct missing *ret)
{
	struct str f;

	TRY(frame(s, FRAME_COLUMN + column, block, &f));
	TRY(segment_get_bits(s->code, &f, ret->bits, r->n));
	ret->v = r->column[SEGMENT_RUN];
	return segment_get_planes(s->code, &f, ret->v, segment_count_bits(ret->bits, r->n), width);
}

static inline bool
missed(const struct missing *m, uint32_t i)
{
	return (m->bits[i / 64] >> (i % 64) & 1) != 0;
}

static enum err
usual_column(struct segment *s, unsigned u, unsigned column, uint32_t block, struct segment_rows *r)
{
	const uint32_t *source = r->column[SEGMENT_SOURCE], *usual;
	uint32_t *to = r->column[column], before = 0, j = 0;
	struct missing m;

	TRY(usual_get(s, u));
	usual = s->usual[u];
	TRY(missing_get(s, column, block, r, segment_usual_width[u], &m));
	for (uint32_t i = 0; i < r->n; i++) {
		bool miss = missed(&m, i);
		uint32_t foreseen = segment_foresee(starts(r, i), before, usual[source[i]]);

		before = miss ? m.v[j] : foreseen;
		j += miss;
		to[i] = before;
	}
	if (column != SEGMENT_SHAPE)
		return OK;
	for (uint32_t i = 0; i < r->n; i++) {
		if (to[i] >= s->info.shapes)
			return ERR_INVALID;
	}
	return OK;
}

/* The sequence number and the IP id of some programs follow from the target. */
static enum err
seq_get(struct segment *s, uint32_t block, struct segment_rows *r)
{
	const uint32_t *source = r->column[SEGMENT_SOURCE], *shape = r->column[SEGMENT_SHAPE], *target = r->column[SEGMENT_TARGET];
	uint32_t *to = r->column[SEGMENT_SEQ], before = 0, j = 0;
	const struct segment_targets *targets;
	const struct segment_shape *shapes;
	struct missing m;

	TRY(usual_get(s, USUAL_SEQ));
	TRY(segment_shapes(s, &shapes));
	TRY(segment_targets(s, &targets));
	TRY(missing_get(s, SEGMENT_SEQ, block, r, 4, &m));
	for (uint32_t i = 0; i < r->n; i++) {
		bool miss = missed(&m, i);
		uint32_t foreseen = segment_foresee_seq(starts(r, i), before, s->usual[USUAL_SEQ][source[i]],
		    shapes[shape[i]].fingerprint, s->target[target[i]]);

		before = miss ? m.v[j] : foreseen;
		j += miss;
		to[i] = before;
	}
	return OK;
}

static enum err
id_get(struct segment *s, uint32_t block, struct segment_rows *r)
{
	const uint32_t *source = r->column[SEGMENT_SOURCE], *shape = r->column[SEGMENT_SHAPE], *target = r->column[SEGMENT_TARGET];
	uint32_t *to = r->column[SEGMENT_IP_ID], before = 0, j = 0, place = 0;
	const struct segment_targets *targets;
	const struct segment_shape *shapes;
	const struct segment_ports *ports;
	struct missing m;

	TRY(usual_get(s, USUAL_IP_ID));
	TRY(segment_shapes(s, &shapes));
	TRY(segment_targets(s, &targets));
	TRY(segment_ports(s, &ports));
	TRY(missing_get(s, SEGMENT_IP_ID, block, r, 2, &m));
	for (uint32_t i = 0; i < r->n; i++) {
		bool miss = missed(&m, i);

		while (ports->first[place + 1] <= r->first + i)
			place++;
		uint32_t foreseen = segment_foresee_id(starts(r, i), before, s->usual[USUAL_IP_ID][source[i]],
		    shapes[shape[i]].fingerprint, s->target[target[i]], ports->slot[place] & 0xffff, r->column[SEGMENT_SEQ][i]);

		before = miss ? m.v[j] : foreseen;
		j += miss;
		to[i] = before;
	}
	return OK;
}

static enum err
payload_get(struct segment *s, uint32_t block, struct segment_rows *r)
{
	uint32_t *to = r->column[SEGMENT_PAYLOAD], before = 0, j = 0;
	struct missing m;

	if (s->info.payloads == 0) {
		memset(to, 0, r->n * sizeof(*to));
		return OK;
	}
	TRY(missing_get(s, SEGMENT_PAYLOAD, block, r, 4, &m));
	for (uint32_t i = 0; i < r->n; i++) {
		if (missed(&m, i))
			before = m.v[j++];
		if (before > s->info.payloads)
			return ERR_INVALID;
		to[i] = before;
	}
	return OK;
}

static enum err
micro_get(struct segment *s, uint32_t block, struct segment_rows *r)
{
	uint32_t *to = r->column[SEGMENT_MICRO];
	struct str f;

	if (!s->info.microseconds) {
		memset(to, 0, r->n * sizeof(*to));
		return OK;
	}
	TRY(frame(s, FRAME_COLUMN + SEGMENT_MICRO, block, &f));
	TRY(segment_get_planes(s->code, &f, to, r->n, 2));
	for (uint32_t i = 0; i < r->n; i++) {
		if (to[i] > 999)
			return ERR_INVALID;
	}
	return OK;
}

/* What a column cannot be read without. */
static unsigned
needs(unsigned columns)
{
	if (columns & SEGMENT_BIT(SEGMENT_IP_ID))
		columns |= SEGMENT_BIT(SEGMENT_SEQ);
	if (columns & SEGMENT_BIT(SEGMENT_SEQ))
		columns |= SEGMENT_BIT(SEGMENT_SHAPE) | SEGMENT_BIT(SEGMENT_TARGET);
	if (columns & (SEGMENT_BIT(SEGMENT_SPORT) | SEGMENT_BIT(SEGMENT_TTL) | SEGMENT_BIT(SEGMENT_SHAPE) | SEGMENT_BIT(SEGMENT_WINDOW)))
		columns |= SEGMENT_BIT(SEGMENT_SOURCE);
	return columns | SEGMENT_BIT(SEGMENT_RUN);
}

static enum err
column_read(struct segment *s, unsigned column, uint32_t block, struct segment_rows *r)
{
	switch ((enum segment_column)column) {
	case SEGMENT_RUN:
		return run_get(s, block, r);
	case SEGMENT_SOURCE:
		return source_get(s, block, r);
	case SEGMENT_AT:
		return at_get(s, block, r);
	case SEGMENT_TARGET:
		return target_get(s, block, r);
	case SEGMENT_SPORT:
		return usual_column(s, USUAL_SPORT, column, block, r);
	case SEGMENT_TTL:
		return usual_column(s, USUAL_TTL, column, block, r);
	case SEGMENT_SHAPE:
		return usual_column(s, USUAL_SHAPE, column, block, r);
	case SEGMENT_WINDOW:
		return usual_column(s, USUAL_WINDOW, column, block, r);
	case SEGMENT_SEQ:
		return seq_get(s, block, r);
	case SEGMENT_IP_ID:
		return id_get(s, block, r);
	case SEGMENT_MICRO:
		return micro_get(s, block, r);
	case SEGMENT_PAYLOAD:
		return payload_get(s, block, r);
	case SEGMENT_COLUMNS:
		break;
	}
	return ERR_INVALID;
}

unsigned
segment_columns(const struct segment *s)
{
	static const unsigned core = SEGMENT_ALL &
	    ~(SEGMENT_BIT(SEGMENT_IP_ID) | SEGMENT_BIT(SEGMENT_WINDOW) | SEGMENT_BIT(SEGMENT_SEQ) | SEGMENT_BIT(SEGMENT_PAYLOAD));

	return s->info.kept == SEGMENT_KEPT_ALL ? SEGMENT_ALL : s->info.kept == SEGMENT_KEPT_CORE ? core : 0;
}

enum err
segment_read(struct segment *s, uint32_t block, unsigned columns, struct segment_rows *ret)
{
	TRY(segment_read_some(s, block, columns, 0, SEGMENT_BLOCK, ret));
	/* For segment_record(): what was not kept is 0. */
	for (unsigned c = 0; c < SEGMENT_COLUMNS && s->info.kept != SEGMENT_KEPT_ALL; c++) {
		if ((segment_columns(s) & SEGMENT_BIT(c)) == 0)
			memset(ret->column[c], 0, ret->n * sizeof(*ret->column[c]));
	}
	return OK;
}

/* Times and sources can be read from where a run begins. Others say "as the row before" across
 * ports: these are read from the block's beginning, and so is what they need. */
#define SOME (SEGMENT_BIT(SEGMENT_RUN) | SEGMENT_BIT(SEGMENT_SOURCE) | SEGMENT_BIT(SEGMENT_AT))

enum err
segment_read_some(struct segment *s, uint32_t block, unsigned columns, uint32_t from, uint32_t to, struct segment_rows *ret)
{
	/* Each after those that it needs. */
	static const unsigned order[] = { SEGMENT_RUN, SEGMENT_SOURCE, SEGMENT_AT, SEGMENT_TARGET, SEGMENT_SPORT, SEGMENT_TTL,
		SEGMENT_SHAPE, SEGMENT_WINDOW, SEGMENT_SEQ, SEGMENT_IP_ID, SEGMENT_MICRO, SEGMENT_PAYLOAD };

	if (block >= s->info.blocks)
		return ERR_INVALID;
	columns = needs(columns);
	ret->columns = 0;
	ret->first = block * SEGMENT_BLOCK;
	ret->n = s->info.rows - ret->first < SEGMENT_BLOCK ? s->info.rows - ret->first : SEGMENT_BLOCK;
	ret->from = (columns & ~(unsigned)SOME) == 0 ? from : 0;
	ret->to = to < ret->n && (columns & ~(unsigned)SOME) == 0 ? to : ret->n;
	if (ret->from > ret->to)
		return ERR_INVALID;
	for (size_t i = 0; i < COUNT(order); i++) {
		if ((columns & SEGMENT_BIT(order[i])) != 0)
			TRY(column_read(s, order[i], block, ret));
	}
	ret->columns = columns;
	return OK;
}

static enum err
payload_find(struct segment *s, uint32_t at, struct str *ret)
{
	uint32_t chunk = (at - 1) / PAYLOAD_CHUNK;
	struct str p, f, part;

	if (s->payload_number != chunk) {
		s->payload_number = UINT32_MAX;
		TRY(frame(s, FRAME_PAYLOADS, chunk, &f));
		TRY(segment_get(s->code, &f, PAYLOAD_CHUNK * (1 + 255), &part));
		buf_clear(&s->payload);
		buf_str(&s->payload, part);
		s->payload_number = chunk;
	}
	p = buf_view(&s->payload);
	for (uint32_t i = chunk * PAYLOAD_CHUNK + 1;; i++) {
		size_t n = p.n == 0 ? SIZE_MAX : (unsigned char)p.p[0];

		if (n > RECORD_PAYLOAD || n > p.n - 1)
			return ERR_INVALID;
		if (i == at) {
			*ret = (struct str){ p.p + 1, n };
			return OK;
		}
		p = str_skip(p, 1 + n);
	}
}

enum err
segment_record(struct segment *s, const struct segment_rows *rows, uint32_t i, struct record *ret, uint32_t *ret_sensor)
{
	const struct segment_ports *ports;
	const struct segment_sources *sources;
	const struct segment_targets *targets;
	const struct segment_shape *shape;
	uint32_t *const *c = rows->column, row = rows->first + i, place, target = c[SEGMENT_TARGET][i];
	struct str payload = STR_NULL;

	TRY(segment_ports(s, &ports));
	TRY(segment_sources(s, &sources));
	TRY(segment_targets(s, &targets));
	TRY(segment_shapes(s, &shape));
	shape += c[SEGMENT_SHAPE][i];
	place = segment_place(ports, row);
	if (c[SEGMENT_PAYLOAD][i] != 0)
		TRY(payload_find(s, c[SEGMENT_PAYLOAD][i], &payload));
	*ret = (struct record){
		.at = s->info.day * INT64_C(86400000000) + (int64_t)c[SEGMENT_AT][i] * 1000 + c[SEGMENT_MICRO][i],
		.src = segment_address(&sources->address, c[SEGMENT_SOURCE][i]),
		.dst = segment_address(&targets->address, target),
		.seq = c[SEGMENT_SEQ][i],
		.sport = (uint16_t)c[SEGMENT_SPORT][i],
		.dport = (uint16_t)segment_slot_port(ports->slot[place]),
		.len = shape->len,
		.ip_id = (uint16_t)c[SEGMENT_IP_ID][i],
		.flags = shape->flags,
		.window = (uint16_t)c[SEGMENT_WINDOW][i],
		.mss = shape->mss,
		.scale = shape->scale,
		.proto = shape->proto,
		.ttl = (uint8_t)c[SEGMENT_TTL][i],
		.bits = shape->bits,
		.options = shape->options,
		.fingerprint = shape->fingerprint,
		.payload = payload,
	};
	*ret_sensor = targets->sensor[target];
	return OK;
}
