/* SPDX-License-Identifier: Apache-2.0 */
/* message_page_store.h - who may see a message. */
#ifndef INCIDENT_MESSAGE_PAGE_STORE_H
#define INCIDENT_MESSAGE_PAGE_STORE_H

#include "auth/auth.h"
#include "incident/message_store.h"

/* A message is as restricted as the incidents that it, or its report, is part of. */
MUST_USE enum err message_page_visible(struct db *db, struct arena *a, const struct message *m, const struct user *u, bool *ret);

#endif
