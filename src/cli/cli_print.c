/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"

/* A text that goes to a terminal must not steer it. */
static void
plain(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		buf_char(b, c < 0x20 || c == 0x7f ? ' ' : (char)c);
	}
}

static void
plain_value(struct buf *b, const struct value *v)
{
	switch (value_type(v)) {
	case VALUE_TEXT:
		plain(b, value_str(v));
		break;
	case VALUE_NULL:
		buf_char(b, '-');
		break;
	default:
		value_json(b, v);
	}
}

/* One line an object's member; a list's items one after the other. */
static void
lines(struct buf *b, const struct value *v)
{
	const char *key;

	if (value_type(v) == VALUE_LIST) {
		for (size_t i = 0; i < value_count(v); i++) {
			if (i > 0 && value_type(value_at(v, i)) == VALUE_OBJECT)
				buf_char(b, '\n');
			lines(b, value_at(v, i));
		}
		return;
	}
	if (value_type(v) != VALUE_OBJECT) {
		plain_value(b, v);
		buf_char(b, '\n');
		return;
	}
	for (size_t i = 0; (key = value_key(v, i)) != NULL; i++) {
		buf_text(b, key);
		buf_text(b, ": ");
		plain_value(b, value_get(v, key));
		buf_char(b, '\n');
	}
}

void
cli_print(struct cli *c, const struct value *v)
{
	struct buf *b = buf_new(c->a, LIMIT_FRAME);

	if (c->json) {
		value_json(b, v);
		buf_char(b, '\n');
	} else {
		lines(b, v);
	}
	/* Whether it could be written is asked once, at the end of cli_main(). */
	(void)fwrite(buf_view(b).p, 1, buf_view(b).n, stdout);
}
