/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/ipc.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/scan.h"

#define IPC_HEAD 4	      /* the length */
#define IPC_FIXED (4 + 1 + 4) /* number, status, length of the name */
#define IPC_CHUNK LIMIT_KIB(64)
/* A frame over this gives its memory back when it was handled. */
#define IPC_KEEP LIMIT_MIB(1)

struct ipc {
	pthread_mutex_t turn; /* a call holds it from its request to its answer */
	int fd;
	atomic_bool broken;
	bool closed;	 /* the peer ended it between two frames */
	uint32_t number; /* of the last request sent */
	struct buf in;	 /* the frame that is arriving, with its length */
};

struct frame {
	uint32_t number;
	enum err status;
	struct str name;
	struct str payload;
};

struct ipc *
ipc_new(int fd)
{
	struct ipc *i = calloc(1, sizeof(*i));

	if (i == NULL)
		abort(); /* as in the arena: the parent restarts us */
	i->fd = fd;
	i->broken = fd < 0;
	(void)pthread_mutex_init(&i->turn, NULL); /* the default kind cannot fail */
	buf_init(&i->in, IPC_HEAD + LIMIT_FRAME);
	return i;
}

static void
shut(struct ipc *i)
{
	i->broken = true;
	if (i->fd >= 0)
		(void)close(i->fd); /* nothing to be done about a failure */
	i->fd = -1;
}

void
ipc_free(struct ipc *i)
{
	if (i == NULL)
		return;
	shut(i);
	buf_done(&i->in);
	(void)pthread_mutex_destroy(&i->turn);
	free(i);
}

int
ipc_fd(const struct ipc *i)
{
	return i->fd;
}

bool
ipc_broken(const struct ipc *i)
{
	return i->broken;
}

enum err
ipc_pair(int ret[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ret) != 0)
		return ERR_UNAVAILABLE;
	return OK;
}

void
ipc_replace(struct ipc *i, int fd)
{
	(void)pthread_mutex_lock(&i->turn);
	shut(i);
	buf_clear(&i->in);
	i->fd = fd;
	i->broken = false;
	i->closed = false;
	(void)pthread_mutex_unlock(&i->turn);
}

/* How many more bytes the frame in ${i->in} needs; 0 when it is whole. */
static enum err
missing(struct ipc *i, size_t *ret)
{
	struct scan s = scan_of(buf_view(&i->in));
	uint32_t n;

	if (i->in.n < IPC_HEAD) {
		*ret = IPC_HEAD - i->in.n;
		return OK;
	}
	n = scan_u32(&s);
	if (n < IPC_FIXED || n > LIMIT_FRAME)
		return ERR_INVALID;
	*ret = n - scan_left(&s);
	return OK;
}

/* Take what has arrived, up to the end of one frame, without waiting. */
static enum err
receive(struct ipc *i, bool *ret_whole)
{
	char chunk[IPC_CHUNK];
	size_t left;

	for (;;) {
		ssize_t n;

		TRY(missing(i, &left));
		*ret_whole = left == 0;
		if (left == 0)
			return OK;
		n = recv(i->fd, chunk, left < sizeof(chunk) ? left : sizeof(chunk), MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return OK;
		if (n <= 0) {
			i->closed = n == 0 && i->in.n == 0;
			return ERR_UNAVAILABLE;
		}
		buf_add(&i->in, chunk, (size_t)n);
		TRY(buf_error(&i->in));
	}
}

/* Take the whole frame in ${i->in} apart; views into it. */
static enum err
frame_parse(const struct ipc *i, struct frame *ret)
{
	struct scan s = scan_of(str_skip(buf_view(&i->in), IPC_HEAD));
	struct frame f;
	uint8_t status;

	f.number = scan_u32(&s);
	status = scan_u8(&s);
	f.name = scan_counted(&s);
	f.payload = scan_bytes(&s, scan_left(&s));
	TRY(scan_end(&s));
	if (status > ERR_UNAVAILABLE)
		return ERR_INVALID;
	f.status = (enum err)status;
	*ret = f;
	return OK;
}

/* Make room for the next frame. */
static void
frame_forget(struct ipc *i)
{
	if (i->in.size > IPC_KEEP) {
		buf_done(&i->in);
		buf_init(&i->in, IPC_HEAD + LIMIT_FRAME);
	}
	buf_clear(&i->in);
}

/* What goes out: the small head is ours, the payload stays the caller's. */
struct outgoing {
	struct buf *head;
	struct str payload;
	size_t sent;
};

static enum err
outgoing_init(struct outgoing *o, struct arena *a, uint32_t number, enum err status,
    struct str name, struct str payload)
{
	if (name.n > LIMIT_NAME || payload.n > LIMIT_FRAME - IPC_FIXED - name.n)
		return ERR_LIMIT;
	o->head = buf_new(a, IPC_HEAD + IPC_FIXED + LIMIT_NAME);
	o->payload = payload;
	o->sent = 0;
	buf_u32(o->head, (uint32_t)(IPC_FIXED + name.n + payload.n));
	buf_u32(o->head, number);
	buf_char(o->head, (char)status);
	buf_u32(o->head, (uint32_t)name.n);
	buf_str(o->head, name);
	return buf_error(o->head);
}

static bool
outgoing_left(const struct outgoing *o)
{
	return o->sent < o->head->n + o->payload.n;
}

/* Send what the pipe takes, without waiting. */
static enum err
send_some(struct ipc *i, struct outgoing *o)
{
	while (outgoing_left(o)) {
		struct str piece = o->sent < o->head->n
		    ? str_skip(buf_view(o->head), o->sent)
		    : str_skip(o->payload, o->sent - o->head->n);
		/* No SIGPIPE: a peer that died is an answer, not an accident. */
		ssize_t n = send(i->fd, piece.p, piece.n, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return OK;
		if (n < 0)
			return ERR_UNAVAILABLE;
		o->sent += (size_t)n;
	}
	return OK;
}

/* Wait until the pipe can go on. ${until}: clock_monotonic_us(), -1 for ever. */
static enum err
wait_for(const struct ipc *i, short events, int64_t until)
{
	for (;;) {
		struct pollfd p = { .fd = i->fd, .events = events };
		int64_t left = until < 0 ? -1 : (until - clock_monotonic_us() + 999) / 1000;
		int n;

		if (until >= 0 && left <= 0)
			return ERR_TIMEOUT;
		n = poll(&p, 1, left < 0 ? -1 : left > 3600000 ? 3600000 : (int)left);
		if (n > 0)
			return OK;
		if (n < 0 && errno != EINTR)
			return ERR_UNAVAILABLE;
	}
}

/*
 * Send the request and read frames until its answer is there. Both directions
 * move in one loop: the other side may still be writing an answer that nobody
 * waits for any more, and must get rid of it before it reads.
 */
static enum err
exchange(struct ipc *i, struct outgoing *o, int64_t until, struct frame *ret)
{
	for (;;) {
		bool whole;

		TRY(send_some(i, o));
		TRY(receive(i, &whole));
		if (whole) {
			struct frame f;

			TRY(frame_parse(i, &f));
			if (f.number == i->number && !outgoing_left(o)) {
				*ret = f;
				return OK;
			}
			frame_forget(i); /* too late */
			continue;
		}
		TRY(wait_for(i, (short)(POLLIN | (outgoing_left(o) ? POLLOUT : 0)), until));
	}
}

static enum err
call(struct ipc *i, struct arena *a, const char *name, struct str payload, int ms, struct str *ret)
{
	int64_t until = clock_monotonic_us() + (int64_t)ms * 1000;
	struct outgoing o;
	struct frame f;
	enum err e;

	if (i->broken)
		return ERR_UNAVAILABLE;
	i->number++;
	TRY(outgoing_init(&o, a, i->number, OK, str_of(name), payload));
	e = exchange(i, &o, until, &f);
	if (e == ERR_TIMEOUT && !outgoing_left(&o))
		return e; /* a whole request went out: the pipe stays in step */
	if (e != OK) {
		shut(i);
		return e == ERR_TIMEOUT ? e : ERR_UNAVAILABLE;
	}
	*ret = arena_str(a, f.payload);
	frame_forget(i);
	return f.status;
}

enum err
ipc_call(struct ipc *i, struct arena *a, const char *name, struct str payload, int ms,
    struct str *ret)
{
	enum err e;

	*ret = STR_NULL;
	if (i == NULL)
		return ERR_UNAVAILABLE;
	(void)pthread_mutex_lock(&i->turn);
	e = call(i, a, name, payload, ms, ret);
	(void)pthread_mutex_unlock(&i->turn);
	return e;
}

/* Wait for the next request: any time for its first byte, then a bounded one,
 * so that a peer gone wrong cannot hold up the others we serve. */
static enum err
next_request(struct ipc *i, struct frame *ret)
{
	int64_t until = -1;
	bool whole = false;

	for (;;) {
		TRY(receive(i, &whole));
		if (whole)
			return frame_parse(i, ret);
		if (until < 0 && i->in.n > 0)
			until = clock_monotonic_us() + LIMIT_FRAME_SECONDS * INT64_C(1000000);
		TRY(wait_for(i, POLLIN, until));
	}
}

static enum err
answer(struct ipc *i, struct outgoing *o)
{
	int64_t until = clock_monotonic_us() + LIMIT_FRAME_SECONDS * INT64_C(1000000);

	for (;;) {
		TRY(send_some(i, o));
		if (!outgoing_left(o))
			return OK;
		TRY(wait_for(i, POLLOUT, until));
	}
}

enum err
ipc_serve_one(struct ipc *i, ipc_handler handler, void *object)
{
	AUTO(arena) a = NULL;
	struct outgoing o;
	struct frame f;
	struct buf *out;
	enum err e;

	if (i->broken)
		return ERR_NOT_FOUND;
	e = next_request(i, &f);
	if (e != OK) {
		shut(i);
		return i->closed ? ERR_NOT_FOUND : e;
	}
	a = arena_new();
	out = buf_new(a, LIMIT_FRAME - IPC_FIXED);
	e = handler(object, a, f.name, f.payload, out);
	if (e == OK && buf_error(out) != OK) {
		buf_clear(out);
		buf_text(out, "the answer is larger than a frame may be");
		e = ERR_LIMIT;
	}
	TRY(outgoing_init(&o, a, f.number, e, STR_NULL, buf_view(out)));
	e = answer(i, &o);
	frame_forget(i);
	if (e != OK)
		shut(i);
	return e;
}

enum err
ipc_fd_send(int control, unsigned char tag, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} space = { .bytes = { 0 } };
	struct iovec piece = { .iov_base = &tag, .iov_len = 1 };
	struct msghdr m = {
		.msg_iov = &piece,
		.msg_iovlen = 1,
		.msg_control = space.bytes,
		.msg_controllen = sizeof(space.bytes),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	/* Never waits: a role that does not read its control pair is ill, and
	 * the parent must not catch it. */
	return sendmsg(control, &m, MSG_NOSIGNAL | MSG_DONTWAIT) == 1 ? OK : ERR_UNAVAILABLE;
}

enum err
ipc_fd_receive(int control, unsigned char *ret_tag, int *ret_fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} space;
	unsigned char tag;
	struct iovec piece = { .iov_base = &tag, .iov_len = 1 };
	struct msghdr m = {
		.msg_iov = &piece,
		.msg_iovlen = 1,
		.msg_control = space.bytes,
		.msg_controllen = sizeof(space.bytes),
	};
	struct cmsghdr *c;
	ssize_t n;

	do
		n = recvmsg(control, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return ERR_TIMEOUT;
	if (n <= 0)
		return ERR_NOT_FOUND;
	c = CMSG_FIRSTHDR(&m);
	if (c == NULL || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
	    c->cmsg_len != CMSG_LEN(sizeof(int)))
		return ERR_INVALID;
	memcpy(ret_fd, CMSG_DATA(c), sizeof(int));
	*ret_tag = tag;
	return OK;
}
