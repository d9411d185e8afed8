/* SPDX-License-Identifier: Apache-2.0 */
#include "observation/exchange.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "text/i18n.h"

const struct word exchange_forms[] = {
	{ "iodef2", N_("IODEF 2 (RFC 7970)") },
	{ "iodef1", N_("IODEF 1 (RFC 5070)") },
	{ "csv", N_("CSV file") },
	{ NULL, NULL },
};
const struct word exchange_channels[] = {
	{ "mail", N_("Sent by mail") },
	{ "fetch", N_("Fetched by them") },
	{ NULL, NULL },
};
const struct word exchange_labels[] = {
	{ "GREEN", "TLP:GREEN" },
	{ "AMBER", "TLP:AMBER" },
	{ "AMBER+STRICT", "TLP:AMBER+STRICT" },
	{ NULL, NULL },
};

enum iodef_form
exchange_form(const char *form)
{
	if (strcmp(form, "csv") == 0)
		return IODEF_CSV;
	return strcmp(form, "iodef1") == 0 ? IODEF_V1 : IODEF_V2;
}

const char *
exchange_file_name(struct arena *a, int64_t day, const char *country, const char *form)
{
	const struct civil c = clock_day_civil(day);

	return arena_printf(a, "%04d%02d%02d-%s.%s", c.year, c.month, c.day,
	    strcmp(country, EXCHANGE_EVERYWHERE) == 0 ? "all" : country, exchange_form(form) == IODEF_CSV ? "csv" : "xml");
}

const char *
exchange_media_type(const char *form)
{
	return exchange_form(form) == IODEF_CSV ? "text/csv; charset=utf-8" : "application/iodef+xml";
}

const char *
exchange_day_text(struct arena *a, int64_t day)
{
	const struct civil c = clock_day_civil(day);

	return arena_printf(a, "%04d-%02d-%02d", c.year, c.month, c.day);
}

enum err
exchange_day_parse(struct str text, int64_t *ret)
{
	int64_t at;

	if (text.n != 10 || zone_parse(zone_utc(), text, &at) != OK || at < 0)
		return ERR_INVALID;
	*ret = at / CLOCK_DAY;
	return OK;
}

int64_t
exchange_newest(int64_t now, int64_t hour)
{
	return (now - hour * CLOCK_HOUR) / CLOCK_DAY - 1;
}

const struct exchange_state_word exchange_state_words[EXCHANGE_STATES] = {
	[EXCHANGE_NONE] = { "none", NC_("exchange", "Not made"), "none" },
	[EXCHANGE_WAITING] = { "waiting", NC_("exchange", "On its way"), "soon" },
	[EXCHANGE_READY] = { "ready", NC_("exchange", "Not fetched yet"), "soon" },
	[EXCHANGE_SENT] = { "sent", NC_("exchange", "Sent"), "good" },
	[EXCHANGE_FETCHED] = { "fetched", NC_("exchange", "Fetched"), "good" },
	[EXCHANGE_EMPTY] = { "empty", NC_("exchange", "Nothing seen"), "none" },
	[EXCHANGE_FAILED] = { "failed", NC_("exchange", "Failed"), "late" },
};

enum exchange_state
exchange_state_of(const char *file, const char *message, bool fetched)
{
	if (file == NULL)
		return EXCHANGE_NONE;
	if (strcmp(file, "failed") == 0)
		return EXCHANGE_FAILED;
	if (strcmp(file, "waiting") == 0)
		return EXCHANGE_WAITING;
	if (strcmp(file, "empty") == 0)
		return EXCHANGE_EMPTY;
	if (strcmp(file, "ready") == 0)
		return fetched ? EXCHANGE_FETCHED : EXCHANGE_READY;
	if (message == NULL) /* retention has taken the mail since */
		return EXCHANGE_SENT;
	if (strcmp(message, "held") == 0 || strcmp(message, "sending") == 0)
		return EXCHANGE_WAITING;
	return strcmp(message, "sent") == 0 ? EXCHANGE_SENT : EXCHANGE_FAILED;
}

const char *
exchange_obstacle(const struct exchange_check *c)
{
	enum tlp label, most;

	if (c->removed)
		return N_("The organisation is not in the directory any more.");
	if (tlp_parse(str_of(c->tlp), &label) != OK || tlp_parse(str_of(c->max_tlp), &most) != OK || label > most)
		return N_("The label is stricter than what the directory allows for it. Choose a wider label, or change the organisation.");
	if (strcmp(c->channel, "fetch") == 0)
		return c->has_token ? NULL : N_("It has no token to fetch with yet. Make one and give it to them.");
	if (c->email == NULL || *c->email == '\0')
		return N_("Nobody there may be written to. Choose a contact with a mail address, or let it fetch the files.");
	if (c->encrypt && !c->has_key)
		return N_("No key that works is known for the contact. Add one, or allow mails that are not encrypted.");
	return NULL;
}

void
exchange_mail_text(struct arena *a, const struct exchange_mail *m, const char **ret_subject, const char **ret_text)
{
	const char *day = exchange_day_text(a, m->day);
	const char *country = m->country != NULL ? m->country : i18n(m->lang, "letter", NC_("letter", "all countries"));

	*ret_subject = i18n_fill(a, i18n(m->lang, "letter", NC_("letter", "Scans from {country} on {day} ({team})")),
	    I18N_ARGS({ "country", country }, { "day", day }, { "team", m->team }));
	*ret_text = i18n_fill(a,
	    i18n(m->lang, "letter",
		NC_("letter", "To: {organisation}\n\nThis is {team}. In the file {file} are the packets that our sensors received on {day} (UTC) from addresses in {country}: {records} packets in {events} entries.\n\nEach entry tells the source's address and port, the destination port, the protocol and the time. Nobody has business with our sensors' addresses, so each packet is a scan, an infected machine, or an echo of an attack. Please use the list to find and help those concerned.\n\nWhat you found out is welcome as an answer to this mail. So is a wish for another format, or not to get this mail any more.\n")),
	    I18N_ARGS({ "organisation", m->organisation }, { "team", m->team }, { "file", m->file }, { "day", day },
		{ "country", country }, { "records", i18n_number(a, m->records) }, { "events", i18n_number(a, m->events) }));
}
