/* SPDX-License-Identifier: Apache-2.0 */
/* observe_tabs_web.c - the tabs of /telescope: sensors have one, too. */
#include <string.h>

#include "base/arena.h"
#include "collector/collect_web.h"
#include "web/web.h"

void
observe_tabs(struct web *w, const char *path)
{
	static const struct web_option tabs[] = {
		{ "/telescope", N_("Questions") },
		{ "/telescope/graphs", N_("Graphs") },
		{ "/telescope/noticed", N_("Noticed") },
		{ "/telescope/reports", N_("Reports") },
		{ "/telescope/sensors", N_("Sensors") },
		{ "/telescope/exchange", N_("Exchange") },
		{ NULL, NULL },
	};
	struct value *list = value_set_list(w->a, w->ui, "tabs");

	for (size_t i = 0; tabs[i].value != NULL; i++) {
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "label", web_tr(w, "observe", tabs[i].label));
		value_set_text(w->a, o, "href", tabs[i].value);
		value_set_bool(w->a, o, "current", strcmp(tabs[i].value, path) == 0);
	}
}
