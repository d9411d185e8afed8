/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "base/limit.h"
#include "base/utf8.h"
#include "mail/mail_kind.h"
#include "mail/mail_thread.h"

/* Words of RFC 2047, parameters of RFC 2231, addresses, ids, dates, paths. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct str s = FUZZ_STR(data, size);
	struct mail_addresses addresses;
	struct mail_texts texts;
	struct mail_headers h;
	struct mail_hop hop;
	struct mail_checks checks = { 0 };
	struct mail_bounce bounce = { .recipient = "", .status = "", .action = "",
		.diagnostic = "", .message_id = "" };
	struct str text = str_of(mail_header_text(a, s));

	FUZZ_CHECK(text.n <= LIMIT_MAIL_HEADER && utf8_valid(text));
	mail_header_addresses(a, s, &addresses, NULL);
	for (size_t i = 0; i < addresses.n; i++) {
		FUZZ_CHECK(utf8_valid(str_of(addresses.item[i].name)));
		FUZZ_CHECK(utf8_valid(str_of(addresses.item[i].address)));
	}
	mail_header_ids(a, s, &texts);
	(void)mail_header_param(a, s, "filename");
	(void)mail_header_token(a, s);
	FUZZ_CHECK(mail_header_date(s) >= 0);
	mail_header_hop(a, s, &hop);
	mail_header_checks(a, s, false, &checks);
	mail_header_checks(a, s, true, &checks);
	mail_headers_parse(a, s, &h);
	FUZZ_CHECK(h.body <= s.n);
	mail_kind_delivery_status(a, s, &bounce);
	mail_kind_bounce_words(a, text, &bounce);
	mail_thread_tags(a, text, &texts);
	return 0;
}
