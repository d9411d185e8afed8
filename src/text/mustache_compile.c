/* SPDX-License-Identifier: Apache-2.0 */
/* mustache_compile.c - from a template's text to its list of operations. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "text/i18n.h"
#include "text/mustache_priv.h"
#include "text/value_priv.h"

/* One partial is compiled once for all who use it. */
struct partial {
	struct str name;
	struct template *template;
	struct partial *next;
};

struct mustache_library {
	struct arena *a;
	enum lang lang;
	mustache_source source;
	void *object;
	struct partial *first;
	bool failed; /* a partial could not be compiled */
};

struct open {
	struct str name;
	uint32_t op;
};

struct compiler {
	struct mustache_library *library;
	struct template *template;
	struct str s;
	size_t at;
	struct str open_mark, close_mark;
	struct buf ops, text; /* text: what stands behind the last of ops */
	struct op *op;	      /* in ops */
	uint32_t n;
	struct open open[LIMIT_TEMPLATE_DEPTH];
	size_t depth;
};

static struct op *
push(struct compiler *c, enum op_type type)
{
	struct op op = { .type = type };

	buf_add(&c->ops, &op, sizeof(op));
	c->op = (struct op *)(void *)c->ops.p;
	return &c->op[c->n++];
}

/* What was added since the last tag that does something is one operation. */
static void
end_text(struct compiler *c)
{
	if (c->text.n == 0)
		return;
	struct str text = arena_str(c->library->a, buf_view(&c->text));

	push(c, OP_TEXT)->text = text;
	buf_clear(&c->text);
}

static struct op *
add(struct compiler *c, enum op_type type)
{
	end_text(c);
	return push(c, type);
}

static void
add_text(struct compiler *c, struct str text)
{
	buf_str(&c->text, text);
}

/* The next operation will be this one. */
static uint32_t
next(struct compiler *c)
{
	end_text(c);
	return c->n;
}

/* The operations inside of ${outer} end here. */
static void
end_inside(struct compiler *c, uint32_t outer)
{
	end_text(c);
	c->op[outer].end = c->n;
}

static struct name
parse_name(struct compiler *c, struct str text)
{
	struct name name = { .text = arena_cstr(c->library->a, text) };

	if (str_is(text, ".") || text.n == 0)
		return name;
	struct str rest = str_of(name.text), part;
	size_t dots = 0;

	for (size_t i = 0; i < text.n; i++)
		dots += text.p[i] == '.';
	struct name_part *parts = arena_many(c->library->a, struct name_part, dots + 1);

	while (str_split(&rest, '.', &part))
		parts[name.parts++] = (struct name_part){ part, value_hash(part) };
	name.part = parts;
	return name;
}

/* Translations ------------------------------------------------------- */

static bool
is_name_char(char ch)
{
	return str_is_alnum(ch) || ch == '_' || ch == '.';
}

/* Length of "{name}" at the front of ${s}, or 0. */
static size_t
place(struct str s)
{
	size_t n = 1;

	if (s.n < 3 || s.p[0] != '{' || str_is_digit(s.p[1]))
		return 0;
	while (n < s.n && is_name_char(s.p[n]))
		n++;
	return n > 1 && n < s.n && s.p[n] == '}' ? n + 1 : 0;
}

static void
add_escaped(struct compiler *c, struct str text)
{
	mustache_escape(&c->text, text);
}

static void
add_translation(struct compiler *c, struct str text, bool plural)
{
	size_t from = 0;

	for (size_t i = 0; i < text.n;) {
		size_t n = place(str_skip(text, i));

		if (n == 0) {
			i++;
			continue;
		}
		struct str name = { .p = text.p + i + 1, .n = n - 2 };

		add_escaped(c, (struct str){ .p = text.p + from, .n = i - from });
		if (plural && str_is(name, "n"))
			add(c, OP_COUNT);
		else
			add(c, OP_VALUE)->name = parse_name(c, name);
		i += n;
		from = i;
	}
	add_escaped(c, str_skip(text, from));
}

/* Trimmed, and each run of blanks one blank: as tools/extract-messages. */
static const char *
message(struct compiler *c, struct str s)
{
	s = str_trim(s);
	char *text = arena_alloc(c->library->a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (!str_is_space(s.p[i]))
			text[n++] = s.p[i];
		else if (!str_is_space(s.p[i + 1]))
			text[n++] = ' ';
	}
	return text;
}

static bool
is_translation(struct str tag)
{
	if (tag.n < 2 || tag.p[0] != '_')
		return false;
	if (str_is_space(tag.p[1]))
		return true;
	size_t i = 1;

	while (i < tag.n && (str_is_alnum(tag.p[i]) || tag.p[i] == '_' || tag.p[i] == '-'))
		i++;
	return i > 1 && i < tag.n &&
	    (tag.p[i] == '|' || (i == 2 && tag.p[1] == 'n' && str_is_space(tag.p[i])));
}

static enum err
translation(struct compiler *c, struct str tag)
{
	enum lang lang = c->library->lang;
	struct str count, one;

	tag = str_skip(tag, 1);
	if (str_is_space(tag.p[0])) {
		add_translation(c, str_of(i18n(lang, NULL, message(c, tag))), false);
		return OK;
	}
	if (!(tag.p[0] == 'n' && str_is_space(tag.p[1]))) {
		struct str context;

		(void)str_split(&tag, '|', &context); /* is_translation() saw it */
		add_translation(c,
		    str_of(i18n(lang, arena_cstr(c->library->a, context), message(c, tag))), false);
		return OK;
	}
	tag = str_skip(tag, 1);
	if (!str_split(&tag, '|', &count) || !str_split(&tag, '|', &one) || tag.n == 0)
		return ERR_INVALID;
	uint32_t plural = next(c);

	struct op *op = add(c, OP_PLURAL);

	op->name = parse_name(c, str_trim(count));
	op->lang = lang;
	for (size_t i = 0; i < i18n_forms(lang); i++) {
		uint32_t form = next(c);

		add(c, OP_FORM);
		add_translation(c,
		    str_of(i18n_plural(lang, NULL, message(c, one), message(c, tag),
			i18n_form_example(lang, i))),
		    true);
		end_inside(c, form);
	}
	end_inside(c, plural);
	return OK;
}

/* Tags --------------------------------------------------------------- */

static const struct template *find_partial(struct mustache_library *l, struct str name);

static enum err
open_section(struct compiler *c, enum op_type type, struct str name)
{
	if (c->depth == COUNT(c->open))
		return ERR_LIMIT;
	c->open[c->depth++] = (struct open){ .name = name, .op = next(c) };

	struct op *op = add(c, type);

	if (type == OP_PARENT)
		op->partial = find_partial(c->library, name);
	else if (type == OP_BLOCK)
		op->text = arena_str(c->library->a, name);
	else
		op->name = parse_name(c, name);
	return OK;
}

static enum err
close_section(struct compiler *c, struct str name)
{
	if (c->depth == 0)
		return ERR_INVALID;
	const struct open *o = &c->open[--c->depth];

	if (!str_equal(o->name, name))
		return ERR_INVALID;
	end_inside(c, o->op);
	return OK;
}

static enum err
set_marks(struct compiler *c, struct str tag)
{
	tag = str_trim(tag);
	size_t n = 0;

	while (n < tag.n && !str_is_space(tag.p[n]))
		n++;
	struct str open_mark = str_take(tag, n), close_mark = str_trim(str_skip(tag, n));

	if (open_mark.n == 0 || close_mark.n == 0)
		return ERR_INVALID;
	c->open_mark = open_mark;
	c->close_mark = close_mark;
	return OK;
}

static void
add_partial(struct compiler *c, struct str name, struct str indent)
{
	struct op *op;

	if (str_starts(name, STR("*"))) {
		op = add(c, OP_DYNAMIC);
		op->name = parse_name(c, str_trim(str_skip(name, 1)));
		op->partial = c->template;
	} else {
		const struct template *partial = find_partial(c->library, name);

		/* A picture, for example: as if it stood here. */
		if (partial != NULL && partial->n == 1 && partial->op[0].type == OP_TEXT && indent.n == 0) {
			add_text(c, partial->op[0].text);
			return;
		}
		op = add(c, OP_PARTIAL);
		op->partial = partial;
	}
	op->text = indent;
}

/*
 * Where a tag's text ends, SIZE_MAX if nowhere: at the closing mark that is
 * not part of a {place} in a translation.
 */
static size_t
tag_end(const struct compiler *c, size_t from, struct str close_mark)
{
	struct str rest = str_skip(c->s, from);

	if (!is_translation(rest))
		return str_find(c->s, close_mark, from);
	for (size_t i = 0; i < rest.n;) {
		size_t n = place(str_skip(rest, i));

		if (n == 0 && str_starts(str_skip(rest, i), close_mark))
			return from + i;
		i += n == 0 ? 1 : n;
	}
	return SIZE_MAX;
}

/* Is all between ${from} and ${to} blank? */
static bool
is_blank(struct str s, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (s.p[i] != ' ' && s.p[i] != '\t')
			return false;
	return true;
}

/* The end of the line at ${at} if only blanks are left on it, else 0. */
static size_t
blank_rest(struct str s, size_t at)
{
	while (at < s.n && (s.p[at] == ' ' || s.p[at] == '\t'))
		at++;
	if (at == s.n)
		return at;
	if (s.p[at] == '\r' && at + 1 < s.n && s.p[at + 1] == '\n')
		return at + 2;
	return s.p[at] == '\n' ? at + 1 : 0;
}

/* One tag, which begins at ${at}; the text before it is from ${c->at}. */
static enum err
compile_tag(struct compiler *c, size_t at)
{
	size_t begin = at + c->open_mark.n;
	char sigil = begin < c->s.n ? c->s.p[begin] : '\0';
	struct str close_mark = c->close_mark;
	struct buf triple;

	buf_init(&triple, 64);
	if (sigil == '{' || sigil == '=') {
		buf_char(&triple, sigil == '{' ? '}' : '=');
		buf_str(&triple, c->close_mark);
		close_mark = arena_str(c->library->a, buf_view(&triple));
	}
	enum err marks = buf_error(&triple);

	buf_done(&triple);
	TRY(marks);
	size_t end = tag_end(c, begin, close_mark);

	if (end == SIZE_MAX)
		return ERR_INVALID;
	struct str tag = str_trim((struct str){ .p = c->s.p + begin, .n = end - begin });
	size_t after = end + close_mark.n;

	sigil = tag.n > 0 ? tag.p[0] : '\0';
	size_t text_end = at;
	struct str indent = STR_NULL;
	size_t line = at;

	while (line > 0 && c->s.p[line - 1] != '\n')
		line--;
	size_t next = blank_rest(c->s, after);
	bool alone = tag.n > 0 && strchr("#^/!=><$", sigil) != NULL &&
	    is_blank(c->s, line, at) && (next > 0 || after == c->s.n);

	if (alone) {
		text_end = line > c->at ? line : c->at;
		indent = arena_str(
		    c->library->a, (struct str){ .p = c->s.p + line, .n = at - line });
		after = next;
	}
	add_text(c, (struct str){ .p = c->s.p + c->at, .n = text_end - c->at });
	c->at = after;

	struct str inner = str_trim(str_skip(tag, 1));

	switch (sigil) {
	case '!':
		return OK;
	case '=':
		return set_marks(c, inner);
	case '#':
		return open_section(c, OP_SECTION, inner);
	case '^':
		return open_section(c, OP_INVERTED, inner);
	case '$':
		return open_section(c, OP_BLOCK, inner);
	case '<':
		TRY(open_section(c, OP_PARENT, inner));
		c->op[c->n - 1].text = indent;
		return OK;
	case '/':
		return close_section(c, inner);
	case '>':
		add_partial(c, inner, indent);
		return OK;
	case '{':
	case '&':
		add(c, OP_RAW)->name = parse_name(c, inner);
		return OK;
	case '\0':
		return ERR_INVALID;
	default:
		if (is_translation(tag))
			return translation(c, tag);
		add(c, OP_VALUE)->name = parse_name(c, tag);
		return OK;
	}
}

static enum err
compile_all(struct compiler *c, size_t *ret_line)
{
	enum err e = OK;
	size_t at = 0;

	while (e == OK && (at = str_find(c->s, c->open_mark, c->at)) != SIZE_MAX)
		e = compile_tag(c, at);
	if (e == OK && c->depth > 0) {
		e = ERR_INVALID;
		at = c->s.n;
	}
	if (e != OK) {
		*ret_line = 1;
		for (size_t i = 0; i < at && i < c->s.n; i++)
			*ret_line += c->s.p[i] == '\n';
		return e;
	}
	add_text(c, str_skip(c->s, c->at));
	end_text(c);
	return OK;
}

static enum err
compile(struct mustache_library *l, struct str source, struct template *t, size_t *ret_line)
{
	struct compiler c = {
		.library = l,
		.template = t,
		.s = source,
		.open_mark = STR("{{"),
		.close_mark = STR("}}"),
	};

	buf_init(&c.ops, SIZE_MAX / 2);
	buf_init(&c.text, SIZE_MAX / 2);
	enum err e = compile_all(&c, ret_line);

	if (e == OK)
		*t = (struct template){
			.op = (struct op *)(void *)arena_dupn(l->a, c.ops.p, c.ops.n),
			.n = c.n,
			.partials = l->source,
			.object = l->object,
			.lang = l->lang,
		};
	buf_done(&c.ops);
	buf_done(&c.text);
	return e;
}

static const struct template *
find_partial(struct mustache_library *l, struct str name)
{
	size_t line;

	for (const struct partial *p = l->first; p != NULL; p = p->next)
		if (str_equal(p->name, name))
			return p->template;
	if (l->source == NULL)
		return NULL;
	struct str source = l->source(l->object, name);

	if (source.p == NULL)
		return NULL;
	struct partial *p = arena_one(l->a, struct partial);

	/* Known before it is compiled: it may contain itself. */
	*p = (struct partial){
		.name = arena_str(l->a, name),
		.template = arena_one(l->a, struct template),
		.next = l->first,
	};
	l->first = p;
	if (compile(l, source, p->template, &line) != OK)
		l->failed = true;
	return p->template;
}

struct mustache_library *
mustache_library(struct arena *a, enum lang lang, mustache_source partials, void *object)
{
	struct mustache_library *l = arena_one(a, struct mustache_library);

	*l = (struct mustache_library){ .a = a, .lang = lang, .source = partials, .object = object };
	return l;
}

enum err
mustache_compile_in(struct mustache_library *l, struct str source, const struct template **ret, size_t *ret_line)
{
	struct template *t = arena_one(l->a, struct template);
	size_t line = 0;
	enum err e = compile(l, source, t, &line);

	if (e == OK && l->failed) {
		e = ERR_INVALID;
		line = 0;
	}
	if (e != OK) {
		if (ret_line != NULL)
			*ret_line = line;
		return e;
	}
	*ret = t;
	return OK;
}

enum err
mustache_compile(struct arena *a, struct str source, enum lang lang, mustache_source partials,
    void *object, const struct template **ret, size_t *ret_line)
{
	return mustache_compile_in(mustache_library(a, lang, partials, object), source, ret, ret_line);
}
