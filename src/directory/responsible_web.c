/* SPDX-License-Identifier: Apache-2.0 */
/* responsible_web.c - /directory/lookup: who is responsible for an address, a
 * host, a URL, an AS number, by our own directory. Nothing is asked outside. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "directory/country.h"
#include "directory/directory_web.h"
#include "directory/host.h"
#include "directory/responsible_store.h"

#define TITLE N_("Who is responsible?")

enum sure { CERTAIN, LIKELY, POSSIBLE };
static const char *const sure_names[] = { "certain", "likely", "possible" };
static const char *const sure_states[] = { "good", "soon", "plain" };
static const char *const sure_labels[] = { NC_("sure", "certain"), NC_("sure", "likely"), NC_("sure", "possible") };

static enum err
add_answer(struct web *w, const struct responsible_scope *s, enum sure sure, const char *why)
{
	struct value *o, *contacts;
	struct organisation org;
	struct contact *c;
	size_t n;

	TRY(organisation_get(w->db, w->a, s->organisation, &org));
	o = value_add_object(w->a, value_child(w->data, "items"));
	value_set_int(w->a, o, "organisation_id", org.id);
	value_set_text(w->a, o, "organisation", org.name);
	value_set_bool(w->a, o, "member", s->member);
	value_set_text(w->a, o, "authority", org.authority);
	value_set_text(w->a, o, "scope_kind", s->kind);
	value_set_text(w->a, o, "scope", arena_dup(w->a, s->value));
	value_set_text(w->a, o, "sure", sure_names[sure]);
	value_set_text(w->a, o, "@shown", directory_name(w, &org));
	value_set_text(w->a, o, "@href", directory_href(w, org.id, ""));
	value_set_text(w->a, o, "@kind_text", directory_word(w, organisation_kinds, org.kind));
	value_set_text(w->a, o, "@authority_text",
	    org.member ? directory_word(w, organisation_authorities, org.authority) : NULL);
	value_set_bool(w->a, o, "@historical", org.historical);
	directory_badge(w, o, "@sure_badge", sure_states[sure], web_tr(w, "sure", sure_labels[sure]));
	value_set_text(w->a, o, "@why",
	    i18n_fill(w->a, web_tr(w, NULL, why),
		I18N_ARGS({ "scope",
		    strcmp(s->kind, "asn") == 0	      ? arena_printf(w->a, "AS%s", s->value)
		    : strcmp(s->kind, "country") == 0 ? country_name(w->lang, s->value)
						      : arena_dup(w->a, s->value) })));
	contacts = value_set_list(w->a, o, "contacts");
	TRY(contact_list(w->db, w->a, org.id, &c, &n));
	for (size_t i = 0; i < n && i < 5; i++) {
		if (!c[i].do_not_contact)
			TRY(directory_set_contact(w, value_add_object(w->a, contacts), &c[i]));
	}
	return OK;
}

static enum err
add_answers(struct web *w, const struct responsible_scope *s, size_t n, enum sure member, const char *why)
{
	for (size_t i = 0; i < n; i++)
		TRY(add_answer(w, &s[i], s[i].member ? member : (enum sure)(member + (member < POSSIBLE)), why));
	return OK;
}

static enum err
answer(struct web *w, const struct responsible *r, const struct host *h)
{
	const struct responsible_scope *s;
	const char *cc = NULL;
	size_t n = 0;

	if (h->kind == HOST_AS) {
		s = responsible_as(r, h->as_number, &n);
		TRY(add_answers(w, s, n, CERTAIN, N_("its own AS number, {scope}")));
	}
	if (h->kind == HOST_ADDRESS || h->kind == HOST_NETWORK || h->is_address) {
		s = responsible_address(r, h->kind == HOST_NETWORK ? &h->net.ip : &h->ip, &n);
		TRY(add_answers(w, s, n, CERTAIN, N_("the narrowest network around it, {scope}")));
	}
	if (h->name.n > 0) {
		s = responsible_name(r, h->name, &n);
		TRY(add_answers(w, s, n, CERTAIN, N_("the domain that it lies in, {scope}")));
	}
	/* The top-level domain of a country: its national CSIRT may know. */
	if (h->tld.n == 2) {
		char code[3] = { (char)(h->tld.p[0] - 'a' + 'A'), (char)(h->tld.p[1] - 'a' + 'A'), '\0' };

		cc = strcmp(code, "UK") == 0 ? "GB" : country_find(code) == NULL ? NULL : country_find(code)->code;
	}
	if (cc != NULL) {
		s = responsible_exact(r, "country", str_of(cc), &n);
		TRY(add_answers(w, s, n, POSSIBLE, N_("the CSIRT for the country of its top-level domain, {scope}")));
	}
	return OK;
}

static enum err
lookup(struct web *w)
{
	const char *q = web_query(w, "q");
	const struct responsible *r;
	struct host h;
	enum err e;

	(void)value_set_list(w->a, w->data, "items");
	value_set_text(w->a, w->ui, "q", q);
	directory_tabs(w, "/directory/lookup");
	if (str_trim(str_of(q)).n == 0)
		return w->json ? ERR_INVALID : web_page(w, "lookup", TITLE);
	e = host_parse(w->a, str_of(q), &h);
	if (e != OK) {
		web_problem(w, "q", N_("This is no address, host, URL, network or AS number."));
		return w->json ? ERR_INVALID : web_again(w, "lookup", TITLE);
	}
	value_set_text(w->a, w->data, "kind", host_kind_name(h.kind));
	value_set_str(w->a, w->data, "host", h.name);
	value_set_str(w->a, w->data, "domain", h.registry_domain);
	value_set_bool(w->a, w->ui, "asked", true);
	value_set_text(w->a, w->ui, "shown", url_defang(w->a, str_trim(str_of(q))));
	struct value *warnings = value_set_list(w->a, w->ui, "warnings");
	unsigned bits = h.warnings;

	for (const char *m = host_warning(&bits); m != NULL; m = host_warning(&bits))
		value_add_text(w->a, warnings, web_tr(w, NULL, m));
	TRY(responsible_take(w->db, &r));
	e = answer(w, r, &h);
	responsible_give(r);
	TRY(e);
	value_set_int(w->a, w->data, "total", (int64_t)value_count(value_get(w->data, "items")));
	value_set_bool(w->a, w->ui, "has_items", value_count(value_get(w->data, "items")) > 0);
	return web_page(w, "lookup", TITLE);
}

const struct web_route responsible_routes[] = {
	{ WEB_GET, "/directory/lookup", PERM_DIRECTORY_READ, lookup, 0,
	    "Who is responsible, by the directory alone: q = address, host, URL, network, AS number" },
	{ 0 },
};
