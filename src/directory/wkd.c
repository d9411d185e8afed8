/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/wkd.h"

#include <string.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/ip.h"
#include "base/limit.h"
#include "base/scan.h"
#include "base/sha1.h"
#include "base/utf8.h"
#include "directory/host.h"
#include "text/i18n.h"
#include "text/value.h"

/* RFC 6189 5.1.6: five bits a character. */
static const char *
zbase32(struct arena *a, const unsigned char *p, size_t n)
{
	static const char alphabet[] = "ybndrfg8ejkmcpqxot1uwisza345h769";
	struct buf *b = buf_new(a, 2 * n + 2);
	uint32_t bits = 0;
	int have = 0;

	for (size_t i = 0; i < n; i++) {
		bits = bits << 8 | p[i];
		for (have += 8; have >= 5; have -= 5)
			buf_char(b, alphabet[bits >> (have - 5) & 31]);
	}
	if (have > 0)
		buf_char(b, alphabet[bits << (5 - have) & 31]);
	return buf_cstr(a, b);
}

/* For the query: what is not unreserved (RFC 3986) is written as %XX. */
static const char *
escaped(struct arena *a, struct str s)
{
	struct buf *b = buf_new(a, 3 * s.n + 1);

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		char l = str_lower((char)c);

		if ((l >= 'a' && l <= 'z') || str_is_digit((char)c) || strchr("-._~", c) != NULL)
			buf_char(b, (char)c);
		else
			buf_printf(b, "%%%02X", c);
	}
	return buf_cstr(a, b);
}

static const char *
placed(struct arena *a, const char *where, const char *host)
{
	struct str s = str_of(where);
	size_t at = str_find_char(s, '*', 0);

	return at == SIZE_MAX ? where : arena_printf(a, "%.*s%s%s", STR_F(str_take(s, at)), host, where + at + 1);
}

enum err
wkd_of(struct arena *a, const char *where, const char *email, struct wkd *ret)
{
	unsigned char digest[SHA1_BYTES];
	struct host h;

	struct ip ip;

	if (host_parse(a, str_of(email), &h) != OK || h.kind != HOST_MAIL || h.is_address || h.name.n == 0 ||
	    h.local.n == 0 || ip_parse(h.name, &ip) == OK)
		return ERR_INVALID;
	struct buf *local = buf_new(a, h.local.n + 1);

	for (size_t i = 0; i < h.local.n; i++)
		buf_char(local, str_lower(h.local.p[i])); /* ASCII only, says the draft */
	struct str lower = buf_view(local);

	sha1(&lower, 1, digest);
	const char *hash = zbase32(a, digest, sizeof(digest)), *l = escaped(a, h.local);
	const char *name = arena_cstr(a, h.name);

	ret->email = arena_printf(a, "%.*s@%s", STR_F(lower), name);
	ret->object = arena_printf(a, "key %s", ret->email);
	ret->host = arena_printf(a, "openpgpkey.%s", name);
	ret->advanced = arena_printf(a, "%s/.well-known/openpgpkey/%s/hu/%s?l=%s", placed(a, where, ret->host), name, hash, l);
	ret->direct = arena_printf(a, "%s/.well-known/openpgpkey/hu/%s?l=%s", placed(a, where, name), hash, l);
	return OK;
}

/* Packets */

/* The length of a packet's body; partial and endless ones are not for keys. */
static bool
packet(struct scan *s, uint8_t *ret_tag, struct str *ret_body)
{
	uint8_t head = scan_u8(s);
	size_t n;

	if ((head & 0x80) == 0)
		return false;
	if ((head & 0x40) != 0) {
		uint8_t first = scan_u8(s);

		*ret_tag = head & 0x3f;
		if (first < 192)
			n = first;
		else if (first < 224)
			n = ((size_t)(first - 192) << 8) + scan_u8(s) + 192;
		else if (first == 255)
			n = scan_u32(s);
		else
			return false;
	} else {
		*ret_tag = head >> 2 & 15;
		if ((head & 3) == 3)
			return false;
		n = (head & 3) == 0 ? scan_u8(s) : (head & 3) == 1 ? scan_u16(s) : scan_u32(s);
	}
	if (scan_error(s) != OK || n > scan_left(s))
		return false;
	*ret_body = scan_bytes(s, n);
	return true;
}

static void
primary(struct arena *a, struct str body, struct wkd_key *ret)
{
	struct scan s = scan_of(body);
	uint8_t version = scan_u8(&s);
	uint32_t created = scan_u32(&s);
	unsigned char digest[SHA1_BYTES];

	if (version != 4 || scan_error(&s) != OK || body.n > UINT16_MAX) {
		ret->fault = N_("This kind of OpenPGP key cannot be read here.");
		return;
	}
	const char head[3] = { (char)0x99, (char)(body.n >> 8), (char)(body.n & 255) };
	const struct str parts[] = { { head, sizeof(head) }, body };
	const char *hex;

	sha1(parts, COUNT(parts), digest);
	hex = hex_format(a, digest, sizeof(digest));
	struct buf *b = buf_new(a, 64);

	for (; *hex != '\0'; hex++)
		buf_char(b, *hex >= 'a' ? (char)(*hex - 'a' + 'A') : *hex);
	ret->fingerprint = buf_cstr(a, b);
	ret->created_at = (int64_t)created * CLOCK_SECOND;
}

static void
user(struct arena *a, struct str body, const char *email, struct wkd_key *ret)
{
	struct str text = utf8_clean_line(a, str_take(body, 1000)), address = text;
	size_t open = str_find_char(text, '<', 0);

	if (open != SIZE_MAX) {
		address = str_skip(text, open + 1);
		address = str_take(address, str_find_char(address, '>', 0));
	}
	ret->names = ret->names || str_is_case(address, email);
	if (ret->users < WKD_USERS)
		ret->user[ret->users++] = arena_cstr(a, text);
}

void
wkd_read(struct arena *a, struct str bytes, const char *email, struct wkd_key *ret)
{
	struct scan s = scan_of(bytes);

	*ret = (struct wkd_key){ 0 };
	if (str_starts(bytes, STR("-----BEGIN"))) {
		ret->fault = N_("The server sent text; a key directory sends the key's bytes.");
		return;
	}
	while (scan_left(&s) > 0 && ret->fault == NULL) {
		struct str body;
		uint8_t tag;

		if (!packet(&s, &tag, &body)) {
			ret->fault = N_("This is not an OpenPGP key.");
		} else if (tag == 6) {
			if (ret->fingerprint != NULL)
				ret->fault = N_("The server sent several keys.");
			else
				primary(a, body, ret);
		} else if (ret->fingerprint == NULL) {
			ret->fault = N_("This is not an OpenPGP key.");
		} else if (tag == 13) {
			user(a, body, email, ret);
		}
	}
	if (ret->fault == NULL && ret->fingerprint == NULL)
		ret->fault = N_("This is not an OpenPGP key.");
	if (ret->fault == NULL && !ret->names)
		ret->fault = N_("The key does not name this address.");
}

enum err
wkd_parse_row(struct arena *a, struct str in, struct ipc *crypt, struct buf *out)
{
	struct scan s = scan_of(in);
	const char *email = arena_cstr(a, scan_counted(&s));
	struct value *o = value_object(a), *users = value_set_list(a, o, "users");
	struct wkd_key k;

	(void)crypt;
	TRY(scan_error(&s));
	wkd_read(a, scan_bytes(&s, scan_left(&s)), email, &k);
	value_set_text(a, o, "fingerprint", k.fingerprint);
	value_set_int(a, o, "created_at", k.created_at);
	value_set_bool(a, o, "names", k.names);
	value_set_text(a, o, "fault", k.fault);
	for (size_t i = 0; i < k.users; i++)
		value_add_text(a, users, k.user[i]);
	value_json(out, o);
	return buf_error(out);
}

enum err
wkd_parsed(struct arena *a, struct str json, struct wkd_key *ret)
{
	struct value *o;

	*ret = (struct wkd_key){ 0 };
	TRY(value_parse(a, json, &o, NULL));
	const struct value *users = value_get(o, "users");

	if (value_type(value_get(o, "fingerprint")) == VALUE_TEXT)
		ret->fingerprint = value_cstr(value_get(o, "fingerprint"));
	if (value_type(value_get(o, "fault")) == VALUE_TEXT)
		ret->fault = value_cstr(value_get(o, "fault"));
	ret->created_at = value_integer(value_get(o, "created_at"));
	ret->names = value_true(value_get(o, "names"));
	for (size_t i = 0; i < value_count(users) && i < WKD_USERS; i++)
		ret->user[ret->users++] = value_cstr(value_at(users, i));
	return OK;
}

/* RFC 9580 6.1.1 */
static uint32_t
crc24(struct str s)
{
	uint32_t crc = 0xb704ce;

	for (size_t i = 0; i < s.n; i++) {
		crc ^= (uint32_t)(unsigned char)s.p[i] << 16;
		for (int k = 0; k < 8; k++)
			crc = (crc << 1) ^ ((crc & 0x800000) != 0 ? 0x1864cfb : 0);
	}
	return crc & 0xffffff;
}

const char *
wkd_armor(struct arena *a, struct str bytes)
{
	struct buf *b = buf_new(a, 2 * bytes.n + 400);
	struct str text = str_of(base64_format(a, bytes));
	uint32_t crc = crc24(bytes);
	const char sum[3] = { (char)(crc >> 16), (char)(crc >> 8), (char)crc };

	buf_text(b, "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n");
	while (text.n > 0) {
		buf_str(b, str_take(text, 64));
		buf_char(b, '\n');
		text = str_skip(text, 64);
	}
	buf_printf(b, "=%s\n-----END PGP PUBLIC KEY BLOCK-----\n", base64_format(a, (struct str){ sum, sizeof(sum) }));
	return buf_cstr(a, b);
}
