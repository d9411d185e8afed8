/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz.h - what every fuzz target includes. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_STR(data, size) ((struct str){ .p = (const char *)(data), .n = (size) })

/* A promise of the subject that the input broke. */
#define FUZZ_CHECK(x)                                                          \
	do {                                                                   \
		if (!(x))                                                      \
			abort();                                               \
	} while (0)

#endif
