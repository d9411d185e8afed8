/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web.h - the kit that every page uses.
 *
 * One handler, one view model: it fills ${w->data} (the API's contract, in
 * docs/schema/) and, for people only, ${w->ui} (labels, links, charts). The kit
 * renders the template with {data…, ui…, page…} or writes {"data": …}. It has
 * checked permission, CSRF and limits before, and holds the transaction: a read
 * snapshot for GET, a write transaction for POST, committed when the handler
 * returns OK.
 */
#ifndef WEB_WEB_H
#define WEB_WEB_H

#include <stdint.h>

#include "auth/auth.h"
#include "base/err.h"
#include "base/problems.h"
#include "base/str.h"
#include "base/zone.h"
#include "journal/journal.h"
#include "text/i18n.h"
#include "text/value.h"

struct arena;
struct blob_store;
struct db;
struct http_request;
struct http_file;
struct web;

enum web_method { WEB_GET = 1, WEB_POST = 2, WEB_PUT = 3 }; /* PUT: only with WEB_NO_TX */
enum web_flag {
	WEB_NO_CSRF = 1,  /* public machine interface with its own proof */
	WEB_FILES = 2,	  /* takes uploads (multipart) */
	WEB_RAW = 4,	  /* takes a raw body (mail) */
	WEB_NO_LOG = 8,	  /* log no address: public report routes */
	WEB_NO_TX = 16,	  /* begins no transaction (w->db is NULL) */
	WEB_WRITES = 32,  /* a GET that needs a write transaction */
	WEB_SLOW = 64,	  /* may take long: waits for one of a few workers (so does all with prepare) */
};

struct web_route {
	enum web_method method;
	const char *path; /* "/incidents/:ref/close"; ":x" takes one segment */
	enum perm perm;
	enum err (*handler)(struct web *w);
	unsigned flags;	 /* enum web_flag */
	const char *doc; /* one English line for /api/openapi.json */
	/* A POST's slow part (a password hash): runs before handler, with a
	 * read snapshot; what it found goes to w->prepared. May be NULL. */
	enum err (*prepare)(struct web *w);
};
/* The routes of all modules: routes.c. NULL ends it; each table ends with an
 * empty row. */
extern const struct web_route *const web_modules[];

/* What modules add to /metrics: routes.c; NULL ends it. */
struct buf;
typedef enum err (*web_metrics_fn)(struct web *w, struct buf *out);
extern const web_metrics_fn web_metrics_modules[];

/* How to take back an act (table undo): rows in routes.c, "kind" NULL ends. */
struct web_undo {
	const char *kind;
	enum perm perm;
	enum err (*run)(struct web *w, const struct value *payload);
};
extern const struct web_undo *const web_undos[];
/* Remember how to take back what this request does. ${*ret_id} goes to
 * web_redirect(). Only the same user may, within a day. */
MUST_USE enum err web_add_undo(struct web *w, const char *kind, const struct value *payload, int64_t *ret_id);

struct web {
	struct arena *a;
	struct db *db;
	struct blob_store *blobs;
	const struct http_request *request;
	const struct web_route *route;
	struct auth auth;
	const struct user *user; /* auth.user */
	int64_t now;
	enum lang lang;
	const struct zone *zone;
	bool json;		/* answer with JSON */
	struct value *data, *ui; /* objects; keys that begin with "@" are for the
				  * page only: value_json() leaves them out */
	struct problems problems;
	struct value *instead;	/* web_fill_over() */
	struct web_state *state; /* the web role's own (web/web_state.h) */
	struct db *reader;	/* web_read()'s */
	const struct value *moment; /* the first of web_set_time()'s, for the others to be like */
	int64_t journal;	/* newest entry + 1, once web_memo() asked; 0 = not yet */
	void *prepared;		/* from the route's prepare step */
	/* the answer: set by the functions below */
	int status;
	const char *template, *title, *location, *toast;
	int64_t undo;
	bool keep;		/* commit although the status is 400 or more */
	const char *cache;	/* Cache-Control; NULL = no-store */
	bool etag;		/* a mark of its bytes goes with it; who has them already gets 304 */
	const char *content_type; /* of body, when there is no template */
	struct str body;
	struct blob_out *download; /* streamed body, owned by the answer */
	const char *download_name;
	struct http_field *answer_header;
	size_t answer_headers;
	const struct value *json_body; /* what the request sent as JSON */
};

/* For handlers with WEB_NO_TX: ${fn} in a read snapshot. */
MUST_USE enum err web_read(struct web *w, enum err (*fn)(void *object, struct db *db), void *object);

/* ${address} when it is one of our own pages, else ${otherwise}. */
const char *web_local(struct web *w, struct str address, const char *otherwise);

/* What came in. Texts are cleaned (utf8_clean), never NULL. */
const char *web_path(struct web *w, const char *name); /* ":ref" as "ref" */
const char *web_query(struct web *w, const char *name);
/* Form field or JSON member: the same names. */
const char *web_form(struct web *w, const char *name);
struct str web_form_str(struct web *w, const char *name);
/* All values of a repeated field or a JSON list. */
const char *const *web_form_all(struct web *w, const char *name, size_t *ret_n);
bool web_form_has(struct web *w, const char *name);
/* Numbers: ${otherwise} when absent or not a number in range. */
int64_t web_query_int(struct web *w, const char *name, int64_t min, int64_t max, int64_t otherwise);
/* A box to tick, with a hidden 0 of the same name before it; ${otherwise} when the form has none. */
bool web_form_ticked(struct web *w, const char *name, bool otherwise);
int64_t web_form_int(struct web *w, const char *name, int64_t min, int64_t max, int64_t otherwise);

/* Checks that add a problem at ${name} and return what can be used. ${max}:
 * characters. */
const char *web_need_line(struct web *w, const char *name, size_t max);
const char *web_line(struct web *w, const char *name, size_t max);
const char *web_body(struct web *w, const char *name, size_t max_bytes);
/* Local time of the viewer; 0 when absent. */
int64_t web_time(struct web *w, const char *name);
/* One of ${values} (NULL-ended), else a problem. */
const char *web_choice(struct web *w, const char *name, const char *const *values, bool required);
void web_problem(struct web *w, const char *field, const char *message);

/* Words in the viewer's language. */
const char *web_tr(struct web *w, const char *context, const char *msgid);
const char *web_trf(struct web *w, const char *context, const char *msgid, const struct i18n_arg *args);
/* Sets ${key} to ISO 8601 text in UTC (null when ${at} is 0) and "@${key}" to
 * {iso, list, long, short, relative} for the partials time, time_long, time_ago. */
void web_set_time(struct web *w, struct value *o, const char *key, int64_t at);
/* A choice list for select and radio: [{value, label, selected}] under "@"${key};
 * ${labels} are msgids with ${context}. ${chosen} may be NULL. */
struct web_option {
	const char *value; /* NULL ends */
	const char *label;
};
void web_options(struct web *w, const char *key, const char *context, const struct web_option *options, const char *chosen);
const char *web_when(struct web *w, int64_t at); /* list form */

/* Answers. Return their result from the handler. A status of 400 or more rolls
 * the transaction back. */
MUST_USE enum err web_page(struct web *w, const char *template, const char *title_msgid);
/* What a form's field holds before anybody typed: ui.form.${name} is ${value},
 * ui.is.${name}.${value} is true (for radio, select, checkbox). ${name} and
 * ${value} live as long as the request. */
void web_fill(struct web *w, const char *name, const char *value);
/* What a field holds on the page that comes, whatever was typed into it. */
void web_fill_over(struct web *w, const char *name, const char *value);
/* The page of a form: sets ui.form, ui.is to what was typed (over what
 * web_fill() set), ui.error {field: message}, ui.mistakes {items [{field,
 * message}]}. With problems the status is 422. For JSON with problems: an RFC
 * 9457 document. */
MUST_USE enum err web_again(struct web *w, const char *template, const char *title_msgid);
/* 303 for people; for JSON 200/201 with w->data. ${toast}: msgid or NULL;
 * ${undo}: undo id, 0 = none. */
MUST_USE enum err web_redirect(struct web *w, const char *location, const char *toast, int64_t undo);
/* 201 with Location for JSON, else as web_redirect(). */
MUST_USE enum err web_created(struct web *w, const char *location, const char *toast);
MUST_USE enum err web_bytes(struct web *w, const char *content_type, struct str body);
/* Always Content-Disposition: attachment and nosniff. */
MUST_USE enum err web_download(struct web *w, int64_t blob, const char *name, const char *media_type);
MUST_USE enum err web_csv(struct web *w, const char *file_name, struct str csv);
void web_header(struct web *w, const char *name, const char *value);
void web_set_cookie(struct web *w, const char *name, const char *value, int64_t max_age_seconds);

/* This user at this time, for stores that journal what they do. */
struct actor web_actor(const struct web *w);
/* A journal entry by this user at this time, in this transaction. */
MUST_USE enum err web_journal(struct web *w, const char *action, const char *object, int64_t id, const struct value *payload);
MUST_USE enum err web_journal2(struct web *w, const char *action, const char *object, int64_t id,
    const char *also, int64_t also_id, const struct value *payload);

/* The uploaded files of field ${name}; each http_file.sink_result is a
 * struct blob_in * to give to blob_adopt(). */
const struct http_file *const *web_files(struct web *w, const char *name, size_t *ret_n);

/* Lists: page links from the address. ui.pages = {from,to,total,previous,next};
 * none when there is no row. */
struct web_list {
	int64_t page;	/* 1.. */
	int64_t limit;	/* rows */
	int64_t offset;
};
struct web_list web_list(struct web *w, int64_t default_limit);
void web_set_pages(struct web *w, struct web_list l, int64_t total, bool estimate);
/* ${text} as a value in an address's query. */
const char *web_escape(struct web *w, const char *text);
/* The present address with query parameter ${name} set to ${value} (NULL
 * removes it) and page removed. */
const char *web_with(struct web *w, const char *name, const char *value);

/*
 * A number that costs something to count and is shown on many pages: kept by
 * ${key} (which names the viewer when it depends on him) until something is
 * journalled, five seconds at most.
 */
typedef enum err (*web_count_fn)(struct web *w, void *object, int64_t *ret);
MUST_USE enum err web_memo(struct web *w, const char *key, web_count_fn count, void *object, int64_t *ret);

/* Limit an anonymous act: false when ${key} did it more than ${n} times within
 * ${per} ms (salted in-memory hash of the address, kept an hour at most). */
bool web_allow(struct web *w, const char *key, int n, int64_t per);
/* The same with an amount (bytes): false, and nothing counted, when ${by} more
 * would be over ${most}. */
bool web_allow_much(struct web *w, const char *key, int64_t by, int64_t most, int64_t per);

#endif
