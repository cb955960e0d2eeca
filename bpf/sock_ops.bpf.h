/*
 * sock_ops, at the cgroup root: the SYN that a listener takes, the connection it becomes, and listen()
 * inside functions. It only watches: `reply` stays as other programs left it, and 1 lets all go on.
 */
#ifndef HEADSTART_SOCK_OPS_H
#define HEADSTART_SOCK_OPS_H

#include "signal.h"

#define HS_AF_INET 2	/* linux/socket.h, not part of the UAPI headers */

/*
 * The verifier wants the context pointer plus a constant in every load; volatile keeps clang from merging
 * two loads into one through a computed pointer.
 */
#define HS_READ(field) (*(const volatile __u32 *)&(field))

static __always_inline void hs_read_flow(struct bpf_sock_ops *ctx, struct hs_flow *flow)
{
	__u32 *local = (__u32 *)flow->local_address;
	__u32 *remote = (__u32 *)flow->remote_address;

	flow->local_port = HS_READ(ctx->local_port);
	flow->remote_port = bpf_ntohl(HS_READ(ctx->remote_port));
	flow->srtt_us = HS_READ(ctx->srtt_us) >> 3;	/* the kernel keeps it times eight; 0 on a request socket */

	/* IPv4 on a dual-stack listener is family 10, v4-mapped by the kernel (sk_rcv_saddr_set). */
	local[0] = HS_READ(ctx->local_ip6[0]);
	local[1] = HS_READ(ctx->local_ip6[1]);
	local[2] = HS_READ(ctx->local_ip6[2]);
	local[3] = HS_READ(ctx->local_ip6[3]);
	remote[0] = HS_READ(ctx->remote_ip6[0]);
	remote[1] = HS_READ(ctx->remote_ip6[1]);
	remote[2] = HS_READ(ctx->remote_ip6[2]);
	remote[3] = HS_READ(ctx->remote_ip6[3]);
	if (HS_READ(ctx->family) == HS_AF_INET) {
		hs_set_v4_mapped(flow->local_address, HS_READ(ctx->local_ip4));
		hs_set_v4_mapped(flow->remote_address, HS_READ(ctx->remote_ip4));
	}
}

static __always_inline void hs_connection(struct bpf_sock_ops *ctx, enum hs_kind kind)
{
	struct hs_flow flow;

	if (bpf_get_netns_cookie(ctx) != hs_config.netns_cookie)
		return hs_count(HS_HOOK_SOCK_OPS, HS_OUTCOME_OTHER_NETNS);
	hs_read_flow(ctx, &flow);
	hs_signal(HS_HOOK_SOCK_OPS, kind, &flow);
}

/* In the context of the process that calls listen(), so "current" is the function. */
static __always_inline void hs_listen(struct bpf_sock_ops *ctx)
{
	struct hs_listen_event *event;
	__u32 zero = 0;
	__u64 *watch = bpf_map_lookup_elem(&listen_watch, &zero);

	if (!watch || !*(volatile __u64 *)watch)
		return;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event)
		return hs_count(HS_HOOK_SOCK_OPS, HS_OUTCOME_RING_FULL);

	event->ktime_ns = bpf_ktime_get_ns();
	event->pid = hs_config.listen_pid ? bpf_get_current_pid_tgid() >> 32 : 0;
	event->kind = HS_KIND_LISTEN;
	event->hook = HS_HOOK_SOCK_OPS;
	event->port = ctx->local_port;
	event->cgroup = bpf_get_current_cgroup_id();
#pragma unroll
	for (int i = 0; i < HS_ANCESTORS; i++)
		event->ancestors[i] = bpf_get_current_ancestor_cgroup_id(i + 1);
	bpf_ringbuf_submit(event, 0);
	hs_count(HS_HOOK_SOCK_OPS, HS_OUTCOME_LISTEN);
}

SEC("sockops")
int hs_sock_ops(struct bpf_sock_ops *ctx)
{
	switch (ctx->op) {
	case BPF_SOCK_OPS_TIMEOUT_INIT:
		/* Asked for the SYN-ACK's timeout: a listener has just taken a SYN. Full sockets are clients. */
		if (!ctx->is_fullsock && ctx->state == BPF_TCP_NEW_SYN_RECV)
			hs_connection(ctx, HS_KIND_SYN);
		break;
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		hs_connection(ctx, HS_KIND_ESTABLISHED);
		break;
	case BPF_SOCK_OPS_TCP_LISTEN_CB:
		/* Read-only data: where the helpers are missing, the verifier never sees the call. */
		if (hs_config.listen_cgroup)
			hs_listen(ctx);
		break;
	}
	return 1;
}

#endif
