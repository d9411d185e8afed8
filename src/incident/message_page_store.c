/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/message_page_store.h"

#include "base/arena.h"
#include "db/db.h"
#include "incident/incident_store.h"

enum err
message_page_visible(struct db *db, struct arena *a, const struct message *m, const struct user *u, bool *ret)
{
	AUTO(db_stmt) q = NULL;
	int64_t ids[100];
	size_t n = 0;

	*ret = true;
	if (m->incident_id != 0)
		ids[n++] = m->incident_id;
	if (m->report_id != 0) {
		TRY(db_query(db, &q, "SELECT incident_id FROM report_incident WHERE report_id = ?1 LIMIT 90",
		    DB_INT(m->report_id)));
		while (n < COUNT(ids) && db_row(q))
			ids[n++] = db_int(q, 0);
		TRY(db_end(q));
	}
	for (size_t i = 0; i < n && *ret; i++) {
		struct incident found;

		TRY(incident_get(db, a, ids[i], &found));
		TRY(incident_visible(db, &found, u, ret));
	}
	return OK;
}
