/* SPDX-License-Identifier: Apache-2.0 */
#include "telescope/capture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limit.h"

#define BUFFER LIMIT_KIB(512) /* stays in the cache beside what is made of it */

enum format { UNREAD, PCAP, PCAPNG, BROKEN };

struct interface { /* of a pcapng section */
	unsigned link;
	uint32_t snap; /* 0: none */
	uint8_t resolution; /* if_tsresol */
	int64_t offset;	    /* seconds, if_tsoffset */
};

struct capture {
	capture_fill *fill;
	void *object;
	unsigned char *p; /* BUFFER bytes */
	size_t at, n;	  /* read and not used: p[at..n) */
	uint64_t before;  /* bytes of the file before p[0] */
	enum format format;
	bool ended;	  /* the file has no more */
	bool failed;	  /* to read it */
	bool swapped;	  /* its numbers are big endian (we read little endian) */
	bool nano;	  /* pcap: fractions are nanoseconds */
	unsigned link;	  /* pcap */
	int64_t last;	  /* time of the packet before */
	struct interface *interface;
	size_t interfaces;
	const char *fault;
	uint64_t fault_at;
};

ssize_t
capture_fill_fd(void *object, void *p, size_t n)
{
	const int *fd = object;
	ssize_t got;

	do
		got = read(*fd, p, n);
	while (got < 0 && errno == EINTR);
	return got;
}

struct capture *
capture_new(capture_fill *fill, void *object)
{
	struct capture *c = calloc(1, sizeof(*c));

	if (c != NULL)
		c->p = malloc(BUFFER);
	if (c == NULL || c->p == NULL)
		abort(); /* as the arena does */
	c->fill = fill;
	c->object = object;
	return c;
}

void
capture_free(struct capture *c)
{
	if (c == NULL)
		return;
	free(c->interface);
	free(c->p);
	free(c);
}

const char *
capture_fault(const struct capture *c, uint64_t *ret_at)
{
	*ret_at = c->fault_at;
	return c->fault == NULL ? "" : c->fault;
}

static enum err
broken(struct capture *c, const char *fault)
{
	c->format = BROKEN;
	c->fault = fault;
	c->fault_at = c->before + c->at;
	return ERR_INVALID;
}

/* At least ${n} (<= BUFFER) bytes at p + at, if the file has them. */
static bool
more(struct capture *c, size_t n)
{
	memmove(c->p, c->p + c->at, c->n - c->at);
	c->before += c->at;
	c->n -= c->at;
	c->at = 0;
	while (c->n < n && !c->ended) {
		ssize_t got = c->fill(c->object, c->p + c->n, BUFFER - c->n);

		c->failed = c->failed || got < 0;
		c->ended = got <= 0;
		c->n += got > 0 ? (size_t)got : 0;
	}
	return c->n >= n;
}

static inline bool
have(struct capture *c, size_t n)
{
	return c->n - c->at >= n || more(c, n);
}

/* Pass over ${n} bytes, which may be more than the buffer. */
static bool
pass(struct capture *c, uint64_t n)
{
	while (n > c->n - c->at) {
		n -= c->n - c->at;
		c->at = c->n;
		if (!more(c, 1))
			return false;
	}
	c->at += (size_t)n;
	return true;
}

static inline uint16_t
number16(const struct capture *c, const unsigned char *p)
{
	uint16_t v;

	memcpy(&v, p, 2);
	return (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) == !c->swapped ? v : __builtin_bswap16(v);
}

static inline uint32_t
number32(const struct capture *c, const unsigned char *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) == !c->swapped ? v : __builtin_bswap32(v);
}

/* The end of the file, or why there is no more. */
static enum err
end(struct capture *c, const char *unfinished)
{
	if (c->failed)
		return ERR_IO;
	if (c->n == c->at)
		return ERR_NOT_FOUND;
	return broken(c, unfinished);
}

/* pcap: tcpdump.org/manpages/pcap-savefile.5.html */

static enum err
pcap_begin(struct capture *c)
{
	if (!have(c, 24))
		return end(c, "the file ends within its header");
	c->link = number32(c, c->p + c->at + 20) & 0xffff; /* above: the length of checksums */
	c->at += 24;
	c->format = PCAP;
	return OK;
}

static enum err
pcap_next(struct capture *c, struct capture_packet *ret)
{
	const unsigned char *p;
	uint32_t n, wire, part;

	if (!have(c, 16))
		return end(c, "the file ends within a packet's header");
	p = c->p + c->at;
	part = number32(c, p + 4);
	n = number32(c, p + 8);
	wire = number32(c, p + 12);
	if (n > LIMIT_CAPTURE_PACKET)
		return broken(c, "a packet is longer than any can be");
	c->last = (int64_t)number32(c, p) * 1000000 + (c->nano ? part / 1000 : part);
	if (!have(c, 16 + (size_t)n))
		return end(c, "the file ends within a packet");
	p = c->p + c->at + 16;
	c->at += 16 + (size_t)n;
	*ret = (struct capture_packet){ .at = c->last, .link = c->link, .bytes = { (const char *)p, n },
		.wire = wire < n ? n : wire };
	return OK;
}

/* pcapng: draft-ietf-opsawg-pcapng */

enum { SECTION = 0x0a0d0d0a, INTERFACE = 1, PACKET = 2, SIMPLE = 3, ENHANCED = 6 };

/* A block's body, which is whole in the buffer. */
struct block {
	const unsigned char *p;
	size_t n;
};

static enum err
section(struct capture *c)
{
	static const unsigned char little[4] = { 0x4d, 0x3c, 0x2b, 0x1a }, big[4] = { 0x1a, 0x2b, 0x3c, 0x4d };

	if (!have(c, 12))
		return end(c, "the file ends within a section's header");
	if (memcmp(c->p + c->at + 8, little, 4) != 0 && memcmp(c->p + c->at + 8, big, 4) != 0)
		return broken(c, "a section has no byte order");
	c->swapped = memcmp(c->p + c->at + 8, big, 4) == 0;
	c->interfaces = 0;
	return OK;
}

static void
interface_option(struct capture *c, struct interface *f, unsigned code, const unsigned char *p, size_t n)
{
	if (code == 9 && n == 1)
		f->resolution = p[0];
	if (code == 14 && n == 8) {
		uint64_t first = number32(c, p), second = number32(c, p + 4);
		uint64_t v = c->swapped ? first << 32 | second : second << 32 | first;

		/* A year is 31.6 million seconds: what is beyond a thousand is nonsense. */
		f->offset = (int64_t)v > -31600000000 && (int64_t)v < 31600000000 ? (int64_t)v : 0;
	}
}

static enum err
interface(struct capture *c, struct block b)
{
	struct interface f = { .resolution = 6 };

	if (b.n < 8)
		return broken(c, "an interface is too short");
	if (c->interfaces == LIMIT_CAPTURE_INTERFACES)
		return broken(c, "more interfaces than we read");
	f.link = number16(c, b.p);
	f.snap = number32(c, b.p + 4);
	for (size_t at = 8; at + 4 <= b.n;) {
		unsigned code = number16(c, b.p + at);
		size_t n = number16(c, b.p + at + 2);

		at += 4;
		if (code == 0 || n > b.n - at)
			break;
		interface_option(c, &f, code, b.p + at, n);
		at += (n + 3) & ~(size_t)3;
	}
	c->interface = reallocarray(c->interface, c->interfaces + 1, sizeof(f));
	if (c->interface == NULL)
		abort(); /* as the arena does */
	c->interface[c->interfaces++] = f;
	return OK;
}

/* Microseconds of ${units}; what cannot be is 0. */
static int64_t
microseconds(const struct interface *f, uint64_t units)
{
	unsigned n = f->resolution & 127;
	__extension__ unsigned __int128 v = units;

	if (f->resolution == 6) {
		v = units;
	} else if ((f->resolution & 128) != 0) {
		v = n < 96 ? v * 1000000 >> n : 0;
	} else {
		for (; n < 6; n++)
			v *= 10;
		for (; n > 6 && v > 0; n--)
			v /= 10;
	}
	if (v > INT64_MAX / 4)
		return 0;
	int64_t at = (int64_t)v + f->offset * 1000000;

	return at < 0 ? 0 : at;
}

static enum err
packet(struct capture *c, unsigned type, struct block b, struct capture_packet *ret)
{
	size_t header = type == SIMPLE ? 4 : 20;
	const struct interface *f;
	uint32_t id, n, wire;

	if (b.n < header)
		return broken(c, "a packet's block is too short");
	id = type == ENHANCED ? number32(c, b.p) : type == PACKET ? number16(c, b.p) : 0;
	if (id >= c->interfaces)
		return broken(c, "a packet of an interface that is not there");
	f = &c->interface[id];
	wire = number32(c, b.p + header - 4);
	n = type == SIMPLE ? wire : number32(c, b.p + 12);
	if (type == SIMPLE) {
		if (f->snap > 0 && n > f->snap)
			n = f->snap;
		if (n > b.n - header)
			n = (uint32_t)(b.n - header);
	} else {
		c->last = microseconds(f, (uint64_t)number32(c, b.p + 4) << 32 | number32(c, b.p + 8));
	}
	if (n > b.n - header)
		return broken(c, "a packet is longer than its block");
	*ret = (struct capture_packet){ .at = c->last, .link = f->link, .bytes = { (const char *)b.p + header, n },
		.wire = wire < n ? n : wire };
	return OK;
}

static enum err
pcapng_next(struct capture *c, struct capture_packet *ret)
{
	for (;;) {
		uint32_t type, n;
		struct block b;

		if (!have(c, 8))
			return end(c, "the file ends within a block's header");
		type = number32(c, c->p + c->at);
		if (type == SECTION) /* it reads the same in both byte orders */
			TRY(section(c));
		n = number32(c, c->p + c->at + 4);
		if (n < 12 || n % 4 != 0)
			return broken(c, "a block's length cannot be");
		if (type != INTERFACE && type != PACKET && type != SIMPLE && type != ENHANCED) {
			if (!pass(c, n))
				return c->failed ? ERR_IO : broken(c, "the file ends within a block");
			continue;
		}
		if (n > LIMIT_CAPTURE_PACKET + LIMIT_KIB(64))
			return broken(c, "a packet is longer than any can be");
		if (!have(c, n))
			return end(c, "the file ends within a block");
		b = (struct block){ c->p + c->at + 8, n - 12 };
		if (number32(c, b.p + b.n) != n)
			return broken(c, "a block's two lengths differ");
		if (type == INTERFACE)
			TRY(interface(c, b));
		else
			TRY(packet(c, type, b, ret));
		c->at += n;
		if (type != INTERFACE)
			return OK;
	}
}

static enum err
begin(struct capture *c)
{
	static const struct magic {
		unsigned char bytes[4];
		bool swapped, nano;
	} magics[] = {
		{ { 0xd4, 0xc3, 0xb2, 0xa1 }, false, false },
		{ { 0xa1, 0xb2, 0xc3, 0xd4 }, true, false },
		{ { 0x4d, 0x3c, 0xb2, 0xa1 }, false, true },
		{ { 0xa1, 0xb2, 0x3c, 0x4d }, true, true },
	};

	if (!have(c, 4))
		return end(c, "the file is too short for a capture");
	if (memcmp(c->p + c->at, "\x0a\x0d\x0d\x0a", 4) == 0) {
		c->format = PCAPNG;
		return OK;
	}
	for (size_t i = 0; i < COUNT(magics); i++) {
		if (memcmp(c->p + c->at, magics[i].bytes, 4) == 0) {
			c->swapped = magics[i].swapped;
			c->nano = magics[i].nano;
			return pcap_begin(c);
		}
	}
	return broken(c, "neither pcap nor pcapng");
}

enum err
capture_next(struct capture *c, struct capture_packet *ret)
{
	if (c->format == UNREAD)
		TRY(begin(c));
	switch (c->format) {
	case PCAP:
		return pcap_next(c, ret);
	case PCAPNG:
		return pcapng_next(c, ret);
	default:
		return ERR_INVALID;
	}
}
