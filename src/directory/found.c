/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/found.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "text/i18n.h"
#include "text/value.h"

static const char *const role_names[FOUND_ROLES] = {
	[FOUND_ABUSE] = "abuse",
	[FOUND_SECURITY] = "security",
	[FOUND_NOC] = "noc",
	[FOUND_TECHNICAL] = "technical",
	[FOUND_ADMINISTRATIVE] = "administrative",
	[FOUND_OWNER] = "owner",
	[FOUND_REGISTRAR_ABUSE] = "registrar-abuse",
	[FOUND_REGISTRAR] = "registrar",
	[FOUND_BILLING] = "billing",
	[FOUND_ZONE] = "zone",
	[FOUND_OTHER] = "other",
};
static const char *const state_names[] = {
	[FOUND_YES] = "found",
	[FOUND_NONE] = "none",
	[FOUND_LIMITED] = "limited",
	[FOUND_UNREADABLE] = "unreadable",
};

const char *
found_role_name(enum found_role role)
{
	return role_names[role];
}

const char *
found_state_name(enum found_state state)
{
	return state_names[state];
}

/* "noc" and "irt" stand in "innocent" and "virtual" too: they count as words of
 * their own or in capitals, "OrgNOCEmail". */
static bool
has_word(struct str label, const char *word)
{
	char upper[4] = { 0 };
	size_t at = str_find_case(label, str_of(word), 0);

	if (at == SIZE_MAX || strlen(word) > 3)
		return at != SIZE_MAX;
	for (size_t i = 0; word[i] != '\0'; i++)
		upper[i] = (char)(word[i] & ~0x20);
	return at == 0 || !str_is_alpha(label.p[at - 1]) ||
	    str_find(label, str_of(upper), 0) != SIZE_MAX;
}

enum found_role
found_role_of(struct str label)
{
	/* The first that stands in the label: "Registrar Abuse Contact" before
	 * "Registrar", "Technical" before "Contact". */
	static const struct {
		const char *word;
		enum found_role role;
	} words[] = {
		{ "abuse", FOUND_ABUSE },
		{ "irt", FOUND_SECURITY },
		{ "security", FOUND_SECURITY },
		{ "csirt", FOUND_SECURITY },
		{ "noc", FOUND_NOC },
		{ "billing", FOUND_BILLING },
		{ "registrar", FOUND_REGISTRAR },
		{ "agency", FOUND_REGISTRAR },
		{ "reseller", FOUND_REGISTRAR },
		{ "tech", FOUND_TECHNICAL },
		{ "técnico", FOUND_TECHNICAL },
		{ "tecnico", FOUND_TECHNICAL },
		{ "技術", FOUND_TECHNICAL },
		{ "技术", FOUND_TECHNICAL },
		{ "기술", FOUND_TECHNICAL },
		{ "zone", FOUND_TECHNICAL },
		{ "admin", FOUND_ADMINISTRATIVE },
		{ "運用責任", FOUND_ADMINISTRATIVE },
		{ "登録担当", FOUND_ADMINISTRATIVE },
		{ "公開連絡窓口", FOUND_ADMINISTRATIVE },
		{ "contact information", FOUND_ADMINISTRATIVE },
		{ "책임자", FOUND_ADMINISTRATIVE },
		{ "관리", FOUND_ADMINISTRATIVE },
		{ "ac e-mail", FOUND_ADMINISTRATIVE },
		{ "responsible", FOUND_ADMINISTRATIVE },
		{ "registrant", FOUND_OWNER },
		{ "owner", FOUND_OWNER },
		{ "holder", FOUND_OWNER },
		{ "titular", FOUND_OWNER },
		{ "등록인", FOUND_OWNER },
		{ "登録者", FOUND_OWNER },
		{ "organisation", FOUND_OWNER },
		{ "organization", FOUND_OWNER },
	};

	for (size_t i = 0; i < COUNT(words); i++) {
		if (!has_word(label, words[i].word))
			continue;
		if (words[i].role == FOUND_ABUSE &&
		    str_find_case(label, STR("registrar"), 0) != SIZE_MAX)
			return FOUND_REGISTRAR_ABUSE;
		return words[i].role;
	}
	return FOUND_OTHER;
}

void
found_init(struct found *f, struct arena *a, const char *kind)
{
	*f = (struct found){
		.a = a,
		.kind = kind,
		.source = "",
		.object = "",
		.handle = "",
		.range = "",
		.domain = "",
		.organisation = "",
		.country = "",
		.registrar = "",
		.referral = "",
		.link = "",
		.encryption = "",
	};
}

const char *
found_line(struct arena *a, struct str text)
{
	if (text.n > LIMIT_NAME * 16)
		text = str_take(text, LIMIT_NAME * 16); /* far over what is kept below */
	return arena_cstr(a, str_trim(utf8_take(utf8_clean_line(a, text), LIMIT_NAME)));
}

static const char *
not_null(const char *s)
{
	return s == NULL ? "" : s;
}

void
found_add_fault(struct found *f, const char *message, struct str value)
{
	if (f->faults == LIMIT_FOUND_FAULTS)
		return; /* so many say the same: this answer is no good */
	if (f->faults == f->fault_size) {
		struct found_fault *more = arena_many(f->a, struct found_fault, f->fault_size * 2 + 4);

		if (f->faults > 0)
			memcpy(more, f->fault, f->faults * sizeof(*more));
		f->fault = more;
		f->fault_size = f->fault_size * 2 + 4;
	}
	f->fault[f->faults++] = (struct found_fault){ message, found_line(f->a, value) };
}

void
found_add(struct found *f, const struct found_contact *c)
{
	struct found_contact own = *c;

	own.email = not_null(c->email);
	own.phone = not_null(c->phone);
	own.url = not_null(c->url);
	own.name = not_null(c->name);
	own.organisation = not_null(c->organisation);
	own.from = not_null(c->from);
	own.languages = not_null(c->languages);
	if (own.email[0] == '\0' && own.phone[0] == '\0' && own.url[0] == '\0')
		return;
	for (size_t i = 0; i < f->contacts; i++) {
		const struct found_contact *o = &f->contact[i];

		if (o->role == own.role && str_is_case(str_of(o->email), own.email) &&
		    (own.email[0] != '\0' ||
			(strcmp(o->url, own.url) == 0 && strcmp(o->phone, own.phone) == 0)))
			return;
	}
	if (f->contacts == LIMIT_FOUND_CONTACTS) {
		if (f->faults == 0 || strcmp(f->fault[f->faults - 1].value, "100") != 0)
			found_add_fault(f, N_("More than {value} contacts: the rest was left out."), STR("100"));
		return;
	}
	if (f->contacts == f->contact_size) {
		size_t size = f->contact_size * 2 + 4;
		struct found_contact *more = arena_many(f->a, struct found_contact, size);

		if (f->contacts > 0)
			memcpy(more, f->contact, f->contacts * sizeof(*more));
		f->contact = more;
		f->contact_size = size;
	}
	f->contact[f->contacts++] = own;
}

void
found_sort(struct found *f)
{
	for (size_t i = 1; i < f->contacts; i++) {
		struct found_contact c = f->contact[i];
		size_t at = i;

		for (; at > 0 && f->contact[at - 1].role > c.role; at--)
			f->contact[at] = f->contact[at - 1];
		f->contact[at] = c;
	}
}

/* abuse@, csirt@, … : made for it, whatever the field is called. */
static bool
is_abuse_mailbox(const char *email)
{
	static const char *const words[] = { "abuse", "csirt", "cert", "security", "soc", "phish",
		"spam" };
	struct str local = str_of(email);
	size_t at = str_find_char(local, '@', 0);

	local = str_take(local, at == SIZE_MAX ? 0 : at);
	for (size_t i = 0; i < COUNT(words); i++) {
		if (str_is_case(local, words[i]) ||
		    (strlen(words[i]) > 4 && str_find_case(local, str_of(words[i]), 0) != SIZE_MAX))
			return true;
	}
	return false;
}

const struct found_contact *
found_abuse(const struct found *f)
{
	const struct found_contact *best = NULL;
	int best_rank = 0;

	for (size_t i = 0; i < f->contacts; i++) {
		const struct found_contact *c = &f->contact[i];
		int rank = 2 * (int)c->role + 2;

		if (c->email[0] == '\0' || c->role == FOUND_BILLING)
			continue;
		if (c->role > FOUND_SECURITY && c->role != FOUND_REGISTRAR_ABUSE &&
		    c->role != FOUND_REGISTRAR && is_abuse_mailbox(c->email))
			rank = 2 * (int)FOUND_SECURITY + 1;
		if (best == NULL || rank < best_rank) {
			best = c;
			best_rank = rank;
		}
	}
	return best;
}

/* RFC 5322 atext and the dot, without what stands around addresses in texts. */
static bool
is_local(char c)
{
	return str_is_alnum(c) || (c != '\0' && strchr("._%+-=~!#$&*/?^{|}", c) != NULL);
}

bool
found_email(struct arena *a, struct str *s, const char **ret)
{
	for (size_t at = str_find_char(*s, '@', 0); at != SIZE_MAX;
	     at = str_find_char(*s, '@', at + 1)) {
		size_t from = at, to = at + 1, dot = 0;

		while (from > 0 && is_local(s->p[from - 1]) && at - from < 64)
			from--;
		while (from < at && (s->p[from] == '.' || s->p[from] == '/' || s->p[from] == '='))
			from++;
		while (to < s->n && (str_is_alnum(s->p[to]) || s->p[to] == '-' || s->p[to] == '.') &&
		    to - at < 254)
			to++;
		while (to > at + 1 && (s->p[to - 1] == '.' || s->p[to - 1] == '-'))
			to--;
		for (size_t i = at + 1; i < to; i++)
			dot = s->p[i] == '.' ? i : dot;
		if (from == at || dot == 0 || s->p[at + 1] == '.' || to - dot < 3 ||
		    str_is_digit(s->p[to - 1]) || s->p[at - 1] == '.')
			continue;
		char *text = arena_dupn(a, s->p + from, to - from);

		for (size_t i = at - from; i < to - from; i++)
			text[i] = str_lower(text[i]); /* only the domain has no case */
		*ret = text;
		*s = str_skip(*s, to);
		return true;
	}
	*s = STR_NULL;
	return false;
}

static bool
month_name(struct str *s, uint64_t *ret)
{
	static const char *const names[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
		"Sep", "Oct", "Nov", "Dec" };

	for (size_t i = 0; i < COUNT(names); i++) {
		if (!str_starts_case(*s, str_of(names[i])))
			continue;
		*s = str_skip(*s, 3);
		while (s->n > 0 && str_is_alpha(s->p[0]))
			*s = str_skip(*s, 1);
		*ret = i + 1;
		return true;
	}
	return false;
}

static void
eat_any(struct str *s, const char *set)
{
	while (s->n > 0 && s->p[0] != '\0' && strchr(set, s->p[0]) != NULL)
		*s = str_skip(*s, 1);
}

/* Year, month and day at the front of ${*s}, in any of the orders. */
static bool
eat_day(struct str *s, uint64_t *y, uint64_t *m, uint64_t *d)
{
	struct str t = *s;

	if (str_eat_digits(&t, 8, 8, d) && (t.n == 0 || !str_is_digit(t.p[0]))) {
		*y = *d / 10000;
		*m = *d / 100 % 100;
		*d %= 100;
		*s = t;
		return true;
	}
	t = *s;
	if (str_eat_digits(&t, 4, 4, y) && t.n > 0 && strchr("-/. ", t.p[0]) != NULL) {
		eat_any(&t, "-/. ");
		if ((str_eat_digits(&t, 1, 2, m) || month_name(&t, m)) && t.n > 0 &&
		    strchr("-/. ", t.p[0]) != NULL) {
			eat_any(&t, "-/. ");
			if (str_eat_digits(&t, 1, 2, d)) {
				*s = t;
				return true;
			}
		}
	}
	t = *s;
	if (str_eat_digits(&t, 1, 2, d) && t.n > 0 && strchr("-/. ", t.p[0]) != NULL) {
		eat_any(&t, "-/. ");
		if (month_name(&t, m) || str_eat_digits(&t, 1, 2, m)) {
			eat_any(&t, "-/. ");
			if (str_eat_digits(&t, 4, 4, y)) {
				*s = t;
				return true;
			}
		}
	}
	return false;
}

static int32_t
eat_zone(struct str s)
{
	uint64_t hours, minutes = 0;
	int32_t sign = 1;

	eat_any(&s, " (");
	if (str_starts_case(s, STR("JST")) || str_starts_case(s, STR("KST")))
		return 9 * 3600;
	if (str_eat(&s, STR("-")))
		sign = -1;
	else if (!str_eat(&s, STR("+")))
		return 0;
	if (!str_eat_digits(&s, 2, 2, &hours) || hours > 14)
		return 0;
	(void)str_eat(&s, STR(":"));
	if (!str_eat_digits(&s, 2, 2, &minutes) || minutes > 59)
		minutes = 0;
	return sign * (int32_t)(hours * 3600 + minutes * 60);
}

int64_t
found_date(struct str s)
{
	uint64_t y, m, d, hour = 0, minute = 0, second = 0;

	for (size_t i = 0; i < s.n && i < 200; i++) {
		struct str t = str_skip(s, i);

		if (!str_is_digit(t.p[0]) || (i > 0 && str_is_alnum(s.p[i - 1])) ||
		    !eat_day(&t, &y, &m, &d) || y < 1980 || y > 9000 || m < 1 || m > 12 || d < 1 ||
		    d > 31)
			continue;
		eat_any(&t, " T.");
		struct str time = t;

		if (str_eat_digits(&time, 2, 2, &hour) && str_eat(&time, STR(":")) &&
		    str_eat_digits(&time, 2, 2, &minute)) {
			if (str_eat(&time, STR(":")) && !str_eat_digits(&time, 2, 2, &second))
				second = 0;
			if (str_eat(&time, STR("."))) /* 12:00:00.123Z, .0Z */
				while (time.n > 0 && str_is_digit(time.p[0]))
					time = str_skip(time, 1);
			t = time;
		} else {
			hour = minute = 0;
		}
		if (hour > 23 || minute > 59 || second > 60)
			hour = minute = second = 0;
		const struct civil c = { .year = (int32_t)y, .month = (int32_t)m, .day = (int32_t)d,
			.hour = (int32_t)hour, .minute = (int32_t)minute, .second = (int32_t)second };

		return clock_from_civil(&c, eat_zone(t));
	}
	return 0;
}

/* Texts that stand under their own name in JSON: reader and writer in one. */
static const struct {
	const char *key;
	size_t at;
} texts[] = {
	{ "source", offsetof(struct found, source) },
	{ "object", offsetof(struct found, object) },
	{ "handle", offsetof(struct found, handle) },
	{ "range", offsetof(struct found, range) },
	{ "domain", offsetof(struct found, domain) },
	{ "organisation", offsetof(struct found, organisation) },
	{ "country", offsetof(struct found, country) },
	{ "registrar", offsetof(struct found, registrar) },
	{ "referral", offsetof(struct found, referral) },
	{ "link", offsetof(struct found, link) },
	{ "encryption", offsetof(struct found, encryption) },
};
static const struct {
	const char *key;
	size_t at;
} contact_texts[] = {
	{ "email", offsetof(struct found_contact, email) },
	{ "phone", offsetof(struct found_contact, phone) },
	{ "url", offsetof(struct found_contact, url) },
	{ "name", offsetof(struct found_contact, name) },
	{ "organisation", offsetof(struct found_contact, organisation) },
	{ "from", offsetof(struct found_contact, from) },
	{ "languages", offsetof(struct found_contact, languages) },
};
static const struct {
	const char *key;
	size_t at;
} times[] = {
	{ "created_at", offsetof(struct found, created_at) },
	{ "changed_at", offsetof(struct found, changed_at) },
	{ "expires_at", offsetof(struct found, expires_at) },
};
static const char *const kinds[] = { "whois", "rdap", "security.txt", "soa" };

#define TEXT_AT(object, offset) ((const char **)(void *)((char *)(object) + (offset)))
#define TIME_AT(object, offset) ((int64_t *)(void *)((char *)(object) + (offset)))

void
found_json(struct buf *out, const struct found *f)
{
	struct found copy = *f; /* the offsets want one that is not const */
	struct value *o = value_object(f->a), *list;

	value_set_text(f->a, o, "kind", f->kind);
	value_set_text(f->a, o, "state", state_names[f->state]);
	for (size_t i = 0; i < COUNT(texts); i++)
		value_set_text(f->a, o, texts[i].key, *TEXT_AT(&copy, texts[i].at));
	for (size_t i = 0; i < COUNT(times); i++)
		value_set_int(f->a, o, times[i].key, *TIME_AT(&copy, times[i].at));
	value_set_bool(f->a, o, "signed", f->is_signed);
	list = value_set_list(f->a, o, "contacts");
	for (size_t i = 0; i < f->contacts; i++) {
		struct value *c = value_add_object(f->a, list);

		value_set_text(f->a, c, "role", role_names[f->contact[i].role]);
		for (size_t k = 0; k < COUNT(contact_texts); k++)
			value_set_text(f->a, c, contact_texts[k].key,
			    *TEXT_AT(&f->contact[i], contact_texts[k].at));
	}
	list = value_set_list(f->a, o, "faults");
	for (size_t i = 0; i < f->faults; i++) {
		struct value *c = value_add_object(f->a, list);

		value_set_text(f->a, c, "message", f->fault[i].message);
		value_set_text(f->a, c, "value", f->fault[i].value);
	}
	value_json(out, o);
}

static bool
word_of(const struct value *v, const char *const *names, size_t n, size_t *ret)
{
	for (size_t i = 0; i < n; i++) {
		if (value_type(v) == VALUE_TEXT && strcmp(value_cstr(v), names[i]) == 0) {
			*ret = i;
			return true;
		}
	}
	return false;
}

enum err
found_read(struct arena *a, struct str json, struct found *ret)
{
	struct value *o = NULL;
	struct found f;
	size_t which;

	found_init(&f, a, "");
	TRY(value_parse(a, json, &o, NULL));
	if (value_type(o) != VALUE_OBJECT || !word_of(value_get(o, "kind"), kinds, COUNT(kinds), &which))
		return ERR_INVALID;
	f.kind = kinds[which];
	if (!word_of(value_get(o, "state"), state_names, COUNT(state_names), &which))
		return ERR_INVALID;
	f.state = (enum found_state)which;
	for (size_t i = 0; i < COUNT(texts); i++)
		*TEXT_AT(&f, texts[i].at) = value_cstr(value_get(o, texts[i].key));
	for (size_t i = 0; i < COUNT(times); i++)
		*TIME_AT(&f, times[i].at) = value_integer(value_get(o, times[i].key));
	f.is_signed = value_true(value_get(o, "signed"));
	const struct value *list = value_get(o, "contacts");

	if (value_count(list) > LIMIT_FOUND_CONTACTS)
		return ERR_INVALID;
	for (size_t i = 0; i < value_count(list); i++) {
		const struct value *v = value_at(list, i);
		struct found_contact c = { .email = "" };

		if (!word_of(value_get(v, "role"), role_names, COUNT(role_names), &which))
			return ERR_INVALID;
		c.role = (enum found_role)which;
		for (size_t k = 0; k < COUNT(contact_texts); k++)
			*TEXT_AT(&c, contact_texts[k].at) = value_cstr(value_get(v, contact_texts[k].key));
		found_add(&f, &c);
	}
	list = value_get(o, "faults");
	for (size_t i = 0; i < value_count(list); i++)
		found_add_fault(&f, value_cstr(value_get(value_at(list, i), "message")),
		    value_str(value_get(value_at(list, i), "value")));
	*ret = f;
	return OK;
}
