/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/organisation.h"

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
	{ "raw", N_("Addresses as they are, not defanged") },
	{ NULL, NULL },
};

const char *
organisation_name(const struct organisation *o, bool english)
{
	return english && o->name_en != NULL && *o->name_en != '\0' ? o->name_en : o->name;
}
