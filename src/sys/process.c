/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/process.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "sys/files.h"

#define CHILDREN_MAX (64 * 1024) /* bytes of a list of children */

static char *arguments;	      /* where they begin */
static size_t arguments_size; /* up to the end of the last one */

void
process_init(int argc, char **argv)
{
	if (argc < 1)
		return;
	/* The kernel puts them one behind the other. */
	arguments = argv[0];
	arguments_size = (size_t)(argv[argc - 1] + strlen(argv[argc - 1]) + 1 - argv[0]);
}

void
process_name(const char *role)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "tobiguchi: %s", role);
	if (arguments != NULL) {
		memset(arguments, 0, arguments_size);
		(void)snprintf(arguments, arguments_size, "%s", name);
	}
	/* The thread's name holds 15 bytes: the role is what matters. */
	(void)snprintf(name, sizeof(name), "tobi-%s", role);
	(void)prctl(PR_SET_NAME, name, 0L, 0L, 0L); /* only a name */
}

enum err
process_fork(int death_signal, pid_t *ret)
{
	pid_t parent = getpid();
	pid_t pid;
	sigset_t none;

	(void)fflush(NULL); /* or the child prints it once more */
	pid = fork();
	if (pid < 0)
		return ERR_UNAVAILABLE;
	*ret = pid;
	if (pid > 0)
		return OK;
	for (int number = 1; number < SIGRTMIN; number++)
		(void)signal(number, SIG_DFL); /* SIGKILL and SIGSTOP refuse */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)prctl(PR_SET_PDEATHSIG, (long)death_signal, 0L, 0L, 0L);
	if (getppid() != parent)
		_exit(0); /* it died before we asked to be told */
	return OK;
}

void
process_death_signal(int death_signal)
{
	(void)prctl(PR_SET_PDEATHSIG, (long)death_signal, 0L, 0L, 0L); /* a signal that there is */
}

static int
compare_int(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void
process_close_others(int *keep, size_t n)
{
	unsigned from = 3;

	qsort(keep, n, sizeof(*keep), compare_int);
	for (size_t i = 0; i < n; i++) {
		if (keep[i] < (int)from)
			continue;
		if (keep[i] > (int)from)
			(void)syscall(SYS_close_range, from, (unsigned)keep[i] - 1, 0U);
		from = (unsigned)keep[i] + 1;
	}
	(void)syscall(SYS_close_range, from, ~0U, 0U);
}

enum err
process_signals(const int *signals, int *ret_fd)
{
	sigset_t set;
	int fd;

	(void)sigemptyset(&set);
	for (; *signals != 0; signals++)
		(void)sigaddset(&set, *signals);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return ERR_UNAVAILABLE;
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return ERR_UNAVAILABLE;
	*ret_fd = fd;
	return OK;
}

int
process_signal_next(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return 0;
	return (int)info.ssi_signo;
}

bool
process_reap(struct process_end *ret)
{
	int status;
	pid_t pid;

	do
		pid = waitpid(-1, &status, WNOHANG);
	while (pid < 0 && errno == EINTR);
	if (pid <= 0)
		return false;
	*ret = (struct process_end){
		.pid = pid,
		.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
		.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
	};
	return true;
}

void
process_adopt(void)
{
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L); /* since Linux 3.4 */
}

size_t
process_kill_others(const pid_t *spare, size_t n, int number)
{
	AUTO(arena) a = arena_new();
	const char *path = arena_printf(a, "/proc/self/task/%d/children", (int)gettid());
	struct str list, word;
	size_t found = 0;

	if (files_read(a, path, CHILDREN_MAX, &list) != OK)
		return 0;
	while (str_split(&list, ' ', &word)) {
		int64_t pid;
		bool known = false;

		if (!str_int(str_trim(word), 1, INT32_MAX, &pid))
			continue;
		for (size_t i = 0; i < n; i++)
			known = known || spare[i] == (pid_t)pid;
		if (!known) {
			found++;
			(void)kill((pid_t)pid, number); /* it may be gone by now */
		}
	}
	return found;
}
