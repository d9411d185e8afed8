/* SPDX-License-Identifier: Apache-2.0 */
/* party_web.c - the parties of an incident: added, changed, taken off. */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/limit.h"
#include "directory/country.h"
#include "directory/pgp_key_web.h"
#include "directory/organisation_store.h"
#include "directory/contact_store.h"
#include "incident/incident_page.h"
#include "incident/incident_store.h"
#include "incident/letter.h"
#include "incident/party_store.h"

#define TITLE N_("Party")

static const char *
country_of(struct web *w, const char *name)
{
	const char *code = web_line(w, name, 2);

	if (*code != '\0' && country_find(code) == NULL)
		web_problem(w, name, N_("This choice does not exist. Choose one of the list."));
	return code;
}

static void
read_form(struct web *w, struct party *p)
{
	static const char *const langs[] = { "ja", "en", NULL };
	const struct zone *zone;

	p->role = web_choice(w, "role", incident_party_roles, true);
	p->org = web_need_line(w, "org", LIMIT_NAME);
	p->name = web_line(w, "name", LIMIT_NAME);
	p->email = web_line(w, "email", LIMIT_ADDRESS);
	p->phone = web_line(w, "phone", 100);
	p->cc = country_of(w, "cc");
	p->asset_cc = country_of(w, "asset_cc");
	p->lang = web_choice(w, "lang", langs, false);
	p->zone = web_line(w, "zone", LIMIT_ZONE_NAME);
	p->note = web_body(w, "note", LIMIT_KIB(16));
	if (*p->email != '\0' && !user_email_valid(str_of(p->email)))
		web_problem(w, "email", N_("This is not a mail address. Example: hanako@example.jp"));
	if (*p->zone != '\0' && zone_find(p->zone, &zone) != OK)
		web_problem(w, "zone", N_("There is no such time zone. Example: Asia/Tokyo"));
	/* Unknown in Japan: Japanese; abroad: English. */
	if (*p->lang == '\0')
		p->lang = *p->cc == '\0' || strcmp(p->cc, "JP") == 0 ? "ja" : "en";
}

static void
option(struct web *w, struct value *list, const char *value, const char *label, const char *chosen)
{
	incident_option(w, list, value, label, chosen != NULL && strcmp(chosen, value) == 0);
}

static void
form_options(struct web *w, const struct party *p)
{
	struct value *roles = value_set_list(w->a, w->ui, "@roles");
	struct value *langs = value_set_list(w->a, w->ui, "@langs");
	const char *own = setting_text(w->db, w->a, "team.country");
	const char *unknown = web_tr(w, NULL, N_("unknown"));

	for (size_t k = 0; incident_party_roles[k] != NULL; k++)
		option(w, roles, incident_party_roles[k],
		    web_tr(w, "party", incident_label(incident_party_roles, incident_party_roles[k])), p->role);
	option(w, langs, "ja", "日本語", p->lang);
	option(w, langs, "en", "English", p->lang);
	country_options(w->a, w->ui, "@countries", w->lang, unknown, own, p->cc);
	country_options(w->a, w->ui, "@asset_countries", w->lang, unknown, own, p->asset_cc);
}

static void
fill(struct web *w, const struct party *p)
{
	web_fill(w, "org", p->org);
	web_fill(w, "name", p->name);
	web_fill(w, "email", p->email);
	web_fill(w, "phone", p->phone);
	web_fill(w, "zone", p->zone);
	web_fill(w, "note", p->note);
}

static enum err
form_page(struct web *w, const struct incident *i, const struct party *p)
{
	struct pgp_key key;

	form_options(w, p);
	value_set_text(w->a, w->ui, "ref", i->ref);
	value_set_int(w->a, w->ui, "version", p->version);
	value_set_bool(w->a, w->ui, "existing", p->id != 0);
	if (p->id != 0) {
		TRY(party_key_find(w->db, w->a, p->id, p->email, &key));
		if (key.fingerprint != NULL) {
			struct value *o = value_set_object(w->a, w->ui, "key");

			value_set_text(w->a, o, "fingerprint", letter_fingerprint(w->a, key.fingerprint));
			value_set_bool(w->a, o, "expired", key.expires_at != 0 && key.expires_at <= w->now);
			web_set_time(w, o, "expires_at", key.expires_at);
		}
	}
	return web_again(w, "party_edit", TITLE);
}

static enum err
party_of_path(struct web *w, struct incident *i, struct party *p)
{
	int64_t id;

	TRY(incident_of_path(w, i));
	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	return party_get(w->db, w->a, i->id, id, p);
}

/* ?contact=: one of the directory, picked at /directory/find. */
static enum err
from_directory(struct web *w, struct party *p)
{
	int64_t id = web_query_int(w, "contact", 1, INT64_MAX, 0);
	struct organisation o;
	struct contact c;

	if (id == 0 || !auth_allows(&w->auth, PERM_DIRECTORY_READ))
		return OK;
	enum err e = contact_get(w->db, w->a, id, &c);

	if (e == OK)
		e = organisation_get(w->db, w->a, c.organisation_id, &o);
	if (e != OK)
		return e == ERR_NOT_FOUND ? OK : e;
	p->org = w->lang == LANG_EN && o.name_en != NULL ? o.name_en : o.name;
	p->name = c.name;
	p->email = c.email;
	p->phone = c.phone;
	p->zone = o.zone;
	p->cc = o.cc;
	p->lang = c.lang != NULL ? c.lang : o.lang;
	if (strcmp(o.kind, "isp") == 0 || strcmp(o.kind, "hosting") == 0)
		p->role = "isp";
	else if (strcmp(o.kind, "csirt") == 0)
		p->role = "peer-csirt";
	else if (strcmp(o.kind, "law-enforcement") == 0)
		p->role = "law-enforcement";
	fill(w, p);
	return OK;
}

static enum err
show_new(struct web *w)
{
	struct incident i;

	struct party p = { .role = "incident-site", .lang = lang_code(w->lang) };

	TRY(incident_of_path(w, &i));
	TRY(from_directory(w, &p));
	return form_page(w, &i, &p);
}

static enum err
add(struct web *w)
{
	struct incident i;
	struct party p = { 0 };
	int64_t id;

	TRY(incident_of_path(w, &i));
	if (i.merged_into != 0)
		return ERR_CONFLICT;
	read_form(w, &p);
	p.incident_id = i.id;
	if (problems_any(&w->problems))
		return form_page(w, &i, &p);
	TRY(pgp_key_keep(w, &p.key_id));
	TRY(party_add(w->db, w->a, &p, web_actor(w), &id));
	value_set_int(w->a, w->data, "id", id);
	return web_created(w, incident_href(w, &i, "#parties"), N_("Party added"));
}

static enum err
show(struct web *w)
{
	struct incident i;
	struct party p;

	TRY(party_of_path(w, &i, &p));
	fill(w, &p);
	return form_page(w, &i, &p);
}

static enum err
take_off(struct web *w, const struct incident *i, const struct party *p)
{
	struct value *v = value_object(w->a);
	int64_t undo;

	value_set_int(w->a, v, "incident", i->id);
	value_set_int(w->a, v, "party", p->id);
	TRY(party_remove(w->db, w->a, p, web_actor(w)));
	TRY(web_add_undo(w, "party.remove", v, &undo));
	return web_redirect(w, incident_href(w, i, "#parties"), N_("The party is off the incident; its thread stays"), undo);
}

static enum err
save(struct web *w)
{
	struct incident i;
	struct party p, typed;

	TRY(party_of_path(w, &i, &p));
	if (strcmp(web_form(w, "act"), "remove") == 0)
		return take_off(w, &i, &p);
	typed = p;
	read_form(w, &typed);
	typed.version = web_form_int(w, "version", 1, INT64_MAX, p.version);
	if (typed.version != p.version) {
		if (w->json)
			return ERR_CONFLICT;
		web_problem(w, "org",
		    N_("Somebody changed this party meanwhile. Your words stand below; save again to keep them."));
		typed.version = p.version;
	}
	if (problems_any(&w->problems))
		return form_page(w, &i, &typed);
	TRY(pgp_key_keep(w, &typed.key_id));
	TRY(party_change(w->db, w->a, &typed, web_actor(w)));
	return web_redirect(w, incident_href(w, &i, "#parties"), N_("Saved"), 0);
}

static enum err
undo_remove(struct web *w, const struct value *payload)
{
	struct incident i;
	struct party p;
	bool visible;

	TRY(incident_get(w->db, w->a, value_integer(value_get(payload, "incident")), &i));
	TRY(incident_visible(w->db, &i, w->user, &visible));
	if (!visible)
		return ERR_NOT_FOUND;
	TRY(party_get(w->db, w->a, i.id, value_integer(value_get(payload, "party")), &p));
	TRY(party_restore(w->db, w->a, &p, web_actor(w)));
	return web_redirect(w, incident_href(w, &i, "#parties"), N_("Taken back"), 0);
}

const struct web_undo party_undos[] = {
	{ "party.remove", PERM_INCIDENT_EDIT, undo_remove },
	{ 0 },
};

const struct web_route party_routes[] = {
	{ WEB_GET, "/incidents/:ref/parties/new", PERM_INCIDENT_EDIT, show_new, 0, "The form of a new party" },
	{ WEB_POST, "/incidents/:ref/parties", PERM_INCIDENT_EDIT, add, 0,
	    "Add a party: role, org, name, email, phone, cc, asset_cc, lang, zone, note, pgp_key", pgp_key_ask },
	{ WEB_GET, "/incidents/:ref/parties/:id/edit", PERM_INCIDENT_EDIT, show, 0, "The form of a party" },
	{ WEB_POST, "/incidents/:ref/parties/:id/edit", PERM_INCIDENT_EDIT, save, 0,
	    "Change a party, or act = remove; version", pgp_key_ask },
	{ 0 },
};
