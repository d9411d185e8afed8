/* SPDX-License-Identifier: Apache-2.0 */
/* format.c - which format a text has, and JSON that a person can read. */
#include "decision/format.h"

#include <string.h>

#include "base/arena.h"
#include "decision/format_priv.h"
#include "text/i18n.h"

enum err
format_refuse(struct format_reader *r, const char *path, const char *key, const char *rule)
{
	*r->fault = (struct decision_fault){ .where = key == NULL ? path : format_at(r, path, key), .rule = rule, .message = rule };
	return ERR_INVALID;
}

enum err
format_refuse_of(struct format_reader *r, const char *path, const char *message, const char *place, const char *value, const char *n)
{
	*r->fault = (struct decision_fault){ .where = path, .message = message, .place = place, .value = value, .n = n,
		.rule = i18n_fill(r->a, message, I18N_ARGS({ "place", place }, { "value", value }, { "n", n })) };
	return ERR_INVALID;
}

const char *
format_at(struct format_reader *r, const char *path, const char *key)
{
	struct buf *b = buf_new(r->a, LIMIT_KIB(64));

	buf_text(b, path);
	buf_char(b, '/');
	for (const char *p = key; *p != '\0'; p++) {
		if (*p == '~')
			buf_str(b, STR("~0"));
		else if (*p == '/')
			buf_str(b, STR("~1"));
		else
			buf_char(b, *p);
	}
	return buf_cstr(r->a, b);
}

enum err
format_text(struct format_reader *r, const struct value *o, const char *path, const char *key, const char *otherwise,
    const char **ret)
{
	const struct value *v = value_get(o, key);

	if (v == NULL && otherwise != NULL) {
		*ret = otherwise;
		return OK;
	}
	if (v == NULL)
		return format_refuse(r, path, key, N_("the member is missing"));
	if (value_type(v) != VALUE_TEXT || value_str(v).n == 0)
		return format_refuse(r, path, key, N_("a text of at least one character must stand here"));
	*ret = value_cstr(v);
	return OK;
}

enum err
format_may(struct format_reader *r, const struct value *o, const char *path, const char *key, const char **ret)
{
	*ret = NULL;
	if (value_get(o, key) == NULL || value_type(value_get(o, key)) == VALUE_NULL)
		return OK;
	return format_text(r, o, path, key, NULL, ret);
}

/* Line and column of byte ${at}. */
static void
place(struct str text, size_t at, struct decision_fault *fault)
{
	fault->line = 1;
	fault->column = 1;
	for (size_t i = 0; i < at && i < text.n; i++) {
		fault->column++;
		if (text.p[i] == '\n') {
			fault->line++;
			fault->column = 1;
		}
	}
}

static enum err
read_model(struct arena *a, struct str text, bool draft, struct decision_model *ret, struct decision_fault *fault)
{
	struct format_reader r = { .a = a, .fault = fault, .draft = draft };
	struct value *json;
	size_t at = 0;
	struct str start = str_trim(text);

	*fault = (struct decision_fault){ .where = "", .rule = "" };
	memset(ret, 0, sizeof(*ret));
	if (text.n > LIMIT_DECISION_MODEL) {
		fault->rule = fault->message = N_("the text is larger than 16 MiB: that is no decision model");
		return ERR_LIMIT;
	}
	(void)str_eat(&start, STR("\xef\xbb\xbf"));
	if (start.n == 0 || (start.p[0] != '{' && start.p[0] != '[')) {
		TRY(format_table_read_csv(&r, text, ret));
		return decision_compile(a, ret);
	}
	enum err e = value_parse(a, text, &json, &at);

	if (e != OK) {
		place(text, at, fault);
		fault->rule = fault->message = e == ERR_LIMIT ? N_("JSON is nested more than 32 deep: that is no decision model")
					     : N_("this is no JSON (RFC 8259)");
		return e;
	}
	if (str_is(value_str(value_get(json, "format")), "tobiguchi-decision-model"))
		return format_tree_read(&r, json, ret);
	TRY(format_table_read(&r, json, ret));
	return decision_compile(a, ret);
}

enum err
decision_model_read(struct arena *a, struct str text, struct decision_model *ret, struct decision_fault *fault)
{
	return read_model(a, text, false, ret, fault);
}

enum err
decision_draft_read(struct arena *a, struct str text, struct decision_model *ret, struct decision_fault *fault)
{
	return read_model(a, text, true, ret, fault);
}

static void
line(struct buf *out, int depth)
{
	buf_char(out, '\n');
	for (int i = 0; i < depth; i++)
		buf_str(out, STR("  "));
}

/* Compact JSON with each member and item on a line of its own. */
static void
indent(struct buf *out, struct str json)
{
	int depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < json.n; i++) {
		char c = json.p[i];

		if (quoted) {
			buf_char(out, c);
			if (c == '\\' && i + 1 < json.n)
				buf_char(out, json.p[++i]);
			quoted = c != '"';
			continue;
		}
		if ((c == '{' || c == '[') && i + 1 < json.n && json.p[i + 1] != '}' && json.p[i + 1] != ']') {
			buf_char(out, c);
			line(out, ++depth);
			continue;
		}
		if ((c == '}' || c == ']') && json.p[i - 1] != '{' && json.p[i - 1] != '[')
			line(out, --depth);
		buf_char(out, c);
		quoted = c == '"';
		if (c == ',')
			line(out, depth);
		else if (c == ':')
			buf_char(out, ' ');
	}
	buf_char(out, '\n');
}

void
decision_model_write(struct buf *out, const struct decision_model *m)
{
	AUTO(arena) a = arena_new();
	const char *text = value_json_text(a, m->row != NULL ? format_table_value(a, m) : format_tree_value(a, m));

	indent(out, str_of(text));
}

enum err
decision_model_text(struct arena *a, const struct decision_model *m, struct str *ret)
{
	struct buf *b = buf_new(a, LIMIT_DECISION_MODEL);

	decision_model_write(b, m);
	TRY(buf_error(b));
	*ret = (struct str){ buf_cstr(a, b), b->n };
	return OK;
}
