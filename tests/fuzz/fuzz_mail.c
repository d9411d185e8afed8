/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "base/buf.h"
#include "base/limit.h"
#include "mail/mail.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct buf *b = buf_new(a, LIMIT_FRAME);
	struct mail m;

	/* Any bytes give a mail, and what is encoded can be decoded. */
	FUZZ_CHECK(mail_parse(a, FUZZ_STR(data, size), NULL, b) == OK);
	FUZZ_CHECK(mail_decode(a, buf_view(b), &m) == OK);
	FUZZ_CHECK(m.text.n <= LIMIT_MAIL_TEXT);
	return 0;
}
