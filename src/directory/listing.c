/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/listing.h"

#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "directory/country.h"
#include "text/csv.h"
#include "directory/relation.h"
#include "directory/tlp.h"
#include "text/i18n.h"

enum column {
	NAME, NAME_EN, KANA, KIND, COUNTRY, SECTOR, LANG, URL, ADDRESS, MEMBER, AUTHORITY, TRUST, MAX_TLP, FORMATS,
	SCOPE, MISSION, CAPABILITIES, OFFERS, LEGAL, NOTE,
	C_PURPOSE, C_NAME, C_KANA, C_ROMAJI, C_TITLE, C_EMAIL, C_PHONE, C_FAX, C_URL, C_LANG, C_HOURS, C_TEST_DAYS, C_NOTE,
	S_PREFIX, S_ASN, S_DOMAIN, S_COUNTRY, S_BRAND, COLUMNS
};
static const char *const columns[COLUMNS] = {
	"name", "name_en", "kana", "kind", "country", "sector", "lang", "url", "address", "member", "authority", "trust",
	"max_tlp", "formats", "scope", "mission", "capabilities", "offers", "legal", "note",
	"contact_purpose", "contact_name", "contact_kana", "contact_romaji", "contact_title", "contact_email",
	"contact_phone", "contact_fax", "contact_url", "contact_lang", "contact_hours", "contact_test_days", "contact_note",
	"networks", "as_numbers", "domains", "countries", "brands",
};

struct reading {
	struct arena *a;
	struct listing *l;
	int place[COLUMNS]; /* of the column in the file, -1 = not there */
	struct str field[CSV_FIELDS];
	size_t fields;
	size_t line;
	bool bad; /* the present row */
};

static void
fault(struct reading *r, const char *message, struct str value)
{
	struct listing *l = r->l;

	r->bad = true;
	if (l->faults == LISTING_FAULTS)
		return;
	l->fault = arena_room(r->a, l->fault, l->faults, sizeof(*l->fault));
	l->fault[l->faults++] = (struct listing_fault){
		.line = r->line,
		.message = message,
		.value = arena_cstr(r->a, utf8_take(utf8_clean_line(r->a, str_take(value, 400)), 80)),
	};
}

/* The cell as it came; empty when the file has no such column. */
static struct str
cell(const struct reading *r, enum column column)
{
	int at = r->place[column];

	return at < 0 || (size_t)at >= r->fields ? STR_NULL : csv_plain(str_trim(r->field[at]));
}

static const char *
text(struct reading *r, enum column column, size_t max)
{
	struct str s = utf8_clean_line(r->a, cell(r, column));

	if (s.n == 0)
		return NULL;
	if (utf8_count(s) > max) {
		fault(r, N_("too long: {value}"), s);
		return NULL;
	}
	return arena_cstr(r->a, s);
}

static const char *
body(struct reading *r, enum column column)
{
	struct str s = utf8_clean(r->a, cell(r, column));

	return s.n == 0 ? NULL : arena_cstr(r->a, s);
}

static const char *
word(struct reading *r, enum column column, const struct word *list, const char *otherwise)
{
	struct str s = cell(r, column);

	if (s.n == 0)
		return otherwise;
	for (; list->name != NULL; list++) {
		if (str_is_case(s, list->name))
			return list->name;
	}
	fault(r, N_("there is no such choice: {value}"), s);
	return otherwise;
}

static const char *
country(struct reading *r, enum column column)
{
	const char *s = text(r, column, 2);
	char code[3] = { 0 };

	if (s == NULL)
		return NULL;
	for (int i = 0; i < 2 && s[i] != '\0'; i++)
		code[i] = (char)(s[i] >= 'a' && s[i] <= 'z' ? s[i] - 'a' + 'A' : s[i]);
	if (country_find(code) == NULL) {
		fault(r, N_("no country code of ISO 3166: {value}"), str_of(s));
		return NULL;
	}
	return country_find(code)->code;
}

static const char *
language(struct reading *r, enum column column, const char *otherwise)
{
	struct str s = cell(r, column);

	if (s.n == 0)
		return otherwise;
	if (str_is_case(s, "ja") || str_is_case(s, "en"))
		return str_is_case(s, "ja") ? "ja" : "en";
	fault(r, N_("the language is ja or en, not {value}"), s);
	return otherwise;
}

static bool
yes(struct reading *r, enum column column)
{
	struct str s = cell(r, column);

	if (str_is(s, "1") || str_is_case(s, "yes") || str_is_case(s, "true"))
		return true;
	if (s.n > 0 && !str_is(s, "0") && !str_is_case(s, "no") && !str_is_case(s, "false"))
		fault(r, N_("this is 1 (yes) or 0 (no), not {value}"), s);
	return false;
}

static const char *
formats(struct reading *r)
{
	struct str s = cell(r, FORMATS), one;
	struct buf *b = buf_new(r->a, 200);

	if (s.n == 0)
		return "table,csv";
	while (str_split(&s, ' ', &one)) {
		const char *name = arena_cstr(r->a, str_trim(one));

		if (*name == '\0')
			continue;
		if (!word_has(organisation_formats, name))
			fault(r, N_("there is no such choice: {value}"), str_of(name));
		else
			buf_printf(b, "%s%s", b->n > 0 ? "," : "", name);
	}
	return buf_cstr(r->a, b);
}

static const char *
tlp(struct reading *r)
{
	struct str s = cell(r, MAX_TLP);
	enum tlp t;

	if (s.n == 0)
		return "GREEN";
	if (tlp_parse(s, &t) == OK)
		return tlp_name(t);
	fault(r, N_("no label of TLP 2.0: {value}"), s);
	return "GREEN";
}

static const char *
web_address(struct reading *r, enum column column)
{
	const char *s = text(r, column, 1000);

	if (s != NULL && !str_starts(str_of(s), STR("https://")) && !str_starts(str_of(s), STR("http://")))
		fault(r, N_("an address of a web site begins with https:// or http://, not {value}"), str_of(s));
	return s;
}

static void
read_organisation(struct reading *r, struct organisation *o)
{
	o->name = text(r, NAME, LIMIT_NAME);
	if (o->name == NULL)
		fault(r, N_("no name of an organisation"), STR_NULL);
	o->name_en = text(r, NAME_EN, LIMIT_NAME);
	o->kana = text(r, KANA, LIMIT_NAME);
	o->kind = word(r, KIND, organisation_kinds, "other");
	o->cc = country(r, COUNTRY);
	o->sector = word(r, SECTOR, organisation_sectors, NULL);
	o->lang = language(r, LANG, o->cc != NULL && strcmp(o->cc, "JP") == 0 ? "ja" : "en");
	o->url = web_address(r, URL);
	o->address = text(r, ADDRESS, LIMIT_TITLE);
	o->member = yes(r, MEMBER);
	o->authority = word(r, AUTHORITY, organisation_authorities, "none");
	o->trust = word(r, TRUST, relation_trust, "unknown");
	o->max_tlp = tlp(r);
	o->formats = formats(r);
	o->scope = body(r, SCOPE);
	o->mission = body(r, MISSION);
	o->capabilities = body(r, CAPABILITIES);
	o->offers = body(r, OFFERS);
	o->legal = body(r, LEGAL);
	o->note = body(r, NOTE);
	o->source = "import";
}

static void
read_contact(struct reading *r, struct listing_row *row)
{
	struct contact *c = &row->c;
	struct str days = cell(r, C_TEST_DAYS);

	c->purpose = word(r, C_PURPOSE, contact_purposes, "general");
	c->name = text(r, C_NAME, LIMIT_NAME);
	c->kana = text(r, C_KANA, LIMIT_NAME);
	c->romaji = text(r, C_ROMAJI, LIMIT_NAME);
	c->title = text(r, C_TITLE, LIMIT_NAME);
	c->email = text(r, C_EMAIL, LIMIT_ADDRESS);
	c->phone = text(r, C_PHONE, 100);
	c->fax = text(r, C_FAX, 100);
	c->url = web_address(r, C_URL);
	c->lang = language(r, C_LANG, NULL);
	c->hours = text(r, C_HOURS, LIMIT_NAME);
	c->note = body(r, C_NOTE);
	c->source = "import";
	if (c->email != NULL && !contact_email_valid(str_of(c->email)))
		fault(r, N_("no mail address: {value}"), str_of(c->email));
	if (days.n > 0 && !str_int(days, 0, 3650, &c->test_days))
		fault(r, N_("a number of days from 0 to 3650, not {value}"), days);
	row->has_contact = c->email != NULL || c->phone != NULL || c->fax != NULL || c->url != NULL;
	if (!row->has_contact && c->name != NULL)
		fault(r, N_("no mail address, phone or form of {value}"), str_of(c->name));
}

static void
read_scopes(struct reading *r, struct listing_row *row)
{
	for (enum column column = S_PREFIX; column <= S_BRAND; column++) {
		const char *kind = scope_kinds[column - S_PREFIX].name;
		struct str s = cell(r, column), one;

		/* A brand's name may have blanks; everything else is parted by them. */
		while (str_split(&s, column == S_BRAND ? ';' : ' ', &one)) {
			const char *value;

			one = str_trim(one);
			if (one.n == 0)
				continue;
			if (scope_canonical(r->a, kind, one, &value) != OK) {
				fault(r,
				    column == S_PREFIX	? N_("no network without host bits: {value}")
				    : column == S_ASN	? N_("no AS number: {value}")
				    : column == S_DOMAIN ? N_("no domain: {value}")
				    : column == S_BRAND	? N_("too long: {value}")
							: N_("no country code of ISO 3166: {value}"),
				    one);
				continue;
			}
			row->scope = arena_room(r->a, row->scope, row->scopes, sizeof(*row->scope));
			row->scope[row->scopes++] = (struct scope){ .kind = kind, .value = value };
		}
	}
}

static enum err
keep(struct reading *r, struct listing_row *row)
{
	struct listing *l = r->l;

	row->line = r->line;
	if (l->n + l->bad >= LISTING_ROWS)
		return ERR_LIMIT;
	if (r->bad) {
		l->bad++;
		return OK;
	}
	l->row = arena_room(r->a, l->row, l->n, sizeof(*l->row));
	l->row[l->n++] = *row;
	return OK;
}

static enum err
read_row(struct reading *r)
{
	struct listing_row row = { 0 };

	r->bad = false;
	read_organisation(r, &row.o);
	read_contact(r, &row);
	read_scopes(r, &row);
	return keep(r, &row);
}

/* Which column stands where; one that nobody knows is told and passed over. */
static enum err
read_head(struct reading *r)
{
	for (int i = 0; i < COLUMNS; i++)
		r->place[i] = -1;
	for (size_t f = 0; f < r->fields; f++) {
		struct str s = str_trim(r->field[f]);
		bool known = false;

		for (int i = 0; i < COLUMNS; i++) {
			if (str_is_case(s, columns[i])) {
				r->place[i] = (int)f;
				known = true;
			}
		}
		if (!known && s.n > 0)
			fault(r, N_("this column is not known and passed over: {value}"), s);
	}
	return r->place[NAME] < 0 ? ERR_INVALID : OK;
}

enum err
listing_csv(struct arena *a, struct str csv, struct listing *ret)
{
	struct csv c = csv_of(csv);
	struct reading *r = arena_one(a, struct reading);

	*ret = (struct listing){ 0 };
	r->a = a;
	r->l = ret;
	if (csv_next(&c, a, r->field, &r->fields) != OK)
		return ERR_INVALID;
	r->line = c.line;
	TRY(read_head(r));
	for (;;) {
		enum err e = csv_next(&c, a, r->field, &r->fields);

		if (e == ERR_NOT_FOUND)
			return OK;
		r->line = c.line;
		if (e == OK) {
			TRY(read_row(r));
			continue;
		}
		fault(r,
		    e == ERR_LIMIT ? N_("the row is too long")
				   : N_("a quotation mark is not closed, or stands in the middle (RFC 4180 2.5)"),
		    STR_NULL);
		if (++ret->bad > LISTING_ROWS)
			return ERR_LIMIT;
	}
}

enum err
listing_any(struct arena *a, struct str file, struct listing *ret)
{
	struct str s = file;

	str_eat(&s, STR("\xef\xbb\xbf"));
	s = str_trim(s);
	return str_starts_case(s, STR("BEGIN:VCARD")) ? listing_vcard(a, file, ret) : listing_csv(a, file, ret);
}

/* Writing */

void
listing_csv_head(struct buf *out)
{
	for (int i = 0; i < COLUMNS; i++)
		buf_printf(out, "%s%s", i > 0 ? "," : "", columns[i]);
	csv_end(out);
}

static const char *
scopes_of(struct arena *a, const char *kind, const struct scope *scope, size_t n)
{
	struct buf *b = buf_new(a, LIMIT_MIB(1));

	for (size_t i = 0; i < n; i++) {
		if (strcmp(scope[i].kind, kind) == 0)
			buf_printf(b, "%s%s", b->n == 0 ? "" : strcmp(kind, "brand") == 0 ? ";" : " ",
			    scope[i].value);
	}
	return buf_cstr(a, b);
}

static const char *
with_blanks(struct arena *a, const char *names)
{
	char *s = arena_dup(a, names);

	for (char *p = s; *p != '\0'; p++) {
		if (*p == ',')
			*p = ' ';
	}
	return s;
}

void
listing_csv_row(struct buf *out, struct arena *a, const struct organisation *o, const struct contact *c,
    const struct scope *scope, size_t scopes)
{
	const struct contact none = { 0 };
	const char *const first[] = { o->name, o->name_en, o->kana, o->kind, o->cc, o->sector, o->lang, o->url,
		o->address, o->member ? "1" : "0", o->authority, o->trust, o->max_tlp, with_blanks(a, o->formats),
		o->scope, o->mission, o->capabilities, o->offers, o->legal, o->note };

	for (size_t i = 0; i < COUNT(first); i++)
		csv_put(out, first[i] == NULL ? "" : first[i]);
	bool has = c != NULL;

	if (!has)
		c = &none;
	const char *const second[] = { c->purpose, c->name, c->kana, c->romaji, c->title, c->email, c->phone, c->fax,
		c->url, c->lang, c->hours, has ? arena_printf(a, "%lld", (long long)c->test_days) : "", c->note };

	for (size_t i = 0; i < COUNT(second); i++)
		csv_put(out, second[i] == NULL ? "" : second[i]);
	for (size_t i = 0; scope_kinds[i].name != NULL; i++)
		csv_put(out, scopes_of(a, scope_kinds[i].name, scope, scopes));
	csv_end(out);
}
