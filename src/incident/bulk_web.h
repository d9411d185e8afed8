/* SPDX-License-Identifier: Apache-2.0 */
/* bulk_web.h - which reports an act on many is for. */
#ifndef INCIDENT_BULK_WEB_H
#define INCIDENT_BULK_WEB_H

#include "web/web.h"

/* Of a form of the inbox: "ref" (list), or with all=1 everything that "query"
 * finds. None is a problem at "ref". */
MUST_USE enum err bulk_web_chosen(struct web *w, int64_t **ret, size_t *ret_n);

#endif
