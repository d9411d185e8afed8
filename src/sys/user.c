/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/user.h"

#include <errno.h>
#include <ftw.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WALK_FOLDERS 16 /* open at once */
/* Not a parameter of nftw()'s callback, so it must stand here. */
static uid_t walk_uid;
static gid_t walk_gid;

bool
sys_user_is_root(void)
{
	return geteuid() == 0;
}

enum err
sys_user_find(uid_t *ret_uid, gid_t *ret_gid)
{
	struct passwd p, *found = NULL;
	char space[4096];

	if (getpwnam_r(SYS_USER_NAME, &p, space, sizeof(space), &found) != 0 || found == NULL)
		return ERR_NOT_FOUND;
	*ret_uid = p.pw_uid;
	*ret_gid = p.pw_gid;
	return OK;
}

static int
give_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)type; /* all kinds alike */
	(void)where;
	if (st->st_uid == walk_uid && st->st_gid == walk_gid)
		return 0;
	return lchown(path, walk_uid, walk_gid);
}

enum err
sys_user_give(const char *path, uid_t uid, gid_t gid)
{
	walk_uid = uid;
	walk_gid = gid;
	/* Depth first: the folder itself comes last. */
	if (nftw(path, give_one, WALK_FOLDERS, FTW_PHYS | FTW_DEPTH | FTW_MOUNT) != 0)
		return errno == EPERM || errno == EACCES ? ERR_DENIED : ERR_IO;
	return OK;
}

enum err
sys_user_become(uid_t uid, gid_t gid)
{
	if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 ||
	    setresuid(uid, uid, uid) != 0)
		return ERR_DENIED;
	/* Never trust that it worked: root again would be a hole. */
	if (uid != 0 && setresuid(0, 0, 0) == 0)
		return ERR_DENIED;
	return OK;
}

enum err
sys_user_become_owner(const char *path)
{
	const unsigned keep = 1U << CAP_DAC_OVERRIDE | 1U << CAP_DAC_READ_SEARCH;
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	struct stat st;

	if (!sys_user_is_root())
		return OK;
	if (stat(path, &st) != 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_DENIED;
	if (st.st_uid == 0)
		return OK;
	if (prctl(PR_SET_KEEPCAPS, 1L, 0L, 0L, 0L) != 0)
		return ERR_DENIED;
	TRY(sys_user_become(st.st_uid, st.st_gid));
	memset(data, 0, sizeof(data));
	data[0].effective = data[0].permitted = keep;
	if (syscall(SYS_capset, &head, data) != 0)
		return ERR_DENIED;
	return OK;
}
