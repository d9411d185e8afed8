/* SPDX-License-Identifier: Apache-2.0 */
#include "web/web_crypt.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "sys/ipc.h"

struct web_crypt {
	pthread_mutex_t lock; /* held while a worker talks */
	struct ipc *ipc;
	atomic_int next; /* a newer pipe, or -1 */
};

struct web_crypt *
web_crypt_new(int fd)
{
	struct web_crypt *c = calloc(1, sizeof(*c));

	if (c == NULL)
		abort(); /* as in the arena: the parent restarts us */
	(void)pthread_mutex_init(&c->lock, NULL); /* cannot fail on Linux */
	c->ipc = ipc_new(fd);
	atomic_init(&c->next, -1);
	return c;
}

void
web_crypt_free(struct web_crypt *c)
{
	int fd;

	if (c == NULL)
		return;
	fd = atomic_load(&c->next);
	if (fd >= 0)
		(void)close(fd);
	ipc_free(c->ipc);
	(void)pthread_mutex_destroy(&c->lock);
	free(c);
}

struct ipc *
web_crypt_take(struct web_crypt *c)
{
	int fd;

	if (c == NULL)
		return NULL;
	(void)pthread_mutex_lock(&c->lock);
	fd = atomic_exchange(&c->next, -1);
	if (fd >= 0)
		ipc_replace(c->ipc, fd);
	return c->ipc;
}

void
web_crypt_give(struct web_crypt *c)
{
	if (c != NULL)
		(void)pthread_mutex_unlock(&c->lock);
}

void
web_crypt_replace(struct web_crypt *c, int fd)
{
	int old = atomic_exchange(&c->next, fd);

	if (old >= 0)
		(void)close(old); /* nobody came to use it */
}
