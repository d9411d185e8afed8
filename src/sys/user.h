/* SPDX-License-Identifier: Apache-2.0 */
/* user.h - which user of the machine the program is. */
#ifndef SYS_USER_H
#define SYS_USER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

#define SYS_USER_NAME "tobiguchi"

bool sys_user_is_root(void);
/* The system user that serves. ERR_NOT_FOUND: the machine has none. */
MUST_USE enum err sys_user_find(uid_t *ret_uid, gid_t *ret_gid);
/* Give ${path} and all under it to that user; links are not followed. Its own
 * row is changed last, so that a walk that broke off is done again. */
MUST_USE enum err sys_user_give(const char *path, uid_t uid, gid_t gid);
/* Become that user for ever, without any privilege. */
MUST_USE enum err sys_user_become(uid_t uid, gid_t gid);
/*
 * As root, for a command: become the owner of ${path}, so that what it writes
 * can be read by the server, but keep root's right to read and write files (a
 * backup into root's own folder). Not root, or root's folder: nothing changes.
 */
MUST_USE enum err sys_user_become_owner(const char *path);

#endif
