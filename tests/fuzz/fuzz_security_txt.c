/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "base/buf.h"
#include "base/limit.h"
#include "directory/security_txt.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct buf *json = buf_new(a, LIMIT_MIB(8));
	struct found f, again;
	const char *mail;

	security_txt_parse(a, FUZZ_STR(data, size), 0, &f);
	found_json(json, &f);
	FUZZ_CHECK(buf_error(json) == OK);
	FUZZ_CHECK(found_read(a, buf_view(json), &again) == OK);
	FUZZ_CHECK(again.contacts == f.contacts && again.faults == f.faults);
	if (security_txt_zone_mail(a, FUZZ_STR(data, size), &mail) == OK)
		FUZZ_CHECK(str_find_char(str_of(mail), '@', 0) != SIZE_MAX);
	return 0;
}
