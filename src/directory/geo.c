/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/geo.h"

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/log.h"
#include "directory/geo_priv.h"
#include "sys/files.h"
#include "text/i18n.h"

const struct geo_files geo_files_debian = {
	.country_v4 = "/usr/share/tor/geoip",
	.country_v6 = "/usr/share/tor/geoip6",
	.location = "/var/lib/location/database.db",
};

/* Where the package puts it when the program that updates it is not there. */
#define LOCATION_PACKAGED "/usr/share/libloc-location/location.db"

enum { LAYER_OWN, LAYER_COUNTRY, LAYER_LOCATION, LAYERS };

/* What is answered for a stretch of addresses: all layers in one. */
struct answer {
	const char *as_name;
	uint32_t as_number;
	char country[2];
	uint8_t flags;
};

struct geo {
	struct arena *a;
	struct prefix_table *table;
	struct answer *answer;
	struct geo_layer layer[LAYERS]; /* only while it is read */
	struct geo_names names;
	struct geo_source source[GEO_PARTS];
	const char *attribution;
};

static void *
grown(void *p, size_t n, size_t each)
{
	p = reallocarray(p, n, each);
	if (p == NULL)
		abort(); /* as the arena does */
	return p;
}

void
geo_ranges_add(struct geo_ranges *r, const struct prefix_range *x)
{
	if (r->n == r->size) {
		r->size = r->size * 2 + 1024;
		r->item = grown(r->item, r->size, sizeof(*r->item));
	}
	r->item[r->n++] = *x;
}

void
geo_entries_add(struct geo_entries *e, const struct ip_net *net, uint32_t value)
{
	if (e->n == e->size) {
		e->size = e->size * 2 + 1024;
		e->item = grown(e->item, e->size, sizeof(*e->item));
	}
	e->item[e->n++] = (struct prefix_entry){ *net, value };
}

void
geo_ranges_free(struct geo_ranges *r)
{
	free(r->item);
	r->item = NULL;
}

void
geo_entries_free(struct geo_entries *e)
{
	free(e->item);
	e->item = NULL;
}

static uint32_t
place_hash(const struct geo_place *p)
{
	uint32_t h = p->as_number * 2654435761u;

	h ^= (uint32_t)((uint8_t)p->country[0] << 16 | (uint8_t)p->country[1] << 8 | p->flags) *
	    2246822519u;
	return h ^ h >> 15;
}

static void
hash_put(struct geo_layer *l, uint32_t value)
{
	uint32_t at = place_hash(&l->place[value]) & (l->hash_size - 1);

	while (l->hash[at] != PREFIX_NONE)
		at = (at + 1) & (l->hash_size - 1);
	l->hash[at] = value;
}

static void
hash_grow(struct geo_layer *l)
{
	l->hash_size = l->hash_size == 0 ? 1024 : l->hash_size * 2;
	l->hash = grown(l->hash, l->hash_size, sizeof(*l->hash));
	memset(l->hash, 0xff, l->hash_size * sizeof(*l->hash));
	for (uint32_t i = 0; i < l->n; i++)
		hash_put(l, i);
}

uint32_t
geo_layer_value(struct geo_layer *l, const struct geo_place *p)
{
	if (l->n * 2 >= l->hash_size)
		hash_grow(l);
	uint32_t at = place_hash(p) & (l->hash_size - 1);

	for (; l->hash[at] != PREFIX_NONE; at = (at + 1) & (l->hash_size - 1)) {
		const struct geo_place *q = &l->place[l->hash[at]];

		if (q->as_number == p->as_number && q->flags == p->flags &&
		    q->country[0] == p->country[0] && q->country[1] == p->country[1])
			return l->hash[at];
	}
	if (l->n == l->size) {
		l->size = l->size * 2 + 256;
		l->place = grown(l->place, l->size, sizeof(*l->place));
	}
	l->place[l->n] = *p;
	l->hash[at] = l->n;
	return l->n++;
}

void
geo_names_add(struct geo_names *names, uint32_t number, struct str name)
{
	if (names->n == names->size) {
		names->size = names->size * 2 + 256;
		names->item = grown(names->item, names->size, sizeof(*names->item));
	}
	names->item[names->n++] = (struct geo_as){ number, arena_cstr(names->a, name) };
}

static int
name_order(const void *x, const void *y)
{
	const struct geo_as *p = x, *q = y;

	if (p->number != q->number)
		return p->number < q->number ? -1 : 1;
	return 0;
}

const char *
geo_as_name(const struct geo *g, uint32_t as_number)
{
	size_t low = 0, high = g->names.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (g->names.item[middle].number < as_number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < g->names.n && g->names.item[low].number == as_number
	    ? g->names.item[low].name
	    : "";
}

static const char *
why_unread(enum err e, enum geo_part part)
{
	if (e == ERR_NOT_FOUND && part == GEO_LOCATION)
		return N_("The file is not there. AS numbers need it: apt install libloc-database");
	if (e == ERR_NOT_FOUND && part != GEO_OWN)
		return N_("The file is not there. Countries need it: apt install tor-geoipdb");
	if (e == ERR_NOT_FOUND)
		return N_("The file is not there.");
	if (e == ERR_DENIED)
		return N_("The server may not read the file: check its permissions.");
	if (e == ERR_LIMIT)
		return N_("The file is larger than this server reads.");
	return N_("The file cannot be read.");
}

/* The bytes of one source, in ${a}; false with the reason in ${s}. */
static bool
open_source(
    struct geo *g, struct arena *a, enum geo_part part, const char *path, struct str *ret)
{
	struct geo_source *s = &g->source[part];

	*s = (struct geo_source){ .path = "", .vendor = "", .licence = "", .state = ERR_NOT_FOUND };
	if (path == NULL || path[0] == '\0') {
		s->fault = part == GEO_OWN ? NULL : why_unread(ERR_NOT_FOUND, part);
		return false;
	}
	s->path = arena_dup(g->a, path);
	s->state = files_read(a, path, LIMIT_IMPORT, ret);
	if (s->state == ERR_NOT_FOUND && strcmp(path, geo_files_debian.location) == 0) {
		s->path = LOCATION_PACKAGED;
		s->state = files_read(a, s->path, LIMIT_IMPORT, ret);
	}
	if (s->state != OK)
		s->fault = why_unread(s->state, part);
	return s->state == OK;
}

static void
load_countries(struct geo *g, const struct geo_files *files)
{
	AUTO(arena) a = arena_new();
	struct geo_layer *l = &g->layer[LAYER_COUNTRY];
	struct geo_ranges ranges = { .n = 0 };
	struct str text;
	size_t at;

	for (enum geo_part part = GEO_COUNTRY_V4; part <= GEO_COUNTRY_V6; part++) {
		struct geo_source *s = &g->source[part];
		bool v4 = part == GEO_COUNTRY_V4;
		size_t before = ranges.n;

		if (!open_source(g, a, part, v4 ? files->country_v4 : files->country_v6, &text))
			continue;
		s->state = geo_read_tor(text, v4 ? 4 : 6, l, &ranges, s);
		if (s->state != OK)
			ranges.n = before; /* half a file would look like a whole one */
	}
	enum err e = prefix_table_from_ranges(ranges.item, ranges.n, &l->table, &at);

	if (e != OK) {
		enum geo_part part = ranges.item[at].from.v == 4 ? GEO_COUNTRY_V4 : GEO_COUNTRY_V6;

		g->source[part].state = e;
		g->source[part].fault = N_("The lines are not in ascending order.");
	}
	geo_ranges_free(&ranges);
}

static void
load_location(struct geo *g, const struct geo_files *files)
{
	AUTO(arena) a = arena_new();
	struct geo_source *s = &g->source[GEO_LOCATION];
	struct str bytes;

	if (open_source(g, a, GEO_LOCATION, files->location, &bytes))
		s->state = geo_read_location(bytes, &g->layer[LAYER_LOCATION], &g->names, s);
}

static void
load_own(struct geo *g, const struct geo_files *files)
{
	AUTO(arena) a = arena_new();
	struct geo_source *s = &g->source[GEO_OWN];
	struct str text;

	if (open_source(g, a, GEO_OWN, files->own, &text))
		s->state = geo_read_own(text, &g->layer[LAYER_OWN], &g->names, s);
}

/* Sorted; of two names of one number the operator's, which was added last. */
static void
sort_names(struct geo_names *names, size_t own_from)
{
	if (names->n == 0)
		return;
	struct geo_as *own = names->item + own_from;
	size_t own_n = names->n - own_from, kept = 0;

	qsort(own, own_n, sizeof(*own), name_order);
	for (size_t i = 0; i < own_from; i++) {
		if (own_n == 0 ||
		    bsearch(&names->item[i], own, own_n, sizeof(*own), name_order) == NULL)
			names->item[kept++] = names->item[i];
	}
	memmove(names->item + kept, own, own_n * sizeof(*own));
	names->n = kept + own_n;
	qsort(names->item, names->n, sizeof(*names->item), name_order);
}

static const char *
attribution(struct geo *g)
{
	const struct geo_source *best = NULL;

	for (int part = GEO_COUNTRY_V4; part < GEO_PARTS; part++) {
		const struct geo_source *s = &g->source[part];

		if (s->state == OK && (best == NULL || s->made_at > best->made_at))
			best = s;
	}
	if (best == NULL)
		return "";
	struct civil c = clock_civil(best->made_at, 0);

	if (best->made_at == 0)
		return arena_printf(g->a, "%s, %s", best->vendor, best->licence);
	return arena_printf(g->a, "%s, %s, %04d-%02d-%02d", best->vendor, best->licence, c.year,
	    c.month, c.day);
}

/* What the layers say of one stretch; the lower fills what the upper left open. */
struct merging {
	const struct geo *g;
	struct geo_layer all;
};

static uint32_t
merge_value(void *object, const uint32_t *values)
{
	struct merging *m = object;
	struct geo_place place = { .as_number = 0 };
	bool any = false;

	for (int i = 0; i < LAYERS; i++) {
		if (values[i] == PREFIX_NONE)
			continue;
		const struct geo_place *p = &m->g->layer[i].place[values[i]];

		if (place.country[0] == '\0')
			memcpy(place.country, p->country, 2);
		if (place.as_number == 0)
			place.as_number = p->as_number;
		place.flags |= p->flags;
		any = true;
	}
	return any ? geo_layer_value(&m->all, &place) : PREFIX_NONE;
}

static void
layer_done(struct geo_layer *l)
{
	prefix_table_free(l->table);
	free(l->place);
	free(l->hash);
	*l = (struct geo_layer){ .table = NULL };
}

static void
merge_layers(struct geo *g)
{
	struct merging m = { .g = g };
	const struct prefix_table *tables[LAYERS];

	for (int i = 0; i < LAYERS; i++)
		tables[i] = g->layer[i].table;
	g->table = prefix_table_merge(tables, LAYERS, merge_value, &m);
	g->answer = arena_many(g->a, struct answer, m.all.n);
	for (uint32_t i = 0; i < m.all.n; i++) {
		const struct geo_place *p = &m.all.place[i];

		g->answer[i] = (struct answer){ .as_name = geo_as_name(g, p->as_number),
			.as_number = p->as_number, .country = { p->country[0], p->country[1] },
			.flags = p->flags };
	}
	layer_done(&m.all);
	for (int i = 0; i < LAYERS; i++)
		layer_done(&g->layer[i]);
}

struct geo *
geo_load(const struct geo_files *files)
{
	struct geo *g = grown(NULL, 1, sizeof(*g));

	*g = (struct geo){ .a = arena_new() };
	g->names.a = g->a;
	load_countries(g, files);
	load_location(g, files);
	size_t own_from = g->names.n;

	load_own(g, files);
	sort_names(&g->names, own_from);
	merge_layers(g);
	g->attribution = attribution(g);
	(void)malloc_trim(0); /* the files were far larger than what is kept */
	return g;
}

void
geo_free(struct geo *g)
{
	if (g == NULL)
		return;
	prefix_table_free(g->table);
	free(g->names.item);
	arena_free(g->a);
	free(g);
}

void
geo_find(const struct geo *g, const struct ip *ip, struct geo_answer *ret)
{
	uint32_t value = prefix_table_find(g->table, ip);

	*ret = (struct geo_answer){ .as_name = "" };
	if (value == PREFIX_NONE)
		return;
	const struct answer *found = &g->answer[value];

	memcpy(ret->country, found->country, 2);
	ret->as_number = found->as_number;
	ret->as_name = found->as_name;
	ret->flags = found->flags;
}

const struct geo_source *
geo_source(const struct geo *g, enum geo_part part)
{
	return &g->source[part];
}

const char *
geo_missing(const struct geo *g)
{
	bool country = g->source[GEO_COUNTRY_V4].state == OK || g->source[GEO_LOCATION].state == OK;

	if (g->source[GEO_OWN].state == OK && g->source[GEO_OWN].rows > 0)
		return NULL; /* somebody decided what this server knows */
	if (!country)
		return N_("There is no table of countries: apt install tor-geoipdb libloc-database");
	if (g->source[GEO_LOCATION].state != OK)
		return N_("There is no table of AS numbers: apt install libloc-database");
	return NULL;
}

const char *
geo_attribution(const struct geo *g)
{
	return g->attribution;
}

/* The holder */

struct held {
	struct geo *g;
	int users;
	struct held *next; /* older ones that somebody still uses */
};

struct geo_holder {
	pthread_mutex_t lock;
	struct arena *a;
	struct geo_files files;
	struct held *current, *old;
	int64_t looked_at;
	struct timespec changed[GEO_PARTS];
	off_t size[GEO_PARTS];
	bool reading;
};

struct geo_holder *
geo_holder_new(const struct geo_files *files)
{
	struct geo_holder *h = grown(NULL, 1, sizeof(*h));

	*h = (struct geo_holder){ .a = arena_new() };
	(void)pthread_mutex_init(&h->lock, NULL); /* cannot fail with these attributes */
	h->files = (struct geo_files){
		.own = arena_dup(h->a, files->own),
		.country_v4 = arena_dup(h->a, files->country_v4),
		.country_v6 = arena_dup(h->a, files->country_v6),
		.location = arena_dup(h->a, files->location),
	};
	return h;
}

static pthread_once_t here_once = PTHREAD_ONCE_INIT;
static struct geo_holder *here;
static const char *here_own;

void
geo_holder_own(const char *path)
{
	here_own = path;
}

static void
here_make(void)
{
	struct geo_files files = geo_files_debian;

	files.own = here_own;
	here = geo_holder_new(&files);
}

struct geo_holder *
geo_holder_here(void)
{
	(void)pthread_once(&here_once, here_make); /* cannot fail with these arguments */
	return here;
}

static void
held_free(struct held *held)
{
	if (held == NULL)
		return;
	geo_free(held->g);
	free(held);
}

void
geo_holder_free(struct geo_holder *h)
{
	if (h == NULL)
		return;
	while (h->old != NULL) {
		struct held *next = h->old->next;

		held_free(h->old);
		h->old = next;
	}
	held_free(h->current);
	(void)pthread_mutex_destroy(&h->lock); /* nobody uses it any more */
	arena_free(h->a);
	free(h);
}

/* Did a file change since the last look? Remembers what it sees. */
static bool
files_changed(struct geo_holder *h)
{
	const char *const paths[GEO_PARTS] = { h->files.own, h->files.country_v4,
		h->files.country_v6, h->files.location };
	bool changed = false;

	for (int i = 0; i < GEO_PARTS; i++) {
		struct stat st = { .st_size = -1 };

		if (paths[i] != NULL && paths[i][0] != '\0' && stat(paths[i], &st) != 0)
			st = (struct stat){ .st_size = -1 };
		if (st.st_size != h->size[i] || st.st_mtim.tv_sec != h->changed[i].tv_sec ||
		    st.st_mtim.tv_nsec != h->changed[i].tv_nsec)
			changed = true;
		h->size[i] = st.st_size;
		h->changed[i] = st.st_mtim;
	}
	return changed;
}

/* With the lock: forget old tables that nobody uses. */
static void
sweep(struct geo_holder *h)
{
	struct held **p = &h->old;

	while (*p != NULL) {
		struct held *held = *p;

		if (held->users > 0) {
			p = &held->next;
			continue;
		}
		*p = held->next;
		held_free(held);
	}
}

/* Nobody looks at a screen while it is read: what is wrong with it goes to the log. */
static void
tell_own(const struct geo_source *s)
{
	if (s->path[0] == '\0' || s->state == ERR_NOT_FOUND)
		return;
	if (s->state != OK || s->bad > 0)
		log_warn("places: rows of the own file were passed over", LOG_S("file", s->path), LOG_I("rows", s->rows),
		    LOG_I("bad", s->bad), LOG_I("line", s->line), LOG_S("state", err_name(s->state)));
	else
		log_info("places: the own file was read", LOG_S("file", s->path), LOG_I("rows", s->rows));
}

static void
read_anew(struct geo_holder *h)
{
	struct held *fresh = grown(NULL, 1, sizeof(*fresh));

	h->reading = true;
	if (h->current != NULL) {
		(void)pthread_mutex_unlock(&h->lock); /* the others go on with the old one */
		*fresh = (struct held){ .g = geo_load(&h->files) };
		(void)pthread_mutex_lock(&h->lock);
		h->current->next = h->old;
		h->old = h->current;
	} else {
		*fresh = (struct held){ .g = geo_load(&h->files) };
	}
	h->current = fresh;
	h->reading = false;
	tell_own(geo_source(fresh->g, GEO_OWN));
	sweep(h);
}

const struct geo *
geo_take(struct geo_holder *h, int64_t now)
{
	(void)pthread_mutex_lock(&h->lock);
	if (!h->reading &&
	    (h->current == NULL || now - h->looked_at >= CLOCK_MINUTE || now < h->looked_at)) {
		bool changed = files_changed(h);

		h->looked_at = now;
		if (changed || h->current == NULL)
			read_anew(h);
	}
	struct held *held = h->current;

	held->users++;
	(void)pthread_mutex_unlock(&h->lock);
	return held->g;
}

void
geo_give(struct geo_holder *h, const struct geo *g)
{
	(void)pthread_mutex_lock(&h->lock);
	if (h->current != NULL && h->current->g == g)
		h->current->users--;
	for (struct held *held = h->old; held != NULL; held = held->next) {
		if (held->g == g)
			held->users--;
	}
	sweep(h);
	(void)pthread_mutex_unlock(&h->lock);
}
