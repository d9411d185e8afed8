/* SPDX-License-Identifier: Apache-2.0 */
/* wkd_web.h - on the page of a contact: the key that its domain publishes. */
#ifndef DIRECTORY_WKD_WEB_H
#define DIRECTORY_WKD_WEB_H

#include "directory/contact_store.h"
#include "web/web.h"

/* data.wkd: {state, fingerprint, users, created_at, fetched_at, question, fault,
 * same}, null when nobody asked; ui.may_ask_wkd. */
MUST_USE enum err wkd_set(struct web *w, const struct contact *c);

#endif
