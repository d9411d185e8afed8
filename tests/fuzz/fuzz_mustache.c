/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "base/limit.h"
#include "text/mustache.h"

static struct str
itself(void *object, struct str name)
{
	const struct str *s = object;

	return name.n % 2 == 0 ? *s : STR_NULL;
}

/* A template, a NUL, and its model as JSON. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct str json = FUZZ_STR(data, size), source;
	const struct template *t;
	struct value *model;
	struct buf out;

	if (!str_split(&json, '\0', &source))
		return 0;
	if (value_parse(a, json, &model, NULL) != OK)
		model = value_object(a);
	for (enum lang l = LANG_JA; l <= LANG_EN; l++) {
		if (mustache_compile(a, source, l, itself, &source, &t, NULL) != OK)
			return 0;
		const char *missing = NULL;

		buf_init(&out, LIMIT_KIB(256));
		enum err e = mustache_render(t, model, &out, l == LANG_EN, &missing);

		FUZZ_CHECK(e == OK || e == ERR_LIMIT || e == ERR_INVALID ||
		    (e == ERR_NOT_FOUND && missing != NULL));
		buf_done(&out);
	}
	return 0;
}
