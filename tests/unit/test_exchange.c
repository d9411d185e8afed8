/* SPDX-License-Identifier: Apache-2.0 */
/* The daily exchange: who may get what, which days are due, what becomes of a file. */
#include "unit_db.h"

#include <string.h>

#include "base/clock.h"
#include "blob/blob.h"
#include "directory/contact_store.h"
#include "directory/scope_store.h"
#include "incident/message_store.h"
#include "observation/exchange_store.h"
#include "observation/open_data_store.h"

#define NOW (INT64_C(20700) * CLOCK_DAY + 5 * CLOCK_HOUR)

static const struct actor by = { 1, "Hanako", NOW };

static void
test_names(void **state)
{
	AUTO(arena) a = arena_new();
	int64_t day;

	(void)state;
	assert_string_equal(exchange_file_name(a, 20698, "KR", "iodef2"), "20260902-KR.xml");
	assert_string_equal(exchange_file_name(a, 20698, "AA", "csv"), "20260902-all.csv");
	assert_ok(exchange_day_parse(STR("2026-09-02"), &day));
	assert_int_equal(day, 20698);
	assert_string_equal(exchange_day_text(a, day), "2026-09-02");
	assert_err(exchange_day_parse(STR("2026-9-2"), &day), ERR_INVALID);
	assert_err(exchange_day_parse(STR("2026-13-02"), &day), ERR_INVALID);
	assert_err(exchange_day_parse(STR("2026-09-02T00:00"), &day), ERR_INVALID);
	assert_int_equal(exchange_newest(20700 * CLOCK_DAY, 0), 20699);
	assert_int_equal(exchange_newest(20700 * CLOCK_DAY + CLOCK_HOUR - 1, 1), 20698);
	assert_int_equal(exchange_newest(20700 * CLOCK_DAY + CLOCK_HOUR, 1), 20699);
}

static void
test_states(void **state)
{
	static const struct {
		const char *file, *message;
		bool fetched;
		enum exchange_state want;
	} table[] = {
		{ NULL, NULL, false, EXCHANGE_NONE },
		{ "waiting", NULL, false, EXCHANGE_WAITING },
		{ "waiting", "sent", false, EXCHANGE_WAITING }, /* made again */
		{ "failed", NULL, false, EXCHANGE_FAILED },
		{ "empty", NULL, false, EXCHANGE_EMPTY },
		{ "empty", NULL, true, EXCHANGE_EMPTY },
		{ "ready", NULL, false, EXCHANGE_READY },
		{ "ready", NULL, true, EXCHANGE_FETCHED },
		{ "mailed", "held", false, EXCHANGE_WAITING },
		{ "mailed", "sent", false, EXCHANGE_SENT },
		{ "mailed", "bounced", false, EXCHANGE_FAILED },
		{ "mailed", "cancelled", false, EXCHANGE_FAILED },
		{ "mailed", NULL, false, EXCHANGE_SENT }, /* the mail is forgotten */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		assert_int_equal(exchange_state_of(table[i].file, table[i].message, table[i].fetched), table[i].want);
}

static void
test_obstacles(void **state)
{
	const struct exchange_check good = { .channel = "mail", .tlp = "AMBER", .max_tlp = "AMBER", .email = "soc@kr.example" };
	struct exchange_check c = good;

	(void)state;
	assert_null(exchange_obstacle(&c));
	c.max_tlp = "GREEN";
	assert_non_null(exchange_obstacle(&c));
	c.tlp = "GREEN";
	assert_null(exchange_obstacle(&c));
	c.tlp = "nonsense";
	assert_non_null(exchange_obstacle(&c));
	c = good;
	c.email = NULL;
	assert_non_null(exchange_obstacle(&c));
	c = good;
	c.encrypt = true;
	assert_non_null(exchange_obstacle(&c));
	c.has_key = true;
	assert_null(exchange_obstacle(&c));
	c.removed = true;
	assert_non_null(exchange_obstacle(&c));
	c = (struct exchange_check){ .channel = "fetch", .tlp = "AMBER", .max_tlp = "RED" };
	assert_non_null(exchange_obstacle(&c));
	c.has_token = true;
	assert_null(exchange_obstacle(&c));
}

static void
recipient(struct unit_db *u, const char *channel, struct exchange *ret)
{
	struct exchange x = { .country = "KR", .form = "iodef2", .channel = channel, .tlp = "AMBER", .together = true };
	int64_t id;

	assert_ok(organisation_add(u->db, u->a,
	    &(struct organisation){ .name = "KrCERT", .kind = "csirt", .cc = "KR", .lang = "en", .max_tlp = "AMBER" }, by,
	    &x.organisation_id));
	assert_ok(contact_add(u->db, u->a,
	    &(struct contact){ .organisation_id = x.organisation_id, .purpose = "csirt", .email = "soc@kr.example" }, by, &x.contact_id));
	assert_ok(exchange_add(u->db, u->a, &x, by, &id));
	assert_err(exchange_add(u->db, u->a, &x, by, &id), ERR_EXISTS);
	assert_ok(exchange_get(u->db, u->a, id, NOW, ret));
}

static struct blob_store *
blobs(struct unit_db *u)
{
	static const unsigned char key[32] = { 7 };
	struct blob_store *s;

	assert_ok(blob_store_open(u->folder, key, &s));
	return s;
}

static void
made(struct unit_db *u, struct blob_store *b, const struct exchange *x, int64_t file, int64_t records)
{
	AUTO(blob_in) in = NULL;
	struct exchange_file f;

	assert_ok(blob_in_open(b, &in));
	assert_ok(blob_in_write(in, "five things", 11));
	assert_ok(blob_in_end(in));
	assert_ok(exchange_file_get(u->db, u->a, file, &f));
	assert_ok(exchange_made(u->db, b, u->a, x, &f,
	    &(struct exchange_made){ .records = records, .events = records, .bytes = 11, .in = in, .mail = STR("five things"),
		.mail_name = "20260903-KR.xml", .mail_type = "application/iodef+xml" },
	    NOW));
}

static int64_t
number(struct unit_db *u, const char *what)
{
	AUTO(db_stmt) q = NULL;

	if (strcmp(what, "jobs") == 0)
		assert_ok(db_one(u->db, &q, "SELECT COUNT(*) FROM job WHERE kind = 'exchange.make' AND state = 'waiting'"));
	else if (strcmp(what, "mails") == 0)
		assert_ok(db_one(u->db, &q, "SELECT COUNT(*) FROM message WHERE to_addrs = 'soc@kr.example' AND tlp = 'AMBER'"));
	else
		assert_ok(db_one(u->db, &q, "SELECT COUNT(*) FROM blob"));
	return db_int(q, 0);
}

static void
nothing_is_due_before_a_person_switches_it_on(void **state)
{
	struct unit_db *u = unit_db(state);
	AUTO(blob_store) b = blobs(u);
	struct exchange x;
	struct exchange_file *f;
	int64_t n, id;
	size_t files;
	bool fresh;

	assert_ok(db_begin_write(u->db));
	recipient(u, "mail", &x);
	assert_ok(exchange_plan(u->db, u->a, 20699, NOW, &n));
	assert_int_equal(n, 0);
	assert_ok(exchange_switch(u->db, u->a, &x, 20699, by));
	assert_err(exchange_switch(u->db, u->a, &x, 0, by), ERR_CONFLICT);
	assert_ok(exchange_plan(u->db, u->a, 20699, NOW, &n));
	assert_int_equal(n, 1);
	assert_ok(exchange_plan(u->db, u->a, 20699, NOW, &n));
	assert_int_equal(n, 0);
	/* after ten days off, a week is made up for */
	assert_ok(exchange_plan(u->db, u->a, 20709, NOW, &n));
	assert_int_equal(n, EXCHANGE_DAYS_BACK);
	assert_int_equal(number(u, "jobs"), 8);
	assert_ok(exchange_file_list(u->db, u->a, 20699, 20709, &f, &files));
	assert_int_equal(files, 8);

	assert_ok(exchange_get(u->db, u->a, x.id, NOW, &x));
	made(u, b, &x, f[0].id, 5);
	assert_int_equal(number(u, "mails"), 1);
	assert_ok(exchange_file_get(u->db, u->a, f[0].id, &f[0]));
	assert_int_equal(exchange_file_state(&f[0]), EXCHANGE_WAITING);
	assert_ok(db_run(u->db, "UPDATE message SET state = 'sent', crypto = 'both' WHERE id = ?1", DB_INT(f[0].message_id)));
	assert_ok(exchange_file_get(u->db, u->a, f[0].id, &f[0]));
	assert_int_equal(exchange_file_state(&f[0]), EXCHANGE_SENT);
	/* a day without packets sends nothing */
	made(u, b, &x, f[1].id, 0);
	assert_int_equal(number(u, "mails"), 1);
	assert_ok(exchange_file_get(u->db, u->a, f[1].id, &f[1]));
	assert_int_equal(exchange_file_state(&f[1]), EXCHANGE_EMPTY);
	/* once more: not twice at a time, and only when asked to */
	assert_ok(exchange_make_day(u->db, u->a, x.id, f[0].day, false, by, &id, &fresh));
	assert_false(fresh);
	assert_ok(exchange_make_day(u->db, u->a, x.id, f[0].day, true, by, &id, &fresh));
	assert_true(fresh);
	assert_int_equal(id, f[0].id);
	assert_ok(exchange_make_day(u->db, u->a, x.id, f[0].day, true, by, &id, &fresh));
	assert_false(fresh);
	assert_ok(exchange_failed(u->db, u->a, f[2].id, "no key", NOW));
	assert_ok(exchange_file_get(u->db, u->a, f[2].id, &f[2]));
	assert_string_equal(f[2].error, "no key");
	assert_ok(exchange_switch(u->db, u->a, &x, 0, by));
	assert_ok(exchange_plan(u->db, u->a, 20720, NOW, &n));
	assert_int_equal(n, 0);
	assert_ok(db_commit(u->db));
}

static void
it_fetches_with_its_token_and_tells_what_it_found(void **state)
{
	struct unit_db *u = unit_db(state);
	AUTO(blob_store) b = blobs(u);
	struct exchange x, found;
	struct exchange_file f, *list;
	const char *token, *other, **country;
	int64_t id;
	size_t n;
	bool fresh;

	assert_ok(db_begin_write(u->db));
	recipient(u, "fetch", &x);
	assert_ok(exchange_token_new(u->db, u->a, &x, by, &token));
	assert_err(exchange_of_token(u->db, u->a, str_of(token), NOW, &found), ERR_NOT_FOUND); /* switched off */
	assert_ok(exchange_get(u->db, u->a, x.id, NOW, &x));
	assert_ok(exchange_switch(u->db, u->a, &x, 20699, by));
	assert_ok(exchange_of_token(u->db, u->a, str_of(token), NOW, &found));
	assert_int_equal(found.id, x.id);
	assert_ok(exchange_token_new(u->db, u->a, &x, by, &other));
	assert_err(exchange_of_token(u->db, u->a, str_of(token), NOW, &found), ERR_NOT_FOUND);

	assert_ok(exchange_make_day(u->db, u->a, x.id, 20699, false, by, &id, &fresh));
	made(u, b, &x, id, 3);
	assert_int_equal(number(u, "mails"), 0);
	assert_ok(exchange_file_of(u->db, u->a, x.id, 20699, &f));
	assert_int_equal(exchange_file_state(&f), EXCHANGE_READY);
	assert_ok(exchange_fetched(u->db, u->a, &x, &f, NOW));
	assert_ok(exchange_fetched(u->db, u->a, &x, &f, NOW + 1));
	assert_ok(exchange_file_of(u->db, u->a, x.id, 20699, &f));
	assert_int_equal(exchange_file_state(&f), EXCHANGE_FETCHED);
	assert_int_equal(f.fetches, 2);
	assert_int_equal(f.fetched_at, NOW);
	assert_ok(exchange_file_fetchable(u->db, u->a, x.id, &list, &n));
	assert_int_equal(n, 1);
	assert_ok(exchange_feedback(u->db, u->a, &f, "Two hosts were cleaned.", 0, by));
	assert_err(exchange_feedback(u->db, u->a, &f, "again", 0, by), ERR_CONFLICT);

	assert_ok(exchange_forget(u->db, 20699));
	assert_int_equal(number(u, "blobs"), 1);
	assert_ok(exchange_forget(u->db, 20700));
	assert_int_equal(number(u, "blobs"), 0);
	assert_ok(exchange_file_of(u->db, u->a, x.id, 20699, &f));
	assert_int_equal(f.blob_id, 0);

	assert_ok(scope_add(u->db, u->a, &(struct scope){ .organisation_id = x.organisation_id, .kind = "country", .value = "JP" }, by));
	assert_ok(exchange_countries(u->db, u->a, x.organisation_id, &country, &n));
	assert_int_equal(n, 2);
	assert_string_equal(country[0], "JP");
	assert_string_equal(country[1], "KR");
	struct value *candidates = value_list(u->a);

	assert_ok(exchange_candidates(u->db, u->a, true, candidates));
	assert_int_equal(value_count(candidates), 1);
	assert_ok(db_commit(u->db));
}

static void
data_for_everybody_is_of_each_day_once(void **state)
{
	struct unit_db *u = unit_db(state);
	AUTO(blob_store) b = blobs(u);
	struct open_day x = { .lines = 2, .packets = 3, .made_at = NOW }, *list;
	size_t n;

	assert_ok(db_begin_write(u->db));
	for (x.day = 20697; x.day < 20700; x.day++) {
		AUTO(blob_in) in = NULL;

		assert_ok(blob_in_open(b, &in));
		assert_ok(blob_in_write(in, &x.day, sizeof(x.day)));
		assert_ok(blob_in_end(in));
		assert_ok(blob_adopt(in, u->db, NOW, &x.blob_id));
		assert_ok(open_data_put(u->db, &x));
	}
	x.day = 20699;
	x.packets = 4; /* two that made the same day */
	assert_ok(open_data_put(u->db, &x));
	assert_ok(open_data_get(u->db, 20699, &x));
	assert_int_equal(x.packets, 3);
	assert_err(open_data_get(u->db, 20700, &x), ERR_NOT_FOUND);
	assert_ok(open_data_forget(u->db, u->a, 20698));
	assert_ok(open_data_list(u->db, u->a, &list, &n));
	assert_int_equal(n, 2);
	assert_int_equal(list[0].day, 20699);
	assert_int_equal(number(u, "blobs"), 2);
	assert_ok(db_commit(u->db));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_obstacles),
		UNIT_DB_TEST(nothing_is_due_before_a_person_switches_it_on),
		UNIT_DB_TEST(data_for_everybody_is_of_each_day_once),
		UNIT_DB_TEST(it_fetches_with_its_token_and_tells_what_it_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
