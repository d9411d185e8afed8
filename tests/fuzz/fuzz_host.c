/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "base/utf8.h"
#include "directory/host.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct host h, again;

	if (host_parse(a, FUZZ_STR(data, size), &h) != OK)
		return 0;
	FUZZ_CHECK(utf8_valid(h.unicode) && utf8_valid(h.latin));
	FUZZ_CHECK(h.domain.n <= h.name.n && h.suffix.n <= h.name.n);
	if (h.kind == HOST_URL || h.kind == HOST_NAME || h.kind == HOST_MAIL)
		FUZZ_CHECK(h.is_address == (h.name.n == 0));
	if (h.domain.n > 0)
		FUZZ_CHECK(host_is_within(h.name, h.domain) && str_ends(h.domain, h.suffix));
	/* A name reads back as itself. */
	if (h.name.n > 0 && host_name(a, h.name, &again) == OK)
		FUZZ_CHECK(str_equal(again.name, h.name));
	return 0;
}
