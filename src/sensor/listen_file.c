/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "sensor/conf.h"
#include "sensor/listener.h"

struct file {
	struct listener l;
	struct capture *capture;
	int fd;
	bool now;
	struct listen_counts counts;
};

static enum err
next(struct listener *l, int ms, struct capture_packet *ret)
{
	struct file *f = (struct file *)l;
	enum err e = capture_next(f->capture, ret);

	(void)ms; /* a file never makes us wait */
	if (e != OK)
		return e == ERR_NOT_FOUND ? e : ERR_IO;
	f->counts.received++;
	if (f->now)
		ret->at = clock_now() * 1000;
	return OK;
}

static void
counts(struct listener *l, struct listen_counts *ret)
{
	*ret = ((struct file *)l)->counts;
}

static void
file_free(struct listener *l)
{
	struct file *f = (struct file *)l;

	capture_free(f->capture);
	(void)close(f->fd); /* only read */
}

enum err
listen_file_open(struct arena *a, const struct conf *c, struct listener **ret, const char **ret_fault)
{
	static const struct listener_kind kind = { next, counts, file_free };
	int fd = open(c->file, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		*ret_fault = arena_printf(a, "%s: %s", c->file, strerror(errno));
		return ERR_IO;
	}
	struct file *f = calloc(1, sizeof(*f));

	if (f == NULL)
		abort(); /* no memory */
	*f = (struct file){ .l = { &kind }, .fd = fd, .now = c->now };
	f->capture = capture_new(capture_fill_fd, &f->fd);
	*ret = &f->l;
	return OK;
}
