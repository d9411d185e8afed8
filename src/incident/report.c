/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/report.h"

#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "text/i18n.h"

const char *const report_channels[] = { "form", "mail", "phone", "fax", "api", "import", "other",
	NULL };
const char *const report_purposes[] = { "information", "question", "contact", "other", NULL };
const char *const report_doors[] = { "phishing", "defacement", "malware", "intrusion", "leak", "dos",
	"scan", "targeted", "ics", "other", "unknown", NULL };
const char *const report_roles[] = { "victim", "responder", "vendor", "finder", "isp", "csirt", "other",
	NULL };
const char *const report_states[] = { "new", "accepted", "duplicate", "declined", "answered", "closed",
	NULL };
const char *const report_priorities[] = { "low", "normal", "high", "urgent", NULL };

static const char *const channel_labels[] = { N_("Web form"), N_("Mail"), N_("Phone"), N_("FAX"),
	N_("API"), N_("Import"), N_("Otherwise") };
static const char *const purpose_labels[] = { N_("Information on an incident"), N_("Question"),
	N_("Contact the sites concerned"), N_("Other") };
static const char *const door_labels[] = { N_("Phishing site"), N_("Website defaced"), N_("Malware"),
	N_("Break-in"), N_("Data leak"), N_("Denial of service"), N_("Suspicious access"),
	N_("Targeted attack"), N_("Control system"), N_("Other"), N_("Not sure") };
static const char *const role_labels[] = { N_("Affected"), N_("Responding for the affected"),
	N_("Security vendor"), N_("Finder"), N_("Provider"), N_("CSIRT"), N_("Other") };
static const char *const state_labels[] = { N_("New"), N_("Accepted"), NC_("report", "Duplicate"), N_("Declined"),
	N_("Answered"), N_("Closed") };
static const char *const priority_labels[] = { N_("Low"), N_("Normal"), N_("High"), N_("Urgent") };

const char *
report_label(const char *const *list, const char *name)
{
	static const struct {
		const char *const *names, *const *labels;
	} tables[] = {
		{ report_channels, channel_labels },
		{ report_purposes, purpose_labels },
		{ report_doors, door_labels },
		{ report_roles, role_labels },
		{ report_states, state_labels },
		{ report_priorities, priority_labels },
	};

	for (size_t t = 0; t < COUNT(tables); t++) {
		if (tables[t].names != list)
			continue;
		for (size_t i = 0; list[i] != NULL; i++) {
			if (name != NULL && strcmp(list[i], name) == 0)
				return tables[t].labels[i];
		}
	}
	return name == NULL ? "" : name;
}

#define TITLE_CHARACTERS 80

const char *
report_title_of(struct arena *a, struct str text)
{
	struct str line;

	while (str_line(&text, &line)) {
		line = utf8_clean_line(a, line);
		if (line.n == 0)
			continue;
		if (utf8_count(line) <= TITLE_CHARACTERS)
			return arena_cstr(a, line);
		return arena_printf(a, "%.*s…", STR_F(utf8_take(line, TITLE_CHARACTERS - 1)));
	}
	return "";
}
