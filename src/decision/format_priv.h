/* SPDX-License-Identifier: Apache-2.0 */
/* format_priv.h - reading JSON with the place of a fault. */
#ifndef DECISION_FORMAT_PRIV_H
#define DECISION_FORMAT_PRIV_H

#include "decision/format.h"
#include "text/value.h"

struct format_reader {
	struct arena *a;
	struct decision_fault *fault;
	bool draft; /* rows may be missing, and what was declared need not hold yet */
};

/* ERR_INVALID, with the pointer "${path}/${key}" (${key} may be NULL). */
enum err format_refuse(struct format_reader *r, const char *path, const char *key, const char *rule);
/* With what is filled into the message; each may be "". */
enum err format_refuse_of(struct format_reader *r, const char *path, const char *message, const char *place, const char *value,
    const char *n);
/* "${path}/${key}" with the escapes of RFC 6901. */
const char *format_at(struct format_reader *r, const char *path, const char *key);
/* A text of at least one character; ${otherwise} not NULL: it may be missing. */
enum err format_text(struct format_reader *r, const struct value *o, const char *path, const char *key,
    const char *otherwise, const char **ret);
/* A text or NULL when the member is missing. */
enum err format_may(struct format_reader *r, const struct value *o, const char *path, const char *key,
    const char **ret);

enum err format_table_read(struct format_reader *r, const struct value *json, struct decision_model *ret);
enum err format_table_read_csv(struct format_reader *r, struct str text, struct decision_model *ret);
enum err format_tree_read(struct format_reader *r, const struct value *json, struct decision_model *ret);
struct value *format_table_value(struct arena *a, const struct decision_model *m);
struct value *format_tree_value(struct arena *a, const struct decision_model *m);
/* Rows of a table are there once each, and all of them. */
enum err format_table_complete(struct format_reader *r, const struct decision_model *m);

#endif
