/* SPDX-License-Identifier: Apache-2.0 */
/* key.h - the sensor's Ed25519 key. */
#ifndef SENSOR_KEY_H
#define SENSOR_KEY_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

struct key;

/* STATE/key: read, or made (0600). ERR_DENIED: others can read it; ERR_INVALID. */
MUST_USE enum err key_open(const char *state, bool make, struct key **ret);
void key_free(struct key *k);
AUTO_DEFINE(key)
void key_public(const struct key *k, unsigned char ret[32]);
MUST_USE enum err key_sign(const struct key *k, struct str text, unsigned char ret[64]);

#endif
