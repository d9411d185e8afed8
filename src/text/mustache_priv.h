/* SPDX-License-Identifier: Apache-2.0 */
/* mustache_priv.h - a compiled template: what mustache_compile.c makes and
 * mustache.c walks over. */
#ifndef TEXT_MUSTACHE_PRIV_H
#define TEXT_MUSTACHE_PRIV_H

#include "text/mustache.h"

enum op_type {
	OP_TEXT,     /* ${text} as it is */
	OP_VALUE,    /* the value of ${name}, escaped */
	OP_RAW,	     /* the value of ${name} */
	OP_SECTION,  /* up to ${end} for each item of ${name} */
	OP_INVERTED, /* up to ${end} when ${name} is false */
	OP_PARTIAL,  /* ${partial}, each line after ${text} */
	OP_DYNAMIC,  /* the same, its name is the value of ${name} */
	OP_PARENT,   /* ${partial} with the blocks up to ${end} */
	OP_BLOCK,    /* up to ${end} unless a parent tag replaces block ${text} */
	OP_PLURAL,   /* the form for ${name} of the OP_FORMs up to ${end} */
	OP_FORM,     /* one form, up to ${end} */
	OP_COUNT,    /* the number of the plural around it */
};

struct name_part { /* between the dots */
	struct str text;
	uint32_t hash; /* value_hash() of it */
};

struct name {
	const char *text; /* as it was written */
	const struct name_part *part;
	uint32_t parts; /* 0: the item itself, {{.}} */
};

struct op {
	enum op_type type;
	uint32_t end; /* index of the op after those inside */
	struct str text;
	struct name name;
	const struct template *partial; /* NULL: there is none, so nothing; of
					 * OP_DYNAMIC: where it stands */
	enum lang lang;			/* of OP_PLURAL */
};

struct template {
	struct op *op;
	uint32_t n;
	/* For names of partials that are known at run time only. */
	mustache_source partials;
	void *object;
	enum lang lang;
};

#endif
