/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup_job.c - the job "lookup.ask": whois along its referrals, RDAP,
 * security.txt and DNS about one thing. A server that does not answer is a row
 * that says so, never a dead job.
 */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"
#include "blob/blob.h"
#include "db/db.h"
#include "directory/ask.h"
#include "directory/found.h"
#include "directory/lookup_store.h"
#include "directory/rdap.h"
#include "directory/security_txt.h"
#include "directory/whois.h"
#include "job/job.h"
#include "job/work.h"
#include "sys/ipc.h"
#include "text/i18n.h"

#define ANSWERS 40		     /* of one look-up */
#define ALL_SECONDS 45		     /* other look-ups wait meanwhile */
#define PARSE_MS 60000
#define AGAIN (15 * CLOCK_MINUTE)    /* after a server failed */
#define BOOTSTRAP_KEEP (2 * CLOCK_DAY)
#define FOLLOW 4		     /* addresses of a host that are looked up in turn */

struct looking {
	struct job_run *j;
	struct ask ask;
	struct host host;
	enum pap pap;
	const char *object, *host_object; /* NULL: not asked about */
	const char *whois_root, *rdap_base, *security_url;
	int64_t keep, server_hour, until_us;
	bool has_whois, has_rdap, has_security, has_soa, has_address; /* known and not old */
	struct str bootstrap;	  /* the file's bytes, when it is known */
	struct lookup_count *count;
	size_t counts;
	struct lookup_answer answer[ANSWERS];
	size_t n;
	bool deferred;		  /* a server was asked too often already */
	struct ask_names addresses;
};

static enum ask_reach
reach_of(const char *s)
{
	if (strcmp(s, "internet") == 0)
		return ASK_INTERNET;
	return strcmp(s, "loopback") == 0 ? ASK_LOOPBACK : ASK_NOTHING;
}

static enum err
load_known(struct looking *l, struct db *db)
{
	struct job_run *j = l->j;
	struct lookup_answer file;
	const struct {
		const char *object, *kind;
		bool *known;
	} rows[] = {
		{ l->object, "whois", &l->has_whois },
		{ l->object, "rdap", &l->has_rdap },
		{ l->object, "soa", &l->has_soa },
		{ l->host_object, "security.txt", &l->has_security },
		{ l->host_object, "address", &l->has_address },
	};
	bool fresh = value_true(value_get(j->payload, "fresh"));

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].object != NULL && !fresh)
			TRY(lookup_known(db, rows[i].object, rows[i].kind, j->now, rows[i].known));
	}
	const char *name = arena_printf(j->a, "file %s", rdap_bootstrap_file(&l->host));
	enum err e = lookup_newest(db, j->a, name, "bootstrap", j->now, &file);

	if (e == OK && file.raw_blob != 0)
		e = blob_get(j->work->blobs, db, j->a, file.raw_blob, LIMIT_RDAP, &l->bootstrap);
	return e == ERR_NOT_FOUND ? OK : e;
}

static enum err
load(struct job_run *j, struct db *db)
{
	struct looking *l = arena_one(j->a, struct looking);
	const char *object = value_cstr(value_get(j->payload, "object"));

	j->state = l;
	l->j = j;
	if (value_true(value_get(j->payload, "as")))
		object = arena_printf(j->a, "AS%s", object);
	if (host_parse(j->a, str_of(object), &l->host) != OK ||
	    pap_parse(value_str(value_get(j->payload, "pap")), &l->pap) != OK) {
		j->error = "the look-up names nothing that can be looked up";
		j->dead = true;
		return ERR_INVALID;
	}
	l->object = lookup_object(j->a, &l->host);
	l->host_object = lookup_host(j->a, &l->host);
	l->ask = (struct ask){
		.reach = reach_of(setting_text(db, j->a, "lookup.reach")),
		.seconds = (int)setting_int(db, "lookup.seconds"),
		.resolver = setting_text(db, j->a, "lookup.resolver"),
		.ca_file = setting_text(db, j->a, "lookup.ca_file"),
	};
	l->whois_root = setting_text(db, j->a, "lookup.whois");
	l->rdap_base = setting_text(db, j->a, "lookup.rdap");
	l->security_url = setting_text(db, j->a, "lookup.security_txt");
	l->keep = setting_int(db, "lookup.keep_hours") * CLOCK_HOUR;
	l->server_hour = setting_int(db, "lookup.server_hour");
	TRY(load_known(l, db));
	return lookup_counts(db, j->a, j->now - CLOCK_HOUR, &l->count, &l->counts);
}

/* May ${server} be asked once more? Counts the question. */
static bool
admit(struct looking *l, const char *server)
{
	int64_t left = (l->until_us - clock_monotonic_us()) / 1000000;
	int64_t asked = 0;

	if (left <= 0 || l->n == ANSWERS) {
		l->deferred = true;
		return false;
	}
	if (left < l->ask.seconds)
		l->ask.seconds = (int)left;
	for (size_t i = 0; i < l->counts; i++)
		asked += strcmp(l->count[i].server, server) == 0 ? l->count[i].n : 0;
	for (size_t i = 0; i < l->n; i++)
		asked += strcmp(l->answer[i].server, server) == 0;
	if (asked < l->server_hour)
		return true;
	l->deferred = true;
	return false;
}

static struct lookup_answer *
keep(struct looking *l, const char *object, const char *kind, const char *server, const char *question)
{
	struct lookup_answer *x = &l->answer[l->n++];
	int64_t now = clock_now();

	*x = (struct lookup_answer){ .object = object, .kind = kind, .server = server,
		.question = question, .state = "failed", .error = "", .error_value = "",
		.fetched_at = now, .expires_at = now + l->keep, .parsed = "" };
	return x;
}

static void
failed(struct lookup_answer *x, enum err e, const struct ask_answer *answer)
{
	x->state = e == ERR_NOT_FOUND ? "none" : "failed";
	x->error = answer->fault == NULL ? err_name(e) : answer->fault;
	x->error_value = answer->value == NULL ? "" : answer->value;
	if (e != ERR_NOT_FOUND)
		x->expires_at = x->fetched_at + AGAIN;
}

/* The parse role reads ${payload}; a failure of the role itself is returned. */
static enum err
parse(struct looking *l, const char *kind, struct str payload, struct lookup_answer *x,
    struct found *ret)
{
	struct str json;

	TRY(ipc_call(l->j->work->parse, l->j->a, kind, payload, PARSE_MS, &json));
	TRY(found_read(l->j->a, json, ret));
	x->parsed = arena_cstr(l->j->a, json);
	x->state = found_state_name(ret->state);
	if (ret->state == FOUND_YES && !lookup_about(&l->host, ret)) {
		x->state = found_state_name(FOUND_UNREADABLE);
		x->error = N_("The answer is about something else: {value}");
		x->error_value = ret->domain[0] != '\0' ? ret->domain : ret->range;
	}
	if (ret->state == FOUND_LIMITED)
		x->expires_at = x->fetched_at + CLOCK_HOUR;
	return OK;
}

/* The host of a URL with its port: what questions are counted by. */
static const char *
server_of(struct arena *a, const char *url)
{
	struct url u;

	if (url_parse(a, str_of(url), &u) != OK)
		return "";
	return u.port == 0 ? arena_cstr(a, u.host) : arena_printf(a, "%.*s:%u", STR_F(u.host), u.port);
}

/* whois */

/* Was it this server, in this look-up, already? */
static bool
was_asked(const struct looking *l, const char *kind, const char *question, const char *server)
{
	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(l->answer[i].kind, kind) == 0 && strcmp(l->answer[i].server, server) == 0 &&
		    (question == NULL || strcmp(l->answer[i].question, question) == 0))
			return true;
	}
	return false;
}

/* An answer about the top-level domain, or by IANA, names nobody who could help. */
static bool
only_refers(const struct looking *l, const struct found *f)
{
	if (f->referral[0] == '\0')
		return false;
	if (strcmp(f->source, "IANA") == 0)
		return true;
	return f->domain[0] != '\0' && l->host.registry_domain.n > 0 &&
	    !str_is(l->host.registry_domain, f->domain);
}

static enum err
whois(struct looking *l)
{
	struct arena *a = l->j->a;
	const char *server = l->whois_root, *query;
	struct str subject = str_of(l->object);

	subject = str_skip(subject, str_find_char(subject, ' ', 0) + 1);
	if (l->host.kind == HOST_AS)
		subject = str_of(arena_printf(a, "AS%u", l->host.as_number));
	for (int64_t hop = 0; hop < LIMIT_REFERRALS && server[0] != '\0'; hop++) {
		struct ask_answer answer;
		struct found f;
		struct buf *payload = buf_new(a, LIMIT_WHOIS + 200);

		if (was_asked(l, "whois", NULL, server) || whois_query(a, server, subject, &query) != OK ||
		    !admit(l, server))
			return OK;
		struct lookup_answer *x = keep(l, l->object, "whois", server, query);
		enum err e = ask_whois(a, &l->ask, server, query, LIMIT_WHOIS, &answer);

		x->hop = hop;
		/* What came before a time-out is worth reading, if it says anything. */
		if (e != OK && answer.bytes.n == 0) {
			failed(x, e, &answer);
			return OK;
		}
		const char *charset = whois_charset(server);

		buf_u32(payload, (uint32_t)strlen(charset));
		buf_text(payload, charset);
		buf_str(payload, answer.bytes);
		x->raw = answer.bytes;
		TRY(parse(l, "whois", buf_view(payload), x, &f));
		if (e != OK) {
			x->error = answer.fault;
			x->error_value = answer.value;
			x->expires_at = x->fetched_at + AGAIN;
		}
		if (only_refers(l, &f)) { /* about the zone above: that is no fault */
			x->state = "referral";
			x->error = x->error_value = "";
		}
		server = arena_dup(a, f.referral);
	}
	return OK;
}

/* RDAP */

static enum err
bootstrap(struct looking *l, const char **ret_url)
{
	struct arena *a = l->j->a;
	const char *file = rdap_bootstrap_file(&l->host);
	struct buf *payload = buf_new(a, LIMIT_RDAP + 1000);
	struct str subject = str_skip(str_of(l->object), str_find_char(str_of(l->object), ' ', 0) + 1);
	struct str url;

	*ret_url = NULL;
	if (l->host.kind == HOST_AS)
		subject = str_of(arena_printf(a, "AS%u", l->host.as_number));
	if (l->bootstrap.n == 0) {
		const char *from = arena_printf(a, "%s%s%s", l->rdap_base,
		    str_ends(str_of(l->rdap_base), STR("/")) ? "" : "/", file);
		const char *server = server_of(a, from);
		struct ask_answer answer;

		if (!admit(l, server))
			return OK;
		struct lookup_answer *x =
		    keep(l, arena_printf(a, "file %s", file), "bootstrap", server, from);
		enum err e = ask_http(a, &l->ask, from, "application/json", LIMIT_RDAP, &answer);

		if (e != OK) {
			failed(x, e, &answer);
			return OK;
		}
		x->state = "found";
		x->raw = l->bootstrap = answer.bytes;
		x->expires_at = x->fetched_at + BOOTSTRAP_KEEP;
	}
	buf_u32(payload, (uint32_t)subject.n);
	buf_str(payload, subject);
	buf_str(payload, l->bootstrap);
	enum err e = ipc_call(l->j->work->parse, a, "rdap-bootstrap", buf_view(payload), PARSE_MS, &url);

	if (e == ERR_TIMEOUT || e == ERR_UNAVAILABLE)
		return e; /* the role, not the file */
	if (e == OK)
		*ret_url = arena_cstr(a, url);
	return OK;
}

static enum err
rdap(struct looking *l)
{
	struct arena *a = l->j->a;
	const char *base = NULL, *path, *url;

	if (rdap_path(a, &l->host, &path) != OK)
		return OK;
	TRY(bootstrap(l, &base));
	if (base == NULL)
		return OK; /* many country codes have no RDAP; whois answers then */
	url = arena_printf(a, "%s%s", base, path);
	for (int64_t hop = 0; hop < LIMIT_REFERRALS; hop++) {
		const char *server = server_of(a, url);
		struct ask_answer answer;
		struct found f;

		if (was_asked(l, "rdap", url, server) || !admit(l, server))
			return OK;
		struct lookup_answer *x = keep(l, l->object, "rdap", server, url);
		enum err e =
		    ask_http(a, &l->ask, url, "application/rdap+json", LIMIT_RDAP, &answer);

		x->hop = hop;
		if (e != OK) {
			failed(x, e, &answer);
			return OK;
		}
		x->raw = answer.bytes;
		TRY(parse(l, "rdap", answer.bytes, x, &f));
		if (f.link[0] == '\0' || f.state != FOUND_YES)
			return OK;
		url = arena_dup(a, f.link);
	}
	return OK;
}

/* The host itself */

static const char *
fill_host(struct arena *a, const char *template, struct str name)
{
	struct str s = str_of(template);
	size_t at = str_find_char(s, '*', 0);

	if (at == SIZE_MAX)
		return template;
	return arena_printf(a, "%.*s%.*s%s", STR_F(str_take(s, at)), STR_F(name), template + at + 1);
}

static enum err
security_txt(struct looking *l)
{
	struct arena *a = l->j->a;
	const struct str names[] = { l->host.name, l->host.domain };

	for (size_t i = 0; i < COUNT(names); i++) {
		struct buf *payload = buf_new(a, LIMIT_SECURITY_TXT + 16);
		struct ask_answer answer;
		struct found f;

		if (names[i].n == 0 || (i > 0 && str_equal(names[i], names[0])))
			continue;
		const char *url = fill_host(a, l->security_url, names[i]);
		const char *server = server_of(a, url);

		if (server[0] == '\0' || !admit(l, server))
			return OK;
		struct lookup_answer *x = keep(l, l->host_object, "security.txt", server, url);
		enum err e = ask_http(a, &l->ask, url, "text/plain", LIMIT_SECURITY_TXT, &answer);

		if (e != OK) {
			failed(x, e, &answer);
			continue;
		}
		buf_u64(payload, (uint64_t)x->fetched_at);
		buf_str(payload, answer.bytes);
		x->raw = answer.bytes;
		TRY(parse(l, "security.txt", buf_view(payload), x, &f));
		if (f.state == FOUND_YES)
			return OK; /* the host's own counts before the domain's */
	}
	return OK;
}

static void
soa(struct looking *l)
{
	struct arena *a = l->j->a;
	const char *name = arena_cstr(a, l->host.registry_domain), *rname = NULL, *email;
	struct ask_names fault;
	struct found f;
	struct buf *json = buf_new(a, LIMIT_KIB(64));

	if (name[0] == '\0' || !admit(l, "dns"))
		return;
	struct lookup_answer *x = keep(l, l->object, "soa", "dns", name);
	enum err e = ask_soa(a, &l->ask, name, &rname, &fault);

	if (e != OK || rname == NULL) {
		failed(x, e, &(struct ask_answer){ .fault = fault.fault, .value = fault.value });
		return;
	}
	found_init(&f, a, "soa");
	f.domain = name;
	f.state = FOUND_NONE;
	if (security_txt_zone_mail(a, str_of(rname), &email) == OK) {
		f.state = FOUND_YES;
		found_add(&f, &(struct found_contact){ .role = FOUND_ZONE, .email = email, .from = "SOA" });
	}
	found_json(json, &f);
	x->parsed = buf_cstr(a, json);
	x->state = found_state_name(f.state);
}

static void
addresses(struct looking *l)
{
	struct arena *a = l->j->a;
	const char *name = arena_cstr(a, l->host.name);
	struct value *o = value_object(a), *list = value_set_list(a, o, "addresses");

	if (!admit(l, "dns"))
		return;
	struct lookup_answer *x = keep(l, l->host_object, "address", "dns", name);
	enum err e = ask_addresses(a, &l->ask, name, &l->addresses);

	if (e != OK) {
		failed(x, e, &(struct ask_answer){ .fault = l->addresses.fault, .value = l->addresses.value });
		l->addresses.n = 0;
		return;
	}
	for (size_t i = 0; i < l->addresses.n; i++)
		value_add_text(a, list, ip_format(a, &l->addresses.address[i]));
	x->parsed = value_json_text(a, o);
	x->state = "found";
	/* Hosts move: an attacker's within the hour. */
	x->expires_at = x->fetched_at + CLOCK_HOUR;
}

static enum err
act(struct job_run *j)
{
	struct looking *l = j->state;

	if (l->ask.reach == ASK_NOTHING || !pap_may_ask(l->pap))
		return OK;
	l->until_us = clock_monotonic_us() + ALL_SECONDS * INT64_C(1000000);
	if (l->host_object != NULL && !l->has_address && pap_may_act(l->pap))
		addresses(l);
	if (l->object != NULL && !l->has_rdap)
		TRY(rdap(l));
	if (l->object != NULL && !l->has_whois)
		TRY(whois(l));
	if (l->host_object != NULL && !l->has_security && pap_may_act(l->pap))
		TRY(security_txt(l));
	if (l->object != NULL && l->host_object != NULL && !l->has_soa && pap_may_act(l->pap))
		soa(l);
	return OK;
}

static enum err
save(struct job_run *j, struct db *db)
{
	struct looking *l = j->state;
	struct host h;

	for (size_t i = 0; i < l->n; i++)
		TRY(lookup_add(db, j->work->blobs, &l->answer[i]));
	/* Who hosts it is known by its addresses. */
	for (size_t i = 0; i < l->addresses.n && i < FOLLOW; i++) {
		if (host_parse(j->a, str_of(ip_format(j->a, &l->addresses.address[i])), &h) != OK ||
		    ((h.warnings & HOST_WARN_PRIVATE) != 0 && l->ask.reach == ASK_INTERNET))
			continue;
		enum err e = lookup_ask(db, j->a, &h, l->pap, false, j->now);

		if (e != OK && e != ERR_DENIED)
			return e;
	}
	if (!l->deferred || j->payload == NULL)
		return OK;
	/* What is missing is asked when the hour is over. */
	return job_add(db, j->a,
	    &(struct job_new){ .kind = "lookup.ask", .payload = j->payload, .run_at = j->now + CLOCK_HOUR,
		.key = arena_printf(j->a, "lookup:later:%s",
		    l->host_object != NULL ? l->host_object : l->object) },
	    j->now, NULL);
}

const struct job_kind lookup_jobs[] = {
	{ .name = "lookup.ask", .max_tries = 3, .load = load, .act = act, .save = save, .slow = true },
	{ 0 },
};
