/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - the structured log: one JSON object a line on standard error.
 *
 * Only role/, *_web.c and *_cli.c write to it; below them: return.
 * A message says what, where, and what now. Never log a body, a password, a
 * token, or the address of somebody who reports.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdint.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

/* Named values beside the message: LOG_S("path", p), LOG_I("status", 200). */
struct log_field {
	const char *key; /* NULL ends the list */
	const char *text; /* or NULL for a number */
	int64_t number;
};
#define LOG_S(k, v) ((struct log_field){ .key = (k), .text = (v) })
#define LOG_I(k, v) ((struct log_field){ .key = (k), .number = (v) })

/* Process-wide; set once before threads start. ${role}: "web", "work", … */
void log_init(const char *role, enum log_level least);

#define log_debug(msg, ...) log_line_(LOG_LEVEL_DEBUG, msg, LOG_FIELDS_(__VA_ARGS__))
#define log_info(msg, ...) log_line_(LOG_LEVEL_INFO, msg, LOG_FIELDS_(__VA_ARGS__))
#define log_warn(msg, ...) log_line_(LOG_LEVEL_WARN, msg, LOG_FIELDS_(__VA_ARGS__))
#define log_error(msg, ...) log_line_(LOG_LEVEL_ERROR, msg, LOG_FIELDS_(__VA_ARGS__))

#define LOG_FIELDS_(...)                                                       \
	(const struct log_field[]) {                                           \
		__VA_ARGS__ __VA_OPT__(, )(struct log_field) { .key = NULL }   \
	}
void log_line_(enum log_level level, const char *message,
    const struct log_field *fields);

#endif
