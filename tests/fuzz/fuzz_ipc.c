/* SPDX-License-Identifier: Apache-2.0 */
/* Frames from a role that was taken over: as requests and as answers. */
#include "fuzz.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "sys/ipc.h"

#define ENOUGH (64 * 1024) /* a socket takes it without a reader */

static enum err
echo(void *object, struct arena *a, struct str name, struct str payload, struct buf *out)
{
	(void)object;
	(void)a;
	buf_str(out, name);
	buf_str(out, payload);
	return payload.n % 2 == 0 ? OK : ERR_DENIED;
}

/* One end that reads ${s} and then hears nothing more. */
static struct ipc *
end_with(struct str s, int *ret_other)
{
	int fd[2];

	FUZZ_CHECK(ipc_pair(fd) == OK);
	FUZZ_CHECK(write(fd[1], s.p, s.n) == (ssize_t)s.n);
	FUZZ_CHECK(shutdown(fd[1], SHUT_WR) == 0);
	*ret_other = fd[1];
	return ipc_new(fd[0]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct str s = FUZZ_STR(data, size), got;
	int other;

	if (size == 0 || size > ENOUGH)
		return 0;
	{
		AUTO(ipc) i = end_with(s, &other);

		while (ipc_serve_one(i, echo, NULL) == OK)
			;
		FUZZ_CHECK(ipc_broken(i));
		(void)close(other);
	}
	{
		AUTO(ipc) i = end_with(s, &other);

		while (ipc_call(i, a, "x", STR("y"), 1000, &got) != ERR_UNAVAILABLE)
			FUZZ_CHECK(!ipc_broken(i));
		(void)close(other);
	}
	return 0;
}
