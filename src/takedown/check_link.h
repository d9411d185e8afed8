/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_link.h - what work and the check role say to each other (sys/ipc.h):
 * "turn" with the policy and new wants is answered with ended ones.
 */
#ifndef TAKEDOWN_CHECK_LINK_H
#define TAKEDOWN_CHECK_LINK_H

#include "takedown/check_engine.h"

struct buf;
struct ipc;

struct check_want {
	int64_t id;
	const char *url;
};
/* The handler of the check role; ${object} is its engine. */
MUST_USE enum err check_link_serve(void *object, struct arena *a, struct str name, struct str payload, struct buf *out);
/*
 * Set ${policy} (NULL: as before), add ${want}, take what has ended: at most so
 * much as one frame holds well. ${*ret_busy}: under way and waiting, ended ones
 * that did not fit included. ERR_UNAVAILABLE: the role is being restarted.
 */
MUST_USE enum err check_link_turn(struct ipc *check, struct arena *a, const struct check_policy *policy,
    const struct check_want *want, size_t n, struct check_seen **ret, size_t *ret_n, size_t *ret_busy);

#endif
