/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchange_job.c - "exchange.day" looks which days are due, "exchange.make" makes one
 * file and gives it to the mail or keeps it to be fetched. The file goes piece by
 * piece into the blob store; only what a mail will carry is held in memory.
 */
#include <string.h>
#include <zlib.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"
#include "blob/blob.h"
#include "job/job.h"
#include "job/work.h"
#include "observation/exchange_store.h"
#include "observation/observe.h"
#include "telescope/store.h"
#include "text/i18n.h"

#define PLAIN LIMIT_KIB(256) /* larger files go packed */
#define EVERY (10 * CLOCK_MINUTE)

static enum err
plan(struct job_run *j, struct db *db)
{
	int64_t n;

	TRY(exchange_forget(db, j->now / CLOCK_DAY - EXCHANGE_KEEP_DAYS));
	return exchange_plan(db, j->a, exchange_newest(j->now, setting_int(db, "telescope.exchange_hour")), j->now, &n);
}

struct making {
	struct exchange x;
	struct exchange_file f;
	const char *id, *name, *email; /* of the team */
	const char *obstacle;
	bool idle; /* nothing to do: made already */
	struct blob_in *in;
	struct buf plain; /* its beginning; all of it while it has at most PLAIN bytes */
	struct buf packed;
	z_stream z;
	bool packs, large; /* large: too much for a mail */
	struct iodef_written written;
	struct exchange_made made;
};

static void
free_making(void *object)
{
	struct making *m = object;

	blob_in_free(m->in);
	buf_done(&m->plain);
	buf_done(&m->packed);
	if (m->packs)
		(void)deflateEnd(&m->z);
}

static enum err
load(struct job_run *j, struct db *db)
{
	struct making *m = arena_one(j->a, struct making);
	const char *at;

	j->state = m;
	TRY(exchange_file_get(db, j->a, value_integer(value_get(j->payload, "file")), &m->f));
	m->idle = strcmp(m->f.state, "waiting") != 0;
	TRY(exchange_get(db, j->a, m->f.exchange_id, j->now, &m->x));
	const struct exchange_check check = exchange_check_of(&m->x);

	m->obstacle = m->x.active ? exchange_obstacle(&check) : N_("It was switched off before the file was made.");
	m->email = setting_text(db, j->a, "team.email");
	if (m->obstacle == NULL && *m->email == '\0')
		m->obstacle = N_("The team has no mail address yet: set team.email.");
	at = strrchr(m->email, '@');
	m->id = at == NULL ? "localhost" : at + 1;
	m->name = setting_text(db, j->a, "team.name.en");
	if (*m->name == '\0')
		m->name = setting_text(db, j->a, "team.name.ja");
	return OK;
}

static enum err
pack(struct making *m, struct str bytes, bool last)
{
	unsigned char out[LIMIT_KIB(32)];
	int rc;

	m->z.next_in = (unsigned char *)(uintptr_t)bytes.p;
	m->z.avail_in = (unsigned)bytes.n;
	do {
		m->z.next_out = out;
		m->z.avail_out = sizeof(out);
		rc = deflate(&m->z, last ? Z_FINISH : Z_NO_FLUSH);
		if (rc == Z_STREAM_ERROR)
			return ERR_IO;
		buf_str(&m->packed, (struct str){ (const char *)out, sizeof(out) - m->z.avail_out });
	} while (m->z.avail_out == 0);
	return OK;
}

static enum err
take(void *object, uint16_t country, struct str bytes, bool first, bool last)
{
	struct making *m = object;

	(void)country;
	(void)first;
	m->made.bytes += (int64_t)bytes.n;
	TRY(blob_in_write(m->in, bytes.p, bytes.n));
	if (!m->packs || m->large)
		return OK;
	if (m->plain.n + bytes.n <= PLAIN)
		buf_str(&m->plain, bytes);
	TRY(pack(m, bytes, last));
	m->large = m->packed.n > LIMIT_EXCHANGE_MAIL;
	return OK;
}

static enum err
write_all(struct job_run *j, struct making *m)
{
	struct iodef x = { .day = m->f.day, .form = exchange_form(m->x.form), .together = m->x.together, .id = m->id, .name = m->name,
		.email = m->email, .now = j->now, .write = take, .object = m,
		.country = strcmp(m->x.country, EXCHANGE_EVERYWHERE) == 0 ? IODEF_ALL : filter_country(str_of(m->x.country)) };
	struct store *s;
	enum err e;

	TRY(blob_in_open(j->work->blobs, &m->in));
	e = j->work->data_dir == NULL ? ERR_NOT_FOUND : observe_take(observe_folder(j->a, j->work->data_dir), &s);
	if (e == ERR_NOT_FOUND) /* no sensor yet: nothing was seen */
		return blob_in_end(m->in);
	if (e == OK) {
		e = iodef_write(j->a, s, &x, &m->written);
		observe_give(s);
	}
	return e == OK ? blob_in_end(m->in) : e;
}

static enum err
make(struct job_run *j)
{
	struct making *m = j->state;

	if (m->idle || m->obstacle != NULL)
		return OK;
	buf_init(&m->plain, PLAIN + LIMIT_KIB(64));
	buf_init(&m->packed, LIMIT_EXCHANGE_MAIL + LIMIT_MIB(1));
	arena_defer(j->a, free_making, m);
	/* 16: with gzip's head (RFC 1952). */
	m->packs = strcmp(m->x.channel, "mail") == 0 && deflateInit2(&m->z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK;
	enum err e = write_all(j, m);

	if (e != OK) {
		j->error = arena_printf(j->a, "the file of %s for %s cannot be made (%s); it is tried again",
		    exchange_day_text(j->a, m->f.day), m->x.organisation, err_name(e));
		return e;
	}
	if (m->written.gone > 0) /* "nothing was seen" would be wrong */
		m->obstacle = N_("Records of that day are no longer kept, only their sums: see telescope.keep_days.");
	if (m->large)
		m->obstacle = N_("The file is too large for a mail. Let packets be put together, or let it fetch the files.");
	return OK;
}

static enum err
save(struct job_run *j, struct db *db)
{
	struct making *m = j->state;
	bool whole = (uint64_t)m->made.bytes <= PLAIN;

	if (m->idle)
		return OK;
	if (m->obstacle != NULL)
		return exchange_failed(db, j->a, m->f.id, m->obstacle, j->now);
	m->made.records = (int64_t)m->written.records;
	m->made.events = (int64_t)m->written.events;
	m->made.left_out = m->written.left_out;
	m->made.in = m->in;
	m->made.mail = whole ? buf_view(&m->plain) : buf_view(&m->packed);
	m->made.mail_name = exchange_file_name(j->a, m->f.day, m->x.country, m->x.form);
	m->made.mail_type = whole ? exchange_media_type(m->x.form) : "application/gzip";
	if (!whole)
		m->made.mail_name = arena_printf(j->a, "%s.gz", m->made.mail_name);
	return exchange_made(db, j->work->blobs, j->a, &m->x, &m->f, &m->made, j->now);
}

static enum err
died(struct job_run *j, struct db *db)
{
	return exchange_failed(db, j->a, value_integer(value_get(j->payload, "file")),
	    j->error != NULL ? j->error : "the file cannot be made; see the log", j->now);
}

const struct job_kind exchange_jobs[] = {
	{ .name = "exchange.day", .max_tries = 3, .save = plan, .every = EVERY },
	{ .name = "exchange.make", .max_tries = 6, .load = load, .act = make, .save = save, .died = died, .slow = true },
	{ 0 },
};
