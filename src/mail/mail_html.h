/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mail_html.h - the text of an HTML mail, for reading and searching.
 *
 * Links are shown beside their words, because what a link says and where it
 * leads differ in the mails that come here. Nothing is fetched.
 */
#ifndef MAIL_HTML_H
#define MAIL_HTML_H

#include "mail/mail.h"

/* ${html} is UTF-8. At most ${max} bytes; *ret_cut (may be NULL) says if cut. */
struct str mail_html_text(struct arena *a, struct str html, size_t max, bool *ret_cut);

/* The address of every link, image, form and frame, in order, without
 * repeating neighbours; at most LIMIT_OBSERVABLES. */
void mail_html_links(struct arena *a, struct str html, struct mail_texts *ret);

/* The charset that a <meta> near the start declares, or the empty text. */
struct str mail_html_charset(struct str html);

#endif
