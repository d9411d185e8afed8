/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/directory.h"

#include <string.h>

#include "base/arena.h"
#include "base/ip.h"
#include "base/url.h"
#include "base/utf8.h"
#include "directory/country.h"
#include "text/i18n.h"

const struct word organisation_kinds[] = {
	{ "constituent", N_("Member of the constituency") },
	{ "csirt", N_("CSIRT") },
	{ "isp", N_("Internet provider") },
	{ "hosting", N_("Hosting provider") },
	{ "registrar", N_("Registrar") },
	{ "registry", N_("Registry") },
	{ "brand-owner", N_("Brand owner") },
	{ "vendor", N_("Product developer") },
	{ "law-enforcement", N_("Law enforcement") },
	{ "government", N_("Government body") },
	{ "industry", N_("Industry group") },
	{ "community", N_("Community of CSIRTs") },
	{ "media", N_("Media") },
	{ "university", N_("University or school") },
	{ "partner", N_("Business partner") },
	{ "other", N_("Other") },
	{ NULL, NULL },
};
const struct word organisation_sectors[] = {
	{ "finance", N_("Finance") },
	{ "ecommerce", N_("E-commerce") },
	{ "telecom", N_("Telecommunications") },
	{ "portal", N_("Portal") },
	{ "sns", N_("Social network") },
	{ "company", N_("Company") },
	{ "government", N_("Government") },
	{ "local-government", N_("Local government") },
	{ "medical", N_("Medical care") },
	{ "electricity", N_("Electricity") },
	{ "gas", N_("Gas") },
	{ "water", N_("Water") },
	{ "railway", N_("Railway") },
	{ "aviation", N_("Aviation") },
	{ "logistics", N_("Logistics") },
	{ "port", N_("Port") },
	{ "chemical", N_("Chemical industry") },
	{ "petroleum", N_("Petroleum") },
	{ "credit", N_("Credit cards") },
	{ "education", N_("Education and research") },
	{ "other", N_("Other") },
	{ "unclassified", N_("Unclassified") },
	{ NULL, NULL },
};
const struct word organisation_authorities[] = {
	{ "full", N_("Full: we may order it") },
	{ "shared", N_("Shared: we decide together") },
	{ "none", N_("None: we advise") },
	{ NULL, NULL },
};
const struct word organisation_formats[] = {
	{ "table", N_("Table in the mail") },
	{ "csv", N_("CSV file") },
	{ "iodef", N_("IODEF file") },
	{ "xarf", N_("X-ARF file") },
	{ NULL, NULL },
};
const struct word trust_levels[] = {
	{ "unknown", N_("Unknown") },
	{ "low", N_("Low") },
	{ "usual", N_("Usual") },
	{ "high", N_("High") },
	{ NULL, NULL },
};
const struct word contact_purposes[] = {
	{ "abuse", N_("Abuse") },
	{ "incident", N_("Incident response") },
	{ "csirt", N_("CSIRT") },
	{ "technical", N_("Technical") },
	{ "administrative", N_("Administrative") },
	{ "vulnerability", N_("Vulnerability") },
	{ "emergency", N_("Emergency, at any hour") },
	{ "legal", N_("Legal") },
	{ "press", N_("Press") },
	{ "general", N_("General") },
	{ NULL, NULL },
};
const struct word contact_sources[] = {
	{ "manual", N_("Entered by hand") },
	{ "import", N_("Imported") },
	{ "demonstration", N_("Demonstration data") },
	{ "rdap", "RDAP" },
	{ "whois", "whois" },
	{ "security.txt", "security.txt" },
	{ "abuse-mailbox", "abuse-mailbox" },
	{ "soa", "SOA" },
	{ NULL, NULL },
};
const struct word scope_kinds[] = {
	{ "prefix", N_("Network") },
	{ "asn", N_("AS number") },
	{ "domain", N_("Domain") },
	{ "country", N_("Country") },
	{ "brand", N_("Brand") },
	{ NULL, NULL },
};
const struct word membership_roles[] = {
	{ "member", N_("Member") },
	{ "board", N_("Board") },
	{ "secretariat", N_("Secretariat") },
	{ "liaison", N_("Liaison") },
	{ "sponsor", N_("Sponsor") },
	{ "observer", N_("Observer") },
	{ NULL, NULL },
};
const struct word agreement_kinds[] = {
	{ "mou", N_("Memorandum of understanding") },
	{ "nda", N_("Non-disclosure agreement") },
	{ "contract", N_("Contract") },
	{ "other", N_("Other") },
	{ NULL, NULL },
};
const struct word relation_kinds[] = {
	{ "cooperates", N_("cooperates with") },
	{ "reports-to", N_("reports to") },
	{ "national-csirt", N_("is the national CSIRT for") },
	{ "upstream", N_("is the upstream provider of") },
	{ "supplies", N_("supplies") },
	{ "supervises", N_("supervises") },
	{ "sponsors", N_("sponsors") },
	{ NULL, NULL },
};
const struct word relation_flows[] = {
	{ "collect", N_("collects from it") },
	{ "analyse", N_("analyses with it") },
	{ "send", N_("sends to it") },
	{ "share", N_("shares with it") },
	{ NULL, NULL },
};
const struct word contact_test_results[] = {
	{ "waiting", N_("Waiting for the answer") },
	{ "answered", N_("Answered") },
	{ "bounced", N_("Returned: the mailbox is not there") },
	{ "failed", N_("Could not be sent") },
	{ "silent", N_("No answer") },
	{ NULL, NULL },
};

static bool
filled(const char *s)
{
	return s != NULL && *s != '\0';
}

const char *
organisation_name(const struct organisation *o, bool english)
{
	return english && filled(o->name_en) ? o->name_en : o->name;
}

const char *
contact_shown(const struct contact *c, bool english)
{
	if (english && filled(c->romaji))
		return c->romaji;
	if (filled(c->name))
		return c->name;
	if (filled(c->email))
		return c->email;
	if (filled(c->url))
		return c->url;
	return filled(c->phone) ? c->phone : "";
}

static enum err
canonical_prefix(struct arena *a, struct str text, const char **ret)
{
	struct ip_net net;
	struct ip ip;

	if (ip_parse(text, &ip) == OK) {
		*ret = arena_printf(a, "%s/%d", ip_format(a, &ip), ip.v == 4 ? 32 : 128);
		return OK;
	}
	TRY(ip_net_parse(text, &net));
	*ret = arena_printf(a, "%s/%d", ip_format(a, &net.ip), net.prefix);
	return OK;
}

static enum err
canonical_domain(struct arena *a, struct str text, const char **ret)
{
	struct str host;

	/* "*.example.jp" and ".example.jp" mean what "example.jp" means here. */
	str_eat(&text, STR("*"));
	str_eat(&text, STR("."));
	TRY(url_host(a, text, &host));
	*ret = arena_dupn(a, host.p, host.n);
	return OK;
}

enum err
scope_canonical(struct arena *a, const char *kind, struct str text, const char **ret)
{
	struct str s = str_trim(text);
	int64_t asn;

	*ret = NULL;
	if (s.n == 0 || s.n > 256)
		return ERR_INVALID;
	if (strcmp(kind, "prefix") == 0)
		return canonical_prefix(a, s, ret);
	if (strcmp(kind, "domain") == 0)
		return canonical_domain(a, s, ret);
	if (strcmp(kind, "asn") == 0) {
		str_eat_case(&s, STR("AS"));
		if (!str_int(s, 1, UINT32_MAX, &asn))
			return ERR_INVALID;
		*ret = arena_printf(a, "%lld", (long long)asn);
		return OK;
	}
	if (strcmp(kind, "country") == 0) {
		for (size_t i = 0; i < country_count; i++) {
			if (str_is_case(s, country_list[i].code))
				*ret = country_list[i].code;
		}
		return *ret == NULL ? ERR_INVALID : OK;
	}
	if (strcmp(kind, "brand") == 0) {
		struct str folded = utf8_fold(a, s);

		*ret = arena_dupn(a, folded.p, folded.n);
		return OK;
	}
	return ERR_INVALID;
}
