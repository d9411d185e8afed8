/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/mail_charset.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "base/utf8.h"

#define REPLACEMENT "\xEF\xBF\xBD"

enum kind {
	KIND_ICONV,
	KIND_UTF8,
	KIND_ASCII,
	KIND_JIS, /* the ISO-2022-JP family: own escape reader over CP932 */
};

/* One converter each; opened once, never closed. */
enum converter {
	NONE,
	CP932,
	EUCJP,
	CP1250,
	CP1251,
	CP1252,
	CP1253,
	CP1254,
	CP1255,
	CP1256,
	CP1257,
	CP1258,
	LATIN2,
	LATIN3,
	LATIN4,
	CYRILLIC,
	ARABIC,
	GREEK,
	HEBREW,
	LATIN6,
	LATIN7,
	LATIN8,
	LATIN9,
	LATIN10,
	KOI8R,
	KOI8U,
	THAI,
	GB18030,
	BIG5,
	KOREAN,
	KOREAN7,
	UTF7,
	UTF16,
	UTF16LE,
	UTF16BE,
	UTF32,
	CONVERTERS
};

static const char *const iconv_name[CONVERTERS] = {
	[CP932] = "CP932",
	[EUCJP] = "EUC-JP-MS",
	[CP1250] = "CP1250",
	[CP1251] = "CP1251",
	[CP1252] = "CP1252",
	[CP1253] = "CP1253",
	[CP1254] = "CP1254",
	[CP1255] = "CP1255",
	[CP1256] = "CP1256",
	[CP1257] = "CP1257",
	[CP1258] = "CP1258",
	[LATIN2] = "ISO-8859-2",
	[LATIN3] = "ISO-8859-3",
	[LATIN4] = "ISO-8859-4",
	[CYRILLIC] = "ISO-8859-5",
	[ARABIC] = "ISO-8859-6",
	[GREEK] = "ISO-8859-7",
	[HEBREW] = "ISO-8859-8",
	[LATIN6] = "ISO-8859-10",
	[LATIN7] = "ISO-8859-13",
	[LATIN8] = "ISO-8859-14",
	[LATIN9] = "ISO-8859-15",
	[LATIN10] = "ISO-8859-16",
	[KOI8R] = "KOI8-R",
	[KOI8U] = "KOI8-U",
	[THAI] = "CP874",
	[GB18030] = "GB18030",
	[BIG5] = "BIG5-HKSCS",
	[KOREAN] = "UHC",
	[KOREAN7] = "ISO-2022-KR",
	[UTF7] = "UTF-7",
	[UTF16] = "UTF-16",
	[UTF16LE] = "UTF-16LE",
	[UTF16BE] = "UTF-16BE",
	[UTF32] = "UTF-32",
};

static struct {
	iconv_t cd;
	bool tried;
	bool open;
} converters[CONVERTERS];

static const struct {
	const char *name; /* lower case, "_" written as "-" */
	enum kind kind;
	enum converter converter;
} charsets[] = {
	{ "utf-8", KIND_UTF8, NONE },
	{ "utf8", KIND_UTF8, NONE },
	{ "unicode-1-1-utf-8", KIND_UTF8, NONE },
	{ "us-ascii", KIND_ASCII, NONE },
	{ "ascii", KIND_ASCII, NONE },
	{ "ansi-x3.4-1968", KIND_ASCII, NONE },
	{ "iso-2022-jp", KIND_JIS, NONE },
	{ "iso-2022-jp-1", KIND_JIS, NONE },
	{ "iso-2022-jp-2", KIND_JIS, NONE },
	{ "iso-2022-jp-3", KIND_JIS, NONE },
	{ "iso-2022-jp-2004", KIND_JIS, NONE },
	{ "iso-2022-jp-ms", KIND_JIS, NONE },
	{ "csiso2022jp", KIND_JIS, NONE },
	{ "cp50220", KIND_JIS, NONE },
	{ "cp50221", KIND_JIS, NONE },
	{ "cp50222", KIND_JIS, NONE },
	{ "jis", KIND_JIS, NONE },
	{ "shift-jis", KIND_ICONV, CP932 },
	{ "shiftjis", KIND_ICONV, CP932 },
	{ "sjis", KIND_ICONV, CP932 },
	{ "x-sjis", KIND_ICONV, CP932 },
	{ "ms-kanji", KIND_ICONV, CP932 },
	{ "csshiftjis", KIND_ICONV, CP932 },
	{ "windows-31j", KIND_ICONV, CP932 },
	{ "cswindows31j", KIND_ICONV, CP932 },
	{ "ms932", KIND_ICONV, CP932 },
	{ "cp932", KIND_ICONV, CP932 },
	{ "windows-932", KIND_ICONV, CP932 },
	{ "euc-jp", KIND_ICONV, EUCJP },
	{ "eucjp", KIND_ICONV, EUCJP },
	{ "x-euc-jp", KIND_ICONV, EUCJP },
	{ "x-euc", KIND_ICONV, EUCJP },
	{ "euc-jp-ms", KIND_ICONV, EUCJP },
	{ "eucjp-ms", KIND_ICONV, EUCJP },
	{ "cseucpkdfmtjapanese", KIND_ICONV, EUCJP },
	{ "cp51932", KIND_ICONV, EUCJP },
	{ "iso-8859-1", KIND_ICONV, CP1252 },
	{ "latin1", KIND_ICONV, CP1252 },
	{ "windows-1252", KIND_ICONV, CP1252 },
	{ "cp1252", KIND_ICONV, CP1252 },
	{ "windows-1250", KIND_ICONV, CP1250 },
	{ "windows-1251", KIND_ICONV, CP1251 },
	{ "cp1251", KIND_ICONV, CP1251 },
	{ "windows-1253", KIND_ICONV, CP1253 },
	{ "windows-1254", KIND_ICONV, CP1254 },
	{ "iso-8859-9", KIND_ICONV, CP1254 },
	{ "windows-1255", KIND_ICONV, CP1255 },
	{ "windows-1256", KIND_ICONV, CP1256 },
	{ "windows-1257", KIND_ICONV, CP1257 },
	{ "windows-1258", KIND_ICONV, CP1258 },
	{ "iso-8859-2", KIND_ICONV, LATIN2 },
	{ "iso-8859-3", KIND_ICONV, LATIN3 },
	{ "iso-8859-4", KIND_ICONV, LATIN4 },
	{ "iso-8859-5", KIND_ICONV, CYRILLIC },
	{ "iso-8859-6", KIND_ICONV, ARABIC },
	{ "iso-8859-7", KIND_ICONV, GREEK },
	{ "iso-8859-8", KIND_ICONV, HEBREW },
	{ "iso-8859-8-i", KIND_ICONV, HEBREW },
	{ "iso-8859-10", KIND_ICONV, LATIN6 },
	{ "iso-8859-13", KIND_ICONV, LATIN7 },
	{ "iso-8859-14", KIND_ICONV, LATIN8 },
	{ "iso-8859-15", KIND_ICONV, LATIN9 },
	{ "iso-8859-16", KIND_ICONV, LATIN10 },
	{ "koi8-r", KIND_ICONV, KOI8R },
	{ "koi8-u", KIND_ICONV, KOI8U },
	{ "tis-620", KIND_ICONV, THAI },
	{ "windows-874", KIND_ICONV, THAI },
	{ "iso-8859-11", KIND_ICONV, THAI },
	{ "gb2312", KIND_ICONV, GB18030 },
	{ "gbk", KIND_ICONV, GB18030 },
	{ "gb18030", KIND_ICONV, GB18030 },
	{ "x-gbk", KIND_ICONV, GB18030 },
	{ "cp936", KIND_ICONV, GB18030 },
	{ "windows-936", KIND_ICONV, GB18030 },
	{ "euc-cn", KIND_ICONV, GB18030 },
	{ "big5", KIND_ICONV, BIG5 },
	{ "big5-hkscs", KIND_ICONV, BIG5 },
	{ "cp950", KIND_ICONV, BIG5 },
	{ "euc-kr", KIND_ICONV, KOREAN },
	{ "ks-c-5601-1987", KIND_ICONV, KOREAN },
	{ "cp949", KIND_ICONV, KOREAN },
	{ "uhc", KIND_ICONV, KOREAN },
	{ "iso-2022-kr", KIND_ICONV, KOREAN7 },
	{ "utf-7", KIND_ICONV, UTF7 },
	{ "unicode-1-1-utf-7", KIND_ICONV, UTF7 },
	{ "utf-16", KIND_ICONV, UTF16 },
	{ "unicode", KIND_ICONV, UTF16LE },
	{ "utf-16le", KIND_ICONV, UTF16LE },
	{ "utf-16be", KIND_ICONV, UTF16BE },
	{ "utf-32", KIND_ICONV, UTF32 },
};

static bool
converter_open(enum converter c)
{
	if (!converters[c].tried) {
		converters[c].tried = true;
		converters[c].cd = iconv_open("UTF-8", iconv_name[c]);
		/* iconv_open says "no such converter" by the all-ones handle. */
		converters[c].open = (intptr_t)converters[c].cd != -1;
	}
	return converters[c].open;
}

void
mail_charset_init(void)
{
	for (int c = NONE + 1; c < CONVERTERS; c++)
		(void)converter_open((enum converter)c); /* a missing one is guessed around */
}

static size_t
charset_find(struct str name)
{
	name = str_trim(name);
	for (size_t i = 0; i < COUNT(charsets); i++) {
		const char *want = charsets[i].name;
		size_t k = 0;

		while (k < name.n && want[k] != '\0' &&
		    (name.p[k] == '_' ? '-' : str_lower(name.p[k])) == want[k])
			k++;
		if (k == name.n && want[k] == '\0')
			return i;
	}
	return SIZE_MAX;
}

bool
mail_charset_known(struct str name)
{
	return charset_find(name) != SIZE_MAX;
}

/* Adds ${s} converted; returns how many places could not be. */
static size_t
convert(enum converter c, struct str s, struct buf *out)
{
	size_t bad = 0;

	if (s.n == 0)
		return 0;
	if (!converter_open(c)) {
		buf_text(out, REPLACEMENT);
		return 1;
	}
	iconv_t cd = converters[c].cd;
	union { /* iconv's prototype lacks the const that it keeps */
		const char *in;
		char *lax;
	} from = { .in = s.p };
	size_t left = s.n;
	char piece[4096];

	iconv(cd, NULL, NULL, NULL, NULL);
	while (left > 0) {
		char *to = piece;
		size_t room = sizeof(piece);
		size_t r = iconv(cd, &from.lax, &left, &to, &room);
		int why = errno;

		buf_add(out, piece, (size_t)(to - piece));
		if (r != SIZE_MAX)
			break;
		if (why == E2BIG)
			continue;
		/* EILSEQ, or EINVAL: cut in the middle of a character. */
		buf_text(out, REPLACEMENT);
		bad++;
		if (left > 0) {
			from.in++;
			left--;
		}
	}
	char last[64];
	char *to = last;
	size_t room = sizeof(last);

	if (iconv(cd, NULL, NULL, &to, &room) != SIZE_MAX)
		buf_add(out, last, (size_t)(to - last));
	return bad;
}

static size_t
utf8_length(struct str s)
{
	unsigned char c = (unsigned char)s.p[0];
	size_t n = c < 0x80 ? 1 : c < 0xC2 ? 0 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : c < 0xF5 ? 4 : 0;

	if (n == 0 || n > s.n)
		return 0;
	for (size_t i = 1; i < n; i++)
		if (((unsigned char)s.p[i] & 0xC0) != 0x80)
			return 0;
	if (n < 3)
		return n;
	unsigned char d = (unsigned char)s.p[1];

	if ((c == 0xE0 && d < 0xA0) || (c == 0xED && d > 0x9F) || (c == 0xF0 && d < 0x90) ||
	    (c == 0xF4 && d > 0x8F))
		return 0;
	return n;
}

static size_t
utf8_copy(struct str s, struct buf *out)
{
	size_t bad = 0;

	if (str_starts(s, STR("\xEF\xBB\xBF")))
		s = str_skip(s, 3);
	while (s.n > 0) {
		size_t n = utf8_length(s);

		if (n == 0) {
			buf_text(out, REPLACEMENT);
			bad++;
			s = str_skip(s, 1);
			continue;
		}
		/* Plain runs go in one piece. */
		size_t run = n;

		while (run < s.n) {
			size_t more = utf8_length(str_skip(s, run));

			if (more == 0)
				break;
			run += more;
		}
		buf_add(out, s.p, run);
		s = str_skip(s, run);
	}
	return bad;
}

enum g0 { G0_ASCII, G0_KANJI, G0_KANA, G0_KANJI_212 };

static const struct {
	const char *after_esc;
	enum g0 set;
} escapes[] = {
	{ "(B", G0_ASCII },
	{ "(J", G0_ASCII },
	{ "(H", G0_ASCII }, /* an old mistake for "(J", still met */
	{ "(I", G0_KANA },
	{ "$@", G0_KANJI },
	{ "$B", G0_KANJI },
	{ "$(@", G0_KANJI },
	{ "$(B", G0_KANJI },
	{ "$(Q", G0_KANJI }, /* JIS X 0213 plane 1: CP932 reads all but its additions */
	{ "$(O", G0_KANJI },
	{ "$(D", G0_KANJI_212 },
};

/* One run in one set, as CP932 or EUC-JP-MS bytes. */
static size_t
jis_run(enum g0 set, bool shifted, struct str s, struct buf *out)
{
	struct buf run;
	size_t bad = 0;

	buf_init(&run, s.n * 3 + 16);
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		unsigned char d = i + 1 < s.n ? (unsigned char)s.p[i + 1] : 0;

		if (shifted || set == G0_KANA) {
			buf_char(&run, (char)(c >= 0x21 && c <= 0x5F ? c | 0x80 : c));
		} else if (set == G0_ASCII || c < 0x21 || c > 0x7E) {
			buf_char(&run, (char)c);
		} else if (d < 0x21 || d > 0x7E) {
			/* Half a character: CP932 has no 0xFF, so it shows as U+FFFD. */
			buf_char(&run, '\xFF');
		} else if (set == G0_KANJI_212) {
			buf_char(&run, '\x8F');
			buf_char(&run, (char)(c | 0x80));
			buf_char(&run, (char)(d | 0x80));
			i++;
		} else {
			int high = ((c - 0x21) >> 1) + 0x81;
			int low = (c & 1) != 0 ? d + 0x1F + (d >= 0x60 ? 1 : 0) : d + 0x7E;

			buf_char(&run, (char)(high > 0x9F ? high + 0x40 : high));
			buf_char(&run, (char)low);
			i++;
		}
	}
	bad = convert(set == G0_KANJI_212 && !shifted ? EUCJP : CP932, buf_view(&run), out);
	buf_done(&run);
	return bad;
}

static size_t
jis_decode(struct str s, struct buf *out)
{
	enum g0 set = G0_ASCII;
	bool shifted = false;
	size_t bad = 0;
	size_t from = 0;
	size_t i = 0;

	while (i < s.n) {
		char c = s.p[i];
		size_t used = 0;
		enum g0 next = set;
		bool next_shifted = shifted;

		if (c == '\x1B') {
			for (size_t k = 0; k < COUNT(escapes) && used == 0; k++) {
				struct str want = str_of(escapes[k].after_esc);

				if (str_starts(str_skip(s, i + 1), want)) {
					used = want.n + 1;
					next = escapes[k].set;
				}
			}
			/* "ESC & @" announces the 1990 revision and changes nothing. */
			if (used == 0 && str_starts(str_skip(s, i + 1), STR("&@")))
				used = 3;
		} else if (c == '\x0E' || c == '\x0F') {
			used = 1;
			next_shifted = c == '\x0E';
		} else if (c == '\n') {
			/* RFC 1468: a line ends in ASCII; some writers forget to say so. */
			bad += jis_run(set, shifted, (struct str){ s.p + from, i - from }, out);
			buf_char(out, '\n');
			from = ++i;
			set = G0_ASCII;
			shifted = false;
			continue;
		}
		if (used == 0) {
			i++;
			continue;
		}
		bad += jis_run(set, shifted, (struct str){ s.p + from, i - from }, out);
		i += used;
		from = i;
		set = next;
		shifted = next_shifted;
	}
	return bad + jis_run(set, shifted, (struct str){ s.p + from, s.n - from }, out);
}

static bool
is_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((signed char)s.p[i] < 0 || s.p[i] == '\x1B')
			return false;
	return true;
}

static bool
has_jis_escape(struct str s)
{
	return str_find(s, STR("\x1B$"), 0) != SIZE_MAX || str_find(s, STR("\x1B(I"), 0) != SIZE_MAX;
}

struct looks {
	size_t kana, han, half_width, high, other;
};

static struct looks
look(struct str s)
{
	struct looks l = { 0 };

	for (uint32_t c; (c = utf8_next(&s)) != 0;) {
		if (c < 0x80)
			l.other += c > 0x20;
		else if (c >= 0x3040 && c < 0x3100)
			l.kana++;
		else if (c >= 0x3000 && c < 0xA000)
			l.han++;
		else if (c >= 0xFF61 && c < 0xFFA0)
			l.half_width++;
		else
			l.high++;
	}
	return l;
}

/* How bad ${c} fits ${sample}; less is better; SIZE_MAX: not at all. */
static size_t
misfit(enum converter c, struct str sample)
{
	struct buf out;

	buf_init(&out, sample.n * 4 + 16);
	size_t bad = convert(c, sample, &out);
	struct looks l = look(buf_view(&out));

	buf_done(&out);
	size_t japanese = l.kana + l.han;

	/* Western text read as CP932 gives a few rare Han between many letters. */
	if (japanese <= bad || (l.kana == 0 && l.han * 4 < l.other))
		return SIZE_MAX;
	return bad * 10 + l.half_width + l.high * 4;
}

static enum converter
guess_8bit(struct str s)
{
	struct str sample = str_take(s, LIMIT_KIB(16));
	size_t sjis = misfit(CP932, sample);
	size_t euc = misfit(EUCJP, sample);

	if (sjis == SIZE_MAX && euc == SIZE_MAX)
		return CP1252;
	return euc < sjis ? EUCJP : CP932;
}

static const char *
converter_label(enum converter c)
{
	return c == CP932 ? "shift_jis" : c == EUCJP ? "euc-jp" : "windows-1252";
}

static size_t
decode_guess(struct str s, struct buf *out, struct mail_charset_note *note)
{
	if (is_plain(s)) {
		note->used = "us-ascii";
		buf_str(out, s);
		return 0;
	}
	note->guessed = true;
	if (str_starts(s, STR("\xFF\xFE")) || str_starts(s, STR("\xFE\xFF"))) {
		note->used = "utf-16";
		return convert(UTF16, s, out);
	}
	if (has_jis_escape(s)) {
		note->used = "iso-2022-jp";
		return jis_decode(s, out);
	}
	struct buf trial;

	buf_init(&trial, s.n * 3 + 16);
	size_t bad = utf8_copy(s, &trial);

	buf_done(&trial);
	if (bad == 0) {
		note->used = "utf-8";
		return utf8_copy(s, out);
	}
	enum converter c = guess_8bit(s);

	note->used = converter_label(c);
	return convert(c, s, out);
}

/* Text declared UTF-8 that is plainly something else: less than half reads. */
static bool
is_hardly_utf8(struct str s, size_t bad)
{
	size_t high = 0;

	for (size_t i = 0; i < s.n; i++)
		high += (signed char)s.p[i] < 0;
	return bad * 2 > high / 2 + 1;
}

struct str
mail_charset_decode(struct arena *a, struct str declared, struct str bytes,
    struct mail_charset_note *ret_note)
{
	struct mail_charset_note note = { .used = "us-ascii" };
	size_t i = charset_find(declared);
	struct buf *out = buf_new(a, bytes.n * 4 + 64);

	if (bytes.n == 0)
		bytes = (struct str){ "", 0 };
	if (i == SIZE_MAX) {
		note.invalid = decode_guess(bytes, out, &note);
		note.guessed = note.guessed || str_trim(declared).n > 0;
	} else if (charsets[i].kind == KIND_ASCII) {
		note.invalid = decode_guess(bytes, out, &note);
	} else if (charsets[i].kind == KIND_JIS) {
		note.used = "iso-2022-jp";
		if (has_jis_escape(bytes) || is_plain(bytes))
			note.invalid = jis_decode(bytes, out);
		else
			note.invalid = decode_guess(bytes, out, &note);
	} else if (charsets[i].kind == KIND_UTF8) {
		note.used = "utf-8";
		note.invalid = utf8_copy(bytes, out);
		if (note.invalid > 0 && is_hardly_utf8(bytes, note.invalid)) {
			buf_clear(out);
			note.invalid = decode_guess(bytes, out, &note);
		}
	} else {
		note.used = charsets[i].name;
		note.invalid = convert(charsets[i].converter, bytes, out);
	}
	if (ret_note != NULL)
		*ret_note = note;
	return buf_view(out);
}
