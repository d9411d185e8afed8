/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rand.h"

#include <stdlib.h>
#include <sys/random.h>

void
rand_bytes(void *p, size_t n)
{
	unsigned char *at = p;

	while (n > 0) {
		ssize_t got = getrandom(at, n, 0);

		if (got < 0)
			continue; /* EINTR: the only failure left here */
		at += got;
		n -= (size_t)got;
	}
}

uint32_t
rand_below(uint32_t bound)
{
	uint32_t least = -bound % bound; /* 2^32 mod bound */
	uint32_t v;

	do {
		rand_bytes(&v, sizeof(v));
	} while (v < least);
	return v % bound;
}
