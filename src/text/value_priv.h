/* SPDX-License-Identifier: Apache-2.0 */
/* value_priv.h - what the JSON reader and writer need beyond value.h. */
#ifndef TEXT_VALUE_PRIV_H
#define TEXT_VALUE_PRIV_H

#include "text/value.h"

/* A scalar or an empty list or object; ${text} is not copied. */
struct value *value_parsed(
    struct arena *a, enum value_type type, struct str text, int64_t integer, double real);

#endif
