/* SPDX-License-Identifier: Apache-2.0 */
/* telescope_cli.c - "telescope import", "query" and "verify"; the others are in
 * telescope_dump_cli.c. */
#include "telescope/telescope_cli.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/zone.h"
#include "text/csv.h"
#include "directory/geo.h"
#include "directory/prefix_table.h"
#include "sys/files.h"
#include "sys/sandbox.h"
#include "sys/user.h"
#include "telescope/capture.h"
#include "telescope/clickhouse.h"
#include "telescope/feed.h"
#include "telescope/packet.h"
#include "telescope/query.h"
#include "telescope/segment.h"
#include "telescope/segment_code.h"
#include "telescope/store.h"

#define PROGRESS_PACKETS 4000000
#define FEED_PIECE LIMIT_MIB(1)
#define MARK_PIECE LIMIT_KIB(16)
#define MARK_WHOLE ((off_t)LIMIT_MIB(32)) /* up to here all of a file is read for its mark */

const char *
telescope_store_folder(struct cli *c)
{
	const char *folder = cli_option(c, "--store");

	if (folder != NULL && *folder != '\0')
		return folder;
	return c->data == NULL ? NULL : arena_printf(c->a, "%s/telescope/store", c->data);
}

/*
 * What root writes into the server's folder must be the server's, else it cannot read it.
 * A store that is not there yet: as the data folder is.
 */
static int
become_owner(struct cli *c, const char *folder)
{
	enum err e = sys_user_become_owner(folder);

	if (e == ERR_NOT_FOUND && c->data != NULL && str_starts(str_of(folder), str_of(c->data)))
		e = sys_user_become_owner(c->data);
	if (e != OK && e != ERR_NOT_FOUND)
		return cli_fail(EX_NOPERM, "%s: cannot act as its owner", folder);
	return EX_OK;
}

int
telescope_open(struct cli *c, bool write, struct store **ret)
{
	const char *folder = telescope_store_folder(c);
	enum err e;

	if (folder == NULL)
		return cli_fail(EX_USAGE, "give the folder of the records with --store DIR");
	if (write && become_owner(c, folder) != EX_OK)
		return EX_NOPERM;
	e = store_open(folder, write, ret);
	switch (e) {
	case OK:
		return EX_OK;
	case ERR_NOT_FOUND:
		return cli_fail(EX_NOINPUT, "%s: no such folder; `tobiguchi telescope import` makes it", folder);
	case ERR_TIMEOUT:
		return cli_fail(EX_TEMPFAIL, "%s: another process writes into it; try again when it is done", folder);
	case ERR_INVALID:
		return cli_fail(EX_DATAERR, "%s/MANIFEST is damaged: restore it from a backup", folder);
	default:
		return cli_fail(cli_exit(e), "%s: cannot be opened (%s)", folder, err_name(e));
	}
}

bool
telescope_time(struct cli *c, const char *option, int64_t *ret)
{
	const char *text = cli_option(c, option);
	int64_t at;

	*ret = 0;
	if (text == NULL)
		return true;
	if (zone_parse(zone_utc(), str_of(text), &at) != OK || at < 0) {
		(void)cli_fail(EX_USAGE, "%s %s: give a time such as 2026-09-01 or 2026-09-01T12:00 (UTC)", option, text);
		return false;
	}
	*ret = at * 1000;
	return true;
}

bool
telescope_where(struct cli *c, const struct filter **ret)
{
	const char *text = cli_option(c, "--where"), *fault;
	size_t at;

	if (filter_parse(c->a, str_of(text == NULL ? "" : text), ret, &fault, &at) == OK)
		return true;
	(void)cli_fail(EX_USAGE, "--where: %s\n  %s\n  %*s^", fault, text, (int)at, "");
	return false;
}

void
telescope_left_out(struct cli *c, const struct query_result *x)
{
	(void)c;
	for (size_t i = 0; i < x->left_outs; i++)
		(void)fprintf(stderr, "tobiguchi: segment %s was left out: %s; see `tobiguchi telescope verify`\n",
		    x->left_out[i].segment,
		    x->left_out[i].why == ERR_UNAVAILABLE	  ? "a later version wrote it"
			: x->left_out[i].why == ERR_NOT_FOUND ? "what this asks for was not kept so long, or the file is missing"
							      : "it is damaged");
}

/* import */

struct sensors {
	struct prefix_table *table;
	const char **name;
};

static const char *
sensor_of(void *object, const struct ip *target)
{
	const struct sensors *s = object;
	uint32_t i = prefix_table_find(s->table, target);

	return i == PREFIX_NONE ? NULL : s->name[i];
}

static int
sensors_read(struct cli *c, const char *path, struct sensors *ret)
{
	struct prefix_entry *entry = NULL;
	struct str text, field[CSV_FIELDS];
	const char **name = NULL;
	size_t n = 0, fields;
	struct csv csv;
	enum err e = files_read(c->a, path, LIMIT_SENSOR_MAP, &text);

	if (e != OK)
		return cli_fail(e == ERR_NOT_FOUND ? EX_NOINPUT : EX_IOERR, "%s: cannot be read (%s)", path, err_name(e));
	csv = csv_of(text);
	while ((e = csv_next(&csv, c->a, field, &fields)) == OK) {
		struct prefix_entry x = { .value = (uint32_t)n };

		if (fields >= 2 && csv.line == 1 && str_is_case(field[0], "network"))
			continue;
		if (fields < 2 || field[1].n > STORE_NAME || !segment_name_ok(field[1]))
			return cli_fail(EX_DATAERR, "%s:%zu: give \"network,sensor\" (a name of at most %d bytes, UTF-8)", path, csv.line,
			    STORE_NAME);
		if (ip_net_parse_any(field[0], &x.net) != OK)
			return cli_fail(EX_DATAERR, "%s:%zu: \"%.*s\" is no network", path, csv.line, STR_F(field[0]));
		entry = arena_room(c->a, entry, n, sizeof(*entry));
		name = arena_room(c->a, name, n, sizeof(*name));
		entry[n] = x;
		name[n++] = arena_cstr(c->a, field[1]);
	}
	if (e != ERR_NOT_FOUND)
		return cli_fail(EX_DATAERR, "%s:%zu: cannot be read as CSV", path, csv.line);
	if (prefix_table_new(entry, n, &ret->table) != OK)
		return cli_fail(EX_DATAERR, "%s: cannot be used", path);
	ret->name = name;
	return EX_OK;
}

struct import {
	struct store_writer *writer;
	struct packet_counts counts;
	uint64_t packets;
	bool tell; /* progress, on a terminal */
	bool text; /* the files are of format feed, of sensor ${sensor} */
	enum feed_format feed;
	uint32_t sensor;
	uint64_t known, bad; /* files that are in there already; entries of feeds that cannot be used */
};

/* All of a text file, or of a pipe. */
static enum err
read_text(struct arena *a, int fd, struct str *ret)
{
	struct buf *b = buf_new(a, LIMIT_FEED);

	for (;;) {
		if (b->n == LIMIT_FEED || !buf_room(b, b->n + FEED_PIECE < LIMIT_FEED ? FEED_PIECE : LIMIT_FEED - b->n))
			return ERR_LIMIT;
		ssize_t n = read(fd, b->p + b->n, b->size - b->n);

		if (n < 0 && errno != EINTR)
			return ERR_IO;
		if (n == 0)
			break;
		b->n += n > 0 ? (size_t)n : 0;
	}
	*ret = buf_view(b);
	return OK;
}

static enum err
import_feed(struct import *im, int fd, const char *path, enum err *ret_write)
{
	AUTO(arena) a = arena_new();
	struct record r;
	struct str text;
	enum err e = read_text(a, fd, &text);

	if (e == ERR_LIMIT)
		(void)cli_fail(0, "%s: larger than %zu MiB; split it", path, (size_t)(LIMIT_FEED >> 20));
	TRY(e);
	struct feed f = feed_of(im->feed, text);

	while ((e = feed_next(&f, &r)) == OK) {
		im->packets++;
		*ret_write = store_add(im->writer, &r, im->sensor);
		if (*ret_write != OK)
			return *ret_write;
	}
	im->bad += f.bad;
	if (f.bad > 0)
		(void)cli_fail(0, "%s: %" PRIu64 " of %" PRIu64 " entries cannot be used", path, f.bad, f.events);
	if (e == ERR_INVALID)
		(void)cli_fail(0, "%s: no entries of the format %s", path, feed_name(im->feed));
	return e == ERR_NOT_FOUND ? OK : e;
}

/*
 * From which the same file is known again; 0: it cannot be told (a pipe). Small ones are read
 * whole; of large captures 16 KiB of each MiB, which differ in the times of packets.
 */
static uint64_t
mark_of(int fd)
{
	static char piece[sizeof(uint64_t) + MARK_PIECE];
	struct stat st;
	uint64_t mark;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return 0;
	off_t step = st.st_size > MARK_WHOLE ? LIMIT_MIB(1) : MARK_PIECE;

	mark = (uint64_t)st.st_size;
	for (off_t at = 0; at < st.st_size; at += step) {
		ssize_t n = pread(fd, piece + sizeof(mark), MARK_PIECE, at);

		if (n <= 0)
			return 0;
		memcpy(piece, &mark, sizeof(mark));
		mark = segment_hash(piece, sizeof(mark) + (size_t)n);
	}
	return mark == 0 ? 1 : mark;
}

static enum err
import_file(struct import *im, int fd, const char *path, enum err *ret_write)
{
	AUTO(capture) capture = capture_new(capture_fill_fd, &fd);
	struct capture_packet p;
	struct record r;
	uint64_t before = im->packets, at;
	enum err e;

	while ((e = capture_next(capture, &p)) == OK) {
		if (++im->packets % PROGRESS_PACKETS == 0 && im->tell)
			(void)fprintf(stderr, "\r%s: %" PRIu64 " packets", path, im->packets);
		if (!packet_decode(p.link, p.bytes, p.wire, p.at, &im->counts, &r))
			continue;
		*ret_write = store_add(im->writer, &r, STORE_BY_ADDRESS);
		if (*ret_write != OK)
			return *ret_write;
	}
	if (im->tell && im->packets >= PROGRESS_PACKETS)
		(void)fputs("\r\n", stderr);
	if (e == ERR_INVALID) {
		const char *fault = capture_fault(capture, &at);

		(void)cli_fail(0, "%s: %s (byte %" PRIu64 "); %" PRIu64 " packets before it are taken", path, fault, at,
		    im->packets - before);
		return im->packets > before ? OK : ERR_INVALID;
	}
	return e == ERR_NOT_FOUND ? OK : e;
}

static int
write_fault(struct cli *c, enum err e)
{
	const char *folder = telescope_store_folder(c);

	if (e == ERR_UNAVAILABLE)
		return cli_fail(EX_CANTCREAT, "%s: the disk is full; nothing was imported", folder);
	return cli_fail(e == ERR_LIMIT ? EX_DATAERR : EX_IOERR, "%s: cannot be written (%s); nothing was imported", folder, err_name(e));
}

static void
tell_import(struct cli *c, const struct import *im, struct store_written w, int64_t us)
{
	struct value *v = value_object(c->a), *kinds = value_object(c->a);

	value_set_int(c->a, v, "packets", (int64_t)im->packets);
	value_set_int(c->a, v, "records", (int64_t)w.records);
	value_set_int(c->a, v, "segments", (int64_t)w.segments);
	value_set_int(c->a, v, "bytes", (int64_t)w.bytes);
	value_set_int(c->a, v, "milliseconds", us / 1000);
	value_set_int(c->a, v, "known_files", (int64_t)im->known);
	value_set_int(c->a, v, "bad", (int64_t)im->bad);
	for (unsigned i = PACKET_RECORDED + 1; i < PACKET_KINDS; i++) {
		if (im->counts.of[i] > 0)
			value_set_int(c->a, kinds, packet_kind_name((enum packet_kind)i), (int64_t)im->counts.of[i]);
	}
	if (c->json) {
		value_set(c->a, v, "odd", kinds);
		cli_print(c, v);
		return;
	}
	(void)printf("%" PRIu64 " packets, %" PRIu64 " records in %" PRIu64 " segments, %.1f MB, %.1f s\n", im->packets, w.records,
	    w.segments, (double)w.bytes / 1e6, (double)us / 1e6);
	for (size_t i = 0; i < value_count(kinds); i++)
		(void)printf("  %-16s %" PRId64 "\n", value_key(kinds, i), value_integer(value_member(kinds, i)));
}

static int
open_all(struct cli *c, int *fd)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < (rlim_t)c->args + 64) {
		r.rlim_cur = r.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &r); /* open() tells when it is too few */
	}
	for (int i = 0; i < c->args; i++) {
		fd[i] = strcmp(c->arg[i], "-") == 0 ? STDIN_FILENO : open(c->arg[i], O_RDONLY | O_CLOEXEC);
		if (fd[i] < 0)
			return cli_fail(errno == EMFILE ? EX_OSERR : EX_NOINPUT, "%s: %s; nothing was imported", c->arg[i],
			    strerror(errno));
	}
	return EX_OK;
}

static int
import_options_read(struct cli *c, struct store_options *o, struct import *im)
{
	const char *format = cli_option(c, "--format");
	int64_t payload;

	if (c->args == 0)
		return cli_fail(EX_USAGE, "give the files; see `tobiguchi telescope import --help`");
	if (!cli_option_int(c, "--payload", 0, RECORD_PAYLOAD, 0, &payload))
		return EX_USAGE;
	o->payload = (unsigned)payload;
	im->text = format != NULL && strcmp(format, "pcap") != 0;
	if (im->text && !feed_find(str_of(format), &im->feed))
		return cli_fail(EX_USAGE, "--format %s: give pcap (also pcapng), dshield or shadowserver", format);
	return EX_OK;
}

/* Whose records a feed's are: by the map, or all of one sensor with the feed's name. */
static enum err
feed_sensor(struct cli *c, struct import *im)
{
	const char *name = cli_option(c, "--sensor");

	im->sensor = STORE_BY_ADDRESS;
	if (!im->text || cli_option(c, "--sensors") != NULL)
		return OK;
	return store_sensor(im->writer, str_of(name != NULL ? name : feed_name(im->feed)), &im->sensor);
}

/* ${*ret_bad}: files that could not be read well. */
static int
import_all(struct cli *c, struct import *im, const int *fd, const uint64_t *mark, const bool *known, int *ret_bad)
{
	enum err e, written = OK;

	for (int i = 0; i < c->args; i++) {
		if (known[i])
			continue;
		e = im->text ? import_feed(im, fd[i], c->arg[i], &written) : import_file(im, fd[i], c->arg[i], &written);
		if (written != OK)
			return write_fault(c, written);
		if (e == ERR_IO)
			(void)cli_fail(0, "%s: cannot be read to its end", c->arg[i]);
		if (e == OK && mark[i] != 0)
			store_remember(im->writer, mark[i]);
		*ret_bad += e != OK;
	}
	e = store_commit(im->writer, NULL);
	return e == OK ? EX_OK : write_fault(c, e);
}

/* Which files the store has already, or were given twice. */
static void
marks(struct cli *c, const struct store *s, const int *fd, struct import *im, uint64_t *mark, bool *known)
{
	bool again = cli_option(c, "--again") != NULL;

	for (int i = 0; i < c->args; i++) {
		mark[i] = mark_of(fd[i]);
		known[i] = !again && mark[i] != 0 && store_knows(s, mark[i]);
		for (int k = 0; k < i && !again; k++)
			known[i] = known[i] || (mark[i] != 0 && mark[k] == mark[i]);
		im->known += known[i];
		if (known[i])
			(void)cli_fail(0, "%s: is in there already and was left out; --again takes it once more", c->arg[i]);
	}
}

static int
telescope_import(struct cli *c)
{
	const char *map = cli_option(c, "--sensors");
	struct store_options options = { .microseconds = cli_option(c, "--microseconds") != NULL };
	struct sensors sensors = { .table = NULL };
	struct import im = { .tell = isatty(STDERR_FILENO) != 0 && !c->json };
	AUTO(geo) geo = NULL;
	AUTO(store) s = NULL;
	AUTO(store_writer) w = NULL;
	int64_t began = clock_monotonic_us();
	int bad = 0, rc = import_options_read(c, &options, &im), *fd = arena_many(c->a, int, (size_t)c->args + 1);
	uint64_t *mark = arena_many(c->a, uint64_t, (size_t)c->args + 1);
	bool *known = arena_many(c->a, bool, (size_t)c->args + 1);
	enum err e;

	if (rc == EX_OK)
		rc = open_all(c, fd);
	if (rc == EX_OK && map != NULL) {
		rc = sensors_read(c, map, &sensors);
		options.sensor_of = sensor_of;
		options.object = &sensors;
	}
	if (rc == EX_OK)
		rc = telescope_open(c, true, &s);
	if (rc != EX_OK)
		return rc;
	if (cli_option(c, "--no-places") == NULL) {
		struct geo_files files = geo_files_debian;

		files.own = cli_option(c, "--places");
		geo = geo_load(&files);
		options.geo = geo;
		if (files.own != NULL && (geo_source(geo, GEO_OWN)->state != OK || geo_source(geo, GEO_OWN)->rows == 0))
			return cli_fail(EX_DATAERR, "%s: cannot be read (%s); give lines \"network,country,AS number,AS name\"", files.own,
			    err_name(geo_source(geo, GEO_OWN)->state));
		if (geo_source(geo, GEO_OWN)->bad > 0)
			(void)cli_fail(0, "%s:%lld: no network, or no country; %lld such lines are passed over", files.own,
			    (long long)geo_source(geo, GEO_OWN)->line, (long long)geo_source(geo, GEO_OWN)->bad);
		if (geo_missing(geo) != NULL)
			(void)cli_fail(0, "%s", geo_missing(geo));
	}
	e = store_writer_new(s, &options, &w);
	if (e == OK)
		e = sandbox_store(telescope_store_folder(c));
	if (e != OK)
		return cli_fail(EX_OSERR, "the import cannot lock itself in (%s): does this system have seccomp?", err_name(e));
	im.writer = w;
	marks(c, s, fd, &im, mark, known);
	if (feed_sensor(c, &im) != OK)
		return cli_fail(EX_USAGE, "--sensor: give a name of at most %d bytes, UTF-8", STORE_NAME);
	rc = import_all(c, &im, fd, mark, known, &bad);
	if (rc == EX_OK)
		tell_import(c, &im, store_written(w), clock_monotonic_us() - began);
	prefix_table_free(sensors.table);
	return rc == EX_OK && bad > 0 ? EX_DATAERR : rc;
}

/* query */

static bool
keys_parse(struct cli *c, struct query *q)
{
	struct str list = str_of(cli_option(c, "--group-by")), one;

	while (str_split(&list, ',', &one)) {
		if (q->keys == QUERY_KEYS_MAX || !query_key_find(one, &q->key[q->keys])) {
			(void)cli_fail(EX_USAGE,
			    "--group-by: give one or two of port, proto, source, net, as, country, sensor, fingerprint, hour, day");
			return false;
		}
		q->keys++;
	}
	return true;
}

bool
telescope_query(struct cli *c, struct query *ret)
{
	const char *measure = cli_option(c, "--measure");
	struct query q = { .measure = QUERY_PACKETS, .previous = cli_option(c, "--previous") != NULL };
	int64_t top, timeout;

	if (!telescope_time(c, "--from", &q.from) || !telescope_time(c, "--to", &q.to) || !telescope_where(c, &q.where) ||
	    !cli_option_int(c, "--timeout", 0, 86400, 0, &timeout) || !cli_option_int(c, "--top", 0, LIMIT_QUERY_GROUPS, 0, &top))
		return false;
	if (measure != NULL && !query_measure_find(str_of(measure), &q.measure)) {
		(void)cli_fail(EX_USAGE, "--measure %s: give packets, sources or targets", measure);
		return false;
	}
	q.top = (unsigned)top;
	q.until = timeout == 0 ? 0 : clock_monotonic_us() + timeout * 1000000;
	*ret = q;
	return true;
}

static struct value *
row_value(struct cli *c, const struct query *q, const struct query_row *row)
{
	struct value *v = value_object(c->a);
	const char *measure = query_measure_name(q->measure);

	for (unsigned i = 0; i < q->keys; i++)
		value_set_text(c->a, v, query_key_name(q->key[i]), row->text[i]);
	value_set_int(c->a, v, "packets", (int64_t)row->count[QUERY_PACKETS]);
	value_set_int(c->a, v, measure, (int64_t)row->count[q->measure]);
	value_set_int(c->a, v, "rank", row->rank);
	if (q->previous) {
		value_set_id(c->a, v, "previous_rank", row->previous_rank);
		value_set_int(c->a, v, "previous", (int64_t)row->previous);
	}
	return v;
}

static void
print_json(struct cli *c, const struct query *q, const struct query_result *x, int64_t us)
{
	struct value *v = value_object(c->a), *list = value_set_list(c->a, v, "items"), *o;
	const char *measure = query_measure_name(q->measure);

	for (size_t i = 0; i < x->n; i++)
		value_add(c->a, list, row_value(c, q, &x->row[i]));
	o = value_set_object(c->a, v, "others");
	value_set_int(c->a, o, "groups", (int64_t)(x->groups > x->n ? x->groups - x->n : 0));
	value_set_int(c->a, o, "packets", (int64_t)x->others.count[QUERY_PACKETS]);
	if (q->measure != QUERY_PACKETS)
		value_set_id(c->a, o, measure, (int64_t)x->others.count[q->measure]);
	o = value_set_object(c->a, v, "all");
	value_set_int(c->a, o, "groups", (int64_t)x->groups);
	value_set_int(c->a, o, "packets", (int64_t)x->all.count[QUERY_PACKETS]);
	if (q->measure != QUERY_PACKETS)
		value_set_id(c->a, o, measure, (int64_t)x->all.count[q->measure]);
	list = value_set_list(c->a, v, "left_out");
	for (size_t i = 0; i < x->left_outs; i++) {
		o = value_add_object(c->a, list);
		value_set_text(c->a, o, "segment", x->left_out[i].segment);
		value_set_text(c->a, o, "why", err_name(x->left_out[i].why));
	}
	value_set_text(c->a, v, "places", x->attribution);
	value_set_int(c->a, v, "microseconds", us);
	cli_print(c, v);
}

static void
print_table(const struct query *q, const struct query_result *x)
{
	enum query_measure m = q->measure;

	for (unsigned i = 0; i < q->keys; i++)
		(void)printf("%-20s  ", query_key_name(q->key[i]));
	(void)printf("%12s%s\n", query_measure_name(m), q->previous ? "      before  rank  before" : "");
	for (size_t i = 0; i < x->n; i++) {
		for (unsigned k = 0; k < q->keys; k++)
			(void)printf("%-20s  ", *x->row[i].text[k] == '\0' ? "-" : x->row[i].text[k]);
		(void)printf("%12" PRIu64, x->row[i].count[m]);
		if (q->previous)
			(void)printf("%12" PRIu64 "  %4u  %6u", x->row[i].previous, x->row[i].rank, x->row[i].previous_rank);
		(void)putchar('\n');
	}
	if (x->groups > x->n && x->others.count[m] > 0)
		(void)printf("%-20s  %*s%12" PRIu64 "  (%" PRIu64 ")\n", "others", q->keys > 1 ? 22 : 0, "", x->others.count[m],
		    x->groups - x->n);
	if (*x->attribution != '\0')
		(void)printf("%s\n", x->attribution);
}

static int
run_fault(enum err e)
{
	if (e == ERR_TIMEOUT)
		return cli_fail(EX_TEMPFAIL, "the time is over; give more with --timeout, or ask for less");
	if (e == ERR_LIMIT)
		return cli_fail(EX_DATAERR, "the answer has too many rows: ask for less with --where, --from and --to");
	return cli_fail(cli_exit(e), "the question cannot be answered (%s)", err_name(e));
}

static bool
tell_progress(void *object, size_t done, size_t all)
{
	int64_t *next = object, now = clock_monotonic_us();

	if (now >= *next) {
		(void)fprintf(stderr, "\r%zu of %zu segments", done, all);
		*next = now + 1000000;
	}
	return true;
}

static int
run_query(struct cli *c)
{
	struct query_result x = { .n = 0 };
	int64_t began, next;
	AUTO(store) s = NULL;
	AUTO(clickhouse) there = NULL;
	struct query q;
	enum err e;
	int rc;

	if (cli_option(c, "--group-by") == NULL)
		return cli_fail(EX_USAGE, "say by what with --group-by KEY[,KEY]; see `tobiguchi telescope query --help`");
	if (!telescope_query(c, &q) || !keys_parse(c, &q))
		return EX_USAGE;
	rc = cli_option(c, "--clickhouse") != NULL ? clickhouse_cli_open(c, &there) : telescope_open(c, false, &s);
	if (rc != EX_OK)
		return rc;
	began = clock_monotonic_us();
	next = began + 2000000; /* who waits so long wants to know */
	if (isatty(STDERR_FILENO) != 0) {
		q.progress = tell_progress;
		q.object = &next;
	}
	e = there != NULL ? clickhouse_query(c->a, there, &q, &x) : query_run(c->a, s, &q, &x);
	if (there != NULL && e == ERR_UNAVAILABLE)
		return cli_fail(EX_UNAVAILABLE, "ClickHouse: %s", clickhouse_fault(there));
	if (e != OK)
		return run_fault(e);
	if (c->json)
		print_json(c, &q, &x, clock_monotonic_us() - began);
	else
		print_table(&q, &x);
	telescope_left_out(c, &x);
	return EX_OK;
}

/* verify */

/* "" when all is well. */
static const char *
verify_one(struct cli *c, struct store *s, size_t i, struct segment_rows *rows)
{
	struct segment *g;
	unsigned bad = 0;
	enum err e = store_segment(s, i, &g);

	if (e == ERR_UNAVAILABLE)
		return "a later version wrote it: use that to read it";
	if (e == ERR_NOT_FOUND)
		return "the file is missing";
	if (e != OK)
		return "cut short, or damaged at its end";
	e = segment_verify(g, &bad);
	if (e != OK)
		return "cannot be read";
	if (bad > 0)
		return arena_printf(c->a, "%u frames are damaged", bad);
	for (uint32_t b = 0; segment_columns(g) != 0 && b < segment_info(g)->blocks; b++) {
		if (segment_read(g, b, segment_columns(g), rows) != OK)
			return arena_printf(c->a, "block %u cannot be read though its bytes are as they were written", b);
	}
	return "";
}

static int
telescope_verify(struct cli *c)
{
	struct value *v = value_object(c->a), *list = value_set_list(c->a, v, "segments");
	AUTO(segment_rows) rows = segment_rows_new();
	const struct store_entry *entry;
	AUTO(store) s = NULL;
	size_t n, bad = 0;
	int64_t records = 0;
	int rc = telescope_open(c, false, &s);

	if (rc != EX_OK)
		return rc;
	entry = store_list(s, &n);
	for (size_t i = 0; i < n; i++) {
		const char *fault = verify_one(c, s, i, rows);
		struct value *o = value_add_object(c->a, list);

		value_set_text(c->a, o, "name", entry[i].name);
		value_set_int(c->a, o, "records", entry[i].rows);
		value_set_text(c->a, o, "fault", *fault == '\0' ? NULL : fault);
		records += entry[i].rows;
		bad += *fault != '\0';
		if (!c->json && *fault != '\0')
			(void)printf("%s: %s\n", entry[i].name, fault);
	}
	value_set_int(c->a, v, "damaged", (int64_t)bad);
	value_set_int(c->a, v, "records", records);
	if (c->json)
		cli_print(c, v);
	else
		(void)printf("%zu segments, %" PRId64 " records, %zu damaged\n", n, records, bad);
	return bad == 0 ? EX_OK : EX_DATAERR;
}

/* retain */

static int
telescope_retain(struct cli *c)
{
	struct value *v = value_object(c->a);
	int64_t raw_days, days, segments;
	AUTO(store) s = NULL;
	enum err e;
	int rc;

	if (!cli_option_int(c, "--raw-days", 0, 36500, 0, &raw_days) || !cli_option_int(c, "--days", 0, 36500, 0, &days))
		return EX_USAGE;
	if (raw_days == 0 && days == 0)
		return cli_fail(EX_USAGE, "say what goes with --raw-days N, --days N, or both");
	rc = telescope_open(c, true, &s);
	if (rc != EX_OK)
		return rc;
	e = store_retain(s, c->now / CLOCK_DAY, raw_days, days, &segments);
	if (e != OK)
		return cli_fail(cli_exit(e), "what is left cannot be written (%s); all is as it was", err_name(e));
	value_set_int(c->a, v, "segments", segments);
	cli_print(c, v);
	return EX_OK;
}

#define STORE_OPTION { "--store", "DIR", "the folder of the records (otherwise DATA/telescope/store)" }
#define WHERE_OPTIONS                                                                              \
	{ "--from", "T", "records from this time on (UTC)" },                                       \
	    { "--to", "T", "records before this time (UTC)" },                                      \
	    { "--where", "FILTER", "which records, such as \"tcp dport 23 and country JP\"" }

static const struct cli_option import_options[] = {
	STORE_OPTION,
	{ "--format", "F", "pcap (otherwise; also pcapng), dshield (JSON) or shadowserver (CSV of event4_honeypot_darknet)" },
	{ "--sensors", "MAP.csv", "lines \"network,sensor\"; without it, one sensor for each /24" },
	{ "--sensor", "NAME", "of dshield and shadowserver without a map: whose records they are (otherwise the format's name)" },
	{ "--again", NULL, "also files that were imported before" },
	{ "--microseconds", NULL, "keep times in microseconds instead of milliseconds" },
	{ "--payload", "N", "keep the first N bytes behind the headers, at most 64" },
	{ "--places", "FILE.csv", "lines \"network,country,AS number,AS name\" that count before Debian's tables" },
	{ "--no-places", NULL, "do not look up countries and AS" },
	{ NULL, NULL, NULL },
};
static const struct cli_option query_options[] = {
	STORE_OPTION,
	WHERE_OPTIONS,
	{ "--group-by", "KEY[,KEY]", "port, proto, source, net, as, country, sensor, fingerprint, hour, day" },
	{ "--measure", "M", "packets (otherwise), sources or targets" },
	{ "--top", "N", "only the first N, and the others together" },
	{ "--previous", NULL, "also the rank in the period before, of the same length" },
	{ "--timeout", "S", "give up after so many seconds" },
	CLICKHOUSE_OPTIONS,
	{ NULL, NULL, NULL },
};
static const struct cli_option verify_options[] = {
	STORE_OPTION,
	{ NULL, NULL, NULL },
};

static const struct cli_option retain_options[] = {
	STORE_OPTION,
	{ "--raw-days", "N", "of older days, IP id, window, sequence number and payload go" },
	{ "--days", "N", "of older days, all goes but the sums by hour, port, country, sensor" },
	{ NULL, NULL, NULL },
};

const struct cli_command telescope_commands[] = {
	{ "telescope import", "FILE...", "take capture files (pcap, pcapng) or lists of other telescopes into the records", import_options,
	    telescope_import },
	{ "telescope query", "", "count packets, sources or targets by port, country, hour …", query_options, run_query },
	{ "telescope retain", "", "drop old fields or packets; sums stay", retain_options, telescope_retain },
	{ "telescope verify", "", "read and check every record", verify_options, telescope_verify },
	{ NULL, NULL, NULL, NULL, NULL },
};
