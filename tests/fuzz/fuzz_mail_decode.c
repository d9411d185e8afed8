/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "base/buf.h"
#include "base/limit.h"
#include "mail/mail.h"
#include "mail/mail_crypt.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct str s = FUZZ_STR(data, size);
	struct buf *b = buf_new(a, LIMIT_FRAME);
	struct crypt_result c;
	struct crypt_keys k;
	struct mail m;

	if (mail_decode(a, s, &m) == OK) {
		mail_encode(&m, b);
		FUZZ_CHECK(str_equal(buf_view(b), s));
	}
	(void)(mail_crypt_result_decode(a, s, &c) == OK);
	(void)(mail_crypt_keys_decode(a, s, &k) == OK);
	return 0;
}
