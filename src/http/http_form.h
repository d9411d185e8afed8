/* SPDX-License-Identifier: Apache-2.0 */
/* http_form.h - queries, urlencoded forms and cookies as fields. */
#ifndef HTTP_FORM_H
#define HTTP_FORM_H

#include "http/http.h"

/*
 * application/x-www-form-urlencoded as the WHATWG URL standard reads it: "+"
 * is a blank, a "%" that begins no escape stays. ERR_INVALID when a decoded
 * text is not UTF-8 or has a NUL; ERR_LIMIT over LIMIT_HTTP_FIELDS.
 */
MUST_USE enum err http_form_parse(struct arena *a, struct str s, const struct http_field **ret, size_t *ret_n);

/* The value of cookie ${name} in one Cookie header; p is NULL when absent. */
struct str http_cookie_find(struct str header, struct str name);

/* Parameter ${name} of a header like "text/html; charset=utf-8": unquoted, in
 * ${a}; p is NULL when absent. */
struct str http_parameter(struct arena *a, struct str header, struct str name);

/* 0..15, or -1 when ${c} is no hexadecimal digit. */
int http_hex(char c);

#endif
