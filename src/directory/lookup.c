/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/lookup.h"

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
