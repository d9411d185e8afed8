/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <string.h>

#include "base/ip.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct str s = FUZZ_STR(data, size);
	struct ip ip, again;
	struct ip_net net;

	if (ip_parse(s, &ip) == OK) {
		FUZZ_CHECK(ip_parse(str_of(ip_format(a, &ip)), &again) == OK);
		FUZZ_CHECK(memcmp(&ip, &again, sizeof(ip)) == 0);
		(void)ip_is_private(&ip);
	}
	if (ip_net_parse(s, &net) == OK)
		FUZZ_CHECK(ip_in(&net, &net.ip));
	return 0;
}
