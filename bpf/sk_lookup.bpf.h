/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * sk_lookup, in the gateway's network namespace. The kernel asks it which listening socket a connection is for, before it looks for one itself.
 * Connections to the addresses of functions go to one socket for plain HTTP and one for TLS, however many addresses there are. The addresses
 * need no socket and no bind, and no packet is changed. Everything else is left to the stack.
 */
#ifndef HEADSTART_SK_LOOKUP_H
#define HEADSTART_SK_LOOKUP_H

#include <linux/in.h>
#include "signal.h"

/* Which socket takes connections to a destination: hs_destination -> enum hs_socket. Sized by the gateway. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct hs_destination);
	__type(value, __u32);
} steering SEC(".maps");

/* The listening sockets. The kernel removes a closed one from the map. */
struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, HS_SOCKETS);
	__type(key, __u32);
	__type(value, __u64);
} sockets SEC(".maps");

static __always_inline void hs_read_lookup(struct bpf_sk_lookup *ctx, struct hs_flow *flow)
{
	__u32 *local = (__u32 *)flow->local_address;

	flow->local_port = HS_READ(ctx->local_port);
	local[0] = HS_READ(ctx->local_ip6[0]);
	local[1] = HS_READ(ctx->local_ip6[1]);
	local[2] = HS_READ(ctx->local_ip6[2]);
	local[3] = HS_READ(ctx->local_ip6[3]);
	if (HS_READ(ctx->family) == HS_AF_INET)
		hs_set_v4_mapped(flow->local_address, HS_READ(ctx->local_ip4));
}

SEC("sk_lookup")
int hs_sk_lookup(struct bpf_sk_lookup *ctx)
{
	struct hs_flow flow = {};
	struct bpf_sock *socket;
	__u32 *index;
	long result;

	if (HS_READ(ctx->protocol) != IPPROTO_TCP)
		return SK_PASS;
	hs_read_lookup(ctx, &flow);
	index = hs_find_destination(&steering, &flow);
	if (!index)
		return SK_PASS;	/* not counted: this runs for every connection to anything else too */

	socket = bpf_map_lookup_elem(&sockets, index);
	if (!socket) {
		hs_count(HS_HOOK_SK_LOOKUP, HS_OUTCOME_NO_SOCKET);
		return SK_PASS;
	}
	/* This fails if another program has chosen a socket before, or if an IPv4 socket would have to take IPv6. */
	result = bpf_sk_assign(ctx, socket, 0);
	bpf_sk_release(socket);
	hs_count(HS_HOOK_SK_LOOKUP, result ? HS_OUTCOME_NOT_ASSIGNED : HS_OUTCOME_STEERED);
	return SK_PASS;
}

#endif
