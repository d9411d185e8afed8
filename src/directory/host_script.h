/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_script.h - which scripts a label is written in (UTS #39, 5.1 and 5.2).
 */
#ifndef DIRECTORY_HOST_SCRIPT_H
#define DIRECTORY_HOST_SCRIPT_H

#include "base/str.h"

struct arena;

/* Does the label (UTF-8) mix scripts beyond what UTS #39 calls highly
 * restrictive: one script, or Latin with those of Japanese, Chinese or Korean? */
bool host_script_mixed(struct str label);

/* The ASCII letters that a label resembles when each of its letters is foreign
 * or ASCII and at least one foreign letter looks like an ASCII one; else "". */
struct str host_script_latin(struct arena *a, struct str label);

#endif
