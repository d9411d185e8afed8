/* SPDX-License-Identifier: Apache-2.0 */
/* user.h - reading a user's row, for the files of this folder; others: auth.h. */
#ifndef AUTH_USER_H
#define AUTH_USER_H

#include "auth/auth.h"

struct db_stmt;

/* Of "person p"; user_read() takes them from column 0. */
#define USER_COLUMNS                                                                               \
	"p.id, p.name, p.email, p.role, p.lang, p.zone, p.active, p.totp_secret IS NOT NULL,"      \
	" p.single_keys, p.theme, p.density, p.must_change, p.version, p.created_at,"              \
	" p.signed_in_at, p.locked_until, p.failures"
#define USER_COUNT 17
void user_read(struct arena *a, struct db_stmt *q, struct user *ret);

#endif
