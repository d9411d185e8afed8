/* SPDX-License-Identifier: Apache-2.0 */
/* Saved views: both databases. */
#include "unit_db.h"

#include "view/view.h"
#include "view/view_store.h"

static void
knows_its_pages(void **state)
{
	struct arena *a = *state;

	assert_string_equal(view_address(a, "find", "q=x"), "/directory/find?q=x");
	assert_string_equal(view_address(a, "inbox", ""), "/inbox");
	assert_null(view_page_find("nothing"));
	for (const struct view_page *p = view_pages; p->name != NULL; p++)
		assert_ptr_equal(view_page_find(p->name), p);
}

static void
keeps_views(void **state)
{
	struct unit_db *u = unit_db(state);
	struct view *v;
	size_t n;
	int64_t id, again, team;

	assert_ok(db_begin_write(u->db));
	assert_ok(view_add(u->db, "inbox", 3, "Mine", "owner=me", &id));
	assert_ok(view_add(u->db, "inbox", 3, "Mine", "owner=me&urgent=1", &again));
	assert_int_equal(id, again);
	assert_ok(view_add(u->db, "inbox", 0, "Ours", "state=all", &team));
	assert_ok(view_add(u->db, "incidents", 3, "Elsewhere", "", &again));
	assert_ok(view_list(u->db, u->a, "inbox", 3, &v, &n));
	assert_int_equal(n, 2);
	assert_true(v[0].team);
	assert_string_equal(v[1].query, "owner=me&urgent=1");
	assert_ok(view_list(u->db, u->a, "inbox", 4, &v, &n));
	assert_int_equal(n, 1);
	assert_err(view_get(u->db, u->a, id, 4, v), ERR_NOT_FOUND);
	/* Order, name, found by a part of it. */
	assert_ok(view_add(u->db, "inbox", 3, "Second", "state=closed", &again));
	assert_ok(view_get(u->db, u->a, again, 3, v));
	assert_err(view_rename(u->db, v, 3, "Mine"), ERR_EXISTS);
	assert_ok(view_rename(u->db, v, 3, "Ours"));
	assert_ok(view_move(u->db, v, 3, true));
	assert_ok(view_get(u->db, u->a, again, 3, v));
	assert_ok(view_move(u->db, v, 3, true)); /* at the end already */
	assert_ok(view_list(u->db, u->a, "inbox", 3, &v, &n));
	assert_int_equal(n, 3);
	assert_string_equal(v[1].query, "state=closed");
	assert_string_equal(v[1].name, "Ours");
	assert_ok(view_move(u->db, &v[1], 3, false));
	assert_ok(view_list(u->db, u->a, "inbox", 3, &v, &n));
	assert_int_equal(v[1].id, id);
	assert_ok(view_search(u->db, u->a, STR("our"), 3, 10, &v, &n));
	assert_int_equal(n, 2);
	assert_ok(view_search(u->db, u->a, STR("our"), 4, 10, &v, &n));
	assert_int_equal(n, 1);
	assert_ok(view_delete(u->db, id));
	assert_err(view_delete(u->db, id), ERR_NOT_FOUND);
	for (int i = 0; i < VIEWS_MAX; i++)
		assert_ok(view_add(u->db, "inbox", 5, arena_printf(u->a, "v%d", i), "", &id));
	assert_err(view_add(u->db, "inbox", 5, "one more", "", &id), ERR_LIMIT);
	assert_ok(db_commit(u->db));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(knows_its_pages),
		UNIT_DB_TEST(keeps_views),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
