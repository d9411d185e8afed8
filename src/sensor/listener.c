/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/listener.h"

#include <stdlib.h>

#include "sensor/conf.h"

enum err
listener_open(struct arena *a, const struct conf *c, struct listener **ret, const char **ret_fault)
{
	if (c->file != NULL)
		return listen_file_open(a, c, ret, ret_fault);
	return c->ring ? listen_ring_open(a, c, ret, ret_fault) : listen_pcap_open(a, c, ret, ret_fault);
}

void
listener_free(struct listener *l)
{
	if (l == NULL)
		return;
	l->kind->free(l);
	free(l);
}
