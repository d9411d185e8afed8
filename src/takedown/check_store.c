/* SPDX-License-Identifier: Apache-2.0 */
#include "takedown/check_store.h"

#include "auth/setting.h"
#include "base/arena.h"
#include "db/db.h"
#include "directory/pap.h"

enum err
check_due_list(struct db *db, struct arena *a, int64_t now, size_t max, struct check_due *ret)
{
	AUTO(db_stmt) q = NULL;

	*ret = (struct check_due){ .want = arena_many(a, struct check_want, max + 1), .forbidden = arena_many(a, int64_t, max + 1) };
	TRY(db_query(db, &q,
	    "SELECT s.id, s.url, i.pap FROM site s JOIN incident i ON i.id = s.incident_id "
	    "WHERE s.next_check_at IS NOT NULL AND s.next_check_at <= ?1 ORDER BY s.next_check_at LIMIT ?2",
	    DB_INT(now), DB_INT((int64_t)max)));
	while (db_row(q)) {
		enum pap pap;

		if (pap_parse(db_str(q, 2), &pap) == OK && pap_may_act(pap))
			ret->want[ret->n++] = (struct check_want){ .id = db_int(q, 0), .url = db_dup(a, q, 1) };
		else
			ret->forbidden[ret->n_forbidden++] = db_int(q, 0);
	}
	return db_end(q);
}

enum err
check_lease(struct db *db, const struct check_want *want, size_t n, int64_t until)
{
	int64_t ids[500];

	for (size_t at = 0; at < n; at += 500) {
		AUTO(arena) a = arena_new();
		size_t some = n - at < 500 ? n - at : 500;
		struct db_sql s;

		for (size_t i = 0; i < some; i++)
			ids[i] = want[at + i].id;
		db_sql_init(&s, a);
		db_sql_add(&s, "UPDATE site SET next_check_at = ?1 WHERE 1 = 1", DB_INT(until));
		db_sql_ids(&s, " AND id IN ", ids, some);
		TRY(db_run_sql(db, &s));
	}
	return OK;
}

/* Networks or single addresses; others are passed over. */
static enum err
load_own(struct db *db, struct arena *a, struct check_policy *ret)
{
	AUTO(db_stmt) q = NULL;
	struct ip_net *list = NULL, net;

	TRY(db_query(db, &q,
	    "SELECT s.value FROM organisation_scope s JOIN organisation o ON o.id = s.organisation_id "
	    "WHERE o.member = 1 AND o.removed_at IS NULL AND s.kind = 'prefix'"));
	while (db_row(q)) {
		if (ip_net_parse_any(str_trim(db_str(q, 0)), &net) != OK)
			continue;
		list = arena_room(a, list, ret->owns, sizeof(net));
		list[ret->owns++] = net;
	}
	ret->own = list;
	return db_end(q);
}

enum err
check_policy_load(struct db *db, struct arena *a, struct check_policy *ret)
{
	struct str allow = str_of(setting_text(db, a, "check.allow")), line;
	struct ip_net *list = NULL, net;

	*ret = (struct check_policy){
		.agent = setting_text(db, a, "check.agent"),
		.resolver = setting_text(db, a, "check.resolver"),
		.proxy = setting_text(db, a, "check.proxy"),
		.seconds = (int)setting_int(db, "check.seconds"),
		.many = (int)setting_int(db, "check.many"),
	};
	while (str_line(&allow, &line)) {
		if (ip_net_parse_any(str_trim(line), &net) != OK)
			continue;
		list = arena_room(a, list, ret->allows, sizeof(net));
		list[ret->allows++] = net;
	}
	ret->allow = list;
	return load_own(db, a, ret);
}
