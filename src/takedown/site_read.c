/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "base/ip.h"
#include "directory/host.h"
#include "takedown/site.h"

enum err
site_read(struct arena *a, struct str text, struct site *ret)
{
	struct host h;

	TRY(host_parse(a, str_trim(text), &h));
	if (h.kind != HOST_URL && h.kind != HOST_NAME && h.kind != HOST_ADDRESS)
		return ERR_INVALID;
	const char *address = h.kind == HOST_ADDRESS || h.is_address ? ip_format(a, &h.ip) : NULL;
	const char *name = address != NULL ? address : arena_cstr(a, h.name);

	*ret = (struct site){
		.host = name,
		.domain = h.domain.n > 0 && address == NULL ? arena_cstr(a, h.domain) : name,
		.tld = address != NULL ? "" : arena_cstr(a, h.tld),
		.address = address,
	};
	if (h.kind == HOST_URL)
		ret->url = url_format(a, &h.url);
	else
		ret->url = arena_printf(a, h.kind == HOST_ADDRESS && h.ip.v == 6 ? "http://[%s]/" : "http://%s/", name);
	return OK;
}
