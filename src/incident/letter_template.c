/* SPDX-License-Identifier: Apache-2.0 */
/* letter_template.c - the ready letters; the Japanese is in po/ja/coord.po. */
#include "incident/letter.h"

#include <string.h>

const struct letter_template letter_templates[] = {
	{ "blank", "information", NC_("letter", "Free text"),
	    NC_("mail", "Information on an incident"),
	    NC_("mail", "To {addressee},\n\n{greeting}\n\n\n\nPlease reply to this mail and keep the number in the "
			"subject.") },
	{ "takedown", "takedown", NC_("letter", "Request to stop a phishing site"),
	    NC_("mail", "Phishing site on your server (request to stop)"),
	    NC_("mail", "To {addressee},\n\n{greeting}\n\nA phishing site that imitates {brand} is online on a server "
			"you manage. A third party may have broken in and be misusing it.\n\n1. URL: {url}\n"
			"2. IP address: {ip}\n3. Last seen: {checked_at}\n\nPlease stop the page. Before you delete "
			"it, keep its files and the access log, and check how it got there (admin password, CMS "
			"vulnerability).\n\nPlease reply by {due} when it is stopped, or tell us who is "
			"responsible.") },
	{ "investigation", "investigation", NC_("letter", "Request to another CSIRT"),
	    NC_("mail", "{kind} hosted in your country (request for cooperation)"),
	    NC_("mail", "Dear {org} team,\n\n{greeting}\n\nWe confirmed this {kind} in a network in your country:\n\n"
			"{evidence}\n\nPlease contact the administrator and ask to stop it. If you cannot act, a "
			"better contact would help us. You may pass this mail to the operator.\n\nPlease reply by "
			"{due} and keep the number in the subject.") },
	{ "warning", "warning", NC_("letter", "Suspicious access from a host"),
	    NC_("mail", "Suspicious access from your network (request to check)"),
	    NC_("mail", "To {addressee},\n\n{greeting}\n\nWe received a report of suspicious access from a host that "
			"you manage. It may have been broken into and be misused.\n\n{evidence}\n\nPlease check the "
			"host and, if it is misused, take it off the network. Keep the logs before you "
			"change anything.\n\nPlease tell us the result, or who is responsible, by {due}.") },
	{ "reminder", NULL, NC_("letter", "Reminder"), NC_("mail", "{subject} (second request)"),
	    NC_("mail", "To {addressee},\n\nThis is {team}. This is a reminder: we wrote on {first_sent} and have not "
			"seen an answer.\n\nPlease tell us the state, or the right contact, by {due}. If your answer "
			"crossed this mail, thank you.") },
	{ "thanks", "thanks", NC_("letter", "Thanks and closing"), NC_("mail", "Closed, with thanks"),
	    NC_("mail", "To {addressee},\n\n{team} confirmed at {checked_at} that it is stopped. Thank you for acting "
			"quickly. We are closing this case.\n\nTo prevent a recurrence, we suggest:\n\n{advice}\n\n"
			"If it comes back, reply with this number.") },
	{ 0 },
};

const struct letter_template *
letter_template_find(const char *name)
{
	for (const struct letter_template *t = letter_templates; t->name != NULL; t++) {
		if (strcmp(t->name, name) == 0)
			return t;
	}
	return NULL;
}

const char *const letter_kinds[] = { "takedown", "investigation", "information", "warning", "forward",
	"thanks", NULL };

const char *
letter_kind_label(const char *kind)
{
	static const char *const labels[] = { NC_("letter", "Takedown request"),
		NC_("letter", "Request to investigate"), NC_("letter", "Information"), NC_("letter", "Warning"),
		NC_("letter", "Forwarding"), NC_("letter", "Thanks") };

	for (size_t i = 0; letter_kinds[i] != NULL; i++) {
		if (strcmp(letter_kinds[i], kind) == 0)
			return labels[i];
	}
	return strcmp(kind, "owner") == 0 ? NC_("letter", "Notice to the brand's owner") : kind;
}

bool
letter_kind_asks(const char *kind)
{
	return strcmp(kind, "information") != 0 && strcmp(kind, "thanks") != 0 && strcmp(kind, "owner") != 0;
}
