/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "sensor/conf.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct conf_fault fault;
	struct conf c;

	if (conf_parse(a, FUZZ_STR(data, size), &c, &fault) != OK) {
		FUZZ_CHECK(fault.text != NULL && fault.text[0] != '\0');
		return 0;
	}
	FUZZ_CHECK(c.host != NULL && c.port != NULL && c.addresses > 0 && c.state[0] == '/');
	FUZZ_CHECK((c.interface == NULL) != (c.file == NULL));
	return 0;
}
