/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "base/buf.h"
#include "base/limit.h"
#include "directory/rdap.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const questions[] = { "www.example.co.jp", "192.0.2.1", "2001:db8::1",
		"AS64500" };
	AUTO(arena) a = arena_new();
	struct str in = FUZZ_STR(data, size);
	struct buf *json = buf_new(a, LIMIT_MIB(8));
	struct found f, again;

	rdap_parse(a, in, &f);
	found_json(json, &f);
	FUZZ_CHECK(buf_error(json) == OK);
	FUZZ_CHECK(found_read(a, buf_view(json), &again) == OK);
	FUZZ_CHECK(again.contacts == f.contacts && again.faults == f.faults);
	for (size_t i = 0; i < COUNT(questions); i++) {
		struct host h;
		const char *url;

		FUZZ_CHECK(host_parse(a, str_of(questions[i]), &h) == OK);
		if (rdap_bootstrap(a, in, &h, &url) == OK)
			FUZZ_CHECK(str_starts(str_of(url), STR("http")) && str_ends(str_of(url), STR("/")));
	}
	return 0;
}
