/* SPDX-License-Identifier: Apache-2.0 */
/* template.h - the templates of templates/, embedded and ready to render. */
#ifndef TEXT_TEMPLATE_H
#define TEXT_TEMPLATE_H

#include "base/err.h"
#include "base/zone.h"

struct template;

/*
 * Compile all of templates/ for both languages; once, before threads start.
 * On ERR_INVALID, template_fault() says in which template and line.
 */
MUST_USE enum err template_start(void);
const char *template_fault(void); /* "" when there was none */
/* ${name} without ".mustache"; NULL when there is none. Thread-safe. */
const struct template *template_find(const char *name, enum lang lang);

#endif
