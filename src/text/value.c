/* SPDX-License-Identifier: Apache-2.0 */
#include "text/value.h"

#include <string.h>

#include "base/arena.h"
#include "base/rand.h"
#include "text/value_priv.h"

/* Below this many keys a walk over them is faster than a hash table. */
#define LINEAR 8
#define NOWHERE UINT32_MAX

static const struct value null_value = { .type = VALUE_NULL };

/* Seeded, so that nobody outside can choose keys that fall together. */
static uint64_t
seed(void)
{
	static uint64_t chosen;
	uint64_t s = __atomic_load_n(&chosen, __ATOMIC_RELAXED);

	if (s == 0) {
		uint64_t fresh, none = 0;

		rand_bytes(&fresh, sizeof(fresh));
		fresh |= 1;
		/* Of two threads the first wins: one seed for the process. */
		(void)__atomic_compare_exchange_n(
		    &chosen, &none, fresh, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
		s = __atomic_load_n(&chosen, __ATOMIC_RELAXED);
	}
	return s;
}

/* ${n} bytes, at most 7, as one number. */
static uint64_t
tail(const char *p, size_t n)
{
	if (n >= 4) {
		uint32_t low, high;

		memcpy(&low, p, 4);
		memcpy(&high, p + n - 4, 4);
		return (uint64_t)high << 32 | low;
	}
	if (n == 0)
		return 0;
	return (uint64_t)(unsigned char)p[0] << 16 | (uint64_t)(unsigned char)p[n / 2] << 8 |
	    (unsigned char)p[n - 1];
}

static uint64_t
mix(uint64_t h, uint64_t word, uint64_t s)
{
	__extension__ unsigned __int128 product =
	    (unsigned __int128)(h ^ word) * (s | UINT64_C(0x9e3779b900000001));

	return (uint64_t)product ^ (uint64_t)(product >> 64) ^ s;
}

static uint32_t
hash(const char *key, size_t n)
{
	uint64_t s = seed(), h = s ^ n;

	for (; n >= 8; key += 8, n -= 8) {
		uint64_t word;

		memcpy(&word, key, 8);
		h = mix(h, word, s);
	}
	h = mix(h, tail(key, n), s);
	return (uint32_t)(h ^ h >> 32);
}

uint32_t
value_hash(struct str key)
{
	return hash(key.p == NULL ? "" : key.p, key.n);
}

static struct value *
new_value(struct arena *a, enum value_type type)
{
	struct value *v = arena_one(a, struct value);

	v->type = type;
	return v;
}

struct value *
value_object(struct arena *a)
{
	return new_value(a, VALUE_OBJECT);
}

/* May others be like it? */
static bool
is_pattern(const struct value *v)
{
	return v != NULL && v->type == VALUE_OBJECT && v->n > 0 && v->slots != VALUE_LIKE;
}

struct value *
value_object_like(struct arena *a, const struct value *first)
{
	struct value *v = value_object(a);

	if (is_pattern(first)) {
		v->slots = VALUE_LIKE;
		v->like = first;
	}
	return v;
}

struct value *
value_list(struct arena *a)
{
	return new_value(a, VALUE_LIST);
}

static struct value *
new_text(struct arena *a, enum value_type type, struct str s)
{
	struct value *v = new_value(a, type);

	v->text = s;
	return v;
}

struct value *
value_text(struct arena *a, const char *s)
{
	if (s == NULL)
		return new_value(a, VALUE_NULL);
	return new_text(a, VALUE_TEXT, str_of(s));
}

struct value *
value_int(struct arena *a, int64_t i)
{
	struct value *v = new_value(a, VALUE_INT);

	v->integer = i;
	return v;
}

static bool
is_key(const struct member *m, const char *key, size_t n, uint32_t h)
{
	return m->hash == h && m->length == n && memcmp(m->key, key, n) == 0;
}

/* Where a key stands in an object whose table is its own; NOWHERE. */
static uint32_t
place(const struct value *t, const char *key, size_t n, uint32_t h)
{
	if (t->slots == 0) {
		for (uint32_t i = 0; i < t->n; i++) {
			if (is_key(&t->member[i], key, n, h))
				return i;
		}
		return NOWHERE;
	}
	for (uint32_t i = h;; i++) {
		uint32_t index = t->slot[i & (t->slots - 1)];

		if (index == 0)
			return NOWHERE;
		if (is_key(&t->member[index - 1], key, n, h))
			return index - 1;
	}
}

static struct member *
find(const struct value *o, const char *key, size_t n, uint32_t h)
{
	if (o == NULL || o->type != VALUE_OBJECT)
		return NULL;
	uint32_t i = place(value_table(o), key, n, h);

	return i < o->n ? &o->member[i] : NULL;
}

static void
slot_add(struct value *o, uint32_t index)
{
	uint32_t i = o->member[index].hash;

	while (o->slot[i & (o->slots - 1)] != 0)
		i++;
	o->slot[i & (o->slots - 1)] = index + 1;
}

/* Room for one member more. */
static struct member *
next_member(struct arena *a, struct value *o)
{
	if (o->n == o->size) {
		uint32_t first = o->slots == VALUE_LIKE && o->like->n > 8 ? o->like->n : 8;
		struct member *old = o->member;

		o->size = o->size == 0 ? first : o->size * 2;
		o->member = arena_many(a, struct member, o->size);
		if (o->n > 0)
			memcpy(o->member, old, o->n * sizeof(*old));
	}
	return &o->member[o->n++];
}

/* A hash table of its own, when it has come so far. */
static void
index_members(struct arena *a, struct value *o)
{
	if (o->n <= LINEAR)
		return;
	if (o->n * 2 <= o->slots) {
		slot_add(o, o->n - 1);
		return;
	}
	if (o->slots == 0)
		o->slots = LINEAR * 4;
	while (o->slots < o->n * 2)
		o->slots *= 2;
	o->slot = arena_many(a, uint32_t, o->slots);
	for (uint32_t i = 0; i < o->n; i++)
		slot_add(o, i);
}

/* The next key of an object that is set like the first of its list. */
static void
set_alike(struct arena *a, struct value *o, const char *key, struct value *v)
{
	const struct member *there = &o->like->member[o->n];
	struct member *m = o->n < o->size ? &o->member[o->n++] : next_member(a, o);

	*m = (struct member){ .key = key, .value = v, .hash = there->hash, .length = there->length };
}

static bool
may_be_alike(const struct value *o)
{
	return o->slots == VALUE_LIKE && o->n < o->like->n;
}

static void
set(struct arena *a, struct value *o, const char *key, size_t n, struct value *v)
{
	if (may_be_alike(o)) {
		const struct member *there = &o->like->member[o->n];

		if (there->length == n && memcmp(there->key, key, n) == 0) {
			set_alike(a, o, key, v);
			return;
		}
	}
	uint32_t h = hash(key, n);
	struct member *m = find(o, key, n, h);

	if (m != NULL) {
		m->value = v;
		return;
	}
	if (o->slots == VALUE_LIKE) { /* no longer */
		o->slots = 0;
		o->slot = NULL;
		if (o->n > 0)
			index_members(a, o);
	}
	*next_member(a, o) = (struct member){ .key = key, .value = v, .hash = h, .length = (uint32_t)n };
	index_members(a, o);
}

void
value_set(struct arena *a, struct value *o, const char *key, struct value *v)
{
	if (v == NULL)
		v = new_value(a, VALUE_NULL);
	/* Mostly the same literal: then it need not be read. */
	if (may_be_alike(o) && o->like->member[o->n].key == key)
		set_alike(a, o, key, v);
	else
		set(a, o, key, strlen(key), v);
}

void
value_set_text(struct arena *a, struct value *o, const char *key, const char *s)
{
	value_set(a, o, key, value_text(a, s));
}

void
value_set_str(struct arena *a, struct value *o, const char *key, struct str s)
{
	value_set(a, o, key, new_text(a, VALUE_TEXT, arena_str(a, s)));
}

void
value_set_int(struct arena *a, struct value *o, const char *key, int64_t v)
{
	value_set(a, o, key, value_int(a, v));
}

void
value_set_id(struct arena *a, struct value *o, const char *key, int64_t id)
{
	value_set(a, o, key, id == 0 ? NULL : value_int(a, id));
}

void
value_set_real(struct arena *a, struct value *o, const char *key, double real)
{
	struct value *v = new_value(a, VALUE_REAL);

	v->real = real;
	value_set(a, o, key, v);
}

void
value_set_bool(struct arena *a, struct value *o, const char *key, bool truth)
{
	struct value *v = new_value(a, VALUE_BOOL);

	v->truth = truth;
	value_set(a, o, key, v);
}

void
value_set_html(struct arena *a, struct value *o, const char *key, struct str markup)
{
	value_set(a, o, key, new_text(a, VALUE_HTML, markup));
}

struct value *
value_set_object(struct arena *a, struct value *o, const char *key)
{
	/* Inside of rows that are alike it is like its neighbour. */
	struct value *v = value_object_like(a, may_be_alike(o) ? o->like->member[o->n].value : NULL);

	value_set(a, o, key, v);
	return v;
}

struct value *
value_set_list(struct arena *a, struct value *o, const char *key)
{
	struct value *v = value_list(a);

	value_set(a, o, key, v);
	return v;
}

void
value_add(struct arena *a, struct value *list, struct value *v)
{
	if (list->n == list->size) {
		list->size = list->size == 0 ? 8 : list->size * 2;
		struct value **item = arena_many(a, struct value *, list->size);

		if (list->n > 0)
			memcpy(item, list->item, list->n * sizeof(struct value *));
		list->item = item;
	}
	list->item[list->n++] = v == NULL ? new_value(a, VALUE_NULL) : v;
}

struct value *
value_add_object(struct arena *a, struct value *list)
{
	struct value *v = value_object_like(a, list->n > 0 ? list->item[0] : NULL);

	value_add(a, list, v);
	return v;
}

void
value_add_text(struct arena *a, struct value *list, const char *s)
{
	value_add(a, list, value_text(a, s));
}

void
value_set_key(struct arena *a, struct value *o, struct str key, struct value *v)
{
	struct str copy = key.n == 0 ? STR("") : arena_str(a, key);

	set(a, o, copy.p, copy.n, v == NULL ? new_value(a, VALUE_NULL) : v);
}

void
value_set_later(struct arena *a, struct value *o, const char *key,
    struct value *(*make)(struct arena *a, const void *object), const void *object)
{
	struct value *v = new_value(a, VALUE_NULL);
	struct later *later = arena_one(a, struct later);

	*later = (struct later){ .a = a, .object = object };
	v->make = make;
	v->later = later;
	value_set(a, o, key, v);
}

struct value *
value_made(struct member *m)
{
	struct value *v = m->value;

	if (v->type == VALUE_NULL && v->make != NULL) {
		v = v->make(v->later->a, v->later->object);
		m->value = v == NULL ? new_value(m->value->later->a, VALUE_NULL) : v;
	}
	return m->value;
}

struct value *
value_parsed(struct arena *a, enum value_type type, struct str text, int64_t integer, double real)
{
	struct value *v = new_value(a, type);

	switch (type) {
	case VALUE_BOOL:
		v->truth = integer != 0;
		break;
	case VALUE_INT:
		v->integer = integer;
		break;
	case VALUE_REAL:
		v->real = real;
		break;
	case VALUE_TEXT:
	case VALUE_HTML:
		v->text = text;
		break;
	case VALUE_NULL:
	case VALUE_LIST:
	case VALUE_OBJECT:
		break;
	}
	return v;
}

enum value_type
value_type(const struct value *v)
{
	return v == NULL ? VALUE_NULL : v->type;
}

const struct value *
value_get(const struct value *o, const char *key)
{
	return value_getn(o, str_of(key));
}

const struct value *
value_getn(const struct value *o, struct str key)
{
	return value_get_hashed(o, key, value_hash(key));
}

const struct value *
value_get_hashed(const struct value *o, struct str key, uint32_t h)
{
	struct member *m = find(o, key.p == NULL ? "" : key.p, key.n, h);

	return m == NULL ? NULL : value_made(m);
}

uint32_t
value_place(const struct value *table, struct str key, uint32_t h)
{
	return place(table, key.p == NULL ? "" : key.p, key.n, h);
}

size_t
value_count(const struct value *v)
{
	if (v == NULL || (v->type != VALUE_LIST && v->type != VALUE_OBJECT))
		return 0;
	return v->n;
}

const struct value *
value_at(const struct value *list, size_t i)
{
	if (list == NULL || list->type != VALUE_LIST || i >= list->n)
		return &null_value;
	return list->item[i];
}

const char *
value_key(const struct value *o, size_t i)
{
	if (o == NULL || o->type != VALUE_OBJECT || i >= o->n)
		return NULL;
	return o->member[i].key;
}

const struct value *
value_member(const struct value *o, size_t i)
{
	if (o == NULL || o->type != VALUE_OBJECT || i >= o->n)
		return NULL;
	return value_made(&o->member[i]);
}

struct value *
value_child(struct value *o, const char *key)
{
	size_t n = strlen(key);
	struct member *m = find(o, key, n, hash(key, n));

	return m == NULL ? NULL : value_made(m);
}

struct value *
value_item(struct value *list, size_t i)
{
	if (list == NULL || list->type != VALUE_LIST || i >= list->n)
		return NULL;
	return list->item[i];
}

struct str
value_str(const struct value *v)
{
	if (v == NULL || (v->type != VALUE_TEXT && v->type != VALUE_HTML))
		return STR_NULL;
	return v->text;
}

const char *
value_cstr(const struct value *v)
{
	return v == NULL || v->type != VALUE_TEXT || v->text.p == NULL ? "" : v->text.p;
}

int64_t
value_integer(const struct value *v)
{
	switch (value_type(v)) {
	case VALUE_INT:
		return v->integer;
	case VALUE_BOOL:
		return v->truth;
	case VALUE_REAL:
		/* Outside of these the conversion is undefined. */
		if (v->real >= -9.2e18 && v->real <= 9.2e18)
			return (int64_t)v->real;
		return 0;
	default:
		return 0;
	}
}

double
value_real(const struct value *v)
{
	return value_type(v) == VALUE_REAL ? v->real : (double)value_integer(v);
}

bool
value_true(const struct value *v)
{
	switch (value_type(v)) {
	case VALUE_NULL:
		return false;
	case VALUE_BOOL:
		return v->truth;
	case VALUE_INT:
		return v->integer != 0;
	case VALUE_REAL:
		return v->real < 0 || v->real > 0;
	case VALUE_TEXT:
	case VALUE_HTML:
		return v->text.n > 0;
	case VALUE_LIST:
		return v->n > 0;
	case VALUE_OBJECT:
		return true;
	}
	return false;
}
