/* SPDX-License-Identifier: Apache-2.0 */
#include "text/template.h"

#include "base/arena.h"
#include "base/limit.h"
#include "text/embedded.h"
#include "text/mustache.h"

#define SUFFIX ".mustache"

/* Made once at start; they live as long as the process. */
static struct arena *memory;
static const struct template **compiled[2]; /* by enum lang, as text_templates */
static const char *fault = "";
static struct str missing; /* a partial that is not there; set at start only */
static bool started;

static const struct embedded *
find(struct str name)
{
	char file[LIMIT_NAME + sizeof(SUFFIX)];

	if (name.n > LIMIT_NAME)
		return NULL;
	for (size_t i = 0; i < name.n; i++)
		file[i] = name.p[i];
	for (size_t i = 0; i < sizeof(SUFFIX); i++)
		file[name.n + i] = SUFFIX[i];
	return embedded_find(&text_templates, str_of(file));
}

static struct str
source(void *object, struct str name)
{
	const struct embedded *e = find(name);

	(void)object; /* there is one library only */
	if (e == NULL) {
		/* A name from the model, at run time, changes nothing. */
		if (!started)
			missing = name;
		return STR_NULL;
	}
	return (struct str){ .p = e->data, .n = e->n };
}

enum err
template_start(void)
{
	if (started)
		return OK;
	memory = arena_new();
	for (enum lang l = LANG_JA; l <= LANG_EN; l++) {
		struct mustache_library *library = mustache_library(memory, l, source, NULL);

		compiled[l] = arena_many(memory, const struct template *, text_templates.n + 1);
		for (size_t i = 0; i < text_templates.n; i++) {
			const struct embedded *e = &text_templates.file[i];
			struct str text = { .p = e->data, .n = e->n };
			size_t line = 0;
			enum err found = mustache_compile_in(library, text, &compiled[l][i], &line);

			if (found == OK && missing.n == 0)
				continue;
			fault = missing.n > 0 ?
			    arena_printf(memory, "%s: there is no template \"%.*s\"", e->name,
				STR_F(missing)) :
			    arena_printf(memory, "%s: line %zu: %s", e->name, line,
				line == 0 ? "a partial is wrong" : "a tag or section does not end");
			return ERR_INVALID;
		}
	}
	started = true;
	return OK;
}

const char *
template_fault(void)
{
	return fault;
}

const struct template *
template_find(const char *name, enum lang lang)
{
	const struct embedded *e = find(str_of(name));

	if (e == NULL || compiled[lang] == NULL)
		return NULL;
	return compiled[lang][e - text_templates.file];
}
