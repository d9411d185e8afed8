/* SPDX-License-Identifier: Apache-2.0 */
/* contact_web.c - contacts of an organisation: added, changed, moved, removed. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "directory/pgp_key_web.h"
#include "directory/certificate.h"
#include "directory/directory_web.h"
#include "directory/wkd_web.h"

#define TITLE N_("Contact")
#define TEST_DAYS_MOST 3650

static void
read_smime(struct web *w, struct contact *c)
{
	const char *text = web_body(w, "smime", LIMIT_KIB(64));

	if (strcmp(web_form(w, "smime_forget"), "1") == 0) {
		c->smime = NULL;
		c->smime_expires_at = 0;
	}
	if (str_trim(str_of(text)).n == 0)
		return;
	if (certificate_expiry(w->a, str_of(text), &c->smime_expires_at) != OK)
		web_problem(w, "smime",
		    N_("This is not a certificate. Paste the block from BEGIN CERTIFICATE to END CERTIFICATE."));
	else if (c->smime_expires_at <= w->now)
		web_problem(w, "smime", N_("This certificate has expired. Ask for a new one."));
	c->smime = text;
}

static void
read_form(struct web *w, struct contact *c)
{
	static const char *const langs[] = { "ja", "en", NULL };
	int64_t before = c->test_days, valid;

	c->purpose = directory_choice(w, "purpose", contact_purposes, true);
	c->name = web_line(w, "name", LIMIT_NAME);
	c->kana = web_line(w, "kana", LIMIT_NAME);
	c->romaji = web_line(w, "romaji", LIMIT_NAME);
	c->title = web_line(w, "title", LIMIT_NAME);
	c->email = web_line(w, "email", LIMIT_ADDRESS);
	c->phone = web_line(w, "phone", 100);
	c->fax = web_line(w, "fax", 100);
	c->url = web_line(w, "url", 1000);
	c->lang = web_choice(w, "lang", langs, false);
	c->hours = web_line(w, "hours", LIMIT_NAME);
	c->note = web_body(w, "note", LIMIT_KIB(16));
	c->do_not_contact = strcmp(web_form(w, "do_not_contact"), "1") == 0;
	valid = directory_day(w, "valid_until");
	c->valid_until = valid == 0 ? 0 : valid * CLOCK_DAY;
	if (*c->email != '\0' && !user_email_valid(str_of(c->email)))
		web_problem(w, "email", N_("This is not a mail address. Example: hanako@example.jp"));
	if (*c->url != '\0' && !str_starts(str_of(c->url), STR("https://")) && !str_starts(str_of(c->url), STR("http://")))
		web_problem(w, "url", N_("An address of a web site begins with https:// or http://."));
	if (*c->email == '\0' && *c->phone == '\0' && *c->url == '\0' && *c->fax == '\0')
		web_problem(w, "email", N_("How can it be reached? Enter a mail address, a phone number, a fax number or a form."));
	c->test_days = web_form_int(w, "test_days", 0, TEST_DAYS_MOST, -1);
	if (c->test_days < 0) {
		if (web_form_str(w, "test_days").n > 0)
			web_problem(w, "test_days", N_("A number of days from 0 (never) to 3650, please."));
		c->test_days = 0;
	}
	if (c->test_days > 0 && *c->email == '\0')
		web_problem(w, "test_days", N_("A test by schedule needs a mail address. Others are tested by phone."));
	if (c->test_days == 0)
		c->test_due_at = 0;
	else if (c->test_days != before || c->test_due_at == 0)
		c->test_due_at = (c->tested_at == 0 ? w->now : c->tested_at) + c->test_days * CLOCK_DAY;
	read_smime(w, c);
}

static enum err
store_key(struct web *w, struct contact *c)
{
	if (strcmp(web_form(w, "key_forget"), "1") == 0)
		c->key_id = 0;
	return pgp_key_keep(w, &c->key_id);
}

static enum err
form_page(struct web *w, const struct organisation *o, const struct contact *c)
{
	struct value *langs = value_set_list(w->a, w->ui, "@langs"), *v;

	directory_options(w, "@purposes", contact_purposes, NULL, c->purpose);
	directory_option(w, langs, "", web_tr(w, NULL, N_("as the organisation")), false);
	directory_option(w, langs, "ja", "日本語", c->lang != NULL && strcmp(c->lang, "ja") == 0);
	directory_option(w, langs, "en", "English", c->lang != NULL && strcmp(c->lang, "en") == 0);
	value_set_bool(w->a, w->ui, "@do_not_contact", c->do_not_contact);
	value_set_bool(w->a, w->ui, "existing", c->id != 0);
	value_set_int(w->a, w->ui, "version", c->version);
	value_set_text(w->a, w->ui, "back", directory_href(w, o->id, "#contacts"));
	value_set_text(w->a, w->ui, "shown", directory_name(w, o));
	value_set_text(w->a, w->ui, "action",
	    directory_href(w, o->id,
		c->id == 0 ? "/contacts" : arena_printf(w->a, "/contacts/%lld", (long long)c->id)));
	if (c->id != 0) {
		v = value_set_object(w->a, w->ui, "contact");
		TRY(directory_set_contact(w, v, c));
	}
	TRY(wkd_set(w, c));
	return web_again(w, "contact_edit", TITLE);
}

static enum err
contact_of_path(struct web *w, struct organisation *o, struct contact *c)
{
	TRY(directory_of_path(w, o));
	TRY(contact_get(w->db, w->a, directory_id(w, "contact"), c));
	return c->organisation_id == o->id && c->removed_at == 0 && o->removed_at == 0 ? OK : ERR_NOT_FOUND;
}

static enum err
show_new(struct web *w)
{
	struct organisation o;

	TRY(directory_of_path(w, &o));
	web_fill(w, "test_days", "0");
	return form_page(w, &o, &(struct contact){ .purpose = strcmp(o.kind, "csirt") == 0 ? "csirt" : "abuse" });
}

static enum err
add(struct web *w)
{
	struct contact c = { .source = "manual" }, *list;
	struct organisation o;
	size_t n;
	int64_t id;

	TRY(directory_of_path(w, &o));
	if (o.removed_at != 0)
		return ERR_CONFLICT;
	read_form(w, &c);
	c.organisation_id = o.id;
	if (problems_any(&w->problems))
		return form_page(w, &o, &c);
	TRY(store_key(w, &c));
	TRY(contact_list(w->db, w->a, o.id, &list, &n));
	c.position = n == 0 ? 0 : list[n - 1].position + 1;
	TRY(contact_add(w->db, w->a, &c, web_actor(w), &id));
	value_set_int(w->a, w->data, "id", id);
	return web_created(w, directory_href(w, o.id, "#contacts"), N_("Contact added"));
}

static enum err
show(struct web *w)
{
	struct organisation o;
	struct contact c;

	TRY(contact_of_path(w, &o, &c));
	web_fill(w, "name", c.name);
	web_fill(w, "kana", c.kana);
	web_fill(w, "romaji", c.romaji);
	web_fill(w, "title", c.title);
	web_fill(w, "email", c.email);
	web_fill(w, "phone", c.phone);
	web_fill(w, "fax", c.fax);
	web_fill(w, "url", c.url);
	web_fill(w, "hours", c.hours);
	web_fill(w, "note", c.note);
	web_fill(w, "test_days", arena_printf(w->a, "%lld", (long long)c.test_days));
	web_fill(w, "valid_until", directory_day_value(w, c.valid_until / CLOCK_DAY));
	return form_page(w, &o, &c);
}

static enum err
take_off(struct web *w, const struct contact *c)
{
	struct value *p = value_object(w->a);
	int64_t undo;

	value_set_int(w->a, p, "contact", c->id);
	TRY(contact_remove(w->db, w->a, c, web_actor(w)));
	TRY(web_add_undo(w, "contact.remove", p, &undo));
	return web_redirect(w, directory_href(w, c->organisation_id, "#contacts"), N_("Contact removed"), undo);
}

static enum err
save(struct web *w)
{
	const char *act = web_form(w, "act");
	struct organisation o;
	struct contact c, typed;

	TRY(contact_of_path(w, &o, &c));
	if (strcmp(act, "remove") == 0)
		return take_off(w, &c);
	if (strcmp(act, "up") == 0 || strcmp(act, "down") == 0) {
		TRY(contact_move(w->db, w->a, &c, strcmp(act, "up") == 0 ? 1 : -1, web_actor(w)));
		return web_redirect(w, directory_href(w, o.id, "#contacts"), N_("Order changed"), 0);
	}
	typed = c;
	read_form(w, &typed);
	typed.version = web_form_int(w, "version", 1, INT64_MAX, c.version);
	if (typed.version != c.version) {
		if (w->json)
			return ERR_CONFLICT;
		web_problem(w, "name",
		    N_("Somebody changed this meanwhile. Your words stand below; save again to keep them."));
		typed.version = c.version;
	}
	if (problems_any(&w->problems))
		return form_page(w, &o, &typed);
	TRY(store_key(w, &typed));
	TRY(contact_change(w->db, w->a, &typed, web_actor(w)));
	return web_redirect(w, directory_href(w, o.id, "#contacts"), N_("Saved"), 0);
}

static enum err
undo_remove(struct web *w, const struct value *p)
{
	struct contact c;

	TRY(contact_get(w->db, w->a, value_integer(value_get(p, "contact")), &c));
	TRY(contact_restore(w->db, w->a, &c, web_actor(w)));
	return web_redirect(w, directory_href(w, c.organisation_id, "#contacts"), N_("Taken back"), 0);
}

const struct web_undo contact_undos[] = {
	{ "contact.remove", PERM_DIRECTORY_EDIT, undo_remove },
	{ 0 },
};

#define FIELDS \
	"purpose, name, kana, romaji, title, email, phone, fax, url, lang, hours, pgp_key, smime, valid_until, " \
	"test_days, do_not_contact, note"

const struct web_route contact_routes[] = {
	{ WEB_GET, "/directory/:id/contacts/new", PERM_DIRECTORY_EDIT, show_new, 0, "The form of a new contact" },
	{ WEB_POST, "/directory/:id/contacts", PERM_DIRECTORY_EDIT, add, 0, "Add a contact: " FIELDS, pgp_key_ask },
	{ WEB_GET, "/directory/:id/contacts/:contact", PERM_DIRECTORY_EDIT, show, 0, "The form of a contact" },
	{ WEB_POST, "/directory/:id/contacts/:contact", PERM_DIRECTORY_EDIT, save, 0,
	    "Change a contact (" FIELDS ", version; act = save), or act = remove, up, down", pgp_key_ask },
	{ 0 },
};
