/* SPDX-License-Identifier: Apache-2.0 */
/*
 * word.h - lists of stored names, each with the English message id that people
 * read ("incident-site", "Incident site").
 */
#ifndef BASE_WORD_H
#define BASE_WORD_H

#include <stdbool.h>

struct word {
	const char *name; /* NULL ends a list */
	const char *label;
};
/* The name itself when it is not in ${list}; "" for NULL. */
const char *word_label(const struct word *list, const char *name);
/* false for NULL too. */
bool word_has(const struct word *list, const char *name);

#endif
