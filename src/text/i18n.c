/* SPDX-License-Identifier: Apache-2.0 */
#include "text/i18n.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "text/embedded.h"
#include "text/i18n_mo.h"

static struct i18n_mo catalogue[2]; /* by enum lang */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
load(void)
{
	static const char *const name[COUNT(catalogue)] = { "ja.mo", "en.mo" };

	for (size_t i = 0; i < COUNT(catalogue); i++) {
		const struct embedded *e = embedded_find(&text_catalogues, str_of(name[i]));

		/* A catalogue that cannot be read translates nothing; that it
		 * can is what the unit test is for. */
		if (e == NULL || i18n_mo_parse((struct str){ e->data, e->n }, &catalogue[i]) != OK)
			catalogue[i] = (struct i18n_mo){ .n = 0 };
		uint32_t *slot = calloc(i18n_mo_slots(&catalogue[i]), sizeof(*slot));

		if (slot != NULL) /* else by halves */
			i18n_mo_index(&catalogue[i], slot);
	}
}

static bool
find(enum lang l, const char *context, const char *msgid, struct str *ret)
{
	(void)pthread_once(&once, load);
	/* The message without a text holds the catalogue's own header. */
	if (msgid[0] == '\0')
		return false;
	if (i18n_mo_find(&catalogue[l], context, msgid, ret) && ret->n > 0)
		return true;
	return context != NULL && i18n_mo_find(&catalogue[l], NULL, msgid, ret) && ret->n > 0;
}

const char *
i18n(enum lang l, const char *context, const char *msgid)
{
	struct str found;

	return find(l, context, msgid, &found) ? found.p : msgid;
}

size_t
i18n_forms(enum lang l)
{
	return l == LANG_JA ? 1 : 2;
}

size_t
i18n_form(enum lang l, int64_t n)
{
	return l == LANG_JA || n == 1 ? 0 : 1;
}

int64_t
i18n_form_example(enum lang l, size_t form)
{
	(void)l; /* the same in both */
	return form == 0 ? 1 : 2;
}

const char *
i18n_plural(enum lang l, const char *context, const char *one, const char *many, int64_t n)
{
	struct str found;

	if (!find(l, context, one, &found))
		return n == 1 ? one : many;
	for (size_t form = i18n_form(l, n); form > 0; form--) {
		size_t skip = strlen(found.p) + 1;

		if (skip >= found.n)
			break;
		found = str_skip(found, skip);
	}
	return found.p;
}

const char *
i18n_fill(struct arena *a, const char *text, const struct i18n_arg *args)
{
	struct str rest = str_of(text);
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	while (rest.n > 0) {
		size_t open = str_find_char(rest, '{', 0);
		size_t end = open == SIZE_MAX ? SIZE_MAX : str_find_char(rest, '}', open);
		const struct i18n_arg *arg = args;

		if (end == SIZE_MAX)
			break;
		struct str name = { .p = rest.p + open + 1, .n = end - open - 1 };

		while (arg->name != NULL && !str_is(name, arg->name))
			arg++;
		buf_str(&out, str_take(rest, open));
		if (arg->name == NULL) {
			/* Not one of ours: the brace is text. */
			buf_char(&out, '{');
			rest = str_skip(rest, open + 1);
			continue;
		}
		buf_text(&out, arg->value);
		rest = str_skip(rest, end + 1);
	}
	buf_str(&out, rest);
	const char *filled = buf_cstr(a, &out);

	buf_done(&out);
	return filled;
}

#define NUMBER_MAX 32

/* "-12,345" at the end of ${text}; where it begins. */
static size_t
number(char text[NUMBER_MAX], int64_t n)
{
	size_t at = NUMBER_MAX;
	uint64_t left = n < 0 ? -(uint64_t)n : (uint64_t)n;

	for (int digits = 0; left > 0 || digits == 0; digits++) {
		if (digits > 0 && digits % 3 == 0)
			text[--at] = ',';
		text[--at] = (char)('0' + left % 10);
		left /= 10;
	}
	if (n < 0)
		text[--at] = '-';
	return at;
}

void
i18n_add_number(struct buf *out, int64_t n)
{
	char text[NUMBER_MAX];
	size_t at = number(text, n);

	buf_add(out, text + at, sizeof(text) - at);
}

const char *
i18n_number(struct arena *a, int64_t n)
{
	char text[NUMBER_MAX];
	size_t at = number(text, n);

	return arena_dupn(a, text + at, sizeof(text) - at);
}

const char *
i18n_size(struct arena *a, enum lang l, int64_t bytes)
{
	static const char *const unit[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
	const char *blank = l == LANG_JA ? "" : " ";
	size_t u = 0;
	double v = (double)bytes;

	/* 1023.95 would be shown as 1024.0. */
	while (v >= (u == 0 ? 1024 : 1023.95) && u + 1 < COUNT(unit)) {
		v /= 1024;
		u++;
	}
	if (u == 0 || v >= 99.95)
		return arena_printf(a, "%.0f%s%s", v, blank, unit[u]);
	return arena_printf(a, "%.1f%s%s", v, blank, unit[u]);
}
