/* SPDX-License-Identifier: Apache-2.0 */
/* scope.h - what an organisation is responsible for. */
#ifndef DIRECTORY_SCOPE_H
#define DIRECTORY_SCOPE_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "base/word.h"

struct arena;

/* Stored names with English msgids. */
extern const struct word scope_kinds[];		    /* prefix asn domain country brand */

struct scope {
	int64_t id, organisation_id;
	const char *kind, *value, *note;
};

/*
 * A scope's value in its canonical form: a prefix without host bits
 * ("192.0.2.0/24", an address is /32 or /128; "192.0.2.0-192.0.2.255" only when
 * it is one prefix), an AS number without "AS", a domain in ASCII lower case, a
 * country code in capitals, a brand's name folded. ERR_INVALID otherwise.
 */
MUST_USE enum err scope_canonical(struct arena *a, const char *kind, struct str text, const char **ret);

#endif
