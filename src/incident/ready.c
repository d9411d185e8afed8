/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/ready.h"

#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "incident/decide.h"
#include "incident/intake_ack.h"
#include "incident/letter.h"

#define TO_PARTY "addressee advice brand checked_at due evidence greeting ip kind org ref team url"

const struct ready_letter ready_letters[] = {
	{ "blank", NC_("letter", "Free text"), false, TO_PARTY },
	{ "takedown", NC_("letter", "Request to stop a phishing site"), false, TO_PARTY },
	{ "investigation", NC_("letter", "Request to another CSIRT"), false, TO_PARTY },
	{ "warning", NC_("letter", "Suspicious access from a host"), false, TO_PARTY },
	{ "reminder", NC_("letter", "Reminder"), false, TO_PARTY " first_sent subject" },
	{ "thanks", NC_("letter", "Thanks and closing"), false, TO_PARTY },
	{ "acknowledge", NC_("letter", "Acknowledgement of a report"), true, "due name received_at ref signature team" },
	{ "accept", NC_("letter", "Report accepted"), true, "dear ref team" },
	{ "accept-page", NC_("letter", "Report accepted, read on the status page"), true, "dear ref team" },
	{ "decline", NC_("letter", "Report declined"), true, "dear instead reason ref team" },
	{ 0 },
};

const struct ready_letter *
ready_find(const char *name)
{
	for (const struct ready_letter *r = ready_letters; r->name != NULL; r++) {
		if (strcmp(r->name, name) == 0)
			return r;
	}
	return NULL;
}

static bool
has_place(const struct ready_letter *r, struct str name)
{
	struct str rest = str_of(r->places), word;

	while (str_split(&rest, ' ', &word)) {
		if (str_equal(word, name))
			return true;
	}
	return false;
}

const char *
ready_unknown_places(struct arena *a, const struct ready_letter *r, const char *subject, struct str body)
{
	struct buf *b = buf_new(a, LIMIT_KIB(64));
	struct str rest = str_of(letter_open_places(a, subject, body)), place;

	while (str_split(&rest, ',', &place)) {
		place = str_trim(place);
		if (place.n > 2 && !has_place(r, (struct str){ place.p + 1, place.n - 2 }))
			buf_printf(b, "%s%.*s", b->n > 0 ? ", " : "", STR_F(place));
	}
	return buf_cstr(a, b);
}

void
ready_shipped(struct arena *a, const struct ready_letter *r, enum lang lang, struct ready_words *ret)
{
	const struct letter_template *t = letter_template_find(r->name);

	*ret = (struct ready_words){ 0 };
	if (t != NULL) {
		ret->subject = i18n(lang, "mail", t->subject);
		ret->body = i18n(lang, "mail", t->body);
	} else if (strcmp(r->name, "acknowledge") == 0) {
		intake_ack_shipped(lang, &ret->subject, &ret->body);
	} else {
		decide_letter_shipped(a, lang,
		    strcmp(r->name, "decline") == 0 ? DECIDE_LETTER_DECLINE : DECIDE_LETTER_ACCEPT,
		    strcmp(r->name, "accept-page") == 0, &ret->subject, &ret->body);
	}
}
