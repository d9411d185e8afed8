/* SPDX-License-Identifier: Apache-2.0 */
/* open_data_web.c - /observation/data: masked days for everybody, while the team has it
 * switched on. */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/clock.h"
#include "observation/exchange.h"
#include "observation/open_data_store.h"
#include "web/web.h"

#define MOST 60 /* files for one address in an hour */

static const char *
file_name(struct web *w, int64_t day)
{
	const struct civil c = clock_day_civil(day);

	return arena_printf(w->a, "%04d%02d%02d.csv.zst", c.year, c.month, c.day);
}

static enum err
list(struct web *w)
{
	struct open_day *x;
	size_t n;

	if (!setting_bool(w->db, "telescope.open_data"))
		return ERR_NOT_FOUND;
	TRY(open_data_list(w->db, w->a, &x, &n));
	w->cache = "public, max-age=300";
	value_set_int(w->a, w->data, "total", (int64_t)n);
	struct value *items = value_set_list(w->a, w->data, "items");

	for (size_t i = 0; i < n; i++) {
		struct value *o = value_add_object(w->a, items);

		value_set_text(w->a, o, "day", exchange_day_text(w->a, x[i].day));
		value_set_text(w->a, o, "href", arena_printf(w->a, "/observation/data/%s", file_name(w, x[i].day)));
		value_set_int(w->a, o, "bytes", x[i].bytes);
		value_set_text(w->a, o, "@bytes_text", i18n_number(w->a, x[i].bytes));
		value_set_int(w->a, o, "lines", x[i].lines);
		value_set_text(w->a, o, "@lines_text", i18n_number(w->a, x[i].lines));
		value_set_int(w->a, o, "packets", x[i].packets);
		value_set_text(w->a, o, "@packets_text", i18n_number(w->a, x[i].packets));
	}
	value_set_bool(w->a, w->ui, "any", n > 0);
	return web_page(w, "open_data", N_("Open data"));
}

static enum err
fetch(struct web *w)
{
	const char *name = web_path(w, "name");
	struct open_day x;
	int64_t day;

	if (!setting_bool(w->db, "telescope.open_data") || strlen(name) != strlen("20260901.csv.zst") ||
	    exchange_day_parse(str_of(arena_printf(w->a, "%.4s-%.2s-%.2s", name, name + 4, name + 6)), &day) != OK ||
	    strcmp(name, file_name(w, day)) != 0)
		return ERR_NOT_FOUND;
	TRY(open_data_get(w->db, day, &x));
	if (!web_allow(w, "open-data", MOST, CLOCK_HOUR)) {
		TRY(web_bytes(w, "text/plain; charset=utf-8", STR("Too many files for this address; wait an hour.\n")));
		w->status = 429;
		return OK;
	}
	w->cache = "public, max-age=86400, immutable";
	return web_download(w, x.blob_id, name, "application/zstd");
}

const struct web_route open_data_routes[] = {
	{ WEB_GET, "/observation/data", PERM_PUBLIC, list, WEB_NO_LOG, "Masked days of the telescope, for everybody", NULL },
	{ WEB_GET, "/observation/data/:name", PERM_PUBLIC, fetch, WEB_NO_LOG, "One of them: CSV, zstd", NULL },
	{ 0 },
};
