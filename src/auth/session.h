/* SPDX-License-Identifier: Apache-2.0 */
/* session.h - sessions, for the files of this folder; others: auth.h. */
#ifndef AUTH_SESSION_H
#define AUTH_SESSION_H

#include "auth/auth.h"
#include "base/clock.h"

#define SESSION_LIFE (7 * CLOCK_DAY)
#define SESSION_IDLE (12 * CLOCK_HOUR)
#define SESSION_HALF_LIFE (10 * CLOCK_MINUTE) /* to type the code */
#define SESSION_TOUCH (5 * CLOCK_MINUTE)

/* ${whole}: its second factor passed or is not needed. */
MUST_USE enum err session_add(struct db *db, struct arena *a, int64_t user, bool whole, int64_t now, int64_t *ret_id, const char **ret_cookie);
MUST_USE enum err session_find_half(struct db *db, struct arena *a, struct str cookie, int64_t now, int64_t *ret_id, int64_t *ret_user);

#endif
