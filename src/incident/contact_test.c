/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/contact_test.h"

#include "text/i18n.h"

void
contact_test_text(struct arena *a, const struct contact_test_mail *m, const char **ret_subject, const char **ret_text)
{
	*ret_subject = i18n_fill(a, i18n(m->lang, "letter", NC_("letter", "Test of our contact: please press the link ({team})")),
	    I18N_ARGS({ "team", m->team }));
	*ret_text = i18n_fill(a,
	    i18n(m->lang, "letter",
		NC_("letter", "To: {organisation}\n\nThis is {team}. You are in our directory as the contact for security incidents. We test from time to time whether our mails reach you.\n\nPlease open this address and press the button:\n\n{link}\n\nThere you also see what we have noted about you and can tell us what should be corrected. The address is for one answer. You can answer this mail instead.\n\nThere is no incident behind this mail, and nothing else is asked of you.\n")),
	    I18N_ARGS({ "organisation", m->organisation }, { "team", m->team }, { "link", m->link }));
}
