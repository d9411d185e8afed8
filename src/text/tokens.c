/* SPDX-License-Identifier: Apache-2.0 */
#include "text/tokens.h"

#include <string.h>

#include <utf8proc.h>

#define LONG_MARK 0x30fc /* ー */
#define SEGMENT 32	 /* characters normalised together: a letter and its marks */
#define LONGEST_FOLD 18	 /* characters one becomes by NFKC at most */

enum class { CLASS_NONE, CLASS_WORD, CLASS_PAIR };

/* A character that waits for its successor. */
struct waiting {
	uint32_t c; /* 0: none */
	size_t start, end;
};

struct walk {
	tokens_fn fn;
	void *object;
	bool query;
	/* the word */
	char word[TOKENS_LONGEST];
	size_t word_n, word_start, word_end;
	/* the run of pairs */
	struct waiting last; /* its last character so far */
	struct waiting mark; /* a long-vowel mark that may be the word's end */
	bool paired;	     /* some pair of this run was given */
	size_t katakana;     /* characters of the katakana word so far */
};

/* Lower case of ASCII letters and digits, 0 for all others. */
static const char word_byte[128] = {
	['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4', ['5'] = '5', ['6'] = '6',
	['7'] = '7', ['8'] = '8', ['9'] = '9', ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd',
	['E'] = 'e', ['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i', ['J'] = 'j', ['K'] = 'k',
	['L'] = 'l', ['M'] = 'm', ['N'] = 'n', ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r',
	['S'] = 's', ['T'] = 't', ['U'] = 'u', ['V'] = 'v', ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y',
	['Z'] = 'z', ['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd', ['e'] = 'e', ['f'] = 'f',
	['g'] = 'g', ['h'] = 'h', ['i'] = 'i', ['j'] = 'j', ['k'] = 'k', ['l'] = 'l', ['m'] = 'm',
	['n'] = 'n', ['o'] = 'o', ['p'] = 'p', ['q'] = 'q', ['r'] = 'r', ['s'] = 's', ['t'] = 't',
	['u'] = 'u', ['v'] = 'v', ['w'] = 'w', ['x'] = 'x', ['y'] = 'y', ['z'] = 'z',
};

static bool
is_katakana(uint32_t c)
{
	return (c >= 0x30a1 && c <= 0x30ff && c != 0x30fb) || (c >= 0x31f0 && c <= 0x31ff);
}

static enum class
class_of(uint32_t c)
{
	if (c < 0x80)
		return word_byte[c] != 0 ? CLASS_WORD : CLASS_NONE;
	if ((c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3041 && c <= 0x309f) || is_katakana(c) ||
	    (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x3005 && c <= 0x3007) ||
	    (c >= 0xac00 && c <= 0xd7af) || (c >= 0x1100 && c <= 0x11ff) ||
	    (c >= 0x3100 && c <= 0x31bf) || (c >= 0xf900 && c <= 0xfaff) ||
	    (c >= 0x20000 && c <= 0x3ffff))
		return CLASS_PAIR;
	switch (utf8proc_category((utf8proc_int32_t)c)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ME:
	case UTF8PROC_CATEGORY_ND:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO:
		return CLASS_WORD;
	default:
		return CLASS_NONE;
	}
}

static size_t
encode(char *p, uint32_t c)
{
	return (size_t)utf8proc_encode_char((utf8proc_int32_t)c, (utf8proc_uint8_t *)p);
}

/* Pairs are nearly all of three bytes each. */
static inline size_t
encode_pair_char(char *p, uint32_t c)
{
	if (c < 0x800 || c > 0xffff)
		return encode(p, c);
	p[0] = (char)(0xe0 | c >> 12);
	p[1] = (char)(0x80 | (c >> 6 & 63));
	p[2] = (char)(0x80 | (c & 63));
	return 3;
}

static enum err
end_word(struct walk *w)
{
	if (w->word_n == 0)
		return OK;
	const struct token t = {
		.text = { .p = w->word, .n = w->word_n },
		.start = w->word_start,
		.end = w->word_end,
	};

	w->word_n = 0;
	return w->fn(w->object, &t);
}

static enum err
add_pair_char(struct walk *w, struct waiting next)
{
	const struct waiting last = w->last;

	w->last = next;
	w->katakana = is_katakana(next.c) ? w->katakana + 1 : 0;
	if (last.c == 0)
		return OK;
	char text[8];
	size_t n = encode_pair_char(text, last.c);

	n += encode_pair_char(text + n, next.c);
	const struct token t = {
		.text = { .p = text, .n = n },
		.start = last.start,
		.end = next.end,
	};

	w->paired = true;
	return w->fn(w->object, &t);
}

/* The character after a mark is known now (0: the run ends). */
static enum err
settle_mark(struct walk *w, uint32_t next)
{
	struct waiting mark = w->mark;

	if (mark.c == 0)
		return OK;
	w->mark.c = 0;
	if (!is_katakana(next) && w->katakana >= 2) {
		w->katakana = 0;
		w->last.end = mark.end;
		return OK;
	}
	return add_pair_char(w, mark);
}

static enum err
end_run(struct walk *w)
{
	TRY(settle_mark(w, 0));
	if (w->last.c == 0)
		return OK;
	bool paired = w->paired;
	char text[4];
	const struct token t = {
		.text = { .p = text, .n = encode_pair_char(text, w->last.c) },
		.start = w->last.start,
		.end = w->last.end,
		.again = paired,
		.prefix = w->query,
	};

	w->last.c = 0;
	w->paired = false;
	w->katakana = 0;
	return w->query && paired ? OK : w->fn(w->object, &t);
}

/* One folded character. */
static enum err
add(struct walk *w, uint32_t c, size_t start, size_t end)
{
	const struct waiting next = { .c = c, .start = start, .end = end };
	char text[4];
	size_t n;

	switch (class_of(c)) {
	case CLASS_PAIR:
		TRY(end_word(w));
		TRY(settle_mark(w, c));
		if (c == LONG_MARK && w->katakana > 0) {
			w->mark = next;
			return OK;
		}
		return add_pair_char(w, next);
	case CLASS_WORD:
		TRY(end_run(w));
		if (w->word_n == 0)
			w->word_start = start;
		w->word_end = end;
		n = encode(text, c);
		if (w->word_n + n <= sizeof(w->word)) {
			memcpy(w->word + w->word_n, text, n);
			w->word_n += n;
		}
		return OK;
	case CLASS_NONE:
		break;
	}
	TRY(end_run(w));
	return end_word(w);
}

/* Does ${c} join the character before it? */
static bool
joins(uint32_t c)
{
	if (c == 0xff9e || c == 0xff9f) /* half-width voiced marks */
		return true;
	if (c >= 0x1160 && c <= 0x11ff) /* the later letters of a Hangul syllable */
		return true;
	return c >= 0x300 && utf8proc_get_property((utf8proc_int32_t)c)->combining_class != 0;
}

/* The character at ${at}; its length, or 0 when the bytes are invalid. */
static size_t
decode(struct str s, size_t at, uint32_t *ret)
{
	utf8proc_int32_t c;
	utf8proc_ssize_t left = (utf8proc_ssize_t)(s.n - at);
	utf8proc_ssize_t n = utf8proc_iterate(
	    (const utf8proc_uint8_t *)s.p + at, left < 4 ? left : 4, &c);

	if (n <= 0 || c < 0)
		return 0;
	*ret = (uint32_t)c;
	return (size_t)n;
}

/* A letter and the marks that belong to it, from ${at}: through NFKC and case
 * fold; ${*ret_end} is the byte after them. */
static enum err
add_segment(struct walk *w, struct str s, size_t at, size_t length, size_t *ret_end)
{
	utf8proc_int32_t folded[SEGMENT * LONGEST_FOLD + 1];
	const utf8proc_option_t how =
	    UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
	size_t end = at + length, n;
	uint32_t next;

	for (int i = 1; i < SEGMENT && end < s.n; i++) {
		n = decode(s, end, &next);
		if (n == 0 || !joins(next))
			break;
		end += n;
	}
	*ret_end = end;
	utf8proc_ssize_t count = utf8proc_decompose((const utf8proc_uint8_t *)s.p + at,
	    (utf8proc_ssize_t)(end - at), folded, SEGMENT * LONGEST_FOLD, how);

	if (count < 0 || count > SEGMENT * LONGEST_FOLD)
		return add(w, ' ', at, end);
	count = utf8proc_normalize_utf32(folded, count, how);
	for (utf8proc_ssize_t i = 0; i < count; i++)
		TRY(add(w, (uint32_t)folded[i], at, end));
	return OK;
}

/* Is the character already as NFKC and case fold leave it, whatever follows
 * but a voiced mark? */
static bool
is_folded(uint32_t c)
{
	return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3041 && c <= 0x3096) ||
	    (c >= 0x30a1 && c <= 0x30fe && c != 0x30fb);
}

static bool
voiced_follows(struct str s, size_t at)
{
	/* U+3099, U+309A: e3 82 99, e3 82 9a; U+FF9E, U+FF9F: ef be 9e, ef be 9f */
	if (at + 3 > s.n)
		return false;
	const unsigned char *p = (const unsigned char *)s.p + at;

	return (p[0] == 0xe3 && p[1] == 0x82 && (p[2] == 0x99 || p[2] == 0x9a)) ||
	    (p[0] == 0xef && p[1] == 0xbe && (p[2] == 0x9e || p[2] == 0x9f));
}

/* ASCII letters and digits from ${at} on, up to ${*ret_end}. */
static enum err
add_ascii(struct walk *w, struct str s, size_t at, size_t *ret_end)
{
	size_t n = w->word_n, end = at;

	if (w->last.c != 0)
		TRY(end_run(w));
	if (n == 0)
		w->word_start = at;
	for (; end < s.n && (unsigned char)s.p[end] < 0x80; end++) {
		char c = word_byte[(unsigned char)s.p[end]];

		if (c == 0)
			break;
		if (n < sizeof(w->word))
			w->word[n++] = c;
	}
	/* The last letter may have a mark of its own: that is not ours. */
	if (end < s.n && (unsigned char)s.p[end] >= 0x80) {
		uint32_t next;

		if (decode(s, end, &next) > 0 && joins(next)) {
			end--;
			if (n == w->word_n + (end - at) + 1)
				n--;
		}
	}
	w->word_n = n;
	if (n > 0)
		w->word_end = end > at ? end : w->word_end;
	*ret_end = end;
	return OK;
}

static enum err
walk(struct str s, struct walk *w)
{
	for (size_t at = 0; at < s.n;) {
		unsigned char byte = (unsigned char)s.p[at];
		uint32_t c;
		size_t end = at;

		if (byte < 0x80 && word_byte[byte] != 0) {
			TRY(add_ascii(w, s, at, &end));
			if (end == at) /* one letter with a mark */
				TRY(add_segment(w, s, at, 1, &end));
			at = end;
			continue;
		}
		if (byte < 0x80) {
			if (w->last.c != 0)
				TRY(end_run(w));
			TRY(end_word(w));
			at++;
			continue;
		}
		size_t n = decode(s, at, &c);

		if (n == 0) {
			TRY(add(w, ' ', at, at + 1));
			at++;
		} else if (is_folded(c) && !voiced_follows(s, at + n)) {
			TRY(add(w, c, at, at + n));
			at += n;
		} else {
			TRY(add_segment(w, s, at, n, &end));
			at = end;
		}
	}
	TRY(end_run(w));
	return end_word(w);
}

enum err
tokens_each(struct str text, tokens_fn fn, void *object)
{
	struct walk w = { .fn = fn, .object = object };

	return walk(text, &w);
}

enum err
tokens_query(struct str text, tokens_fn fn, void *object)
{
	struct walk w = { .fn = fn, .object = object, .query = true };

	return walk(text, &w);
}
