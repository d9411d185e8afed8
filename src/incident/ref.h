/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ref.h - the names of our records: RPT-2026-000042, INC-2026-00042,
 * and of letters about several incidents: NTF-2026-00042.
 *
 * A reference travels through other people's mail programs and telephones.
 * Finding one in a subject is therefore forgiving about the text around it and
 * strict about the tag: mail filed under the wrong incident is worse than mail
 * filed under none.
 */
#ifndef INCIDENT_REF_H
#define INCIDENT_REF_H

#include "base/err.h"
#include "base/str.h"

struct arena;

enum ref_kind { REF_REPORT, REF_INCIDENT, REF_CONSULTATION, REF_VULNERABILITY, REF_LETTER };

struct ref {
	enum ref_kind kind;
	uint16_t year; /* 2000..9999, of receipt in the team's zone */
	uint32_t seq;  /* 1.., counted anew each year */
};

const char *ref_prefix(enum ref_kind kind); /* "INC" */
/* Padded: at least six digits for reports, five for the others. */
const char *ref_format(struct arena *a, struct ref ref);
/* The whole of ${s}; padding may be left out, letters in either case. */
MUST_USE enum err ref_parse(struct str s, struct ref *ret);
/*
 * The first tag "[INC-2026-00042]" of any kind at or after ${*from}, which is
 * moved behind it.  ERR_NOT_FOUND if there is none.
 */
MUST_USE enum err ref_find_from(struct str subject, size_t *from, struct ref *ret);
/* The first one. */
MUST_USE enum err ref_find(struct str subject, struct ref *ret);

#endif
