/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypt.h - the crypt role's side: the keyring and what is done with it.
 *
 * Only the crypt role owns the keyring (DATA/gnupg). Through GPGME it runs
 * gpg, gpgsm, gpgconf (which GPGME asks for paths) and gpg-agent, nothing
 * else: no dirmngr, no scdaemon, no pinentry, no key server.
 * The requests and their encoding are in mail_crypt.h and mail_crypt.c.
 */
#ifndef MAIL_CRYPT_H
#define MAIL_CRYPT_H

#include "mail/mail_crypt.h"

struct crypt_home; /* the keyring; one thread */

/* Makes ${path} (0700, absolute) with its configuration when needed.
 * ERR_LIMIT: the path is too long for the agent's socket; ERR_UNAVAILABLE: no
 * gpg. Call it before the cage: GPGME looks for its engines here. */
MUST_USE enum err crypt_home_open(
    const char *path, struct crypt_home **ret, const char **ret_why);
/* Stops the agent that this keyring's gpg started; NULL is fine. */
void crypt_home_free(struct crypt_home *h);
AUTO_DEFINE(crypt_home)

/* The role's ipc_handler; ${object} is the struct crypt_home. */
MUST_USE enum err crypt_handle(
    void *object, struct arena *a, struct str name, struct str payload, struct buf *out);

#endif
