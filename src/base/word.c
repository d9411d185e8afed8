/* SPDX-License-Identifier: Apache-2.0 */
#include "base/word.h"

#include <string.h>

static const struct word *
find(const struct word *list, const char *name)
{
	for (; name != NULL && list->name != NULL; list++) {
		if (strcmp(list->name, name) == 0)
			return list;
	}
	return NULL;
}

const char *
word_label(const struct word *list, const char *name)
{
	const struct word *w = find(list, name);

	if (w != NULL)
		return w->label;
	return name == NULL ? "" : name;
}

bool
word_has(const struct word *list, const char *name)
{
	return find(list, name) != NULL;
}
