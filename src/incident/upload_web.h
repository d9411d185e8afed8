/* SPDX-License-Identifier: Apache-2.0 */
/* upload_web.h - the files of a form: bounds, and their way to their record. */
#ifndef INCIDENT_UPLOAD_WEB_H
#define INCIDENT_UPLOAD_WEB_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct web;

struct upload_to {
	int64_t message_id, report_id, incident_id; /* 0 = none */
};

/* A problem at ${field} when there are more than LIMIT_UPLOAD_FILES or when
 * they, with ${kept} bytes that came before, are over ${max} bytes. */
void upload_web_check(struct web *w, const char *field, uint64_t kept, uint64_t max);
/* Stores them; ${*ret}: their ids. */
MUST_USE enum err upload_web_take(struct web *w, const char *field, const struct upload_to *to,
    int64_t **ret, size_t *ret_n);

#endif
