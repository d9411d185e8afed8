/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mail_kind.h - what sort of mail it is: written by a person, a bounce, an
 * automatic answer, in which language. Pure; used by mail_parse.c.
 */
#ifndef MAIL_KIND_H
#define MAIL_KIND_H

#include "mail/mail_header.h"

/* Fills ${m}->automatic and automatic_why; ${m}->hops, delivered_to, subject,
 * from and bounce are there already. ${report}: the report-type of a
 * multipart/report, or "". */
void mail_kind_find(struct arena *a, const struct mail_headers *h, const char *report, struct mail *m);

/* The fields of a message/delivery-status (RFC 3464). */
void mail_kind_delivery_status(struct arena *a, struct str text, struct mail_bounce *ret);
/* Status and recipient out of an old-style bounce's words. */
void mail_kind_bounce_words(struct arena *a, struct str text, struct mail_bounce *ret);

/* "ja", "en", "ko", "zh" or "". */
const char *mail_kind_language(struct str text);

/* Received, Authentication-Results and Received-SPF, with what to believe. */
void mail_kind_path(struct arena *a, const struct mail_headers *h, struct mail *m);

#endif
