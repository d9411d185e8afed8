/* SPDX-License-Identifier: Apache-2.0 */
#include "text/markdown.h"

#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "text/mustache.h"

#define CELLS 16 /* of a table's row */
#define DEPTH 4	 /* of emphasis inside of links inside of emphasis */
#define FAR 2000 /* bytes to the end of one, at most: an open one costs no more */

struct writer {
	struct buf *out;
	struct str rest; /* lines that are not read yet */
	unsigned top;
};

static void spans(struct buf *out, struct str s, unsigned depth);

static bool
link_allowed(struct str to)
{
	return str_starts_case(to, STR("https://")) || str_starts_case(to, STR("http://")) || str_starts_case(to, STR("mailto:")) ||
	    (str_starts(to, STR("/")) && !str_starts(to, STR("//")) && !str_starts(to, STR("/\\")));
}

/* [text](address): how many bytes it took, 0 when it is none. */
static size_t
link_at(struct buf *out, struct str s, unsigned depth)
{
	s = str_take(s, FAR);
	size_t middle = str_find(s, STR("]("), 0);
	size_t end = middle == SIZE_MAX ? SIZE_MAX : str_find_char(s, ')', middle);

	if (end == SIZE_MAX || str_find_char(str_take(s, middle), '\n', 0) != SIZE_MAX)
		return 0;
	struct str to = str_take(str_skip(s, middle + 2), end - middle - 2);

	if (!link_allowed(to))
		return 0;
	buf_text(out, "<a href=\"");
	mustache_escape(out, to);
	buf_text(out, "\">");
	spans(out, str_skip(str_take(s, middle), 1), depth + 1);
	buf_text(out, "</a>");
	return end + 1;
}

/* What ${mark} encloses. */
static size_t
enclosed(struct buf *out, struct str s, struct str mark, const char *element, unsigned depth)
{
	if (!str_starts(s, mark))
		return 0;
	s = str_take(s, FAR);
	size_t end = str_find(s, mark, mark.n);

	if (end == SIZE_MAX || end == mark.n || str_is_space(s.p[mark.n]))
		return 0;
	struct str inside = str_skip(str_take(s, end), mark.n);

	buf_printf(out, "<%s>", element);
	if (strcmp(element, "code") == 0)
		mustache_escape(out, inside);
	else
		spans(out, inside, depth + 1);
	buf_printf(out, "</%s>", element);
	return end + mark.n;
}

static size_t
span(struct buf *out, struct str s, unsigned depth)
{
	size_t n = 0;

	if (s.p[0] == '\\' && s.n > 1 && strchr("\\`*[]()#|->_", s.p[1]) != NULL && s.p[1] != '\0') {
		mustache_escape(out, (struct str){ s.p + 1, 1 });
		return 2;
	}
	if (depth < DEPTH && s.p[0] == '[')
		n = link_at(out, s, depth);
	if (n == 0 && s.p[0] == '`')
		n = enclosed(out, s, STR("`"), "code", depth);
	if (n == 0 && depth < DEPTH && s.p[0] == '*')
		n = enclosed(out, s, STR("**"), "strong", depth);
	if (n == 0 && depth < DEPTH && s.p[0] == '*' && !str_starts(s, STR("**")))
		n = enclosed(out, s, STR("*"), "em", depth);
	return n;
}

static void
spans(struct buf *out, struct str s, unsigned depth)
{
	size_t plain = 0, i = 0;

	while (i < s.n) {
		if (strchr("\\[`*", s.p[i]) == NULL || s.p[i] == '\0') {
			i++;
			continue;
		}
		mustache_escape(out, str_skip(str_take(s, i), plain));
		size_t n = span(out, str_skip(s, i), depth);

		plain = n == 0 ? i : i + n;
		i += n == 0 ? 1 : n;
	}
	mustache_escape(out, str_skip(s, plain));
}

/* Lines */

static bool
peek(const struct writer *w, struct str *ret)
{
	struct str rest = w->rest;

	return str_line(&rest, ret);
}

static unsigned
heading(struct str line)
{
	unsigned n = 0;

	while (n < line.n && line.p[n] == '#')
		n++;
	return n >= 1 && n <= 6 && n < line.n && line.p[n] == ' ' ? n : 0;
}

static bool
bullet(struct str *line)
{
	return str_eat(line, STR("- ")) || str_eat(line, STR("* "));
}

static bool
numbered(struct str *line)
{
	size_t n = 0;

	while (n < line->n && n < 6 && str_is_digit(line->p[n]))
		n++;
	if (n == 0 || !str_starts(str_skip(*line, n), STR(". ")))
		return false;
	*line = str_skip(*line, n + 2);
	return true;
}

static bool
rule(struct str line)
{
	return line.n >= 3 && (str_is(line, "---") || str_is(line, "***"));
}

/* Something that ends a paragraph. */
static bool
begins(struct str line)
{
	struct str s = line;

	return line.n == 0 || heading(line) > 0 || bullet(&s) || numbered(&s) || str_starts(line, STR("|")) ||
	    str_starts(line, STR("> ")) || str_starts(line, STR("```")) || rule(line);
}

static void
list(struct writer *w, const char *element, bool (*item)(struct str *line))
{
	struct str line;

	buf_printf(w->out, "<%s>\n", element);
	while (peek(w, &line)) {
		line = str_trim(line);
		if (!item(&line))
			break;
		struct str taken;

		(void)str_line(&w->rest, &taken);
		buf_text(w->out, "<li>");
		spans(w->out, line, 0);
		/* A line that begins nothing goes on with the item. */
		while (peek(w, &line) && !begins(str_trim(line))) {
			(void)str_line(&w->rest, &line);
			buf_char(w->out, '\n');
			spans(w->out, str_trim(line), 0);
		}
		buf_text(w->out, "</li>\n");
	}
	buf_printf(w->out, "</%s>\n", element);
}

static size_t
cells(struct str line, struct str *ret)
{
	size_t n = 0, from = 1;

	for (size_t i = 1; i <= line.n && n < CELLS; i++) {
		if (i < line.n && (line.p[i] != '|' || line.p[i - 1] == '\\'))
			continue;
		struct str one = str_trim(str_skip(str_take(line, i), from));

		if (i < line.n || one.n > 0)
			ret[n++] = one;
		from = i + 1;
	}
	return n;
}

/* |---|--:| below the heads; which columns are numbers. */
static bool
divider(struct str line, bool *right)
{
	struct str c[CELLS];
	size_t n = cells(line, c);

	for (size_t i = 0; i < n; i++) {
		right[i] = str_ends(c[i], STR(":"));
		for (size_t k = 0; k < c[i].n; k++) {
			if (c[i].p[k] != '-' && c[i].p[k] != ':')
				return false;
		}
	}
	return n > 0;
}

static void
row(struct writer *w, struct str line, bool head, const bool *right)
{
	struct str c[CELLS];
	size_t n = cells(line, c);

	buf_text(w->out, "<tr>");
	for (size_t i = 0; i < n; i++) {
		buf_text(w->out, head ? "<th scope=\"col\"" : "<td");
		buf_text(w->out, right[i] ? " class=\"n\">" : ">");
		spans(w->out, c[i], 0);
		buf_text(w->out, head ? "</th>" : "</td>");
	}
	buf_text(w->out, "</tr>\n");
}

static void
table(struct writer *w)
{
	bool right[CELLS] = { false };
	struct str head, line;

	(void)str_line(&w->rest, &head);
	buf_text(w->out, "<div class=\"table-wrap\" tabindex=\"0\"><table class=\"table\">\n");
	if (peek(w, &line) && str_starts(str_trim(line), STR("|")) && divider(str_trim(line), right)) {
		(void)str_line(&w->rest, &line);
		buf_text(w->out, "<thead>");
		row(w, str_trim(head), true, right);
		buf_text(w->out, "</thead>\n<tbody>\n");
	} else {
		memset(right, 0, sizeof(right));
		buf_text(w->out, "<tbody>\n");
		row(w, str_trim(head), false, right);
	}
	while (peek(w, &line) && str_starts(str_trim(line), STR("|"))) {
		(void)str_line(&w->rest, &line);
		row(w, str_trim(line), false, right);
	}
	buf_text(w->out, "</tbody></table></div>\n");
}

static void
code(struct writer *w)
{
	struct str line;

	(void)str_line(&w->rest, &line);
	buf_text(w->out, "<pre><code>");
	while (str_line(&w->rest, &line) && !str_starts(line, STR("```"))) {
		mustache_escape(w->out, line);
		buf_char(w->out, '\n');
	}
	buf_text(w->out, "</code></pre>\n");
}

static void
quotation(struct writer *w)
{
	struct str line;

	buf_text(w->out, "<blockquote><p>");
	while (peek(w, &line) && str_starts(str_trim(line), STR("> "))) {
		(void)str_line(&w->rest, &line);
		spans(w->out, str_skip(str_trim(line), 2), 0);
		buf_char(w->out, '\n');
	}
	buf_text(w->out, "</p></blockquote>\n");
}

static void
paragraph(struct writer *w)
{
	struct str line;

	(void)str_line(&w->rest, &line);
	buf_text(w->out, "<p>");
	spans(w->out, str_trim(line), 0);
	while (peek(w, &line) && !begins(str_trim(line))) {
		(void)str_line(&w->rest, &line);
		buf_char(w->out, '\n');
		spans(w->out, str_trim(line), 0);
	}
	buf_text(w->out, "</p>\n");
}

static void
block(struct writer *w, struct str line)
{
	unsigned level = heading(line);
	struct str s = line;

	if (level > 0 || line.n == 0 || rule(line)) {
		(void)str_line(&w->rest, &s);
		if (rule(line))
			buf_text(w->out, "<hr>\n");
		if (level == 0)
			return;
		unsigned shown = level + w->top - 1 > 6 ? 6 : level + w->top - 1;

		buf_printf(w->out, "<h%u>", shown);
		spans(w->out, str_trim(str_skip(line, level)), 0);
		buf_printf(w->out, "</h%u>\n", shown);
	} else if (bullet(&s)) {
		list(w, "ul", bullet);
	} else if (numbered(&s)) {
		list(w, "ol", numbered);
	} else if (str_starts(line, STR("|"))) {
		table(w);
	} else if (str_starts(line, STR("```"))) {
		code(w);
	} else if (str_starts(line, STR("> "))) {
		quotation(w);
	} else {
		paragraph(w);
	}
}

struct str
markdown_html(struct arena *a, struct str text, unsigned top)
{
	struct writer w = { .out = buf_new(a, LIMIT_MIB(4)), .rest = text, .top = top };
	struct str line;

	while (peek(&w, &line))
		block(&w, str_trim(line));
	return buf_view(w.out);
}
