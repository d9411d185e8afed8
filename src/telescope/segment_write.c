/* SPDX-License-Identifier: Apache-2.0 */
/* segment_write.c - gathered rows are sorted and become a file. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "directory/geo.h"
#include "sys/files.h"
#include "telescope/segment_build.h"
#include "telescope/segment_build_priv.h"
#include "telescope/segment_code.h"
#include "text/value.h"

#define HOURS 24
#define HOUR_MS 3600000
#define DAY_MS 86400000
#define COUNTRIES (27 * 27) /* two letters, or none */
#define AHEAD 24	    /* rows fetched before they are needed: they lie anywhere */

/* A row while it is sorted; what the sums by hour need travels with it. */
struct item {
	uint32_t row;	 /* and above: hour, fingerprint */
	uint32_t source; /* its rank */
	uint32_t slot;
};
#define ROW_BITS 22
#define HOUR_BITS 5

static inline uint32_t
item_row(const struct item *i)
{
	return i->row & ((1u << ROW_BITS) - 1);
}

static inline uint32_t
item_hour(const struct item *i)
{
	return i->row >> ROW_BITS & ((1u << HOUR_BITS) - 1);
}

static inline uint32_t
item_fingerprint(const struct item *i)
{
	return i->row >> (ROW_BITS + HOUR_BITS);
}
_Static_assert(SEGMENT_ROWS <= 1 << ROW_BITS, "a row's number fits");
_Static_assert(RECORD_FINGERPRINTS <= 32, "a fingerprint fits");

struct usual { /* of one source, by rank */
	uint32_t value[USUALS];
	uint64_t blocks; /* that it is in */
};

struct sums {
	uint32_t packets[HOURS], sources[HOURS];
};

struct hour_sums { /* of one port */
	uint32_t packets[HOURS], sources[HOURS], targets[HOURS];
	uint32_t all_sources, all_targets;
};

/* Columns of one block on their way into parts. */
struct predicted {
	uint64_t missed[SEGMENT_BLOCK / 64];
	uint32_t value[SEGMENT_BLOCK + 1];
	uint32_t n;
	uint32_t before;
};
/* Rows are gathered from where they lie in memory a stretch at a time; then each column is
 * done by itself, in loops that a compiler can do on many numbers at once. */
#define STRETCH 2048
struct stretch {
	uint32_t value[USUALS][STRETCH + 1]; /* first that of the row before */
	uint32_t usual[USUALS][STRETCH];     /* USUAL_NONE also where no run begins */
	uint32_t payload[STRETCH];
	uint32_t start[STRETCH], target[STRETCH]; /* 0 or 1; IPv4 address or 0 */
	uint32_t fingerprint[STRETCH], port[STRETCH];
	unsigned char missed[STRETCH];
};
struct column_work {
	uint64_t run[SEGMENT_BLOCK / 64];
	/* one longer: of the last row both ways are written */
	uint32_t gap[SEGMENT_BLOCK + 1], at[SEGMENT_BLOCK + 1], later[SEGMENT_BLOCK + 1];
	uint32_t target[SEGMENT_BLOCK + 1], step[SEGMENT_BLOCK + 1];
	uint32_t micro[SEGMENT_BLOCK];
	uint32_t starts, follow;
	struct predicted usual[USUALS], payload;
	struct stretch stretch;
};

struct segment_work {
	struct item *item, *other;
	uint32_t items;
	uint32_t *rank;	   /* of source numbers */
	uint32_t *order;   /* source numbers by rank */
	uint32_t *scratch;
	struct usual *usual;
	uint16_t *country;
	uint32_t *as;
	uint32_t sources;  /* that there is room for */
	uint32_t *target_rank;
	uint32_t *target_order;
	uint32_t *target_sensor; /* number among those of this segment */
	uint32_t *target_v4; /* address, or 0 for IPv6 */
	uint32_t targets;
	uint32_t *stamp;   /* HOURS + 1 for each target: the port that was counted last */
	uint32_t stamps;
	uint32_t *sensor_number; /* of names in this segment */
	const char **sensor_name;
	uint32_t sensors;
	struct sums *sensor_sum;
	struct sums country_sum[COUNTRIES], fingerprint_sum[RECORD_FINGERPRINTS], all_sum;
	struct column_work column;
	struct buf frame, rollup, out;
	uint32_t *port_slot, *port_rows, *port_sources, *port_targets;
	uint32_t ports, port_size;
	struct segment_entry *entry;
	uint32_t entries, entry_size;
};

static void *
sized(void *old, size_t n, size_t each)
{
	free(old);
	old = reallocarray(NULL, n == 0 ? 1 : n, each);
	if (old == NULL)
		abort(); /* as the arena does */
	return segment_build_large(old, n * each);
}

void
segment_work_free(struct segment_work *w)
{
	if (w == NULL)
		return;
	free(w->item);
	free(w->other);
	free(w->rank);
	free(w->order);
	free(w->scratch);
	free(w->usual);
	free(w->country);
	free(w->as);
	free(w->target_rank);
	free(w->target_order);
	free(w->target_sensor);
	free(w->target_v4);
	free(w->stamp);
	free(w->sensor_number);
	free(w->sensor_name);
	free(w->sensor_sum);
	free(w->port_slot);
	free(w->port_rows);
	free(w->port_sources);
	free(w->port_targets);
	free(w->entry);
	buf_done(&w->frame);
	buf_done(&w->rollup);
	buf_done(&w->out);
	free(w);
}

static struct segment_work *
work_get(struct segment_build *b)
{
	struct segment_work *w = b->work;

	if (w == NULL) {
		w = calloc(1, sizeof(*w));
		if (w == NULL)
			abort(); /* as the arena does */
		buf_init(&w->frame, LIMIT_MIB(512));
		buf_init(&w->rollup, LIMIT_MIB(512));
		buf_init(&w->out, LIMIT_MIB(512));
		b->work = w;
	}
	if (w->items < b->rows) {
		w->items = b->rows + b->rows / 4;
		w->item = sized(w->item, w->items, sizeof(*w->item));
		w->other = sized(w->other, w->items, sizeof(*w->other));
	}
	if (w->sources < b->sources) {
		w->sources = b->sources + b->sources / 4;
		w->rank = sized(w->rank, w->sources, sizeof(*w->rank));
		w->order = sized(w->order, w->sources, sizeof(*w->order));
		w->scratch = sized(w->scratch, w->sources, sizeof(*w->scratch));
		w->usual = sized(w->usual, w->sources, sizeof(*w->usual));
		w->country = sized(w->country, w->sources, sizeof(*w->country));
		w->as = sized(w->as, w->sources, sizeof(*w->as));
	}
	if (w->targets < b->targets) {
		w->targets = b->targets;
		w->target_rank = sized(w->target_rank, w->targets, sizeof(uint32_t));
		w->target_order = sized(w->target_order, w->targets, sizeof(uint32_t));
		w->target_sensor = sized(w->target_sensor, w->targets, sizeof(uint32_t));
		w->target_v4 = sized(w->target_v4, w->targets, sizeof(uint32_t));
		w->stamps = w->targets * (HOURS + 1);
		w->stamp = sized(w->stamp, w->stamps, sizeof(*w->stamp));
	}
	memset(w->stamp, 0, w->stamps * sizeof(*w->stamp));
	memset(w->country_sum, 0, sizeof(w->country_sum));
	memset(w->fingerprint_sum, 0, sizeof(w->fingerprint_sum));
	memset(&w->all_sum, 0, sizeof(w->all_sum));
	w->ports = w->entries = 0;
	return w;
}

/* Sorting */

static int
address_order(const struct address *x, const struct address *y)
{
	if (x->v != y->v)
		return x->v < y->v ? -1 : 1;
	if (x->high != y->high)
		return x->high < y->high ? -1 : 1;
	return x->low < y->low ? -1 : x->low > y->low;
}

static int
source_order(const void *x, const void *y, void *object)
{
	const struct segment_build *b = object;

	return address_order(&b->source[*(const uint32_t *)x].address, &b->source[*(const uint32_t *)y].address);
}

static int
target_order(const void *x, const void *y, void *object)
{
	const struct segment_build *b = object;
	const struct target *p = &b->target[*(const uint32_t *)x], *q = &b->target[*(const uint32_t *)y];
	int by = address_order(&p->address, &q->address);

	return by != 0 ? by : p->name < q->name ? -1 : p->name > q->name;
}

static unsigned
size_of(uint32_t n)
{
	return n == 0 ? 0 : 32 - (unsigned)__builtin_clz(n);
}

/* IPv4 addresses by eleven bits at a time. */
static void
radix_addresses(const struct segment_build *b, uint32_t *order, uint32_t *scratch, uint32_t n)
{
	for (unsigned shift = 0; shift < 33; shift += 11) {
		uint32_t count[2048] = { 0 }, *swap;

		for (uint32_t i = 0; i < n; i++)
			count[b->source[order[i]].address.low >> shift & 2047]++;
		for (uint32_t i = 0, sum = 0; i < COUNT(count); i++) {
			uint32_t here = count[i];

			count[i] = sum;
			sum += here;
		}
		for (uint32_t i = 0; i < n; i++)
			scratch[count[b->source[order[i]].address.low >> shift & 2047]++] = order[i];
		swap = order;
		order = scratch;
		scratch = swap;
	}
	/* Three passes: what is sorted now lies in the caller's scratch. */
	memcpy(scratch, order, n * sizeof(*order));
}

/* The busiest sources first, by powers of two, then by address: a few numbers then
 * stand for most packets, and addresses still lie in ascending lists. */
static void
rank_sources(const struct segment_build *b, struct segment_work *w)
{
	uint32_t n4 = 0, n6 = 0, count[33] = { 0 };

	for (uint32_t i = 0; i < b->sources; i++)
		n4 += b->source[i].address.v == 4;
	for (uint32_t i = 0, at4 = 0; i < b->sources; i++) {
		if (b->source[i].address.v == 4)
			w->rank[at4++] = i;
		else
			w->rank[n4 + n6++] = i;
		count[32 - size_of(b->source[i].rows)]++;
	}
	radix_addresses(b, w->rank, w->scratch, n4);
	qsort_r(w->rank + n4, n6, sizeof(*w->rank), source_order, (void *)(uintptr_t)b);
	for (uint32_t i = 0, sum = 0; i < COUNT(count); i++) {
		uint32_t here = count[i];

		count[i] = sum;
		sum += here;
	}
	for (uint32_t i = 0; i < b->sources; i++)
		w->order[count[32 - size_of(b->source[w->rank[i]].rows)]++] = w->rank[i];
	for (uint32_t i = 0; i < b->sources; i++) {
		const struct source *s = &b->source[w->order[i]];
		const uint32_t value[USUALS] = { s->sport, s->ttl, s->shape, s->ip_id, s->window, s->seq };

		w->rank[w->order[i]] = i;
		w->usual[i].blocks = 0;
		for (unsigned u = 0; u < USUALS; u++)
			w->usual[i].value[u] = (s->habits >> u & 1) != 0 ? value[u] : USUAL_NONE;
	}
}

static void
rank_targets(const struct segment_build *b, struct segment_work *w, const char *const *name)
{
	uint32_t largest = 0;

	for (uint32_t i = 0; i < b->targets; i++) {
		w->target_order[i] = i;
		largest = b->target[i].name > largest ? b->target[i].name : largest;
	}
	qsort_r(w->target_order, b->targets, sizeof(uint32_t), target_order, (void *)(uintptr_t)b);
	w->sensor_number = sized(w->sensor_number, (size_t)largest + 1, sizeof(uint32_t));
	memset(w->sensor_number, 0xff, ((size_t)largest + 1) * sizeof(uint32_t));
	w->sensor_name = sized(w->sensor_name, (size_t)largest + 1, sizeof(char *));
	w->sensors = 0;
	for (uint32_t i = 0; i < b->targets; i++) {
		const struct target *t = &b->target[w->target_order[i]];
		uint32_t of = t->name;

		w->target_rank[w->target_order[i]] = i;
		if (w->sensor_number[of] == UINT32_MAX) {
			w->sensor_name[w->sensors] = name[of];
			w->sensor_number[of] = w->sensors++;
		}
		w->target_sensor[i] = w->sensor_number[of];
		w->target_v4[i] = t->address.v == 4 ? (uint32_t)t->address.low : 0;
	}
	w->sensor_sum = sized(w->sensor_sum, w->sensors, sizeof(struct sums));
	memset(w->sensor_sum, 0, w->sensors * sizeof(struct sums));
}

/* One pass of a radix sort: stable, by ${bits} bits of one of an item's words. */
#define PASS(name, field)                                                                          \
	static void name(struct segment_work *w, uint32_t n, unsigned shift, unsigned bits)         \
	{                                                                                          \
		uint32_t count[2048] = { 0 }, sum = 0, mask = (1u << bits) - 1;                     \
		struct item *from = w->item, *to = w->other;                                       \
                                                                                                   \
		for (uint32_t i = 0; i < n; i++)                                                   \
			count[from[i].field >> shift & mask]++;                                    \
		for (uint32_t i = 0; i <= mask; i++) {                                             \
			uint32_t here = count[i];                                                  \
                                                                                                   \
			count[i] = sum;                                                            \
			sum += here;                                                               \
		}                                                                                  \
		for (uint32_t i = 0; i < n; i++)                                                   \
			to[count[from[i].field >> shift & mask]++] = from[i];                      \
		w->item = to;                                                                      \
		w->other = from;                                                                   \
	}
PASS(pass_source, source)
PASS(pass_slot, slot)

static void
sort_by(struct segment_work *w, uint32_t n, unsigned bits, void (*pass)(struct segment_work *, uint32_t, unsigned, unsigned))
{
	unsigned passes = (bits + 10) / 11;

	for (unsigned i = 0, shift = 0; i < passes; i++) {
		unsigned here = (bits - shift + passes - i - 1) / (passes - i);

		pass(w, n, shift, here);
		shift += here;
	}
}

static void
sort_by_time(const struct segment_build *b, struct segment_work *w)
{
	for (uint32_t i = 0; i < b->rows; i++)
		w->item[i] = (struct item){ .row = i, .slot = segment_row(b, i)->at };
	sort_by(w, b->rows, size_of(DAY_MS), pass_slot);
}

static void
items(const struct segment_build *b, struct segment_work *w)
{
	if (!b->ordered)
		sort_by_time(b, w);
	for (uint32_t i = 0; i < b->rows; i++) {
		uint32_t row = b->ordered ? i : w->item[i].row;
		const struct row *r = segment_row(b, row);

		if (b->ordered && i + AHEAD < b->rows)
			__builtin_prefetch(&w->rank[segment_row(b, i + AHEAD)->source]);
		w->item[i] = (struct item){ .row = row | r->at / HOUR_MS << ROW_BITS | (uint32_t)r->fingerprint << (ROW_BITS + HOUR_BITS),
			.source = w->rank[r->source], .slot = segment_row_slot(r) };
	}
}

/* Places and sums by hour */

static struct ip
ip_of(const struct address *x)
{
	struct ip ip = { .v = (uint8_t)x->v };

	for (unsigned i = 0; i < 8; i++) {
		if (x->v == 6) {
			ip.byte[i] = (uint8_t)(x->high >> (56 - 8 * i));
			ip.byte[8 + i] = (uint8_t)(x->low >> (56 - 8 * i));
		} else if (i < 4) {
			ip.byte[i] = (uint8_t)(x->low >> (24 - 8 * i));
		}
	}
	return ip;
}

static void
places(const struct segment_build *b, struct segment_work *w, const struct geo *geo)
{
	for (uint32_t i = 0; i < b->sources; i++) {
		struct geo_answer answer = { .country = "" };
		const struct ip ip = ip_of(&b->source[w->order[i]].address);

		if (geo != NULL)
			geo_find(geo, &ip, &answer);
		w->country[i] = (uint16_t)((uint8_t)answer.country[0] << 8 | (answer.country[0] == '\0' ? 0 : (uint8_t)answer.country[1]));
		w->as[i] = answer.as_number;
	}
}

static unsigned
country_number(uint16_t c)
{
	unsigned first = (c >> 8) - 'A', second = (c & 255) - 'A';

	return first < 26 && second < 26 ? 1 + first * 26 + second : 0;
}

static uint16_t
country_of(unsigned number)
{
	return number == 0 ? 0 : (uint16_t)(('A' + (number - 1) / 26) << 8 | ('A' + (number - 1) % 26));
}

/* Items are by source and time now: each source's hours come in order. */
static void
sum_hours(const struct segment_build *b, struct segment_work *w)
{
	uint32_t source = UINT32_MAX, hour = 0, seen = 0;
	struct sums *country = NULL;

	for (uint32_t i = 0; i < b->rows; i++) {
		const struct item *it = &w->item[i];
		uint32_t fingerprint = item_fingerprint(it);

		if (it->source != source || item_hour(it) != hour) {
			source = it->source;
			hour = item_hour(it);
			seen = 0;
			country = &w->country_sum[country_number(w->country[source])];
			country->sources[hour]++;
			w->all_sum.sources[hour]++;
		}
		country->packets[hour]++;
		w->all_sum.packets[hour]++;
		w->fingerprint_sum[fingerprint].packets[hour]++;
		w->fingerprint_sum[fingerprint].sources[hour] += (seen >> fingerprint & 1) == 0;
		seen |= 1u << fingerprint;
	}
}

/* Frames */

static enum err
flush(struct segment_work *w, int fd)
{
	enum err e = buf_error(&w->out);

	if (e == OK)
		e = files_write_fd(fd, buf_view(&w->out));
	buf_clear(&w->out);
	return e;
}

/* What is in ${b} is a frame of the file. */
static void
frame(struct segment_work *w, unsigned kind, uint32_t number, struct buf *b)
{
	if (w->entries == w->entry_size) {
		w->entry_size = w->entry_size * 2 + 256;
		w->entry = reallocarray(w->entry, w->entry_size, sizeof(*w->entry));
		if (w->entry == NULL)
			abort(); /* as the arena does */
	}
	w->entry[w->entries++] = (struct segment_entry){ .kind = (uint16_t)kind, .number = (uint16_t)number, .n = (uint32_t)b->n,
		.hash = segment_hash(b->p, b->n) };
	buf_str(&w->out, buf_view(b));
	if (b->failed)
		w->out.failed = true;
	buf_clear(b);
}

static void
predicted_begin(struct predicted *p, uint32_t n)
{
	memset(p->missed, 0, (n + 63) / 64 * 8);
	p->n = p->before = 0;
}

static inline void
predict(struct predicted *p, uint32_t i, uint32_t value, uint32_t foreseen)
{
	bool missed = value != foreseen;

	p->missed[i / 64] |= (uint64_t)missed << (i % 64);
	p->value[p->n] = value;
	p->n += missed;
	p->before = value;
}

static void
predicted_put(struct segment_work *w, struct segment_code *k, unsigned column, uint32_t block, const struct predicted *p, uint32_t n,
    unsigned width)
{
	segment_put_bits(k, &w->frame, p->missed, n);
	segment_put_planes(k, &w->frame, p->value, p->n, width);
	frame(w, FRAME_COLUMN + column, block, &w->frame);
}

/* A block's columns */

struct cursor { /* of the walk through all rows */
	uint32_t slot, source, target, at, hour;
	struct hour_sums port;
	uint32_t first; /* row of the port */
};

static void
rollup_put(struct segment_work *w, const struct hour_sums *h)
{
	uint32_t hours = 0;

	for (unsigned i = 0; i < HOURS; i++)
		hours |= (uint32_t)(h->packets[i] > 0) << i;
	for (unsigned i = 0; i < 3; i++)
		buf_char(&w->rollup, (char)(hours >> (8 * i)));
	for (; hours != 0; hours &= hours - 1) {
		unsigned i = (unsigned)__builtin_ctz(hours);

		segment_put_number(&w->rollup, h->packets[i]);
		if (h->packets[i] == 1)
			continue; /* of one source, at one target */
		segment_put_number(&w->rollup, h->sources[i]);
		segment_put_number(&w->rollup, h->targets[i]);
	}
}

static void
rollup_flush(struct segment_work *w, struct segment_code *k, uint32_t number)
{
	segment_put(k, &w->frame, w->rollup.p, w->rollup.n, true);
	if (w->rollup.failed)
		w->frame.failed = true;
	frame(w, FRAME_ROLLUP, number, &w->frame);
	buf_clear(&w->rollup);
}

static void
port_end(struct segment_work *w, struct segment_code *k, struct cursor *c, uint32_t row)
{
	if (w->ports == w->port_size) {
		w->port_size = w->port_size * 2 + 4096;
		w->port_slot = reallocarray(w->port_slot, w->port_size, sizeof(uint32_t));
		w->port_rows = reallocarray(w->port_rows, w->port_size, sizeof(uint32_t));
		w->port_sources = reallocarray(w->port_sources, w->port_size, sizeof(uint32_t));
		w->port_targets = reallocarray(w->port_targets, w->port_size, sizeof(uint32_t));
		if (w->port_slot == NULL || w->port_rows == NULL || w->port_sources == NULL || w->port_targets == NULL)
			abort(); /* as the arena does */
	}
	w->port_slot[w->ports] = c->slot;
	w->port_rows[w->ports] = row - c->first;
	w->port_sources[w->ports] = c->port.all_sources;
	w->port_targets[w->ports] = c->port.all_targets;
	rollup_put(w, &c->port);
	w->ports++;
	if (w->ports % ROLLUP_PORTS == 0)
		rollup_flush(w, k, w->ports / ROLLUP_PORTS - 1);
	memset(&c->port, 0, sizeof(c->port));
	c->first = row;
}

/* A row of port number ${w->ports}: who of its hour is new? */
static inline void
count_row(struct segment_work *w, struct cursor *c, bool fresh, uint32_t hour, uint32_t target, uint32_t targets)
{
	uint32_t stamp = w->ports + 1, *of_hour = &w->stamp[(size_t)hour * targets + target],
		 *of_day = &w->stamp[(size_t)HOURS * targets + target];

	c->port.packets[hour]++;
	c->port.sources[hour] += fresh | (hour != c->hour);
	c->port.all_sources += fresh;
	c->port.targets[hour] += *of_hour != stamp;
	*of_hour = stamp;
	c->port.all_targets += *of_day != stamp;
	*of_day = stamp;
	w->sensor_sum[w->target_sensor[target]].packets[hour]++;
}

/* Rows begin and go on as they like: both ways are written, and one of them counts. */
static inline void
row_put(const struct segment_build *b, struct segment_work *w, struct cursor *c, const struct item *it, const struct row *r,
    uint32_t i, uint32_t j, uint32_t target, bool start)
{
	struct column_work *o = &w->column;
	struct stretch *t = &o->stretch;
	const uint32_t *u = w->usual[it->source].value;
	uint32_t none = (uint32_t)start - 1; /* all bits set where none begins */

	/* Distances only within one port of one block: each can be read alone. */
	o->gap[o->starts] = segment_either((i > 0) & (it->slot == c->slot), it->source - c->source - 1, it->source);
	o->at[o->starts] = r->at;
	o->target[o->starts] = target;
	o->starts += start;
	o->later[o->follow] = r->at - c->at;
	o->step[o->follow] = target - c->target + segment_either(target < c->target, b->targets, 0);
	o->follow += !start;
	t->value[USUAL_SPORT][j + 1] = r->sport;
	t->value[USUAL_TTL][j + 1] = r->ttl;
	t->value[USUAL_SHAPE][j + 1] = r->shape;
	t->value[USUAL_WINDOW][j + 1] = r->window;
	t->value[USUAL_SEQ][j + 1] = r->seq;
	t->value[USUAL_IP_ID][j + 1] = r->ip_id;
	t->usual[USUAL_SPORT][j] = u[USUAL_SPORT] | none;
	t->usual[USUAL_TTL][j] = u[USUAL_TTL] | none;
	t->usual[USUAL_SHAPE][j] = u[USUAL_SHAPE] | none;
	t->usual[USUAL_WINDOW][j] = u[USUAL_WINDOW] | none;
	t->usual[USUAL_SEQ][j] = u[USUAL_SEQ] | none;
	t->usual[USUAL_IP_ID][j] = u[USUAL_IP_ID];
	t->start[j] = start;
	t->target[j] = w->target_v4[target];
	t->fingerprint[j] = r->fingerprint;
	t->port[j] = it->slot & 0xffff;
	t->payload[j] = r->payload;
	if (b->microseconds)
		o->micro[i] = r->micro;
	c->target = target;
	c->at = r->at;
}

/* Which of the values were not foreseen, a byte for each. */
WIDE static void
miss_usual(const uint32_t *restrict v, const uint32_t *restrict usual, uint32_t n, unsigned char *restrict missed)
{
	for (uint32_t j = 0; j < n; j++)
		missed[j] = v[j + 1] != segment_either(usual[j] != USUAL_NONE, usual[j], v[j]);
}

WIDE static void
miss_seq(const struct stretch *restrict t, uint32_t n, unsigned char *restrict missed)
{
	const uint32_t *v = t->value[USUAL_SEQ], *usual = t->usual[USUAL_SEQ];

	for (uint32_t j = 0; j < n; j++) {
		uint32_t foreseen = segment_either(usual[j] != USUAL_NONE, usual[j], v[j]);

		missed[j] = v[j + 1] != segment_either(t->fingerprint[j] == RECORD_MIRAI, t->target[j], foreseen);
	}
}

WIDE static void
miss_id(const struct stretch *restrict t, uint32_t n, unsigned char *restrict missed)
{
	const uint32_t *v = t->value[USUAL_IP_ID], *usual = t->usual[USUAL_IP_ID], *seq = t->value[USUAL_SEQ] + 1;

	for (uint32_t j = 0; j < n; j++)
		missed[j] = v[j + 1] != segment_foresee_id(t->start[j] != 0, v[j], usual[j], t->fingerprint[j], t->target[j], t->port[j], seq[j]);
}

WIDE static void
miss_before(const uint32_t *restrict v, uint32_t before, uint32_t n, unsigned char *restrict missed)
{
	missed[0] = v[0] != before;
	for (uint32_t j = 1; j < n; j++)
		missed[j] = v[j] != v[j - 1];
}

/* Eight bytes that are 0 or 1 as eight bits, the first lowest. */
static inline uint64_t
bits_of(const unsigned char *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v * UINT64_C(0x0102040810204080) >> 56;
}

/* ${n} rows of the stretch, which is row ${from} of the block, a multiple of 64. What is behind
 * them in ${missed} is 0. */
static void
predicted_add(struct predicted *p, const uint32_t *v, uint32_t from, uint32_t n, const unsigned char *missed)
{
	uint32_t at = p->n;

	for (uint32_t j = 0; j < n; j++) {
		p->value[at] = v[j];
		at += missed[j];
	}
	for (uint32_t j = 0; j < n; j += 64) {
		uint64_t word = 0;

		for (unsigned k = 0; k < 64; k += 8)
			word |= bits_of(missed + j + k) << k;
		p->missed[(from + j) / 64] = word;
	}
	p->n = at;
}

static void
starts_add(struct column_work *o, uint32_t from, uint32_t n)
{
	struct stretch *t = &o->stretch;

	for (uint32_t j = 0; j < n; j++)
		t->missed[j] = (unsigned char)t->start[j];
	for (uint32_t j = 0; j < n; j += 64) {
		uint64_t word = 0;

		for (unsigned k = 0; k < 64; k += 8)
			word |= bits_of(t->missed + j + k) << k;
		o->run[(from + j) / 64] = word;
	}
}

static void
stretch_put(const struct segment_build *b, struct segment_work *w, uint32_t from, uint32_t n)
{
	struct column_work *o = &w->column;
	struct stretch *t = &o->stretch;

	memset(t->missed + (n & ~63U), 0, n % 64 == 0 ? 0 : 64);
	starts_add(o, from, n);
	for (unsigned u = 0; u < USUALS; u++) {
		if (u == USUAL_SEQ)
			miss_seq(t, n, t->missed);
		else if (u == USUAL_IP_ID)
			miss_id(t, n, t->missed);
		else
			miss_usual(t->value[u], t->usual[u], n, t->missed);
		predicted_add(&o->usual[u], t->value[u] + 1, from, n, t->missed);
	}
	if (b->payload_count > 0) {
		miss_before(t->payload, o->payload.before, n, t->missed);
		predicted_add(&o->payload, t->payload, from, n, t->missed);
		o->payload.before = t->payload[n - 1];
	}
	for (unsigned u = 0; u < USUALS; u++)
		t->value[u][0] = t->value[u][n];
}

static void
block_put(const struct segment_build *b, struct segment_work *w, struct segment_code *k, uint32_t block, uint32_t n)
{
	struct column_work *o = &w->column;
	static const unsigned column[USUALS] = { SEGMENT_SPORT, SEGMENT_TTL, SEGMENT_SHAPE, SEGMENT_IP_ID, SEGMENT_WINDOW, SEGMENT_SEQ };
	unsigned width = (size_of(b->targets - 1) + 7) / 8;

	segment_put_bits(k, &w->frame, o->run, n);
	frame(w, FRAME_COLUMN + SEGMENT_RUN, block, &w->frame);
	segment_put_sizes(k, &w->frame, o->gap, o->starts);
	frame(w, FRAME_COLUMN + SEGMENT_SOURCE, block, &w->frame);
	segment_put_sizes(k, &w->frame, o->at, o->starts);
	segment_put_sizes(k, &w->frame, o->later, o->follow);
	frame(w, FRAME_COLUMN + SEGMENT_AT, block, &w->frame);
	segment_put_planes(k, &w->frame, o->target, o->starts, width);
	segment_put_planes(k, &w->frame, o->step, o->follow, width);
	frame(w, FRAME_COLUMN + SEGMENT_TARGET, block, &w->frame);
	for (unsigned u = 0; u < USUALS; u++)
		predicted_put(w, k, column[u], block, &o->usual[u], n, segment_usual_width[u]);
	if (b->microseconds) {
		segment_put_planes(k, &w->frame, o->micro, n, 2);
		frame(w, FRAME_COLUMN + SEGMENT_MICRO, block, &w->frame);
	}
	if (b->payload_count > 0)
		predicted_put(w, k, SEGMENT_PAYLOAD, block, &o->payload, n, 4);
}

static void
block_begin(struct column_work *o, uint32_t n)
{
	o->starts = o->follow = 0;
	for (unsigned u = 0; u < USUALS; u++) {
		o->usual[u].n = 0;
		o->stretch.value[u][0] = 0;
	}
	predicted_begin(&o->payload, n);
}

static enum err
rows_put(const struct segment_build *b, struct segment_work *w, struct segment_code *k, int fd)
{
	struct cursor c = { .slot = w->item[0].slot, .source = UINT32_MAX };

	for (uint32_t at = 0, block = 0; at < b->rows; at += SEGMENT_BLOCK, block++) {
		uint32_t n = b->rows - at < SEGMENT_BLOCK ? b->rows - at : SEGMENT_BLOCK;

		block_begin(&w->column, n);
		for (uint32_t i = 0; i < n; i++) {
			const struct item *it = &w->item[at + i];
			const struct row *r = segment_row(b, item_row(it));
			bool fresh = (it->slot != c.slot) | (it->source != c.source);
			uint32_t hour = item_hour(it), target = w->target_rank[r->target];

			if (at + i + AHEAD < b->rows) {
				__builtin_prefetch(segment_row(b, item_row(it + AHEAD)));
				__builtin_prefetch(&w->usual[it[AHEAD].source]);
			}
			if (it->slot != c.slot)
				port_end(w, k, &c, at + i);
			w->usual[it->source].blocks |= UINT64_C(1) << block;
			count_row(w, &c, fresh, hour, target, b->targets);
			row_put(b, w, &c, it, r, i, i % STRETCH, target, fresh | (i == 0));
			c.slot = it->slot;
			c.source = it->source;
			c.hour = hour;
			if (i % STRETCH == STRETCH - 1 || i + 1 == n)
				stretch_put(b, w, i - i % STRETCH, i % STRETCH + 1);
		}
		block_put(b, w, k, block, n);
		TRY(flush(w, fd));
	}
	port_end(w, k, &c, b->rows);
	if (w->ports % ROLLUP_PORTS != 0)
		rollup_flush(w, k, w->ports / ROLLUP_PORTS);
	return OK;
}

/* Tables */

static void
number64(struct buf *out, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		buf_char(out, (char)(v >> (8 * i)));
}

/* Addresses as ascending lists: each IPv4 one by its distance from the one before, where
 * a new list begins as it is; IPv6 ones byte by byte. */
static void
addresses_put(struct segment_work *w, struct segment_code *k, const struct address *const *address, uint32_t n)
{
	uint32_t *v = w->column.gap, at = 0;
	uint64_t six[SEGMENT_BLOCK / 64];

	for (uint32_t from = 0; from < n; from += SEGMENT_BLOCK) {
		uint32_t here = n - from < SEGMENT_BLOCK ? n - from : SEGMENT_BLOCK, fours = 0, sixes = 0;
		uint32_t before = 0;

		memset(six, 0, sizeof(six));
		for (at = 0; at < here; at++) {
			const struct address *x = address[from + at];

			six[at / 64] |= (uint64_t)(x->v == 6) << (at % 64);
			if (x->v == 6) {
				sixes++;
				continue;
			}
			/* Modulo 2^32: the first of a new list is smaller. */
			v[fours++] = (uint32_t)x->low - before;
			before = (uint32_t)x->low;
		}
		segment_put_bits(k, &w->frame, six, here);
		segment_put_sizes(k, &w->frame, v, fours);
		for (unsigned byte = 0; byte < 16 && sixes > 0; byte++) {
			unsigned char *plane = (unsigned char *)w->column.later;
			uint32_t j = 0;

			for (at = 0; at < here; at++) {
				const struct address *x = address[from + at];

				if (x->v == 6)
					plane[j++] = (unsigned char)((byte < 8 ? x->high : x->low) >> (56 - 8 * (byte % 8)));
			}
			segment_put(k, &w->frame, plane, sixes, true);
		}
	}
}

/* Numbers of sources, a block of them at a time, each as the one before or as it is. */
static void
source_column(struct segment_work *w, struct segment_code *k, uint32_t n, unsigned width, const uint16_t *v16, const uint32_t *v32)
{
	struct predicted *p = &w->column.payload;

	for (uint32_t from = 0; from < n; from += SEGMENT_BLOCK) {
		uint32_t here = n - from < SEGMENT_BLOCK ? n - from : SEGMENT_BLOCK;

		predicted_begin(p, here);
		for (uint32_t i = 0; i < here; i++)
			predict(p, i, v16 != NULL ? v16[from + i] : v32[from + i], p->before);
		segment_put_bits(k, &w->frame, p->missed, here);
		segment_put_planes(k, &w->frame, p->value, p->n, width);
	}
}

static void
sources_put(const struct segment_build *b, struct segment_work *w, struct segment_code *k)
{
	const struct address **address = sized(NULL, b->sources, sizeof(*address));
	uint32_t *v = w->scratch, n = 0;

	for (uint32_t i = 0; i < b->sources; i++)
		address[i] = &b->source[w->order[i]].address;
	/* How many have 32, 31 … bits in their count; then the bits below the highest. */
	for (unsigned size = 32; size > 0; size--) {
		uint32_t first = n;

		while (n < b->sources && size_of(b->source[w->order[n]].rows) == size)
			n++;
		segment_put_number(&w->rollup, n - first);
	}
	segment_put(k, &w->frame, w->rollup.p, w->rollup.n, true);
	buf_clear(&w->rollup);
	for (uint32_t i = 0; i < b->sources; i++) {
		uint32_t rows = b->source[w->order[i]].rows;

		v[i] = rows - (1u << (size_of(rows) - 1));
	}
	addresses_put(w, k, address, b->sources);
	frame(w, FRAME_SOURCES, 0, &w->frame);
	segment_put_sizes(k, &w->frame, v, b->sources);
	frame(w, FRAME_SOURCE_ROWS, 0, &w->frame);
	source_column(w, k, b->sources, 2, w->country, NULL);
	source_column(w, k, b->sources, 4, NULL, w->as);
	frame(w, FRAME_PLACES, 0, &w->frame);
	for (unsigned u = 0; u < USUALS; u++) {
		for (uint32_t from = 0; from < b->sources; from += SEGMENT_BLOCK) {
			uint32_t here = b->sources - from < SEGMENT_BLOCK ? b->sources - from : SEGMENT_BLOCK;
			struct predicted *p = &w->column.payload;

			predicted_begin(p, here);
			for (uint32_t i = 0; i < here; i++)
				predict(p, i, w->usual[from + i].value[u], USUAL_NONE);
			segment_put_bits(k, &w->frame, p->missed, here);
			segment_put_planes(k, &w->frame, p->value, p->n, segment_usual_width[u]);
		}
		frame(w, FRAME_USUAL, u, &w->frame);
	}
	for (unsigned byte = 0; byte < (b->rows + SEGMENT_BLOCK - 1) / SEGMENT_BLOCK; byte += 8) {
		unsigned char *plane = (unsigned char *)w->scratch;

		for (uint32_t i = 0; i < b->sources; i++)
			plane[i] = (unsigned char)(w->usual[i].blocks >> byte);
		segment_put(k, &w->frame, plane, b->sources, true);
	}
	frame(w, FRAME_SOURCE_BLOCKS, 0, &w->frame);
	free(address);
}

static void
targets_put(const struct segment_build *b, struct segment_work *w, struct segment_code *k)
{
	const struct address **address = sized(NULL, b->targets, sizeof(*address));

	for (uint32_t i = 0; i < b->targets; i++)
		address[i] = &b->target[w->target_order[i]].address;
	segment_put_number(&w->rollup, w->sensors);
	for (uint32_t i = 0; i < w->sensors; i++) {
		segment_put_number(&w->rollup, strlen(w->sensor_name[i]));
		buf_text(&w->rollup, w->sensor_name[i]);
	}
	segment_put(k, &w->frame, w->rollup.p, w->rollup.n, true);
	buf_clear(&w->rollup);
	source_column(w, k, b->targets, 4, NULL, w->target_sensor);
	addresses_put(w, k, address, b->targets);
	frame(w, FRAME_TARGETS, 0, &w->frame);
	free(address);
}

static void
shapes_put(const struct segment_build *b, struct segment_work *w, struct segment_code *k)
{
	for (uint32_t i = 0; i < b->shapes; i++) {
		const struct segment_shape *s = &b->shape[i];

		number64(&w->rollup, s->flags, 2);
		number64(&w->rollup, s->len, 2);
		number64(&w->rollup, s->mss, 2);
		number64(&w->rollup, s->proto, 1);
		number64(&w->rollup, s->bits, 1);
		number64(&w->rollup, s->options, 1);
		number64(&w->rollup, s->scale, 1);
		number64(&w->rollup, s->fingerprint, 1);
	}
	segment_put(k, &w->frame, w->rollup.p, w->rollup.n, true);
	buf_clear(&w->rollup);
	frame(w, FRAME_SHAPES, 0, &w->frame);
}

static void
sums_put(struct segment_work *w, struct segment_code *k, const struct sums *s, uint32_t n, uint16_t (*key)(unsigned number))
{
	uint32_t entries = 0;

	for (uint32_t i = 0; i < n; i++) {
		for (unsigned h = 0; h < HOURS; h++)
			entries += s[i].packets[h] > 0;
	}
	segment_put_number(&w->rollup, entries);
	for (uint32_t i = 0; i < n; i++) {
		for (unsigned h = 0; h < HOURS; h++) {
			if (s[i].packets[h] == 0)
				continue;
			segment_put_number(&w->rollup, key == NULL ? i : key(i));
			segment_put_number(&w->rollup, h);
			segment_put_number(&w->rollup, s[i].packets[h]);
			segment_put_number(&w->rollup, s[i].sources[h]);
		}
	}
	segment_put(k, &w->frame, w->rollup.p, w->rollup.n, true);
	if (w->rollup.failed)
		w->frame.failed = true;
	buf_clear(&w->rollup);
}

static void
payloads_put(const struct segment_build *b, struct segment_work *w, struct segment_code *k)
{
	for (uint32_t from = 0; from < b->payload_count; from += PAYLOAD_CHUNK) {
		uint32_t here = b->payload_count - from < PAYLOAD_CHUNK ? b->payload_count - from : PAYLOAD_CHUNK;

		for (uint32_t i = 0; i < here; i++) {
			const struct payload *p = &b->payload[from + i];

			buf_char(&w->rollup, (char)p->n);
			buf_add(&w->rollup, b->payloads.p + p->at, p->n);
		}
		segment_put(k, &w->frame, w->rollup.p, w->rollup.n, true);
		buf_clear(&w->rollup);
		frame(w, FRAME_PAYLOADS, from / PAYLOAD_CHUNK, &w->frame);
	}
}

static void
meta_put(const struct segment_build *b, struct segment_work *w, const struct geo *geo)
{
	AUTO(arena) a = arena_new();
	const struct civil c = clock_day_civil(b->day);
	struct value *v = value_object(a);

	value_set_text(a, v, "format", "tobiguchi telescope segment");
	value_set_int(a, v, "version", SEGMENT_VERSION);
	value_set_text(a, v, "day", arena_printf(a, "%04d-%02d-%02d", c.year, c.month, c.day));
	value_set_int(a, v, "rows", b->rows);
	value_set_text(a, v, "time", b->microseconds ? "microseconds" : "milliseconds");
	value_set_text(a, v, "places", geo == NULL ? "" : geo_attribution(geo));
	value_set_text(a, v, "written_by", "tobiguchi " TOBIGUCHI_VERSION);
	value_json(&w->frame, v);
	frame(w, FRAME_META, 0, &w->frame);
}

/* Where most ports were knocked at, a byte for each says how often: such a class is
 * added to another by adding bytes. */
static void
class_put(struct segment_work *w, struct segment_code *k, uint32_t from, uint32_t to)
{
	uint32_t *v = w->column.gap, n = to - from, before = UINT32_MAX, more = 0;
	unsigned char *dense = (unsigned char *)w->column.later;

	if (n <= PORTS_SPARSE) {
		for (uint32_t i = from; i < to; i++) {
			uint32_t port = w->port_slot[i] & 0xffff;

			v[i - from] = port - before - 1;
			before = port;
		}
		segment_put_sizes(k, &w->frame, v, n);
		segment_put_sizes(k, &w->frame, w->port_rows + from, n);
		return;
	}
	memset(dense, 0, 65536);
	for (uint32_t i = from; i < to; i++) {
		bool large = w->port_rows[i] >= PORTS_MORE;

		dense[w->port_slot[i] & 0xffff] = large ? PORTS_MORE : (unsigned char)w->port_rows[i];
		v[more] = w->port_rows[i] - PORTS_MORE;
		more += large;
	}
	segment_put(k, &w->frame, dense, 65536, false);
	segment_put_sizes(k, &w->frame, v, more);
}

static void
ports_put(struct segment_work *w, struct segment_code *k)
{
	uint32_t first[SEGMENT_CLASSES + 1] = { 0 }, class = 0;
	uint64_t rows;

	/* Sources are few beside ports that are many: both squeeze well. */
	segment_put_planes(k, &w->frame, w->port_sources, w->ports, 3);
	segment_put_planes(k, &w->frame, w->port_targets, w->ports, 3);
	frame(w, FRAME_PORT_SUMS, 0, &w->frame);
	for (uint32_t i = 0; i < w->ports; i++) {
		while (w->port_slot[i] >> 16 > class)
			first[++class] = i;
	}
	while (class < SEGMENT_CLASSES)
		first[++class] = w->ports;
	for (class = 0; class < SEGMENT_CLASSES; class++) {
		rows = 0;
		for (uint32_t i = first[class]; i < first[class + 1]; i++)
			rows += w->port_rows[i];
		segment_put_number(&w->rollup, first[class + 1] - first[class]);
		segment_put_number(&w->rollup, rows);
	}
	segment_put(k, &w->frame, w->rollup.p, w->rollup.n, false);
	buf_clear(&w->rollup);
	for (class = 0; class < SEGMENT_CLASSES; class++)
		class_put(w, k, first[class], first[class + 1]);
	frame(w, FRAME_PORTS, 0, &w->frame);
}

static void
time_range(const struct segment_build *b, struct segment_built *ret)
{
	int64_t from = INT64_MAX, to = 0;

	for (uint32_t i = 0; i < b->rows; i++) {
		const struct row *r = segment_row(b, i);
		int64_t at = (int64_t)r->at * 1000 + r->micro;

		from = at < from ? at : from;
		to = at > to ? at : to;
	}
	ret->from = b->day * INT64_C(86400000000) + from;
	ret->to = b->day * INT64_C(86400000000) + to;
}

static void
directory_put(const struct segment_build *b, struct segment_work *w, struct segment_built *ret)
{
	struct buf *d = &w->frame;
	uint64_t all = 0;

	for (uint32_t i = 0; i < w->entries; i++) {
		const struct segment_entry *x = &w->entry[i];

		number64(d, x->kind, 2);
		number64(d, x->number, 2);
		number64(d, x->n, 4);
		number64(d, x->hash, 8);
		all += x->n;
	}
	ret->hash = segment_hash(d->p, d->n);
	ret->rows = b->rows;
	ret->bytes = sizeof(SEGMENT_MAGIC) - 1 + all + d->n + FOOTER_SIZE;
	buf_str(&w->out, buf_view(d));
	buf_clear(d);
	number64(d, (uint64_t)b->day, 8);
	number64(d, (uint64_t)ret->from, 8);
	number64(d, (uint64_t)ret->to, 8);
	number64(d, b->rows, 4);
	number64(d, w->ports, 4);
	number64(d, b->sources, 4);
	number64(d, b->targets, 4);
	number64(d, b->shapes, 4);
	number64(d, b->payload_count, 4);
	number64(d, b->microseconds, 4);
	number64(d, w->entries, 4);
	number64(d, ret->hash, 8);
	number64(d, SEGMENT_VERSION, 4);
	number64(d, 0, 4);
	number64(d, segment_hash(d->p, d->n), 8);
	buf_text(d, SEGMENT_MAGIC);
	buf_str(&w->out, buf_view(d));
	buf_clear(d);
}

static uint16_t
country_key(unsigned number)
{
	return country_of(number);
}

enum err
segment_build_write(struct segment_build *b, struct segment_code *k, const struct geo *geo, const char *const *name, int fd,
    struct segment_built *ret)
{
	struct segment_built built;
	struct segment_work *w;

	if (b->rows == 0)
		return ERR_INVALID;
	segment_build_settle(b);
	w = work_get(b);
	buf_text(&w->out, SEGMENT_MAGIC);
	rank_sources(b, w);
	rank_targets(b, w, name);
	items(b, w);
	sort_by(w, b->rows, size_of(b->sources - 1), pass_source);
	places(b, w, geo);
	sum_hours(b, w);
	sort_by(w, b->rows, size_of(SEGMENT_SLOTS - 1), pass_slot);
	TRY(rows_put(b, w, k, fd));
	payloads_put(b, w, k);
	sources_put(b, w, k);
	targets_put(b, w, k);
	shapes_put(b, w, k);
	sums_put(w, k, w->country_sum, COUNTRIES, country_key);
	sums_put(w, k, w->sensor_sum, w->sensors, NULL);
	sums_put(w, k, w->fingerprint_sum, RECORD_FINGERPRINTS, NULL);
	sums_put(w, k, &w->all_sum, 1, NULL);
	frame(w, FRAME_HOURS, 0, &w->frame);
	meta_put(b, w, geo);
	ports_put(w, k);
	time_range(b, &built);
	directory_put(b, w, &built);
	TRY(flush(w, fd));
	if (fsync(fd) != 0)
		return ERR_IO;
	*ret = built;
	return OK;
}
