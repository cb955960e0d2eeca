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

/* Which socket takes connections to a destination: hs_destination -> a word of HS_STEERING_ bits. Sized by the gateway. */
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

/* Listening sockets of functions themselves, which take warm connections without the gateway. The kernel removes a closed one. Sized by the gateway. */
struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u64);
} direct_sockets SEC(".maps");

/* When a connection was last handed to the socket of a place, by bpf_ktime_get_ns. The gateway reads it in shared memory. Sized as direct_sockets. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u64);
} direct_uses SEC(".maps");

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

static __always_inline long hs_assign(struct bpf_sk_lookup *ctx, struct bpf_sock *socket)
{
	long result = bpf_sk_assign(ctx, socket, 0);

	bpf_sk_release(socket);
	return result;
}

/*
 * Which of a function's sockets takes a connection depends on the client's end alone: behind a SYN cookie the kernel asks again at the ACK, and
 * only the socket that answered the SYN accepts it.
 */
static __always_inline __u32 hs_choose(const struct bpf_sk_lookup *ctx, __u32 count)
{
	__u32 end = HS_READ(ctx->remote_port);

	if (HS_READ(ctx->family) == HS_AF_INET)
		end ^= HS_READ(ctx->remote_ip4);
	else
		end ^= HS_READ(ctx->remote_ip6[2]) ^ HS_READ(ctx->remote_ip6[3]);
	end *= 2654435761u;	/* Knuth, The Art of Computer Programming, 6.4: 2^32 divided by the golden ratio */
	return (end >> 16) % count;
}

/* Hands a connection to the function's own socket. Returns 0 if the gateway has to take it: nothing is lost when a program closes its socket. */
static __always_inline int hs_direct(struct bpf_sk_lookup *ctx, __u32 word)
{
	__u32 count = (word >> HS_STEERING_COUNT_SHIFT) & HS_STEERING_COUNT;
	struct bpf_sock *socket;
	__u64 *use;
	__u32 place;

	if (!count)
		return 0;
	place = (word >> HS_STEERING_FIRST_SHIFT) + hs_choose(ctx, count);
	socket = bpf_map_lookup_elem(&direct_sockets, &place);
	if (socket && !hs_assign(ctx, socket)) {
		use = bpf_map_lookup_elem(&direct_uses, &place);
		if (use)
			*use = bpf_ktime_get_ns();
		hs_count(HS_HOOK_SK_LOOKUP, HS_OUTCOME_DIRECT);
		return 1;
	}
	hs_count(HS_HOOK_SK_LOOKUP, HS_OUTCOME_DIRECT_GONE);
	return 0;
}

SEC("sk_lookup")
int hs_sk_lookup(struct bpf_sk_lookup *ctx)
{
	struct hs_flow flow = {};
	struct bpf_sock *socket;
	__u32 *word, index;

	if (HS_READ(ctx->protocol) != IPPROTO_TCP)
		return SK_PASS;
	hs_read_lookup(ctx, &flow);
	word = hs_find_destination(&steering, &flow);
	if (!word)
		return SK_PASS;	/* not counted: this runs for every connection to anything else too */

	index = *(volatile __u32 *)word;
	if (hs_direct(ctx, index))
		return SK_PASS;
	index &= HS_STEERING_SOCKET;
	socket = bpf_map_lookup_elem(&sockets, &index);
	if (!socket) {
		hs_count(HS_HOOK_SK_LOOKUP, HS_OUTCOME_NO_SOCKET);
		return SK_PASS;
	}
	/* This fails if another program has chosen a socket before, or if an IPv4 socket would have to take IPv6. */
	hs_count(HS_HOOK_SK_LOOKUP, hs_assign(ctx, socket) ? HS_OUTCOME_NOT_ASSIGNED : HS_OUTCOME_STEERED);
	return SK_PASS;
}

#endif
