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

/* What is looked at first of each row; made once, at the start. */
struct row {
	const struct web_route *route;
	size_t length;
	int slashes;
	bool plain; /* without parameters */
};

#define ROWS_MAX 1024

static struct row rows[ROWS_MAX];
static size_t rows_count;

static int
slashes(struct str path)
{
	int n = 0;

	for (size_t i = 0; i < path.n; i++)
		n += path.p[i] == '/';
	return n;
}

static bool
add_row(const struct web_route *r)
{
	struct str path = str_of(r->path);

	if (rows_count == ROWS_MAX)
		return false;
	rows[rows_count++] = (struct row){
		.route = r,
		.length = path.n,
		.slashes = slashes(path),
		.plain = str_find(path, STR("/:"), 0) == SIZE_MAX,
	};
	return true;
}

/* A page asks a dozen times (its navigation), so most rows are passed by on
 * their numbers alone. Rows without parameters win over those with. */
void
web_route_find(enum web_method method, const char *path, struct web_match *ret)
{
	struct str wanted = str_of(path);
	struct web_match best = { 0 };
	int depth = slashes(wanted);
	bool known = false;

	for (size_t i = 0; i < rows_count; i++) {
		const struct row *row = &rows[i];
		struct web_match m;

		if (row->slashes != depth)
			continue;
		if (row->plain) {
			if (row->length != wanted.n || memcmp(row->route->path, path, wanted.n) != 0)
				continue;
			m.params = 0;
		} else if (!matches(row->route->path, wanted, &m)) {
			continue;
		}
		known = true;
		if (row->route->method != method)
			continue;
		m.route = row->route;
		if (best.route == NULL || m.params < best.params)
			best = m;
		if (m.params == 0)
			break;
	}
	best.path_known = known;
	*ret = best;
}

bool
web_routes_good(void)
{
	bool good = true;

	rows_count = 0;
	for (size_t i = 0; web_modules[i] != NULL; i++) {
		for (const struct web_route *r = web_modules[i]; r->path != NULL; r++) {
			good = add_row(r) && good;
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
