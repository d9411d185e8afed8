/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process.h - children, their names, and how they end.
 *
 * For a single-threaded caller. A child is made by fork() alone; it dies with
 * its parent (PR_SET_PDEATHSIG).
 */
#ifndef SYS_PROCESS_H
#define SYS_PROCESS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/* main() says where its arguments are, so that process_name() can write over
 * them; nothing may point into them afterwards. */
void process_init(int argc, char **argv);
/* What ps and top show: "tobiguchi: web". */
void process_name(const char *role);

/*
 * Fork. In the child ${*ret} is 0, no signal is blocked or handled (SIGPIPE,
 * SIGINT and SIGHUP are ignored: the parent hears of them and stops us in order), and
 * ${death_signal} comes when the parent dies.
 */
MUST_USE enum err process_fork(int death_signal, pid_t *ret);
/* From now on another ${death_signal}; a parent that is gone already has sent the old one. */
void process_death_signal(int death_signal);
/* Close every descriptor from 3 on that is not in ${keep} (sorted here). */
void process_close_others(int *keep, size_t n);

/* A descriptor that becomes readable when one of the signals, which are
 * blocked from now on, is there. Ends with 0. */
MUST_USE enum err process_signals(const int *signals, int *ret_fd);
/* The next signal that came, or 0. Never waits. */
int process_signal_next(int fd);

struct process_end {
	pid_t pid;
	int status; /* exit code, or -1 */
	int signal; /* that killed it, or 0 */
};
/* The next child that ended; false when there is none. Never waits. */
bool process_reap(struct process_end *ret);

/* Orphans below this process become its children instead of init's. */
void process_adopt(void);
/* Send ${signal} to every child that is not in ${spare}; how many there are. */
size_t process_kill_others(const pid_t *spare, size_t n, int signal);

#endif
