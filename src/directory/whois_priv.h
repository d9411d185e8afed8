/* SPDX-License-Identifier: Apache-2.0 */
/* whois_priv.h - shared by the files that know servers and layouts. */
#ifndef DIRECTORY_WHOIS_PRIV_H
#define DIRECTORY_WHOIS_PRIV_H

#include "base/str.h"

struct arena;
struct mail_charset_note;

/* The answer as UTF-8. ISO-2022-JP and UTF-8 are told by their bytes; what is
 * neither is ${charset}, EUC-KR when it reads as such, else Latin-1. */
struct str whois_decode(
    struct arena *a, struct str charset, struct str bytes, struct mail_charset_note *ret);

#endif
