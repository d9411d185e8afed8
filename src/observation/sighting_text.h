/* SPDX-License-Identifier: Apache-2.0 */
/* sighting_text.h - what was noticed, in words. */
#ifndef OBSERVATION_SIGHTING_TEXT_H
#define OBSERVATION_SIGHTING_TEXT_H

#include "base/zone.h"
#include "text/value.h"

struct arena;

/* One sentence with the numbers that fired it: those of sighting_numbers(). */
const char *sighting_sentence(struct arena *a, enum lang l, const char *rule, const struct value *numbers);

#endif
