/* SPDX-License-Identifier: Apache-2.0 */
#include "text/value.h"

#include <string.h>

#include "base/arena.h"
#include "base/rand.h"
#include "text/value_priv.h"

/* Below this many keys a walk over them is faster than a hash table. */
#define LINEAR 16

static const struct value null_value = { .type = VALUE_NULL };

/*
 * Length, first and last byte of a key in one word: it tells nearly all keys
 * of one object apart without looking at their text.
 */
static uint32_t
sign(const char *key, size_t n)
{
	if (n == 0)
		return 0;
	return (uint32_t)n << 16 | (uint32_t)(unsigned char)key[0] << 8 |
	    (unsigned char)key[n - 1];
}

/* Seeded, so that nobody outside can choose keys that fall together. */
static uint32_t
hash(const char *key, size_t n)
{
	static uint64_t seed;
	uint64_t s = __atomic_load_n(&seed, __ATOMIC_RELAXED);

	if (s == 0) {
		uint64_t fresh, none = 0;

		rand_bytes(&fresh, sizeof(fresh));
		fresh |= 1;
		/* Of two threads the first wins: one seed for the process. */
		(void)__atomic_compare_exchange_n(
		    &seed, &none, fresh, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
		s = __atomic_load_n(&seed, __ATOMIC_RELAXED);
	}
	uint64_t h = s ^ n;

	while (n > 0) {
		uint64_t word = 0;
		size_t step = n < 8 ? n : 8;

		memcpy(&word, key, step);
		__extension__ unsigned __int128 product =
		    (unsigned __int128)(h ^ word) * (s | UINT64_C(0x9e3779b900000001));
		h = (uint64_t)product ^ (uint64_t)(product >> 64) ^ s;
		key += step;
		n -= step;
	}
	return (uint32_t)(h ^ h >> 32);
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

static struct member *
find(const struct value *o, const char *key, size_t n)
{
	if (o == NULL || o->type != VALUE_OBJECT)
		return NULL;
	if (o->slots == 0) {
		uint32_t want = sign(key, n);

		for (uint32_t i = 0; i < o->n; i++) {
			struct member *m = &o->member[i];

			if (m->sign == want && m->length == n && memcmp(m->key, key, n) == 0)
				return m;
		}
		return NULL;
	}
	for (uint32_t i = hash(key, n);; i++) {
		uint32_t index = o->slot[i & (o->slots - 1)];

		if (index == 0)
			return NULL;
		struct member *m = &o->member[index - 1];

		if (m->length == n && memcmp(m->key, key, n) == 0)
			return m;
	}
}

static void
slot_add(struct value *o, uint32_t index)
{
	const struct member *m = &o->member[index];
	uint32_t i = hash(m->key, m->length);

	while (o->slot[i & (o->slots - 1)] != 0)
		i++;
	o->slot[i & (o->slots - 1)] = index + 1;
}

static void
set(struct arena *a, struct value *o, const char *key, size_t n, struct value *v)
{
	struct member *m = find(o, key, n);

	if (m != NULL) {
		m->value = v;
		return;
	}
	if (o->n == o->size) {
		o->size = o->size == 0 ? 8 : o->size * 2;
		m = arena_many(a, struct member, o->size);
		if (o->n > 0)
			memcpy(m, o->member, o->n * sizeof(*m));
		o->member = m;
	}
	o->member[o->n] = (struct member){
		.key = key,
		.value = v,
		.sign = sign(key, n),
		.length = (uint32_t)n,
	};
	o->n++;
	if (o->n <= LINEAR)
		return;
	if (o->n * 2 <= o->slots) {
		slot_add(o, o->n - 1);
		return;
	}
	o->slots = o->slots == 0 ? LINEAR * 4 : o->slots * 2;
	o->slot = arena_many(a, uint32_t, o->slots);
	for (uint32_t i = 0; i < o->n; i++)
		slot_add(o, i);
}

void
value_set(struct arena *a, struct value *o, const char *key, struct value *v)
{
	set(a, o, key, strlen(key), v == NULL ? new_value(a, VALUE_NULL) : v);
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
	struct value *v = value_object(a);

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
	struct value *v = value_object(a);

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
	const struct member *m = find(o, key.p == NULL ? "" : key.p, key.n);

	return m == NULL ? NULL : m->value;
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
	return o->member[i].value;
}

struct value *
value_child(struct value *o, const char *key)
{
	const struct member *m = find(o, key, strlen(key));

	return m == NULL ? NULL : m->value;
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
