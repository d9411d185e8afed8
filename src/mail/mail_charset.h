/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mail_charset.h - bytes in the charsets that mail comes in, as UTF-8.
 *
 * "Shift_JIS" means what Windows writes (CP932 with the NEC and IBM
 * characters), "ISO-2022-JP" what CP50221 allows (half-width kana, NEC rows,
 * JIS X 0212), "EUC-JP" is EUC-JP-MS, "ISO-8859-1" is windows-1252.  Nothing
 * is lost silently: what cannot be read becomes U+FFFD and is counted.
 */
#ifndef MAIL_CHARSET_H
#define MAIL_CHARSET_H

#include "base/err.h"
#include "base/str.h"

struct arena;

struct mail_charset_note {
	const char *used; /* the charset that was used, in lower case */
	size_t invalid;	  /* places that became U+FFFD */
	bool guessed;	  /* none was declared, or it is unknown or plainly wrong */
};

/*
 * Opens every converter. The C library loads them from files, so the parse
 * role calls this before it enters its cage; elsewhere they open when needed.
 * One thread at a time may use this file.
 */
void mail_charset_init(void);

/* Is ${name} one that we can read? */
bool mail_charset_known(struct str name);

/* ${bytes} as valid UTF-8. ${declared} may be empty. ${ret_note} may be NULL. */
struct str mail_charset_decode(struct arena *a, struct str declared, struct str bytes,
    struct mail_charset_note *ret_note);

#endif
