/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet_make.h - from a record back to a packet, for capture files.
 *
 * The headers have what the record kept. What it did not keep is 0: the number that
 * TCP acknowledges (1 when there was one), times of TCP's time stamps, options that
 * have no name here, where a later fragment belongs (8). Payload that was not kept is
 * missing at the packet's end, as after a capture with a small snap length.
 */
#ifndef TELESCOPE_PACKET_MAKE_H
#define TELESCOPE_PACKET_MAKE_H

#include <stddef.h>

#include "telescope/record.h"

#define PACKET_MADE_MAX (40 + 8 + 60 + RECORD_PAYLOAD)

/* Bytes of an IP packet (link type PACKET_RAW); ${*ret_wire} (at least as many): how
 * many it had when it was seen. */
size_t packet_make(const struct record *r, unsigned char ret[PACKET_MADE_MAX], size_t *ret_wire);

#endif
