/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/snippet.h"

#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "incident/letter.h"

const char *const snippet_places[] = { "addressee", "advice", "brand", "checked_at", "due", "evidence", "first_sent",
	"greeting", "ip", "kind", "me", "name", "org", "received_at", "ref", "subject", "team", "title", "today", "url", NULL };

static bool
is_place(struct str name)
{
	for (size_t i = 0; snippet_places[i] != NULL; i++) {
		if (str_is(name, snippet_places[i]))
			return true;
	}
	return false;
}

static const char *
places(struct arena *a, struct str text, bool known)
{
	struct buf *b = buf_new(a, LIMIT_KIB(64));
	struct str rest = str_of(letter_open_places(a, "", text)), place;

	while (str_split(&rest, ',', &place)) {
		place = str_trim(place);
		if (place.n > 2 && is_place(str_take(str_skip(place, 1), place.n - 2)) == known)
			buf_printf(b, "%s%.*s", b->n > 0 ? ", " : "", STR_F(place));
	}
	return buf_cstr(a, b);
}

const char *
snippet_unknown(struct arena *a, struct str text)
{
	return places(a, text, false);
}

const char *
snippet_open(struct arena *a, struct str text)
{
	return places(a, text, true);
}

const char *
snippet_append(struct arena *a, const char *text, const char *piece)
{
	size_t n = strlen(text);

	return arena_printf(a, "%s%s%s", text, n > 0 && text[n - 1] != '\n' ? "\n" : "", piece);
}
