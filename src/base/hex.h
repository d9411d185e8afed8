/* SPDX-License-Identifier: Apache-2.0 */
/* hex.h - bytes as lower-case hexadecimal digits. */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include "base/err.h"
#include "base/str.h"

struct arena;

const char *hex_format(struct arena *a, const void *p, size_t n);
/* Exactly ${n} bytes from ${s}, either case. ERR_INVALID otherwise. */
MUST_USE enum err hex_parse(struct str s, void *ret, size_t n);

#endif
