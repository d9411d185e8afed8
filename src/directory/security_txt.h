/* SPDX-License-Identifier: Apache-2.0 */
/*
 * security_txt.h - /.well-known/security.txt (RFC 9116), and the mailbox of a
 * zone (RFC 1035 3.3.13).
 */
#ifndef DIRECTORY_SECURITY_TXT_H
#define DIRECTORY_SECURITY_TXT_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "directory/found.h"

struct arena;
struct buf;
struct ipc;

/*
 * Contacts in the file's order of preference, Expires, Encryption, Policy (as
 * ${link}), Preferred-Languages. A signature around it is told, not checked.
 * Never fails: what the RFC forbids is a fault that cites it. ${now}: UTC ms, an
 * expired file is told.
 */
void security_txt_parse(struct arena *a, struct str bytes, int64_t now, struct found *ret);
/* The parser row "security.txt": u64 now, then the file; gives found_json(). */
MUST_USE enum err security_txt_parse_row(
    struct arena *a, struct str in, struct ipc *crypt, struct buf *out);

/*
 * "hostmaster.example.jp" (as DNS text, "\." inside the local part) to
 * "hostmaster@example.jp". ERR_INVALID: it is none, or the root (no mailbox).
 */
MUST_USE enum err security_txt_zone_mail(struct arena *a, struct str rname, const char **ret);

#endif
