/* SPDX-License-Identifier: Apache-2.0 */
/* Contact tests: links, schedules, bounces, silence; memberships and their like. */
#include "unit_db.h"

#include "blob/blob.h"
#include "directory/listing_store.h"
#include "directory/organisation_list.h"
#include "directory/relation_store.h"
#include "directory/responsible_store.h"
#include "directory/scope_store.h"
#include "incident/contact_test_store.h"

#define NOW INT64_C(1789700000000)

static const struct actor by = { 1, "Hanako", NOW };

static int64_t
organisation(struct unit_db *u, const char *name, const char *kind, const char *cc)
{
	int64_t id;

	assert_ok(organisation_add(u->db, u->a,
	    &(struct organisation){ .name = name, .kind = kind, .cc = cc, .lang = "en" }, by, &id));
	return id;
}

static int64_t
contact(struct unit_db *u, int64_t of, const char *email, int64_t days)
{
	int64_t id;

	assert_ok(contact_add(u->db, u->a,
	    &(struct contact){ .organisation_id = of, .purpose = "csirt", .email = email, .test_days = days,
		.test_due_at = days == 0 ? 0 : NOW - 1 },
	    by, &id));
	return id;
}

static struct blob_store *
blobs(struct unit_db *u)
{
	static const unsigned char key[32] = { 7 };
	struct blob_store *s;

	assert_ok(blob_store_open(u->folder, key, &s));
	return s;
}

static int64_t
message_of(struct unit_db *u, int64_t test)
{
	AUTO(db_stmt) q = NULL;

	assert_ok(db_one(u->db, &q, "SELECT message_id FROM contact_test WHERE id = ?1", DB_INT(test)));
	return db_int(q, 0);
}

static const char *
result_of(struct unit_db *u, int64_t id)
{
	struct contact c;

	assert_ok(contact_get(u->db, u->a, id, &c));
	return c.test_result == NULL ? "" : c.test_result;
}

static void
a_schedule_begins_a_test_and_silence_ends_it(void **state)
{
	struct unit_db *u = unit_db(state);
	AUTO(blob_store) b = blobs(u);
	int64_t *due, test, silent, n_overdue;
	size_t n;

	assert_ok(db_begin_write(u->db));
	int64_t peer = organisation(u, "Peer", "csirt", "KR"), id = contact(u, peer, "soc@peer.example", 90);

	contact(u, peer, "other@peer.example", 0);
	assert_ok(contact_test_due(u->db, u->a, NOW, 10, &due, &n));
	assert_int_equal(n, 1);
	assert_int_equal(due[0], id);
	assert_ok(contact_test_begin(u->db, b, u->a, id, NOW, by, &test));
	assert_int_equal(contact_test_begin(u->db, b, u->a, id, NOW, by, &test), ERR_EXISTS);
	assert_ok(contact_test_due(u->db, u->a, NOW, 10, &due, &n));
	assert_int_equal(n, 0);
	assert_ok(contact_test_silence(u->db, u->a, NOW + CONTACT_TEST_SILENT_DAYS * CLOCK_DAY - 1, 10, &silent));
	assert_int_equal(silent, 0);
	assert_ok(contact_test_silence(u->db, u->a, NOW + CONTACT_TEST_SILENT_DAYS * CLOCK_DAY, 10, &silent));
	assert_int_equal(silent, 1);
	assert_string_equal(result_of(u, id), "silent");
	assert_ok(contact_test_count(u->db, CONTACT_TEST_OVERDUE, NOW, &n_overdue));
	assert_int_equal(n_overdue, 1);
	assert_ok(db_commit(u->db));
}

static void
what_comes_back_or_is_answered_is_known(void **state)
{
	struct unit_db *u = unit_db(state);
	AUTO(blob_store) b = blobs(u);
	int64_t first, second;
	bool ours;

	assert_ok(db_begin_write(u->db));
	int64_t peer = organisation(u, "Peer", "csirt", "KR");
	int64_t gone = contact(u, peer, "gone@peer.example", 0), here = contact(u, peer, "here@peer.example", 0);

	assert_ok(contact_test_begin(u->db, b, u->a, gone, NOW, by, &first));
	assert_ok(contact_test_begin(u->db, b, u->a, here, NOW, by, &second));
	assert_ok(contact_test_fail(u->db, u->a, message_of(u, first), "bounced", "no such user", NOW + 1));
	assert_string_equal(result_of(u, gone), "bounced");
	assert_ok(contact_test_fail(u->db, u->a, 999, "bounced", "of another", NOW + 1));
	assert_ok(contact_test_mail_answer(u->db, u->a, message_of(u, second), STR("out of office"), true, NOW + 1, &ours));
	assert_true(ours);
	assert_string_equal(result_of(u, here), "waiting");
	assert_ok(contact_test_mail_answer(u->db, u->a, message_of(u, second), STR("received"), false, NOW + 2, &ours));
	assert_string_equal(result_of(u, here), "answered");
	assert_ok(contact_test_mail_answer(u->db, u->a, message_of(u, second), STR("one more"), false, NOW + 3, &ours));
	assert_ok(contact_test_mail_answer(u->db, u->a, 999, STR("of another"), false, NOW + 3, &ours));
	assert_true(!ours);
	assert_ok(db_commit(u->db));
}

static void
who_must_not_be_written_to_is_not(void **state)
{
	struct unit_db *u = unit_db(state);
	AUTO(blob_store) b = blobs(u);
	struct contact_test t;
	int64_t test;

	assert_ok(db_begin_write(u->db));
	int64_t peer = organisation(u, "Peer", "csirt", "KR"), id;

	assert_ok(contact_add(u->db, u->a,
	    &(struct contact){ .organisation_id = peer, .purpose = "csirt", .email = "x@peer.example",
		.do_not_contact = true },
	    by, &id));
	assert_int_equal(contact_test_begin(u->db, b, u->a, id, NOW, by, &test), ERR_DENIED);
	assert_ok(contact_add(u->db, u->a,
	    &(struct contact){ .organisation_id = peer, .purpose = "csirt", .phone = "1" }, by, &id));
	assert_int_equal(contact_test_begin(u->db, b, u->a, id, NOW, by, &test), ERR_DENIED);
	id = contact(u, peer, "soc@peer.example", 0);
	assert_ok(organisation_remove(u->db, u->a, peer, by));
	assert_int_equal(contact_test_begin(u->db, b, u->a, id, NOW, by, &test), ERR_DENIED);
	assert_int_equal(contact_test_of_link(u->db, u->a, STR("guessed"), NOW, &t), ERR_NOT_FOUND);
	assert_ok(db_commit(u->db));
}

static void
a_list_is_imported_once(void **state)
{
	struct unit_db *u = unit_db(state);
	struct buf *out = buf_new(u->a, (size_t)1 << 20);
	struct listing_result r;
	struct listing l;

	assert_ok(db_begin_write(u->db));
	assert_ok(listing_csv(u->a,
	    STR("name,kind,contact_email,networks\nOne,isp,a@one.example,192.0.2.0/24\nONE,isp,b@one.example,\n"
		"Two,csirt,c@two.example,198.51.100.0/24 203.0.113.0/24\n"),
	    &l));
	assert_ok(listing_import(u->db, u->a, &l, true, by, &r));
	assert_int_equal(r.organisations, 2);
	assert_int_equal(organisation_by_name(u->db, u->a, "One", &l.row[0].o), ERR_NOT_FOUND);
	assert_ok(listing_import(u->db, u->a, &l, false, by, &r));
	assert_int_equal(r.organisations, 2);
	assert_int_equal(r.contacts, 3);
	assert_int_equal(r.scopes, 3);
	assert_ok(listing_import(u->db, u->a, &l, false, by, &r));
	assert_int_equal(r.organisations + r.contacts + r.scopes, 0);
	assert_int_equal(r.known, 2);
	assert_ok(listing_export(u->db, false, false, out));
	assert_ok(listing_csv(u->a, buf_view(out), &l));
	assert_int_equal(l.n, 3);
	assert_ok(db_commit(u->db));
}

static void
memberships_agreements_and_relations(void **state)
{
	struct unit_db *u = unit_db(state);
	const struct organisation_filter due = { .view = ORGANISATION_AGREEMENTS };
	struct relation_membership *m;
	struct relation_party *p;
	struct relation *r;
	int64_t id, total;
	size_t n;

	assert_ok(db_begin_write(u->db));
	int64_t forum = organisation(u, "Forum", "community", NULL), peer = organisation(u, "Peer", "csirt", "TW");

	assert_ok(relation_membership_add(u->db, u->a,
	    &(struct relation_membership){ .organisation_id = peer, .community_id = forum, .role = "board", .since = 12935 },
	    by, &id));
	assert_ok(relation_membership_list(u->db, u->a, forum, true, &m, &n));
	assert_int_equal(n, 1);
	assert_string_equal(m[0].organisation, "Peer");
	assert_ok(relation_agreement_add(u->db, u->a,
	    &(struct relation_agreement){ .organisation_id = peer, .kind = "mou", .title = "MOU",
		.expires_on = NOW / CLOCK_DAY + ORGANISATION_AGREEMENT_DAYS },
	    by, &id));
	assert_ok(organisation_count(u->db, u->a, &due, NOW, &total));
	assert_int_equal(total, 1);
	assert_ok(organisation_count(u->db, u->a, &due, NOW - CLOCK_DAY, &total));
	assert_int_equal(total, 0);
	const struct relation ours = { .to_id = peer, .kind = "cooperates", .trust = "high", .flows = "share" };

	assert_ok(relation_put(u->db, u->a, peer, &ours, by));
	assert_ok(relation_put(u->db, u->a, peer, &ours, by));
	assert_ok(relation_list(u->db, u->a, peer, &r, &n));
	assert_int_equal(n, 1);
	assert_ok(relation_parties(u->db, u->a, forum, "", &p, &n));
	assert_int_equal(n, 1);
	assert_string_equal(p[0].flows, "share");
	assert_ok(relation_remove(u->db, u->a, peer, &r[0], by));
	assert_ok(relation_list(u->db, u->a, peer, &r, &n));
	assert_int_equal(n, 0);
	assert_ok(db_commit(u->db));
}

static void
the_table_follows_the_directory(void **state)
{
	struct unit_db *u = unit_db(state);
	const struct responsible *first, *second;
	size_t n;

	assert_ok(db_begin_write(u->db));
	int64_t peer = organisation(u, "Peer", "isp", "JP");

	assert_ok(responsible_take(u->db, &first));
	assert_null(responsible_name(first, STR("peer.example"), &n));
	assert_ok(scope_add(u->db, u->a,
	    &(struct scope){ .organisation_id = peer, .kind = "domain", .value = "peer.example" }, by));
	assert_ok(responsible_take(u->db, &second));
	assert_ptr_not_equal(first, second);
	assert_non_null(responsible_name(second, STR("www.peer.example"), &n));
	assert_null(responsible_name(first, STR("peer.example"), &n)); /* as it was taken */
	responsible_give(first);
	responsible_give(second);
	assert_ok(organisation_remove(u->db, u->a, peer, by));
	assert_ok(responsible_take(u->db, &first));
	assert_null(responsible_name(first, STR("www.peer.example"), &n));
	responsible_give(first);
	assert_ok(db_commit(u->db));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_DB_TEST(a_schedule_begins_a_test_and_silence_ends_it),
		UNIT_DB_TEST(what_comes_back_or_is_answered_is_known),
		UNIT_DB_TEST(who_must_not_be_written_to_is_not),
		UNIT_DB_TEST(a_list_is_imported_once),
		UNIT_DB_TEST(memberships_agreements_and_relations),
		UNIT_DB_TEST(the_table_follows_the_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
