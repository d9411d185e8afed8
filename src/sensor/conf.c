/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/conf.h"

#include <string.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/hex.h"
#include "base/limit.h"
#include "telescope/record.h"

struct parse {
	struct arena *a;
	struct conf c;
	struct ip_net *address, *except;
	const char *fault;
};

static enum err
wrong(struct parse *p, const char *text)
{
	p->fault = text;
	return ERR_INVALID;
}

static enum err
take_centre(struct parse *p, struct str v)
{
	struct str host, port = STR("443");

	if (!str_eat_case(&v, STR("https://")))
		return wrong(p, "the centre's address begins with https://");
	while (v.n > 0 && v.p[v.n - 1] == '/')
		v.n--;
	if (str_eat(&v, STR("["))) { /* an IPv6 address */
		size_t end = str_find_char(v, ']', 0);

		if (end == SIZE_MAX)
			return wrong(p, "an IPv6 address ends with ]");
		host = str_take(v, end);
		v = str_skip(v, end + 1);
	} else {
		size_t end = str_find_char(v, ':', 0);

		host = str_take(v, end == SIZE_MAX ? v.n : end);
		v = str_skip(v, host.n);
	}
	if (str_eat(&v, STR(":"))) {
		port = v;
		v = STR_NULL;
	}
	int64_t number;

	if (v.n > 0 || host.n == 0 || host.n > 255 || !str_int(port, 1, 65535, &number))
		return wrong(p, "not an address like https://csirt.example.jp or https://[2001:db8::1]:8480");
	for (size_t i = 0; i < host.n; i++) {
		char ch = host.p[i];

		if (!str_is_alnum(ch) && ch != '.' && ch != '-' && ch != ':' && ch != '_')
			return wrong(p, "the centre's name has a character that no name has; only host and port stand here");
	}
	p->c.host = arena_cstr(p->a, host);
	p->c.port = arena_cstr(p->a, port);
	return OK;
}

static enum err
take_trust(struct parse *p, struct str v)
{
	if (str_is(v, "pin")) {
		p->c.trust = CONF_PIN;
	} else if (str_is(v, "system")) {
		p->c.trust = CONF_SYSTEM;
	} else if (str_starts(v, STR("/"))) {
		p->c.trust = CONF_FILE;
		p->c.trust_file = arena_cstr(p->a, v);
	} else {
		return wrong(p, "trust is pin, system, or the path of a file of certificates");
	}
	return OK;
}

static enum err
take_pin(struct parse *p, struct str v)
{
	p->c.pinned = true;
	if (conf_pin(p->a, v, p->c.pin) != OK)
		return wrong(p, "a pin is the SHA-256 of the centre's public key, in hexadecimal or base64");
	return OK;
}

static enum err
take_interface(struct parse *p, struct str v)
{
	if (v.n > 15 || str_find_char(v, '/', 0) != SIZE_MAX)
		return wrong(p, "no network interface has such a name; see: ip link");
	p->c.interface = arena_cstr(p->a, v);
	return OK;
}

static enum err
take_file(struct parse *p, struct str v)
{
	p->c.file = arena_cstr(p->a, v);
	return OK;
}

static enum err
take_times(struct parse *p, struct str v)
{
	p->c.now = str_is(v, "now");
	if (!p->c.now && !str_is(v, "file"))
		return wrong(p, "times is file (when the packets were captured) or now");
	return OK;
}

static enum err
take_capture(struct parse *p, struct str v)
{
	p->c.ring = str_is(v, "ring");
	if (!p->c.ring && !str_is(v, "pcap"))
		return wrong(p, "capture is pcap or ring");
	return OK;
}

static enum err
take_promiscuous(struct parse *p, struct str v)
{
	p->c.promiscuous = str_is(v, "yes");
	if (!p->c.promiscuous && !str_is(v, "no"))
		return wrong(p, "promiscuous is yes or no");
	return OK;
}

static enum err
take_filter(struct parse *p, struct str v)
{
	p->c.filter = arena_cstr(p->a, v);
	return OK;
}

/* A network, or one address. */
static enum err
net(struct parse *p, struct str v, struct ip_net *ret)
{
	if (ip_net_parse_any(v, ret) != OK)
		return wrong(p, "not an address or network like 192.0.2.1, 192.0.2.0/24 or 2001:db8::/64 (host bits are 0)");
	return OK;
}

static enum err
take_address(struct parse *p, struct str v)
{
	if (p->c.addresses == LIMIT_SENSOR_NETS)
		return wrong(p, "too many addresses");
	p->address = arena_room(p->a, p->address, p->c.addresses, sizeof(*p->address));
	p->c.address = p->address;
	return net(p, v, &p->address[p->c.addresses++]);
}

static enum err
take_except(struct parse *p, struct str v)
{
	if (p->c.excepts == LIMIT_SENSOR_NETS)
		return wrong(p, "too many exceptions");
	p->except = arena_room(p->a, p->except, p->c.excepts, sizeof(*p->except));
	p->c.except = p->except;
	return net(p, v, &p->except[p->c.excepts++]);
}

static enum err
take_payload(struct parse *p, struct str v)
{
	int64_t n;

	if (!str_int(v, 0, RECORD_PAYLOAD, &n))
		return wrong(p, "payload is a number of bytes from 0 to 64");
	p->c.payload = (unsigned)n;
	return OK;
}

static enum err
take_state(struct parse *p, struct str v)
{
	if (!str_starts(v, STR("/")) || v.n > 200)
		return wrong(p, "state is the path of a folder and begins with /");
	p->c.state = arena_cstr(p->a, v);
	return OK;
}

static enum err
take_user(struct parse *p, struct str v)
{
	p->c.user = arena_cstr(p->a, v);
	return OK;
}

/* "64M", "512K", "1G", or bytes. */
static bool
size(struct str v, uint64_t least, uint64_t most, uint64_t *ret)
{
	uint64_t n, unit = 1;

	if (!str_eat_digits(&v, 1, 15, &n))
		return false;
	if (str_eat(&v, STR("K")))
		unit = 1024;
	else if (str_eat(&v, STR("M")))
		unit = 1024 * 1024;
	else if (str_eat(&v, STR("G")))
		unit = 1024 * 1024 * 1024;
	*ret = n * unit; /* 15 digits and 30 bits: the check of the bounds would see less */
	return v.n == 0 && n <= most && *ret >= least && *ret <= most;
}

static enum err
take_spool(struct parse *p, struct str v)
{
	if (!size(v, LIMIT_MIB(1), LIMIT_MIB(64 * 1024), &p->c.spool))
		return wrong(p, "spool is a size from 1M to 64G, like 256M");
	return OK;
}

static enum err
take_buffer(struct parse *p, struct str v)
{
	if (!size(v, LIMIT_KIB(64), LIMIT_MIB(1024), &p->c.buffer))
		return wrong(p, "buffer is a size from 64K to 1G, like 2M");
	return OK;
}

struct word {
	const char *name;
	enum err (*take)(struct parse *p, struct str v);
	bool many;
};
static const struct word words[] = {
	{ "centre", take_centre, false },
	{ "trust", take_trust, false },
	{ "pin", take_pin, false },
	{ "interface", take_interface, false },
	{ "file", take_file, false },
	{ "times", take_times, false },
	{ "capture", take_capture, false },
	{ "promiscuous", take_promiscuous, false },
	{ "filter", take_filter, false },
	{ "address", take_address, true },
	{ "except", take_except, true },
	{ "payload", take_payload, false },
	{ "state", take_state, false },
	{ "user", take_user, false },
	{ "spool", take_spool, false },
	{ "buffer", take_buffer, false },
};

static enum err
line(struct parse *p, struct str s, unsigned *seen)
{
	struct str name;

	if (str_find_char(s, '\0', 0) != SIZE_MAX)
		return wrong(p, "a byte that is no text");
	s = str_trim(str_take(s, str_find_char(s, '#', 0)));
	if (s.n == 0)
		return OK;
	size_t end = 0;

	while (end < s.n && !str_is_space(s.p[end]))
		end++;
	name = str_take(s, end);
	s = str_trim(str_skip(s, end));
	for (size_t i = 0; i < COUNT(words); i++) {
		if (!str_is(name, words[i].name))
			continue;
		if (s.n == 0)
			return wrong(p, arena_printf(p->a, "%s has no value", words[i].name));
		if (!words[i].many && (*seen & 1U << i) != 0)
			return wrong(p, arena_printf(p->a, "%s stands here a second time", words[i].name));
		*seen |= 1U << i;
		return words[i].take(p, s);
	}
	return wrong(p, arena_printf(p->a, "there is no setting %.*s; see tobiguchi-sensor.conf(5)", STR_F(str_take(name, 40))));
}

/* Is something missing, or one too many? */
static enum err
whole(struct parse *p)
{
	const struct conf *c = &p->c;

	if (c->host == NULL)
		return wrong(p, "\"centre https://…\" is missing: where the records are sent");
	if ((c->interface == NULL) == (c->file == NULL))
		return wrong(p, "one of \"interface NAME\" and \"file PATH\" must be there, and only one");
	if (c->addresses == 0)
		return wrong(p, "\"address NETWORK\" is missing: packets to which addresses are recorded");
	if (c->file == NULL && c->now)
		return wrong(p, "\"times now\" is for a file; packets of an interface always happen now");
	if (c->trust != CONF_PIN && c->pinned)
		return wrong(p, "\"pin\" and \"trust system\" or a file: choose one");
	if (c->ring && (c->file != NULL || c->filter != NULL))
		return wrong(p, "\"capture ring\" is for an interface and takes no \"filter\"; use \"capture pcap\"");
	return OK;
}

/* FNV-1a, 64 bits: to see that a sensor runs with another file than before. */
static uint64_t
hash(struct str s)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(1099511628211);
	return h;
}

enum err
conf_parse(struct arena *a, struct str text, struct conf *ret, struct conf_fault *fault)
{
	struct parse p = {
		.a = a,
		.c = { .state = "/var/lib/tobiguchi-sensor", .user = "tobiguchi-sensor", .spool = LIMIT_MIB(256),
		    .buffer = LIMIT_MIB(2), .hash = hash(text) },
	};
	unsigned seen = 0, number = 0;
	struct str s;
	enum err e = text.n > LIMIT_SENSOR_CONF ? wrong(&p, "the file is longer than 64 KiB") : OK;

	while (e == OK && str_line(&text, &s)) {
		number++;
		e = line(&p, s, &seen);
	}
	if (e == OK) {
		number = 0;
		e = whole(&p);
	}
	if (e != OK) {
		*fault = (struct conf_fault){ number, p.fault };
		return e;
	}
	*ret = p.c;
	return OK;
}

enum err
conf_pin(struct arena *a, struct str text, unsigned char ret[32])
{
	struct str bytes;

	if (text.n == 64)
		return hex_parse(text, ret, 32);
	TRY(base64_parse(a, text, &bytes));
	if (bytes.n != 32)
		return ERR_INVALID;
	memcpy(ret, bytes.p, 32);
	return OK;
}
