/* SPDX-License-Identifier: Apache-2.0 */
/* decision_cli.h - for commands of higher layers that run models on what they know. */
#ifndef DECISION_DECISION_CLI_H
#define DECISION_DECISION_CLI_H

#include "base/str.h"

struct cli;
struct decision_model;

/* The model in file ${path}, or a shipped one ("ssvc-deployer"); says what is wrong, and gives an exit code (0: go on). */
int decision_cli_model(struct cli *c, const char *path, struct decision_model *ret);
/* The decisions on a CSV file to standard output; an exit code. */
int decision_cli_run_csv(struct cli *c, const struct decision_model *m, const char *path);
/* The same of CSV ${text}; ${name} is what messages call it. */
int decision_cli_run_text(struct cli *c, const struct decision_model *m, const char *name, struct str text);

#endif
