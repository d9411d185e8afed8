/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/pap.h"

#include "text/i18n.h"

static const struct {
	const char *label, *meaning;
} rows[] = {
	[PAP_CLEAR] = { "PAP:CLEAR", N_("Any lawful use is allowed.") },
	[PAP_GREEN] = { "PAP:GREEN",
	    N_("Active steps such as blocking or fetching are allowed.") },
	[PAP_AMBER] = { "PAP:AMBER",
	    N_("Passive checks only, also with third parties. Do not touch the attacker's "
	       "systems.") },
	[PAP_RED] = { "PAP:RED",
	    N_("Look in your own logs only. Nobody outside may notice.") },
};

enum err
pap_parse(struct str s, enum pap *ret)
{
	s = str_trim(s);
	(void)str_eat_case(&s, STR("PAP:")); /* may be left out */
	s = str_trim(s);
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (str_is_case(s, pap_name((enum pap)i))) {
			*ret = (enum pap)i;
			return OK;
		}
	}
	if (!str_is_case(s, "WHITE"))
		return ERR_INVALID;
	*ret = PAP_CLEAR;
	return OK;
}

const char *
pap_name(enum pap p)
{
	return rows[p].label + 4;
}

const char *
pap_label(enum pap p)
{
	return rows[p].label;
}

const char *
pap_meaning(enum pap p)
{
	return rows[p].meaning;
}

enum pap
pap_strictest(enum pap x, enum pap y)
{
	return x > y ? x : y;
}

bool
pap_may_act(enum pap p)
{
	return p <= PAP_GREEN;
}

bool
pap_may_ask(enum pap p)
{
	return p <= PAP_AMBER;
}
