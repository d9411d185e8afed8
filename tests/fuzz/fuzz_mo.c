/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <string.h>

#include "text/i18n_mo.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s = FUZZ_STR(data, size), found;
	static const char *const context[] = { NULL, "menu", "" };
	static const char *const msgid[] = { "Total", "", "{n} report", "zzz" };
	struct i18n_mo mo;

	if (i18n_mo_parse(s, &mo) != OK)
		return 0;
	for (size_t i = 0; i < COUNT(context); i++)
		for (size_t j = 0; j < COUNT(msgid); j++)
			if (i18n_mo_find(&mo, context[i], msgid[j], &found))
				FUZZ_CHECK(found.p >= s.p && found.p + found.n < s.p + s.n &&
				    found.p[found.n] == '\0');
	return 0;
}
