/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "mail/mail_html.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct str s = FUZZ_STR(data, size);
	struct mail_texts links;
	bool cut;

	FUZZ_CHECK(mail_html_text(a, s, 4096, &cut).n <= 4096);
	mail_html_links(a, s, &links);
	(void)mail_html_charset(s);
	return 0;
}
