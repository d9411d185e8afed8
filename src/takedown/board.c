/* SPDX-License-Identifier: Apache-2.0 */
#include "takedown/board.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "directory/organisation.h"
#include "takedown/board_priv.h"
#include "takedown/site.h"

struct board *
board_new(void)
{
	struct board *b = calloc(1, sizeof(*b));

	assert(strcmp(site_states[BOARD_STOPPED].name, "stopped") == 0 &&
	    strcmp(site_states[BOARD_REOPENED].name, "reopened") == 0);
	assert(b != NULL && pthread_rwlock_init(&b->lock, NULL) == 0);
	b->pool_size = 4096;
	b->pool = calloc(1, b->pool_size);
	b->table_size = 1024;
	b->table = calloc(b->table_size, sizeof(*b->table));
	assert(b->pool != NULL && b->table != NULL);
	b->pool_n = 1; /* place 0 is "" */
	return b;
}

void
board_free(struct board *b)
{
	if (b == NULL)
		return;
	(void)pthread_rwlock_destroy(&b->lock); /* nobody holds it */
	free(b->row);
	free(b->slot);
	free(b->pool);
	free(b->table);
	free(b->name[0].place);
	free(b->name[1].place);
	free(b);
}

static void *
grown(void *p, size_t *size, size_t need, size_t each)
{
	size_t was = *size, more = was < 64 ? 64 : was + was / 2;

	more = more < need ? need : more;
	p = realloc(p, more * each);
	assert(p != NULL); /* as an arena: the process ends and is started again */
	memset((char *)p + was * each, 0, (more - was) * each);
	*size = more;
	return p;
}

/* The text at the end of the pool. */
static uint32_t
append(struct board *b, const char *s, size_t n)
{
	size_t at = b->pool_n;

	if (at + n + 1 > b->pool_size)
		b->pool = grown(b->pool, &b->pool_size, at + n + 1, 1);
	assert(b->pool_size < UINT32_MAX);
	memcpy(b->pool + at, s, n + 1);
	b->pool_n = at + n + 1;
	return (uint32_t)at;
}

static size_t
hash(const char *s, size_t n)
{
	uint64_t h = UINT64_C(1469598103934665603); /* FNV-1a */

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * UINT64_C(1099511628211);
	return (size_t)(h ^ h >> 29);
}

/* Where ${s} is in the table, or the free place for it. */
static size_t
table_at(const struct board *b, const char *s, size_t n)
{
	size_t at = hash(s, n) & (b->table_size - 1);

	while (b->table[at] != 0 && strcmp(b->pool + b->table[at], s) != 0)
		at = (at + 1) & (b->table_size - 1);
	return at;
}

static void
table_grow(struct board *b)
{
	uint32_t *old = b->table;
	size_t size = b->table_size;

	b->table_size = size * 2;
	b->table = calloc(b->table_size, sizeof(*b->table));
	assert(b->table != NULL);
	for (size_t i = 0; i < size; i++) {
		if (old[i] != 0)
			b->table[table_at(b, b->pool + old[i], strlen(b->pool + old[i]))] = old[i];
	}
	free(old);
}

/* Texts that many share stand once. */
static uint32_t
intern(struct board *b, const char *s)
{
	size_t n = s == NULL ? 0 : strlen(s), at;

	if (n == 0)
		return 0;
	if (b->table_n * 2 >= b->table_size)
		table_grow(b);
	at = table_at(b, s, n);
	if (b->table[at] == 0) {
		b->table[at] = append(b, s, n);
		b->table_n++;
	}
	return b->table[at];
}

/* UINT32_MAX: no site has it. */
static uint32_t
find_text(const struct board *b, const char *s)
{
	if (*s == '\0')
		return 0;
	size_t at = table_at(b, s, strlen(s));

	return b->table[at] == 0 ? UINT32_MAX : b->table[at];
}

static uint8_t
place_in(const struct word *list, const char *name)
{
	for (uint8_t i = 0; list[i].name != NULL; i++) {
		if (name != NULL && strcmp(list[i].name, name) == 0)
			return i;
	}
	return UINT8_MAX;
}

void
board_begin(struct board *b)
{
	(void)pthread_rwlock_wrlock(&b->lock);
}

void
board_end(struct board *b, int64_t change, int64_t change_id)
{
	b->change = change;
	b->change_id = change_id;
	(void)pthread_rwlock_unlock(&b->lock);
}

int64_t
board_change(struct board *b, int64_t *ret_id)
{
	int64_t change;

	(void)pthread_rwlock_rdlock(&b->lock);
	change = b->change;
	*ret_id = b->change_id;
	(void)pthread_rwlock_unlock(&b->lock);
	return change;
}

static struct board_row *
row_for(struct board *b, int64_t id)
{
	if ((size_t)id >= b->slots)
		b->slot = grown(b->slot, &b->slots, (size_t)id + 1, sizeof(*b->slot));
	if (b->slot[id] == 0) {
		if (b->n == b->size)
			b->row = grown(b->row, &b->size, b->n + 1, sizeof(*b->row));
		b->slot[id] = (uint32_t)++b->n;
	}
	return &b->row[b->slot[id] - 1];
}

void
board_put(struct board *b, const struct board_site *s)
{
	struct board_row *r = row_for(b, s->id);
	uint32_t url = r->url; /* it never changes */

	if (r->id == 0)
		url = append(b, s->url, strlen(s->url));
	bool mixed = false;

	for (const char *p = s->url; *p != '\0'; p++)
		mixed = mixed || (*p >= 'A' && *p <= 'Z');
	*r = (struct board_row){
		.mixed = mixed,
		.id = s->id,
		.incident_id = s->incident_id,
		.reported_at = s->reported_at,
		.notified_at = s->notified_at,
		.checked_at = s->checked_at,
		.stopped_at = s->stopped_at,
		.url = url,
		.host = intern(b, s->host),
		.domain = intern(b, s->domain),
		.tld = intern(b, s->tld),
		.cc = intern(b, s->cc),
		.as_name = intern(b, s->as_name),
		.brand = (uint32_t)s->brand_id,
		.owner = (uint32_t)s->owner_id,
		.contact = (uint32_t)s->contact_id,
		.asn = (uint32_t)s->asn,
		.days = (int32_t)s->days,
		.http_status = (int16_t)s->http_status,
		.state = place_in(site_states, s->state),
		.route = place_in(site_routes, s->route),
		.origin = place_in(site_origins, s->origin),
		.sector = place_in(organisation_sectors, s->sector),
		.result = place_in(site_results, s->result),
		.reopened = s->reopened > 255 ? 255 : (uint8_t)s->reopened,
		.removed = s->removed,
	};
}

void
board_put_name(struct board *b, enum board_name kind, int64_t id, const char *name)
{
	struct board_names *l = &b->name[kind];

	if ((size_t)id >= l->size)
		l->place = grown(l->place, &l->size, (size_t)id + 1, sizeof(*l->place));
	l->place[id] = intern(b, name);
}

size_t
board_bytes(struct board *b)
{
	return b->size * sizeof(*b->row) + b->slots * sizeof(*b->slot) + b->pool_size +
	    b->table_size * sizeof(*b->table);
}

int64_t
board_elapsed(const struct board_row *r, int64_t now)
{
	bool stopped = r->state == BOARD_STOPPED;
	int64_t from = r->notified_at != 0 ? r->notified_at : r->reported_at;
	int64_t to = stopped && r->stopped_at != 0 ? r->stopped_at : now;

	if (from > to) /* stopped before anybody was asked */
		from = r->reported_at;
	return to > from ? to - from : 0;
}

void
board_match_init(const struct board *b, const struct board_filter *f, struct board_hidden hidden, int64_t now,
    struct board_match *ret)
{
	*ret = (struct board_match){ .f = f, .hidden = hidden, .now = now, .q = str_of(f->q) };
	if (f->q != NULL) { /* each brand's name once, not once a site */
		ret->brands = b->name[BOARD_BRAND].size;
		ret->brand = calloc(ret->brands + 1, sizeof(*ret->brand));
		assert(ret->brand != NULL);
		for (size_t i = 1; i < ret->brands; i++)
			ret->brand[i] = str_find_case(str_of(board_name_of(b, BOARD_BRAND, (uint32_t)i)), ret->q, 0) != SIZE_MAX;
	}
	const struct {
		const char *text;
		uint32_t *place;
	} texts[] = { { f->cc, &ret->cc }, { f->tld, &ret->tld }, { f->domain, &ret->domain }, { f->host, &ret->host } };

	for (size_t i = 0; i < 4; i++) {
		if (texts[i].text != NULL)
			*texts[i].place = find_text(b, texts[i].text);
		ret->nothing = ret->nothing || *texts[i].place == UINT32_MAX;
	}
	ret->states = ret->nothing ? 0 : f->states == 0 ? ~0U : f->states;
	ret->plain = hidden.n == 0 && f->brand < 0 && f->owner < 0 && f->asn < 0 && f->incident == 0 && f->origin < 0 &&
	    f->sector < 0 && f->route < 0 && f->cc == NULL && f->tld == NULL && f->domain == NULL && f->host == NULL &&
	    !f->reopened && !f->asked && !f->unasked && f->age == 0 && f->day < 0 && f->q == NULL;
}

static bool
is_hidden(struct board_hidden h, int64_t incident)
{
	size_t low = 0, high = h.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (h.id[middle] < incident)
			low = middle + 1;
		else
			high = middle;
	}
	return low < h.n && h.id[low] == incident;
}

static bool
has_words(const struct board *b, const struct board_match *m, const struct board_row *r)
{
	const char *url = board_text(b, r->url);

	if (r->brand < m->brands && m->brand[r->brand])
		return true;
	if (memmem(url, strlen(url), m->q.p, m->q.n) != NULL)
		return true;
	return r->mixed && str_find_case(str_of(url), m->q, 0) != SIZE_MAX;
}

void
board_match_done(struct board_match *m)
{
	free(m->brand);
	m->brand = NULL;
}

static bool
day_is(const struct board_match *m, const struct board_row *r)
{
	return (r->reported_at + m->f->offset * CLOCK_SECOND) / CLOCK_DAY == m->f->day;
}

bool
board_match_rest(const struct board *b, const struct board_match *m, const struct board_row *r)
{
	const struct board_filter *f = m->f;

	if ((f->brand >= 0 && r->brand != f->brand) || (f->owner >= 0 && r->owner != f->owner) ||
	    (f->asn >= 0 && r->asn != f->asn) || (f->incident != 0 && r->incident_id != f->incident))
		return false;
	if ((f->origin >= 0 && r->origin != f->origin) || (f->sector >= 0 && r->sector != f->sector) ||
	    (f->route >= 0 && r->route != f->route))
		return false;
	if ((f->cc != NULL && r->cc != m->cc) || (f->tld != NULL && r->tld != m->tld) ||
	    (f->domain != NULL && r->domain != m->domain) || (f->host != NULL && r->host != m->host))
		return false;
	if ((f->reopened && r->reopened == 0) || (f->asked && r->notified_at == 0) || (f->unasked && r->notified_at != 0))
		return false;
	if ((f->age > 0 && board_elapsed(r, m->now) < f->age * CLOCK_HOUR) || (f->day >= 0 && !day_is(m, r)))
		return false;
	return (m->hidden.n == 0 || !is_hidden(m->hidden, r->incident_id)) && (f->q == NULL || has_words(b, m, r));
}

void
board_walk(struct board *b, int64_t now, void (*each)(void *to, const struct board_seen *s), void *to)
{
	(void)pthread_rwlock_rdlock(&b->lock);
	for (size_t i = 0; i < b->n; i++) {
		const struct board_row *r = &b->row[i];
		struct board_seen s = {
			.id = r->id,
			.reported_at = r->reported_at,
			.stopped_at = board_is_live(r) ? 0 : r->stopped_at,
			.elapsed = board_elapsed(r, now),
			.brand_id = r->brand,
			.contact_id = r->contact,
			.asn = r->asn,
			.days = r->days,
			.tld_key = r->tld,
			.cc_key = r->cc,
			.tld = board_text(b, r->tld),
			.cc = board_text(b, r->cc),
			.as_name = board_text(b, r->as_name),
			.brand = board_name_of(b, BOARD_BRAND, r->brand),
			.state = r->state,
			.origin = r->origin,
			.sector = r->sector,
			.route = r->route,
			.asked = r->notified_at != 0,
		};

		if (!r->removed)
			each(to, &s);
	}
	(void)pthread_rwlock_unlock(&b->lock);
}
