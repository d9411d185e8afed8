/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/whois.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/ip.h"
#include "base/limit.h"
#include "base/scan.h"
#include "base/utf8.h"
#include "directory/host.h"
#include "directory/whois_priv.h"
#include "mail/mail_charset.h"
#include "text/i18n.h"

/* What a key means. A key not in the table may still carry a mail address. */
enum meaning {
	MEANS_NOTHING, /* never looked at: its addresses are no contacts */
	MEANS_RANGE,
	MEANS_AS,
	MEANS_DOMAIN,
	MEANS_HANDLE,	 /* the name of a network */
	MEANS_OWN_ID,	 /* by which others refer to this contact */
	MEANS_REFERS,	 /* names a contact by its id; the role is in the key */
	MEANS_ORG,
	MEANS_PERSON,
	MEANS_COUNTRY,
	MEANS_REGISTRAR,
	MEANS_REFERRAL,
	MEANS_CREATED,
	MEANS_CHANGED,
	MEANS_EXPIRES,
	MEANS_SOURCE,
	MEANS_REMARK,
	MEANS_KIND,	 /* "contact: administrative" (IANA) */
};

static const struct {
	const char *key; /* lower case, blanks single */
	enum meaning means;
} keys[] = {
	{ "changed-by", MEANS_NOTHING },
	{ "notify", MEANS_NOTHING },
	{ "mnt-nfy", MEANS_NOTHING },
	{ "upd-to", MEANS_NOTHING },
	{ "ref-nfy", MEANS_NOTHING },
	{ "irt-nfy", MEANS_NOTHING },
	{ "auth", MEANS_NOTHING },
	{ "nserver", MEANS_NOTHING },
	{ "name server", MEANS_NOTHING },
	{ "inetnum", MEANS_RANGE },
	{ "inet6num", MEANS_RANGE },
	{ "netrange", MEANS_RANGE },
	{ "netblock", MEANS_RANGE },
	{ "ipv4 address", MEANS_RANGE },
	{ "ipv6 address", MEANS_RANGE },
	{ "ipv4주소", MEANS_RANGE },
	{ "ipv6주소", MEANS_RANGE },
	{ "network number", MEANS_RANGE },
	{ "ipネットワークアドレス", MEANS_RANGE },
	{ "aut-num", MEANS_AS },
	{ "asnumber", MEANS_AS },
	{ "domain", MEANS_DOMAIN },
	{ "domain name", MEANS_DOMAIN },
	{ "ドメイン名", MEANS_DOMAIN },
	{ "도메인이름", MEANS_DOMAIN },
	{ "nombre de dominio", MEANS_DOMAIN },
	{ "netname", MEANS_HANDLE },
	{ "network name", MEANS_HANDLE },
	{ "ネットワーク名", MEANS_HANDLE },
	{ "service name", MEANS_HANDLE },
	{ "서비스명", MEANS_HANDLE },
	{ "asname", MEANS_HANDLE },
	{ "as-name", MEANS_HANDLE },
	{ "nic-hdl", MEANS_OWN_ID },
	{ "nic-hdl-br", MEANS_OWN_ID },
	{ "irt", MEANS_OWN_ID },
	{ "orgid", MEANS_NOTHING },
	{ "admin-c", MEANS_REFERS },
	{ "tech-c", MEANS_REFERS },
	{ "abuse-c", MEANS_REFERS },
	{ "mnt-irt", MEANS_REFERS },
	{ "owner-c", MEANS_REFERS },
	{ "holder-c", MEANS_REFERS },
	{ "routing-c", MEANS_REFERS },
	{ "billing-c", MEANS_REFERS },
	{ "registrant", MEANS_ORG },
	{ "registrant organization", MEANS_ORG },
	{ "registrant organisation", MEANS_ORG },
	{ "organization", MEANS_ORG },
	{ "organisation", MEANS_ORG },
	{ "organization name", MEANS_ORG },
	{ "org-name", MEANS_ORG },
	{ "orgname", MEANS_ORG },
	{ "owner", MEANS_ORG },
	{ "holder", MEANS_ORG },
	{ "titular", MEANS_ORG },
	{ "custname", MEANS_ORG },
	{ "組織名", MEANS_ORG },
	{ "登録者名", MEANS_ORG },
	{ "기관명", MEANS_ORG },
	{ "등록인", MEANS_ORG },
	{ "person", MEANS_PERSON },
	{ "role", MEANS_PERSON },
	{ "name", MEANS_PERSON },
	{ "이름", MEANS_PERSON },
	{ "名前", MEANS_PERSON },
	{ "country", MEANS_COUNTRY },
	{ "registrant country", MEANS_COUNTRY },
	{ "registrar", MEANS_REGISTRAR },
	{ "sponsoring registrar", MEANS_REGISTRAR },
	{ "authorized agency", MEANS_REGISTRAR },
	{ "registration service provider", MEANS_REGISTRAR },
	{ "refer", MEANS_REFERRAL },
	{ "whois", MEANS_REFERRAL },
	{ "whois server", MEANS_REFERRAL },
	{ "registrar whois server", MEANS_REFERRAL },
	{ "referralserver", MEANS_REFERRAL },
	{ "created", MEANS_CREATED },
	{ "created on", MEANS_CREATED },
	{ "creation date", MEANS_CREATED },
	{ "registered", MEANS_CREATED },
	{ "registered on", MEANS_CREATED },
	{ "registered date", MEANS_CREATED },
	{ "registration date", MEANS_CREATED },
	{ "registration time", MEANS_CREATED },
	{ "assigned date", MEANS_CREATED },
	{ "割当年月日", MEANS_CREATED },
	{ "登録年月日", MEANS_CREATED },
	{ "할당일자", MEANS_CREATED },
	{ "등록일", MEANS_CREATED },
	{ "regdate", MEANS_CREATED },
	{ "fecha de creación", MEANS_CREATED },
	{ "changed", MEANS_CHANGED },
	{ "last-modified", MEANS_CHANGED },
	{ "last modified", MEANS_CHANGED },
	{ "last-update", MEANS_CHANGED },
	{ "last updated", MEANS_CHANGED },
	{ "last updated date", MEANS_CHANGED },
	{ "last update", MEANS_CHANGED },
	{ "updated date", MEANS_CHANGED },
	{ "updated", MEANS_CHANGED },
	{ "最終更新", MEANS_CHANGED },
	{ "최근 정보 변경일", MEANS_CHANGED },
	{ "ultima actualización", MEANS_CHANGED },
	{ "expires on", MEANS_EXPIRES },
	{ "expires", MEANS_EXPIRES },
	{ "expire", MEANS_EXPIRES },
	{ "expiry date", MEANS_EXPIRES },
	{ "expiration date", MEANS_EXPIRES },
	{ "expiration time", MEANS_EXPIRES },
	{ "registry expiry date", MEANS_EXPIRES },
	{ "registrar registration expiration date", MEANS_EXPIRES },
	{ "有効期限", MEANS_EXPIRES },
	{ "사용 종료일", MEANS_EXPIRES },
	{ "source", MEANS_SOURCE },
	{ "remarks", MEANS_REMARK },
	{ "descr", MEANS_REMARK },
	{ "comment", MEANS_REMARK },
	{ "orgabusecomment", MEANS_REMARK },
	{ "contact", MEANS_KIND },
};

/* One piece of an answer: what stands between blank lines. */
struct block {
	struct str ids[4];   /* its own handles */
	size_t n_ids;
	const char *name, *organisation;
	bool is_object;	     /* has a range, an AS number or a domain */
	double size;	     /* log2 of how many addresses; less is narrower */
};

struct pending { /* a mail address whose owner may be said further down */
	const char *email, *from, *name;
	enum found_role role; /* FOUND_OTHER: the block's handle decides */
	size_t block, object; /* object: the last one above, 0 for none */
};

struct refers {
	struct str id;
	enum found_role role;
	size_t object;
};

/* What one object says of itself; its number is its place, from 1. */
struct object {
	size_t block;
	double size;
	const char *kind, *range, *domain, *handle, *organisation, *country;
	int64_t created_at, changed_at, expires_at;
};

#define BLOCKS 400
#define PENDING 400
#define REFERS 400
#define OBJECTS 100

struct parse {
	struct arena *a;
	struct found *f;
	struct block block[BLOCKS];
	struct pending pending[PENDING];
	struct refers refers[REFERS];
	struct object object[OBJECTS];
	size_t blocks, n_pending, n_refers, objects;
	struct str heading;	   /* "[ Technical Contact Information ]", "Registrar:" */
	size_t heading_indent;
	enum found_role heading_role;
	bool heading_open;	   /* the value of this key stands on the next lines */
	bool blank;		   /* the line before was */
	bool gone;		   /* the answer says that there is nothing */
	size_t lines;		   /* with something in them */
};

static struct object *
current(struct parse *p)
{
	return p->objects == 0 ? NULL : &p->object[p->objects - 1];
}

static void
first_text(struct parse *p, const char **to, struct str value)
{
	if (**to == '\0')
		*to = found_line(p->a, value);
}

static void
first_date(int64_t *to, struct str value)
{
	if (*to == 0)
		*to = found_date(value);
}

/* "192.0.2.0 - 192.0.2.255", "192.0.2.0/24", "192.0.2.0 - 192.0.2.255 (/24)" */
static double
range_bits(struct str s)
{
	size_t dash = str_find(s, STR("-"), 0), slash = str_find_char(s, '/', 0);
	struct ip from, to;
	int64_t prefix;
	double n = 0;

	if (dash != SIZE_MAX && ip_parse(str_trim(str_take(s, dash)), &from) == OK) {
		struct str rest = str_trim(str_skip(s, dash + 1)), word;

		(void)str_split(&rest, ' ', &word);
		if (ip_parse(word, &to) != OK || to.v != from.v)
			return 128;
		for (int i = 0; i < (from.v == 4 ? 4 : 16); i++)
			n = n * 256 + to.byte[i] - from.byte[i];
		return n < 0 ? 1e40 : n;
	}
	if (slash == SIZE_MAX || ip_parse(str_trim(str_take(s, slash)), &from) != OK)
		return 1e40;
	struct str digits = str_skip(s, slash + 1), word;

	digits = str_trim(digits);
	(void)str_split(&digits, ' ', &word);
	if (!str_int(word, 0, from.v == 4 ? 32 : 128, &prefix))
		return 1e40;
	n = 1;
	for (int64_t i = prefix; i < (from.v == 4 ? 32 : 128); i++)
		n *= 2;
	return n - 1;
}

static struct object *
object_begin(struct parse *p, const char *kind)
{
	struct object *o = current(p);

	/* AS and domain of the block that a range began belong to it. */
	if (o != NULL && o->block == p->blocks - 1)
		return o;
	if (p->objects == OBJECTS)
		return NULL;
	o = &p->object[p->objects++];
	*o = (struct object){ .block = p->blocks - 1, .size = 1e40, .kind = kind, .range = "",
		.domain = "", .handle = "", .organisation = "", .country = "" };
	p->block[p->blocks - 1].is_object = true;
	return o;
}

static void
block_begin(struct parse *p)
{
	if (p->blocks < BLOCKS)
		p->blocks++;
	p->block[p->blocks - 1] = (struct block){ .name = "", .organisation = "" };
}

static void
add_mail(struct parse *p, const char *email, enum found_role role, const char *from)
{
	if (p->n_pending == PENDING)
		return;
	p->pending[p->n_pending++] = (struct pending){
		.email = email,
		.from = from,
		.name = p->block[p->blocks - 1].name,
		.role = role,
		.block = p->blocks - 1,
		.object = p->objects,
	};
}

static void
add_mails(struct parse *p, struct str text, enum found_role role, struct str key)
{
	const char *email, *from = found_line(p->a, key);

	while (text.n > 0 && found_email(p->a, &text, &email))
		add_mail(p, email, role, from);
}

static void
referral(struct parse *p, struct str value)
{
	struct str name;
	uint32_t port = 43;
	uint64_t n;

	value = str_trim(value);
	if (str_eat_case(&value, STR("rwhois://")))
		port = 4321;
	else if (!str_eat_case(&value, STR("whois://")) &&
	    (str_starts_case(value, STR("http://")) || str_starts_case(value, STR("https://")))) {
		first_text(p, &p->f->link, value);
		return;
	}
	size_t end = str_find_char(value, '/', 0);

	value = str_trim(str_take(value, end));
	size_t colon = str_find_char(value, ':', 0);
	struct str digits = str_skip(value, colon == SIZE_MAX ? value.n : colon + 1);

	if (str_eat_digits(&digits, 1, 5, &n) && n > 0 && n < 65536)
		port = (uint32_t)n;
	if (url_host(p->a, str_take(value, colon), &name) != OK ||
	    str_find_char(name, '.', 0) == SIZE_MAX || p->f->referral[0] != '\0')
		return;
	p->f->referral = port == 43 ? arena_cstr(p->a, name)
				    : arena_printf(p->a, "%.*s:%u", STR_F(name), port);
}

static void
as_object(struct parse *p, struct str value)
{
	struct object *o = object_begin(p, "as");

	if (o != NULL && o->range[0] == '\0')
		first_text(p, &o->range, value);
}

static void
range_object(struct parse *p, struct str value)
{
	struct object *o = object_begin(p, "network");

	if (o == NULL)
		return;
	o->kind = "network";
	o->range = found_line(p->a, value);
	o->size = range_bits(value);
}

static void
domain_object(struct parse *p, struct str value)
{
	struct object *o = object_begin(p, "domain");
	struct str name, word;

	(void)str_split(&value, ' ', &word); /* "example.com.ar (…)" */
	if (o != NULL && url_host(p->a, str_trim(word), &name) == OK)
		o->domain = arena_cstr(p->a, name);
}

static void
organisation(struct parse *p, struct str value)
{
	struct block *b = &p->block[p->blocks - 1];
	struct object *o = current(p);

	/* RPSL: "organisation: ORG-EX1-RIPE" is an id, "org-name" the name. */
	if (str_starts(value, STR("ORG-")) && str_find_char(value, ' ', 0) == SIZE_MAX)
		return;
	first_text(p, &b->organisation, value);
	if (o != NULL)
		first_text(p, &o->organisation, value);
	else
		first_text(p, &p->f->organisation, value);
}

static void
country(struct parse *p, struct str value)
{
	struct object *o = current(p);
	struct str word;
	char code[3] = { 0 };

	(void)str_split(&value, ' ', &word);
	if (word.n != 2 || !str_is_alpha(word.p[0]) || !str_is_alpha(word.p[1]))
		return;
	code[0] = (char)(word.p[0] & ~0x20);
	code[1] = (char)(word.p[1] & ~0x20);
	if (o != NULL)
		first_text(p, &o->country, str_of(code));
	else
		first_text(p, &p->f->country, str_of(code));
}

static void
date(struct parse *p, enum meaning means, struct str value)
{
	struct object *o = current(p);

	if (o == NULL || o->block != p->blocks - 1)
		/* Objects of one answer may be cut by blank lines (Nominet); a contact's
		 * own dates come later and find the field filled. */
		if (o == NULL || p->block[p->blocks - 1].n_ids > 0)
			return;
	first_date(means == MEANS_CREATED  ? &o->created_at
		: means == MEANS_CHANGED   ? &o->changed_at
					   : &o->expires_at,
	    value);
}

static void
refer_to(struct parse *p, struct str key, struct str value)
{
	enum found_role role = found_role_of(key);

	if (p->n_refers == REFERS || p->objects == 0)
		return;
	p->refers[p->n_refers++] = (struct refers){ arena_str(p->a, value), role, p->objects };
}

static void
own_id(struct parse *p, struct str key, struct str value)
{
	struct block *b = &p->block[p->blocks - 1];

	if (b->n_ids < COUNT(b->ids))
		b->ids[b->n_ids++] = arena_str(p->a, value);
	if (str_is(key, "irt"))
		first_text(p, &b->name, value);
}

/* Lower case, blanks and dots of a key made one blank: "Creation Date", "OrgName". */
static struct str
key_fold(struct arena *a, struct str key)
{
	char *out = arena_dupn(a, key.p, key.n);
	size_t n = 0;

	for (size_t i = 0; i < key.n; i++) {
		char c = str_lower(key.p[i]);

		if (c == '\t' || c == '.')
			c = ' ';
		if (c == ' ' && (n == 0 || out[n - 1] == ' '))
			continue;
		out[n++] = c;
	}
	return str_trim((struct str){ .p = out, .n = n });
}

static bool
meaning_of(struct str folded, enum meaning *ret)
{
	for (size_t i = 0; i < COUNT(keys); i++) {
		if (str_is(folded, keys[i].key)) {
			*ret = keys[i].means;
			return true;
		}
	}
	return false;
}

/* Whose address stands under ${key}: its own words, else the heading's. */
static enum found_role
mail_role(struct parse *p, struct str key)
{
	enum found_role role = found_role_of(key);

	if (role == FOUND_OTHER && p->heading.n > 0)
		role = p->heading_role;
	return role;
}

static void
remark(struct parse *p, struct str key, struct str value)
{
	/* "Please send abuse reports to …": everything else names people of the past. */
	if (str_find_case(value, STR("abuse"), 0) != SIZE_MAX ||
	    str_find_case(value, STR("security"), 0) != SIZE_MAX)
		add_mails(p, value, FOUND_ABUSE, key);
}

static void
take(struct parse *p, struct str key, struct str value)
{
	struct str folded = key_fold(p->a, key);
	enum meaning means = MEANS_NOTHING;
	bool known = meaning_of(folded, &means);

	if (!known) {
		add_mails(p, value, mail_role(p, key), key);
		return;
	}
	switch (means) {
	case MEANS_NOTHING:
		break;
	case MEANS_RANGE:
		range_object(p, value);
		break;
	case MEANS_AS:
		as_object(p, value);
		break;
	case MEANS_DOMAIN:
		domain_object(p, value);
		break;
	case MEANS_HANDLE:
		if (current(p) != NULL)
			first_text(p, &current(p)->handle, value);
		else
			first_text(p, &p->f->handle, value);
		break;
	case MEANS_OWN_ID:
		own_id(p, folded, value);
		break;
	case MEANS_REFERS:
		refer_to(p, folded, value);
		break;
	case MEANS_ORG:
		organisation(p, value);
		add_mails(p, value, FOUND_OWNER, key);
		break;
	case MEANS_PERSON:
		p->block[p->blocks - 1].name = found_line(p->a, value);
		break;
	case MEANS_COUNTRY:
		country(p, value);
		break;
	case MEANS_REGISTRAR:
		first_text(p, &p->f->registrar, value);
		/* AFNIC: the registrar's own block, with its address in it */
		if (!p->block[p->blocks - 1].is_object && p->objects > 0 && p->heading.n == 0) {
			p->heading = STR("registrar");
			p->heading_role = FOUND_REGISTRAR;
			p->heading_indent = 0;
		}
		break;
	case MEANS_REFERRAL:
		referral(p, value);
		break;
	case MEANS_CREATED:
	case MEANS_CHANGED:
	case MEANS_EXPIRES:
		date(p, means, value);
		break;
	case MEANS_SOURCE:
		first_text(p, &p->f->source, value);
		break;
	case MEANS_REMARK:
		remark(p, key, value);
		break;
	case MEANS_KIND:
		/* IANA: "contact: administrative", its lines follow */
		p->heading = arena_str(p->a, value);
		p->heading_role = found_role_of(value);
		p->heading_indent = 0;
		break;
	}
}

/* "% Abuse contact for '192.0.2.0 - 192.0.2.255' is 'abuse@example.net'" */
static void
comment(struct parse *p, struct str line)
{
	static const char *const limits[] = { "limit exceeded", "access denied", "access control",
		"quota", "too many", "query rate" };

	if (str_find_case(line, STR("abuse contact for"), 0) != SIZE_MAX) {
		if (p->blocks > 0)
			add_mails(p, line, FOUND_ABUSE, STR("Abuse contact"));
		return;
	}
	for (size_t i = 0; i < COUNT(limits); i++) {
		if (str_starts_case(line, STR("ERROR")) &&
		    str_find_case(line, str_of(limits[i]), 0) != SIZE_MAX)
			p->f->state = FOUND_LIMITED;
	}
	if (str_starts_case(line, STR("ERROR:101")))
		p->gone = true;
}

static bool
says_nothing_found(struct str line)
{
	static const char *const texts[] = { "no match", "not found", "no entries found",
		"no data found", "no object found", "no found", "status: free", "no such domain",
		"domain not found", "no matching record", "is available for registration",
		"nothing found", "object does not exist", "없습니다", "見つかりません",
		"該当するデータがありません", "no existe" };

	for (size_t i = 0; i < COUNT(texts); i++) {
		if (str_find_case(line, str_of(texts[i]), 0) != SIZE_MAX)
			return true;
	}
	return false;
}

static bool
says_limited(struct str line)
{
	static const char *const texts[] = { "limit exceeded", "quota exceeded", "too many requests",
		"too many queries", "exceeded the maximum", "query rate", "access denied",
		"exceeded your", "blacklisted", "try again later" };

	for (size_t i = 0; i < COUNT(texts); i++) {
		if (str_find_case(line, str_of(texts[i]), 0) != SIZE_MAX)
			return true;
	}
	return false;
}

static size_t
indent_of(struct str line)
{
	size_t n = 0;

	for (size_t i = 0; i < line.n && (line.p[i] == ' ' || line.p[i] == '\t'); i++)
		n += line.p[i] == '\t' ? 8 : 1;
	return n;
}

/* "[Key]  value", "a. [Key]  value"; false: it is none. */
static bool
bracket_line(struct str line, struct str *ret_key, struct str *ret_value)
{
	if (line.n > 3 && str_is_alpha(line.p[0]) && line.p[1] == '.' && line.p[2] == ' ')
		line = str_trim(str_skip(line, 3));
	if (!str_eat(&line, STR("[")))
		return false;
	size_t end = str_find_char(line, ']', 0);

	if (end == SIZE_MAX || end == 0 || end > 100)
		return false;
	*ret_key = str_trim(str_take(line, end));
	*ret_value = str_trim(str_skip(line, end + 1));
	return true;
}

/* "key: value", "key : value", "key.....: value", "key:" */
static bool
colon_line(struct str line, struct str *ret_key, struct str *ret_value)
{
	size_t colon = str_find_char(line, ':', 0);

	if (colon == SIZE_MAX || colon == 0 || colon > 80 || str_starts(line, STR("[")))
		return false;
	struct str key = str_trim(str_take(line, colon)), value = str_skip(line, colon + 1);

	while (key.n > 0 && (key.p[key.n - 1] == '.' || key.p[key.n - 1] == ' '))
		key.n--;
	/* "http://…" and "12:30" are no keys; neither is half a sentence. */
	if (key.n == 0 || str_starts(value, STR("//")) || str_is_digit(key.p[0]) ||
	    str_find_char(key, '@', 0) != SIZE_MAX || utf8_count(key) > 45)
		return false;
	*ret_key = key;
	*ret_value = str_trim(value);
	return true;
}

static void
heading(struct parse *p, struct str key, size_t indent, bool open)
{
	p->heading = arena_str(p->a, key);
	p->heading_role = found_role_of(key);
	p->heading_indent = indent;
	p->heading_open = open;
}

/* "Record created on 2004-03-01 (YYYY-MM-DD)" */
static void
sentence(struct parse *p, struct str line)
{
	struct object *o = current(p);

	if (o == NULL)
		return;
	if (str_find_case(line, STR("created on"), 0) != SIZE_MAX)
		first_date(&o->created_at, line);
	else if (str_find_case(line, STR("expires on"), 0) != SIZE_MAX)
		first_date(&o->expires_at, line);
}

static void
text_line(struct parse *p, struct str line, size_t indent)
{
	enum meaning means;
	struct str folded = key_fold(p->a, p->heading);
	bool below = p->heading.n > 0 && indent > p->heading_indent;

	sentence(p, line);
	/* The first line below "Registrant:" is its value, the others are its address. */
	if (below && p->heading_open && meaning_of(folded, &means) && means != MEANS_REMARK) {
		p->heading_open = false;
		take(p, p->heading, line);
		if (means == MEANS_ORG)
			return;
	}
	if (!below || !meaning_of(folded, &means) || means != MEANS_NOTHING)
		add_mails(p, line, p->heading.n > 0 && below ? p->heading_role : FOUND_OTHER,
		    below ? p->heading : STR("text"));
}

static void
line_read(struct parse *p, struct str raw)
{
	size_t indent = indent_of(raw);
	struct str line = str_trim(raw), key, value;

	if (line.n == 0) {
		p->blank = true;
		return;
	}
	if (line.p[0] == '%' || line.p[0] == '#') {
		while (line.n > 0 && (line.p[0] == '%' || line.p[0] == '#' || line.p[0] == ' '))
			line = str_skip(line, 1);
		if (p->blocks == 0)
			block_begin(p);
		comment(p, line);
		if (says_limited(line) && p->objects == 0 && line.n < 200)
			p->f->state = FOUND_LIMITED;
		else if (says_nothing_found(line) && p->objects == 0)
			p->gone = true;
		return;
	}
	p->lines++;
	bool bracket = bracket_line(line, &key, &value), colon = !bracket && colon_line(line, &key, &value);

	if (p->blocks == 0)
		block_begin(p);
	else if (p->blank && (indent == 0 || colon)) {
		/* A heading holds until the next, unless something as far left follows. */
		if (!bracket && indent <= p->heading_indent)
			p->heading = STR_NULL;
		block_begin(p);
	}
	p->blank = false;
	if (p->objects == 0 && says_limited(line))
		p->f->state = FOUND_LIMITED;
	if (p->objects == 0 && says_nothing_found(line))
		p->gone = true;
	if (p->heading.n > 0 && p->heading_indent > 0 && indent < p->heading_indent)
		p->heading = STR_NULL;
	if (bracket && value.n == 0 && str_starts(line, STR("[")) &&
	    (str_starts(line, STR("[ ")) || found_role_of(key) != FOUND_OTHER)) {
		heading(p, key, 0, false);
	} else if (bracket) {
		take(p, key, value);
	} else if (colon && (value.n == 0 || (value.p[0] == '[' && value.p[value.n - 1] == ']'))) {
		/* JPRS repeats it: "Contact Information: [公開連絡窓口]" */
		heading(p, key, indent, true);
	} else if (colon) {
		/* "URL: …" below "Registrar:" is not the registrar's name. */
		if (indent <= p->heading_indent)
			p->heading_open = false;
		take(p, key, value);
	} else {
		text_line(p, line, indent);
	}
}

/* The narrowest network; without one the first object. */
static size_t
choose(const struct parse *p)
{
	size_t best = 0;

	for (size_t i = 0; i < p->objects; i++) {
		const struct object *o = &p->object[i];

		if (best == 0 || (o->size < p->object[best - 1].size))
			best = i + 1;
	}
	return best;
}

static enum found_role
role_by_handle(const struct parse *p, const struct pending *m, size_t chosen)
{
	const struct block *b = &p->block[m->block];
	enum found_role best = FOUND_OTHER;

	for (size_t i = 0; i < b->n_ids; i++) {
		for (size_t k = 0; k < p->n_refers; k++) {
			const struct refers *r = &p->refers[k];

			if (str_equal_case(r->id, b->ids[i]) && r->role < best &&
			    (r->object == chosen || chosen == 0))
				best = r->role;
		}
	}
	return best;
}

/* Is the block of an address one that only an object not chosen refers to? */
static bool
of_another(const struct parse *p, const struct pending *m, size_t chosen)
{
	const struct block *b = &p->block[m->block];
	bool other = false;

	if (b->n_ids == 0)
		return m->object != 0 && m->object != chosen && p->objects > 1;
	for (size_t i = 0; i < b->n_ids; i++) {
		for (size_t k = 0; k < p->n_refers; k++) {
			if (!str_equal_case(p->refers[k].id, b->ids[i]))
				continue;
			if (p->refers[k].object == chosen)
				return false;
			other = true;
		}
	}
	return other;
}

static void
contacts(struct parse *p, size_t chosen)
{
	/* First what belongs to the chosen object, then the rest, lower. */
	for (int others = 0; others < 2; others++) {
		for (size_t i = 0; i < p->n_pending; i++) {
			const struct pending *m = &p->pending[i];
			const struct block *b = &p->block[m->block];
			enum found_role role = m->role, by_handle;

			if (of_another(p, m, chosen) != (others == 1))
				continue;
			by_handle = role_by_handle(p, m, chosen);
			if (role == FOUND_OTHER || (role > FOUND_SECURITY && by_handle < role))
				role = by_handle;
			if (role == FOUND_OTHER && b->n_ids > 0 && str_starts_case(b->ids[0], STR("IRT-")))
				role = FOUND_SECURITY;
			if (others == 1)
				role = FOUND_OTHER;
			found_add(p->f,
			    &(struct found_contact){ .role = role, .email = m->email, .from = m->from,
				.name = m->name[0] != '\0' ? m->name : b->name,
				.organisation = b->organisation });
		}
	}
}

/* What follows from the registry alone. */
static void
by_source(struct parse *p)
{
	static const struct {
		const char *source, *country, *referral;
	} rows[] = {
		{ "JPNIC", "JP", "" },
		{ "KRNIC", "KR", "" },
		{ "TWNIC", "TW", "" },
		{ "CNNIC", "CN", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (strcmp(p->f->source, rows[i].source) == 0 && p->f->country[0] == '\0')
			p->f->country = rows[i].country;
	}
}

static void
finish(struct parse *p)
{
	struct found *f = p->f;
	size_t chosen = choose(p);

	if (chosen > 0) {
		const struct object *o = &p->object[chosen - 1];

		f->object = o->kind;
		f->range = o->range;
		f->domain = o->domain;
		f->created_at = o->created_at;
		f->changed_at = o->changed_at;
		f->expires_at = o->expires_at;
		if (o->handle[0] != '\0')
			f->handle = o->handle;
		if (o->organisation[0] != '\0')
			f->organisation = o->organisation;
		if (o->country[0] != '\0')
			f->country = o->country;
		if (f->organisation[0] == '\0')
			f->organisation = p->block[o->block].organisation;
	}
	contacts(p, chosen);
	by_source(p);
	found_sort(f);
	if (f->state == FOUND_LIMITED)
		found_add_fault(f, N_("The server answers no more questions for now."), STR_NULL);
	else if (chosen == 0 && f->contacts == 0 && p->gone)
		f->state = FOUND_NONE;
	else if (chosen == 0 && f->contacts == 0 && f->referral[0] == '\0') {
		f->state = p->lines == 0 ? FOUND_NONE : FOUND_UNREADABLE;
		if (p->lines > 0)
			found_add_fault(f, N_("Nothing in the answer could be understood."), STR_NULL);
	} else if (f->contacts == 0 && f->referral[0] == '\0') {
		found_add_fault(f, N_("The answer names no mail address."), STR_NULL);
	}
}

void
whois_parse(struct arena *a, struct str charset, struct str bytes, struct found *ret)
{
	struct parse *p = arena_one(a, struct parse);
	struct mail_charset_note note;
	struct str line;

	found_init(ret, a, "whois");
	*p = (struct parse){ .a = a, .f = ret };
	if (bytes.n > LIMIT_WHOIS) {
		bytes = str_take(bytes, LIMIT_WHOIS);
		found_add_fault(ret, N_("The answer is longer than 64 kB: the rest was left out."), STR_NULL);
	}
	struct str text = utf8_clean(a, whois_decode(a, charset, bytes, &note));

	if (note.invalid > 0)
		found_add_fault(ret, N_("Some characters could not be read as {value}."), str_of(note.used));
	while (str_line(&text, &line))
		line_read(p, line);
	finish(p);
}

enum err
whois_parse_row(struct arena *a, struct str in, struct ipc *crypt, struct buf *out)
{
	struct scan s = scan_of(in);
	struct str charset = scan_counted(&s);
	struct found f;

	(void)crypt; /* nothing is signed */
	TRY(scan_error(&s));
	whois_parse(a, charset, scan_bytes(&s, scan_left(&s)), &f);
	found_json(out, &f);
	return buf_error(out);
}
