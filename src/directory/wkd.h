/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wkd.h - the key of a mail address from its own domain: Web Key Directory
 * (draft-koch-openpgp-webkey-service).
 *
 * The job "wkd.ask" asks, as contact finding does (directory/lookup.h): only
 * when lookup.reach is switched on, never a private address, counted by server.
 * What comes is opened in the parse role and kept in lookup_answer as object
 * "key hanako@example.jp", kind "wkd". Nothing is put into the keyring before a
 * person has compared the fingerprint and said so.
 */
#ifndef DIRECTORY_WKD_H
#define DIRECTORY_WKD_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct arena;
struct buf;
struct db;
struct ipc;
struct host;

#define WKD_USERS 20

/* What is asked: the advanced address, and the direct one for domains that have
 * no host "openpgpkey". ${where} is the setting lookup.wkd. ERR_INVALID: ${email}
 * is no address of a domain. */
struct wkd {
	const char *object;	   /* "key hanako@example.jp": the domain as DNS has it */
	const char *email;	   /* the same without "key " */
	const char *host;	   /* openpgpkey.example.jp */
	const char *advanced, *direct; /* URLs */
};
MUST_USE enum err wkd_of(struct arena *a, const char *where, const char *email, struct wkd *ret);

/* A transferable public key (RFC 9580), as far as a person compares it. */
struct wkd_key {
	const char *fingerprint; /* upper case hex; NULL: there is no key that we can read */
	int64_t created_at;	 /* UTC milliseconds */
	const char *user[WKD_USERS]; /* user ids, printable UTF-8 */
	size_t users;
	bool names;		 /* one of them names the address that was asked for */
	const char *fault;	 /* English msgid, or NULL */
};
/* Never fails: what cannot be read is a fault. ${email}: whose it is to be. */
void wkd_read(struct arena *a, struct str bytes, const char *email, struct wkd_key *ret);
/* The parser row "wkd": counted email, then the bytes; gives JSON for wkd_parsed(). */
MUST_USE enum err wkd_parse_row(struct arena *a, struct str in, struct ipc *crypt, struct buf *out);
MUST_USE enum err wkd_parsed(struct arena *a, struct str json, struct wkd_key *ret);

/* The bytes as text between BEGIN and END, for the table of keys. */
const char *wkd_armor(struct arena *a, struct str bytes);

#endif
