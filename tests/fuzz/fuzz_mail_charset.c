/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "base/utf8.h"
#include "mail/mail_charset.h"

/* The charset's name, LF, then the bytes. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct str s = FUZZ_STR(data, size);
	struct str name = STR_NULL;
	struct mail_charset_note note;

	if (!str_split(&s, '\n', &name))
		return 0;
	struct str got = mail_charset_decode(a, name, s, &note);

	/* NUL is the only thing that utf8_valid refuses and this lets through. */
	FUZZ_CHECK(str_find_char(got, '\0', 0) != SIZE_MAX || utf8_valid(got));
	FUZZ_CHECK(note.used != NULL);
	return 0;
}
