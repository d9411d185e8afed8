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
	return incident_visible(db, &i, u, ret);
}
