/* SPDX-License-Identifier: Apache-2.0 */
/*
 * qr.h - a QR code (ISO/IEC 18004, byte mode, level L) as SVG, so that nobody
 * has to type the secret of the second step.
 */
#ifndef TEAM_QR_H
#define TEAM_QR_H

#include <stdint.h>

#include "base/str.h"

struct arena;

/* <svg> of ${text}; empty when it is longer than the largest code here holds
 * (271 bytes). */
struct str qr_svg(struct arena *a, struct str text);
/* The modules: ${*ret_size} squared bytes, 1 is dark; NULL when too long. */
const uint8_t *qr_modules(struct arena *a, struct str text, int *ret_size);

#endif
