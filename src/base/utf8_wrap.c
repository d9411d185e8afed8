/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Line breaking for plain-text letters: JIS X 4051's rules for what may not
 * begin or end a line, and words of other scripts kept whole.
 */
#include "base/utf8.h"

#include "base/arena.h"
#include "base/buf.h"

/* Must not begin a line: closing marks, small kana, prolonged sound marks. */
static const char not_first[] = "、。，．・：；？！゛゜´｀¨ヽヾゝゞ々ー―‐／〜～…‥’”）〕］｝〉》」』】"
				"ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ％℃′″｡､｣･ｰﾞﾟ"
				")]}>,.:;?!%";
/* Must not end one: opening marks. */
static const char not_last[] = "‘“（〔［｛〈《「『【￥＄｢([{<";

static bool
holds(const char *set, uint32_t c)
{
	struct str s = str_of(set);

	while (s.n > 0) {
		if (utf8_next(&s) == c)
			return true;
	}
	return false;
}

static bool
is_wide(uint32_t c)
{
	return c >= 0x2e80 && c != 0xfeff; /* CJK, kana, wide and half-width forms */
}

/* A line may end between ${left} and ${right}, neither of them a blank. */
static bool
may_break(uint32_t left, uint32_t right)
{
	if (!is_wide(left) && !is_wide(right))
		return false;
	return !holds(not_first, right) && !holds(not_last, left);
}

/* Cut the next piece that must stay together, and the blanks after it. */
static void
piece(struct str *s, size_t width, struct str *ret_word, struct str *ret_blanks)
{
	struct str all = *s, rest = *s;
	uint32_t left = 0;
	size_t columns = 0;

	while (rest.n > 0 && rest.p[0] != ' ' && rest.p[0] != '\t') {
		struct str after = rest;
		uint32_t c = utf8_next(&after);
		size_t w = utf8_width(str_take(rest, rest.n - after.n));

		/* Marks without end must still be broken somewhere. */
		if (left != 0 &&
		    (may_break(left, c) || (is_wide(c) && columns + w > width)))
			break;
		columns += w;
		left = c;
		rest = after;
	}
	*ret_word = str_take(all, all.n - rest.n);
	all = rest;
	while (rest.n > 0 && (rest.p[0] == ' ' || rest.p[0] == '\t'))
		rest = str_skip(rest, 1);
	*ret_blanks = str_take(all, all.n - rest.n);
	*s = rest;
}

static struct str
quote_marks(struct str line)
{
	size_t n = 0;

	while (n < line.n && (line.p[n] == '>' || (n > 0 && line.p[n] == ' ' &&
						      line.p[n - 1] == '>')))
		n++;
	return str_take(line, n);
}

static void
wrap_line(struct buf *b, struct str line, size_t width)
{
	struct str prefix = quote_marks(line), blanks = STR_NULL;
	size_t indent = prefix.n, column = indent;
	bool fresh = true; /* nothing but the prefix stands on this line */

	buf_str(b, prefix);
	line = str_skip(line, prefix.n);
	while (line.n > 0) {
		struct str word, after;

		piece(&line, width > indent ? width - indent : 1, &word, &after);
		size_t w = utf8_width(word);

		if (!fresh && word.n > 0 && column + blanks.n + w > width) {
			buf_char(b, '\n');
			buf_str(b, prefix);
			column = indent;
			blanks = STR_NULL;
			fresh = true;
		}
		if (word.n > 0) {
			buf_str(b, blanks);
			buf_str(b, word);
			column += blanks.n + w;
			fresh = false;
			blanks = after;
		} else {
			blanks = after; /* an indented line keeps its indent */
		}
	}
}

const char *
utf8_wrap(struct arena *a, struct str s, size_t width)
{
	struct buf *b = buf_new(a, SIZE_MAX / 2);
	struct str line;
	bool first = true;

	while (str_split(&s, '\n', &line)) {
		if (!first)
			buf_char(b, '\n');
		first = false;
		/* "-- " before a signature is a mark, not a word. */
		if (str_is(line, "-- "))
			buf_str(b, line);
		else
			wrap_line(b, line, width);
	}
	return buf_cstr(a, b);
}
