/* SPDX-License-Identifier: Apache-2.0 */
#include "view/view.h"

#include <string.h>

#include "base/arena.h"
#include "text/i18n.h"

const struct view_page view_pages[] = {
	{ "inbox", "/inbox", N_("Inbox"), PERM_REPORT_READ },
	{ "incidents", "/incidents", N_("Incidents"), PERM_INCIDENT_READ },
	{ "takedowns", "/takedowns", N_("Phishing"), PERM_INCIDENT_READ },
	{ "directory", "/directory", N_("Directory"), PERM_DIRECTORY_READ },
	{ "find", "/directory/find", N_("Find a contact"), PERM_DIRECTORY_READ },
	{ "observe", "/telescope", N_("Observe"), PERM_TELESCOPE_READ },
	{ 0 },
};

const struct view_page *
view_page_find(const char *name)
{
	for (const struct view_page *p = view_pages; p->name != NULL; p++) {
		if (strcmp(p->name, name) == 0)
			return p;
	}
	return NULL;
}

const char *
view_address(struct arena *a, const char *page, const char *query)
{
	const struct view_page *p = view_page_find(page);
	const char *path = p == NULL ? "/home" : p->path;

	return *query == '\0' ? path : arena_printf(a, "%s?%s", path, query);
}
