/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web_crypt.h - the pages' way to the crypt role: one pipe for all workers.
 *
 *	struct ipc *i = web_crypt_take(web_crypt(w->state));
 *	e = crypt_import_key(i, …);
 *	web_crypt_give(web_crypt(w->state));
 */
#ifndef WEB_WEB_CRYPT_H
#define WEB_WEB_CRYPT_H

struct ipc;
struct web_crypt;

struct web_crypt *web_crypt_new(int fd); /* owns ${fd}; -1: not yet there */
void web_crypt_free(struct web_crypt *c);
/* Waits until no other worker uses it. NULL ${c} gives NULL. */
struct ipc *web_crypt_take(struct web_crypt *c);
void web_crypt_give(struct web_crypt *c);
/* The role was restarted: ${fd} is used from the next web_crypt_take() on. */
void web_crypt_replace(struct web_crypt *c, int fd);

#endif
