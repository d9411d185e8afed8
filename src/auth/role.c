/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/auth.h"
#include "text/i18n.h"

static const struct {
	const char *name;
	const char *label;
} roles[ROLE_COUNT] = {
	[ROLE_NONE] = { "none", N_("Nobody") },
	[ROLE_ADMIN] = { "admin", N_("Administrator") },
	[ROLE_MANAGER] = { "manager", N_("Manager") },
	[ROLE_HANDLER] = { "handler", N_("Handler") },
	[ROLE_COORDINATOR] = { "coordinator", N_("Coordinator") },
	[ROLE_AUTHOR] = { "author", N_("Author") },
	[ROLE_ANALYST] = { "analyst", N_("Analyst") },
	[ROLE_AUDITOR] = { "auditor", N_("Auditor") },
};

const char *
role_name(enum role r)
{
	return roles[r].name;
}

const char *
role_label(enum role r)
{
	return roles[r].label;
}

bool
role_parse(struct str s, enum role *ret)
{
	for (enum role r = ROLE_ADMIN; r < ROLE_COUNT; r++) {
		if (str_is(s, roles[r].name)) {
			*ret = r;
			return true;
		}
	}
	return false;
}
