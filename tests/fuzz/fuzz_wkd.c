/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <string.h>

#include "base/buf.h"
#include "base/limit.h"
#include "directory/wkd.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct buf *in = buf_new(a, LIMIT_MIB(2)), *json = buf_new(a, LIMIT_MIB(2));
	struct wkd_key k, again;

	wkd_read(a, FUZZ_STR(data, size), "a@example.jp", &k);
	FUZZ_CHECK(k.fault != NULL || (k.fingerprint != NULL && k.names && strlen(k.fingerprint) == 40));
	FUZZ_CHECK(k.users <= WKD_USERS);
	buf_u32(in, 12);
	buf_text(in, "a@example.jp");
	buf_str(in, FUZZ_STR(data, size));
	if (buf_error(in) != OK || wkd_parse_row(a, buf_view(in), NULL, json) != OK)
		return 0;
	FUZZ_CHECK(wkd_parsed(a, buf_view(json), &again) == OK);
	FUZZ_CHECK(again.users == k.users && (again.fault == NULL) == (k.fault == NULL));
	return 0;
}
