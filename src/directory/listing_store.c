/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/listing_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "db/db.h"
#include "directory/contact_store.h"
#include "directory/pgp_key_store.h"
#include "directory/organisation_list.h"
#include "directory/scope_store.h"

/* Names that were seen in this file: rows of one name are one organisation. */
struct seen {
	struct str name; /* folded */
	int64_t id;	 /* 0: would be new */
	bool before;	 /* in the directory already; not yet counted as known */
};
struct import {
	struct db *db;
	struct arena *a;
	struct seen *seen; /* a hash table, half empty */
	size_t size;
	bool try;
	struct actor by;
	struct listing_result *result;
};

static struct seen *
slot(struct import *im, struct str name)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < name.n; i++)
		h = (h ^ (unsigned char)name.p[i]) * UINT64_C(1099511628211);
	for (size_t i = (size_t)h % im->size;; i = (i + 1) % im->size) {
		if (im->seen[i].name.p == NULL || str_equal(im->seen[i].name, name))
			return &im->seen[i];
	}
}

static enum err
organisation_of(struct import *im, const struct listing_row *row, int64_t *ret)
{
	struct str name = utf8_fold(im->a, str_of(row->o.name));
	struct seen *s = slot(im, name);

	if (s->name.p != NULL) {
		im->result->known += s->before;
		s->before = false;
		*ret = s->id;
		return OK;
	}
	im->result->organisations++;
	*ret = 0;
	if (!im->try)
		TRY(organisation_add(im->db, im->a, &row->o, im->by, ret));
	*s = (struct seen){ .name = name, .id = *ret };
	return OK;
}

/* All names of the directory at once: one by one they would be a search each. */
static enum err
load_names(struct import *im, size_t rows)
{
	AUTO(db_stmt) count = NULL;
	AUTO(db_stmt) q = NULL;

	TRY(db_one(im->db, &count, "SELECT COUNT(*) FROM organisation WHERE removed_at IS NULL"));
	im->size = (rows + 3 * (size_t)db_int(count, 0)) * 2 + 16;
	im->seen = arena_many(im->a, struct seen, im->size);
	TRY(db_query(im->db, &q, "SELECT id, folded FROM organisation WHERE removed_at IS NULL ORDER BY id"));
	while (db_row(q)) {
		struct str names = db_str(q, 1), one;

		while (str_line(&names, &one)) {
			struct str name = arena_str(im->a, one);
			struct seen *s = name.n == 0 ? NULL : slot(im, name);

			if (s != NULL && s->name.p == NULL)
				*s = (struct seen){ .name = name, .id = db_int(q, 0), .before = true };
		}
	}
	return db_end(q);
}

static bool
same_text(const char *x, const char *y)
{
	return x != NULL && y != NULL && str_equal_case(str_of(x), str_of(y));
}

static enum err
add_contact(struct import *im, int64_t organisation, const struct contact *given)
{
	struct contact c = *given, *list = NULL;
	size_t n = 0;
	int64_t id;

	if (organisation != 0)
		TRY(contact_list(im->db, im->a, organisation, &list, &n));
	for (size_t i = 0; i < n; i++) {
		if (same_text(list[i].email, c.email) || (c.email == NULL && same_text(list[i].phone, c.phone)))
			return OK;
	}
	im->result->contacts++;
	if (im->try)
		return OK;
	c.organisation_id = organisation;
	c.position = n == 0 ? 0 : list[n - 1].position + 1;
	if (c.test_days > 0)
		c.test_due_at = im->by.now + c.test_days * CLOCK_DAY;
	return contact_add(im->db, im->a, &c, im->by, &id);
}

static enum err
add_scopes(struct import *im, int64_t organisation, const struct listing_row *row)
{
	struct scope *list = NULL;
	size_t n = 0;

	if (row->scopes > 0 && organisation != 0)
		TRY(scope_list(im->db, im->a, organisation, &list, &n));
	for (size_t i = 0; i < row->scopes; i++) {
		struct scope s = row->scope[i];
		bool there = false;

		for (size_t k = 0; k < n && !there; k++)
			there = strcmp(list[k].kind, s.kind) == 0 && strcmp(list[k].value, s.value) == 0;
		if (there)
			continue;
		im->result->scopes++;
		s.organisation_id = organisation;
		if (!im->try)
			TRY(scope_add(im->db, im->a, &s, im->by));
	}
	return OK;
}

enum err
listing_import(struct db *db, struct arena *a, const struct listing *l, bool try, struct actor by, struct listing_result *ret)
{
	struct import im = { .db = db, .a = a, .try = try, .by = by, .result = ret };

	*ret = (struct listing_result){ 0 };
	TRY(load_names(&im, l->n));
	for (size_t i = 0; i < l->n; i++) {
		int64_t id;

		TRY(organisation_of(&im, &l->row[i], &id));
		if (l->row[i].has_contact)
			TRY(add_contact(&im, id, &l->row[i].c));
		TRY(add_scopes(&im, id, &l->row[i]));
	}
	return OK;
}

static enum err
export_one(struct db *db, struct arena *a, const struct organisation *o, bool vcard, struct buf *out)
{
	struct contact *c;
	struct scope *s;
	size_t n, scopes;

	TRY(contact_list(db, a, o->id, &c, &n));
	for (size_t i = 0; i < n && vcard; i++) {
		struct pgp_key key;

		TRY(pgp_key_get(db, a, c[i].key_id, &key));
		listing_vcard_write(out, a, o, &c[i], key.armored);
	}
	if (vcard)
		return buf_error(out);
	TRY(scope_list(db, a, o->id, &s, &scopes));
	if (n == 0)
		listing_csv_row(out, a, o, NULL, s, scopes);
	for (size_t i = 0; i < n; i++)
		listing_csv_row(out, a, o, &c[i], s, i == 0 ? scopes : 0);
	return buf_error(out);
}

enum err
listing_export(struct db *db, bool vcard, bool members, struct buf *out)
{
	const struct organisation_filter f = { .member = members };
	int64_t total = 1;

	if (!vcard)
		listing_csv_head(out);
	for (int64_t from = 0; from < total; from += 200) {
		AUTO(arena) page = arena_new();
		struct organisation_row *row;
		size_t n;

		TRY(organisation_list(db, page, &f, 0, from, 200, &row, &n, &total));
		for (size_t i = 0; i < n; i++)
			TRY(export_one(db, page, &row[i].o, vcard, out));
	}
	return buf_error(out);
}
