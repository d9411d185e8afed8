/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "base/utf8.h"
#include "text/tokens.h"

struct seen {
	size_t size, start;
	bool any;
};

static enum err
check(void *object, const struct token *t)
{
	struct seen *seen = object;

	FUZZ_CHECK(t->text.n > 0 && t->text.n <= TOKENS_LONGEST);
	FUZZ_CHECK(utf8_valid(t->text));
	FUZZ_CHECK(t->start < t->end && t->end <= seen->size);
	FUZZ_CHECK(t->start >= seen->start);
	FUZZ_CHECK(!t->again || seen->any);
	seen->start = t->start;
	seen->any = true;
	return OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s = FUZZ_STR(data, size);
	struct seen document = { .size = size }, query = { .size = size };

	FUZZ_CHECK(tokens_each(s, check, &document) == OK);
	FUZZ_CHECK(tokens_query(s, check, &query) == OK);
	return 0;
}
