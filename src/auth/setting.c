/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/setting.h"

#include <assert.h>
#include <string.h>

#include "auth/auth_scope.h"
#include "base/arena.h"
#include "base/base64.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "base/zone.h"
#include "db/db.h"
#include "text/i18n.h"

const struct setting setting_table[] = {
	{ "team.name.ja", SETTING_LINE, "CSIRT", 1, LIMIT_NAME, NULL, N_("Team name in Japanese"),
	    N_("Shown on every page and in every Japanese mail.") },
	{ "team.name.en", SETTING_LINE, "CSIRT", 1, LIMIT_NAME, NULL, N_("Team name in English"),
	    N_("Shown on every page and in every English mail.") },
	{ "team.email", SETTING_EMAIL, "", 0, LIMIT_ADDRESS, NULL, N_("Mail address"),
	    N_("Mail is sent from this address and answers come back to it.") },
	{ "team.phone", SETTING_LINE, "", 0, 100, NULL, N_("Telephone"),
	    N_("Shown on the public pages; may be empty.") },
	{ "team.address", SETTING_TEXT, "", 0, 1000, NULL, N_("Postal address"),
	    N_("Shown on the public pages; may be empty.") },
	{ "team.country", SETTING_LINE, "JP", 2, 2, NULL, N_("Own country"),
	    N_("Two letters (ISO 3166). Decides what counts as domestic.") },
	{ "team.zone", SETTING_ZONE, "Asia/Tokyo", 0, 0, NULL, N_("Time zone"),
	    N_("For new users and the dates of our mails. Days, reference years and business hours are Japan's.") },
	{ "team.url", SETTING_URL, "http://127.0.0.1:8480", 0, LIMIT_URL, "http:// https://",
	    N_("Address of this server"), N_("As others reach it; links in mails begin with it.") },
	{ "about.mission.ja", SETTING_TEXT, "", 0, 4000, NULL, N_("Mission (Japanese)"),
	    N_("What the team is for, in a few sentences.") },
	{ "about.mission.en", SETTING_TEXT, "", 0, 4000, NULL, N_("Mission (English)"),
	    N_("What the team is for, in a few sentences.") },
	{ "about.constituency.ja", SETTING_TEXT, "", 0, 4000, NULL, N_("Constituency (Japanese)"),
	    N_("Whom the team serves.") },
	{ "about.constituency.en", SETTING_TEXT, "", 0, 4000, NULL, N_("Constituency (English)"),
	    N_("Whom the team serves.") },
	{ "about.affiliation.ja", SETTING_TEXT, "", 0, 4000, NULL, N_("Affiliation (Japanese)"),
	    N_("Whom the team belongs to.") },
	{ "about.affiliation.en", SETTING_TEXT, "", 0, 4000, NULL, N_("Affiliation (English)"),
	    N_("Whom the team belongs to.") },
	{ "about.authority.ja", SETTING_TEXT, "", 0, 4000, NULL, N_("Authority (Japanese)"),
	    N_("By whose mandate it acts, and what it may order or only ask.") },
	{ "about.authority.en", SETTING_TEXT, "", 0, 4000, NULL, N_("Authority (English)"),
	    N_("By whose mandate it acts, and what it may order or only ask.") },
	{ "about.services.ja", SETTING_TEXT, "", 0, 4000, NULL, N_("Services (Japanese)"),
	    N_("What it offers, one a line.") },
	{ "about.services.en", SETTING_TEXT, "", 0, 4000, NULL, N_("Services (English)"),
	    N_("What it offers, one a line.") },
	{ "about.policy.ja", SETTING_TEXT, "", 0, 4000, NULL, N_("Co-operation and disclosure (Japanese)"),
	    N_("How information is shared and with whom.") },
	{ "about.policy.en", SETTING_TEXT, "", 0, 4000, NULL, N_("Co-operation and disclosure (English)"),
	    N_("How information is shared and with whom.") },
	{ "about.privacy.ja", SETTING_TEXT, "", 0, 4000, NULL, N_("Privacy (Japanese)"),
	    N_("What is done with what reporters send; empty: our standard text.") },
	{ "about.privacy.en", SETTING_TEXT, "", 0, 4000, NULL, N_("Privacy (English)"),
	    N_("What is done with what reporters send; empty: our standard text.") },
	{ "hours.open", SETTING_TIME, "09:30", 0, 0, NULL, N_("Business hours begin"),
	    N_("In the team's time zone.") },
	{ "hours.close", SETTING_TIME, "17:30", 0, 0, NULL, N_("Business hours end"),
	    N_("What arrives later counts as the next business day.") },
	{ "hours.year_end_closed", SETTING_BOOL, "1", 0, 0, NULL, N_("Closed at the turn of the year"),
	    N_("29 December to 3 January are not business days.") },
	{ "report.answer_days", SETTING_INT, "3", 0, 90, NULL, N_("First answer within"),
	    N_("Business days; the clock of a new report.") },
	{ "mail.acknowledge", SETTING_BOOL, "1", 0, 0, NULL, N_("Acknowledge reports"),
	    N_("Every reporter with an address gets the report's number at once.") },
	{ "mail.acknowledge_address", SETTING_INT, "10", 1, 1000, NULL, N_("Acknowledgements to one address"),
	    N_("At most so many an hour; who forges a sender cannot flood anybody.") },
	{ "mail.acknowledge_all", SETTING_INT, "300", 1, 100000, NULL, N_("Acknowledgements to all"),
	    N_("At most so many an hour; further reports say that none was sent.") },
	{ "mail.hold_seconds", SETTING_INT, "30", 0, 3600, NULL, N_("Hold mails back"),
	    N_("Seconds in which a mail can still be taken back.") },
	{ "mail.silence_days", SETTING_INT, "5", 1, 90, NULL, N_("Silence after"),
	    N_("Business days without an answer until a request shows as silent.") },
	{ "mail.signature.ja", SETTING_TEXT, "", 0, 2000, NULL, N_("Signature in Japanese"),
	    N_("Ends every Japanese mail; empty: name and address of the team.") },
	{ "mail.signature.en", SETTING_TEXT, "", 0, 2000, NULL, N_("Signature in English"),
	    N_("Ends every English mail; empty: name and address of the team.") },
	{ "smtp.url", SETTING_URL, "", 0, LIMIT_URL, "smtp:// smtps://", N_("Outgoing server"),
	    N_("smtp://host:port or smtps://host:port; empty: mail waits.") },
	{ "smtp.tls", SETTING_CHOICE, "require", 0, 0, "require try none", N_("Encryption to it"),
	    N_("STARTTLS: require it, try it, or none. smtps:// always is encrypted.") },
	{ "smtp.user", SETTING_LINE, "", 0, LIMIT_NAME, NULL, N_("User there"),
	    N_("Empty: no sign-in.") },
	{ "smtp.password", SETTING_SECRET, "", 0, LIMIT_NAME, NULL, N_("Password there"),
	    N_("Stored encrypted and never shown.") },
	{ "imap.url", SETTING_URL, "", 0, LIMIT_URL, "imap:// imaps://", N_("Mailbox server"),
	    N_("imap://host:port or imaps://host:port; empty: no mailbox is read.") },
	{ "imap.tls", SETTING_CHOICE, "require", 0, 0, "require try none", N_("Encryption to it"),
	    N_("STARTTLS: require it, try it, or none. imaps:// always is encrypted.") },
	{ "imap.user", SETTING_LINE, "", 0, LIMIT_NAME, NULL, N_("User there"),
	    N_("The mailbox's user.") },
	{ "imap.password", SETTING_SECRET, "", 0, LIMIT_NAME, NULL, N_("Password there"),
	    N_("Stored encrypted and never shown.") },
	{ "imap.folder", SETTING_LINE, "INBOX", 1, LIMIT_NAME, NULL, N_("Folder"),
	    N_("New mails of this folder become reports and answers.") },
	{ "imap.poll_seconds", SETTING_INT, "30", 5, 3600, NULL, N_("Look every"),
	    N_("Seconds between two looks into the mailbox.") },
	{ "check.on", SETTING_BOOL, "0", 0, 0, NULL, N_("Look at phishing sites"),
	    N_("Checks connect to the sites, whose owners may notice. Off: nothing is fetched.") },
	{ "check.allow", SETTING_TEXT, "", 0, 4000, NULL, N_("Allowed all the same"),
	    N_("Networks such as 192.0.2.0/24, one a line: checked although they are private or of our constituency.") },
	{ "check.resolver", SETTING_LINE, "", 0, 200, NULL, N_("Name server for checks"),
	    N_("An address, with a port if needed (192.0.2.53 or 192.0.2.53:5353); empty: those of this machine.") },
	{ "check.proxy", SETTING_LINE, "", 0, 200, NULL, N_("Proxy for checks"),
	    N_("http:// or socks5:// with an address and a port; empty: straight from this machine.") },
	{ "check.agent", SETTING_LINE, "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0", 1, 300, NULL,
	    N_("Browser that checks pretend to be"), N_("Many kits show their page to browsers only.") },
	{ "check.seconds", SETTING_INT, "20", 2, 120, NULL, N_("One check takes at most"), N_("Seconds, redirects included.") },
	{ "check.many", SETTING_INT, "200", 1, 5000, NULL, N_("Checks at the same time"),
	    N_("One address is asked once at a time, whatever this says.") },
	{ "check.hold_minutes", SETTING_INT, "120", 5, 10080, NULL, N_("Sure after"),
	    N_("Minutes between the first and the last check that must agree before a site counts as stopped.") },
	{ "check.watch_days", SETTING_INT, "14", 0, 365, NULL, N_("Look again for"),
	    N_("Days after the stop, in case it is there again.") },
	{ "check.marks", SETTING_TEXT, "", 0, 8000, NULL, N_("Words of parked and suspended pages"),
	    N_("One a line, added to the built-in ones: a page with one of them counts as gone.") },
	{ "mail.server_seconds", SETTING_INT, "60", 5, 600, NULL, N_("Patience with mail servers"),
	    N_("Seconds that the outgoing server or the mailbox may be silent; then it is tried again later.") },
	{ "pgp.key", SETTING_LINE, "", 0, 64, NULL, N_("Signing key"),
	    N_("Fingerprint of the OpenPGP key that signs mails; empty: none.") },
	{ "lookup.reach", SETTING_CHOICE, "nothing", 0, 0, "nothing loopback internet",
	    N_("Ask other servers for contacts"),
	    N_("whois, RDAP, DNS and security.txt: nothing, only this machine (exercises), or the Internet.") },
	{ "lookup.whois", SETTING_LINE, "whois.iana.org", 0, LIMIT_NAME, NULL, N_("First whois server"),
	    N_("host or host:port; it names the others. Empty: no whois.") },
	{ "lookup.rdap", SETTING_URL, "https://data.iana.org/rdap/", 0, LIMIT_URL, "http:// https://",
	    N_("RDAP bootstrap files"), N_("Where dns.json, ipv4.json, ipv6.json and asn.json are (RFC 9224).") },
	{ "lookup.security_txt", SETTING_URL, "https://*/.well-known/security.txt", 0, LIMIT_URL,
	    "http:// https://", N_("security.txt"), N_("Its address; the host's name takes the place of *.") },
	{ "lookup.wkd", SETTING_URL, "https://*", 1, LIMIT_URL, "http:// https://", N_("OpenPGP key directories"),
	    N_("Where keys of contacts are asked for (WKD); the host's name takes the place of *.") },
	{ "lookup.resolver", SETTING_LINE, "", 0, LIMIT_NAME, NULL, N_("DNS resolver"),
	    N_("address or address:port; empty: the system's.") },
	{ "lookup.ca_file", SETTING_LINE, "", 0, LIMIT_NAME, NULL, N_("Certificates of authorities"),
	    N_("A PEM file on the server; empty: the system's.") },
	{ "lookup.seconds", SETTING_INT, "8", 1, 30, NULL, N_("Wait for one answer"),
	    N_("Seconds; other jobs wait meanwhile.") },
	{ "lookup.keep_hours", SETTING_INT, "24", 1, 720, NULL, N_("Answers hold for"),
	    N_("Hours until the same is asked again.") },
	{ "lookup.server_hour", SETTING_INT, "60", 1, 10000, NULL, N_("Questions to one server"),
	    N_("At most so many an hour; the rest waits.") },
	{ "feed.kev", SETTING_URL, "", 0, LIMIT_URL, "http:// https://", N_("KEV catalogue"),
	    N_("Address of the catalogue of known exploited vulnerabilities (JSON); empty: it is not fetched.") },
	{ "feed.epss", SETTING_URL, "", 0, LIMIT_URL, "http:// https://", N_("EPSS list"),
	    N_("Address of the list of probabilities (CSV, also gzip); empty: it is not fetched.") },
	{ "feed.cve", SETTING_URL, "", 0, LIMIT_URL, "http:// https://", N_("CVE records"),
	    N_("Address of records (JSON 5, a list of them, or a ZIP archive); empty: they are not fetched.") },
	{ "feed.hours", SETTING_INT, "24", 0, 720, NULL, N_("Fetch every"),
	    N_("Hours; 0: only when somebody asks. Only what contact finding may ask is asked.") },
	{ "notify.silence_direct", SETTING_INT, "24", 1, 2000, NULL, N_("Administrators answer within"),
	    N_("Hours until a request about sites counts as silent; business days for who answers on those only.") },
	{ "notify.silence_isp", SETTING_INT, "24", 1, 2000, NULL, N_("Providers answer within"),
	    N_("Hours until a request about sites counts as silent.") },
	{ "notify.silence_registrar", SETTING_INT, "48", 1, 2000, NULL, N_("Registrars answer within"),
	    N_("Hours until a request about sites counts as silent.") },
	{ "notify.silence_csirt", SETTING_INT, "48", 1, 2000, NULL, N_("CSIRTs answer within"),
	    N_("Hours until a request about sites counts as silent.") },
	{ "notify.silence_community", SETTING_INT, "72", 1, 2000, NULL, N_("Communities answer within"),
	    N_("Hours until a request about sites counts as silent.") },
	{ "notify.reminders", SETTING_INT, "1", 0, 9, NULL, N_("Reminders"),
	    N_("So many are proposed before the next contact on the way is.") },
	{ "notify.link_days", SETTING_INT, "30", 1, 365, NULL, N_("Answer links work for"),
	    N_("Days in which the recipient of a letter can answer by its link.") },
	{ "notify.owner_wait", SETTING_INT, "5", 0, 120, NULL, N_("A brand's owner is told after"),
	    N_("Minutes in which more sites may come into the same mail; for brands whose owner is told at once.") },
	{ "rules.live", SETTING_BOOL, "1", 0, 0, NULL, N_("Routing rules"),
	    N_("New reports go through the live rules; off: none is looked at.") },
	{ "retention.reports", SETTING_INT, "0", 0, 36500, NULL, N_("Keep reports that became no incident"),
	    N_("Days after the decision; 0 keeps them. Then who reported, the words, mails and files go.") },
	{ "retention.people", SETTING_INT, "0", 0, 36500, NULL, N_("Keep names and addresses"),
	    N_("Days after an incident was closed; 0 keeps them.") },
	{ "retention.texts", SETTING_INT, "0", 0, 36500, NULL, N_("Keep words"),
	    N_("Days after an incident was closed until reports, letters and notes go; 0 keeps them.") },
	{ "retention.mail", SETTING_INT, "0", 0, 36500, NULL, N_("Keep original mails"),
	    N_("Days after an incident was closed; 0 keeps them.") },
	{ "retention.files", SETTING_INT, "0", 0, 36500, NULL, N_("Keep files"),
	    N_("Days after an incident was closed; 0 keeps them.") },
	{ "retention.evidence", SETTING_INT, "0", 0, 36500, NULL, N_("Keep pages of stop checks"),
	    N_("Days after the check, once the incident is closed; 0 keeps them.") },
	{ "retention.lookups", SETTING_INT, "365", 0, 36500, NULL, N_("Keep answers of contact finding"),
	    N_("Days; 0 keeps them.") },
	{ "retention.notices", SETTING_INT, "180", 0, 36500, NULL, N_("Keep read notices"),
	    N_("Days; 0 keeps them.") },
	{ "retention.drafts", SETTING_INT, "180", 0, 36500, NULL, N_("Keep drafts"),
	    N_("Days without a change; 0 keeps them.") },
	{ "retention.undo", SETTING_INT, "30", 2, 36500, NULL, N_("Keep what was before an act"),
	    N_("Days; an act can be taken back for one.") },
	{ "metrics.local", SETTING_BOOL, "0", 0, 0, NULL, N_("Metrics without a token"),
	    N_("Programs on this machine may read /metrics; not when a reverse proxy leads here without telling.") },
	{ "telescope.seal_minutes", SETTING_INT, "60", 1, 60, NULL, N_("Telescope: seal packets every"),
	    N_("Minutes until what sensors sent can be asked for. Fewer make more, smaller segments.") },
	{ "telescope.payload", SETTING_INT, "0", 0, 64, NULL, N_("Telescope: bytes of payload kept"),
	    N_("Of each packet, when its sensor sends them; 0 keeps none.") },
	{ "telescope.exchange_hour", SETTING_INT, "1", 0, 23, NULL, N_("Telescope: hour (UTC) of the daily exchange"),
	    N_("From this hour on, files of the day before are made and sent. Sensors that were cut off should have sent by then.") },
	{ "telescope.keep_raw_days", SETTING_INT, "0", 0, 36500, NULL, N_("Telescope: keep every field"),
	    N_("Days; then IP id, window, sequence number and payload of packets go. 0 keeps them.") },
	{ "telescope.keep_days", SETTING_INT, "0", 0, 36500, NULL, N_("Telescope: keep packets"),
	    N_("Days; then packets and their sources go, and the sums by hour, port, country and sensor stay. 0 keeps them.") },
	{ "telescope.clickhouse", SETTING_URL, "", 0, LIMIT_URL, "http:// https://", N_("Telescope: ClickHouse"),
	    N_("http://USER@HOST:8123/DATABASE: packets are copied there, and questions asked there. Empty: none.") },
	{ "telescope.clickhouse_password", SETTING_SECRET, "", 0, LIMIT_NAME, NULL, N_("Telescope: ClickHouse's password"),
	    N_("Of the user in that address.") },
	{ "telescope.open_data", SETTING_BOOL, "0", 0, 0, NULL, N_("Telescope: masked days for everybody"),
	    N_("At /observation/data, made once a day. Nobody learns where a sensor is, but who scans can guess which of his scans were seen.") },
	{ "telescope.wave_z", SETTING_INT, "6", 1, 100, NULL, N_("Wave: deviations above the usual"),
	    N_("More than so many, by the sources of an hour, is an alert.") },
	{ "telescope.wave_sources", SETTING_INT, "5", 1, 1000000, NULL, N_("Wave: least sources in an hour"),
	    N_("Fewer are never a wave.") },
	{ "telescope.slow_sum", SETTING_INT, "12", 1, 1000, NULL, N_("Slow start: sum of deviations"),
	    N_("Small excesses that pile up over this stand in the daily digest.") },
	{ "telescope.top_share", SETTING_INT, "50", 1, 100, NULL, N_("Per cent that one source may have"),
	    N_("A single busy scanner is neither a wave nor a slow start.") },
	{ "telescope.least_sensors", SETTING_INT, "3", 1, 1000, NULL, N_("Sensors that must see it"),
	    N_("When fewer are active, all of them.") },
	{ "telescope.heavy_packets", SETTING_INT, "2000", 1, 1000000000, NULL, N_("New heavy source: packets in a day"),
	    N_("From one that was hardly there in the week before.") },
	{ "telescope.victim_packets", SETTING_INT, "1000", 1, 1000000000, NULL, N_("Attacked in our name: answers in a day"),
	    N_("From one that was hardly there in the week before.") },
	{ 0 },
};

const struct setting *
setting_find(struct str key)
{
	for (const struct setting *s = setting_table; s->key != NULL; s++) {
		if (str_is(key, s->key))
			return s;
	}
	return NULL;
}

/* NULL when nobody set it. */
static enum err
load(struct db *db, struct arena *a, const char *key, const char **ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q, "SELECT value FROM setting WHERE key = ?1", DB_TEXT(key)));
	*ret = db_row(q) ? db_dup(a, q, 0) : NULL;
	return db_end(q);
}

const char *
setting_text(struct db *db, struct arena *a, const char *key)
{
	const struct setting *s = setting_find(str_of(key));
	const char *value = NULL;

	assert(s != NULL && s->type != SETTING_SECRET);
	if (load(db, a, key, &value) != OK || value == NULL)
		return s->fallback;
	return value;
}

int64_t
setting_int(struct db *db, const char *key)
{
	AUTO(arena) a = arena_new();
	const struct setting *s = setting_find(str_of(key));
	int64_t n;

	if (!str_int(str_of(setting_text(db, a, key)), s->min, s->max, &n) &&
	    !str_int(str_of(s->fallback), s->min, s->max, &n))
		return s->min;
	return n;
}

bool
setting_bool(struct db *db, const char *key)
{
	AUTO(arena) a = arena_new();

	return strcmp(setting_text(db, a, key), "1") == 0;
}

static bool
read_minutes(struct str s, int32_t *ret)
{
	uint64_t hour, minute;

	if (!str_eat_digits(&s, 1, 2, &hour) || !str_eat(&s, STR(":")) ||
	    !str_eat_digits(&s, 2, 2, &minute) || s.n != 0 || hour > 24 || minute > 59 ||
	    hour * 60 + minute > 24 * 60)
		return false;
	*ret = (int32_t)(hour * 60 + minute);
	return true;
}

int32_t
setting_minutes(struct db *db, const char *key)
{
	AUTO(arena) a = arena_new();
	int32_t minutes = 0;

	if (!read_minutes(str_of(setting_text(db, a, key)), &minutes))
		(void)read_minutes(str_of(setting_find(str_of(key))->fallback), &minutes);
	return minutes;
}

enum err
setting_secret(struct db *db, struct arena *a, const unsigned char secret_key[32], const char *key,
    const char **ret)
{
	const char *value;
	struct str sealed, plain;

	TRY(load(db, a, key, &value));
	if (value == NULL) {
		*ret = "";
		return OK;
	}
	TRY(base64_parse(a, str_of(value), &sealed));
	TRY(auth_unseal(a, secret_key, "setting_", 1, sealed, &plain));
	*ret = arena_cstr(a, plain);
	return OK;
}

static bool
is_choice(const char *choices, struct str value, bool prefix)
{
	struct str rest = str_of(choices), choice;

	while (str_split(&rest, ' ', &choice)) {
		if (prefix ? str_starts(value, choice) && value.n > choice.n
			   : str_equal(value, choice))
			return true;
	}
	return false;
}

static const char *
range(struct arena *a, const struct setting *s)
{
	return arena_printf(a, "%lld–%lld", (long long)s->min, (long long)s->max);
}

static bool
has_control(struct str s, bool lines)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < ' ' && !(lines && (c == '\n' || c == '\t'))) || c == 127)
			return true;
	}
	return false;
}

/* Faults of one type. */
static const char *
type_fault(struct arena *a, const struct setting *s, struct str v, const char **allowed)
{
	const struct zone *zone;
	int32_t minutes;
	int64_t n;

	switch (s->type) {
	case SETTING_BOOL:
		*allowed = "0, 1";
		return str_is(v, "0") || str_is(v, "1") ? NULL : N_("Give one of: {value}.");
	case SETTING_INT:
		*allowed = range(a, s);
		return str_int(v, s->min, s->max, &n) ? NULL : N_("Give a whole number: {value}.");
	case SETTING_TIME:
		*allowed = "09:30";
		return read_minutes(v, &minutes) ? NULL : N_("Give a time such as {value}.");
	case SETTING_CHOICE:
		*allowed = s->choices;
		return is_choice(s->choices, v, false) ? NULL : N_("Give one of: {value}.");
	case SETTING_URL:
		*allowed = strcmp(s->choices, "http:// https://") == 0 ? "http://, https://" : s->choices;
		return v.n == 0 || (is_choice(s->choices, v, true) &&
		    str_find_char(v, ' ', 0) == SIZE_MAX)
		    ? NULL
		    : N_("Give an address that begins with {value}.");
	case SETTING_EMAIL:
		*allowed = "csirt@example.jp";
		return v.n == 0 || user_email_valid(v) ? NULL
						       : N_("Give a mail address such as {value}.");
	case SETTING_ZONE:
		*allowed = "Asia/Tokyo";
		return zone_find(arena_cstr(a, v), &zone) == OK
		    ? NULL
		    : N_("Give a time zone such as {value}.");
	case SETTING_LINE:
	case SETTING_TEXT:
	case SETTING_SECRET:
		break;
	}
	*allowed = range(a, s);
	return (int64_t)utf8_count(v) < s->min ? N_("Give this many characters: {value}.") : NULL;
}

const char *
setting_fault(struct arena *a, const struct setting *s, struct str value, const char **ret_allowed)
{
	const char *allowed = "", *fault;
	bool text = s->type == SETTING_LINE || s->type == SETTING_TEXT ||
	    s->type == SETTING_SECRET || s->type == SETTING_EMAIL || s->type == SETTING_URL;

	if (!utf8_valid(value) || has_control(value, s->type == SETTING_TEXT)) {
		fault = N_("This has characters that cannot be stored.");
	} else if (text && (int64_t)utf8_count(value) > s->max) {
		allowed = range(a, s);
		fault = N_("Give this many characters: {value}.");
	} else {
		fault = type_fault(a, s, value, &allowed);
	}
	if (ret_allowed != NULL)
		*ret_allowed = allowed;
	return fault;
}

enum err
setting_set(struct db *db, struct arena *a, const unsigned char secret_key[32], struct str key,
    struct str value)
{
	const struct setting *s = setting_find(key);

	if (s == NULL)
		return ERR_NOT_FOUND;
	if (setting_fault(a, s, value, NULL) != NULL)
		return ERR_INVALID;
	if (s->type == SETTING_SECRET) {
		if (value.n == 0)
			return setting_reset(db, key);
		value = str_of(base64_format(a, auth_seal(a, secret_key, "setting_", 1, value)));
	}
	return db_run(db,
	    "INSERT INTO setting (key, value) VALUES (?1, ?2)"
	    " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
	    DB_TEXT(s->key), DB_STR(value));
}

enum err
setting_reset(struct db *db, struct str key)
{
	return db_run(db, "DELETE FROM setting WHERE key = ?1", DB_STR(key));
}

static const char *
type_name(enum setting_type t)
{
	static const char *const names[] = {
		[SETTING_LINE] = "line", [SETTING_TEXT] = "text", [SETTING_BOOL] = "bool",
		[SETTING_INT] = "int", [SETTING_TIME] = "time", [SETTING_CHOICE] = "choice",
		[SETTING_EMAIL] = "email", [SETTING_ZONE] = "zone", [SETTING_URL] = "url",
		[SETTING_SECRET] = "secret",
	};

	return names[t];
}

enum err
setting_list(struct db *db, struct arena *a, struct value **ret)
{
	struct value *list = value_list(a);

	for (const struct setting *s = setting_table; s->key != NULL; s++) {
		struct value *o = value_add_object(a, list);
		const char *value;

		TRY(load(db, a, s->key, &value));
		value_set_text(a, o, "key", s->key);
		value_set_text(a, o, "type", type_name(s->type));
		value_set_text(a, o, "label", s->label);
		value_set_text(a, o, "doc", s->doc);
		value_set_bool(a, o, "set", value != NULL);
		value_set_text(a, o, "value", s->type == SETTING_SECRET ? ""
		    : value == NULL			    ? s->fallback
							    : value);
		if (s->type == SETTING_INT) {
			value_set_int(a, o, "min", s->min);
			value_set_int(a, o, "max", s->max);
		}
		if (s->type == SETTING_CHOICE) {
			struct value *choices = value_set_list(a, o, "choices");
			struct str rest = str_of(s->choices), choice;

			while (str_split(&rest, ' ', &choice))
				value_add_text(a, choices, arena_cstr(a, choice));
		}
	}
	*ret = list;
	return OK;
}
