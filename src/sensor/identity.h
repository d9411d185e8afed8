/* SPDX-License-Identifier: Apache-2.0 */
/* identity.h - what the centre called the sensor, and how to know the centre. */
#ifndef SENSOR_IDENTITY_H
#define SENSOR_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct arena;

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
