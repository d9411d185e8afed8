/* SPDX-License-Identifier: Apache-2.0 */
/* similar_store.h - incidents that may be the same matter, and why. */
#ifndef INCIDENT_SIMILAR_STORE_H
#define INCIDENT_SIMILAR_STORE_H

#include "base/err.h"
#include "text/value.h"

struct arena;
struct db;
struct user;

/*
 * Other incidents that ${viewer} may see, the most telling first, into ${list}:
 * {ref, title, state, at, score, why [ {kind, value, "@shown"} ]}. Kinds: url host
 * ipv4 ipv6 email md5 sha1 sha256 asn cve (the same one), kit (hash of the page),
 * domain (registrable), network (same /24), sender, text (nearly the same words).
 */
MUST_USE enum err similar_incidents(struct db *db, struct arena *a, int64_t incident, const struct user *viewer,
    size_t limit, struct value *list);

#endif
