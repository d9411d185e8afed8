/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "text/markdown.h"

/* No markup of the writer's comes through: each "<" in it begins one of ours. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const ours[] = { "h1>", "h2>", "h3>", "h4>", "h5>", "h6>", "p>", "ul>", "ol>", "li>", "hr>", "em>", "strong>",
		"code>", "pre>", "blockquote>", "tr>", "td>", "td class=\"n\">", "th scope=\"col\">", "th scope=\"col\" class=\"n\">", "th>",
		"thead>", "tbody>", "table>", "table class=\"table\">", "div>", "div class=\"table-wrap\" tabindex=\"0\">", "a>",
		"a href=\"https://", "a href=\"http://", "a href=\"mailto:", "a href=\"/" };
	AUTO(arena) a = arena_new();
	struct str html = markdown_html(a, FUZZ_STR(data, size > 20000 ? 20000 : size), 2);

	for (size_t i = 0; i < html.n; i++) {
		struct str rest = str_skip(html, i + 1);
		bool known = false;

		if (html.p[i] != '<')
			continue;
		(void)str_eat(&rest, STR("/"));
		for (size_t k = 0; k < sizeof(ours) / sizeof(ours[0]) && !known; k++)
			known = str_starts_case(rest, str_of(ours[k]));
		FUZZ_CHECK(known);
	}
	return 0;
}
