/* SPDX-License-Identifier: Apache-2.0 */
#include "team/retention.h"

#include "text/i18n.h"

const struct retention_rule retention_rules[RETENTION_KINDS] = {
	[RETENTION_REPORTS] = { "reports", "retention.reports", N_("Reports that became no incident"),
	    N_("Declined, answered or closed without an incident: who reported, the words, the mails and the files. Number, day, channel, kind and decision stay."), false },
	[RETENTION_PEOPLE] = { "people", "retention.people", N_("Names and addresses in closed incidents"),
	    N_("Of reporters, of the people at parties and in the heads of letters, with what the journal says of them; the original mails, which hold them, go too. Organisations stay."), true },
	[RETENTION_TEXTS] = { "texts", "retention.texts", N_("Words in closed incidents"),
	    N_("What was reported, letters and notes, with the original mails and what the journal says of them. The facts of the incident stay."), true },
	[RETENTION_MAIL] = { "mail", "retention.mail", N_("Original mails of closed incidents"),
	    N_("The bytes as received and as sent. The words that were read from them stay."), true },
	[RETENTION_FILES] = { "files", "retention.files", N_("Files of closed incidents"),
	    N_("Attachments and pictures of sites. Their hashes stay in the journal."), true },
	[RETENTION_EVIDENCE] = { "evidence", "retention.evidence", N_("Pages kept by stop checks"),
	    N_("Of sites whose incident is closed. Time, result, hash and title of each check stay."), false },
	[RETENTION_LOOKUPS] = { "lookups", "retention.lookups", N_("Answers of contact finding"),
	    N_("What whois, RDAP and other servers said. What was taken over into the directory stays."), false },
	[RETENTION_NOTICES] = { "notices", "retention.notices", N_("Read notices of the bell"),
	    N_("Those that nobody has read stay."), false },
	[RETENTION_DRAFTS] = { "drafts", "retention.drafts", N_("Drafts"),
	    N_("That nobody has touched for so long."), false },
	[RETENTION_UNDO] = { "undo", "retention.undo", N_("What was before an act"),
	    N_("Kept to take an act back, which is possible for a day; and the lists of acts on many."), false },
};
