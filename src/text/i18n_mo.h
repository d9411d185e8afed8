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
};

/* Check every offset of ${mo}, which must outlive ${*ret}: ERR_INVALID. */
MUST_USE enum err i18n_mo_parse(struct str mo, struct i18n_mo *ret);
/* The translation with its plural forms, each ended by NUL; ${context} may be
 * NULL. False when there is none. */
bool i18n_mo_find(
    const struct i18n_mo *m, const char *context, const char *msgid, struct str *ret);

#endif
