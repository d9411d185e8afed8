/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

const char *
err_name(enum err e)
{
	static const char *const names[] = {
		[OK] = "ok",
		[ERR_INVALID] = "invalid",
		[ERR_NOT_FOUND] = "not found",
		[ERR_EXISTS] = "exists already",
		[ERR_CONFLICT] = "conflict",
		[ERR_DENIED] = "denied",
		[ERR_LIMIT] = "over a limit",
		[ERR_IO] = "input/output failed",
		[ERR_TIMEOUT] = "timed out",
		[ERR_UNAVAILABLE] = "unavailable",
	};

	if ((unsigned)e >= COUNT(names))
		return "unknown";
	return names[e];
}
