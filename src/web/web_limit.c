/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web_limit.c - how often one address may do one anonymous act.
 *
 * No address is kept: a row is named by a hash with a salt that lives only in
 * this process and changes every hour, and the table with it.
 */
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/rand.h"
#include "web/web_priv.h"

#define ROWS 8192 /* a power of two */

struct row {
	uint64_t name;
	int64_t since;
	int64_t n;
};

struct web_limiter {
	pthread_mutex_t lock;
	unsigned char salt[crypto_shorthash_KEYBYTES];
	int64_t salted_at;
	struct row row[ROWS];
};

struct web_limiter *
web_limiter_new(void)
{
	struct web_limiter *l = calloc(1, sizeof(*l));

	if (l == NULL)
		abort();
	(void)pthread_mutex_init(&l->lock, NULL);
	return l;
}

void
web_limiter_free(struct web_limiter *l)
{
	free(l);
}

bool
web_limiter_allow(struct web_limiter *l, const struct ip *from, const char *key, int64_t by, int64_t most,
    int64_t per, int64_t now)
{
	unsigned char in[16 + 64] = { 0 }, out[crypto_shorthash_BYTES];
	uint64_t name;
	bool allowed = false;

	/* An IPv6 user has at least a /64. */
	memcpy(in, from->byte, from->v == 6 ? 8 : 4);
	memcpy(in + 16, key, strnlen(key, 64));

	(void)pthread_mutex_lock(&l->lock);
	if (now - l->salted_at > CLOCK_HOUR) {
		rand_bytes(l->salt, sizeof(l->salt));
		memset(l->row, 0, sizeof(l->row));
		l->salted_at = now;
	}
	(void)crypto_shorthash(out, in, sizeof(in), l->salt); /* cannot fail */
	memcpy(&name, out, sizeof(name));

	/* Eight places to look; the oldest gives way when all are taken. */
	struct row *row = NULL;

	for (uint64_t i = 0; i < 8; i++) {
		struct row *r = &l->row[(name + i) % ROWS];

		if (r->name == name) {
			row = r;
			break;
		}
		if (row == NULL || r->since < row->since)
			row = r;
	}
	if (row->name != name || now - row->since > per)
		*row = (struct row){ .name = name, .since = now };
	if (by <= most - row->n) {
		row->n += by;
		allowed = true;
	}
	(void)pthread_mutex_unlock(&l->lock);
	return allowed;
}
