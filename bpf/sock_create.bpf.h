/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * sock_create, at the cgroup root, for kernels whose sock_ops cannot ask for the current cgroup (Linux 6.1). It stores with each socket in which
 * cgroup it was made, and sock_ops asks the socket. It does so only while starts are in flight, and refuses no socket.
 */
#ifndef HEADSTART_SOCK_CREATE_H
#define HEADSTART_SOCK_CREATE_H

#include <linux/in.h>
#include "address.h"
#include "origin.h"

#define HS_AF_INET6 10		/* linux/socket.h, not part of the UAPI headers */
#define HS_SOCK_STREAM 1	/* linux/net.h, likewise */

/* In which cgroup a socket was made. The entry ends with the socket. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct hs_origin);
} origins SEC(".maps");

SEC("cgroup/sock_create")
int hs_sock_create(struct bpf_sock *ctx)
{
	struct hs_origin *origin;

	if (!hs_starts_in_flight() || ctx->type != HS_SOCK_STREAM || (ctx->family != HS_AF_INET && ctx->family != HS_AF_INET6))
		return 1;
	origin = bpf_sk_storage_get(&origins, ctx, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (origin)
		hs_read_current(origin);
	return 1;
}

#endif
