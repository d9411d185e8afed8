/* SPDX-License-Identifier: Apache-2.0 */
/* Web Key Directory: where a key is asked for, and what came. */
#include "unit.h"

#include "base/base64.h"
#include "base/sha1.h"
#include "directory/wkd.h"

static const char key[] =
    "mDMEawJ0ZRYJKwYBBAHaRw8BAQdApnFdFSuiZVIqYfIGgwt57e0mvAivy7oNUv7nd+kj9RG0G0hhbmFrbyA8aGFuYW"
    "tvQGV4YW1wbGUub3JnPoiQBBMWCAA4FiEE1FHsGp+m8c96rfn7M/ZhuHPV4RYFAmsCdGUCGwMFCwkIBwIGFQoJCAsC"
    "BBYCAwECHgECF4AACgkQM/ZhuHPV4Ra4DAD/ddZ5BJgGf5W218mNvK3/OAThuMfvOXTn8MQ4sFTB06AA+gLN+Z4SXc"
    "OeeEBCI0VDluT8upjI9LABAcjVi0NuMO0NuDgEawJ0ZhIKKwYBBAGXVQEFAQEHQA87+NNbvqNSA34ec48uLohdmK8E"
    "wlkZjQjGnplo+ckGAwEIB4h4BBgWCAAgFiEE1FHsGp+m8c96rfn7M/ZhuHPV4RYFAmsCdGYCGwwACgkQM/ZhuHPV4R"
    "Zg9wD9FjeXaJYR7Bhf0+dbY6pbwB5FpyJO2lqwayqyIUbOCacA/jyps/qjzGYhh0szemOLRZXILE4rbpUbtQqCoWxv"
    "LXcF";

static void
hashes(void **state)
{
	unsigned char d[SHA1_BYTES];
	const struct str parts[] = { STR("a"), STR("bc") };

	(void)state;
	sha1(parts, 2, d); /* FIPS 180-4, "abc" */
	assert_memory_equal(d, "\xa9\x99\x3e\x36\x47\x06\x81\x6a\xba\x3e\x25\x71\x78\x50\xc2\x6c\x9c\xd0\xd8\x9d", SHA1_BYTES);
	sha1(NULL, 0, d);
	assert_memory_equal(d, "\xda\x39\xa3\xee\x5e\x6b\x4b\x0d\x32\x55\xbf\xef\x95\x60\x18\x90\xaf\xd8\x07\x09", SHA1_BYTES);
}

/* The example of the draft, section 3.1. */
static void
knows_where_to_ask(void **state)
{
	struct arena *a = *state;
	struct wkd w;

	assert_ok(wkd_of(a, "https://*", "Joe.Doe@Example.ORG", &w));
	assert_string_equal(w.advanced,
	    "https://openpgpkey.example.org/.well-known/openpgpkey/example.org/hu/iy9q119eutrkn8s1mk4r39qejnbu3n5q?l=Joe.Doe");
	assert_string_equal(w.direct,
	    "https://example.org/.well-known/openpgpkey/hu/iy9q119eutrkn8s1mk4r39qejnbu3n5q?l=Joe.Doe");
	assert_string_equal(w.object, "key joe.doe@example.org");
	assert_ok(wkd_of(a, "http://127.0.0.1:81/*", "a+b@xn--r8jz45g.jp", &w));
	assert_string_equal(w.host, "openpgpkey.xn--r8jz45g.jp");
	assert_non_null(strstr(w.advanced, "http://127.0.0.1:81/openpgpkey.xn--r8jz45g.jp/.well-known/"));
	assert_non_null(strstr(w.advanced, "?l=a%2Bb"));
	assert_int_equal(wkd_of(a, "https://*", "example.org", &w), ERR_INVALID);
	assert_int_equal(wkd_of(a, "https://*", "a@192.0.2.1", &w), ERR_INVALID);
	assert_int_equal(wkd_of(a, "https://*", "", &w), ERR_INVALID);
}

static void
reads_a_key(void **state)
{
	struct arena *a = *state;
	struct str bytes;
	struct wkd_key k;

	assert_ok(base64_parse(a, str_of(key), &bytes));
	wkd_read(a, bytes, "hanako@example.org", &k);
	assert_null(k.fault);
	assert_string_equal(k.fingerprint, "D451EC1A9FA6F1CF7AADF9FB33F661B873D5E116");
	assert_int_equal(k.users, 1);
	assert_string_equal(k.user[0], "Hanako <hanako@example.org>");
	wkd_read(a, bytes, "taro@example.org", &k);
	assert_non_null(k.fault); /* names somebody else */
	assert_non_null(k.fingerprint);
	for (size_t n = 0; n < bytes.n; n++) { /* cut anywhere: a fault, or a shorter whole */
		wkd_read(a, str_take(bytes, n), "hanako@example.org", &k);
		assert_true(k.fault != NULL || k.names);
	}
	wkd_read(a, str_of(wkd_armor(a, bytes)), "hanako@example.org", &k);
	assert_non_null(k.fault);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes),
		UNIT_TEST(knows_where_to_ask),
		UNIT_TEST(reads_a_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
