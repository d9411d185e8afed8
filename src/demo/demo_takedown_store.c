/* SPDX-License-Identifier: Apache-2.0 */
#include "demo/demo_takedown_store.h"

#include <string.h>

#include "base/arena.h"
#include "base/holiday.h"
#include "db/db.h"
#include "directory/contact_store.h"
#include "directory/scope_store.h"
#include "takedown/brand_store.h"
#include "takedown/site_store.h"

#define HOLD (2 * CLOCK_HOUR)
#define WATCH (14 * CLOCK_DAY)

/* By the sectors of the public statistics; the rest is of unknown origin. */
static const struct {
	const char *name, *origin, *sector;
} brands[] = {
	{ "みなと例示銀行", "domestic", "finance" },
	{ "例示カード", "domestic", "finance" },
	{ "サンプル通販", "domestic", "ecommerce" },
	{ "架空モバイル", "domestic", "telecom" },
	{ "例示宅配便", "domestic", "company" },
	{ "Example Pay", "overseas", "finance" },
	{ "Cloud Sample Mail", "overseas", "portal" },
	{ "例示証券", "domestic", "finance" },
};

static const char *
kind_of(const struct demo_site *s)
{
	if (strcmp(s->role, "peer-csirt") == 0)
		return "csirt";
	if (strcmp(s->role, "isp") == 0)
		return "isp";
	return strcmp(s->role, "other") == 0 ? "registrar" : "hosting";
}

static const char *
route_of(const struct demo_site *s)
{
	const char *kind = kind_of(s);

	if (strcmp(kind, "csirt") == 0 || strcmp(kind, "registrar") == 0)
		return kind;
	return strcmp(kind, "isp") == 0 ? "isp" : "direct";
}

static const char *
domain_of(const char *email)
{
	const char *at = strchr(email, '@');

	return at == NULL ? email : at + 1;
}

static enum err
add_organisation(struct db *db, struct arena *a, const struct organisation *o, const char *person, const char *email,
    struct actor by, int64_t *ret_id)
{
	int64_t contact;

	TRY(organisation_add(db, a, o, by, ret_id));
	TRY(contact_add(db, a,
	    &(struct contact){
		.organisation_id = *ret_id,
		.purpose = "abuse",
		.name = person,
		.email = email,
		.source = "demonstration",
	    },
	    by, &contact));
	return scope_add(db, a,
	    &(struct scope){ .organisation_id = *ret_id, .kind = "domain", .value = domain_of(email) }, by);
}

static enum err
add_provider(struct db *db, struct arena *a, const struct demo_site *s, struct actor by)
{
	bool ja = s->lang == LANG_JA;
	int64_t id;

	return add_organisation(db, a,
	    &(struct organisation){
		.name = s->org,
		.kind = kind_of(s),
		.cc = s->cc,
		.sector = "telecom",
		.lang = lang_code(s->lang),
		.zone = s->zone,
		.trust = "usual",
		.max_tlp = ja ? "AMBER" : "GREEN",
		.business_days = ja,
		.source = "demonstration",
	    },
	    s->name, s->email, by, &id);
}

static enum err
add_member(struct db *db, struct arena *a, struct actor by, int64_t *ret_id)
{
	TRY(add_organisation(db, a,
	    &(struct organisation){
		.name = "みなと例示銀行",
		.name_en = "Minato Example Bank",
		.kana = "みなとれいじぎんこう",
		.kind = "constituent",
		.cc = "JP",
		.sector = "finance",
		.lang = "ja",
		.zone = "Asia/Tokyo",
		.member = true,
		.authority = "shared",
		.trust = "high",
		.max_tlp = "AMBER",
		.source = "demonstration",
	    },
	    "山本 直樹", "csirt@minato-bank.example.jp", by, ret_id));
	TRY(scope_add(db, a, &(struct scope){ .organisation_id = *ret_id, .kind = "prefix", .value = "192.0.2.0/25" }, by));
	return scope_add(db, a, &(struct scope){ .organisation_id = *ret_id, .kind = "asn", .value = "64496" }, by);
}

static enum err
add_brand(struct db *db, struct arena *a, size_t i, int64_t owner, struct actor by)
{
	struct brand b;
	int64_t id;

	TRY(brand_need(db, a, brands[i].name, by, &id));
	TRY(brand_get(db, a, id, &b));
	b.origin = brands[i].origin;
	b.sector = brands[i].sector;
	b.organisation_id = owner;
	return brand_change(db, a, &b, by);
}

enum err
demo_takedown_set_up(struct db *db, struct arena *a, struct actor by)
{
	int64_t member;

	for (size_t i = 0; i < demo_site_count; i++)
		TRY(add_provider(db, a, &demo_sites[i], by));
	TRY(add_member(db, a, by, &member));
	for (size_t i = 0; i < COUNT(brands); i++)
		TRY(add_brand(db, a, i, i == 0 ? member : 0, by));
	return OK;
}

static enum err
look(struct db *db, struct arena *a, int64_t site, const char *result, int64_t at, struct actor by)
{
	bool alive = strcmp(result, "alive") == 0, gone = strcmp(result, "gone") == 0;
	struct site_verdict v;
	struct site s;

	TRY(site_get(db, a, site, NULL, &s));
	by.now = at;
	return site_checked(db, a, &s,
	    &(struct site_check){
		.site_id = site,
		.at = at,
		.vantage = "direct",
		.method = "http",
		.result = result,
		.http_status = alive ? 200 : gone ? 404 : 0,
		.address = s.address,
		.page_title = alive ? "ログイン" : NULL,
		.page_hash = alive ? arena_printf(a, "%016llx", (unsigned long long)site * 2654435761U) : NULL,
		.form_targets = alive ? arena_printf(a, "https://%s/login/send.php", s.host) : NULL,
		.bytes = alive ? 18432 : gone ? 162 : 0,
		.millis = alive || gone ? 240 : 10000,
		.error = alive || gone ? NULL : "no answer within 10 seconds",
	    },
	    HOLD, WATCH, &business_tokyo, by, &v);
}

enum err
demo_takedown_add(struct db *db, struct arena *a, int64_t incident, int64_t report, const struct demo_matter *m,
    int64_t reported_at, struct actor by, int64_t *ret_site)
{
	const struct demo_site *at = &demo_sites[m->host % demo_site_count];
	const char *host = demo_host(a, m);
	bool is_new;

	TRY(site_add(db, a,
	    &(struct site){
		.incident_id = incident,
		.report_id = report,
		.url = arena_printf(a, "https://%s/login/", host),
		.host = host,
		.domain = host,
		.tld = "example",
		.brand = demo_brand(m),
		.lure = m->host % 3 == 0 ? "mail" : "sms",
		.asked_for = "id,password",
		.reported_at = reported_at,
		.owner_id = by.id,
	    },
	    0, by, ret_site, &is_new));
	struct site s = { .id = *ret_site };

	TRY(site_placed(db, &s, demo_address(a, m), at->cc, 64496 + m->host % 8, at->org));
	return look(db, a, *ret_site, "alive", by.now, by);
}

enum err
demo_takedown_ask(struct db *db, struct arena *a, int64_t site, const struct demo_thread *t, struct actor by)
{
	struct contact c;
	struct site s;

	TRY(site_get(db, a, site, NULL, &s));
	TRY(contact_by_email(db, a, t->site->email, &c));
	TRY(site_notified(db, a, &s, c.id, route_of(t->site), by));
	TRY(contact_asked(db, c.id));
	return db_run(db, "INSERT INTO notification_site (notification_id, site_id) VALUES (?1, ?2)",
	    DB_INT(t->notification), DB_INT(site));
}

enum err
demo_takedown_answered(struct db *db, struct arena *a, const struct demo_thread *t, int64_t ms, struct actor by)
{
	struct contact c;

	TRY(contact_by_email(db, a, t->site->email, &c));
	return contact_answered(db, c.id, ms, by.now);
}

enum err
demo_takedown_look(struct db *db, struct arena *a, int64_t site, const char *result, struct actor by)
{
	TRY(look(db, a, site, result, by.now - 3 * CLOCK_HOUR, by));
	return look(db, a, site, result, by.now, by);
}

enum err
demo_takedown_reopen(struct db *db, struct arena *a, int64_t site, const char *why, struct actor by)
{
	struct site s;

	TRY(site_get(db, a, site, NULL, &s));
	return strcmp(s.state, "stopped") == 0 ? site_reopen(db, a, &s, why, by) : OK;
}
