/* SPDX-License-Identifier: Apache-2.0 */
#include "role/role.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "sys/ipc.h"
#include "sys/process.h"

#define SECOND_US INT64_C(1000000)
#define START_TRIES 5		  /* before it was ever ready */
#define SHORT_LIFE_US SECOND_US	  /* ended sooner after being ready: wait longer */
#define BACK_OFF_MAX_US (10 * SECOND_US)
#define STOP_SECONDS 25		  /* for requests and the job that run */
#define STOP_CRYPT_SECONDS 5
#define LOOP_MAX_MS 60000

struct child {
	pid_t pid;	     /* 0: does not run */
	int control;	     /* our end, or -1 */
	int64_t start_at;    /* when to start it, monotonic µs */
	int64_t ready_at;    /* 0: not yet */
	int failures;	     /* one after the other */
	bool once_ready;     /* in any of its lives */
};

struct parent {
	const struct role_config *c;
	struct child child[PART_COUNT];
	int signals, ready[2], wake;
	bool stopping, killed;
	int64_t stop_until;
	int exit_code;
	bool told_ready;
};

/* Which pairs talk. parse and check get their ends at birth only: in their cages
 * nothing can be received, so they are started anew whenever one of their peers was. */
static const bool linked[PART_COUNT][PART_COUNT] = {
	[PART_CRYPT] = { [PART_WORK] = true, [PART_WEB] = true, [PART_PARSE] = true },
	[PART_WORK] = { [PART_CRYPT] = true, [PART_PARSE] = true, [PART_CHECK] = true },
	[PART_WEB] = { [PART_CRYPT] = true },
	[PART_PARSE] = { [PART_CRYPT] = true, [PART_WORK] = true },
	[PART_CHECK] = { [PART_WORK] = true },
};

static const struct {
	const char *name;
	int (*run)(const struct role_config *c, struct role_ends *ends);
	bool caged; /* see caged() */
} parts[PART_COUNT] = {
	[PART_CRYPT] = { "crypt", crypt_role, false },
	[PART_WORK] = { "work", work_role, false },
	[PART_WEB] = { "web", web_role, false },
	[PART_PARSE] = { "parse", parse_role, true },
	[PART_CHECK] = { "check", check_role, true },
};

/* They hold nothing, take nothing, and may be killed at any time. */
static bool
caged(enum part part)
{
	return parts[part].caged;
}

static void
close_end(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* a socket: nothing can be lost */
	*fd = -1;
}

/* What the child needs to keep open; -1 is no descriptor. */
static void
child_only(const struct role_ends *ends)
{
	int keep[3 + PART_COUNT];
	size_t n = 0;

	keep[n++] = ends->control;
	keep[n++] = ends->wake;
	keep[n++] = ends->ready;
	for (int peer = 0; peer < PART_COUNT; peer++)
		keep[n++] = ends->peer[peer];
	process_close_others(keep, n);
}

static void
wipe(const char *s)
{
	if (s != NULL)
		explicit_bzero((void *)(uintptr_t)s, strlen(s));
}

/* Secrets that only one role needs are taken out of the others' memory. The
 * address of the database may hold a password. */
static void
forget(const struct role_config *c, enum part part)
{
	if (part != PART_WEB)
		wipe(c->tls_key);
	if (part == PART_CRYPT || caged(part)) {
		wipe(c->db_url);
		wipe(getenv("TOBIGUCHI_DB"));
	}
}

/* Connect ${part}, about to be started, with the peers that run. ${theirs} are
 * the ends that go to them. */
static enum err
connect_peers(const struct parent *p, enum part part, struct role_ends *ends, int *theirs)
{
	for (int peer = 0; peer < PART_COUNT; peer++) {
		int fd[2];

		/* The caged ones are started after their peers. */
		if (!linked[part][peer] || caged((enum part)peer) || p->child[peer].pid == 0)
			continue;
		TRY(ipc_pair(fd));
		ends->peer[peer] = fd[0];
		theirs[peer] = fd[1];
	}
	return OK;
}

static void
part_fork(struct parent *p, enum part part, struct role_ends *ends)
{
	pid_t pid;

	/* Without a parent one that still starts has nothing to end in order. */
	if (process_fork(SIGKILL, &pid) != OK) {
		log_error("no process can be made; trying again", LOG_S("role", parts[part].name),
		    LOG_S("error", strerror(errno)));
		p->child[part].start_at = clock_monotonic_us() + SECOND_US;
		return;
	}
	if (pid == 0) {
		child_only(ends);
		process_name(parts[part].name);
		log_init(parts[part].name, p->c->log_level);
		forget(p->c, part);
		_exit(parts[part].run(p->c, ends));
	}
	p->child[part].pid = pid;
	p->child[part].ready_at = 0;
}

static void
part_start(struct parent *p, enum part part)
{
	struct role_ends ends = { .control = -1, .wake = p->wake, .ready = p->ready[1] };
	int theirs[PART_COUNT], control[2] = { -1, -1 };

	for (int peer = 0; peer < PART_COUNT; peer++)
		ends.peer[peer] = theirs[peer] = -1;
	if (ipc_pair(control) == OK && connect_peers(p, part, &ends, theirs) == OK) {
		ends.control = control[1];
		part_fork(p, part, &ends);
	}
	if (p->child[part].pid != 0) {
		close_end(&p->child[part].control);
		p->child[part].control = control[0];
		control[0] = -1;
	}
	close_end(&control[0]);
	close_end(&control[1]);
	for (int peer = 0; peer < PART_COUNT; peer++) {
		close_end(&ends.peer[peer]);
		if (theirs[peer] >= 0 && p->child[part].pid != 0 &&
		    ipc_fd_send(p->child[peer].control, (unsigned char)part, theirs[peer]) != OK)
			log_warn("a role does not take a new pipe", LOG_S("ill", parts[peer].name));
		close_end(&theirs[peer]);
	}
	/* Its old ends lead to a process that is no more. */
	for (int peer = 0; peer < PART_COUNT; peer++) {
		if (caged((enum part)peer) && linked[peer][part] && p->child[peer].pid != 0)
			(void)kill(p->child[peer].pid, SIGKILL);
	}
}

static bool
may_start(const struct parent *p, enum part part)
{
	if (p->stopping || p->child[part].pid != 0)
		return false;
	/* Without somebody who asks there is nothing to do. */
	return !caged(part) || p->child[PART_WORK].pid != 0;
}

static void
start_due(struct parent *p)
{
	int64_t now = clock_monotonic_us();

	for (int part = 0; part < PART_COUNT; part++) {
		if (may_start(p, (enum part)part) && p->child[part].start_at <= now)
			part_start(p, (enum part)part);
	}
}

static void
stop(struct parent *p, int exit_code)
{
	if (p->stopping)
		return;
	p->stopping = true;
	p->exit_code = exit_code;
	p->stop_until = clock_monotonic_us() + STOP_SECONDS * SECOND_US;
	if (p->child[PART_WEB].pid != 0)
		(void)kill(p->child[PART_WEB].pid, SIGTERM);
	if (p->child[PART_WORK].pid != 0)
		(void)kill(p->child[PART_WORK].pid, SIGTERM);
}

static void
kill_all(struct parent *p)
{
	p->killed = true;
	for (int part = 0; part < PART_COUNT; part++) {
		if (p->child[part].pid != 0)
			(void)kill(p->child[part].pid, SIGKILL);
	}
}

/* Stopping: web and work first, for they use the others; then these. */
static void
stop_step(struct parent *p)
{
	int64_t now = clock_monotonic_us();

	if (!p->stopping || p->killed)
		return;
	bool served = p->child[PART_WEB].pid == 0 && p->child[PART_WORK].pid == 0;

	if (served && p->child[PART_CHECK].pid != 0)
		(void)kill(p->child[PART_CHECK].pid, SIGKILL); /* its looks are made again */
	if (p->child[PART_WEB].pid == 0 && p->child[PART_WORK].pid == 0 &&
	    p->child[PART_PARSE].pid != 0) {
		(void)kill(p->child[PART_PARSE].pid, SIGKILL); /* it holds nothing */
		if (p->child[PART_CRYPT].pid != 0)
			(void)kill(p->child[PART_CRYPT].pid, SIGTERM);
		p->stop_until = now + STOP_CRYPT_SECONDS * SECOND_US;
	} else if (p->child[PART_WEB].pid == 0 && p->child[PART_WORK].pid == 0 &&
	    p->child[PART_CRYPT].pid != 0) {
		(void)kill(p->child[PART_CRYPT].pid, SIGTERM);
	}
	if (now >= p->stop_until) {
		log_warn("a role did not stop in time and is killed");
		kill_all(p);
	}
}

/* An exit code that says: trying again will not help. */
static bool
hopeless(const struct process_end *end)
{
	return end->signal == 0 && end->status >= EX__BASE && end->status <= EX__MAX &&
	    end->status != EX_TEMPFAIL;
}

static void
part_ended(struct parent *p, enum part part, const struct process_end *end)
{
	struct child *k = &p->child[part];
	int64_t now = clock_monotonic_us();
	int64_t wait;
	bool short_life = k->ready_at == 0 || now - k->ready_at < SHORT_LIFE_US;

	k->pid = 0;
	close_end(&k->control);
	if (p->stopping)
		return;
	/* They end by themselves, in order, when one of their peers did. */
	k->failures = short_life && (end->status != 0 || !caged(part)) ? k->failures + 1 : 0;
	wait = k->failures == 0 ? 0 : SECOND_US / 20 << (k->failures > 8 ? 8 : k->failures);
	k->start_at = now + (wait > BACK_OFF_MAX_US ? BACK_OFF_MAX_US : wait);
	if (!k->once_ready && (hopeless(end) || k->failures >= START_TRIES)) {
		log_error("a role cannot be started; the server stops",
		    LOG_S("stopped", parts[part].name), LOG_I("status", end->status),
		    LOG_I("signal", end->signal));
		stop(p, hopeless(end) ? end->status : EX_UNAVAILABLE);
		return;
	}
	if (end->status != 0)
		log_warn("a role ended and is started again", LOG_S("ended", parts[part].name),
		    LOG_I("status", end->status), LOG_I("signal", end->signal),
		    LOG_I("failures", k->failures));
}

static void
reap(struct parent *p)
{
	struct process_end end;

	while (process_reap(&end)) {
		for (int part = 0; part < PART_COUNT; part++) {
			if (p->child[part].pid == end.pid)
				part_ended(p, (enum part)part, &end);
		}
	}
}

static void
read_ready(struct parent *p)
{
	unsigned char part;
	bool all = true;

	while (read(p->ready[0], &part, 1) == 1) {
		if (part < PART_COUNT && p->child[part].pid != 0) {
			p->child[part].ready_at = clock_monotonic_us();
			p->child[part].once_ready = true;
		}
	}
	for (int i = 0; i < PART_COUNT; i++)
		all = all && p->child[i].once_ready;
	if (all && !p->told_ready) {
		p->told_ready = true;
		log_info("the server is ready");
	}
}

static void
read_signals(struct parent *p)
{
	int number;

	while ((number = process_signal_next(p->signals)) != 0) {
		if (number != SIGTERM && number != SIGINT)
			continue; /* SIGCHLD: reap() looks; SIGHUP: nothing */
		if (p->stopping)
			kill_all(p); /* asked twice: at once */
		else
			log_info("stopping");
		stop(p, EX_OK);
	}
}

static bool
any_runs(const struct parent *p)
{
	for (int part = 0; part < PART_COUNT; part++) {
		if (p->child[part].pid != 0)
			return true;
	}
	return false;
}

/* How long nothing has to be done unless something happens. */
static int
idle_ms(const struct parent *p)
{
	int64_t now = clock_monotonic_us(), until = now + LOOP_MAX_MS * INT64_C(1000);

	if (p->stopping && p->stop_until < until)
		until = p->stop_until;
	for (int part = 0; part < PART_COUNT; part++) {
		if (may_start(p, (enum part)part) && p->child[part].start_at < until)
			until = p->child[part].start_at;
	}
	return until <= now ? 0 : (int)((until - now + 999) / 1000);
}

static enum err
prepare(struct parent *p)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD, 0 };

	for (int part = 0; part < PART_COUNT; part++)
		p->child[part].control = -1;
	TRY(process_signals(signals, &p->signals));
	TRY(ipc_pair(p->ready));
	if (fcntl(p->ready[0], F_SETFL, O_NONBLOCK) != 0)
		return ERR_UNAVAILABLE;
	p->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (p->wake < 0)
		return ERR_UNAVAILABLE;
	process_adopt(); /* an agent of gpg whose role was killed */
	return OK;
}

int
role_parent(const struct role_config *c)
{
	struct parent p = { .c = c };

	if (prepare(&p) != OK) {
		log_error("the system refuses a pipe or a signal", LOG_S("error", strerror(errno)));
		return EX_OSERR;
	}
	while (!p.stopping || any_runs(&p)) {
		struct pollfd fds[] = {
			{ .fd = p.signals, .events = POLLIN },
			{ .fd = p.ready[0], .events = POLLIN },
		};

		start_due(&p);
		stop_step(&p);
		(void)poll(fds, COUNT(fds), idle_ms(&p)); /* all is looked at anyway */
		if (fds[1].revents != 0)
			read_ready(&p);
		reap(&p);
		read_signals(&p);
	}
	/* What is left is nobody's: agents that a killed crypt had started. */
	(void)process_kill_others(NULL, 0, SIGTERM);
	return p.exit_code;
}
