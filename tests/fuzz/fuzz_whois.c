/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "base/buf.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "directory/whois.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct buf *json = buf_new(a, LIMIT_MIB(8));
	struct found f, again;

	whois_parse(a, STR_NULL, FUZZ_STR(data, size), &f);
	for (size_t i = 0; i < f.contacts; i++)
		FUZZ_CHECK(utf8_valid(str_of(f.contact[i].email)));
	/* What is written here the other role reads. */
	found_json(json, &f);
	FUZZ_CHECK(buf_error(json) == OK);
	FUZZ_CHECK(found_read(a, buf_view(json), &again) == OK);
	FUZZ_CHECK(again.contacts == f.contacts && again.faults == f.faults);
	return 0;
}
