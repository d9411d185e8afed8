/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/mail.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "base/scan.h"
#include "base/utf8.h"
#include "sys/ipc.h"

#define MAIL_FORMAT_VERSION 1
#define PARSE_MILLISECONDS 120000

/*
 * One walk over the fields serves both directions, so that writer and reader
 * cannot disagree: with ${out} it writes, else it reads from ${in}.
 */
struct codec {
	struct arena *a;
	struct buf *out;
	struct scan in;
	bool failed; /* a value that the writer would not have written */
};

static void
code_u32(struct codec *c, uint32_t *v)
{
	if (c->out != NULL)
		buf_u32(c->out, *v);
	else
		*v = scan_u32(&c->in);
}

static void
code_i64(struct codec *c, int64_t *v)
{
	if (c->out != NULL)
		buf_u64(c->out, (uint64_t)*v);
	else
		*v = (int64_t)scan_u64(&c->in);
}

static void
code_bool(struct codec *c, bool *v)
{
	uint32_t u = *v ? 1 : 0;

	code_u32(c, &u);
	if (u > 1)
		c->failed = true;
	*v = u == 1;
}

static void
code_bytes(struct codec *c, struct str *v)
{
	if (c->out != NULL) {
		buf_u32(c->out, (uint32_t)v->n);
		buf_str(c->out, *v);
	} else {
		*v = scan_counted(&c->in);
	}
}

static void
code_text(struct codec *c, const char **v)
{
	struct str s = c->out != NULL ? str_of(*v) : STR_NULL;

	code_bytes(c, &s);
	if (c->out != NULL)
		return;
	/* parse writes only clean text; one that does not is not believed. */
	if (!utf8_valid(s))
		c->failed = true;
	*v = c->failed ? "" : arena_cstr(c->a, s);
}

/* A count, and room for as many; ${least}: the bytes that one takes encoded. */
static size_t
code_count(struct codec *c, size_t n, size_t least)
{
	uint32_t u = (uint32_t)n;

	code_u32(c, &u);
	if (c->out == NULL && u > scan_left(&c->in) / least) {
		c->failed = true;
		return 0;
	}
	return u;
}

#define CODE_LIST(c, list, type, least)                                                            \
	do {                                                                                       \
		(list)->n = code_count((c), (list)->n, (least));                                   \
		if ((c)->out == NULL)                                                              \
			(list)->item = arena_many((c)->a, type, (list)->n);                        \
	} while (0)

static void
code_texts(struct codec *c, struct mail_texts *v)
{
	CODE_LIST(c, v, const char *, 4);
	for (size_t i = 0; i < v->n; i++)
		code_text(c, &v->item[i]);
}

static void
code_address(struct codec *c, struct mail_address *v)
{
	code_text(c, &v->name);
	code_text(c, &v->address);
}

static void
code_addresses(struct codec *c, struct mail_addresses *v)
{
	CODE_LIST(c, v, struct mail_address, 8);
	for (size_t i = 0; i < v->n; i++)
		code_address(c, &v->item[i]);
}

static void
code_attachments(struct codec *c, struct mail_attachments *v)
{
	CODE_LIST(c, v, struct mail_attachment, 24);
	for (size_t i = 0; i < v->n; i++) {
		struct mail_attachment *at = &v->item[i];

		code_text(c, &at->name);
		code_text(c, &at->media_type);
		code_text(c, &at->sha256);
		code_text(c, &at->content_id);
		code_bool(c, &at->is_inline);
		code_bytes(c, &at->bytes);
	}
}

static void
code_hops(struct codec *c, struct mail_hops *v)
{
	CODE_LIST(c, v, struct mail_hop, 24);
	for (size_t i = 0; i < v->n; i++) {
		code_text(c, &v->item[i].from);
		code_text(c, &v->item[i].ip);
		code_text(c, &v->item[i].by);
		code_text(c, &v->item[i].with);
		code_i64(c, &v->item[i].at);
	}
}

static void
code_checks(struct codec *c, struct mail_checks *v)
{
	CODE_LIST(c, v, struct mail_check, 20);
	for (size_t i = 0; i < v->n; i++) {
		code_text(c, &v->item[i].method);
		code_text(c, &v->item[i].result);
		code_text(c, &v->item[i].detail);
		code_text(c, &v->item[i].by);
		code_bool(c, &v->item[i].trusted);
	}
}

#define CODE_ENUM(c, field, type, last)                                                            \
	do {                                                                                       \
		uint32_t code_u = (uint32_t)(field);                                               \
		code_u32((c), &code_u);                                                            \
		if (code_u > (uint32_t)(last)) {                                                   \
			(c)->failed = true;                                                        \
			code_u = 0;                                                                \
		}                                                                                  \
		(field) = (enum type)code_u;                                                       \
	} while (0)

static void
code_mail(struct codec *c, struct mail *m)
{
	uint32_t version = MAIL_FORMAT_VERSION;

	code_u32(c, &version);
	if (version != MAIL_FORMAT_VERSION)
		c->failed = true;
	code_text(c, &m->message_id);
	code_text(c, &m->in_reply_to);
	code_texts(c, &m->references);
	code_address(c, &m->from);
	code_address(c, &m->sender);
	code_addresses(c, &m->to);
	code_addresses(c, &m->cc);
	code_addresses(c, &m->reply_to);
	code_texts(c, &m->delivered_to);
	code_text(c, &m->subject);
	code_i64(c, &m->date);
	code_bytes(c, &m->text);
	if (c->out == NULL && (m->text.n > LIMIT_MAIL_TEXT || !utf8_valid(m->text)))
		c->failed = true;
	code_text(c, &m->language);
	code_attachments(c, &m->attachments);
	CODE_ENUM(c, m->format, mail_format, MAIL_FORMAT_SMIME);
	CODE_ENUM(c, m->encryption, mail_encryption, MAIL_ENCRYPTION_CLOSED);
	CODE_ENUM(c, m->signature, mail_signature, MAIL_SIGNATURE_UNCHECKED);
	code_bool(c, &m->signature_covers_all);
	code_text(c, &m->signer);
	code_text(c, &m->signer_key);
	code_bool(c, &m->signer_is_from);
	code_i64(c, &m->signed_at);
	CODE_ENUM(c, m->automatic, mail_auto, MAIL_AUTO_GENERATED);
	code_text(c, &m->automatic_why);
	code_text(c, &m->bounce.recipient);
	code_text(c, &m->bounce.status);
	code_text(c, &m->bounce.action);
	code_text(c, &m->bounce.diagnostic);
	code_text(c, &m->bounce.message_id);
	code_hops(c, &m->hops);
	code_checks(c, &m->checks);
	code_texts(c, &m->faults);
}

void
mail_encode(const struct mail *m, struct buf *out)
{
	struct mail copy = *m; /* the walk writes back what it just wrote */
	struct codec c = { .out = out };

	code_mail(&c, &copy);
}

enum err
mail_decode(struct arena *a, struct str s, struct mail *ret)
{
	struct codec c = { .a = a, .in = scan_of(s) };
	struct mail m = { 0 };

	code_mail(&c, &m);
	if (c.failed)
		return ERR_INVALID;
	TRY(scan_end(&c.in));
	*ret = m;
	return OK;
}

enum err
mail_read(struct ipc *parse, struct arena *a, struct str raw, struct mail *ret)
{
	struct str answer = STR_NULL;

	if (raw.n > LIMIT_MAIL)
		return ERR_LIMIT;
	TRY(ipc_call(parse, a, "mail", raw, PARSE_MILLISECONDS, &answer));
	return mail_decode(a, answer, ret);
}

void
mail_unreadable(struct arena *a, const char *why, struct mail *ret)
{
	static const struct mail_address nobody = { .name = "", .address = "" };

	*ret = (struct mail){
		.message_id = "",
		.in_reply_to = "",
		.from = nobody,
		.sender = nobody,
		.subject = "",
		.text = { "", 0 },
		.language = "",
		.signer = "",
		.signer_key = "",
		.automatic_why = "",
		.bounce = { .recipient = "", .status = "", .action = "", .diagnostic = "",
		    .message_id = "" },
		.faults = { .item = arena_many(a, const char *, 1), .n = 1 },
	};
	ret->faults.item[0] = arena_dup(a, why);
}

const char *
mail_auto_name(enum mail_auto v)
{
	static const char *const names[] = {
		[MAIL_AUTO_NONE] = "none",
		[MAIL_AUTO_BOUNCE] = "bounce",
		[MAIL_AUTO_REPLY] = "reply",
		[MAIL_AUTO_LOOP] = "loop",
		[MAIL_AUTO_LIST] = "list",
		[MAIL_AUTO_GENERATED] = "generated",
	};
	return names[v];
}

const char *
mail_signature_name(enum mail_signature v)
{
	static const char *const names[] = {
		[MAIL_SIGNATURE_NONE] = "none",
		[MAIL_SIGNATURE_GOOD] = "good",
		[MAIL_SIGNATURE_BAD] = "bad",
		[MAIL_SIGNATURE_UNKNOWN_KEY] = "unknown-key",
		[MAIL_SIGNATURE_EXPIRED] = "expired",
		[MAIL_SIGNATURE_REVOKED] = "revoked",
		[MAIL_SIGNATURE_UNCHECKED] = "unchecked",
	};
	return names[v];
}

const char *
mail_encryption_name(enum mail_encryption v)
{
	static const char *const names[] = {
		[MAIL_ENCRYPTION_NONE] = "none",
		[MAIL_ENCRYPTION_OPENED] = "opened",
		[MAIL_ENCRYPTION_CLOSED] = "closed",
	};
	return names[v];
}

const char *
mail_format_name(enum mail_format v)
{
	static const char *const names[] = {
		[MAIL_FORMAT_NONE] = "none",
		[MAIL_FORMAT_PGP_MIME] = "pgp-mime",
		[MAIL_FORMAT_PGP_INLINE] = "pgp-inline",
		[MAIL_FORMAT_SMIME] = "smime",
	};
	return names[v];
}

bool
mail_may_acknowledge(const struct mail *m, const char *const *own, size_t n)
{
	struct str from = str_of(m->from.address);

	/* RFC 3834 2: never answer an automatic mail, nor ourselves. */
	if (m->automatic != MAIL_AUTO_NONE || from.n == 0)
		return false;
	if (str_starts_case(from, STR("mailer-daemon@")) ||
	    str_starts_case(from, STR("postmaster@")))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (str_is_case(from, own[i]))
			return false;
		for (size_t k = 0; k < m->reply_to.n; k++)
			if (str_is_case(str_of(m->reply_to.item[k].address), own[i]))
				return false;
	}
	return true;
}
