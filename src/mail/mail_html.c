/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/mail_html.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "base/utf8.h"

struct tag {
	struct str name; /* as written */
	bool closing;
	struct str attributes;
	size_t end; /* index after ">" */
};

static const struct {
	const char *name;
	const char *utf8;
} entities[] = {
	{ "amp", "&" },
	{ "lt", "<" },
	{ "gt", ">" },
	{ "quot", "\"" },
	{ "apos", "'" },
	{ "nbsp", " " },
	{ "ensp", " " },
	{ "emsp", " " },
	{ "thinsp", " " },
	{ "copy", "©" },
	{ "reg", "®" },
	{ "trade", "™" },
	{ "hellip", "…" },
	{ "mdash", "—" },
	{ "ndash", "–" },
	{ "lsquo", "‘" },
	{ "rsquo", "’" },
	{ "ldquo", "“" },
	{ "rdquo", "”" },
	{ "laquo", "«" },
	{ "raquo", "»" },
	{ "bull", "•" },
	{ "middot", "·" },
	{ "yen", "¥" },
	{ "euro", "€" },
	{ "pound", "£" },
	{ "times", "×" },
	{ "larr", "←" },
	{ "rarr", "→" },
	{ "uarr", "↑" },
	{ "darr", "↓" },
	{ "shy", "" },
	{ "zwnj", "" },
	{ "zwj", "" },
};

static void
add_code_point(struct buf *b, uint32_t c)
{
	if (c < 0x20 && c != '\t' && c != '\n')
		c = ' ';
	if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
		c = 0xFFFD;
	if (c < 0x80) {
		buf_char(b, (char)c);
	} else if (c < 0x800) {
		buf_char(b, (char)(0xC0 | c >> 6));
		buf_char(b, (char)(0x80 | (c & 0x3F)));
	} else if (c < 0x10000) {
		buf_char(b, (char)(0xE0 | c >> 12));
		buf_char(b, (char)(0x80 | (c >> 6 & 0x3F)));
		buf_char(b, (char)(0x80 | (c & 0x3F)));
	} else {
		buf_char(b, (char)(0xF0 | c >> 18));
		buf_char(b, (char)(0x80 | (c >> 12 & 0x3F)));
		buf_char(b, (char)(0x80 | (c >> 6 & 0x3F)));
		buf_char(b, (char)(0x80 | (c & 0x3F)));
	}
}

static bool
numeric_entity(struct str s, uint32_t *ret, size_t *ret_used)
{
	bool hex = s.n > 2 && (s.p[2] == 'x' || s.p[2] == 'X');
	size_t i = hex ? 3 : 2;
	size_t digits = 0;
	uint32_t c = 0;

	for (; i < s.n && digits < 8; i++, digits++) {
		char d = str_lower(s.p[i]);

		if (str_is_digit(d))
			c = c * (hex ? 16 : 10) + (uint32_t)(d - '0');
		else if (hex && d >= 'a' && d <= 'f')
			c = c * 16 + (uint32_t)(d - 'a' + 10);
		else
			break;
	}
	if (digits == 0)
		return false;
	*ret = c;
	*ret_used = i < s.n && s.p[i] == ';' ? i + 1 : i;
	return true;
}

/* The entity at the front of ${s}; returns the bytes used, 0 for none. */
static size_t
entity(struct str s, struct buf *out)
{
	uint32_t c;
	size_t used;

	if (s.n > 2 && s.p[1] == '#') {
		if (!numeric_entity(s, &c, &used))
			return 0;
		add_code_point(out, c == 0 ? 0xFFFD : c == 0xA0 ? ' ' : c);
		return used;
	}
	size_t n = 1;

	while (n < s.n && n < 12 && str_is_alnum(s.p[n]))
		n++;
	for (size_t i = 0; i < COUNT(entities); i++)
		if (str_is((struct str){ s.p + 1, n - 1 }, entities[i].name)) {
			buf_text(out, entities[i].utf8);
			return n < s.n && s.p[n] == ';' ? n + 1 : n;
		}
	return 0;
}

/* The tag at ${i}, where "<" stands; false when it is just a "<". */
static bool
tag_at(struct str s, size_t i, struct tag *ret)
{
	struct str rest = str_skip(s, i);

	if (str_starts(rest, STR("<!--"))) {
		size_t end = str_find(s, STR("-->"), i + 4);

		*ret = (struct tag){ .end = end == SIZE_MAX ? s.n : end + 3 };
		return true;
	}
	bool closing = rest.n > 1 && rest.p[1] == '/';
	size_t name = i + 1 + closing;

	if (name >= s.n || !(str_is_alpha(s.p[name]) || s.p[name] == '!' || s.p[name] == '?'))
		return false;
	size_t k = name;

	while (k < s.n && !str_is_space(s.p[k]) && s.p[k] != '>' && s.p[k] != '/')
		k++;
	struct str word = { s.p + name, k - name };
	size_t from = k;

	while (k < s.n && s.p[k] != '>') {
		if (s.p[k] == '"' || s.p[k] == '\'') {
			/* A quote counts only after "=", as browsers have it. */
			size_t back = k;

			while (back > from && str_is_space(s.p[back - 1]))
				back--;
			size_t close = back > from && s.p[back - 1] == '='
			    ? str_find_char(s, s.p[k], k + 1)
			    : SIZE_MAX;

			if (close != SIZE_MAX)
				k = close;
		}
		k++;
	}
	*ret = (struct tag){
		.name = word,
		.closing = closing,
		.attributes = { s.p + from, k - from },
		.end = k < s.n ? k + 1 : s.n,
	};
	return true;
}

/* The value of attribute ${name}, entities decoded; "" when absent. */
static struct str
attribute(struct arena *a, const struct tag *t, const char *name)
{
	struct str s = t->attributes;
	size_t i = 0;

	while (i < s.n) {
		while (i < s.n && (str_is_space(s.p[i]) || s.p[i] == '/'))
			i++;
		size_t from = i;

		while (i < s.n && !str_is_space(s.p[i]) && s.p[i] != '=')
			i++;
		struct str key = { s.p + from, i - from };
		struct str value = STR_NULL;

		while (i < s.n && str_is_space(s.p[i]))
			i++;
		if (i < s.n && s.p[i] == '=') {
			i++;
			while (i < s.n && str_is_space(s.p[i]))
				i++;
			char quote = i < s.n && (s.p[i] == '"' || s.p[i] == '\'') ? s.p[i] : '\0';
			size_t start = i + (quote != '\0');

			i = start;
			while (i < s.n && (quote != '\0' ? s.p[i] != quote : !str_is_space(s.p[i])))
				i++;
			value = (struct str){ s.p + start, i - start };
			if (quote != '\0' && i < s.n)
				i++;
		} else if (key.n == 0) {
			i++;
		}
		if (!str_is_case(key, name))
			continue;
		struct buf *b = buf_new(a, LIMIT_URL + 8);

		value = str_take(value, LIMIT_URL);
		for (size_t k = 0; k < value.n;) {
			size_t used = value.p[k] == '&' ? entity(str_skip(value, k), b) : 0;

			if (used == 0)
				buf_char(b, value.p[k++]);
			else
				k += used;
		}
		return utf8_clean_line(a, buf_view(b));
	}
	return STR_NULL;
}

static const char *const blocks[] = { "p", "div", "br", "tr", "table", "ul", "ol", "li", "dl",
	"dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "blockquote", "pre", "form",
	"section", "article", "header", "footer", "address", "center", "title" };
static const char *const paragraphs[] = { "p", "h1", "h2", "h3", "h4", "h5", "h6", "table",
	"blockquote", "pre", "ul", "ol" };
static const char *const silent[] = { "script", "style", "template", "noscript" };

static bool
one_of(struct str name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_is_case(name, list[i]))
			return true;
	return false;
}

/* Text being written, with white space collapsed. */
struct writer {
	struct arena *a;
	struct buf *out;
	size_t newlines; /* at the end of what is written; starts as 2 */
	bool blank;	 /* one is due before the next letter */
	bool pre;
	struct str href; /* of the open <a>, empty when none */
	size_t link_at;	 /* where its words begin in ${out} */
};

static void
letters(struct writer *w, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (w->pre && c == '\n') {
			buf_char(w->out, '\n');
			w->newlines++;
			w->blank = false;
		} else if (str_is_space(c) && !w->pre) {
			w->blank = true;
		} else if (c != '\r') {
			if (w->blank && w->newlines == 0)
				buf_char(w->out, ' ');
			w->blank = false;
			w->newlines = 0;
			buf_char(w->out, c);
		}
	}
}

static void
new_line(struct writer *w, size_t want)
{
	while (w->newlines < want) {
		buf_char(w->out, '\n');
		w->newlines++;
	}
	w->blank = false;
}

static void
link_end(struct writer *w)
{
	if (w->href.n == 0)
		return;
	struct str words = str_trim(str_skip(buf_view(w->out), w->link_at));
	struct str bare = w->href;

	(void)str_eat_case(&bare, STR("mailto:"));
	if (!str_equal(words, w->href) && !str_equal(words, bare) &&
	    !str_starts(w->href, STR("#"))) {
		letters(w, STR(" <"));
		letters(w, w->href);
		letters(w, STR(">"));
	}
	w->href = STR_NULL;
}

static void
tag_text(struct writer *w, const struct tag *t)
{
	struct str alt;

	if (one_of(t->name, paragraphs, COUNT(paragraphs)))
		new_line(w, 2);
	else if (one_of(t->name, blocks, COUNT(blocks)))
		new_line(w, 1);
	if (str_is_case(t->name, "br") && !t->closing && w->newlines == 1)
		w->newlines = 1;
	if (str_is_case(t->name, "td") || str_is_case(t->name, "th"))
		w->blank = true;
	if (str_is_case(t->name, "pre"))
		w->pre = !t->closing;
	if (str_is_case(t->name, "a")) {
		link_end(w);
		if (!t->closing) {
			w->href = attribute(w->a, t, "href");
			w->link_at = buf_view(w->out).n;
		}
	}
	if (t->closing)
		return;
	if (str_is_case(t->name, "li"))
		letters(w, STR("- "));
	if (str_is_case(t->name, "hr")) {
		letters(w, STR("----"));
		new_line(w, 1);
	}
	if (str_is_case(t->name, "img") || str_is_case(t->name, "area")) {
		alt = attribute(w->a, t, "alt");
		if (alt.n > 0) {
			letters(w, STR("["));
			letters(w, alt);
			letters(w, STR("]"));
		}
	}
	if (str_is_case(t->name, "form") && attribute(w->a, t, "action").n > 0) {
		letters(w, STR("<form "));
		letters(w, attribute(w->a, t, "action"));
		letters(w, STR(">"));
		new_line(w, 1);
	}
}

/* After <script>: the index of its end tag. */
static size_t
silent_end(struct str s, size_t from, struct str name)
{
	for (size_t i = str_find(s, STR("</"), from); i != SIZE_MAX;
	     i = str_find(s, STR("</"), i + 2))
		if (str_starts_case(str_skip(s, i + 2), name))
			return i;
	return s.n;
}

struct str
mail_html_text(struct arena *a, struct str html, size_t max, bool *ret_cut)
{
	struct writer w = { .a = a, .out = buf_new(a, max), .newlines = 2 };
	struct buf *one = buf_new(a, 16);
	struct tag t;
	size_t i = 0;

	while (i < html.n && !w.out->failed) {
		if (html.p[i] == '<' && tag_at(html, i, &t)) {
			i = t.end;
			if (t.name.n == 0)
				continue;
			if (!t.closing && one_of(t.name, silent, COUNT(silent)))
				i = silent_end(html, i, t.name);
			else
				tag_text(&w, &t);
			continue;
		}
		if (html.p[i] == '&') {
			buf_clear(one);
			size_t used = entity(str_skip(html, i), one);

			if (used > 0) {
				letters(&w, buf_view(one));
				i += used;
				continue;
			}
		}
		size_t run = i + 1;

		while (run < html.n && html.p[run] != '<' && html.p[run] != '&')
			run++;
		letters(&w, (struct str){ html.p + i, run - i });
		i = run;
	}
	link_end(&w);
	struct str text = buf_view(w.out);

	/* A cut falls between characters. */
	while (w.out->failed && text.n > 0 && ((unsigned char)text.p[text.n - 1] & 0xC0) == 0x80)
		text.n--;
	if (w.out->failed && text.n > 0 && (signed char)text.p[text.n - 1] < 0)
		text.n--;
	if (ret_cut != NULL)
		*ret_cut = w.out->failed;
	return str_trim(text);
}

void
mail_html_links(struct arena *a, struct str html, struct mail_texts *ret)
{
	static const struct {
		const char *tag, *attribute;
	} places[] = {
		{ "a", "href" },
		{ "area", "href" },
		{ "base", "href" },
		{ "img", "src" },
		{ "form", "action" },
		{ "iframe", "src" },
		{ "frame", "src" },
		{ "script", "src" },
		{ "link", "href" },
	};
	struct tag t;
	size_t size = 0;

	*ret = (struct mail_texts){ 0 };
	for (size_t i = str_find_char(html, '<', 0); i != SIZE_MAX;
	     i = str_find_char(html, '<', i)) {
		if (!tag_at(html, i, &t)) {
			i++;
			continue;
		}
		i = t.end;
		for (size_t k = 0; k < COUNT(places); k++) {
			if (t.closing || !str_is_case(t.name, places[k].tag))
				continue;
			struct str v = attribute(a, &t, places[k].attribute);

			if (v.n == 0 || v.p[0] == '#' || ret->n >= LIMIT_OBSERVABLES ||
			    (ret->n > 0 && str_is(v, ret->item[ret->n - 1])))
				continue;
			if (ret->n == size) {
				const char **more = arena_many(a, const char *, size * 2 + 16);

				if (ret->n > 0)
					memcpy(more, ret->item, ret->n * sizeof(*more));
				ret->item = more;
				size = size * 2 + 16;
			}
			ret->item[ret->n++] = arena_cstr(a, v);
		}
	}
}

struct str
mail_html_charset(struct str html)
{
	struct str head = str_take(html, 4096);
	size_t at = str_find_case(head, STR("charset="), 0);

	if (at == SIZE_MAX)
		return STR_NULL;
	size_t from = at + 8;

	while (from < head.n && (head.p[from] == '"' || head.p[from] == '\'' ||
				    str_is_space(head.p[from])))
		from++;
	size_t end = from;

	while (end < head.n && (str_is_alnum(head.p[end]) || head.p[end] == '-' ||
				   head.p[end] == '_'))
		end++;
	return (struct str){ head.p + from, end - from };
}
