/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "decision/bring.h"
#include "decision/format.h"
#include "decision/shipped.h"
#include "decision/worksheet.h"
#include "text/value.h"

/* Read once: it takes ten times as long as all the rest. */
static const struct decision_model *
shipped(void)
{
	static struct decision_model m;
	static struct arena *a;
	const struct embedded *f = embedded_find(&decision_models, STR("response.json"));
	struct decision_fault refused;

	if (a == NULL) {
		a = arena_new();
		FUZZ_CHECK(decision_model_read(a, (struct str){ f->data, f->n }, &m, &refused) == OK);
	}
	return &m;
}

/* A file of past decisions: what is taken is whole, what is not has a line. The same
 * bytes as a worksheet: they are kept as they are read, and a table made of them can be read. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	const struct decision_model *m = shipped();
	struct str text = FUZZ_STR(data, size);
	struct decision_model made;
	struct decision_bring_fault fault;
	struct decision_mapping map;
	struct decision_bring got;
	struct worksheet w;
	struct worksheet_fault why;
	struct value *json;
	const char **name, ***rows;
	size_t columns, n;

	if (size > LIMIT_KIB(8))
		return 0;
	if (decision_bring_look(a, text, &name, &columns, &rows, 3, &n, &fault) == OK) {
		decision_bring_guess(m, name, columns, &map);
		map.unknown = size % 2 == 0;
		FUZZ_CHECK(decision_bring_read(a, m, &map, INT64_C(1800000000000), text, &got) == OK);
		FUZZ_CHECK(got.faults == 0 || got.fault[0].message != NULL);
		for (size_t i = 0; i < got.n && got.faults == 0; i++)
			FUZZ_CHECK(got.row[i].outcome < m->outcome.values && value_parse(a, str_of(got.row[i].facts), &json, NULL) == OK);
	} else {
		FUZZ_CHECK(fault.message != NULL);
	}
	worksheet_read(a, arena_cstr(a, text), &w);
	worksheet_take_lines(a, &w);
	const char *kept = worksheet_write(a, &w);

	worksheet_read(a, kept, &w);
	FUZZ_CHECK(strcmp(worksheet_write(a, &w), kept) == 0);
	if (worksheet_model(a, &w, size % 3 == 0 ? m : NULL, &made, &why) != OK)
		FUZZ_CHECK(why.message != NULL && why.message[0] != '\0');
	return 0;
}
