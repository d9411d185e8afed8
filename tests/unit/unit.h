/* SPDX-License-Identifier: Apache-2.0 */
/* unit.h - what every unit test includes: cmocka and an arena a test. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* Use as set-up and tear-down: *state is a struct arena. */
static inline int
unit_arena_setup(void **state)
{
	*state = arena_new();
	return 0;
}

static inline int
unit_arena_teardown(void **state)
{
	arena_free(*state);
	return 0;
}

/* A path for mkdtemp() or mkstemp() in the folder for temporary things. */
static inline char *
unit_temporary(char *path, size_t n, const char *name)
{
	const char *folder = getenv("TMPDIR");

	(void)snprintf(path, n, "%s/tobiguchi-%s-XXXXXX", folder != NULL && *folder != '\0' ? folder : "/tmp", name);
	return path;
}

#define UNIT_TEST(fn)                                                          \
	cmocka_unit_test_setup_teardown(fn, unit_arena_setup, unit_arena_teardown)
#define assert_ok(x) assert_int_equal((x), OK)
#define assert_err(x, want) assert_int_equal((x), (want))

#endif
