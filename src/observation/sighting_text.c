/* SPDX-License-Identifier: Apache-2.0 */
#include "observation/sighting_text.h"

#include <string.h>

#include "base/arena.h"
#include "text/i18n.h"

static const char *
real(struct arena *a, const struct value *v)
{
	return arena_printf(a, "%.1f", value_real(v));
}

const char *
sighting_sentence(struct arena *a, enum lang l, const char *rule, const struct value *n)
{
	const struct i18n_arg args[] = {
		{ "sources", i18n_number(a, value_integer(value_get(n, "sources"))) },
		{ "packets", i18n_number(a, value_integer(value_get(n, "packets"))) },
		{ "sensors", i18n_number(a, value_integer(value_get(n, "sensors"))) },
		{ "then", i18n_number(a, value_integer(value_get(n, "sources_then"))) },
		{ "usual", real(a, value_get(n, "usual")) },
		{ "score", real(a, value_get(n, "score")) },
		{ "limit", real(a, value_get(n, "limit")) },
		{ "port", value_cstr(value_get(n, "port")) },
		{ NULL, NULL },
	};
	const char *text = N_("{sources} sources, none in the week before; {packets} packets");

	if (strcmp(rule, "wave") == 0)
		text = N_("{then} sources in an hour, usually {usual}: {score} deviations, over {limit}; {packets} packets at {sensors} sensors");
	else if (strcmp(rule, "slow") == 0)
		text = N_("{sources} sources of late, usually {usual} in an hour: sum {score}, over {limit}; {packets} packets at {sensors} sensors");
	else if (strcmp(rule, "heavy") == 0)
		text = N_("{packets} packets in a day, hardly any in the week before; mostly to {port}");
	else if (strcmp(rule, "victim") == 0)
		text = N_("{packets} answers at {sensors} sensors to packets that we never sent");
	return i18n_fill(a, i18n(l, NULL, text), args);
}

