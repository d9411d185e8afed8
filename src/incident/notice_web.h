/* SPDX-License-Identifier: Apache-2.0 */
/* notice_web.h - what pages with notes do with the names in them. */
#ifndef INCIDENT_NOTICE_WEB_H
#define INCIDENT_NOTICE_WEB_H

#include "web/web.h"

/* Tells whom ${text}, a note on ${object} ${id}, names. ${*ret}: the sentence for
 * the toast, NULL when it names nobody; the API gets data.told and data.not_told. */
MUST_USE enum err notice_web_mention(struct web *w, const char *object, int64_t id, const char *text, const char **ret);

#endif
