/* SPDX-License-Identifier: Apache-2.0 */
#include "demo/demo_telescope_store.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "collector/position.h"
#include "collector/sensors_store.h"
#include "collector/wal.h"
#include "db/db.h"
#include "directory/geo.h"
#include "observation/sighting_store.h"
#include "sys/files.h"
#include "telescope/query.h"
#include "telescope/record.h"
#include "telescope/store.h"

#define DAYS 60
#define HOUR_US (CLOCK_HOUR * 1000)
#define POOL 2600 /* sources that come again and again */
#define ADDRESSES 25 /* of each sensor */

static const struct {
	const char *name, *area, *place, *region, *addresses;
	uint8_t first; /* of 203.0.113.0/24 */
	unsigned weight; /* of 100: how much of all it sees */
} sensors[] = {
	{ "tokyo-1", "japan", "東京 (Tokyo)", "JP", "203.0.113.0/27", 1, 31 },
	{ "osaka-1", "japan", "大阪 (Osaka)", "JP", "203.0.113.32/27", 33, 27 },
	{ "seoul-1", "abroad", "서울 (Seoul)", "KR", "203.0.113.64/27", 65, 22 },
	{ "singapore-1", "abroad", "Singapore", "SG", "203.0.113.96/27", 97, 20 },
};

/* 4,096 addresses each, from 198.18.0.0 on; the numbers of AS are of RFC 5398. */
static const struct {
	const char *country, *name;
	uint32_t as;
	unsigned blocks; /* how many of them */
} places[] = {
	{ "CN", "Example Telecom", 64496, 8 }, { "US", "Example Cloud", 64497, 6 }, { "RU", "Example Hosting", 64498, 3 },
	{ "NL", "Example Colocation", 64499, 3 }, { "BR", "Example Banda Larga", 64500, 2 }, { "IN", "Example Broadband", 64501, 2 },
	{ "KR", "Example Networks", 64502, 2 }, { "VN", "Example Mekong", 64503, 2 }, { "DE", "Example Netz", 64504, 1 },
	{ "TW", "Example Formosa", 64505, 1 }, { "ID", "Example Nusantara", 64506, 1 }, { "JP", "Example Internet", 64507, 1 },
};

/* What comes all the time; of 100. */
static const struct {
	uint16_t port;
	uint8_t proto, fingerprint;
	unsigned weight;
} usual[] = {
	{ 23, RECORD_TCP, RECORD_MIRAI, 20 }, { 2323, RECORD_TCP, RECORD_MIRAI, 3 }, { 22, RECORD_TCP, RECORD_UNKNOWN, 10 },
	{ 445, RECORD_TCP, RECORD_UNKNOWN, 9 }, { 80, RECORD_TCP, RECORD_ZMAP_OLD, 7 }, { 443, RECORD_TCP, RECORD_ZMAP, 7 },
	{ 8080, RECORD_TCP, RECORD_MASSCAN, 6 }, { 3389, RECORD_TCP, RECORD_MASSCAN, 6 }, { 6379, RECORD_TCP, RECORD_ZMAP_LINUX, 4 },
	{ 5555, RECORD_TCP, RECORD_MIRAI, 4 }, { 1433, RECORD_TCP, RECORD_UNKNOWN, 3 }, { 8443, RECORD_TCP, RECORD_NMAP, 2 },
	{ 53, RECORD_UDP, RECORD_UNKNOWN, 4 }, { 123, RECORD_UDP, RECORD_UNKNOWN, 3 }, { 161, RECORD_UDP, RECORD_UNKNOWN, 2 },
	{ 1900, RECORD_UDP, RECORD_UNKNOWN, 3 }, { 5060, RECORD_UDP, RECORD_UNKNOWN, 3 }, { 8 * 256, RECORD_ICMP, RECORD_UNKNOWN, 4 },
};

struct maker {
	struct store_writer *w;
	uint32_t sensor[COUNT(sensors)];
	int64_t records[COUNT(sensors)];
	int64_t silent; /* from when on the last sensor is: somebody should look after it */
	uint64_t seed;
};

static uint32_t
below(struct maker *m, uint32_t n)
{
	/* PCG's step and its upper bits: packets, not secrets. */
	m->seed = m->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((m->seed >> 33) % n);
}

static struct ip
address(uint32_t n)
{
	return (struct ip){ .v = 4, .byte = { (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n } };
}

/* The ${i}th source: in blocks by the order of places, at random within. */
static struct ip
source(uint32_t i)
{
	uint32_t h = i * 2654435761u;

	return address(0xc6120000u + (h >> 15));
}

/* One that comes often is likelier. */
static struct ip
source_again(struct maker *m)
{
	return source(below(m, below(m, POOL) + 1));
}

static enum err
add(struct maker *m, struct record *r, int64_t hour)
{
	unsigned dice = below(m, 100), s = 0;

	while (s + 1 < COUNT(sensors) && dice >= sensors[s].weight)
		dice -= sensors[s++].weight;
	r->at = hour + (int64_t)below(m, 3600) * 1000000 + below(m, 1000) * 1000;
	if (s + 1 == COUNT(sensors) && r->at >= m->silent)
		s = 0;
	r->dst = address(0xcb007100u + sensors[s].first + below(m, ADDRESSES));
	r->sport = r->proto == RECORD_ICMP ? 0 : r->sport != 0 ? r->sport : (uint16_t)(1024 + below(m, 64000));
	r->ip_id = r->fingerprint == RECORD_ZMAP_OLD ? 54321 : (uint16_t)below(m, 65536);
	r->ttl = (uint8_t)(35 + below(m, 25));
	r->scale = RECORD_NO_SCALE;
	r->len = r->proto == RECORD_UDP ? (uint16_t)(40 + below(m, 60)) : r->proto == RECORD_TCP ? 44 : 84;
	if (r->proto == RECORD_TCP) {
		r->seq = r->fingerprint == RECORD_MIRAI
		    ? (uint32_t)r->dst.byte[0] << 24 | (uint32_t)r->dst.byte[1] << 16 | (uint32_t)r->dst.byte[2] << 8 | r->dst.byte[3]
		    : below(m, UINT32_MAX);
		r->window = r->fingerprint == RECORD_MASSCAN || r->fingerprint == RECORD_NMAP ? 1024 : (uint16_t)(5000 + below(m, 60000));
		r->mss = 1460;
		r->options = RECORD_OPTIONS_M;
		if (r->flags == 0)
			r->flags = RECORD_SYN;
	}
	m->records[s]++;
	return store_add(m->w, r, m->sensor[s]);
}

/* More by day in Asia, less by night; somewhat more each week. */
static uint32_t
packets_of(struct maker *m, int64_t hour, int64_t ago)
{
	static const uint8_t day[24] = { 92, 96, 100, 99, 97, 98, 100, 96, 92, 90, 86, 82, 78, 74, 70, 67, 64, 62, 63, 66, 72, 78, 84, 88 };
	uint32_t n = day[hour / HOUR_US % 24];

	return n + below(m, 14) + (uint32_t)((DAYS * 24 - ago) / 90);
}

static enum err
background(struct maker *m, int64_t hour, int64_t ago)
{
	uint32_t n = packets_of(m, hour, ago);

	for (uint32_t i = 0; i < n; i++) {
		unsigned dice = below(m, 100), u = 0;

		while (u + 1 < COUNT(usual) && dice >= usual[u].weight)
			dice -= usual[u++].weight;
		struct record r = { .src = source_again(m), .proto = usual[u].proto, .dport = usual[u].port, .fingerprint = usual[u].fingerprint };

		TRY(add(m, &r, hour));
	}
	return OK;
}

static enum err
many(struct maker *m, int64_t hour, uint32_t n, uint32_t from, uint16_t port, uint8_t fingerprint)
{
	for (uint32_t i = 0; i < n; i++) {
		struct record r = { .src = source(POOL + from + below(m, 900)), .proto = RECORD_TCP, .dport = port, .fingerprint = fingerprint };

		TRY(add(m, &r, hour));
	}
	return OK;
}

/* Packets of one source in an hour. */
static enum err
one(struct maker *m, int64_t hour, uint32_t n, struct record like)
{
	for (uint32_t i = 0; i < n; i++) {
		struct record r = like;

		if ((like.flags & RECORD_ACK) == 0)
			r.dport = (uint16_t)(1 + below(m, 10000));
		else
			r.dport = (uint16_t)(1024 + below(m, 64000));
		TRY(add(m, &r, hour));
	}
	return OK;
}

/* What stands out: told by the rules, not by us. */
static enum err
events(struct maker *m, int64_t hour, int64_t ago)
{
	/* A worm finds routers, three weeks ago and again the day before yesterday. */
	if ((ago <= 50 && ago > 44) || (ago <= 520 && ago > 515))
		TRY(many(m, hour, 260, 0, ago > 100 ? 8728 : 37215, RECORD_MIRAI));
	/* A campaign that begins slowly. */
	if (ago <= 9 * 24)
		TRY(many(m, hour, 3 + (uint32_t)(9 * 24 - ago) / 40, 1000, 9530, RECORD_UNKNOWN));
	/* One busy scanner. */
	if (ago <= 80 && ago > 56)
		TRY(one(m, hour, 130, (struct record){ .src = source(7), .proto = RECORD_TCP, .fingerprint = RECORD_MASSCAN }));
	/* Somebody is attacked, with our addresses as forged senders. */
	if (ago <= 130 && ago > 124)
		TRY(one(m, hour, 240,
		    (struct record){ .src = source(11), .proto = RECORD_TCP, .sport = 443, .flags = RECORD_SYN | RECORD_ACK, .fingerprint = RECORD_BACKSCATTER }));
	return OK;
}

static enum err
add_sensors(struct db *db, struct arena *a, struct actor by, int64_t ids[COUNT(sensors)])
{
	for (size_t i = 0; i < COUNT(sensors); i++) {
		struct sensor_row s = { .name = sensors[i].name, .area = sensors[i].area, .place = sensors[i].place,
			.region = sensors[i].region,
			.note = "デモ用の架空のセンサー。デモを作った時点まで送信 (invented; it sent until the demonstration was made)", .addresses = sensors[i].addresses };

		TRY(sensors_add(db, a, &s, (struct actor){ by.id, by.name, by.now - DAYS * CLOCK_DAY }, &ids[i]));
		/* As if it had enrolled and sent; the key is nobody's. */
		TRY(db_run(db, "UPDATE sensor SET state = 'active', public_key = ?2, enrolled_at = ?3 WHERE id = ?1", DB_INT(ids[i]),
		    DB_TEXT(arena_printf(a, "%064zx", i + 1)), DB_INT(by.now - DAYS * CLOCK_DAY + CLOCK_HOUR)));
	}
	return OK;
}

/* What the centre knows of each from its batches: the log begins with that. */
static enum err
add_health(struct arena *a, const char *folder, const struct maker *m, const int64_t ids[COUNT(sensors)], int64_t now)
{
	struct position p[COUNT(sensors)];
	const struct position *list[COUNT(sensors)];
	struct buf *b = buf_new(a, 65536);
	AUTO(wal) w = NULL;

	for (size_t i = 0; i < COUNT(sensors); i++) {
		int64_t last = i + 1 == COUNT(sensors) ? m->silent : now * 1000;
		uint64_t records = (uint64_t)m->records[i];

		p[i] = (struct position){ .sensor = (uint64_t)ids[i], .epoch = 1, .next = records / 12 + 1, .received_at = last, .made_at = last,
			.packet_at = last - 40000000, .batches = records / 12, .records = records, .received = records,
			.dropped = i == 1 ? 14 : 0, .version = TOBIGUCHI_VERSION };
		p[i].status[BATCH_CLOCKED] = 1;
		list[i] = &p[i];
	}
	position_write(list, COUNT(sensors), b);
	return wal_open(folder, 1, buf_view(b), &w);
}

static enum err
write_places(struct arena *a, const char *path)
{
	struct buf *b = buf_new(a, 4096);
	uint32_t at = 0xc6120000u;

	for (size_t i = 0; i < COUNT(places); i++)
		for (unsigned n = 0; n < places[i].blocks; n++, at += 4096) {
			struct ip ip = address(at);

			buf_printf(b, "%s/20,%s,%u,%s\n", ip_format(a, &ip), places[i].country, places[i].as, places[i].name);
		}
	return files_write(path, buf_view(b), 0644);
}

/* The rules look at the last three weeks, as they would have day by day. */
static enum err
notice(struct db *db, struct arena *a, struct store *s, struct actor by)
{
	struct sighting_limits limits = sighting_limits_read(db);
	int64_t to = by.now - by.now % CLOCK_HOUR;
	struct sighting *found;
	struct sighting_row *row;
	size_t n;
	int64_t total;

	TRY(sighting_run(a, s, &limits, SIGHTING_ALL, (to - 22 * CLOCK_DAY) * 1000, to * 1000, NULL, &found, &n));
	for (size_t i = 0; i < n; i++)
		TRY(sighting_keep(db, a, &found[i], &limits));
	TRY(sighting_list(db, a, "new", NULL, 0, 500, &row, &n, &total));
	for (size_t i = 0; i < n; i++)
		if (row[i].told < by.now - 12 * CLOCK_DAY)
			TRY(sighting_decide(db, a, &row[i], "note", "ルーターの脆弱性を狙う通信。前回と同じ傾向のため経過を見る。", 0,
			    (struct actor){ by.id, by.name, row[i].told + 3 * CLOCK_HOUR }));
	return OK;
}

enum err
demo_telescope(struct db *db, struct arena *a, const char *data, struct actor by)
{
	const char *own = arena_printf(a, "%s/places.csv", data);
	AUTO(store) s = NULL;
	AUTO(store_writer) w = NULL;
	AUTO(geo) geo = NULL;
	struct maker m = { .seed = 2005, .silent = (by.now - 26 * CLOCK_HOUR) * 1000 };
	int64_t ids[COUNT(sensors)], last = by.now * 1000 - by.now * 1000 % HOUR_US;
	size_t n;

	TRY(store_open(arena_printf(a, "%s/telescope/store", data), true, &s));
	if (store_list(s, &n), n > 0)
		return ERR_EXISTS;
	TRY(write_places(a, own));
	geo = geo_load(&(struct geo_files){ .own = own });
	TRY(store_writer_new(s, &(struct store_options){ .geo = geo }, &w));
	TRY(add_sensors(db, a, by, ids));
	m.w = w;
	for (size_t i = 0; i < COUNT(sensors); i++)
		TRY(store_sensor(w, str_of(sensors[i].name), &m.sensor[i]));
	for (int64_t ago = DAYS * 24; ago > 0; ago--) {
		TRY(background(&m, last - ago * HOUR_US, ago));
		TRY(events(&m, last - ago * HOUR_US, ago));
	}
	TRY(store_commit(w, NULL));
	TRY(add_health(a, arena_printf(a, "%s/telescope/wal", data), &m, ids, by.now));
	TRY(store_reload(s));
	return notice(db, a, s, by);
}
