/* SPDX-License-Identifier: Apache-2.0 */
#include "takedown/mailing.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "base/url.h"
#include "text/i18n.h"

const struct word mailing_purposes[] = {
	{ "request", N_("Request to stop") },
	{ "reminder", N_("Reminder") },
	{ "escalation", N_("Next on the way") },
	{ MAILING_OWNER, N_("Notice to the brand's owner") },
	{ NULL, NULL },
};
const struct word mailing_states[] = {
	{ "preparing", N_("Being prepared") },
	{ "draft", N_("Draft") },
	{ "held", N_("Leaves in a moment") },
	{ "sending", N_("Leaving") },
	{ "sent", N_("Sent") },
	{ "cancelled", N_("Not sent") },
	{ NULL, NULL },
};
const struct word mailing_answers[] = {
	{ "done", N_("It is stopped") },
	{ "told", N_("The customer was told") },
	{ "not-ours", N_("Not ours") },
	{ NULL, NULL },
};
const char *const mailing_routes[] = { "direct", "isp", "registrar", "csirt", "community", NULL };

static bool
is(const char *a, const char *b)
{
	return a != NULL && strcmp(a, b) == 0;
}

static bool
filled(const char *s)
{
	return s != NULL && *s != '\0';
}

bool
mailing_wants(const char *formats, const char *name)
{
	struct str rest = str_of(formats), one;

	while (str_split(&rest, ',', &one)) {
		if (str_is(str_trim(one), name))
			return true;
	}
	return false;
}

const char *
mailing_next_route(const char *route)
{
	for (size_t i = 0; mailing_routes[i] != NULL; i++) {
		if (is(route, mailing_routes[i]))
			return mailing_routes[i + 1];
	}
	return mailing_routes[0];
}

struct mailing_words
mailing_ready(enum lang lang, const char *purpose)
{
	if (is(purpose, "reminder"))
		return (struct mailing_words){
			i18n(lang, "mail", NC_("mail", "Phishing sites: {n} still without an answer (second request)")),
			i18n(lang, "mail",
			    NC_("mail", "To {addressee},\n\nThis is {team}. This is a reminder: we wrote on "
					"{first_sent} and have not seen an answer for these sites ({n}):\n\n{sites}\n\n"
					"{request}\n\nPlease answer by {due}: reply to this mail, or tell us site by "
					"site here, without an account:\n{link}\n\nIf your answer crossed this mail, "
					"thank you.\n\nOur first letter:\n{quote}")),
		};
	if (is(purpose, "escalation"))
		return (struct mailing_words){
			i18n(lang, "mail", NC_("mail", "Phishing sites: {n} (request for cooperation)")),
			i18n(lang, "mail",
			    NC_("mail", "To {addressee},\n\n{greeting}\n\nThese phishing sites ({n}) are online and "
					"nobody whom we asked has answered so far:\n\n{sites}\n\n{request}\n\n"
					"{attempts}\n\nPlease answer by {due}: reply to this mail, or tell us site by "
					"site here, without an account:\n{link}\n\nIf you cannot act, a better contact "
					"would help us.")),
		};
	if (is(purpose, MAILING_OWNER))
		return (struct mailing_words){
			i18n(lang, "mail", NC_("mail", "Phishing sites that imitate {brand}: {n} (for your information)")),
			i18n(lang, "mail",
			    NC_("mail", "To {addressee},\n\n{greeting}\n\nWe learnt of new phishing sites that imitate "
					"{brand} ({n}):\n\n{sites}\n\nWe ask those who are responsible to stop them. You "
					"need not do anything. If you have asked for a stop yourself, or know of victims, "
					"please tell us by a reply to this mail.\n\nYou asked to be told of new sites. If "
					"you no longer want this, please reply.")),
		};
	return (struct mailing_words){
		i18n(lang, "mail", NC_("mail", "Phishing sites: {n} (request to stop)")),
		i18n(lang, "mail",
		    NC_("mail", "To {addressee},\n\n{greeting}\n\nPhishing sites ({n}) are online where you are "
				"responsible. A third party may have broken in and be misusing your service.\n\n"
				"{sites}\n\n{request}\n\nPlease answer by {due}: reply to this mail, or tell us "
				"site by site here, without an account:\n{link}")),
	};
}

const char *
mailing_words_fault(const struct mailing_words *words)
{
	if (str_trim(str_of(words->subject)).n == 0)
		return N_("The letters need a subject.");
	if (str_find(str_of(words->text), STR("{sites}"), 0) == SIZE_MAX)
		return N_("The text has no {sites} any more: there the table of the sites is put in.");
	return NULL;
}

/* What is asked of this kind of recipient. */
static const char *
request(enum lang lang, const char *route)
{
	if (is(route, "registrar"))
		return i18n(lang, "mail",
		    NC_("mail", "Please suspend these domain names, or tell the registrants to stop the pages."));
	if (is(route, "csirt") || is(route, "community"))
		return i18n(lang, "mail",
		    NC_("mail", "Please contact the administrators and ask them to stop the pages. You may pass this "
				"mail on to them."));
	if (is(route, "isp"))
		return i18n(lang, "mail",
		    NC_("mail", "Please stop these pages, or pass this on to your customers. Before anything is "
				"deleted, please keep the files and the access logs."));
	return i18n(lang, "mail",
	    NC_("mail", "Please stop these pages. Before you delete them, please keep their files and the access logs, "
			"and check how they got there (admin password, CMS vulnerability)."));
}

static const char *
shown(struct arena *a, const char *text, bool raw)
{
	return raw ? text : url_defang(a, str_of(text));
}

/* A site: its address on a line of its own, so that no mail program cuts it. */
static void
add_site(struct buf *b, struct arena *a, const struct mailing_row *r, size_t number, bool raw)
{
	const struct site *s = &r->site;

	buf_printf(b, "%zu. %s\n   %s", number, shown(a, s->url, raw), r->incident_ref);
	if (filled(s->address))
		buf_printf(b, "  %s", shown(a, s->address, raw));
	if (s->asn > 0)
		buf_printf(b, "  AS%lld", (long long)s->asn);
	if (filled(s->cc))
		buf_printf(b, "  %s", s->cc);
	if (filled(s->brand))
		buf_printf(b, "  (%s)", s->brand);
	buf_char(b, '\n');
}

static const char *
table(struct arena *a, const struct mailing_letter_facts *f)
{
	struct buf *b = buf_new(a, LIMIT_BODY);

	for (size_t i = 0; i < f->n && i < MAILING_TABLE_SITES; i++)
		add_site(b, a, &f->row[i], i + 1, f->raw);
	if (f->n > MAILING_TABLE_SITES)
		buf_text(b,
		    i18n_fill(a, i18n(f->lang, "mail", NC_("mail", "… and {n} more: all are in the attached file.")),
			I18N_ARGS({ "n", i18n_number(a, (int64_t)(f->n - MAILING_TABLE_SITES)) })));
	return arena_cstr(a, str_trim(buf_view(b)));
}

static const char *
addressee(struct arena *a, const struct mailing_letter_facts *f)
{
	if (filled(f->person))
		return i18n_fill(a, i18n(f->lang, "mail", NC_("mail", "{name} ({org})")),
		    I18N_ARGS({ "name", f->person }, { "org", f->org }));
	if (is(f->route, MAILING_OWNER))
		return i18n_fill(a, i18n(f->lang, "mail", NC_("mail", "the security team of {org}")),
		    I18N_ARGS({ "org", f->org }));
	return i18n_fill(a, i18n(f->lang, "mail", NC_("mail", "the abuse team of {org}")), I18N_ARGS({ "org", f->org }));
}

static struct i18n_arg *
arg(struct i18n_arg *at, const char *name, const char *value)
{
	if (value == NULL)
		return at;
	*at = (struct i18n_arg){ name, value };
	return at + 1;
}

void
mailing_fill(struct arena *a, const struct mailing_letter_facts *f, const char **ret_subject, const char **ret_text)
{
	struct i18n_arg args[20] = { 0 }, *at = args;
	const char *greeting = i18n_fill(a,
	    f->known ? i18n(f->lang, "mail", NC_("mail", "This is {team}."))
		     : i18n(f->lang, "mail", NC_("mail", "We are {team}, a computer security incident response team.")),
	    I18N_ARGS({ "team", f->team }));

	at = arg(at, "ref", f->ref);
	at = arg(at, "team", f->team);
	at = arg(at, "org", f->org);
	at = arg(at, "addressee", addressee(a, f));
	at = arg(at, "greeting", greeting);
	at = arg(at, "n", i18n_number(a, (int64_t)f->n));
	at = arg(at, "sites", table(a, f));
	at = arg(at, "request", request(f->lang, f->route));
	at = arg(at, "due", f->due);
	at = arg(at, "link", f->link);
	at = arg(at, "first_sent", f->first_sent);
	at = arg(at, "brand", f->brand);
	at = arg(at, "attempts", f->attempts == NULL ? "" : f->attempts);
	at = arg(at, "quote", f->quote == NULL ? "" : f->quote);
	*ret_subject = i18n_fill(a, f->words.subject, args);
	*ret_text = i18n_fill(a, f->words.text, args);
}
