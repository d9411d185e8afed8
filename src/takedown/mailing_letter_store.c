/* SPDX-License-Identifier: Apache-2.0 */
#include "takedown/mailing_letter_store.h"

#include <sodium.h>
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/base64.h"
#include "base/hex.h"
#include "base/holiday.h"
#include "base/limit.h"
#include "base/rand.h"
#include "blob/blob.h"
#include "db/db.h"
#include "directory/contact_store.h"
#include "incident/intake_guess.h"
#include "incident/letter_fill.h"
#include "incident/notification_store.h"
#include "incident/party_store.h"
#include "incident/ref_store.h"
#include "takedown/site_store.h"
#include "text/value.h"

#define QUOTED 40 /* lines of the first letter in a reminder */
#define UNSENT_REF "NTF-…"

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

/* In Japan the local time, marked; abroad UTC first. */
static const char *
time_text(struct arena *a, const struct mailing_made *x, int64_t at)
{
	if (x->lang == LANG_JA)
		return arena_printf(a, "%s（日本時間）", zone_long(a, zone_tokyo(), x->lang, at));
	return is(x->organisation.cc, "JP") ? zone_long(a, zone_tokyo(), x->lang, at) : zone_both(a, at);
}

/* Who was asked before, one a line: of the letter's language. */
static enum err
attempts(struct db *db, struct arena *a, const struct mailing_letter *l, const struct mailing_made *x, const char **ret)
{
	struct buf *b = buf_new(a, LIMIT_KIB(64));
	struct mailing_attempt *list;
	size_t n;

	TRY(mailing_letter_attempts(db, a, l, 10, &list, &n));
	for (size_t i = 0; i < n; i++) {
		const char *org = x->lang == LANG_EN && filled(list[i].organisation_en) ? list[i].organisation_en
											: list[i].organisation;

		buf_printf(b, "%s%s", i > 0 ? "\n" : "",
		    i18n_fill(a, i18n(x->lang, "mail", NC_("mail", "We wrote to {org} on {at}.")),
			I18N_ARGS({ "org", org }, { "at", time_text(a, x, list[i].at) })));
	}
	*ret = buf_cstr(a, b);
	return OK;
}

static enum err
quote(struct db *db, struct blob_store *blobs, struct arena *a, int64_t lead, const char **ret, int64_t *ret_sent)
{
	AUTO(db_stmt) q = NULL;
	struct message m;
	struct str text;

	*ret = NULL;
	*ret_sent = 0;
	TRY(db_query(db, &q,
	    "SELECT id, sent_at FROM message WHERE notification_id = ?1 AND direction = 'out' "
	    "AND state IN ('sent', 'bounced') ORDER BY id LIMIT 1",
	    DB_INT(lead)));
	if (!db_row(q))
		return db_end(q);
	int64_t id = db_int(q, 0);

	*ret_sent = db_int(q, 1);
	TRY(db_end(q));
	TRY(message_get(db, a, id, &m));
	TRY(message_text(db, blobs, a, &m, &text));
	*ret = letter_quote(a, letter_body_text(text), QUOTED);
	return OK;
}

/* Names of reporters that stand in the letter and did not agree to it. */
static enum err
named_in(struct db *db, struct arena *a, const struct mailing_made *x, const char **ret)
{
	int64_t last = 0;

	*ret = NULL;
	for (size_t i = 0; i < x->n && i < MAILING_TABLE_SITES && *ret == NULL; i++) {
		struct notification_sources s;

		if (x->row[i].site.incident_id == last)
			continue;
		last = x->row[i].site.incident_id;
		TRY(notification_sources(db, a, last, &s));
		for (size_t k = 0; k < s.names && *ret == NULL; k++) {
			struct str name = str_trim(str_of(s.name[k]));

			if (!str_equal_case(name, str_of(x->contact.email)) &&
			    (str_find_case(str_of(x->text), name, 0) != SIZE_MAX ||
				str_find_case(str_of(x->subject), name, 0) != SIZE_MAX))
				*ret = s.name[k];
		}
	}
	return OK;
}

static struct letter_finding
check_ceiling(struct arena *a, const struct mailing_made *x)
{
	enum tlp most;

	if (tlp_parse(str_of(x->organisation.max_tlp), &most) != OK)
		most = TLP_CLEAR;
	if (x->tlp <= most)
		return (struct letter_finding){ "ceiling", LETTER_GOOD, NC_("gate", "The recipient may have it"),
			NC_("gate", "The directory allows up to {value} for it."), tlp_label(most) };
	return (struct letter_finding){ "ceiling", LETTER_STOP, NC_("gate", "Too strict for this recipient"),
		NC_("gate", "{value}. Give the letters a wider label, or change what the directory allows."),
		arena_printf(a, "%s > %s", tlp_label(x->tlp), tlp_label(most)) };
}

static enum err
check(struct db *db, struct arena *a, const struct mailing_letter *l, struct mailing_made *x, const char *open, int64_t now)
{
	struct pgp_key key;
	const char *named;
	bool raw = mailing_wants(x->organisation.formats, "raw");

	TRY(party_key_find(db, a, 0, x->contact.email, &key));
	bool expired = key.expires_at != 0 && key.expires_at <= now;

	x->key = expired ? NULL : key.fingerprint;
	TRY(named_in(db, a, x, &named));
	x->n_found = letter_gate(
	    &(struct letter_check){
		.label = x->tlp,
		.input = l->tlp,
		.address = x->contact.email,
		.person = x->contact.name,
		.key = x->key,
		.key_expired = expired,
		.own_key = *setting_text(db, a, "pgp.key") != '\0',
		.open = open,
		.named = named,
		.live = raw,
		.removed = x->contact.removed_at != 0 || x->contact.do_not_contact,
	    },
	    x->found);
	x->found[x->n_found++] = check_ceiling(a, x);
	return OK;
}

const struct letter_finding *
mailing_obstacle(const struct mailing_made *x, const char *confirmed)
{
	for (size_t i = 0; i < x->n_found; i++) {
		if (x->found[i].state == LETTER_STOP)
			return &x->found[i];
	}
	for (size_t i = 0; i < x->n_found; i++) {
		if (x->found[i].state == LETTER_CONFIRM && !mailing_wants(confirmed, x->found[i].name))
			return &x->found[i];
	}
	return NULL;
}

static void
add_file(struct arena *a, struct mailing_made *x, const char *name, const char *type, struct str bytes)
{
	x->files = arena_room(a, x->files, x->n_files, sizeof(*x->files));
	x->files[x->n_files++] = (struct message_file){ name, type, bytes };
}

static void
files(struct db *db, struct arena *a, const char *ref, int64_t now, struct mailing_made *x)
{
	const char *formats = x->organisation.formats, *stem = ref == NULL ? "sites" : ref;
	bool ja = x->lang == LANG_JA, raw = mailing_wants(formats, "raw");
	struct mailing_sender s = {
		.name = setting_text(db, a, ja ? "team.name.ja" : "team.name.en"),
		.email = setting_text(db, a, "team.email"),
		.phone = setting_text(db, a, "team.phone"),
		.ref = ref == NULL ? UNSENT_REF : ref,
		.now = now,
	};

	/* With more sites than the text shows the file is needed. */
	if (mailing_wants(formats, "csv") || x->n > MAILING_TABLE_SITES)
		add_file(a, x, arena_printf(a, "%s.csv", stem), "text/csv", mailing_csv(a, x->row, x->n, raw));
	if (mailing_wants(formats, "iodef"))
		add_file(a, x, arena_printf(a, "%s.iodef.xml", stem), "application/iodef+xml",
		    mailing_iodef(a, &s, x->row, x->n));
	for (size_t i = 0; mailing_wants(formats, "xarf") && i < x->n && i < MAILING_XARF_FILES; i++)
		add_file(a, x, arena_printf(a, "%s.xarf.%zu.json", stem, i + 1), "application/json",
		    mailing_xarf(a, &s, &x->row[i]));
}

/* Only what stays in. */
static enum err
rows(struct db *db, struct arena *a, const struct mailing_letter *l, const struct user *u, struct mailing_made *x)
{
	struct mailing_row *all;
	size_t n;

	TRY(mailing_row_list(db, a, l->mailing_id, l->id, u, MAILING_SITES, &all, &n));
	x->row = arena_many(a, struct mailing_row, n + 1);
	for (size_t i = 0; i < n; i++) {
		/* An incident that was restricted since is not for others. */
		bool hidden = is(l->route, MAILING_OWNER) && all[i].restricted_id != 0;

		if (!all[i].taken_out && !hidden)
			x->row[x->n++] = all[i];
	}
	return OK;
}

static int64_t
silence_hours(struct db *db, const char *route)
{
	static const char *const keys[] = { "notify.silence_direct", "notify.silence_isp", "notify.silence_registrar",
		"notify.silence_csirt", "notify.silence_community" };

	for (size_t i = 0; mailing_routes[i] != NULL; i++) {
		if (is(route, mailing_routes[i]))
			return setting_int(db, keys[i]);
	}
	return 0;
}

enum err
mailing_make(struct db *db, struct blob_store *blobs, struct arena *a, const struct mailing *m,
    const struct mailing_letter *l, const struct user *u, const char *ref, const char *link, int64_t now,
    struct mailing_made *ret)
{
	struct mailing_made x = { 0 };
	struct business_calendar calendar = intake_calendar(db);
	const char *asked = NULL, *first = NULL, *open, *ignored;
	int64_t first_at = 0;

	TRY(contact_get(db, a, l->contact_id, &x.contact));
	TRY(organisation_get(db, a, x.contact.organisation_id, &x.organisation));
	x.lang = LANG_EN;
	(void)lang_parse(str_of(l->lang), &x.lang);
	x.tlp = l->tlp;
	if (m->tlp != NULL && tlp_parse(str_of(m->tlp), &x.tlp) != OK)
		x.tlp = l->tlp;
	TRY(rows(db, a, l, u, &x));
	if (!x.organisation.business_days)
		x.silence_hours = silence_hours(db, l->route);
	if (is(m->purpose, "escalation"))
		TRY(attempts(db, a, l, &x, &asked));
	if (l->first_id != 0)
		TRY(quote(db, blobs, a, l->first_id, &first, &first_at));
	struct mailing_words words = mailing_ready(x.lang, m->purpose);

	if (filled(m->words[x.lang].subject))
		words.subject = m->words[x.lang].subject;
	if (filled(m->words[x.lang].text))
		words.text = m->words[x.lang].text;
	struct mailing_letter_facts f = {
		.lang = x.lang,
		.words = words,
		.ref = ref == NULL ? UNSENT_REF : ref,
		.team = setting_text(db, a, x.lang == LANG_JA ? "team.name.ja" : "team.name.en"),
		.org = organisation_name(&x.organisation, x.lang == LANG_EN),
		.person = x.contact.name,
		.route = l->route,
		.known = x.contact.asked > 0 || m->brand_id != 0,
		.raw = mailing_wants(x.organisation.formats, "raw"),
		.row = x.row,
		.n = x.n,
		.due = time_text(a, &x,
		    x.silence_hours > 0 ? now + x.silence_hours * CLOCK_HOUR
					: business_due(&calendar, now, (int32_t)setting_int(db, "mail.silence_days"))),
		.link = link == NULL ? i18n(x.lang, "mail", NC_("mail", "(the link of this letter is made when it leaves)"))
				     : link,
		.first_sent = first_at == 0 ? NULL : time_text(a, &x, first_at),
		.attempts = asked,
		.quote = first,
		.brand = m->brand,
	};
	struct mailing_letter_facts bare = f;

	mailing_fill(a, &f, &x.subject, &x.text);
	/* A { } in a site's address is no place to be filled in. */
	bare.n = 0;
	bare.quote = NULL;
	mailing_fill(a, &bare, &ignored, &open);
	open = letter_open_places(a, ignored, str_of(open));
	TRY(check(db, a, l, &x, open, now));
	x.full_subject = letter_subject(a, ref == NULL ? UNSENT_REF : ref, x.tlp, x.subject);
	x.body = letter_body(a, x.lang, x.tlp, str_of(x.text), letter_signature(db, a, x.lang));
	files(db, a, ref, now, &x);
	*ret = x;
	return OK;
}

/* Sending */

const char *
mailing_token_hash(struct arena *a, struct str token)
{
	unsigned char hash[32];

	(void)crypto_generichash(hash, sizeof(hash), (const unsigned char *)token.p, token.n, NULL, 0); /* never fails */
	return hex_format(a, hash, sizeof(hash));
}

static const char *
role_of(const char *route)
{
	if (is(route, "isp"))
		return "isp";
	if (is(route, "csirt") || is(route, "community"))
		return "peer-csirt";
	if (is(route, "police"))
		return "law-enforcement";
	if (is(route, MAILING_OWNER))
		return "brand";
	return is(route, "registrar") ? "other" : "source-host";
}

/* The contact as a party of an incident: the one that is there, or a new one. */
static enum err
party_of(struct db *db, struct arena *a, int64_t incident, const struct mailing_letter *l, const struct mailing_made *x,
    struct actor by, struct party *ret)
{
	AUTO(db_stmt) q = NULL;
	int64_t id;

	TRY(db_query(db, &q,
	    "SELECT id FROM party WHERE incident_id = ?1 AND email = ?2 AND removed_at IS NULL ORDER BY id LIMIT 1",
	    DB_INT(incident), DB_TEXT(x->contact.email)));
	bool there = db_row(q);

	id = there ? db_int(q, 0) : 0;
	TRY(db_end(q));
	if (!there)
		TRY(party_add(db, a,
		    &(struct party){
			.incident_id = incident,
			.role = role_of(l->route),
			.org = organisation_name(&x->organisation, x->lang == LANG_EN),
			.name = x->contact.name,
			.email = x->contact.email,
			.phone = x->contact.phone,
			.cc = x->organisation.cc,
			.lang = lang_code(x->lang),
			.zone = x->organisation.zone,
			.key_id = x->contact.key_id,
		    },
		    (struct actor){ by.id, by.name, by.now }, &id));
	return party_get(db, a, incident, id, ret);
}

/* A party of each incident; the first leads. */
static enum err
parties(struct db *db, struct arena *a, const struct mailing_letter *l, const struct mailing_made *x, struct actor by,
    struct party **ret, size_t *ret_n)
{
	*ret = arena_many(a, struct party, x->n + 1);
	*ret_n = 0;
	for (size_t i = 0; i < x->n; i++) {
		bool there = false;

		for (size_t k = 0; k < *ret_n && !there; k++)
			there = (*ret)[k].incident_id == x->row[i].site.incident_id;
		if (!there) {
			TRY(party_of(db, a, x->row[i].site.incident_id, l, x, by, &(*ret)[*ret_n]));
			(*ret_n)++;
		}
	}
	return OK;
}

static enum err
link_sites(struct db *db, int64_t lead, const struct mailing_made *x)
{
	for (size_t i = 0; i < x->n; i++)
		TRY(db_run(db,
		    "INSERT INTO notification_site (notification_id, site_id) SELECT MIN(id), ?2 FROM notification "
		    "WHERE (id = ?1 OR lead_id = ?1) AND incident_id = ?3 GROUP BY incident_id "
		    "ON CONFLICT (notification_id, site_id) DO NOTHING",
		    DB_INT(lead), DB_INT(x->row[i].site.id), DB_INT(x->row[i].site.incident_id)));
	return OK;
}

static const char *
new_token(struct arena *a)
{
	unsigned char bytes[32];

	rand_bytes(bytes, sizeof(bytes));
	return base64_url_format(a, (struct str){ (const char *)bytes, sizeof(bytes) });
}

static enum err
lead_ref(struct db *db, struct arena *a, int64_t lead, const char **ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT ref FROM notification WHERE id = ?1", DB_INT(lead)));
	*ret = db_dup(a, q, 0);
	return OK;
}

enum err
mailing_queue(struct db *db, struct blob_store *blobs, struct arena *a, const struct mailing *m,
    const struct mailing_letter *l, struct actor by)
{
	const char *token = new_token(a), *ref = NULL, *base = setting_text(db, a, "team.url");
	struct mailing_made x;
	struct party *list;
	size_t n;
	int64_t lead, message, until = by.now + setting_int(db, "notify.link_days") * CLOCK_DAY;
	struct str slash = str_of(base);
	bool owner = is(l->route, MAILING_OWNER);

	if (!owner)
		TRY(mailing_take_ended(db, m, l));
	/* Looked at before a number is used up. */
	TRY(mailing_make(db, blobs, a, m, l, NULL, NULL, NULL, by.now, &x));
	const struct letter_finding *stop = mailing_obstacle(&x, m->confirmed);

	if (x.n == 0 && owner)
		return mailing_block(db, a, l->id, NC_("gate", "No site is left in it."), NULL);
	if (x.n == 0)
		return mailing_block(db, a, l->id,
		    NC_("gate", "Nothing is left to ask: its sites have stopped, were taken away, or were asked for in another letter."), NULL);
	if (stop != NULL)
		return mailing_block(db, a, l->id, stop->note, stop->value);
	if (l->first_id != 0)
		TRY(lead_ref(db, a, l->first_id, &ref));
	if (ref == NULL)
		TRY(ref_next(db, a, "NTF", by.now, &ref));
	TRY(mailing_make(db, blobs, a, m, l, NULL, ref,
	    arena_printf(a, "%s%sanswer/%s", base, str_ends(slash, STR("/")) ? "" : "/", token), by.now, &x));
	TRY(parties(db, a, l, &x, by, &list, &n));
	struct party *first = &list[0], lead_party;

	if (l->first_id != 0) {
		AUTO(db_stmt) q = NULL;

		TRY(db_one(db, &q, "SELECT incident_id, party_id FROM notification WHERE id = ?1", DB_INT(l->first_id)));
		TRY(party_get(db, a, db_int(q, 0), db_int(q, 1), &lead_party));
		first = &lead_party;
		n = 1;
	}
	TRY(notification_send(db, blobs, a, first,
	    &(struct notification_letter){
		.notification_id = l->first_id,
		.kind = owner ? MAILING_OWNER : "takedown",
		.purpose = owner ? "notice" : l->first_id != 0 ? "reminder" : "request",
		.subject = x.subject,
		.full_subject = x.full_subject,
		.body = str_of(x.body),
		.tlp = x.tlp,
		.lang = x.lang,
		.send_at = by.now,
		.others = list + 1,
		.n_others = n - 1,
		.ref = ref,
		.route = l->route,
		.contact_id = x.contact.id,
		.silence_hours = x.silence_hours,
		.files = x.files,
		.n_files = x.n_files,
	    },
	    (struct actor){ by.id, by.name, by.now }, &lead, &message));
	/* It asks for nothing: no link, and the sites are not asked for. */
	if (owner)
		return db_run(db, "UPDATE mailing_letter SET lead_id = ?2, message_id = ?3 WHERE id = ?1", DB_INT(l->id),
		    DB_INT(lead), DB_INT(message));
	TRY(link_sites(db, lead, &x));
	return db_run(db,
	    "UPDATE mailing_letter SET lead_id = ?2, message_id = ?3, token_hash = ?4, token_until = ?5 WHERE id = ?1",
	    DB_INT(l->id), DB_INT(lead), DB_INT(message), DB_TEXT(mailing_token_hash(a, str_of(token))), DB_INT(until));
}

enum err
mailing_sent(struct db *db, struct arena *a, int64_t message, int64_t now)
{
	AUTO(db_stmt) q = NULL;
	AUTO(db_stmt) sites = NULL;
	int64_t *site = NULL;
	size_t n = 0;

	TRY(db_one(db, &q,
	    "SELECT m.sent_at, m.purpose, m.person_id, p.name, n.contact_id, COALESCE(n.route, 'direct'), n.id "
	    "FROM message m JOIN notification n ON n.id = m.notification_id LEFT JOIN person p ON p.id = m.person_id "
	    "WHERE m.id = ?1",
	    DB_INT(message)));
	/* A reminder is no new step on the way. */
	if (is(db_text(q, 1), "reminder"))
		return OK;
	struct actor by = {
		.id = db_int(q, 2),
		.name = db_is_null(q, 3) ? "system" : db_dup(a, q, 3),
		.now = db_is_null(q, 0) ? now : db_int(q, 0),
	};
	int64_t contact = db_int(q, 4), lead = db_int(q, 6);
	const char *route = db_dup(a, q, 5);

	/* Those of this letter only: a thread may have had an earlier one. */
	TRY(db_query(db, &sites,
	    "SELECT x.site_id FROM mailing_letter l JOIN mailing_site x ON x.letter_id = l.id "
	    "WHERE l.message_id = ?1 AND x.taken_out = 0 UNION SELECT s.site_id FROM notification_site s "
	    "JOIN notification k ON k.id = s.notification_id WHERE (k.id = ?2 OR k.lead_id = ?2) "
	    "AND NOT EXISTS (SELECT 1 FROM mailing_letter l WHERE l.message_id = ?1)",
	    DB_INT(message), DB_INT(lead)));
	while (db_row(sites)) {
		site = arena_room(a, site, n, sizeof(*site));
		site[n++] = db_int(sites, 0);
	}
	TRY(db_end(sites));
	for (size_t i = 0; i < n; i++) {
		struct site s;

		TRY(site_get(db, a, site[i], NULL, &s));
		TRY(site_notified(db, a, &s, contact, route, by));
	}
	return OK;
}
