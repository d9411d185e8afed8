/* SPDX-License-Identifier: Apache-2.0 */
#include "takedown/check_page.h"

#include <sodium.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/hex.h"
#include "base/limit.h"
#include "base/scan.h"
#include "base/utf8.h"
#include "mail/mail_charset.h"
#include "mail/mail_html.h"
#include "sys/ipc.h"

#define PAGE_MAX LIMIT_KIB(512)
#define TITLE_MAX 300
#define ASK_MS 20000

/* Providers say so in these words; folded. */
static const char *const built_in[] = {
	"account suspended",
	"this account has been suspended",
	"site suspended",
	"this site has been suspended",
	"domain has been suspended",
	"this domain is for sale",
	"buy this domain",
	"domain parking",
	"parked free, courtesy of",
	"sedoparking",
	"website has been taken down",
	"deceptive site removed",
	"このドメインは停止されています",
	"このアカウントは停止されています",
	"アカウントは凍結されました",
	"お名前.com - ドメインパーキング",
};

struct page {
	struct buf *normal; /* what is hashed */
	struct buf *text;   /* words only, for marks */
	struct buf *title;
	struct buf *targets;
	size_t forms;
	bool in_title;
};

static bool
is_name(char c)
{
	return str_is_alnum(c) || c == '-' || c == '_' || c == ':';
}

static struct str
eat_name(struct str *s)
{
	size_t n = 0;

	while (n < s->n && is_name(s->p[n]))
		n++;
	struct str name = str_take(*s, n);

	*s = str_skip(*s, n);
	return name;
}

static struct str
eat_value(struct str *s)
{
	struct str v;
	size_t n = 0;

	if (s->n > 0 && (*s->p == '"' || *s->p == '\'')) {
		char quote = *s->p;

		*s = str_skip(*s, 1);
		while (n < s->n && s->p[n] != quote)
			n++;
		v = str_take(*s, n);
		*s = str_skip(*s, n + 1);
		return v;
	}
	while (n < s->n && !str_is_space(s->p[n]) && s->p[n] != '>')
		n++;
	v = str_take(*s, n);
	*s = str_skip(*s, n);
	return v;
}

static void
skip_space(struct str *s)
{
	while (s->n > 0 && (str_is_space(*s->p) || *s->p == '/'))
		*s = str_skip(*s, 1);
}

static void
note_target(struct page *p, struct str action)
{
	action = str_trim(action);
	if (p->forms++ >= CHECK_PAGE_FORMS)
		return;
	if (p->targets->n > 0)
		buf_char(p->targets, '\n');
	buf_str(p->targets, action.n == 0 ? STR("(same page)") : str_take(action, 500));
}

/* ${s} stands after "<"; moves it past ">". Returns the name. */
static struct str
read_tag(struct page *p, struct str *s)
{
	bool closing = str_eat(s, STR("/")), has_action = false;
	struct str name = eat_name(s), action = STR_NULL;

	buf_text(p->normal, closing ? "</" : "<");
	for (size_t i = 0; i < name.n; i++)
		buf_char(p->normal, str_lower(name.p[i]));
	for (skip_space(s); s->n > 0 && *s->p != '>'; skip_space(s)) {
		struct str key = eat_name(s), value = STR_NULL;

		if (key.n == 0) { /* a stray sign */
			*s = str_skip(*s, 1);
			continue;
		}
		skip_space(s);
		if (str_eat(s, STR("="))) {
			while (s->n > 0 && str_is_space(*s->p))
				*s = str_skip(*s, 1);
			value = eat_value(s);
		}
		buf_char(p->normal, ' ');
		for (size_t i = 0; i < key.n; i++)
			buf_char(p->normal, str_lower(key.p[i]));
		/* They change with each visitor. */
		if (!str_is_case(key, "value") && !str_is_case(key, "nonce") && !str_is_case(key, "integrity"))
			buf_printf(p->normal, "=%.*s", STR_F(str_trim(value)));
		if (str_is_case(key, "action")) {
			action = value;
			has_action = true;
		}
	}
	(void)str_eat(s, STR(">"));
	buf_char(p->normal, '>');
	if (!closing && str_is_case(name, "form"))
		note_target(p, has_action ? action : STR_NULL);
	if (str_is_case(name, "title"))
		p->in_title = !closing && p->title->n == 0;
	return closing ? STR_NULL : name;
}

/* Contents that are no text: to the closing tag. */
static void
skip_raw(struct str *s, struct str name)
{
	for (size_t at = 0; (at = str_find_char(*s, '<', at)) != SIZE_MAX; at++) {
		struct str rest = str_skip(*s, at + 1);

		if (str_eat(&rest, STR("/")) && str_starts_case(rest, name)) {
			*s = str_skip(*s, at);
			return;
		}
	}
	*s = STR_NULL;
}

static void
add_text(struct page *p, char c)
{
	bool space = str_is_space(c);

	if (!space || (p->normal->n > 0 && p->normal->p[p->normal->n - 1] != ' '))
		buf_char(p->normal, space ? ' ' : c);
	if (!space || (p->text->n > 0 && p->text->p[p->text->n - 1] != ' '))
		buf_char(p->text, space ? ' ' : c);
	if (p->in_title && p->title->n < 2000)
		buf_char(p->title, space ? ' ' : c);
}

static void
walk(struct page *p, struct str s)
{
	while (s.n > 0) {
		if (*s.p != '<') {
			add_text(p, *s.p);
			s = str_skip(s, 1);
		} else if (str_starts(s, STR("<!--"))) {
			size_t end = str_find(s, STR("-->"), 4);

			s = end == SIZE_MAX ? STR_NULL : str_skip(s, end + 3);
		} else if (s.n > 1 && (str_is_alpha(s.p[1]) || s.p[1] == '/')) {
			s = str_skip(s, 1);
			struct str name = read_tag(p, &s);

			if (str_is_case(name, "script") || str_is_case(name, "style"))
				skip_raw(&s, name);
		} else if (s.n > 1 && (s.p[1] == '!' || s.p[1] == '?')) {
			size_t end = str_find_char(s, '>', 0);

			s = end == SIZE_MAX ? STR_NULL : str_skip(s, end + 1);
		} else {
			add_text(p, '<');
			s = str_skip(s, 1);
		}
	}
}

static const char *
find_mark(struct arena *a, struct str text, struct str marks)
{
	struct str folded = utf8_fold(a, text), line;

	for (size_t i = 0; i < COUNT(built_in); i++) {
		if (str_find(folded, utf8_fold(a, str_of(built_in[i])), 0) != SIZE_MAX)
			return built_in[i];
	}
	while (str_line(&marks, &line)) {
		line = str_trim(line);
		if (line.n > 0 && str_find(folded, utf8_fold(a, line), 0) != SIZE_MAX)
			return arena_cstr(a, line);
	}
	return NULL;
}

static struct str
charset_of(struct str content_type, struct str body)
{
	size_t at = str_find_case(content_type, STR("charset="), 0);

	if (at == SIZE_MAX)
		return mail_html_charset(body);
	struct str s = str_trim(str_skip(content_type, at + 8)), one;

	(void)str_eat(&s, STR("\""));
	if (str_find_char(s, ';', 0) != SIZE_MAX && str_split(&s, ';', &one))
		s = one;
	return str_ends(s, STR("\"")) ? str_take(s, s.n - 1) : str_trim(s);
}

void
check_page_read(struct arena *a, struct str content_type, struct str body, struct str marks, struct check_page *ret)
{
	struct page p = {
		.normal = buf_new(a, PAGE_MAX * 4),
		.text = buf_new(a, PAGE_MAX * 4),
		.title = buf_new(a, 4096),
		.targets = buf_new(a, 32768),
	};
	unsigned char hash[32];
	struct str page;

	body = str_take(body, PAGE_MAX);
	page = mail_charset_decode(a, charset_of(content_type, body), body, NULL);
	walk(&p, page);
	*ret = (struct check_page){ .hash = "" };
	ret->title = arena_cstr(a, utf8_take(utf8_clean_line(a, str_trim(buf_view(p.title))), TITLE_MAX));
	ret->targets = arena_cstr(a, utf8_clean(a, buf_view(p.targets)));
	ret->mark = find_mark(a, buf_view(p.text), marks);
	if (body.n == 0)
		return;
	(void)crypto_generichash(hash, sizeof(hash), (const unsigned char *)p.normal->p, p.normal->n, NULL, 0);
	ret->hash = hex_format(a, hash, sizeof(hash));
}

static void
put(struct buf *b, struct str s)
{
	buf_u32(b, (uint32_t)s.n);
	buf_str(b, s);
}

enum err
check_page_parser(struct arena *a, struct str in, struct ipc *crypt, struct buf *out)
{
	struct scan s = scan_of(in);
	struct check_page p;
	struct str type = scan_counted(&s), marks = scan_counted(&s), body = scan_counted(&s);

	(void)crypt;
	TRY(scan_end(&s));
	check_page_read(a, type, body, marks, &p);
	put(out, str_of(p.title));
	put(out, str_of(p.targets));
	put(out, str_of(p.hash));
	put(out, str_of(p.mark));
	return buf_error(out);
}

enum err
check_page_ask(struct ipc *parse, struct arena *a, struct str content_type, struct str body, struct str marks,
    struct check_page *ret)
{
	struct buf *b = buf_new(a, LIMIT_MIB(2));
	struct str answer;

	put(b, str_take(content_type, 1000));
	put(b, marks);
	put(b, body);
	TRY(buf_error(b));
	TRY(ipc_call(parse, a, "page", buf_view(b), ASK_MS, &answer));
	struct scan s = scan_of(answer);
	struct str title = scan_counted(&s), targets = scan_counted(&s), hash = scan_counted(&s), mark = scan_counted(&s);

	TRY(scan_end(&s));
	*ret = (struct check_page){
		.title = arena_cstr(a, utf8_clean_line(a, title)),
		.targets = arena_cstr(a, utf8_clean(a, targets)),
		.hash = arena_cstr(a, hash),
		.mark = mark.n == 0 ? NULL : arena_cstr(a, mark),
	};
	return OK;
}
