/* SPDX-License-Identifier: Apache-2.0 */
#include "telescope/feed.h"

#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/zone.h"
#include "telescope/fingerprint.h"
#include "text/csv.h"
#include "text/value.h"

#define OBJECT_MAX LIMIT_KIB(16)
#define COUNT_MAX 10000 /* packets of one entry */
#define YEAR_9999 INT64_C(253402300799)

enum { TIMESTAMP, PROTOCOL, SRC_IP, SRC_PORT, DST_IP, DST_PORT, INFECTION, TAG, COUNT_OF };
static const char *const columns[] = { "timestamp", "protocol", "src_ip", "src_port", "dst_ip", "dst_port", "infection", "tag", "count" };

const char *
feed_name(enum feed_format f)
{
	static const char *const names[FEED_FORMATS] = { "dshield", "shadowserver" };

	return names[f];
}

bool
feed_find(struct str name, enum feed_format *ret)
{
	for (enum feed_format f = 0; f < FEED_FORMATS; f++) {
		if (str_is(name, feed_name(f))) {
			*ret = f;
			return true;
		}
	}
	return false;
}

struct feed
feed_of(enum feed_format format, struct str text)
{
	return (struct feed){ .format = format, .rest = text };
}

/* Seconds since 1970, or "2021-03-07 00:00:00", UTC. */
static bool
read_time(struct str s, int64_t *ret)
{
	int64_t at;

	s = str_trim(s);
	if (str_int(s, 1, YEAR_9999, &at)) {
		*ret = at * 1000000;
		return true;
	}
	if (zone_parse(zone_utc(), s, &at) != OK || at < 0 || at > YEAR_9999 * 1000)
		return false;
	*ret = at * 1000;
	return true;
}

/* Empty is 0. */
static bool
read_port(struct str s, int64_t max, int64_t *ret)
{
	*ret = 0;
	s = str_trim(s);
	return s.n == 0 || str_int(s, 0, max, ret);
}

static bool
read_addresses(struct str src, struct str dst, struct record *r)
{
	if (ip_parse(str_trim(src), &r->src) != OK)
		return false;
	dst = str_trim(dst);
	if (dst.n == 0) /* not told */
		r->dst = (struct ip){ .v = r->src.v };
	else if (ip_parse(dst, &r->dst) != OK || r->dst.v != r->src.v)
		return false;
	return true;
}

static bool
set_ports(struct record *r, int64_t sport, int64_t dport)
{
	if (r->proto == RECORD_ICMP || r->proto == RECORD_ICMP6) {
		if (sport > 255 || dport > 255)
			return false;
		r->dport = (uint16_t)(sport << 8 | dport);
	} else if (r->proto == RECORD_TCP || r->proto == RECORD_UDP) {
		r->sport = (uint16_t)sport;
		r->dport = (uint16_t)dport;
	}
	return true;
}

/* DShield */

/* The next object that has none inside it, STR_NULL at the end. Braces in texts do not count. */
static struct str
next_object(struct feed *f)
{
	size_t begin = SIZE_MAX;
	bool text = false;

	for (size_t i = 0; i < f->rest.n; i++) {
		char c = f->rest.p[i];

		if (text) {
			i += c == '\\';
			text = c != '"';
		} else if (c == '"') {
			text = true;
		} else if (c == '{') {
			begin = i;
		} else if (c == '}' && begin != SIZE_MAX) {
			struct str one = str_take(str_skip(f->rest, begin), i + 1 - begin);

			f->rest = str_skip(f->rest, i + 1);
			return one;
		}
	}
	f->rest = STR_NULL;
	return STR_NULL;
}

/* A member as text, whether it is a number or a text; "" without it. */
static struct str
member(struct arena *a, const struct value *v, const char *key)
{
	const struct value *m = value_get(v, key);

	if (value_type(m) == VALUE_INT)
		return str_of(arena_printf(a, "%lld", (long long)value_integer(m)));
	if (value_type(m) == VALUE_REAL && value_real(m) >= 0 && value_real(m) < (double)YEAR_9999)
		return str_of(arena_printf(a, "%lld", (long long)value_real(m)));
	return value_str(m);
}

static uint16_t
read_flags(struct str s)
{
	static const char letters[] = "FSRPAU21"; /* from the lowest bit; 2 is ECE, 1 CWR */
	uint16_t flags = 0;

	for (size_t i = 0; i < s.n; i++) {
		const char *at = s.p[i] == '\0' ? NULL : strchr(letters, s.p[i]);

		if (at != NULL)
			flags |= (uint16_t)(1U << (at - letters));
	}
	return flags;
}

static bool
read_object(struct arena *a, const struct value *v, struct record *r)
{
	int64_t sport, dport;
	unsigned proto;

	if (!read_time(member(a, v, "time"), &r->at) || !read_addresses(member(a, v, "sip"), member(a, v, "dip"), r) ||
	    !record_proto_find(str_trim(member(a, v, "proto")), &proto) || !read_port(member(a, v, "sport"), 65535, &sport) ||
	    !read_port(member(a, v, "dport"), 65535, &dport))
		return false;
	r->proto = (uint8_t)proto;
	if (r->proto == RECORD_TCP)
		r->flags = read_flags(member(a, v, "flags"));
	/* The other marks are in fields that it does not have. */
	if (fingerprint_of(r) == RECORD_BACKSCATTER)
		r->fingerprint = RECORD_BACKSCATTER;
	return set_ports(r, sport, dport);
}

static enum err
next_dshield(struct feed *f, struct record *r)
{
	struct str text;

	while ((text = next_object(f)).p != NULL) {
		AUTO(arena) a = arena_new();
		struct value *v = NULL;
		enum err e = text.n > OBJECT_MAX ? ERR_LIMIT : value_parse(a, text, &v, NULL);

		if (e == OK && value_get(v, "sip") == NULL)
			continue; /* what stands around the entries */
		f->events++;
		*r = (struct record){ .scale = RECORD_NO_SCALE };
		if (e == OK && read_object(a, v, r))
			return OK;
		f->bad++;
	}
	return f->events == 0 ? ERR_INVALID : ERR_NOT_FOUND;
}

/* Shadowserver */

static enum err
read_header(struct feed *f, const struct str *field, size_t n)
{
	for (size_t i = 0; i < COUNT(columns); i++) {
		f->column[i] = -1;
		for (size_t k = 0; k < n && f->column[i] < 0; k++)
			f->column[i] = str_is_case(str_trim(field[k]), columns[i]) ? (int)k : -1;
	}
	f->begun = true;
	return f->column[TIMESTAMP] < 0 || f->column[PROTOCOL] < 0 || f->column[SRC_IP] < 0 || f->column[DST_PORT] < 0 ? ERR_INVALID : OK;
}

static struct str
cell(const struct feed *f, const struct str *field, size_t n, int column)
{
	int at = f->column[column];

	return at < 0 || (size_t)at >= n ? STR_NULL : field[at];
}

static bool
read_row(struct feed *f, const struct str *field, size_t n, struct record *r)
{
	int64_t sport, dport, packets = 1;
	unsigned proto;

	if (!read_time(cell(f, field, n, TIMESTAMP), &r->at) ||
	    !read_addresses(cell(f, field, n, SRC_IP), cell(f, field, n, DST_IP), r) ||
	    !record_proto_find(str_trim(cell(f, field, n, PROTOCOL)), &proto) ||
	    !read_port(cell(f, field, n, SRC_PORT), 65535, &sport) || !read_port(cell(f, field, n, DST_PORT), 65535, &dport))
		return false;
	r->proto = (uint8_t)proto;
	if (str_trim(cell(f, field, n, COUNT_OF)).n > 0 && !str_int(str_trim(cell(f, field, n, COUNT_OF)), 1, COUNT_MAX, &packets))
		return false;
	f->left = (uint64_t)packets - 1;
	/* Their word for it: as a record says it, the sequence number is the target. */
	if (r->proto == RECORD_TCP && r->dst.v == 4 &&
	    (str_find_case(cell(f, field, n, INFECTION), STR("mirai"), 0) != SIZE_MAX ||
		str_find_case(cell(f, field, n, TAG), STR("mirai"), 0) != SIZE_MAX)) {
		r->flags = RECORD_SYN;
		r->seq = (uint32_t)r->dst.byte[0] << 24 | (uint32_t)r->dst.byte[1] << 16 | (uint32_t)r->dst.byte[2] << 8 | r->dst.byte[3];
		r->fingerprint = RECORD_MIRAI;
	}
	return set_ports(r, sport, dport);
}

static enum err
next_shadowserver(struct feed *f, struct record *r)
{
	struct csv csv = csv_of(f->rest);

	if (f->left > 0) {
		f->left--;
		*r = f->last;
		return OK;
	}
	for (;;) {
		AUTO(arena) a = arena_new();
		struct str field[CSV_FIELDS];
		size_t n = 0;
		enum err e = csv_next(&csv, a, field, &n);

		f->rest = csv.rest;
		if (e == ERR_NOT_FOUND)
			return f->begun ? ERR_NOT_FOUND : ERR_INVALID;
		if (e == OK && !f->begun) {
			TRY(read_header(f, field, n));
			continue;
		}
		if (!f->begun)
			return ERR_INVALID;
		f->events++;
		*r = (struct record){ .scale = RECORD_NO_SCALE };
		if (e == OK && read_row(f, field, n, r)) {
			f->last = *r;
			return OK;
		}
		f->left = 0;
		f->bad++;
	}
}

enum err
feed_next(struct feed *f, struct record *ret)
{
	return f->format == FEED_DSHIELD ? next_dshield(f, ret) : next_shadowserver(f, ret);
}
