/* SPDX-License-Identifier: Apache-2.0 */
/*
 * collect_web.h - the collector of this server: what sensors ask, and what pages
 * want to know of it.
 */
#ifndef COLLECTOR_COLLECT_WEB_H
#define COLLECTOR_COLLECT_WEB_H

#include "base/err.h"
#include "collector/collector.h"

/* Collect into DATA/telescope/wal from now on. ERR_TIMEOUT: another process does.
 * ${tls_cert}: PEM, NULL when others answer TLS for us. */
struct web_state;
MUST_USE enum err collect_start(struct web_state *state, const char *data_dir, const char *tls_cert);
/* Before the end: ask nothing of the database any more, but go on taking batches. */
void collect_quiet(void);
/* When no request runs any more. */
void collect_stop(void);
/* NULL: this server does not collect. */
struct collector *collect_now(void);
/* For /metrics: numbers and names of sensors, never their addresses. */
struct buf;
struct web;
enum err collect_metrics(struct web *w, struct buf *b);
/* The tabs of /telescope: ui.tabs. ${path}: the present one's. */
void observe_tabs(struct web *w, const char *path);
/* What sensors pin: SHA-256 of our TLS key as 64 hexadecimal digits, or NULL. */
const char *collect_pin(void);

#endif
