/* SPDX-License-Identifier: Apache-2.0 */
/* telescope_dump_cli.c - what leaves the store: "telescope dump", "telescope iodef". */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include <zstd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/zone.h"
#include "sys/files.h"
#include "telescope/export.h"
#include "telescope/iodef.h"
#include "telescope/store.h"
#include "telescope/telescope_cli.h"

#define FLUSH LIMIT_KIB(64)

enum format { TSV, CSV, PCAP, IPFIX };
static const char *const formats[] = { "tsv", "csv", "pcap", "ipfix" };

struct dump {
	enum format format;
	struct export_columns columns;
	struct export_ipfix *ipfix;
	bool no_targets;
	struct buf out;
	int fd;
	ZSTD_CCtx *zstd; /* NULL: as it is */
	enum err written;
	struct arena *a; /* of one record */
};

static enum err
pack(struct dump *d, bool last)
{
	char piece[LIMIT_KIB(64)];
	ZSTD_inBuffer in = { d->out.p, d->out.n, 0 };
	size_t left;

	do {
		ZSTD_outBuffer to = { piece, sizeof(piece), 0 };

		left = ZSTD_compressStream2(d->zstd, &to, &in, last ? ZSTD_e_end : ZSTD_e_continue);
		if (ZSTD_isError(left))
			return ERR_IO;
		TRY(files_write_fd(d->fd, (struct str){ piece, to.pos }));
	} while (last ? left > 0 : in.pos < in.size);
	return OK;
}

static enum err
flush(struct dump *d, bool last)
{
	d->written = buf_error(&d->out);
	if (d->written == OK)
		d->written = d->zstd != NULL ? pack(d, last) : files_write_fd(d->fd, buf_view(&d->out));
	buf_clear(&d->out);
	return d->written;
}

static enum err
put_record(void *object, const struct query_record *record)
{
	struct query_record x = *record;
	struct dump *d = object;

	if (d->no_targets) { /* and what they could be told from: Mirai's sequence number, Masscan's IP id */
		x.r.dst = (struct ip){ .v = x.r.dst.v };
		x.r.seq = 0;
		x.r.ip_id = 0;
		x.r.payload = STR_NULL;
		x.sensor = "";
	}
	if (d->format == PCAP)
		export_pcap(&d->out, &x.r);
	else if (d->format == IPFIX)
		export_ipfix(&d->out, d->ipfix, &x.r);
	else
		export_line(&d->out, d->a, &d->columns, d->format == CSV ? ',' : '\t', &x);
	if (d->out.n < FLUSH)
		return OK;
	arena_reset(d->a);
	return flush(d, false);
}

static int
format_parse(struct cli *c, struct dump *d)
{
	const char *format = cli_option(c, "--format"), *fields = cli_option(c, "--fields");
	struct buf *names = buf_new(c->a, LIMIT_KIB(4));
	struct str wrong = STR_NULL;

	d->format = TSV;
	while (format != NULL && d->format <= IPFIX && strcmp(format, formats[d->format]) != 0)
		d->format++;
	if (d->format > IPFIX)
		return cli_fail(EX_USAGE, "--format %s: give tsv, csv, pcap or ipfix", format);
	if (d->format >= PCAP && fields != NULL)
		return cli_fail(EX_USAGE, "--fields is for tsv and csv; %s has its own", format);
	if (export_columns_parse(str_of(fields == NULL ? "ts,proto,src,sport,dst,dport" : fields), &d->columns, &wrong))
		return EX_OK;
	for (unsigned i = 0; export_column_name(i) != NULL; i++)
		buf_printf(names, " %s", export_column_name(i));
	return cli_fail(EX_USAGE, "--fields: \"%.*s\" is none of%s", STR_F(wrong), buf_cstr(c->a, names));
}

static enum err
dump_all(struct cli *c, struct dump *d, struct store *s, const struct query *q, struct query_result *x)
{
	enum err e;

	if (d->format == PCAP)
		export_pcap_head(&d->out);
	else if (d->format == IPFIX)
		export_ipfix_head(&d->out, d->ipfix);
	else if (d->format == CSV || cli_option(c, "--header") != NULL)
		export_names(&d->out, &d->columns, d->format == CSV ? ',' : '\t');
	e = query_records(s, q, put_record, d, x, c->a);
	if (e != OK)
		return e;
	if (d->format == IPFIX)
		export_ipfix_end(&d->out, d->ipfix);
	return flush(d, true);
}

/* Beside its name until it is whole. */
static int
open_out(struct cli *c, struct dump *d, const char *path, const char *part)
{
	bool packed = cli_option(c, "--zstd") != NULL || (path != NULL && str_ends(str_of(path), STR(".zst")));

	d->fd = path == NULL ? STDOUT_FILENO : open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (d->fd < 0)
		return cli_fail(EX_CANTCREAT, "%s: %s", part, strerror(errno));
	if (packed && (d->zstd = ZSTD_createCCtx()) == NULL)
		return cli_fail(EX_OSERR, "zstd cannot be used");
	return EX_OK;
}

static int
end_out(const struct dump *d, const char *path, const char *part, bool good)
{
	if (path == NULL)
		return EX_OK;
	bool closed = fsync(d->fd) == 0;

	closed = close(d->fd) == 0 && closed;
	if (good && closed && rename(part, path) == 0)
		return EX_OK;
	(void)unlink(part); /* nothing of it is wanted */
	return good ? cli_fail(EX_IOERR, "%s: cannot be written (%s)", path, strerror(errno)) : EX_OK;
}

static int
telescope_dump(struct cli *c)
{
	const char *path = cli_option(c, "--out"), *part = path == NULL ? NULL : arena_printf(c->a, "%s.part", path);
	AUTO(arena) each = arena_new();
	struct dump d = { .a = each, .no_targets = cli_option(c, "--no-targets") != NULL, .ipfix = arena_one(c->a, struct export_ipfix) };
	struct query_result x = { .n = 0 };
	AUTO(store) s = NULL;
	struct query q;
	enum err e;
	int rc = format_parse(c, &d);

	if (rc != EX_OK)
		return rc;
	if (!telescope_query(c, &q))
		return EX_USAGE;
	rc = telescope_open(c, false, &s);
	if (rc == EX_OK)
		rc = open_out(c, &d, path, part);
	if (rc != EX_OK)
		return rc;
	d.ipfix->now = c->now;
	buf_init(&d.out, LIMIT_MIB(16));
	e = dump_all(c, &d, s, &q, &x);
	buf_done(&d.out);
	(void)ZSTD_freeCCtx(d.zstd);
	rc = end_out(&d, path, part, e == OK && d.written == OK);
	if (d.written != OK)
		return cli_fail(EX_IOERR, "the records cannot be written (%s)", err_name(d.written));
	if (e != OK)
		return cli_fail(cli_exit(e), e == ERR_TIMEOUT ? "the time is over" : "the records cannot be read (%s)", err_name(e));
	telescope_left_out(c, &x);
	return rc != EX_OK ? rc : x.left_outs == 0 ? EX_OK : EX_DATAERR;
}

/* iodef */

struct export {
	struct cli *c;
	const char *folder; /* NULL: standard output */
	const char *day;
	int fd[1024]; /* of countries that were begun; there are 676 */
	uint16_t country[1024];
	unsigned n;
};

/* Beside its name until it is whole. */
static enum err
export_write(void *object, uint16_t country, struct str bytes, bool first, bool last)
{
	struct export *x = object;
	struct arena *a = x->c->a;
	unsigned i = 0;
	enum err e;

	if (x->folder == NULL)
		return files_write_fd(STDOUT_FILENO, bytes);
	const char *path = arena_printf(a, "%s/%s-%c%c.xml", x->folder, x->day, (char)(country >> 8), (char)(country & 255));
	const char *part = arena_printf(a, "%s.part", path);

	while (i < x->n && x->country[i] != country)
		i++;
	if (first) {
		x->country[i] = country;
		x->fd[i] = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		x->n = i + 1;
		if (x->fd[i] < 0)
			return ERR_IO;
	}
	e = files_write_fd(x->fd[i], bytes);
	if (!last || e != OK)
		return e;
	if (close(x->fd[i]) != 0 || rename(part, path) != 0)
		return ERR_IO;
	return OK;
}

static int
telescope_iodef(struct cli *c)
{
	const char *day = cli_option(c, "--day"), *country = cli_option(c, "--country"), *id = cli_option(c, "--id"),
		   *email = cli_option(c, "--email");
	struct export to = { .c = c, .folder = cli_option(c, "--out") };
	struct iodef x = { .form = cli_option(c, "--v1") != NULL ? IODEF_V1 : IODEF_V2, .together = cli_option(c, "--together") != NULL, .now = c->now,
		.write = export_write, .object = &to };
	struct iodef_written written;
	AUTO(store) s = NULL;
	int64_t at;
	enum err e;
	int rc;

	if (day == NULL || strlen(day) != 10 || zone_parse(zone_utc(), str_of(day), &at) != OK)
		return cli_fail(EX_USAGE, "give the day with --day YYYY-MM-DD (UTC)");
	if (country == NULL || (!str_is_case(str_of(country), "all") && filter_country(str_of(country)) == 0))
		return cli_fail(EX_USAGE, "give the country with --country CC, or all");
	x.country = filter_country(str_of(country));
	if (x.country == 0 && to.folder == NULL)
		return cli_fail(EX_USAGE, "all countries are one file each: say where with --out DIR");
	x.day = at / CLOCK_DAY;
	to.day = arena_printf(c->a, "%.4s%.2s%.2s", day, day + 5, day + 8);
	x.email = email == NULL ? "root@localhost" : email;
	x.id = id != NULL ? id : strrchr(x.email, '@') != NULL ? strrchr(x.email, '@') + 1 : x.email;
	x.name = cli_option(c, "--name");
	rc = telescope_open(c, false, &s);
	if (rc != EX_OK)
		return rc;
	if (to.folder != NULL && files_mkdirs(to.folder, 0700) != OK)
		return cli_fail(EX_CANTCREAT, "%s: cannot be made", to.folder);
	e = iodef_write(c->a, s, &x, &written);
	if (e != OK)
		return cli_fail(cli_exit(e), "the documents cannot be written (%s); those named .part are not whole", err_name(e));
	(void)fprintf(stderr, "%" PRIu64 " records in %" PRIu64 " documents\n", written.records, written.documents);
	if (written.left_out > 0)
		return cli_fail(EX_DATAERR, "%u segments of the day are damaged and left out; see `tobiguchi telescope verify`",
		    written.left_out);
	if (written.gone > 0)
		return cli_fail(EX_DATAERR, "%s: records of that day are no longer kept (telescope.keep_days), only their sums", day);
	return EX_OK;
}

static const struct cli_option iodef_options[] = {
	{ "--store", "DIR", "the folder of the records (otherwise DATA/telescope/store)" },
	{ "--day", "YYYY-MM-DD", "which day, UTC" },
	{ "--country", "CC|all", "of sources in this country, or in each" },
	{ "--v1", NULL, "RFC 5070 instead of RFC 7970" },
	{ "--together", NULL, "packets of one source to one port as one event with their number" },
	{ "--out", "DIR", "a file for each country there, YYYYMMDD-CC.xml; ZZ: country not known" },
	{ "--id", "NAME", "who gives the numbers, a domain name" },
	{ "--name", "NAME", "of the sender" },
	{ "--email", "ADDRESS", "of the sender" },
	{ NULL, NULL, NULL },
};
static const struct cli_option dump_options[] = {
	{ "--store", "DIR", "the folder of the records (otherwise DATA/telescope/store)" },
	{ "--from", "T", "records from this time on (UTC)" },
	{ "--to", "T", "records before this time (UTC)" },
	{ "--where", "FILTER", "which records, such as \"tcp dport 23 and country JP\"" },
	{ "--format", "F", "tsv (otherwise), csv, pcap (headers made again from the records) or ipfix (RFC 7011)" },
	{ "--fields", "LIST", "of tsv and csv: such as ts,proto,src,sport,dst,dport,ttl,flags; a wrong one tells all" },
	{ "--tsv", NULL, "the same as --format tsv" },
	{ "--header", NULL, "of tsv: names first" },
	{ "--out", "FILE", "write there instead of standard output; FILE.zst is compressed" },
	{ "--zstd", NULL, "compress" },
	{ "--no-targets", NULL, "without sensors' addresses and names, and without what they could be told from" },
	{ "--timeout", "S", "give up after so many seconds" },
	{ NULL, NULL, NULL },
};

const struct cli_command telescope_dump_commands[] = {
	{ "telescope dump", "", "write records as text, pcap or IPFIX, with the sensors' addresses unless told otherwise", dump_options, telescope_dump },
	{ "telescope iodef", "", "a day's sources for the CSIRT of a country, as IODEF", iodef_options, telescope_iodef },
	{ NULL, NULL, NULL, NULL, NULL },
};
