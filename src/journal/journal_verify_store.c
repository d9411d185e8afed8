/* SPDX-License-Identifier: Apache-2.0 */
/* Verification: the whole chain, page by page, in constant memory. */
#include "journal/journal.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/hex.h"
#include "db/db.h"
#include "journal/journal_chain.h"

#define PAGE 2000

struct verify {
	struct arena *a;
	struct journal_report *report;
	const struct journal_expect *expect;
	struct journal_head head; /* recomputed */
	unsigned char wanted[JOURNAL_HASH];
	bool wanted_seen;
	FILE *heads;		  /* NULL = none or at its end */
	struct journal_head next; /* the next signed head to compare */
	bool have_next;
	int64_t heads_line;
	int64_t id; /* of the row before, to page the unsealed */
};

static void
fault(struct verify *v, int64_t seal, int64_t id, const char *sentence)
{
	if (v->report->fault != NULL)
		return; /* the first is the cause, the rest follow from it */
	v->report->fault = sentence;
	v->report->first_bad = seal;
	v->report->first_bad_id = id;
}

/* The next whole line of the heads file. */
static void
next_head(struct verify *v)
{
	char line[512];
	struct journal_head head;
	int64_t at;

	v->have_next = false;
	if (v->heads == NULL || (v->expect->heads_size > 0 && ftell(v->heads) >= v->expect->heads_size) ||
	    fgets(line, sizeof(line), v->heads) == NULL)
		return;
	v->heads_line++;

	struct str s = str_of(line);

	if (!str_ends(s, STR("\n"))) {
		if (feof(v->heads))
			return; /* cut short by a crash; the next append drops it */
		fault(v, 0, 0, arena_printf(v->a, "Line %lld of the heads file is too long.",
		    (long long)v->heads_line));
		return;
	}
	s.n--;

	enum err e = journal_chain_line_parse(s, v->expect->public_key, &head, &at);

	if (e != OK) {
		fault(v, 0, 0, arena_printf(v->a, e == ERR_DENIED
		    ? "Line %lld of the heads file is not signed by this team's key."
		    : "Line %lld of the heads file cannot be read.", (long long)v->heads_line));
		return;
	}
	if (v->heads_line > 1 && head.seal <= v->next.seal) {
		fault(v, head.seal, 0, arena_printf(v->a,
		    "Line %lld of the heads file goes back to an earlier seal number.",
		    (long long)v->heads_line));
		return;
	}
	v->next = head;
	v->have_next = true;
}

/* Compare the recomputed head with what was asked for and what was signed. */
static void
compare_head(struct verify *v, int64_t id)
{
	if (v->expect->head != NULL && memcmp(v->head.hash, v->wanted, JOURNAL_HASH) == 0)
		v->wanted_seen = true;
	if (!v->have_next || v->next.seal != v->head.seal)
		return;
	v->report->heads++;
	if (memcmp(v->next.hash, v->head.hash, JOURNAL_HASH) != 0)
		fault(v, v->head.seal, id, "The chain differs from the head that was signed"
					   " at this seal number.");
	next_head(v);
}

/* Recompute the digest of a row; false when it is not the stored one. */
static bool
digest_matches(struct verify *v, struct db_stmt *q)
{
	struct journal_row row = {
		.at = db_int(q, 1),
		.actor = db_int(q, 2),
		.actor_name = db_str(q, 3),
		.action = db_str(q, 4),
		.object = db_str(q, 5),
		.object_id = db_int(q, 6),
		.also = db_str(q, 7),
		.also_id = db_int(q, 8),
	};
	unsigned char payload[JOURNAL_HASH], digest[JOURNAL_HASH];
	struct str salt = db_blob(q, 10), erased = db_blob(q, 11), stored = db_blob(q, 12);

	if (!db_is_null(q, 9)) {
		if (salt.n != JOURNAL_SALT)
			return false;
		journal_chain_payload(payload, (const unsigned char *)salt.p, db_str(q, 9));
		row.payload = payload;
	} else if (erased.n == JOURNAL_HASH) {
		v->report->erased++;
		memcpy(payload, erased.p, erased.n);
		row.payload = payload;
	} else if (!db_is_null(q, 11)) {
		return false;
	}
	journal_chain_digest(digest, &row);
	return stored.n == JOURNAL_HASH && memcmp(stored.p, digest, JOURNAL_HASH) == 0;
}

static void
check_sealed(struct verify *v, struct db_stmt *q)
{
	int64_t id = db_int(q, 0), seal = db_int(q, 13);
	struct str digest = db_blob(q, 12), head = db_blob(q, 14);

	v->report->sealed++;
	if (seal != v->head.seal + 1) {
		fault(v, v->head.seal + 1, id, seal <= v->head.seal
		    ? "A seal number is there twice."
		    : "The entry with this seal number is missing.");
		v->head.seal = seal - 1; /* go on counting */
	}
	if (!digest_matches(v, q))
		fault(v, seal, id, "The entry was changed: its digest does not match.");

	unsigned char d[JOURNAL_HASH] = { 0 };

	if (digest.n == sizeof(d))
		memcpy(d, digest.p, digest.n);
	journal_chain_next(&v->head, id, d);
	if (head.n != JOURNAL_HASH || memcmp(head.p, v->head.hash, JOURNAL_HASH) != 0)
		fault(v, seal, id, "The chain is broken here: an entry was changed, moved or"
				   " replaced.");
	compare_head(v, id);
}

static void
check_unsealed(struct verify *v, struct db_stmt *q)
{
	v->report->unsealed++;
	v->id = db_int(q, 0);
	if (!digest_matches(v, q))
		fault(v, 0, v->id, "An entry that is not sealed yet was changed: its digest does"
				   " not match.");
}

static enum err
page(struct verify *v, struct db *db, bool sealed, int *ret)
{
	AUTO(db_stmt) q = NULL;
	int n = 0;

	if (sealed)
		TRY(db_query(db, &q,
		    "SELECT id, at, actor_id, actor_name, action, object, object_id, also, also_id,"
		    " payload, salt, erased, digest, seal, head FROM journal WHERE seal > ?1"
		    " ORDER BY seal LIMIT ?2",
		    DB_INT(v->report->sealed == 0 ? INT64_MIN : v->head.seal), DB_INT(PAGE)));
	else
		TRY(db_query(db, &q,
		    "SELECT id, at, actor_id, actor_name, action, object, object_id, also, also_id,"
		    " payload, salt, erased, digest, seal, head FROM journal WHERE seal IS NULL"
		    " AND id > ?1 ORDER BY id LIMIT ?2",
		    DB_INT(v->id), DB_INT(PAGE)));
	for (; db_row(q); n++) {
		if (sealed)
			check_sealed(v, q);
		else
			check_unsealed(v, q);
	}
	*ret = n;
	return db_end(q);
}

static enum err
check_all(struct verify *v, struct db *db)
{
	int n;

	next_head(v);
	do {
		TRY(page(v, db, true, &n));
	} while (n == PAGE);
	if (v->have_next)
		fault(v, v->head.seal + 1, 0, arena_printf(v->a,
		    "The end was cut off: a signed head tells of entry %lld.",
		    (long long)v->next.seal));
	if (v->expect->head != NULL && !v->wanted_seen)
		fault(v, v->head.seal + 1, 0,
		    "The given head is not in the chain: its end was cut off or changed.");
	v->id = INT64_MIN;
	do {
		TRY(page(v, db, false, &n));
	} while (n == PAGE);
	return OK;
}

enum err
journal_verify(struct db *db, struct arena *a, const struct journal_expect *expect,
    struct journal_report *ret)
{
	struct journal_report report = { 0 };
	struct verify v = { .a = a, .report = &report, .expect = expect };

	if (expect->head != NULL)
		TRY(hex_parse(str_of(expect->head), v.wanted, sizeof(v.wanted)));
	if (expect->heads_path != NULL) {
		v.heads = fopen(expect->heads_path, "re");
		if (v.heads == NULL)
			return ERR_NOT_FOUND;
	}

	enum err e = check_all(&v, db);

	if (v.heads != NULL)
		(void)fclose(v.heads); /* only read */
	TRY(e);
	sodium_bin2hex(report.head, sizeof(report.head), v.head.hash, sizeof(v.head.hash));
	*ret = report;
	return OK;
}

enum err
journal_verified(struct db *db, struct arena *a, struct value **ret, int64_t *ret_at)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q,
	    "SELECT at, payload FROM journal WHERE object = 'journal' AND object_id = 0 "
	    "AND action = 'journal.verify' ORDER BY id DESC LIMIT 1"));
	*ret_at = db_int(q, 0);
	TRY(value_parse(a, str_of(db_dup(a, q, 1)), ret, NULL));
	return db_end(q);
}
