// SPDX-License-Identifier: MIT
/* Tells of every connect(2) over IPv4 by a process of a cgroup. */
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "connects.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} connects SEC(".maps");

SEC("cgroup/connect4")
int on_connect(struct bpf_sock_addr *ctx)
{
	struct connect *record = bpf_ringbuf_reserve(&connects, sizeof(*record), 0);

	if (!record)
		return 1; /* the ring is full: the connection goes on all the same */
	record->address = ctx->user_ip4;
	record->port = bpf_ntohs(ctx->user_port);
	record->protocol = ctx->protocol;
	bpf_get_current_comm(record->command, sizeof(record->command));
	bpf_ringbuf_submit(record, 0);
	return 1;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
