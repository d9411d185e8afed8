/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/log.h"
#include "web/web_priv.h"

/* Match ${path} against ${pattern}; ":x" takes one non-empty segment. */
static bool
matches(const char *pattern, struct str path, struct web_match *m)
{
	struct str p = str_of(pattern), want, have;

	m->params = 0;
	while (p.p != NULL && path.p != NULL) {
		(void)str_split(&p, '/', &want); /* both have a piece left */
		(void)str_split(&path, '/', &have);
		if (want.n > 1 && want.p[0] == ':') {
			if (have.n == 0 || m->params == WEB_PARAMS)
				return false;
			m->name[m->params] = str_skip(want, 1);
			m->value[m->params++] = have;
		} else if (!str_equal(want, have)) {
			return false;
		}
	}
	return p.p == NULL && path.p == NULL;
}

/*
 * A few hundred rows, looked at one by one, cost some microseconds; rows
 * without parameters win over those with.
 */
void
web_route_find(enum web_method method, const char *path, struct web_match *ret)
{
	struct web_match best = { 0 };
	bool known = false;

	for (size_t i = 0; web_modules[i] != NULL; i++) {
		for (const struct web_route *r = web_modules[i]; r->path != NULL; r++) {
			struct web_match m = { 0 };

			if (!matches(r->path, str_of(path), &m))
				continue;
			known = true;
			if (r->method != method)
				continue;
			m.route = r;
			if (best.route == NULL || m.params < best.params)
				best = m;
		}
	}
	best.path_known = known;
	*ret = best;
}

bool
web_routes_good(void)
{
	bool good = true;

	for (size_t i = 0; web_modules[i] != NULL; i++) {
		for (const struct web_route *r = web_modules[i]; r->path != NULL; r++) {
			if (r->path[0] == '/' && r->perm > PERM_UNSET && r->perm < PERM_COUNT &&
			    r->handler != NULL && r->doc != NULL &&
			    (r->method == WEB_GET || r->method == WEB_POST))
				continue;
			log_error("a route is incomplete: it needs a path, a permission, a handler and a line for the API",
			    LOG_S("path", r->path));
			good = false;
		}
	}
	return good;
}
