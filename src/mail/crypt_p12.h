/* SPDX-License-Identifier: Apache-2.0 */
/* crypt_p12.h - a PKCS#12 file, as any program wrote it, for gpgsm. */
#ifndef MAIL_CRYPT_P12_H
#define MAIL_CRYPT_P12_H

#include "base/err.h"
#include "base/str.h"

struct arena;
struct buf;

bool crypt_p12_is(struct str s);
/* Opens ${s} by ${password} and adds to ${out} the same key and certificates
 * under an empty password, in the old ciphers that gpgsm 2.2 reads. ${out} must
 * never be stored. ERR_DENIED: wrong password; ERR_INVALID: no key in it. */
MUST_USE enum err crypt_p12_recode(
    struct arena *a, struct str s, const char *password, struct buf *out, const char **ret_why);

#endif
