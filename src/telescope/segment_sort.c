/* SPDX-License-Identifier: Apache-2.0 */
#include "telescope/segment_sort.h"

#include <stdlib.h>
#include <string.h>

#include "directory/geo.h"

#define DIGIT 11 /* bits of a pass, at most */

void *
segment_sized(void *old, size_t n, size_t each)
{
	free(old);
	old = reallocarray(NULL, n == 0 ? 1 : n, each);
	if (old == NULL)
		abort(); /* as the arena does */
	return segment_large(old, n * each);
}

void
segment_order_done(struct segment_order *o)
{
	free(o->item);
	free(o->other);
	free(o->key);
	free(o->key_other);
	free(o->source);
	free(o->passed);
	free(o->usual);
	free(o->country);
	free(o->as);
	free(o->target_rank);
	free(o->target);
	free(o->target_sensor);
	free(o->target_v4);
	free(o->sensor_number);
	free(o->sensor_name);
	free(o->sensor_sum);
}

static void
room(const struct segment_build *b, struct segment_order *o)
{
	if (o->rows < b->rows) {
		o->rows = b->rows + b->rows / 4;
		o->item = segment_sized(o->item, o->rows + AHEAD, sizeof(*o->item));
		o->other = segment_sized(o->other, o->rows + AHEAD, sizeof(*o->other));
	}
	if (o->sources < b->sources) {
		o->sources = b->sources + b->sources / 4;
		o->key = segment_sized(o->key, o->sources, sizeof(*o->key));
		o->key_other = segment_sized(o->key_other, o->sources, sizeof(*o->key));
		o->source = segment_sized(o->source, o->sources, sizeof(*o->source));
		o->passed = segment_sized(o->passed, o->sources, sizeof(*o->passed));
		o->usual = segment_sized(o->usual, o->sources, sizeof(*o->usual));
		o->country = segment_sized(o->country, o->sources, sizeof(*o->country));
		o->as = segment_sized(o->as, o->sources, sizeof(*o->as));
	}
	if (o->targets < b->targets) {
		o->targets = b->targets;
		o->target_rank = segment_sized(o->target_rank, o->targets, sizeof(uint32_t));
		o->target = segment_sized(o->target, o->targets, sizeof(uint32_t));
		o->target_sensor = segment_sized(o->target_sensor, o->targets, sizeof(uint32_t));
		o->target_v4 = segment_sized(o->target_v4, o->targets, sizeof(uint32_t));
	}
}

/* Radix sort: stable, by ${bits} bits from ${shift} on. */

static void
radix_pass(const uint64_t *restrict from, uint64_t *restrict to, uint32_t n, unsigned shift, unsigned bits)
{
	uint32_t at[1 << DIGIT], mask = (1u << bits) - 1, sum = 0;

	memset(at, 0, ((size_t)mask + 1) * sizeof(*at));
	for (uint32_t i = 0; i < n; i++)
		at[from[i] >> shift & mask]++;
	for (uint32_t i = 0; i <= mask; i++) {
		uint32_t here = at[i];

		at[i] = sum;
		sum += here;
	}
	for (uint32_t i = 0; i < n; i++) {
		uint64_t item = from[i];

		to[at[item >> shift & mask]++] = item;
	}
}

static void
radix(uint64_t **items, uint64_t **other, uint32_t n, unsigned shift, unsigned bits)
{
	unsigned passes = (bits + DIGIT - 1) / DIGIT;

	for (; passes > 0; passes--) {
		unsigned here = (bits + passes - 1) / passes;
		uint64_t *from = *items;

		radix_pass(from, *other, n, shift, here);
		*items = *other;
		*other = from;
		shift += here;
		bits -= here;
	}
}

/* Sources and targets */

static int
address_order(const struct address *x, const struct address *y)
{
	if (x->v != y->v)
		return x->v < y->v ? -1 : 1;
	if (x->high != y->high)
		return x->high < y->high ? -1 : 1;
	return x->low < y->low ? -1 : x->low > y->low;
}

static int
source_order(const void *x, const void *y, void *object)
{
	const struct segment_build *b = object;

	return address_order(&b->source[(uint32_t)*(const uint64_t *)x].address, &b->source[(uint32_t)*(const uint64_t *)y].address);
}

static int
target_order(const void *x, const void *y, void *object)
{
	const struct segment_build *b = object;
	const struct target *p = &b->target[*(const uint32_t *)x], *q = &b->target[*(const uint32_t *)y];
	int by = address_order(&p->address, &q->address);

	return by != 0 ? by : p->name < q->name ? -1 : p->name > q->name;
}

/* The busiest sources first, by powers of two, then by address: a few numbers then
 * stand for most packets, and addresses still lie in ascending lists. */
static void
rank_sources(const struct segment_build *b, struct segment_order *o)
{
	uint32_t n4 = 0, n6 = 0, at[33] = { 0 };

	for (uint32_t i = 0; i < b->sources; i++) {
		const struct source *s = &b->source[i];

		/* IPv4 from the front; IPv6 from the back, by its number only. */
		if (s->address.v == 4)
			o->key[n4++] = s->address.low << 32 | i;
		else
			o->key_other[n6++] = i;
		at[32 - size_of(s->rows)]++;
	}
	if (n6 > 0)
		memcpy(o->key + n4, o->key_other, n6 * sizeof(*o->key));
	qsort_r(o->key + n4, n6, sizeof(*o->key), source_order, (void *)(uintptr_t)b);
	if (n6 > 0)
		memcpy(o->key_other + n4, o->key + n4, n6 * sizeof(*o->key)); /* wherever the others end */
	radix(&o->key, &o->key_other, n4, 32, 32);
	for (uint32_t i = 0, sum = 0; i < COUNT(at); i++) {
		uint32_t here = at[i];

		at[i] = sum;
		sum += here;
	}
	for (uint32_t i = 0; i < b->sources; i++) {
		uint32_t number = (uint32_t)o->key[i];

		if (i + AHEAD < b->sources)
			__builtin_prefetch(&b->source[(uint32_t)o->key[i + AHEAD]].rows);
		o->source[at[32 - size_of(b->source[number].rows)]++] = number;
	}
}

/* What sources usually send, and what passing over rows needs to know of them. */
static void
describe_sources(const struct segment_build *b, struct segment_order *o)
{
	for (uint32_t i = 0; i < b->sources; i++) {
		const struct source *s = &b->source[o->source[i]];
		const uint32_t value[USUALS] = { s->sport, s->ttl, s->shape, s->ip_id, s->window, s->seq };
		unsigned first = (o->country[i] >> 8) - 'A', second = (o->country[i] & 255) - 'A';

		if (i + AHEAD < b->sources)
			__builtin_prefetch(&b->source[o->source[i + AHEAD]].seq);
		o->passed[o->source[i]] = (struct passed){ .rank = i, .hour = 31,
			.country = (first < 26 && second < 26 ? 1 + first * 26 + second : 0) & 1023 };
		o->usual[i].blocks = 0;
		for (unsigned u = 0; u < USUALS; u++)
			o->usual[i].value[u] = segment_either(s->habits >> u & 1, value[u], USUAL_NONE);
	}
}

static void
rank_targets(const struct segment_build *b, struct segment_order *o, const char *const *name)
{
	uint32_t largest = 0;

	for (uint32_t i = 0; i < b->targets; i++) {
		o->target[i] = i;
		largest = b->target[i].name > largest ? b->target[i].name : largest;
	}
	qsort_r(o->target, b->targets, sizeof(uint32_t), target_order, (void *)(uintptr_t)b);
	o->sensor_number = segment_sized(o->sensor_number, (size_t)largest + 1, sizeof(uint32_t));
	memset(o->sensor_number, 0xff, ((size_t)largest + 1) * sizeof(uint32_t));
	o->sensor_name = segment_sized(o->sensor_name, (size_t)largest + 1, sizeof(char *));
	o->sensors = 0;
	for (uint32_t i = 0; i < b->targets; i++) {
		const struct target *t = &b->target[o->target[i]];
		uint32_t of = t->name;

		o->target_rank[o->target[i]] = i;
		if (o->sensor_number[of] == UINT32_MAX) {
			o->sensor_name[o->sensors] = name[of];
			o->sensor_number[of] = o->sensors++;
		}
		o->target_sensor[i] = o->sensor_number[of];
		o->target_v4[i] = t->address.v == 4 ? (uint32_t)t->address.low : 0;
	}
}

static struct ip
ip_of(const struct address *x)
{
	struct ip ip = { .v = (uint8_t)x->v };

	for (unsigned i = 0; i < 8; i++) {
		if (x->v == 6) {
			ip.byte[i] = (uint8_t)(x->high >> (56 - 8 * i));
			ip.byte[8 + i] = (uint8_t)(x->low >> (56 - 8 * i));
		} else if (i < 4) {
			ip.byte[i] = (uint8_t)(x->low >> (24 - 8 * i));
		}
	}
	return ip;
}

static void
places(const struct segment_build *b, struct segment_order *o, const struct geo *geo)
{
	memset(o->country, 0, b->sources * sizeof(*o->country));
	memset(o->as, 0, b->sources * sizeof(*o->as));
	for (uint32_t i = 0; i < b->sources && geo != NULL; i++) {
		struct geo_answer answer = { .country = "" };
		const struct ip ip = ip_of(&b->source[o->source[i]].address);

		geo_find(geo, &ip, &answer);
		o->country[i] = (uint16_t)((uint8_t)answer.country[0] << 8 | (answer.country[0] == '\0' ? 0 : (uint8_t)answer.country[1]));
		o->as[i] = answer.as_number;
	}
}

/* Rows */

/* Items without anything but their row: as rows came, or by time when they did not come by it. */
static void
by_time(const struct segment_build *b, struct segment_order *o)
{
	for (uint32_t i = 0; i < b->rows; i++)
		o->item[i] = (uint64_t)segment_row(b, i)->at << 32 | i;
	radix(&o->item, &o->other, b->rows, 32, size_of(DAY_MS));
}

/* A row in the order of time: who of its hour is new? */
static inline void
pass_row(struct segment_order *o, struct passed *p, uint32_t hour, uint32_t fingerprint)
{
	struct hour_counts *h = &o->hour[hour];

	if (p->hour != hour) {
		p->hour = hour & 31;
		p->seen = 0;
		h->country_sources[p->country]++;
	}
	h->country[p->country]++;
	h->fingerprint[fingerprint]++;
	h->fingerprint_sources[fingerprint] += (p->seen >> fingerprint & 1) == 0;
	p->seen |= (uint16_t)(1u << fingerprint);
}

/* All rows in the order of time: they are counted by hour, and items are made of them. */
static void
pass_rows(const struct segment_build *b, struct segment_order *o)
{
	uint32_t *sensor = NULL, hour = UINT32_MAX, n = b->rows;
	const uint32_t *target_rank = o->target_rank, *target_sensor = o->target_sensor;
	struct row *const *chunk = b->chunk;
	bool ordered = b->ordered;

	memset(o->hour, 0, sizeof(o->hour));
	o->sensor_sum = segment_sized(o->sensor_sum, (size_t)HOURS * o->sensors, sizeof(*o->sensor_sum));
	memset(o->sensor_sum, 0, (size_t)HOURS * o->sensors * sizeof(*o->sensor_sum));
	if (!b->ordered)
		by_time(b, o);
	struct passed *passed = o->passed;
	uint64_t *item = o->item;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t row = ordered ? i : (uint32_t)item[i], next = i + AHEAD < n ? i + AHEAD : i;
		const struct row *r = &chunk[row / CHUNK][row % CHUNK];
		struct passed *p = &passed[r->source];

		next = ordered ? next : (uint32_t)item[next];
		__builtin_prefetch(&passed[chunk[next / CHUNK][next % CHUNK].source]);
		if (r->at / HOUR_MS != hour) {
			hour = r->at / HOUR_MS;
			sensor = o->sensor_sum + (size_t)hour * o->sensors;
		}
		pass_row(o, p, hour, r->fingerprint);
		sensor[target_sensor[target_rank[r->target]]]++;
		item[i] = (uint64_t)segment_row_slot(r) << (ITEM_ROW_BITS + ITEM_SOURCE_BITS) | (uint64_t)p->rank << ITEM_ROW_BITS | row;
	}
	memset(o->item + b->rows, 0, AHEAD * sizeof(*o->item)); /* fetched, never used */
	memset(o->other + b->rows, 0, AHEAD * sizeof(*o->other));
}

void
segment_sort(const struct segment_build *b, const struct geo *geo, const char *const *name, struct segment_order *o)
{
	room(b, o);
	rank_sources(b, o);
	places(b, o, geo);
	describe_sources(b, o);
	rank_targets(b, o, name);
	pass_rows(b, o);
	radix(&o->item, &o->other, b->rows, ITEM_ROW_BITS, size_of(b->sources - 1));
	radix(&o->item, &o->other, b->rows, ITEM_ROW_BITS + ITEM_SOURCE_BITS, ITEM_SLOT_BITS);
}
