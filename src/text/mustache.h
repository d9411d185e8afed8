/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mustache.h - logic-less templates (mustache.github.io, spec v1.4 modules
 * comments, delimiters, interpolation, inverted, partials, sections).
 *
 * {{x}} always escapes for HTML.  There is no {{{x}}} and no {{&x}} in our
 * templates: markup enters only as VALUE_HTML.  (The parser knows them for the
 * specification's tests; tools/check-templates refuses them in templates/.)
 * {{_ Text}} inserts the translation of "Text" (escaped), {{_ctx|Text}} with a
 * message context, resolved when the template is compiled for a language: at
 * run time a translation costs nothing.  Placeholders {name} in the
 * translation are looked up in the model at run time and escaped.
 */
#ifndef TEXT_MUSTACHE_H
#define TEXT_MUSTACHE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/zone.h"
#include "text/value.h"

struct arena;
struct template;

/* Finds partials by name; NULL when there is none. */
typedef struct str (*mustache_source)(void *object, struct str name);

/*
 * Compile ${source} for ${lang} into ${a} (which must outlive the result; the
 * program compiles all its templates once). ERR_INVALID with the line in
 * ${*ret_line} for an unclosed tag or section.
 */
MUST_USE enum err mustache_compile(struct arena *a, struct str source, enum lang lang,
    mustache_source partials, void *object, const struct template **ret, size_t *ret_line);

/* Thread-safe. In strict mode a name that is nowhere in the model is an
 * ERR_NOT_FOUND with its name in ${*ret_missing} (tests use this). */
MUST_USE enum err mustache_render(const struct template *t, const struct value *model,
    struct buf *out, bool strict, const char **ret_missing);

/* The templates embedded from templates/ (name without ".mustache"),
 * compiled for both languages at first use of template_start(). */
MUST_USE enum err template_start(void);
/* NULL when there is none. Thread-safe after template_start(). */
const struct template *template_find(const char *name, enum lang lang);

#endif
