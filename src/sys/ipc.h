/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ipc.h - requests and answers between roles, over a socket pair.
 *
 * A frame is: u32 length of the rest, u32 request number, u8 status (enum err;
 * 0 in a request), u32-counted name, then the payload. Over LIMIT_FRAME or
 * malformed: this pipe is closed, never the peer process.
 */
#ifndef SYS_IPC_H
#define SYS_IPC_H

#include "base/err.h"
#include "base/str.h"

struct arena;
struct buf;
struct ipc; /* one end; threads that call at the same time take turns */

struct ipc *ipc_new(int fd); /* owns ${fd}; -1: broken until ipc_replace() */
void ipc_free(struct ipc *i);
AUTO_DEFINE(ipc)
int ipc_fd(const struct ipc *i);
/* Two connected ends, close-on-exec. */
MUST_USE enum err ipc_pair(int ret[2]);
/* Go on with a new connection (owns ${fd}): the peer was restarted. */
void ipc_replace(struct ipc *i, int fd);
bool ipc_broken(const struct ipc *i);

/*
 * Ask and wait. ERR_TIMEOUT after ${ms}: the answer is thrown away when it
 * comes. ERR_UNAVAILABLE: the other role is gone (it is being restarted).
 * Any other error is the callee's answer; ${*ret} then holds its message.
 */
MUST_USE enum err ipc_call(struct ipc *i, struct arena *a, const char *name, struct str payload, int ms, struct str *ret);

/* The other side: answers one request. ${handler} writes its answer (or, with
 * an error, an English message) to ${out}. ERR_NOT_FOUND: the peer closed. */
typedef enum err (*ipc_handler)(void *object, struct arena *a, struct str name, struct str payload, struct buf *out);
MUST_USE enum err ipc_serve_one(struct ipc *i, ipc_handler handler, void *object);

/*
 * Hand the descriptor ${fd}, labelled ${tag}, over the socket ${control}; the
 * caller keeps its own copy. Receiving never waits: ERR_TIMEOUT when there is
 * nothing, ERR_NOT_FOUND when the sender is gone.
 */
MUST_USE enum err ipc_fd_send(int control, unsigned char tag, int fd);
MUST_USE enum err ipc_fd_receive(int control, unsigned char *ret_tag, int *ret_fd);

/*
 * What the parse role can do: rows in parsers.c. It has no files, network or
 * database; ${crypt} reaches the crypt role (may be NULL).
 */
struct parser {
	const char *name; /* "mail", … NULL ends the list */
	enum err (*run)(struct arena *a, struct str in, struct ipc *crypt, struct buf *out);
	/* Called once before the cage closes, may be NULL: what needs a file
	 * (character set converters, library initialisation) is loaded here and
	 * kept, for inside nothing can be opened. */
	void (*prepare)(void);
};
extern const struct parser parsers[];

#endif
