/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_find.c - lookups a second on one core: a constituency of 100,000
 * networks, and country with AS from the files that Debian installs.
 *	ninja -C build bench/bench_find && build/bench/bench_find
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "directory/geo.h"
#include "directory/prefix_table.h"
#include "directory/responsible.h"

#define NETWORKS 100000
#define PROBES (1u << 20)
#define ROUNDS 16

static uint64_t seed = 88172645463325252u;

static uint32_t
dice(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 16);
}

static double
cpu_seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); /* always there on Linux */
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
print(const char *what, double seconds, size_t found)
{
	double n = (double)PROBES * ROUNDS;

	(void)printf("%-44s %7.1f million/s/core, %5.1f ns each, %2.0f %% found\n", what,
	    n / seconds / 1e6, seconds / n * 1e9, 100.0 * (double)found / n);
}

/* Three quarters IPv4 of /16 to /29, the rest IPv6 of /32 to /48 in 2000::/3. */
static void
network(struct ip_net *net, bool v6)
{
	*net = (struct ip_net){ .ip = { .v = v6 ? 6 : 4 } };
	for (int i = 0; i < 4; i++) {
		uint32_t r = dice();

		net->ip.byte[i] = (uint8_t)r;
		if (v6)
			net->ip.byte[4 + i] = (uint8_t)(r >> 8);
	}
	if (v6)
	{
		/* where the registries have given out most */
		static const uint8_t blocks[][2] = { { 0x20, 1 }, { 0x24, 8 }, { 0x26, 7 }, { 0x2a, 16 } };
		const uint8_t *b = blocks[dice() % 4];

		net->ip.byte[0] = b[0];
		net->ip.byte[1] = b[0] == 0x20 ? 1 : (uint8_t)(dice() % b[1]);
		net->ip.byte[2] &= 0x1f;
	}
	net->prefix = (uint8_t)(v6 ? 32 + dice() % 17 : 16 + dice() % 14);
	for (unsigned i = net->prefix; i < (v6 ? 128u : 32u); i++)
		net->ip.byte[i / 8] &= (uint8_t)~(0x80 >> i % 8);
}

static struct ip *
probes(const struct prefix_entry *list, bool v6)
{
	struct ip *p = calloc(PROBES, sizeof(*p));

	if (p == NULL)
		exit(1);
	for (size_t i = 0; i < PROBES; i++) {
		struct ip_net net;

		/* every other one inside a network of the list */
		network(&net, v6);
		if (list != NULL && dice() % 2 == 0) {
			do
				net = list[dice() % NETWORKS].net;
			while ((net.ip.v == 6) != v6);
		}
		net.ip.byte[v6 ? 15 : 3] |= (uint8_t)(dice() % 4);
		p[i] = net.ip;
	}
	return p;
}

static void
table(const char *what, const struct prefix_table *t, struct ip *p)
{
	size_t found = 0;
	double from = cpu_seconds();

	for (int round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < PROBES; i++)
			found += prefix_table_find(t, &p[i]) != PREFIX_NONE;
	}
	print(what, cpu_seconds() - from, found);
	free(p);
}

static void
places(const char *what, const struct geo *g, struct ip *p)
{
	size_t found = 0;
	double from = cpu_seconds();

	for (int round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < PROBES; i++) {
			struct geo_answer answer;

			geo_find(g, &p[i], &answer);
			found += answer.country[0] != '\0' && answer.as_number != 0;
		}
	}
	print(what, cpu_seconds() - from, found);
	free(p);
}

/* The same networks as the directory has them: scopes of organisations. */
static struct responsible *
directory(const struct prefix_entry *list)
{
	AUTO(arena) a = arena_new();
	struct responsible_scope *s = arena_many(a, struct responsible_scope, NETWORKS);

	for (uint32_t i = 0; i < NETWORKS; i++)
		s[i] = (struct responsible_scope){
			.organisation = i / 10 + 1,
			.member = i % 3 == 0,
			.kind = "prefix",
			.value = arena_printf(a, "%s/%d", ip_format(a, &list[i].net.ip), list[i].net.prefix),
		};
	return responsible_new(s, NETWORKS);
}

static void
whose(const char *what, const struct responsible *r, struct ip *p)
{
	size_t found = 0;
	double from = cpu_seconds();

	for (int round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < PROBES; i++) {
			size_t n;

			found += responsible_address(r, &p[i], &n) != NULL;
		}
	}
	print(what, cpu_seconds() - from, found);
	free(p);
}

int
main(void)
{
	struct prefix_entry *list = calloc(NETWORKS, sizeof(*list));
	AUTO(prefix_table) t = NULL;

	if (list == NULL)
		return 1;
	for (uint32_t i = 0; i < NETWORKS; i++) {
		network(&list[i].net, i % 4 == 0);
		list[i].value = i;
	}
	double from = cpu_seconds();

	if (prefix_table_new(list, NETWORKS, &t) != OK)
		return 1;
	(void)printf("%d networks: %zu ranges, %zu kB, made in %.0f ms\n", NETWORKS,
	    prefix_table_ranges(t), prefix_table_bytes(t) / 1024, (cpu_seconds() - from) * 1e3);
	table("constituency, IPv4", t, probes(list, false));
	table("constituency, IPv6", t, probes(list, true));
	from = cpu_seconds();
	AUTO(responsible) r = directory(list);

	(void)printf("directory: %zu scopes read in %.0f ms\n", responsible_count(r), (cpu_seconds() - from) * 1e3);
	whose("directory: whose is it, IPv4", r, probes(list, false));
	whose("directory: whose is it, IPv6", r, probes(list, true));
	free(list);

	from = cpu_seconds();
	AUTO(geo) g = geo_load(&geo_files_debian);

	(void)printf("country and AS: %s; read in %.0f ms\n",
	    geo_missing(g) == NULL ? geo_attribution(g) : geo_missing(g),
	    (cpu_seconds() - from) * 1e3);
	places("country and AS, IPv4", g, probes(NULL, false));
	places("country and AS, IPv6", g, probes(NULL, true));
	return 0;
}
