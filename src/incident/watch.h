/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch.h - "tell me when this appears again": what may be watched, and which
 * watched values a report or an incident touches. Pure.
 */
#ifndef INCIDENT_WATCH_H
#define INCIDENT_WATCH_H

#include "base/err.h"
#include "base/str.h"
#include "base/word.h"
#include "incident/extract.h"

struct arena;

/* host domain address url email hash brand; labels: context "watch". A domain
 * is met by every name below it; a mail address is also that of a contact. */
extern const struct word watch_kinds[];

/* The canonical form of what a person typed, disguised or not, or NULL when it is
 * none of this kind. ${kind} "" guesses it; ${*ret_kind} is of watch_kinds. */
const char *watch_value(struct arena *a, const char *kind, struct str text, const char **ret_kind);

struct watch_seen {
	const char *kind;
	struct str value;
};
/* What of it may be watched: of ${found}, a brand and a sender's address (NULL =
 * none). The list of ${*ret_n} lives in ${a}. */
struct watch_seen *watch_seen_of(struct arena *a, const struct extract_found *found, size_t n, const char *brand,
    const char *email, size_t *ret_n);

#endif
