/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/security_txt.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "base/scan.h"
#include "base/url.h"
#include "base/utf8.h"
#include "text/i18n.h"

struct reading {
	struct found *f;
	const char *languages;
	size_t expires, preferred; /* how often they stood there */
};

static int
hex(char c)
{
	if (str_is_digit(c))
		return c - '0';
	c = str_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "mailto:security%2Breport@example.jp?subject=x" (RFC 6068) */
static bool
mailto(struct arena *a, struct str s, const char **ret)
{
	struct buf *b = buf_new(a, s.n + 1);

	s = str_take(s, str_find_char(s, '?', 0));
	for (size_t i = 0; i < s.n; i++) {
		bool coded = s.p[i] == '%' && i + 2 < s.n && hex(s.p[i + 1]) >= 0 && hex(s.p[i + 2]) >= 0;

		if (coded)
			buf_char(b, (char)(hex(s.p[i + 1]) << 4 | hex(s.p[i + 2])));
		else
			buf_char(b, s.p[i]);
		i += coded ? 2 : 0;
	}
	struct str text = buf_view(b);

	return utf8_valid(text) && found_email(a, &text, ret);
}

static void
contact(struct reading *r, struct str value)
{
	struct found *f = r->f;
	struct found_contact c = { .role = FOUND_SECURITY, .from = "Contact" };
	struct str rest = value;
	struct url u;

	if (str_eat_case(&rest, STR("mailto:"))) {
		if (!mailto(f->a, rest, &c.email))
			found_add_fault(f, N_("\"{value}\" is no mail address."), value);
	} else if (str_eat_case(&rest, STR("tel:"))) {
		c.phone = found_line(f->a, rest);
	} else if (str_starts_case(value, STR("https://"))) {
		if (url_parse(f->a, value, &u) == OK)
			c.url = found_line(f->a, value);
	} else {
		/* Many leave "mailto:" out; what they mean is plain. */
		found_add_fault(f, N_("RFC 9116 2.5.3: Contact is not a URI: {value}"), value);
		(void)found_email(f->a, &rest, &c.email);
	}
	found_add(f, &c);
}

static const char *
https(struct found *f, struct str value)
{
	struct url u;

	if (str_starts_case(value, STR("https://")) && url_parse(f->a, value, &u) == OK)
		return found_line(f->a, value);
	if (str_starts_case(value, STR("openpgp4fpr:")) || str_starts_case(value, STR("dns:")))
		return found_line(f->a, value);
	found_add_fault(f, N_("RFC 9116 2.5: not an https URI: {value}"), value);
	return "";
}

static void
field(struct reading *r, struct str key, struct str value)
{
	struct found *f = r->f;

	if (str_is_case(key, "Contact")) {
		contact(r, value);
	} else if (str_is_case(key, "Expires")) {
		f->expires_at = found_date(value);
		if (f->expires_at == 0)
			found_add_fault(f, N_("RFC 9116 2.5.5: Expires is no date: {value}"), value);
		r->expires++;
	} else if (str_is_case(key, "Encryption") && f->encryption[0] == '\0') {
		f->encryption = https(f, value);
	} else if (str_is_case(key, "Policy") && f->link[0] == '\0') {
		f->link = https(f, value);
	} else if (str_is_case(key, "Preferred-Languages")) {
		r->languages = found_line(f->a, value);
		r->preferred++;
	}
}

static void
line_read(struct reading *r, struct str line, size_t number)
{
	size_t colon = str_find_char(line, ':', 0);

	if (line.n == 0 || line.p[0] == '#')
		return;
	if (colon == SIZE_MAX || colon == 0) {
		found_add_fault(r->f, N_("RFC 9116 2.2: line {value} has no field name."),
		    str_of(arena_printf(r->f->a, "%zu", number)));
		return;
	}
	field(r, str_trim(str_take(line, colon)), str_trim(str_skip(line, colon + 1)));
}

static void
check(struct reading *r, int64_t now)
{
	struct found *f = r->f;

	for (size_t i = 0; i < f->contacts; i++)
		f->contact[i].languages = r->languages;
	if (f->contacts == 0) {
		f->state = FOUND_NONE;
		found_add_fault(f, N_("RFC 9116 2.5.3: there is no Contact."), STR_NULL);
	}
	if (r->expires != 1)
		found_add_fault(f, N_("RFC 9116 2.5.5: Expires must stand there once."), STR_NULL);
	else if (f->expires_at != 0 && f->expires_at <= now)
		found_add_fault(f, N_("RFC 9116 2.5.5: the file has expired."), STR_NULL);
	if (r->preferred > 1)
		found_add_fault(f, N_("RFC 9116 2.5.8: Preferred-Languages stands there twice."), STR_NULL);
}

void
security_txt_parse(struct arena *a, struct str bytes, int64_t now, struct found *ret)
{
	struct reading r = { .f = ret, .languages = "" };
	struct str text, line;
	size_t number = 0;
	bool header = false; /* of the signed form, until its blank line */

	found_init(ret, a, "security.txt");
	if (bytes.n > LIMIT_SECURITY_TXT) {
		bytes = str_take(bytes, LIMIT_SECURITY_TXT);
		found_add_fault(ret, N_("The file is longer than 32 kB: the rest was left out."), STR_NULL);
	}
	if (!utf8_valid(bytes))
		found_add_fault(ret, N_("RFC 9116 3: the file is not UTF-8."), STR_NULL);
	text = utf8_clean(a, bytes);
	(void)str_eat(&text, STR("\xef\xbb\xbf"));
	/* A server that has no such file often answers with a page. */
	struct str start = str_trim(text);

	if (str_starts(start, STR("<"))) {
		ret->state = FOUND_NONE;
		found_add_fault(ret, N_("The server answered with a web page instead of the file."), STR_NULL);
		return;
	}
	while (str_line(&text, &line)) {
		number++;
		line = str_trim(line);
		if (str_is(line, "-----BEGIN PGP SIGNED MESSAGE-----")) {
			ret->is_signed = header = true;
			continue;
		}
		if (str_is(line, "-----BEGIN PGP SIGNATURE-----"))
			break;
		if (header) {
			header = line.n > 0;
			continue;
		}
		if (ret->is_signed)
			(void)str_eat(&line, STR("- ")); /* RFC 9580 7.2 */
		line_read(&r, line, number);
	}
	check(&r, now);
}

enum err
security_txt_parse_row(struct arena *a, struct str in, struct ipc *crypt, struct buf *out)
{
	struct scan s = scan_of(in);
	int64_t now = (int64_t)scan_u64(&s);
	struct found f;

	(void)crypt; /* a signature is told, not checked */
	TRY(scan_error(&s));
	security_txt_parse(a, scan_bytes(&s, scan_left(&s)), now, &f);
	found_json(out, &f);
	return buf_error(out);
}

enum err
security_txt_zone_mail(struct arena *a, struct str rname, const char **ret)
{
	struct buf *local = buf_new(a, 256);
	struct str host;
	size_t i = 0;

	if (rname.n == 0 || rname.n > 255)
		return ERR_INVALID;
	for (; i < rname.n && rname.p[i] != '.'; i++) {
		if (rname.p[i] == '\\' && i + 1 < rname.n)
			i++;
		if ((unsigned char)rname.p[i] <= ' ' || (unsigned char)rname.p[i] >= 0x7f ||
		    rname.p[i] == '@' || rname.p[i] == '"')
			return ERR_INVALID;
		buf_char(local, rname.p[i]);
	}
	if (local->n == 0 || buf_error(local) != OK || i + 1 >= rname.n)
		return ERR_INVALID;
	TRY(url_host(a, str_skip(rname, i + 1), &host));
	if (str_find_char(host, '.', 0) == SIZE_MAX)
		return ERR_INVALID;
	*ret = arena_printf(a, "%.*s@%.*s", STR_F(buf_view(local)), STR_F(host));
	return OK;
}
