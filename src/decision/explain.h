/* SPDX-License-Identifier: Apache-2.0 */
/* explain.h - a verdict in words, in both languages, and what would change it. */
#ifndef DECISION_EXPLAIN_H
#define DECISION_EXPLAIN_H

#include "decision/model.h"

/* Names in the language asked for; the English one where there is no Japanese. */
const char *decision_name(const char *name, const char *name_ja, bool ja);
/* "Exploitation is Active; System Exposure is Open: Immediate." What a fact that is not
 * known leaves open is said, too. */
const char *decision_explain(struct arena *a, const struct decision_model *m, const struct decision_answers *given,
    const struct decision_verdict *v, bool ja);

/* The way to node ${node}, whatever the case: "Exploitation: Active; Exposure: Open or Controlled". */
const char *decision_explain_way(struct arena *a, const struct decision_model *m, uint32_t node, bool ja);
/* What is known, in the order of the facts: the same form. */
const char *decision_explain_facts(struct arena *a, const struct decision_model *m, const struct decision_answers *given, bool ja);

/* One answer that, were it otherwise, would give another outcome. */
struct decision_change {
	uint8_t fact, value, outcome;
};
/* At most ${max} of them, those that change the least first (values next to the one
 * given before others). */
void decision_changes(const struct decision_model *m, const struct decision_answers *given,
    const struct decision_verdict *v, struct decision_change *ret, size_t max, size_t *ret_n);
/* "If Automatable were No: Scheduled." */
const char *decision_explain_change(struct arena *a, const struct decision_model *m, struct decision_change c, bool ja);

#endif
