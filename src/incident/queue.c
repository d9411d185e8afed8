/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"
#include "base/word.h"
#include "text/i18n.h"

#define SOON (4 * CLOCK_HOUR)
#define MARK 6 /* hex digits of an item in the cookie */

static const struct word reasons[] = {
	[QUEUE_URGENT] = { "urgent", NC_("queue", "An urgent report waits") },
	[QUEUE_OVERDUE] = { "overdue", NC_("queue", "The first answer is overdue") },
	[QUEUE_ANSWER] = { "answer", NC_("queue", "An answer arrived") },
	[QUEUE_BOUNCED] = { "bounced", NC_("queue", "Our mail came back") },
	[QUEUE_TASK] = { "task", NC_("queue", "A task is due") },
	[QUEUE_ACTION] = { "action", NC_("queue", "The next action is due") },
	[QUEUE_SITE] = { "site", NC_("queue", "A site must be looked at again") },
	[QUEUE_SILENT] = { "silent", NC_("queue", "No answer in time") },
	[QUEUE_REPORT] = { "report", NC_("queue", "Your report waits for its answer") },
	[QUEUE_LATER] = { "later", NC_("queue", "Planned for later") },
	[QUEUE_OPEN] = { "open", NC_("queue", "Your open incident") },
};

const char *
queue_reason_name(enum queue_reason r)
{
	return reasons[r].name;
}

const char *
queue_reason_label(enum queue_reason r)
{
	return reasons[r].label;
}

static int
by_need(const void *x, const void *y)
{
	const struct queue_item *a = x, *b = y;

	if (a->reason != b->reason)
		return a->reason < b->reason ? -1 : 1;
	if (a->mine != b->mine)
		return a->mine ? -1 : 1;
	int64_t p = a->due_at != 0 ? a->due_at : a->at, q = b->due_at != 0 ? b->due_at : b->at;

	if (p != q)
		return p < q ? -1 : 1;
	/* The same order everywhere, whatever the database gave first. */
	int same = strcmp(a->ref, b->ref);

	return same != 0 ? same : (a->id > b->id) - (a->id < b->id);
}

size_t
queue_order(struct queue_item *item, size_t n, int64_t now)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		bool planned = item[i].reason == QUEUE_TASK || item[i].reason == QUEUE_ACTION;

		if (planned && (item[i].due_at == 0 || item[i].due_at > now + SOON))
			item[i].reason = QUEUE_LATER;
	}
	if (n > 0)
		qsort(item, n, sizeof(*item), by_need);
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < kept && strcmp(item[k].ref, item[i].ref) != 0)
			k++;
		if (k == kept)
			item[kept++] = item[i];
	}
	return kept;
}

/* FNV-1a: it only has to tell some dozens of items apart. */
static uint64_t
mix(uint64_t h, const void *p, size_t n)
{
	const unsigned char *byte = p;

	for (size_t i = 0; i < n; i++)
		h = (h ^ byte[i]) * UINT64_C(1099511628211);
	return h;
}

static void
mark_of(const struct queue_item *item, char ret[MARK])
{
	static const char digits[] = "0123456789abcdef";
	uint64_t h = UINT64_C(14695981039346656037);
	int reason = (int)item->reason;

	h = mix(h, item->ref, strlen(item->ref));
	h = mix(h, &reason, sizeof(reason));
	h = mix(h, &item->id, sizeof(item->id));
	/* An answer that came later is news; a due time that passes is not. */
	if (item->reason == QUEUE_ANSWER || item->reason == QUEUE_BOUNCED)
		h = mix(h, &item->at, sizeof(item->at));
	for (int i = 0; i < MARK; i++)
		ret[i] = digits[(h >> (4 * i)) & 15];
}

size_t
queue_next(const struct queue_item *item, size_t n, const char *seen)
{
	for (size_t i = 0; i < n; i++) {
		char mark[MARK];

		mark_of(&item[i], mark);
		if (str_find(str_of(seen), (struct str){ mark, MARK }, 0) == SIZE_MAX)
			return i;
	}
	return SIZE_MAX;
}

const char *
queue_see(struct arena *a, const char *seen, const struct queue_item *item)
{
	struct str s = str_of(seen);
	size_t most = (size_t)(QUEUE_SEEN - 1) * (MARK + 1);
	char mark[MARK];

	mark_of(item, mark);
	if (s.n > most)
		s = str_skip(s, s.n - most);
	return arena_printf(a, "%.*s%.*s.", STR_F(s), MARK, mark);
}
