/* SPDX-License-Identifier: Apache-2.0 */
/* shipped.h - the models that come with the program (src/decision/models/). */
#ifndef DECISION_SHIPPED_H
#define DECISION_SHIPPED_H

#include "base/embedded.h"

/* "response.json" (the example of the source), "ssvc-deployer.json",
 * "ssvc-coordinator-triage.json", "ssvc-supplier.json", "blank.json". */
extern const struct embedded_list decision_models;

#endif
