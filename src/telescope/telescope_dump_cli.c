/* SPDX-License-Identifier: Apache-2.0 */
/* telescope_dump_cli.c - what leaves the store: "telescope dump", "telescope iodef". */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/limit.h"
#include "base/zone.h"
#include "sys/files.h"
#include "telescope/iodef.h"
#include "telescope/store.h"
#include "telescope/telescope_cli.h"

#define FLUSH LIMIT_KIB(64)

enum column {
	COLUMN_TS, COLUMN_PROTO, COLUMN_SRC, COLUMN_SPORT, COLUMN_DST, COLUMN_DPORT, COLUMN_ICMP_TYPE, COLUMN_ICMP_CODE, COLUMN_LEN,
	COLUMN_TTL, COLUMN_DF, COLUMN_MF, COLUMN_FRAGMENT, COLUMN_IP_ID, COLUMN_FLAGS, COLUMN_WINDOW, COLUMN_SEQ, COLUMN_MSS,
	COLUMN_SCALE, COLUMN_OPTIONS, COLUMN_FINGERPRINT, COLUMN_BADSUM, COLUMN_CUT, COLUMN_COUNTRY, COLUMN_AS, COLUMN_SENSOR,
	COLUMN_PAYLOAD,
	COLUMNS,
};
static const char *const column_names[COLUMNS] = { "ts", "proto", "src", "sport", "dst", "dport", "icmptype", "icmpcode", "len",
	"ttl", "df", "mf", "fragment", "ipid", "flags", "window", "seq", "mss", "scale", "options", "fingerprint", "badsum", "cut",
	"country", "as", "sensor", "payload" };

struct dump {
	enum column column[COLUMNS];
	unsigned columns;
	struct buf out;
	enum err written;
	struct arena *a; /* of one record */
};

static bool
has_ports(const struct record *r)
{
	return (r->proto == RECORD_TCP || r->proto == RECORD_UDP) && (r->bits & RECORD_FRAGMENT) == 0;
}

static bool
is_icmp(const struct record *r)
{
	return (r->proto == RECORD_ICMP || r->proto == RECORD_ICMP6) && (r->bits & RECORD_FRAGMENT) == 0;
}

/* What only TCP has stays empty for others. */
static void
put_tcp(struct buf *b, enum column column, const struct record *r)
{
	if (r->proto != RECORD_TCP || (r->bits & RECORD_FRAGMENT) != 0)
		return;
	switch (column) {
	case COLUMN_FLAGS:
		buf_printf(b, "0x%04x", r->flags);
		break;
	case COLUMN_WINDOW:
		buf_int(b, r->window);
		break;
	case COLUMN_SEQ:
		buf_int(b, r->seq);
		break;
	case COLUMN_MSS:
		if (r->mss != 0)
			buf_int(b, r->mss);
		break;
	case COLUMN_SCALE:
		if (r->scale != RECORD_NO_SCALE)
			buf_int(b, r->scale);
		break;
	default:
		buf_text(b, record_options_text(r->options));
		break;
	}
}

static void
put(struct dump *d, enum column column, const struct query_record *x)
{
	const struct record *r = &x->r;
	struct buf *b = &d->out;

	switch (column) {
	case COLUMN_TS:
		buf_printf(b, "%" PRId64 ".%06" PRId64, r->at / 1000000, r->at % 1000000);
		break;
	case COLUMN_PROTO:
		buf_int(b, r->proto);
		break;
	case COLUMN_SRC:
		buf_text(b, ip_format(d->a, &r->src));
		break;
	case COLUMN_DST:
		buf_text(b, ip_format(d->a, &r->dst));
		break;
	case COLUMN_SPORT:
		/* Of ICMP the type stands here and the code at dport. */
		if (has_ports(r) || is_icmp(r))
			buf_int(b, is_icmp(r) ? r->dport >> 8 : r->sport);
		break;
	case COLUMN_DPORT:
		if (has_ports(r) || is_icmp(r))
			buf_int(b, is_icmp(r) ? r->dport & 255 : r->dport);
		break;
	case COLUMN_ICMP_TYPE:
	case COLUMN_ICMP_CODE:
		if (is_icmp(r))
			buf_int(b, column == COLUMN_ICMP_TYPE ? r->dport >> 8 : r->dport & 255);
		break;
	case COLUMN_LEN:
		buf_int(b, r->len);
		break;
	case COLUMN_TTL:
		buf_int(b, r->ttl);
		break;
	case COLUMN_DF:
		buf_int(b, (r->bits & RECORD_DF) != 0);
		break;
	case COLUMN_MF:
		buf_int(b, (r->bits & RECORD_MF) != 0);
		break;
	case COLUMN_FRAGMENT:
		buf_int(b, (r->bits & (RECORD_FRAGMENT | RECORD_MF)) != 0);
		break;
	case COLUMN_IP_ID:
		buf_int(b, r->ip_id);
		break;
	case COLUMN_FLAGS:
	case COLUMN_WINDOW:
	case COLUMN_SEQ:
	case COLUMN_MSS:
	case COLUMN_SCALE:
	case COLUMN_OPTIONS:
		put_tcp(b, column, r);
		break;
	case COLUMN_FINGERPRINT:
		buf_text(b, record_fingerprint_name(r->fingerprint));
		break;
	case COLUMN_BADSUM:
		buf_int(b, (r->bits & (RECORD_BAD_CHECKSUM | RECORD_BAD_IP)) != 0);
		break;
	case COLUMN_CUT:
		buf_int(b, (r->bits & RECORD_CUT) != 0);
		break;
	case COLUMN_COUNTRY:
		if (x->country != 0)
			buf_printf(b, "%c%c", (char)(x->country >> 8), (char)(x->country & 255));
		break;
	case COLUMN_AS:
		if (x->as != 0)
			buf_int(b, x->as);
		break;
	case COLUMN_SENSOR:
		buf_text(b, x->sensor);
		break;
	case COLUMN_PAYLOAD:
		buf_text(b, hex_format(d->a, r->payload.p, r->payload.n));
		break;
	case COLUMNS:
		break;
	}
}

static enum err
flush(struct dump *d)
{
	d->written = files_write_fd(STDOUT_FILENO, buf_view(&d->out));
	buf_clear(&d->out);
	return d->written;
}

static enum err
put_record(void *object, const struct query_record *x)
{
	struct dump *d = object;

	for (unsigned i = 0; i < d->columns; i++) {
		if (i > 0)
			buf_char(&d->out, '\t');
		put(d, d->column[i], x);
	}
	buf_char(&d->out, '\n');
	if (d->out.n < FLUSH)
		return OK;
	arena_reset(d->a);
	return flush(d);
}

static int
fields_parse(struct cli *c, struct dump *d)
{
	const char *text = cli_option(c, "--fields");
	struct str list = str_of(text == NULL ? "ts,proto,src,sport,dst,dport" : text), one;

	while (str_split(&list, ',', &one)) {
		unsigned i = 0;

		while (i < COLUMNS && !str_is_case(one, column_names[i]))
			i++;
		if (str_is_case(one, "time"))
			i = COLUMN_TS;
		if (i == COLUMNS || d->columns == COLUMNS) {
			struct buf *b = buf_new(c->a, LIMIT_KIB(4));

			for (unsigned j = 0; j < COLUMNS; j++)
				buf_printf(b, " %s", column_names[j]);
			return cli_fail(EX_USAGE, "--fields: \"%.*s\" is none of%s", STR_F(one), buf_cstr(c->a, b));
		}
		d->column[d->columns++] = (enum column)i;
	}
	return EX_OK;
}

static int
telescope_dump(struct cli *c)
{
	AUTO(arena) each = arena_new();
	struct dump d = { .a = each };
	struct query_result x = { .n = 0 };
	AUTO(store) s = NULL;
	struct query q;
	enum err e;
	int rc = fields_parse(c, &d);

	if (rc != EX_OK)
		return rc;
	if (!telescope_query(c, &q))
		return EX_USAGE;
	rc = telescope_open(c, false, &s);
	if (rc != EX_OK)
		return rc;
	buf_init(&d.out, LIMIT_MIB(16));
	if (cli_option(c, "--header") != NULL) {
		for (unsigned i = 0; i < d.columns; i++)
			buf_printf(&d.out, "%s%s", i > 0 ? "\t" : "", column_names[d.column[i]]);
		buf_char(&d.out, '\n');
	}
	e = query_records(s, &q, put_record, &d, &x, c->a);
	if (e == OK)
		e = flush(&d);
	buf_done(&d.out);
	if (d.written != OK)
		return cli_fail(EX_IOERR, "the records cannot be written (%s)", err_name(d.written));
	if (e != OK)
		return cli_fail(cli_exit(e), e == ERR_TIMEOUT ? "the time is over" : "the records cannot be read (%s)", err_name(e));
	telescope_left_out(c, &x);
	return x.left_outs == 0 ? EX_OK : EX_DATAERR;
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
	return EX_OK;
}

static const struct cli_option iodef_options[] = {
	{ "--store", "DIR", "the folder of the records (otherwise DATA/telescope)" },
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
	{ "--fields", "LIST", "such as ts,proto,src,sport,dst,dport,ttl,flags; a wrong one tells all" },
	{ "--tsv", NULL, "tab-separated lines (there is no other form yet)" },
	{ "--header", NULL, "names first" },
	{ "--timeout", "S", "give up after so many seconds" },
	{ NULL, NULL, NULL },
};

const struct cli_command telescope_dump_commands[] = {
	{ "telescope dump", "", "write records as text, with the sensors' addresses: for this machine only", dump_options, telescope_dump },
	{ "telescope iodef", "", "a day's sources for the CSIRT of a country, as IODEF", iodef_options, telescope_iodef },
	{ NULL, NULL, NULL, NULL, NULL },
};
