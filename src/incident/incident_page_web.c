/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "directory/tlp.h"
#include "incident/category.h"
#include "incident/draft_store.h"
#include "incident/incident_page.h"
#include "incident/incident_store.h"
#include "incident/report.h"

enum err
incident_of_path(struct web *w, struct incident *ret)
{
	bool visible;

	TRY(incident_by_ref(w->db, w->a, str_of(web_path(w, "ref")), ret));
	TRY(incident_visible(w->db, ret, w->user, &visible));
	return visible ? OK : ERR_NOT_FOUND;
}

const char *
incident_href(struct web *w, const struct incident *i, const char *below)
{
	return arena_printf(w->a, "/incidents/%s%s", i->ref, below);
}

void
incident_option(struct web *w, struct value *list, const char *value, const char *label, bool selected)
{
	struct value *o = value_add_object(w->a, list);

	value_set_text(w->a, o, "value", value);
	value_set_text(w->a, o, "label", label);
	value_set_bool(w->a, o, "selected", selected);
}

enum err
incident_owner_options(struct web *w, const char *key, int64_t chosen, const char *none)
{
	struct value *list = value_set_list(w->a, w->ui, key);
	struct user *people;
	size_t n;

	TRY(user_list(w->db, w->a, &people, &n));
	incident_option(w, list, "", none, chosen == 0);
	for (size_t i = 0; i < n; i++) {
		const struct user *u = &people[i];

		if (u->id != chosen && (!u->active || !auth_may(u->role, PERM_INCIDENT_EDIT)))
			continue;
		incident_option(w, list, arena_printf(w->a, "%lld", (long long)u->id),
		    u->id == w->user->id
			? web_trf(w, NULL, N_("{name} (me)"), I18N_ARGS({ "name", u->name }))
			: u->name,
		    u->id == chosen);
	}
	return OK;
}

static bool
is(const char *a, const char *b)
{
	return a != NULL && strcmp(a, b) == 0;
}

void
incident_choice_options(struct web *w, const struct incident *i)
{
	static const char *const tlps[] = { "RED", "AMBER+STRICT", "AMBER", "GREEN", "CLEAR" };
	static const char *const paps[] = { "RED", "AMBER", "GREEN", "CLEAR" };
	struct value *rsits = value_set_list(w->a, w->ui, "@rsits");
	struct value *priorities = value_set_list(w->a, w->ui, "@priorities");
	struct value *tlp = value_set_list(w->a, w->ui, "@tlps");
	struct value *pap = value_set_list(w->a, w->ui, "@paps");

	for (size_t k = 0; k < category_count; k++) {
		const struct category *c = &category_list[k];
		bool ja = w->lang == LANG_JA;

		incident_option(w, rsits, c->rsit,
		    arena_printf(w->a, "%s: %s", ja ? c->class_ja : c->class_en, ja ? c->ja : c->en),
		    is(i->rsit, c->rsit));
	}
	for (size_t k = 0; report_priorities[k] != NULL; k++)
		incident_option(w, priorities, report_priorities[k],
		    incident_priority_text(w, report_priorities[k]), is(i->priority, report_priorities[k]));
	for (size_t k = 0; k < COUNT(tlps); k++)
		incident_option(w, tlp, tlps[k], arena_printf(w->a, "TLP:%s", tlps[k]), is(i->tlp, tlps[k]));
	for (size_t k = 0; k < COUNT(paps); k++)
		incident_option(w, pap, paps[k], arena_printf(w->a, "PAP:%s", paps[k]), is(i->pap, paps[k]));
}

const char *
incident_priority_text(struct web *w, const char *priority)
{
	return web_tr(w, "priority", report_label(report_priorities, priority));
}

void
incident_state_badge(struct web *w, struct value *o, const char *state, const char *phase,
    const char *resolution)
{
	struct value *b = value_set_object(w->a, o, "@state_badge");
	bool closed = strcmp(state, "closed") == 0;
	const char *text = closed
	    ? web_tr(w, "resolution", incident_label(incident_resolutions, resolution))
	    : web_tr(w, "phase", incident_label(incident_phases, phase));

	value_set_text(w->a, b, "state", closed ? "good" : strcmp(phase, "analysis") == 0 ? "soon" : "plain");
	value_set_text(w->a, b, "text",
	    closed ? web_trf(w, "incident", N_("Closed: {how}"), I18N_ARGS({ "how", text })) : text);
}

const char *
incident_word(struct web *w, const char *fact, const char *value)
{
	static const struct {
		char letter;
		const char *label;
	} all[] = { { 'C', N_("Confidentiality") }, { 'I', N_("Integrity") }, { 'A', N_("Availability") } };
	struct buf *b = buf_new(w->a, 1024);

	if (value == NULL || *value == '\0')
		return "";
	if (strcmp(fact, "strategy") == 0)
		return strcmp(value, "remove") == 0 ? web_tr(w, "strategy", NC_("strategy", "Remove at once"))
						    : web_tr(w, "strategy", NC_("strategy", "Find the extent first"));
	for (size_t k = 0; k < COUNT(all); k++) {
		if (strchr(value, all[k].letter) != NULL)
			buf_printf(b, "%s%s", b->n > 0 ? " / " : "", web_tr(w, NULL, all[k].label));
	}
	return buf_cstr(w->a, b);
}

#define SOON (4 * CLOCK_HOUR)

void
incident_clock(struct web *w, struct value *o, const char *key, int64_t due, bool done)
{
	if (due == 0 || w->json)
		return;
	struct value *c = value_set_object(w->a, o, key);

	value_set_text(w->a, c, "state",
	    done ? "" : due < w->now ? "late" : due - w->now < SOON ? "soon" : "");
	value_set_text(w->a, c, "text",
	    done ? web_when(w, due) : zone_left(w->a, w->lang, due, w->now));
	value_set_text(w->a, c, "iso", zone_iso(w->a, zone_utc(), due));
}

enum err
incident_draft(struct web *w, const char *key)
{
	struct value *fields;
	int64_t saved_at;

	if (w->json)
		return OK;
	value_set_text(w->a, w->ui, "draft_key", key);
	TRY(draft_get(w->db, w->a, w->user->id, key, &fields, &saved_at));
	value_set_int(w->a, w->ui, "draft_saved", saved_at);
	for (size_t i = 0; i < value_count(fields); i++) {
		const struct value *v = value_member(fields, i);

		if (value_type(v) == VALUE_TEXT)
			web_fill(w, value_key(fields, i), value_cstr(v));
	}
	return OK;
}
