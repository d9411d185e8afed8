/* SPDX-License-Identifier: Apache-2.0 */
/* The check role: looks at phishing sites. It reaches the network and nothing else. */
#include "role/role.h"

#include <poll.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "sys/ipc.h"
#include "sys/sandbox.h"
#include "takedown/check_link.h"

int
check_role(const struct role_config *c, struct role_ends *ends)
{
	struct ipc *work = ipc_new(ends->peer[PART_WORK]);
	struct check_engine *engine;
	enum err e = OK;

	(void)c; /* it needs to know nothing */
	sandbox_network_prepare();
	if (check_engine_new(&engine) != OK) {
		log_error("the engine of checks cannot be made");
		return EX_OSERR;
	}
	(void)close(ends->control);
	(void)close(ends->wake);
	if (sandbox_network() != OK) {
		log_error("the system refuses the cage of this role (seccomp)");
		return EX_UNAVAILABLE;
	}
	role_ready(ends, PART_CHECK);
	while (e == OK) {
		struct pollfd fds[] = {
			{ .fd = ipc_fd(work), .events = POLLIN },
			{ .fd = check_engine_fd(engine), .events = POLLIN },
		};
		int ms = check_engine_turn(engine, clock_monotonic_us());

		(void)poll(fds, COUNT(fds), ms);
		if (fds[0].revents != 0)
			e = ipc_serve_one(work, check_link_serve, engine);
	}
	/* The peer ended, or sent nonsense: the parent starts a new one. */
	return e == ERR_NOT_FOUND ? 0 : EX_PROTOCOL;
}
