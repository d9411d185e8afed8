/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/organisation_case_store.h"

#include "base/arena.h"
#include "db/db.h"
#include "incident/incident_store.h"

enum err
organisation_case_list(struct db *db, struct arena *a, int64_t organisation, const struct user *viewer, int64_t limit,
    struct organisation_case **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	*ret = arena_many(a, struct organisation_case, (size_t)limit + 1);
	*ret_n = 0;
	db_sql_init(&s, a);
	db_sql_add(&s,
	    "SELECT i.ref, i.title, i.state, p.role, p.email, n.state, n.id, n.sent_at, n.answered_at, i.created_at "
	    "FROM party p JOIN incident i ON i.id = p.incident_id LEFT JOIN notification n ON n.party_id = p.id "
	    "WHERE p.removed_at IS NULL AND p.email IN (SELECT email FROM contact WHERE organisation_id = ?1 "
	    "AND email IS NOT NULL)",
	    DB_INT(organisation));
	incident_only_visible(&s, viewer);
	db_sql_add(&s, " ORDER BY i.id DESC, p.id LIMIT ?1", DB_INT(limit));
	TRY(db_query_sql(db, &q, &s));
	while (db_row(q))
		(*ret)[(*ret_n)++] = (struct organisation_case){
			.ref = db_dup(a, q, 0),
			.title = db_dup(a, q, 1),
			.state = db_dup(a, q, 2),
			.role = db_dup(a, q, 3),
			.email = db_dup(a, q, 4),
			.thread = db_dup(a, q, 5),
			.notification_id = db_int(q, 6),
			.sent_at = db_int(q, 7),
			.answered_at = db_int(q, 8),
			.created_at = db_int(q, 9),
		};
	return db_end(q);
}
