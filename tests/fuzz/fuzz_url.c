/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "base/url.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct str s = FUZZ_STR(data, size), host;
	struct url u, again;

	(void)url_defang(a, s);
	(void)url_refang(a, s);
	if (url_host(a, s, &host) == OK)
		FUZZ_CHECK(host.n > 0);
	if (url_parse(a, s, &u) != OK)
		return 0;
	struct str text = str_of(url_format(a, &u));

	/* What we store reads back as the same, unless escaping made it long. */
	if (url_parse(a, text, &again) == OK)
		FUZZ_CHECK(str_is(text, url_format(a, &again)));
	return 0;
}
