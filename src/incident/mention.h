/* SPDX-License-Identifier: Apache-2.0 */
/* mention.h - whom a text names with "@". Pure. */
#ifndef INCIDENT_MENTION_H
#define INCIDENT_MENTION_H

#include "base/str.h"

struct arena;

struct mention_person {
	const char *name;  /* "Sato Hanako", "佐藤 花子" */
	const char *email; /* its part before the @ is a name too */
};
#define MENTIONS_MAX 20 /* in one text */
/*
 * The places in ${people} of those that ${text} names, each once, in the order of
 * the text; at most MENTIONS_MAX. After "@" or "＠" stands the whole name, with or
 * without its blanks, a first part that only one person has, or the mail
 * address's first part; case and width do not matter. "@" within a mail address
 * names nobody. ${*ret_at}: byte places of the "@" signs.
 */
size_t mention_find(struct arena *a, struct str text, const struct mention_person *people, size_t n,
    size_t ret[MENTIONS_MAX], size_t ret_at[MENTIONS_MAX]);

#endif
