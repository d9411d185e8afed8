/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <string.h>

#include "base/utf8.h"
#include "takedown/check_page.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct check_page p, again;

	check_page_read(a, STR("text/html"), FUZZ_STR(data, size), STR("for sale\n"), &p);
	FUZZ_CHECK(utf8_valid(str_of(p.title)) && utf8_valid(str_of(p.targets)));
	FUZZ_CHECK(strchr(p.title, '\n') == NULL);
	FUZZ_CHECK(size == 0 ? *p.hash == '\0' : strlen(p.hash) == 64);
	check_page_read(a, STR("text/html"), FUZZ_STR(data, size), STR("for sale\n"), &again);
	FUZZ_CHECK(strcmp(p.hash, again.hash) == 0);
	return 0;
}
