/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "decision/history.h"
#include "decision/run.h"

static enum err
forget(void *to, struct str piece)
{
	(void)to;
	(void)piece;
	return OK;
}

/* A history that can be read can be learned from, and its model decides it. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	const char *const expand[] = { "v" };
	const struct decision_history_how how = {
		.outcome = "o", .expand = expand, .n_expand = size % 2,
	};
	struct decision_history h;
	struct decision_fault fault;
	struct decision_run run;
	const char *why;

	if (size > LIMIT_KIB(16))
		return 0;
	if (decision_history_read(a, FUZZ_STR(data, size), &how, &h, &fault) != OK) {
		FUZZ_CHECK(fault.rule != NULL);
		return 0;
	}
	if (decision_learn(a, &h.model, &h.rows, &(struct decision_learn){ .min_leaf = 1 }) != OK)
		return 0;
	FUZZ_CHECK(decision_model_check(&h.model, &why) == OK);
	FUZZ_CHECK(h.model.leaves <= 24);
	if (decision_run_open(a, &h.model, FUZZ_STR(data, size), &run, &fault) == OK)
		FUZZ_CHECK(decision_run_csv(&run, FUZZ_STR(data, size), true, forget, NULL, &fault) == OK);
	return 0;
}
