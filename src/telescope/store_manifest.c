/* SPDX-License-Identifier: Apache-2.0 */
#include "telescope/store_manifest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/hex.h"
#include "telescope/segment_code.h"

#define NAME_MAX_BYTES 32

void
manifest_add(struct buf *line, const struct store_entry *x)
{
	buf_printf(line, "+%s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %016" PRIx64 "\t", x->name, x->day, x->from, x->to,
	    x->rows, x->hash);
}

void
manifest_remove(struct buf *line, const char *name)
{
	buf_printf(line, "-%s\t", name);
}

void
manifest_file(struct buf *line, uint64_t mark)
{
	buf_printf(line, "!%016" PRIx64 "\t", mark);
}

void
manifest_end(struct buf *line, const char *note)
{
	if (note != NULL)
		buf_printf(line, "=%s\t", note);
	buf_printf(line, "#%016" PRIx64 "\n", segment_hash(line->p, line->n));
}

static bool
hash_parse(struct str s, uint64_t *ret)
{
	uint8_t b[8];
	uint64_t v = 0;

	if (hex_parse(s, b, sizeof(b)) != OK)
		return false;
	for (unsigned i = 0; i < sizeof(b); i++)
		v = v << 8 | b[i];
	*ret = v;
	return true;
}

/* Letters of a file's name: nothing that leads elsewhere. */
static bool
name_ok(struct str s)
{
	bool ok = s.n > 0 && s.n <= NAME_MAX_BYTES;

	for (size_t i = 0; i < s.n; i++)
		ok = ok && (str_is_digit(s.p[i]) || (s.p[i] == '.' && i > 0));
	return ok;
}

static enum err
add(struct arena *a, struct manifest *m, struct str s)
{
	struct store_entry x;
	struct str word;
	int64_t *number[] = { &x.day, &x.from, &x.to, &x.rows };

	if (!str_split(&s, ' ', &word) || !name_ok(word))
		return ERR_INVALID;
	x.name = arena_cstr(a, word);
	for (size_t i = 0; i < COUNT(number); i++) {
		if (!str_split(&s, ' ', &word) || !str_int(word, 0, INT64_MAX, number[i]))
			return ERR_INVALID;
	}
	if (!hash_parse(s, &x.hash))
		return ERR_INVALID;
	m->entry = arena_room(a, m->entry, m->n, sizeof(*m->entry));
	m->entry[m->n++] = x;
	return OK;
}

static enum err
take_away(struct manifest *m, struct str name)
{
	for (size_t i = 0; i < m->n; i++) {
		if (str_is(name, m->entry[i].name)) {
			memmove(&m->entry[i], &m->entry[i + 1], (m->n - i - 1) * sizeof(*m->entry));
			m->n--;
			return OK;
		}
	}
	return ERR_INVALID;
}

static enum err
line_parse(struct arena *a, struct manifest *m, struct str line)
{
	struct str field, check;
	uint64_t hash;

	if (line.n < 17)
		return ERR_INVALID;
	check = str_skip(line, line.n - 16);
	line = str_take(line, line.n - 17);
	if (check.p[-1] != '#' || !hash_parse(check, &hash) || hash != segment_hash(line.p, line.n))
		return ERR_INVALID;
	while (str_split(&line, '\t', &field) && field.n > 0) {
		struct str rest = str_skip(field, 1);

		switch (field.p[0]) {
		case '+':
			TRY(add(a, m, rest));
			break;
		case '-':
			TRY(take_away(m, rest));
			break;
		case '!':
			m->file = arena_room(a, m->file, m->files, sizeof(*m->file));
			if (!hash_parse(rest, &m->file[m->files++]))
				return ERR_INVALID;
			break;
		case '=':
			m->note = arena_cstr(a, rest);
			break;
		default:
			return ERR_INVALID;
		}
	}
	return OK;
}

static int
entry_order(const void *x, const void *y)
{
	const struct store_entry *p = x, *q = y;

	if (p->day != q->day)
		return p->day < q->day ? -1 : 1;
	if (strlen(p->name) != strlen(q->name))
		return strlen(p->name) < strlen(q->name) ? -1 : 1;
	return strcmp(p->name, q->name);
}

enum err
manifest_parse(struct arena *a, struct str text, struct manifest *ret)
{
	struct manifest m = { .note = "" };

	while (m.whole < text.n) {
		size_t end = str_find_char(text, '\n', m.whole);

		if (end == SIZE_MAX)
			break; /* was not finished, so it never was valid */
		TRY(line_parse(a, &m, str_take(str_skip(text, m.whole), end - m.whole)));
		m.whole = end + 1;
	}
	if (m.n > 0)
		qsort(m.entry, m.n, sizeof(*m.entry), entry_order);
	*ret = m;
	return OK;
}
