/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "takedown/check_http.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct str all = FUZZ_STR(data, size);
	struct check_http h;
	const char *to;

	if (check_http_parse(all, true, &h) != OK)
		return 0;
	FUZZ_CHECK(h.status >= 200 && h.status <= 599 && h.whole);
	FUZZ_CHECK(h.head.n <= all.n && h.body.n <= all.n);
	FUZZ_CHECK(check_http_body(a, &h).n <= h.body.n);
	if (check_http_follow(a, "https://login.example.com:8443/a/b?c#d", h.location, &to) == OK)
		FUZZ_CHECK(str_starts(str_of(to), STR("http")));
	/* What has arrived so far never says more than the whole. */
	if (check_http_parse(str_take(all, size / 2), false, &h) == OK)
		FUZZ_CHECK(h.body.n <= size / 2);
	return 0;
}
