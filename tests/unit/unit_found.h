/* SPDX-License-Identifier: Apache-2.0 */
/* unit_found.h - compares what was read of an answer with its .want file
 * (tests/whois/README.md). */
#ifndef TESTS_UNIT_FOUND_H
#define TESTS_UNIT_FOUND_H

#include <dirent.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"
#include "directory/found.h"
#include "sys/files.h"

static inline const char *
day(struct arena *a, int64_t at)
{
	struct civil c = clock_civil(at, at == 0 ? 0 : 9 * 3600); /* Japanese dates stay the same */

	return at == 0 ? "" : arena_printf(a, "%04d-%02d-%02d", c.year, c.month, c.day);
}

static inline const struct found_contact *
contact_of(const struct found *f, struct str email)
{
	for (size_t i = 0; i < f->contacts; i++) {
		if (str_is(email, f->contact[i].email))
			return &f->contact[i];
	}
	return NULL;
}

/* What is there under the name of a .want file; NULL when it is as wanted. */
static inline const char *
differs(struct arena *a, const struct found *f, struct str key, struct str value)
{
	const struct {
		const char *key, *value;
	} texts[] = {
		{ "state", found_state_name(f->state) },
		{ "object", f->object },
		{ "handle", f->handle },
		{ "range", f->range },
		{ "domain", f->domain },
		{ "organisation", f->organisation },
		{ "country", f->country },
		{ "registrar", f->registrar },
		{ "referral", f->referral },
		{ "source", f->source },
		{ "link", f->link },
		{ "created", day(a, f->created_at) },
		{ "changed", day(a, f->changed_at) },
		{ "expires", day(a, f->expires_at) },
		{ "abuse", found_abuse(f) == NULL ? "-" : found_abuse(f)->email },
	};
	struct str word;

	for (size_t i = 0; i < COUNT(texts); i++) {
		if (str_is(key, texts[i].key))
			return str_is(value, texts[i].value) ? NULL : texts[i].value;
	}
	if (str_is(key, "not"))
		return contact_of(f, value) == NULL ? NULL : "it is a contact";
	if (str_is(key, "fault")) {
		for (size_t i = 0; i < f->faults; i++) {
			if (str_is(value, f->fault[i].message))
				return NULL;
		}
		return "no such fault";
	}
	assert_true(str_is(key, "contact") || str_is(key, "name"));
	(void)str_split(&value, ' ', &word);
	if (str_is(key, "contact")) {
		const struct found_contact *c = NULL;

		for (size_t i = 0; i < f->contacts; i++) {
			c = &f->contact[i];
			if (str_is(value, c->email) && str_is(word, found_role_name(c->role)))
				return NULL;
		}
		c = contact_of(f, value);
		return c == NULL ? "no such contact" : found_role_name(c->role);
	}
	const struct found_contact *c = contact_of(f, word);

	return c != NULL && str_is(value, c->name) ? NULL : c == NULL ? "no such contact" : c->name;
}


/* Reads every answer NAME${ending} in the folder; how many there were. */
static inline int
unit_found(struct arena *a, const char *kind, const char *ending,
    void (*read)(struct arena *a, struct str bytes, struct found *ret))
{
	const char *tests = getenv("TOBIGUCHI_TESTS");
	const char *folder = arena_printf(a, "%s/%s", tests == NULL ? "tests" : tests, kind);
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int wrong = 0, n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		struct str answer, want, line, key;
		struct found f, again;
		const char *base = arena_printf(a, "%s/%s", folder, entry->d_name);

		if (!str_ends(str_of(base), STR(".want")))
			continue;
		n++;
		assert_ok(files_read(a, base, LIMIT_MIB(1), &want));
		base = arena_dupn(a, base, strlen(base) - 5);
		assert_ok(files_read(a, arena_printf(a, "%s%s", base, ending), LIMIT_MIB(16), &answer));
		read(a, answer, &f);
		/* what the other role reads is the same */
		struct buf *json = buf_new(a, LIMIT_MIB(1));

		found_json(json, &f);
		assert_ok(found_read(a, buf_view(json), &again));
		while (str_line(&want, &line)) {
			(void)str_split(&line, ' ', &key);
			const char *is = differs(a, &again, key, line);

			if (is == NULL)
				continue;
			print_message("%s: %.*s: wanted \"%.*s\", is \"%s\"\n", entry->d_name,
			    STR_F(key), STR_F(line), is);
			wrong++;
		}
	}
	(void)closedir(dir);
	assert_int_equal(wrong, 0);
	return n;
}

#endif
