/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fingerprint.h - which program makes such a packet, by its headers alone.
 *
 * A guess about one packet: by chance one in 65,536 has the mark of another.
 * Give a source its label only after fingerprint_label()'s rule.
 * The tests for each are in telescope/record.h, enum record_fingerprint; they
 * use nothing but the record, so that sensor and centre agree.
 */
#ifndef TELESCOPE_FINGERPRINT_H
#define TELESCOPE_FINGERPRINT_H

#include <stdbool.h>

#include "telescope/record.h"

enum record_fingerprint fingerprint_of(const struct record *r);

/* Masscan's and Mirai's marks by themselves: what the IP id, or the sequence
 * number, would have to be. 0 for IPv6. */
uint16_t fingerprint_masscan_id(const struct record *r);
uint32_t fingerprint_mirai_seq(const struct record *r);

/*
 * The label of a source that sent ${count[fingerprint]} packets of each kind:
 * the most frequent one when it has at least two packets and half of all of them,
 * else RECORD_UNKNOWN.
 */
enum record_fingerprint fingerprint_label(const uint64_t count[RECORD_FINGERPRINTS]);

#endif
