/* SPDX-License-Identifier: Apache-2.0 */
#include "unit_db.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

#include "base/hex.h"
#include "base/limit.h"
#include "base/rand.h"
#include "blob/blob.h"

static const unsigned char key[32] = "an unsecret key for these tests";

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static struct blob_store *
open_store(struct unit_db *u, char folder[64])
{
	struct blob_store *s;

	assert_non_null(mkdtemp(unit_temporary(folder, 64, "blob")));
	assert_ok(blob_store_open(db_kind(u->db) == DB_SQLITE ? folder : "", key, &s));
	return s;
}

static void
remove_folder(const char *folder)
{
	assert_int_equal(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static char *
bytes_of(struct arena *a, size_t n, bool random)
{
	char *p = arena_alloc(a, n + 1);

	if (random)
		rand_bytes(p, n);
	else
		for (size_t i = 0; i < n; i++)
			p[i] = "The quick brown fox. "[i % 21];
	return p;
}

static const size_t sizes[] = { 0, 1, 2, LIMIT_KIB(64) - 100, LIMIT_KIB(64) - 1, LIMIT_KIB(64),
	LIMIT_KIB(64) + 1, LIMIT_KIB(128) - 17, LIMIT_KIB(256), 5000000 };

static void
stores_every_size(void **state)
{
	struct unit_db *u = unit_db(state);
	char folder[64];
	AUTO(blob_store) s = open_store(u, folder);

	for (size_t i = 0; i < 2 * COUNT(sizes); i++) {
		struct str in = { .n = sizes[i / 2] }, out;
		int64_t id, same;

		in.p = bytes_of(u->a, in.n, i % 2 == 0);
		assert_ok(db_begin_write(u->db));
		assert_ok(blob_put(s, u->db, in, 1000, &id));
		assert_ok(blob_put(s, u->db, in, 1001, &same));
		assert_ok(db_commit(u->db));
		assert_int_equal(id, same);
		assert_ok(blob_get(s, u->db, u->a, id, in.n, &out));
		assert_true(str_equal(in, out));
		if (in.n > 0)
			assert_err(blob_get(s, u->db, u->a, id, in.n - 1, &out), ERR_LIMIT);
	}
	struct str none;

	assert_err(blob_get(s, u->db, u->a, 999999, 10, &none), ERR_NOT_FOUND);
	remove_folder(folder);
}

static void
streams(void **state)
{
	struct unit_db *u = unit_db(state);
	char folder[64];
	AUTO(blob_store) s = open_store(u, folder);
	AUTO(blob_in) in = NULL;
	AUTO(blob_in) again = NULL;
	AUTO(blob_in) thrown = NULL;
	AUTO(blob_out) out = NULL;
	const size_t size = 3000001;
	char *bytes = bytes_of(u->a, size, true), piece[7919];
	int64_t id, same;
	size_t at = 0, n;

	assert_ok(blob_in_open(s, &in));
	for (size_t i = 0; i < size; i += 1000)
		assert_ok(blob_in_write(in, bytes + i, size - i < 1000 ? size - i : 1000));
	assert_err(blob_adopt(in, u->db, 1, &id), ERR_INVALID); /* not ended */
	assert_ok(blob_in_end(in));
	assert_int_equal(blob_in_size(in), size);
	assert_ok(db_begin_write(u->db));
	assert_ok(blob_adopt(in, u->db, 1, &id));
	assert_ok(db_commit(u->db));

	assert_ok(blob_in_open(s, &again));
	assert_ok(blob_in_write(again, bytes, size));
	assert_ok(blob_in_end(again));
	assert_memory_equal(blob_in_sha256(in), blob_in_sha256(again), 32);
	assert_ok(db_begin_write(u->db));
	assert_ok(blob_adopt(again, u->db, 1, &same));
	assert_ok(db_commit(u->db));
	assert_int_equal(id, same);

	assert_ok(blob_in_open(s, &thrown));
	assert_ok(blob_in_write(thrown, bytes, size / 2));
	assert_ok(blob_in_write(thrown, "", 0));

	assert_ok(blob_out_open(s, u->db, id, &out));
	assert_int_equal(blob_out_size(out), size);
	for (;;) {
		assert_ok(blob_out_read(out, piece, sizeof(piece), &n));
		if (n == 0)
			break;
		assert_true(at + n <= size);
		assert_memory_equal(piece, bytes + at, n);
		at += n;
	}
	assert_int_equal(at, size);
	assert_ok(blob_out_read(out, piece, sizeof(piece), &n));
	assert_int_equal(n, 0);
	blob_in_free(thrown);
	thrown = NULL;
	remove_folder(folder);
}

static void
sha256_is_right(void **state)
{
	struct unit_db *u = unit_db(state);
	char folder[64];
	AUTO(blob_store) s = open_store(u, folder);
	AUTO(blob_in) in = NULL;

	assert_ok(blob_in_open(s, &in));
	assert_ok(blob_in_write(in, "abc", 3));
	assert_ok(blob_in_end(in));
	assert_string_equal(hex_format(u->a, blob_in_sha256(in), 32),
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	remove_folder(folder);
}

/* What is stored of blob ${id}, with byte ${at} changed, or cut there. */
static void
spoil(struct unit_db *u, int64_t id, size_t at, bool cut)
{
	AUTO(db_stmt) q = NULL;

	assert_ok(db_one(u->db, &q, "SELECT bytes FROM blob WHERE id = ?1", DB_INT(id)));
	struct str stored = arena_str(u->a, db_blob(q, 0));
	char *p = arena_dupn(u->a, stored.p, stored.n);

	assert_ok(db_end(q));
	p[at] ^= 1;
	assert_ok(db_run(u->db, "UPDATE blob SET bytes = ?2 WHERE id = ?1", DB_INT(id),
	    DB_BLOB(((struct str){ p, cut ? at : stored.n }))));
}

static void
refuses_what_was_changed(void **state)
{
	struct unit_db *u = unit_db(state);
	char folder[64];
	AUTO(blob_store) s = open_store(u, folder);
	int64_t id, other;
	struct str out, in = { bytes_of(u->a, 500, true), 500 };

	assert_ok(db_begin_write(u->db));
	assert_ok(blob_put(s, u->db, in, 1000, &id));
	assert_ok(blob_put(s, u->db, STR("another"), 1000, &other));
	AUTO(db_stmt) q = NULL;

	assert_ok(db_one(u->db, &q, "SELECT stored FROM blob WHERE id = ?1", DB_INT(id)));
	size_t stored = (size_t)db_int(q, 0);

	assert_ok(db_end(q));
	for (size_t at = 0; at < stored; at += at < 50 ? 1 : 29) {
		assert_ok(db_savepoint(u->db));
		spoil(u, id, at, false);
		assert_err(blob_get(s, u->db, u->a, id, 1000, &out), ERR_IO);
		assert_ok(db_rollback_to(u->db));
		assert_ok(db_savepoint(u->db));
		spoil(u, id, at, true);
		assert_err(blob_get(s, u->db, u->a, id, 1000, &out), ERR_IO);
		assert_ok(db_rollback_to(u->db));
	}
	assert_ok(blob_get(s, u->db, u->a, id, 1000, &out));
	/* one blob in the place of another: it decrypts, but is not the one named */
	assert_ok(db_run(u->db,
	    "UPDATE blob SET size = 7, bytes = (SELECT bytes FROM blob WHERE id = ?1) WHERE id = ?2",
	    DB_INT(other), DB_INT(id)));
	assert_err(blob_get(s, u->db, u->a, id, 1000, &out), ERR_IO);
	assert_ok(blob_get(s, u->db, u->a, other, 1000, &out));
	/* another key */
	AUTO(blob_store) stranger = NULL;

	assert_ok(blob_store_open("", (const unsigned char *)"another key for the same tests..", &stranger));
	assert_err(blob_get(stranger, u->db, u->a, other, 1000, &out), ERR_IO);
	assert_ok(db_commit(u->db));
	remove_folder(folder);
}

/* The only file or the only chunked row is changed in its middle. */
static void
refuses_a_changed_large_one(void **state)
{
	struct unit_db *u = unit_db(state);
	char folder[64], path[200] = "";
	AUTO(blob_store) s = open_store(u, folder);
	int64_t id;
	struct str out, in = { bytes_of(u->a, 3000000, true), 3000000 };

	assert_ok(db_begin_write(u->db));
	assert_ok(blob_put(s, u->db, in, 1000, &id));
	assert_ok(db_commit(u->db));
	if (db_kind(u->db) == DB_POSTGRESQL) {
		assert_ok(db_run(u->db, "DELETE FROM blob_chunk WHERE seq = 1"));
		assert_err(blob_get(s, u->db, u->a, id, 4000000, &out), ERR_IO);
		remove_folder(folder);
		return;
	}
	AUTO(db_stmt) q = NULL;

	assert_ok(db_one(u->db, &q, "SELECT name FROM blob WHERE id = ?1", DB_INT(id)));
	const char *name = hex_format(u->a, db_blob(q, 0).p, 32);

	assert_ok(db_end(q));
	(void)snprintf(path, sizeof(path), "%s/blobs/%.2s/%s", folder, name, name);
	int fd = open(path, O_RDWR);
	char byte;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, 1500000), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, 1500000), 1);
	assert_err(blob_get(s, u->db, u->a, id, 4000000, &out), ERR_IO);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, 1500000), 1);
	assert_ok(blob_get(s, u->db, u->a, id, 4000000, &out));
	assert_int_equal(ftruncate(fd, 65536 + 17 + 25), 0); /* between two pieces */
	assert_err(blob_get(s, u->db, u->a, id, 4000000, &out), ERR_IO);
	(void)close(fd);
	(void)unlink(path);
	assert_err(blob_get(s, u->db, u->a, id, 4000000, &out), ERR_IO);
	remove_folder(folder);
}

static void
sweeps_what_no_row_names(void **state)
{
	struct unit_db *u = unit_db(state);
	char folder[64];
	AUTO(blob_store) s = open_store(u, folder);
	int64_t kept, lost, n;
	struct str out, in = { bytes_of(u->a, 200000, true), 200000 };

	assert_ok(db_begin_write(u->db));
	assert_ok(blob_put(s, u->db, in, 1000, &kept));
	assert_ok(db_commit(u->db));
	assert_ok(db_begin_write(u->db));
	assert_ok(blob_put(s, u->db, str_skip(in, 1), 1000, &lost));
	db_rollback(u->db);
	assert_ok(db_begin_write(u->db));
	assert_ok(blob_sweep(s, u->db, 0, &n));
	assert_int_equal(n, 0); /* too young */
	assert_ok(blob_sweep(s, u->db, INT64_MAX, &n));
	assert_int_equal(n, db_kind(u->db) == DB_SQLITE ? 1 : 0);
	assert_ok(db_commit(u->db));
	assert_ok(blob_get(s, u->db, u->a, kept, in.n, &out));
	/* the same bytes again after the roll-back */
	assert_ok(db_begin_write(u->db));
	assert_ok(blob_put(s, u->db, str_skip(in, 1), 1000, &lost));
	assert_ok(db_commit(u->db));
	assert_ok(blob_get(s, u->db, u->a, lost, in.n, &out));
	remove_folder(folder);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_DB_TEST(stores_every_size),
		UNIT_DB_TEST(streams),
		UNIT_DB_TEST(sha256_is_right),
		UNIT_DB_TEST(refuses_what_was_changed),
		UNIT_DB_TEST(refuses_a_changed_large_one),
		UNIT_DB_TEST(sweeps_what_no_row_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
