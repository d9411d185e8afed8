/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/certificate.h"

#include "base/arena.h"
#include "base/base64.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/scan.h"

enum { DER_INTEGER = 0x02, DER_UTC_TIME = 0x17, DER_TIME = 0x18, DER_SEQUENCE = 0x30, DER_VERSION = 0xa0 };

/* One element (X.690 8.1): its tag and its contents. Lengths are definite, as
 * DER has them, and at most four bytes long. */
static struct str
element(struct scan *s, uint8_t *ret_tag)
{
	size_t n;
	uint8_t first;

	*ret_tag = scan_u8(s);
	first = scan_u8(s);
	if (first < 0x80)
		return scan_bytes(s, first);
	if (first == 0x80 || first > 0x84) {
		s->failed = true;
		return STR_NULL;
	}
	n = 0;
	for (int i = first & 0x7f; i > 0; i--)
		n = n << 8 | scan_u8(s);
	return scan_bytes(s, n);
}

static struct str
expect(struct scan *s, uint8_t tag)
{
	uint8_t found;
	struct str inside = element(s, &found);

	if (found != tag)
		s->failed = true;
	return inside;
}

static bool
two(struct str *s, int32_t *ret)
{
	uint64_t n;

	if (!str_eat_digits(s, 2, 2, &n))
		return false;
	*ret = (int32_t)n;
	return true;
}

/* UTCTime (years 1950 to 2049) or GeneralizedTime, RFC 5280 4.1.2.5. */
static enum err
time_of(uint8_t tag, struct str s, int64_t *ret)
{
	struct civil c = { 0 };
	int32_t century = 0;

	if (tag == DER_TIME && !two(&s, &century))
		return ERR_INVALID;
	if (!two(&s, &c.year) || !two(&s, &c.month) || !two(&s, &c.day) || !two(&s, &c.hour) ||
	    !two(&s, &c.minute) || !two(&s, &c.second) || !str_is(s, "Z"))
		return ERR_INVALID;
	if (tag == DER_TIME)
		c.year += century * 100;
	else if (tag == DER_UTC_TIME)
		c.year += c.year < 50 ? 2000 : 1900;
	else
		return ERR_INVALID;
	if (c.year < 1 || c.month < 1 || c.month > 12 || c.day < 1 || c.day > 31 || c.hour > 23 || c.minute > 59 ||
	    c.second > 60)
		return ERR_INVALID;
	*ret = clock_from_civil(&c, 0);
	return OK;
}

static enum err
not_after(struct str der, int64_t *ret)
{
	struct scan s = scan_of(der), certificate, body, validity;
	uint8_t tag;
	struct str inside;

	certificate = scan_of(expect(&s, DER_SEQUENCE));
	body = scan_of(expect(&certificate, DER_SEQUENCE));
	inside = element(&body, &tag);
	if (tag == DER_VERSION) /* absent in version 1 */
		inside = expect(&body, DER_INTEGER);
	else if (tag != DER_INTEGER)
		return ERR_INVALID;
	(void)inside;
	(void)expect(&body, DER_SEQUENCE); /* signature algorithm */
	(void)expect(&body, DER_SEQUENCE); /* issuer */
	validity = scan_of(expect(&body, DER_SEQUENCE));
	(void)element(&validity, &tag);
	inside = element(&validity, &tag);
	if (s.failed || certificate.failed || body.failed || validity.failed)
		return ERR_INVALID;
	return time_of(tag, inside, ret);
}

enum err
certificate_expiry(struct arena *a, struct str pem, int64_t *ret)
{
	const struct str begin = STR("-----BEGIN CERTIFICATE-----"), end = STR("-----END CERTIFICATE-----");
	size_t from = str_find(pem, begin, 0), to;
	struct buf *b = buf_new(a, LIMIT_KIB(64));
	struct str der;

	if (from == SIZE_MAX)
		return ERR_INVALID;
	to = str_find(pem, end, from);
	if (to == SIZE_MAX)
		return ERR_INVALID;
	for (size_t i = from + begin.n; i < to; i++) {
		if (!str_is_space(pem.p[i]))
			buf_char(b, pem.p[i]);
	}
	if (buf_error(b) != OK || base64_parse(a, buf_view(b), &der) != OK)
		return ERR_INVALID;
	return not_after(der, ret);
}
