/* SPDX-License-Identifier: Apache-2.0 */
/* mailing_file.c - the files that go with a letter: CSV, IODEF, X-ARF. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/ip.h"
#include "base/limit.h"
#include "base/url.h"
#include "base/utf8.h"
#include "takedown/mailing.h"
#include "text/csv.h"
#include "text/value.h"

static bool
filled(const char *s)
{
	return s != NULL && *s != '\0';
}

static const char *
time_iso(struct arena *a, int64_t at)
{
	return at == 0 ? "" : zone_iso(a, zone_utc(), at);
}

/* CSV */

struct str
mailing_csv(struct arena *a, const struct mailing_row *row, size_t n, bool raw)
{
	struct buf *b = buf_new(a, LIMIT_MIB(16));

	buf_text(b, "\xEF\xBB\xBF" "number,incident,url,host,address,as,country,brand,reported,last_seen\r\n");
	for (size_t i = 0; i < n; i++) {
		const struct site *s = &row[i].site;

		csv_put_int(b, (int64_t)i + 1);
		csv_put(b, row[i].incident_ref);
		csv_put(b, raw ? s->url : url_defang(a, str_of(s->url)));
		csv_put(b, raw ? s->host : url_defang(a, str_of(s->host)));
		csv_put(b, !filled(s->address) || raw ? s->address : url_defang(a, str_of(s->address)));
		csv_put(b, s->asn > 0 ? arena_printf(a, "AS%lld", (long long)s->asn) : "");
		csv_put(b, s->cc);
		csv_put(b, s->brand);
		csv_put(b, time_iso(a, s->reported_at));
		csv_put(b, time_iso(a, s->checked_at != 0 ? s->checked_at : s->reported_at));
		csv_end(b);
	}
	return buf_view(b);
}

/* IODEF */

/* Text and attribute values; what XML 1.0 has no way to write is left out. */
static void
xml(struct buf *b, const char *text)
{
	struct str s = str_of(text);

	while (s.n > 0) {
		struct str before = s;
		uint32_t c = utf8_next(&s);

		if (c == '<')
			buf_text(b, "&lt;");
		else if (c == '>')
			buf_text(b, "&gt;");
		else if (c == '&')
			buf_text(b, "&amp;");
		else if (c == '"')
			buf_text(b, "&quot;");
		else if ((c >= ' ' && c < 0xFFFE) || c == '\t' || c == '\n' || c > 0xFFFF)
			buf_str(b, str_take(before, before.n - s.n));
	}
}

static void
element(struct buf *b, const char *open, const char *close, const char *text)
{
	if (!filled(text))
		return;
	buf_text(b, open);
	xml(b, text);
	buf_printf(b, "</%s>\n", close);
}

static void
iodef_site(struct buf *b, const struct mailing_row *r, struct arena *a)
{
	const struct site *s = &r->site;
	struct ip ip;
	bool is_address = ip_parse(str_of(s->address), &ip) == OK;

	buf_text(b, "<EventData>\n");
	element(b, "<Description>", "Description",
	    filled(s->brand) ? arena_printf(a, "%s: phishing site that imitates %s", r->incident_ref, s->brand)
			     : arena_printf(a, "%s: phishing site", r->incident_ref));
	element(b, "<DetectTime>", "DetectTime", time_iso(a, s->checked_at != 0 ? s->checked_at : s->reported_at));
	element(b, "<ReportTime>", "ReportTime", time_iso(a, s->reported_at));
	buf_text(b, "<Flow>\n<System category=\"source\">\n<Node>\n");
	if (ip_parse(str_of(s->host), &ip) != OK) {
		buf_text(b, "<DomainData system-status=\"unknown\" domain-status=\"unknown\">\n");
		element(b, "<Name>", "Name", s->host);
		buf_text(b, "</DomainData>\n");
	}
	element(b, "<Address category=\"site-uri\">", "Address", s->url);
	if (is_address && ip_parse(str_of(s->address), &ip) == OK)
		element(b, ip.v == 6 ? "<Address category=\"ipv6-addr\">" : "<Address category=\"ipv4-addr\">", "Address",
		    s->address);
	if (s->asn > 0)
		element(b, "<Address category=\"asn\">", "Address", arena_printf(a, "%lld", (long long)s->asn));
	element(b, "<Location>", "Location", s->cc);
	buf_text(b, "</Node>\n<NodeRole category=\"www\"/>\n</System>\n</Flow>\n</EventData>\n");
}

static const char *
domain_of(const char *address)
{
	const char *at = strrchr(address, '@');

	return at == NULL || at[1] == '\0' ? "localhost" : at + 1;
}

struct str
mailing_iodef(struct arena *a, const struct mailing_sender *s, const struct mailing_row *row, size_t n)
{
	struct buf *b = buf_new(a, LIMIT_MIB(16));

	buf_text(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<IODEF-Document version=\"2.00\" xml:lang=\"en\" "
		    "xmlns=\"urn:ietf:params:xml:ns:iodef-2.0\">\n"
		    "<Incident purpose=\"mitigation\" restriction=\"need-to-know\">\n<IncidentID name=\"");
	xml(b, domain_of(s->email));
	buf_text(b, "\">");
	xml(b, s->ref);
	buf_text(b, "</IncidentID>\n");
	element(b, "<GenerationTime>", "GenerationTime", time_iso(a, s->now));
	buf_printf(b, "<Description>Phishing sites: %zu</Description>\n", n);
	buf_text(b, "<Contact role=\"creator\" type=\"organization\">\n");
	element(b, "<ContactName>", "ContactName", s->name);
	buf_text(b, "<Email>\n");
	element(b, "<EmailTo>", "EmailTo", s->email);
	buf_text(b, "</Email>\n");
	if (filled(s->phone)) {
		buf_text(b, "<Telephone>\n");
		element(b, "<TelephoneNumber>", "TelephoneNumber", s->phone);
		buf_text(b, "</Telephone>\n");
	}
	buf_text(b, "</Contact>\n");
	for (size_t i = 0; i < n; i++)
		iodef_site(b, &row[i], a);
	buf_text(b, "</Incident>\n</IODEF-Document>\n");
	return buf_view(b);
}

/* X-ARF */

struct str
mailing_xarf(struct arena *a, const struct mailing_sender *s, const struct mailing_row *r)
{
	struct buf *b = buf_new(a, LIMIT_KIB(256));
	struct value *v = value_object(a), *who, *report;

	value_set_text(a, v, "Version", "3");
	who = value_set_object(a, v, "ReporterInfo");
	value_set_text(a, who, "ReporterOrg", s->name);
	value_set_text(a, who, "ReporterOrgDomain", domain_of(s->email));
	value_set_text(a, who, "ReporterOrgEmail", s->email);
	value_set_text(a, who, "ReporterContactEmail", s->email);
	value_set_text(a, who, "ReporterContactName", s->name);
	if (filled(s->phone))
		value_set_text(a, who, "ReporterContactPhone", s->phone);
	value_set_bool(a, v, "Disclosure", true);
	report = value_set_object(a, v, "Report");
	value_set_text(a, report, "ReportClass", "Content");
	value_set_text(a, report, "ReportType", "Phishing");
	value_set_text(a, report, "Date",
	    time_iso(a, r->site.checked_at != 0 ? r->site.checked_at : r->site.reported_at));
	if (filled(r->site.address))
		value_set_text(a, report, "SourceIp", r->site.address);
	value_set_text(a, report, "SourceUrl", r->site.url);
	value_set_bool(a, report, "Ongoing", strcmp(r->site.state, "stopped") != 0);
	value_json(b, v);
	return buf_view(b);
}
