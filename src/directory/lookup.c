/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/lookup.h"

#include <string.h>

#include "base/arena.h"

const char *
lookup_object(struct arena *a, const struct host *h)
{
	if (h->kind == HOST_AS)
		return arena_printf(a, "as %u", h->as_number);
	if (h->kind == HOST_NETWORK)
		return arena_printf(a, "network %s/%u", ip_format(a, &h->net.ip), h->net.prefix);
	if (h->is_address)
		return arena_printf(a, "ip %s", ip_format(a, &h->ip));
	if (h->registry_domain.n > 0)
		return arena_printf(a, "domain %.*s", STR_F(h->registry_domain));
	return NULL;
}

const char *
lookup_host(struct arena *a, const struct host *h)
{
	return h->name.n == 0 ? NULL : arena_printf(a, "host %.*s", STR_F(h->name));
}

/* "192.0.2.0 - 192.0.2.255 (/24)" or "192.0.2.0/24": both ends. */
static bool
range_ends(struct str s, struct ip *from, struct ip *to)
{
	size_t dash = str_find_char(s, '-', 0);
	struct str rest, word;
	struct ip_net net;

	if (dash == SIZE_MAX) {
		(void)str_split(&s, ' ', &word);
		if (ip_net_parse(word, &net) != OK)
			return false;
		*from = *to = net.ip;
		for (unsigned i = net.prefix; i < (net.ip.v == 4 ? 32u : 128u); i++)
			to->byte[i / 8] |= (uint8_t)(0x80 >> i % 8);
		return true;
	}
	rest = str_trim(str_skip(s, dash + 1));
	(void)str_split(&rest, ' ', &word);
	return ip_parse(str_trim(str_take(s, dash)), from) == OK && ip_parse(word, to) == OK &&
	    from->v == to->v;
}

bool
lookup_about(const struct host *h, const struct found *f)
{
	struct ip from, to;

	if (!h->is_address && h->registry_domain.n > 0 && strcmp(f->object, "domain") == 0 &&
	    f->domain[0] != '\0')
		return str_is(h->registry_domain, f->domain);
	if (!h->is_address || strcmp(f->object, "network") != 0 ||
	    !range_ends(str_of(f->range), &from, &to))
		return true;
	return from.v == h->ip.v && memcmp(from.byte, h->ip.byte, 16) <= 0 &&
	    memcmp(h->ip.byte, to.byte, 16) <= 0;
}
