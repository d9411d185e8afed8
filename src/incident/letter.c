/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/letter.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"

/* "[…]" at the front, with the blanks after it. */
static bool
eat_tag(struct str *s)
{
	struct str rest = str_trim(*s);
	size_t end = str_find_char(rest, ']', 0);
	bool known = str_starts_case(rest, STR("[INC-")) || str_starts_case(rest, STR("[RPT-")) ||
	    str_starts_case(rest, STR("[TLP:"));

	if (!known || end == SIZE_MAX)
		return false;
	*s = str_trim(str_skip(rest, end + 1));
	return true;
}

static bool
eat_reply(struct str *s)
{
	struct str rest = str_trim(*s);

	if (!str_eat_case(&rest, STR("Re:")) && !str_eat_case(&rest, STR("Fwd:")) &&
	    !str_eat(&rest, STR("Re：")) && !str_eat(&rest, STR("RE：")))
		return false;
	*s = str_trim(rest);
	return true;
}

struct str
letter_subject_plain(struct str subject)
{
	while (eat_tag(&subject) || eat_reply(&subject))
		continue;
	return str_trim(subject);
}

const char *
letter_subject(struct arena *a, const char *ref, enum tlp tlp, const char *subject)
{
	struct str plain = letter_subject_plain(str_of(subject));

	return arena_printf(a, "[%s] [%s] %.*s", ref, tlp_label(tlp), STR_F(plain));
}

const char *
letter_body(struct arena *a, enum lang lang, enum tlp tlp, struct str text, const char *signature)
{
	struct buf *b = buf_new(a, LIMIT_BODY + LIMIT_KIB(64));

	buf_printf(b, "%s\n%s\n\n", tlp_label(tlp), i18n(lang, NULL, tlp_meaning(tlp)));
	buf_str(b, str_trim(text));
	buf_text(b, "\n\n-- \n");
	buf_str(b, str_trim(str_of(signature)));
	buf_char(b, '\n');
	return buf_cstr(a, b);
}

struct str
letter_body_text(struct str body)
{
	struct str line;
	size_t end = SIZE_MAX;

	if (str_starts(body, STR("TLP:"))) {
		(void)str_line(&body, &line);
		(void)str_line(&body, &line); /* what it means */
	}
	for (size_t at = str_find(body, STR("\n-- \n"), 0); at != SIZE_MAX;
	    at = str_find(body, STR("\n-- \n"), at + 1))
		end = at;
	return str_trim(end == SIZE_MAX ? body : str_take(body, end));
}

const char *
letter_fingerprint(struct arena *a, const char *fingerprint)
{
	struct buf *b = buf_new(a, 256);

	for (size_t i = 0; fingerprint[i] != '\0' && i < 128; i++) {
		if (i > 0 && i % 4 == 0)
			buf_char(b, ' ');
		buf_char(b, fingerprint[i]);
	}
	return buf_cstr(a, b);
}

static size_t
quote_depth(struct str line)
{
	size_t n = 0;

	for (; line.n > 0 && (line.p[0] == '>' || line.p[0] == ' '); line = str_skip(line, 1))
		n += line.p[0] == '>';
	return n;
}

const char *
letter_quote(struct arena *a, struct str text, size_t lines)
{
	struct buf *b = buf_new(a, LIMIT_BODY);
	struct str line;

	text = str_trim(text);
	while (lines > 0 && str_line(&text, &line)) {
		if (str_equal(line, STR("-- ")))
			break;
		if (quote_depth(line) >= 2)
			continue;
		buf_text(b, quote_depth(line) > 0 ? ">" : "> ");
		buf_str(b, line);
		buf_char(b, '\n');
		lines--;
	}
	return buf_cstr(a, b);
}

/* "{brand}": small letters and "_". */
static void
places_of(struct str s, struct buf *out)
{
	for (size_t at = str_find_char(s, '{', 0); at != SIZE_MAX; at = str_find_char(s, '{', at + 1)) {
		struct str rest = str_skip(s, at + 1);
		size_t n = 0;

		while (n < rest.n && (str_is_alpha(rest.p[n]) || rest.p[n] == '_'))
			n++;
		if (n == 0 || n > 30 || n == rest.n || rest.p[n] != '}')
			continue;
		struct str place = { s.p + at, n + 2 };

		if (str_find(buf_view(out), place, 0) == SIZE_MAX)
			buf_printf(out, "%s%.*s", out->n > 0 ? ", " : "", STR_F(place));
	}
}

const char *
letter_open_places(struct arena *a, const char *subject, struct str text)
{
	struct buf *b = buf_new(a, LIMIT_KIB(64));

	places_of(str_of(subject), b);
	places_of(text, b);
	return buf_cstr(a, b);
}

/* The gate. */

static bool
is_empty(const char *s)
{
	return s == NULL || *s == '\0';
}

static struct letter_finding
check_recipient(const struct letter_check *c)
{
	if (c->removed)
		return (struct letter_finding){ "recipient", LETTER_STOP, NC_("gate", "No longer a party"),
			NC_("gate", "It was taken off the incident. Add it again before you write to it."), "" };
	if (is_empty(c->address))
		return (struct letter_finding){ "recipient", LETTER_STOP, NC_("gate", "No mail address"),
			NC_("gate", "Give the party an address first."), "" };
	return (struct letter_finding){ "recipient", LETTER_GOOD, NC_("gate", "One recipient"),
		NC_("gate", "{value} is a party of this incident. Nobody gets a copy."), c->address };
}

/* May what we were told go to somebody outside at all? */
static struct letter_finding
check_input(const struct letter_check *c)
{
	if (tlp_may(c->input, TLP_TO_CLIENTS))
		return (struct letter_finding){ "sharing", LETTER_GOOD, NC_("gate", "It may be shared"),
			NC_("gate", "What it may hold is {value}: a party that needs to know may have it."),
			tlp_label(c->input) };
	if (c->input == TLP_RED && is_empty(c->person))
		return (struct letter_finding){ "sharing", LETTER_STOP, NC_("gate", "TLP:RED needs a person"),
			NC_("gate", "The incident or a report in it is {value}: for named persons only. Give the "
				    "party's contact person, or ask the source for a wider label."),
			tlp_label(c->input) };
	return (struct letter_finding){ "sharing", LETTER_CONFIRM, NC_("gate", "The source must have agreed"),
		NC_("gate", "The incident or a report in it is {value} and would leave the organisation. Take that out, "
			    "or confirm that the source agreed."),
		tlp_label(c->input) };
}

static struct letter_finding
check_label(const struct letter_check *c)
{
	if (c->label >= c->input)
		return (struct letter_finding){ "label", LETTER_GOOD, NC_("gate", "The label fits"),
			NC_("gate", "{value} is as strict as what it may hold. It stands in the subject and in the text."),
			tlp_label(c->label) };
	return (struct letter_finding){ "label", LETTER_CONFIRM, NC_("gate", "The label is wider"),
		NC_("gate", "The incident or a report in it is {value}. Choose that label, or confirm that nothing of "
			    "it is in the letter or that its source agreed."),
		tlp_label(c->input) };
}

static struct letter_finding
check_secrecy(const struct letter_check *c)
{
	if (!is_empty(c->key))
		return (struct letter_finding){ "clear", LETTER_GOOD, NC_("gate", "Encrypted"),
			NC_("gate", "Only the holder of the key {value} can read it."), c->key };
	if (c->label == TLP_RED)
		return (struct letter_finding){ "clear", LETTER_STOP, NC_("gate", "TLP:RED in clear"),
			NC_("gate", "TLP:RED leaves encrypted only. Add the party's OpenPGP key."), "" };
	if (c->label >= TLP_AMBER)
		return (struct letter_finding){ "clear", LETTER_CONFIRM,
			c->key_expired ? NC_("gate", "The key has expired") : NC_("gate", "Not encrypted"),
			NC_("gate", "No key that works is known: {value} would be sent in clear. Add a key, or confirm."),
			tlp_label(c->label) };
	return (struct letter_finding){ "clear", LETTER_GOOD, NC_("gate", "In clear"),
		NC_("gate", "{value} needs no encryption."), tlp_label(c->label) };
}

size_t
letter_gate(const struct letter_check *c, struct letter_finding ret[LETTER_FINDINGS])
{
	size_t n = 0;

	ret[n++] = check_recipient(c);
	ret[n++] = check_input(c);
	ret[n++] = check_label(c);
	ret[n++] = check_secrecy(c);
	ret[n++] = c->own_key
	    ? (struct letter_finding){ "signature", LETTER_GOOD, NC_("gate", "Signed"),
		    NC_("gate", "With the team's OpenPGP key."), "" }
	    : (struct letter_finding){ "signature", LETTER_NOTE, NC_("gate", "Not signed"),
		    NC_("gate", "The team has no OpenPGP key yet. An administrator makes one under “Keys”."), "" };
	if (!is_empty(c->open))
		ret[n++] = (struct letter_finding){ "places", LETTER_STOP, NC_("gate", "Something is still to be filled in"),
			NC_("gate", "These places have no words yet: {value}"), c->open };
	if (!is_empty(c->named))
		ret[n++] = (struct letter_finding){ "named", LETTER_CONFIRM, NC_("gate", "A reporter is named"),
			NC_("gate", "“{value}” stands in the letter. The reporter did not agree to be named."), c->named };
	if (c->live)
		ret[n++] = (struct letter_finding){ "live", LETTER_NOTE, NC_("gate", "Addresses can be clicked on"),
			NC_("gate", "URLs in the text are not defanged. Some mail filters refuse such a mail."), "" };
	return n;
}
