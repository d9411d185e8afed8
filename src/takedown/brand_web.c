/* SPDX-License-Identifier: Apache-2.0 */
/* brand_web.c - what phishing imitates: names, origin, sector, owner. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "directory/contact_store.h"
#include "directory/organisation.h"
#include "directory/organisation_store.h"
#include "takedown/board_page.h"
#include "takedown/brand_store.h"
#include "takedown/mailing.h"
#include "takedown/owner_store.h"
#include "takedown/picture_page.h"

#define ROWS 100
#define NOTICES 20

static const char *const notices[] = { "at-once", "daily", NULL };

/* How many sites each has, from the board: those that the viewer may see. */
static enum err
set_counts(struct web *w, struct brand *brand, size_t n)
{
	struct board_filter *f = arena_many(w->a, struct board_filter, 32);
	const struct board_filter *each[32];
	struct board_hidden hidden;
	struct problems ignored;
	struct board *b;
	int64_t count[32];

	problems_init(&ignored, w->a);
	TRY(site_page_board(w, &b));
	TRY(board_hidden(w->db, w->a, w->user, &hidden));
	for (size_t at = 0; at < n; at += 16) {
		size_t some = n - at < 16 ? n - at : 16;

		for (size_t i = 0; i < some * 2; i++) {
			TRY(board_filter_read(w->a, i % 2 == 0 ? STR("state=all") : STR("state=live"), 0, 0, &ignored, &f[i]));
			f[i].brand = brand[at + i / 2].id;
			each[i] = &f[i];
		}
		board_count(b, each, some * 2, hidden, w->now, count);
		for (size_t i = 0; i < some; i++) {
			brand[at + i].sites = count[i * 2];
			brand[at + i].live = count[i * 2 + 1];
		}
	}
	return OK;
}

static void
set_brand(struct web *w, struct value *o, const struct brand *b)
{
	value_set_int(w->a, o, "id", b->id);
	value_set_text(w->a, o, "name", b->name);
	value_set_text(w->a, o, "origin", b->origin);
	value_set_text(w->a, o, "sector", b->sector);
	value_set_text(w->a, o, "organisation", b->organisation);
	value_set_id(w->a, o, "organisation_id", b->organisation_id);
	value_set_bool(w->a, o, "watched", b->watched);
	value_set_text(w->a, o, "notice", b->notice);
	value_set_int(w->a, o, "notice_hour", b->notice_hour);
	value_set_id(w->a, o, "contact_id", b->contact_id);
	value_set_bool(w->a, o, "clear", b->clear);
	value_set_int(w->a, o, "sites", b->sites);
	value_set_int(w->a, o, "live", b->live);
	value_set_int(w->a, o, "version", b->version);
	value_set_text(w->a, o, "@href", arena_printf(w->a, "/takedowns/brands/%lld", (long long)b->id));
	value_set_text(w->a, o, "@sites_href", arena_printf(w->a, "/takedowns?state=all&brand=%lld", (long long)b->id));
	value_set_text(w->a, o, "@origin_text", site_page_word(w, site_origins, b->origin));
	value_set_text(w->a, o, "@sector_text", site_page_word(w, organisation_sectors, b->sector));
	value_set_text(w->a, o, "@sites", i18n_number(w->a, b->sites));
	value_set_text(w->a, o, "@live", i18n_number(w->a, b->live));
}

static enum err
list(struct web *w)
{
	struct web_list l = web_list(w, ROWS);
	const char *q = web_query(w, "q");
	struct value *items = value_list(w->a);
	struct brand *brand;
	int64_t total;
	size_t n;

	TRY(brand_list(w->db, w->a, q, l.offset, l.limit, &brand, &n, &total));
	TRY(set_counts(w, brand, n));
	web_set_pages(w, l, total, false);
	value_set(w->a, w->data, "items", items);
	for (size_t i = 0; i < n; i++)
		set_brand(w, value_add_object(w->a, items), &brand[i]);
	value_set_text(w->a, w->ui, "q", q);
	value_set_bool(w->a, w->ui, "has_items", n > 0);
	return web_page(w, "brands", N_("Brands"));
}

static enum err
brand_of_path(struct web *w, struct brand *ret)
{
	int64_t id;

	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	return brand_get(w->db, w->a, id, ret);
}

static void
option(struct web *w, struct value *list, const char *value, const char *label, bool selected)
{
	struct value *o = value_add_object(w->a, list);

	value_set_text(w->a, o, "value", value);
	value_set_text(w->a, o, "label", label);
	value_set_bool(w->a, o, "selected", selected);
}

/* Whom, when; and what was told so far. */
static enum err
set_notices(struct web *w, const struct brand *b)
{
	struct value *who = value_set_list(w->a, w->ui, "@contacts"), *when = value_set_list(w->a, w->ui, "@notices"),
		     *hours = value_set_list(w->a, w->ui, "@hours"), *told = value_set_list(w->a, w->data, "told");
	struct contact *list;
	size_t n;

	option(w, who, "", web_tr(w, NULL, N_("the first with a mail address")), b->contact_id == 0);
	TRY(contact_list(w->db, w->a, b->organisation_id, &list, &n));
	for (size_t i = 0; i < n; i++) {
		const struct contact *c = &list[i];

		if (c->email != NULL && *c->email != '\0' && !c->do_not_contact)
			option(w, who, arena_printf(w->a, "%lld", (long long)c->id),
			    c->name == NULL ? c->email : arena_printf(w->a, "%s <%s>", contact_shown(c, w->lang == LANG_EN), c->email),
			    c->id == b->contact_id);
	}
	option(w, when, "at-once", web_tr(w, NULL, N_("at once")), strcmp(b->notice, "at-once") == 0);
	option(w, when, "daily", web_tr(w, NULL, N_("once a day")), strcmp(b->notice, "daily") == 0);
	for (int64_t h = 0; h < 24; h++)
		option(w, hours, arena_printf(w->a, "%lld", (long long)h), arena_printf(w->a, "%02lld:00", (long long)h),
		    h == b->notice_hour);
	TRY(owner_list(w->db, w->a, b->id, NOTICES, told));
	for (size_t i = 0; i < value_count(told); i++) {
		struct value *o = value_item(told, i);
		int64_t sites = value_integer(value_get(o, "sites"));

		web_set_time(w, o, "at", value_integer(value_get(o, "at")));
		value_set_text(w->a, o, "@state_text",
		    value_integer(value_get(o, "blocked")) > 0
			? web_tr(w, NULL, N_("Not sent"))
			: web_tr(w, NULL, word_label(mailing_states, value_cstr(value_get(o, "state")))));
		value_set_text(w->a, o, "@sites_text",
		    i18n_fill(w->a, i18n_plural(w->lang, NULL, "{n} site", "{n} sites", sites),
			I18N_ARGS({ "n", i18n_number(w->a, sites) })));
		value_set_text(w->a, o, "@href",
		    auth_allows(&w->auth, PERM_SEND)
			? arena_printf(w->a, "/takedowns/notify/%lld", (long long)value_integer(value_get(o, "id")))
			: NULL);
	}
	value_set_bool(w->a, w->ui, "has_told", value_count(told) > 0);
	return OK;
}

static enum err
model(struct web *w, const struct brand *b)
{
	const char *here = arena_printf(w->a, "/takedowns/brands/%lld/picture", (long long)b->id);

	set_brand(w, w->data, b);
	value_set_text(w->a, w->data, "aliases", b->aliases);
	value_set_text(w->a, w->data, "note", b->note);
	web_fill(w, "name", b->name);
	web_fill(w, "aliases", b->aliases);
	web_fill(w, "note", b->note == NULL ? "" : b->note);
	web_fill(w, "organisation", b->organisation == NULL ? "" : b->organisation);
	site_page_options(w, "@origins", site_origins, NULL, b->origin);
	site_page_options(w, "@sectors", organisation_sectors, web_tr(w, NULL, N_("unknown")), b->sector);
	value_set_bool(w->a, w->ui, "may_edit", auth_allows(&w->auth, PERM_INCIDENT_EDIT));
	TRY(set_notices(w, b));
	value_set_text(w->a, w->ui, "picture_action", here);
	TRY(picture_page_set(w, w->data, "picture", b->reference_id, here,
	    web_trf(w, NULL, N_("The genuine page of {brand}"), I18N_ARGS({ "brand", b->name }))));
	if (picture_page_waits(w->data))
		web_header(w, "Refresh", "2");
	return OK;
}

static enum err
show(struct web *w)
{
	struct brand b;

	TRY(brand_of_path(w, &b));
	TRY(set_counts(w, &b, 1));
	TRY(model(w, &b));
	return web_again(w, "brand", N_("Brand"));
}

/* By its name in the directory; 0 for none. */
static enum err
need_owner(struct web *w, struct brand *b)
{
	const char *name = web_line(w, "organisation", LIMIT_NAME);

	b->organisation_id = 0;
	if (*name == '\0')
		return OK;
	TRY(brand_owner(w->db, w->a, name, &b->organisation_id));
	if (b->organisation_id == 0)
		web_problem(w, "organisation", N_("The directory has no organisation of this name."));
	return OK;
}

/* Whether, whom and when. A contact of another organisation is none. */
static enum err
read_notices(struct web *w, struct brand *b)
{
	struct contact c;

	b->watched = web_form_ticked(w, "watched", b->watched);
	b->clear = web_form_ticked(w, "clear", b->clear);
	b->notice_hour = web_form_int(w, "notice_hour", 0, 23, b->notice_hour);
	if (web_form_has(w, "notice"))
		b->notice = web_choice(w, "notice", notices, true);
	if (web_form_has(w, "contact_id"))
		b->contact_id = web_form_int(w, "contact_id", 1, INT64_MAX, 0);
	if (b->contact_id != 0) {
		enum err e = contact_get(w->db, w->a, b->contact_id, &c);

		if (e != OK && e != ERR_NOT_FOUND)
			return e;
		if (e != OK || c.organisation_id != b->organisation_id || c.removed_at != 0)
			b->contact_id = 0;
	}
	if (!b->watched)
		return OK;
	enum err e = owner_contact(w->db, w->a, b, &c);

	if (e == ERR_NOT_FOUND)
		web_problem(w, "watched",
		    N_("The directory has no mail address of its owner. Name the owner, and give it a contact there."));
	else
		return e;
	return OK;
}

static enum err
change(struct web *w)
{
	struct brand b;
	enum err e = OK;

	TRY(brand_of_path(w, &b));
	b.version = web_form_int(w, "version", 0, INT64_MAX, b.version);
	if (web_form_has(w, "name"))
		b.name = web_need_line(w, "name", LIMIT_NAME);
	if (web_form_has(w, "aliases"))
		b.aliases = web_body(w, "aliases", 20000);
	if (web_form_has(w, "note"))
		b.note = web_body(w, "note", 10000);
	if (web_form_has(w, "organisation"))
		TRY(need_owner(w, &b));
	if (web_form_has(w, "origin") && word_has(site_origins, web_form(w, "origin")))
		b.origin = web_form(w, "origin");
	if (web_form_has(w, "sector") && (*web_form(w, "sector") == '\0' || word_has(organisation_sectors, web_form(w, "sector"))))
		b.sector = web_form(w, "sector");
	static const char *const about_notices[] = { "watched", "contact_id", "notice", "notice_hour", "clear", "organisation" };

	for (size_t i = 0; i < COUNT(about_notices); i++) {
		if (web_form_has(w, about_notices[i])) {
			TRY(read_notices(w, &b));
			break;
		}
	}
	if (!problems_any(&w->problems))
		e = brand_change(w->db, w->a, &b, web_actor(w));
	if (e == ERR_EXISTS)
		web_problem(w, "name", N_("Another brand has this name or one of these other names."));
	else if (e == ERR_CONFLICT)
		web_problem(w, "", N_("Somebody else changed this in the meantime. Look at it and save again."));
	else
		TRY(e);
	if (problems_any(&w->problems)) {
		TRY(model(w, &b));
		return web_again(w, "brand", N_("Brand"));
	}
	return web_redirect(w, arena_printf(w->a, "/takedowns/brands/%lld", (long long)b.id), N_("Saved"), 0);
}

static enum err
add(struct web *w)
{
	const char *name = web_need_line(w, "name", LIMIT_NAME);
	int64_t id;

	if (problems_any(&w->problems))
		return w->json ? ERR_INVALID : web_redirect(w, "/takedowns/brands", w->problems.first->message, 0);
	TRY(brand_need(w->db, w->a, name, web_actor(w), &id));
	value_set_int(w->a, w->data, "id", id);
	return web_created(w, arena_printf(w->a, "/takedowns/brands/%lld", (long long)id), N_("Saved"));
}

const struct web_route brand_routes[] = {
	{ WEB_GET, "/takedowns/brands", PERM_INCIDENT_READ, list, 0, "Brands: q, page, limit" },
	{ WEB_POST, "/takedowns/brands", PERM_INCIDENT_EDIT, add, 0, "Add a brand: name; one that is there already is found" },
	{ WEB_GET, "/takedowns/brands/:id", PERM_INCIDENT_READ, show, 0, "One brand" },
	{ WEB_POST, "/takedowns/brands/:id", PERM_INCIDENT_EDIT, change, 0,
	    "Change a brand: name, aliases (lines), origin, sector, organisation (its name), watched, contact_id, notice (at-once, daily), "
	    "notice_hour, clear, note, version" },
	{ 0 },
};
