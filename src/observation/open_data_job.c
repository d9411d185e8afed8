/* SPDX-License-Identifier: Apache-2.0 */
/* open_data_job.c - once a day, when the team has switched it on, the day before for
 * everybody. The key that masks addresses is made for each day from one that stays here. */
#include <sodium.h>
#include <string.h>
#include <zstd.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "blob/blob.h"
#include "job/job.h"
#include "job/work.h"
#include "observation/exchange.h"
#include "observation/observe.h"
#include "observation/open_data_store.h"
#include "telescope/open_data.h"
#include "telescope/store.h"

#define HOUR 2 /* UTC: the day is sealed, and late sensors have had their time */

struct making {
	struct open_day day;
	bool due;
	struct open_data data;
	struct blob_in *in;
	ZSTD_CCtx *zstd;
};

static void
free_making(void *object)
{
	struct making *m = object;

	blob_in_free(m->in);
	(void)ZSTD_freeCCtx(m->zstd);
}

static enum err
load(struct job_run *j, struct db *db)
{
	struct making *m = arena_one(j->a, struct making);
	enum err e;

	j->state = m;
	m->data.day = exchange_newest(j->now, HOUR);
	if (!setting_bool(db, "telescope.open_data") || j->work->data_dir == NULL)
		return OK;
	e = open_data_get(db, m->data.day, &m->day);
	m->due = e == ERR_NOT_FOUND;
	return e == ERR_NOT_FOUND ? OK : e;
}

static enum err
pack(struct making *m, struct str bytes, bool last)
{
	char piece[LIMIT_KIB(32)];
	ZSTD_inBuffer in = { bytes.p, bytes.n, 0 };
	size_t left;

	do {
		ZSTD_outBuffer to = { piece, sizeof(piece), 0 };

		left = ZSTD_compressStream2(m->zstd, &to, &in, last ? ZSTD_e_end : ZSTD_e_continue);
		if (ZSTD_isError(left))
			return ERR_IO;
		TRY(blob_in_write(m->in, piece, to.pos));
	} while (last ? left > 0 : in.pos < in.size);
	return OK;
}

static enum err
take(void *object, struct str bytes)
{
	return pack(object, bytes, false);
}

static enum err
write_day(struct job_run *j, struct making *m, struct store *s)
{
	const char *name = arena_printf(j->a, "open data %s", exchange_day_text(j->a, m->data.day));

	if (crypto_generichash(m->data.key, sizeof(m->data.key), (const unsigned char *)name, strlen(name), j->work->key,
		sizeof(j->work->key)) != 0)
		return ERR_IO;
	m->zstd = ZSTD_createCCtx();
	arena_defer(j->a, free_making, m);
	m->data.write = take;
	m->data.object = m;
	TRY(blob_in_open(j->work->blobs, &m->in));
	TRY(open_data_write(j->a, s, &m->data));
	TRY(pack(m, STR_NULL, true));
	return blob_in_end(m->in);
}

static enum err
make(struct job_run *j)
{
	struct making *m = j->state;
	struct store *s;
	enum err e;

	if (!m->due)
		return OK;
	e = observe_take(observe_folder(j->a, j->work->data_dir), &s);
	if (e == OK) {
		e = write_day(j, m, s);
		observe_give(s);
	}
	if (e == OK && m->data.lines > 0)
		return OK;
	m->due = false; /* nothing to show */
	if (e == OK || e == ERR_NOT_FOUND)
		return OK;
	j->error = arena_printf(j->a, "the open data of the day before cannot be made (%s)", err_name(e));
	return e;
}

static enum err
save(struct job_run *j, struct db *db)
{
	struct making *m = j->state;

	TRY(open_data_forget(db, j->a, j->now / CLOCK_DAY - OPEN_DATA_KEEP_DAYS));
	if (!m->due)
		return OK;
	m->day = (struct open_day){ .day = m->data.day, .bytes = (int64_t)blob_in_size(m->in), .lines = (int64_t)m->data.lines,
		.packets = (int64_t)m->data.packets, .made_at = j->now };
	TRY(blob_adopt(m->in, db, j->now, &m->day.blob_id));
	return open_data_put(db, &m->day);
}

const struct job_kind open_data_jobs[] = {
	{ .name = "telescope.open-data", .max_tries = 3, .load = load, .act = make, .save = save, .every = CLOCK_HOUR, .slow = true },
	{ 0 },
};
