/* SPDX-License-Identifier: Apache-2.0 */
/* value_priv.h - what the JSON reader and writer need beyond value.h. */
#ifndef TEXT_VALUE_PRIV_H
#define TEXT_VALUE_PRIV_H

#include "text/value.h"

struct member {
	const char *key;
	struct value *value;
	uint32_t hash; /* of the key */
	uint32_t length;
};

struct value {
	enum value_type type;
	uint32_t n;	/* members or items */
	uint32_t size;	/* room for so many */
	uint32_t slots; /* of the hash table, a power of two; 0: none yet */
	union {
		bool truth;
		int64_t integer;
		double real;
		struct str text;
		struct {
			struct member *member;
			union {
				uint32_t *slot; /* index + 1 of a member, 0: free */
				const struct value *like; /* while slots is VALUE_LIKE */
			};
		};
		struct value **item;
		struct { /* of a null: what it is when somebody asks, or NULL */
			struct value *(*make)(struct arena *a, const void *object);
			const struct later *later;
		};
	};
};

/*
 * Rows of a list have the same keys in the same order. As long as an object
 * is set like the first of its list, it uses that one's hash table, and a key
 * that comes where it stood there needs no search.
 */
#define VALUE_LIKE UINT32_MAX /* in slots */

struct later {
	struct arena *a;
	const void *object;
};

/* What value_getn() looks for, when the same name is looked for often. Seeded:
 * the same within a process only. */
uint32_t value_hash(struct str key);
const struct value *value_get_hashed(const struct value *o, struct str key, uint32_t hash);

/* A scalar or an empty list or object; ${text} is not copied. */
struct value *value_parsed(
    struct arena *a, enum value_type type, struct str text, int64_t integer, double real);

/* For one who asks alike objects for a name again and again: whose table tells its
 * place, the place there (UINT32_MAX: nowhere), and what stands at it. Objects
 * must not get new keys meanwhile. */
static inline const struct value *
value_table(const struct value *o)
{
	return o->slots == VALUE_LIKE ? o->like : o;
}
uint32_t value_place(const struct value *table, struct str key, uint32_t hash);
/* What ${m} holds, made now if it has to be. */
struct value *value_made(struct member *m);
static inline const struct value *
value_at_place(const struct value *o, uint32_t place)
{
	if (place >= o->n)
		return NULL;
	struct member *m = &o->member[place];

	return m->value->type == VALUE_NULL ? value_made(m) : m->value;
}

#endif
