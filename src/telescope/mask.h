/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mask.h - addresses that keep their neighbourhood and lose their name (CryptoPAn:
 * Xu, Fan, Ammar, Moon, "Prefix-preserving IP address anonymization", 2002).
 *
 * Two addresses that share their first n bits share exactly their first n bits
 * afterwards.  IPv6 is done alike over 128 bits.  Who has the key can go back;
 * who knows some of the addresses learns prefixes of others: so the key is for one
 * publication, not for ever.
 */
#ifndef TELESCOPE_MASK_H
#define TELESCOPE_MASK_H

#include "base/err.h"
#include "base/ip.h"

#define MASK_KEY 32

struct mask;
/* ERR_UNAVAILABLE: no AES in this system's library. */
MUST_USE enum err mask_new(const unsigned char key[MASK_KEY], struct mask **ret);
void mask_free(struct mask *m);
AUTO_DEFINE(mask)

/* ERR_IO: the library failed; ${ret} is then not to be used. */
MUST_USE enum err mask_ip(struct mask *m, const struct ip *ip, struct ip *ret);

#endif
