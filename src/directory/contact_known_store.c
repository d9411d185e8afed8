/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/contact_known_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/ip.h"
#include "db/db.h"
#include "directory/contact_store.h"
#include "text/value.h"

static bool
is(const char *a, const char *b)
{
	return a != NULL && strcmp(a, b) == 0;
}

static bool
filled(const char *s)
{
	return s != NULL && *s != '\0';
}

const char *
contact_known_route(const struct organisation *o, const char *scope_kind)
{
	static const struct {
		const char *kind, *route;
	} all[] = {
		{ "isp", "isp" }, { "hosting", "isp" }, { "registrar", "registrar" }, { "registry", "registrar" },
		{ "csirt", "csirt" }, { "community", "community" }, { "industry", "community" },
		{ "law-enforcement", "police" },
	};

	for (size_t i = 0; i < COUNT(all); i++) {
		if (is(o->kind, all[i].kind))
			return all[i].route;
	}
	return is(scope_kind, "prefix") || is(scope_kind, "asn") ? "isp" : "direct";
}

/* "(sc.kind, sc.value)" of everything that ${f} lies in. */
static void
add_keys(struct db_sql *s, const struct contact_known_for *f)
{
	struct ip ip;

	db_sql_add(s, "(1 = 0");
	if (filled(f->host)) {
		struct str rest = str_of(f->host), label;

		db_sql_add(s, " OR (k.kind IN ('host', 'domain') AND k.value IN (?1", DB_STR(rest));
		while (str_split(&rest, '.', &label) && rest.n > 0)
			db_sql_add(s, ", ?1", DB_STR(rest));
		db_sql_add(s, "))");
	}
	if (filled(f->address) && ip_parse(str_of(f->address), &ip) == OK) {
		int longest = ip.v == 6 ? 128 : 32;

		db_sql_add(s, " OR (k.kind IN ('prefix', 'host') AND k.value IN (?1", DB_TEXT(ip_format(s->a, &ip)));
		for (int bits = longest; bits >= (ip.v == 6 ? 16 : 8); bits--) {
			struct ip net = ip;

			for (int i = bits; i < longest; i++)
				net.byte[i / 8] &= (unsigned char)~(0x80U >> (i % 8));
			db_sql_add(s, ", ?1", DB_TEXT(arena_printf(s->a, "%s/%d", ip_format(s->a, &net), bits)));
		}
		db_sql_add(s, "))");
	}
	if (f->asn > 0)
		db_sql_add(s, " OR (k.kind = 'asn' AND k.value = ?1)",
		    DB_TEXT(arena_printf(s->a, "%lld", (long long)f->asn)));
	if (filled(f->cc))
		db_sql_add(s, " OR (k.kind = 'country' AND k.value = ?1)", DB_TEXT(f->cc));
	db_sql_add(s, ")");
}

/* How much it says: a host more than its domain, an address more than its AS. */
static int
nearness(const char *kind, const char *value)
{
	const char *slash = strchr(value, '/');
	int64_t bits = 0;

	if (is(kind, "host"))
		return 1000;
	if (is(kind, "domain"))
		return 600 + (int)strlen(value);
	if (is(kind, "prefix") && slash != NULL && str_int(str_of(slash + 1), 0, 128, &bits))
		return 300 + (int)bits;
	return is(kind, "asn") ? 200 : is(kind, "country") ? 100 : 0;
}

struct match {
	int64_t organisation, contact;
	struct contact_known known;
};

static enum err
by_choice(struct db *db, struct arena *a, const struct contact_known_for *f, struct match **list, size_t *n)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	db_sql_init(&s, a);
	db_sql_add(&s,
	    "SELECT k.contact_id, k.kind, k.value, k.chosen_at, k.wrong, c.organisation_id FROM contact_choice k "
	    "JOIN contact c ON c.id = k.contact_id WHERE c.removed_at IS NULL AND ");
	add_keys(&s, f);
	db_sql_add(&s, " ORDER BY k.chosen_at DESC LIMIT 100");
	TRY(db_query_sql(db, &q, &s));
	while (db_row(q)) {
		*list = arena_room(a, *list, *n, sizeof(**list));
		struct match *m = &(*list)[(*n)++];

		*m = (struct match){ .contact = db_int(q, 0), .organisation = db_int(q, 5) };
		m->known.kind = db_dup(a, q, 1);
		m->known.value = db_dup(a, q, 2);
		m->known.chosen_at = db_int(q, 3);
		m->known.wrong = db_int(q, 4) != 0;
		m->known.how = CONTACT_KNOWN_CHOSEN;
	}
	return db_end(q);
}

static enum err
by_scope(struct db *db, struct arena *a, const struct contact_known_for *f, struct match **list, size_t *n)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	db_sql_init(&s, a);
	db_sql_add(&s,
	    "SELECT k.organisation_id, k.kind, k.value, o.member, o.kind FROM organisation_scope k "
	    "JOIN organisation o ON o.id = k.organisation_id "
	    "WHERE o.removed_at IS NULL AND o.historical = 0 AND ");
	add_keys(&s, f);
	db_sql_add(&s, " LIMIT 100");
	TRY(db_query_sql(db, &q, &s));
	while (db_row(q)) {
		bool country = is(db_text(q, 1), "country");

		/* Others of the country are not responsible for what is in it. */
		if (country && !is(db_text(q, 4), "csirt") && !is(db_text(q, 4), "community"))
			continue;
		*list = arena_room(a, *list, *n, sizeof(**list));
		struct match *m = &(*list)[(*n)++];

		*m = (struct match){ .organisation = db_int(q, 0) };
		m->known.kind = db_dup(a, q, 1);
		m->known.value = db_dup(a, q, 2);
		m->known.how = country ? CONTACT_KNOWN_NATIONAL
		    : db_int(q, 3) != 0 ? CONTACT_KNOWN_CONSTITUENCY
					: CONTACT_KNOWN_SCOPE;
	}
	return db_end(q);
}

/* For a site that must stop. */
static int
purpose_rank(const char *purpose)
{
	static const char *const order[] = { "abuse", "incident", "csirt", "emergency", "technical",
		"administrative", "general" };

	for (size_t i = 0; i < COUNT(order); i++) {
		if (is(purpose, order[i]))
			return (int)i;
	}
	return (int)COUNT(order);
}

static bool
usable(const struct contact *c)
{
	return filled(c->email) && !c->do_not_contact && c->removed_at == 0;
}

/* The organisation's first for this: those that can be written to, by purpose. */
static enum err
pick(struct db *db, struct arena *a, int64_t organisation, struct contact *ret)
{
	struct contact *list;
	size_t n, best = SIZE_MAX;

	TRY(contact_list(db, a, organisation, &list, &n));
	for (size_t i = 0; i < n; i++) {
		if (best == SIZE_MAX || (usable(&list[i]) && !usable(&list[best])) ||
		    (usable(&list[i]) == usable(&list[best]) &&
			purpose_rank(list[i].purpose) < purpose_rank(list[best].purpose)))
			best = i;
	}
	if (best == SIZE_MAX)
		return ERR_NOT_FOUND;
	*ret = list[best];
	return OK;
}

static int
better(const void *x, const void *y)
{
	const struct contact_known *a = x, *b = y;

	if (a->usable != b->usable)
		return a->usable ? -1 : 1;
	if (a->how != b->how)
		return a->how < b->how ? -1 : 1;
	if (a->nearness != b->nearness)
		return a->nearness > b->nearness ? -1 : 1;
	if (a->chosen_at != b->chosen_at)
		return a->chosen_at > b->chosen_at ? -1 : 1;
	if ((a->contact.bounces > 0) != (b->contact.bounces > 0))
		return a->contact.bounces > 0 ? 1 : -1;
	return a->contact.id < b->contact.id ? -1 : a->contact.id > b->contact.id;
}

/* One line a contact: its best reason; "wrong" counts whoever else names it. */
static void
merge(struct contact_known *list, size_t *n, const struct contact_known *k)
{
	for (size_t i = 0; i < *n; i++) {
		if (list[i].contact.id != k->contact.id)
			continue;
		bool wrong = list[i].wrong || k->wrong;

		if (better(k, &list[i]) < 0)
			list[i] = *k;
		list[i].wrong = wrong;
		list[i].usable = list[i].usable && !wrong;
		return;
	}
	list[(*n)++] = *k;
}

enum err
contact_known_list(struct db *db, struct arena *a, const struct contact_known_for *f, struct contact_known **ret,
    size_t *ret_n)
{
	struct match *list = NULL;
	size_t n = 0;

	*ret = arena_many(a, struct contact_known, CONTACT_KNOWN_MAX);
	*ret_n = 0;
	TRY(by_choice(db, a, f, &list, &n));
	TRY(by_scope(db, a, f, &list, &n));
	for (size_t i = 0; i < n && *ret_n < CONTACT_KNOWN_MAX; i++) {
		struct contact_known *k = &list[i].known;
		enum err e = list[i].contact != 0 ? contact_get(db, a, list[i].contact, &k->contact)
						  : pick(db, a, list[i].organisation, &k->contact);

		if (e == ERR_NOT_FOUND)
			continue;
		TRY(e);
		TRY(organisation_get(db, a, list[i].organisation, &k->organisation));
		if (k->organisation.removed_at != 0)
			continue;
		k->nearness = nearness(k->kind, k->value);
		k->usable = usable(&k->contact) && !k->wrong;
		merge(*ret, ret_n, k);
	}
	if (*ret_n > 1)
		qsort(*ret, *ret_n, sizeof(**ret), better);
	return OK;
}

static enum err
tell(struct db *db, struct arena *a, const char *action, const char *kind, const char *value, int64_t contact,
    struct actor by)
{
	struct contact c;
	struct value *v = value_object(a);

	TRY(contact_get(db, a, contact, &c));
	value_set_int(a, v, "contact", contact);
	value_set_text(a, v, "email", c.email);
	value_set_text(a, v, "kind", kind);
	value_set_text(a, v, "value", value);
	return organisation_tell(db, a, action, c.organisation_id, v, by);
}

static enum err
put(struct db *db, const char *kind, const char *value, int64_t contact, bool wrong, struct actor by)
{
	return db_run(db,
	    "INSERT INTO contact_choice (kind, value, contact_id, chosen_at, chosen_by, wrong) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (kind, value, contact_id) DO UPDATE SET "
	    "chosen_at = excluded.chosen_at, chosen_by = excluded.chosen_by, wrong = excluded.wrong, "
	    "times = contact_choice.times + 1",
	    DB_TEXT(kind), DB_TEXT(value), DB_INT(contact), DB_INT(by.now), DB_INT(by.id), DB_INT(wrong));
}

enum err
contact_known_choose(struct db *db, struct arena *a, const char *kind, const char *value, int64_t contact,
    struct actor by)
{
	TRY(put(db, kind, value, contact, false, by));
	return tell(db, a, "contact.choose", kind, value, contact, by);
}

enum err
contact_known_wrong(struct db *db, struct arena *a, const char *kind, const char *value, int64_t contact,
    struct actor by)
{
	TRY(put(db, kind, value, contact, true, by));
	return tell(db, a, "contact.wrong", kind, value, contact, by);
}

enum err
contact_known_forget(struct db *db, struct arena *a, const char *kind, const char *value, int64_t contact,
    struct actor by)
{
	TRY(db_run(db, "DELETE FROM contact_choice WHERE kind = ?1 AND value = ?2 AND contact_id = ?3",
	    DB_TEXT(kind), DB_TEXT(value), DB_INT(contact)));
	return tell(db, a, "contact.forget", kind, value, contact, by);
}
