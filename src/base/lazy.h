/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lazy.h - libraries that are loaded at their first call.
 *
 * tools/lazy-libraries makes the functions; each looks itself up here once. A
 * role that enters a cage without files must have called one function of each
 * library before: the library is opened then, the rest is found in memory.
 */
#ifndef BASE_LAZY_H
#define BASE_LAZY_H

struct lazy_library { /* the assembly file depends on this order */
	const char *name; /* "libpq.so.5" */
	const char *const *names;
	void **slot; /* where each function jumps to */
	void *handle;
};

/* Finds the function ${index}, lets its slot point to it, and returns it. Ends
 * the program when library or function are missing: it was not installed. */
void *lazy_find(struct lazy_library *l, unsigned long index);

#endif
