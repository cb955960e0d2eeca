/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Recognises a ClientHello behind the handshake. Every segment of every connection is looked at, so most must be let go after three
 * bytes. Anybody can send a segment, so only one of an existing connection is reported.
 */
#ifndef HEADSTART_HELLO_H
#define HEADSTART_HELLO_H

#include "packet.h"

#define HS_CLIENT_HELLO (IPPROTO_TCP + 1)	/* hs_read_syn returns this for a segment that begins with one */
#define HS_DATA_ELSEWHERE (IPPROTO_TCP + 2)	/* and this for a segment whose data cannot be read directly */
#define HS_HELLO_BEGINNING 6

/* Returns whether the bytes begin a handshake record of version 3.x whose first message is a ClientHello. */
static __always_inline int hs_begins_hello(const __u8 *data)
{
	return data[0] == HS_TLS_HANDSHAKE && data[1] == 3 && data[5] == HS_TLS_CLIENT_HELLO;
}

static __always_inline void hs_read_ports(const struct hs_cursor *cursor, const struct tcphdr *tcp, struct hs_syn *syn)
{
	syn->options = cursor->at - cursor->start;
	syn->options_length = (tcp->doff - 5) * 4;
	syn->data_end = cursor->length;
	if (syn->data_end > cursor->ip_end)
		syn->data_end = cursor->ip_end;
	syn->flow.local_port = bpf_ntohs(tcp->dest);
	syn->flow.remote_port = bpf_ntohs(tcp->source);
	syn->flow.srtt_us = 0;
}

/* Returns whether a segment begins with a ClientHello. It is called for every segment, and most are let go after three bytes. */
static __always_inline int hs_read_hello(struct hs_cursor *cursor, const struct tcphdr *tcp, struct hs_syn *syn)
{
	__u8 *data;

	if (tcp->doff < 5)
		return HS_NOT_OURS;
	/* The data is found from the beginning of the header, because the verifier knows no bound of the options' length. */
	data = (__u8 *)tcp + tcp->doff * 4;
	/* The check and the reads must use one pointer, because the verifier does not know that another one points to the same place. */
	asm volatile("" : "+r"(data));
	if ((void *)(data + HS_HELLO_BEGINNING) <= cursor->end) {
		if (!hs_begins_hello(data))
			return HS_NOT_OURS;
		hs_read_ports(cursor, tcp, syn);
		return HS_CLIENT_HELLO;
	}
	hs_read_ports(cursor, tcp, syn);
	return HS_DATA_ELSEWHERE;
}

/* Returns whether the stack has this connection and its handshake is done. Then the sender received the SYN-ACK, so its address is proven. */
static __always_inline int hs_is_established(void *ctx, const struct hs_flow *flow)
{
	struct bpf_sock_tuple tuple;
	struct bpf_sock *socket;
	__u32 size;
	int established;

	if (hs_is_v4_mapped(flow->local_address)) {
		size = sizeof(tuple.ipv4);
		__builtin_memcpy(&tuple.ipv4.saddr, flow->remote_address + 12, 4);
		__builtin_memcpy(&tuple.ipv4.daddr, flow->local_address + 12, 4);
		tuple.ipv4.sport = bpf_htons(flow->remote_port);
		tuple.ipv4.dport = bpf_htons(flow->local_port);
	} else {
		size = sizeof(tuple.ipv6);
		__builtin_memcpy(tuple.ipv6.saddr, flow->remote_address, 16);
		__builtin_memcpy(tuple.ipv6.daddr, flow->local_address, 16);
		tuple.ipv6.sport = bpf_htons(flow->remote_port);
		tuple.ipv6.dport = bpf_htons(flow->local_port);
	}
	socket = bpf_skc_lookup_tcp(ctx, &tuple, size, BPF_F_CURRENT_NETNS, 0);
	if (!socket)
		return 0;
	established = socket->state == BPF_TCP_ESTABLISHED;
	bpf_sk_release(socket);
	return established;
}

#endif
