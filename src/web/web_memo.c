/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web_memo.c - numbers that many pages show and few changes change: the counts
 * of views. One is good as long as nothing was journalled since, and for a few
 * seconds at most, since time alone changes some ("late").
 */
#include <stdlib.h>
#include <string.h>

#include "db/db.h"
#include "web/web_priv.h"

#define ROWS 1024 /* a power of two */
#define WAYS 4	  /* rows that one key may take: two views must not drive each other out */
#define KEY 200	  /* bytes; longer keys are not kept */
#define GOOD (5 * CLOCK_SECOND)

struct row {
	char key[KEY];
	int64_t journal; /* newest entry when it was counted */
	int64_t at, value;
};
struct web_memo {
	pthread_mutex_t lock;
	struct row row[ROWS];
};

struct web_memo *
web_memo_new(void)
{
	struct web_memo *m = calloc(1, sizeof(*m));

	if (m == NULL)
		abort();
	(void)pthread_mutex_init(&m->lock, NULL);
	return m;
}

void
web_memo_free(struct web_memo *m)
{
	free(m);
}

/* The row of that key, else the one to give up for it. The lock is held. */
static struct row *
row_of(struct web_memo *m, const char *key)
{
	uint32_t h = UINT32_C(2166136261);
	struct row *set, *oldest;

	for (const char *p = key; *p != '\0'; p++)
		h = (h ^ (unsigned char)*p) * UINT32_C(16777619);
	set = oldest = &m->row[(h ^ h >> 16) & (ROWS - WAYS)];
	for (struct row *r = set; r < set + WAYS; r++) {
		if (strcmp(r->key, key) == 0)
			return r;
		if (r->at < oldest->at)
			oldest = r;
	}
	return oldest;
}

/* The newest entry that this request's snapshot sees; asked once a request. */
static enum err
newest(struct web *w)
{
	AUTO(db_stmt) q = NULL;

	if (w->journal != 0)
		return OK;
	TRY(db_one(w->db, &q, "SELECT COALESCE(MAX(id), 0) + 1 FROM journal"));
	w->journal = db_int(q, 0);
	return OK;
}

enum err
web_memo(struct web *w, const char *key, web_count_fn count, void *object, int64_t *ret)
{
	struct web_memo *m = w->state->memo;
	struct row *r;
	bool found;

	if (strlen(key) >= KEY)
		return count(w, object, ret);
	TRY(newest(w));
	(void)pthread_mutex_lock(&m->lock);
	r = row_of(m, key);
	found = r->journal == w->journal && w->now - r->at < GOOD && r->at <= w->now && strcmp(r->key, key) == 0;
	*ret = r->value;
	(void)pthread_mutex_unlock(&m->lock);
	if (found)
		return OK;
	TRY(count(w, object, ret));
	(void)pthread_mutex_lock(&m->lock);
	r = row_of(m, key);
	memcpy(r->key, key, strlen(key) + 1);
	r->journal = w->journal;
	r->at = w->now;
	r->value = *ret;
	(void)pthread_mutex_unlock(&m->lock);
	return OK;
}
