/* SPDX-License-Identifier: Apache-2.0 */
/* auth_scope.h - what the files of this folder share about secrets. */
#ifndef AUTH_AUTH_SCOPE_H
#define AUTH_AUTH_SCOPE_H

#include "auth/auth.h"

/* "report.read,intake", "all", "read". ERR_INVALID: empty or an unknown word. */
MUST_USE enum err auth_scope_parse(struct str s, bool scope[PERM_COUNT], bool *ret_read_only);

/* 32 random bytes as 43 characters. Never stored. */
const char *auth_secret_new(struct arena *a);
/* What is stored of it: BLAKE2b in hex. The secret is random and long, so a
 * fast hash is enough. */
const char *auth_secret_hash(struct arena *a, struct str secret);

/* Encrypt under subkey ${number} of context ${context} (8 characters): nonce,
 * then secretbox. */
struct str auth_seal(struct arena *a, const unsigned char key[32], const char *context, uint64_t number, struct str plain);
/* ERR_INVALID: another key, or changed. */
MUST_USE enum err auth_unseal(struct arena *a, const unsigned char key[32], const char *context, uint64_t number, struct str sealed, struct str *ret);

/* Does ${code} fit the stored secret now and was it not used? ${*ret_step}
 * then is its time step. */
/* A recovery code, used up by it; ERR_DENIED: it is none. */
MUST_USE enum err totp_recovery_use(struct db *db, struct arena *a, int64_t user, struct str code);
MUST_USE enum err totp_check(struct arena *a, const unsigned char key[32], struct str sealed, int64_t last_step, struct str code, int64_t now, int64_t *ret_step);

/* How long an account waits after its ${failures}th failure in a row; 0 = not. */
int64_t auth_lock_time(int64_t failures);

#endif
