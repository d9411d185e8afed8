/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/auth.h"

static const char *const names[PERM_COUNT] = {
	[PERM_UNSET] = "unset",
	[PERM_PUBLIC] = "public",
	[PERM_SIGNED_IN] = "signed-in",
	[PERM_REPORT_READ] = "report.read",
	[PERM_REPORT_EDIT] = "report.edit",
	[PERM_INCIDENT_READ] = "incident.read",
	[PERM_INCIDENT_EDIT] = "incident.edit",
	[PERM_SEND] = "send",
	[PERM_ATTACHMENT] = "attachment",
	[PERM_STATISTICS] = "statistics",
	[PERM_DIRECTORY_READ] = "directory.read",
	[PERM_DIRECTORY_EDIT] = "directory.edit",
	[PERM_JOURNAL] = "journal",
	[PERM_ADMIN] = "admin",
	[PERM_INTAKE] = "intake",
	[PERM_TELESCOPE_READ] = "telescope.read",
	[PERM_TELESCOPE_EDIT] = "telescope.edit",
};

const char *
perm_name(enum perm p)
{
	return names[p];
}
