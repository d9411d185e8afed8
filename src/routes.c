/* SPDX-License-Identifier: Apache-2.0 */
/* routes.c - the pages of all modules: one table a module. */
#include "web/web.h"

const struct web_route *const web_modules[] = {
	NULL,
};
