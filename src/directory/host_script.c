/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/host_script.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/utf8.h"

enum script {
	SCRIPT_COMMON = 0,
	SCRIPT_LATIN = 1 << 0,
	SCRIPT_GREEK = 1 << 1,
	SCRIPT_CYRILLIC = 1 << 2,
	SCRIPT_HAN = 1 << 3,
	SCRIPT_KANA = 1 << 4,
	SCRIPT_HANGUL = 1 << 5,
	SCRIPT_BOPOMOFO = 1 << 6,
	SCRIPT_ARMENIAN = 1 << 7,
	SCRIPT_HEBREW = 1 << 8,
	SCRIPT_ARABIC = 1 << 9,
	SCRIPT_INDIC = 1 << 10, /* each block of them is a script: see below */
	SCRIPT_THAI = 1 << 11,
	SCRIPT_GEORGIAN = 1 << 12,
	SCRIPT_CHEROKEE = 1 << 13,
	SCRIPT_OTHER = 1 << 14,
};

/* Blocks of the Unicode standard; what is not in one is its own script. */
static const struct {
	uint32_t from, to;
	enum script script;
} blocks[] = {
	{ 0x41, 0x5a, SCRIPT_LATIN },
	{ 0x61, 0x7a, SCRIPT_LATIN },
	{ 0xaa, 0xaa, SCRIPT_LATIN },
	{ 0xba, 0xba, SCRIPT_LATIN },
	{ 0xc0, 0x24f, SCRIPT_LATIN },
	{ 0x250, 0x2af, SCRIPT_LATIN },
	{ 0x370, 0x3ff, SCRIPT_GREEK },
	{ 0x400, 0x52f, SCRIPT_CYRILLIC },
	{ 0x530, 0x58f, SCRIPT_ARMENIAN },
	{ 0x590, 0x5ff, SCRIPT_HEBREW },
	{ 0x600, 0x6ff, SCRIPT_ARABIC },
	{ 0x750, 0x77f, SCRIPT_ARABIC },
	{ 0x8a0, 0x8ff, SCRIPT_ARABIC },
	{ 0x900, 0xdff, SCRIPT_INDIC },
	{ 0xe00, 0xe7f, SCRIPT_THAI },
	{ 0x10a0, 0x10ff, SCRIPT_GEORGIAN },
	{ 0x1100, 0x11ff, SCRIPT_HANGUL },
	{ 0x13a0, 0x13ff, SCRIPT_CHEROKEE },
	{ 0x1c80, 0x1c8f, SCRIPT_CYRILLIC },
	{ 0x1d00, 0x1dbf, SCRIPT_LATIN },
	{ 0x1e00, 0x1eff, SCRIPT_LATIN },
	{ 0x1f00, 0x1fff, SCRIPT_GREEK },
	{ 0x2c60, 0x2c7f, SCRIPT_LATIN },
	{ 0x2de0, 0x2dff, SCRIPT_CYRILLIC },
	{ 0x2e80, 0x2fdf, SCRIPT_HAN },
	{ 0x3005, 0x3007, SCRIPT_HAN },
	{ 0x3041, 0x3096, SCRIPT_KANA },
	{ 0x309d, 0x30ff, SCRIPT_KANA },
	{ 0x3105, 0x312f, SCRIPT_BOPOMOFO },
	{ 0x3131, 0x318e, SCRIPT_HANGUL },
	{ 0x31a0, 0x31bf, SCRIPT_BOPOMOFO },
	{ 0x31f0, 0x31ff, SCRIPT_KANA },
	{ 0x3400, 0x4dbf, SCRIPT_HAN },
	{ 0x4e00, 0x9fff, SCRIPT_HAN },
	{ 0xa640, 0xa69f, SCRIPT_CYRILLIC },
	{ 0xa720, 0xa7ff, SCRIPT_LATIN },
	{ 0xab30, 0xab6f, SCRIPT_LATIN },
	{ 0xac00, 0xd7af, SCRIPT_HANGUL },
	{ 0xf900, 0xfaff, SCRIPT_HAN },
	{ 0xff66, 0xff9f, SCRIPT_KANA },
	{ 0x1b000, 0x1b16f, SCRIPT_KANA },
	{ 0x20000, 0x3ffff, SCRIPT_HAN },
};

/* Letters that most fonts draw as the ASCII one (UTS #39 confusables, the
 * lower-case letters that IDNA lets into a name). */
static const struct {
	uint32_t letter;
	char latin;
} lookalikes[] = {
	{ 0x0131, 'i' }, { 0x0237, 'j' }, { 0x0251, 'a' }, { 0x0261, 'g' }, { 0x0269, 'i' },
	{ 0x03b1, 'a' }, { 0x03b3, 'y' }, { 0x03b9, 'i' }, { 0x03ba, 'k' }, { 0x03bd, 'v' },
	{ 0x03bf, 'o' }, { 0x03c1, 'p' }, { 0x03c3, 'o' }, { 0x03c5, 'u' }, { 0x03c7, 'x' },
	{ 0x0430, 'a' }, { 0x0433, 'r' }, { 0x0435, 'e' }, { 0x043a, 'k' }, { 0x043c, 'm' },
	{ 0x043d, 'h' }, { 0x043e, 'o' }, { 0x043f, 'n' }, { 0x0440, 'p' }, { 0x0441, 'c' },
	{ 0x0442, 't' }, { 0x0443, 'y' }, { 0x0445, 'x' }, { 0x044c, 'b' }, { 0x0455, 's' },
	{ 0x0456, 'i' }, { 0x0458, 'j' }, { 0x04bb, 'h' }, { 0x04cf, 'l' }, { 0x0501, 'd' },
	{ 0x051b, 'q' }, { 0x051d, 'w' }, { 0x0570, 'h' }, { 0x0578, 'n' }, { 0x057d, 'u' },
	{ 0x0585, 'o' }, { 0x0581, 'g' }, { 0x0566, 'q' },
};

static unsigned
script_of(uint32_t c)
{
	for (size_t i = 0; i < COUNT(blocks); i++) {
		if (c >= blocks[i].from && c <= blocks[i].to)
			return blocks[i].script;
	}
	return c < 0x300 || (c >= 0x300 && c <= 0x36f) || c == 0x30fb || c == 0x30fc
	    ? SCRIPT_COMMON
	    : SCRIPT_OTHER;
}

bool
host_script_mixed(struct str label)
{
	static const unsigned allowed[] = {
		SCRIPT_LATIN | SCRIPT_HAN | SCRIPT_KANA,
		SCRIPT_LATIN | SCRIPT_HAN | SCRIPT_BOPOMOFO,
		SCRIPT_LATIN | SCRIPT_HAN | SCRIPT_HANGUL,
	};
	unsigned seen = 0;
	uint32_t indic = 0, c;

	while ((c = utf8_next(&label)) != 0) {
		unsigned s = script_of(c);

		/* Devanagari and Tamil are two scripts: 128 code points each. */
		if (s == SCRIPT_INDIC && indic != 0 && indic != c >> 7)
			return true;
		if (s == SCRIPT_INDIC)
			indic = c >> 7;
		seen |= s;
	}
	if ((seen & (seen - 1)) == 0)
		return false;
	for (size_t i = 0; i < COUNT(allowed); i++) {
		if ((seen & ~allowed[i]) == 0)
			return false;
	}
	return true;
}

struct str
host_script_latin(struct arena *a, struct str label)
{
	struct buf *b = buf_new(a, label.n + 1);
	bool foreign = false;
	uint32_t c;

	while ((c = utf8_next(&label)) != 0) {
		char latin = c < 0x80 ? (char)c : '\0';

		for (size_t i = 0; i < COUNT(lookalikes) && latin == '\0'; i++) {
			if (lookalikes[i].letter == c) {
				latin = lookalikes[i].latin;
				foreign = true;
			}
		}
		if (latin == '\0')
			return STR_NULL;
		buf_char(b, latin);
	}
	return foreign ? buf_view(b) : STR_NULL;
}
