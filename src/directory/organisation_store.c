/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/organisation_store.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "db/db.h"
#include "text/value.h"

#define ORGANISATION \
	"SELECT id, name, name_en, kana, kind, cc, sector, lang, zone, parent_id, url, address, member, " \
	"authority, trust, max_tlp, formats, business_days, scope, mission, capabilities, offers, legal, " \
	"note, source, historical, verified_at, removed_at, created_at, updated_at, version FROM organisation "

static void
read_organisation(struct db_stmt *q, struct arena *a, struct organisation *ret)
{
	*ret = (struct organisation){
		.id = db_int(q, 0),
		.name = db_dup(a, q, 1),
		.name_en = db_dup(a, q, 2),
		.kana = db_dup(a, q, 3),
		.kind = db_dup(a, q, 4),
		.cc = db_dup(a, q, 5),
		.sector = db_dup(a, q, 6),
		.lang = db_dup(a, q, 7),
		.zone = db_dup(a, q, 8),
		.parent_id = db_int(q, 9),
		.url = db_dup(a, q, 10),
		.address = db_dup(a, q, 11),
		.member = db_int(q, 12) != 0,
		.authority = db_dup(a, q, 13),
		.trust = db_dup(a, q, 14),
		.max_tlp = db_dup(a, q, 15),
		.formats = db_dup(a, q, 16),
		.business_days = db_int(q, 17) != 0,
		.scope = db_dup(a, q, 18),
		.mission = db_dup(a, q, 19),
		.capabilities = db_dup(a, q, 20),
		.offers = db_dup(a, q, 21),
		.legal = db_dup(a, q, 22),
		.note = db_dup(a, q, 23),
		.source = db_dup(a, q, 24),
		.historical = db_int(q, 25) != 0,
		.verified_at = db_int(q, 26),
		.removed_at = db_int(q, 27),
		.created_at = db_int(q, 28),
		.updated_at = db_int(q, 29),
		.version = db_int(q, 30),
	};
}

static const char *
or_null(const char *s)
{
	return s == NULL || *s == '\0' ? NULL : s;
}

static const char *
or_else(const char *s, const char *otherwise)
{
	return s == NULL || *s == '\0' ? otherwise : s;
}

/* All its names, for LIKE. */
static struct str
folded_names(struct arena *a, const struct organisation *o)
{
	const char *const names[] = { o->name, o->name_en, o->kana };
	struct buf *b = buf_new(a, LIMIT_KIB(16));

	for (size_t i = 0; i < COUNT(names); i++) {
		if (or_null(names[i]) == NULL)
			continue;
		buf_str(b, utf8_fold(a, str_of(names[i])));
		buf_char(b, '\n');
	}
	return buf_view(b);
}

#define SEARCH_TEXT LIMIT_KIB(64)

/* What the list is searched by: one text a row, so that a search reads one
 * table once. */
static enum err
search_text(struct db *db, struct arena *a, int64_t id)
{
	AUTO(db_stmt) q = NULL;
	AUTO(db_stmt) c = NULL;
	AUTO(db_stmt) s = NULL;
	struct buf *b = buf_new(a, 2 * SEARCH_TEXT);

	TRY(db_query(db, &q, "SELECT folded FROM organisation WHERE id = ?1", DB_INT(id)));
	if (!db_row(q))
		return db_end(q);
	buf_str(b, db_str(q, 0));
	TRY(db_end(q));
	TRY(db_query(db, &c,
	    "SELECT name, kana, romaji, email FROM contact WHERE organisation_id = ?1 AND removed_at IS NULL "
	    "ORDER BY position, id LIMIT 500",
	    DB_INT(id)));
	while (db_row(c)) {
		for (int i = 0; i < 4; i++) {
			if (db_is_null(c, i) || b->n > SEARCH_TEXT)
				continue;
			buf_str(b, utf8_fold(a, db_str(c, i)));
			buf_char(b, '\n');
		}
	}
	TRY(db_end(c));
	TRY(db_query(db, &s, "SELECT value FROM organisation_scope WHERE organisation_id = ?1 ORDER BY id LIMIT 5000",
	    DB_INT(id)));
	while (b->n < SEARCH_TEXT && db_row(s)) {
		buf_str(b, utf8_fold(a, db_str(s, 0)));
		buf_char(b, '\n');
	}
	TRY(db_end(s));
	return db_run(db, "UPDATE organisation SET search = ?2 WHERE id = ?1", DB_INT(id), DB_STR(buf_view(b)));
}

enum err
organisation_tell(struct db *db, struct arena *a, const char *action, int64_t organisation, const struct value *v, struct actor by)
{
	TRY(db_run(db,
	    "INSERT INTO directory_state (id, version) VALUES (1, 2) "
	    "ON CONFLICT (id) DO UPDATE SET version = directory_state.version + 1"));
	TRY(search_text(db, a, organisation));
	return journal_tell(db, a, action, "organisation", organisation, v, by);
}

enum err
organisation_version(struct db *db, int64_t *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT COALESCE((SELECT version FROM directory_state WHERE id = 1), 1)"));
	*ret = db_int(q, 0);
	return OK;
}

enum err
organisation_get(struct db *db, struct arena *a, int64_t id, struct organisation *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, ORGANISATION "WHERE id = ?1", DB_INT(id)));
	read_organisation(q, a, ret);
	return OK;
}

static bool
has_name(struct arena *a, const struct organisation *o, struct str folded)
{
	const char *const names[] = { o->name, o->name_en, o->kana };

	for (size_t i = 0; i < COUNT(names); i++) {
		if (names[i] != NULL && str_equal(utf8_fold(a, str_of(names[i])), folded))
			return true;
	}
	return false;
}

enum err
organisation_by_name(struct db *db, struct arena *a, const char *name, struct organisation *ret)
{
	AUTO(db_stmt) q = NULL;
	struct str folded = utf8_fold(a, str_of(name));

	TRY(db_query(db, &q,
	    ORGANISATION "WHERE removed_at IS NULL AND folded LIKE '%' || ?1 || '%' ORDER BY id LIMIT 100",
	    DB_STR(folded)));
	while (db_row(q)) {
		read_organisation(q, a, ret);
		if (has_name(a, ret, folded))
			return OK;
	}
	TRY(db_end(q));
	return ERR_NOT_FOUND;
}

/* What the journal says of its present facts: the history of every change. */
static struct value *
facts(struct arena *a, const struct organisation *o)
{
	struct value *v = value_object(a);

	value_set_text(a, v, "name", o->name);
	value_set_text(a, v, "name_en", or_null(o->name_en));
	value_set_text(a, v, "kind", o->kind);
	value_set_text(a, v, "cc", or_null(o->cc));
	value_set_text(a, v, "sector", or_null(o->sector));
	value_set_bool(a, v, "member", o->member);
	value_set_text(a, v, "authority", or_else(o->authority, "none"));
	value_set_text(a, v, "trust", or_else(o->trust, "unknown"));
	value_set_text(a, v, "max_tlp", or_else(o->max_tlp, "GREEN"));
	return v;
}

static void
changed(struct arena *a, struct value *fields, const char *name, const char *from, const char *to)
{
	struct value *o;

	if (strcmp(or_else(from, ""), or_else(to, "")) == 0)
		return;
	o = value_set_object(a, fields, name);
	value_set_text(a, o, "from", or_else(from, ""));
	value_set_text(a, o, "to", or_else(to, ""));
}

static const char *
number(struct arena *a, int64_t n)
{
	return n == 0 ? "" : arena_printf(a, "%lld", (long long)n);
}

/* {fields: {name: {from, to}}}: what a change changes. */
static struct value *
changes(struct arena *a, const struct organisation *from, const struct organisation *to)
{
	struct value *v = value_object(a), *f = value_set_object(a, v, "fields");

	changed(a, f, "name", from->name, to->name);
	changed(a, f, "name_en", from->name_en, to->name_en);
	changed(a, f, "kana", from->kana, to->kana);
	changed(a, f, "kind", from->kind, to->kind);
	changed(a, f, "cc", from->cc, to->cc);
	changed(a, f, "sector", from->sector, to->sector);
	changed(a, f, "lang", from->lang, to->lang);
	changed(a, f, "zone", from->zone, to->zone);
	changed(a, f, "parent_id", number(a, from->parent_id), number(a, to->parent_id));
	changed(a, f, "url", from->url, to->url);
	changed(a, f, "address", from->address, to->address);
	changed(a, f, "member", number(a, from->member), number(a, to->member));
	changed(a, f, "authority", from->authority, or_else(to->authority, "none"));
	changed(a, f, "trust", from->trust, or_else(to->trust, "unknown"));
	changed(a, f, "max_tlp", from->max_tlp, or_else(to->max_tlp, "GREEN"));
	changed(a, f, "formats", from->formats, or_else(to->formats, "table,csv"));
	changed(a, f, "business_days", number(a, from->business_days), number(a, to->business_days));
	changed(a, f, "scope", from->scope, to->scope);
	changed(a, f, "mission", from->mission, to->mission);
	changed(a, f, "capabilities", from->capabilities, to->capabilities);
	changed(a, f, "offers", from->offers, to->offers);
	changed(a, f, "legal", from->legal, to->legal);
	changed(a, f, "note", from->note, to->note);
	changed(a, f, "historical", number(a, from->historical), number(a, to->historical));
	return v;
}

enum err
organisation_add(struct db *db, struct arena *a, const struct organisation *o, struct actor by, int64_t *ret_id)
{
	TRY(db_insert(db, ret_id,
	    "INSERT INTO organisation (name, name_en, kana, folded, kind, cc, sector, lang, zone, parent_id, "
	    "url, address, member, authority, trust, max_tlp, formats, business_days, scope, mission, "
	    "capabilities, offers, legal, note, source, historical, verified_at, created_at, updated_at) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, "
	    "?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?28) RETURNING id",
	    DB_TEXT(o->name), DB_TEXT_OR_NULL(o->name_en), DB_TEXT_OR_NULL(o->kana),
	    DB_STR(folded_names(a, o)), DB_TEXT(o->kind), DB_TEXT_OR_NULL(o->cc),
	    DB_TEXT_OR_NULL(o->sector), DB_TEXT(or_else(o->lang, "en")), DB_TEXT_OR_NULL(o->zone),
	    DB_INT_OR_NULL(o->parent_id), DB_TEXT_OR_NULL(o->url), DB_TEXT_OR_NULL(o->address),
	    DB_INT(o->member), DB_TEXT(or_else(o->authority, "none")), DB_TEXT(or_else(o->trust, "unknown")),
	    DB_TEXT(or_else(o->max_tlp, "GREEN")), DB_TEXT(or_else(o->formats, "table,csv")),
	    DB_INT(o->business_days), DB_TEXT_OR_NULL(o->scope), DB_TEXT_OR_NULL(o->mission),
	    DB_TEXT_OR_NULL(o->capabilities), DB_TEXT_OR_NULL(o->offers), DB_TEXT_OR_NULL(o->legal),
	    DB_TEXT_OR_NULL(o->note), DB_TEXT(or_else(o->source, "manual")), DB_INT(o->historical),
	    DB_INT_OR_NULL(o->verified_at), DB_INT(by.now)));
	return organisation_tell(db, a, "organisation.add", *ret_id, facts(a, o), by);
}

enum err
organisation_change(struct db *db, struct arena *a, const struct organisation *o, struct actor by)
{
	struct organisation before;

	TRY(organisation_get(db, a, o->id, &before));
	TRY(db_run(db,
	    "UPDATE organisation SET name = ?3, name_en = ?4, kana = ?5, folded = ?6, kind = ?7, cc = ?8, "
	    "sector = ?9, lang = ?10, zone = ?11, parent_id = ?12, url = ?13, address = ?14, member = ?15, "
	    "authority = ?16, trust = ?17, max_tlp = ?18, formats = ?19, business_days = ?20, scope = ?21, "
	    "mission = ?22, capabilities = ?23, offers = ?24, legal = ?25, note = ?26, historical = ?27, "
	    "verified_at = ?28, updated_at = ?29, version = version + 1 WHERE id = ?1 AND version = ?2",
	    DB_INT(o->id), DB_INT(o->version), DB_TEXT(o->name), DB_TEXT_OR_NULL(o->name_en),
	    DB_TEXT_OR_NULL(o->kana), DB_STR(folded_names(a, o)), DB_TEXT(o->kind), DB_TEXT_OR_NULL(o->cc),
	    DB_TEXT_OR_NULL(o->sector), DB_TEXT(or_else(o->lang, "en")), DB_TEXT_OR_NULL(o->zone),
	    DB_INT_OR_NULL(o->parent_id), DB_TEXT_OR_NULL(o->url), DB_TEXT_OR_NULL(o->address),
	    DB_INT(o->member), DB_TEXT(or_else(o->authority, "none")), DB_TEXT(or_else(o->trust, "unknown")),
	    DB_TEXT(or_else(o->max_tlp, "GREEN")), DB_TEXT(or_else(o->formats, "table,csv")),
	    DB_INT(o->business_days), DB_TEXT_OR_NULL(o->scope), DB_TEXT_OR_NULL(o->mission),
	    DB_TEXT_OR_NULL(o->capabilities), DB_TEXT_OR_NULL(o->offers), DB_TEXT_OR_NULL(o->legal),
	    DB_TEXT_OR_NULL(o->note), DB_INT(o->historical), DB_INT_OR_NULL(o->verified_at),
	    DB_INT(by.now)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	return organisation_tell(db, a, "organisation.change", o->id, changes(a, &before, o), by);
}

enum err
organisation_remove(struct db *db, struct arena *a, int64_t id, struct actor by)
{
	TRY(db_run(db,
	    "UPDATE organisation SET removed_at = ?2, version = version + 1 WHERE id = ?1 AND removed_at IS NULL",
	    DB_INT(id), DB_INT(by.now)));
	return db_changed(db) == 1 ? organisation_tell(db, a, "organisation.remove", id, NULL, by) : ERR_CONFLICT;
}

enum err
organisation_restore(struct db *db, struct arena *a, int64_t id, struct actor by)
{
	TRY(db_run(db,
	    "UPDATE organisation SET removed_at = NULL, version = version + 1 "
	    "WHERE id = ?1 AND removed_at IS NOT NULL",
	    DB_INT(id)));
	return db_changed(db) == 1 ? organisation_tell(db, a, "organisation.restore", id, NULL, by) : ERR_CONFLICT;
}
