/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <string.h>

#include "journal/journal_chain.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct journal_key key;
	struct journal_head head, again;
	int64_t at, at_again;

	journal_key_init(&key, (const unsigned char *)"an unsecret key for these tests");
	if (journal_chain_line_parse(FUZZ_STR(data, size), key.public_key, &head, &at) != OK)
		return 0;

	const char *line = journal_heads_line(a, &key, &head, at);

	FUZZ_CHECK(journal_chain_line_parse(str_of(line), key.public_key, &again, &at_again) == OK);
	FUZZ_CHECK(at == at_again && memcmp(&head, &again, sizeof(head)) == 0);
	return 0;
}
