/* SPDX-License-Identifier: Apache-2.0 */
/* listing_vcard.c - vCard 4.0 (RFC 6350) and 3.0 (RFC 2426), read and written. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "directory/country.h"
#include "directory/listing.h"
#include "text/i18n.h"

#define LINE_MAX LIMIT_KIB(64) /* a content line, unfolded */

struct card {
	size_t line;
	bool open, too_old;
	const char *fn, *org, *kind, *title, *email, *phone, *fax, *url, *lang, *note, *purpose, *kana, *cc;
};
struct cards {
	struct arena *a;
	struct listing *l;
	struct card card;
};

/* The next content line, its folds undone (RFC 6350 3.2). */
static bool
unfolded(struct arena *a, struct str *s, size_t *line, struct str *ret, size_t *ret_line)
{
	struct str one;
	struct buf *b = NULL;

	if (!str_line(s, &one))
		return false;
	*ret_line = ++*line;
	while (s->n > 0 && (s->p[0] == ' ' || s->p[0] == '\t')) {
		struct str more;

		if (b == NULL) {
			b = buf_new(a, LINE_MAX);
			buf_str(b, one);
		}
		(void)str_line(s, &more);
		++*line;
		buf_str(b, str_skip(more, 1));
	}
	*ret = b == NULL ? one : buf_view(b);
	return true;
}

/* Up to the first ${until} that is not escaped; "\n" "\," "\;" "\\" become what
 * they mean (RFC 6350 3.4). */
static const char *
unescaped(struct arena *a, struct str s, char until)
{
	struct buf *b = buf_new(a, LINE_MAX);

	for (size_t i = 0; i < s.n && s.p[i] != until; i++) {
		if (s.p[i] != '\\' || i + 1 == s.n) {
			buf_char(b, s.p[i]);
			continue;
		}
		i++;
		buf_char(b, s.p[i] == 'n' || s.p[i] == 'N' ? '\n' : s.p[i]);
	}
	return arena_cstr(a, buf_view(b));
}

static const char *
line_of(struct arena *a, struct str value, size_t max, char until)
{
	struct str s = utf8_clean_line(a, str_of(unescaped(a, value, until)));

	return s.n == 0 ? NULL : arena_cstr(a, utf8_take(s, max));
}

/* "item1.TEL;TYPE=fax,work:…": the name without its group, the parameters, the
 * value. A colon within quotes is none. */
static bool
parts(struct str line, struct str *name, struct str *parameters, struct str *value)
{
	bool quoted = false;
	size_t colon = 0, end;

	while (colon < line.n && (line.p[colon] != ':' || quoted)) {
		quoted ^= line.p[colon] == '"';
		colon++;
	}
	if (colon == line.n)
		return false;
	*value = str_skip(line, colon + 1);
	line = str_take(line, colon);
	end = str_find_char(line, ';', 0);
	*name = end == SIZE_MAX ? line : str_take(line, end);
	*parameters = end == SIZE_MAX ? STR_NULL : str_skip(line, end + 1);
	end = str_find_char(*name, '.', 0);
	if (end != SIZE_MAX)
		*name = str_skip(*name, end + 1);
	return true;
}

static bool
is_fax(struct str parameters)
{
	return str_find_case(parameters, STR("fax"), 0) != SIZE_MAX;
}

static void
tell(struct cards *k, size_t line, const char *message, const char *value)
{
	struct listing *l = k->l;

	if (l->faults == LISTING_FAULTS)
		return;
	l->fault = arena_room(k->a, l->fault, l->faults, sizeof(*l->fault));
	l->fault[l->faults++] = (struct listing_fault){ line, message, value == NULL ? "" : value };
}

static const char *
purpose_of(const char *word)
{
	for (const struct word *p = contact_purposes; word != NULL && p->name != NULL; p++) {
		if (str_is_case(str_of(word), p->name))
			return p->name;
	}
	return NULL;
}

static void
address_country(struct cards *k, struct str value)
{
	struct str part = STR_NULL, rest = value;
	int n = 0;

	/* The seventh component; a code of two letters says something here. */
	while (n < 7 && str_split(&rest, ';', &part))
		n++;
	if (n == 7 && country_find(arena_cstr(k->a, str_trim(part))) != NULL)
		k->card.cc = country_find(arena_cstr(k->a, str_trim(part)))->code;
}

static void
property(struct cards *k, struct str name, struct str parameters, struct str value)
{
	struct card *c = &k->card;
	struct arena *a = k->a;

	if (str_is_case(name, "VERSION"))
		c->too_old = !str_is(str_trim(value), "4.0") && !str_is(str_trim(value), "3.0");
	else if (str_is_case(name, "FN") && c->fn == NULL)
		c->fn = line_of(a, value, LIMIT_NAME, '\0');
	else if (str_is_case(name, "ORG") && c->org == NULL)
		c->org = line_of(a, value, LIMIT_NAME, ';');
	else if (str_is_case(name, "KIND"))
		c->kind = line_of(a, value, 20, '\0');
	else if (str_is_case(name, "TITLE"))
		c->title = line_of(a, value, LIMIT_NAME, '\0');
	else if (str_is_case(name, "ROLE") || str_is_case(name, "CATEGORIES"))
		c->purpose = c->purpose != NULL ? c->purpose : purpose_of(line_of(a, value, 100, ','));
	else if (str_is_case(name, "EMAIL") && c->email == NULL)
		c->email = line_of(a, str_starts_case(value, STR("mailto:")) ? str_skip(value, 7) : value, LIMIT_ADDRESS, '\0');
	else if (str_is_case(name, "TEL")) {
		struct str number = str_starts_case(value, STR("tel:")) ? str_skip(value, 4) : value;
		const char **to = is_fax(parameters) ? &c->fax : &c->phone;

		*to = *to != NULL ? *to : line_of(a, number, 100, '\0');
	} else if (str_is_case(name, "URL") && c->url == NULL)
		c->url = line_of(a, value, 1000, '\0');
	else if (str_is_case(name, "LANG"))
		c->lang = str_starts_case(value, STR("ja")) ? "ja" : "en";
	else if (str_is_case(name, "NOTE"))
		c->note = arena_cstr(a, utf8_clean(a, str_of(unescaped(a, value, '\0'))));
	else if (str_is_case(name, "X-PHONETIC-LAST-NAME") || str_is_case(name, "SORT-STRING"))
		c->kana = line_of(a, value, LIMIT_NAME, '\0');
	else if (str_is_case(name, "ADR"))
		address_country(k, value);
}

/* The card's end: it becomes a row, or one bad row with all its faults. */
static enum err
finish(struct cards *k)
{
	struct card *c = &k->card;
	struct listing *l = k->l;
	struct listing_row row = { .line = c->line };
	size_t faults = l->faults;
	bool of_org = c->kind != NULL && (str_is_case(str_of(c->kind), "org") || str_is_case(str_of(c->kind), "group"));

	if (c->too_old)
		tell(k, c->line, N_("only vCard 3.0 and 4.0 are read"), NULL);
	if (c->org == NULL && c->fn == NULL)
		tell(k, c->line, N_("no name of an organisation"), NULL);
	if (c->email == NULL && c->phone == NULL && c->fax == NULL && c->url == NULL)
		tell(k, c->line, N_("no mail address, phone or form of {value}"), c->fn);
	if (c->email != NULL && !contact_email_valid(str_of(c->email)))
		tell(k, c->line, N_("no mail address: {value}"), c->email);
	if (c->url != NULL && !str_starts(str_of(c->url), STR("https://")) && !str_starts(str_of(c->url), STR("http://")))
		tell(k, c->line, N_("an address of a web site begins with https:// or http://, not {value}"), c->url);
	if (l->n + l->bad >= LISTING_ROWS)
		return ERR_LIMIT;
	if (l->faults > faults || c->too_old) {
		l->bad++;
		return OK;
	}
	row.o = (struct organisation){
		.name = c->org != NULL ? c->org : c->fn,
		.kind = "other",
		.cc = c->cc,
		.lang = c->lang != NULL ? c->lang : c->cc != NULL && strcmp(c->cc, "JP") == 0 ? "ja" : "en",
		.authority = "none",
		.trust = "unknown",
		.max_tlp = "GREEN",
		.formats = "table,csv",
		.source = "import",
	};
	row.has_contact = true;
	row.c = (struct contact){
		.purpose = c->purpose != NULL ? c->purpose : "general",
		.name = of_org || c->org == NULL ? NULL : c->fn,
		.kana = c->kana,
		.title = c->title,
		.email = c->email,
		.phone = c->phone,
		.fax = c->fax,
		.url = c->url,
		.lang = c->lang,
		.note = c->note,
		.source = "import",
	};
	l->row = arena_room(k->a, l->row, l->n, sizeof(*l->row));
	l->row[l->n++] = row;
	return OK;
}

enum err
listing_vcard(struct arena *a, struct str text, struct listing *ret)
{
	struct cards k = { .a = a, .l = ret };
	struct str line, name, parameters, value;
	size_t at = 0, number = 0;
	bool any = false;

	*ret = (struct listing){ 0 };
	str_eat(&text, STR("\xef\xbb\xbf"));
	while (unfolded(a, &text, &number, &line, &at)) {
		if (str_trim(line).n == 0)
			continue;
		if (!parts(line, &name, &parameters, &value)) {
			tell(&k, at, N_("no line of a vCard (RFC 6350 3.3): there is no colon"), NULL);
			continue;
		}
		if (str_is_case(name, "BEGIN") && str_is_case(str_trim(value), "VCARD")) {
			if (k.card.open) {
				tell(&k, k.card.line, N_("the card has no END:VCARD"), NULL);
				ret->bad++;
			}
			k.card = (struct card){ .line = at, .open = true };
			any = true;
		} else if (str_is_case(name, "END") && k.card.open) {
			TRY(finish(&k));
			k.card.open = false;
		} else if (k.card.open) {
			property(&k, name, parameters, value);
		}
	}
	if (k.card.open) {
		tell(&k, k.card.line, N_("the card has no END:VCARD"), NULL);
		ret->bad++;
	}
	return any ? OK : ERR_INVALID;
}

/* Writing */

/* A content line, folded after at most 75 bytes, never within a character. */
static void
put_line(struct buf *out, struct str line)
{
	size_t room = 75;

	while (line.n > room) {
		size_t n = room;

		while (n > 0 && ((unsigned char)line.p[n] & 0xc0) == 0x80)
			n--;
		buf_str(out, str_take(line, n));
		buf_str(out, STR("\r\n "));
		line = str_skip(line, n);
		room = 74;
	}
	buf_str(out, line);
	buf_str(out, STR("\r\n"));
}

static void
put(struct buf *out, struct arena *a, const char *name, const char *value, bool escape)
{
	struct buf *b = buf_new(a, LIMIT_MIB(1));

	if (value == NULL || *value == '\0')
		return;
	buf_printf(b, "%s:", name);
	for (const char *p = value; *p != '\0'; p++) {
		if (*p == '\n' || *p == '\r') {
			if (*p == '\n')
				buf_str(b, STR("\\n"));
			continue;
		}
		if (escape && (*p == ',' || *p == ';' || *p == '\\'))
			buf_char(b, '\\');
		buf_char(b, *p);
	}
	put_line(out, buf_view(b));
}

void
listing_vcard_write(struct buf *out, struct arena *a, const struct organisation *o, const struct contact *c, const char *key)
{
	const char *shown = contact_shown(c, false);

	put(out, a, "BEGIN", "VCARD", false);
	put(out, a, "VERSION", "4.0", false);
	put(out, a, "KIND", c->name == NULL ? "org" : "individual", false);
	put(out, a, "FN", c->name == NULL ? (*o->name == '\0' ? shown : o->name) : c->name, true);
	put(out, a, "ORG", o->name, true);
	put(out, a, "X-PHONETIC-LAST-NAME", c->kana, true);
	put(out, a, "TITLE", c->title, true);
	put(out, a, "ROLE", c->purpose, true);
	put(out, a, "EMAIL", c->email, true);
	put(out, a, "TEL;VALUE=text;TYPE=voice", c->phone, true);
	put(out, a, "TEL;VALUE=text;TYPE=fax", c->fax, true);
	put(out, a, "URL", c->url, false);
	put(out, a, "LANG", c->lang == NULL ? o->lang : c->lang, false);
	if (o->cc != NULL)
		put(out, a, "ADR", arena_printf(a, ";;;;;;%s", o->cc), false);
	put(out, a, "NOTE", c->note, true);
	put(out, a, "KEY;VALUE=text", key, true);
	put(out, a, "END", "VCARD", false);
}
