/* SPDX-License-Identifier: Apache-2.0 */
#include "telescope/iodef.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "telescope/segment.h"
#include "telescope/store.h"

#define PIECE LIMIT_KIB(32) /* written at once; one such buffer a country */
#define EVENT_MAX 640	    /* bytes, more than any has */
#define COUNTRIES (26 * 26 + 1)

struct document {
	struct buf out;
	uint16_t country;
	bool begun;
};

struct writer {
	const struct iodef *x;
	struct arena *a;
	struct document *of[COUNTRIES]; /* when it has records */
	struct iodef_written written;
	char date[16]; /* "2026-09-01T" */
	const struct segment_sources *sources;
	const struct segment_places *places;
	uint8_t *wanted;  /* of each source */
	char (*address)[48]; /* its text, made when it is first needed */
};

/* Text and attribute values; what XML 1.0 has no way to write is left out. */
static void
xml(struct buf *b, const char *text)
{
	struct str s = str_of(text);

	while (s.n > 0) {
		struct str before = s;
		uint32_t c = utf8_next(&s);

		if (c == '<' || c == '>' || c == '&' || c == '"')
			buf_printf(b, "&#%u;", (unsigned)c);
		else if ((c >= ' ' && c < 0xFFFE) || c > 0xFFFF)
			buf_str(b, str_take(before, before.n - s.n));
	}
}

static void
time_put(struct buf *b, int64_t at)
{
	const struct civil c = clock_civil(at, 0);

	buf_printf(b, "%04d-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

static void
begin(const struct writer *w, struct document *d)
{
	const struct iodef *x = w->x;
	const struct civil day = clock_day_civil(x->day);
	struct buf *b = &d->out;
	bool v1 = x->form == IODEF_V1;

	if (x->form == IODEF_CSV) {
		buf_printf(b, "timestamp,src_ip,src_port,protocol,dest_port%s\r\n", x->together ? ",last_timestamp,packets" : "");
		return;
	}
	buf_printf(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<IODEF-Document version=\"%s\" %s=\"en\" xmlns=\"urn:ietf:params:xml:ns:iodef-%s\">\n",
	    v1 ? "1.00" : "2.00", v1 ? "lang" : "xml:lang", v1 ? "1.0" : "2.0");
	buf_text(b, "<Incident purpose=\"reporting\" restriction=\"need-to-know\">\n<IncidentID name=\"");
	xml(b, x->id);
	if (d->country == IODEF_ALL)
		buf_printf(b, "\">%04d%02d%02d-all</IncidentID>\n", day.year, day.month, day.day);
	else
		buf_printf(b, "\">%04d%02d%02d-%c%c</IncidentID>\n", day.year, day.month, day.day, (char)(d->country >> 8),
		    (char)(d->country & 255));
	buf_text(b, v1 ? "<ReportTime>" : "<GenerationTime>");
	time_put(b, x->now);
	buf_text(b, v1 ? "</ReportTime>\n<Assessment><Impact type=\"recon\"/></Assessment>\n" : "</GenerationTime>\n");
	buf_text(b, "<Contact role=\"creator\" type=\"organization\">");
	if (x->name != NULL && *x->name != '\0') {
		buf_text(b, "<ContactName>");
		xml(b, x->name);
		buf_text(b, "</ContactName>");
	}
	buf_text(b, v1 ? "<Email>" : "<Email><EmailTo>");
	xml(b, x->email);
	buf_text(b, v1 ? "</Email></Contact>\n" : "</EmailTo></Email></Contact>\n");
}

static enum err
piece(struct writer *w, struct document *d, bool last)
{
	enum err e = buf_error(&d->out);

	if (e == OK)
		e = w->x->write(w->x->object, d->country, buf_view(&d->out), !d->begun, last);
	d->begun = true;
	buf_clear(&d->out);
	return e;
}

static struct document *
document(struct writer *w, uint16_t country)
{
	unsigned first = (country >> 8) - 'A', second = (country & 255) - 'A', i = first < 26 && second < 26 ? first * 26 + second : 26 * 26;

	if (w->of[i] == NULL) {
		w->of[i] = arena_one(w->a, struct document);
		w->of[i]->country = country;
		buf_init(&w->of[i]->out, PIECE + LIMIT_KIB(16));
		begin(w, w->of[i]);
		w->written.documents++;
	}
	return w->of[i];
}

static char *
put(char *p, const char *text, size_t n)
{
	memcpy(p, text, n);
	return p + n;
}
#define PUT(p, literal) put(p, literal, sizeof(literal) - 1)

static char *
put_number(char *p, uint32_t v)
{
	char digits[10];
	unsigned n = 0;

	do
		digits[n++] = (char)('0' + v % 10);
	while ((v /= 10) > 0);
	while (n > 0)
		*p++ = digits[--n];
	return p;
}

static char *
put_two(char *p, uint32_t v)
{
	*p++ = (char)('0' + v / 10);
	*p++ = (char)('0' + v % 10);
	return p;
}

static char *
put_time(const struct writer *w, char *p, uint32_t ms)
{
	p = put(p, w->date, 11);
	p = put_two(p, ms / 3600000);
	*p++ = ':';
	p = put_two(p, ms / 60000 % 60);
	*p++ = ':';
	p = put_two(p, ms / 1000 % 60);
	*p++ = '.';
	*p++ = (char)('0' + ms / 100 % 10);
	p = put_two(p, ms % 100);
	*p++ = 'Z';
	return p;
}

static char *
put_service(const struct writer *w, char *p, uint32_t proto, bool has, uint32_t port)
{
	p = w->x->form == IODEF_V1 ? PUT(p, "<Service ip_protocol=\"") : PUT(p, "<Service ip-protocol=\"");
	p = put_number(p, proto);
	if (!has)
		return PUT(p, "\"/>");
	p = PUT(p, "\"><Port>");
	p = put_number(p, port);
	return PUT(p, "</Port></Service>");
}

struct event {
	uint32_t source, slot, from, to, packets;
	uint32_t sport; /* UINT32_MAX: they differ */
};

static char *
put_xml(const struct writer *w, char *p, const struct event *e, const char *address)
{
	unsigned class = e->slot >> 16, proto = segment_slot_proto(e->slot);
	bool ports = class == SEGMENT_TCP || class == SEGMENT_UDP, v1 = w->x->form == IODEF_V1,
	     v4 = w->sources->address.v[e->source] == 4;

	p = PUT(p, "<EventData><StartTime>");
	p = put_time(w, p, e->from);
	p = PUT(p, "</StartTime>");
	if (e->packets > 1) {
		p = PUT(p, "<EndTime>");
		p = put_time(w, p, e->to);
		p = PUT(p, "</EndTime>");
	}
	p = PUT(p, "<Flow><System category=\"source\"><Node><Address category=\"");
	p = v4 ? PUT(p, "ipv4-addr\">") : PUT(p, "ipv6-addr\">");
	p = put(p, address, strlen(address));
	p = PUT(p, "</Address></Node>");
	p = put_service(w, p, proto, ports && e->sport != UINT32_MAX, e->sport);
	if (e->packets > 1) {
		p = v1 ? PUT(p, "<Counter type=\"packet\">") : PUT(p, "<Counter type=\"counter\" unit=\"packet\">");
		p = put_number(p, e->packets);
		p = PUT(p, "</Counter>");
	}
	p = PUT(p, "</System><System category=\"target\"><Node");
	if (v1)
		p = PUT(p, "/>");
	else if (v4) /* RFC 7970 wants an address: any */
		p = PUT(p, "><Address category=\"ipv4-net\">0.0.0.0/0</Address></Node>");
	else
		p = PUT(p, "><Address category=\"ipv6-net\">::/0</Address></Node>");
	p = put_service(w, p, proto, ports, e->slot & 0xffff);
	return PUT(p, "</System></Flow></EventData>\n");
}

/* Numbers and addresses only: nothing that wants quotes or looks like a formula. */
static char *
put_line(const struct writer *w, char *p, const struct event *e, const char *address)
{
	unsigned class = e->slot >> 16;
	bool ports = class == SEGMENT_TCP || class == SEGMENT_UDP;

	p = put_time(w, p, e->from);
	*p++ = ',';
	p = put(p, address, strlen(address));
	*p++ = ',';
	if (ports && e->sport != UINT32_MAX)
		p = put_number(p, e->sport);
	*p++ = ',';
	p = put_number(p, segment_slot_proto(e->slot));
	*p++ = ',';
	if (ports)
		p = put_number(p, e->slot & 0xffff);
	if (w->x->together) {
		*p++ = ',';
		p = put_time(w, p, e->to);
		*p++ = ',';
		p = put_number(p, e->packets);
	}
	return PUT(p, "\r\n");
}

static enum err
event_put(struct writer *w, const struct event *e)
{
	uint16_t country = w->places->country[e->source] != 0 ? w->places->country[e->source] : IODEF_UNKNOWN;
	struct document *d = document(w, w->x->country == IODEF_ALL ? IODEF_ALL : country);
	char *address = w->address[e->source], *p;

	if (*address == '\0') {
		AUTO(arena) a = arena_new();
		const struct ip ip = segment_address(&w->sources->address, e->source);
		const char *text = ip_format(a, &ip);

		memcpy(address, text, strlen(text) + 1); /* 39 bytes at most */
	}
	if (!buf_room(&d->out, EVENT_MAX))
		return ERR_LIMIT;
	p = d->out.p + d->out.n;
	p = w->x->form == IODEF_CSV ? put_line(w, p, e, address) : put_xml(w, p, e, address);
	d->out.n = (size_t)(p - d->out.p);
	w->written.events++;
	w->written.records += e->packets;
	return d->out.n < PIECE ? OK : piece(w, d, false);
}

static enum err
block_put(struct writer *w, struct segment *s, uint32_t block, struct segment_rows *rows, const struct segment_ports *ports,
    uint32_t place)
{
	const uint32_t *source = rows->column[SEGMENT_SOURCE], *at = rows->column[SEGMENT_AT], *sport = rows->column[SEGMENT_SPORT];
	struct event e = { .packets = 0 };

	TRY(segment_read(s, block, SEGMENT_BIT(SEGMENT_SOURCE) | SEGMENT_BIT(SEGMENT_AT) | SEGMENT_BIT(SEGMENT_SPORT), rows));
	for (uint32_t i = 0; i < rows->n; i++) {
		while (ports->first[place + 1] <= rows->first + i)
			place++;
		if (!w->wanted[source[i]])
			continue;
		if (w->x->together && e.packets > 0 && e.source == source[i] && e.slot == ports->slot[place]) {
			e.to = at[i];
			e.packets++;
			e.sport = e.sport == sport[i] ? e.sport : UINT32_MAX;
			continue;
		}
		if (e.packets > 0)
			TRY(event_put(w, &e));
		e = (struct event){ source[i], ports->slot[place], at[i], at[i], 1, sport[i] };
	}
	return e.packets > 0 ? event_put(w, &e) : OK;
}

static enum err
segment_events(struct writer *w, struct segment *s, struct segment_rows *rows)
{
	AUTO(arena) a = arena_new(); /* of this segment's tables */
	const struct segment_info *info = segment_info(s);
	const struct segment_ports *ports;
	uint32_t place = 0;

	TRY(segment_ports(s, &ports));
	TRY(segment_sources(s, &w->sources));
	TRY(segment_places(s, &w->places));
	w->wanted = arena_many(a, uint8_t, info->sources);
	w->address = arena_alloc(a, info->sources * sizeof(w->address[0]));
	for (uint32_t i = 0; i < info->sources; i++)
		w->wanted[i] = w->x->country == 0 || w->x->country == IODEF_ALL || w->places->country[i] == w->x->country;
	for (uint32_t b = 0; b < info->blocks; b++) {
		while (ports->first[place + 1] <= b * SEGMENT_BLOCK)
			place++;
		TRY(block_put(w, s, b, rows, ports, place));
	}
	return OK;
}

/* Can all that is needed of it be read? */
static enum err
whole(struct segment *s)
{
	unsigned bad;

	TRY(segment_verify(s, &bad));
	return bad == 0 ? OK : ERR_INVALID;
}

static enum err
segments(struct writer *w, struct store *st)
{
	AUTO(segment_rows) rows = segment_rows_new();
	const struct store_entry *list;
	size_t n;

	list = store_list(st, &n);
	for (size_t i = 0; i < n; i++) {
		struct segment *s;
		enum err e;

		if (list[i].day != w->x->day)
			continue;
		e = store_segment(st, i, &s);
		if (e == OK) /* all or nothing of it: what was written cannot be taken back */
			e = whole(s);
		if (e == OK && segment_info(s)->kept == SEGMENT_KEPT_SUMS)
			w->written.gone++;
		else if (e == OK)
			TRY(segment_events(w, s, rows));
		else
			w->written.left_out++;
	}
	return OK;
}

enum err
iodef_write(struct arena *a, struct store *st, const struct iodef *x, struct iodef_written *ret)
{
	const struct civil day = clock_day_civil(x->day);
	struct writer *w = arena_one(a, struct writer);
	enum err e;

	w->x = x;
	w->a = a;
	(void)snprintf(w->date, sizeof(w->date), "%04d-%02d-%02dT", day.year, day.month, day.day); /* it fits */
	if (x->country != 0)
		(void)document(w, x->country); /* also a day without records is told */
	e = segments(w, st);
	for (unsigned i = 0; i < COUNTRIES; i++) {
		struct document *d = w->of[i];

		if (d == NULL)
			continue;
		if (x->form != IODEF_CSV)
			buf_text(&d->out, "</Incident>\n</IODEF-Document>\n");
		if (e == OK)
			e = piece(w, d, true);
		buf_done(&d->out);
	}
	if (e == OK)
		*ret = w->written;
	return e;
}
