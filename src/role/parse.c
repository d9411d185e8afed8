/* SPDX-License-Identifier: Apache-2.0 */
/* The parse role: foreign formats are opened here, inside a cage. */
#include "role/role.h"

#include <malloc.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "sys/ipc.h"
#include "sys/sandbox.h"

/* Memory of a large message goes back at once. */
#define TRIM_OVER LIMIT_MIB(1)

static enum err
parse_one(void *object, struct arena *a, struct str name, struct str payload, struct buf *out)
{
	struct ipc *crypt = object;
	enum err e;

	for (const struct parser *p = parsers; p->name != NULL; p++) {
		if (!str_is(name, p->name))
			continue;
		sandbox_watchdog(LIMIT_PARSE_CPU_SECONDS);
		e = p->run(a, payload, crypt, out);
		sandbox_watchdog(0);
		return e;
	}
	buf_text(out, "there is no parser of this name");
	return ERR_NOT_FOUND;
}

int
parse_role(const struct role_config *c, struct role_ends *ends)
{
	struct ipc *work = ipc_new(ends->peer[PART_WORK]);
	struct ipc *crypt = ends->peer[PART_CRYPT] < 0 ? NULL : ipc_new(ends->peer[PART_CRYPT]);
	enum err e;

	(void)c; /* it needs to know nothing */
	for (const struct parser *p = parsers; p->name != NULL; p++) {
		if (p->prepare != NULL)
			p->prepare();
	}
	(void)close(ends->control);
	(void)close(ends->wake);
	if (sandbox_landlock() == 0) /* inside it cannot be asked */
		log_warn("the kernel has no Landlock; the cage is seccomp alone");
	if (sandbox_parse() != OK) {
		/* Never open foreign bytes without it. */
		log_error("the system refuses the cage of this role (seccomp)");
		return EX_UNAVAILABLE;
	}
	role_ready(ends, PART_PARSE);
	for (;;) {
		struct mallinfo2 m;

		e = ipc_serve_one(work, parse_one, crypt);
		if (e != OK)
			break;
		m = mallinfo2();
		if (m.fordblks > TRIM_OVER)
			(void)malloc_trim(0);
	}
	/* The peer ended, or sent nonsense: the parent starts a new one. */
	return e == ERR_NOT_FOUND ? 0 : EX_PROTOCOL;
}
