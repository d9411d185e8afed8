/* SPDX-License-Identifier: Apache-2.0 */
#include "unit_db.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/hex.h"
#include "journal/journal.h"
#include "journal/journal_chain.h"

#define PAYLOAD "2463a07b77b8cc52ef179093e75044bbdc8566bf07bb0e0f37bfc87abfbd6d62"
#define DIGEST "717cc180dd35fc92bf855877e0ffe0bb186bb7b5451c04f69637b774b1354339"
#define HEAD "827214d209d7a71510e7cff1c097efa38ab34e0bc2ae0473b1949177cc28b7c8"

static const unsigned char key_bytes[32] = "an unsecret key for these tests";

static void
write_some(struct unit_db *u, int64_t from, int64_t n)
{
	assert_ok(db_begin_write(u->db));
	for (int64_t i = from; i < from + n; i++) {
		struct value *p = NULL;

		if (i % 3 != 0) {
			p = value_object(u->a);
			value_set_text(u->a, p, "from", "open");
			value_set_int(u->a, p, "number", i);
		}
		assert_ok(journal_write(u->db, u->a,
		    &(struct journal_entry){
			.at = 1000 + i,
			.actor = i % 2,
			.actor_name = "山田",
			.action = "incident.change",
			.object = i % 2 == 0 ? "incident" : "report",
			.object_id = i % 5,
			.also = i % 4 == 0 ? "report" : NULL,
			.also_id = i % 4 == 0 ? 77 : 0,
			.payload = p,
		    }));
	}
	assert_ok(db_commit(u->db));
}

static struct journal_head
seal(struct unit_db *u, int max, int want)
{
	struct journal_head head;
	int n;

	assert_ok(db_begin_write(u->db));
	assert_ok(journal_seal(u->db, u->a, max, &n, &head));
	assert_ok(db_commit(u->db));
	assert_int_equal(n, want);
	return head;
}

static struct journal_report
verify(struct unit_db *u, struct journal_expect expect)
{
	struct journal_report r;

	assert_ok(db_begin_read(u->db));
	assert_ok(journal_verify(u->db, u->a, &expect, &r));
	db_rollback(u->db);
	return r;
}

static void
empty_is_whole(void **state)
{
	struct unit_db *u = unit_db(state);
	struct journal_report r = verify(u, (struct journal_expect){ 0 });

	assert_null(r.fault);
	assert_int_equal(r.sealed + r.unsealed, 0);
	(void)seal(u, 10, 0);
}

static void
seals_without_gaps(void **state)
{
	struct unit_db *u = unit_db(state);

	write_some(u, 0, 10);
	(void)seal(u, 7, 7);
	struct journal_report r = verify(u, (struct journal_expect){ 0 });

	assert_null(r.fault);
	assert_int_equal(r.sealed, 7);
	assert_int_equal(r.unsealed, 3);
	write_some(u, 10, 5);
	struct journal_head head = seal(u, 100, 8);

	r = verify(u, (struct journal_expect){ .head = r.head });
	assert_null(r.fault);
	assert_int_equal(r.sealed, 15);
	assert_int_equal(r.unsealed, 0);
	assert_int_equal(head.seal, 15);
	assert_string_equal(r.head, hex_format(u->a, head.hash, sizeof(head.hash)));
	assert_err(journal_verify(u->db, u->a, &(struct journal_expect){ .head = "zz" }, &r), ERR_INVALID);
}

static void
lists_one_object(void **state)
{
	struct unit_db *u = unit_db(state);
	struct value *list;

	write_some(u, 0, 40);
	assert_ok(journal_list(u->db, u->a, "incident", 2, 0, 50, &list));
	assert_int_equal(value_count(list), 4); /* 2 12 22 32 */
	assert_int_equal(value_integer(value_get(value_at(list, 0), "at")), 1032);
	assert_int_equal(value_integer(value_get(value_get(value_at(list, 0), "payload"), "number")), 32);
	int64_t second = value_integer(value_get(value_at(list, 1), "id"));

	assert_ok(journal_list(u->db, u->a, "incident", 2, second, 50, &list));
	assert_int_equal(value_count(list), 2);
	/* entries that name it as their second object are there too */
	assert_ok(journal_list(u->db, u->a, "report", 77, 0, 5, &list));
	assert_int_equal(value_count(list), 5);
	assert_ok(journal_list_all(u->db, u->a, 0, 200, &list));
	assert_int_equal(value_count(list), 40);
}

/* Everything that somebody with the database may do. */
static const struct {
	const char *name;
	const char *sql[3];
	int64_t first_bad;
} tampers[] = {
	{ "time", { "UPDATE journal SET at = at + 1 WHERE seal = 3" }, 3 },
	{ "actor", { "UPDATE journal SET actor_id = 9 WHERE seal = 3" }, 3 },
	{ "name", { "UPDATE journal SET actor_name = 'x' WHERE seal = 3" }, 3 },
	{ "action", { "UPDATE journal SET action = 'x' WHERE seal = 3" }, 3 },
	{ "object", { "UPDATE journal SET object = 'x' WHERE seal = 3" }, 3 },
	{ "object id", { "UPDATE journal SET object_id = 99 WHERE seal = 3" }, 3 },
	{ "also", { "UPDATE journal SET also = 'x' WHERE seal = 3" }, 3 },
	{ "also id", { "UPDATE journal SET also_id = 99 WHERE seal = 3" }, 3 },
	{ "payload", { "UPDATE journal SET payload = '{}' WHERE seal = 3" }, 3 },
	{ "payload gone", { "UPDATE journal SET payload = NULL WHERE seal = 3" }, 3 },
	{ "payload and salt gone", { "UPDATE journal SET payload = NULL, salt = NULL WHERE seal = 3" }, 3 },
	{ "moved to another id", { "UPDATE journal SET id = 999 WHERE seal = 3" }, 3 },
	{ "deleted", { "DELETE FROM journal WHERE seal = 3" }, 3 },
	{ "first deleted", { "DELETE FROM journal WHERE seal = 1" }, 1 },
	{ "deleted and closed up", { "DELETE FROM journal WHERE seal = 3",
	    "UPDATE journal SET seal = -seal WHERE seal > 3",
	    "UPDATE journal SET seal = -seal - 1 WHERE seal < 0" }, 3 },
	{ "exchanged", { "UPDATE journal SET seal = -3 WHERE seal = 3",
	    "UPDATE journal SET seal = 3 WHERE seal = 4",
	    "UPDATE journal SET seal = 4 WHERE seal = -3" }, 3 },
	{ "unsealed again", { "UPDATE journal SET seal = NULL, head = NULL WHERE seal = 3" }, 3 },
	{ "digest", { "UPDATE journal SET digest = (SELECT digest FROM journal WHERE seal = 4) WHERE seal = 3" }, 3 },
	{ "head", { "UPDATE journal SET head = (SELECT head FROM journal WHERE seal = 4) WHERE seal = 3" }, 3 },
	{ "number before the first", { "UPDATE journal SET seal = 0 WHERE seal = 3" }, 1 },
};

static void
finds_every_change(void **state)
{
	struct unit_db *u = unit_db(state);

	write_some(u, 0, 10);
	(void)seal(u, 100, 10);
	for (size_t i = 0; i < COUNT(tampers); i++) {
		print_message("  %s\n", tampers[i].name);
		assert_ok(db_begin_write(u->db));
		for (size_t k = 0; k < 3 && tampers[i].sql[k] != NULL; k++)
			assert_ok(db_run_(u->db, tampers[i].sql[k], &DB_END));

		struct journal_report r;

		assert_ok(journal_verify(u->db, u->a, &(struct journal_expect){ 0 }, &r));
		assert_non_null(r.fault);
		assert_int_equal(r.first_bad, tampers[i].first_bad);
		db_rollback(u->db);
	}
	assert_null(verify(u, (struct journal_expect){ 0 }).fault);
}

static void
finds_a_change_before_the_seal(void **state)
{
	struct unit_db *u = unit_db(state);

	write_some(u, 0, 4);
	assert_ok(db_run(u->db, "UPDATE journal SET at = 5 WHERE at = 1002"));
	struct journal_report r = verify(u, (struct journal_expect){ 0 });

	assert_non_null(r.fault);
	assert_int_equal(r.first_bad, 0);
	assert_true(r.first_bad_id > 0);
}

static void
finds_a_cut_end(void **state)
{
	struct unit_db *u = unit_db(state);
	struct journal_key key;
	char path[] = "/tmp/tobiguchi-heads-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	journal_key_init(&key, key_bytes);
	struct journal_expect expect = { .heads_path = path, .public_key = key.public_key };

	write_some(u, 0, 10);
	struct journal_head four = seal(u, 4, 4);

	assert_ok(journal_heads_add(path, &key, &four, 5000));
	off_t old_size = lseek(fd, 0, SEEK_END);
	struct journal_head ten = seal(u, 100, 6);

	/* a line cut short by a crash is not a fault, and goes with the next */
	assert_int_equal(pwrite(fd, "10 50", 5, lseek(fd, 0, SEEK_END)), 5);
	assert_null(verify(u, expect).fault);
	assert_ok(journal_heads_add(path, &key, &ten, 6000));
	struct journal_report r = verify(u, expect);

	assert_null(r.fault);
	assert_int_equal(r.heads, 2);

	/* the end cut off: without the heads nobody could tell */
	assert_ok(db_run(u->db, "DELETE FROM journal WHERE seal > 7"));
	assert_null(verify(u, (struct journal_expect){ 0 }).fault);
	r = verify(u, expect);
	assert_non_null(r.fault);
	assert_int_equal(r.first_bad, 8);
	/* a head that came while one was verifying tells nothing */
	expect.heads_size = old_size;
	assert_null(verify(u, expect).fault);
	expect.heads_size = 0;
	expect.heads_path = NULL;
	expect.head = hex_format(u->a, ten.hash, sizeof(ten.hash));
	assert_non_null(verify(u, expect).fault);
	expect.head = hex_format(u->a, four.hash, sizeof(four.hash));
	assert_null(verify(u, expect).fault);

	/* cut and sealed anew: the chain is whole but not the one that was signed */
	write_some(u, 20, 3);
	(void)seal(u, 100, 3);
	expect.heads_path = path;
	expect.head = NULL;
	r = verify(u, expect);
	assert_non_null(r.fault);
	assert_int_equal(r.first_bad, 10);

	/* a head by another key */
	struct journal_key other;

	journal_key_init(&other, (const unsigned char *)"another key for the same tests..");
	expect.public_key = other.public_key;
	assert_non_null(verify(u, expect).fault);
	expect.heads_path = "/nonexistent/heads";
	assert_err(journal_verify(u->db, u->a, &expect, &r), ERR_NOT_FOUND);
	(void)close(fd);
	(void)unlink(path);
}

static void
erased_payloads_verify(void **state)
{
	struct unit_db *u = unit_db(state);
	int64_t n;

	write_some(u, 0, 30);
	(void)seal(u, 20, 20);
	assert_ok(db_begin_write(u->db));
	assert_ok(journal_erase(u->db, "incident", 2, &n));
	assert_ok(db_commit(u->db));
	assert_int_equal(n, 2); /* 2 22; 12 has no payload */
	struct journal_report r = verify(u, (struct journal_expect){ 0 });

	assert_null(r.fault);
	assert_int_equal(r.erased, 2);
	assert_int_equal(r.unsealed, 10);
	(void)seal(u, 20, 10);
	assert_null(verify(u, (struct journal_expect){ 0 }).fault);
	/* erasing cannot hide a change */
	assert_ok(db_run(u->db, "UPDATE journal SET erased = digest WHERE erased IS NOT NULL"));
	assert_non_null(verify(u, (struct journal_expect){ 0 }).fault);
}

/* Against an independent reckoning (docs/schema/journal.md, Python). */
static void
is_as_written_down(void **state)
{
	struct arena *a = *state;
	unsigned char salt[JOURNAL_SALT], payload[JOURNAL_HASH], digest[JOURNAL_HASH];
	struct journal_head head = { 0 };

	for (size_t i = 0; i < sizeof(salt); i++)
		salt[i] = (unsigned char)i;
	journal_chain_payload(payload, salt, STR("{\"from\":\"open\"}"));
	journal_chain_digest(digest,
	    &(struct journal_row){
		.at = 1790000000000,
		.actor = 7,
		.actor_name = STR("山田"),
		.action = STR("incident.close"),
		.object = STR("incident"),
		.object_id = 42,
		.payload = payload,
	    });
	journal_chain_next(&head, 99, digest);
	assert_string_equal(hex_format(a, payload, sizeof(payload)), PAYLOAD);
	assert_string_equal(hex_format(a, digest, sizeof(digest)), DIGEST);
	assert_string_equal(hex_format(a, head.hash, sizeof(head.hash)), HEAD);
	assert_int_equal(head.seal, 1);

	struct journal_key key;
	struct journal_head back;
	int64_t at;

	journal_key_init(&key, key_bytes);
	const char *line = journal_heads_line(a, &key, &head, 1790000001000);

	assert_ok(journal_chain_line_parse(str_of(line), key.public_key, &back, &at));
	assert_int_equal(at, 1790000001000);
	assert_memory_equal(&back, &head, sizeof(head));

	static const char *const bad[] = { "", "1", "1 2 3 4", "0 1790000001000 aa bb", " 1 2 3",
		"1 1790000001000 zz" };

	for (size_t i = 0; i < COUNT(bad); i++)
		assert_err(journal_chain_line_parse(str_of(bad[i]), key.public_key, &back, &at), ERR_INVALID);
	char *forged = arena_dup(a, line);

	forged[2] = '2'; /* the time */
	assert_err(journal_chain_line_parse(str_of(forged), key.public_key, &back, &at), ERR_DENIED);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(is_as_written_down),
		UNIT_DB_TEST(empty_is_whole),
		UNIT_DB_TEST(seals_without_gaps),
		UNIT_DB_TEST(lists_one_object),
		UNIT_DB_TEST(finds_every_change),
		UNIT_DB_TEST(finds_a_change_before_the_seal),
		UNIT_DB_TEST(finds_a_cut_end),
		UNIT_DB_TEST(erased_payloads_verify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
