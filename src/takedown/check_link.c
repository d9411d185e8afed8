/* SPDX-License-Identifier: Apache-2.0 */
#include "takedown/check_link.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "base/scan.h"
#include "sys/ipc.h"
#include "takedown/site.h"

#define ANSWER_MAX LIMIT_MIB(8) /* bytes of ended ones in one answer */
#define TURN_MS 5000

static void
put(struct buf *b, struct str s)
{
	buf_u32(b, (uint32_t)s.n);
	buf_str(b, s);
}

static void
put_nets(struct buf *b, const struct ip_net *list, size_t n)
{
	buf_u32(b, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		buf_char(b, (char)list[i].ip.v);
		buf_char(b, (char)list[i].prefix);
		buf_add(b, list[i].ip.byte, 16);
	}
}

static struct ip_net *
get_nets(struct scan *s, struct arena *a, size_t *ret_n)
{
	size_t n = scan_u32(s);
	struct ip_net *list;

	if (n > scan_left(s) / 18)
		n = 0;
	list = arena_many(a, struct ip_net, n + 1);
	for (size_t i = 0; i < n; i++) {
		list[i].ip.v = scan_u8(s);
		list[i].prefix = scan_u8(s);
		struct str bytes = scan_bytes(s, 16);

		if (bytes.n == 16)
			memcpy(list[i].ip.byte, bytes.p, 16);
	}
	*ret_n = n;
	return list;
}

static const char *
get_text(struct scan *s, struct arena *a)
{
	return arena_cstr(a, scan_counted(s));
}

static enum err
take_policy(struct check_engine *e, struct arena *a, struct scan *s)
{
	struct check_policy p = { 0 };

	if (scan_u8(s) == 0)
		return OK;
	p.agent = get_text(s, a);
	p.resolver = get_text(s, a);
	p.proxy = get_text(s, a);
	p.seconds = (int)scan_u32(s);
	p.many = (int)scan_u32(s);
	p.allow = get_nets(s, a, &p.allows);
	p.own = get_nets(s, a, &p.owns);
	TRY(scan_error(s));
	return check_engine_set(e, &p);
}

static void
put_seen(struct buf *out, const struct check_seen *c)
{
	buf_u64(out, (uint64_t)c->id);
	put(out, str_of(c->result));
	buf_u32(out, (uint32_t)c->status);
	put(out, str_of(c->address));
	put(out, str_of(c->redirects));
	put(out, str_of(c->error));
	put(out, str_of(c->content_type));
	buf_u32(out, (uint32_t)(c->millis > UINT32_MAX ? UINT32_MAX : c->millis));
	put(out, c->head);
	put(out, c->body);
}

enum err
check_link_serve(void *object, struct arena *a, struct str name, struct str payload, struct buf *out)
{
	struct check_engine *e = object;
	struct scan s = scan_of(payload);
	struct check_seen c;
	struct buf *list = buf_new(a, ANSWER_MAX * 2);
	size_t n, ended;
	uint32_t count = 0;

	if (!str_is(name, "turn"))
		return ERR_NOT_FOUND;
	enum err wrong = take_policy(e, a, &s);

	if (wrong == ERR_INVALID) {
		buf_text(out, "The proxy or the name server of the settings is none.");
		return ERR_INVALID;
	}
	TRY(wrong);
	n = scan_u32(&s);
	for (size_t i = 0; i < n && scan_error(&s) == OK; i++) {
		int64_t id = (int64_t)scan_u64(&s);
		const char *url = get_text(&s, a);

		if (check_engine_add(e, id, url) != OK)
			break; /* the site stays due */
	}
	TRY(scan_end(&s));
	while (list->n < ANSWER_MAX && check_engine_take(e, a, &c)) {
		put_seen(list, &c);
		count++;
	}
	n = check_engine_busy(e, &ended);
	buf_u32(out, (uint32_t)(n + ended));
	buf_u32(out, count);
	buf_str(out, buf_view(list));
	return buf_error(out);
}

static const char *
text_or_null(struct scan *s, struct arena *a)
{
	struct str t = scan_counted(s);

	return t.n == 0 ? NULL : arena_cstr(a, t);
}

enum err
check_link_turn(struct ipc *check, struct arena *a, const struct check_policy *p, const struct check_want *want, size_t n,
    struct check_seen **ret, size_t *ret_n, size_t *ret_busy)
{
	struct buf *b = buf_new(a, LIMIT_MIB(48));
	struct str answer;

	buf_char(b, p == NULL ? 0 : 1);
	if (p != NULL) {
		put(b, str_of(p->agent));
		put(b, str_of(p->resolver));
		put(b, str_of(p->proxy));
		buf_u32(b, (uint32_t)p->seconds);
		buf_u32(b, (uint32_t)p->many);
		put_nets(b, p->allow, p->allows);
		put_nets(b, p->own, p->owns);
	}
	buf_u32(b, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		buf_u64(b, (uint64_t)want[i].id);
		put(b, str_of(want[i].url));
	}
	TRY(buf_error(b));
	TRY(ipc_call(check, a, "turn", buf_view(b), TURN_MS, &answer));
	struct scan s = scan_of(answer);

	*ret_busy = scan_u32(&s);
	*ret_n = scan_u32(&s);
	if (*ret_n > answer.n / 8)
		return ERR_INVALID;
	*ret = arena_many(a, struct check_seen, *ret_n + 1);
	for (size_t i = 0; i < *ret_n; i++) {
		struct check_seen *c = &(*ret)[i];

		c->id = (int64_t)scan_u64(&s);
		c->result = arena_cstr(a, scan_counted(&s));
		c->status = (int)scan_u32(&s);
		c->address = text_or_null(&s, a);
		c->redirects = text_or_null(&s, a);
		c->error = text_or_null(&s, a);
		c->content_type = arena_cstr(a, scan_counted(&s));
		c->millis = scan_u32(&s);
		c->head = scan_counted(&s);
		c->body = scan_counted(&s);
		if (!word_has(site_results, c->result))
			c->result = "error"; /* the cage may have been broken out of */
	}
	return scan_end(&s);
}
