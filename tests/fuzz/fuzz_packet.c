/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <string.h>

#include "telescope/fingerprint.h"
#include "telescope/packet.h"
#include "telescope/packet_make.h"

/* Two bytes link type, one how much more was sent, then the packet. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet_counts counts = { { 0 } };
	struct record r;
	unsigned char *exact;
	size_t n;
	bool recorded;

	if (size < 3)
		return 0;
	n = size - 3;
	exact = malloc(n == 0 ? 1 : n); /* so that one byte too far is seen */
	FUZZ_CHECK(exact != NULL);
	memcpy(exact, data + 3, n);
	recorded = packet_decode((unsigned)(data[0] << 8 | data[1]), FUZZ_STR(exact, n), n + data[2], 1700000000000000,
	    &counts, &r);
	FUZZ_CHECK(counts.of[PACKET_RECORDED] == (recorded ? 1U : 0U));
	if (!recorded) {
		uint64_t why = 0;

		for (unsigned k = PACKET_NOT_IP; k < PACKET_LENGTH; k++)
			why += counts.of[k];
		FUZZ_CHECK(why == 1);
	} else {
		FUZZ_CHECK(r.src.v == r.dst.v && (r.src.v == 4 || r.src.v == 6));
		FUZZ_CHECK(r.flags <= RECORD_FLAGS && r.payload.n <= RECORD_PAYLOAD);
		FUZZ_CHECK(r.fingerprint == (unsigned)fingerprint_of(&r) && r.fingerprint < RECORD_FINGERPRINTS);
		FUZZ_CHECK(r.payload.n == 0 || (r.payload.p >= (char *)exact && r.payload.p + r.payload.n <= (char *)exact + n));
		FUZZ_CHECK(record_options_text(r.options) != NULL);
		FUZZ_CHECK((r.bits & RECORD_FRAGMENT) == 0 || (r.sport == 0 && r.dport == 0 && r.flags == 0));

		/* Made again it is a record, too, of the same source. */
		unsigned char made[PACKET_MADE_MAX];
		struct packet_counts again = { { 0 } };
		struct record copy;
		size_t wire, length = packet_make(&r, made, &wire);

		FUZZ_CHECK(length <= sizeof(made) && length <= wire);
		FUZZ_CHECK(packet_decode(PACKET_RAW, FUZZ_STR(made, length), wire, r.at, &again, &copy));
		FUZZ_CHECK(copy.src.v == r.src.v && memcmp(copy.src.byte, r.src.byte, 16) == 0 && copy.proto == r.proto);
	}
	free(exact);
	return 0;
}
