/* SPDX-License-Identifier: Apache-2.0 */
#include "base/lazy.h"

#include <dlfcn.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

/* Several threads may come here at once: each finds the same. */
void *
lazy_find(struct lazy_library *l, unsigned long index)
{
	void *handle = __atomic_load_n(&l->handle, __ATOMIC_ACQUIRE), *function;

	if (handle == NULL) {
		handle = dlopen(l->name, RTLD_LAZY | RTLD_LOCAL);
		__atomic_store_n(&l->handle, handle, __ATOMIC_RELEASE);
	}
	function = handle == NULL ? NULL : dlsym(handle, l->names[index]);
	if (function == NULL) {
		(void)fprintf(stderr, "tobiguchi: %s: %s\n", l->name, dlerror());
		_exit(EX_UNAVAILABLE);
	}
	__atomic_store_n(&l->slot[index], function, __ATOMIC_RELEASE);
	return function;
}
