/* SPDX-License-Identifier: Apache-2.0 */
/* i18n_mo.h - a GNU .mo file, read in place. */
#ifndef TEXT_I18N_MO_H
#define TEXT_I18N_MO_H

#include "base/err.h"
#include "base/str.h"

struct i18n_mo {
	struct str all;
	uint32_t n;		       /* messages */
	uint32_t messages, translations; /* offsets of their tables */
	bool swapped;		       /* the other byte order */
	/* By what i18n_mo_index() made: index + 1 of a message, 0: free. */
	uint32_t *slot;
	uint32_t slots; /* a power of two; 0: none, looked for by halves */
};

/* Check every offset of ${mo}, which must outlive ${*ret}: ERR_INVALID. */
MUST_USE enum err i18n_mo_parse(struct str mo, struct i18n_mo *ret);
/* How many slots an index takes, and the index itself, in ${slot} (zeroed),
 * which must outlive ${m}: then a message is found at once. */
uint32_t i18n_mo_slots(const struct i18n_mo *m);
void i18n_mo_index(struct i18n_mo *m, uint32_t *slot);
/* The translation with its plural forms, each ended by NUL; ${context} may be
 * NULL. False when there is none. */
bool i18n_mo_find(
    const struct i18n_mo *m, const char *context, const char *msgid, struct str *ret);

#endif
