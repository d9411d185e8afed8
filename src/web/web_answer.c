/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "blob/blob.h"
#include "db/db.h"
#include "journal/journal.h"
#include "text/mustache.h"
#include "text/template.h"
#include "web/web_priv.h"

#define PAGE_MAX LIMIT_MIB(8)
#define CSP                                                                                        \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "          \
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

int
web_status_of(enum err e)
{
	static const int status[] = {
		[OK] = 200,
		[ERR_INVALID] = 422,
		[ERR_NOT_FOUND] = 404,
		[ERR_EXISTS] = 409,
		[ERR_CONFLICT] = 409,
		[ERR_DENIED] = 403,
		[ERR_LIMIT] = 413,
		[ERR_IO] = 500,
		[ERR_TIMEOUT] = 504,
		[ERR_UNAVAILABLE] = 503,
	};

	return (unsigned)e < COUNT(status) ? status[e] : 500;
}

void
web_header(struct web *w, const char *name, const char *value)
{
	struct http_field *list = arena_many(w->a, struct http_field, w->answer_headers + 1);

	if (w->answer_headers > 0)
		memcpy(list, w->answer_header, w->answer_headers * sizeof(*list));
	list[w->answer_headers++] = (struct http_field){ str_of(arena_dup(w->a, name)),
		str_of(arena_dup(w->a, value)) };
	w->answer_header = list;
}

void
web_set_cookie(struct web *w, const char *name, const char *value, int64_t max_age)
{
	/* Secure where we know that it holds: plain HTTP on loopback is the
	 * default set-up. */
	struct str proto = w->request == NULL ? STR_NULL : http_header(w->request, "x-forwarded-proto");
	bool secure = w->request != NULL && (w->request->tls || str_is(proto, "https"));

	web_header(w, "Set-Cookie",
	    arena_printf(w->a, "%s=%s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Lax%s", name, value,
		(long long)max_age, secure ? "; Secure" : ""));
}

enum err
web_page(struct web *w, const char *template, const char *title)
{
	w->template = template;
	w->title = title;
	if (w->status == 0)
		w->status = 200;
	return OK;
}

/* One problem in the viewer's language. */
static const char *
problem_text(struct web *w, const struct problem *p)
{
	return i18n_fill(w->a, i18n(w->lang, NULL, p->message),
	    I18N_ARGS({ "value", p->name == NULL ? "" : p->name }));
}

static struct value *
ui_object(struct web *w, const char *key)
{
	struct value *o = value_child(w->ui, key);

	return o != NULL ? o : value_set_object(w->a, w->ui, key);
}

void
web_fill(struct web *w, const char *name, const char *value)
{
	struct value *is = ui_object(w, "is");
	struct value *o = value_child(is, name);

	value_set_text(w->a, ui_object(w, "form"), name, value);
	if (o == NULL)
		o = value_set_object(w->a, is, name);
	if (value != NULL && *value != '\0')
		value_set_bool(w->a, o, value, true);
}

/* What was typed, instead of what a handler filled in before. */
static void
fill_typed(struct web *w)
{
	struct value *is = ui_object(w, "is");

	for (size_t i = 0; i < w->request->forms; i++)
		(void)value_set_object(w->a, is, arena_cstr(w->a, w->request->form[i].name));
	for (size_t i = w->request->forms; i-- > 0;) {
		const struct http_field *f = &w->request->form[i];

		web_fill(w, arena_cstr(w->a, f->name), arena_cstr(w->a, utf8_clean(w->a, f->value)));
	}
}

void
web_fill_over(struct web *w, const char *name, const char *value)
{
	if (w->instead == NULL)
		w->instead = value_object(w->a);
	value_set_text(w->a, w->instead, name, value);
}

enum err
web_again(struct web *w, const char *template, const char *title)
{
	struct value *error = ui_object(w, "error");
	struct value *errors = value_set_list(w->a, w->ui, "errors");

	fill_typed(w);
	for (size_t i = 0; i < value_count(w->instead); i++)
		web_fill(w, value_key(w->instead, i), value_cstr(value_member(w->instead, i)));
	for (const struct problem *p = w->problems.first; p != NULL; p = p->next) {
		const char *text = problem_text(w, p);
		struct value *row = value_add_object(w->a, errors);

		if (value_get(error, p->field) == NULL)
			value_set_text(w->a, error, p->field, text);
		value_set_text(w->a, row, "field", p->field);
		value_set_text(w->a, row, "message", text);
	}
	if (value_count(errors) > 0)
		value_set(w->a, value_set_object(w->a, w->ui, "mistakes"), "items", errors);
	if (problems_any(&w->problems) && w->status < 400)
		w->status = 422;
	return web_page(w, template, title);
}

static void
set_toast(struct web *w, const char *toast, int64_t undo)
{
	if (toast == NULL || w->json)
		return;
	const char *text = i18n(w->lang, NULL, toast);

	web_set_cookie(w, "toast",
	    arena_printf(w->a, "%lld.%s", (long long)undo,
		base64_url_format(w->a, str_of(text))),
	    30);
}

enum err
web_redirect(struct web *w, const char *location, const char *toast, int64_t undo)
{
	w->undo = undo;
	set_toast(w, toast, undo);
	if (w->json) {
		if (w->status == 0)
			w->status = 200;
		if (undo != 0)
			value_set_int(w->a, w->data, "undo", undo);
		return OK;
	}
	w->location = location;
	w->status = 303;
	return OK;
}

enum err
web_created(struct web *w, const char *location, const char *toast)
{
	if (w->json) {
		w->status = 201;
		web_header(w, "Location", location);
	}
	return web_redirect(w, location, toast, 0);
}

enum err
web_bytes(struct web *w, const char *content_type, struct str body)
{
	w->content_type = content_type;
	w->body = body;
	if (w->status == 0)
		w->status = 200;
	return OK;
}

/* RFC 6266: an ASCII name for old readers and the true one. */
static void
attachment_header(struct web *w, const char *name)
{
	struct buf *ascii = buf_new(w->a, 1024), *full = buf_new(w->a, 8192);

	for (const char *p = name; *p != '\0'; p++) {
		bool plain = str_is_alnum(*p) || strchr("-._", *p) != NULL;

		buf_char(ascii, plain ? *p : '_');
		if (plain)
			buf_char(full, *p);
		else
			buf_printf(full, "%%%02X", (unsigned char)*p);
	}
	web_header(w, "Content-Disposition",
	    arena_printf(w->a, "attachment; filename=\"%s\"; filename*=UTF-8''%s", buf_cstr(w->a, ascii),
		buf_cstr(w->a, full)));
}

enum err
web_download(struct web *w, int64_t blob, const char *name, const char *media_type)
{
	TRY(blob_out_open(w->blobs, w->db, blob, &w->download));
	w->content_type = media_type;
	attachment_header(w, name);
	w->status = 200;
	return OK;
}

enum err
web_csv(struct web *w, const char *file_name, struct str csv)
{
	attachment_header(w, file_name);
	/* The mark lets spreadsheet programs see that it is UTF-8. */
	return web_bytes(w, "text/csv; charset=utf-8",
	    str_of(arena_printf(w->a, "\xef\xbb\xbf%.*s", STR_F(csv))));
}

/* The bytes' mark (FNV-1a); nothing is sent to who has them already. */
static void
mark(struct web *w, struct http_response *r)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < r->body.n; i++)
		h = (h ^ (unsigned char)r->body.p[i]) * UINT64_C(0x100000001b3);
	const char *etag = arena_printf(w->a, "\"%016llx\"", (unsigned long long)h);

	web_header(w, "ETag", etag);
	if (str_find(http_header(w->request, "if-none-match"), str_of(etag), 0) == SIZE_MAX)
		return;
	r->status = 304;
	r->body = STR_NULL;
}

void
web_common_headers(struct web *w, struct http_response *r, bool page)
{
	if (w->etag && r->status == 200)
		mark(w, r);
	web_header(w, "X-Content-Type-Options", "nosniff");
	web_header(w, "Referrer-Policy", "same-origin");
	web_header(w, "Content-Security-Policy", page ? CSP : "default-src 'none'; sandbox");
	web_header(w, "Cache-Control", w->cache == NULL ? "no-store" : w->cache);
	if (w->cache == NULL)
		web_header(w, "Vary", "Accept, Accept-Language, Cookie");
	if (w->request != NULL && w->request->tls)
		web_header(w, "Strict-Transport-Security", "max-age=31536000");
	r->header = w->answer_header;
	r->headers = w->answer_headers;
}

static int64_t
download_read(void *object, uint64_t offset, char *p, size_t max)
{
	size_t n = 0;

	(void)offset; /* read in order */
	if (blob_out_read(object, p, max, &n) != OK)
		return -1;
	return (int64_t)n;
}

static void
download_free(void *object)
{
	blob_out_free(object);
}

/* RFC 9457. */
static void
problem_document(struct web *w, int status, const char *title, const char *detail, struct http_response *ret)
{
	struct value *v = value_object(w->a);
	struct buf *b = buf_new(w->a, PAGE_MAX);

	value_set_text(w->a, v, "type", "about:blank");
	value_set_text(w->a, v, "title", title);
	value_set_int(w->a, v, "status", status);
	if (detail != NULL)
		value_set_text(w->a, v, "detail", detail);
	if (problems_any(&w->problems)) {
		struct value *list = value_set_list(w->a, v, "errors");

		for (const struct problem *p = w->problems.first; p != NULL; p = p->next) {
			struct value *row = value_add_object(w->a, list);

			value_set_text(w->a, row, "field", p->field);
			value_set_text(w->a, row, "detail", problem_text(w, p));
		}
	}
	value_json(b, v);
	ret->status = status;
	ret->content_type = "application/problem+json";
	ret->body = buf_view(b);
	web_common_headers(w, ret, false);
}

struct error_text {
	int status;
	const char *title, *detail;
};
static const struct error_text error_texts[] = {
	{ 400, N_("The request could not be read"),
	    N_("The browser or program sent something that is not HTTP as we understand it. Reload the page and try again.") },
	{ 401, N_("Sign in first"), N_("This address is for members of the team. Sign in, or send a valid token.") },
	{ 403, N_("This is not open to you"),
	    N_("Your role does not include this act, or the form was open too long. Go back, reload the page, and try again; or ask your administrator.") },
	{ 404, N_("There is nothing at this address"),
	    N_("It does not exist, or it is restricted. Check the number, or ask your manager.") },
	{ 405, N_("This address does not do that"), N_("Use the buttons of the page, or see the API description.") },
	{ 408, N_("The request took too long"), N_("The connection was too slow. Try again.") },
	{ 409, N_("Somebody else changed this"),
	    N_("It was changed while you were working on it. Reload the page to see the new state; your text is kept as a draft.") },
	{ 411, N_("The length is missing"), N_("Send a Content-Length header.") },
	{ 413, N_("This is too large"),
	    N_("The text or file is larger than we accept here. Split it, or write how we can fetch it.") },
	{ 414, N_("The address is too long"), N_("Shorten the search or the filter.") },
	{ 415, N_("This kind of content is not read here"), N_("Send a form or JSON.") },
	{ 422, N_("Some answers need another look"), N_("They are listed below. Nothing you typed is lost.") },
	{ 429, N_("Too many tries"), N_("Wait some minutes and try again.") },
	{ 431, N_("The header is too large"), N_("Delete this site's cookies and try again.") },
	{ 500, N_("Something broke on our side"),
	    N_("It was logged. Nothing that was confirmed to you is lost. Try again; if it happens again, tell your administrator the time.") },
	{ 501, N_("This is not built in"), N_("The server does not know this method.") },
	{ 503, N_("The server is busy"), N_("Nothing was saved. Try again in a few seconds.") },
	{ 504, N_("It took too long"), N_("Try again; narrow the search if it was one.") },
};

void
web_answer_error(struct web *w, int status, struct http_response *ret)
{
	const struct error_text *text = &error_texts[0];

	for (size_t i = 0; i < COUNT(error_texts); i++) {
		if (error_texts[i].status == status)
			text = &error_texts[i];
	}
	const char *title = i18n(w->lang, NULL, text->title);
	const char *detail = i18n(w->lang, NULL, text->detail);

	if (status == 401)
		web_header(w, "WWW-Authenticate", "Bearer");
	if (status == 503 || status == 429)
		web_header(w, "Retry-After", "5");
	const char *page = w->user == NULL ? "error_public" : "error";
	const struct template *t = w->json ? NULL : template_find(page, w->lang);

	if (t == NULL) {
		problem_document(w, status, title, detail, ret);
		return;
	}
	w->ui = value_object(w->a);
	w->data = value_object(w->a);
	w->title = text->title;
	value_set_int(w->a, w->ui, "status", status);
	value_set_text(w->a, w->ui, "what", title);
	value_set_text(w->a, w->ui, "where", detail);
	web_page_model(w);
	struct buf *b = buf_new(w->a, PAGE_MAX);
	const char *missing;

	if (mustache_render(t, w->ui, b, false, &missing) != OK)
		buf_text(b, title);
	ret->status = status;
	ret->content_type = "text/html; charset=utf-8";
	ret->body = buf_view(b);
	web_common_headers(w, ret, true);
}

static void
answer_json(struct web *w, struct http_response *ret)
{
	struct value *v = value_object(w->a);
	struct buf *b = buf_new(w->a, LIMIT_MIB(64));

	value_set(w->a, v, "data", w->data);
	value_json(b, v);
	ret->content_type = "application/json";
	ret->body = buf_view(b);
	web_common_headers(w, ret, false);
}

static enum err
answer_page(struct web *w, struct http_response *ret)
{
	const struct template *t = template_find(w->template, w->lang);
	struct buf *b = buf_new(w->a, PAGE_MAX);
	const char *missing = NULL;

	if (t == NULL)
		return ERR_IO;
	TRY(mustache_render(t, w->ui, b, false, &missing));
	TRY(buf_error(b));
	ret->content_type = "text/html; charset=utf-8";
	ret->body = buf_view(b);
	web_common_headers(w, ret, true);
	return OK;
}

void
web_answer(struct web *w, enum err e, struct http_response *ret)
{
	if (e == ERR_INVALID && problems_any(&w->problems) && w->json) {
		/* What was asked for in the address cannot be corrected in a form. */
		problem_document(w, w->route != NULL && w->route->method == WEB_GET ? 400 : 422, i18n(w->lang, NULL, N_("Some answers need another look")), NULL, ret);
		return;
	}
	if (e != OK) {
		blob_out_free(w->download);
		web_answer_error(w, web_status_of(e), ret);
		return;
	}
	if (w->json && problems_any(&w->problems)) {
		problem_document(w, w->route != NULL && w->route->method == WEB_GET ? 400 : w->status,
		    i18n(w->lang, NULL, N_("Some answers need another look")), NULL, ret);
		return;
	}
	ret->status = w->status == 0 ? 200 : w->status;
	if (w->download != NULL) {
		ret->content_type = w->content_type;
		ret->stream = download_read;
		ret->stream_free = download_free;
		ret->stream_object = w->download;
		ret->stream_size = (int64_t)blob_out_size(w->download);
		web_common_headers(w, ret, false);
	} else if (w->content_type != NULL) {
		ret->content_type = w->content_type;
		ret->body = w->body;
		web_common_headers(w, ret, false);
	} else if (w->location != NULL) {
		web_header(w, "Location", w->location);
		ret->content_type = "text/plain; charset=utf-8";
		web_common_headers(w, ret, false);
	} else if (w->json || w->template == NULL) {
		answer_json(w, ret);
	} else if (answer_page(w, ret) != OK) {
		web_answer_error(w, 500, ret);
	}
}

const char *
web_tr(struct web *w, const char *context, const char *msgid)
{
	return i18n(w->lang, context, msgid);
}

const char *
web_trf(struct web *w, const char *context, const char *msgid, const struct i18n_arg *args)
{
	return i18n_fill(w->a, i18n(w->lang, context, msgid), args);
}

/* A time in the forms that pages show. A list of fifty asks for one of them, so
 * each is made when it is asked for. */
struct moment {
	struct web *w;
	int64_t at;
};

static struct value *
time_iso(struct arena *a, const void *object)
{
	const struct moment *m = object;

	return value_text(a, zone_iso(a, zone_utc(), m->at));
}

static struct value *
time_list(struct arena *a, const void *object)
{
	const struct moment *m = object;

	return value_text(a, zone_list(a, m->w->zone, m->w->lang, m->at, m->w->now));
}

static struct value *
time_long(struct arena *a, const void *object)
{
	const struct moment *m = object;

	return value_text(a, zone_long(a, m->w->zone, m->w->lang, m->at));
}

static struct value *
time_short(struct arena *a, const void *object)
{
	const struct moment *m = object;

	return value_text(a, zone_short(a, m->w->zone, m->w->lang, m->at));
}

static struct value *
time_relative(struct arena *a, const void *object)
{
	const struct moment *m = object;

	return value_text(a, zone_relative(a, m->w->zone, m->w->lang, m->at, m->w->now));
}

static struct value *
time_forms(struct arena *a, const void *moment)
{
	struct web *w = ((const struct moment *)moment)->w;
	struct value *t = value_object_like(a, w->moment);

	if (w->moment == NULL)
		w->moment = t;
	value_set_later(a, t, "iso", time_iso, moment);
	value_set_later(a, t, "list", time_list, moment);
	value_set_later(a, t, "long", time_long, moment);
	value_set_later(a, t, "short", time_short, moment);
	value_set_later(a, t, "relative", time_relative, moment);
	value_set_later(a, t, "text", time_list, moment);
	value_set_later(a, t, "title", time_long, moment);
	return t;
}

void
web_set_time(struct web *w, struct value *o, const char *key, int64_t at)
{
	if (at == 0) {
		value_set_text(w->a, o, key, NULL);
		return;
	}
	if (w->json) {
		value_set_text(w->a, o, key, zone_iso(w->a, zone_utc(), at));
		return;
	}
	struct moment *m = arena_one(w->a, struct moment);
	size_t n = strlen(key);
	char *page_key = arena_alloc(w->a, n + 2);

	*m = (struct moment){ w, at };
	value_set_later(w->a, o, key, time_iso, m);
	page_key[0] = '@';
	memcpy(page_key + 1, key, n);
	value_set_later(w->a, o, page_key, time_forms, m);
}

const char *
web_when(struct web *w, int64_t at)
{
	return zone_list(w->a, w->zone, w->lang, at, w->now);
}

void
web_options(struct web *w, const char *key, const char *context, const struct web_option *options,
    const char *chosen)
{
	struct value *list = value_set_list(w->a, w->ui, arena_printf(w->a, "@%s", key));

	for (; options->value != NULL; options++) {
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "value", options->value);
		value_set_text(w->a, o, "label", i18n(w->lang, context, options->label));
		bool is = chosen != NULL && strcmp(chosen, options->value) == 0;

		value_set_bool(w->a, o, "chosen", is);
		value_set_bool(w->a, o, "selected", is);
	}
}

struct actor
web_actor(const struct web *w)
{
	return (struct actor){
		.id = w->user == NULL ? 0 : w->user->id,
		.name = w->user == NULL ? "outside" : w->user->name,
		.now = w->now,
	};
}

enum err
web_journal2(struct web *w, const char *action, const char *object, int64_t id, const char *also,
    int64_t also_id, const struct value *payload)
{
	struct actor by = web_actor(w);
	struct journal_entry e = {
		.at = by.now,
		.actor = by.id,
		.actor_name = by.name,
		.action = action,
		.object = object,
		.object_id = id,
		.also = also,
		.also_id = also_id,
		.payload = payload,
	};

	return journal_write(w->db, w->a, &e);
}

enum err
web_journal(struct web *w, const char *action, const char *object, int64_t id, const struct value *payload)
{
	return web_journal2(w, action, object, id, NULL, 0, payload);
}

enum err
web_add_undo(struct web *w, const char *kind, const struct value *payload, int64_t *ret_id)
{
	return db_insert(w->db, ret_id,
	    "INSERT INTO undo (person_id, at, kind, payload) VALUES (?1, ?2, ?3, ?4) RETURNING id",
	    DB_INT(w->user == NULL ? 0 : w->user->id), DB_INT(w->now), DB_TEXT(kind),
	    DB_TEXT(value_json_text(w->a, payload)));
}
