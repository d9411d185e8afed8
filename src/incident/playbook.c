/* SPDX-License-Identifier: Apache-2.0 */
/* playbook.c - ready lists of tasks for each kind of incident. */
#include <string.h>

#include "incident/task_store.h"
#include "text/i18n.h"

/* The end of every list: what must not be forgotten after the first hours. */
#define AFTERWARDS                                                                                 \
	{ "remove-cause", NC_("playbook", "Remove the cause: repair or rebuild"), 72 },                          \
	    { "prevent", NC_("playbook", "Decide how to prevent a recurrence"), 0 },                             \
	    { "prevent-do", NC_("playbook", "Carry out the prevention"), 0 },                                    \
	    { "prevent-check", NC_("playbook", "Check that the prevention is in place"), 0 }, { NULL, NULL, 0 }

static const struct playbook_task malware[] = {
	{ "preserve", NC_("playbook", "Preserve: no power-off, no needless operation, no software run on it"), 1 },
	{ "isolate", NC_("playbook", "Isolate: network and media"), 1 },
	{ "block", NC_("playbook", "Block: web and mail services that may be abused"), 4 },
	{ "suppress", NC_("playbook", "Suppress: no re-infection, change all passwords"), 8 },
	{ "extent", NC_("playbook", "Find the extent: which other machines speak with the same places"), 24 },
	AFTERWARDS,
};
static const struct playbook_task leak[] = {
	{ "preserve", NC_("playbook", "Preserve: no power-off, no needless operation, no software run on it"), 1 },
	{ "tell-affected", NC_("playbook", "Tell the people concerned"), 24 },
	{ "tell-legal", NC_("playbook", "Tell the legal department"), 4 },
	{ "recall", NC_("playbook", "Try to get the information back or deleted"), 24 },
	{ "trace", NC_("playbook", "Trace what was lost or stolen"), 24 },
	{ "stop-same", NC_("playbook", "Stop the same handling, so that it does not happen again meanwhile"), 8 },
	{ "report-duty", NC_("playbook", "Check the duties to report: data protection, ministry, parent company"), 24 },
	AFTERWARDS,
};
static const struct playbook_task defacement[] = {
	{ "preserve", NC_("playbook", "Preserve: copy logs and changed files before anything is repaired"), 1 },
	{ "isolate", NC_("playbook", "Take the site out of service or show a notice"), 2 },
	{ "visitors", NC_("playbook", "Find out whether visitors were harmed, and warn them"), 8 },
	{ "suppress", NC_("playbook", "Suppress: no re-infection, change all passwords"), 8 },
	AFTERWARDS,
};
static const struct playbook_task phishing[] = {
	{ "evidence", NC_("playbook", "Keep a copy of the site: address, time, appearance, headers"), 1 },
	{ "takedown", NC_("playbook", "Ask the site's and the address's administrators to stop it"), 2 },
	{ "brand", NC_("playbook", "Tell the imitated organisation"), 4 },
	{ "share", NC_("playbook", "Pass the address on to filter lists"), 4 },
	{ "check", NC_("playbook", "Check that it has stopped, and again the next day"), 24 },
	{ NULL, NULL, 0 },
};
static const struct playbook_task dos[] = {
	{ "measure", NC_("playbook", "Record amount, kind and sources of the traffic"), 1 },
	{ "provider", NC_("playbook", "Ask the provider for filters"), 1 },
	{ "keep-service", NC_("playbook", "Keep what matters most in service"), 2 },
	{ "sources", NC_("playbook", "Tell the administrators of the sources"), 24 },
	AFTERWARDS,
};
static const struct playbook_task ics[] = {
	{ "safety", NC_("playbook", "Ask about safety first: people, plant, environment"), 1 },
	{ "preserve", NC_("playbook", "Preserve: no power-off, no needless operation, no software run on it"), 1 },
	{ "separate", NC_("playbook", "Separate the control network, with those who run the plant"), 2 },
	{ "manual", NC_("playbook", "Check that the plant can be run by hand"), 4 },
	{ "supplier", NC_("playbook", "Tell the supplier of the control system"), 8 },
	AFTERWARDS,
};
static const struct playbook_task targeted[] = {
	{ "preserve", NC_("playbook", "Preserve: no power-off, no needless operation, no software run on it"), 1 },
	{ "strategy", NC_("playbook", "Decide: remove at once, or find the extent first"), 4 },
	{ "indicators", NC_("playbook", "Look for the indicators on other machines and in old logs"), 24 },
	{ "block", NC_("playbook", "Block: web and mail services that may be abused"), 24 },
	{ "suppress", NC_("playbook", "Suppress: no re-infection, change all passwords"), 48 },
	{ "anonymous-share", NC_("playbook", "Share the technical facts without naming the victim"), 72 },
	AFTERWARDS,
};
static const struct playbook_task other[] = {
	{ "confirm", NC_("playbook", "Confirm what happened, how much and what is touched"), 4 },
	{ "preserve", NC_("playbook", "Preserve: no power-off, no needless operation, no software run on it"), 4 },
	{ "contact", NC_("playbook", "Contact the sites concerned"), 24 },
	AFTERWARDS,
};

const struct playbook playbook_list[] = {
	{ "malware", NC_("playbook", "Malware"), malware },
	{ "leak", NC_("playbook", "Leak or loss"), leak },
	{ "defacement", NC_("playbook", "Website defaced"), defacement },
	{ "phishing", NC_("playbook", "Phishing site"), phishing },
	{ "dos", NC_("playbook", "Denial of service"), dos },
	{ "ics", NC_("playbook", "Control system"), ics },
	{ "targeted", NC_("playbook", "Targeted attack"), targeted },
	{ "other", NC_("playbook", "Other incidents"), other },
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
