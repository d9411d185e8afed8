/* SPDX-License-Identifier: Apache-2.0 */
/* pgp_key_web.h - the field "pgp_key" of a form: a key that is pasted. */
#ifndef DIRECTORY_PGP_KEY_WEB_H
#define DIRECTORY_PGP_KEY_WEB_H

#include "directory/pgp_key_store.h"
#include "web/web.h"

/* A route's prepare step, since gpg is slow: what is pasted is read and judged,
 * problems are at the field. Nothing for act = remove. */
MUST_USE enum err pgp_key_ask(struct web *w);
/* The same for ${text} that did not come in the field; ${field}: where problems
 * stand. ${*ret}: the key, all NULL when there is none to use. */
MUST_USE enum err pgp_key_judge(struct web *w, const char *field, const char *text, struct pgp_key *ret);
/* Then in the write transaction: stored and journalled; ${*ret_id} stays as it
 * was when nothing was pasted. */
MUST_USE enum err pgp_key_keep(struct web *w, int64_t *ret_id);

#endif
