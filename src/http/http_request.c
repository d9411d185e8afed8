/* SPDX-License-Identifier: Apache-2.0 */
/* What handlers ask a request. */
#include "http/http_form.h"

static struct str
find(const struct http_field *field, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_is(field[i].name, name))
			return field[i].value;
	return STR_NULL;
}

struct str
http_query(const struct http_request *r, const char *name)
{
	return find(r->query, r->queries, name);
}

struct str
http_form(const struct http_request *r, const char *name)
{
	return find(r->form, r->forms, name);
}

struct str
http_header(const struct http_request *r, const char *name)
{
	for (size_t i = 0; i < r->headers; i++)
		if (str_is_case(r->header[i].name, name))
			return r->header[i].value;
	return STR_NULL;
}

struct str
http_cookie(const struct http_request *r, const char *name)
{
	for (size_t i = 0; i < r->headers; i++) {
		if (!str_is_case(r->header[i].name, "cookie"))
			continue;

		struct str value = http_cookie_find(r->header[i].value, str_of(name));

		if (value.p != NULL)
			return value;
	}
	return STR_NULL;
}
