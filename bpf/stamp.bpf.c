// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The client's side: puts the id into the SYNs of programs in one cgroup. It is an object of its own, because it runs on
 * other machines than the gateway.
 */
#include "address.h"
#include "stamp.h"

#define HS_TCP_SYN 0x02
#define HS_TRIES 2	/* so many SYNs carry the id before something on the way is suspected of dropping them because of it */

/* The ids by destination: hs_destination -> hs_stamp. The address is a whole one, or all zero for any address. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct hs_destination);
	__type(value, struct hs_stamp);
} stamps SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, HS_STAMPEDS);
	__type(key, __u32);
	__type(value, __u64);
} stamped SEC(".maps");

static __always_inline void hs_stamp_count(enum hs_stamped outcome)
{
	__u32 index = outcome;
	__u64 *count = bpf_map_lookup_elem(&stamped, &index);

	if (count)
		(*count)++;
}

static __always_inline struct hs_stamp *hs_find_stamp(struct bpf_sock_ops *ctx)
{
	struct hs_destination key = { .port = bpf_htons(bpf_ntohl(HS_READ(ctx->remote_port))) };
	struct hs_stamp *stamp;

	hs_read_remote(ctx, key.address);
	stamp = bpf_map_lookup_elem(&stamps, &key);
	if (stamp)
		return stamp;
	__builtin_memset(key.address, 0, 16);
	return bpf_map_lookup_elem(&stamps, &key);
}

static __always_inline void hs_ask(struct bpf_sock_ops *ctx, int want)
{
	__u32 flags = HS_READ(ctx->bpf_sock_ops_cb_flags) & ~BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG;

	bpf_sock_ops_cb_flags_set(ctx, want ? flags | BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG : flags);
}

SEC("sockops")
int hs_stamp(struct bpf_sock_ops *ctx)
{
	struct hs_stamp *stamp;

	switch (ctx->op) {
	case BPF_SOCK_OPS_TCP_CONNECT_CB:
		if (hs_find_stamp(ctx))
			hs_ask(ctx, 1);
		break;
	case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
		/* Further callbacks are turned off, so that the connection's other packets cost nothing. */
		if (hs_find_stamp(ctx))
			hs_ask(ctx, 0);
		break;
	case BPF_SOCK_OPS_HDR_OPT_LEN_CB:
		if (!(ctx->skb_tcp_flags & HS_TCP_SYN))
			break;
		stamp = hs_find_stamp(ctx);
		if (!stamp)
			break;
		if (ctx->total_retrans >= HS_TRIES)
			hs_stamp_count(HS_STAMPED_GIVEN_UP);
		else if (bpf_reserve_hdr_opt(ctx, stamp->length, 0))
			hs_stamp_count(HS_STAMPED_NO_ROOM);
		break;
	case BPF_SOCK_OPS_WRITE_HDR_OPT_CB:
		if (!(ctx->skb_tcp_flags & HS_TCP_SYN))
			break;
		stamp = hs_find_stamp(ctx);
		/* The whole buffer is readable; the option's own length says how much of it is written. */
		if (stamp && !bpf_store_hdr_opt(ctx, stamp->option, sizeof(stamp->option), 0))
			hs_stamp_count(HS_STAMPED_SENT);
		break;
	}
	return 1;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
