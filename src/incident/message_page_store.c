/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/message_page_store.h"

#include "base/arena.h"
#include "db/db.h"
#include "incident/incident_store.h"
#include "incident/report_store.h"

enum err
message_page_visible(struct db *db, struct arena *a, const struct message *m, const struct user *u, bool *ret)
{
	struct incident i;

	*ret = true;
	if (m->report_id != 0)
		TRY(report_visible(db, m->report_id, u, ret));
	if (!*ret || m->incident_id == 0)
		return OK;
	TRY(incident_get(db, a, m->incident_id, &i));
	TRY(incident_visible(db, &i, u, ret));
	if (!*ret || m->notification_id == 0)
		return OK;
	/* A letter about several incidents tells of all of them. */
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	db_sql_init(&s, a);
	db_sql_add(&s, "SELECT 1 FROM notification WHERE lead_id = ?1 AND incident_id IN (",
	    DB_INT(m->notification_id));
	incident_add_hidden(&s, u);
	db_sql_add(&s, ") LIMIT 1");
	TRY(db_query_sql(db, &q, &s));
	*ret = !db_row(q);
	return db_end(q);
}
