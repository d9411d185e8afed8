/* SPDX-License-Identifier: Apache-2.0 */
/* relation.h - how organisations stand to one another and to us: words. */
#ifndef DIRECTORY_RELATION_H
#define DIRECTORY_RELATION_H

#include "base/word.h"

/* Stored names with English msgids. */
extern const struct word relation_trust[];	    /* unknown low usual high; context "trust" */
extern const struct word relation_memberships[];
extern const struct word relation_agreements[];
extern const struct word relation_kinds[];
extern const struct word relation_flows[];	    /* collect analyse send share */

#endif
