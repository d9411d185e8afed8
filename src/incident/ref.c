/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/ref.h"

#include "base/arena.h"

static const struct {
	const char *prefix;
	int digits;
} kinds[] = {
	[REF_REPORT] = { "RPT", 6 },
	[REF_INCIDENT] = { "INC", 5 },
	[REF_CONSULTATION] = { "CON", 5 },
	[REF_VULNERABILITY] = { "VUL", 5 },
	[REF_LETTER] = { "NTF", 5 },
};

const char *
ref_prefix(enum ref_kind kind)
{
	return kinds[kind].prefix;
}

const char *
ref_format(struct arena *a, struct ref ref)
{
	return arena_printf(a, "%s-%04d-%0*u", kinds[ref.kind].prefix, ref.year,
	    kinds[ref.kind].digits, ref.seq);
}

static bool
eat_ref(struct str *s, struct ref *ret)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct str rest = *s;
		uint64_t year, seq;

		if (!str_eat_case(&rest, str_of(kinds[i].prefix)))
			continue;
		if (!str_eat(&rest, STR("-")) || !str_eat_digits(&rest, 4, 4, &year) ||
		    !str_eat(&rest, STR("-")) || !str_eat_digits(&rest, 1, 9, &seq) ||
		    year < 2000 || seq == 0)
			return false;
		*ret = (struct ref){
			.kind = (enum ref_kind)i,
			.year = (uint16_t)year,
			.seq = (uint32_t)seq,
		};
		*s = rest;
		return true;
	}
	return false;
}

enum err
ref_parse(struct str s, struct ref *ret)
{
	struct ref ref;

	if (!eat_ref(&s, &ref) || s.n > 0)
		return ERR_INVALID;
	*ret = ref;
	return OK;
}

enum err
ref_find_from(struct str subject, size_t *from, struct ref *ret)
{
	for (size_t at = str_find_char(subject, '[', *from); at != SIZE_MAX;
	     at = str_find_char(subject, '[', at + 1)) {
		struct str s = str_skip(subject, at + 1);
		struct ref ref;

		if (eat_ref(&s, &ref) && str_eat(&s, STR("]"))) {
			*from = subject.n - s.n;
			*ret = ref;
			return OK;
		}
	}
	return ERR_NOT_FOUND;
}

enum err
ref_find(struct str subject, struct ref *ret)
{
	size_t from = 0;

	return ref_find_from(subject, &from, ret);
}
