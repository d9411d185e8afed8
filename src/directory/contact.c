/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/contact.h"

#include "base/limit.h"
#include "text/i18n.h"

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
const struct word contact_test_results[] = {
	{ "waiting", N_("Waiting for the answer") },
	{ "answered", N_("Answered") },
	{ "bounced", N_("Returned: the mailbox is not there") },
	{ "failed", N_("Could not be reached") },
	{ "silent", N_("No answer") },
	{ NULL, NULL },
};

static bool
filled(const char *s)
{
	return s != NULL && *s != '\0';
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

bool
contact_email_valid(struct str s)
{
	size_t at = str_find_char(s, '@', 0);

	return at != SIZE_MAX && at > 0 && at + 1 < s.n && s.n <= LIMIT_ADDRESS &&
	    str_find_char(s, '@', at + 1) == SIZE_MAX && str_find_char(s, ' ', 0) == SIZE_MAX;
}
