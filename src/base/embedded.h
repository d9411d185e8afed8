/* SPDX-License-Identifier: Apache-2.0 */
/* embedded.h - files that tools/embed puts into the program. */
#ifndef BASE_EMBEDDED_H
#define BASE_EMBEDDED_H

#include <string.h>

#include "base/str.h"

struct embedded {
	const char *name; /* without the folder, with its suffix */
	const char *data; /* followed by a NUL that does not count */
	size_t n;
};

/* Sorted by name, bytewise. */
struct embedded_list {
	const struct embedded *file;
	size_t n;
};

/* NULL when there is none. */
static inline const struct embedded *
embedded_find(const struct embedded_list *list, struct str name)
{
	size_t low = 0, high = list->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = str_compare(name, str_of(list->file[middle].name));

		if (order == 0)
			return &list->file[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

#endif
