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
				const struct value *like; /* see value.c; while size is set and slots is LIKE */
			};
		};
		struct value **item;
		struct { /* of a null: what it is when somebody asks, or NULL */
			struct value *(*make)(struct arena *a, const void *object);
			const struct later *later;
		};
	};
};

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

#endif
