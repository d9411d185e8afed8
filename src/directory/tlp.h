/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tlp.h - Traffic Light Protocol 2.0: how far a piece of information may go.
 *
 * Labels are never translated and do not pass through the catalogue; their
 * meanings do.  Stored without "TLP:" ("AMBER+STRICT").
 */
#ifndef DIRECTORY_TLP_H
#define DIRECTORY_TLP_H

#include "base/err.h"
#include "base/str.h"

/* The later, the stricter. */
enum tlp { TLP_CLEAR, TLP_GREEN, TLP_AMBER, TLP_AMBER_STRICT, TLP_RED };

enum tlp_audience {
	TLP_TO_TEAM,	     /* any member of our own team */
	TLP_TO_NAMED,	     /* a person the source named or met */
	TLP_TO_ORGANISATION, /* the recipient's organisation */
	TLP_TO_CLIENTS,	     /* and those it serves, need to know */
	TLP_TO_COMMUNITY,    /* peers, not through public channels */
	TLP_TO_PUBLIC,
};

/* "TLP:AMBER+STRICT", "amber", and the old "WHITE", which is CLEAR. */
MUST_USE enum err tlp_parse(struct str s, enum tlp *ret);
const char *tlp_name(enum tlp t);  /* "AMBER" */
const char *tlp_label(enum tlp t); /* "TLP:AMBER" */
/* English msgid: what a reader may do with it, in one sentence. */
const char *tlp_meaning(enum tlp t);
/* The label of a text that holds both. */
enum tlp tlp_strictest(enum tlp x, enum tlp y);
/* The gate: may information labelled ${t} go to ${to}? */
bool tlp_may(enum tlp t, enum tlp_audience to);

#endif
