/* SPDX-License-Identifier: Apache-2.0 */
/* web_presence.c - who has which object open; forgotten after 30 seconds. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "web/web_priv.h"

#define ROWS 512
#define FORGET (30 * CLOCK_SECOND)

struct row {
	char object[48];
	char name[128];
	int64_t person, at;
	bool writing;
};

struct web_presence {
	pthread_mutex_t lock;
	struct row row[ROWS];
};

struct web_presence *
web_presence_new(void)
{
	struct web_presence *p = calloc(1, sizeof(*p));

	if (p == NULL)
		abort();
	(void)pthread_mutex_init(&p->lock, NULL);
	return p;
}

void
web_presence_free(struct web_presence *p)
{
	free(p);
}

void
web_presence_touch(struct web_presence *p, const char *object, int64_t person, const char *name,
    bool writing, int64_t now)
{
	struct row *oldest = &p->row[0];

	(void)pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < ROWS; i++) {
		struct row *r = &p->row[i];

		if (r->person == person && strcmp(r->object, object) == 0) {
			oldest = r;
			break;
		}
		if (r->at < oldest->at)
			oldest = r;
	}
	(void)snprintf(oldest->object, sizeof(oldest->object), "%s", object);
	(void)snprintf(oldest->name, sizeof(oldest->name), "%s", name);
	oldest->person = person;
	oldest->at = now;
	oldest->writing = writing;
	(void)pthread_mutex_unlock(&p->lock);
}

void
web_presence_others(struct web_presence *p, struct arena *a, const char *object, int64_t person,
    int64_t now, struct value *list)
{
	(void)pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < ROWS; i++) {
		const struct row *r = &p->row[i];

		if (r->person == person || now - r->at > FORGET || strcmp(r->object, object) != 0)
			continue;
		struct value *o = value_add_object(a, list);

		value_set_text(a, o, "name", arena_dup(a, r->name));
		value_set_bool(a, o, "writing", r->writing);
	}
	(void)pthread_mutex_unlock(&p->lock);
}
