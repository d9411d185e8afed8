/* SPDX-License-Identifier: Apache-2.0 */
/* sha1.h - SHA-1 (FIPS 180-4): for formats that name things by it, never for
 * anything that must not be forged. */
#ifndef BASE_SHA1_H
#define BASE_SHA1_H

#include <stddef.h>

#define SHA1_BYTES 20

struct str;

/* Of ${n} parts, one after the other. */

void sha1(const struct str *part, size_t n, unsigned char ret[SHA1_BYTES]);

#endif
