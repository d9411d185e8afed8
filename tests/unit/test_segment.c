/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "sys/files.h"
#include "telescope/filter.h"
#include "telescope/fingerprint.h"
#include "telescope/iodef.h"
#include "telescope/query.h"
#include "telescope/segment.h"
#include "telescope/segment_code.h"
#include "telescope/store.h"
#include "telescope/store_manifest.h"

#define DAY INT64_C(86400000000)
#define FIRST (20697 * DAY) /* 2026-09-01 */

/* Always the same numbers (xorshift64*). */
static uint64_t seed;

static uint32_t
any(uint32_t below)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)((seed * UINT64_C(2685821657736338717)) >> 33) % below;
}

static struct ip
v4(uint32_t a)
{
	return (struct ip){ .v = 4, .byte = { (uint8_t)(a >> 24), (uint8_t)(a >> 16), (uint8_t)(a >> 8), (uint8_t)a } };
}

static bool four; /* IPv4 only */

/* A packet as one of few sources sends it; ${strange}: with all fields anything. */
static struct record
packet_any(uint32_t sources, bool strange, bool micro)
{
	static const uint16_t ports[] = { 23, 23, 23, 445, 22, 53, 9530 };
	struct record r = { .scale = RECORD_NO_SCALE };
	uint32_t s = any(sources);

	r.at = FIRST + (int64_t)any(86400000) * 1000 + (micro ? any(1000) : 0);
	r.src = v4(0xc6330000 + s * 7919);
	r.dst = v4(0xc0000200 + any(40));
	if (s % 5 == 4 && !four) {
		r.src = r.dst = (struct ip){ .v = 6, .byte = { 0x20, 1, 0x0d, 0xb8, (uint8_t)(s >> 8), (uint8_t)s } };
		r.dst.byte[15] = (uint8_t)any(3);
	}
	r.proto = strange ? (uint8_t)any(256) : s % 7 == 0 ? RECORD_UDP : RECORD_TCP;
	if (r.proto == RECORD_TCP || r.proto == RECORD_UDP || r.proto == RECORD_ICMP || r.proto == RECORD_ICMP6)
		r.dport = any(3) > 0 ? ports[any(COUNT(ports))] : (uint16_t)any(65536);
	r.sport = any(2) > 0 ? (uint16_t)(1024 + s) : (uint16_t)any(65536);
	r.ttl = (uint8_t)(40 + s % 20);
	r.seq = any(1u << 31);
	r.ip_id = (uint16_t)any(65536);
	r.window = 1024;
	r.len = (uint16_t)(40 + 4 * any(4));
	r.flags = RECORD_SYN;
	if (s % 7 == 1)
		r.seq = fingerprint_mirai_seq(&r);
	if (s % 7 == 2)
		r.ip_id = fingerprint_masscan_id(&r);
	if (s % 7 == 3)
		r.ip_id = 54321;
	if (strange) {
		r.len = (uint16_t)any(65536);
		r.flags = (uint16_t)any(4096);
		r.window = (uint16_t)any(65536);
		r.mss = (uint16_t)any(3);
		r.bits = (uint8_t)any(256);
		r.options = (uint8_t)any(256);
		r.scale = (uint8_t)any(256);
		r.ttl = (uint8_t)any(256);
		r.seq = any(4) == 0 ? UINT32_MAX : r.seq;
	}
	r.fingerprint = (uint8_t)fingerprint_of(&r);
	return r;
}

/* A folder that goes with the test. */
static const char *
folder_new(struct arena *a)
{
	char *path = arena_alloc(a, 64);

	assert_non_null(mkdtemp(unit_temporary(path, 64, "segment")));
	return path;
}

static void
folder_remove(struct arena *a, const char *path)
{
	assert_int_equal(system(arena_printf(a, "rm -r '%s'", path)), 0);
}

static const char *
sensor_of(void *object, const struct ip *target)
{
	(void)object;
	return target->v == 6 ? "six" : target->byte[3] < 20 ? "low" : NULL;
}

/* Without fsync(): there are hundreds of them. */
static void
put(const char *path, struct str bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_ok(files_write_fd(fd, bytes));
	assert_int_equal(close(fd), 0);
}

/* Equal records have equal bytes: padding and views aside. */
static void
plain(struct record *r, char payload[RECORD_PAYLOAD])
{
	struct record p;

	memset(&p, 0, sizeof(p));
	memset(payload, 0, RECORD_PAYLOAD);
	memcpy(payload, r->payload.n == 0 ? "" : r->payload.p, r->payload.n);
	p.at = r->at;
	p.src = r->src;
	p.dst = r->dst;
	p.seq = r->seq;
	p.sport = r->sport;
	p.dport = r->dport;
	p.len = r->len;
	p.ip_id = r->ip_id;
	p.flags = r->flags;
	p.window = r->window;
	p.mss = r->mss;
	p.scale = r->scale;
	p.proto = r->proto;
	p.ttl = r->ttl;
	p.bits = r->bits;
	p.options = r->options;
	p.fingerprint = r->fingerprint;
	p.payload.n = r->payload.n;
	memcpy(r, &p, sizeof(p));
}

struct flat {
	struct record r;
	char payload[RECORD_PAYLOAD];
};

static int
flat_order(const void *x, const void *y)
{
	return memcmp(x, y, sizeof(struct flat));
}

static void
expect_same(struct flat *want, struct flat *got, size_t n)
{
	qsort(want, n, sizeof(*want), flat_order);
	qsort(got, n, sizeof(*got), flat_order);
	for (size_t i = 0; i < n; i++) {
		if (memcmp(&want[i], &got[i], sizeof(*want)) != 0)
			fail_msg("record %zu of %zu differs: at %lld %lld", i, n, (long long)want[i].r.at, (long long)got[i].r.at);
	}
}

/* All of a store, in no order. */
static size_t
read_all(struct arena *a, struct store *s, struct flat **ret)
{
	AUTO(segment_rows) rows = segment_rows_new();
	struct flat *all = NULL;
	size_t segments, n = 0, size = 0;

	(void)store_list(s, &segments);
	for (size_t i = 0; i < segments; i++) {
		struct segment *g;

		assert_ok(store_segment(s, i, &g));
		size += segment_info(g)->rows;
	}
	all = arena_many(a, struct flat, size + 1);
	for (size_t i = 0; i < segments; i++) {
		struct segment *g;

		assert_ok(store_segment(s, i, &g));
		for (uint32_t b = 0; b < segment_info(g)->blocks; b++) {
			assert_ok(segment_read(g, b, segment_columns(g), rows));
			for (uint32_t j = 0; j < rows->n; j++) {
				uint32_t sensor;

				assert_ok(segment_record(g, rows, j, &all[n].r, &sensor));
				plain(&all[n].r, all[n].payload);
				n++;
			}
		}
	}
	*ret = all;
	return n;
}

/* The sums in a segment, counted again from its rows. */
static void
check_sums(struct store *s, size_t at)
{
	const struct segment_ports *ports;
	const struct segment_sources *sources;
	const struct segment_sum *sum;
	struct segment_hour hour[24];
	struct segment *g;
	uint32_t n, packets = 0;
	unsigned hours;

	assert_ok(store_segment(s, at, &g));
	assert_ok(segment_port_sums(g, &ports));
	assert_ok(segment_source_rows(g, &sources));
	assert_int_equal(ports->first[ports->n], segment_info(g)->rows);
	for (uint32_t place = 0; place < ports->n; place++) {
		uint32_t all = 0, most = 0;

		assert_ok(segment_port_hours(g, place, hour, &hours));
		for (unsigned h = 0; h < hours; h++) {
			all += hour[h].packets;
			most = hour[h].sources > most ? hour[h].sources : most;
		}
		assert_int_equal(all, ports->first[place + 1] - ports->first[place]);
		assert_true(ports->sources[place] >= most && ports->sources[place] <= all);
	}
	for (unsigned by = 0; by < SEGMENT_BYS; by++) {
		packets = 0;
		assert_ok(segment_hours(g, (enum segment_by)by, &sum, &n));
		for (uint32_t i = 0; i < n; i++)
			packets += sum[i].packets;
		assert_int_equal(packets, segment_info(g)->rows);
	}
	packets = 0;
	for (uint32_t i = 0; i < sources->address.n; i++) {
		struct ip ip = segment_address(&sources->address, i);
		uint64_t blocks;
		uint32_t found;

		packets += sources->rows[i];
		assert_true(segment_source_find(sources, &ip, &found));
		assert_int_equal(found, i);
		assert_ok(segment_source_blocks(g, i, &blocks));
		assert_true(blocks != 0 && (segment_info(g)->blocks == 64 || blocks >> segment_info(g)->blocks == 0));
	}
	assert_int_equal(packets, segment_info(g)->rows);
	struct ip none = v4(0x01020304);

	assert_false(segment_source_find(sources, &none, &n));
}

/* One source of each list and more: found without the tables as with them, and all its rows. */
static void
check_index(struct store *s, size_t at, const char *folder)
{
	AUTO(arena) a = arena_new();
	AUTO(segment_rows) rows = segment_rows_new();
	AUTO(segment) g = NULL;
	const struct segment_sources *sources;
	const struct ip none = v4(0x01020304);
	const struct store_entry *list;
	uint32_t *run = arena_many(a, uint32_t, 2 * SEGMENT_BLOCK), found, packets, n;
	struct segment *known;

	list = store_list(s, &(size_t){ 0 });
	assert_ok(store_segment(s, at, &known));
	assert_ok(segment_source_rows(known, &sources));
	assert_ok(segment_open(arena_printf(a, "%s/%s.seg", folder, list[at].name), NULL, &g));
	assert_err(segment_source_number(g, &none, &found), ERR_NOT_FOUND);
	for (uint32_t i = 0; i < sources->address.n; i += i < 3 ? 1 : 1 + sources->address.n / 150) {
		struct ip ip = segment_address(&sources->address, i);
		uint64_t blocks;
		uint32_t all = 0;

		assert_ok(segment_source_number(g, &ip, &found));
		assert_int_equal(found, i);
		assert_ok(segment_source_packets(g, i, &packets));
		assert_int_equal(packets, sources->rows[i]);
		if (i > 3 && i % 5 != 0)
			continue;
		assert_ok(segment_source_blocks(g, i, &blocks));
		for (uint32_t b = 0; b < segment_info(g)->blocks; b++) {
			if ((blocks >> b & 1) == 0)
				continue;
			assert_ok(segment_source_runs(g, b, i, rows, run, &n));
			assert_true(n > 0);
			assert_ok(segment_read(g, b, SEGMENT_BIT(SEGMENT_SOURCE), rows));
			for (uint32_t j = 0; j < n; j++) {
				for (uint32_t row = run[2 * j]; row < run[2 * j + 1]; row++)
					assert_int_equal(rows->column[SEGMENT_SOURCE][row], i);
				all += run[2 * j + 1] - run[2 * j];
			}
		}
		assert_int_equal(all, packets);
	}
}

struct trip {
	uint32_t n, sources;
	bool strange, micro, ordered;
	unsigned payload;
	bool four;
};

static void
round_trip(void **state)
{
	static const struct trip trips[] = {
		{ 1, 1, false, false, true, 0 },
		{ 1000, 1, false, false, true, 0 },
		{ 20000, 300, false, false, true, 0 },
		{ 20000, 300, true, true, false, 0 },
		{ 150000, 20000, false, false, false, 0 },
		{ 70000, 50, true, false, false, 16 },
		{ 3000, 3000, false, true, true, 64 },
		{ 70000, 9000, false, false, true, 0, true },
	};

	for (size_t t = 0; t < COUNT(trips); t++) {
		AUTO(arena) a = arena_new();
		const char *folder = folder_new(a);
		const struct store_options options = { .microseconds = trips[t].micro, .payload = trips[t].payload, .sensor_of = sensor_of };
		struct flat *want = arena_many(a, struct flat, trips[t].n), *got;
		AUTO(store_writer) w = NULL;
		AUTO(store) s = NULL;
		size_t segments;

		(void)state;
		seed = 88172645463325252 + t;
		four = trips[t].four;
		assert_ok(store_open(folder, true, &s));
		assert_ok(store_writer_new(s, &options, &w));
		for (uint32_t i = 0; i < trips[t].n; i++) {
			struct record r = packet_any(trips[t].sources, trips[t].strange, trips[t].micro);
			char bytes[80];

			if (trips[t].ordered)
				r.at = FIRST + (int64_t)i * 28000000 / 1000 * 1000 / 10 / 1000 * 1000;
			memset(bytes, (int)any(200), sizeof(bytes));
			r.payload = (struct str){ bytes, any(2) * any(65) };
			assert_ok(store_add(w, &r, STORE_BY_ADDRESS));
			r.payload = str_take(r.payload, trips[t].payload);
			want[i].r = r;
			plain(&want[i].r, want[i].payload);
		}
		assert_ok(store_commit(w, "note"));
		assert_string_equal(store_note(s), "note");
		assert_int_equal(read_all(a, s, &got), trips[t].n);
		expect_same(want, got, trips[t].n);
		(void)store_list(s, &segments);
		for (size_t i = 0; i < segments; i++)
			check_index(s, i, folder);
		for (size_t i = 0; i < segments; i++)
			check_sums(s, i);
		folder_remove(a, folder);
	}
}

/* Some records in a new store. */
static const char *
small_store(struct arena *a, uint32_t n)
{
	const char *folder = folder_new(a);
	const struct store_options options = { .payload = 8 };
	AUTO(store_writer) w = NULL;
	AUTO(store) s = NULL;

	seed = 42;
	four = false;
	assert_ok(store_open(folder, true, &s));
	assert_ok(store_writer_new(s, &options, &w));
	for (uint32_t i = 0; i < n; i++) {
		struct record r = packet_any(9, false, false);

		r.payload = STR("payload");
		assert_ok(store_add(w, &r, STORE_BY_ADDRESS));
	}
	assert_ok(store_commit(w, NULL));
	return folder;
}

/* Whatever bit of the file flips, opening or verifying finds it, and so does reading what
 * it is in. */
static void
each_bit(void **state)
{
	struct arena *a = *state;
	const char *folder = small_store(a, 60), *path = arena_printf(a, "%s/20260901.0.seg", folder),
		   *copy = arena_printf(a, "%s/copy", folder);
	struct str bytes;

	assert_ok(files_read(a, path, 1 << 20, &bytes));
	char *p = arena_dupn(a, bytes.p, bytes.n);

	for (size_t bit = 0; bit < bytes.n * 8; bit++) {
		AUTO(segment) s = NULL;
		unsigned bad = 0;
		enum err e;

		p[bit / 8] = (char)(p[bit / 8] ^ 1 << bit % 8);
		put(copy, (struct str){ p, bytes.n });
		p[bit / 8] = bytes.p[bit / 8];
		e = segment_open(copy, NULL, &s);
		if (e == OK)
			assert_ok(segment_verify(s, &bad));
		if (e == OK && bad == 0)
			fail_msg("bit %zu of byte %zu (of %zu) is not found", bit % 8, bit / 8, bytes.n);
	}
	for (size_t n = 0; n < bytes.n; n++) { /* and each shorter file */
		AUTO(segment) s = NULL;

		assert_int_equal(truncate(copy, (off_t)(bytes.n - 1 - n)), 0);
		assert_err(segment_open(copy, NULL, &s), ERR_INVALID);
	}
	folder_remove(a, folder);
}

static void
later_version(void **state)
{
	struct arena *a = *state;
	const char *folder = small_store(a, 5), *path = arena_printf(a, "%s/20260901.0.seg", folder);
	AUTO(segment) s = NULL;
	struct str bytes;

	assert_ok(files_read(a, path, 1 << 20, &bytes));
	unsigned char *footer = (unsigned char *)arena_dupn(a, bytes.p, bytes.n) + bytes.n - 88;

	footer[64] = 2;
	for (uint64_t h = segment_hash(footer, 72), i = 0; i < 8; i++)
		footer[72 + i] = (unsigned char)(h >> (8 * i));
	assert_ok(files_write(path, (struct str){ (char *)footer + 88 - bytes.n, bytes.n }, 0600));
	assert_err(segment_open(path, NULL, &s), ERR_UNAVAILABLE);
	folder_remove(a, folder);
}

static size_t
files_in(const char *folder, const char *suffix)
{
	DIR *d = opendir(folder);
	size_t n = 0;

	assert_non_null(d);
	for (struct dirent *t; (t = readdir(d)) != NULL;)
		n += str_ends(str_of(t->d_name), str_of(suffix));
	assert_int_equal(closedir(d), 0);
	return n;
}

/* Parts of a day become one; nothing is seen before, nothing remains after. */
static void
commits(void **state)
{
	struct arena *a = *state;
	const char *folder = small_store(a, 500);
	const struct store_options options = { .payload = 8 };
	struct flat *before, *after;
	size_t n, m;
	struct record r;

	{
		AUTO(store) s = NULL;
		AUTO(store) reader = NULL;
		AUTO(store_writer) w = NULL;

		assert_ok(store_open(folder, true, &s));
		assert_ok(store_open(folder, false, &reader));
		assert_ok(store_writer_new(s, &options, &w));
		r = packet_any(9, false, false);
		assert_ok(store_add(w, &r, STORE_BY_ADDRESS));
		(void)store_list(reader, &n);
		assert_int_equal(n, 1);
		assert_ok(store_commit(w, "first"));
		assert_ok(store_reload(reader));
		(void)store_list(reader, &n);
		assert_int_equal(n, 2);
		assert_int_equal(n = read_all(a, reader, &before), 501);
	}
	{ /* given up: as if it had not been */
		AUTO(store) s = NULL;
		AUTO(store_writer) w = NULL;

		assert_ok(store_open(folder, true, &s));
		assert_ok(store_writer_new(s, &options, &w));
		assert_ok(store_replace(w, 0));
		store_writer_free(w);
		w = NULL;
		assert_int_equal(files_in(folder, ".tmp"), 0);
		assert_int_equal(files_in(folder, ".seg"), 2);
	}
	{
		AUTO(store) s = NULL;
		AUTO(store_writer) w = NULL;

		assert_ok(store_open(folder, true, &s));
		assert_ok(store_writer_new(s, &options, &w));
		assert_ok(store_replace(w, 0));
		assert_ok(store_replace(w, 1));
		assert_ok(store_commit(w, NULL));
		assert_string_equal(store_note(s), "first"); /* the last one that there was */
		(void)store_list(s, &m);
		assert_int_equal(m, 1);
		assert_int_equal(read_all(a, s, &after), n);
		expect_same(before, after, n);
		assert_int_equal(files_in(folder, ".seg"), 1);
	}
	folder_remove(a, folder);
}

/* A batch or a capture without order: a file for each day, not for each record. */
static void
days_in_turns(void **state)
{
	struct arena *a = *state;
	const char *folder = small_store(a, 10);
	const struct store_options options = { .payload = 8 };
	AUTO(store) s = NULL;
	AUTO(store_writer) w = NULL;
	struct flat *all;
	size_t n;

	assert_ok(store_open(folder, true, &s));
	assert_ok(store_writer_new(s, &options, &w));
	for (int i = 0; i < 2000; i++) {
		struct record r = packet_any(9, false, false);

		r.at += (1 + i * 7 % 40) * DAY;
		assert_ok(store_add(w, &r, STORE_BY_ADDRESS));
	}
	assert_ok(store_commit(w, NULL));
	(void)store_list(s, &n);
	assert_int_equal(n, 41);
	assert_int_equal(read_all(a, s, &all), 2010);
	assert_int_equal(store_written(w).records, 2000);
	folder_remove(a, folder);
}

static struct query_result
ask(struct arena *a, struct store *s, enum query_key first, enum query_key second, enum query_measure m, const char *where)
{
	struct query q = { .key = { first, second }, .keys = 2, .measure = m };
	struct query_result x;
	const char *fault;
	size_t at;

	assert_ok(filter_parse(a, str_of(where), &q.where, &fault, &at));
	assert_ok(query_run(a, s, &q, &x));
	return x;
}

static void
expect_equal(const struct query_result *x, const struct query_result *y)
{
	assert_true(x->n > 0);
	assert_int_equal(x->n, y->n);
	assert_int_equal(y->left_outs, 0);
	for (size_t i = 0; i < x->n; i++) {
		assert_string_equal(x->row[i].text[0], y->row[i].text[0]);
		assert_memory_equal(x->row[i].count, y->row[i].count, sizeof(x->row[i].count));
	}
}

static enum err
drop_bytes(void *object, uint16_t country, struct str bytes, bool first, bool last)
{
	(void)object;
	(void)country;
	(void)bytes;
	(void)first;
	(void)last;
	return OK;
}

/* What sums and indexes answer is what the rows say, also when only the first are made. */
static void
rows_agree(void **state)
{
	static const struct question {
		const char *where;
		enum query_key key[2];
		unsigned keys, top;
		enum query_measure measure;
	} questions[] = {
		{ "", { QUERY_PORT }, 1, 3, QUERY_PACKETS },
		{ "", { QUERY_PORT }, 1, 0, QUERY_PACKETS },
		{ "tcp", { QUERY_PORT }, 1, 1000, QUERY_PACKETS },
		{ "", { QUERY_NET }, 1, 5, QUERY_PACKETS },
		{ "", { QUERY_NET }, 1, 0, QUERY_PACKETS },
		{ "tcp dport 23", { QUERY_HOUR }, 1, 0, QUERY_PACKETS },
		{ "tcp dport 23", { QUERY_DAY }, 1, 0, QUERY_SOURCES },
		{ "tcp", { QUERY_PORT, QUERY_DAY }, 2, 0, QUERY_SOURCES },
		{ "src %s", { QUERY_DAY }, 1, 0, QUERY_PACKETS },
		{ "src %s", { QUERY_PORT }, 1, 4, QUERY_PACKETS },
		{ "src %s", { QUERY_PORT, QUERY_HOUR }, 2, 0, QUERY_PACKETS },
		{ "src %s and time >= 2026-09-01", { QUERY_PROTO }, 1, 0, QUERY_PACKETS },
		{ "src 192.0.2.77", { QUERY_PORT }, 1, 0, QUERY_PACKETS },
	};
	struct arena *a = *state;
	const char *folder = small_store(a, 90000);
	struct query_result busy;

	{
		AUTO(store) s = NULL;

		assert_ok(store_open(folder, false, &s));
		busy = ask(a, s, QUERY_SOURCE, QUERY_PROTO, QUERY_PACKETS, "");
	}
	for (size_t i = 0; i < COUNT(questions); i++) {
		const struct question *x = &questions[i];
		const char *where = x->where[0] != 's' ? x->where
		    : x->where[4] == '%' ? arena_printf(a, "src %s%s", busy.row[busy.n / 2].text[0], x->where + 6)
					 : x->where;
		struct query q = { .key = { x->key[0], x->key[1] }, .keys = x->keys, .top = x->top, .measure = x->measure };
		struct query_result fast, slow;
		AUTO(store) s = NULL;
		const char *fault;
		size_t at;

		assert_ok(store_open(folder, false, &s));
		assert_ok(filter_parse(a, str_of(where), &q.where, &fault, &at));
		assert_ok(query_run(a, s, &q, &fast));
		q.rows = true;
		assert_ok(query_run(a, s, &q, &slow));
		assert_int_equal(fast.n, slow.n);
		assert_int_equal(fast.groups, slow.groups);
		assert_int_equal(fast.left_outs + slow.left_outs, 0);
		assert_memory_equal(fast.others.count, slow.others.count, sizeof(fast.others.count));
		for (size_t j = 0; j < fast.n; j++) {
			assert_string_equal(fast.row[j].text[0], slow.row[j].text[0]);
			assert_memory_equal(fast.row[j].count, slow.row[j].count, sizeof(fast.row[j].count));
		}
	}
	folder_remove(a, folder);
}

static enum err
no_room(void *object, const struct query_record *x)
{
	(void)object;
	(void)x;
	return ERR_UNAVAILABLE;
}

/* First some fields go, then all but the sums; what is asked for that is gone is not answered wrongly. */
static void
retention(void **state)
{
	struct arena *a = *state;
	const char *folder = small_store(a, 800);
	struct query_result sources, hours, sensors, x;
	const struct iodef day = { .day = FIRST / DAY, .country = IODEF_ALL, .id = "x", .email = "x", .write = drop_bytes };
	struct iodef_written written;
	struct flat *before, *after;
	int64_t n;
	AUTO(store) s = NULL;
	size_t rows;

	assert_ok(store_open(folder, true, &s));
	rows = read_all(a, s, &before);
	sources = ask(a, s, QUERY_SOURCE, QUERY_PORT, QUERY_PACKETS, "ttl > 45");
	hours = ask(a, s, QUERY_PORT, QUERY_HOUR, QUERY_SOURCES, "tcp");
	sensors = ask(a, s, QUERY_SENSOR, QUERY_HOUR, QUERY_PACKETS, "");
	assert_ok(store_retain(s, FIRST / DAY + 10, 10, 0, &n));
	assert_int_equal(n, 0);
	assert_ok(store_retain(s, FIRST / DAY + 11, 10, 20, &n));
	assert_int_equal(n, 1);
	assert_ok(store_retain(s, FIRST / DAY + 11, 10, 20, &n));
	assert_int_equal(n, 0);
	assert_int_equal(files_in(folder, ".seg"), 1);
	for (size_t i = 0; i < rows; i++) {
		struct flat *f = &before[i];

		f->r.ip_id = f->r.window = 0;
		f->r.seq = 0;
		f->r.payload.n = 0;
		memset(f->payload, 0, sizeof(f->payload));
	}
	assert_int_equal(read_all(a, s, &after), rows);
	expect_same(before, after, rows);
	x = ask(a, s, QUERY_SOURCE, QUERY_PORT, QUERY_PACKETS, "ttl > 45");
	expect_equal(&sources, &x);
	x = ask(a, s, QUERY_SOURCE, QUERY_PORT, QUERY_PACKETS, "window 1024");
	assert_int_equal(x.left_outs, 1);
	assert_int_equal(x.left_out[0].why, ERR_NOT_FOUND);
	/* The reader's own trouble is none of the segment's. */
	assert_err(query_records(s, &(struct query){ .from = 0 }, no_room, NULL, &x, a), ERR_UNAVAILABLE);
	assert_ok(iodef_write(a, s, &day, &written));
	assert_true(written.records == rows && written.gone == 0);
	assert_ok(store_retain(s, FIRST / DAY + 21, 10, 20, &n));
	assert_int_equal(n, 1);
	assert_ok(iodef_write(a, s, &day, &written)); /* said, not taken for a quiet day */
	assert_true(written.records == 0 && written.gone == 1 && written.left_out == 0);
	x = ask(a, s, QUERY_PORT, QUERY_HOUR, QUERY_SOURCES, "tcp");
	expect_equal(&hours, &x);
	x = ask(a, s, QUERY_SENSOR, QUERY_HOUR, QUERY_PACKETS, "");
	expect_equal(&sensors, &x);
	x = ask(a, s, QUERY_SOURCE, QUERY_PORT, QUERY_PACKETS, "");
	assert_int_equal(x.left_outs, 1);
	assert_int_equal(x.left_out[0].why, ERR_NOT_FOUND);
	folder_remove(a, folder);
}

/* What a crash leaves: files without a line, half a line. */
static void
leftovers(void **state)
{
	struct arena *a = *state;
	const char *folder = small_store(a, 50), *manifest = arena_printf(a, "%s/MANIFEST", folder);
	struct flat *all;
	struct str text;

	assert_ok(files_write(arena_printf(a, "%s/20260902.0.seg", folder), STR("x"), 0600));
	assert_ok(files_write(arena_printf(a, "%s/20260903.0.tmp", folder), STR("x"), 0600));
	assert_ok(files_read(a, manifest, 1 << 20, &text));
	for (size_t cut = 1; cut < text.n; cut += 7) {
		AUTO(store) s = NULL;
		struct buf *b = buf_new(a, 1 << 20);

		buf_str(b, text);
		buf_str(b, str_take(text, text.n - cut));
		put(manifest, buf_view(b));
		assert_ok(store_open(folder, cut % 2 == 0, &s));
		assert_int_equal(read_all(a, s, &all), 50);
	}
	assert_int_equal(files_in(folder, ".seg"), 1);
	assert_int_equal(files_in(folder, ".tmp"), 0);
	for (size_t i = 0; i < text.n - 1; i++) { /* a finished line has no such excuse */
		AUTO(store) s = NULL;
		char *p = arena_dupn(a, text.p, text.n);

		p[i] ^= 4;
		put(manifest, (struct str){ p, text.n });
		if (p[i] == '\n')
			continue;
		assert_err(store_open(folder, false, &s), ERR_INVALID);
	}
	folder_remove(a, folder);
}

static void
hash_is_xxh64(void **state)
{
	static const struct row {
		const char *text;
		uint64_t hash;
	} rows[] = {
		{ "", 0xef46db3751d8e999 },
		{ "a", 0xd24ec4f1a98c6e5b },
		{ "abc", 0x44bc2cf5ad770999 },
		{ "Nobody inspects the spammish repetition", 0xfbcea83c8a378bf1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_true(segment_hash(rows[i].text, strlen(rows[i].text)) == rows[i].hash);
}

static void
names(void **state)
{
	(void)state;
	assert_true(segment_name_ok(STR("tokyo-1")) && segment_name_ok(STR("東京 1")));
	assert_false(segment_name_ok(STR("")) || segment_name_ok(STR("a\tb")) || segment_name_ok(STR("a\nb")));
	assert_false(segment_name_ok(STR("\x1b[31m")) || segment_name_ok(STR("\xff")) || segment_name_ok((struct str){ "a\0b", 3 }));
}

static void
numbers(void **state)
{
	AUTO(segment_code) k = segment_code_new();
	struct buf *b = buf_new(*state, 1 << 20);
	uint32_t v[1000], got[1000];
	struct str f;

	seed = 7;
	for (unsigned width = 1; width <= 32; width++) {
		for (size_t i = 0; i < COUNT(v); i++)
			v[i] = width == 32 && i % 3 == 0 ? UINT32_MAX : (uint32_t)((uint64_t)any(1u << 31) * 2 >> (32 - width));
		buf_clear(b);
		segment_put_sizes(k, b, v, COUNT(v));
		segment_put_planes(k, b, v, COUNT(v), 4);
		segment_put_sizes(k, b, v, 0);
		f = buf_view(b);
		assert_ok(segment_get_sizes(k, &f, got, COUNT(got)));
		assert_memory_equal(v, got, sizeof(v));
		assert_ok(segment_get_planes(k, &f, got, COUNT(got), 4));
		assert_memory_equal(v, got, sizeof(v));
		assert_ok(segment_get_sizes(k, &f, got, 0));
		assert_int_equal(f.n, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(hash_is_xxh64),
		UNIT_TEST(names),
		UNIT_TEST(numbers),
		UNIT_TEST(round_trip),
		UNIT_TEST(each_bit),
		UNIT_TEST(later_version),
		UNIT_TEST(commits),
		UNIT_TEST(days_in_turns),
		UNIT_TEST(rows_agree),
		UNIT_TEST(retention),
		UNIT_TEST(leftovers),
	};

	return cmocka_run_group_tests_name("segment", tests, NULL, NULL);
}
