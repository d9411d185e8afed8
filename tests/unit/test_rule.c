/* SPDX-License-Identifier: Apache-2.0 */
/* Routing rules: what they say, and their work at intake on both databases. */
#include "unit_db.h"

#include "blob/blob.h"
#include "incident/report_store.h"
#include "incident/rule_store.h"

#define NOW INT64_C(1790000000000)

static struct rule
rule(struct arena *a, const char *json)
{
	const char *fault, *value;
	struct rule r;

	assert_ok(rule_parse(a, str_of(json), &r, &fault, &value));
	return r;
}

static const struct str hosts[] = { STR("login.bank-a.example"), STR("evil.top") };
static const struct rule_facts facts = { .channel = "mail", .purpose = "information", .door = "phishing", .lang = "en",
	.cc = "US", .brand = "bank a", .sender = "r@sub.reporter.example", .text = STR("urgent: phishing page"), .host = hosts,
	.hosts = COUNT(hosts), .size = 2000, .minute = 23 * 60 };

static void
matches(void **state)
{
	static const struct {
		const char *when;
		bool is;
	} cases[] = {
		{ "[{\"field\":\"words\",\"value\":\"PHISHING\"}]", true },
		{ "[{\"field\":\"words\",\"value\":[\"malware\",\"page\"]}]", true },
		{ "[{\"field\":\"words\",\"value\":\"malware\"}]", false },
		{ "[{\"field\":\"words\",\"not\":true,\"value\":\"malware\"}]", true },
		{ "[{\"field\":\"sender_domain\",\"value\":\"reporter.example\"}]", true },
		{ "[{\"field\":\"sender_domain\",\"value\":\"@Sub.Reporter.example\"}]", true },
		{ "[{\"field\":\"sender_domain\",\"value\":\"porter.example\"}]", false },
		{ "[{\"field\":\"url_host\",\"value\":\"bank-a.example\"}]", true },
		{ "[{\"field\":\"url_host\",\"value\":\"k-a.example\"}]", false },
		{ "[{\"field\":\"url_tld\",\"value\":\".top\"}]", true }, { "[{\"field\":\"url_tld\",\"value\":\"jp\"}]", false },
		{ "[{\"field\":\"brand\",\"value\":\"Bank\"}]", true }, { "[{\"field\":\"country\",\"value\":\"us\"}]", true },
		{ "[{\"field\":\"language\",\"value\":\"ja\"}]", false }, { "[{\"field\":\"origin\",\"value\":\"overseas\"}]", true },
		{ "[{\"field\":\"size_over\",\"value\":\"1999\"}]", true }, { "[{\"field\":\"size_over\",\"value\":\"2000\"}]", false },
		{ "[{\"field\":\"hours\",\"value\":\"18:00-09:00\"}]", true }, { "[{\"field\":\"hours\",\"value\":\"09:00-18:00\"}]", false },
		{ "[{\"field\":\"hours\",\"value\":\"23:00-24:00\"}]", true },
		{ "[{\"field\":\"channel\",\"value\":\"mail\"},{\"field\":\"door\",\"value\":\"malware\"}]", false },
		{ "[{\"field\":\"channel\",\"value\":\"mail\"},{\"field\":\"door\",\"value\":\"phishing\"}]", true },
	};
	struct arena *a = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct rule r = rule(a, arena_printf(a, "{\"when\":%s,\"then\":{\"queue\":\"q\"}}", cases[i].when));

		assert_int_equal(rule_matches(&r, &facts), cases[i].is);
	}
	struct rule any = rule(a, "{\"match\":\"any\",\"when\":[{\"field\":\"channel\",\"value\":\"form\"},"
				  "{\"field\":\"door\",\"value\":\"phishing\"}],\"then\":{\"queue\":\"q\"}}");

	assert_true(rule_matches(&any, &facts));
	any.condition[1] = any.condition[0];
	assert_false(rule_matches(&any, &facts));
}

static void
refuses(void **state)
{
	static const char *const bad[] = { "", "[]", "{}", "{\"when\":[]}", "{\"when\":[{\"field\":\"x\",\"value\":\"y\"}]}",
		"{\"when\":[{\"field\":\"words\",\"value\":\"\"}],\"then\":{\"queue\":\"q\"}}",
		"{\"when\":[{\"field\":\"words\",\"value\":\"y\"}]}", "{\"when\":[{\"field\":\"words\",\"value\":\"y\"}],\"then\":{}}",
		"{\"when\":[{\"field\":\"hours\",\"value\":\"late\"}],\"then\":{\"queue\":\"q\"}}",
		"{\"when\":[{\"field\":\"size_over\",\"value\":\"big\"}],\"then\":{\"queue\":\"q\"}}",
		"{\"when\":[{\"field\":\"words\",\"value\":\"y\"}],\"then\":{\"priority\":\"highest\"}}",
		"{\"when\":[{\"field\":\"words\",\"value\":\"y\"}],\"then\":{\"door\":\"x\"}}",
		"{\"when\":[{\"field\":\"words\",\"value\":\"y\"}],\"then\":{\"tags\":[\"a,b\"]}}" };
	struct arena *a = *state;

	for (size_t i = 0; i < COUNT(bad); i++) {
		const char *fault = "", *value = "";
		struct rule r;

		assert_err(rule_parse(a, str_of(bad[i]), &r, &fault, &value), ERR_INVALID);
		assert_true(*fault != '\0');
	}
}

static void
adds_up(void **state)
{
	struct arena *a = *state;
	const char *when = "{\"when\":[{\"field\":\"channel\",\"value\":\"mail\"}]";
	struct rule rules[] = {
		rule(a, arena_printf(a, "%s,\"then\":{\"queue\":\"one\",\"tags\":[\"a\"]}}", when)),
		rule(a, "{\"when\":[{\"field\":\"channel\",\"value\":\"fax\"}],\"then\":{\"queue\":\"no\"}}"),
		rule(a, arena_printf(a, "%s,\"then\":{\"queue\":\"two\",\"owner\":4,\"tags\":[\"a\",\"b\"]},\"stop\":true}", when)),
		rule(a, arena_printf(a, "%s,\"then\":{\"priority\":\"high\"}}", when)),
	};
	struct rule_outcome o;

	rule_run(rules, COUNT(rules), &facts, &o);
	assert_int_equal(o.n, 2);
	assert_int_equal(o.applied[1], 2);
	assert_string_equal(o.acts.queue, "one");
	assert_int_equal(o.acts.owner, 4);
	assert_int_equal(o.acts.tags, 2);
	assert_null(o.acts.priority);
	rule_run(rules, 0, &facts, &o);
	assert_int_equal(o.n, 0);
}

static struct blob_store *
blobs_of(struct unit_db *u)
{
	static const unsigned char key[32] = "an example of a key of 32 bytes";
	struct blob_store *s = NULL;

	assert_ok(blob_store_open("", key, &s));
	arena_defer(u->a, (void (*)(void *))blob_store_free, s);
	return s;
}

static int64_t
report(struct unit_db *u, const char *text)
{
	int64_t id;

	assert_ok(report_add(u->db, blobs_of(u), u->a,
	    &(struct report_new){ .received_at = NOW, .channel = "mail", .purpose = "information", .door = "unknown",
		.title = "A report", .text = str_of(text), .lang = LANG_JA },
	    NOW, &id, NULL));
	return id;
}

static int64_t
journalled(struct unit_db *u, int64_t report)
{
	AUTO(db_stmt) q = NULL;

	assert_ok(db_one(u->db, &q,
	    "SELECT COUNT(*) FROM journal WHERE action = 'report.route' AND object_id = ?1", DB_INT(report)));
	return db_int(q, 0);
}

static void
routes_at_intake(void **state)
{
	struct unit_db *u = unit_db(state);
	struct rule_row row = { .name = "Bank", .body = "{\"when\":[{\"field\":\"url_host\",\"value\":[\"bank-a.example\"]}],"
							"\"then\":{\"owner\":1,\"priority\":\"high\",\"door\":\"phishing\",\"tags\":[\"bank\"]}}" };
	struct value *list = value_list(u->a);
	const char *fault, *value;
	int64_t looked, met, who;
	struct report r;
	struct rule rule;
	struct actor by;
	bool may;

	assert_ok(db_begin_write(u->db));
	assert_ok(db_insert(u->db, &who,
	    "INSERT INTO person (name, email, email_folded, password_hash, role, lang, zone, created_at) "
	    "VALUES ('S', 's@x.jp', 's@x.jp', 'x', 'handler', 'ja', 'Asia/Tokyo', ?1) RETURNING id", DB_INT(NOW)));
	by = (struct actor){ who, "S", NOW };
	int64_t before = report(u, "at https://login.bank-a.example/x");

	assert_ok(rule_save(u->db, u->a, &row, by));
	assert_ok(rule_get(u->db, u->a, row.id, &row));
	assert_err(rule_set_state(u->db, u->a, &row, "live", by), ERR_CONFLICT);
	assert_ok(rule_parse(u->a, str_of(row.body), &rule, &fault, &value));
	assert_ok(rule_try(u->db, blobs_of(u), u->a, &rule, 1000, &looked, &met, list));
	assert_int_equal(looked, 1);
	assert_int_equal(met, 1);
	assert_ok(report_get(u->db, u->a, before, &r));
	assert_string_equal(r.door, "unknown"); /* trying changes nothing */
	assert_ok(rule_tried(u->db, row.id, row.version));
	assert_ok(rule_get(u->db, u->a, row.id, &row));
	assert_ok(rule_set_state(u->db, u->a, &row, "live", by));
	int64_t id = report(u, "at https://login.bank-a.example/x");

	assert_ok(report_get(u->db, u->a, id, &r));
	assert_int_equal(r.owner_id, who);
	assert_string_equal(r.priority, "high");
	assert_string_equal(r.door, "phishing");
	assert_int_equal(journalled(u, id), 1);
	assert_ok(rule_acknowledges(u->db, id, &may));
	assert_true(may);
	id = report(u, "nothing of the kind");
	assert_int_equal(journalled(u, id), 0);
	/* a change makes it a draft, and the old version no longer counts */
	row.body = "{\"when\":[{\"field\":\"channel\",\"value\":\"mail\"}],\"then\":{\"no_acknowledge\":true}}";
	assert_ok(rule_save(u->db, u->a, &row, by));
	assert_err(rule_save(u->db, u->a, &(struct rule_row){ .id = row.id, .version = 1, .name = "x", .body = "{}" }, by), ERR_CONFLICT);
	assert_ok(rule_get(u->db, u->a, row.id, &row));
	assert_string_equal(row.state, "draft");
	assert_ok(rule_tried(u->db, row.id, row.version));
	assert_ok(rule_get(u->db, u->a, row.id, &row));
	assert_ok(rule_set_state(u->db, u->a, &row, "live", by));
	id = report(u, "anything");
	assert_ok(rule_acknowledges(u->db, id, &may));
	assert_false(may);
	/* the one switch */
	assert_ok(db_run(u->db, "INSERT INTO setting (key, value) VALUES ('rules.live', '0')"));
	id = report(u, "anything else");
	assert_int_equal(journalled(u, id), 0);
	assert_ok(db_commit(u->db));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(matches),
		UNIT_TEST(refuses),
		UNIT_TEST(adds_up),
		UNIT_DB_TEST(routes_at_intake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
