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
	    N_("If it comes back, please reply to this mail.") },
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

const char *
decide_letter_text(struct arena *a, enum lang lang, enum decide_letter kind, const struct decide_letter_words *w)
{
	const char *body = kind == DECIDE_LETTER_DECLINE
	    ? i18n(lang, "letter", N_("{team} read your report with care. We are sorry that we cannot handle it, because {reason}."))
	    : w->on_page
	    ? i18n(lang, "letter", N_("Thank you for your report. {team} is now handling it. We may ask you questions on this page; look in again, and add information here."))
	    : i18n(lang, "letter", N_("Thank you for your report. {team} is now handling it. We may write to you with questions; to add information, reply and keep the number in the subject."));
	const char *end = kind == DECIDE_LETTER_DECLINE
	    ? i18n(lang, "letter", N_("What you sent helps our analysis. Thank you."))
	    : i18n(lang, "letter", N_("We do not pass on your name or organisation without your consent."));
	size_t r = place(w->reason);
	const char *text = i18n_fill(a, body,
	    I18N_ARGS({ "team", w->team }, { "reason", i18n(lang, "because", reasons[r].because) }));

	return arena_printf(a, "%s\n\n%s\n\n%s%s%s\n", dear(a, lang, w->name), text,
	    kind == DECIDE_LETTER_DECLINE ? i18n(lang, NULL, reasons[r].instead) : "",
	    kind == DECIDE_LETTER_DECLINE ? "\n\n" : "", end);
}

const char *
decide_letter_subject(struct arena *a, enum lang lang, const struct decide_letter_words *w)
{
	return arena_printf(a, "[%s] %s", w->ref, i18n(lang, "letter", N_("Your report")));
}
