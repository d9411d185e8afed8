/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value.h - the view model: what a page shows and what the API returns.
 *
 * A handler builds one object in its arena; text/mustache.h renders it, and
 * value_json() writes it.  Keys are string literals (not copied); C strings
 * are not copied either: they live in the arena. A struct str is copied, so
 * that value_cstr() can end it with NUL (markup is not: it has no C string).
 */
#ifndef TEXT_VALUE_H
#define TEXT_VALUE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct arena;

enum value_type {
	VALUE_NULL,
	VALUE_BOOL,
	VALUE_INT,
	VALUE_REAL,
	VALUE_TEXT,
	VALUE_HTML, /* markup our own code made: chart, markdown; see html.h */
	VALUE_LIST,
	VALUE_OBJECT,
};

struct value;

struct value *value_object(struct arena *a);
/* One whose keys will mostly be set in the order of ${first}, which has been set
 * and may be NULL: quicker, nothing else. Those of a list are it by themselves. */
struct value *value_object_like(struct arena *a, const struct value *first);
struct value *value_list(struct arena *a);
struct value *value_text(struct arena *a, const char *s);
struct value *value_int(struct arena *a, int64_t v);

/* Set ${key} of object ${o}; a key set twice keeps the last value. A NULL
 * text is stored as null. */
void value_set(struct arena *a, struct value *o, const char *key, struct value *v);
void value_set_text(struct arena *a, struct value *o, const char *key, const char *s);
void value_set_str(struct arena *a, struct value *o, const char *key, struct str s);
void value_set_int(struct arena *a, struct value *o, const char *key, int64_t v);
/* The number of something; 0, there is none, is stored as null. */
void value_set_id(struct arena *a, struct value *o, const char *key, int64_t id);
void value_set_real(struct arena *a, struct value *o, const char *key, double v);
void value_set_bool(struct arena *a, struct value *o, const char *key, bool v);
/* Markup for the page; value_json() leaves it out. */
void value_set_html(struct arena *a, struct value *o, const char *key, struct str markup);
/* An empty object or list under ${key}, returned to be filled. */
struct value *value_set_object(struct arena *a, struct value *o, const char *key);
struct value *value_set_list(struct arena *a, struct value *o, const char *key);
/* ${key} is copied: for keys that are not literals. */
void value_set_key(struct arena *a, struct value *o, struct str key, struct value *v);
void value_add(struct arena *a, struct value *list, struct value *v);
struct value *value_add_object(struct arena *a, struct value *list);
void value_add_text(struct arena *a, struct value *list, const char *s);

/* A member that is made when a page first asks for it: rows hold more than a
 * page shows. ${object} lives as long as ${a}. For keys that begin with "@", and
 * what lies below them: value_json() takes one that nobody asked for as null. */
void value_set_later(struct arena *a, struct value *o, const char *key,
    struct value *(*make)(struct arena *a, const void *object), const void *object);

/* Reading, for Mustache and for JSON that came in. NULL is accepted and read
 * as null everywhere. */
enum value_type value_type(const struct value *v);
const struct value *value_get(const struct value *o, const char *key); /* NULL if absent */
const struct value *value_getn(const struct value *o, struct str key);
size_t value_count(const struct value *v); /* of a list or object */
const struct value *value_at(const struct value *list, size_t i);
/* The i-th key of an object; NULL past the end. */
const char *value_key(const struct value *o, size_t i);
/* The i-th member of an object; NULL past the end. */
const struct value *value_member(const struct value *o, size_t i);
/* The same for further filling: a member by its key, an item by its place; NULL
 * when there is none. */
struct value *value_child(struct value *o, const char *key);
struct value *value_item(struct value *list, size_t i);
struct str value_str(const struct value *v); /* TEXT and HTML; else empty */
const char *value_cstr(const struct value *v); /* "" when it is not text */
int64_t value_integer(const struct value *v);  /* 0 when it is not a number */
double value_real(const struct value *v);      /* 0 when it is not a number */
/* As Mustache sees it: null, false, 0, "" and [] are false, all else true. */
bool value_true(const struct value *v);

/* JSON (RFC 8259), keys in the order they were set. HTML values and members
 * whose key begins with "@" are for the page only and left out. */
void value_json(struct buf *out, const struct value *v);
/* JSON text of ${v} in ${a}. */
const char *value_json_text(struct arena *a, const struct value *v);
/* ${v} as JSON writes it: the shortest of 15 or 17 digits that reads back. */
void value_format_real(char ret[32], double v);
/* Parse JSON: whole, valid UTF-8 without NUL, of two same keys the last wins;
 * numbers that fit are VALUE_INT, others VALUE_REAL. Depth up to LIMIT_JSON_DEPTH; ERR_INVALID with the byte offset
 * in ${*ret_at} (may be NULL), ERR_LIMIT when too deep. */
MUST_USE enum err value_parse(struct arena *a, struct str json, struct value **ret, size_t *ret_at);

#endif
