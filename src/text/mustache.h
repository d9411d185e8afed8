/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mustache.h - logic-less templates (mustache.github.io, spec v1.4 modules
 * comments, delimiters, interpolation, inverted, partials, sections,
 * ~dynamic-names and ~inheritance).
 *
 * {{x}} always escapes for HTML, also for attribute values (& < > " ').  There
 * is no {{{x}}} and no {{&x}} in our templates: markup enters only as
 * VALUE_HTML.  (The parser knows them for the specification's tests;
 * tools/check-templates refuses them in templates/.)
 *
 * Translations are resolved when the template is compiled for a language, so
 * at run time they cost nothing. Text is escaped, runs of blanks in it count
 * as one blank (so it may be wrapped), and it may hold quotes and braces:
 *   {{_ Text}}                the translation of "Text"
 *   {{_ctx|Text}}             with a message context
 *   {{_n count|one|many}}     ngettext by the number at "count"; {n} in the
 *                             texts is that number as "12,345"
 * A {name} in a translation is looked up in the model like {{name}}.
 *
 * Layouts: {{<layout}}{{$content}}…{{/content}}{{/layout}}, where layout holds
 * {{$content}}what stands there otherwise{{/content}}.
 */
#ifndef TEXT_MUSTACHE_H
#define TEXT_MUSTACHE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/zone.h"
#include "text/template.h"
#include "text/value.h"

struct arena;
struct template;

/* Finds partials by name; NULL when there is none. */
typedef struct str (*mustache_source)(void *object, struct str name);

/*
 * Compile ${source} for ${lang} into ${a} (which must outlive the result; the
 * program compiles all its templates once). ERR_INVALID with the line in
 * ${*ret_line} for an unclosed tag or section (line 0: of a partial).
 */
MUST_USE enum err mustache_compile(struct arena *a, struct str source, enum lang lang,
    mustache_source partials, void *object, const struct template **ret, size_t *ret_line);

/* The same for many that share their partials: each of these is compiled once
 * for all of them. Lives in ${a}, with what is compiled in it; a partial that
 * cannot be compiled spoils it. */
struct mustache_library;
struct mustache_library *mustache_library(struct arena *a, enum lang lang, mustache_source partials, void *object);
MUST_USE enum err mustache_compile_in(struct mustache_library *l, struct str source, const struct template **ret,
    size_t *ret_line);

/* Thread-safe. In strict mode a {{name}} that is nowhere in the model is an
 * ERR_NOT_FOUND with its name in ${*ret_missing} (tests use this; it lives as
 * long as ${t}); a section's name may be absent, like any optional part.
 * ERR_LIMIT for templates that nest without end. */
MUST_USE enum err mustache_render(const struct template *t, const struct value *model,
    struct buf *out, bool strict, const char **ret_missing);
/* The same with several models: a name is looked for in the last one first. */
MUST_USE enum err mustache_render_all(const struct template *t, const struct value *const *model,
    size_t models, struct buf *out, bool strict, const char **ret_missing);

/* & < > " ' as references. */
void mustache_escape(struct buf *out, struct str s);

#endif
