/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Parses packets with a cursor. Every reader returns what it found: a protocol, "not ours", or the reason why it gave up. */
#ifndef HEADSTART_PACKET_H
#define HEADSTART_PACKET_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include "data.h"

#define HS_MAX_VLANS 2			/* 802.1ad: a service tag around a customer tag */
#define HS_MAX_EXTENSIONS 6		/* RFC 8200, 4.1 lists seven, AH and ESP among them */
#define HS_IPV4_OFFSET 0x1fff		/* RFC 791, 3.1: fragment offset */
#define HS_IPV6_OFFSET 0xfff8		/* RFC 8200, 4.5: fragment offset */

#define HS_NOT_OURS -1			/* not a SYN over IP: the packet is let go at once and not counted */
#define HS_GIVE_UP(outcome) (-2 - (int)(outcome))
#define HS_GIVEN_UP(result) ((enum hs_outcome)(-2 - (result)))

struct hs_cursor {
	void *at;
	void *end;
	void *start;
	__u32 length;		/* the frame's length, including bytes that cannot be read directly */
	__u32 ip_end;		/* where the packet ends according to its IP header, in bytes from the start; the frame may be padded */
};

/* Where the parts of a SYN are, in bytes from the beginning of the frame. */
struct hs_syn {
	struct hs_flow flow;
	__u32 options;
	__u32 options_length;	/* 0..40 */
	__u32 data_end;		/* where the data behind the options ends */
};

struct hs_vlan {
	__be16 tag;
	__be16 protocol;
};

struct hs_extension {
	__u8 next;
	__u8 length;		/* in 8 bytes, not counting the first (RFC 8200, 4.3); unused in a fragment header */
	__be16 fragment;	/* only in a fragment header */
	__u32 rest;
};

#define HS_TAKE(cursor, type) ((type *)hs_take(cursor, sizeof(type)))

static __always_inline void *hs_take(struct hs_cursor *cursor, __u32 size)
{
	void *at = cursor->at;

	if (at + size > cursor->end)
		return 0;
	cursor->at = at + size;
	return at;
}

/* Returns the EtherType behind up to two VLAN tags, in host order. */
static __always_inline int hs_read_ethernet(struct hs_cursor *cursor)
{
	struct ethhdr *ethernet = HS_TAKE(cursor, struct ethhdr);
	__u16 protocol;

	if (!ethernet)
		return HS_GIVE_UP(HS_OUTCOME_TRUNCATED);
	protocol = bpf_ntohs(ethernet->h_proto);
#pragma unroll
	for (int i = 0; i < HS_MAX_VLANS; i++) {
		struct hs_vlan *vlan;

		if (protocol != ETH_P_8021Q && protocol != ETH_P_8021AD)
			return protocol;
		vlan = HS_TAKE(cursor, struct hs_vlan);
		if (!vlan)
			return HS_GIVE_UP(HS_OUTCOME_TRUNCATED);
		protocol = bpf_ntohs(vlan->protocol);
	}
	if (protocol == ETH_P_8021Q || protocol == ETH_P_8021AD)
		return HS_GIVE_UP(HS_OUTCOME_VLANS);
	return protocol;
}

static __always_inline int hs_read_ipv4(struct hs_cursor *cursor, struct hs_flow *flow)
{
	struct iphdr *ip = HS_TAKE(cursor, struct iphdr);

	if (!ip)
		return HS_GIVE_UP(HS_OUTCOME_TRUNCATED);
	if (ip->protocol != IPPROTO_TCP)
		return HS_NOT_OURS;
	if (ip->version != 4 || ip->ihl < 5)
		return HS_GIVE_UP(HS_OUTCOME_MALFORMED);
	if (ip->frag_off & bpf_htons(HS_IPV4_OFFSET))
		return HS_GIVE_UP(HS_OUTCOME_FRAGMENT);
	cursor->ip_end = (void *)ip - cursor->start + bpf_ntohs(ip->tot_len);
	hs_set_v4_mapped(flow->local_address, ip->daddr);
	hs_set_v4_mapped(flow->remote_address, ip->saddr);
	cursor->at += (ip->ihl - 5) * 4;
	return IPPROTO_TCP;
}

/* Skips one extension header. Returns the next protocol. */
static __always_inline int hs_step_extension(struct hs_cursor *cursor, int protocol)
{
	struct hs_extension *extension = HS_TAKE(cursor, struct hs_extension);

	if (!extension)
		return HS_GIVE_UP(HS_OUTCOME_TRUNCATED);
	if (protocol != IPPROTO_FRAGMENT)
		cursor->at += extension->length * 8;
	else if (extension->fragment & bpf_htons(HS_IPV6_OFFSET))
		return HS_GIVE_UP(HS_OUTCOME_FRAGMENT);
	return extension->next;
}

static __always_inline int hs_is_extension(int protocol)
{
	return protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_ROUTING ||
	       protocol == IPPROTO_DSTOPTS || protocol == IPPROTO_FRAGMENT;
}

static __always_inline int hs_read_ipv6(struct hs_cursor *cursor, struct hs_flow *flow)
{
	struct ipv6hdr *ip = HS_TAKE(cursor, struct ipv6hdr);
	int protocol;

	if (!ip)
		return HS_GIVE_UP(HS_OUTCOME_TRUNCATED);
	if (ip->version != 6)
		return HS_GIVE_UP(HS_OUTCOME_MALFORMED);
	cursor->ip_end = cursor->at - cursor->start + bpf_ntohs(ip->payload_len);
	__builtin_memcpy(flow->local_address, &ip->daddr, 16);
	__builtin_memcpy(flow->remote_address, &ip->saddr, 16);
	protocol = ip->nexthdr;
#pragma unroll
	for (int i = 0; i < HS_MAX_EXTENSIONS && hs_is_extension(protocol); i++)
		protocol = hs_step_extension(cursor, protocol);
	if (protocol < 0 || protocol == IPPROTO_TCP)
		return protocol;
	return hs_is_extension(protocol) ? HS_GIVE_UP(HS_OUTCOME_EXTENSIONS) : HS_NOT_OURS;
}

#endif
