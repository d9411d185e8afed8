/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web_kit.c - the routes that belong to no capability: drafts, presence, undo,
 * preferences, health, metrics, the description of the API.
 */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/limit.h"
#include "db/db.h"
#include "http/http.h"
#include "text/asset.h"
#include "web/web_priv.h"

/* What one person keeps is bounded: the oldest drafts give way to the newest. */
static enum err
draft_bound(struct web *w)
{
	TRY(db_run(w->db,
	    "DELETE FROM draft WHERE id IN (SELECT d.id FROM (SELECT id, SUM(size) OVER (ORDER BY saved_at DESC, id DESC) "
	    "AS total, ROW_NUMBER() OVER (ORDER BY saved_at DESC, id DESC) AS place FROM draft WHERE person_id = ?1) AS d "
	    "WHERE d.total > ?2 OR d.place > ?3)",
	    DB_INT(w->user->id), DB_INT((int64_t)LIMIT_DRAFT_BYTES), DB_INT(LIMIT_DRAFTS)));
	value_set_int(w->a, w->data, "dropped", db_changed(w->db));
	return OK;
}

/* Drafts: one a person and key, saved every two seconds while typing. */
static enum err
draft_save(struct web *w)
{
	const char *key = web_need_line(w, "key", 200);
	const char *body = web_body(w, "body", LIMIT_BODY);

	if (problems_any(&w->problems))
		return ERR_INVALID;
	w->json = true;
	if (*body == '\0') {
		TRY(db_run(w->db, "DELETE FROM draft WHERE person_id = ?1 AND key = ?2",
		    DB_INT(w->user->id), DB_TEXT(key)));
	} else {
		TRY(db_run(w->db,
		    "INSERT INTO draft (person_id, key, body, saved_at, size) VALUES (?1, ?2, ?3, ?4, ?5) "
		    "ON CONFLICT (person_id, key) DO UPDATE SET body = excluded.body, "
		    "saved_at = excluded.saved_at, size = excluded.size",
		    DB_INT(w->user->id), DB_TEXT(key), DB_TEXT(body), DB_INT(w->now),
		    DB_INT((int64_t)strlen(body))));
		TRY(draft_bound(w));
	}
	value_set_text(w->a, w->data, "saved", zone_list(w->a, w->zone, w->lang, w->now, w->now));
	return OK;
}

static enum err
draft_show(struct web *w)
{
	AUTO(db_stmt) q = NULL;

	w->json = true;
	TRY(db_query(w->db, &q, "SELECT key, body, saved_at FROM draft WHERE person_id = ?1 AND key = ?2",
	    DB_INT(w->user->id), DB_TEXT(web_query(w, "key"))));
	if (db_row(q)) {
		value_set_text(w->a, w->data, "key", db_dup(w->a, q, 0));
		value_set_text(w->a, w->data, "body", db_dup(w->a, q, 1));
		web_set_time(w, w->data, "saved_at", db_int(q, 2));
	}
	return db_end(q);
}

static enum err
presence(struct web *w)
{
	const char *at = web_query(w, "at");
	struct value *list = value_set_list(w->a, w->data, "others");

	w->json = true;
	if (*at == '\0' || strlen(at) >= 48)
		return ERR_INVALID;
	web_presence_touch(w->state->presence, at, w->user->id, w->user->name,
	    strcmp(web_query(w, "writing"), "1") == 0, w->now);
	web_presence_others(w->state->presence, w->a, at, w->user->id, w->now, list);
	for (size_t i = 0; i < value_count(list); i++) {
		struct value *o = value_item(list, i);
		bool writing = value_true(value_get(o, "writing"));

		value_set_text(w->a, o, "text",
		    web_trf(w, "presence", writing ? N_("{name} is writing") : N_("{name} is here"),
			I18N_ARGS({ "name", value_cstr(value_get(o, "name")) })));
	}
	return OK;
}

#define UNDO_FOR CLOCK_DAY

static enum err
undo(struct web *w)
{
	AUTO(db_stmt) q = NULL;
	int64_t id;

	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	TRY(db_one(w->db, &q,
	    "SELECT kind, payload, CASE WHEN used_at IS NULL THEN 0 ELSE 1 END, CASE WHEN at > ?3 THEN 1 ELSE 0 END "
	    "FROM undo WHERE id = ?1 AND person_id = ?2",
	    DB_INT(id), DB_INT(w->user->id), DB_INT(w->now - UNDO_FOR)));
	if (db_int(q, 2) != 0 || db_int(q, 3) == 0) {
		const char *why = db_int(q, 2) != 0 ? N_("This was taken back already") : N_("This is too old to be taken back");

		if (w->json)
			return ERR_CONFLICT;
		return web_redirect(w, web_local(w, web_form_str(w, "back"), "/home"), why, 0);
	}

	const char *kind = db_dup(w->a, q, 0);
	struct value *payload;

	TRY(value_parse(w->a, str_of(db_dup(w->a, q, 1)), &payload, NULL));
	for (size_t i = 0; web_undos[i] != NULL; i++) {
		for (const struct web_undo *u = web_undos[i]; u->kind != NULL; u++) {
			if (strcmp(u->kind, kind) != 0)
				continue;
			if (!auth_allows(&w->auth, u->perm))
				return ERR_DENIED;
			TRY(db_run(w->db, "UPDATE undo SET used_at = ?2 WHERE id = ?1", DB_INT(id),
			    DB_INT(w->now)));
			TRY(u->run(w, payload));
			if (w->location != NULL || w->json)
				return OK;
			return web_redirect(w, web_local(w, web_form_str(w, "back"), "/home"),
			    N_("Taken back"), 0);
		}
	}
	return ERR_NOT_FOUND;
}

/* Does the Accept-Encoding field ${accept} take ${coding}? */
static bool
takes(struct str accept, struct str coding)
{
	struct str item, name;

	while (str_split(&accept, ',', &item)) {
		(void)str_split(&item, ';', &name); /* its weight is what is left */
		if (str_equal_case(str_trim(name), coding))
			return str_find(item, STR("q=0"), 0) == SIZE_MAX ||
			    str_find(item, STR("q=0."), 0) != SIZE_MAX;
	}
	return false;
}

/* Addresses carry a mark of the content, so browsers may keep them for ever. */
static enum err
static_file(struct web *w)
{
	const struct asset *f = asset_find(str_of(web_path(w, "name")));

	if (strcmp(w->request->path, "/favicon.ico") == 0)
		f = asset_find(STR("favicon.svg"));
	if (f == NULL)
		return ERR_NOT_FOUND;
	struct str accept = http_header(w->request, "accept-encoding"), body = f->raw;

	w->cache = "public, max-age=31536000, immutable";
	web_header(w, "ETag", f->etag);
	web_header(w, "Vary", "Accept-Encoding");
	if (str_is(http_header(w->request, "if-none-match"), f->etag)) {
		w->status = 304;
		return web_bytes(w, f->type, STR_NULL);
	}
	if (f->br.n > 0 && takes(accept, STR("br"))) {
		body = f->br;
		web_header(w, "Content-Encoding", "br");
	} else if (f->gz.n > 0 && takes(accept, STR("gzip"))) {
		body = f->gz;
		web_header(w, "Content-Encoding", "gzip");
	}
	return web_bytes(w, f->type, body);
}

/* Language, theme and density: a setting of the person, a cookie of others. */
static enum err
preferences(struct web *w)
{
	static const char *const themes[] = { "system", "light", "dark", NULL };
	static const char *const densities[] = { "comfortable", "compact", NULL };
	const char *theme = web_choice(w, "theme", themes, false);
	const char *density = web_choice(w, "density", densities, false);
	const char *keys = web_form(w, "single_keys");
	enum lang lang = w->lang;
	bool has_lang = lang_parse(web_form_str(w, "lang"), &lang);

	if (problems_any(&w->problems))
		return ERR_INVALID;
	if (w->user != NULL && w->auth.token_id == 0) {
		TRY(db_run(w->db,
		    "UPDATE person SET theme = ?2, density = ?3, lang = ?4, single_keys = ?5 WHERE id = ?1",
		    DB_INT(w->user->id), DB_TEXT(*theme == '\0' ? w->user->theme : theme),
		    DB_TEXT(*density == '\0' ? w->user->density : density),
		    DB_TEXT(has_lang ? lang_code(lang) : lang_code(w->user->lang)),
		    DB_INT(*keys == '\0' ? w->user->single_keys : strcmp(keys, "1") == 0)));
	} else if (*theme != '\0') {
		web_set_cookie(w, "theme", theme, 365 * 24 * 3600);
	}
	if (has_lang)
		web_set_cookie(w, "lang", lang_code(lang), 365 * 24 * 3600);
	return web_redirect(w, web_local(w, web_form_str(w, "back"), "/"), NULL, 0);
}

static enum err
health(struct web *w)
{
	AUTO(db_stmt) q = NULL;

	w->json = true;
	TRY(db_one(w->db, &q, "SELECT COUNT(*) FROM counter"));
	value_set_text(w->a, w->data, "status", "ok");
	value_set_text(w->a, w->data, "version", TOBIGUCHI_VERSION);
	return OK;
}

static enum err
job_metrics(struct web *w, struct buf *b)
{
	AUTO(db_stmt) q = NULL;

	buf_text(b, "# HELP tobiguchi_jobs Jobs that wait, run or gave up.\n# TYPE tobiguchi_jobs gauge\n");
	TRY(db_query(w->db, &q,
	    "SELECT 'waiting', COUNT(*) FROM job WHERE state = 'waiting' UNION ALL "
	    "SELECT 'running', COUNT(*) FROM job WHERE state = 'running' UNION ALL "
	    "SELECT 'dead', COUNT(*) FROM job WHERE state = 'dead'"));
	while (db_row(q))
		buf_printf(b, "tobiguchi_jobs{state=\"%s\"} %lld\n", db_text(q, 0), (long long)db_int(q, 1));
	return db_end(q);
}

static enum err
gauge_metrics(struct web *w, struct buf *b)
{
	AUTO(db_stmt) q = NULL;

	buf_text(b, "# HELP tobiguchi_records Present numbers of records by state.\n"
		    "# TYPE tobiguchi_records gauge\n");
	TRY(db_query(w->db, &q, "SELECT name, n FROM gauge ORDER BY name"));
	while (db_row(q))
		buf_printf(b, "tobiguchi_records{name=\"%s\"} %lld\n", db_text(q, 0), (long long)db_int(q, 1));
	return db_end(q);
}

static void
request_metrics(struct web *w, struct buf *b)
{
	static const char *const edge[] = { "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1",
		"0.25", "1", "5", "+Inf" };
	struct web_metrics *m = &w->state->metrics;
	struct http_counters c;
	uint64_t sum = 0;

	http_counters(w->state->http, &c);
	buf_text(b, "# HELP tobiguchi_request_seconds Time in the handler.\n"
		    "# TYPE tobiguchi_request_seconds histogram\n");
	for (size_t i = 0; i < COUNT(edge); i++) {
		sum += atomic_load(&m->bucket[i]);
		buf_printf(b, "tobiguchi_request_seconds_bucket{le=\"%s\"} %llu\n", edge[i],
		    (unsigned long long)sum);
	}
	buf_printf(b, "tobiguchi_request_seconds_sum %.6f\ntobiguchi_request_seconds_count %llu\n",
	    (double)atomic_load(&m->micros) / 1e6, (unsigned long long)sum);
	buf_text(b, "# HELP tobiguchi_responses_total Answers by class.\n"
		    "# TYPE tobiguchi_responses_total counter\n");
	for (int i = 2; i < 6; i++)
		buf_printf(b, "tobiguchi_responses_total{class=\"%dxx\"} %llu\n", i,
		    (unsigned long long)atomic_load(&m->by_status[i]));
	buf_printf(b,
	    "# TYPE tobiguchi_http_requests_total counter\ntobiguchi_http_requests_total %llu\n"
	    "# TYPE tobiguchi_http_refused_total counter\ntobiguchi_http_refused_total %llu\n"
	    "# TYPE tobiguchi_http_busy_total counter\ntobiguchi_http_busy_total %llu\n"
	    "# TYPE tobiguchi_http_connections gauge\ntobiguchi_http_connections %u\n"
	    "# TYPE tobiguchi_http_queued gauge\ntobiguchi_http_queued %u\n",
	    (unsigned long long)c.requests, (unsigned long long)c.refused, (unsigned long long)c.busy,
	    c.connections, c.queued);
}

/* Whoever asks through a proxy comes from loopback too: such a request says so. */
static bool
from_this_machine(const struct web *w)
{
	static const char *const passed_on[] = { "x-forwarded-for", "x-real-ip", "forwarded", "via" };

	for (size_t i = 0; i < COUNT(passed_on); i++) {
		if (http_header(w->request, passed_on[i]).p != NULL)
			return false;
	}
	return ip_is_loopback(&w->request->peer);
}

/* For Prometheus; no names of people or places in it. A token, or from this
 * machine when the setting says so. */
static enum err
metrics(struct web *w)
{
	struct buf *b = buf_new(w->a, LIMIT_MIB(1));

	if (w->user == NULL && !(setting_bool(w->db, "metrics.local") && from_this_machine(w)))
		return ERR_DENIED;
	request_metrics(w, b);
	TRY(job_metrics(w, b));
	TRY(gauge_metrics(w, b));
	for (const web_metrics_fn *m = web_metrics_modules; *m != NULL; m++)
		TRY((*m)(w, b));
	return web_bytes(w, "text/plain; version=0.0.4; charset=utf-8", buf_view(b));
}

/* "/incidents/:ref/close" as "/incidents/{ref}/close", and its parameters. */
static const char *
openapi_path(struct web *w, const char *path, struct value *parameters)
{
	struct buf *b = buf_new(w->a, 1024);
	struct str rest = str_of(path), piece;

	(void)str_split(&rest, '/', &piece); /* before the first slash */
	while (str_split(&rest, '/', &piece)) {
		bool parameter = piece.n > 1 && piece.p[0] == ':';
		struct str name = parameter ? str_skip(piece, 1) : piece;

		buf_printf(b, parameter ? "/{%.*s}" : "/%.*s", STR_F(name));
		if (!parameter)
			continue;
		struct value *p = value_add_object(w->a, parameters);

		value_set_str(w->a, p, "name", name);
		value_set_text(w->a, p, "in", "path");
		value_set_bool(w->a, p, "required", true);
		value_set_text(w->a, value_set_object(w->a, p, "schema"), "type", "string");
	}
	return buf_cstr(w->a, b);
}

static void
openapi_route(struct web *w, struct value *paths, const struct web_route *r)
{
	struct value *parameters = value_list(w->a);
	const char *path = openapi_path(w, r->path, parameters);
	struct value *item = value_child(paths, path);

	if (item == NULL)
		item = value_set_object(w->a, paths, path);
	struct value *op = value_set_object(w->a, item, r->method == WEB_GET ? "get" : r->method == WEB_PUT ? "put" : "post");

	value_set_text(w->a, op, "summary", r->doc);
	if (value_count(parameters) > 0)
		value_set(w->a, op, "parameters", parameters);
	value_set_text(w->a, op, "x-permission", perm_name(r->perm));
	if (r->perm == PERM_PUBLIC)
		(void)value_set_list(w->a, op, "security");
	struct value *answers = value_set_object(w->a, op, "responses");

	value_set_text(w->a, value_set_object(w->a, answers, r->method == WEB_GET ? "200" : "2XX"),
	    "description", "An object under \"data\", or a file.");
	value_set_text(w->a, value_set_object(w->a, answers, "4XX"), "description",
	    "A problem document (RFC 9457).");
}

static enum err
openapi(struct web *w)
{
	struct value *v = value_object(w->a);
	struct value *info = value_set_object(w->a, v, "info");
	struct value *paths;

	value_set_text(w->a, v, "openapi", "3.1.0");
	value_set_text(w->a, info, "title", "Tobiguchi");
	value_set_text(w->a, info, "version", TOBIGUCHI_VERSION);
	value_set_text(w->a, info, "description",
	    "The API is the pages: ask for application/json with a bearer token. POST takes a form or a "
	    "JSON object with the same names.");
	paths = value_set_object(w->a, v, "paths");
	for (size_t i = 0; web_modules[i] != NULL; i++) {
		for (const struct web_route *r = web_modules[i]; r->path != NULL; r++)
			openapi_route(w, paths, r);
	}
	struct value *scheme = value_set_object(w->a,
	    value_set_object(w->a, value_set_object(w->a, v, "components"), "securitySchemes"), "token");

	value_set_text(w->a, scheme, "type", "http");
	value_set_text(w->a, scheme, "scheme", "bearer");
	struct value *security = value_set_list(w->a, v, "security");

	(void)value_set_list(w->a, value_add_object(w->a, security), "token");
	struct buf *b = buf_new(w->a, LIMIT_MIB(4));

	value_json(b, v);
	return web_bytes(w, "application/json", buf_view(b));
}

const struct web_route web_kit_routes[] = {
	{ WEB_POST, "/drafts", PERM_SIGNED_IN, draft_save, 0, "Save or, with an empty body, delete a draft" },
	{ WEB_GET, "/drafts", PERM_SIGNED_IN, draft_show, 0, "One draft of mine, by its key" },
	{ WEB_GET, "/presence", PERM_SIGNED_IN, presence, 0, "Say that I am here; who else is" },
	{ WEB_POST, "/undo/:id", PERM_SIGNED_IN, undo, 0, "Take back one of my recent acts" },
	{ WEB_POST, "/preferences", PERM_PUBLIC, preferences, 0, "My language, theme, density, single keys" },
	{ WEB_GET, "/healthz", PERM_PUBLIC, health, 0, "Whether the service and its database work" },
	{ WEB_GET, "/metrics", PERM_PUBLIC, metrics, 0, "Prometheus metrics, with a token" },
	{ WEB_GET, "/api/openapi.json", PERM_PUBLIC, openapi, WEB_NO_TX, "This description" },
	{ WEB_GET, "/assets/:name", PERM_PUBLIC, static_file, WEB_NO_TX, "A static file" },
	{ WEB_GET, "/favicon.ico", PERM_PUBLIC, static_file, WEB_NO_TX, "The icon" },
	{ 0 },
};
