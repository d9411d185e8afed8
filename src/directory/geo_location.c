/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geo_location.c - reads the IPFire Location database, version 1.
 *
 * Big endian throughout. A header of offsets and lengths; a list of AS numbers
 * with names in a pool of strings; a binary tree over 128 bits of address (IPv4
 * below ::ffff:0:0/96) whose nodes name two children and a network; and the
 * networks: country, AS number, flags. Child 0 means none, for the root is
 * nobody's child. The signatures are not checked: the package manager did.
 */
#include "base/limit.h"
#include "base/scan.h"
#include "base/utf8.h"
#include "directory/geo_priv.h"
#include "text/i18n.h"

#define MAGIC STR("LOCDBXX\x01")
#define NODE 12
#define NETWORK 12
#define AS 8
#define NO_NETWORK UINT32_MAX


struct location {
	struct str as, networks, tree, pool;
	uint64_t made_at;
};

/* The bytes that an offset and a length in the header name. */
static bool
part(struct str all, struct scan *s, struct str *ret)
{
	uint32_t from = scan_u32(s), n = scan_u32(s);

	if (from > all.n || n > all.n - from)
		return false;
	*ret = str_take(str_skip(all, from), n);
	return true;
}

static enum err
open_header(struct str bytes, struct location *ret)
{
	struct scan s = scan_of(bytes);
	struct str countries;

	if (!str_equal(scan_bytes(&s, MAGIC.n), MAGIC))
		return ERR_INVALID;
	ret->made_at = scan_u64(&s);
	(void)scan_bytes(&s, 12); /* vendor, description, licence */
	if (!part(bytes, &s, &ret->as) || !part(bytes, &s, &ret->networks) ||
	    !part(bytes, &s, &ret->tree) || !part(bytes, &s, &countries) ||
	    !part(bytes, &s, &ret->pool))
		return ERR_INVALID;
	return scan_error(&s);
}

static struct str
pool_text(const struct location *l, uint32_t at)
{
	struct str s = str_skip(l->pool, at);
	size_t end = str_find_char(s, '\0', 0);

	return end == SIZE_MAX || end > 400 ? STR_NULL : str_take(s, end);
}

/* One line of text, as it is shown. */
static bool
is_line(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	}
	return s.n > 0 && utf8_valid(s);
}

static void
read_names(const struct location *l, struct geo_names *names)
{
	struct scan s = scan_of(l->as);

	while (scan_left(&s) >= AS) {
		uint32_t number = scan_u32(&s), at = scan_u32(&s);
		struct str name = pool_text(l, at);

		if (is_line(name))
			geo_names_add(names, number, name);
	}
}

static uint8_t
flags_of(uint16_t bits)
{
	return (uint8_t)((bits & 1 ? GEO_PROXY : 0) | (bits & 2 ? GEO_SATELLITE : 0) |
	    (bits & 4 ? GEO_ANYCAST : 0) | (bits & 8 ? GEO_HOSTILE : 0));
}

static bool
network(const struct location *l, uint32_t index, struct geo_place *ret)
{
	struct scan s = scan_of(str_skip(l->networks, (size_t)index * NETWORK));
	struct str country = scan_bytes(&s, 2);

	*ret = (struct geo_place){ .as_number = 0 };
	(void)scan_u16(&s);
	ret->as_number = scan_u32(&s);
	ret->flags = flags_of(scan_u16(&s));
	if (scan_error(&s) != OK)
		return false;
	for (int i = 0; i < 2; i++)
		ret->country[i] = country.p[i] >= 'A' && country.p[i] <= 'Z' ? country.p[i] : '\0';
	if (ret->country[1] == '\0')
		ret->country[0] = '\0';
	return true;
}

static void
take(struct geo_layer *layer, struct geo_entries *entries, const struct geo_place *p,
    const struct ip *ip, uint8_t depth)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct ip_net net = { .ip = *ip, .prefix = depth };
	bool v4 = depth >= 96;

	for (size_t i = 0; i < sizeof(mapped); i++)
		v4 = v4 && ip->byte[i] == mapped[i];
	if (v4) {
		net = (struct ip_net){ .ip = { .v = 4 }, .prefix = (uint8_t)(depth - 96) };
		for (size_t i = 0; i < 4; i++)
			net.ip.byte[i] = ip->byte[12 + i];
	}
	geo_entries_add(entries, &net, geo_layer_value(layer, p));
}

/* Walks the tree with the path in ${ip}: a node is visited, then its branches.
 * A tree has no more nodes than the file, so a loop in it ends the walk. */
static enum err
walk(const struct location *l, struct geo_layer *layer, struct geo_entries *entries)
{
	uint32_t stack[129], network_index, child;
	uint8_t branch[129] = { 0 }; /* 0, 1: which one is next; 2: both done */
	struct ip ip = { .v = 6 };
	uint8_t depth = 0;
	size_t budget = l->tree.n / NODE;
	struct geo_place place;

	stack[0] = 0;
	for (;;) {
		struct scan s = scan_of(str_skip(l->tree, (size_t)stack[depth] * NODE));
		uint32_t children[2] = { scan_u32(&s), scan_u32(&s) };

		network_index = scan_u32(&s);
		if (scan_error(&s) != OK)
			return ERR_INVALID;
		if (branch[depth] == 0 && network_index != NO_NETWORK) {
			if (!network(l, network_index, &place))
				return ERR_INVALID;
			take(layer, entries, &place, &ip, depth);
		}
		if (branch[depth] == 2) {
			if (depth == 0)
				return OK;
			depth--;
			ip.byte[depth / 8] &= (uint8_t)~(0x80 >> depth % 8);
			continue;
		}
		uint8_t side = branch[depth]++;

		child = children[side];
		if (child == 0)
			continue;
		if (depth == 128 || budget-- == 0)
			return ERR_INVALID;
		if (side == 1)
			ip.byte[depth / 8] |= (uint8_t)(0x80 >> depth % 8);
		depth++;
		stack[depth] = child;
		branch[depth] = 0;
	}
}

enum err
geo_read_location(
    struct str bytes, struct geo_layer *layer, struct geo_names *names, struct geo_source *s)
{
	struct location l = { .made_at = 0 };
	struct geo_entries entries = { .n = 0 };
	enum err e = open_header(bytes, &l);

	s->fault = N_("This is no location database of version 1.");
	if (e != OK)
		return e;
	e = walk(&l, layer, &entries);
	if (e == OK)
		e = prefix_table_new(entries.item, entries.n, &layer->table);
	geo_entries_free(&entries);
	if (e != OK) {
		s->fault = N_("The location database is damaged: install the package again.");
		return e;
	}
	read_names(&l, names);
	s->fault = NULL;
	s->rows = (int64_t)entries.n;
	s->made_at = l.made_at < INT64_MAX / 1000 ? (int64_t)l.made_at * 1000 : 0;
	s->vendor = "IPFire Location Database";
	s->licence = "CC BY-SA 4.0";
	return OK;
}
