/* SPDX-License-Identifier: Apache-2.0 */
/* rand.h - unpredictable bytes from the kernel; they never run out. */
#ifndef BASE_RAND_H
#define BASE_RAND_H

#include <stddef.h>
#include <stdint.h>

void rand_bytes(void *p, size_t n);
uint32_t rand_below(uint32_t bound); /* 0..bound-1 without bias; bound > 0 */

#endif
