/* SPDX-License-Identifier: Apache-2.0 */
#include "team/qr.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"

#define VERSIONS 10
#define QUIET 4 /* white modules around it: 18004 section 9.1 */

/* Level L. ISO/IEC 18004 tables 1 and 9: check bytes a block, and blocks. */
static const struct {
	int total, check, blocks;
} version_table[VERSIONS + 1] = {
	[1] = { 26, 7, 1 },   [2] = { 44, 10, 1 },  [3] = { 70, 15, 1 },  [4] = { 100, 20, 1 },
	[5] = { 134, 26, 1 }, [6] = { 172, 18, 2 }, [7] = { 196, 20, 2 }, [8] = { 242, 24, 2 },
	[9] = { 292, 30, 2 }, [10] = { 346, 18, 4 },
};
/* Centres of the alignment patterns (annex E). */
static const uint8_t centre[VERSIONS + 1][3] = { [2] = { 6, 18 }, [3] = { 6, 22 }, [4] = { 6, 26 },
	[5] = { 6, 30 }, [6] = { 6, 34 }, [7] = { 6, 22, 38 }, [8] = { 6, 24, 42 }, [9] = { 6, 26, 46 },
	[10] = { 6, 28, 50 } };

struct qr {
	int version, size;
	uint8_t *dark, *fixed; /* size * size each */
};

static void
set(struct qr *q, int x, int y, bool dark)
{
	q->dark[y * q->size + x] = dark;
	q->fixed[y * q->size + x] = 1;
}

static int
data_bytes(int version)
{
	return version_table[version].total - version_table[version].check * version_table[version].blocks;
}

/* GF(256) with x^8 + x^4 + x^3 + x^2 + 1. */
static uint8_t
multiply(uint8_t x, uint8_t y)
{
	unsigned z = 0;

	for (int i = 7; i >= 0; i--) {
		z = z << 1 ^ (z >> 7) * 0x11d;
		z ^= (unsigned)(y >> i & 1) * x;
	}
	return (uint8_t)z;
}

/* The remainder of ${data} by the generator of degree ${n}. */
static void
check_bytes(const uint8_t *data, int len, uint8_t *ret, int n)
{
	uint8_t generator[32] = { 0 }, root = 1;

	generator[n - 1] = 1;
	for (int i = 0; i < n; i++) {
		for (int k = 0; k < n; k++) {
			generator[k] = multiply(generator[k], root);
			if (k + 1 < n)
				generator[k] ^= generator[k + 1];
		}
		root = multiply(root, 2);
	}
	memset(ret, 0, (size_t)n);
	for (int i = 0; i < len; i++) {
		uint8_t factor = data[i] ^ ret[0];

		memmove(ret, ret + 1, (size_t)(n - 1));
		ret[n - 1] = 0;
		for (int k = 0; k < n; k++)
			ret[k] ^= multiply(generator[k], factor);
	}
}

/* Mode, length, text, end, padding. */
static void
write_data(struct str text, int version, uint8_t *out)
{
	const int n = data_bytes(version), count = version < 10 ? 8 : 16;
	int at = 0;

	memset(out, 0, (size_t)n);
#define PUT(value, bits)                                                                           \
	for (int b_ = (bits)-1; b_ >= 0; b_--, at++)                                               \
		out[at / 8] |= (uint8_t)(((value) >> b_ & 1) << (7 - at % 8))
	PUT(4u, 4);
	PUT((unsigned)text.n, count);
	for (size_t i = 0; i < text.n; i++)
		PUT((unsigned)(unsigned char)text.p[i], 8);
#undef PUT
	at += 4;
	for (int i = (at + 7) / 8, k = 0; i < n; i++, k++)
		out[i] = k % 2 == 0 ? 0xec : 0x11;
}

/* Data and check bytes of all blocks, interleaved. */
static void
interleave(const uint8_t *data, int version, uint8_t *out)
{
	const int blocks = version_table[version].blocks, check = version_table[version].check;
	const int n = data_bytes(version), small = n / blocks, long_from = blocks - n % blocks;
	uint8_t sums[4][32];
	int start[4], at = 0;

	for (int b = 0, p = 0; b < blocks; b++) {
		int len = small + (b >= long_from);

		start[b] = p;
		check_bytes(data + p, len, sums[b], check);
		p += len;
	}
	for (int i = 0; i <= small; i++) {
		for (int b = 0; b < blocks; b++) {
			if (i < small || b >= long_from)
				out[at++] = data[start[b] + i];
		}
	}
	for (int i = 0; i < check; i++) {
		for (int b = 0; b < blocks; b++)
			out[at++] = sums[b][i];
	}
}

static int
distance(int x, int y)
{
	int ax = x < 0 ? -x : x, ay = y < 0 ? -y : y;

	return ax > ay ? ax : ay;
}

static void
finder(struct qr *q, int cx, int cy)
{
	for (int dy = -4; dy <= 4; dy++) {
		for (int dx = -4; dx <= 4; dx++) {
			int x = cx + dx, y = cy + dy, d = distance(dx, dy);

			if (x >= 0 && x < q->size && y >= 0 && y < q->size)
				set(q, x, y, d != 2 && d != 4);
		}
	}
}

static void
alignment(struct qr *q)
{
	const uint8_t *c = centre[q->version];
	int n = c[0] == 0 ? 0 : c[2] == 0 ? 2 : 3;

	for (int i = 0; i < n; i++) {
		for (int k = 0; k < n; k++) {
			if ((i == 0 && k == 0) || (i == 0 && k == n - 1) || (i == n - 1 && k == 0))
				continue; /* a finder is there */
			for (int dy = -2; dy <= 2; dy++) {
				for (int dx = -2; dx <= 2; dx++)
					set(q, c[i] + dx, c[k] + dy, distance(dx, dy) != 1);
			}
		}
	}
}

/* Level L and ${mask}, BCH(15,5), twice (18004 section 7.9). */
static void
format_bits(struct qr *q, unsigned mask)
{
	unsigned data = 1u << 3 | mask, rest = data;

	for (int i = 0; i < 10; i++)
		rest = rest << 1 ^ (rest >> 9) * 0x537;
	unsigned bits = (data << 10 | rest) ^ 0x5412;
#define BIT(i) ((bits >> (i) & 1) != 0)
	for (int i = 0; i <= 5; i++)
		set(q, 8, i, BIT(i));
	set(q, 8, 7, BIT(6));
	set(q, 8, 8, BIT(7));
	set(q, 7, 8, BIT(8));
	for (int i = 9; i < 15; i++)
		set(q, 14 - i, 8, BIT(i));
	for (int i = 0; i < 8; i++)
		set(q, q->size - 1 - i, 8, BIT(i));
	for (int i = 8; i < 15; i++)
		set(q, 8, q->size - 15 + i, BIT(i));
#undef BIT
	set(q, 8, q->size - 8, true);
}

/* From version 7 on (section 7.10). */
static void
version_bits(struct qr *q)
{
	unsigned rest = (unsigned)q->version;

	if (q->version < 7)
		return;
	for (int i = 0; i < 12; i++)
		rest = rest << 1 ^ (rest >> 11) * 0x1f25;
	unsigned bits = (unsigned)q->version << 12 | rest;

	for (int i = 0; i < 18; i++) {
		int a = q->size - 11 + i % 3, b = i / 3;

		set(q, a, b, (bits >> i & 1) != 0);
		set(q, b, a, (bits >> i & 1) != 0);
	}
}

static void
patterns(struct qr *q)
{
	for (int i = 0; i < q->size; i++) {
		set(q, 6, i, i % 2 == 0);
		set(q, i, 6, i % 2 == 0);
	}
	finder(q, 3, 3);
	finder(q, q->size - 4, 3);
	finder(q, 3, q->size - 4);
	alignment(q);
	format_bits(q, 0);
	version_bits(q);
}

/* Two columns at a time, right to left, up and down by turns. */
static void
codewords(struct qr *q, const uint8_t *bytes, int n)
{
	int i = 0;

	for (int right = q->size - 1; right >= 1; right -= 2) {
		if (right == 6)
			right = 5;
		for (int v = 0; v < q->size; v++) {
			for (int j = 0; j < 2; j++) {
				int x = right - j;
				bool up = ((right + 1) & 2) == 0;
				int y = up ? q->size - 1 - v : v;

				if (q->fixed[y * q->size + x] || i >= n * 8)
					continue;
				q->dark[y * q->size + x] = bytes[i / 8] >> (7 - i % 8) & 1;
				i++;
			}
		}
	}
}

/* Any mask can be read; (x + y) % 2 breaks up runs of equal bytes well. */
static void
apply_mask(struct qr *q)
{
	for (int y = 0; y < q->size; y++) {
		for (int x = 0; x < q->size; x++) {
			if (!q->fixed[y * q->size + x] && (x + y) % 2 == 0)
				q->dark[y * q->size + x] ^= 1;
		}
	}
}

const uint8_t *
qr_modules(struct arena *a, struct str text, int *ret_size)
{
	struct qr q = { .version = 1 };
	uint8_t data[346], all[346];

	while (q.version <= VERSIONS &&
	    (int)text.n + (q.version < 10 ? 2 : 3) > data_bytes(q.version))
		q.version++;
	if (q.version > VERSIONS)
		return NULL;
	q.size = 17 + 4 * q.version;
	q.dark = arena_alloc(a, (size_t)(q.size * q.size));
	q.fixed = arena_alloc(a, (size_t)(q.size * q.size));
	write_data(text, q.version, data);
	interleave(data, q.version, all);
	patterns(&q);
	codewords(&q, all, version_table[q.version].total);
	apply_mask(&q);
	*ret_size = q.size;
	return q.dark;
}

struct str
qr_svg(struct arena *a, struct str text)
{
	int size = 0;
	const uint8_t *m = text.n > LIMIT_KIB(1) ? NULL : qr_modules(a, text, &size);
	struct buf *b = buf_new(a, LIMIT_KIB(64));

	if (m == NULL)
		return STR_NULL;
	buf_printf(b,
	    "<svg class=\"qr\" viewBox=\"0 0 %d %d\" width=\"240\" height=\"240\" role=\"img\" "
	    "aria-label=\"QR\" shape-rendering=\"crispEdges\"><rect width=\"100%%\" height=\"100%%\" "
	    "fill=\"#fff\"/><path fill=\"#000\" d=\"",
	    size + 2 * QUIET, size + 2 * QUIET);
	for (int y = 0; y < size; y++) {
		for (int x = 0; x < size; x++) {
			int run = 0;

			while (x + run < size && m[y * size + x + run])
				run++;
			if (run > 0)
				buf_printf(b, "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, run, run);
			x += run;
		}
	}
	buf_text(b, "\"/></svg>");
	return buf_view(b);
}
