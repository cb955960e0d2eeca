/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * sock_ops, at the cgroup root. It sees the SYN that a listener takes, the connection that it becomes, and listen() inside functions. It only
 * watches: `reply` stays as other programs left it, and returning 1 lets everything go on.
 */
#ifndef HEADSTART_SOCK_OPS_H
#define HEADSTART_SOCK_OPS_H

#include "names.h"
#include "sock_create.bpf.h"

#define HS_EFAULT 14	/* asm-generic/errno-base.h */
#define HS_ENOSPC 28
#define HS_TCP_FLAG_ACK 0x10	/* RFC 9293, 3.1 */

/* The gateway's sockets that are about to listen, by their cookie (SO_COOKIE). The entry goes when the socket does so; those of sockets that never did are evicted. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, __u32);
} ears SEC(".maps");

static __always_inline void hs_read_flow(struct bpf_sock_ops *ctx, struct hs_flow *flow)
{
	__u32 *local = (__u32 *)flow->local_address;

	flow->local_port = HS_READ(ctx->local_port);
	flow->remote_port = bpf_ntohl(HS_READ(ctx->remote_port));
	flow->srtt_us = HS_READ(ctx->srtt_us) >> 3;	/* the kernel stores eight times the value; 0 on a request socket */
	local[0] = HS_READ(ctx->local_ip6[0]);
	local[1] = HS_READ(ctx->local_ip6[1]);
	local[2] = HS_READ(ctx->local_ip6[2]);
	local[3] = HS_READ(ctx->local_ip6[3]);
	if (HS_READ(ctx->family) == HS_AF_INET)
		hs_set_v4_mapped(flow->local_address, HS_READ(ctx->local_ip4));
	hs_read_remote(ctx, flow->remote_address);
}

/*
 * Finds the function that the id in this connection's SYN names. The kernel keeps the headers of the SYN only if the listener asked for
 * that (TCP_SAVE_SYN); otherwise there is no id.
 */
static __always_inline __u32 hs_saved_id(struct bpf_sock_ops *ctx)
{
	struct {
		__u8 header[HS_OPTION_HEADER];
		struct hs_syn_id id;
	} option = { .header = { HS_OPTION_EXPERIMENT, HS_OPTION_HEADER, HS_EXPERIMENT_HIGH, HS_EXPERIMENT_LOW } };
	long length = bpf_load_hdr_opt(ctx, &option, HS_OPTION_HEADER + HS_SYN_ID_MAX, BPF_LOAD_HDR_OPT_TCP_SYN);

	if (length > 0)
		return hs_find_id(HS_HOOK_SOCK_OPS, &option.id, length);
	/* The option is longer than the buffer, or the options contradict themselves. */
	if (length == -HS_ENOSPC || length == -HS_EFAULT)
		hs_count(HS_HOOK_SOCK_OPS, HS_OUTCOME_MALFORMED_ID);
	return HS_SHARED;
}

static __always_inline void hs_tell_connection(struct bpf_sock_ops *ctx, enum hs_kind kind, const struct hs_flow *flow, __u32 function)
{
	enum hs_named named = HS_NAMED_ADDRESS;

	if (function == HS_SHARED) {
		if (!hs_any_rests())
			return hs_count(HS_HOOK_SOCK_OPS, HS_OUTCOME_QUIET);
		function = hs_saved_id(ctx);
		named = HS_NAMED_SYN_ID;
		if (function == HS_SHARED) {
			function = hs_find_client(flow);
			named = HS_NAMED_CLIENT;
		}
	}
	if (function == HS_SHARED)
		return hs_count(HS_HOOK_SOCK_OPS, HS_OUTCOME_SHARED);
	hs_tell(HS_HOOK_SOCK_OPS, kind, flow, function, named);
}

/*
 * A connection has the listener's flag (hs_ask_for_cookies), which would have the kernel call for each of its packets. Its source is proven by the
 * ACK; with TCP Fast Open there is only a SYN so far, and a cookie in it that the system may have been told not to ask for.
 */
static __always_inline void hs_established(struct bpf_sock_ops *ctx, const struct hs_flow *flow)
{
	__u32 flags = HS_READ(ctx->bpf_sock_ops_cb_flags);

	if (flags & BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG)
		bpf_sock_ops_cb_flags_set(ctx, flags & ~BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG);
	if (HS_READ(ctx->skb_tcp_flags) & HS_TCP_FLAG_ACK)
		hs_prove(flow->remote_address);
}

static __always_inline void hs_connection(struct bpf_sock_ops *ctx, enum hs_kind kind)
{
	struct hs_flow flow;
	__u32 *destination;

	if (bpf_get_netns_cookie(ctx) != hs_config.netns_cookie)
		return hs_count(HS_HOOK_SOCK_OPS, HS_OUTCOME_OTHER_NETNS);
	hs_read_flow(ctx, &flow);
	destination = hs_find_function(&flow);
	if (!destination)
		return hs_count(HS_HOOK_SOCK_OPS, HS_OUTCOME_UNKNOWN);
	if (HS_READ(ctx->op) == BPF_SOCK_OPS_HDR_OPT_LEN_CB)
		hs_count(HS_HOOK_SOCK_OPS, HS_OUTCOME_SYN_COOKIE);
	hs_tell_connection(ctx, kind, &flow, *destination);
	if (kind == HS_KIND_ESTABLISHED)
		hs_established(ctx, &flow);	/* after the event: no connection is an exception because of itself */
}

/*
 * When its queue of half-open connections is full, a listener answers SYNs with cookies, and TIMEOUT_INIT is silent. The one callback that remains is
 * the one that asks for the length of header options in the SYN-ACK. A listener of the gateway's is called back for that; nothing is added to a packet.
 */
static __always_inline void hs_ask_for_cookies(struct bpf_sock_ops *ctx)
{
	__u64 cookie = bpf_get_socket_cookie(ctx);

	if (!bpf_map_delete_elem(&ears, &cookie))
		bpf_sock_ops_cb_flags_set(ctx, HS_READ(ctx->bpf_sock_ops_cb_flags) | BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG);
}

/* Reports listen() only if a start waits for it: any program may call listen() as often as it likes. */
static __always_inline void hs_tell_listen(const struct bpf_sock_ops *ctx, const struct hs_origin *origin)
{
	struct hs_listen_event *event;
	__u64 now = bpf_ktime_get_ns();
	__u64 cgroup = hs_awaited_cgroup(origin);

	if (!cgroup)
		return hs_count(HS_HOOK_SOCK_OPS, HS_OUTCOME_NOT_AWAITED);
	if (!hs_may_tell(cgroup, now))
		return hs_count(HS_HOOK_SOCK_OPS, HS_OUTCOME_OVER_BUDGET);
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event)
		return hs_count(HS_HOOK_SOCK_OPS, HS_OUTCOME_RING_FULL);

	event->ktime_ns = now;
	event->pad = 0;
	event->kind = HS_KIND_LISTEN;
	event->hook = HS_HOOK_SOCK_OPS;
	event->port = ctx->local_port;
	event->cgroup = origin->cgroup;
	__builtin_memcpy(event->ancestors, origin->ancestors, sizeof(event->ancestors));
	bpf_ringbuf_submit(event, 0);
	hs_count(HS_HOOK_SOCK_OPS, HS_OUTCOME_LISTEN);
}

/*
 * This runs in the context of the process that calls listen(), so "current" is the function. The configuration is read-only data: where a
 * helper is missing, the verifier never sees the call.
 */
static __always_inline void hs_listen(struct bpf_sock_ops *ctx)
{
	struct hs_origin current, *origin;
	struct bpf_sock *socket;

	if ((!hs_config.listen_cgroup && !hs_config.listen_origin) || !hs_starts_in_flight())
		return;
	if (hs_config.listen_cgroup) {
		hs_read_current(&current);
		return hs_tell_listen(ctx, &current);
	}
	socket = ctx->sk;
	if (!socket)
		return;
	origin = bpf_sk_storage_get(&origins, socket, 0, 0);
	if (!origin)
		return hs_count(HS_HOOK_SOCK_OPS, HS_OUTCOME_NOT_AWAITED);	/* the socket was made before the start */
	hs_tell_listen(ctx, origin);
}

SEC("sockops")
int hs_sock_ops(struct bpf_sock_ops *ctx)
{
	switch (ctx->op) {
	case BPF_SOCK_OPS_TIMEOUT_INIT:
		/*
		 * The kernel asks for the timeout of the SYN-ACK, so a listener has just taken a SYN. A full socket is a
		 * client, or one that TCP Fast Open made of the SYN at once.
		 */
		if (ctx->is_fullsock ? ctx->state == BPF_TCP_SYN_RECV : ctx->state == BPF_TCP_NEW_SYN_RECV)
			hs_connection(ctx, HS_KIND_SYN);
		break;
	case BPF_SOCK_OPS_HDR_OPT_LEN_CB:
		if (ctx->args[0] == BPF_WRITE_HDR_TCP_SYNACK_COOKIE)
			hs_connection(ctx, HS_KIND_SYN);
		break;
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		hs_connection(ctx, HS_KIND_ESTABLISHED);
		break;
	case BPF_SOCK_OPS_TCP_LISTEN_CB:
		hs_ask_for_cookies(ctx);
		hs_listen(ctx);
		break;
	}
	return 1;
}

#endif
