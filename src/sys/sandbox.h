/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox.h - the cages of the roles: Landlock, seccomp and resource limits.
 *
 * Landlock is asked for what the kernel knows and does without the rest: a cage
 * then still has its seccomp filter, and sandbox_landlock() tells what is
 * missing.  There is no way out of a cage; children are in it too.
 */
#ifndef SYS_SANDBOX_H
#define SYS_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* The version of Landlock here: 0 none, 1 files, 3 truncation, 4 TCP, 6
 * signals and abstract sockets. */
int sandbox_landlock(void);

/*
 * parse: reads and writes what is open already, takes memory, waits. Opening,
 * sockets, programs, processes, threads and signals to others are refused with
 * EPERM. Address space is bounded by LIMIT_PARSE_MEMORY. Open nothing that
 * matters before; close what is not needed.
 */
MUST_USE enum err sandbox_parse(void);
/*
 * check: the network and memory, nothing else: no files, programs, processes,
 * threads or listening sockets. Address space is bounded by LIMIT_CHECK_MEMORY.
 * sandbox_network_prepare() first: room for many descriptors.
 */
void sandbox_network_prepare(void);
MUST_USE enum err sandbox_network(void);
/*
 * sensor: starts no program, changes files only below ${state}, reads what names and
 * certificates need, opens connections but no raw sockets (its own is open).
 */
MUST_USE enum err sandbox_sensor(const char *state);
/*
 * store: as parse, but files in ${folder} may also be opened, made, renamed and removed. For
 * who reads files of strangers, opened before, into a folder of ours.
 */
MUST_USE enum err sandbox_store(const char *folder);
/* Start, or with 0 stop, the clock of one request: over ${cpu_seconds} of
 * processor time the process is killed (SIGPROF). */
void sandbox_watchdog(unsigned cpu_seconds);

/*
 * crypt: files only in ${home}, apart from system libraries and the
 * configuration of gpg; may start only gpg, gpgsm, gpg-agent, gpgconf (and
 * gpg-connect-agent); sockets of the UNIX domain only.
 */
MUST_USE enum err sandbox_crypt(const char *home);

/*
 * web and work: starts no program, changes files only below the ${writable}
 * folders (NULL ends the list; missing ones are left out), none of the calls
 * that only an intruder would want. No file in the folder ${closed} can be read
 * (NULL: none); rules only allow, so what lies beside its way is allowed one by
 * one: what is made there later cannot be read either.
 */
MUST_USE enum err sandbox_server(const char *const *writable, const char *closed);

#endif
