/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/mail.h"

#include <gmime/gmime.h>
#include <sodium.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/hex.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "mail/mail_charset.h"
#include "mail/mail_crypt.h"
#include "mail/mail_header.h"
#include "mail/mail_html.h"
#include "mail/mail_kind.h"

/* Bytes parsed again: forwarded mails, plaintexts. Bounds nesting's cost. */
#define AGAIN_MAX (2 * LIMIT_MAIL)
/* An answer fits into one frame, beside texts and headers. */
#define ATTACHED_MAX (LIMIT_FRAME - 3 * LIMIT_MAIL_TEXT)
#define CRYPT_CALLS_MAX 20
#define FAULTS_MAX 100
#define EXTRA_LINKS_MAX 200
#define DELIVERED_MAX 100

static void
unref(void *object)
{
	void **p = object;

	if (*p != NULL)
		g_object_unref(*p);
}
#define UNREF __attribute__((cleanup(unref)))

/* What one mail's reading carries along. */
struct reader {
	struct arena *a;
	struct ipc *crypt;
	struct mail *m;
	struct buf *text;
	struct str raw;	    /* of the entity that is walked now */
	size_t parts;	    /* looked at so far, in all entities */
	size_t again;	    /* bytes parsed again so far */
	size_t attached;    /* bytes of attachments so far */
	size_t attachment_size; /* allocated */
	size_t crypt_calls;
	size_t links;	    /* of HTML parts, compared so far */
	size_t sealed;	    /* > 0 while inside of what a signature covers */
	bool outside;	    /* something was shown that no signature covers */
	bool links_only;    /* beside a plain text: of HTML only unseen links */
	const char *report; /* report-type of the multipart/report, or "" */
	bool in_report;	    /* inside a delivery report: ids are of our mail */
};

static void entity_read(struct reader *r, struct str raw, size_t depth, bool whole);
static void object_read(struct reader *r, GMimeObject *o, size_t depth);

static void fault(struct reader *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
fault(struct reader *r, const char *format, ...)
{
	struct mail_texts *f = &r->m->faults;
	va_list ap;

	if (f->n >= FAULTS_MAX)
		return;
	va_start(ap, format);
	const char *s = arena_vprintf(r->a, format, ap);
	va_end(ap);
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->item[i], s) == 0)
			return;
	if (f->item == NULL)
		f->item = arena_many(r->a, const char *, FAULTS_MAX);
	f->item[f->n++] = s;
}

/* Text from outside for use in a fault: one short clean line. */
static const char *
quoted(struct reader *r, struct str s)
{
	struct str clean = mail_charset_decode(r->a, STR_NULL, str_take(s, 200), NULL);

	return arena_cstr(r->a, utf8_take(utf8_clean_line(r->a, clean), 60));
}

static void
gmime_warning(gint64 offset, GMimeParserWarning code, const gchar *item, gpointer user)
{
	static const char *const sentences[] = {
		[GMIME_WARN_MALFORMED_MULTIPART] =
		    "RFC 2046 5.1.1: a multipart has no parts; its content is shown as text",
		[GMIME_WARN_TRUNCATED_MESSAGE] =
		    "RFC 2046 5.1.1: the closing boundary is missing; read to the end",
		[GMIME_CRIT_MULTIPART_WITHOUT_BOUNDARY] =
		    "RFC 2046 5.1: a multipart names no boundary; its content is shown as text",
		[GMIME_CRIT_NESTING_OVERFLOW] =
		    "the parts are nested too deep; the inner ones were not read",
		[GMIME_CRIT_CONFLICTING_HEADER] =
		    "RFC 5322 3.6: a header that may stand once has two different values; "
		    "other programs may show the other one",
		[GMIME_CRIT_CONFLICTING_PARAMETER] =
		    "RFC 2045 5.1: a parameter has two different values; other programs may "
		    "use the other one",
		[GMIME_CRIT_PART_WITHOUT_HEADERS_OR_CONTENT] =
		    "RFC 2046 5.1: a part has neither header nor content",
		[GMIME_WARN_INVALID_CONTENT_TYPE] =
		    "RFC 2045 5.1: a Content-Type cannot be read; taken as unknown data",
	};

	(void)offset;
	(void)item;
	if ((size_t)code < COUNT(sentences) && sentences[code] != NULL)
		fault(user, "%s.", sentences[code]);
}

static void
seen(struct reader *r)
{
	if (r->sealed == 0)
		r->outside = true;
}

/* -- adding what was found ------------------------------------------------- */

static void
text_add(struct reader *r, struct str utf8)
{
	struct str s = str_trim(utf8_clean(r->a, utf8));

	if (s.n == 0)
		return;
	seen(r);
	size_t room = r->text->n < LIMIT_MAIL_TEXT ? LIMIT_MAIL_TEXT - r->text->n : 0;

	if (room < s.n + 2) {
		fault(r, "The text is longer than %zu MiB; the rest is only in the original.",
		    (size_t)(LIMIT_MAIL_TEXT >> 20));
		s.n = room > 2 ? room - 2 : 0;
		while (s.n > 0 && ((unsigned char)s.p[s.n] & 0xC0) == 0x80)
			s.n--;
	}
	if (s.n == 0)
		return;
	if (r->text->n > 0)
		buf_text(r->text, "\n\n");
	buf_str(r->text, s);
}

/* A file name for people: no path, no controls, no direction tricks. */
static const char *
name_clean(struct reader *r, const char *name)
{
	struct str s = str_of(name);
	struct buf *b = buf_new(r->a, LIMIT_MAIL_HEADER + 1);
	bool tricks = false;

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '/' || s.p[i] == '\\') {
			s = str_skip(s, i + 1);
			i = SIZE_MAX; /* begins again at 0 */
		}
	while (s.n > 0) {
		struct str rest = s;
		uint32_t c = utf8_next(&rest);
		size_t n = s.n - rest.n;

		if (c == 0)
			break;
		if ((c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E ||
		    c == 0x200F)
			tricks = true;
		else
			buf_add(b, s.p, n);
		s = rest;
	}
	if (tricks)
		fault(r, "A file name holds characters that turn the writing direction, which can "
			 "hide its true ending; they were taken out.");
	return arena_cstr(r->a, utf8_take(utf8_clean_line(r->a, buf_view(b)), LIMIT_NAME));
}

static void
attachment_add(struct reader *r, const char *name, const char *media_type, const char *content_id,
    bool is_inline, struct str bytes)
{
	struct mail_attachments *all = &r->m->attachments;
	unsigned char sum[crypto_hash_sha256_BYTES];

	seen(r);
	if (bytes.n > ATTACHED_MAX - r->attached) {
		fault(r, "The attachments are larger than we take apart; \"%s\" is only in the original.",
		    name);
		return;
	}
	r->attached += bytes.n;
	if (all->n == r->attachment_size) {
		size_t size = r->attachment_size * 2 + 8;
		struct mail_attachment *more = arena_many(r->a, struct mail_attachment, size);

		if (all->n > 0)
			memcpy(more, all->item, all->n * sizeof(*more));
		all->item = more;
		r->attachment_size = size;
	}
	crypto_hash_sha256(sum, (const unsigned char *)bytes.p, bytes.n);
	all->item[all->n++] = (struct mail_attachment){
		.name = name_clean(r, name),
		.media_type = media_type[0] == '\0' ? "application/octet-stream" : media_type,
		.sha256 = hex_format(r->a, sum, sizeof(sum)),
		.content_id = content_id,
		.is_inline = is_inline,
		.bytes = bytes,
	};
}

/* -- what a part says of itself -------------------------------------------- */

struct part {
	const char *media_type;
	const char *charset;	 /* "" when not declared */
	const char *disposition; /* "attachment", "inline" or "" */
	const char *name;	 /* "" when none */
	const char *content_id;
	bool flowed, delsp; /* RFC 3676 */
};

static struct str
raw_header(GMimeObject *o, const char *name)
{
	GMimeHeader *h = g_mime_header_list_get_header(g_mime_object_get_header_list(o), name);

	return h == NULL ? STR_NULL : str_of(g_mime_header_get_raw_value(h));
}

static const char *
or_empty(const char *s)
{
	return s == NULL ? "" : s;
}

static struct part
part_of(struct reader *r, GMimeObject *o)
{
	struct str type = raw_header(o, "Content-Type");
	struct str disposition = raw_header(o, "Content-Disposition");
	struct mail_texts ids;
	struct part p = {
		.media_type = mail_header_token(r->a, type),
		.charset = or_empty(mail_header_param(r->a, type, "charset")),
		.disposition = mail_header_token(r->a, disposition),
		.name = mail_header_param(r->a, disposition, "filename"),
	};

	if (p.name == NULL)
		p.name = or_empty(mail_header_param(r->a, type, "name"));
	mail_header_ids(r->a, raw_header(o, "Content-Id"), &ids);
	p.content_id = ids.n > 0 ? ids.item[0] : "";
	p.flowed = str_is_case(str_of(mail_header_param(r->a, type, "format")), "flowed");
	p.delsp = str_is_case(str_of(mail_header_param(r->a, type, "delsp")), "yes");
	return p;
}

/* Everything that ${stream} gives. */
static struct str
stream_bytes(struct reader *r, GMimeStream *stream)
{
	GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));

	return bytes == NULL || bytes->len == 0
	    ? (struct str){ "", 0 }
	    : (struct str){ arena_dupn(r->a, (const char *)bytes->data, bytes->len), bytes->len };
}

static bool
has_stray_base64(GMimeDataWrapper *w)
{
	GMimeStream *raw = g_mime_data_wrapper_get_stream(w);
	char piece[4096];
	ssize_t n;

	if (raw == NULL || g_mime_stream_reset(raw) == -1)
		return false;
	while ((n = g_mime_stream_read(raw, piece, sizeof(piece))) > 0)
		for (ssize_t i = 0; i < n; i++)
			if (!str_is_alnum(piece[i]) && !str_is_space(piece[i]) && piece[i] != '+' &&
			    piece[i] != '/' && piece[i] != '=')
				return true;
	return false;
}

static struct str
part_bytes(struct reader *r, GMimeObject *o)
{
	GMimeDataWrapper *w = g_mime_part_get_content(GMIME_PART(o));

	if (w == NULL)
		return (struct str){ "", 0 };
	if (g_mime_data_wrapper_get_encoding(w) == GMIME_CONTENT_ENCODING_BASE64 &&
	    has_stray_base64(w))
		fault(r, "RFC 2045 6.8: a base64 part holds other characters; they were left out.");
	UNREF GMimeStream *out = g_mime_stream_mem_new();

	(void)g_mime_data_wrapper_write_to_stream(w, out); /* what was decoded is what there is */
	return stream_bytes(r, out);
}

/* -- signatures and encryption --------------------------------------------- */

/* The worse of two states; for a reader, "cannot tell" is worse than "good". */
static enum mail_signature
worse(enum mail_signature a, enum mail_signature b)
{
	static const int rank[] = {
		[MAIL_SIGNATURE_NONE] = 0,
		[MAIL_SIGNATURE_GOOD] = 1,
		[MAIL_SIGNATURE_EXPIRED] = 2,
		[MAIL_SIGNATURE_UNKNOWN_KEY] = 3,
		[MAIL_SIGNATURE_UNCHECKED] = 4,
		[MAIL_SIGNATURE_REVOKED] = 5,
		[MAIL_SIGNATURE_BAD] = 6,
	};
	return rank[a] >= rank[b] ? a : b;
}

static void
signatures_note(struct reader *r, const struct crypt_result *c)
{
	struct mail *m = r->m;

	for (size_t i = 0; i < c->n; i++) {
		const struct crypt_signature *s = &c->signature[i];
		enum mail_signature now = worse(s->state, m->signature);

		if (now != s->state)
			continue; /* a worse one was met before: it stays */
		m->signature = now;
		m->signer = s->user;
		m->signer_key = s->fingerprint;
		m->signed_at = s->at;
		m->signer_is_from = false;
		for (size_t k = 0; k < s->addresses.n; k++)
			if (str_is_case(str_of(s->addresses.item[k]), m->from.address))
				m->signer_is_from = true;
	}
}

static bool
may_ask_crypt(struct reader *r)
{
	if (++r->crypt_calls <= CRYPT_CALLS_MAX)
		return true;
	fault(r, "The mail has more than %d signed or encrypted parts; the rest was not checked.",
	    CRYPT_CALLS_MAX);
	return false;
}

static void
verify(struct reader *r, enum crypt_kind kind, struct str data, struct str signature)
{
	struct crypt_result c;
	const char *why = NULL;
	enum err e = ERR_LIMIT;

	if (may_ask_crypt(r)) {
		e = mail_crypt_verify(r->crypt, r->a, kind, data, signature, &c, &why);
		if (e == OK && c.n > 0) {
			signatures_note(r, &c);
			return;
		}
	}
	r->m->signature = worse(MAIL_SIGNATURE_UNCHECKED, r->m->signature);
	fault(r, "The signature could not be checked: %s.",
	    why != NULL ? why : e == OK ? "there is none in it" : err_name(e));
}

/* Decrypts, or opens what is signed within. False: could not be opened. */
static bool
crypt_unwrap(struct reader *r, enum crypt_kind kind, enum mail_format format, bool encrypted,
    struct str data, struct crypt_result *ret)
{
	const char *why = NULL;
	enum err e = ERR_LIMIT;

	r->m->format = format;
	if (may_ask_crypt(r))
		e = mail_crypt_open(r->crypt, r->a, kind, data, ret, &why);
	if (e == OK) {
		if (ret->decrypted && r->m->encryption == MAIL_ENCRYPTION_NONE)
			r->m->encryption = MAIL_ENCRYPTION_OPENED;
		signatures_note(r, ret);
		return true;
	}
	if (encrypted) {
		r->m->encryption = MAIL_ENCRYPTION_CLOSED;
		fault(r, "The encrypted part could not be opened: %s.%s",
		    why != NULL ? why : err_name(e),
		    e == ERR_NOT_FOUND ? " Ask the sender to encrypt to our present key." : "");
	} else {
		r->m->signature = worse(MAIL_SIGNATURE_UNCHECKED, r->m->signature);
		fault(r, "The signature could not be checked: %s.",
		    why != NULL ? why : err_name(e));
	}
	return false;
}

/* Is there "--${boundary}" at ${at}, the start of a line? Returns its end. */
static bool
is_boundary(struct str raw, size_t at, struct str boundary, size_t *ret_end)
{
	struct str rest = str_skip(raw, at);

	if (!str_eat(&rest, STR("--")) || !str_eat(&rest, boundary))
		return false;
	(void)str_eat(&rest, STR("--"));
	while (rest.n > 0 && (rest.p[0] == ' ' || rest.p[0] == '\t'))
		rest = str_skip(rest, 1); /* RFC 2046 5.1.1: transport padding */
	if (rest.n > 0 && rest.p[0] == '\r')
		rest = str_skip(rest, 1);
	if (rest.n > 0 && rest.p[0] != '\n')
		return false;
	*ret_end = raw.n - rest.n + (rest.n > 0);
	return true;
}

/* The exact bytes of the first part between ${boundary} lines (RFC 1847 2.1). */
static bool
first_part(struct str raw, struct str boundary, struct str *ret)
{
	size_t begin = SIZE_MAX;
	size_t at = 0;

	while (at < raw.n) {
		size_t end;

		if (is_boundary(raw, at, boundary, &end)) {
			if (begin == SIZE_MAX) {
				begin = end;
				at = end;
				continue;
			}
			size_t n = at - begin;

			/* The line break before a boundary belongs to the boundary. */
			if (n > 0 && raw.p[begin + n - 1] == '\n')
				n--;
			if (n > 0 && raw.p[begin + n - 1] == '\r')
				n--;
			*ret = (struct str){ raw.p + begin, n };
			return true;
		}
		size_t line = str_find_char(raw, '\n', at);

		if (line == SIZE_MAX)
			break;
		at = line + 1;
	}
	return false;
}

/* RFC 3156 5 and RFC 8551 3.5.3.2 sign the form with CRLF; stored mail often has
 * lost the CR. */
static struct str
crlf(struct arena *a, struct str s)
{
	struct buf *b = buf_new(a, s.n * 2 + 1);

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r'))
			buf_char(b, '\r');
		buf_char(b, s.p[i]);
	}
	return buf_view(b);
}

static void
signed_read(struct reader *r, GMimeMultipart *mp, size_t depth)
{
	int count = g_mime_multipart_get_count(mp);
	struct str boundary = str_of(g_mime_multipart_get_boundary(mp));
	struct str data;

	/* Each search costs the length of the mail: only while crypt may be asked. */
	if (r->crypt_calls > CRYPT_CALLS_MAX || count < 2 || boundary.n == 0 || !first_part(r->raw, boundary, &data) ||
	    !GMIME_IS_PART(g_mime_multipart_get_part(mp, 1))) {
		if (r->crypt_calls <= CRYPT_CALLS_MAX)
			fault(r, "RFC 1847 2.1: a signed mail must have two parts; the signature was "
				 "not checked.");
		r->m->signature = worse(MAIL_SIGNATURE_UNCHECKED, r->m->signature);
		for (int i = 0; i < count; i++)
			object_read(r, g_mime_multipart_get_part(mp, i), depth + 1);
		return;
	}
	GMimeObject *second = g_mime_multipart_get_part(mp, 1);
	const char *type = mail_header_token(r->a, raw_header(second, "Content-Type"));
	bool smime = strstr(type, "pkcs7") != NULL;

	r->m->format = smime ? MAIL_FORMAT_SMIME : MAIL_FORMAT_PGP_MIME;
	verify(r, smime ? CRYPT_SMIME : CRYPT_PGP, crlf(r->a, data), part_bytes(r, second));
	/* What is shown is read from exactly the bytes that were checked. */
	r->sealed++;
	entity_read(r, data, depth + 1, false);
	r->sealed--;
	for (int i = 2; i < count; i++) {
		fault(r, "RFC 1847 2.1: there are parts after the signature; they are not signed.");
		object_read(r, g_mime_multipart_get_part(mp, i), depth + 1);
	}
}

static void
encrypted_read(struct reader *r, GMimeMultipart *mp, size_t depth)
{
	int count = g_mime_multipart_get_count(mp);
	GMimeObject *second = count == 2 ? g_mime_multipart_get_part(mp, 1) : NULL;
	struct crypt_result c;

	if (second == NULL || !GMIME_IS_PART(second)) {
		fault(r, "RFC 3156 4: an encrypted mail must have two parts, this one has %d; shown "
			 "as it is.", count);
		r->m->encryption = MAIL_ENCRYPTION_CLOSED;
		r->m->format = MAIL_FORMAT_PGP_MIME;
		for (int i = 0; i < count; i++)
			object_read(r, g_mime_multipart_get_part(mp, i), depth + 1);
		return;
	}
	struct str data = part_bytes(r, second);

	if (!crypt_unwrap(r, CRYPT_PGP, MAIL_FORMAT_PGP_MIME, true, data, &c)) {
		attachment_add(r, "encrypted.asc", "application/octet-stream", "", false, data);
		return;
	}
	r->sealed += c.n > 0;
	entity_read(r, c.text, depth + 1, false);
	r->sealed -= c.n > 0;
}

static void
smime_read(struct reader *r, GMimeObject *o, const struct part *p, size_t depth)
{
	struct str data = part_bytes(r, o);
	const char *kind =
	    or_empty(mail_header_param(r->a, raw_header(o, "Content-Type"), "smime-type"));
	bool is_signed = strcmp(kind, "signed-data") == 0;
	struct crypt_result c;

	if (strcmp(kind, "certs-only") == 0 ||
	    !crypt_unwrap(r, CRYPT_SMIME, MAIL_FORMAT_SMIME, !is_signed, data, &c)) {
		attachment_add(r, p->name[0] != '\0' ? p->name : "smime.p7m", p->media_type, "", false,
		    data);
		return;
	}
	r->sealed += c.n > 0;
	entity_read(r, c.text, depth + 1, false);
	r->sealed -= c.n > 0;
}

/* -- texts ------------------------------------------------------------------ */

static size_t
line_find(struct str s, struct str want, size_t from)
{
	for (size_t at = str_find(s, want, from); at != SIZE_MAX; at = str_find(s, want, at + 1))
		if (at == 0 || s.p[at - 1] == '\n')
			return at;
	return SIZE_MAX;
}

static struct str
uu_decode(struct reader *r, struct str body, bool *ret_ok)
{
	struct buf *out = buf_new(r->a, body.n + 64);
	struct str line;

	*ret_ok = true;
	while (str_line(&body, &line)) {
		line = str_trim(line);
		if (line.n == 0)
			continue;
		size_t want = (size_t)((line.p[0] - 0x20) & 0x3F);
		uint32_t bits = 0;
		int have = 0;

		for (size_t i = 1; i < line.n && want > 0; i++) {
			if (line.p[i] < 0x20 || line.p[i] > 0x60) {
				*ret_ok = false;
				break;
			}
			bits = bits << 6 | (uint32_t)((line.p[i] - 0x20) & 0x3F);
			have += 6;
			if (have >= 8) {
				have -= 8;
				buf_char(out, (char)(bits >> have & 0xFF));
				want--;
			}
		}
		if (want > 2)
			*ret_ok = false;
	}
	return buf_view(out);
}

/* Takes "begin 644 name … end" blocks out of ${s}. */
static struct str
uuencoded_take(struct reader *r, struct str s)
{
	size_t at = line_find(s, STR("begin "), 0);

	if (at == SIZE_MAX)
		return s;
	struct buf *rest = buf_new(r->a, s.n + 1);
	size_t done = 0;

	for (; at != SIZE_MAX; at = line_find(s, STR("begin "), at + 1)) {
		struct str block = str_skip(s, at + 6);
		struct str line, name;
		uint64_t mode;
		bool ok;

		if (!str_line(&block, &line) || !str_eat_digits(&line, 3, 4, &mode) ||
		    !str_eat(&line, STR(" ")))
			continue;
		name = line;
		size_t begin = s.n - block.n;
		size_t end = line_find(s, STR("end"), begin);

		if (end == SIZE_MAX)
			end = s.n;
		struct str bytes = uu_decode(r, (struct str){ s.p + begin, end - begin }, &ok);

		if (!ok)
			fault(r, "A uuencoded file is damaged; what could be read of it was kept.");
		buf_add(rest, s.p + done, at - done);
		attachment_add(r, quoted(r, name), "application/octet-stream", "", false, bytes);
		done = end + 3 < s.n ? end + 3 : s.n;
		at = done > 0 ? done - 1 : 0;
	}
	buf_add(rest, s.p + done, s.n - done);
	return buf_view(rest);
}

/* RFC 3676 4: soft line ends join, so that long URLs are whole again. */
static struct str
unflow(struct arena *a, struct str s, bool delsp)
{
	struct buf *b = buf_new(a, s.n + 2);
	struct str line;

	while (str_line(&s, &line)) {
		bool quote = line.n > 0 && line.p[0] == '>';
		bool soft = !quote && line.n > 0 && line.p[line.n - 1] == ' ' && !str_is(line, "-- ");

		if (!quote && line.n > 0 && line.p[0] == ' ')
			line = str_skip(line, 1);
		if (soft && delsp)
			line.n--;
		buf_str(b, line);
		if (!soft)
			buf_char(b, '\n');
	}
	return buf_view(b);
}

static struct str
decode_text(struct reader *r, const char *charset, const char *where, struct str bytes)
{
	struct mail_charset_note note;

	if (bytes.n > 2 * LIMIT_MAIL_TEXT) {
		fault(r, "The text is longer than %zu MiB; the rest is only in the original.",
		    (size_t)(LIMIT_MAIL_TEXT >> 20));
		bytes.n = 2 * LIMIT_MAIL_TEXT;
	}
	struct str s = mail_charset_decode(r->a, str_of(charset), bytes, &note);

	if (charset[0] != '\0' && !mail_charset_known(str_of(charset)))
		fault(r, "RFC 2046 4.1.2: the charset \"%s\" of %s is unknown; read as %s.",
		    quoted(r, str_of(charset)), where, note.used);
	else if (note.guessed)
		fault(r, "RFC 2045 5.2: %s holds characters that its charset does not have or "
			 "does not say; read as %s.", where, note.used);
	if (note.invalid > 0)
		fault(r, "%zu places in %s are not valid %s; they are shown as U+FFFD.", note.invalid,
		    where, note.used);
	if (memchr(bytes.p == NULL ? "" : bytes.p, '\0', bytes.n) != NULL &&
	    strncmp(note.used, "utf-16", 6) != 0 && strncmp(note.used, "utf-32", 6) != 0)
		fault(r, "RFC 5322 2.3: %s holds NUL bytes; they were left out.", where);
	return s;
}

/* Inline PGP (no MIME structure): opens each block in its place. */
static bool
inline_pgp_read(struct reader *r, struct str bytes, const struct part *p)
{
	static const struct {
		const char *begin, *end;
		bool encrypted;
	} kinds[] = {
		{ "-----BEGIN PGP SIGNED MESSAGE-----", "-----END PGP SIGNATURE-----", false },
		{ "-----BEGIN PGP MESSAGE-----", "-----END PGP MESSAGE-----", true },
	};
	size_t done = 0;
	bool any = false;

	while (r->crypt_calls <= CRYPT_CALLS_MAX) {
		size_t at = SIZE_MAX;
		size_t kind = 0;

		for (size_t k = 0; k < COUNT(kinds); k++) {
			size_t here = line_find(bytes, str_of(kinds[k].begin), done);

			if (here < at) {
				at = here;
				kind = k;
			}
		}
		size_t end =
		    at == SIZE_MAX ? SIZE_MAX : line_find(bytes, str_of(kinds[kind].end), at);

		if (end == SIZE_MAX)
			break;
		end += strlen(kinds[kind].end);
		struct str block = { bytes.p + at, end - at };
		struct crypt_result c;

		any = true;
		text_add(r, decode_text(r, p->charset, "the text", (struct str){ bytes.p + done, at - done }));
		if (crypt_unwrap(r, CRYPT_PGP, MAIL_FORMAT_PGP_INLINE, kinds[kind].encrypted, block,
			&c)) {
			/* Armour hides the charset: UTF-8 by RFC 4880 5.9, or a guess. */
			const char *charset = kinds[kind].encrypted ? "" : p->charset;

			r->sealed += c.n > 0;
			text_add(r, decode_text(r, charset, "the protected text", c.text));
			r->sealed -= c.n > 0;
		} else {
			text_add(r, decode_text(r, p->charset, "the text", block));
		}
		done = end;
	}
	if (any)
		text_add(r, decode_text(r, p->charset, "the text", str_skip(bytes, done)));
	return any;
}

/* Of an HTML part beside a plain one: links that the plain text hides. */
static void
extra_links(struct reader *r, struct str html)
{
	struct mail_texts links;
	struct buf *b = buf_new(r->a, LIMIT_MAIL_TEXT);
	size_t n = 0;

	mail_html_links(r->a, html, &links);
	/* Comparing costs the length of the text each time: bounded over the mail. */
	for (size_t i = 0; i < links.n && n < EXTRA_LINKS_MAX && r->links < LIMIT_OBSERVABLES;
	     i++, r->links++) {
		struct str link = str_of(links.item[i]);

		if (str_starts_case(link, STR("cid:")) || str_starts_case(link, STR("data:")) ||
		    str_find(buf_view(r->text), link, 0) != SIZE_MAX ||
		    str_find(buf_view(b), link, 0) != SIZE_MAX)
			continue;
		buf_printf(b, "%s<%s>", n++ > 0 ? "\n" : "", links.item[i]);
	}
	if (n > 0) {
		text_add(r, STR("[HTML]"));
		text_add(r, buf_view(b));
	}
}

static void
html_read(struct reader *r, struct str bytes, const struct part *p)
{
	const char *charset = p->charset;
	bool cut = false;

	if (charset[0] == '\0')
		charset = arena_cstr(r->a, mail_html_charset(bytes));
	if (!mail_charset_known(str_of(charset)) && p->charset[0] == '\0')
		charset = "";
	struct str html = decode_text(r, charset, "the HTML text", bytes);

	if (r->links_only) {
		extra_links(r, html);
		return;
	}
	text_add(r, mail_html_text(r->a, html, LIMIT_MAIL_TEXT, &cut));
	if (cut)
		fault(r, "The text is longer than %zu MiB; the rest is only in the original.",
		    (size_t)(LIMIT_MAIL_TEXT >> 20));
}

static void
plain_read(struct reader *r, struct str bytes, const struct part *p)
{
	bytes = uuencoded_take(r, bytes);
	if (inline_pgp_read(r, bytes, p))
		return;
	struct str s = decode_text(r, p->charset, "the text", bytes);

	text_add(r, p->flowed ? unflow(r->a, s, p->delsp) : s);
}

/* -- the walk ---------------------------------------------------------------- */

/* A mail within the mail: kept as a file, and its text shown. */
static void
forwarded_read(struct reader *r, struct str bytes, const struct part *p, size_t depth)
{
	struct mail_headers h;
	struct mail_texts ids;

	mail_headers_parse(r->a, bytes, &h);
	const char *subject = mail_header_text(r->a, mail_headers_find(&h, "Subject"));

	if (r->in_report && r->m->bounce.message_id[0] == '\0') {
		mail_header_ids(r->a, mail_headers_find(&h, "Message-Id"), &ids);
		if (ids.n > 0)
			r->m->bounce.message_id = ids.item[0];
	}
	const char *name = p->name[0] != '\0' ? p->name
	    : subject[0] != '\0'	      ? arena_printf(r->a, "%s.eml", subject)
					      : "message.eml";

	attachment_add(r, name, "message/rfc822", p->content_id, false, bytes);
	struct buf *head = buf_new(r->a, LIMIT_MAIL_HEADER * 5);

	buf_text(head, "[message/rfc822]\n");
	for (size_t i = 0; i < 4; i++) {
		static const char *const shown[] = { "From", "To", "Date", "Subject" };
		const char *v = mail_header_text(r->a, mail_headers_find(&h, shown[i]));

		if (v[0] != '\0')
			buf_printf(head, "%s: %s\n", shown[i], v);
	}
	text_add(r, buf_view(head));
	entity_read(r, bytes, depth + 1, true);
}

static void
part_read(struct reader *r, GMimeObject *o, size_t depth)
{
	struct part p = part_of(r, o);
	bool attached = strcmp(p.disposition, "attachment") == 0;
	bool is_plain = p.media_type[0] == '\0' || strcmp(p.media_type, "text/plain") == 0;

	if (strcmp(p.media_type, "application/pkcs7-mime") == 0 ||
	    strcmp(p.media_type, "application/x-pkcs7-mime") == 0) {
		smime_read(r, o, &p, depth);
		return;
	}
	struct str bytes = part_bytes(r, o);

	/* RFC 2046 5.2.1 forbids base64 here, which is why the library did not. */
	if (strcmp(p.media_type, "message/rfc822") == 0 ||
	    strcmp(p.media_type, "message/global") == 0) {
		forwarded_read(r, bytes, &p, depth);
		return;
	}
	if (strcmp(p.media_type, "message/delivery-status") == 0 ||
	    strcmp(p.media_type, "message/global-delivery-status") == 0) {
		mail_kind_delivery_status(r->a, bytes, &r->m->bounce);
		text_add(r, decode_text(r, p.charset, "the delivery status", bytes));
		return;
	}
	if (strcmp(p.media_type, "text/rfc822-headers") == 0 ||
	    strcmp(p.media_type, "message/feedback-report") == 0 ||
	    strcmp(p.media_type, "message/disposition-notification") == 0) {
		struct mail_headers h;
		struct mail_texts ids;

		mail_headers_parse(r->a, bytes, &h);
		mail_header_ids(r->a, mail_headers_find(&h, "Message-Id"), &ids);
		if (r->in_report && ids.n > 0 && r->m->bounce.message_id[0] == '\0')
			r->m->bounce.message_id = ids.item[0];
		text_add(r, decode_text(r, p.charset, "a report", bytes));
		return;
	}
	/* A named text is a file, unless it is all the text that there is. */
	if (!attached && (p.name[0] == '\0' || r->text->n == 0)) {
		if (is_plain) {
			plain_read(r, bytes, &p);
			return;
		}
		if (strcmp(p.media_type, "text/html") == 0) {
			html_read(r, bytes, &p);
			return;
		}
		if (strncmp(p.media_type, "text/", 5) == 0 && p.name[0] == '\0' &&
		    strcmp(p.media_type, "text/calendar") != 0) {
			plain_read(r, bytes, &p);
			return;
		}
	}
	if (bytes.n > 0 || p.name[0] != '\0')
		attachment_add(r, p.name, p.media_type, p.content_id,
		    strcmp(p.disposition, "inline") == 0 ||
			(p.content_id[0] != '\0' && !attached),
		    bytes);
}

static bool
is_text(GMimeObject *o, const char *subtype)
{
	GMimeContentType *t = GMIME_IS_PART(o) ? g_mime_object_get_content_type(o) : NULL;

	return t != NULL && g_mime_content_type_is_type(t, "text", subtype);
}

static void
alternative_read(struct reader *r, GMimeMultipart *mp, size_t depth)
{
	int count = g_mime_multipart_get_count(mp);
	size_t before = r->text->n;
	bool links_only = r->links_only;

	for (int i = 0; i < count; i++)
		if (is_text(g_mime_multipart_get_part(mp, i), "plain"))
			object_read(r, g_mime_multipart_get_part(mp, i), depth + 1);
	r->links_only = links_only || r->text->n > before;
	for (int i = 0; i < count; i++)
		if (!is_text(g_mime_multipart_get_part(mp, i), "plain"))
			object_read(r, g_mime_multipart_get_part(mp, i), depth + 1);
	r->links_only = links_only;
}

static void
multipart_read(struct reader *r, GMimeMultipart *mp, size_t depth)
{
	GMimeContentType *t = g_mime_object_get_content_type(GMIME_OBJECT(mp));
	const char *subtype = t == NULL ? "" : or_empty(g_mime_content_type_get_media_subtype(t));
	bool in_report = r->in_report;
	int count = g_mime_multipart_get_count(mp);

	if (g_ascii_strcasecmp(subtype, "encrypted") == 0) {
		encrypted_read(r, mp, depth);
		return;
	}
	if (g_ascii_strcasecmp(subtype, "signed") == 0) {
		signed_read(r, mp, depth);
		return;
	}
	if (g_ascii_strcasecmp(subtype, "alternative") == 0) {
		alternative_read(r, mp, depth);
		return;
	}
	if (g_ascii_strcasecmp(subtype, "report") == 0) {
		const char *report = mail_header_param(
		    r->a, raw_header(GMIME_OBJECT(mp), "Content-Type"), "report-type");

		r->in_report = true;
		if (r->report[0] == '\0')
			r->report = or_empty(report);
	}
	for (int i = 0; i < count; i++)
		object_read(r, g_mime_multipart_get_part(mp, i), depth + 1);
	r->in_report = in_report;
	if (count == 0) {
		const char *words = g_mime_multipart_get_prologue(mp);

		if (words != NULL && words[0] != '\0')
			text_add(r, decode_text(r, "", "the text", str_of(words)));
	}
}

static void
object_read(struct reader *r, GMimeObject *o, size_t depth)
{
	if (o == NULL)
		return;
	if (depth > LIMIT_MAIL_DEPTH) {
		fault(r, "The parts are nested deeper than %d; the inner ones are only in the original.",
		    LIMIT_MAIL_DEPTH);
		return;
	}
	if (++r->parts > LIMIT_MAIL_PARTS) {
		fault(r, "The mail has more than %d parts; the rest is only in the original.",
		    LIMIT_MAIL_PARTS);
		return;
	}
	if (GMIME_IS_MULTIPART(o)) {
		multipart_read(r, GMIME_MULTIPART(o), depth);
	} else if (GMIME_IS_MESSAGE_PART(o)) {
		GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(o));
		struct part p = part_of(r, o);

		if (inner == NULL)
			return;
		UNREF GMimeStream *out = g_mime_stream_mem_new();

		(void)g_mime_object_write_to_stream(GMIME_OBJECT(inner), NULL, out);
		forwarded_read(r, stream_bytes(r, out), &p, depth);
	} else if (GMIME_IS_PART(o)) {
		part_read(r, o, depth);
	}
}

/* ${whole}: a message; else a MIME part that was signed or encrypted. */
static void
entity_read(struct reader *r, struct str raw, size_t depth, bool whole)
{
	const struct str outer = r->raw;

	if (depth > 0) {
		if (depth > LIMIT_MAIL_DEPTH || raw.n > AGAIN_MAX - r->again) {
			fault(r, "The mails in this mail are too many or too deep; the inner ones are only "
				 "in the original.");
			return;
		}
		r->again += raw.n;
	}
	UNREF GMimeStream *stream =
	    g_mime_stream_mem_new_with_buffer(raw.n > 0 ? raw.p : "", raw.n);
	UNREF GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeParserOptions *options = g_mime_parser_options_new();

	g_mime_parser_options_set_warning_callback(options, gmime_warning, r);
	g_mime_parser_set_persist_stream(parser, TRUE);
	r->raw = raw;
	if (whole) {
		UNREF GMimeMessage *message = g_mime_parser_construct_message(parser, options);

		if (message != NULL)
			object_read(r, g_mime_message_get_mime_part(message), depth);
	} else {
		UNREF GMimeObject *part = g_mime_parser_construct_part(parser, options);

		object_read(r, part, depth);
	}
	g_mime_parser_options_free(options);
	r->raw = outer;
}

/* -- the top header ---------------------------------------------------------- */

static void
faults_of_header(struct reader *r, const struct mail_headers *h, struct str raw)
{
	static const char *const once[] = { "From", "Sender", "Reply-To", "To", "Cc", "Subject",
		"Date", "Message-Id", "In-Reply-To", "References", "Content-Type" };

	if (raw.n == 0) {
		fault(r, "The mail is empty.");
		return;
	}
	if (h->n == 0)
		fault(r, "RFC 5322 2.1: there is no header; everything is shown as text.");
	for (size_t i = 0; i < COUNT(once); i++) {
		size_t n = mail_headers_count(h, once[i]);

		if (n > 1)
			fault(r, "RFC 5322 3.6: there are %zu %s fields; the first one is used.", n,
			    once[i]);
	}
	if (h->strange > 0)
		fault(r, "RFC 5322 2.2: %zu lines in the header are not header fields; skipped.",
		    h->strange);
	for (size_t i = 0; i < h->n; i++) {
		struct str v = h->item[i].value;

		if (v.n > LIMIT_MAIL_HEADER)
			fault(r, "RFC 5322 2.1.1: the %s field has %zu bytes; only the first %zu are shown.",
			    quoted(r, h->item[i].name), v.n, (size_t)LIMIT_MAIL_HEADER);
		if (v.n > 0 && memchr(v.p, '\0', v.n) != NULL)
			fault(r, "RFC 5322 2.2: the %s field holds NUL bytes; read as blanks.",
			    quoted(r, h->item[i].name));
	}
}

static struct mail_address
first_address(struct reader *r, const struct mail_headers *h, const char *name, bool required)
{
	struct str value = mail_headers_find(h, name);
	struct mail_addresses all;
	size_t left_out = 0;

	mail_header_addresses(r->a, value, &all, &left_out);
	if (all.n > 0)
		return all.item[0];
	if (required && h->n > 0)
		fault(r, mail_headers_count(h, name) == 0
			? "RFC 5322 3.6: there is no %s field."
			: "RFC 5322 3.4: the %s field holds no address; its words are shown as name.",
		    name);
	return (struct mail_address){ .name = mail_header_text(r->a, value), .address = "" };
}

static struct mail_addresses
addresses(struct reader *r, const struct mail_headers *h, const char *name)
{
	struct mail_addresses all;
	size_t left_out = 0;

	mail_header_addresses(r->a, mail_headers_find(h, name), &all, &left_out);
	if (left_out > 0)
		fault(r, "RFC 5322 3.4: %zu entries of the %s field are not addresses; left out.",
		    left_out, name);
	return all;
}

static void
header_read(struct reader *r, const struct mail_headers *h)
{
	struct mail *m = r->m;
	struct mail_texts ids;

	mail_header_ids(r->a, mail_headers_find(h, "Message-Id"), &ids);
	m->message_id = ids.n > 0 ? ids.item[0] : "";
	mail_header_ids(r->a, mail_headers_find(h, "In-Reply-To"), &ids);
	m->in_reply_to = ids.n > 0 ? ids.item[0] : "";
	mail_header_ids(r->a, mail_headers_find(h, "References"), &m->references);
	m->from = first_address(r, h, "From", true);
	m->sender = first_address(r, h, "Sender", false);
	m->to = addresses(r, h, "To");
	m->cc = addresses(r, h, "Cc");
	m->reply_to = addresses(r, h, "Reply-To");
	m->subject = mail_header_text(r->a, mail_headers_find(h, "Subject"));
	m->date = mail_header_date(mail_headers_find(h, "Date"));
	if (m->date == 0 && mail_headers_count(h, "Date") > 0)
		fault(r, "RFC 5322 3.3: the Date field cannot be read.");
	size_t n = mail_headers_count(h, "Delivered-To") + mail_headers_count(h, "X-Loop");

	m->delivered_to.item = arena_many(r->a, const char *, n);
	n = n < DELIVERED_MAX ? n : DELIVERED_MAX;
	for (size_t i = 0; i < h->n && m->delivered_to.n < n; i++)
		if (str_is_case(h->item[i].name, "Delivered-To") ||
		    str_is_case(h->item[i].name, "X-Loop"))
			m->delivered_to.item[m->delivered_to.n++] =
			    mail_header_text(r->a, h->item[i].value);
	mail_kind_path(r->a, h, m);
}

void
mail_parse_init(void)
{
	static bool done;

	if (done)
		return;
	done = true;
	g_mime_init();
	mail_charset_init();
}

void
mail_open(struct arena *a, struct str raw, struct ipc *crypt, struct mail *ret)
{
	struct mail m = { .signer = "", .signer_key = "", .automatic_why = "",
		.bounce = { .recipient = "", .status = "", .action = "", .diagnostic = "",
		    .message_id = "" } };
	struct reader r = {
		.a = a,
		.crypt = crypt,
		.m = &m,
		.text = buf_new(a, LIMIT_MAIL_TEXT + 64),
		.report = "",
	};
	struct mail_headers h;

	mail_parse_init();
	mail_headers_parse(a, raw, &h);
	faults_of_header(&r, &h, raw);
	header_read(&r, &h);
	if (h.too_many) {
		/* Each field costs the library far more than its bytes. */
		fault(&r, "The header has more than %d fields; the rest was skipped and the body is "
			  "shown as text.", LIMIT_MAIL_HEADERS);
		plain_read(&r, str_skip(raw, h.body), &(struct part){ .charset = "" });
	} else if (h.n == 0 && raw.n > 0)
		plain_read(&r, raw, &(struct part){ .charset = "" });
	else
		entity_read(&r, raw, 0, true);
	m.text = buf_view(r.text);
	m.signature_covers_all = m.signature != MAIL_SIGNATURE_NONE && !r.outside;
	if (str_starts_case(str_of(m.from.address), STR("mailer-daemon@")) &&
	    r.report[0] == '\0')
		mail_kind_bounce_words(a, m.text, &m.bounce);
	mail_kind_find(a, &h, r.report, &m);
	m.language = mail_kind_language(m.text);
	if (m.language[0] == '\0')
		m.language = mail_kind_language(str_of(m.subject));
	*ret = m;
}

enum err
mail_parse(struct arena *a, struct str in, struct ipc *crypt, struct buf *out)
{
	struct mail m;

	if (in.n > LIMIT_MAIL)
		return ERR_LIMIT;
	mail_open(a, in, crypt, &m);
	mail_encode(&m, out);
	return buf_error(out);
}
