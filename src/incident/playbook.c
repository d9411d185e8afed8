/* SPDX-License-Identifier: Apache-2.0 */
/* playbook.c - ready lists of tasks for each kind of incident. */
#include <string.h>

#include "incident/task_store.h"
#include "text/i18n.h"

#define P(msgid) NC_("playbook", msgid)
/* The end of every list: what must not be forgotten after the first hours. */
#define AFTERWARDS                                                                                 \
	{ "remove-cause", P("Remove the cause: repair or rebuild"), 72 },                          \
	    { "prevent", P("Decide how to prevent a recurrence"), 0 },                             \
	    { "prevent-do", P("Carry out the prevention"), 0 },                                    \
	    { "prevent-check", P("Check that the prevention is in place"), 0 }, { NULL, NULL, 0 }

static const struct playbook_task malware[] = {
	{ "preserve", P("Preserve: no power-off, no needless operation, no software run on it"), 1 },
	{ "isolate", P("Isolate: network and media"), 1 },
	{ "block", P("Block: web and mail services that may be abused"), 4 },
	{ "suppress", P("Suppress: no re-infection, change all passwords"), 8 },
	{ "extent", P("Find the extent: which other machines speak with the same places"), 24 },
	AFTERWARDS,
};
static const struct playbook_task leak[] = {
	{ "preserve", P("Preserve: no power-off, no needless operation, no software run on it"), 1 },
	{ "tell-affected", P("Tell the people concerned"), 24 },
	{ "tell-legal", P("Tell the legal department"), 4 },
	{ "recall", P("Try to get the information back or deleted"), 24 },
	{ "trace", P("Trace what was lost or stolen"), 24 },
	{ "stop-same", P("Stop the same handling, so that it does not happen again meanwhile"), 8 },
	{ "report-duty", P("Check the duties to report: data protection, ministry, parent company"), 24 },
	AFTERWARDS,
};
static const struct playbook_task defacement[] = {
	{ "preserve", P("Preserve: copy logs and changed files before anything is repaired"), 1 },
	{ "isolate", P("Take the site out of service or show a notice"), 2 },
	{ "visitors", P("Find out whether visitors were harmed, and warn them"), 8 },
	{ "suppress", P("Suppress: no re-infection, change all passwords"), 8 },
	AFTERWARDS,
};
static const struct playbook_task phishing[] = {
	{ "evidence", P("Keep a copy of the site: address, time, appearance, headers"), 1 },
	{ "takedown", P("Ask the site's and the address's administrators to stop it"), 2 },
	{ "brand", P("Tell the imitated organisation"), 4 },
	{ "share", P("Pass the address on to filter lists"), 4 },
	{ "check", P("Check that it has stopped, and again the next day"), 24 },
	{ NULL, NULL, 0 },
};
static const struct playbook_task dos[] = {
	{ "measure", P("Record amount, kind and sources of the traffic"), 1 },
	{ "provider", P("Ask the provider for filters"), 1 },
	{ "keep-service", P("Keep what matters most in service"), 2 },
	{ "sources", P("Tell the administrators of the sources"), 24 },
	AFTERWARDS,
};
static const struct playbook_task ics[] = {
	{ "safety", P("Ask about safety first: people, plant, environment"), 1 },
	{ "preserve", P("Preserve: no power-off, no needless operation, no software run on it"), 1 },
	{ "separate", P("Separate the control network, with those who run the plant"), 2 },
	{ "manual", P("Check that the plant can be run by hand"), 4 },
	{ "supplier", P("Tell the supplier of the control system"), 8 },
	AFTERWARDS,
};
static const struct playbook_task targeted[] = {
	{ "preserve", P("Preserve: no power-off, no needless operation, no software run on it"), 1 },
	{ "strategy", P("Decide: remove at once, or find the extent first"), 4 },
	{ "indicators", P("Look for the indicators on other machines and in old logs"), 24 },
	{ "block", P("Block: web and mail services that may be abused"), 24 },
	{ "suppress", P("Suppress: no re-infection, change all passwords"), 48 },
	{ "anonymous-share", P("Share the technical facts without naming the victim"), 72 },
	AFTERWARDS,
};
static const struct playbook_task other[] = {
	{ "confirm", P("Confirm what happened, how much and what is touched"), 4 },
	{ "preserve", P("Preserve: no power-off, no needless operation, no software run on it"), 4 },
	{ "contact", P("Contact the sites concerned"), 24 },
	AFTERWARDS,
};

const struct playbook playbook_list[] = {
	{ "malware", P("Malware"), malware },
	{ "leak", P("Leak or loss"), leak },
	{ "defacement", P("Website defaced"), defacement },
	{ "phishing", P("Phishing site"), phishing },
	{ "dos", P("Denial of service"), dos },
	{ "ics", P("Control system"), ics },
	{ "targeted", P("Targeted attack"), targeted },
	{ "other", P("Other incidents"), other },
	{ 0 },
};

const struct playbook *
playbook_find(const char *name)
{
	for (const struct playbook *p = playbook_list; p->name != NULL; p++) {
		if (strcmp(p->name, name) == 0)
			return p;
	}
	return NULL;
}

const struct playbook *
playbook_for(const char *rsit, const char *category)
{
	if (strcmp(category, "ics") != 0 && strcmp(category, "targeted") != 0) {
		if (strncmp(rsit, "information-content-security/", 29) == 0)
			return playbook_find("leak");
		if (strncmp(rsit, "malicious-code/", 15) == 0)
			return playbook_find("malware");
	}
	const struct playbook *p = playbook_find(category);

	return p == NULL ? playbook_find("other") : p;
}
