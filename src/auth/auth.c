/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/auth.h"

#include "auth/auth_scope.h"

#define BIT(perm) (1u << (perm))
#define READS                                                                                      \
	(BIT(PERM_REPORT_READ) | BIT(PERM_INCIDENT_READ) | BIT(PERM_STATISTICS) |                  \
	    BIT(PERM_DIRECTORY_READ) | BIT(PERM_TELESCOPE_READ))
#define HANDLES                                                                                    \
	(READS | BIT(PERM_REPORT_EDIT) | BIT(PERM_INCIDENT_EDIT) | BIT(PERM_SEND) |                \
	    BIT(PERM_ATTACHMENT) | BIT(PERM_DIRECTORY_EDIT) | BIT(PERM_INTAKE))

/* DESIGN: who may do what. PERM_PUBLIC and PERM_SIGNED_IN go without saying. */
static const unsigned may[ROLE_COUNT] = {
	[ROLE_ADMIN] = HANDLES | BIT(PERM_JOURNAL) | BIT(PERM_ADMIN) | BIT(PERM_TELESCOPE_EDIT),
	[ROLE_MANAGER] = HANDLES | BIT(PERM_JOURNAL) | BIT(PERM_TELESCOPE_EDIT),
	[ROLE_HANDLER] = HANDLES,
	[ROLE_COORDINATOR] = READS,
	[ROLE_AUTHOR] = READS,
	[ROLE_ANALYST] = READS | BIT(PERM_ATTACHMENT) | BIT(PERM_TELESCOPE_EDIT),
	[ROLE_AUDITOR] = READS | BIT(PERM_ATTACHMENT) | BIT(PERM_JOURNAL),
};

bool
auth_may(enum role role, enum perm perm)
{
	if (perm <= PERM_UNSET || perm >= PERM_COUNT || role < ROLE_NONE || role >= ROLE_COUNT)
		return false;
	if (perm == PERM_PUBLIC)
		return true;
	if (role == ROLE_NONE)
		return false;
	return perm == PERM_SIGNED_IN || (may[role] & BIT(perm)) != 0;
}

bool
auth_allows(const struct auth *a, enum perm p)
{
	if (p == PERM_PUBLIC)
		return true;
	if (a->user == NULL || !auth_may(a->user->role, p))
		return false;
	return a->scope == NULL || a->scope[p];
}

static bool
add_one(struct str word, bool scope[PERM_COUNT])
{
	for (enum perm p = PERM_SIGNED_IN; p < PERM_COUNT; p++) {
		if (str_is(word, perm_name(p))) {
			scope[p] = true;
			return true;
		}
	}
	return false;
}

enum err
auth_scope_parse(struct str s, bool scope[PERM_COUNT], bool *ret_read_only)
{
	struct str word;
	size_t n = 0;
	bool read_only = false;

	for (enum perm p = PERM_UNSET; p < PERM_COUNT; p++)
		scope[p] = p == PERM_PUBLIC;
	while (str_split(&s, ',', &word)) {
		word = str_trim(word);
		n++;
		if (str_is(word, "all")) {
			for (enum perm p = PERM_PUBLIC; p < PERM_COUNT; p++)
				scope[p] = true;
		} else if (str_is(word, "read")) {
			read_only = true;
			for (enum perm p = PERM_PUBLIC; p < PERM_COUNT; p++)
				scope[p] = scope[p] || p == PERM_SIGNED_IN || p == PERM_JOURNAL ||
				    (READS & BIT(p)) != 0;
		} else if (!add_one(word, scope)) {
			return ERR_INVALID;
		}
	}
	if (n == 0)
		return ERR_INVALID;
	*ret_read_only = read_only && n == 1;
	return OK;
}
