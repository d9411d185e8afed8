/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "base/buf.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "directory/listing.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct buf *csv = buf_new(a, LIMIT_MIB(16)), *vcard = buf_new(a, LIMIT_MIB(16));
	struct listing l, again;

	if (listing_any(a, FUZZ_STR(data, size), &l) != OK)
		return 0;
	FUZZ_CHECK(l.faults <= LISTING_FAULTS && l.n + l.bad <= LISTING_ROWS + 1);
	listing_csv_head(csv);
	for (size_t i = 0; i < l.n; i++) {
		const struct listing_row *r = &l.row[i];

		FUZZ_CHECK(r->o.name != NULL && *r->o.name != '\0' && utf8_valid(str_of(r->o.name)));
		listing_csv_row(csv, a, &r->o, r->has_contact ? &r->c : NULL, r->scope, r->scopes);
		if (r->has_contact)
			listing_vcard_write(vcard, a, &r->o, &r->c, NULL);
	}
	if (buf_error(csv) != OK || buf_error(vcard) != OK)
		return 0;
	/* What we write we read back, row for row. */
	FUZZ_CHECK(listing_csv(a, buf_view(csv), &again) == OK && again.n == l.n && again.bad == 0);
	if (vcard->n > 0)
		FUZZ_CHECK(listing_vcard(a, buf_view(vcard), &again) == OK && again.bad == 0);
	return 0;
}
