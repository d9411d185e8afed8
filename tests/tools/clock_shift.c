/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock_shift.c - a day passes in a moment: a library for LD_PRELOAD that adds to
 * the time of day the seconds in the file CLOCK_SHIFT (eight bytes, this
 * machine's order), which a test changes while the program runs. Durations
 * (CLOCK_MONOTONIC) are as they are.
 *
 *	cc -shared -fPIC -o clock_shift.so clock_shift.c
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t which, struct timespec *ret);

static int (*real)(clockid_t, struct timespec *);
static const volatile int64_t *shift;

/* Before the program shuts itself in: it could open no file later. */
__attribute__((constructor)) static void
begin(void)
{
	const char *path = getenv("CLOCK_SHIFT");
	int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);

	*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	if (fd < 0)
		return;
	void *at = mmap(NULL, sizeof(*shift), PROT_READ, MAP_SHARED, fd, 0);

	if (at != MAP_FAILED)
		shift = at;
	(void)close(fd);
}

int
clock_gettime(clockid_t which, struct timespec *ret)
{
	int rc;

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	rc = real(which, ret);
	if (rc == 0 && shift != NULL && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
		ret->tv_sec += *shift;
	return rc;
}
