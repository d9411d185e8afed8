/* SPDX-License-Identifier: Apache-2.0 */
/* public_web.c - what everybody may see of the team: its doors, who it is
 * (RFC 2350), how to reach it (RFC 9116), how busy it is. */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "db/db.h"
#include "directory/organisation.h"
#include "http/http.h"
#include "incident/category.h"
#include "incident/phone_web.h"
#include "incident/report_store.h"
#include "mail/mail_crypt.h"
#include "statistics/phishing.h"
#include "takedown/board_store.h"
#include "team/key_store.h"
#include "team/team_web.h"
#include "text/chart.h"
#include "web/web_crypt.h"
#include "web/web_state.h"

/* A setting in the page's language; NULL when it is empty. */
static const char *
setting_here(struct web *w, const char *ja, const char *en)
{
	const char *s = setting_text(w->db, w->a, w->lang == LANG_JA ? ja : en);

	return *s == '\0' ? NULL : s;
}

static const char *
setting_some(struct web *w, const char *key)
{
	const char *s = setting_text(w->db, w->a, key);

	return *s == '\0' ? NULL : s;
}

static enum err
home(struct web *w)
{
	phone_web(w);
	value_set_text(w->a, w->data, "mission", setting_here(w, "about.mission.ja", "about.mission.en"));
	return web_page(w, "public_home", N_("Report an incident"));
}

/* RFC 2350 */

static const struct {
	const char *name, *ja, *en;
} about_texts[] = {
	{ "mission", "about.mission.ja", "about.mission.en" },
	{ "constituency", "about.constituency.ja", "about.constituency.en" },
	{ "affiliation", "about.affiliation.ja", "about.affiliation.en" },
	{ "authority", "about.authority.ja", "about.authority.en" },
	{ "services", "about.services.ja", "about.services.en" },
	{ "policy", "about.policy.ja", "about.policy.en" },
	{ "privacy", "about.privacy.ja", "about.privacy.en" },
};

static enum err
changed_at(struct web *w, int64_t *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(w->db, &q,
	    "SELECT at FROM journal WHERE object = 'setting' AND object_id = 0 ORDER BY id DESC LIMIT 1"));
	*ret = db_row(q) ? db_int(q, 0) : 0;
	return db_end(q);
}

static enum err
about_model(struct web *w)
{
	struct value *o = value_set_object(w->a, w->data, "about");
	int64_t at;

	TRY(changed_at(w, &at));
	web_set_time(w, o, "updated_at", at);
	value_set_text(w->a, o, "name",
	    setting_text(w->db, w->a, w->lang == LANG_JA ? "team.name.ja" : "team.name.en"));
	value_set_text(w->a, o, "address", setting_some(w, "team.address"));
	value_set_text(w->a, o, "zone", setting_text(w->db, w->a, "team.zone"));
	value_set_text(w->a, o, "phone", setting_some(w, "team.phone"));
	value_set_text(w->a, o, "mail", setting_some(w, "team.email"));
	value_set_text(w->a, o, "hours", phone_web_hours(w));
	value_set_text(w->a, o, "fingerprint", setting_some(w, "pgp.key"));
	value_set_int(w->a, o, "answer_days", setting_int(w->db, "report.answer_days"));
	for (size_t i = 0; i < COUNT(about_texts); i++)
		value_set_text(w->a, o, about_texts[i].name,
		    setting_here(w, about_texts[i].ja, about_texts[i].en));
	value_set_bool(w->a, o, "@charter",
	    value_true(value_get(o, "mission")) || value_true(value_get(o, "constituency")) ||
		value_true(value_get(o, "affiliation")) || value_true(value_get(o, "authority")));
	return OK;
}

static enum err
about(struct web *w)
{
	TRY(about_model(w));
	return web_page(w, "about", N_("About us"));
}

static void
text_line(struct web *w, struct buf *b, const char *number, const char *label, const char *text)
{
	if (text == NULL)
		return;
	buf_printf(b, "%s %s\n", number, web_tr(w, NULL, label));
	struct str rest = str_of(text), line;

	while (str_line(&rest, &line))
		buf_printf(b, "   %.*s\n", STR_F(line));
	buf_char(b, '\n');
}

/* The numbers are those of RFC 2350, appendix D. */
static enum err
about_text(struct web *w)
{
	struct buf *b = buf_new(w->a, LIMIT_KIB(256));
	int64_t at;

	TRY(about_model(w));
	TRY(changed_at(w, &at));
	const struct value *o = value_get(w->data, "about");
	const char *name = value_cstr(value_get(o, "name"));
#define TEXT(key) (value_type(value_get(o, key)) == VALUE_TEXT ? value_cstr(value_get(o, key)) : NULL)
	buf_printf(b, "%s (RFC 2350)\n\n", name);
	text_line(w, b, "1.1", N_("Last changed"),
	    at == 0 ? NULL : zone_long(w->a, zone_utc(), w->lang, at));
	text_line(w, b, "1.3", N_("Where this document is"),
	    arena_printf(w->a, "%s/about.txt?lang=%s", setting_text(w->db, w->a, "team.url"), lang_code(w->lang)));
	text_line(w, b, "2.1", N_("Name"), name);
	text_line(w, b, "2.2", N_("Address"), TEXT("address"));
	text_line(w, b, "2.3", N_("Time zone"), TEXT("zone"));
	text_line(w, b, "2.4", N_("Phone"), TEXT("phone"));
	text_line(w, b, "2.7", N_("Mail"), TEXT("mail"));
	text_line(w, b, "2.8", N_("OpenPGP key"), TEXT("fingerprint"));
	text_line(w, b, "2.10", N_("Hours"), TEXT("hours"));
	text_line(w, b, "3.1", N_("Mission"), TEXT("mission"));
	text_line(w, b, "3.2", N_("Constituency"), TEXT("constituency"));
	text_line(w, b, "3.3", N_("Affiliation"), TEXT("affiliation"));
	text_line(w, b, "3.4", N_("Authority"), TEXT("authority"));
	text_line(w, b, "4", N_("Co-operation and disclosure"), TEXT("policy"));
	text_line(w, b, "5", N_("Services"), TEXT("services"));
	text_line(w, b, "6", N_("Reporting"),
	    arena_printf(w->a, "%s/report", setting_text(w->db, w->a, "team.url")));
	text_line(w, b, "7", N_("Privacy"), TEXT("privacy"));
#undef TEXT
	return web_bytes(w, "text/plain; charset=utf-8", buf_view(b));
}

/* RFC 9116. The file is made anew at each request, so it never expires while
 * the server runs; "Expires" is a month ahead. */
static enum err
security_txt(struct web *w)
{
	struct buf *b = buf_new(w->a, LIMIT_KIB(16));
	const char *email = setting_some(w, "team.email");
	const char *url = setting_text(w->db, w->a, "team.url");
	int64_t day = w->now - w->now % CLOCK_DAY;

	if (email != NULL)
		buf_printf(b, "Contact: mailto:%s\n", email);
	buf_printf(b, "Contact: %s/report\n", url);
	buf_printf(b, "Expires: %s\n", zone_iso(w->a, zone_utc(), day + 30 * CLOCK_DAY));
	if (setting_some(w, "pgp.key") != NULL)
		buf_printf(b, "Encryption: %s/openpgp-key.asc\n", url);
	buf_printf(b, "Preferred-Languages: ja, en\nPolicy: %s/about\nCanonical: %s/.well-known/security.txt\n",
	    url, url);
	w->cache = "public, max-age=3600";
	return web_bytes(w, "text/plain; charset=utf-8", buf_view(b));
}

static enum err
robots(struct web *w)
{
	w->cache = "public, max-age=86400";
	return web_bytes(w, "text/plain; charset=utf-8",
	    STR("User-agent: *\nDisallow: /report/status\nDisallow: /sign-in\nDisallow: /link\nDisallow: /set-up\n"));
}

static enum err
own_key(struct web *w)
{
	const char *fingerprint = setting_text(w->db, w->a, "pgp.key"), *armored;
	struct str key;
	enum err e;

	if (*fingerprint == '\0')
		return ERR_NOT_FOUND;
	e = key_store_armored(w->db, w->a, fingerprint, &armored);
	if (e == OK) {
		w->cache = "public, max-age=3600";
		return web_bytes(w, "application/pgp-keys", str_of(armored));
	}
	if (e != ERR_NOT_FOUND)
		return e;
	/* Set by other means than our page: ask the keyring, which is slow. */
	if (!web_allow(w, "own-key", 10, CLOCK_MINUTE))
		return ERR_UNAVAILABLE;
	struct ipc *crypt = web_crypt_take(web_crypt(w->state));

	e = mail_crypt_export_own(crypt, w->a, fingerprint, &key, NULL);
	web_crypt_give(web_crypt(w->state));
	TRY(e);
	return web_bytes(w, "application/pgp-keys", key);
}

/* Live status: preliminary figures, as of now */

struct week {
	int64_t total, domestic;
};

static enum err
week_counts(struct web *w, int64_t first_day, struct week *ret)
{
	AUTO(db_stmt) q = NULL;
	struct week n = { 0 };

	TRY(db_query(w->db, &q,
	    "SELECT domestic, SUM(n) FROM tally WHERE what = 'report' AND day >= ?1 AND day < ?2 "
	    "GROUP BY domestic",
	    DB_INT(first_day), DB_INT(first_day + 7)));
	while (db_row(q)) {
		n.total += db_int(q, 1);
		if (db_int(q, 0) != 0)
			n.domestic += db_int(q, 1);
	}
	TRY(db_end(q));
	*ret = n;
	return OK;
}

/* The Monday of this week, as a day of tally_day(). */
static int64_t
week_monday(int64_t now)
{
	int64_t today = tally_day(now);

	return today - (today + 3) % 7; /* day 0 was a Thursday */
}

static enum err
status_weeks(struct web *w)
{
	static const char *const labels[] = { N_("Two weeks ago"), N_("Last week"), N_("This week") };
	struct value *list = value_set_list(w->a, w->data, "weeks");
	int64_t monday = week_monday(w->now);

	for (int64_t i = 0; i < 3; i++) {
		struct value *o = value_add_object(w->a, list);
		int64_t first = monday + 7 * (i - 2);
		struct civil c = clock_day_civil(first);
		struct week n;

		TRY(week_counts(w, first, &n));
		value_set_text(w->a, o, "from",
		    arena_printf(w->a, "%04d-%02d-%02d", c.year, c.month, c.day));
		value_set_int(w->a, o, "total", n.total);
		value_set_int(w->a, o, "domestic", n.domestic);
		value_set_int(w->a, o, "overseas", n.total - n.domestic);
		value_set_text(w->a, o, "@label", web_tr(w, NULL, labels[i]));
		value_set_text(w->a, o, "@total", i18n_number(w->a, n.total));
		value_set_text(w->a, o, "@domestic", i18n_number(w->a, n.domestic));
		value_set_text(w->a, o, "@overseas", i18n_number(w->a, n.total - n.domestic));
	}
	return OK;
}

#define CATEGORIES 16
#define CHART_WIDTH 462 /* room for the longest category */

/* How much each category has, largest first. Test incidents and merged ones do
 * not count, restricted ones do: it is only a number. */
static enum err
status_handled(struct web *w)
{
	AUTO(db_stmt) q = NULL;
	struct value *o = value_set_object(w->a, w->data, "handled");
	struct value *list = value_set_list(w->a, o, "items");
	const char *label[CATEGORIES];
	int64_t value[CATEGORIES], total = 0;
	size_t n = 0;

	TRY(db_query(w->db, &q,
	    "SELECT category, COUNT(*) FROM incident WHERE state = 'open' AND merged_into IS NULL "
	    "AND rsit NOT LIKE 'test%' GROUP BY category ORDER BY 2 DESC, 1"));
	while (db_row(q) && n < CATEGORIES) {
		struct value *row = value_add_object(w->a, list);
		const char *category = db_dup(w->a, q, 0);

		label[n] = category_now_label(w->lang, category);
		value[n] = db_int(q, 1);
		total += value[n];
		value_set_text(w->a, row, "category", category);
		value_set_int(w->a, row, "n", value[n]);
		value_set_text(w->a, row, "@label", label[n]);
		value_set_text(w->a, row, "@n", i18n_number(w->a, value[n]));
		n++;
	}
	TRY(db_end(q));
	value_set_int(w->a, o, "total", total);
	value_set_text(w->a, o, "@total", i18n_number(w->a, total));
	if (n == 0)
		return OK;
	const struct chart_series series = { web_tr(w, NULL, N_("Incidents")), value };
	const struct chart chart = {
		.title = web_tr(w, NULL, N_("Incidents in progress by category")),
		.description = web_trf(w, NULL, N_("{n} incidents in progress"),
		    I18N_ARGS({ "n", i18n_number(w->a, total) })),
		.label = label,
		.labels = n,
		.series = &series,
		.series_count = 1,
		.width = CHART_WIDTH,
	};

	value_set_html(w->a, w->ui, "chart", chart_top(w->a, &chart));
	return OK;
}

/* What is not stopped now, by sector of the brand. */
static void
status_sectors(struct web *w, struct value *o, const struct phishing *p)
{
	struct value *list = value_set_list(w->a, o, "sectors");

	for (size_t i = 0; organisation_sectors[i].name != NULL; i++) {
		const int64_t *now = p->now[i];
		int64_t n = now[PHISHING_DOMESTIC] + now[PHISHING_OVERSEAS] + now[PHISHING_UNKNOWN];

		if (n == 0)
			continue;
		struct value *row = value_add_object(w->a, list);

		value_set_text(w->a, row, "sector", organisation_sectors[i].name);
		value_set_int(w->a, row, "n", n);
		value_set_text(w->a, row, "@label", web_tr(w, NULL, organisation_sectors[i].label));
		value_set_text(w->a, row, "@n", i18n_number(w->a, n));
	}
}

/* Business days from the request to the stop, of what stopped last week. */
static void
status_days(struct web *w, struct value *o, const struct phishing_times *t)
{
	static const char *const labels[PHISHING_BUCKETS] = { N_("0–3 business days"), N_("4–7 business days"),
		N_("8–10 business days"), N_("11 or more") };
	struct value *list = value_set_list(w->a, o, "days");

	for (size_t i = 0; i < PHISHING_BUCKETS; i++) {
		struct value *row = value_add_object(w->a, list);

		value_set_text(w->a, row, "days", phishing_buckets[i]);
		value_set_int(w->a, row, "n", t->bucket[i]);
		value_set_text(w->a, row, "@label", web_tr(w, NULL, labels[i]));
		value_set_text(w->a, row, "@n", i18n_number(w->a, t->bucket[i]));
	}
	value_set_int(w->a, o, "stopped", t->stopped);
	value_set_text(w->a, o, "@stopped", i18n_number(w->a, t->stopped));
}

static enum err
status_phishing(struct web *w)
{
	struct value *o = value_set_object(w->a, w->data, "phishing");
	int64_t monday = week_monday(w->now);
	const int64_t last_week[] = { monday - 7, monday };
	struct phishing p;
	struct board *b;

	TRY(board_shared(w->db, &b));
	phishing_count(b, w->a,
	    &(struct phishing_ask){
		.start = last_week,
		.n = 1,
		.before_from = monday - 14,
		.before_until = monday - 7,
		.now = w->now,
		.country = setting_text(w->db, w->a, "team.country"),
		.offset = zone_offset(zone_tokyo(), w->now),
	    },
	    &p);
	value_set_int(w->a, o, "live", p.live);
	value_set_text(w->a, o, "@live", i18n_number(w->a, p.live));
	status_sectors(w, o, &p);
	status_days(w, o, &p.all);
	return OK;
}

/* The telescope has graphs to show. */
static enum err
status_observed(struct web *w)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(w->db, &q, "SELECT 1 FROM observation WHERE name = 'week'"));
	value_set_bool(w->a, w->ui, "observed", db_row(q));
	return db_end(q);
}

static enum err
status(struct web *w)
{
	web_set_time(w, w->data, "at", w->now);
	TRY(status_weeks(w));
	TRY(status_handled(w));
	TRY(status_phishing(w));
	TRY(status_observed(w));
	return web_page(w, "status", N_("Live status"));
}

const struct web_route team_public_routes[] = {
	{ WEB_GET, "/", PERM_PUBLIC, home, 0, "The public front page" },
	{ WEB_GET, "/about", PERM_PUBLIC, about, 0, "Who we are, after RFC 2350" },
	{ WEB_GET, "/about.txt", PERM_PUBLIC, about_text, 0, "The same as text" },
	{ WEB_GET, "/status", PERM_PUBLIC, status, WEB_SLOW,
	    "Reports of three weeks, incidents and phishing sites in progress, days to stop" },
	{ WEB_GET, "/.well-known/security.txt", PERM_PUBLIC, security_txt, 0, "RFC 9116" },
	{ WEB_GET, "/openpgp-key.asc", PERM_PUBLIC, own_key, 0, "The team's public key" },
	{ WEB_GET, "/robots.txt", PERM_PUBLIC, robots, WEB_NO_TX, "For search engines" },
	{ 0 },
};
