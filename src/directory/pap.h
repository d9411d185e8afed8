/* SPDX-License-Identifier: Apache-2.0 */
/* pap.h - Permissible Actions Protocol: what we may do with an indicator. */
#ifndef DIRECTORY_PAP_H
#define DIRECTORY_PAP_H

#include "base/err.h"
#include "base/str.h"

/* The later, the stricter. Stored without "PAP:". */
enum pap { PAP_CLEAR, PAP_GREEN, PAP_AMBER, PAP_RED };

/* "PAP:AMBER", "amber", and the old "WHITE", which is CLEAR. */
MUST_USE enum err pap_parse(struct str s, enum pap *ret);
const char *pap_name(enum pap p);  /* "AMBER" */
const char *pap_label(enum pap p); /* "PAP:AMBER" */
/* English msgid, one sentence. */
const char *pap_meaning(enum pap p);
enum pap pap_strictest(enum pap x, enum pap y);
/* The attacker could notice: fetching a URL, a stop check, blocking. */
bool pap_may_act(enum pap p);
/* A third party learns of it: whois, RDAP, a passive look-up service. */
bool pap_may_ask(enum pap p);

#endif
