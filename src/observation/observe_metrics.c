/* SPDX-License-Identifier: Apache-2.0 */
/* observe_metrics.c - what /metrics has of the telescope's store and of the exchange. */
#include <sys/stat.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/buf.h"
#include "observation/exchange_store.h"
#include "observation/observe.h"
#include "telescope/store.h"
#include "web/web.h"
#include "web/web_state.h"

#define DAYS 7

static void
gauge(struct buf *b, const char *name, const char *help, int64_t v)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s gauge\n%s %lld\n", name, help, name, name, (long long)v);
}

static void
store_metrics(struct web *w, struct buf *b)
{
	const char *folder = web_data_dir(w->state) == NULL ? NULL : observe_folder(w->a, web_data_dir(w->state));
	const struct store_entry *entry;
	int64_t records = 0, newest = 0;
	struct store *s;
	struct stat st;
	size_t n;

	if (folder == NULL || observe_take(folder, &s) != OK)
		return; /* nothing was sealed yet */
	entry = store_list(s, &n);
	for (size_t i = 0; i < n; i++) {
		records += entry[i].rows;
		newest = entry[i].to > newest ? entry[i].to : newest;
	}
	gauge(b, "tobiguchi_telescope_records", "Records in the store.", records);
	gauge(b, "tobiguchi_telescope_segments", "Segments in the store.", (int64_t)n);
	gauge(b, "tobiguchi_telescope_newest_seconds", "Time of the newest record that can be asked for, since 1970.", newest / 1000000);
	observe_give(s);
	/* Each commit adds a line to it. */
	if (stat(arena_printf(w->a, "%s/MANIFEST", folder), &st) == 0)
		gauge(b, "tobiguchi_telescope_sealed_seconds", "When records were sealed last, since 1970.", (int64_t)st.st_mtime);
}

enum err
observe_metrics(struct web *w, struct buf *b)
{
	int64_t today = exchange_newest(w->now, setting_int(w->db, "telescope.exchange_hour")), count[EXCHANGE_STATES] = { 0 };
	struct exchange_file *f;
	size_t n;

	store_metrics(w, b);
	TRY(exchange_file_list(w->db, w->a, today - DAYS + 1, today, &f, &n));
	for (size_t i = 0; i < n; i++)
		count[exchange_file_state(&f[i])]++;
	buf_text(b, "# HELP tobiguchi_exchange_files Files of the daily exchange of the last week.\n# TYPE tobiguchi_exchange_files gauge\n");
	for (int i = EXCHANGE_NONE + 1; i < EXCHANGE_STATES; i++)
		buf_printf(b, "tobiguchi_exchange_files{state=\"%s\"} %lld\n", exchange_state_words[i].name, (long long)count[i]);
	return OK;
}
