/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's packet ring, TPACKET_V3 (packet(7), Documentation/networking/
 * packet_mmap.rst): blocks that the kernel fills and we give back.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "sensor/conf.h"
#include "sensor/listener.h"

#define BLOCK ((size_t)64 * 1024)
#define FRAME 2048
#define WAIT_MS 250 /* then the kernel hands over a block that is not full */
#define TAG 4	    /* bytes of a VLAN tag */

/* As in telescope/packet.h, which the kernel's names keep from being included. */
#define LINK_ETHERNET 1
#define LINK_RAW 101

struct ring {
	struct listener l;
	int fd;
	unsigned char *map;
	size_t blocks;
	size_t block;	    /* the one that is read */
	uint32_t left;	    /* packets in it; 0: it is the kernel's */
	const struct tpacket3_hdr *packet;
	unsigned link;
	struct listen_counts counts;
	char tagged[LISTEN_SNAP + TAG];
};

static struct tpacket_block_desc *
block_of(struct ring *r)
{
	return (struct tpacket_block_desc *)(void *)(r->map + r->block * BLOCK);
}

/* The kernel takes VLAN tags out of the packet; for a record they are nothing, but
 * a tagged packet must be read like one that came from a file. */
static struct str
with_tag(struct ring *r, const struct tpacket3_hdr *h, struct str bytes)
{
	if (r->link != LINK_ETHERNET || (h->tp_status & TP_STATUS_VLAN_VALID) == 0 || bytes.n < 12)
		return bytes;
	uint16_t type = (h->tp_status & TP_STATUS_VLAN_TPID_VALID) != 0 ? h->hv1.tp_vlan_tpid : ETHERTYPE_VLAN;
	const unsigned char tag[TAG] = { (unsigned char)(type >> 8), (unsigned char)type,
		(unsigned char)(h->hv1.tp_vlan_tci >> 8), (unsigned char)h->hv1.tp_vlan_tci };
	size_t rest = bytes.n - 12;

	if (rest > LISTEN_SNAP - 12)
		rest = LISTEN_SNAP - 12;
	memcpy(r->tagged, bytes.p, 12);
	memcpy(r->tagged + 12, tag, TAG);
	memcpy(r->tagged + 12 + TAG, bytes.p + 12, rest);
	return (struct str){ r->tagged, 12 + TAG + rest };
}

static bool
outgoing(const struct tpacket3_hdr *h)
{
	const struct sockaddr_ll *from =
	    (const struct sockaddr_ll *)(const void *)((const unsigned char *)h + (sizeof(*h) + TPACKET_ALIGNMENT - 1) / TPACKET_ALIGNMENT * TPACKET_ALIGNMENT);

	return from->sll_pkttype == PACKET_OUTGOING;
}

static void
give_back(struct ring *r)
{
	__atomic_store_n(&block_of(r)->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	r->block = (r->block + 1) % r->blocks;
}

/* A block that has packets, if there is one. */
static bool
take_block(struct ring *r)
{
	struct tpacket_block_desc *b = block_of(r);

	if ((__atomic_load_n(&b->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) == 0)
		return false;
	r->left = b->hdr.bh1.num_pkts;
	r->packet = (const struct tpacket3_hdr *)(const void *)((unsigned char *)b + b->hdr.bh1.offset_to_first_pkt);
	if (r->left == 0) {
		r->packet = NULL;
		give_back(r);
	}
	return r->left > 0;
}

static enum err
next(struct listener *l, int ms, struct capture_packet *ret)
{
	struct ring *r = (struct ring *)l;

	for (bool waited = false;;) {
		/* What was handed out lives until the next call: a block goes back only now. */
		if (r->packet != NULL && r->left == 0) {
			r->packet = NULL;
			give_back(r);
		}
		if (r->left == 0 && !take_block(r)) {
			struct pollfd wait = { .fd = r->fd, .events = POLLIN };

			if (waited)
				return ERR_TIMEOUT;
			if (poll(&wait, 1, ms) > 0 && (wait.revents & (POLLERR | POLLHUP)) != 0)
				return ERR_IO;
			waited = true;
			continue;
		}
		const struct tpacket3_hdr *h = r->packet;

		r->left--;
		if (r->left > 0)
			r->packet = (const struct tpacket3_hdr *)(const void *)((const unsigned char *)h + h->tp_next_offset);
		if (outgoing(h))
			continue;
		struct str bytes = with_tag(r, h, (struct str){ (const char *)h + h->tp_mac, h->tp_snaplen < LISTEN_SNAP ? h->tp_snaplen : LISTEN_SNAP });

		*ret = (struct capture_packet){
			.at = (int64_t)h->tp_sec * 1000000 + h->tp_nsec / 1000,
			.link = r->link,
			.bytes = bytes,
			.wire = h->tp_len < bytes.n ? bytes.n : h->tp_len,
		};
		return OK;
	}
}

static void
counts(struct listener *l, struct listen_counts *ret)
{
	struct ring *r = (struct ring *)l;
	struct tpacket_stats_v3 s;
	socklen_t n = sizeof(s);

	/* Asking sets them to 0. */
	if (getsockopt(r->fd, SOL_PACKET, PACKET_STATISTICS, &s, &n) == 0) {
		r->counts.received += s.tp_packets;
		r->counts.dropped += s.tp_drops;
	}
	*ret = r->counts;
}

static void
ring_free(struct listener *l)
{
	struct ring *r = (struct ring *)l;

	if (r->map != NULL)
		(void)munmap(r->map, r->blocks * BLOCK); /* it was mapped so */
	if (r->fd >= 0)
		(void)close(r->fd); /* only read */
}

/* Ethernet, or bare IP (tunnels). */
static bool
link_of(struct ring *r, struct ifreq *request)
{
	if (ioctl(r->fd, SIOCGIFHWADDR, request) != 0)
		return false;
	switch (request->ifr_hwaddr.sa_family) {
	case ARPHRD_ETHER:
	case ARPHRD_LOOPBACK:
		r->link = LINK_ETHERNET;
		return true;
	case ARPHRD_NONE:
	case ARPHRD_PPP:
	case ARPHRD_TUNNEL:
	case ARPHRD_SIT:
		r->link = LINK_RAW;
		return true;
	default:
		return false;
	}
}

static bool
join(struct ring *r, int index)
{
	struct packet_mreq all = { .mr_ifindex = index, .mr_type = PACKET_MR_PROMISC };

	return setsockopt(r->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all)) == 0;
}

static const char *
start(struct arena *a, const struct conf *c, struct ring *r)
{
	const int version = TPACKET_V3;
	struct ifreq request = { 0 };
	unsigned index = if_nametoindex(c->interface);

	if (index == 0)
		return arena_printf(a, "there is no interface %s; see: ip link", c->interface);
	/* Protocol 0: nothing comes before it is bound. */
	r->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (r->fd < 0)
		return arena_printf(a, "%s may not be listened to (%s): start as root, or with the capability CAP_NET_RAW",
		    c->interface, strerror(errno));
	memcpy(request.ifr_name, c->interface, strlen(c->interface) + 1);
	if (!link_of(r, &request))
		return arena_printf(a, "%s is of a kind that is not known here; use: capture pcap", c->interface);
	r->blocks = c->buffer / BLOCK < 4 ? 4 : c->buffer / BLOCK;
	struct tpacket_req3 ring = {
		.tp_block_size = BLOCK,
		.tp_block_nr = (unsigned)r->blocks,
		.tp_frame_size = FRAME,
		.tp_frame_nr = (unsigned)(r->blocks * (BLOCK / FRAME)),
		.tp_retire_blk_tov = WAIT_MS,
	};

	if (setsockopt(r->fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) != 0 ||
	    setsockopt(r->fd, SOL_PACKET, PACKET_RX_RING, &ring, sizeof(ring)) != 0)
		return arena_printf(a, "the kernel gives no ring (%s); make \"buffer\" smaller, or use: capture pcap", strerror(errno));
	void *map = mmap(NULL, r->blocks * BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);

	if (map == MAP_FAILED)
		return arena_printf(a, "the ring cannot be mapped: %s", strerror(errno));
	r->map = map;
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)index };

	if (bind(r->fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
		return arena_printf(a, "%s: %s", c->interface, strerror(errno));
	if (c->promiscuous && !join(r, (int)index))
		return arena_printf(a, "%s cannot be made promiscuous: %s", c->interface, strerror(errno));
	return NULL;
}

enum err
listen_ring_open(struct arena *a, const struct conf *c, struct listener **ret, const char **ret_fault)
{
	static const struct listener_kind kind = { next, counts, ring_free };
	struct ring *r = calloc(1, sizeof(*r));

	if (r == NULL)
		abort(); /* no memory */
	*r = (struct ring){ .l = { &kind }, .fd = -1 };
	const char *fault = start(a, c, r);

	if (fault != NULL) {
		listener_free(&r->l);
		*ret_fault = fault;
		return ERR_IO;
	}
	*ret = &r->l;
	return OK;
}
