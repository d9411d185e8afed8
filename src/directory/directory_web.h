/* SPDX-License-Identifier: Apache-2.0 */
/* directory_web.h - what the pages of the directory share. */
#ifndef DIRECTORY_DIRECTORY_WEB_H
#define DIRECTORY_DIRECTORY_WEB_H

#include "directory/contact_store.h"
#include "directory/organisation_list.h"
#include "directory/relation_store.h"
#include "directory/scope_store.h"
#include "web/web.h"

/* The organisation of ":id", removed ones too. */
MUST_USE enum err directory_of_path(struct web *w, struct organisation *ret);
/* A number of the path, "/x/:name"; 0 when it is none. */
int64_t directory_id(struct web *w, const char *name);
/* "/directory/12" and what follows. */
const char *directory_href(struct web *w, int64_t id, const char *below);
const char *directory_name(struct web *w, const struct organisation *o);
/* The name that fits the reader's language, of two that may be NULL. */
const char *directory_either(struct web *w, const char *name, const char *name_en);
/* A stored name in the reader's language; "" for NULL. */
const char *directory_word(struct web *w, const struct word *list, const char *name);
const char *directory_trust(struct web *w, const char *name);
/* Names with commas between, each in the reader's language. */
const char *directory_words(struct web *w, const struct word *list, const char *names);
/* ui.${key}: choices of a select; ${none}: msgid of a first, empty one, or NULL. */
void directory_options(struct web *w, const char *key, const struct word *list, const char *none, const char *chosen);
/* One of ${list} from the form, else a problem. */
const char *directory_choice(struct web *w, const char *name, const struct word *list, bool required);
/* The ticked ones of ${list}, with commas between. */
const char *directory_ticked(struct web *w, const char *name, const struct word *list);
/* ui.${key}: [{value, label, checked}] for boxes. */
void directory_boxes(struct web *w, const char *key, const struct word *list, const char *names);
void directory_option(struct web *w, struct value *list, const char *value, const char *label, bool selected);

/* A day of the form ("2026-09-18") as day number; 0 when absent. */
int64_t directory_day(struct web *w, const char *name);
/* For the field's value, and for people; "" for 0. */
const char *directory_day_value(struct web *w, int64_t day);
const char *directory_day_text(struct web *w, int64_t day);
/* ${key}: ISO date or null in the API, "@${key}_text" for people. */
void directory_set_day(struct web *w, struct value *o, const char *key, int64_t day);

/* As web_set_time(); no time is said so, or a row would show the page's. */
void directory_set_time(struct web *w, struct value *o, const char *key, int64_t at);

/* {state, text} as ${o}.${key}. */
void directory_badge(struct web *w, struct value *o, const char *key, const char *state, const char *text);
/* "Expired", "Expires soon" within ${days}; nothing when it is far or never. */
void directory_expiry_badge(struct web *w, struct value *o, const char *key, int64_t at, int64_t days);
/* The test's last result as ${o}."@test_badge". */
void directory_test_badge(struct web *w, struct value *o, const struct contact *c);

/* Members of a contact for the API and its page. */
MUST_USE enum err directory_set_contact(struct web *w, struct value *o, const struct contact *c);

/* data.history: [{at, actor, action, @text, @more}], newest first. */
MUST_USE enum err directory_history(struct web *w, int64_t organisation, int limit);
/* Tabs of all pages of the directory; ${present} an address. */
void directory_tabs(struct web *w, const char *present);

/* The page of one organisation: also what a failed form on it shows again. */
MUST_USE enum err directory_show(struct web *w, const struct organisation *o);

/* In groups of four, as people compare them. */
const char *directory_fingerprint(struct web *w, const char *fingerprint);

#endif
