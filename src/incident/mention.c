/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/mention.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"

/* Longer names are no names: what stands after an "@" is looked at so far. */
#define LOOK 256

static bool
is_sign(struct str s, size_t at, size_t *ret_n)
{
	if (s.p[at] == '@') {
		*ret_n = 1;
		return true;
	}
	*ret_n = 3;
	return str_starts(str_skip(s, at), STR("＠"));
}

/* Letters that would make a longer word of an ASCII name. */
static bool
goes_on(struct str rest)
{
	return rest.n > 0 && (str_is_alnum(rest.p[0]) || rest.p[0] == '_' ||
	    ((rest.p[0] == '.' || rest.p[0] == '-') && rest.n > 1 && str_is_alnum(rest.p[1])));
}

/* How many bytes of ${text} (folded) are ${name}; 0 = it is not. */
static size_t
match(struct str text, struct str name)
{
	if (name.n == 0 || !str_starts(text, name))
		return 0;
	bool ascii = (unsigned char)name.p[name.n - 1] < 0x80;

	return ascii && goes_on(str_skip(text, name.n)) ? 0 : name.n;
}

static struct str
without_blanks(struct arena *a, struct str s)
{
	struct buf *b = buf_new(a, s.n + 1);

	for (size_t i = 0; i < s.n; i++) {
		if (!str_is_space(s.p[i]))
			buf_char(b, s.p[i]);
	}
	return buf_view(b);
}

struct names { /* of one person, folded */
	struct str whole, joined, first, local;
};

static struct names
names_of(struct arena *a, const struct mention_person *p)
{
	struct names n = { .whole = utf8_fold(a, str_of(p->name)) };
	struct str rest = n.whole, mail = utf8_fold(a, str_of(p->email));

	n.joined = without_blanks(a, n.whole);
	if (!str_split(&rest, ' ', &n.first) || n.first.n == n.whole.n)
		n.first = STR_NULL;
	if (!str_split(&mail, '@', &n.local))
		n.local = STR_NULL;
	return n;
}

size_t
mention_find(struct arena *a, struct str text, const struct mention_person *people, size_t n,
    size_t ret[MENTIONS_MAX], size_t ret_at[MENTIONS_MAX])
{
	struct names *names = arena_many(a, struct names, n + 1);
	size_t found = 0, sign;

	for (size_t i = 0; i < n; i++)
		names[i] = names_of(a, &people[i]);
	for (size_t at = 0; at < text.n && found < MENTIONS_MAX; at++) {
		if (!is_sign(text, at, &sign))
			continue;
		if (at > 0 && (str_is_alnum(text.p[at - 1]) || strchr("._-+", text.p[at - 1]) != NULL))
			continue;
		struct str after = utf8_fold(a, utf8_take(str_take(str_skip(text, at + sign), LOOK), LOOK / 4));
		size_t best = 0, who = SIZE_MAX, same = 0;

		for (size_t i = 0; i < n; i++) {
			size_t m = match(after, names[i].whole), k;

			if ((k = match(after, names[i].joined)) > m)
				m = k;
			if ((k = match(after, names[i].first)) > m)
				m = k;
			if ((k = match(after, names[i].local)) > m)
				m = k;
			if (m > best) {
				best = m;
				who = i;
				same = 1;
			} else if (m == best && m > 0) {
				same++;
			}
		}
		bool twice = same != 1;

		for (size_t i = 0; i < found; i++)
			twice = twice || ret[i] == who;
		if (twice || who == SIZE_MAX)
			continue;
		ret[found] = who;
		ret_at[found++] = at;
	}
	return found;
}
