/* SPDX-License-Identifier: Apache-2.0 */
#include <pcap/pcap.h>
#include <poll.h>
#include <stdlib.h>

#include "base/arena.h"
#include "sensor/conf.h"
#include "sensor/listener.h"
#include "telescope/packet.h"

#define WAIT_MS 250 /* how long the kernel may keep a packet to hand over several */

struct live {
	struct listener l;
	pcap_t *pcap;
	int fd;
	unsigned link;
};

static enum err
next(struct listener *l, int ms, struct capture_packet *ret)
{
	struct live *p = (struct live *)l;
	struct pcap_pkthdr *head;
	const unsigned char *bytes;
	int got = pcap_next_ex(p->pcap, &head, &bytes);

	if (got == 0) {
		struct pollfd wait = { .fd = p->fd, .events = POLLIN };

		(void)poll(&wait, 1, ms);
		got = pcap_next_ex(p->pcap, &head, &bytes);
	}
	if (got <= 0)
		return got == 0 ? ERR_TIMEOUT : ERR_IO;
	*ret = (struct capture_packet){
		.at = (int64_t)head->ts.tv_sec * 1000000 + head->ts.tv_usec,
		.link = p->link,
		.bytes = { (const char *)bytes, head->caplen },
		.wire = head->len < head->caplen ? head->caplen : head->len,
	};
	return OK;
}

static void
counts(struct listener *l, struct listen_counts *ret)
{
	struct pcap_stat s = { 0 };

	*ret = (struct listen_counts){ 0 };
	if (pcap_stats(((struct live *)l)->pcap, &s) == 0)
		*ret = (struct listen_counts){ s.ps_recv, s.ps_drop, s.ps_ifdrop };
}

static void
live_free(struct listener *l)
{
	pcap_close(((struct live *)l)->pcap);
}

static const char *
fault_of(struct arena *a, const struct conf *c, pcap_t *p, int result)
{
	switch (result) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
		return arena_printf(a, "there is no interface %s; see: ip link", c->interface);
	case PCAP_ERROR_PERM_DENIED:
		return arena_printf(a, "%s may not be listened to: start as root, or with the capability CAP_NET_RAW", c->interface);
	case PCAP_ERROR_IFACE_NOT_UP:
		return arena_printf(a, "%s is down: ip link set %s up", c->interface, c->interface);
	default:
		return arena_printf(a, "%s: %s", c->interface, pcap_geterr(p));
	}
}

/* Only what comes in, and only what the team's filter lets through. */
static const char *
choose(struct arena *a, const struct conf *c, pcap_t *p)
{
	struct bpf_program program;

	if (!packet_link_known((unsigned)pcap_datalink(p)))
		return arena_printf(a, "%s has link type %d, which is not known here", c->interface, pcap_datalink(p));
	if (pcap_setdirection(p, PCAP_D_IN) != 0)
		return arena_printf(a, "%s: %s", c->interface, pcap_geterr(p));
	if (c->filter == NULL)
		return NULL;
	if (pcap_compile(p, &program, c->filter, 1, PCAP_NETMASK_UNKNOWN) != 0)
		return arena_printf(a, "the filter cannot be understood: %s", pcap_geterr(p));
	int result = pcap_setfilter(p, &program);

	pcap_freecode(&program);
	return result == 0 ? NULL : arena_printf(a, "the filter cannot be set: %s", pcap_geterr(p));
}

enum err
listen_pcap_open(struct arena *a, const struct conf *c, struct listener **ret, const char **ret_fault)
{
	static const struct listener_kind kind = { next, counts, live_free };
	char text[PCAP_ERRBUF_SIZE] = "";
	pcap_t *p = pcap_create(c->interface, text);
	const char *fault = NULL;

	if (p == NULL) {
		*ret_fault = arena_printf(a, "%s: %s", c->interface, text);
		return ERR_IO;
	}
	/* Before it is activated none of these can fail. */
	(void)pcap_set_snaplen(p, LISTEN_SNAP);
	(void)pcap_set_promisc(p, c->promiscuous);
	(void)pcap_set_timeout(p, WAIT_MS);
	(void)pcap_set_buffer_size(p, (int)(c->buffer < INT32_MAX ? c->buffer : INT32_MAX));
	int result = pcap_activate(p);

	if (result < 0)
		fault = fault_of(a, c, p, result);
	else if (pcap_setnonblock(p, 1, text) != 0)
		fault = arena_printf(a, "%s: %s", c->interface, text);
	else
		fault = choose(a, c, p);
	if (fault != NULL) {
		pcap_close(p);
		*ret_fault = fault;
		return ERR_IO;
	}
	struct live *live = calloc(1, sizeof(*live));

	if (live == NULL)
		abort(); /* no memory */
	*live = (struct live){ { &kind }, p, pcap_get_selectable_fd(p), (unsigned)pcap_datalink(p) };
	*ret = &live->l;
	return OK;
}
