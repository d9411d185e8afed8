/* SPDX-License-Identifier: Apache-2.0 */
/* incident_edit_web.c - a new incident, and its facts. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "directory/pap.h"
#include "directory/tlp.h"
#include "http/http.h"
#include "incident/category.h"
#include "incident/draft_store.h"
#include "incident/incident_field.h"
#include "incident/incident_page.h"
#include "incident/incident_store.h"
#include "incident/report_page.h"
#include "incident/report_store.h"

/* Every field as the form shows it; times in the viewer's zone. */
static const char *
form_text(struct web *w, const struct incident_field *f, const struct incident *i)
{
	const char *s = incident_field_get(w->a, f, i);
	int64_t at;

	if (f->kind != INCIDENT_TIME || *s == '\0' || zone_parse(zone_utc(), str_of(s), &at) != OK)
		return s;
	struct civil c = zone_civil(w->zone, at);

	return arena_printf(w->a, "%04d-%02d-%02dT%02d:%02d", c.year, c.month, c.day, c.hour, c.minute);
}

static void
fill_form(struct web *w, const struct incident *i)
{
	for (const struct incident_field *f = incident_fields; f->name != NULL; f++)
		web_fill(w, f->name, form_text(w, f, i));
	struct value *cia = value_set_object(w->a, value_child(w->ui, "is"), "cia");

	for (const char *c = i->cia == NULL ? "" : i->cia; *c != '\0'; c++)
		value_set_bool(w->a, cia, arena_printf(w->a, "%c", *c), true);
}

static void
label_options(struct web *w, const struct incident *i)
{
	struct value *now = value_set_list(w->a, w->ui, "@categories");
	struct value *of_2007 = value_set_list(w->a, w->ui, "@categories_2007");
	struct category_labels l = category_derive(i->rsit, i->ics, i->targeted, i->content_changed);
	const char *as = N_("as the class says: {label}");

	incident_option(w, now, "", web_trf(w, NULL, as, I18N_ARGS({ "label", category_now_label(w->lang, l.now) })),
	    !i->category_fixed);
	for (size_t k = 0; category_now_keys[k] != NULL; k++)
		incident_option(w, now, category_now_keys[k], category_now_label(w->lang, category_now_keys[k]),
		    i->category_fixed && strcmp(i->category, category_now_keys[k]) == 0);
	incident_option(w, of_2007, "",
	    web_trf(w, NULL, as, I18N_ARGS({ "label", category_2007_label(w->lang, l.of_2007) })), !i->category_fixed);
	for (size_t k = 0; category_2007_keys[k] != NULL; k++)
		incident_option(w, of_2007, category_2007_keys[k],
		    category_2007_label(w->lang, category_2007_keys[k]),
		    i->category_fixed && strcmp(i->category_2007, category_2007_keys[k]) == 0);
}

static bool
among(int64_t id, const int64_t *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (list[i] == id)
			return true;
	}
	return false;
}

static enum err
people_options(struct web *w, const int64_t *granted, size_t n)
{
	struct value *list = value_set_list(w->a, w->ui, "people");
	struct user *u;
	size_t users;

	TRY(user_list(w->db, w->a, &u, &users));
	for (size_t k = 0; k < users; k++) {
		if (!u[k].active || !auth_may(u[k].role, PERM_INCIDENT_READ))
			continue;
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "value", arena_printf(w->a, "%lld", (long long)u[k].id));
		value_set_text(w->a, o, "label", u[k].name);
		value_set_bool(w->a, o, "checked", among(u[k].id, granted, n));
	}
	return OK;
}

static enum err
form_options(struct web *w, const struct incident *i)
{
	incident_choice_options(w, i);
	label_options(w, i);
	return incident_owner_options(w, "@owners", i->owner_id, web_tr(w, NULL, N_("nobody")));
}

static void
check_key(struct web *w, const char *name, const char *s, const char *const *keys)
{
	for (size_t k = 0; keys[k] != NULL; k++) {
		if (strcmp(keys[k], s) == 0)
			return;
	}
	if (*s != '\0')
		web_problem(w, name, N_("This choice does not exist. Choose one of the list."));
}

/* Is it in the form? A form leaves boxes out that are not ticked; JSON leaves
 * out what stays. */
static bool
given(struct web *w, const char *name)
{
	return w->json_body == NULL ? (w->request->forms > 0) : web_form_has(w, name);
}

static const char *
read_cia(struct web *w)
{
	size_t n;
	const char *const *values = web_form_all(w, "cia", &n);
	char letters[4] = "";
	size_t have = 0;

	for (const char *c = "CIA"; *c != '\0'; c++) {
		for (size_t k = 0; k < n; k++) {
			if (strchr(values[k], *c) != NULL && have < 3 && (have == 0 || letters[have - 1] != *c))
				letters[have++] = *c;
		}
	}
	letters[have] = '\0';
	return arena_dup(w->a, letters);
}

static const char *
read_field(struct web *w, const struct incident_field *f)
{
	int64_t at;

	switch (f->kind) {
	case INCIDENT_TEXT:
		return web_body(w, f->name, LIMIT_BODY);
	case INCIDENT_TIME:
		at = web_time(w, f->name);
		return at == 0 ? "" : zone_iso(w->a, zone_utc(), at);
	case INCIDENT_FLAG:
		return strcmp(web_form(w, f->name), "1") == 0 ? "1" : "";
	default:
		if (strcmp(f->name, "cia") == 0)
			return read_cia(w);
		return web_line(w, f->name, LIMIT_TITLE);
	}
}

static enum err
check_fields(struct web *w, const struct incident *i)
{
	static const char *const strategies[] = { "remove", "investigate", NULL };
	enum tlp tlp;
	enum pap pap;
	struct user u;

	if (*i->title == '\0')
		web_problem(w, "title", N_("This is empty. Fill it in."));
	if (category_find(i->rsit) == NULL)
		web_problem(w, "rsit", *i->rsit == '\0' ? N_("Choose one.")
							: N_("This choice does not exist. Choose one of the list."));
	if (tlp_parse(str_of(i->tlp), &tlp) != OK)
		web_problem(w, "tlp", N_("This choice does not exist. Choose one of the list."));
	if (pap_parse(str_of(i->pap), &pap) != OK)
		web_problem(w, "pap", N_("This choice does not exist. Choose one of the list."));
	check_key(w, "priority", i->priority, report_priorities);
	if (*i->priority == '\0')
		web_problem(w, "priority", N_("Choose one."));
	check_key(w, "strategy", i->strategy == NULL ? "" : i->strategy, strategies);
	check_key(w, "category", i->category, category_now_keys);
	check_key(w, "category_2007", i->category_2007, category_2007_keys);
	if (i->started_at != 0 && i->ended_at != 0 && i->ended_at < i->started_at)
		web_problem(w, "ended_at", N_("It cannot end before it began. Correct one of the two."));
	if (i->owner_id != 0) {
		enum err e = user_get(w->db, w->a, i->owner_id, &u);

		if (e == ERR_NOT_FOUND)
			web_problem(w, "owner_id", N_("This choice does not exist. Choose one of the list."));
		else
			return e;
	}
	return OK;
}

/* What the form says, over what ${i} holds. */
static enum err
read_form(struct web *w, struct incident *i)
{
	for (const struct incident_field *f = incident_fields; f->name != NULL; f++) {
		if (strcmp(f->name, "domestic") == 0 && !web_form_has(w, "domestic"))
			continue; /* not in every form */
		if (given(w, f->name))
			incident_field_set(f, i, read_field(w, f));
	}
	if (w->json_body != NULL && !i->category_fixed) {
		/* Labels that nobody names follow the class. */
		if (!web_form_has(w, "category"))
			i->category = "";
		if (!web_form_has(w, "category_2007"))
			i->category_2007 = "";
	}
	i->category_fixed = *i->category != '\0' || *i->category_2007 != '\0';
	return check_fields(w, i);
}

/* New */

static const struct incident fresh = { .title = "", .rsit = "", .category = "", .category_2007 = "",
	.tlp = "AMBER", .pap = "GREEN", .priority = "normal", .domestic = true };

/* The reports it begins with. */
static enum err
read_reports(struct web *w, const char *const *refs, size_t n, struct report *ret, size_t *ret_n)
{
	*ret_n = 0;
	for (size_t k = 0; k < n; k++) {
		enum err e = *refs[k] == '\0' ? ERR_NOT_FOUND
					      : report_page_find(w, refs[k], &ret[*ret_n]);

		if (e == ERR_NOT_FOUND) {
			problems_add(&w->problems, "report", N_("There is no report {value}."), refs[k]);
			continue;
		}
		TRY(e);
		(*ret_n)++;
	}
	return OK;
}

static enum err
new_page(struct web *w, const struct incident *i, const struct report *reports, size_t n)
{
	struct value *list = value_set_list(w->a, w->ui, "reports");

	for (size_t k = 0; k < n; k++) {
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "ref", reports[k].ref);
		value_set_text(w->a, o, "title", reports[k].title);
		value_set_text(w->a, o, "href", arena_printf(w->a, "/inbox/%s", reports[k].ref));
	}
	TRY(form_options(w, i));
	return web_again(w, "incident_new", N_("New incident"));
}

static enum err
show_new(struct web *w)
{
	const char *ref = web_query(w, "report");
	struct incident i = fresh;
	struct report r;
	size_t n = 0;

	i.owner_id = w->user->id;
	if (*ref != '\0') {
		TRY(report_page_find(w, ref, &r));
		struct category_preset p = category_of_door(r.door);

		n = 1;
		i.title = r.title;
		i.rsit = r.rsit != NULL ? r.rsit : p.rsit;
		i.ics = p.ics;
		i.targeted = p.targeted;
		i.content_changed = p.content_changed;
		i.tlp = r.tlp;
		i.priority = r.priority != NULL ? r.priority : r.urgent ? "urgent" : "normal";
		i.domestic = r.domestic;
	}
	fill_form(w, &i);
	TRY(incident_draft(w, arena_printf(w->a, "incident/new/%s", ref)));
	return new_page(w, &i, &r, n);
}

static enum err
store_new(struct web *w, const struct incident *i, const struct report *r, size_t n, int64_t *ret_id,
    const char **ret_ref)
{
	struct incident made, to;
	bool changed;

	TRY(incident_add(w->db, w->a,
	    &(struct incident_new){
		.title = i->title,
		.rsit = i->rsit,
		.ics = i->ics,
		.targeted = i->targeted,
		.content_changed = i->content_changed,
		.tlp = i->tlp,
		.pap = i->pap,
		.priority = i->priority,
		.owner_id = i->owner_id,
		.domestic = n > 0 ? r[0].domestic : i->domestic,
		.actor = w->user->id,
		.actor_name = w->user->name,
	    },
	    w->now, ret_id, ret_ref));
	for (size_t k = 0; k < n; k++)
		TRY(incident_link(w->db, w->a, *ret_id, r[k].id, k == 0 ? "original" : "additional", w->user->id,
		    w->user->name, w->now));
	/* The facts that a new row does not take. */
	TRY(incident_get(w->db, w->a, *ret_id, &made));
	to = made;
	for (const struct incident_field *f = incident_fields; f->name != NULL; f++) {
		if (strcmp(f->name, "domestic") != 0)
			incident_field_set(f, &to, incident_field_get(w->a, f, i));
	}
	return incident_change(w->db, w->a, &made, &to, web_actor(w), &changed);
}

static enum err
create(struct web *w)
{
	size_t asked, n;
	const char *const *refs = web_form_all(w, "report", &asked);
	struct report *reports = arena_many(w->a, struct report, asked + 1);
	struct incident i = fresh;
	int64_t id;
	const char *ref;

	TRY(read_reports(w, refs, asked, reports, &n));
	TRY(read_form(w, &i));
	if (problems_any(&w->problems))
		return w->json ? ERR_INVALID : new_page(w, &i, reports, n);
	TRY(store_new(w, &i, reports, n, &id, &ref));
	TRY(draft_drop(w->db, w->user->id, arena_printf(w->a, "incident/new/%s", n > 0 ? reports[0].ref : "")));
	value_set_text(w->a, w->data, "ref", ref);
	return web_created(w, arena_printf(w->a, "/incidents/%s", ref), N_("Incident opened"));
}

/* Facts */

static enum err
edit_page(struct web *w, const struct incident *i)
{
	int64_t *granted;
	size_t n;

	TRY(incident_grants(w->db, w->a, i->id, &granted, &n));
	TRY(people_options(w, granted, n));
	TRY(form_options(w, i));
	value_set_text(w->a, w->ui, "ref", i->ref);
	value_set_int(w->a, w->ui, "version", i->version);
	value_set_text(w->a, w->ui, "presence_at", arena_printf(w->a, "incident/%s", i->ref));
	return web_again(w, "incident_edit", N_("Edit facts"));
}

static enum err
show_edit(struct web *w)
{
	struct incident i;

	TRY(incident_of_path(w, &i));
	if (i.merged_into != 0)
		return ERR_CONFLICT;
	fill_form(w, &i);
	return edit_page(w, &i);
}

/*
 * Somebody saved since this form was opened. What only one of the two changed
 * is taken from the one; what both changed differently is shown, both texts,
 * and nothing is stored.
 */
static enum err
join(struct web *w, const struct incident *stored, struct incident *typed, int64_t version, bool *ret_clash)
{
	struct incident base;
	const char *who;
	int64_t at;
	struct value *conflict = value_object(w->a);
	struct value *fields = value_set_list(w->a, conflict, "fields");
	enum err e = incident_at_version(w->db, w->a, stored, version, &base, &who, &at);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	*ret_clash = false;
	for (const struct incident_field *f = incident_fields; f->name != NULL; f++) {
		const char *was = incident_field_get(w->a, f, &base), *theirs = incident_field_get(w->a, f, stored);
		const char *mine = incident_field_get(w->a, f, typed);

		if (strcmp(theirs, mine) == 0 || strcmp(theirs, was) == 0)
			continue;
		if (strcmp(mine, was) == 0) {
			incident_field_set(f, typed, theirs);
			continue;
		}
		struct value *o = value_add_object(w->a, fields);

		value_set_text(w->a, o, "label", web_tr(w, "fact", f->label));
		value_set_text(w->a, o, "name", f->name);
		value_set_text(w->a, o, "theirs", *theirs == '\0' ? "—" : form_text(w, f, stored));
		value_set_text(w->a, o, "yours", *mine == '\0' ? "—" : form_text(w, f, typed));
		*ret_clash = true;
	}
	if (!*ret_clash)
		return OK;
	value_set_text(w->a, conflict, "who", who == NULL ? "" : who);
	web_set_time(w, conflict, "at", at);
	value_set(w->a, w->ui, "conflict", conflict);
	return OK;
}

/* Joined fields must stand in the form that is shown again, over what came. */
static enum err
conflict_page(struct web *w, const struct incident *stored, const struct incident *typed)
{
	if (w->json)
		return ERR_CONFLICT;
	struct incident shown = *typed;

	shown.ref = stored->ref;
	shown.version = stored->version; /* the next save is made knowingly */
	incident_derive(&shown);
	w->status = 409;
	TRY(edit_page(w, &shown));
	(void)value_set_object(w->a, w->ui, "is");
	fill_form(w, typed);
	return OK;
}

static enum err
warn_tlp(struct web *w, const struct incident *stored, const struct incident *typed)
{
	struct incident_open open;
	enum tlp was, is, source;

	if (tlp_parse(str_of(stored->tlp), &was) != OK || tlp_parse(str_of(typed->tlp), &is) != OK || is >= was)
		return OK;
	TRY(incident_open_ends(w->db, w->a, stored->id, &open));
	if (*open.strictest_tlp == '\0' || tlp_parse(str_of(open.strictest_tlp), &source) != OK || is >= source ||
	    strcmp(web_form(w, "tlp_confirm"), "1") == 0)
		return OK;
	value_set_bool(w->a, w->ui, "tlp_warning", true);
	problems_add(&w->problems, "tlp",
	    N_("A report in here is TLP:{value}. Wider sharing needs the source's permission. If you have it, tick the box and save again."),
	    open.strictest_tlp);
	return OK;
}

static enum err
save_grants(struct web *w, const struct incident *i)
{
	size_t n;
	const char *const *values = web_form_all(w, "grants", &n);
	int64_t *ids = arena_many(w->a, int64_t, n + 1);
	size_t have = 0;

	if (!given(w, "grants"))
		return OK;
	for (size_t k = 0; k < n; k++) {
		if (str_int(str_of(values[k]), 1, INT64_MAX, &ids[have]))
			have++;
	}
	return incident_set_grants(w->db, w->a, i->id, ids, have, web_actor(w));
}

static enum err
save(struct web *w)
{
	struct incident stored, typed;
	bool clash = false, changed, joined = false;

	TRY(incident_of_path(w, &stored));
	if (stored.merged_into != 0)
		return ERR_CONFLICT;
	typed = stored;
	int64_t version = web_form_int(w, "version", 1, INT64_MAX, stored.version);

	TRY(read_form(w, &typed));
	TRY(warn_tlp(w, &stored, &typed));
	if (problems_any(&w->problems)) {
		typed.version = version;
		return w->json ? ERR_INVALID : edit_page(w, &typed);
	}
	if (version != stored.version) {
		TRY(join(w, &stored, &typed, version, &clash));
		joined = true;
	}
	if (clash)
		return conflict_page(w, &stored, &typed);
	TRY(incident_change(w->db, w->a, &stored, &typed, web_actor(w), &changed));
	TRY(save_grants(w, &stored));
	value_set_text(w->a, w->data, "ref", stored.ref);
	value_set_int(w->a, w->data, "version", stored.version + changed);
	return web_redirect(w, incident_href(w, &stored, ""),
	    joined ? N_("Saved, together with what others changed meanwhile") : N_("Saved"), 0);
}

const struct web_route incident_edit_routes[] = {
	{ WEB_GET, "/incidents/new", PERM_INCIDENT_EDIT, show_new, 0, "The form of a new incident; ?report=REF" },
	{ WEB_POST, "/incidents", PERM_INCIDENT_EDIT, create, 0,
	    "Open an incident: title, rsit, report (list of references) and the facts of the edit form" },
	{ WEB_GET, "/incidents/:ref/edit", PERM_INCIDENT_EDIT, show_edit, 0, "The form of an incident's facts" },
	{ WEB_POST, "/incidents/:ref/edit", PERM_INCIDENT_EDIT, save, 0,
	    "Change facts; with version, 409 when somebody else changed the same ones" },
	{ 0 },
};
