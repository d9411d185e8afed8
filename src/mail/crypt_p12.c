/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/crypt_p12.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include "base/arena.h"
#include "base/buf.h"

static PKCS12 *
read_p12(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;

	return s.n == 0 || s.n > INT32_MAX ? NULL : d2i_PKCS12(NULL, &p, (long)s.n);
}

bool
crypt_p12_is(struct str s)
{
	PKCS12 *p = read_p12(s);
	bool is = p != NULL;

	PKCS12_free(p);
	ERR_clear_error();
	return is;
}

static enum err
write_p12(struct arena *a, EVP_PKEY *key, X509 *own, STACK_OF(X509) *chain, struct buf *out)
{
	const int cipher = NID_pbe_WithSHA1And3_Key_TripleDES_CBC;
	PKCS12 *p = PKCS12_create("", NULL, key, own, chain, cipher, cipher, 1, -1, 0);
	int n = p != NULL && PKCS12_set_mac(p, "", 0, NULL, 0, 1, EVP_sha1()) == 1
	    ? i2d_PKCS12(p, NULL)
	    : -1;

	if (n > 0) {
		unsigned char *bytes = arena_many(a, unsigned char, (size_t)n), *to = bytes;

		(void)i2d_PKCS12(p, &to);
		buf_add(out, bytes, (size_t)n);
		OPENSSL_cleanse(bytes, (size_t)n);
	}
	PKCS12_free(p);
	return n > 0 ? OK : ERR_INVALID;
}

enum err
crypt_p12_recode(
    struct arena *a, struct str s, const char *password, struct buf *out, const char **ret_why)
{
	EVP_PKEY *key = NULL;
	X509 *own = NULL;
	STACK_OF(X509) *chain = NULL;
	/* Files of older programs use RC2, which only this provider has. Loaded
	 * plainly it would keep the default one from coming by itself, and with
	 * it TLS from this process. */
	OSSL_PROVIDER *old = OSSL_PROVIDER_try_load(NULL, "legacy", 1);
	PKCS12 *p = read_p12(s);
	enum err e = OK;

	if (p == NULL || PKCS12_verify_mac(p, password, -1) != 1) {
		*ret_why = "the password is wrong, or it is no PKCS#12 file";
		e = ERR_DENIED;
	} else if (PKCS12_parse(p, password, &key, &own, &chain) != 1 || key == NULL || own == NULL) {
		*ret_why = "there is no secret key with its certificate in it that can be read";
		e = ERR_INVALID;
	} else if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
		*ret_why = "gpgsm takes only RSA keys from a PKCS#12 file";
		e = ERR_INVALID;
	} else {
		e = write_p12(a, key, own, chain, out);
		*ret_why = "the key could not be handed on";
	}
	EVP_PKEY_free(key);
	X509_free(own);
	sk_X509_pop_free(chain, X509_free);
	PKCS12_free(p);
	if (old != NULL)
		(void)OSSL_PROVIDER_unload(old); /* what is loaded can be unloaded */
	ERR_clear_error();
	return e;
}
