/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/decide.h"

#include <string.h>

#include "base/arena.h"
#include "text/i18n.h"

const char *const decide_decline_reasons[] = { "not-incident", "out-of-scope", "no-details", "over", "advertising",
	"test", "other", NULL };

static const struct {
	const char *label;
	const char *because; /* completes "…, because …" */
	const char *instead; /* what the reporter can do */
	const char *on_page; /* the same for who reads it on the status page; NULL = as instead */
} reasons[] = {
	{ NC_("decline", "Not an incident"),
	    NC_("because", "what you describe does not look like a security incident"),
	    N_("If you notice something else, such as files that changed or sign-ins that nobody made, please write again.") },
	{ NC_("decline", "Outside our area"),
	    NC_("because", "it lies outside the area that our team is responsible for"),
	    N_("Please contact the organisation that runs the system, or the police where money or people are concerned.") },
	{ NC_("decline", "Too little information"),
	    NC_("because", "it has too little information to act on"),
	    N_("Please send us the full address, the date and time with the time zone, and the mail or log as it was.") },
	{ NC_("decline", "Over already"), NC_("because", "it was over when we looked"),
	    N_("If it comes back, please reply to this mail."),
	    N_("If it comes back, please add it here.") },
	{ NC_("decline", "Advertising or spam"),
	    NC_("because", "it is advertising that does no harm beyond annoyance"),
	    N_("Please delete such mail, and do not open its links.") },
	{ NC_("decline", "Test"), NC_("because", "it was a test"), N_("Nothing more is to be done.") },
	{ NC_("decline", "Other reason"), NC_("because", "it is not something that we can act on"),
	    N_("Please write again if the situation changes.") },
};

static size_t
place(const char *reason)
{
	for (size_t i = 0; decide_decline_reasons[i] != NULL; i++) {
		if (reason != NULL && strcmp(decide_decline_reasons[i], reason) == 0)
			return i;
	}
	return COUNT(reasons) - 1;
}

const char *
decide_decline_label(const char *reason)
{
	return reasons[place(reason)].label;
}

static const char *
dear(struct arena *a, enum lang lang, const char *name)
{
	if (name == NULL || *name == '\0')
		return i18n(lang, "letter", N_("Dear reporter,"));
	return i18n_fill(a, i18n(lang, "letter", N_("Dear {name},")), I18N_ARGS({ "name", name }));
}

void
decide_letter_shipped(struct arena *a, enum lang lang, enum decide_letter kind, bool on_page,
    const char **ret_subject, const char **ret_body)
{
	bool decline = kind == DECIDE_LETTER_DECLINE;
	const char *body = decline
	    ? i18n(lang, "letter", N_("{team} read your report with care. We are sorry that we cannot handle it, because {reason}."))
	    : on_page
	    ? i18n(lang, "letter", N_("Thank you for your report. {team} is now handling it. We may ask you questions on this page; look in again, and add information here."))
	    : i18n(lang, "letter", N_("Thank you for your report. {team} is now handling it. We may write to you with questions; to add information, reply and keep the number in the subject."));
	const char *end = decline
	    ? i18n(lang, "letter", N_("What you sent helps our analysis. Thank you."))
	    : i18n(lang, "letter", N_("We do not pass on your name or organisation without your consent."));

	*ret_subject = arena_printf(a, "[{ref}] %s", i18n(lang, "letter", N_("Your report")));
	*ret_body = arena_printf(a, "{dear}\n\n%s\n\n%s%s\n", body, decline ? "{instead}\n\n" : "", end);
}

static const char *
filled(struct arena *a, enum lang lang, const char *text, const struct decide_letter_words *w)
{
	size_t r = place(w->reason);
	const char *instead = w->on_page && reasons[r].on_page != NULL ? reasons[r].on_page : reasons[r].instead;

	return i18n_fill(a, text,
	    I18N_ARGS({ "ref", w->ref }, { "team", w->team }, { "dear", dear(a, lang, w->name) },
		{ "reason", i18n(lang, "because", reasons[r].because) },
		{ "instead", i18n(lang, NULL, instead) }));
}

const char *
decide_letter_text(struct arena *a, enum lang lang, enum decide_letter kind, const struct decide_letter_words *w)
{
	const char *subject, *body;

	decide_letter_shipped(a, lang, kind, w->on_page, &subject, &body);
	return filled(a, lang, w->body == NULL ? body : w->body, w);
}

const char *
decide_letter_subject(struct arena *a, enum lang lang, const struct decide_letter_words *w)
{
	const char *subject, *body;

	decide_letter_shipped(a, lang, DECIDE_LETTER_ACCEPT, w->on_page, &subject, &body);
	return filled(a, lang, w->subject == NULL ? subject : w->subject, w);
}
