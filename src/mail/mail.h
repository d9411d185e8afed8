/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mail.h - one mail, read: what the work role stores and the pages show.
 *
 * The raw bytes are kept elsewhere, unchanged; this is what could be read of
 * them. Whatever was wrong is a sentence in ${faults}, never a failure: every
 * sequence of bytes gives a struct mail. All texts are valid UTF-8 in NFC;
 * none is NULL after mail_read(); texts that are absent are "".
 *
 * MIME is opened in the parse role only (mail_parse). Signatures are checked
 * and ciphertexts opened in the crypt role (crypt.h), which parse asks.
 */
#ifndef MAIL_MAIL_H
#define MAIL_MAIL_H

#include "base/err.h"
#include "base/str.h"

struct arena;
struct buf;
struct ipc;

struct mail_address {
	const char *name;    /* display name, may be "" */
	const char *address; /* local@domain as written, domain in lower case */
};

struct mail_addresses {
	struct mail_address *item;
	size_t n;
};

struct mail_texts {
	const char **item;
	size_t n;
};

struct mail_attachment {
	const char *name;	/* as the sender says, one line, no path; may be "" */
	const char *media_type; /* lower case, "application/octet-stream" when unknown */
	const char *sha256;	/* of ${bytes}, 64 hexadecimal digits */
	const char *content_id; /* without <>, may be "" */
	bool is_inline;		/* Content-Disposition: inline, or referred to by HTML */
	struct str bytes;	/* decoded */
};

struct mail_attachments {
	struct mail_attachment *item;
	size_t n;
};

/* One Received header; the top one (nearest to us) comes first. */
struct mail_hop {
	const char *from;  /* the name that the client gave, may be "" */
	const char *ip;	   /* the client's address, may be "" */
	const char *by;	   /* who wrote this line */
	const char *with;  /* ESMTPS, … */
	int64_t at;	   /* 0 when unreadable */
};

struct mail_hops {
	struct mail_hop *item;
	size_t n;
};

/* One result of Authentication-Results (RFC 8601) or Received-SPF (RFC 7208). */
struct mail_check {
	const char *method; /* "spf", "dkim", "dmarc", "arc", … */
	const char *result; /* "pass", "fail", "none", … in lower case */
	const char *detail; /* "header.d=example.jp", may be "" */
	const char *by;	    /* the server that says so */
	bool trusted;	    /* written by the server that took the mail in, by its place in
			     * the header and its name; others may be forged by the sender */
};

struct mail_checks {
	struct mail_check *item;
	size_t n;
};

enum mail_auto {
	MAIL_AUTO_NONE,
	MAIL_AUTO_BOUNCE,    /* a delivery status or an old-style bounce */
	MAIL_AUTO_REPLY,     /* "out of office": never answered */
	MAIL_AUTO_LOOP,	     /* has been here before: never answered */
	MAIL_AUTO_LIST,	     /* through a mailing list: never answered */
	MAIL_AUTO_GENERATED, /* written by a program, e.g. an abuse report: never answered */
};

enum mail_format { MAIL_FORMAT_NONE, MAIL_FORMAT_PGP_MIME, MAIL_FORMAT_PGP_INLINE, MAIL_FORMAT_SMIME };

enum mail_encryption {
	MAIL_ENCRYPTION_NONE,
	MAIL_ENCRYPTION_OPENED, /* decrypted; text and attachments show the content */
	MAIL_ENCRYPTION_CLOSED, /* could not be decrypted; ${faults} says why */
};

enum mail_signature {
	MAIL_SIGNATURE_NONE,
	MAIL_SIGNATURE_GOOD,
	MAIL_SIGNATURE_BAD,	    /* content or signature was changed */
	MAIL_SIGNATURE_UNKNOWN_KEY, /* we do not have the signer's key */
	MAIL_SIGNATURE_EXPIRED,	    /* good, but made with or checked after expiry */
	MAIL_SIGNATURE_REVOKED,	    /* good, but the key was revoked */
	MAIL_SIGNATURE_UNCHECKED,   /* there is one; it could not be checked */
};

struct mail_bounce {
	const char *recipient;	/* who did not get it, "" when not said */
	const char *status;	/* RFC 3463 "5.1.1", or "" */
	const char *action;	/* "failed", "delayed", … or "" */
	const char *diagnostic; /* the server's words, or "" */
	const char *message_id; /* of the mail that bounced, without <>, or "" */
};

struct mail {
	const char *message_id;	       /* without <>, "" when there is none */
	const char *in_reply_to;       /* without <>, the first one */
	struct mail_texts references;  /* without <>, oldest first */
	struct mail_address from;      /* the first one */
	struct mail_address sender;
	struct mail_addresses to, cc, reply_to;
	struct mail_texts delivered_to; /* Delivered-To and X-Loop, as written */
	const char *subject;
	int64_t date;	  /* the sender's claim; 0 when missing or unreadable */
	struct str text;  /* lines end in LF; at most LIMIT_MAIL_TEXT bytes */
	const char *language; /* "ja", "en", "ko", "zh" or "" : a guess */
	struct mail_attachments attachments;

	enum mail_format format; /* of signature or encryption */
	enum mail_encryption encryption;
	enum mail_signature signature; /* the worst one, if there are several */
	bool signature_covers_all;     /* false: there is text outside of what was signed */
	const char *signer;	       /* user id of the key, or "" */
	const char *signer_key;	       /* fingerprint in upper case hex, or "" */
	bool signer_is_from;	       /* the key names the From address */
	int64_t signed_at;	       /* 0 when unknown */

	enum mail_auto automatic;
	const char *automatic_why; /* the header that says so, or "" */
	struct mail_bounce bounce;

	struct mail_hops hops;
	struct mail_checks checks;
	struct mail_texts faults; /* English sentences: what, where, what we did */
};

/*
 * The parse role calls it once before it enters its cage: opens charset
 * converters, starts the MIME library.
 */
void mail_parse_init(void);

/* The parser row "mail": raw bytes in, an encoded struct mail out. */
MUST_USE enum err mail_parse(struct arena *a, struct str in, struct ipc *crypt, struct buf *out);

/* The same without the encoding: for the parse role and tests. Never fails on
 * what it reads. ${crypt} may be NULL: signatures stay unchecked. */
void mail_open(struct arena *a, struct str raw, struct ipc *crypt, struct mail *ret);

/* For the work role: asks parse, decodes its answer. ERR_LIMIT over LIMIT_MAIL. */
MUST_USE enum err mail_read(struct ipc *parse, struct arena *a, struct str raw, struct mail *ret);

/* What to store when mail_read failed for good (parse died over it, twice): an
 * empty mail whose one fault is ${why}. The raw bytes are kept as always. */
void mail_unreadable(struct arena *a, const char *why, struct mail *ret);

/* Between roles. mail_decode gives views into ${s}; ERR_INVALID for anything
 * that mail_encode does not write. */
void mail_encode(const struct mail *m, struct buf *out);
MUST_USE enum err mail_decode(struct arena *a, struct str s, struct mail *ret);

/* Words for logs and the API: "bounce", "good", … */
const char *mail_auto_name(enum mail_auto v);
const char *mail_signature_name(enum mail_signature v);
const char *mail_encryption_name(enum mail_encryption v);
const char *mail_format_name(enum mail_format v);

/* May this mail be answered by a machine (RFC 3834)? ${own}: our addresses. */
bool mail_may_acknowledge(const struct mail *m, const char *const *own, size_t n);

#endif
