/* SPDX-License-Identifier: Apache-2.0 */
/* history_web.c - the journal of an organisation as sentences. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "directory/country.h"
#include "directory/directory_web.h"

static const struct {
	const char *action;
	const char *text; /* msgid, context "directory"; {places} are payload members */
} sentences[] = {
	{ "organisation.add", NC_("directory", "Entered") },
	{ "organisation.change", NC_("directory", "Facts changed") },
	{ "organisation.remove", NC_("directory", "Taken off the directory") },
	{ "organisation.restore", NC_("directory", "Put back into the directory") },
	{ "contact.add", NC_("directory", "Contact added: {who}") },
	{ "contact.change", NC_("directory", "Contact changed: {who}") },
	{ "contact.move", NC_("directory", "Order of the contacts changed: {who}") },
	{ "contact.remove", NC_("directory", "Contact removed: {who}") },
	{ "contact.restore", NC_("directory", "Contact put back: {who}") },
	{ "contact.test", NC_("directory", "Contact test begun: {who}") },
	{ "contact.test-answer", NC_("directory", "The contact works: {who}") },
	{ "contact.test-fail", NC_("directory", "The contact test went wrong: {who}") },
	{ "contact.confirm", NC_("directory", "The entries were confirmed by {who}") },
	{ "contact.choose", NC_("directory", "Contact chosen: {who}") },
	{ "contact.wrong", NC_("directory", "Contact said to be wrong: {who}") },
	{ "contact.forget", NC_("directory", "Choice of a contact forgotten: {who}") },
	{ "contact.key", NC_("directory", "Key of {who} fetched") },
	{ "scope.add", NC_("directory", "Responsible for {value}") },
	{ "scope.remove", NC_("directory", "No longer responsible for {value}") },
	{ "membership.add", NC_("directory", "Membership added: {community} ({role})") },
	{ "membership.change", NC_("directory", "Membership changed: {community} ({role})") },
	{ "membership.remove", NC_("directory", "Membership removed: {community} ({role})") },
	{ "agreement.add", NC_("directory", "Agreement added: {title}") },
	{ "agreement.change", NC_("directory", "Agreement changed: {title}") },
	{ "agreement.remove", NC_("directory", "Agreement removed: {title}") },
	{ "agreement.restore", NC_("directory", "Agreement put back: {title}") },
	{ "relation.put", NC_("directory", "Relation noted: {relation} {with}") },
	{ "relation.remove", NC_("directory", "Relation removed: {relation} {with}") },
};

static const struct web_option fields[] = {
	{ "name", N_("Name") },
	{ "name_en", N_("Name in English") },
	{ "kana", N_("Furigana") },
	{ "kind", N_("Type") },
	{ "cc", N_("Country") },
	{ "sector", N_("Sector") },
	{ "lang", N_("Language") },
	{ "zone", N_("Time zone") },
	{ "parent_id", N_("Part of") },
	{ "url", N_("Web site") },
	{ "address", N_("Postal address") },
	{ "member", N_("Member of our constituency") },
	{ "authority", N_("Our authority over it") },
	{ "trust", N_("Trust") },
	{ "max_tlp", N_("At most we send") },
	{ "formats", N_("Formats it takes") },
	{ "business_days", N_("Answers on business days only") },
	{ "scope", N_("Whom it serves") },
	{ "mission", N_("Mission") },
	{ "capabilities", N_("What it can do for us") },
	{ "offers", N_("What we can do for it") },
	{ "legal", N_("Legal framework") },
	{ "note", N_("Note") },
	{ "historical", N_("Historical") },
	{ 0 },
};

/* A stored value as people read it. */
static const char *
fact(struct web *w, const char *name, const char *s)
{
	struct organisation o;
	int64_t id;

	if (strcmp(name, "member") == 0 || strcmp(name, "business_days") == 0 || strcmp(name, "historical") == 0)
		return *s == '1' ? web_tr(w, NULL, N_("yes")) : web_tr(w, NULL, N_("no"));
	if (*s == '\0')
		return "—";
	if (strcmp(name, "kind") == 0)
		return directory_word(w, organisation_kinds, s);
	if (strcmp(name, "sector") == 0)
		return directory_word(w, organisation_sectors, s);
	if (strcmp(name, "authority") == 0)
		return directory_word(w, organisation_authorities, s);
	if (strcmp(name, "trust") == 0)
		return directory_trust(w, s);
	if (strcmp(name, "formats") == 0)
		return directory_words(w, organisation_formats, s);
	if (strcmp(name, "cc") == 0)
		return country_name(w->lang, s);
	if (strcmp(name, "parent_id") == 0 && str_int(str_of(s), 1, INT64_MAX, &id) &&
	    organisation_get(w->db, w->a, id, &o) == OK)
		return directory_name(w, &o);
	struct str cut = utf8_take(str_of(s), 200);

	return cut.n == strlen(s) ? s : arena_printf(w->a, "%.*s…", STR_F(cut));
}

static const char *
changes(struct web *w, const struct value *changed)
{
	struct buf *b = buf_new(w->a, LIMIT_KIB(64));

	for (size_t i = 0; i < value_count(changed); i++) {
		const char *name = value_key(changed, i);
		const struct value *v = value_member(changed, i);

		for (const struct web_option *f = fields; f->value != NULL; f++) {
			if (strcmp(f->value, name) == 0)
				buf_printf(b, "%s%s: %s → %s", b->n > 0 ? "\n" : "", web_tr(w, NULL, f->label),
				    fact(w, name, value_cstr(value_get(v, "from"))),
				    fact(w, name, value_cstr(value_get(v, "to"))));
		}
	}
	return buf_cstr(w->a, b);
}

static const char *
first_of(const struct value *p, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *s = value_cstr(value_get(p, names[i]));

		if (*s != '\0')
			return s;
	}
	return "—";
}

static const char *
scope_text(struct web *w, const struct value *p)
{
	const char *s = value_cstr(value_get(p, "value"));

	return strcmp(value_cstr(value_get(p, "kind")), "asn") == 0 ? arena_printf(w->a, "AS%s", s) : s;
}

static const char *
sentence(struct web *w, const char *action, const struct value *p)
{
	static const char *const who[] = { "name", "email", "phone" };
	static const char *const our_team[] = { "with" };
	const char *text = NULL, *with = first_of(p, our_team, 1);

	for (size_t i = 0; i < COUNT(sentences); i++) {
		if (strcmp(sentences[i].action, action) == 0)
			text = sentences[i].text;
	}
	if (text == NULL)
		return action;
	return web_trf(w, "directory", text,
	    I18N_ARGS({ "who", first_of(p, who, COUNT(who)) }, { "value", scope_text(w, p) },
		{ "community", value_cstr(value_get(p, "community")) },
		{ "role", directory_word(w, relation_memberships, value_cstr(value_get(p, "role"))) },
		{ "title", value_cstr(value_get(p, "title")) },
		{ "relation", directory_word(w, relation_kinds, value_cstr(value_get(p, "relation"))) },
		{ "with", strcmp(with, "—") == 0 ? web_tr(w, NULL, N_("our team")) : with }));
}

static const char *
who_did(struct web *w, const char *name)
{
	if (strcmp(name, "system") == 0)
		return web_tr(w, "story", N_("The program"));
	if (strcmp(name, "import") == 0)
		return web_tr(w, "story", N_("By import"));
	if (strcmp(name, "outside") == 0 || strcmp(name, "mail") == 0)
		return web_tr(w, "story", N_("From outside"));
	return name;
}

enum err
directory_history(struct web *w, int64_t organisation, int limit)
{
	struct value *entries, *list = value_set_list(w->a, w->data, "history");

	TRY(journal_list(w->db, w->a, "organisation", organisation, 0, limit, &entries));
	for (size_t i = 0; i < value_count(entries); i++) {
		const struct value *e = value_at(entries, i), *p = value_get(e, "payload");
		const char *action = value_cstr(value_get(e, "action"));
		const char *why = value_cstr(value_get(p, "why"));
		struct value *o = value_add_object(w->a, list);

		directory_set_time(w, o, "at", value_integer(value_get(e, "at")));
		value_set_text(w->a, o, "actor", value_cstr(value_get(e, "actor_name")));
		value_set_text(w->a, o, "action", action);
		value_set_text(w->a, o, "@actor_text", who_did(w, value_cstr(value_get(e, "actor_name"))));
		value_set_text(w->a, o, "@text", sentence(w, action, p));
		value_set_text(w->a, o, "@more",
		    strcmp(action, "organisation.change") == 0 ? changes(w, value_get(p, "fields")) : why);
	}
	return OK;
}
