/* SPDX-License-Identifier: Apache-2.0 */
#include "telescope/mask.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct mask {
	EVP_CIPHER_CTX *aes;
	unsigned char pad[16];
};

enum err
mask_new(const unsigned char key[MASK_KEY], struct mask **ret)
{
	AUTO(mask) m = calloc(1, sizeof(*m));
	int n = 0;

	if (m == NULL)
		return ERR_UNAVAILABLE;
	m->aes = EVP_CIPHER_CTX_new();
	if (m->aes == NULL || EVP_EncryptInit_ex(m->aes, EVP_aes_128_ecb(), NULL, key, NULL) != 1 ||
	    EVP_CIPHER_CTX_set_padding(m->aes, 0) != 1)
		return ERR_UNAVAILABLE;
	if (EVP_EncryptUpdate(m->aes, m->pad, &n, key + 16, 16) != 1 || n != 16)
		return ERR_UNAVAILABLE;
	*ret = m;
	m = NULL;
	return OK;
}

void
mask_free(struct mask *m)
{
	if (m == NULL)
		return;
	EVP_CIPHER_CTX_free(m->aes);
	free(m);
}

/* All positions in one call: block i has the first i bits of the address, then those
 * of the pad; the first bit of what it becomes turns bit i. */
enum err
mask_ip(struct mask *m, const struct ip *ip, struct ip *ret)
{
	unsigned bytes = ip->v == 4 ? 4 : 16, bits = bytes * 8;
	unsigned char in[128 * 16], out[128 * 16];
	int n = 0;

	for (unsigned i = 0; i < bits; i++) {
		unsigned char *b = in + (size_t)i * 16;
		unsigned whole = i / 8, keep = 0xff00u >> (i % 8) & 0xff;

		memcpy(b, m->pad, 16);
		memcpy(b, ip->byte, whole);
		b[whole] = (unsigned char)((ip->byte[whole] & keep) | (m->pad[whole] & ~keep));
	}
	if (EVP_EncryptUpdate(m->aes, out, &n, in, (int)(bits * 16)) != 1 || n != (int)(bits * 16))
		return ERR_IO;
	*ret = *ip;
	for (unsigned i = 0; i < bits; i++)
		ret->byte[i / 8] ^= (uint8_t)((out[(size_t)i * 16] >> 7) << (7 - i % 8));
	return OK;
}
