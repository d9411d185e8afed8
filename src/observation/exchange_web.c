/* SPDX-License-Identifier: Apache-2.0 */
/* exchange_web.c - /telescope/exchange: who gets what of each day, and what became of
 * it. What recipients themselves ask for is in exchange_fetch_web.c. */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "collector/collect_web.h"
#include "directory/contact_store.h"
#include "directory/country.h"
#include "directory/organisation_store.h"
#include "http/http.h"
#include "incident/incident_store.h"
#include "observation/exchange_store.h"
#include "observation/observe.h"
#include "web/web.h"

#define DAYS 14 /* of the board */
#define DAYS_MAX 62

static const char *
place_name(struct web *w, const char *country)
{
	return strcmp(country, EXCHANGE_EVERYWHERE) == 0 ? web_tr(w, "exchange", NC_("exchange", "All countries"))
							  : country_name(w->lang, country);
}

static const char *
own_name(struct web *w, const struct exchange *x)
{
	struct organisation o = { .name = x->organisation, .name_en = x->organisation_en };

	return organisation_name(&o, w->lang == LANG_EN);
}

static const char *
form_text(struct web *w, const char *form, bool together)
{
	return arena_printf(w->a, "%s, %s", web_tr(w, NULL, word_label(exchange_forms, form)),
	    together ? web_tr(w, "exchange", NC_("exchange", "put together"))
		     : web_tr(w, "exchange", NC_("exchange", "each packet")));
}

static void
set_exchange(struct web *w, struct value *o, const struct exchange *x)
{
	const struct exchange_check check = exchange_check_of(x);
	const char *obstacle = exchange_obstacle(&check);

	value_set_int(w->a, o, "id", x->id);
	value_set_int(w->a, o, "organisation_id", x->organisation_id);
	value_set_text(w->a, o, "organisation", own_name(w, x));
	value_set_text(w->a, o, "country", x->country);
	value_set_text(w->a, o, "@country_text", place_name(w, x->country));
	value_set_text(w->a, o, "form", x->form);
	value_set_bool(w->a, o, "together", x->together);
	value_set_text(w->a, o, "@form_text", form_text(w, x->form, x->together));
	value_set_text(w->a, o, "channel", x->channel);
	value_set_text(w->a, o, "@channel_text", web_tr(w, NULL, word_label(exchange_channels, x->channel)));
	value_set_text(w->a, o, "email", x->email);
	value_set_bool(w->a, o, "encrypt", x->encrypt);
	value_set_text(w->a, o, "tlp", x->tlp);
	value_set_bool(w->a, o, "active", x->active);
	value_set_text(w->a, o, "active_from", x->active ? exchange_day_text(w->a, x->active_from) : NULL);
	value_set_bool(w->a, o, "has_token", x->has_token);
	value_set_text(w->a, o, "obstacle", obstacle);
	value_set_text(w->a, o, "@obstacle", obstacle == NULL ? NULL : web_tr(w, NULL, obstacle));
	value_set_text(w->a, o, "@href", arena_printf(w->a, "/telescope/exchange/%lld", (long long)x->id));
	value_set_int(w->a, o, "version", x->version);
}

static void
set_state(struct web *w, struct value *o, enum exchange_state s)
{
	const struct exchange_state_word *word = &exchange_state_words[s];

	value_set_text(w->a, o, "state", word->name);
	value_set_text(w->a, o, "@state", web_tr(w, "exchange", word->label));
	value_set_text(w->a, o, "@look", word->look);
	value_set_bool(w->a, o, "@good", strcmp(word->look, "good") == 0);
	value_set_bool(w->a, o, "@soon", strcmp(word->look, "soon") == 0);
	value_set_bool(w->a, o, "@late", strcmp(word->look, "late") == 0);
	value_set_bool(w->a, o, "@empty", s == EXCHANGE_EMPTY);
}

/* The board */

static void
set_days(struct web *w, struct value *o, const struct exchange *x, const struct exchange_file *f, size_t n, int64_t from, int64_t to,
    int64_t *count)
{
	struct value *days = value_set_list(w->a, o, "days");

	for (int64_t day = to; day >= from; day--) {
		struct value *d = value_add_object(w->a, days);
		enum exchange_state s = EXCHANGE_NONE;

		value_set_text(w->a, d, "day", exchange_day_text(w->a, day));
		for (size_t i = 0; i < n; i++) {
			if (f[i].exchange_id != x->id || f[i].day != day)
				continue;
			s = exchange_file_state(&f[i]);
			value_set_int(w->a, d, "file", f[i].id);
			value_set_int(w->a, d, "records", f[i].records);
			value_set_text(w->a, d, "@records_text", i18n_number(w->a, f[i].records));
			value_set_text(w->a, d, "@file_href", arena_printf(w->a, "/telescope/exchange/files/%lld", (long long)f[i].id));
		}
		set_state(w, d, s);
		count[s]++;
	}
}

static void
stat(struct web *w, struct value *list, const char *label, int64_t n, const char *note)
{
	struct value *o = value_add_object(w->a, list);

	value_set_text(w->a, o, "label", label);
	value_set_text(w->a, o, "value", i18n_number(w->a, n));
	value_set_text(w->a, o, "note", note);
}

static enum err
board(struct web *w)
{
	int64_t newest = exchange_newest(w->now, setting_int(w->db, "telescope.exchange_hour")), to = newest, from, days,
		count[EXCHANGE_STATES] = { 0 }, active = 0;
	struct exchange *x;
	struct exchange_file *f;
	size_t n, files;

	if (*web_query(w, "to") != '\0' && exchange_day_parse(str_of(web_query(w, "to")), &to) != OK)
		return ERR_NOT_FOUND;
	days = web_query_int(w, "days", 1, DAYS_MAX, DAYS);
	from = to - days + 1;
	TRY(exchange_list(w->db, w->a, w->now, &x, &n));
	TRY(exchange_file_list(w->db, w->a, from, to, &f, &files));
	value_set_int(w->a, w->data, "total", (int64_t)n);
	value_set_text(w->a, w->data, "from", exchange_day_text(w->a, from));
	value_set_text(w->a, w->data, "to", exchange_day_text(w->a, to));
	struct value *items = value_set_list(w->a, w->data, "items"), *heads = value_set_list(w->a, w->ui, "heads"),
		     *stats = value_set_list(w->a, w->ui, "stats");

	for (size_t i = 0; i < n; i++) {
		struct value *o = value_add_object(w->a, items);

		active += x[i].active;
		set_exchange(w, o, &x[i]);
		set_days(w, o, &x[i], f, files, from, to, count);
	}
	for (int64_t day = to; day >= from; day--) {
		const struct civil c = clock_day_civil(day);
		struct value *o = value_add_object(w->a, heads);

		value_set_text(w->a, o, "day", exchange_day_text(w->a, day));
		value_set_text(w->a, o, "short", arena_printf(w->a, "%d/%d", c.month, c.day));
	}
	stat(w, stats, web_tr(w, NULL, N_("Recipients switched on")), active, web_tr(w, NULL, N_("nothing is sent to the others")));
	stat(w, stats, web_tr(w, NULL, N_("Sent or fetched")), count[EXCHANGE_SENT] + count[EXCHANGE_FETCHED],
	    web_tr(w, NULL, N_("files of the days below")));
	stat(w, stats, web_tr(w, NULL, N_("Under way")), count[EXCHANGE_WAITING] + count[EXCHANGE_READY], "");
	stat(w, stats, web_tr(w, "exchange", exchange_state_words[EXCHANGE_FAILED].label), count[EXCHANGE_FAILED], "");
	value_set_bool(w->a, w->ui, "any", n > 0);
	value_set_bool(w->a, w->ui, "may_edit", auth_allows(&w->auth, PERM_TELESCOPE_EDIT));
	value_set_text(w->a, w->ui, "before", arena_printf(w->a, "/telescope/exchange?to=%s", exchange_day_text(w->a, from - 1)));
	if (to < newest)
		value_set_text(w->a, w->ui, "after",
		    arena_printf(w->a, "/telescope/exchange?to=%s", exchange_day_text(w->a, to + days < newest ? to + days : newest)));
	observe_tabs(w, "/telescope/exchange");
	return web_page(w, "exchange", N_("Daily exchange"));
}

/* The form */

static void
choices(struct web *w, const char *key, const struct word *list, const char *chosen)
{
	struct value *l = value_set_list(w->a, w->ui, key);

	for (; list->name != NULL; list++) {
		struct value *o = value_add_object(w->a, l);

		value_set_text(w->a, o, "value", list->name);
		value_set_text(w->a, o, "label", web_tr(w, NULL, list->label));
		value_set_bool(w->a, o, "selected", chosen != NULL && strcmp(chosen, list->name) == 0);
	}
}

static void
option(struct web *w, struct value *list, const char *v, const char *label, bool selected)
{
	struct value *o = value_add_object(w->a, list);

	value_set_text(w->a, o, "value", v);
	value_set_text(w->a, o, "label", label);
	value_set_bool(w->a, o, "selected", selected);
}

/* What the directory says it answers for, then all of them for partners. */
static enum err
country_choices(struct web *w, const struct exchange *x)
{
	struct value *list = value_set_list(w->a, w->ui, "@countries");
	const char **country;
	bool there = false;
	size_t n;

	TRY(exchange_countries(w->db, w->a, x->organisation_id, &country, &n));
	for (size_t i = 0; i < n; i++) {
		bool same = x->country != NULL && strcmp(x->country, country[i]) == 0;

		there = there || same;
		option(w, list, country[i], country_name(w->lang, country[i]), same);
	}
	if (x->country != NULL && *x->country != '\0' && !there && strcmp(x->country, EXCHANGE_EVERYWHERE) != 0)
		option(w, list, x->country, country_name(w->lang, x->country), true);
	option(w, list, EXCHANGE_EVERYWHERE, place_name(w, EXCHANGE_EVERYWHERE),
	    x->country != NULL && strcmp(x->country, EXCHANGE_EVERYWHERE) == 0);
	return OK;
}

static bool
may_write(const struct contact *c)
{
	return !c->do_not_contact && c->removed_at == 0 && c->email != NULL && *c->email != '\0';
}

static enum err
contact_choices(struct web *w, const struct exchange *x)
{
	struct value *list = value_set_list(w->a, w->ui, "@contacts");
	struct contact *c;
	size_t n;

	TRY(contact_list(w->db, w->a, x->organisation_id, &c, &n));
	option(w, list, "", web_tr(w, NULL, N_("Nobody")), x->contact_id == 0);
	for (size_t i = 0; i < n; i++) {
		if (may_write(&c[i]))
			option(w, list, arena_printf(w->a, "%lld", (long long)c[i].id),
			    arena_printf(w->a, "%s <%s>", contact_shown(&c[i], w->lang == LANG_EN), c[i].email), c[i].id == x->contact_id);
	}
	return OK;
}

/* How others reach this server: as the settings say, else as the viewer does. */
static const char *
own_address(struct web *w)
{
	const char *url = setting_text(w->db, w->a, "team.url");
	struct str host = http_header(w->request, "host");
	bool tls = w->request->tls || str_is(http_header(w->request, "x-forwarded-proto"), "https");

	if (strcmp(url, setting_find(STR("team.url"))->fallback) != 0 || host.n == 0)
		return url;
	return arena_printf(w->a, "http%s://%.*s", tls ? "s" : "", STR_F(host));
}

static enum err
form_page(struct web *w, const struct exchange *x, bool again)
{
	bool is_new = x->id == 0;
	const char *title = is_new ? N_("Add a recipient") : N_("Daily exchange");

	value_set_bool(w->a, w->ui, "is_new", is_new);
	value_set_bool(w->a, w->ui, "may_edit", auth_allows(&w->auth, PERM_TELESCOPE_EDIT));
	if (is_new) {
		struct value *list = value_set_list(w->a, w->ui, "@organisations");
		struct value *found = value_list(w->a);

		TRY(exchange_candidates(w->db, w->a, w->lang == LANG_EN, found));
		for (size_t i = 0; i < value_count(found); i++) {
			const struct value *o = value_at(found, i);
			const char *cc = value_cstr(value_get(o, "cc"));

			option(w, list, arena_printf(w->a, "%lld", (long long)value_integer(value_get(o, "id"))),
			    *cc == '\0' ? value_cstr(value_get(o, "name"))
					: arena_printf(w->a, "%s — %s", value_cstr(value_get(o, "name")), country_name(w->lang, cc)),
			    value_integer(value_get(o, "id")) == x->organisation_id);
		}
		value_set_bool(w->a, w->ui, "any", value_count(found) > 0);
	} else {
		TRY(country_choices(w, x));
		TRY(contact_choices(w, x));
		value_set_text(w->a, w->ui, "name", own_name(w, x));
	}
	choices(w, "@forms", exchange_forms, x->form);
	choices(w, "@channels", exchange_channels, x->channel);
	choices(w, "@labels", exchange_labels, x->tlp);
	value_set_bool(w->a, w->ui, "is_together", x->together);
	value_set_bool(w->a, w->ui, "is_encrypt", x->encrypt);
	return again ? web_again(w, "exchange_edit", title) : web_page(w, "exchange_edit", title);
}

static enum err
show_new(struct web *w)
{
	const struct exchange x = { .organisation_id = web_query_int(w, "organisation", 1, INT64_MAX, 0), .form = "iodef2",
		.channel = "mail", .tlp = "AMBER", .together = true, .encrypt = true };

	return form_page(w, &x, false);
}

/* A name of the list, else a problem. */
static const char *
chosen_word(struct web *w, const char *field, const struct word *list, const char *otherwise)
{
	const char *v = web_form_has(w, field) ? web_form(w, field) : otherwise;

	if (!word_has(list, v))
		web_problem(w, field, N_("This choice does not exist. Choose one of the list."));
	for (; list->name != NULL; list++) {
		if (strcmp(list->name, v) == 0)
			return list->name;
	}
	return otherwise;
}

static void
read_form(struct web *w, struct exchange *x)
{
	x->form = chosen_word(w, "form", exchange_forms, x->form);
	x->channel = chosen_word(w, "channel", exchange_channels, x->channel);
	x->tlp = chosen_word(w, "tlp", exchange_labels, x->tlp);
	x->together = web_form_ticked(w, "together", x->together);
	x->encrypt = web_form_ticked(w, "encrypt", x->encrypt);
}

/* Of the directory: its countries, whom to write to, what it wants. */
static enum err
defaults(struct web *w, const struct organisation *o, struct exchange *x)
{
	const char **country;
	struct contact *c;
	size_t n;

	x->organisation_id = o->id;
	TRY(exchange_countries(w->db, w->a, o->id, &country, &n));
	if (n > 0)
		x->country = o->cc != NULL ? o->cc : country[0];
	TRY(contact_list(w->db, w->a, o->id, &c, &n));
	for (size_t i = 0; i < n && x->contact_id == 0; i++)
		x->contact_id = may_write(&c[i]) ? c[i].id : 0;
	return OK;
}

static enum err
add(struct web *w)
{
	struct exchange x = { .form = "iodef2", .channel = "mail", .tlp = "AMBER", .together = true, .encrypt = true };
	struct organisation o;
	int64_t id = web_form_int(w, "organisation", 1, INT64_MAX, 0);
	enum err e = id == 0 ? ERR_NOT_FOUND : organisation_get(w->db, w->a, id, &o);

	read_form(w, &x);
	if (e == ERR_NOT_FOUND || (e == OK && o.removed_at != 0))
		web_problem(w, "organisation", N_("Choose an organisation of the directory."));
	else
		TRY(e);
	if (problems_any(&w->problems))
		return form_page(w, &x, true);
	TRY(defaults(w, &o, &x));
	if (web_form_has(w, "country"))
		x.country = web_line(w, "country", 2);
	if (x.country == NULL || (strcmp(x.country, EXCHANGE_EVERYWHERE) != 0 && country_find(x.country) == NULL))
		web_problem(w, "organisation", N_("The directory does not say which country it answers for. Enter its country there first."));
	if (problems_any(&w->problems))
		return form_page(w, &x, true);
	e = exchange_add(w->db, w->a, &x, web_actor(w), &id);
	if (e == ERR_EXISTS) {
		web_problem(w, "organisation", N_("It is a recipient for this country already."));
		return form_page(w, &x, true);
	}
	TRY(e);
	value_set_int(w->a, w->data, "id", id);
	return web_created(w, arena_printf(w->a, "/telescope/exchange/%lld", (long long)id),
	    N_("Added. Nothing is sent before you switch it on."));
}

static enum err
find(struct web *w, struct exchange *ret)
{
	int64_t id;

	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	return exchange_get(w->db, w->a, id, w->now, ret);
}

static enum err
show_one(struct web *w, const struct exchange *x)
{
	set_exchange(w, w->data, x);
	web_set_time(w, w->data, "token_at", x->token_at);
	web_set_time(w, w->data, "created_at", x->created_at);
	return form_page(w, x, false);
}

static enum err
show(struct web *w)
{
	struct exchange x;

	TRY(find(w, &x));
	return show_one(w, &x);
}

static enum err
check_contact(struct web *w, struct exchange *x)
{
	struct contact c;

	if (!web_form_has(w, "contact"))
		return OK;
	x->contact_id = web_form_int(w, "contact", 1, INT64_MAX, 0);
	if (x->contact_id == 0)
		return OK;
	enum err e = contact_get(w->db, w->a, x->contact_id, &c);

	if (e == ERR_NOT_FOUND || (e == OK && (c.organisation_id != x->organisation_id || !may_write(&c)))) {
		web_problem(w, "contact", N_("This choice does not exist. Choose one of the list."));
		return OK;
	}
	return e;
}

static enum err
check_country(struct web *w, struct exchange *x)
{
	const char **country, *asked = web_form_has(w, "country") ? web_line(w, "country", 2) : x->country;
	bool known = strcmp(asked, EXCHANGE_EVERYWHERE) == 0 || strcmp(asked, x->country) == 0;
	size_t n;

	TRY(exchange_countries(w->db, w->a, x->organisation_id, &country, &n));
	for (size_t i = 0; i < n; i++)
		known = known || strcmp(country[i], asked) == 0;
	if (known)
		x->country = asked;
	else
		web_problem(w, "country", N_("The directory does not say that it answers for this country."));
	return OK;
}

static enum err
save(struct web *w, const struct exchange *old)
{
	struct exchange x = *old;

	read_form(w, &x);
	TRY(check_country(w, &x));
	TRY(check_contact(w, &x));
	x.version = web_form_int(w, "version", 1, INT64_MAX, old->version);
	enum err e = problems_any(&w->problems) ? OK : exchange_change(w->db, w->a, &x, web_actor(w));

	if (e == ERR_EXISTS)
		web_problem(w, "country", N_("It is a recipient for this country already."));
	else if (e == ERR_CONFLICT)
		web_problem(w, "country", N_("Somebody else has changed this meanwhile. Open it again."));
	if (problems_any(&w->problems)) {
		set_exchange(w, w->data, old);
		return form_page(w, &x, true);
	}
	TRY(e);
	return web_redirect(w, arena_printf(w->a, "/telescope/exchange/%lld", (long long)x.id), N_("Saved"), 0);
}

static enum err
switch_it(struct web *w, struct exchange *x, bool on)
{
	const struct exchange_check check = exchange_check_of(x);
	const char *obstacle = on ? exchange_obstacle(&check) : NULL;
	int64_t from = on ? exchange_newest(w->now, setting_int(w->db, "telescope.exchange_hour")) : 0, n;

	if (obstacle != NULL) {
		web_problem(w, "act", obstacle);
		set_exchange(w, w->data, x);
		return form_page(w, x, true);
	}
	x->version = web_form_int(w, "version", 1, INT64_MAX, x->version);
	TRY(exchange_switch(w->db, w->a, x, from, web_actor(w)));
	if (on)
		TRY(exchange_plan(w->db, w->a, from, w->now, &n));
	return web_redirect(w, arena_printf(w->a, "/telescope/exchange/%lld", (long long)x->id),
	    on ? N_("Switched on: it gets yesterday's file now and one every day.") : N_("Switched off: nothing is sent to it any more."), 0);
}

static enum err
act(struct web *w)
{
	static const char *const acts[] = { "save", "on", "off", "token", NULL };
	const char *what = web_choice(w, "act", acts, false), *token;
	struct exchange x;

	TRY(find(w, &x));
	if (strcmp(what, "on") == 0 || strcmp(what, "off") == 0)
		return switch_it(w, &x, strcmp(what, "on") == 0);
	if (strcmp(what, "token") != 0)
		return save(w, &x);
	TRY(exchange_token_new(w->db, w->a, &x, web_actor(w), &token));
	TRY(find(w, &x));
	value_set_text(w->a, w->data, "token", token);
	value_set_text(w->a, w->ui, "base", own_address(w));
	return show_one(w, &x);
}

/* A file */

static const char *
file_href(struct web *w, int64_t id)
{
	return arena_printf(w->a, "/telescope/exchange/files/%lld", (long long)id);
}

static enum err
find_file(struct web *w, struct exchange_file *f, struct exchange *x)
{
	int64_t id;

	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	TRY(exchange_file_get(w->db, w->a, id, f));
	return exchange_get(w->db, w->a, f->exchange_id, w->now, x);
}

static enum err
sees_incident(struct web *w, const struct exchange_file *f, bool *ret)
{
	struct incident i;

	*ret = false;
	if (f->incident_id == 0)
		return OK;
	TRY(incident_get(w->db, w->a, f->incident_id, &i));
	return incident_visible(w->db, &i, w->user, ret);
}

static enum err
set_incident(struct web *w, struct value *o, const struct exchange_file *f)
{
	bool visible;

	TRY(sees_incident(w, f, &visible));
	web_fill(w, "incident", visible ? f->incident : "");
	value_set_text(w->a, o, "incident", visible ? f->incident : NULL);
	value_set_text(w->a, o, "@incident_href", visible ? arena_printf(w->a, "/incidents/%s", f->incident) : NULL);
	return OK;
}

static enum err
file_page(struct web *w, const struct exchange_file *f, const struct exchange *x, bool again)
{
	struct value *o = w->data;

	value_set_int(w->a, o, "id", f->id);
	value_set_text(w->a, o, "day", exchange_day_text(w->a, f->day));
	value_set_text(w->a, o, "country", x->country);
	value_set_text(w->a, o, "organisation", own_name(w, x));
	set_state(w, o, exchange_file_state(f));
	value_set_text(w->a, o, "form", f->form);
	value_set_bool(w->a, o, "together", f->together);
	value_set_int(w->a, o, "records", f->records);
	value_set_int(w->a, o, "events", f->events);
	value_set_int(w->a, o, "bytes", f->bytes);
	value_set_int(w->a, o, "left_out", f->left_out);
	value_set_text(w->a, o, "error", f->error);
	value_set_text(w->a, o, "@error", f->error == NULL ? NULL : web_tr(w, NULL, f->error));
	web_set_time(w, o, "made_at", f->made_at);
	web_set_time(w, o, "sent_at", f->sent_at);
	web_set_time(w, o, "fetched_at", f->fetched_at);
	value_set_int(w->a, o, "fetches", f->fetches);
	value_set_text(w->a, o, "crypto", f->crypto);
	value_set_text(w->a, o, "feedback", f->feedback);
	TRY(set_incident(w, o, f));
	value_set_int(w->a, o, "version", f->version);
	value_set_text(w->a, o, "@href", file_href(w, f->id));
	value_set_text(w->a, w->ui, "country_text", place_name(w, x->country));
	value_set_text(w->a, w->ui, "form_text", form_text(w, f->form, f->together));
	value_set_text(w->a, w->ui, "records_text", i18n_number(w->a, f->records));
	value_set_text(w->a, w->ui, "events_text", i18n_number(w->a, f->events));
	value_set_text(w->a, w->ui, "bytes_text", i18n_number(w->a, f->bytes));
	value_set_text(w->a, w->ui, "to", strcmp(x->channel, "mail") == 0 ? x->email : NULL);
	value_set_text(w->a, w->ui, "recipient_href", arena_printf(w->a, "/telescope/exchange/%lld", (long long)x->id));
	value_set_text(w->a, w->ui, "download", f->blob_id == 0 ? NULL : arena_printf(w->a, "%s/download", file_href(w, f->id)));
	value_set_bool(w->a, w->ui, "encrypted", f->crypto != NULL && (strcmp(f->crypto, "both") == 0 || strcmp(f->crypto, "encrypted") == 0));
	value_set_bool(w->a, w->ui, "signed", f->crypto != NULL && (strcmp(f->crypto, "both") == 0 || strcmp(f->crypto, "signed") == 0));
	value_set_bool(w->a, w->ui, "may_edit", auth_allows(&w->auth, PERM_TELESCOPE_EDIT));
	web_fill(w, "feedback", f->feedback);
	return again ? web_again(w, "exchange_file", N_("Daily exchange")) : web_page(w, "exchange_file", N_("Daily exchange"));
}

static enum err
show_file(struct web *w)
{
	struct exchange_file f;
	struct exchange x;

	TRY(find_file(w, &f, &x));
	return file_page(w, &f, &x, false);
}

static enum err
feedback(struct web *w, struct exchange_file *f, const struct exchange *x)
{
	const char *text = web_body(w, "feedback", LIMIT_KIB(4)), *ref = web_line(w, "incident", 40);
	struct incident i = { .id = f->incident_id };
	bool visible = false;

	if (*ref == '\0') { /* one that he cannot see stays */
		TRY(sees_incident(w, f, &visible));
		i.id = visible ? 0 : f->incident_id;
	} else {
		enum err e = incident_by_ref(w->db, w->a, str_of(ref), &i);

		if (e == OK)
			e = incident_visible(w->db, &i, w->user, &visible);
		if (e != OK && e != ERR_NOT_FOUND && e != ERR_INVALID)
			return e;
		if (!visible)
			web_problem(w, "incident", N_("There is no such incident. Example: INC-2026-00042"));
	}
	if (problems_any(&w->problems))
		return file_page(w, f, x, true);
	f->version = web_form_int(w, "version", 1, INT64_MAX, f->version);
	TRY(exchange_feedback(w->db, w->a, f, text, i.id, web_actor(w)));
	return web_redirect(w, file_href(w, f->id), N_("Saved"), 0);
}

static enum err
act_file(struct web *w)
{
	static const char *const acts[] = { "again", "feedback", NULL };
	const char *what = web_choice(w, "act", acts, true);
	struct exchange_file f;
	struct exchange x;
	int64_t id;
	bool under_way;

	TRY(find_file(w, &f, &x));
	if (problems_any(&w->problems))
		return file_page(w, &f, &x, true);
	if (strcmp(what, "feedback") == 0)
		return feedback(w, &f, &x);
	const struct exchange_check check = exchange_check_of(&x);
	const char *obstacle = x.active ? exchange_obstacle(&check) : N_("It is switched off. Switch it on first.");

	if (obstacle != NULL) {
		web_problem(w, "act", obstacle);
		return file_page(w, &f, &x, true);
	}
	TRY(exchange_make_day(w->db, w->a, x.id, f.day, true, web_actor(w), &id, &under_way));
	return web_redirect(w, file_href(w, f.id), N_("The file is made anew and leaves again."), 0);
}

static enum err
download(struct web *w)
{
	struct exchange_file f;
	struct exchange x;

	TRY(find_file(w, &f, &x));
	if (f.blob_id == 0)
		return ERR_NOT_FOUND;
	return web_download(w, f.blob_id, exchange_file_name(w->a, f.day, x.country, f.form), exchange_media_type(f.form));
}

const struct web_route exchange_routes[] = {
	{ WEB_GET, "/telescope/exchange", PERM_TELESCOPE_READ, board, 0,
	    "Who gets each day's sources of a country, and what became of it; days, to (YYYY-MM-DD)", NULL },
	{ WEB_GET, "/telescope/exchange/new", PERM_TELESCOPE_EDIT, show_new, 0, "The form for a new recipient", NULL },
	{ WEB_POST, "/telescope/exchange/new", PERM_TELESCOPE_EDIT, add, 0,
	    "Add a recipient: organisation (its number), country, form, channel, tlp, together, encrypt", NULL },
	{ WEB_GET, "/telescope/exchange/:id", PERM_TELESCOPE_READ, show, 0, "One recipient", NULL },
	{ WEB_POST, "/telescope/exchange/:id", PERM_TELESCOPE_EDIT, act, 0,
	    "act = save (country, form, together, channel, contact, encrypt, tlp), on, off, token", NULL },
	{ WEB_GET, "/telescope/exchange/files/:id", PERM_TELESCOPE_READ, show_file, 0, "One day for one recipient", NULL },
	{ WEB_POST, "/telescope/exchange/files/:id", PERM_TELESCOPE_EDIT, act_file, 0,
	    "act = again (make and send once more), feedback (feedback, incident)", NULL },
	{ WEB_GET, "/telescope/exchange/files/:id/download", PERM_TELESCOPE_READ, download, 0, "Its file", NULL },
	{ 0 },
};
