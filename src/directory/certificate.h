/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certificate.h - what we need to know of an S/MIME certificate before it is
 * used: when it expires. Whether it is trusted is the crypt role's question.
 */
#ifndef DIRECTORY_CERTIFICATE_H
#define DIRECTORY_CERTIFICATE_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct arena;

/* ${pem}: text with one certificate (RFC 7468 5). ${*ret}: its notAfter, UTC
 * milliseconds. ERR_INVALID: there is none, or it is damaged. */
MUST_USE enum err certificate_expiry(struct arena *a, struct str pem, int64_t *ret);

#endif
