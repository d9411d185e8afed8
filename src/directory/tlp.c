/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/tlp.h"

#include "text/i18n.h"

static const struct {
	const char *label, *meaning;
	bool may[TLP_TO_PUBLIC + 1]; /* team named organisation clients community public */
} rows[] = {
	[TLP_CLEAR] = { "TLP:CLEAR", N_("You may share this without limit."),
	    { true, true, true, true, true, true } },
	[TLP_GREEN] = { "TLP:GREEN",
	    N_("You may share this within your community, but not through public channels."),
	    { true, true, true, true, true, false } },
	[TLP_AMBER] = { "TLP:AMBER",
	    N_("You may share this within your organisation and with its clients, where they "
	       "need to know."),
	    { true, true, true, true, false, false } },
	[TLP_AMBER_STRICT] = { "TLP:AMBER+STRICT",
	    N_("You may share this within your organisation only, where people need to know."),
	    { true, true, true, false, false, false } },
	[TLP_RED] = { "TLP:RED", N_("For you only. Do not pass this on."),
	    { false, true, false, false, false, false } },
};

enum err
tlp_parse(struct str s, enum tlp *ret)
{
	s = str_trim(s);
	(void)str_eat_case(&s, STR("TLP:")); /* may be left out */
	s = str_trim(s);
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (str_is_case(s, tlp_name((enum tlp)i))) {
			*ret = (enum tlp)i;
			return OK;
		}
	}
	if (!str_is_case(s, "WHITE")) /* TLP 1.0, until 2022 */
		return ERR_INVALID;
	*ret = TLP_CLEAR;
	return OK;
}

const char *
tlp_name(enum tlp t)
{
	return rows[t].label + 4;
}

const char *
tlp_label(enum tlp t)
{
	return rows[t].label;
}

const char *
tlp_meaning(enum tlp t)
{
	return rows[t].meaning;
}

enum tlp
tlp_strictest(enum tlp x, enum tlp y)
{
	return x > y ? x : y;
}

bool
tlp_may(enum tlp t, enum tlp_audience to)
{
	return rows[t].may[to];
}
