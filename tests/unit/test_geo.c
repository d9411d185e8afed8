/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "directory/geo.h"
#include "sys/files.h"

static const char *
write_file(struct arena *a, const char *folder, const char *name, struct str bytes)
{
	const char *path = arena_printf(a, "%s/%s", folder, name);

	assert_ok(files_write(path, bytes, 0600));
	return path;
}

static const char *
folder_new(struct arena *a)
{
	char *path = arena_dup(a, "/tmp/test_geo_XXXXXX");

	assert_non_null(mkdtemp(path));
	return path;
}

static void
folder_remove(struct arena *a, const char *path)
{
	assert_int_equal(system(arena_printf(a, "rm -r '%s'", path)), 0);
}

static struct geo_answer
ask(const struct geo *g, const char *text)
{
	struct geo_answer answer;
	struct ip ip;

	assert_ok(ip_parse(str_of(text), &ip));
	geo_find(g, &ip, &answer);
	return answer;
}

/* A database of three networks, written as geo_location.c describes the format:
 * 192.0.2.0/24 with a narrower /25 in it, and 2001:db8::/32. */
struct node {
	uint32_t child[2], network;
};

static void
insert(struct node *node, uint32_t *n, const uint8_t *address, unsigned prefix, uint32_t network)
{
	uint32_t at = 0;

	for (unsigned i = 0; i < prefix; i++) {
		unsigned bit = address[i / 8] >> (7 - i % 8) & 1;

		if (node[at].child[bit] == 0) {
			node[*n] = (struct node){ { 0, 0 }, UINT32_MAX };
			node[at].child[bit] = (*n)++;
		}
		at = node[at].child[bit];
	}
	node[at].network = network;
}

static struct str
location_database(struct arena *a)
{
	static const char pool[] = "\0EXAMPLE-NET\0Beispiel AG";
	struct node *node = arena_many(a, struct node, 1000);
	uint8_t v4[16] = { [10] = 0xff, [11] = 0xff, [12] = 192, [13] = 0, [14] = 2 };
	uint8_t v6[16] = { 0x20, 0x01, 0x0d, 0xb8 };
	struct buf *b = buf_new(a, 1 << 20);
	uint32_t n = 1, at = 5000;

	node[0] = (struct node){ { 0, 0 }, UINT32_MAX };
	insert(node, &n, v4, 120, 0);
	v4[15] = 128;
	insert(node, &n, v4, 121, 1);
	insert(node, &n, v6, 32, 2);
	const struct {
		uint32_t size;
	} part[] = { { 16 }, { 36 }, { n * 12 }, { 0 }, { sizeof(pool) } };

	buf_add(b, "LOCDBXX\x01", 8);
	buf_u64(b, 1700000000);
	for (int i = 0; i < 3; i++)
		buf_u32(b, 0);
	for (size_t i = 0; i < COUNT(part); i++) {
		buf_u32(b, at);
		buf_u32(b, part[i].size);
		at += part[i].size;
	}
	while (b->n < 5000)
		buf_char(b, '\0');
	buf_u32(b, 64500);
	buf_u32(b, 1);
	buf_u32(b, 64501);
	buf_u32(b, 13);
	static const struct {
		const char *country;
		uint32_t as;
		uint16_t flags;
	} network[] = { { "JP", 64500, 0 }, { "PL", 64501, 4 }, { "XX", 64502, 8 } };

	for (size_t i = 0; i < 3; i++) {
		buf_text(b, network[i].country);
		buf_u16(b, 0);
		buf_u32(b, network[i].as);
		buf_u16(b, network[i].flags);
		buf_u16(b, 0);
	}
	for (uint32_t i = 0; i < n; i++) {
		buf_u32(b, node[i].child[0]);
		buf_u32(b, node[i].child[1]);
		buf_u32(b, node[i].network);
	}
	buf_add(b, pool, sizeof(pool));
	return buf_view(b);
}

static void
the_layers_complete_each_other(void **state)
{
	struct arena *a = *state;
	const char *folder = folder_new(a);
	struct geo_files files = {
		.country_v4 = write_file(a, folder, "v4",
		    STR("# Generated: Thu, 25 Jun 2026 04:33:59 GMT\n3221225984,3221225999,KR\n"
			"3221226000,3221226010,??\n")),
		.country_v6 = write_file(a, folder, "v6", STR("2001:db8::,2001:db8:0:ffff::,UY\n")),
		.location = write_file(a, folder, "db", location_database(a)),
		.own = write_file(a, folder, "own",
		    STR("network,country,as,name\n192.0.2.4/32,jp,64999,\"Our, own\"\n"
			"198.51.100.3-198.51.100.9,AR,,\nnonsense\n2001:db8:1::/48,,64998,Lab\n")),
	};
	AUTO(geo) g = geo_load(&files);

	assert_null(geo_missing(g));
	assert_string_equal(geo_attribution(g), "IPFire Location Database, CC BY-SA 4.0, 2026-06-25");
	/* the newer file has the country, the other one the AS */
	assert_string_equal(ask(g, "192.0.2.1").country, "KR");
	assert_int_equal(ask(g, "192.0.2.1").as_number, 64500);
	assert_string_equal(ask(g, "192.0.2.1").as_name, "EXAMPLE-NET");
	assert_string_equal(ask(g, "192.0.2.16").country, "JP"); /* "??": the next layer */
	assert_string_equal(ask(g, "192.0.2.200").country, "PL");
	assert_string_equal(ask(g, "192.0.2.200").as_name, "Beispiel AG");
	assert_int_equal(ask(g, "192.0.2.200").flags, GEO_ANYCAST);
	assert_string_equal(ask(g, "2001:db8::1").country, "UY");
	assert_int_equal(ask(g, "2001:db8::1").flags, GEO_HOSTILE);
	assert_int_equal(ask(g, "::ffff:192.0.2.1").as_number, 64500);
	/* the operator's word is above both */
	assert_string_equal(ask(g, "192.0.2.4").country, "JP");
	assert_string_equal(ask(g, "192.0.2.4").as_name, "Our, own");
	assert_string_equal(ask(g, "198.51.100.3").country, "AR");
	assert_string_equal(ask(g, "198.51.100.9").country, "AR");
	assert_string_equal(ask(g, "198.51.100.2").country, "");
	assert_string_equal(ask(g, "198.51.100.10").country, "");
	assert_int_equal(ask(g, "2001:db8:1::1").as_number, 64998);
	assert_string_equal(ask(g, "203.0.113.1").country, "");
	assert_int_equal(geo_source(g, GEO_OWN)->rows, 3);
	assert_int_equal(geo_source(g, GEO_OWN)->bad, 1);
	assert_int_equal(geo_source(g, GEO_OWN)->line, 4);
	assert_int_equal(geo_source(g, GEO_LOCATION)->rows, 3);
	assert_int_equal(geo_source(g, GEO_LOCATION)->made_at, INT64_C(1700000000000));
	folder_remove(a, folder);
}

static void
missing_data_say_what_to_install(void **state)
{
	struct geo_files files = { .country_v4 = "/nonexistent/geoip" };
	AUTO(geo) g = geo_load(&files);

	(void)state;
	assert_non_null(strstr(geo_missing(g), "apt install tor-geoipdb"));
	assert_string_equal(geo_attribution(g), "");
	assert_string_equal(ask(g, "192.0.2.1").country, "");
	assert_int_equal(geo_source(g, GEO_COUNTRY_V4)->state, ERR_NOT_FOUND);
}

static void
damaged_files_are_told(void **state)
{
	struct arena *a = *state;
	const char *folder = folder_new(a);
	struct str db = location_database(a);
	char *loop = arena_dupn(a, db.p, db.n);
	struct geo_files files = {
		.country_v4 = write_file(a, folder, "v4", STR("1,2,JP\n1,x,JP\n")),
		.country_v6 = write_file(a, folder, "v6", STR("2001:db8::,2001:db8::1,JP\n::,::1,JP\n")),
	};

	/* the first node's children lead back to itself by way of node 1 */
	loop[5000 + 16 + 36 + 12 + 3] = 1;
	files.location = write_file(a, folder, "db", (struct str){ loop, db.n });
	AUTO(geo) g = geo_load(&files);

	assert_int_equal(geo_source(g, GEO_COUNTRY_V4)->state, ERR_INVALID);
	assert_int_equal(geo_source(g, GEO_COUNTRY_V4)->line, 2);
	assert_int_equal(geo_source(g, GEO_COUNTRY_V6)->state, ERR_INVALID);
	assert_int_equal(geo_source(g, GEO_LOCATION)->state, ERR_INVALID);
	assert_non_null(geo_source(g, GEO_LOCATION)->fault);
	for (size_t cut = 0; cut < db.n; cut += 97) {
		files.location = write_file(a, folder, "cut", str_take(db, cut));
		AUTO(geo) shorter = geo_load(&files);

		assert_int_not_equal(geo_source(shorter, GEO_LOCATION)->state, OK);
	}
	folder_remove(a, folder);
}

static void
a_changed_file_is_read_within_a_minute(void **state)
{
	struct arena *a = *state;
	const char *folder = folder_new(a);
	struct geo_files files = { .own = write_file(a, folder, "own", STR("192.0.2.0/24,JP\n")) };
	AUTO(geo_holder) h = geo_holder_new(&files);
	const struct geo *old = geo_take(h, 1000);

	assert_string_equal(ask(old, "192.0.2.1").country, "JP");
	(void)write_file(a, folder, "own", STR("192.0.2.0/24,UY,64500,Someone\n"));
	const struct geo *same = geo_take(h, 1000 + CLOCK_MINUTE - 1);

	assert_ptr_equal(same, old);
	geo_give(h, same);
	const struct geo *fresh = geo_take(h, 1000 + CLOCK_MINUTE);

	assert_string_equal(ask(fresh, "192.0.2.1").country, "UY");
	assert_string_equal(ask(old, "192.0.2.1").country, "JP"); /* still in use */
	geo_give(h, old);
	geo_give(h, fresh);
	folder_remove(a, folder);
}

static void
the_packages_of_debian_are_read(void **state)
{
	AUTO(geo) g = NULL;

	(void)state;
	if (access(geo_files_debian.country_v4, R_OK) != 0) {
		print_message("tor-geoipdb is not installed\n");
		skip();
	}
	g = geo_load(&geo_files_debian);
	assert_int_equal(geo_source(g, GEO_COUNTRY_V4)->state, OK);
	assert_int_equal(geo_source(g, GEO_COUNTRY_V6)->state, OK);
	assert_string_equal(ask(g, "133.1.1.1").country, "JP");
	assert_string_equal(ask(g, "2001:240::1").country, "JP");
	assert_string_equal(ask(g, "192.0.2.1").country, "");
	if (geo_source(g, GEO_LOCATION)->state != OK)
		return;
	assert_int_equal(ask(g, "133.1.1.1").as_number, 4730);
	assert_string_equal(ask(g, "2001:240::1").as_name, "Internet Initiative Japan Inc.");
	assert_int_equal(ask(g, "1.1.1.1").flags & GEO_ANYCAST, GEO_ANYCAST);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(the_layers_complete_each_other),
		UNIT_TEST(missing_data_say_what_to_install),
		UNIT_TEST(damaged_files_are_told),
		UNIT_TEST(a_changed_file_is_read_within_a_minute),
		UNIT_TEST(the_packages_of_debian_are_read),
	};

	return cmocka_run_group_tests_name("geo", tests, NULL, NULL);
}
