/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/mail_compose.h"

#include <string.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/limit.h"
#include "base/rand.h"
#include "base/utf8.h"

#define COLUMNS 70
#define WORD_BYTES 42 /* of UTF-8 in one encoded word: 56 in base64, 68 in all */

static bool
is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((signed char)s.p[i] < 0)
			return false;
	return true;
}

static const char *
random_hex(struct arena *a, size_t n)
{
	unsigned char bytes[16];

	rand_bytes(bytes, sizeof(bytes));
	return hex_format(a, bytes, n < sizeof(bytes) ? n : sizeof(bytes));
}

const char *
mail_message_id(struct arena *a, const char *key, const char *domain)
{
	return arena_printf(a, "%s.%s@%s", key, random_hex(a, 8), domain);
}

/* ${s} as encoded words (RFC 2047), a line each, cut between characters. */
static void
words_add(struct arena *a, struct buf *b, struct str s)
{
	bool first = true;

	while (s.n > 0) {
		struct str rest = s;

		while (rest.n > 0) {
			struct str next = rest;

			(void)utf8_next(&next);
			if ((size_t)(next.p - s.p) > WORD_BYTES && rest.p != s.p)
				break;
			if (next.n == rest.n)
				break;
			rest = next;
			if (next.n == 0)
				break;
		}
		size_t n = s.n - rest.n;

		buf_printf(b, "%s=?UTF-8?B?%s?=", first ? "" : "\r\n ",
		    base64_format(a, str_take(s, n == 0 ? s.n : n)));
		first = false;
		s = n == 0 ? STR_NULL : rest;
	}
}

/* Unstructured text: plain words first (a reference in [ ] stays readable),
 * from the first foreign word on encoded. */
static void
text_header(struct arena *a, struct buf *b, const char *name, const char *value)
{
	struct str rest = utf8_clean_line(a, str_of(value));
	size_t column = strlen(name) + 2;
	struct str word;

	buf_printf(b, "%s: ", name);
	bool first = true;

	while (rest.n > 0) {
		struct str before = rest;

		if (!str_split(&rest, ' ', &word))
			break;
		if (!is_ascii(word) || word.n > 60 || str_find(word, STR("=?"), 0) != SIZE_MAX) {
			buf_text(b, first ? "" : "\r\n ");
			words_add(a, b, before);
			break;
		}
		if (!first) {
			bool fold = column + 1 + word.n > 76;

			buf_text(b, fold ? "\r\n " : " ");
			column = fold ? 1 : column + 1;
		}
		buf_str(b, word);
		column += word.n;
		first = false;
	}
	buf_text(b, "\r\n");
}

static bool
address_ok(const char *s)
{
	struct str t = str_of(s);

	if (t.n == 0 || t.n > LIMIT_ADDRESS || str_find_char(t, '@', 0) == SIZE_MAX)
		return false;
	for (size_t i = 0; i < t.n; i++)
		if ((unsigned char)t.p[i] <= ' ' || t.p[i] == 0x7F ||
		    strchr("<>,;()", t.p[i]) != NULL)
			return false;
	return true;
}

static void
address_add(struct arena *a, struct buf *b, const struct mail_address *address)
{
	struct str name = utf8_clean_line(a, str_of(address->name));

	if (name.n == 0) {
		buf_text(b, address->address);
		return;
	}
	if (is_ascii(name) && name.n < 60 && str_find(name, STR("=?"), 0) == SIZE_MAX) {
		buf_char(b, '"');
		for (size_t i = 0; i < name.n; i++) {
			if (name.p[i] == '"' || name.p[i] == '\\')
				buf_char(b, '\\');
			buf_char(b, name.p[i]);
		}
		buf_char(b, '"');
	} else {
		words_add(a, b, name);
	}
	buf_printf(b, " <%s>", address->address);
}

static void
addresses_header(struct arena *a, struct buf *b, const char *name, const struct mail_address *item,
    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i == 0)
			buf_printf(b, "%s: ", name);
		else
			buf_text(b, ",\r\n ");
		address_add(a, b, &item[i]);
	}
	if (n > 0)
		buf_text(b, "\r\n");
}

/* An id comes from another mail's header: only what an id may hold. */
static const char *
id_clean(struct arena *a, const char *id)
{
	struct buf *b = buf_new(a, 1000);
	struct str s = str_take(str_of(id), 900);

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] > ' ' && s.p[i] < 0x7F && s.p[i] != '<' && s.p[i] != '>')
			buf_char(b, s.p[i]);
	return buf_cstr(a, b);
}

static void
date_header(struct buf *b, int64_t at, int32_t offset)
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
		"Sep", "Oct", "Nov", "Dec" };
	struct civil c = clock_civil(at, offset);
	int32_t east = offset < 0 ? -offset : offset;

	buf_printf(b, "Date: %s, %d %s %04d %02d:%02d:%02d %c%02d%02d\r\n", days[c.weekday % 7],
	    c.day, months[(c.month - 1) % 12], c.year, c.hour, c.minute, c.second,
	    offset < 0 ? '-' : '+', east / 3600, east / 60 % 60);
}

static void
base64_lines(struct arena *a, struct buf *b, struct str s)
{
	while (s.n > 0) {
		buf_text(b, base64_format(a, str_take(s, 57)));
		buf_text(b, "\r\n");
		s = str_skip(s, 57);
	}
}

/* RFC 2045 6.7; also encodes what RFC 3156 5 warns of: trailing blanks and
 * "From " at the start of a line. */
static void
quoted_lines(struct buf *b, struct str s)
{
	struct str line;

	while (str_line(&s, &line)) {
		size_t column = 0;

		for (size_t i = 0; i < line.n; i++) {
			unsigned char c = (unsigned char)line.p[i];
			bool last = i + 1 == line.n;
			bool plain = (c > ' ' && c < 0x7F && c != '=') ||
			    ((c == ' ' || c == '\t') && !last);

			if (i == 0 && (c == '.' || str_starts(line, STR("From ")) ||
			    str_starts(line, STR("-"))))
				plain = false;
			size_t width = plain ? 1 : 3;

			/* "=" must fit too, and words of one character stay together. */
			if (column + width > (last ? 76 : 75) ||
			    ((c & 0xC0) == 0xC0 && column > 63)) {
				buf_text(b, "=\r\n");
				column = 0;
			}
			if (plain)
				buf_char(b, (char)c);
			else
				buf_printf(b, "=%02X", c);
			column += width;
		}
		buf_text(b, "\r\n");
	}
}

static bool
is_7bit_safe(struct str s)
{
	struct str line;

	if (!is_ascii(s))
		return false;
	while (str_line(&s, &line)) {
		if (line.n > 76 || str_starts(line, STR("From ")) || str_starts(line, STR(".")) ||
		    str_starts(line, STR("-")) ||
		    (line.n > 0 && str_is_space(line.p[line.n - 1])))
			return false;
		for (size_t i = 0; i < line.n; i++)
			if ((line.p[i] < ' ' && line.p[i] != '\t') || line.p[i] == 0x7F)
				return false;
	}
	return true;
}

static void
text_part(struct arena *a, struct buf *b, struct str text)
{
	struct str s = str_of(utf8_wrap(a, utf8_clean(a, text), COLUMNS));
	size_t high = 0;

	for (size_t i = 0; i < s.n; i++)
		high += (signed char)s.p[i] < 0;
	buf_text(b, "Content-Type: text/plain; charset=utf-8\r\n");
	if (is_7bit_safe(s)) {
		struct str line;

		buf_text(b, "Content-Transfer-Encoding: 7bit\r\n\r\n");
		while (str_line(&s, &line)) {
			buf_str(b, line);
			buf_text(b, "\r\n");
		}
	} else if (high * 6 < s.n) {
		buf_text(b, "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
		quoted_lines(b, s);
	} else {
		struct buf *lines = buf_new(a, s.n * 2 + 2);
		struct str line;

		/* Text is canonical with CRLF, in base64 too (RFC 2046 4.1.1). */
		while (str_line(&s, &line)) {
			buf_str(lines, line);
			buf_text(lines, "\r\n");
		}
		buf_text(b, "Content-Transfer-Encoding: base64\r\n\r\n");
		base64_lines(a, b, buf_view(lines));
	}
}

/* ; filename="…" or its RFC 2231 form in pieces. */
static void
name_param(struct arena *a, struct buf *b, const char *name)
{
	struct str s = utf8_take(utf8_clean_line(a, str_of(name)), LIMIT_NAME);
	bool simple = s.n > 0 && s.n < 60;

	for (size_t i = 0; i < s.n; i++)
		simple = simple && (str_is_alnum(s.p[i]) || strchr("._-", s.p[i]) != NULL);
	if (simple) {
		buf_printf(b, ";\r\n filename=\"%.*s\"", STR_F(s));
		return;
	}
	for (int piece = 0; s.n > 0; piece++) {
		buf_printf(b, ";\r\n filename*%d*=%s", piece, piece == 0 ? "UTF-8''" : "");
		for (size_t n = 0; s.n > 0 && n < 54; s = str_skip(s, 1)) {
			bool plain = str_is_alnum(s.p[0]) || s.p[0] == '.' || s.p[0] == '-' ||
			    s.p[0] == '_';

			if (plain)
				buf_char(b, s.p[0]);
			else
				buf_printf(b, "%%%02X", (unsigned char)s.p[0]);
			n += plain ? 1 : 3;
		}
	}
}

static void
file_part(struct arena *a, struct buf *b, const struct mail_file *f)
{
	const char *type = f->media_type;

	for (const char *p = type; p != NULL && *p != '\0'; p++)
		if (!str_is_alnum(*p) && strchr("/.+-_", *p) == NULL)
			type = NULL;
	buf_printf(b, "Content-Type: %s%s\r\nContent-Disposition: attachment",
	    type == NULL || type[0] == '\0' ? "application/octet-stream" : type,
	    type != NULL && strncmp(type, "text/", 5) == 0 ? "; charset=utf-8" : "");
	name_param(a, b, f->name);
	buf_text(b, "\r\nContent-Transfer-Encoding: base64\r\n\r\n");
	base64_lines(a, b, f->bytes);
}

/* The MIME entity that is signed: header and body. */
static void
entity(struct arena *a, struct buf *b, const struct mail_draft *d)
{
	if (d->n_files == 0) {
		text_part(a, b, d->text);
		return;
	}
	const char *boundary = arena_printf(a, "=_%s", random_hex(a, 12));

	buf_printf(b, "Content-Type: multipart/mixed; boundary=\"%s\"\r\n\r\n--%s\r\n", boundary,
	    boundary);
	text_part(a, b, d->text);
	for (size_t i = 0; i < d->n_files; i++) {
		buf_printf(b, "\r\n--%s\r\n", boundary);
		file_part(a, b, &d->files[i]);
	}
	buf_printf(b, "\r\n--%s--\r\n", boundary);
}

static enum err
signed_add(struct arena *a, struct buf *b, const struct mail_draft *d, struct ipc *crypt,
    struct str inner, const char **ret_why)
{
	const char *boundary = arena_printf(a, "=_%s", random_hex(a, 12));
	const char *micalg;
	struct str signature;

	TRY(mail_crypt_sign(crypt, a, d->sign_with, inner, &signature, &micalg, ret_why));
	buf_printf(b,
	    "Content-Type: multipart/signed; micalg=%s;\r\n"
	    " protocol=\"application/pgp-signature\"; boundary=\"%s\"\r\n\r\n--%s\r\n",
	    micalg, boundary, boundary);
	buf_str(b, inner);
	buf_printf(b,
	    "\r\n--%s\r\nContent-Type: application/pgp-signature; name=\"signature.asc\"\r\n"
	    "Content-Description: OpenPGP digital signature\r\n\r\n",
	    boundary);
	struct str line;

	while (str_line(&signature, &line)) {
		buf_str(b, line);
		buf_text(b, "\r\n");
	}
	buf_printf(b, "\r\n--%s--\r\n", boundary);
	return OK;
}

static enum err
encrypted_add(struct arena *a, struct buf *b, const struct mail_draft *d, struct ipc *crypt,
    struct str inner, const char **ret_why)
{
	const char *boundary = arena_printf(a, "=_%s", random_hex(a, 12));
	struct str cipher;
	struct str line;

	TRY(mail_crypt_encrypt_sign(crypt, a, d->sign_with == NULL ? "" : d->sign_with,
	    &d->encrypt_to, inner, &cipher, ret_why));
	buf_printf(b,
	    "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\";\r\n"
	    " boundary=\"%s\"\r\n\r\n--%s\r\nContent-Type: application/pgp-encrypted\r\n\r\n"
	    "Version: 1\r\n\r\n--%s\r\nContent-Type: application/octet-stream; "
	    "name=\"encrypted.asc\"\r\nContent-Disposition: inline; filename=\"encrypted.asc\"\r\n\r\n",
	    boundary, boundary, boundary);
	while (str_line(&cipher, &line)) {
		buf_str(b, line);
		buf_text(b, "\r\n");
	}
	buf_printf(b, "\r\n--%s--\r\n", boundary);
	return OK;
}

static void
ids_header(struct arena *a, struct buf *b, const struct mail_draft *d)
{
	buf_printf(b, "Message-ID: <%s>\r\n", id_clean(a, d->message_id));
	if (d->in_reply_to != NULL && d->in_reply_to[0] != '\0')
		buf_printf(b, "In-Reply-To: <%s>\r\n", id_clean(a, d->in_reply_to));
	/* RFC 5322 3.6.4 allows to trim: the first and the last nineteen. */
	for (size_t i = 0; i < d->references.n; i++) {
		if (i > 0 && i + 19 < d->references.n)
			continue;
		buf_printf(b, "%s<%s>", i == 0 ? "References: " : "\r\n ",
		    id_clean(a, d->references.item[i]));
	}
	if (d->references.n > 0)
		buf_text(b, "\r\n");
}

enum err
mail_compose(struct arena *a, const struct mail_draft *d, struct ipc *crypt, struct str *ret,
    const char **ret_why)
{
	struct buf *b = buf_new(a, LIMIT_MAIL);
	struct buf *inner = buf_new(a, LIMIT_MAIL);
	const char *unused;

	if (ret_why == NULL)
		ret_why = &unused;
	bool ok = address_ok(d->from.address) && d->to.n > 0;

	for (size_t i = 0; i < d->to.n; i++)
		ok = ok && address_ok(d->to.item[i].address);
	for (size_t i = 0; i < d->cc.n; i++)
		ok = ok && address_ok(d->cc.item[i].address);
	if (!ok || (d->reply_to.address != NULL && !address_ok(d->reply_to.address))) {
		*ret_why = "the sender or a recipient is not a mail address";
		return ERR_INVALID;
	}
	date_header(b, d->date, d->offset);
	addresses_header(a, b, "From", &d->from, 1);
	if (d->reply_to.address != NULL)
		addresses_header(a, b, "Reply-To", &d->reply_to, 1);
	addresses_header(a, b, "To", d->to.item, d->to.n);
	addresses_header(a, b, "Cc", d->cc.item, d->cc.n);
	text_header(a, b, "Subject", d->subject);
	ids_header(a, b, d);
	if (d->automatic)
		buf_text(b, "Auto-Submitted: auto-replied\r\nX-Auto-Response-Suppress: All\r\n");
	if (d->repeat)
		buf_text(b, "X-Tobiguchi-Repeat: yes\r\n");
	buf_text(b, "MIME-Version: 1.0\r\n");
	entity(a, inner, d);
	TRY(buf_error(inner));
	if (d->encrypt_to.n > 0)
		TRY(encrypted_add(a, b, d, crypt, buf_view(inner), ret_why));
	else if (d->sign_with != NULL)
		TRY(signed_add(a, b, d, crypt, buf_view(inner), ret_why));
	else
		buf_str(b, buf_view(inner));
	if (buf_error(b) != OK) {
		*ret_why = "the mail is larger than 50 MiB";
		return ERR_LIMIT;
	}
	*ret = buf_view(b);
	return OK;
}
