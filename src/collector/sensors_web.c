/* SPDX-License-Identifier: Apache-2.0 */
/* sensors_web.c - /telescope/sensors: how the sensors are, and who they are. */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/ip.h"
#include "base/limit.h"
#include "collector/collect_web.h"
#include "collector/sensors_store.h"
#include "directory/country.h"
#include "directory/organisation_store.h"
#include "http/http.h"
#include "web/web.h"

#define TOKEN_LIFE CLOCK_DAY
#define SILENT (5 * CLOCK_MINUTE)      /* batches come every minute */
#define SKEWED INT64_C(2000000)	       /* microseconds */
#define ADDRESSES_MAX LIMIT_KIB(8)

static const char *
href(struct web *w, int64_t id)
{
	return arena_printf(w->a, "/telescope/sensors/%lld", (long long)id);
}

/* How one is, the worst first. */
enum health { REVOKED, WAITING, NEVER, QUIET, LOSING, SKEW, GOOD };

static enum health
health_of(const struct sensor_row *s, const struct position *p, int64_t now)
{
	if (strcmp(s->state, "revoked") == 0)
		return REVOKED;
	if (!s->has_key)
		return WAITING;
	if (p == NULL || p->received_at == 0)
		return NEVER;
	if (now - p->received_at / 1000 > SILENT)
		return QUIET;
	if (p->status[BATCH_LOST] > 0 || p->status[BATCH_REFUSED] > 0)
		return LOSING;
	int64_t skew = batch_unzigzag(p->status[BATCH_OFFSET]);

	return p->status[BATCH_CLOCKED] != 0 && (skew > SKEWED || skew < -SKEWED) ? SKEW : GOOD;
}

static const struct {
	const char *name, *state, *text;
} healths[] = {
	[REVOKED] = { "revoked", "", N_("Revoked") },
	[WAITING] = { "waiting", "soon", N_("Not enrolled yet") },
	[NEVER] = { "never", "soon", N_("Nothing received yet") },
	[QUIET] = { "silent", "late", N_("Silent") },
	[LOSING] = { "losing", "late", N_("Loses records") },
	[SKEW] = { "clock", "soon", N_("Clock is wrong") },
	[GOOD] = { "good", "good", N_("Working") },
};

static void
set_number(struct web *w, struct value *o, const char *key, int64_t n)
{
	value_set_int(w->a, o, key, n);
	value_set_text(w->a, o, arena_printf(w->a, "@%s_text", key), i18n_number(w->a, n));
}

/* "1.5 s" of microseconds, without a sign. */
static const char *
seconds(struct web *w, int64_t us)
{
	int64_t tenths = (us < 0 ? -us : us) / 100000;

	return arena_printf(w->a, "%s.%lld s", i18n_number(w->a, tenths / 10), (long long)(tenths % 10));
}

static void
set_position(struct web *w, struct value *o, const struct position *p)
{
	bool any = p != NULL && p->received_at != 0;
	int64_t lag = any ? w->now - p->made_at / 1000 : 0;
	bool clocked = any && p->status[BATCH_CLOCKED] != 0;
	int64_t skew = clocked ? batch_unzigzag(p->status[BATCH_OFFSET]) : 0;

	value_set_bool(w->a, o, "@any", any);
	web_set_time(w, o, "received_at", any ? p->received_at / 1000 : 0);
	web_set_time(w, o, "packet_at", any ? p->packet_at / 1000 : 0);
	web_set_time(w, o, "started_at", any ? (int64_t)(p->status[BATCH_STARTED] / 1000) : 0);
	/* Between the closing of its newest batch here and now: a sensor that catches up
	 * sends, and is behind all the same. */
	value_set_int(w->a, o, "lag", lag > 0 ? lag / 1000 : 0);
	value_set_text(w->a, o, "@lag_text", !any ? "—" : lag >= 2 * CLOCK_MINUTE ? zone_duration(w->a, w->lang, lag) : seconds(w, lag > 0 ? lag * 1000 : 0));
	if (clocked)
		value_set_int(w->a, o, "skew_us", skew);
	else
		value_set(w->a, o, "skew_us", NULL);
	value_set_text(w->a, o, "@skew_text", clocked ? seconds(w, skew) : "—");
	set_number(w, o, "records", any ? (int64_t)p->records : 0);
	set_number(w, o, "batches", any ? (int64_t)p->batches : 0);
	set_number(w, o, "lost", any ? (int64_t)p->lost : 0);
	set_number(w, o, "missing", any ? (int64_t)p->missing : 0);
	set_number(w, o, "packets", any ? (int64_t)p->received : 0);
	set_number(w, o, "dropped", any ? (int64_t)p->dropped : 0);
	set_number(w, o, "unclean", any ? (int64_t)p->unclean : 0);
	set_number(w, o, "spool", any ? (int64_t)(p->status[BATCH_SPOOL] / 1024) : 0);
	set_number(w, o, "memory", any ? (int64_t)(p->status[BATCH_MEMORY] / 1024) : 0);
	value_set_text(w->a, o, "program", any ? arena_dup(w->a, p->version) : "");
}

static void
set_sensor(struct web *w, struct value *o, const struct sensor_row *s, const struct position *p)
{
	enum health h = health_of(s, p, w->now);
	struct value *b;

	value_set_int(w->a, o, "id", s->id);
	value_set_text(w->a, o, "name", s->name);
	value_set_text(w->a, o, "group", s->area);
	value_set_text(w->a, o, "place", s->place);
	value_set_text(w->a, o, "region", s->region);
	value_set_text(w->a, o, "state", s->state);
	value_set_text(w->a, o, "health", healths[h].name);
	value_set_text(w->a, o, "organisation", s->organisation);
	value_set_text(w->a, o, "@href", href(w, s->id));
	value_set_text(w->a, o, "@organisation_href",
	    s->organisation_id == 0 ? NULL : arena_printf(w->a, "/directory/%lld", (long long)s->organisation_id));
	b = value_set_object(w->a, o, "@badge");
	value_set_text(w->a, b, "state", healths[h].state);
	value_set_text(w->a, b, "text", web_tr(w, NULL, healths[h].text));
	set_position(w, o, p);
}

static const struct position *
position_of(const struct position *list, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++) {
		if (list[i].sensor == (uint64_t)id)
			return &list[i];
	}
	return NULL;
}

static void
stat(struct web *w, struct value *list, const char *label, const char *value, const char *note)
{
	struct value *o = value_add_object(w->a, list);

	value_set_text(w->a, o, "label", label);
	value_set_text(w->a, o, "value", value);
	value_set_text(w->a, o, "note", note);
}

struct sums {
	int64_t active, working, silent, lost, dropped, skew;
};

static void
set_stats(struct web *w, const struct sums *t)
{
	struct value *list = value_set_list(w->a, w->ui, "stats");

	stat(w, list, web_tr(w, NULL, N_("Sensors that work")),
	    arena_printf(w->a, "%s / %s", i18n_number(w->a, t->working), i18n_number(w->a, t->active)),
	    web_tr(w, NULL, N_("of those that are enrolled")));
	stat(w, list, web_tr(w, NULL, N_("Silent")), i18n_number(w->a, t->silent),
	    web_tr(w, NULL, N_("no batch for five minutes")));
	stat(w, list, web_tr(w, NULL, N_("Records lost")), i18n_number(w->a, t->lost),
	    web_tr(w, NULL, N_("thrown away by full spools, counted by the sensors")));
	stat(w, list, web_tr(w, NULL, N_("Packets dropped")), i18n_number(w->a, t->dropped),
	    web_tr(w, NULL, N_("by their kernels and interfaces")));
	stat(w, list, web_tr(w, NULL, N_("Largest clock error")), seconds(w, t->skew), "");
}

static void
sum(struct sums *t, const struct sensor_row *s, const struct position *p, int64_t now)
{
	enum health h = health_of(s, p, now);

	t->active += s->has_key && h != REVOKED;
	t->working += h >= LOSING;
	t->silent += h == QUIET;
	if (p == NULL)
		return;
	t->lost += (int64_t)p->lost;
	t->dropped += (int64_t)p->dropped;
	int64_t skew = p->status[BATCH_CLOCKED] == 0 ? 0 : batch_unzigzag(p->status[BATCH_OFFSET]);

	if (skew < 0)
		skew = -skew;
	if (skew > t->skew)
		t->skew = skew;
}

static enum err
list(struct web *w)
{
	const struct position *position = NULL;
	struct sums sums = { 0 };
	struct sensor_row *s;
	size_t n, positions = 0;

	TRY(sensors_list(w->db, w->a, w->now, &s, &n));
	if (collect_now() != NULL)
		collector_positions(collect_now(), w->a, &position, &positions);
	value_set_int(w->a, w->data, "total", (int64_t)n);
	struct value *items = value_set_list(w->a, w->data, "items");

	for (size_t i = 0; i < n; i++) {
		const struct position *p = position_of(position, positions, s[i].id);

		set_sensor(w, value_add_object(w->a, items), &s[i], p);
		sum(&sums, &s[i], p, w->now);
	}
	set_stats(w, &sums);
	value_set_bool(w->a, w->ui, "any", n > 0);
	value_set_bool(w->a, w->ui, "collects", collect_now() != NULL);
	value_set_bool(w->a, w->ui, "may_edit", auth_allows(&w->auth, PERM_TELESCOPE_EDIT));
	observe_tabs(w, "/telescope/sensors");
	return web_page(w, "sensors", N_("Sensors"));
}

/* The form */

/* A network a line; the wrong ones are named. */
static void
check_addresses(struct web *w, const char *text)
{
	struct str rest = str_of(text), line;
	struct ip_net net;
	struct ip ip;

	while (str_line(&rest, &line)) {
		line = str_trim(line);
		if (line.n > 0 && ip_net_parse(line, &net) != OK && ip_parse(line, &ip) != OK)
			problems_add(&w->problems, "addresses",
			    N_("“{value}” is not a network. Example: 192.0.2.0/24; the bits behind the prefix are zero."),
			    arena_cstr(w->a, str_take(line, 80)));
	}
}

/* Who hosts it: any name that the directory knows; empty: nobody is said. */
static enum err
read_organisation(struct web *w, struct sensor_row *s)
{
	const char *name = web_line(w, "organisation", LIMIT_NAME);
	struct organisation o;

	if (!web_form_has(w, "organisation"))
		return OK;
	s->organisation_id = 0;
	s->organisation = NULL;
	if (*name == '\0')
		return OK;
	enum err e = organisation_by_name(w->db, w->a, name, &o);

	if (e == ERR_NOT_FOUND) {
		web_problem(w, "organisation", N_("The directory has no organisation of this name."));
		return OK;
	}
	TRY(e);
	s->organisation_id = o.id;
	s->organisation = o.name;
	return OK;
}

static enum err
read_form(struct web *w, struct sensor_row *s)
{
	s->name = web_need_line(w, "name", 40);
	s->area = web_line(w, "group", 40);
	s->place = web_line(w, "place", LIMIT_NAME);
	s->region = web_line(w, "region", 2);
	s->addresses = web_body(w, "addresses", ADDRESSES_MAX);
	s->note = web_body(w, "note", LIMIT_KIB(4));
	if (*s->name != '\0' && !sensors_name_valid(str_of(s->name)))
		web_problem(w, "name", N_("Use small letters, digits and hyphens, like tokyo-1; the name stands in filters and files."));
	if (*s->area != '\0' && !sensors_name_valid(str_of(s->area)))
		web_problem(w, "group", N_("Use small letters, digits and hyphens, like isp or university."));
	if (*s->region != '\0' && country_find(s->region) == NULL)
		web_problem(w, "region", N_("Not a country's two letters. Example: JP"));
	check_addresses(w, s->addresses);
	return read_organisation(w, s);
}

static enum err
form_page(struct web *w, const struct sensor_row *s, bool is_new, bool again)
{
	value_set_bool(w->a, w->ui, "is_new", is_new);
	value_set_bool(w->a, w->ui, "may_edit", auth_allows(&w->auth, PERM_TELESCOPE_EDIT));
	if (!is_new) {
		value_set_text(w->a, w->ui, "sensor_name", s->name);
		value_set_bool(w->a, w->ui, "revoked", strcmp(s->state, "revoked") == 0);
		value_set_bool(w->a, w->ui, "has_token", s->has_token);
	}
	return again ? web_again(w, "sensor", is_new ? N_("Add a sensor") : N_("Sensors"))
		     : web_page(w, "sensor", is_new ? N_("Add a sensor") : N_("Sensors"));
}

static enum err
show_new(struct web *w)
{
	const struct sensor_row s = { .name = "" };

	return form_page(w, &s, true, false);
}

static void
set_refusal(struct web *w, int64_t id)
{
	struct collector_refusal r;

	if (collect_now() == NULL || !collector_refused(collect_now(), (uint64_t)id, &r))
		return;
	struct value *o = value_set_object(w->a, w->data, "refused");

	value_set_text(w->a, o, "reason", collector_reason(r.verdict));
	value_set_text(w->a, o, "advice", collector_advice(r.verdict));
	value_set_text(w->a, o, "@advice_text", web_tr(w, NULL, collector_advice(r.verdict)));
	web_set_time(w, o, "at", r.at / 1000);
}

static enum err
show_one(struct web *w, const struct sensor_row *s)
{
	const struct position *position = NULL;
	size_t positions = 0;

	if (collect_now() != NULL)
		collector_positions(collect_now(), w->a, &position, &positions);
	set_sensor(w, w->data, s, position_of(position, positions, s->id));
	/* Who may change a sensor knows where it is; others need not. */
	if (auth_allows(&w->auth, PERM_TELESCOPE_EDIT))
		value_set_text(w->a, w->data, "addresses", s->addresses);
	value_set_text(w->a, w->data, "note", s->note);
	value_set_int(w->a, w->data, "version", s->version);
	web_set_time(w, w->data, "created_at", s->created_at);
	web_set_time(w, w->data, "enrolled_at", s->enrolled_at);
	web_set_time(w, w->data, "revoked_at", s->revoked_at);
	web_set_time(w, w->data, "token_until", s->has_token ? s->token_until : 0);
	set_refusal(w, s->id);
	web_fill(w, "name", s->name);
	web_fill(w, "group", s->area);
	web_fill(w, "place", s->place);
	web_fill(w, "region", s->region);
	web_fill(w, "note", s->note);
	web_fill(w, "organisation", s->organisation);
	if (auth_allows(&w->auth, PERM_TELESCOPE_EDIT))
		web_fill(w, "addresses", s->addresses);
	return form_page(w, s, false, false);
}

/* Shown once: what the host types. With our key in it when we answer TLS ourselves. */
static enum err
give_token(struct web *w, int64_t id)
{
	const char *token, *pin = collect_pin();

	TRY(sensors_token(w->db, w->a, id, w->now + TOKEN_LIFE, web_actor(w), &token));
	value_set_text(w->a, w->data, "token", pin == NULL ? token : arena_printf(w->a, "%s.%s", token, pin));
	value_set_bool(w->a, w->ui, "token_pinned", pin != NULL);
	/* Another program's https: its address is the one that the settings name. */
	const char *url = setting_text(w->db, w->a, "team.url");
	struct str host = http_header(w->request, "host");
	bool named = pin == NULL && str_starts(str_of(url), str_of("https://"));

	value_set_text(w->a, w->ui, "centre", named ? url : arena_printf(w->a, "https://%.*s", STR_F(host)));
	value_set_bool(w->a, w->ui, "no_https", pin == NULL && !named);
	return OK;
}

static enum err
add(struct web *w)
{
	struct sensor_row s = { .name = "" };
	int64_t id = 0;

	TRY(read_form(w, &s));
	if (problems_any(&w->problems))
		return form_page(w, &s, true, true);
	enum err e = sensors_add(w->db, w->a, &s, web_actor(w), &id);

	if (e == ERR_EXISTS)
		web_problem(w, "name", N_("Another sensor has this name."));
	else if (e == ERR_LIMIT)
		web_problem(w, "name", N_("There are as many sensors as one centre takes."));
	if (problems_any(&w->problems))
		return form_page(w, &s, true, true);
	TRY(e);
	TRY(give_token(w, id));
	TRY(sensors_get(w->db, w->a, id, w->now, &s));
	if (w->json)
		w->status = 201;
	return show_one(w, &s);
}

static enum err
find(struct web *w, struct sensor_row *ret)
{
	int64_t id;

	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	return sensors_get(w->db, w->a, id, w->now, ret);
}

static enum err
show(struct web *w)
{
	struct sensor_row s;

	TRY(find(w, &s));
	return show_one(w, &s);
}

static enum err
save(struct web *w, const struct sensor_row *old)
{
	struct sensor_row s = *old;

	TRY(read_form(w, &s));
	s.version = web_form_int(w, "version", 1, INT64_MAX, old->version);
	enum err e = problems_any(&w->problems) ? OK : sensors_change(w->db, w->a, &s, web_actor(w));

	if (e == ERR_EXISTS)
		web_problem(w, "name", N_("Another sensor has this name."));
	else if (e == ERR_CONFLICT)
		web_problem(w, "name", N_("Somebody else has changed this sensor meanwhile. Open it again; what you typed is still here."));
	if (problems_any(&w->problems)) {
		set_sensor(w, w->data, old, NULL);
		value_set_int(w->a, w->data, "version", old->version);
		return form_page(w, old, false, true);
	}
	TRY(e);
	return web_redirect(w, href(w, s.id), N_("Saved"), 0);
}

static enum err
act(struct web *w)
{
	static const char *const acts[] = { "save", "token", "revoke", NULL };
	const char *what = web_choice(w, "act", acts, false);
	struct sensor_row s;

	TRY(find(w, &s));
	if (*what == '\0' || strcmp(what, "save") == 0)
		return save(w, &s);
	if (strcmp(what, "token") == 0) {
		TRY(give_token(w, s.id));
		return show_one(w, &s);
	}
	TRY(sensors_revoke(w->db, w->a, s.id, web_actor(w)));
	if (collect_now() != NULL)
		collector_forget_keys(collect_now());
	return web_redirect(w, href(w, s.id), N_("The sensor's key is revoked: nothing is taken from it any more."), 0);
}

const struct web_route sensors_routes[] = {
	{ WEB_GET, "/telescope/sensors", PERM_TELESCOPE_READ, list, 0, "Sensors, and how they are" },
	{ WEB_GET, "/telescope/sensors/new", PERM_TELESCOPE_EDIT, show_new, 0, "The form for a new sensor" },
	{ WEB_POST, "/telescope/sensors/new", PERM_TELESCOPE_EDIT, add, 0, "Add a sensor; answers its one-time token" },
	{ WEB_GET, "/telescope/sensors/:id", PERM_TELESCOPE_READ, show, 0, "One sensor" },
	{ WEB_POST, "/telescope/sensors/:id", PERM_TELESCOPE_EDIT, act, 0, "Change a sensor, make a new token, revoke its key" },
	{ 0 },
};
