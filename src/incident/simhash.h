/* SPDX-License-Identifier: Apache-2.0 */
/*
 * simhash.h - 64 bits of a text that differ little when the text does.
 *
 * Over pairs of neighbouring words (Latin) and of characters (Japanese), case
 * and full-width forms folded.  Same function on every machine: the values are
 * stored.
 */
#ifndef INCIDENT_SIMHASH_H
#define INCIDENT_SIMHASH_H

#include <stdint.h>

#include "base/str.h"

/* 0 for a text without words, and for no other. */
uint64_t simhash_of(struct str text);
/* How many bits differ, 0..64; up to 8 is nearly the same text. */
int simhash_distance(uint64_t x, uint64_t y);

#endif
