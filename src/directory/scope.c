/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/scope.h"

#include <string.h>

#include "base/arena.h"
#include "base/ip.h"
#include "base/url.h"
#include "base/utf8.h"
#include "directory/country.h"
#include "text/i18n.h"

const struct word scope_kinds[] = {
	{ "prefix", N_("Network") },
	{ "asn", N_("AS number") },
	{ "domain", N_("Domain") },
	{ "country", N_("Country") },
	{ "brand", N_("Brand") },
	{ NULL, NULL },
};

static enum err
canonical_prefix(struct arena *a, struct str text, const char **ret)
{
	struct ip_net net;

	TRY(ip_net_parse_any(text, &net));
	*ret = arena_printf(a, "%s/%d", ip_format(a, &net.ip), net.prefix);
	return OK;
}

static enum err
canonical_domain(struct arena *a, struct str text, const char **ret)
{
	struct str host;

	/* "*.example.jp" and ".example.jp" mean what "example.jp" means here. */
	str_eat(&text, STR("*"));
	str_eat(&text, STR("."));
	TRY(url_host(a, text, &host));
	*ret = arena_dupn(a, host.p, host.n);
	return OK;
}

enum err
scope_canonical(struct arena *a, const char *kind, struct str text, const char **ret)
{
	struct str s = str_trim(text);
	int64_t asn;

	*ret = NULL;
	if (s.n == 0 || s.n > 256)
		return ERR_INVALID;
	if (strcmp(kind, "prefix") == 0)
		return canonical_prefix(a, s, ret);
	if (strcmp(kind, "domain") == 0)
		return canonical_domain(a, s, ret);
	if (strcmp(kind, "asn") == 0) {
		str_eat_case(&s, STR("AS"));
		if (!str_int(s, 1, UINT32_MAX, &asn))
			return ERR_INVALID;
		*ret = arena_printf(a, "%lld", (long long)asn);
		return OK;
	}
	if (strcmp(kind, "country") == 0) {
		for (size_t i = 0; i < country_count; i++) {
			if (str_is_case(s, country_list[i].code))
				*ret = country_list[i].code;
		}
		return *ret == NULL ? ERR_INVALID : OK;
	}
	if (strcmp(kind, "brand") == 0) {
		struct str folded = utf8_fold(a, s);

		/* Signs that unfold, and bytes that are no text, make it longer. */
		if (folded.n == 0 || folded.n > 256)
			return ERR_INVALID;
		*ret = arena_dupn(a, folded.p, folded.n);
		return OK;
	}
	return ERR_INVALID;
}
