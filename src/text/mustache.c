/* SPDX-License-Identifier: Apache-2.0 */
#include "text/mustache.h"

#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "text/i18n.h"
#include "text/mustache_priv.h"
#include "text/value_priv.h"

/* What stands before each line of a partial; the outer ones first. */
struct indent {
	struct str text;
	const struct indent *outer;
};

/* The blocks that a {{<parent}} tag gives. */
struct blocks {
	const struct op *op;
	uint32_t from, to;
	const struct blocks *inner; /* of the tag that surrounds this one */
};

/* Where a name was seen last, that far down the stack: the rows of a list are alike. */
struct seen {
	const struct name_part *name;
	const struct value *table;
	uint32_t place;
};
#define SEEN_BITS 9

struct render {
	struct buf *out;
	bool strict;
	const char *missing;
	const struct value *stack[LIMIT_TEMPLATE_DEPTH * 2]; /* the last is looked at first */
	size_t n;
	size_t depth;
	const struct indent *indent;
	bool line_begins; /* only kept while there is an indent */
	const struct blocks *blocks;
	int64_t count; /* of the plural around */
	struct seen seen[1 << SEEN_BITS];
};

static const char *const reference[] = { NULL, "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };
static const uint8_t referred[256] = { ['&'] = 1, ['<'] = 2, ['>'] = 3, ['"'] = 4, ['\''] = 5 };

/* Bytes at the front of ${s} that stand for themselves; most text has no others. */
static size_t
plain(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t i = 0;

	while (s.n - i >= 4 && (referred[p[i]] | referred[p[i + 1]] | referred[p[i + 2]] | referred[p[i + 3]]) == 0)
		i += 4;
	while (i < s.n && referred[p[i]] == 0)
		i++;
	return i;
}

void
mustache_escape(struct buf *out, struct str s)
{
	while (s.n > 0) {
		size_t n = plain(s);

		buf_add(out, s.p, n);
		if (n == s.n)
			return;
		buf_text(out, reference[referred[(unsigned char)s.p[n]]]);
		s = str_skip(s, n + 1);
	}
}

static void
add_indent(struct buf *out, const struct indent *i)
{
	if (i->outer != NULL)
		add_indent(out, i->outer);
	buf_str(out, i->text);
}

static void
begin_line(struct render *r)
{
	if (r->indent != NULL && r->line_begins) {
		add_indent(r->out, r->indent);
		r->line_begins = false;
	}
}

/* A template's own text: its lines get the indent, those of values do not. */
static void
add_text(struct render *r, struct str text)
{
	if (r->indent == NULL) {
		buf_str(r->out, text);
		return;
	}
	while (text.n > 0) {
		size_t end = str_find_char(text, '\n', 0);
		size_t n = end == SIZE_MAX ? text.n : end + 1;

		begin_line(r);
		buf_str(r->out, str_take(text, n));
		r->line_begins = end != SIZE_MAX;
		text = str_skip(text, n);
	}
}

/* ${depth} only keeps the same name at different depths apart. */
static const struct value *
find_in(struct render *r, const struct value *o, size_t depth, const struct name_part *name)
{
	if (o == NULL || o->type != VALUE_OBJECT)
		return NULL;
	const struct value *table = value_table(o);
	uint64_t h = ((uintptr_t)name / sizeof(*name) + depth) * UINT64_C(0x9e3779b97f4a7c15);
	struct seen *s = &r->seen[h >> (64 - SEEN_BITS)];

	if (s->name != name || s->table != table)
		*s = (struct seen){ name, table, value_place(table, name->text, name->hash) };
	return value_at_place(o, s->place);
}

static const struct value *
find(struct render *r, const struct name *name)
{
	const struct value *v = NULL;

	if (name->parts == 0)
		return r->n > 0 ? r->stack[r->n - 1] : NULL;
	for (size_t i = r->n; i > 0 && v == NULL; i--)
		v = find_in(r, r->stack[i - 1], i, name->part);
	for (uint32_t i = 1; i < name->parts && v != NULL; i++) {
		/* What an optional object would hold is as absent as it. */
		if (v->type == VALUE_NULL)
			return v;
		v = find_in(r, v, COUNT(r->stack) * 2, &name->part[i]);
	}
	return v;
}

static void
add_value(struct render *r, const struct value *v, bool raw)
{
	switch (value_type(v)) {
	case VALUE_TEXT:
		if (!raw) {
			mustache_escape(r->out, value_str(v));
			return;
		}
		buf_str(r->out, value_str(v));
		return;
	case VALUE_HTML:
		buf_str(r->out, value_str(v));
		return;
	case VALUE_NULL:
	case VALUE_LIST:
	case VALUE_OBJECT:
		return;
	case VALUE_BOOL:
	case VALUE_INT:
	case VALUE_REAL:
		value_json(r->out, v);
		return;
	}
}

static enum err walk(struct render *r, const struct op *op, uint32_t from, uint32_t to);

static enum err
walk_with(struct render *r, const struct op *op, uint32_t at, const struct value *v)
{
	if (r->n == COUNT(r->stack))
		return ERR_LIMIT;
	r->stack[r->n++] = v;
	enum err e = walk(r, op, at + 1, op[at].end);

	r->n--;
	return e;
}

static enum err
section(struct render *r, const struct op *op, uint32_t at)
{
	const struct value *v = find(r, &op[at].name);

	if (!value_true(v))
		return OK;
	if (value_type(v) != VALUE_LIST)
		return walk_with(r, op, at, v);
	for (size_t i = 0; i < value_count(v); i++)
		TRY(walk_with(r, op, at, value_at(v, i)));
	return OK;
}

static enum err
partial(struct render *r, const struct template *t, struct str text)
{
	if (t == NULL)
		return OK;
	if (text.n == 0)
		return walk(r, t->op, 0, t->n);
	struct indent indent = { .text = text, .outer = r->indent };

	r->indent = &indent;
	r->line_begins = true;
	enum err e = walk(r, t->op, 0, t->n);

	r->indent = indent.outer;
	r->line_begins = true;
	return e;
}

/* A partial whose name the model holds; compiled on the spot, for lack of a
 * list of all that there could be. */
static enum err
dynamic(struct render *r, const struct template *t, const struct op *op)
{
	struct str name = value_str(find(r, &op->name));

	if (name.n == 0 || t->partials == NULL)
		return OK;
	struct str source = t->partials(t->object, name);

	if (source.p == NULL)
		return OK;
	AUTO(arena) a = arena_new();
	const struct template *found;

	TRY(mustache_compile(a, source, t->lang, t->partials, t->object, &found, NULL));
	enum err e = partial(r, found, op->text);

	/* Its names lie in the arena that ends here. */
	memset(r->seen, 0, sizeof(r->seen));
	if (r->missing != NULL)
		r->missing = op->name.text;
	return e;
}

static enum err
parent(struct render *r, const struct op *op, uint32_t at)
{
	struct blocks blocks = {
		.op = op, .from = at + 1, .to = op[at].end, .inner = r->blocks
	};

	r->blocks = &blocks;
	enum err e = partial(r, op[at].partial, op[at].text);

	r->blocks = blocks.inner;
	return e;
}

/* The outermost tag that gives the block decides. */
static enum err
block(struct render *r, const struct op *op, uint32_t at)
{
	const struct op *found = op;
	uint32_t found_at = at;

	for (const struct blocks *b = r->blocks; b != NULL; b = b->inner)
		for (uint32_t i = b->from; i < b->to;) {
			if (b->op[i].type == OP_BLOCK && str_equal(b->op[i].text, op[at].text)) {
				found = b->op;
				found_at = i;
			}
			i = b->op[i].end > i ? b->op[i].end : i + 1;
		}
	return walk(r, found, found_at + 1, found[found_at].end);
}

static enum err
plural(struct render *r, const struct op *op, uint32_t at, enum lang lang)
{
	int64_t n = value_integer(find(r, &op[at].name));
	uint32_t form = at + 1;
	int64_t outer = r->count;

	for (size_t i = i18n_form(lang, n); i > 0; i--)
		form = op[form].end;
	r->count = n;
	enum err e = walk(r, op, form + 1, op[form].end);

	r->count = outer;
	return e;
}

static enum err
walk(struct render *r, const struct op *op, uint32_t from, uint32_t to)
{
	if (r->depth == LIMIT_TEMPLATE_DEPTH)
		return ERR_LIMIT;
	r->depth++;
	for (uint32_t i = from; i < to;) {
		const struct op *o = &op[i];
		const struct value *found;

		switch (o->type) {
		case OP_TEXT:
			add_text(r, o->text);
			break;
		case OP_VALUE:
		case OP_RAW:
			begin_line(r);
			found = find(r, &o->name);
			if (found == NULL && r->missing == NULL)
				r->missing = o->name.text;
			add_value(r, found, o->type == OP_RAW);
			break;
		case OP_SECTION:
			TRY(section(r, op, i));
			break;
		case OP_INVERTED:
			if (!value_true(find(r, &o->name)))
				TRY(walk(r, op, i + 1, o->end));
			break;
		case OP_PARTIAL:
			TRY(partial(r, o->partial, o->text));
			break;
		case OP_DYNAMIC:
			TRY(dynamic(r, o->partial, o));
			break;
		case OP_PARENT:
			TRY(parent(r, op, i));
			break;
		case OP_BLOCK:
			TRY(block(r, op, i));
			break;
		case OP_PLURAL:
			begin_line(r);
			TRY(plural(r, op, i, o->lang));
			break;
		case OP_FORM:
			break; /* reached through OP_PLURAL only */
		case OP_COUNT:
			i18n_add_number(r->out, r->count);
			break;
		}
		i = o->end > i ? o->end : i + 1;
	}
	r->depth--;
	return OK;
}

enum err
mustache_render_all(const struct template *t, const struct value *const *model, size_t models,
    struct buf *out, bool strict, const char **ret_missing)
{
	struct render r = { .out = out, .strict = strict };

	if (models > COUNT(r.stack))
		return ERR_LIMIT;
	for (size_t i = 0; i < models; i++)
		r.stack[r.n++] = model[i];
	TRY(walk(&r, t->op, 0, t->n));
	TRY(buf_error(out));
	if (strict && r.missing != NULL) {
		if (ret_missing != NULL)
			*ret_missing = r.missing;
		return ERR_NOT_FOUND;
	}
	return OK;
}

enum err
mustache_render(const struct template *t, const struct value *model, struct buf *out, bool strict,
    const char **ret_missing)
{
	return mustache_render_all(t, &model, 1, out, strict, ret_missing);
}
