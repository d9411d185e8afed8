/* SPDX-License-Identifier: Apache-2.0 */
/* admin_web.c - /admin: is the server well, and what is missing. */
#include <string.h>
#include <sys/statvfs.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/zone.h"
#include "db/db.h"
#include "directory/organisation_list.h"
#include "job/job.h"
#include "incident/intake_store.h"
#include "incident/poll_store.h"
#include "incident/send_store.h"
#include "journal/journal.h"
#include "team/team_web.h"
#include "web/web_state.h"

#define DISK_LOW LIMIT_MIB(5120)
#define DISK_FULL LIMIT_MIB(1024)

/* "late": somebody must act; "soon": look at it; "good". */
static void
say(struct web *w, const char *name, const char *state, const char *text, const char *href)
{
	static const struct {
		const char *state, *label;
	} labels[] = { { "late", N_("Act") }, { "soon", N_("Look") }, { "good", N_("Good") } };
	struct value *o = value_add_object(w->a, value_child(w->data, "checks"));
	struct value *b = value_set_object(w->a, o, "@badge");

	value_set_text(w->a, o, "check", name);
	value_set_text(w->a, o, "state", state);
	value_set_text(w->a, o, "text", text);
	value_set_text(w->a, o, "@href", href);
	value_set_text(w->a, b, "state", state);
	for (size_t i = 0; i < COUNT(labels); i++) {
		if (strcmp(labels[i].state, state) == 0)
			value_set_text(w->a, b, "text", web_tr(w, "health", labels[i].label));
	}
}

static enum err
check_jobs(struct web *w)
{
	struct value *counts;

	TRY(job_counts(w->db, w->a, &counts));
	int64_t dead = value_integer(value_get(counts, "dead"));
	int64_t waiting = value_integer(value_get(counts, "waiting"));

	value_set(w->a, w->data, "jobs", counts);
	if (dead > 0)
		say(w, "jobs", "late",
		    web_trf(w, NULL, N_("{n} jobs gave up. See why, correct it, and run them again."),
			I18N_ARGS({ "n", i18n_number(w->a, dead) })),
		    "/admin/jobs?state=dead");
	else
		say(w, "jobs", "good",
		    web_trf(w, NULL, N_("No job gave up; {n} wait."),
			I18N_ARGS({ "n", i18n_number(w->a, waiting) })),
		    "/admin/jobs");
	return OK;
}

static enum err
check_journal(struct web *w)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(w->db, &q, "SELECT COUNT(*), MIN(at) FROM journal WHERE seal IS NULL"));
	int64_t n = db_int(q, 0), oldest = db_int(q, 1);

	TRY(db_end(q));
	value_set_int(w->a, w->data, "unsealed", n);
	if (n > 0 && oldest < w->now - 5 * CLOCK_MINUTE)
		say(w, "journal", "late",
		    web_trf(w, NULL,
			N_("{n} journal entries wait for their seal for more than five minutes. Does the work role run? See the log."),
			I18N_ARGS({ "n", i18n_number(w->a, n) })),
		    "/admin/journal");
	else
		say(w, "journal", "good", web_tr(w, NULL, N_("The journal is sealed.")), "/admin/journal");
	return OK;
}

/* It is verified each night; three missed ones are worth a look. */
static enum err
check_chain(struct web *w)
{
	struct value *last;
	int64_t at;
	enum err e = journal_verified(w->db, w->a, &last, &at);

	if (e == ERR_NOT_FOUND)
		return OK; /* a new server: the first night is to come */
	TRY(e);
	const char *when = zone_list(w->a, w->zone, w->lang, at, w->now);

	value_set(w->a, w->data, "journal_verified", last);
	web_set_time(w, w->data, "journal_verified_at", at);
	if (!value_true(value_get(last, "good")))
		say(w, "chain", "late",
		    web_trf(w, NULL, N_("The journal was changed or cut: {why} (verified {when})"),
			I18N_ARGS({ "why", value_cstr(value_get(last, "fault")) }, { "when", when })),
		    "/admin/journal");
	else
		say(w, "chain", at < w->now - 3 * CLOCK_DAY ? "soon" : "good",
		    web_trf(w, NULL, N_("The journal is whole; verified {when}."), I18N_ARGS({ "when", when })),
		    "/admin/journal");
	return OK;
}

static void
check_disk(struct web *w)
{
	struct statvfs v;

	if (statvfs(web_data_dir(w->state), &v) != 0)
		return; /* all records are elsewhere, or the cage says no: nothing to tell */
	uint64_t left = (uint64_t)v.f_bavail * v.f_frsize;
	const char *state = left < DISK_FULL ? "late" : left < DISK_LOW ? "soon" : "good";

	value_set_int(w->a, w->data, "disk_free", (int64_t)left);
	say(w, "disk", state,
	    web_trf(w, NULL,
		left < DISK_LOW ? N_("{size} are free on the disk of the data folder. Make room; at zero nothing can be received.")
				: N_("{size} are free on the disk of the data folder."),
		I18N_ARGS({ "size", i18n_size(w->a, w->lang, (int64_t)left) })),
	    NULL);
}

static bool
is_set(struct web *w, const char *key)
{
	return *setting_text(w->db, w->a, key) != '\0';
}

static enum err
check_mail(struct web *w)
{
	int64_t waiting;
	const char *why;

	TRY(send_store_waiting(w->db, w->a, &waiting, &why));
	if (!is_set(w, "team.email"))
		say(w, "team.email", "late",
		    web_tr(w, NULL, N_("The team has no mail address: nothing can be sent.")), "/admin/settings#team");
	if (!is_set(w, "smtp.url"))
		say(w, "smtp", "late",
		    web_tr(w, NULL, N_("No outgoing mail server is set: letters wait.")), "/admin/settings#smtp");
	else if (why != NULL)
		say(w, "smtp", "late",
		    web_trf(w, NULL, N_("Letters wait and are tried again: {n}. {why}"),
			I18N_ARGS({ "n", i18n_number(w->a, waiting) }, { "why", why })),
		    "/admin/jobs?state=waiting");
	else
		say(w, "smtp", "good", web_tr(w, NULL, N_("An outgoing mail server is set.")), "/admin/settings#smtp");
	if (!is_set(w, "imap.url"))
		say(w, "imap", "soon",
		    web_tr(w, NULL, N_("No mailbox is read. Mail must come by pipe (tobiguchi mail receive) or over HTTP.")),
		    "/admin/settings#imap");
	if (!is_set(w, "pgp.key"))
		say(w, "key", "soon", web_tr(w, NULL, N_("There is no signing key: letters leave unsigned.")), "/admin/keys");
	if (strcmp(setting_text(w->db, w->a, "team.url"), setting_find(STR("team.url"))->fallback) == 0)
		say(w, "url", "soon",
		    web_tr(w, NULL, N_("The address of this server is not set: links in letters lead nowhere.")),
		    "/admin/settings#team");
	return OK;
}

static enum err
check_mailbox(struct web *w)
{
	struct poll_state s;

	TRY(poll_state_get(w->db, w->a, &s));
	if (!is_set(w, "imap.url"))
		return OK;
	if (s.error != NULL)
		say(w, "mailbox", "late",
		    web_trf(w, NULL, N_("The mailbox cannot be read: {why}"), I18N_ARGS({ "why", s.error })),
		    "/admin/settings#imap");
	else if (s.polled_at != 0)
		say(w, "mailbox", "good", web_tr(w, NULL, N_("The mailbox is read.")), "/admin/settings#imap");
	return OK;
}

static enum err
check_acknowledgements(struct web *w)
{
	int64_t sent, held;

	TRY(intake_ack_counts(w->db, w->now - CLOCK_DAY, &sent, &held));
	value_set_int(w->a, w->data, "acknowledged", sent);
	value_set_int(w->a, w->data, "not_acknowledged", held);
	if (held > 0)
		say(w, "acknowledgements", "soon",
		    web_trf(w, NULL,
			N_("Acknowledgements held back within 24 hours: {n} (sent: {sent}). Very many reports came from one address, or from all; senders may be forged."),
			I18N_ARGS({ "n", i18n_number(w->a, held) }, { "sent", i18n_number(w->a, sent) })),
		    "/admin/settings#mail");
	return OK;
}

static enum err
check_people(struct web *w)
{
	struct user *u;
	size_t n;
	int64_t without = 0, locked = 0;

	TRY(user_list(w->db, w->a, &u, &n));
	for (size_t i = 0; i < n; i++) {
		without += u[i].active && u[i].role == ROLE_ADMIN && !u[i].totp;
		locked += u[i].active && u[i].locked_until > w->now;
	}
	if (locked > 0)
		say(w, "locked", "soon",
		    web_trf(w, NULL, N_("Locked accounts: {n}. Somebody mistypes, or somebody tries."),
			I18N_ARGS({ "n", i18n_number(w->a, locked) })),
		    "/admin/users");
	if (without > 0)
		say(w, "second-step", "soon",
		    web_trf(w, NULL, N_("Administrators without a second step: {n}."),
			I18N_ARGS({ "n", i18n_number(w->a, without) })),
		    "/admin/users");
	return OK;
}

/* Our own key and those of contacts, warned of thirty days before. */
static enum err
check_expiry(struct web *w)
{
	const struct organisation_filter f = { .view = ORGANISATION_KEYS };
	const int64_t warned = w->now + ORGANISATION_KEY_DAYS * CLOCK_DAY;
	AUTO(db_stmt) q = NULL;
	int64_t others;

	TRY(db_query(w->db, &q, "SELECT expires_at FROM pgp_key WHERE fingerprint = ?1 AND expires_at <= ?2",
	    DB_TEXT(setting_text(w->db, w->a, "pgp.key")), DB_INT(warned)));
	if (db_row(q)) {
		int64_t at = db_int(q, 0);

		say(w, "key.expiry", at <= w->now ? "late" : "soon",
		    web_trf(w, NULL,
			at <= w->now ? N_("The signing key expired {when}: letters cannot be signed. Make or import another one.")
				     : N_("The signing key expires {when}. Make it valid longer, or import another one, and publish it."),
			I18N_ARGS({ "when", zone_list(w->a, w->zone, w->lang, at, w->now) })),
		    "/admin/keys");
	}
	TRY(db_end(q));
	TRY(organisation_count(w->db, w->a, &f, w->now, &others));
	if (others > 0)
		say(w, "contacts.expiry", "soon",
		    web_trf(w, NULL, N_("Organisations with a key or certificate that has expired or soon will: {n}. Ask them for a new one."),
			I18N_ARGS({ "n", i18n_number(w->a, others) })),
		    "/directory?view=keys");
	return OK;
}

static enum err
overview(struct web *w)
{
	(void)value_set_list(w->a, w->data, "checks");
	TRY(check_jobs(w));
	TRY(check_journal(w));
	TRY(check_chain(w));
	check_disk(w);
	TRY(check_mail(w));
	TRY(check_mailbox(w));
	TRY(check_expiry(w));
	TRY(check_acknowledgements(w));
	TRY(check_people(w));
	value_set_text(w->a, w->data, "version", TOBIGUCHI_VERSION);
	value_set_text(w->a, w->data, "database", db_kind(w->db) == DB_SQLITE ? "SQLite" : "PostgreSQL");
	value_set_text(w->a, w->data, "data_dir", web_data_dir(w->state));
	team_web_admin_nav(w, "/admin");
	return web_page(w, "admin", N_("Administration"));
}

const struct web_route team_admin_routes[] = {
	{ WEB_GET, "/admin", PERM_ADMIN, overview, 0, "Is the server well, and what is missing" },
	{ 0 },
};
