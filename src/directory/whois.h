/* SPDX-License-Identifier: Apache-2.0 */
/*
 * whois.h - RFC 3912 answers, of any layout and charset.
 *
 * The protocol says nothing of what an answer looks like. Five forms are told
 * apart line by line, not server by server, so that an unknown registry is
 * mostly read too: "key: value" (RPSL and ARIN, registrars), "[Key] value"
 * (JPRS, JPNIC), "key : value" below "[ heading ]" (KRNIC), "Heading:" with
 * deeper lines below it (Nominet, TWNIC), and free text, of which only mail
 * addresses are taken.
 *
 * Who an address belongs to follows from its key, else from the heading above
 * it, else from the handle by which the network or domain names this contact.
 * Of several networks in one answer the narrowest counts.
 */
#ifndef DIRECTORY_WHOIS_H
#define DIRECTORY_WHOIS_H

#include "base/err.h"
#include "base/str.h"
#include "directory/found.h"

struct arena;
struct buf;
struct ipc;

/*
 * The bytes of an answer. Never fails; what cannot be read is a fault. Over
 * LIMIT_WHOIS the rest is left out, which is a fault too. ${charset}: what the
 * server is known to use, or empty: UTF-8, ISO-2022-JP, EUC-KR and Latin-1 are
 * told by their bytes.
 */
void whois_parse(struct arena *a, struct str charset, struct str bytes, struct found *ret);

/* The parser row "whois": u32-counted charset, then the answer; gives JSON of
 * found_json(). */
MUST_USE enum err whois_parse_row(struct arena *a, struct str in, struct ipc *crypt, struct buf *out);

/* The question for ${object} at ${server}, without CR LF: "-T …", "n + …",
 * "/e" as this server wants it. ERR_INVALID when the object has a control
 * character or a blank in it. */
MUST_USE enum err whois_query(struct arena *a, const char *server, struct str object, const char **ret);
/* What charset ${server} is known to answer in, or "". */
const char *whois_charset(const char *server);

#endif
