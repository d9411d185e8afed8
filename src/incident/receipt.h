/* SPDX-License-Identifier: Apache-2.0 */
/*
 * receipt.h - what somebody without an account proves a report with.
 *
 * The passphrase follows from the form's own random mark and a key of this
 * server, so the same form sent twice (a reload, an answer that was lost) gets
 * the same receipt.  It has 80 bits; a fast hash of it is enough.
 */
#ifndef INCIDENT_RECEIPT_H
#define INCIDENT_RECEIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct arena;

/* A form's mark: 22 random characters. */
const char *receipt_mark(struct arena *a);
bool receipt_mark_valid(struct str mark);
/* What is stored of a mark (report.import_key), "form/…". */
const char *receipt_import_key(struct arena *a, const unsigned char key[32], struct str mark);
/* "k7mq-2xpd-9hwa-bt4c". */
const char *receipt_passphrase(struct arena *a, const unsigned char key[32], struct str mark);
/* What is stored of a passphrase; case, blanks and hyphens do not matter. */
const char *receipt_hash(struct arena *a, struct str passphrase);
/* Are both hashes there and the same? Takes the same time always. */
bool receipt_hash_equal(const char *stored, const char *given);

/* ${text} and a mark that only this server makes: "TEXT.MAC" for hidden fields.
 * ${what} keeps uses apart. ${until}: not accepted later; 0 = for ever. */
const char *receipt_sign(struct arena *a, const unsigned char key[32], const char *what,
    const char *text, int64_t until);
/* The text, or NULL when it was changed or is too old. */
const char *receipt_open(struct arena *a, const unsigned char key[32], const char *what,
    struct str signed_, int64_t now);

#endif
