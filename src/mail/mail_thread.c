/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/mail_thread.h"

#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"

#define KEYS_MAX 200
#define TAGS_MAX 10

static void
key_add(struct mail_thread_keys *all, enum mail_thread_kind kind, const char *key)
{
	if (key == NULL || key[0] == '\0' || all->n >= KEYS_MAX)
		return;
	for (size_t i = 0; i < all->n; i++)
		if (all->item[i].kind == kind && strcmp(all->item[i].key, key) == 0)
			return;
	all->item[all->n++] = (struct mail_thread_key){ .kind = kind, .key = key };
}

/* The token in ${address}, when it is one of ours; else NULL. */
static const char *
token_of(struct arena *a, const char *address, const char *const *own, size_t n)
{
	struct str s = str_of(address);
	size_t plus = str_find_char(s, '+', 0);
	size_t at = plus == SIZE_MAX ? SIZE_MAX : str_find_char(s, '@', plus);

	if (at == SIZE_MAX || at == plus + 1)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		struct str o = str_of(own[i]);
		size_t own_at = str_find_char(o, '@', 0);

		if (own_at != SIZE_MAX && str_equal_case(str_take(s, plus), str_take(o, own_at)) &&
		    str_equal_case(str_skip(s, at), str_skip(o, own_at)))
			return arena_dupn(a, s.p + plus + 1, at - plus - 1);
	}
	return NULL;
}

void
mail_thread_tags(struct arena *a, struct str subject, struct mail_texts *ret)
{
	static const struct {
		const char *prefix;
		int digits;
	} kinds[] = { { "inc-", 5 }, { "rpt-", 6 }, { "con-", 5 }, { "vul-", 5 }, { "ntf-", 5 } };
	struct str s = utf8_fold(a, subject); /* full-width forms become plain */

	*ret = (struct mail_texts){ .item = arena_many(a, const char *, TAGS_MAX) };
	for (size_t i = 0; i < s.n; i++) {
		/* Only in brackets: a reference in running words may be of another
		 * team that also counts its incidents. NFKC leaves 【 as it is. */
		bool open = s.p[i] == '[' || str_starts(str_skip(s, i), STR("【"));
		struct str rest = str_skip(s, i + (s.p[i] == '[' ? 1 : 3));

		for (size_t k = 0; open && k < COUNT(kinds); k++) {
			struct str t = rest;
			uint64_t year, number;

			if (!str_eat(&t, str_of(kinds[k].prefix)) || !str_eat_digits(&t, 4, 4, &year) ||
			    !str_eat(&t, STR("-")) || !str_eat_digits(&t, 1, 9, &number) ||
			    !(str_starts(t, STR("]")) || str_starts(t, STR("】"))) ||
			    ret->n >= TAGS_MAX)
				continue;
			char upper[] = { (char)(kinds[k].prefix[0] - 32),
				(char)(kinds[k].prefix[1] - 32), (char)(kinds[k].prefix[2] - 32), '\0' };

			ret->item[ret->n++] = arena_printf(a, "%s-%04u-%0*u", upper, (unsigned)year,
			    kinds[k].digits, (unsigned)number);
		}
	}
}

void
mail_thread_keys(struct arena *a, const struct mail *m, const char *const *own, size_t n_own,
    struct mail_thread_keys *ret)
{
	struct mail_thread_keys all = { .item = arena_many(a, struct mail_thread_key, KEYS_MAX) };
	struct mail_texts tags;

	for (size_t i = 0; i < m->to.n; i++)
		key_add(&all, MAIL_THREAD_TOKEN, token_of(a, m->to.item[i].address, own, n_own));
	for (size_t i = 0; i < m->cc.n; i++)
		key_add(&all, MAIL_THREAD_TOKEN, token_of(a, m->cc.item[i].address, own, n_own));
	for (size_t i = 0; i < m->delivered_to.n; i++)
		key_add(&all, MAIL_THREAD_TOKEN, token_of(a, m->delivered_to.item[i], own, n_own));
	key_add(&all, MAIL_THREAD_REFERENCE, m->bounce.message_id);
	key_add(&all, MAIL_THREAD_REFERENCE, m->in_reply_to);
	for (size_t i = m->references.n; i-- > 0;)
		key_add(&all, MAIL_THREAD_REFERENCE, m->references.item[i]);
	mail_thread_tags(a, str_of(m->subject), &tags);
	for (size_t i = 0; i < tags.n; i++)
		key_add(&all, MAIL_THREAD_TAG, tags.item[i]);
	*ret = all;
}

const char *
mail_thread_address(struct arena *a, const char *own, const char *token)
{
	struct str s = str_of(own);
	size_t at = str_find_char(s, '@', 0);

	if (at == SIZE_MAX)
		return own;
	return arena_printf(a, "%.*s+%s%.*s", STR_F(str_take(s, at)), token, STR_F(str_skip(s, at)));
}
