/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "vulnerability/product.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct product_list l;
	struct cpe c;
	struct purl p;
	const char *why = NULL;
	size_t line;

	if (cpe_parse(a, FUZZ_STR(data, size), &c, &why) == OK)
		(void)cpe_compare(&c, &c);
	else
		FUZZ_CHECK(why != NULL);
	why = NULL;
	FUZZ_CHECK(purl_parse(a, FUZZ_STR(data, size), &p, &why) == OK || why != NULL);
	if (product_list_parse(a, FUZZ_STR(data, size), &l, &line, &why) != OK)
		return 0;
	for (size_t i = 0; i < l.cpes && i < 50; i++)
		for (size_t k = 0; k < l.cpes && k < 50; k++)
			(void)cpe_compare(&l.cpe[i], &l.cpe[k]);
	return 0;
}
