/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/rdap.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "base/scan.h"
#include "text/i18n.h"
#include "text/value.h"

#define DEPTH 8 /* entities within entities */

/* What to ask, and whom */

enum err
rdap_path(struct arena *a, const struct host *h, const char **ret)
{
	if (h->kind == HOST_AS)
		*ret = arena_printf(a, "autnum/%u", h->as_number);
	else if (h->kind == HOST_NETWORK)
		*ret = arena_printf(a, "ip/%s/%u", ip_format(a, &h->net.ip), h->net.prefix);
	else if (h->is_address)
		*ret = arena_printf(a, "ip/%s", ip_format(a, &h->ip));
	else if (h->registry_domain.n > 0)
		*ret = arena_printf(a, "domain/%.*s", STR_F(h->registry_domain));
	else
		return ERR_INVALID;
	return OK;
}

const char *
rdap_bootstrap_file(const struct host *h)
{
	if (h->kind == HOST_AS)
		return "asn.json";
	if (!h->is_address)
		return "dns.json";
	return h->ip.v == 4 ? "ipv4.json" : "ipv6.json";
}

/* How well the entry ${key} fits; 0: not at all. */
static int
fits(const struct host *h, struct str key)
{
	struct ip_net net;
	uint32_t from, to;

	if (h->kind == HOST_AS) {
		size_t dash = str_find_char(key, '-', 0);

		if (host_as_parse(str_take(key, dash), &from) != OK)
			return 0;
		to = from;
		if (dash != SIZE_MAX && host_as_parse(str_skip(key, dash + 1), &to) != OK)
			return 0;
		return h->as_number >= from && h->as_number <= to;
	}
	if (h->is_address)
		return ip_net_parse(key, &net) == OK && ip_in(&net, &h->ip) ? net.prefix + 1 : 0;
	if (key.n == 0)
		return 1; /* the root */
	if (key.n > 253 || h->name.n < key.n)
		return 0;
	struct str end = str_skip(h->name, h->name.n - key.n);
	bool whole = h->name.n == key.n || h->name.p[h->name.n - key.n - 1] == '.';

	return whole && str_equal_case(end, key) ? (int)key.n + 1 : 0;
}

/* https before http, and only what may stand in a URL. */
static const char *
base_url(struct arena *a, const struct value *urls)
{
	struct url u;
	const char *found = NULL;

	for (size_t i = 0; i < value_count(urls); i++) {
		if (url_parse(a, value_str(value_at(urls, i)), &u) != OK || str_is(u.scheme, "ftp") ||
		    u.query.n > 0)
			continue;
		const char *text = url_format(a, &u);

		if (!str_ends(str_of(text), STR("/")))
			text = arena_printf(a, "%s/", text);
		if (str_is(u.scheme, "https"))
			return text;
		found = found == NULL ? text : found;
	}
	return found;
}

enum err
rdap_bootstrap(struct arena *a, struct str json, const struct host *h, const char **ret)
{
	struct value *file = NULL;
	const struct value *best = NULL;
	int best_fit = 0;

	if (json.n > LIMIT_RDAP)
		return ERR_LIMIT;
	TRY(value_parse(a, json, &file, NULL));
	const struct value *services = value_get(file, "services");

	if (value_type(services) != VALUE_LIST)
		return ERR_INVALID;
	for (size_t i = 0; i < value_count(services); i++) {
		const struct value *service = value_at(services, i);
		const struct value *names = value_at(service, 0);

		if (value_type(service) != VALUE_LIST)
			continue;
		for (size_t k = 0; k < value_count(names); k++) {
			int fit = fits(h, value_str(value_at(names, k)));

			if (fit > best_fit) {
				best_fit = fit;
				best = value_at(service, 1);
			}
		}
	}
	*ret = best == NULL ? NULL : base_url(a, best);
	return *ret == NULL ? ERR_NOT_FOUND : OK;
}

/* Answers */

/* A member as a list, a text, an object; another type is a fault. */
static const struct value *
member(struct found *f, const struct value *o, const char *key, enum value_type type)
{
	const struct value *v = value_get(o, key);

	if (v == NULL || value_type(v) == VALUE_NULL || value_type(v) == type)
		return value_type(v) == type ? v : NULL;
	if (type == VALUE_LIST)
		found_add_fault(f, N_("\"{value}\" is not an array."), str_of(key));
	else if (type == VALUE_OBJECT)
		found_add_fault(f, N_("\"{value}\" is not an object."), str_of(key));
	else
		found_add_fault(f, N_("\"{value}\" is not a text."), str_of(key));
	return NULL;
}

static const char *
text(struct found *f, const struct value *o, const char *key)
{
	return found_line(f->a, value_str(member(f, o, key, VALUE_TEXT)));
}

/* jCard values are texts or lists of them: the first that is not empty. */
static const char *
card_text(struct found *f, const struct value *v)
{
	if (value_type(v) == VALUE_TEXT)
		return found_line(f->a, value_str(v));
	for (size_t i = 0; value_type(v) == VALUE_LIST && i < value_count(v) && i < 20; i++) {
		const char *s = found_line(f->a, value_str(value_at(v, i)));

		if (s[0] != '\0')
			return s;
	}
	return "";
}

static void
card_property(struct found *f, const struct value *property, struct found_contact *c)
{
	struct str name = value_str(value_at(property, 0));
	const char *value = card_text(f, value_at(property, 3));
	struct str s = str_of(value);

	if (str_is_case(name, "fn") && c->name == NULL) {
		c->name = value;
	} else if (str_is_case(name, "org") && c->organisation == NULL) {
		c->organisation = value;
	} else if (str_is_case(name, "email") && c->email == NULL) {
		(void)str_eat_case(&s, STR("mailto:"));
		if (!found_email(f->a, &s, &c->email) && value[0] != '\0')
			found_add_fault(f, N_("\"{value}\" is no mail address."), str_of(value));
	} else if (str_is_case(name, "tel") && c->phone == NULL) {
		(void)str_eat_case(&s, STR("tel:"));
		c->phone = arena_cstr(f->a, s);
	} else if ((str_is_case(name, "contact-uri") || str_is_case(name, "url")) && c->url == NULL) {
		if (str_starts_case(s, STR("https://")) || str_starts_case(s, STR("http://")))
			c->url = value;
	} else if (str_is_case(name, "lang") && c->languages == NULL) {
		c->languages = value;
	}
}

static void
card(struct found *f, const struct value *entity, struct found_contact *c)
{
	const struct value *array = member(f, entity, "vcardArray", VALUE_LIST);
	const struct value *properties = value_at(array, 1);

	if (array == NULL)
		return;
	if (value_type(properties) != VALUE_LIST || !str_is_case(value_str(value_at(array, 0)), "vcard")) {
		found_add_fault(f, N_("\"{value}\" is not a jCard (RFC 7095 3.2)."), STR("vcardArray"));
		return;
	}
	for (size_t i = 0; i < value_count(properties) && i < 100; i++) {
		const struct value *property = value_at(properties, i);

		if (value_type(property) == VALUE_LIST && value_count(property) >= 4)
			card_property(f, property, c);
		else
			found_add_fault(f, N_("\"{value}\" is not a jCard (RFC 7095 3.2)."),
			    STR("vcardArray"));
	}
}

static enum found_role
role_of(struct str role)
{
	static const struct {
		const char *name;
		enum found_role role;
	} roles[] = { /* RFC 9083 10.2.4 */
		{ "abuse", FOUND_ABUSE },
		{ "noc", FOUND_NOC },
		{ "technical", FOUND_TECHNICAL },
		{ "administrative", FOUND_ADMINISTRATIVE },
		{ "registrant", FOUND_OWNER },
		{ "registrar", FOUND_REGISTRAR },
		{ "reseller", FOUND_REGISTRAR },
		{ "sponsor", FOUND_REGISTRAR },
		{ "billing", FOUND_BILLING },
	};

	for (size_t i = 0; i < COUNT(roles); i++) {
		if (str_is_case(role, roles[i].name))
			return roles[i].role;
	}
	return FOUND_OTHER;
}

static void entities(struct found *f, const struct value *o, bool of_registrar, int depth);

static void
entity(struct found *f, const struct value *o, bool of_registrar, int depth)
{
	struct found_contact c = { .email = NULL };
	const struct value *roles = member(f, o, "roles", VALUE_LIST);
	bool registrar = false, owner = false;

	card(f, o, &c);
	c.from = text(f, o, "handle");
	for (size_t i = 0; i < value_count(roles) && i < 20; i++) {
		c.role = role_of(value_str(value_at(roles, i)));
		registrar = registrar || c.role == FOUND_REGISTRAR;
		owner = owner || c.role == FOUND_OWNER;
		if (of_registrar)
			c.role = c.role == FOUND_ABUSE ? FOUND_REGISTRAR_ABUSE : FOUND_REGISTRAR;
		found_add(f, &c);
	}
	if (value_count(roles) == 0) {
		c.role = of_registrar ? FOUND_REGISTRAR : FOUND_OTHER;
		found_add(f, &c);
	}
	const char *name = c.organisation != NULL && c.organisation[0] != '\0' ? c.organisation : c.name;

	if (name != NULL && registrar && !of_registrar && f->registrar[0] == '\0')
		f->registrar = name;
	if (name != NULL && owner && !of_registrar && f->organisation[0] == '\0')
		f->organisation = name;
	entities(f, o, of_registrar || registrar, depth + 1);
}

static void
entities(struct found *f, const struct value *o, bool of_registrar, int depth)
{
	const struct value *list = member(f, o, "entities", VALUE_LIST);

	if (list != NULL && depth >= DEPTH) {
		found_add_fault(f, N_("Entities stand too deep inside each other: the rest was left out."),
		    STR_NULL);
		return;
	}
	for (size_t i = 0; i < value_count(list) && i < 4 * LIMIT_FOUND_CONTACTS; i++) {
		if (value_type(value_at(list, i)) == VALUE_OBJECT)
			entity(f, value_at(list, i), of_registrar, depth);
		else
			found_add_fault(f, N_("\"{value}\" is not an object."), STR("entities[]"));
	}
}

static void
events(struct found *f, const struct value *o)
{
	const struct value *list = member(f, o, "events", VALUE_LIST);

	for (size_t i = 0; i < value_count(list) && i < 200; i++) {
		const struct value *event = value_at(list, i);
		struct str action = value_str(value_get(event, "eventAction"));
		int64_t at;

		if (value_type(event) != VALUE_OBJECT) {
			found_add_fault(f, N_("\"{value}\" is not an object."), STR("events[]"));
			continue;
		}
		at = found_date(value_str(member(f, event, "eventDate", VALUE_TEXT)));
		if (str_is_case(action, "registration"))
			f->created_at = at;
		else if (str_is_case(action, "last changed"))
			f->changed_at = at;
		else if (str_is_case(action, "expiration"))
			f->expires_at = at;
	}
}

/* The registrar's own answer about the same domain (RFC 9083 4.2). */
static void
links(struct found *f, const struct value *o)
{
	const struct value *list = member(f, o, "links", VALUE_LIST);

	for (size_t i = 0; i < value_count(list) && i < 100; i++) {
		const struct value *link = value_at(list, i);
		const char *href = found_line(f->a, value_str(value_get(link, "href")));
		struct url u;

		if (str_is_case(value_str(value_get(link, "rel")), "related") &&
		    str_is_case(value_str(value_get(link, "type")), "application/rdap+json") &&
		    f->link[0] == '\0' && url_parse(f->a, str_of(href), &u) == OK &&
		    !str_is(u.scheme, "ftp"))
			f->link = href;
	}
}

static const char *
one_address(struct found *f, const struct value *o, const char *key)
{
	const char *s = text(f, o, key);
	struct str word = str_of(s);
	struct ip ip;

	/* Some write a prefix length behind it. */
	word = str_take(word, str_find_char(word, '/', 0));
	if (s[0] == '\0' || ip_parse(word, &ip) == OK)
		return arena_cstr(f->a, word);
	found_add_fault(f, N_("\"{value}\" is no address."), str_of(s));
	return "";
}

static void
network(struct found *f, const struct value *o)
{
	const char *from = one_address(f, o, "startAddress"), *to = one_address(f, o, "endAddress");

	f->object = "network";
	if (from[0] != '\0' && to[0] != '\0')
		f->range = arena_printf(f->a, "%s - %s", from, to);
}

static void
as_numbers(struct found *f, const struct value *o)
{
	const struct value *from = value_get(o, "startAutnum"), *to = value_get(o, "endAutnum");

	f->object = "as";
	if (value_type(from) != VALUE_INT || value_integer(from) < 0)
		return;
	f->range = value_type(to) == VALUE_INT && value_integer(to) > value_integer(from)
	    ? arena_printf(f->a, "AS%lld - AS%lld", (long long)value_integer(from),
		  (long long)value_integer(to))
	    : arena_printf(f->a, "AS%lld", (long long)value_integer(from));
}

static void
domain(struct found *f, const struct value *o)
{
	struct str name;
	const char *s = text(f, o, "ldhName");

	f->object = "domain";
	if (s[0] == '\0')
		s = text(f, o, "unicodeName");
	if (url_host(f->a, str_of(s), &name) == OK)
		f->domain = arena_cstr(f->a, name);
	/* A reverse domain names its network (RFC 9083 5.3). */
	const struct value *net = member(f, o, "network", VALUE_OBJECT);

	if (net != NULL) {
		network(f, net);
		f->object = "domain";
		entities(f, net, false, 1);
	}
}

static void
error(struct found *f, int64_t code, const struct value *o)
{
	f->state = code == 404 ? FOUND_NONE : code == 429 ? FOUND_LIMITED : FOUND_UNREADABLE;
	if (f->state != FOUND_NONE)
		found_add_fault(f, N_("The server answered with an error: {value}"),
		    value_str(value_get(o, "title")));
}

/* An object of search results: the first one, told. */
static const struct value *
first_result(struct found *f, const struct value *o)
{
	static const char *const keys[] = { "domainSearchResults", "entitySearchResults",
		"nameserverSearchResults" };

	for (size_t i = 0; i < COUNT(keys); i++) {
		const struct value *list = member(f, o, keys[i], VALUE_LIST);

		if (list == NULL)
			continue;
		if (value_count(list) > 1)
			found_add_fault(f, N_("Several results: the first one was read."), STR_NULL);
		return value_at(list, 0);
	}
	return o;
}

static void
object(struct found *f, const struct value *o)
{
	const char *class = text(f, o, "objectClassName");
	const char *name = text(f, o, "name"), *handle = text(f, o, "handle");
	const char *country = text(f, o, "country"), *server = text(f, o, "port43");
	struct str host;

	f->handle = name[0] != '\0' ? name : handle;
	if (strlen(country) == 2)
		f->country = country;
	if (url_host(f->a, str_of(server), &host) == OK && str_find_char(host, '.', 0) != SIZE_MAX)
		f->referral = arena_cstr(f->a, host);
	if (strcmp(class, "ip network") == 0 || (class[0] == '\0' && value_get(o, "startAddress") != NULL))
		network(f, o);
	else if (strcmp(class, "autnum") == 0 || (class[0] == '\0' && value_get(o, "startAutnum") != NULL))
		as_numbers(f, o);
	else if (strcmp(class, "domain") == 0 || (class[0] == '\0' && value_get(o, "ldhName") != NULL))
		domain(f, o);
	else if (strcmp(class, "entity") == 0)
		entity(f, o, false, 0);
	else if (strcmp(class, "nameserver") != 0) {
		f->state = FOUND_UNREADABLE;
		found_add_fault(f, N_("The answer has no object of RDAP (RFC 9083 5)."), STR_NULL);
	}
	events(f, o);
	links(f, o);
	if (strcmp(class, "entity") != 0)
		entities(f, o, false, 0);
}

void
rdap_parse(struct arena *a, struct str json, struct found *ret)
{
	struct value *o = NULL;
	size_t at = 0;

	found_init(ret, a, "rdap");
	if (json.n > LIMIT_RDAP) {
		ret->state = FOUND_UNREADABLE;
		found_add_fault(ret, N_("The answer is longer than 2 MB: it was not read."), STR_NULL);
		return;
	}
	enum err e = value_parse(a, json, &o, &at);

	if (e != OK || value_type(o) != VALUE_OBJECT) {
		ret->state = FOUND_UNREADABLE;
		if (e == ERR_LIMIT)
			found_add_fault(ret, N_("The JSON is nested too deeply."), STR_NULL);
		else if (e != OK)
			found_add_fault(ret, N_("This is no JSON: byte {value}."),
			    str_of(arena_printf(a, "%zu", at)));
		else
			found_add_fault(ret, N_("\"{value}\" is not an object."), STR("RDAP"));
		return;
	}
	if (value_type(value_get(o, "errorCode")) == VALUE_INT) {
		error(ret, value_integer(value_get(o, "errorCode")), o);
		return;
	}
	(void)member(ret, o, "rdapConformance", VALUE_LIST); /* only looked at */
	(void)member(ret, o, "status", VALUE_LIST);
	(void)member(ret, o, "remarks", VALUE_LIST);
	(void)member(ret, o, "notices", VALUE_LIST);
	object(ret, first_result(ret, o));
	found_sort(ret);
	if (ret->state == FOUND_YES && found_abuse(ret) == NULL)
		found_add_fault(ret, N_("The answer names no mail address."), STR_NULL);
}

enum err
rdap_parse_row(struct arena *a, struct str in, struct ipc *crypt, struct buf *out)
{
	struct found f;

	(void)crypt; /* nothing is signed */
	rdap_parse(a, in, &f);
	found_json(out, &f);
	return buf_error(out);
}

enum err
rdap_bootstrap_row(struct arena *a, struct str in, struct ipc *crypt, struct buf *out)
{
	struct scan s = scan_of(in);
	struct str question = scan_counted(&s);
	struct host h;
	const char *url = NULL;

	(void)crypt; /* nothing is signed */
	TRY(scan_error(&s));
	TRY(host_parse(a, question, &h));
	TRY(rdap_bootstrap(a, scan_bytes(&s, scan_left(&s)), &h, &url));
	buf_text(out, url);
	return buf_error(out);
}
