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
/* Where the rows without parameters are, by method and path: 1 + index, 0 = free. */
static uint16_t plain[4 * ROWS_MAX];

static uint32_t
plain_at(enum web_method method, struct str path)
{
	uint32_t h = UINT32_C(2166136261) + (uint32_t)method;

	for (size_t i = 0; i < path.n; i++)
		h = (h ^ (unsigned char)path.p[i]) * UINT32_C(16777619);
	return (h ^ h >> 16) % COUNT(plain);
}

static const struct web_route *
find_plain(enum web_method method, struct str path)
{
	for (uint32_t at = plain_at(method, path); plain[at] != 0; at = (at + 1) % COUNT(plain)) {
		const struct row *row = &rows[plain[at] - 1];

		if (row->route->method == method && row->length == path.n &&
		    memcmp(row->route->path, path.p, path.n) == 0)
			return row->route;
	}
	return NULL;
}

static void
add_plain(const struct row *row)
{
	uint32_t at = plain_at(row->route->method, str_of(row->route->path));

	while (plain[at] != 0)
		at = (at + 1) % COUNT(plain);
	plain[at] = (uint16_t)(row - rows + 1);
}

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
	if (rows[rows_count - 1].plain)
		add_plain(&rows[rows_count - 1]);
	return true;
}

/* Rows without parameters win over those with; a page asks for a dozen of them,
 * its navigation. Of the others most are passed by on their numbers alone. */
void
web_route_find(enum web_method method, const char *path, struct web_match *ret)
{
	struct str wanted = str_of(path);
	struct web_match best = { .route = find_plain(method, wanted) };
	int depth = slashes(wanted);
	bool known = best.route != NULL;

	for (size_t i = 0; i < rows_count && (best.route == NULL || best.params > 0); i++) {
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
	}
	best.path_known = known;
	*ret = best;
}

bool
web_routes_good(void)
{
	bool good = true;

	rows_count = 0;
	memset(plain, 0, sizeof(plain));
	for (size_t i = 0; web_modules[i] != NULL; i++) {
		for (const struct web_route *r = web_modules[i]; r->path != NULL; r++) {
			good = add_row(r) && good;
			if (r->path[0] == '/' && r->perm > PERM_UNSET && r->perm < PERM_COUNT &&
			    r->handler != NULL && r->doc != NULL &&
			    (r->method == WEB_GET || r->method == WEB_POST ||
				(r->method == WEB_PUT && (r->flags & WEB_NO_TX) != 0)))
				continue;
			log_error("a route is incomplete: it needs a path, a permission, a handler and a line for the API",
			    LOG_S("path", r->path));
			good = false;
		}
	}
	return good;
}
