/* SPDX-License-Identifier: Apache-2.0 */
#include "base/scan.h"

struct scan
scan_of(struct str s)
{
	return (struct scan){ .p = (const unsigned char *)s.p, .n = s.n };
}

size_t
scan_left(const struct scan *s)
{
	return s->failed ? 0 : s->n;
}

struct str
scan_bytes(struct scan *s, size_t n)
{
	if (s->failed || n > s->n) {
		s->failed = true;
		return (struct str){ .p = "", .n = 0 };
	}
	struct str r = { .p = (const char *)s->p, .n = n };

	if (n > 0)
		s->p += n;
	s->n -= n;
	return r;
}

static uint64_t
big_endian(struct scan *s, size_t bytes)
{
	struct str raw = scan_bytes(s, bytes);
	uint64_t v = 0;

	for (size_t i = 0; i < raw.n; i++)
		v = v << 8 | (unsigned char)raw.p[i];
	return v;
}

uint8_t
scan_u8(struct scan *s)
{
	return (uint8_t)big_endian(s, 1);
}

uint16_t
scan_u16(struct scan *s)
{
	return (uint16_t)big_endian(s, 2);
}

uint32_t
scan_u32(struct scan *s)
{
	return (uint32_t)big_endian(s, 4);
}

uint64_t
scan_u64(struct scan *s)
{
	return big_endian(s, 8);
}

struct str
scan_counted(struct scan *s)
{
	return scan_bytes(s, scan_u32(s));
}

enum err
scan_error(const struct scan *s)
{
	return s->failed ? ERR_INVALID : OK;
}

enum err
scan_end(const struct scan *s)
{
	return s->failed || s->n > 0 ? ERR_INVALID : OK;
}
