/* SPDX-License-Identifier: Apache-2.0 */
#include "operation/dump.h"

#include <string.h>

#include "base/arena.h"
#include "base/hex.h"
#include "base/limit.h"

static void
hash_start(crypto_generichash_state *h)
{
	(void)crypto_generichash_init(h, NULL, 0, DUMP_HASH); /* cannot fail with these sizes */
}

static void
hash_add(crypto_generichash_state *h, struct str s)
{
	(void)crypto_generichash_update(h, (const unsigned char *)s.p, s.n); /* cannot fail */
}

/* A record as it stands in the file. */
static void
hash_record(crypto_generichash_state *h, enum dump_kind kind, struct str bytes)
{
	const unsigned char head[5] = { (unsigned char)kind, (unsigned char)(bytes.n >> 24),
		(unsigned char)(bytes.n >> 16), (unsigned char)(bytes.n >> 8), (unsigned char)bytes.n };

	hash_add(h, (struct str){ (const char *)head, sizeof(head) });
	hash_add(h, bytes);
}

static const char *
hash_text(struct arena *a, const crypto_generichash_state *h)
{
	crypto_generichash_state copy = *h;
	unsigned char digest[DUMP_HASH];

	(void)crypto_generichash_final(&copy, digest, sizeof(digest)); /* cannot fail */
	return hex_format(a, digest, sizeof(digest));
}

/* Making */

static enum err
give(struct dump_make *m, enum dump_kind kind, struct str bytes)
{
	if (bytes.n > DUMP_RECORD)
		return ERR_LIMIT;
	hash_record(&m->all, kind, bytes);
	return m->to.record(m->to.object, kind, bytes);
}

static enum err
give_json(struct dump_make *m, enum dump_kind kind, const struct value *v)
{
	AUTO(arena) a = arena_new();

	return give(m, kind, str_of(value_json_text(a, v)));
}

void
dump_make_init(struct dump_make *m, struct dump_sink to)
{
	*m = (struct dump_make){ .to = to };
	hash_start(&m->all);
}

enum err
dump_make_head(struct dump_make *m, const struct value *head)
{
	return give_json(m, DUMP_HEAD, head);
}

enum err
dump_make_part(struct dump_make *m, const struct value *part)
{
	m->rows = m->bytes = 0;
	m->parts++;
	hash_start(&m->part);
	return give_json(m, DUMP_PART, part);
}

enum err
dump_make_data(struct dump_make *m, struct str bytes, int64_t rows)
{
	m->rows += rows;
	m->bytes += (int64_t)bytes.n;
	hash_add(&m->part, bytes);
	return give(m, DUMP_DATA, bytes);
}

enum err
dump_make_end(struct dump_make *m)
{
	AUTO(arena) a = arena_new();
	struct value *v = value_object(a);

	value_set_int(a, v, "rows", m->rows);
	value_set_int(a, v, "bytes", m->bytes);
	value_set_text(a, v, "blake2b", hash_text(a, &m->part));
	return give_json(m, DUMP_END, v);
}

enum err
dump_make_foot(struct dump_make *m)
{
	AUTO(arena) a = arena_new();
	struct value *v = value_object(a);

	value_set_int(a, v, "parts", m->parts);
	value_set_text(a, v, "blake2b", hash_text(a, &m->all));
	return give_json(m, DUMP_FOOT, v);
}

/* Checking */

void
dump_check_init(struct dump_check *c)
{
	*c = (struct dump_check){ .a = arena_new() };
	hash_start(&c->all);
}

void
dump_check_done(struct dump_check *c)
{
	arena_free(c->a);
}

static enum err
wrong(struct dump_check *c, const char *fault)
{
	c->fault = fault;
	return ERR_INVALID;
}

static enum err
parse(struct dump_check *c, struct str bytes)
{
	if (value_parse(c->a, bytes, &c->json, NULL) != OK || value_type(c->json) != VALUE_OBJECT)
		return wrong(c, "A record of the backup cannot be read: the file is damaged.");
	return OK;
}

static bool
digest_is(struct dump_check *c, const crypto_generichash_state *h)
{
	return str_is(value_str(value_get(c->json, "blake2b")), hash_text(c->a, h));
}

static enum err
take(struct dump_check *c, enum dump_kind kind, struct str bytes)
{
	if (kind == DUMP_HEAD && c->at == DUMP_AT_START) {
		TRY(parse(c, bytes));
		c->at = DUMP_BETWEEN;
		return value_integer(value_get(c->json, "version")) == DUMP_VERSION
		    ? OK
		    : wrong(c, "The backup was made by a newer version of the program; use that one.");
	}
	if (kind == DUMP_PART && c->at == DUMP_BETWEEN) {
		arena_reset(c->a);
		TRY(parse(c, bytes));
		c->at = DUMP_INSIDE;
		c->parts++;
		c->bytes = 0;
		hash_start(&c->part);
		return OK;
	}
	if (kind == DUMP_DATA && c->at == DUMP_INSIDE) {
		hash_add(&c->part, bytes);
		c->bytes += (int64_t)bytes.n;
		return OK;
	}
	if (kind == DUMP_END && c->at == DUMP_INSIDE) {
		TRY(parse(c, bytes));
		c->at = DUMP_BETWEEN;
		return value_integer(value_get(c->json, "bytes")) == c->bytes && digest_is(c, &c->part)
		    ? OK
		    : wrong(c, "A part of the backup is not what was written: the file is damaged.");
	}
	if (kind == DUMP_FOOT && c->at == DUMP_BETWEEN) {
		TRY(parse(c, bytes));
		c->at = DUMP_OVER;
		return value_integer(value_get(c->json, "parts")) == c->parts && digest_is(c, &c->all)
		    ? OK
		    : wrong(c, "The backup is not what was written: the file is damaged.");
	}
	return wrong(c, "The records of the backup are out of order: the file is damaged.");
}

enum err
dump_check_record(struct dump_check *c, enum dump_kind kind, struct str bytes)
{
	TRY(take(c, kind, bytes));
	hash_record(&c->all, kind, bytes);
	return OK;
}

enum err
dump_check_end(struct dump_check *c)
{
	return c->at == DUMP_OVER ? OK : wrong(c, "The backup ends too early: it was cut.");
}
