/* SPDX-License-Identifier: Apache-2.0 */
/*
 * i18n.h - Japanese and English from po/ja.po and po/en.po, embedded as .mo.
 *
 * The msgid is the finished English sentence.  Values enter by name:
 * i18n_format(a, LANG_JA, "label", "{n} reports", (…){{"n","12"},{NULL,NULL}}).
 * Labels such as TLP:AMBER never pass through here.
 */
#ifndef TEXT_I18N_H
#define TEXT_I18N_H

#include "base/buf.h"
#include "base/str.h"
#include "base/zone.h"

struct arena;

/* These mark a text for tools/extract-messages. */
#define N_(msgid) (msgid)
#define NC_(context, msgid) (msgid)

struct i18n_arg {
	const char *name; /* NULL ends the list */
	const char *value;
};

/* ${context} may be NULL; where there is no translation with it, the one
 * without any is taken. Never NULL: an unknown msgid gives itself. Lives as
 * long as the process (or ${msgid}). */
const char *i18n(enum lang l, const char *context, const char *msgid);
const char *i18n_plural(enum lang l, const char *context, const char *one,
    const char *many, int64_t n);
/* How many plural forms ${l} has, which of them ${n} takes, and a number that
 * takes the ${form}th. */
size_t i18n_forms(enum lang l);
size_t i18n_form(enum lang l, int64_t n);
int64_t i18n_form_example(enum lang l, size_t form);
/* Replace {name} places in ${text}. */
const char *i18n_fill(struct arena *a, const char *text, const struct i18n_arg *args);
#define I18N_ARGS(...)                                                         \
	((const struct i18n_arg[]){ __VA_ARGS__, { NULL, NULL } })
/* "12,345" in both languages. */
const char *i18n_number(struct arena *a, int64_t n);
void i18n_add_number(struct buf *out, int64_t n);
/* "4.2 MB" / "4.2MB". */
const char *i18n_size(struct arena *a, enum lang l, int64_t bytes);

#endif
