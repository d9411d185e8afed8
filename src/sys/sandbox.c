/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/limit.h"

/* The address sanitizer's shadow memory is an address space of terabytes. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

/*
 * Landlock. The headers of Debian 12 know its first two versions only; the
 * numbers are the kernel's interface and never change.
 */
#define FS_TRUNCATE (UINT64_C(1) << 14)	 /* version 3 */
#define FS_IOCTL_DEV (UINT64_C(1) << 15) /* version 5 */
#define NET_TCP (UINT64_C(3))		 /* bind and connect, version 4 */
#define SCOPE_ALL (UINT64_C(3))		 /* abstract sockets, signals: version 6 */

#define FS_FIRST ((UINT64_C(1) << 13) - 1) /* version 1 */
#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_RUN (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE)
#define FS_ALL ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE
/* What a rule on a file, not a folder, may grant. */
#define FS_OF_FILE                                                             \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |           \
	    LANDLOCK_ACCESS_FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)

#define CRYPT_FILES 256

struct ruleset_attr {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};

struct file_rule {
	const char *path; /* NULL ends the list */
	uint64_t access;
};

int
sandbox_landlock(void)
{
	long version =
	    syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);

	return version < 0 ? 0 : (int)version;
}

static uint64_t
known_fs(int version)
{
	return FS_FIRST | (version >= 2 ? (uint64_t)LANDLOCK_ACCESS_FS_REFER : 0) |
	    (version >= 3 ? FS_TRUNCATE : 0) | (version >= 5 ? FS_IOCTL_DEV : 0);
}

static enum err
allow(int ruleset, const struct file_rule *rule, uint64_t handled)
{
	struct landlock_path_beneath_attr attr = { .allowed_access = rule->access & handled };
	struct stat st;
	enum err e = OK;
	int fd = open(rule->path, O_PATH | O_CLOEXEC);

	if (fd < 0) /* what is not there needs no permission */
		return errno == ENOENT || errno == EACCES || errno == ENOTDIR ? OK : ERR_IO;
	if (fstat(fd, &st) != 0)
		e = ERR_IO;
	else if (!S_ISDIR(st.st_mode))
		attr.allowed_access &= FS_OF_FILE;
	attr.parent_fd = fd;
	/* EBADFD: /dev/stderr and its like may lead to a pipe, which has no place in the tree. */
	if (e == OK &&
	    syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &attr, 0) != 0 && errno != EBADFD)
		e = ERR_UNAVAILABLE;
	(void)close(fd); /* only a name for the kernel */
	return e;
}

static enum err allow_around(int ruleset, const char *closed, uint64_t handled);
static bool holds(const char *folder, const char *inner);

/* Nothing but ${rules} (each list may be NULL), and with ${no_net} no TCP. */
static enum err
landlock(const struct file_rule *rules, const char *const *writable, const char *closed, bool no_net)
{
	int version = sandbox_landlock();
	struct ruleset_attr attr = {
		.fs = known_fs(version),
		.net = no_net && version >= 4 ? NET_TCP : 0,
		.scoped = version >= 6 ? SCOPE_ALL : 0,
	};
	size_t size = version >= 6 ? sizeof(attr)
	    : version >= 4	   ? offsetof(struct ruleset_attr, scoped)
				   : offsetof(struct ruleset_attr, net);
	enum err e = OK;
	int ruleset;

	if (version == 0)
		return OK; /* the filter still stands; the role says so in its log */
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
	if (ruleset < 0)
		return ERR_UNAVAILABLE;
	for (; rules != NULL && rules->path != NULL && e == OK; rules++)
		e = allow(ruleset, rules, attr.fs);
	for (; writable != NULL && *writable != NULL && e == OK; writable++) {
		struct file_rule rule = { *writable, FS_ALL };

		if (holds(*writable, closed))
			rule.access &= ~(uint64_t)LANDLOCK_ACCESS_FS_READ_FILE;
		e = allow(ruleset, &rule, attr.fs);
	}
	if (e == OK && closed != NULL)
		e = allow_around(ruleset, closed, attr.fs);
	if (e == OK && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		e = ERR_UNAVAILABLE;
	(void)close(ruleset); /* the process keeps what it restricts */
	return e;
}

/* seccomp */

struct call {
	int number; /* libseccomp's: negative ones do not exist on this machine */
};
#define CALL(name) { SCMP_SYS(name) }

/* What computing needs. Each was seen to be used by the C library, the
 * sanitizers' run-time or the parsers. */
static const struct call parse_calls[] = {
	CALL(read),
	CALL(readv),
	CALL(write),
	CALL(writev),
	CALL(poll),
	CALL(ppoll),
	CALL(close),
	CALL(fstat),
	CALL(lseek),
	CALL(brk),
	CALL(munmap),
	CALL(mremap),
	CALL(madvise),
	CALL(futex),
	CALL(getrandom),
	CALL(clock_gettime),
	CALL(clock_getres),
	CALL(gettimeofday),
	CALL(time),
	CALL(nanosleep),
	CALL(clock_nanosleep),
	CALL(restart_syscall),
	CALL(setitimer),
	CALL(getpid),
	CALL(gettid),
	CALL(sched_yield),
	CALL(sigaltstack),
	CALL(rt_sigreturn),
	CALL(rt_sigprocmask),
	CALL(rt_sigaction),
	CALL(exit),
	CALL(exit_group),
};

/* What no role needs and intruders use. Sockets are looked at by caller. */
static const struct call refused_calls[] = {
	CALL(acct),
	CALL(add_key),
	CALL(bpf),
	CALL(chroot),
	CALL(clock_adjtime),
	CALL(clock_settime),
	CALL(delete_module),
	CALL(fanotify_init),
	CALL(finit_module),
	CALL(fsconfig),
	CALL(fsmount),
	CALL(fsopen),
	CALL(fspick),
	CALL(init_module),
	CALL(io_uring_enter),
	CALL(io_uring_register),
	CALL(io_uring_setup),
	CALL(ioperm),
	CALL(iopl),
	CALL(kcmp),
	CALL(kexec_file_load),
	CALL(kexec_load),
	CALL(keyctl),
	CALL(lookup_dcookie),
	CALL(mbind),
	CALL(mknod),
	CALL(mknodat),
	CALL(mount),
	CALL(mount_setattr),
	CALL(move_mount),
	CALL(name_to_handle_at),
	CALL(open_by_handle_at),
	CALL(open_tree),
	CALL(perf_event_open),
	CALL(personality),
	CALL(pidfd_getfd),
	CALL(pivot_root),
	CALL(process_vm_readv),
	CALL(process_vm_writev),
	CALL(ptrace),
	CALL(quotactl),
	CALL(reboot),
	CALL(request_key),
	CALL(setdomainname),
	CALL(sethostname),
	CALL(setns),
	CALL(settimeofday),
	CALL(swapoff),
	CALL(swapon),
	CALL(syslog),
	CALL(umount2),
	CALL(unshare),
	CALL(userfaultfd),
	CALL(vhangup),
};

static enum err
from_seccomp(int result)
{
	return result == 0 ? OK : ERR_UNAVAILABLE;
}

static enum err
add_calls(scmp_filter_ctx filter, uint32_t action, const struct call *calls, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		/* A call that this machine has not cannot be made either. */
		if (calls[i].number >= 0)
			TRY(from_seccomp(seccomp_rule_add(filter, action, calls[i].number, 0)));
	}
	return OK;
}

static enum err
parse_rules(scmp_filter_ctx f)
{
	const uint32_t yes = SCMP_ACT_ALLOW;
	/* Memory that can be written must never become code. */
	const struct scmp_arg_cmp not_exec = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	/* send() and recv() on a connected pipe name no address. */
	const struct scmp_arg_cmp no_address = SCMP_A4(SCMP_CMP_EQ, 0, 0);
	/* Only its own end: abort() and failing assertions. */
	const struct scmp_arg_cmp myself = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0);
	const struct scmp_arg_cmp only_ask = SCMP_A2(SCMP_CMP_EQ, 0, 0);
	/* fstat() of newer C libraries: this very descriptor, no path. */
	const struct scmp_arg_cmp empty_path = SCMP_A3(SCMP_CMP_EQ, AT_EMPTY_PATH, 0);

	TRY(add_calls(f, yes, parse_calls, COUNT(parse_calls)));
	TRY(from_seccomp(seccomp_rule_add(f, yes, SCMP_SYS(mmap), 1, not_exec)));
	TRY(from_seccomp(seccomp_rule_add(f, yes, SCMP_SYS(mprotect), 1, not_exec)));
	TRY(from_seccomp(seccomp_rule_add(f, yes, SCMP_SYS(sendto), 1, no_address)));
	TRY(from_seccomp(seccomp_rule_add(f, yes, SCMP_SYS(recvfrom), 1, no_address)));
	TRY(from_seccomp(seccomp_rule_add(f, yes, SCMP_SYS(tgkill), 1, myself)));
	TRY(from_seccomp(seccomp_rule_add(f, yes, SCMP_SYS(prlimit64), 1, only_ask)));
	TRY(from_seccomp(seccomp_rule_add(f, yes, SCMP_SYS(newfstatat), 1, empty_path)));
	return OK;
}

/* Landlock says which files. */
static enum err
store_rules(scmp_filter_ctx f)
{
	static const struct call calls[] = { CALL(open), CALL(openat), CALL(rename), CALL(renameat), CALL(renameat2), CALL(unlink),
		CALL(unlinkat), CALL(fsync), CALL(fdatasync), CALL(ftruncate), CALL(truncate), CALL(pread64), CALL(getdents64),
		CALL(access), CALL(faccessat), CALL(faccessat2), CALL(stat), CALL(newfstatat), CALL(fcntl), CALL(flock) };

	TRY(parse_rules(f));
	return add_calls(f, SCMP_ACT_ALLOW, calls, COUNT(calls));
}

/* The role that looks at web sites: TCP and UDP, of the internet only. */
static enum err
network_rules(scmp_filter_ctx f)
{
	static const struct call calls[] = { CALL(connect), CALL(getsockopt), CALL(setsockopt), CALL(getsockname), CALL(getpeername),
		CALL(sendto), CALL(recvfrom), CALL(sendmsg), CALL(sendmmsg), CALL(recvmsg), CALL(shutdown), CALL(epoll_ctl),
		CALL(epoll_wait), CALL(epoll_pwait), CALL(epoll_pwait2), CALL(fcntl), CALL(uname), CALL(getuid), CALL(geteuid),
		CALL(getgid), CALL(getegid), CALL(sysinfo) };
	const uint32_t yes = SCMP_ACT_ALLOW;
	const struct scmp_arg_cmp four = SCMP_A0(SCMP_CMP_EQ, AF_INET, 0), six = SCMP_A0(SCMP_CMP_EQ, AF_INET6, 0);

	TRY(parse_rules(f));
	TRY(add_calls(f, yes, calls, COUNT(calls)));
	TRY(from_seccomp(seccomp_rule_add(f, yes, SCMP_SYS(socket), 1, four)));
	return from_seccomp(seccomp_rule_add(f, yes, SCMP_SYS(socket), 1, six));
}

/* New user namespaces are the usual first step of an attack on the kernel.
 * clone3 hides its flags in memory; the C library falls back to clone. */
static enum err
clone_rules(scmp_filter_ctx f)
{
	const struct scmp_arg_cmp new_user =
	    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER);

	TRY(from_seccomp(seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0)));
	return from_seccomp(
	    seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1, new_user));
}

static enum err
crypt_rules(scmp_filter_ctx f)
{
	const uint32_t no = SCMP_ACT_ERRNO(EPERM);
	const struct scmp_arg_cmp not_unix = SCMP_A0(SCMP_CMP_NE, AF_UNIX, 0);

	TRY(add_calls(f, no, refused_calls, COUNT(refused_calls)));
	TRY(clone_rules(f));
	return from_seccomp(seccomp_rule_add(f, no, SCMP_SYS(socket), 1, not_unix));
}

static enum err
server_rules(scmp_filter_ctx f)
{
	const uint32_t no = SCMP_ACT_ERRNO(EPERM);
	const int raw[] = { AF_PACKET, AF_ALG, AF_VSOCK, AF_KEY, AF_BLUETOOTH };

	TRY(add_calls(f, no, refused_calls, COUNT(refused_calls)));
	TRY(clone_rules(f));
	TRY(from_seccomp(seccomp_rule_add(f, no, SCMP_SYS(execve), 0)));
	TRY(from_seccomp(seccomp_rule_add(f, no, SCMP_SYS(execveat), 0)));
	for (size_t i = 0; i < COUNT(raw); i++) {
		const struct scmp_arg_cmp family = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)raw[i], 0);

		TRY(from_seccomp(seccomp_rule_add(f, no, SCMP_SYS(socket), 1, family)));
	}
	return OK;
}

static enum err
filter_load(uint32_t otherwise, enum err (*rules)(scmp_filter_ctx f))
{
	scmp_filter_ctx f = seccomp_init(otherwise);
	enum err e;

	if (f == NULL)
		return ERR_UNAVAILABLE;
	e = rules(f);
	if (e == OK)
		e = from_seccomp(seccomp_load(f));
	seccomp_release(f);
	return e;
}

static void
limit(__rlimit_resource_t what, rlim_t value)
{
	struct rlimit r = { value, value };

	(void)setrlimit(what, &r); /* lowering is always allowed */
}

/* No core files (they would hold secrets), no new rights by set-uid files. */
static enum err
common(void)
{
	limit(RLIMIT_CORE, 0);
	(void)prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L); /* known since Linux 2.4 */
	return prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) == 0 ? OK : ERR_UNAVAILABLE;
}

enum err
sandbox_parse(void)
{
	TRY(common());
	if (!SANITIZED)
		limit(RLIMIT_AS, LIMIT_PARSE_MEMORY);
	limit(RLIMIT_NPROC, 0);
	TRY(landlock(NULL, NULL, NULL, true));
	return filter_load(SCMP_ACT_ERRNO(EPERM), parse_rules);
}

void
sandbox_network_prepare(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur >= LIMIT_CHECK_FILES)
		return;
	r.rlim_cur = r.rlim_max < LIMIT_CHECK_FILES ? r.rlim_max : LIMIT_CHECK_FILES;
	(void)setrlimit(RLIMIT_NOFILE, &r); /* with fewer, fewer checks run at once */
}

enum err
sandbox_network(void)
{
	TRY(common());
	if (!SANITIZED)
		limit(RLIMIT_AS, LIMIT_CHECK_MEMORY);
	limit(RLIMIT_NPROC, 0);
	TRY(landlock(NULL, NULL, NULL, false));
	return filter_load(SCMP_ACT_ERRNO(EPERM), network_rules);
}

enum err
sandbox_store(const char *folder)
{
	const char *const writable[] = { folder, NULL };

	TRY(common());
	if (!SANITIZED)
		limit(RLIMIT_AS, LIMIT_STORE_MEMORY);
	limit(RLIMIT_NPROC, 0);
	TRY(landlock(NULL, writable, NULL, true));
	return filter_load(SCMP_ACT_ERRNO(EPERM), store_rules);
}

void
sandbox_watchdog(unsigned cpu_seconds)
{
	const struct itimerval t = { .it_value = { .tv_sec = (time_t)cpu_seconds } };

	(void)setitimer(ITIMER_PROF, &t, NULL); /* cannot fail with these */
}

enum err
sandbox_crypt(const char *home)
{
	/* No folder of programs may be read: else the loader, which must be
	 * startable, could be told to start any of them. */
	static const struct file_rule rules[] = {
		{ "/usr/bin/gpg", FS_RUN },
		{ "/usr/bin/gpgsm", FS_RUN },
		{ "/usr/bin/gpg-agent", FS_RUN },
		{ "/usr/bin/gpgconf", FS_RUN },
		{ "/usr/bin/gpg-connect-agent", FS_RUN },
		{ "/lib64/ld-linux-x86-64.so.2", FS_RUN },
		{ "/lib/ld-linux-aarch64.so.1", FS_RUN },
		{ "/lib/x86_64-linux-gnu", FS_READ },
		{ "/lib/aarch64-linux-gnu", FS_READ },
		{ "/usr/lib/x86_64-linux-gnu", FS_READ },
		{ "/usr/lib/aarch64-linux-gnu", FS_READ },
		{ "/usr/lib64", FS_READ },
		{ "/usr/share/gnupg", FS_READ },
		{ "/usr/share/zoneinfo", FS_READ },
		{ "/etc/gnupg", FS_READ },
		{ "/etc/gcrypt", FS_READ },
		{ "/etc/ld.so.cache", FS_READ },
		{ "/etc/ld.so.preload", FS_READ },
		{ "/etc/localtime", FS_READ },
		{ "/etc/nsswitch.conf", FS_READ },
		{ "/etc/passwd", FS_READ },
		{ "/etc/group", FS_READ },
		{ "/proc/self/fd", FS_READ },
		{ "/proc/filesystems", FS_READ },
		{ "/sys/devices/system/cpu", FS_READ },
		{ "/dev/null", FS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE },
		{ "/dev/urandom", FS_READ },
		{ "/dev/random", FS_READ },
		{ NULL, 0 },
	};
	const char *const writable[] = { home, NULL };

	TRY(common());
	/* GPGME, which may not look into /proc, closes every number there could
	 * be before it starts a program: let there be few. */
	limit(RLIMIT_NOFILE, CRYPT_FILES);
	TRY(landlock(rules, writable, NULL, true));
	return filter_load(SCMP_ACT_ALLOW, crypt_rules);
}

enum err
sandbox_sensor(const char *state)
{
	static const struct file_rule rules[] = {
		{ "/etc", FS_READ },
		{ "/run/systemd/resolve", FS_READ }, /* where /etc/resolv.conf may point to */
		{ "/usr/lib", FS_READ },
		{ "/lib", FS_READ },
		{ "/usr/share/ca-certificates", FS_READ },
		{ "/usr/share/zoneinfo", FS_READ },
		{ "/usr/local/share/ca-certificates", FS_READ },
		{ "/proc/self", FS_READ },
		{ "/dev/null", FS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE },
		{ "/dev/urandom", FS_READ },
		{ NULL, 0 },
	};
	const char *const writable[] = { state, NULL };

	TRY(common());
	TRY(landlock(rules, writable, NULL, false));
	return filter_load(SCMP_ACT_ALLOW, server_rules);
}

/* Reading for everything in ${folder} but ${except}. */
static enum err
allow_beside(int ruleset, const char *folder, const char *except, uint64_t handled)
{
	DIR *d = opendir(folder);
	enum err e = OK;

	if (d == NULL)
		return errno == EACCES ? OK : ERR_IO; /* closed to us anyway */
	for (struct dirent *t; e == OK && (t = readdir(d)) != NULL;) {
		char path[PATH_MAX + NAME_MAX + 2];

		if (strcmp(t->d_name, ".") == 0 || strcmp(t->d_name, "..") == 0 || strcmp(t->d_name, except) == 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder, t->d_name); /* it fits */
		const struct file_rule rule = { path, FS_READ };

		e = allow(ruleset, &rule, handled);
	}
	(void)closedir(d); /* only read */
	return e;
}

/* Every folder on the way to ${closed}, from the root. */
static enum err
allow_around(int ruleset, const char *closed, uint64_t handled)
{
	const char *slash = strrchr(closed, '/');
	char given[PATH_MAX], way[PATH_MAX + NAME_MAX + 2], *at;
	size_t n = slash == NULL ? 0 : (size_t)(slash - closed);

	if (n == 0 || n >= sizeof(given) || strlen(slash) > NAME_MAX)
		return ERR_INVALID;
	memcpy(given, closed, n);
	given[n] = '\0';
	if (realpath(given, way) == NULL)
		return ERR_IO;
	n = strlen(way);
	(void)snprintf(way + n, sizeof(way) - n, "%s", slash); /* NAME_MAX more have room */
	at = way;
	while (at != NULL) {
		char *next = strchr(at + 1, '/');

		*at = '\0';
		if (next != NULL)
			*next = '\0';
		TRY(allow_beside(ruleset, way[0] == '\0' ? "/" : way, at + 1, handled));
		*at = '/';
		at = next;
	}
	return OK;
}

static bool
holds(const char *folder, const char *inner)
{
	char f[PATH_MAX], i[PATH_MAX];
	size_t n;

	if (inner == NULL || realpath(folder, f) == NULL || realpath(inner, i) == NULL)
		return inner != NULL && strncmp(folder, inner, strlen(folder)) == 0;
	n = strlen(f);
	return strncmp(f, i, n) == 0 && (i[n] == '/' || i[n] == '\0' || n == 1);
}

enum err
sandbox_server(const char *const *writable, const char *closed)
{
	static const struct file_rule open_rules[] = {
		{ "/", FS_READ },
		{ "/dev/null", FS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE },
		{ NULL, 0 },
	};
	static const struct file_rule closed_rules[] = {
		{ "/", LANDLOCK_ACCESS_FS_READ_DIR },
		{ "/dev/null", FS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE },
		{ NULL, 0 },
	};

	TRY(common());
	TRY(landlock(closed == NULL ? open_rules : closed_rules, writable, closed, false));
	return filter_load(SCMP_ACT_ALLOW, server_rules);
}
