/* SPDX-License-Identifier: Apache-2.0 */
#include "blob/blob_fold.h"

#include <string.h>

#include "base/buf.h"

#define LITERAL 0 /* tag, u32 length */
#define RUN 1	  /* tag, u16 width, u8 line end (1 LF, 2 CRLF), u32 length */
#define LITERAL_HEAD ((size_t)5)
#define RUN_HEAD ((size_t)8)
#define WIDTH_MIN ((size_t)40) /* shorter lines may be words */
#define WIDTH_MAX ((size_t)1000)
#define LINES_MIN 3

static const char alphabet[65] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#define NONE 64U

static uint32_t
value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (uint32_t)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (uint32_t)(c - 'a') + 26;
	if (c >= '0' && c <= '9')
		return (uint32_t)(c - '0') + 52;
	return c == '+' ? 62 : c == '/' ? 63 : NONE;
}

/* How many characters of the alphabet ${s} begins with. */
static size_t
characters(struct str s)
{
	size_t n = 0;

	while (n < s.n && value_of(s.p[n]) < NONE)
		n++;
	return n;
}

static size_t
line_end(struct str s)
{
	if (s.n > 0 && s.p[0] == '\n')
		return 1;
	return s.n > 1 && s.p[0] == '\r' && s.p[1] == '\n' ? 2 : 0;
}

static void
decode(struct buf *out, struct str s)
{
	for (size_t i = 0; i + 4 <= s.n; i += 4) {
		const char *p = s.p + i;
		uint32_t v = value_of(p[0]) << 18 | value_of(p[1]) << 12 | value_of(p[2]) << 6 | value_of(p[3]);
		const unsigned char b[3] = { (unsigned char)(v >> 16), (unsigned char)(v >> 8), (unsigned char)v };

		buf_add(out, b, 3);
	}
}

/* Characters of the last group if it is "xx==" or "xxx=" with no bit lost. */
static size_t
padded(struct str s, struct buf *out)
{
	size_t n = characters(str_take(s, 3));
	unsigned char b[2];

	if (n < 2 || s.n < 4 || s.p[3] != '=' || (n == 2 && s.p[2] != '='))
		return 0;
	uint32_t v = value_of(s.p[0]) << 12 | value_of(s.p[1]) << 6 | (n == 3 ? value_of(s.p[2]) : 0);

	if ((v & (n == 3 ? 3U : 0x3ffU)) != 0)
		return 0;
	b[0] = (unsigned char)(v >> 10);
	b[1] = (unsigned char)(v >> 2);
	buf_add(out, b, n - 1);
	return 4;
}

static void
literal(struct buf *out, struct str s)
{
	if (s.n == 0)
		return;
	buf_char(out, LITERAL);
	buf_u32(out, (uint32_t)s.n);
	buf_str(out, s);
}

/* The base64 lines that ${s} begins with: how many bytes they are, without the
 * last line end; 0 = too few. ${literal_before} goes out before them. */
static size_t
run(struct buf *out, struct str s, struct str literal_before)
{
	size_t width = characters(str_take(s, WIDTH_MAX + 1)), end = line_end(str_skip(s, width));
	size_t lines = 0, at = 0, n, head;

	if (width < WIDTH_MIN || width > WIDTH_MAX || width % 4 != 0 || end == 0)
		return 0;
	for (;; lines++) { /* full lines with the same end */
		struct str rest = str_skip(s, at);

		if (characters(str_take(rest, width + 1)) != width || line_end(str_skip(rest, width)) != end)
			break;
		at += width + end;
	}
	if (lines < LINES_MIN)
		return 0;
	literal(out, literal_before);
	head = out->n;
	buf_char(out, RUN);
	buf_u16(out, (uint16_t)width);
	buf_char(out, (char)end);
	buf_u32(out, 0); /* known later */
	for (size_t i = 0; i < lines; i++)
		decode(out, (struct str){ s.p + i * (width + end), width });
	/* The last, shorter one, as far as it is a line of its own. */
	n = characters(str_take(str_skip(s, at), width)) / 4 * 4;
	size_t before = out->n;

	decode(out, (struct str){ s.p + at, n });
	if (n + 4 <= width)
		n += padded(str_skip(s, at + n), out);
	if (n == 0 || (at + n < s.n && line_end(str_skip(s, at + n)) == 0)) {
		out->n = out->failed ? out->n : before;
		n = 0;
	}
	if (out->failed)
		return 0;
	for (size_t i = 0; i < 4; i++)
		out->p[head + 4 + i] = (char)((out->n - head - RUN_HEAD) >> (24 - 8 * i));
	return n > 0 ? at + n : at - end;
}

bool
blob_fold(struct buf *out, struct str in)
{
	size_t from = 0, at = 0;
	bool any = false;

	while (at < in.n && !out->failed) {
		size_t n = run(out, str_skip(in, at), (struct str){ in.p + from, at - from });

		if (n > 0) {
			any = true;
			at += n;
			from = at;
		}
		n = str_find_char(in, '\n', at);
		at = n == SIZE_MAX ? in.n : n + 1;
	}
	if (any)
		literal(out, str_skip(in, from));
	return any && !out->failed;
}

/* Takes what it can of the next record's head; true when it is there. */
static bool
read_head(struct blob_unfold *u, struct str *in)
{
	while (in->n > 0 && u->head_n < (u->head_n > 0 && u->head[0] == LITERAL ? LITERAL_HEAD : RUN_HEAD)) {
		u->head[u->head_n++] = (unsigned char)in->p[0];
		*in = str_skip(*in, 1);
	}
	return u->head_n > 0 && u->head_n == (u->head[0] == LITERAL ? LITERAL_HEAD : RUN_HEAD);
}

static enum err
begin_record(struct blob_unfold *u)
{
	const unsigned char *h = u->head, *n = h + u->head_n - 4;

	u->run = h[0] == RUN;
	u->left = (size_t)n[0] << 24 | (size_t)n[1] << 16 | (size_t)n[2] << 8 | n[3];
	u->head_n = 0;
	if (!u->run)
		return h[0] == LITERAL ? OK : ERR_IO;
	u->width = (size_t)h[1] << 8 | h[2];
	u->column = 0;
	u->crlf = h[3] == 2;
	return u->width < WIDTH_MIN || u->width > WIDTH_MAX || u->width % 4 != 0 ? ERR_IO : OK;
}

/* Up to three bytes become a group, after a line end where one is due. */
static void
make_group(struct blob_unfold *u)
{
	uint32_t v = (uint32_t)u->in[0] << 16 | (uint32_t)u->in[1] << 8 | u->in[2];

	u->out_n = u->out_at = 0;
	if (u->column == u->width) {
		if (u->crlf)
			u->out[u->out_n++] = '\r';
		u->out[u->out_n++] = '\n';
		u->column = 0;
	}
	for (size_t i = 0; i < 4; i++)
		u->out[u->out_n++] = i <= u->in_n ? alphabet[v >> (18 - 6 * i) & 63] : '=';
	u->column += 4;
	memset(u->in, 0, sizeof(u->in));
	u->in_n = 0;
}

static void
take_group(struct blob_unfold *u, struct str *in)
{
	while (in->n > 0 && u->in_n < 3 && u->left > 0) {
		u->in[u->in_n++] = (unsigned char)in->p[0];
		*in = str_skip(*in, 1);
		u->left--;
	}
	if (u->in_n == 3 || (u->in_n > 0 && u->left == 0))
		make_group(u);
}

enum err
blob_unfold(struct blob_unfold *u, struct str *in, char *p, size_t max, size_t *ret)
{
	size_t n = 0;

	for (;;) {
		while (u->out_at < u->out_n && n < max)
			p[n++] = u->out[u->out_at++];
		if (n == max || (in->n == 0 && u->out_at == u->out_n))
			break;
		if (u->left == 0) {
			if (read_head(u, in))
				TRY(begin_record(u));
		} else if (u->run) {
			take_group(u, in);
		} else {
			struct str piece = str_take(*in, u->left < max - n ? u->left : max - n);

			memcpy(p + n, piece.p, piece.n);
			n += piece.n;
			u->left -= piece.n;
			*in = str_skip(*in, piece.n);
		}
	}
	*ret = n;
	return OK;
}

bool
blob_unfold_whole(const struct blob_unfold *u)
{
	return u->left == 0 && u->head_n == 0 && u->in_n == 0 && u->out_at == u->out_n;
}
