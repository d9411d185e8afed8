/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/demonstration_store.h"

#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "directory/contact_store.h"
#include "directory/demonstration.h"
#include "directory/relation_store.h"

static enum err
add_memberships(struct db *db, struct arena *a, const struct demonstration *d, int64_t id, struct actor by)
{
	struct str list = str_of(d->communities), one;

	while (str_split(&list, ',', &one)) {
		struct str name = one, role = STR_NULL;
		struct organisation community;
		int64_t made;

		if (!str_split(&one, ':', &name))
			continue;
		role = one;
		TRY(organisation_by_name(db, a, arena_cstr(a, name), &community));
		struct relation_membership m = {
			.organisation_id = id,
			.community_id = community.id,
			.role = role.n == 0 ? "member" : arena_cstr(a, role),
		};
		TRY(relation_membership_add(db, a, &m, by, &made));
	}
	return OK;
}

static enum err
add_one(struct db *db, struct arena *a, const struct demonstration *d, struct actor by, struct listing_result *r)
{
	struct organisation o = {
		.name = d->name,
		.name_en = d->name_en,
		.kana = d->kana,
		.kind = d->kind,
		.cc = d->cc,
		.sector = d->sector,
		.lang = d->cc != NULL && strcmp(d->cc, "JP") == 0 ? "ja" : "en",
		.trust = d->flows == NULL ? "unknown" : "usual",
		.note = d->note,
		.source = "demonstration",
		.historical = true,
	};
	int64_t id, made;
	struct organisation there;
	enum err e = organisation_by_name(db, a, d->name, &there);

	if (e == OK) {
		r->known++;
		return OK;
	}
	if (e != ERR_NOT_FOUND)
		return e;
	TRY(organisation_add(db, a, &o, by, &id));
	r->organisations++;
	if (d->local != NULL) {
		struct contact c = {
			.organisation_id = id,
			.purpose = strcmp(d->kind, "csirt") == 0 ? "csirt" : "general",
			.email = arena_printf(a, "contact@%s.example", d->local),
			.source = "demonstration",
		};

		TRY(contact_add(db, a, &c, by, &made));
		r->contacts++;
	}
	TRY(add_memberships(db, a, d, id, by));
	if (d->flows == NULL)
		return OK;
	struct relation relation = { .to_id = id, .kind = "cooperates", .trust = "usual", .flows = d->flows };

	return relation_put(db, a, id, &relation, by);
}

enum err
demonstration_load(struct db *db, struct arena *a, struct actor by, struct listing_result *ret)
{
	*ret = (struct listing_result){ 0 };
	for (size_t i = 0; i < demonstration_count; i++)
		TRY(add_one(db, a, &demonstration_list[i], by, ret));
	return OK;
}
