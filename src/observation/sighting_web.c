/* SPDX-License-Identifier: Apache-2.0 */
/* sighting_web.c - /telescope/noticed: what the rules noticed, and what becomes of it;
 * /telescope/limits: thresholds, tried on the past. */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "collector/collect_web.h"
#include "http/http.h"
#include "incident/incident_store.h"
#include "observation/observe.h"
#include "observation/sighting_store.h"
#include "observation/sighting_text.h"
#include "telescope/query.h"
#include "telescope/store.h"
#include "web/web.h"
#include "web/web_state.h"

#define TRY_TIME INT64_C(60000000) /* microseconds */

static const struct {
	const char *name, *label, *state;
} rules[] = {
	{ "wave", NC_("sighting", "Wave"), "late" },
	{ "slow", NC_("sighting", "Slow start"), "soon" },
	{ "heavy", NC_("sighting", "New heavy source"), "" },
	{ "fingerprint", NC_("sighting", "New kind of packet"), "soon" },
	{ "victim", NC_("sighting", "Attacked in our name"), "" },
};
static const struct web_option states[] = {
	{ "new", N_("New") },
	{ "incident", N_("Incident") },
	{ "note", N_("Noted") },
	{ "dismissed", N_("Dismissed") },
	{ "all", N_("All") },
	{ NULL, NULL },
};

static const char *
ask_href(struct web *w, const char *where, int64_t from, int64_t to)
{
	int64_t before = from - 3 * CLOCK_DAY, after = to + CLOCK_HOUR;

	return arena_printf(w->a, "/telescope?q=%s&by=hour&measure=sources&from=%s&to=%s", web_escape(w, where),
	    web_escape(w, zone_iso(w->a, zone_utc(), before)), web_escape(w, zone_iso(w->a, zone_utc(), after)));
}

static void
set_rule(struct web *w, struct value *o, const char *rule)
{
	struct value *b = value_set_object(w->a, o, "@badge");

	value_set_text(w->a, o, "rule", rule);
	for (size_t i = 0; i < COUNT(rules); i++) {
		if (strcmp(rules[i].name, rule) == 0) {
			value_set_text(w->a, b, "state", rules[i].state);
			value_set_text(w->a, b, "text", web_tr(w, "sighting", rules[i].label));
		}
	}
}

static const char *
state_label(struct web *w, const char *state)
{
	for (size_t i = 0; states[i].value != NULL; i++) {
		if (strcmp(states[i].value, state) == 0)
			return web_tr(w, "sighting", states[i].label);
	}
	return "";
}

static void
set_sighting(struct web *w, struct value *o, const struct sighting_row *s)
{
	value_set_int(w->a, o, "id", s->id);
	set_rule(w, o, s->rule);
	value_set_text(w->a, o, "series", s->series);
	value_set_text(w->a, o, "filter", s->where);
	web_set_time(w, o, "from", s->from);
	web_set_time(w, o, "to", s->to);
	web_set_time(w, o, "told", s->told);
	value_set_text(w->a, o, "state", s->state);
	value_set_text(w->a, o, "@state", state_label(w, s->state));
	value_set_text(w->a, o, "note", s->note);
	value_set_text(w->a, o, "incident", s->incident);
	value_set_text(w->a, o, "@incident_href", s->incident == NULL ? NULL : arena_printf(w->a, "/incidents/%s", s->incident));
	value_set_text(w->a, o, "person", s->person);
	web_set_time(w, o, "decided_at", s->decided_at);
	value_set_int(w->a, o, "version", s->version);
	struct value *copy = NULL;

	if (value_parse(w->a, str_of(value_json_text(w->a, s->numbers)), &copy, NULL) == OK)
		value_set(w->a, o, "numbers", copy);
	value_set_text(w->a, o, "@sentence", sighting_sentence(w->a, w->lang, s->rule, s->numbers));
	value_set_text(w->a, o, "@ask", ask_href(w, s->where, s->from, s->to));
	value_set_text(w->a, o, "@href", arena_printf(w->a, "/telescope/noticed/%lld", (long long)s->id));
}

static enum err
list(struct web *w)
{
	struct web_list l = web_list(w, 50);
	const char *state = *web_query(w, "state") == '\0' ? "new" : web_query(w, "state");
	struct sighting_row *s;
	int64_t total;
	size_t n;

	TRY(sighting_list(w->db, w->a, strcmp(state, "all") == 0 ? NULL : state, w->user, l.offset, l.limit, &s, &n, &total));
	value_set_int(w->a, w->data, "total", total);
	struct value *items = value_set_list(w->a, w->data, "items"), *tabs = value_set_list(w->a, w->ui, "states");

	for (size_t i = 0; i < n; i++)
		set_sighting(w, value_add_object(w->a, items), &s[i]);
	for (size_t i = 0; states[i].value != NULL; i++) {
		struct value *o = value_add_object(w->a, tabs);

		value_set_text(w->a, o, "label", web_tr(w, "sighting", states[i].label));
		value_set_text(w->a, o, "href", arena_printf(w->a, "/telescope/noticed?state=%s", states[i].value));
		value_set_bool(w->a, o, "current", strcmp(states[i].value, state) == 0);
	}
	value_set_bool(w->a, w->ui, "any", n > 0);
	web_set_pages(w, l, total, false);
	observe_tabs(w, "/telescope/noticed");
	return web_page(w, "sightings", N_("Noticed"));
}

static enum err
find(struct web *w, struct sighting_row *ret)
{
	int64_t id;

	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	return sighting_get(w->db, w->a, id, w->user, ret);
}

static enum err
show(struct web *w)
{
	struct sighting_row s;

	TRY(find(w, &s));
	set_sighting(w, w->data, &s);
	value_set_bool(w->a, w->ui, "open", strcmp(s.state, "new") == 0);
	value_set_bool(w->a, w->ui, "may_edit", auth_allows(&w->auth, PERM_TELESCOPE_EDIT));
	value_set_bool(w->a, w->ui, "may_incident", auth_allows(&w->auth, PERM_INCIDENT_EDIT));
	return web_page(w, "sighting", N_("Noticed"));
}

static enum err
make_incident(struct web *w, const struct sighting_row *s, int64_t *ret_id, const char **ret_ref)
{
	struct incident_new n = {
		.title = web_trf(w, NULL, N_("Scans noticed: {series}"), I18N_ARGS({ "series", s->series })),
		.rsit = strcmp(s->rule, "victim") == 0 ? "availability/ddos" : "information-gathering/scanner",
		.actor = w->user->id,
		.actor_name = w->user->name,
		.owner_id = w->user->id,
	};

	return incident_add(w->db, w->a, &n, w->now, ret_id, ret_ref);
}

static enum err
decide(struct web *w)
{
	static const char *const acts[] = { "incident", "note", "dismissed", "new", NULL };
	const char *what = web_choice(w, "act", acts, true), *note = web_line(w, "note", 500), *ref = NULL;
	struct sighting_row s;
	int64_t incident = 0;

	TRY(find(w, &s));
	if (problems_any(&w->problems))
		return show(w);
	s.version = web_form_int(w, "version", 1, INT64_MAX, s.version);
	if (strcmp(what, "incident") == 0) {
		if (!auth_allows(&w->auth, PERM_INCIDENT_EDIT))
			return ERR_DENIED;
		TRY(make_incident(w, &s, &incident, &ref));
	}
	TRY(sighting_decide(w->db, w->a, &s, what, note, incident, web_actor(w)));
	if (w->json) {
		value_set_text(w->a, w->data, "incident", ref);
		value_set_text(w->a, w->data, "state", what);
	}
	return ref != NULL ? web_redirect(w, arena_printf(w->a, "/incidents/%s", ref), N_("An incident was made of what was noticed"), 0)
			   : web_redirect(w, "/telescope/noticed", N_("Saved"), 0);
}

/* Thresholds */

static const struct {
	const char *key, *field;
	size_t offset;
	bool real;
} fields[] = {
	{ "telescope.wave_z", "wave_z", offsetof(struct sighting_limits, z), true },
	{ "telescope.wave_sources", "wave_sources", offsetof(struct sighting_limits, sources), false },
	{ "telescope.slow_sum", "slow_sum", offsetof(struct sighting_limits, sum), true },
	{ "telescope.top_share", "top_share", offsetof(struct sighting_limits, share), false },
	{ "telescope.least_sensors", "least_sensors", offsetof(struct sighting_limits, sensors), false },
	{ "telescope.heavy_packets", "heavy_packets", offsetof(struct sighting_limits, heavy), false },
	{ "telescope.victim_packets", "victim_packets", offsetof(struct sighting_limits, victim), false },
};

static void
set_fields(struct web *w, const int64_t *v)
{
	struct value *list = value_set_list(w->a, w->ui, "fields");

	for (size_t i = 0; i < COUNT(fields); i++) {
		const struct setting *s = setting_find(str_of(fields[i].key));
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "name", fields[i].field);
		value_set_text(w->a, o, "label", web_tr(w, NULL, s->label));
		value_set_text(w->a, o, "doc", web_tr(w, NULL, s->doc));
		value_set_int(w->a, o, "min", s->min);
		value_set_int(w->a, o, "max", s->max);
		value_set_int(w->a, o, "value", v[i]);
	}
}

static void
asked_limits(struct web *w, bool form, int64_t *v, struct sighting_limits *ret)
{
	*ret = sighting_ready;
	for (size_t i = 0; i < COUNT(fields); i++) {
		const struct setting *s = setting_find(str_of(fields[i].key));
		int64_t stored = setting_int(w->db, fields[i].key);

		v[i] = form ? web_form_int(w, fields[i].field, s->min, s->max, stored)
			    : web_query_int(w, fields[i].field, s->min, s->max, stored);
		char *at = (char *)ret + fields[i].offset;
		double d = (double)v[i];

		if (fields[i].real)
			memcpy(at, &d, sizeof(d));
		else
			memcpy(at, &v[i], sizeof(v[i]));
	}
}

static void
set_found(struct web *w, const struct sighting *found, size_t n, const struct sighting_limits *l)
{
	struct value *list = value_set_list(w->a, w->data, "items");
	int64_t count[SIGHTING_RULES] = { 0 };

	for (size_t i = 0; i < n; i++) {
		const struct sighting *s = &found[i];
		struct value *o = value_add_object(w->a, list), *numbers = sighting_numbers(w->a, s, l);

		count[s->rule]++;
		set_rule(w, o, sighting_rule_name[s->rule]);
		value_set_text(w->a, o, "series", s->series);
		web_set_time(w, o, "from", s->from / 1000);
		value_set(w->a, o, "numbers", numbers);
		value_set_text(w->a, o, "@sentence", sighting_sentence(w->a, w->lang, sighting_rule_name[s->rule], numbers));
		value_set_text(w->a, o, "@ask", ask_href(w, s->where, s->from / 1000, s->to / 1000));
	}
	struct value *sums = value_set_list(w->a, w->ui, "counts");

	for (size_t i = 0; i < COUNT(rules); i++) {
		struct value *o = value_add_object(w->a, sums);

		value_set_text(w->a, o, "label", web_tr(w, "sighting", rules[i].label));
		value_set_text(w->a, o, "value", i18n_number(w->a, count[i]));
	}
	value_set_bool(w->a, w->ui, "tried", true);
	value_set_bool(w->a, w->ui, "any", n > 0);
}

static enum err
try_limits(struct web *w, const struct sighting_limits *l, int64_t days)
{
	int64_t to = w->now - w->now % CLOCK_HOUR, from = to - days * CLOCK_DAY;
	struct sighting *found = NULL;
	const struct query bounds = { .until = clock_monotonic_us() + TRY_TIME, .progress = observe_wanted, .object = w };
	struct store *s;
	size_t n = 0;
	enum err e = ERR_CONFLICT;

	if (observe_begin_long()) {
		e = observe_take(observe_folder(w->a, web_data_dir(w->state)), &s);
		if (e == OK) {
			e = sighting_run(w->a, s, l, SIGHTING_ALL, from * 1000, to * 1000, &bounds, &found, &n);
			observe_give(s);
		}
		observe_end_long();
	}
	if (e == ERR_CONFLICT)
		value_set_text(w->a, w->ui, "fault", web_tr(w, NULL, N_("Another long question is being answered. Try again in a minute.")));
	else if (e == ERR_TIMEOUT)
		value_set_text(w->a, w->ui, "fault",
		    web_tr(w, NULL, N_("Trying took longer than a minute and was given up. Try fewer days, or use telescope notice.")));
	else if (e != OK)
		value_set_text(w->a, w->ui, "fault", web_tr(w, NULL, N_("There are no records that can be read.")));
	else
		set_found(w, found, n, l);
	return OK;
}

static enum err
limits(struct web *w)
{
	struct sighting_limits l;
	int64_t v[COUNT(fields)], days = web_query_int(w, "days", 1, 31, 0);

	asked_limits(w, false, v, &l);
	set_fields(w, v);
	for (size_t i = 0; i < COUNT(fields); i++)
		value_set_int(w->a, w->data, fields[i].field, v[i]);
	value_set_int(w->a, w->ui, "days", days == 0 ? 7 : days);
	value_set_bool(w->a, w->ui, "may_edit", auth_allows(&w->auth, PERM_TELESCOPE_EDIT));
	if (days > 0)
		TRY(try_limits(w, &l, days));
	return web_page(w, "sighting_limits", N_("Thresholds"));
}

static enum err
save_limits(struct web *w)
{
	struct value *change = value_object(w->a);
	struct sighting_limits l;
	int64_t v[COUNT(fields)];

	asked_limits(w, true, v, &l);
	for (size_t i = 0; i < COUNT(fields); i++) {
		TRY(setting_set(w->db, w->a, web_key(w->state), str_of(fields[i].key), str_of(arena_printf(w->a, "%lld", (long long)v[i]))));
		value_set_int(w->a, change, fields[i].field, v[i]);
	}
	TRY(web_journal(w, "setting.change", "setting", 0, change));
	return web_redirect(w, "/telescope/limits", N_("Saved"), 0);
}

const struct web_route sighting_routes[] = {
	{ WEB_GET, "/telescope/noticed", PERM_TELESCOPE_READ, list, 0, "What the rules noticed", NULL },
	{ WEB_GET, "/telescope/noticed/:id", PERM_TELESCOPE_READ, show, 0, "One of them, with the numbers that fired it", NULL },
	{ WEB_POST, "/telescope/noticed/:id", PERM_TELESCOPE_EDIT, decide, 0, "Make an incident or a note of it, or dismiss it", NULL },
	{ WEB_GET, "/telescope/limits", PERM_TELESCOPE_READ, limits, WEB_SLOW, "Thresholds, and what they would have told", NULL },
	{ WEB_POST, "/telescope/limits", PERM_TELESCOPE_EDIT, save_limits, 0, "Change the thresholds", NULL },
	{ 0 },
};
