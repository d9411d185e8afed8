/* SPDX-License-Identifier: Apache-2.0 */
/* web_run.h - from a request to its handler; called by the HTTP layer. */
#ifndef WEB_WEB_RUN_H
#define WEB_WEB_RUN_H

#include "http/http.h"

struct web_state;

/* The callbacks of http_config; ${object} is the struct web_state. */
size_t web_run_limit(void *object, const struct http_request *r);
bool web_run_slow(void *object, const struct http_request *r);
void web_run(void *object, int worker, struct arena *a, const struct http_request *r, struct http_response *ret);
void web_run_error(void *object, struct arena *a, int status, bool json, struct http_response *ret);
/* Uploaded files go to blob_in: compressed and encrypted as they come. */
struct http_sink web_run_sink(struct web_state *s);

#endif
