/* SPDX-License-Identifier: Apache-2.0 */
#include "web/web_run.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/log.h"
#include "blob/blob.h"
#include "db/db.h"
#include "web/web_priv.h"

static enum web_method
method_of(const struct http_request *r)
{
	if (r->method == HTTP_GET || r->method == HTTP_HEAD)
		return WEB_GET;
	return r->method == HTTP_POST ? WEB_POST : r->method == HTTP_PUT ? WEB_PUT : 0;
}

/* What strangers send is counted before it is read: a refused file too takes
 * the disk for a while. Without a length it may be of any size. */
static bool
may_send_files(struct web_state *s, const struct http_request *r)
{
	int64_t size = (int64_t)LIMIT_UPLOAD_FILE;

	(void)str_int(http_header(r, "content-length"), 0, INT64_MAX, &size); /* it is that large then */
	if (size <= (int64_t)LIMIT_HTTP_FORM)
		return true;
	return web_limiter_allow(s->limiter, &r->peer, "upload-read", size, (int64_t)LIMIT_UPLOAD_PUBLIC_READ,
	    CLOCK_HOUR, clock_now());
}

size_t
web_run_limit(void *object, const struct http_request *r)
{
	struct web_match m;

	web_route_find(method_of(r), r->path, &m);
	if (m.route != NULL && m.route->method == WEB_PUT)
		return LIMIT_BATCH;
	if (m.route == NULL || m.route->method != WEB_POST)
		return LIMIT_HTTP_FORM; /* read it, then say 404 or 405 */
	if (m.route->perm == PERM_PUBLIC && (m.route->flags & WEB_FILES) != 0 && !may_send_files(object, r))
		return LIMIT_HTTP_FORM;
	if ((m.route->flags & WEB_FILES) != 0)
		return LIMIT_UPLOAD_FILE + LIMIT_HTTP_FORM;
	if ((m.route->flags & WEB_RAW) != 0)
		return LIMIT_MAIL;
	return LIMIT_HTTP_FORM;
}

bool
web_run_slow(void *object, const struct http_request *r)
{
	struct web_match m;

	(void)object;
	web_route_find(method_of(r), r->path, &m);
	return m.route != NULL && ((m.route->flags & WEB_SLOW) != 0 || m.route->prepare != NULL);
}

/* The sink: a file of an upload is a blob_in until a handler adopts it. */
static enum err
sink_open(void *object, const struct http_request *r, struct str field, struct str name, void **ret)
{
	struct web_state *s = object;
	struct web_match m;

	(void)field;
	(void)name;
	web_route_find(method_of(r), r->path, &m);
	if (m.route == NULL || (m.route->flags & WEB_FILES) == 0)
		return ERR_DENIED;
	return blob_in_open(s->config.blobs, (struct blob_in **)ret);
}

static enum err
sink_write(void *file, const void *p, size_t n)
{
	if (blob_in_size(file) + n > LIMIT_UPLOAD_FILE)
		return ERR_LIMIT;
	return blob_in_write(file, p, n);
}

static enum err
sink_close(void *file, bool complete, void **ret_result)
{
	enum err e = complete ? blob_in_end(file) : ERR_INVALID;

	if (e != OK) {
		blob_in_free(file);
		*ret_result = NULL;
		return e;
	}
	*ret_result = file;
	return OK;
}

struct http_sink
web_run_sink(struct web_state *s)
{
	return (struct http_sink){
		.open = sink_open,
		.write = sink_write,
		.close = sink_close,
		.object = s,
	};
}

/* What was not adopted goes when the request ends. */
static void
free_uploads(void *object)
{
	const struct http_request *r = object;

	for (size_t i = 0; i < r->files; i++)
		blob_in_free(r->file[i].sink_result);
}

static bool
wants_json(const struct http_request *r)
{
	struct str accept = http_header(r, "accept");

	if (r->method == HTTP_GET && str_is(http_query(r, "format"), "json")) /* a link */
		return true;
	if (str_find_case(accept, STR("text/html"), 0) != SIZE_MAX)
		return false;
	if (str_find_case(accept, STR("json"), 0) != SIZE_MAX)
		return true;
	return http_header(r, "authorization").n > 0;
}

static void
choose_language(struct web *w)
{
	struct str asked = http_query(w->request, "lang"), accept;

	if (lang_parse(asked, &w->lang)) {
		web_set_cookie(w, "lang", lang_code(w->lang), 365 * 24 * 3600);
		return;
	}
	/* The browser's choice; signing in sets it to the person's. */
	if (lang_parse(http_cookie(w->request, "lang"), &w->lang))
		return;
	if (w->user != NULL) {
		w->lang = w->user->lang;
		return;
	}
	/* The first of the two that the browser names. */
	accept = http_header(w->request, "accept-language");
	size_t ja = str_find_case(accept, STR("ja"), 0);
	size_t en = str_find_case(accept, STR("en"), 0);

	w->lang = en < ja ? LANG_EN : LANG_JA;
}

static void
choose_zone(struct web *w)
{
	w->zone = zone_tokyo();
	if (w->user != NULL && zone_find(w->user->zone, &w->zone) != OK)
		w->zone = zone_tokyo();
}

/*
 * A form of another site must not act for a signed-in person (token), nor for
 * an anonymous one (origin: browsers send it with every POST).
 */
static bool
same_site(struct web *w)
{
	struct str origin = http_header(w->request, "origin");
	struct str host = http_header(w->request, "host");

	if (w->auth.session_id != 0 && !str_is(web_form_str(w, "csrf"), w->auth.csrf) &&
	    !str_is(http_header(w->request, "x-csrf-token"), w->auth.csrf))
		return false;
	if (origin.n == 0)
		return true; /* no browser */
	if (str_eat(&origin, STR("https://")) || str_eat(&origin, STR("http://")))
		return str_equal_case(origin, host);
	return false;
}

/* 0 when the request may go on, else the status that refuses it. */
static int
refused(struct web *w, const struct web_match *m)
{
	if (w->auth.bad_token)
		return 401;
	if (m->route == NULL)
		return m->path_known ? 405 : 404;
	if (!auth_allows(&w->auth, m->route->perm))
		return w->user == NULL ? 401 : 403;
	if (m->route->method != WEB_GET && m->route->perm != PERM_PUBLIC && w->auth.read_only)
		return 403;
	/* Before anything else the person chooses a password of their own. */
	if (w->user != NULL && w->user->must_change && m->route->perm != PERM_PUBLIC &&
	    !str_is(str_of(m->route->path), "/me") &&
	    !str_starts(str_of(m->route->path), STR("/me/")) &&
	    !str_is(str_of(m->route->path), "/sign-out"))
		return 403;
	if (m->route->method != WEB_GET && w->auth.token_id == 0 &&
	    (m->route->flags & WEB_NO_CSRF) == 0 && !same_site(w))
		return 403;
	return 0;
}

static enum err
call_in_write(void *object, struct db *db)
{
	struct web_request *q = object;
	struct web *w = &q->w;

	w->db = db;
	enum err e = w->route->handler(w);

	if (e == OK)
		web_page_model(w);
	w->db = NULL;
	q->result = e;
	if (e == OK && w->status >= 400 && !w->keep)
		return ERR_INVALID; /* the answer stands; the changes do not */
	return e;
}

enum err
web_read(struct web *w, enum err (*fn)(void *object, struct db *db), void *object)
{
	TRY(db_begin_read(w->reader));
	enum err e = fn(object, w->reader);

	db_rollback(w->reader); /* it read only */
	return e;
}

static enum err
call(struct web_request *q, struct db *reader)
{
	struct web *w = &q->w;
	bool writes = w->route->method == WEB_POST || (w->route->flags & WEB_WRITES) != 0;

	w->reader = reader;
	if ((w->route->flags & WEB_NO_TX) != 0)
		return w->route->handler(w);
	if (!writes || w->route->prepare != NULL) {
		TRY(db_begin_read(reader));
		w->db = reader;
		enum err e = writes ? w->route->prepare(w) : w->route->handler(w);

		if (e == OK && (!writes || w->status != 0))
			web_page_model(w);
		w->db = NULL;
		db_rollback(reader); /* it read only */
		if (e != OK || !writes || w->status != 0)
			return e;
	}
	q->result = OK;
	enum err e = web_write(w->state, call_in_write, q);

	if (e != OK && q->result == OK && (w->status < 400 || w->keep))
		return e; /* it was good, but did not become durable */
	return q->result;
}

static void
count(struct web_state *s, int status, int64_t micros)
{
	static const int64_t edge[WEB_BUCKETS] = { 1000, 2500, 5000, 10000, 25000, 50000, 100000,
		250000, 1000000, 5000000 };
	size_t i = 0;

	while (i < WEB_BUCKETS && micros > edge[i])
		i++;
	atomic_fetch_add(&s->metrics.bucket[i], 1);
	atomic_fetch_add(&s->metrics.micros, (uint64_t)micros);
	atomic_fetch_add(&s->metrics.by_status[status / 100 % 6], 1);
}

static void
start(struct web_request *q, struct web_state *s, struct arena *a, const struct http_request *r)
{
	struct web *w = &q->w;

	w->a = a;
	w->state = s;
	w->blobs = s->config.blobs;
	w->request = r;
	w->now = clock_now();
	w->json = wants_json(r);
	w->data = value_object(a);
	w->ui = value_object(a);
	w->zone = zone_tokyo();
	problems_init(&w->problems, a);
}

static enum err
touch(void *object, struct db *db)
{
	const struct web *w = object;

	return auth_touch(db, &w->auth, w->now);
}

/* Who asks. A database that is away must not hide the error page. */
static enum err
identify(struct web *w, struct db *reader)
{
	struct str bearer = http_header(w->request, "authorization");

	if (!str_eat_case(&bearer, STR("bearer ")))
		bearer = STR_NULL;
	struct str cookie = bearer.n > 0 ? STR_NULL : http_cookie(w->request, "session");

	if (cookie.n == 0 && bearer.n == 0) {
		w->auth = (struct auth){ .csrf = "" };
		return OK;
	}
	enum err e = db_begin_read(reader);

	if (e == OK)
		e = auth_check(reader, w->a, cookie, str_trim(bearer), w->now, &w->auth);
	if (e != OK) /* the error page reads again, and forgets it */
		log_error("who asks cannot be read", LOG_S("why", db_message(reader)), LOG_S("error", err_name(e)));
	db_rollback(reader);
	if (e == OK)
		w->user = w->auth.user;
	/* A database that only reads (full disk) must not end the session. */
	if (e == OK && w->auth.touch && web_write(w->state, touch, w) != OK)
		log_warn("when a session was used could not be noted");
	return e;
}

static enum err
read_json_body(struct web *w)
{
	struct value *v = NULL;
	size_t at = 0;

	if (w->request->method != HTTP_POST || !str_is(w->request->content_type, "application/json") ||
	    (w->route->flags & WEB_RAW) != 0)
		return OK;
	if (w->request->body.n == 0)
		return OK;
	if (value_parse(w->a, w->request->body, &v, &at) != OK || value_type(v) != VALUE_OBJECT) {
		web_problem(w, "",
		    N_("The body is not a JSON object. Check it with a JSON validator and send it again."));
		return ERR_INVALID;
	}
	w->json_body = v;
	return OK;
}

void
web_run(void *object, int worker, struct arena *a, const struct http_request *r, struct http_response *ret)
{
	struct web_state *s = object;
	struct web_request *q = arena_one(a, struct web_request);
	struct web *w = &q->w;
	int64_t began = clock_monotonic_us();

	start(q, s, a, r);
	if (r->files > 0)
		arena_defer(a, free_uploads, (void *)(uintptr_t)r);
	web_route_find(method_of(r), r->path, &q->match);
	w->route = q->match.route;

	enum err e = identify(w, s->reader[worker]);

	choose_language(w);
	choose_zone(w);
	if (e == OK && w->route != NULL)
		e = read_json_body(w);

	int status = e == OK ? refused(w, &q->match) : 0;

	if (status == 401 && !w->json && w->route != NULL && w->route->method == WEB_GET) {
		web_answer(w, web_redirect(w, arena_printf(a, "/sign-in?next=%s", web_escape(w, web_with(w, "", NULL))), NULL, 0), ret);
	} else if (status == 403 && !w->json && w->user != NULL && w->user->must_change &&
	    w->route->method == WEB_GET) {
		web_answer(w, web_redirect(w, "/me#password", NULL, 0), ret);
	} else if (status != 0) {
		web_answer_error(w, status, ret);
	} else {
		if (e == OK)
			e = call(q, s->reader[worker]);
		web_answer(w, e, ret);
	}

	int64_t micros = clock_monotonic_us() - began;

	count(s, ret->status, micros);
	if (ret->status >= 500)
		log_error("a request failed", LOG_S("path", r->path), LOG_I("status", ret->status),
		    LOG_S("error", err_name(e)), LOG_S("database", db_message(s->writer)));
	else
		log_debug("request", LOG_S("path", r->path), LOG_I("status", ret->status),
		    LOG_I("micros", micros));
}

void
web_run_error(void *object, struct arena *a, int status, bool json, struct http_response *ret)
{
	static const struct http_request none = { .path = "/" };
	struct web_request *q = arena_one(a, struct web_request);

	start(q, object, a, &none);
	q->w.json = json;
	q->w.auth.csrf = "";
	web_answer_error(&q->w, status, ret);
}
