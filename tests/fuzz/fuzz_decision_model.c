/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <string.h>

#include "decision/format.h"

/* What is written of a model that could be read can be read, and is then the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct decision_model m, again;
	struct decision_fault fault;
	struct decision_answers given;
	struct decision_verdict v;
	struct decision_question ask;
	const char *why;

	if (size > LIMIT_KIB(64))
		return 0;
	if (decision_model_read(a, FUZZ_STR(data, size), &m, &fault) != OK) {
		FUZZ_CHECK(fault.rule != NULL && fault.rule[0] != '\0' && fault.where != NULL);
		return 0;
	}
	FUZZ_CHECK(decision_model_check(&m, &why) == OK);
	decision_answers_init(&m, &given);
	decision_decide(&m, &given, &v);
	FUZZ_CHECK(v.outcome < m.outcome.values && v.possible != 0);
	decision_ask(&m, &given, &ask);
	FUZZ_CHECK(ask.fact < (int)m.facts);
	struct buf *first = buf_new(a, LIMIT_MIB(16)), *second = buf_new(a, LIMIT_MIB(16));

	decision_model_write(first, &m);
	if (buf_error(first) != OK)
		return 0;
	FUZZ_CHECK(decision_model_read(a, buf_view(first), &again, &fault) == OK);
	decision_model_write(second, &again);
	FUZZ_CHECK(str_equal(buf_view(first), buf_view(second)));
	return 0;
}
