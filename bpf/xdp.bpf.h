/*
 * XDP: the same SYN, before the stack. Sees packets that the stack may yet drop (checksum, firewall) or
 * forward, so it says "a SYN for this destination came", no more. Passes every packet.
 */
#ifndef HEADSTART_XDP_H
#define HEADSTART_XDP_H

#include "packet.h"

/* RFC 9293, 3.1: byte 13 of the header. A SYN asks for a connection when none of the others is set. */
#define HS_TCP_FLAGS 13
#define HS_TCP_FIN 0x01
#define HS_TCP_SYN 0x02
#define HS_TCP_RST 0x04
#define HS_TCP_ACK 0x10

static __always_inline int hs_read_syn(struct hs_cursor *cursor, struct hs_flow *flow)
{
	struct tcphdr *tcp = HS_TAKE(cursor, struct tcphdr);
	__u8 flags;

	if (!tcp)
		return HS_GIVE_UP(HS_OUTCOME_TRUNCATED);
	flags = ((__u8 *)tcp)[HS_TCP_FLAGS];
	if ((flags & (HS_TCP_FIN | HS_TCP_SYN | HS_TCP_RST | HS_TCP_ACK)) != HS_TCP_SYN)
		return HS_NOT_OURS;
	if (tcp->doff < 5)
		return HS_GIVE_UP(HS_OUTCOME_MALFORMED);
	flow->local_port = bpf_ntohs(tcp->dest);
	flow->remote_port = bpf_ntohs(tcp->source);
	flow->srtt_us = 0;
	return IPPROTO_TCP;
}

static __always_inline int hs_read_packet(struct hs_cursor *cursor, struct hs_flow *flow)
{
	int result = hs_read_ethernet(cursor);

	if (result == ETH_P_IP)
		result = hs_read_ipv4(cursor, flow);
	else if (result == ETH_P_IPV6)
		result = hs_read_ipv6(cursor, flow);
	else
		return result < 0 ? result : HS_NOT_OURS;
	return result < 0 ? result : hs_read_syn(cursor, flow);
}

SEC("xdp")
int hs_xdp(struct xdp_md *ctx)
{
	struct hs_cursor cursor = {
		.at = (void *)(long)ctx->data,
		.end = (void *)(long)ctx->data_end,
	};
	struct hs_flow flow;
	int result = hs_read_packet(&cursor, &flow);

	if (result > 0)
		hs_signal(HS_HOOK_XDP, HS_KIND_SYN, &flow);
	else if (result != HS_NOT_OURS)
		hs_count(HS_HOOK_XDP, HS_GIVEN_UP(result));
	return XDP_PASS;
}

#endif
