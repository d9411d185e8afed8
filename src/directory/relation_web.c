/* SPDX-License-Identifier: Apache-2.0 */
/* relation_web.c - what an organisation is responsible for, where it is a member,
 * what was agreed with it, how it stands to others: added, ended, removed. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "directory/directory_web.h"

#define SCOPES_AT_ONCE 1000

/* The organisation of the path, still in the directory. */
static enum err
present_one(struct web *w, struct organisation *o)
{
	TRY(directory_of_path(w, o));
	return o->removed_at == 0 ? OK : ERR_CONFLICT;
}

/* The page again with the form's details open and what was wrong. */
static enum err
again(struct web *w, const struct organisation *o, const char *form)
{
	struct value *open = value_set_object(w->a, w->ui, "open");

	value_set_bool(w->a, open, form, true);
	return directory_show(w, o);
}

static enum err
back(struct web *w, int64_t id, const char *anchor, const char *toast, int64_t undo)
{
	return web_redirect(w, directory_href(w, id, anchor), toast, undo);
}

/* Scopes */

/* Each line of the field is one; the wrong ones are named, and then none is added. */
static enum err
scope_lines(struct web *w, const struct organisation *o, struct scope **ret, size_t *ret_n)
{
	const char *kind = directory_choice(w, "kind", scope_kinds, true);
	const char *note = web_line(w, "scope_note", LIMIT_TITLE);
	struct str text = str_of(web_body(w, "value", LIMIT_KIB(64))), line;

	*ret = NULL;
	*ret_n = 0;
	while (str_line(&text, &line)) {
		const char *value;

		line = str_trim(line);
		if (line.n == 0)
			continue;
		if (*ret_n >= SCOPES_AT_ONCE) {
			web_problem(w, "value", N_("At most 1,000 lines at once. Longer lists: import them as CSV."));
			return OK;
		}
		if (scope_canonical(w->a, kind, line, &value) != OK) {
			problems_add(&w->problems, "value",
			    strcmp(kind, "prefix") == 0
				? N_("“{value}” is not a network. Example: 192.0.2.0/24; the bits behind the prefix are zero.")
			    : strcmp(kind, "asn") == 0    ? N_("“{value}” is not an AS number. Example: AS64500")
			    : strcmp(kind, "domain") == 0 ? N_("“{value}” is not a domain. Example: example.jp")
			    : strcmp(kind, "country") == 0
				? N_("“{value}” is not a country. Example: JP")
				: N_("“{value}” is not a name. Example: Example Bank"),
			    arena_cstr(w->a, utf8_take(line, 80)));
			continue;
		}
		*ret = arena_room(w->a, *ret, *ret_n, sizeof(**ret));
		(*ret)[(*ret_n)++] = (struct scope){
			.organisation_id = o->id,
			.kind = kind,
			.value = value,
			.note = *note == '\0' ? NULL : note,
		};
	}
	if (*ret_n == 0 && !problems_any(&w->problems))
		web_problem(w, "value", N_("Enter at least one line."));
	return OK;
}

static enum err
scopes_add(struct web *w)
{
	struct organisation o;
	struct scope *s;
	size_t n;

	TRY(present_one(w, &o));
	TRY(scope_lines(w, &o, &s, &n));
	if (problems_any(&w->problems))
		return again(w, &o, "scope");
	for (size_t i = 0; i < n; i++)
		TRY(scope_add(w->db, w->a, &s[i], web_actor(w)));
	return back(w, o.id, "#scopes", N_("Responsibility added"), 0);
}

static enum err
scopes_remove(struct web *w)
{
	int64_t id = directory_id(w, "scope"), undo;
	struct value *p = value_object(w->a);
	struct organisation o;
	struct scope *s;
	size_t n;

	TRY(present_one(w, &o));
	TRY(scope_list(w->db, w->a, o.id, &s, &n));
	for (size_t i = 0; i < n; i++) {
		if (s[i].id != id)
			continue;
		TRY(scope_remove(w->db, w->a, &s[i], web_actor(w)));
		value_set_int(w->a, p, "organisation", o.id);
		value_set_text(w->a, p, "kind", s[i].kind);
		value_set_text(w->a, p, "value", s[i].value);
		value_set_text(w->a, p, "note", s[i].note);
		TRY(web_add_undo(w, "scope.remove", p, &undo));
		return back(w, o.id, "#scopes", N_("Responsibility removed"), undo);
	}
	return ERR_NOT_FOUND;
}

static const char *
text_of(const struct value *p, const char *key)
{
	const struct value *v = value_get(p, key);

	return value_type(v) == VALUE_TEXT ? value_cstr(v) : NULL;
}

static int64_t
number_of(const struct value *p, const char *key)
{
	return value_integer(value_get(p, key));
}

static enum err
undo_scope(struct web *w, const struct value *p)
{
	struct scope s = {
		.organisation_id = number_of(p, "organisation"),
		.kind = text_of(p, "kind"),
		.value = text_of(p, "value"),
		.note = text_of(p, "note"),
	};

	TRY(scope_add(w->db, w->a, &s, web_actor(w)));
	return back(w, s.organisation_id, "#scopes", N_("Taken back"), 0);
}

/* Memberships */

static void
read_term(struct web *w, int64_t *ret_since, int64_t *ret_until)
{
	*ret_since = directory_day(w, "since");
	*ret_until = directory_day(w, "until");
	if (*ret_since != 0 && *ret_until != 0 && *ret_until < *ret_since)
		web_problem(w, "until", N_("The end lies before the beginning."));
}

static enum err
membership_add(struct web *w)
{
	struct relation_membership m = { 0 };
	struct organisation o, c = { 0 };
	int64_t id;

	TRY(present_one(w, &o));
	m.organisation_id = o.id;
	m.community_id = web_form_int(w, "community", 1, INT64_MAX, 0);
	m.role = directory_choice(w, "role", relation_memberships, true);
	m.note = web_line(w, "membership_note", LIMIT_TITLE);
	read_term(w, &m.since, &m.until);
	enum err e = organisation_get(w->db, w->a, m.community_id, &c);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	if (e != OK || strcmp(c.kind, "community") != 0 || c.removed_at != 0 || c.id == o.id)
		web_problem(w, "community", N_("This choice does not exist. Choose one of the list."));
	if (problems_any(&w->problems))
		return again(w, &o, "membership");
	TRY(relation_membership_add(w->db, w->a, &m, web_actor(w), &id));
	return back(w, o.id, "#memberships", N_("Membership added"), 0);
}

static enum err
membership_act(struct web *w)
{
	struct value *p = value_object(w->a);
	struct relation_membership m;
	struct organisation o;
	int64_t undo;

	TRY(present_one(w, &o));
	TRY(relation_membership_get(w->db, w->a, o.id, directory_id(w, "membership"), &m));
	if (strcmp(web_form(w, "act"), "end") == 0) {
		m.until = w->now / (24 * 60 * 60 * 1000);
		TRY(relation_membership_change(w->db, w->a, &m, web_actor(w)));
		return back(w, o.id, "#memberships", N_("Membership ended today"), 0);
	}
	TRY(relation_membership_remove(w->db, w->a, &m, web_actor(w)));
	value_set_int(w->a, p, "organisation", o.id);
	value_set_int(w->a, p, "community", m.community_id);
	value_set_text(w->a, p, "role", m.role);
	value_set_int(w->a, p, "since", m.since);
	value_set_int(w->a, p, "until", m.until);
	value_set_text(w->a, p, "note", m.note);
	TRY(web_add_undo(w, "membership.remove", p, &undo));
	return back(w, o.id, "#memberships", N_("Membership removed"), undo);
}

static enum err
undo_membership(struct web *w, const struct value *p)
{
	struct relation_membership m = {
		.organisation_id = number_of(p, "organisation"),
		.community_id = number_of(p, "community"),
		.role = text_of(p, "role"),
		.since = number_of(p, "since"),
		.until = number_of(p, "until"),
		.note = text_of(p, "note"),
	};
	int64_t id;

	TRY(relation_membership_add(w->db, w->a, &m, web_actor(w), &id));
	return back(w, m.organisation_id, "#memberships", N_("Taken back"), 0);
}

/* Agreements */

static void
read_agreement(struct web *w, struct relation_agreement *g)
{
	g->kind = directory_choice(w, "kind", relation_agreements, true);
	g->title = web_need_line(w, "title", LIMIT_NAME);
	g->scope = web_body(w, "agreement_scope", LIMIT_KIB(16));
	g->renewal = web_line(w, "renewal", LIMIT_TITLE);
	g->note = web_body(w, "agreement_note", LIMIT_KIB(16));
	g->signed_on = directory_day(w, "signed_on");
	g->expires_on = directory_day(w, "expires_on");
	if (g->signed_on != 0 && g->expires_on != 0 && g->expires_on < g->signed_on)
		web_problem(w, "expires_on", N_("The end lies before the beginning."));
}

static enum err
agreement_add(struct web *w)
{
	struct relation_agreement g = { 0 };
	struct organisation o;
	int64_t id;

	TRY(present_one(w, &o));
	g.organisation_id = o.id;
	read_agreement(w, &g);
	if (problems_any(&w->problems))
		return again(w, &o, "agreement");
	TRY(relation_agreement_add(w->db, w->a, &g, web_actor(w), &id));
	return back(w, o.id, "#agreements", N_("Agreement added"), 0);
}

/* Renewed until another day, or removed. */
static enum err
agreement_act(struct web *w)
{
	struct value *p = value_object(w->a);
	struct relation_agreement g;
	struct organisation o;
	int64_t undo;

	TRY(present_one(w, &o));
	TRY(relation_agreement_get(w->db, w->a, o.id, directory_id(w, "agreement"), &g));
	if (g.removed_at != 0)
		return ERR_NOT_FOUND;
	if (strcmp(web_form(w, "act"), "renew") == 0) {
		g.expires_on = directory_day(w, "renewed_until");
		if (g.expires_on == 0 && !problems_any(&w->problems))
			web_problem(w, "renewed_until", N_("Until which day?"));
		if (problems_any(&w->problems))
			return again(w, &o, "renew");
		TRY(relation_agreement_change(w->db, w->a, &g, web_actor(w)));
		return back(w, o.id, "#agreements", N_("Agreement renewed"), 0);
	}
	TRY(relation_agreement_remove(w->db, w->a, &g, true, web_actor(w)));
	value_set_int(w->a, p, "organisation", o.id);
	value_set_int(w->a, p, "agreement", g.id);
	TRY(web_add_undo(w, "agreement.remove", p, &undo));
	return back(w, o.id, "#agreements", N_("Agreement removed"), undo);
}

static enum err
undo_agreement(struct web *w, const struct value *p)
{
	struct relation_agreement g;

	TRY(relation_agreement_get(w->db, w->a, number_of(p, "organisation"), number_of(p, "agreement"), &g));
	TRY(relation_agreement_remove(w->db, w->a, &g, false, web_actor(w)));
	return back(w, g.organisation_id, "#agreements", N_("Taken back"), 0);
}

/* Relations */

static enum err
relation_add(struct web *w)
{
	const char *name;
	struct organisation o, other = { 0 };
	struct relation r = { 0 };

	TRY(present_one(w, &o));
	name = web_line(w, "with", LIMIT_NAME);
	r.kind = directory_choice(w, "kind", relation_kinds, true);
	r.trust = directory_choice(w, "trust", relation_trust, true);
	r.flows = directory_ticked(w, "flows", relation_flows);
	r.note = web_line(w, "relation_note", LIMIT_TITLE);
	r.to_id = o.id;
	if (*name != '\0') {
		enum err e = organisation_by_name(w->db, w->a, name, &other);

		if (e == ERR_NOT_FOUND)
			problems_add(&w->problems, "with",
			    N_("No organisation has the name “{value}”. Enter it first, or write its name in full."),
			    name);
		else if (e != OK)
			return e;
		else if (other.id == o.id)
			web_problem(w, "with", N_("These are the same organisation."));
		r.from_id = o.id;
		r.to_id = other.id;
	}
	if (problems_any(&w->problems))
		return again(w, &o, "relation");
	TRY(relation_put(w->db, w->a, o.id, &r, web_actor(w)));
	return back(w, o.id, "#relations", N_("Relation noted"), 0);
}

static enum err
relation_take(struct web *w)
{
	struct value *p = value_object(w->a);
	struct organisation o;
	struct relation r;
	int64_t undo;

	TRY(present_one(w, &o));
	TRY(relation_get(w->db, w->a, o.id, directory_id(w, "relation"), &r));
	TRY(relation_remove(w->db, w->a, o.id, &r, web_actor(w)));
	value_set_int(w->a, p, "organisation", o.id);
	value_set_int(w->a, p, "from", r.from_id);
	value_set_int(w->a, p, "to", r.to_id);
	value_set_text(w->a, p, "kind", r.kind);
	value_set_text(w->a, p, "trust", r.trust);
	value_set_text(w->a, p, "flows", r.flows);
	value_set_text(w->a, p, "note", r.note);
	TRY(web_add_undo(w, "relation.remove", p, &undo));
	return back(w, o.id, "#relations", N_("Relation removed"), undo);
}

static enum err
undo_relation(struct web *w, const struct value *p)
{
	struct relation r = {
		.from_id = number_of(p, "from"),
		.to_id = number_of(p, "to"),
		.kind = text_of(p, "kind"),
		.trust = text_of(p, "trust"),
		.flows = text_of(p, "flows"),
		.note = text_of(p, "note"),
	};

	TRY(relation_put(w->db, w->a, number_of(p, "organisation"), &r, web_actor(w)));
	return back(w, number_of(p, "organisation"), "#relations", N_("Taken back"), 0);
}

const struct web_undo relation_undos[] = {
	{ "scope.remove", PERM_DIRECTORY_EDIT, undo_scope },
	{ "membership.remove", PERM_DIRECTORY_EDIT, undo_membership },
	{ "agreement.remove", PERM_DIRECTORY_EDIT, undo_agreement },
	{ "relation.remove", PERM_DIRECTORY_EDIT, undo_relation },
	{ 0 },
};

const struct web_route relation_routes[] = {
	{ WEB_POST, "/directory/:id/scopes", PERM_DIRECTORY_EDIT, scopes_add, 0,
	    "Add what it is responsible for: kind, value (one a line), scope_note" },
	{ WEB_POST, "/directory/:id/scopes/:scope/remove", PERM_DIRECTORY_EDIT, scopes_remove, 0,
	    "It is responsible for this no longer" },
	{ WEB_POST, "/directory/:id/memberships", PERM_DIRECTORY_EDIT, membership_add, 0,
	    "Add a membership: community, role, since, until, membership_note" },
	{ WEB_POST, "/directory/:id/memberships/:membership", PERM_DIRECTORY_EDIT, membership_act, 0,
	    "A membership: act = end, remove" },
	{ WEB_POST, "/directory/:id/agreements", PERM_DIRECTORY_EDIT, agreement_add, 0,
	    "Add an agreement: kind, title, agreement_scope, signed_on, expires_on, renewal, agreement_note" },
	{ WEB_POST, "/directory/:id/agreements/:agreement", PERM_DIRECTORY_EDIT, agreement_act, 0,
	    "An agreement: act = renew (renewed_until), remove" },
	{ WEB_POST, "/directory/:id/relations", PERM_DIRECTORY_EDIT, relation_add, 0,
	    "Note a relation: with (a name; empty = our team), kind, trust, flows, relation_note" },
	{ WEB_POST, "/directory/:id/relations/:relation/remove", PERM_DIRECTORY_EDIT, relation_take, 0,
	    "Take a relation off" },
	{ 0 },
};
