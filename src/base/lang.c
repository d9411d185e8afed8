/* SPDX-License-Identifier: Apache-2.0 */
#include "base/zone.h"

const char *
lang_code(enum lang l)
{
	return l == LANG_JA ? "ja" : "en";
}

bool
lang_parse(struct str s, enum lang *ret)
{
	if (s.n < 2 || (s.n > 2 && s.p[2] != '-' && s.p[2] != '_'))
		return false;
	if (str_is_case(str_take(s, 2), "ja"))
		*ret = LANG_JA;
	else if (str_is_case(str_take(s, 2), "en"))
		*ret = LANG_EN;
	else
		return false;
	return true;
}
