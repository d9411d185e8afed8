/* SPDX-License-Identifier: Apache-2.0 */
/* wkd_job.c - the job "wkd.ask": the key of one address from its own domain. */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/url.h"
#include "db/db.h"
#include "directory/ask.h"
#include "directory/lookup_store.h"
#include "directory/wkd.h"
#include "job/job.h"
#include "job/work.h"
#include "sys/ipc.h"
#include "text/i18n.h"
#include "text/value.h"

#define PARSE_MS 30000

struct asking {
	struct ask ask;
	struct wkd wkd;
	int64_t keep, left; /* how long an answer holds; questions left this hour */
	struct lookup_answer answer[2];
	size_t n;
};

static enum err
load(struct job_run *j, struct db *db)
{
	struct asking *k = arena_one(j->a, struct asking);
	const char *reach = setting_text(db, j->a, "lookup.reach");
	struct lookup_count *count;
	size_t n;

	j->state = k;
	k->ask = (struct ask){
		.reach = strcmp(reach, "internet") == 0 ? ASK_INTERNET : strcmp(reach, "loopback") == 0 ? ASK_LOOPBACK : ASK_NOTHING,
		.seconds = (int)setting_int(db, "lookup.seconds"),
		.resolver = setting_text(db, j->a, "lookup.resolver"),
		.ca_file = setting_text(db, j->a, "lookup.ca_file"),
	};
	if (wkd_of(j->a, setting_text(db, j->a, "lookup.wkd"), value_cstr(value_get(j->payload, "email")), &k->wkd) != OK) {
		j->error = "the look-up names no mail address";
		j->dead = true;
		return ERR_INVALID;
	}
	k->keep = setting_int(db, "lookup.keep_hours") * CLOCK_HOUR;
	k->left = setting_int(db, "lookup.server_hour");
	TRY(lookup_counts(db, j->a, j->now - CLOCK_HOUR, &count, &n));
	for (size_t i = 0; i < n; i++)
		k->left -= strcmp(count[i].server, k->wkd.host) == 0 ? count[i].n : 0;
	return OK;
}

/* Both questions count for the domain's own host. */
static enum err
ask(struct job_run *j, const char *url, bool *ret_none)
{
	struct asking *k = j->state;
	struct lookup_answer *x = &k->answer[k->n++];
	struct ask_answer answer;
	struct wkd_key key;
	struct str json;
	int64_t now = clock_now();

	*x = (struct lookup_answer){ .object = k->wkd.object, .kind = "wkd", .server = k->wkd.host, .question = url,
		.state = "failed", .error = "", .error_value = "", .hop = (int64_t)k->n - 1, .fetched_at = now,
		.expires_at = now + k->keep, .parsed = "" };
	enum err e = ask_http(j->a, &k->ask, url, "application/octet-stream", LIMIT_WKD, &answer);

	*ret_none = e == ERR_NOT_FOUND;
	if (e != OK) {
		x->state = e == ERR_NOT_FOUND ? "none" : "failed";
		x->error = answer.fault == NULL ? err_name(e) : answer.fault;
		x->error_value = answer.value == NULL ? "" : answer.value;
		return OK;
	}
	struct buf *b = buf_new(j->a, LIMIT_WKD + 1000);

	buf_u32(b, (uint32_t)strlen(k->wkd.email));
	buf_text(b, k->wkd.email);
	buf_str(b, answer.bytes);
	TRY(ipc_call(j->work->parse, j->a, "wkd", buf_view(b), PARSE_MS, &json));
	TRY(wkd_parsed(j->a, json, &key));
	x->raw = answer.bytes;
	x->parsed = arena_cstr(j->a, json);
	x->state = key.fault == NULL ? "found" : "unreadable";
	x->error = key.fault == NULL ? "" : key.fault;
	return OK;
}

static enum err
act(struct job_run *j)
{
	struct asking *k = j->state;
	bool none = false;
	struct ask_names names;
	struct url u;

	if (k->ask.reach == ASK_NOTHING || k->left <= 0)
		return OK;
	/* The direct way is for domains that have no host of that name. A directory
	 * elsewhere (lookup.wkd without *) is asked both. */
	bool own = url_parse(j->a, str_of(k->wkd.advanced), &u) != OK || str_is(u.host, k->wkd.host);

	if (own)
		none = ask_addresses(j->a, &k->ask, k->wkd.host, &names) == ERR_NOT_FOUND;
	if (!own || !none)
		TRY(ask(j, k->wkd.advanced, &none));
	else
		return ask(j, k->wkd.direct, &none);
	return none && !own ? ask(j, k->wkd.direct, &none) : OK;
}

static enum err
save(struct job_run *j, struct db *db)
{
	const struct asking *k = j->state;

	for (size_t i = 0; i < k->n; i++)
		TRY(lookup_add(db, j->work->blobs, &k->answer[i]));
	return OK;
}

const struct job_kind wkd_jobs[] = {
	{ .name = "wkd.ask", .max_tries = 3, .load = load, .act = act, .save = save, .slow = true },
	{ 0 },
};
