/* SPDX-License-Identifier: Apache-2.0 */
#include "text/i18n_mo.h"

#include <string.h>

#define MAGIC UINT32_C(0x950412de)
#define MAGIC_SWAPPED UINT32_C(0xde120495)
#define HEADER 20 /* magic, revision, count, and the offsets of two tables */

/* The caller has checked that four bytes are there. */
static uint32_t
word(const struct i18n_mo *m, size_t at)
{
	uint32_t v;

	memcpy(&v, m->all.p + at, sizeof(v));
	return m->swapped ? __builtin_bswap32(v) : v;
}

/* Row ${i} of a table of {length, offset}. */
static struct str
row(const struct i18n_mo *m, uint32_t table, uint32_t i)
{
	size_t at = (size_t)table + (size_t)i * 8;

	return (struct str){ .p = m->all.p + word(m, at + 4), .n = word(m, at) };
}

static bool
table_fits(const struct i18n_mo *m, uint32_t table)
{
	uint64_t size = m->all.n;

	if ((uint64_t)table + (uint64_t)m->n * 8 > size)
		return false;
	for (uint32_t i = 0; i < m->n; i++) {
		size_t at = (size_t)table + (size_t)i * 8;
		uint64_t end = (uint64_t)word(m, at) + word(m, at + 4);

		if (end >= size || m->all.p[end] != '\0')
			return false;
	}
	return true;
}

enum err
i18n_mo_parse(struct str mo, struct i18n_mo *ret)
{
	struct i18n_mo m = { .all = mo };

	if (mo.n < HEADER)
		return ERR_INVALID;
	m.swapped = word(&m, 0) == MAGIC_SWAPPED;
	/* The high half of the revision is what an old reader cannot read. */
	if (word(&m, 0) != MAGIC || word(&m, 4) >> 16 != 0)
		return ERR_INVALID;
	m.n = word(&m, 8);
	m.messages = word(&m, 12);
	m.translations = word(&m, 16);
	if (!table_fits(&m, m.messages) || !table_fits(&m, m.translations))
		return ERR_INVALID;
	*ret = m;
	return OK;
}

/* strcmp() of "context EOT msgid" and the NUL-ended ${key}. */
static int
compare(const char *context, const char *msgid, const char *key)
{
	if (context != NULL) {
		size_t n = strlen(context);
		int order = strncmp(context, key, n);

		if (order != 0)
			return order;
		if (key[n] != '\4')
			return '\4' < (unsigned char)key[n] ? -1 : 1;
		key += n + 1;
	}
	return strcmp(msgid, key);
}

static uint32_t
hash(uint32_t h, const char *s)
{
	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * UINT32_C(16777619);
	return h;
}

#define HASH_START UINT32_C(2166136261)

uint32_t
i18n_mo_slots(const struct i18n_mo *m)
{
	uint32_t slots = 16;

	while (slots < m->n * 2 && slots < UINT32_C(1) << 30)
		slots *= 2;
	return slots;
}

void
i18n_mo_index(struct i18n_mo *m, uint32_t *slot)
{
	m->slot = slot;
	m->slots = i18n_mo_slots(m);
	for (uint32_t i = 0; i < m->n; i++) {
		uint32_t at = hash(HASH_START, row(m, m->messages, i).p);

		while (slot[at & (m->slots - 1)] != 0)
			at++;
		slot[at & (m->slots - 1)] = i + 1;
	}
}

static bool
find_indexed(const struct i18n_mo *m, const char *context, const char *msgid, struct str *ret)
{
	uint32_t at = HASH_START;

	if (context != NULL)
		at = hash(hash(at, context), "\4");
	for (at = hash(at, msgid);; at++) {
		uint32_t found = m->slot[at & (m->slots - 1)];

		if (found == 0)
			return false;
		if (compare(context, msgid, row(m, m->messages, found - 1).p) != 0)
			continue;
		*ret = row(m, m->translations, found - 1);
		return true;
	}
}

bool
i18n_mo_find(const struct i18n_mo *m, const char *context, const char *msgid, struct str *ret)
{
	uint32_t low = 0, high = m->n;

	if (m->slots > 0)
		return find_indexed(m, context, msgid, ret);
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = compare(context, msgid, row(m, m->messages, middle).p);

		if (order == 0) {
			*ret = row(m, m->translations, middle);
			return true;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}
