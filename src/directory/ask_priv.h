/* SPDX-License-Identifier: Apache-2.0 */
/* ask_priv.h - what the files of ask.h share. */
#ifndef DIRECTORY_ASK_PRIV_H
#define DIRECTORY_ASK_PRIV_H

#include "directory/ask.h"

/* ERR_DENIED with its msgid. */
enum err ask_switched_off(const char **ret_fault);

/* The addresses of ${host} that may be connected to, in ${ret}; the others are
 * gone. ERR_DENIED when none is left. */
MUST_USE enum err ask_resolve(struct arena *a, const struct ask *ask, const char *host,
    struct ask_names *ret);

#endif
