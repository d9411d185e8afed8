/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_check.c - stop checks in flight: CHECKS servers of loopback that answer
 * after HOLD seconds; prints memory and processor time of the engine alone.
 *	bench_check [CHECKS [HOLD]]
 */
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "sys/sandbox.h"
#include "takedown/check_engine.h"

static int64_t
status_kib(const char *name)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[200];
	long n = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, name, strlen(name)) == 0)
			n = atol(line + strlen(name) + 1);
	}
	if (f != NULL)
		(void)fclose(f);
	return n;
}

static double
cpu(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* Accepts all, answers each after ${hold} seconds with a page of 12 KB. */
static void
serve(int fd, int hold)
{
	static char page[12400];
	static struct { int fd; int64_t at; } all[20000];
	size_t first = 0, n = 0;

	(void)snprintf(page, sizeof(page), "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 12288\r\n\r\n<title>bench</title>");
	memset(page + strlen(page), 'x', sizeof(page) - strlen(page));
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		(void)poll(&p, 1, 20);
		for (int c; (c = accept4(fd, NULL, NULL, SOCK_NONBLOCK)) >= 0 && n < 20000;) {
			all[n].fd = c;
			all[n++].at = clock_monotonic_us() + hold * INT64_C(1000000);
		}
		for (; first < n && all[first].at <= clock_monotonic_us(); first++) {
			char in[4096];

			(void)!read(all[first].fd, in, sizeof(in));
			(void)!write(all[first].fd, page, sizeof(page));
			(void)close(all[first].fd);
		}
	}
}

int
main(int argc, char **argv)
{
	int checks = argc > 1 ? atoi(argv[1]) : 5000, hold = argc > 2 ? atoi(argv[2]) : 10;
	struct sockaddr_in to = { .sin_family = AF_INET };
	socklen_t n = sizeof(to);
	struct ip_net loopback = { .ip = { .v = 4, .byte = { 127 } }, .prefix = 8 };
	const struct check_policy policy = { .agent = "bench", .resolver = "", .proxy = "", .seconds = 60, .many = checks,
		.allow = &loopback, .allows = 1 };
	struct check_engine *e;
	struct rlimit files = { 20000, 20000 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	size_t done = 0, alive = 0, ended;
	int64_t peak = 0;

	(void)setrlimit(RLIMIT_NOFILE, &files);
	if (bind(fd, (struct sockaddr *)&to, sizeof(to)) != 0 || listen(fd, 8192) != 0 ||
	    getsockname(fd, (struct sockaddr *)&to, &n) != 0)
		return 1;
	pid_t server = fork();

	if (server == 0)
		serve(fd, hold);
	(void)close(fd);
	sandbox_network_prepare();
	if (check_engine_new(&e) != OK || check_engine_set(e, &policy) != OK)
		return 1;
	int64_t before = status_kib("VmRSS:");
	double cpu_before = cpu();

	for (int i = 0; i < checks; i++) {
		char url[100];

		(void)snprintf(url, sizeof(url), "http://127.%d.%d.%d:%u/login", 1 + i / 62500, i / 250 % 250, 1 + i % 250, ntohs(to.sin_port));
		if (check_engine_add(e, i + 1, url) != OK)
			return 1;
	}
	int64_t began = clock_monotonic_us(), flight = 0;
	double cpu_flight = 0;

	while (done < (size_t)checks) {
		struct pollfd p = { .fd = check_engine_fd(e), .events = POLLIN };
		int ms = check_engine_turn(e, clock_monotonic_us());
		AUTO(arena) a = arena_new();
		struct check_seen c;

		while (check_engine_take(e, a, &c)) {
			if (done++ == 0) { /* all are in flight until now */
				flight = status_kib("VmRSS:");
				cpu_flight = cpu() - cpu_before;
			}
			alive += strcmp(c.result, "alive") == 0;
		}
		(void)check_engine_busy(e, &ended);
		(void)poll(&p, 1, ms);
	}
	peak = status_kib("VmHWM:");
	double wall = (double)(clock_monotonic_us() - began) / 1e6, used = cpu() - cpu_before;

	printf("%d checks, servers answer after %d s: alive %zu\n", checks, hold, alive);
	printf("  memory before %lld KiB, all in flight %lld KiB, peak %lld KiB\n", (long long)before, (long long)flight, (long long)peak);
	printf("  processor until the first answer %.3f s, in all %.3f s of %.1f s (%.1f %% of two cores)\n", cpu_flight, used, wall,
	    100 * used / wall / 2);
	(void)kill(server, SIGKILL);
	(void)waitpid(server, NULL, 0);
	check_engine_free(e);
	return 0;
}
