/* SPDX-License-Identifier: Apache-2.0 */
#include "observation/observe.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/arena.h"
#include "http/http.h"
#include "telescope/store.h"
#include "web/web.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct store *idle;

const char *
observe_folder(struct arena *a, const char *data_dir)
{
	return arena_printf(a, "%s/telescope/store", data_dir);
}

enum err
observe_take(const char *folder, struct store **ret)
{
	AUTO(store) s = NULL;

	(void)pthread_mutex_lock(&lock);
	s = idle;
	idle = NULL;
	(void)pthread_mutex_unlock(&lock);
	if (s == NULL || store_reload(s) != OK) {
		store_free(s);
		s = NULL;
		TRY(store_open(folder, false, &s));
	}
	*ret = s;
	s = NULL;
	return OK;
}

void
observe_give(struct store *s)
{
	(void)pthread_mutex_lock(&lock);
	if (idle == NULL) {
		idle = s;
		s = NULL;
	}
	(void)pthread_mutex_unlock(&lock);
	store_free(s);
}

static atomic_flag long_runs = ATOMIC_FLAG_INIT;

bool
observe_begin_long(void)
{
	return !atomic_flag_test_and_set(&long_runs);
}

void
observe_end_long(void)
{
	atomic_flag_clear(&long_runs);
}

bool
observe_wanted(void *web, size_t done, size_t all)
{
	const struct web *w = web;

	(void)done;
	(void)all;
	return !http_unwanted(w->request);
}

const char *
observe_refuses(const struct filter *f)
{
	const char *fault;

	if (f == NULL || f->kind == FILTER_ALL)
		return NULL;
	if (f->kind == FILTER_TEST) {
		if (f->field == FILTER_DST)
			return N_("Addresses of sensors are not asked for here. Write src before a source's address, or sensor and a name.");
		return f->field == FILTER_SEQ ? N_("Sequence numbers are not asked for here: some tell a sensor's address.") : NULL;
	}
	fault = observe_refuses(f->left);
	return fault != NULL || f->right == NULL ? fault : observe_refuses(f->right);
}

const char *
observe_change(struct arena *a, int64_t n, int64_t before)
{
	if (before == 0)
		return "—";
	double times = (double)n / (double)before;

	if (times >= 10)
		return arena_printf(a, "×%.0f", times);
	return arena_printf(a, "%+.0f%%", (times - 1) * 100 + (times < 1 && times > 0.995 ? 0.5 : 0));
}

void
observe_zoom(struct web *w, struct value *o, const char *href, int64_t from, int64_t to)
{
	value_set_text(w->a, o, "href", href);
	value_set_int(w->a, o, "from", from);
	value_set_int(w->a, o, "to", to);
}

void
observe_public(struct web *w)
{
	if (w->user != NULL) /* with his navigation */
		return;
	w->cache = "public, max-age=300";
	w->etag = true;
	web_header(w, "Vary", "Accept, Accept-Language, Cookie");
}
