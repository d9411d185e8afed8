/* SPDX-License-Identifier: Apache-2.0 */
/* organisation_case_web.c - /directory/ID/incidents: what we had to do with it. */
#include <string.h>

#include "base/arena.h"
#include "directory/directory_web.h"
#include "incident/coordination.h"
#include "incident/incident.h"
#include "incident/organisation_case_store.h"

#define ROWS 200

static enum err
show(struct web *w)
{
	struct value *items = value_set_list(w->a, w->data, "items");
	struct organisation_case *c;
	struct organisation o;
	size_t n;

	TRY(directory_of_path(w, &o));
	TRY(organisation_case_list(w->db, w->a, o.id, w->user, ROWS, &c, &n));
	for (size_t i = 0; i < n; i++) {
		struct value *v = value_add_object(w->a, items);

		value_set_text(w->a, v, "ref", c[i].ref);
		value_set_text(w->a, v, "title", c[i].title);
		value_set_text(w->a, v, "state", c[i].state);
		value_set_text(w->a, v, "role", c[i].role);
		value_set_text(w->a, v, "email", c[i].email);
		value_set_text(w->a, v, "thread", c[i].thread);
		directory_set_time(w, v, "sent_at", c[i].sent_at);
		directory_set_time(w, v, "answered_at", c[i].answered_at);
		directory_set_time(w, v, "created_at", c[i].created_at);
		value_set_text(w->a, v, "@href", arena_printf(w->a, "/incidents/%s", c[i].ref));
		value_set_text(w->a, v, "@role_text",
		    web_tr(w, "party", incident_label(incident_party_roles, c[i].role)));
		value_set_text(w->a, v, "@thread_text",
		    c[i].thread == NULL ? "" : coordination_state_text(w, c[i].thread));
		value_set_bool(w->a, v, "@closed", strcmp(c[i].state, "closed") == 0);
	}
	value_set_int(w->a, w->data, "total", (int64_t)n);
	value_set_bool(w->a, w->ui, "has_items", n > 0);
	value_set_text(w->a, w->ui, "shown", directory_name(w, &o));
	value_set_text(w->a, w->ui, "href", directory_href(w, o.id, ""));
	return web_page(w, "organisation_incidents", N_("Incidents and letters"));
}

const struct web_route organisation_case_routes[] = {
	{ WEB_GET, "/directory/:id/incidents", PERM_INCIDENT_READ, show, 0,
	    "Incidents with this organisation as a party, by the addresses of its contacts" },
	{ 0 },
};
