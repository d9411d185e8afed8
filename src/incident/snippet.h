/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snippet.h - short pieces of text that are written again and again, in Japanese
 * and English, with places such as {ref} that are filled in where they are put.
 * Pure.
 */
#ifndef INCIDENT_SNIPPET_H
#define INCIDENT_SNIPPET_H

#include "base/str.h"

struct arena;

#define SNIPPETS_MAX 200 /* of one person, of the team */
#define SNIPPET_NAME 40	 /* characters */

/* The places there are, NULL-ended. Not each is known everywhere: what is not
 * stays as it is and is told before a letter leaves. */
extern const char *const snippet_places[];
/* Places in ${text} that no composer knows: "{x}, {y}"; "" when there are none. */
const char *snippet_unknown(struct arena *a, struct str text);
/* Places in ${text} that nobody filled in; the same form. Other words in braces
 * are the writer's own. */
const char *snippet_open(struct arena *a, struct str text);
/* ${text} with ${piece} behind it, on a line of its own. */
const char *snippet_append(struct arena *a, const char *text, const char *piece);

#endif
