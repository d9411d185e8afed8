/* SPDX-License-Identifier: Apache-2.0 */
#include "telescope/filter.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/zone.h"
#include "text/i18n.h"

static const struct field {
	const char *name;
	uint64_t most;
} fields[FILTER_FIELDS] = {
	[FILTER_PROTO] = { "proto", 255 },
	[FILTER_VERSION] = { "version", 6 },
	[FILTER_SRC] = { "src", 0 },
	[FILTER_DST] = { "dst", 0 },
	[FILTER_SPORT] = { "sport", 65535 },
	[FILTER_DPORT] = { "dport", 65535 },
	[FILTER_ICMP_TYPE] = { "icmptype", 255 },
	[FILTER_ICMP_CODE] = { "icmpcode", 255 },
	[FILTER_LEN] = { "len", 65535 },
	[FILTER_TTL] = { "ttl", 255 },
	[FILTER_IP_ID] = { "ipid", 65535 },
	[FILTER_FLAGS] = { "flags", RECORD_FLAGS },
	[FILTER_WINDOW] = { "window", 65535 },
	[FILTER_SEQ] = { "seq", UINT32_MAX },
	[FILTER_MSS] = { "mss", 65535 },
	[FILTER_SCALE] = { "scale", 255 },
	[FILTER_OPTIONS] = { "options", 255 },
	[FILTER_FINGERPRINT] = { "fingerprint", 255 },
	[FILTER_BITS] = { "bits", 255 },
	[FILTER_COUNTRY] = { "country", UINT16_MAX },
	[FILTER_AS] = { "as", UINT32_MAX },
	[FILTER_SENSOR] = { "sensor", 0 },
	[FILTER_TIME] = { "time", INT64_MAX },
};

static const struct word {
	const char *name;
	enum filter_field field;
	uint64_t value;
	bool mask;
} words[] = {
	{ "tcp", FILTER_PROTO, RECORD_TCP, false }, { "udp", FILTER_PROTO, RECORD_UDP, false },
	{ "icmp", FILTER_PROTO, RECORD_ICMP, false }, { "icmp6", FILTER_PROTO, RECORD_ICMP6, false },
	{ "icmpv6", FILTER_PROTO, RECORD_ICMP6, false }, { "ip", FILTER_VERSION, 4, false }, { "ip6", FILTER_VERSION, 6, false },
	{ "df", FILTER_BITS, RECORD_DF, true }, { "mf", FILTER_BITS, RECORD_MF, true },
	{ "fragment", FILTER_BITS, RECORD_FRAGMENT | RECORD_MF, true }, { "cut", FILTER_BITS, RECORD_CUT, true },
	{ "badsum", FILTER_BITS, RECORD_BAD_CHECKSUM | RECORD_BAD_IP, true },
};

static const struct flag {
	const char *name;
	unsigned bit;
} flags[] = {
	{ "fin", RECORD_FIN }, { "syn", RECORD_SYN }, { "rst", RECORD_RST }, { "push", RECORD_PUSH }, { "psh", RECORD_PUSH },
	{ "ack", RECORD_ACK }, { "urg", RECORD_URG }, { "ece", RECORD_ECE }, { "cwr", RECORD_CWR }, { "ae", RECORD_AE },
};

const char *
filter_field_name(enum filter_field f)
{
	return fields[f].name;
}

/* Reading */

struct reader {
	struct arena *a;
	struct str text; /* all of it */
	size_t at;	 /* behind the token */
	struct str token; /* "" at the end */
	size_t token_at;
	unsigned depth;
	const char *fault;
	size_t fault_at;
};

/* Blanks, brackets, commas and signs end a word. */
static bool
word_byte(char c)
{
	return !str_is_space(c) && strchr("()!=<>&|,", c) == NULL;
}

static void
next(struct reader *r)
{
	struct str s;
	size_t n = 0;

	while (r->at < r->text.n && str_is_space(r->text.p[r->at]))
		r->at++;
	s = str_skip(r->text, r->at);
	r->token_at = r->at;
	while (n < s.n && word_byte(s.p[n]))
		n++;
	if (n == 0 && s.n > 0) {
		static const char *const signs[] = { "&&", "||", "!=", "<=", ">=", "==" };

		n = 1;
		for (size_t i = 0; i < COUNT(signs); i++) {
			if (str_starts(s, str_of(signs[i])))
				n = 2;
		}
	}
	r->token = str_take(s, n);
	r->at += n;
}

static enum err
fault(struct reader *r, const char *message)
{
	if (r->fault == NULL) {
		r->fault = message;
		r->fault_at = r->token_at;
	}
	return ERR_INVALID;
}

static bool
take(struct reader *r, const char *word)
{
	if (!str_is_case(r->token, word) || r->token.n == 0)
		return false;
	next(r);
	return true;
}

static struct filter *
node(struct reader *r, enum filter_kind kind, const struct filter *left, const struct filter *right)
{
	struct filter *f = arena_one(r->a, struct filter);

	f->kind = kind;
	f->left = left;
	f->right = right;
	return f;
}

static struct filter *
test(struct reader *r, enum filter_field field, const struct filter_range *range, uint32_t n, bool mask)
{
	struct filter *f = node(r, FILTER_TEST, NULL, NULL);

	f->field = field;
	f->range = range;
	f->n = n;
	f->mask = mask;
	return f;
}

static struct filter *
test_one(struct reader *r, enum filter_field field, uint64_t from, uint64_t to, bool mask)
{
	struct filter_range *range = arena_one(r->a, struct filter_range);

	*range = (struct filter_range){ from, to };
	return test(r, field, range, 1, mask);
}

uint16_t
filter_country(struct str code)
{
	if (code.n != 2 || !str_is_alpha(code.p[0]) || !str_is_alpha(code.p[1]))
		return 0;
	return (uint16_t)((str_lower(code.p[0]) - 'a' + 'A') << 8 | (str_lower(code.p[1]) - 'a' + 'A'));
}

static bool
number(struct str s, uint64_t most, uint64_t *ret)
{
	uint64_t v = 0;

	if (str_eat_case(&s, STR("0x"))) {
		if (s.n == 0 || s.n > 8)
			return false;
		for (size_t i = 0; i < s.n; i++) {
			char c = str_lower(s.p[i]);

			if (!str_is_digit(c) && (c < 'a' || c > 'f'))
				return false;
			v = v << 4 | (uint64_t)(str_is_digit(c) ? c - '0' : c - 'a' + 10);
		}
	} else if (!str_eat_digits(&s, 1, 19, &v) || s.n > 0) {
		return false;
	}
	*ret = v;
	return v <= most;
}

/* "syn+ack", a number, "none". */
static bool
flags_value(struct str s, uint64_t *ret)
{
	struct str one;
	uint64_t v = 0;

	if (number(s, RECORD_FLAGS, ret))
		return true;
	if (str_is_case(s, "none")) {
		*ret = 0;
		return true;
	}
	while (str_split(&s, '+', &one)) {
		bool known = false;

		for (size_t i = 0; i < COUNT(flags); i++) {
			if (str_is_case(one, flags[i].name)) {
				v |= flags[i].bit;
				known = true;
			}
		}
		if (!known)
			return false;
	}
	*ret = v;
	return true;
}

static bool
value(enum filter_field field, struct str s, uint64_t *ret)
{
	unsigned named;
	int64_t at;

	switch (field) {
	case FILTER_PROTO:
		if (!record_proto_find(s, &named))
			return false;
		*ret = named;
		return true;
	case FILTER_FLAGS:
		return flags_value(s, ret);
	case FILTER_OPTIONS:
		if (str_is_case(s, "none") ? (named = RECORD_OPTIONS_NONE, true) : record_options_find(s, &named)) {
			*ret = named;
			return true;
		}
		return false;
	case FILTER_FINGERPRINT:
		if (record_fingerprint_find(s, &named)) {
			*ret = named;
			return true;
		}
		return number(s, fields[field].most, ret);
	case FILTER_SCALE:
		if (str_is_case(s, "none")) {
			*ret = RECORD_NO_SCALE;
			return true;
		}
		return number(s, fields[field].most, ret);
	case FILTER_COUNTRY:
		*ret = filter_country(s);
		return *ret != 0 || str_is_case(s, "unknown") || str_is(s, "??");
	case FILTER_AS:
		(void)str_eat_case(&s, STR("AS")); /* may be there */
		return number(s, fields[field].most, ret);
	case FILTER_TIME:
		if (zone_parse(zone_utc(), s, &at) != OK || at < 0)
			return false;
		*ret = (uint64_t)at * 1000;
		return true;
	default:
		return number(s, fields[field].most, ret);
	}
}

/* "22" or "20-25"; times and names have a "-" of their own. */
static bool
range_value(enum filter_field field, struct str s, struct filter_range *ret)
{
	size_t dash = str_find_char(s, '-', 1);

	if (value(field, s, &ret->from)) {
		ret->to = ret->from;
		return true;
	}
	return field != FILTER_TIME && dash != SIZE_MAX && value(field, str_take(s, dash), &ret->from) &&
	    value(field, str_skip(s, dash + 1), &ret->to) && ret->from <= ret->to;
}

enum sign { SIGN_EQUAL, SIGN_NOT, SIGN_LESS, SIGN_LESS_EQUAL, SIGN_MORE, SIGN_MORE_EQUAL, SIGN_MASK };

static enum sign
sign(struct reader *r)
{
	static const struct {
		const char *text;
		enum sign sign;
	} signs[] = {
		{ "=", SIGN_EQUAL }, { "==", SIGN_EQUAL }, { "!=", SIGN_NOT }, { "<", SIGN_LESS }, { "<=", SIGN_LESS_EQUAL },
		{ ">", SIGN_MORE }, { ">=", SIGN_MORE_EQUAL }, { "&", SIGN_MASK },
	};

	for (size_t i = 0; i < COUNT(signs); i++) {
		if (take(r, signs[i].text))
			return signs[i].sign;
	}
	return SIGN_EQUAL; /* it may be left out */
}

static enum err
ordered(struct reader *r, enum filter_field field, enum sign s, const struct filter **ret)
{
	uint64_t v, from = 0, to = fields[field].most;

	if (!value(field, r->token, &v) || r->token.n == 0)
		return fault(r, N_("This field has no such value."));
	if (s == SIGN_LESS && v == 0)
		to = 0, from = 1; /* nothing */
	else if (s == SIGN_LESS)
		to = v - 1;
	else if (s == SIGN_LESS_EQUAL)
		to = v;
	else if (s == SIGN_MORE && v == to)
		from = 1, to = 0;
	else
		from = s == SIGN_MORE ? v + 1 : v;
	next(r);
	*ret = test_one(r, field, from, to, false);
	return OK;
}

static enum err
field_test(struct reader *r, enum filter_field field, const struct filter **ret)
{
	enum sign s = sign(r);
	struct filter_range *range = NULL;
	const char **name = NULL;
	struct filter *f;
	uint32_t n = 0;
	uint64_t v;

	if (s == SIGN_MASK) {
		if (field != FILTER_FLAGS || !flags_value(r->token, &v))
			return fault(r, N_("This field has no such value."));
		next(r);
		*ret = test_one(r, field, v, v, true);
		return OK;
	}
	if (s >= SIGN_LESS && field != FILTER_SENSOR && field != FILTER_COUNTRY)
		return ordered(r, field, s, ret);
	do {
		struct filter_range one = { 0, 0 };

		if (n == LIMIT_FILTER_VALUES)
			return fault(r, N_("These are too many values."));
		if (r->token.n == 0 || !word_byte(r->token.p[0]) || (field != FILTER_SENSOR && !range_value(field, r->token, &one)))
			return fault(r, N_("This field has no such value."));
		if (field == FILTER_SENSOR) {
			name = arena_room(r->a, name, n, sizeof(*name));
			name[n++] = arena_cstr(r->a, r->token);
		} else {
			range = arena_room(r->a, range, n, sizeof(*range));
			range[n++] = one;
		}
		next(r);
	} while (take(r, ","));
	f = test(r, field, range, n, false);
	f->name = name;
	*ret = s == SIGN_NOT ? node(r, FILTER_NOT, f, NULL) : f;
	return OK;
}

static enum err
address_test(struct reader *r, bool src, bool dst, const struct filter **ret)
{
	enum sign s = sign(r);
	struct ip_net *net = NULL;
	struct filter *f[2] = { NULL, NULL };
	const struct filter *all;
	uint32_t n = 0;

	if (s > SIGN_NOT)
		return fault(r, N_("Addresses have no order."));
	do {
		struct ip_net one;

		if (n == LIMIT_FILTER_VALUES)
			return fault(r, N_("These are too many values."));
		if (ip_net_parse_any(r->token, &one) != OK)
			return fault(r, N_("This is neither an address nor a network (the bits behind its length must be 0)."));
		net = arena_room(r->a, net, n, sizeof(*net));
		net[n++] = one;
		next(r);
	} while (take(r, ","));
	for (unsigned i = 0; i < 2; i++) {
		if (!(i == 0 ? src : dst))
			continue;
		f[i] = test(r, i == 0 ? FILTER_SRC : FILTER_DST, NULL, n, false);
		f[i]->net = net;
	}
	all = f[0] != NULL && f[1] != NULL ? node(r, FILTER_OR, f[0], f[1]) : f[0] != NULL ? f[0] : f[1];
	*ret = s == SIGN_NOT ? node(r, FILTER_NOT, all, NULL) : all;
	return OK;
}

/* "src", "dst" or neither before what can be both. */
static enum err
sided(struct reader *r, const struct filter **ret)
{
	bool src = take(r, "src"), dst = !src && take(r, "dst");

	if (take(r, "port") || take(r, "portrange")) {
		const struct filter *one;
		struct reader again = *r;

		TRY(field_test(r, dst ? FILTER_DPORT : FILTER_SPORT, ret));
		if (src || dst)
			return OK;
		TRY(field_test(&again, FILTER_DPORT, &one));
		/* "!=" of either is neither. */
		*ret = node(r, one->kind == FILTER_NOT ? FILTER_AND : FILTER_OR, *ret, one);
		return OK;
	}
	if (!take(r, "host"))
		(void)take(r, "net"); /* either may be left out */
	return address_test(r, src || !dst, dst || !src, ret);
}

static enum err disjunction(struct reader *r, const struct filter **ret);

static enum err
primary(struct reader *r, const struct filter **ret)
{
	struct ip_net net;
	struct ip ip;

	if (take(r, "(")) {
		TRY(disjunction(r, ret));
		return take(r, ")") ? OK : fault(r, N_("A bracket is not closed."));
	}
	for (size_t i = 0; i < COUNT(words); i++) {
		if (take(r, words[i].name)) {
			*ret = test_one(r, words[i].field, words[i].value, words[i].value, words[i].mask);
			return OK;
		}
	}
	if (str_is_case(r->token, "src") || str_is_case(r->token, "dst") || str_is_case(r->token, "host") ||
	    str_is_case(r->token, "net") || str_is_case(r->token, "port") || str_is_case(r->token, "portrange") ||
	    ip_parse(r->token, &ip) == OK || ip_net_parse(r->token, &net) == OK)
		return sided(r, ret);
	for (unsigned i = 0; i < FILTER_FIELDS; i++) {
		if (i != FILTER_SRC && i != FILTER_DST && i != FILTER_BITS && take(r, fields[i].name))
			return field_test(r, (enum filter_field)i, ret);
	}
	return fault(r, r->token.n == 0 ? N_("The filter ends too early.") : N_("This is no word of the filter language."));
}

static enum err
negation(struct reader *r, const struct filter **ret)
{
	const struct filter *f;

	if (!take(r, "not") && !take(r, "!"))
		return primary(r, ret);
	if (++r->depth > LIMIT_FILTER_DEPTH)
		return ERR_LIMIT;
	TRY(negation(r, &f));
	r->depth--;
	*ret = node(r, FILTER_NOT, f, NULL);
	return OK;
}

static enum err
conjunction(struct reader *r, const struct filter **ret)
{
	const struct filter *all, *one;

	TRY(negation(r, &all));
	while (r->token.n > 0 && !str_is(r->token, ")") && !str_is_case(r->token, "or") && !str_is(r->token, "||")) {
		if (!take(r, "and"))
			(void)take(r, "&&"); /* may be left out */
		TRY(negation(r, &one));
		all = node(r, FILTER_AND, all, one);
	}
	*ret = all;
	return OK;
}

static enum err
disjunction(struct reader *r, const struct filter **ret)
{
	const struct filter *all, *one;

	if (++r->depth > LIMIT_FILTER_DEPTH)
		return ERR_LIMIT;
	TRY(conjunction(r, &all));
	while (take(r, "or") || take(r, "||")) {
		TRY(conjunction(r, &one));
		all = node(r, FILTER_OR, all, one);
	}
	r->depth--;
	*ret = all;
	return OK;
}

enum err
filter_parse(struct arena *a, struct str text, const struct filter **ret, const char **ret_fault, size_t *ret_at)
{
	struct reader r = { .a = a, .text = text };
	const struct filter *f;
	enum err e;

	*ret_fault = N_("The filter is longer or deeper than we read.");
	*ret_at = 0;
	if (text.n > LIMIT_FILTER)
		return ERR_LIMIT;
	next(&r);
	if (r.token.n == 0) {
		*ret = node(&r, FILTER_ALL, NULL, NULL);
		return OK;
	}
	e = disjunction(&r, &f);
	if (e == OK && r.token.n > 0)
		e = fault(&r, N_("A bracket is closed that was not opened."));
	if (r.fault != NULL) {
		*ret_fault = r.fault;
		*ret_at = r.fault_at;
	}
	if (e == OK)
		*ret = f;
	return e;
}

/* Writing */

static void
range_format(struct buf *b, struct arena *a, enum filter_field field, struct filter_range v)
{
	const char *name = NULL;

	switch (field) {
	case FILTER_FINGERPRINT:
		name = v.from < RECORD_FINGERPRINTS && v.from == v.to ? record_fingerprint_name((unsigned)v.from) : NULL;
		break;
	case FILTER_OPTIONS:
		name = v.from == RECORD_OPTIONS_NONE ? "none" : record_options_text((unsigned)v.from);
		break;
	case FILTER_COUNTRY:
		name = v.from == 0 ? "unknown" : arena_printf(a, "%c%c", (char)(v.from >> 8), (char)(v.from & 255));
		break;
	default:
		break;
	}
	if (name != NULL)
		buf_text(b, name);
	else if (v.from == v.to)
		buf_printf(b, "%" PRIu64, v.from);
	else
		buf_printf(b, "%" PRIu64 "-%" PRIu64, v.from, v.to);
}

static const char *
moment(struct arena *a, uint64_t at)
{
	const struct civil c = clock_civil((int64_t)(at / 1000), 0);

	return arena_printf(a, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", c.year, c.month, c.day, c.hour, c.minute, c.second,
	    c.millisecond);
}

/* Times are read in milliseconds: one microsecond beside them came from < or >. */
static void
time_format(struct buf *b, struct arena *a, struct filter_range v)
{
	if (v.to == (uint64_t)INT64_MAX)
		buf_printf(b, v.from % 1000 == 0 ? "time >= %s" : "time > %s", moment(a, v.from - v.from % 1000));
	else
		buf_printf(b, v.to % 1000 == 0 ? "time <= %s" : "time < %s", moment(a, v.to % 1000 == 0 ? v.to : v.to + 1));
}

static void
test_format(struct buf *b, struct arena *a, const struct filter *f)
{
	if (f->field == FILTER_BITS) {
		for (size_t i = 0; i < COUNT(words); i++) {
			if (words[i].field == FILTER_BITS && words[i].value == f->range[0].from)
				buf_text(b, words[i].name);
		}
		return;
	}
	if (f->field == FILTER_TIME && f->n == 1 && f->range[0].from < f->range[0].to) {
		time_format(b, a, f->range[0]);
		return;
	}
	if (f->n == 1 && f->range != NULL && f->range[0].from > f->range[0].to) {
		buf_printf(b, "%s < %s", fields[f->field].name, f->field == FILTER_TIME ? "1970-01-01" : "0");
		return;
	}
	buf_text(b, fields[f->field].name);
	buf_text(b, f->mask ? " & " : " ");
	for (uint32_t i = 0; i < f->n; i++) {
		if (i > 0)
			buf_char(b, ',');
		if (f->net != NULL)
			buf_printf(b, "%s/%u", ip_format(a, &f->net[i].ip), f->net[i].prefix);
		else if (f->name != NULL)
			buf_text(b, f->name[i]);
		else if (f->field == FILTER_TIME)
			buf_text(b, moment(a, f->range[i].from));
		else
			range_format(b, a, f->field, f->range[i]);
	}
}

static void
format(struct buf *b, struct arena *a, const struct filter *f)
{
	switch (f->kind) {
	case FILTER_ALL:
		break;
	case FILTER_NOT:
		buf_text(b, "not ");
		format(b, a, f->left);
		break;
	case FILTER_AND:
	case FILTER_OR:
		buf_char(b, '(');
		format(b, a, f->left);
		buf_text(b, f->kind == FILTER_AND ? " and " : " or ");
		format(b, a, f->right);
		buf_char(b, ')');
		break;
	case FILTER_TEST:
		test_format(b, a, f);
		break;
	}
}

const char *
filter_format(struct arena *a, const struct filter *f)
{
	struct buf *b = buf_new(a, LIMIT_MIB(1));

	format(b, a, f);
	return buf_cstr(a, b);
}

/* Answering */

bool
filter_test_number(const struct filter *t, uint64_t v)
{
	if (t->mask)
		return (v & t->range[0].from) != 0;
	for (uint32_t i = 0; i < t->n; i++) {
		if (v >= t->range[i].from && v <= t->range[i].to)
			return true;
	}
	return false;
}

bool
filter_test_address(const struct filter *t, const struct ip *ip)
{
	for (uint32_t i = 0; i < t->n; i++) {
		if (ip_in(&t->net[i], ip))
			return true;
	}
	return false;
}

bool
filter_test_name(const struct filter *t, const char *name)
{
	for (uint32_t i = 0; i < t->n; i++) {
		if (strcmp(t->name[i], name) == 0)
			return true;
	}
	return false;
}

static bool
is_icmp(const struct record *r)
{
	return r->proto == RECORD_ICMP || r->proto == RECORD_ICMP6;
}

static bool
test_matches(const struct filter *t, const struct record *r, const struct filter_more *m)
{
	switch (t->field) {
	case FILTER_SRC:
		return filter_test_address(t, &r->src);
	case FILTER_DST:
		return filter_test_address(t, &r->dst);
	case FILTER_SENSOR:
		return filter_test_name(t, m->sensor);
	case FILTER_PROTO:
		return filter_test_number(t, r->proto);
	case FILTER_VERSION:
		return filter_test_number(t, r->src.v);
	case FILTER_SPORT:
		return (r->proto == RECORD_TCP || r->proto == RECORD_UDP) && filter_test_number(t, r->sport);
	case FILTER_DPORT:
		return (r->proto == RECORD_TCP || r->proto == RECORD_UDP) && filter_test_number(t, r->dport);
	case FILTER_ICMP_TYPE:
		return is_icmp(r) && filter_test_number(t, r->dport >> 8);
	case FILTER_ICMP_CODE:
		return is_icmp(r) && filter_test_number(t, r->dport & 255);
	case FILTER_LEN:
		return filter_test_number(t, r->len);
	case FILTER_TTL:
		return filter_test_number(t, r->ttl);
	case FILTER_IP_ID:
		return filter_test_number(t, r->ip_id);
	case FILTER_FLAGS:
		return r->proto == RECORD_TCP && filter_test_number(t, r->flags);
	case FILTER_WINDOW:
		return r->proto == RECORD_TCP && filter_test_number(t, r->window);
	case FILTER_SEQ:
		return r->proto == RECORD_TCP && filter_test_number(t, r->seq);
	case FILTER_MSS:
		return filter_test_number(t, r->mss);
	case FILTER_SCALE:
		return filter_test_number(t, r->scale);
	case FILTER_OPTIONS:
		return r->proto == RECORD_TCP && filter_test_number(t, r->options);
	case FILTER_FINGERPRINT:
		return filter_test_number(t, r->fingerprint);
	case FILTER_BITS:
		return filter_test_number(t, r->bits);
	case FILTER_COUNTRY:
		return filter_test_number(t, m->country);
	case FILTER_AS:
		return filter_test_number(t, m->as);
	case FILTER_TIME:
		return filter_test_number(t, (uint64_t)r->at);
	case FILTER_FIELDS:
		break;
	}
	return false;
}

bool
filter_matches(const struct filter *f, const struct record *r, const struct filter_more *m)
{
	switch (f->kind) {
	case FILTER_ALL:
		return true;
	case FILTER_AND:
		return filter_matches(f->left, r, m) && filter_matches(f->right, r, m);
	case FILTER_OR:
		return filter_matches(f->left, r, m) || filter_matches(f->right, r, m);
	case FILTER_NOT:
		return !filter_matches(f->left, r, m);
	case FILTER_TEST:
		return test_matches(f, r, m);
	}
	return false;
}
