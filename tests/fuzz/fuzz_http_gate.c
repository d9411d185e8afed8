/* SPDX-License-Identifier: Apache-2.0 */
/* A request's head as lines; then its query, cookies and parameters. */
#include "fuzz.h"

#include "base/limit.h"
#include "http/http_form.h"
#include "http/http_gate.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct str all = FUZZ_STR(data, size), line = STR_NULL;
	struct http_field *field = arena_many(a, struct http_field, LIMIT_HTTP_HEADERS + 1);
	struct http_head head = { .field = field, .size = size };
	const struct http_field *form;
	struct http_gate g;
	size_t n;

	(void)str_line(&all, &line); /* an empty head is one too */
	(void)str_split(&line, ' ', &head.method);
	(void)str_split(&line, ' ', &head.target);
	head.version = line;
	while (head.fields <= LIMIT_HTTP_HEADERS && str_line(&all, &line)) {
		size_t colon = str_find_char(line, ':', 0);

		field[head.fields].name = str_take(line, colon);
		field[head.fields].value =
		    colon == SIZE_MAX ? STR("") : str_skip(line, colon + 1);
		(void)http_cookie_find(field[head.fields].value, STR("a"));
		(void)http_parameter(a, field[head.fields].value, STR("a"));
		head.fields++;
	}
	if (http_gate(a, &head, &g) == 0)
		FUZZ_CHECK(g.path[0] == '/');
	if (http_form_parse(a, FUZZ_STR(data, size), &form, &n) == OK)
		FUZZ_CHECK(n <= LIMIT_HTTP_FIELDS);
	return 0;
}
