/* SPDX-License-Identifier: Apache-2.0 */
/* A backup's file, and behind its checks the rows: a byte chooses. */
#include "fuzz.h"

#include <string.h>

#include "db/db_table.h"
#include "operation/dump.h"

static enum err
give(void *object, void *p, size_t n, size_t *ret)
{
	struct str *s = object;

	*ret = n < s->n ? n : s->n;
	if (*ret > 0)
		memcpy(p, s->p, *ret);
	*s = str_skip(*s, *ret);
	return OK;
}

static enum err
record(void *object, enum dump_kind kind, struct str bytes)
{
	struct dump_check *c = object;

	FUZZ_CHECK(kind == DUMP_DATA || value_type(c->json) == VALUE_OBJECT);
	FUZZ_CHECK(bytes.n <= 64 * 1024 * 1024);
	return OK;
}

static void
rows(struct str s)
{
	struct db_arg row[DB_TABLE_COLUMNS + 1];
	struct scan scan = scan_of(s);
	AUTO(arena) a = arena_new();
	struct buf *again = buf_new(a, 1024 * 1024 * 16);
	size_t used = 0;

	while (scan_left(&scan) > 0 && db_row_unpack(&scan, row, 3) == OK) {
		db_row_pack(again, row, 3);
		used = s.n - scan_left(&scan);
	}
	FUZZ_CHECK(again->n == used && (used == 0 || memcmp(again->p, s.p, used) == 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s = FUZZ_STR(data, size);
	struct dump_check c;

	if (size > 0 && data[0] == 0) {
		rows(str_skip(s, 1));
		return 0;
	}
	/* Records without their compression: most mutations would end there. */
	dump_check_init(&c);
	if (size > 0 && data[0] == 1) {
		struct scan scan = scan_of(str_skip(s, 1));
		enum err e = OK;

		while (e == OK && scan_left(&scan) > 0) {
			enum dump_kind kind = (enum dump_kind)scan_u8(&scan);

			e = dump_check_record(&c, kind, scan_counted(&scan));
		}
		if (e == OK && dump_check_end(&c) != OK)
			FUZZ_CHECK(c.fault != NULL);
	} else {
		enum err e = dump_read((struct dump_source){ give, &s }, &c, (struct dump_sink){ record, &c });

		FUZZ_CHECK(e == OK || c.fault != NULL || e == ERR_LIMIT);
	}
	dump_check_done(&c);
	return 0;
}
