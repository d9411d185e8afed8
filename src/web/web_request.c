/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "web/web_priv.h"

static const char *
clean(struct web *w, struct str s)
{
	return s.n == 0 ? "" : arena_cstr(w->a, utf8_clean(w->a, s));
}

const char *
web_path(struct web *w, const char *name)
{
	struct web_match m;

	web_route_find(w->route->method, w->request->path, &m);
	for (int i = 0; i < m.params; i++) {
		if (str_is(m.name[i], name))
			return clean(w, m.value[i]);
	}
	return "";
}

const char *
web_query(struct web *w, const char *name)
{
	return clean(w, http_query(w->request, name));
}

/* A JSON member as the text a form would have sent. */
static struct str
json_text(struct web *w, const struct value *v)
{
	switch (value_type(v)) {
	case VALUE_TEXT:
		return value_str(v);
	case VALUE_INT:
		return str_of(arena_printf(w->a, "%lld", (long long)value_integer(v)));
	case VALUE_BOOL:
		return value_true(v) ? STR("1") : STR_NULL;
	default:
		return STR_NULL;
	}
}

struct str
web_form_str(struct web *w, const char *name)
{
	if (w->json_body != NULL) {
		const struct value *v = value_get(w->json_body, name);

		if (value_type(v) == VALUE_LIST)
			v = value_at(v, 0);
		return json_text(w, v);
	}
	return http_form(w->request, name);
}

const char *
web_form(struct web *w, const char *name)
{
	return clean(w, web_form_str(w, name));
}

bool
web_form_has(struct web *w, const char *name)
{
	if (w->json_body != NULL)
		return value_get(w->json_body, name) != NULL;
	return http_form(w->request, name).p != NULL;
}

const char *const *
web_form_all(struct web *w, const char *name, size_t *ret_n)
{
	size_t n = 0;
	const char **list;

	if (w->json_body != NULL) {
		const struct value *v = value_get(w->json_body, name);
		bool many = value_type(v) == VALUE_LIST;

		n = many ? value_count(v) : v != NULL;
		list = arena_many(w->a, const char *, n + 1);
		for (size_t i = 0; i < n; i++)
			list[i] = clean(w, json_text(w, many ? value_at(v, i) : v));
		*ret_n = n;
		return list;
	}
	list = arena_many(w->a, const char *, w->request->forms + 1);
	for (size_t i = 0; i < w->request->forms; i++) {
		if (str_is(w->request->form[i].name, name))
			list[n++] = clean(w, w->request->form[i].value);
	}
	*ret_n = n;
	return list;
}

static int64_t
number(struct str s, int64_t min, int64_t max, int64_t otherwise)
{
	int64_t v;

	return str_int(str_trim(s), min, max, &v) ? v : otherwise;
}

int64_t
web_query_int(struct web *w, const char *name, int64_t min, int64_t max, int64_t otherwise)
{
	return number(http_query(w->request, name), min, max, otherwise);
}

int64_t
web_form_int(struct web *w, const char *name, int64_t min, int64_t max, int64_t otherwise)
{
	return number(web_form_str(w, name), min, max, otherwise);
}

bool
web_form_ticked(struct web *w, const char *name, bool otherwise)
{
	size_t n;
	const char *const *all = web_form_all(w, name, &n);

	return n == 0 ? otherwise : strcmp(all[n - 1], "1") == 0 || strcmp(all[n - 1], "true") == 0;
}

void
web_problem(struct web *w, const char *field, const char *message)
{
	problems_add(&w->problems, field, message, NULL);
}

const char *
web_line(struct web *w, const char *name, size_t max)
{
	struct str s = utf8_clean_line(w->a, web_form_str(w, name));

	if (utf8_count(s) > max) {
		problems_add(&w->problems, name,
		    N_("This is longer than {value} characters. Shorten it, or put the rest into the text."),
		    arena_printf(w->a, "%zu", max));
		s = utf8_take(s, max);
	}
	return arena_cstr(w->a, s);
}

const char *
web_need_line(struct web *w, const char *name, size_t max)
{
	const char *s = web_line(w, name, max);

	if (*s == '\0')
		web_problem(w, name, N_("This is empty. Fill it in."));
	return s;
}

const char *
web_body(struct web *w, const char *name, size_t max_bytes)
{
	struct str s = utf8_clean(w->a, web_form_str(w, name));

	if (s.n > max_bytes) {
		problems_add(&w->problems, name,
		    N_("This text is longer than {value} bytes. Attach it as a file instead."),
		    arena_printf(w->a, "%zu", max_bytes));
		s = str_take(s, 0);
	}
	return arena_cstr(w->a, s);
}

int64_t
web_time(struct web *w, const char *name)
{
	struct str s = str_trim(web_form_str(w, name));
	int64_t at;

	if (s.n == 0)
		return 0;
	if (zone_parse(w->zone, s, &at) != OK) {
		web_problem(w, name,
		    N_("This is not a date and time. Write it as 2026-09-18 14:05."));
		return 0;
	}
	return at;
}

const char *
web_choice(struct web *w, const char *name, const char *const *values, bool required)
{
	const char *s = web_form(w, name);

	for (size_t i = 0; values[i] != NULL; i++) {
		if (strcmp(values[i], s) == 0)
			return values[i];
	}
	if (*s != '\0')
		web_problem(w, name, N_("This choice does not exist. Choose one of the list."));
	else if (required)
		web_problem(w, name, N_("Choose one."));
	return "";
}

const struct http_file *const *
web_files(struct web *w, const char *name, size_t *ret_n)
{
	const struct http_file **list = arena_many(w->a, const struct http_file *, w->request->files + 1);
	size_t n = 0;

	for (size_t i = 0; i < w->request->files; i++) {
		const struct http_file *f = &w->request->file[i];

		/* An empty file field arrives as a nameless file of no bytes. */
		if (str_is(f->field, name) && f->sink_result != NULL && (f->size > 0 || f->name.n > 0))
			list[n++] = f;
	}
	*ret_n = n;
	return list;
}

struct web_list
web_list(struct web *w, int64_t default_limit)
{
	struct web_list l;

	l.page = web_query_int(w, "page", 1, 1000000, 1);
	l.limit = web_query_int(w, "limit", 1, LIMIT_PAGE, default_limit);
	l.offset = (l.page - 1) * l.limit;
	return l;
}

/* ${s} as a query value. */
static void
escaped(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (str_is_alnum(c) || (c != '\0' && strchr("-._~:/,", c) != NULL))
			buf_char(b, c);
		else
			buf_printf(b, "%%%02X", (unsigned char)c);
	}
}

const char *
web_with(struct web *w, const char *name, const char *value)
{
	struct buf *b = buf_new(w->a, LIMIT_HTTP_TARGET * 4);
	char by = '?';

	buf_text(b, w->request->path);
	for (size_t i = 0; i < w->request->queries; i++) {
		const struct http_field *q = &w->request->query[i];

		if (str_is(q->name, name) || str_is(q->name, "page") || str_is(q->name, "lang"))
			continue;
		buf_char(b, by);
		escaped(b, q->name);
		buf_char(b, '=');
		escaped(b, q->value);
		by = '&';
	}
	if (value != NULL) {
		buf_char(b, by);
		escaped(b, str_of(name));
		buf_char(b, '=');
		escaped(b, str_of(value));
	}
	return buf_cstr(w->a, b);
}

void
web_set_pages(struct web *w, struct web_list l, int64_t total, bool estimate)
{
	int64_t to = l.offset + l.limit < total ? l.offset + l.limit : total;
	const char *here = web_with(w, "page", NULL);
	char by = strchr(here, '?') == NULL ? '?' : '&';

	value_set_int(w->a, w->data, "total", total);
	if (estimate)
		value_set_text(w->a, w->data, "total_is", "estimate");
	if (total == 0) /* the list says so itself */
		return;
	struct value *p = value_set_object(w->a, w->ui, "pages");

	value_set_text(w->a, p, "from", i18n_number(w->a, l.offset + 1));
	value_set_text(w->a, p, "to", i18n_number(w->a, to));
	value_set_text(w->a, p, "total", i18n_number(w->a, total));
	value_set_bool(w->a, p, "estimate", estimate);
	if (l.page > 1)
		value_set_text(w->a, p, "previous",
		    arena_printf(w->a, "%s%cpage=%lld", here, by, (long long)(l.page - 1)));
	if (l.offset + l.limit < total)
		value_set_text(w->a, p, "next",
		    arena_printf(w->a, "%s%cpage=%lld", here, by, (long long)(l.page + 1)));
}

const char *
web_local(struct web *w, struct str s, const char *otherwise)
{
	if (!str_starts(s, STR("/")) || str_starts(s, STR("//")))
		return otherwise;
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == '\\' || (unsigned char)s.p[i] >= 127)
			return otherwise;
	}
	return arena_cstr(w->a, s);
}

const char *
web_escape(struct web *w, const char *text)
{
	struct buf *b = buf_new(w->a, LIMIT_HTTP_TARGET * 12);

	escaped(b, str_of(text));
	return buf_cstr(w->a, b);
}

bool
web_allow(struct web *w, const char *key, int n, int64_t per)
{
	return web_limiter_allow(w->state->limiter, &w->request->peer, key, 1, n, per, w->now);
}

bool
web_allow_much(struct web *w, const char *key, int64_t by, int64_t most, int64_t per)
{
	return web_limiter_allow(w->state->limiter, &w->request->peer, key, by, most, per, w->now);
}
