/* SPDX-License-Identifier: Apache-2.0 */
/* key.h - who the sensor is: its Ed25519 key, and what the centre called it. */
#ifndef SENSOR_KEY_H
#define SENSOR_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct arena;
struct key;

/* STATE/key: read, or made (0600). ERR_DENIED: others can read it; ERR_INVALID. */
MUST_USE enum err key_open(const char *state, bool make, struct key **ret);
void key_free(struct key *k);
AUTO_DEFINE(key)
void key_public(const struct key *k, unsigned char ret[32]);
MUST_USE enum err key_sign(const struct key *k, struct str text, unsigned char ret[64]);

struct identity {
	uint64_t sensor;
	const char *name;
	const char *centre; /* "host:port" where it was enrolled */
	bool pinned;
	unsigned char pin[32];
};
/* STATE/identity. ERR_NOT_FOUND: not enrolled yet. */
MUST_USE enum err identity_load(struct arena *a, const char *state, struct identity *ret);
MUST_USE enum err identity_save(const char *state, const struct identity *i);

#endif
