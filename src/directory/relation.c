/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/relation.h"

#include "text/i18n.h"

const struct word relation_trust[] = {
	{ "unknown", NC_("trust", "Unknown") },
	{ "low", NC_("trust", "Low") },
	{ "usual", NC_("trust", "Usual") },
	{ "high", NC_("trust", "High") },
	{ NULL, NULL },
};
const struct word relation_memberships[] = {
	{ "member", N_("Member") },
	{ "board", N_("Board") },
	{ "secretariat", N_("Secretariat") },
	{ "liaison", N_("Liaison") },
	{ "sponsor", N_("Sponsor") },
	{ "observer", N_("Observer") },
	{ NULL, NULL },
};
const struct word relation_agreements[] = {
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
