/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Every IPv4 address is mapped into an IPv6 one (RFC 4291, 2.5.5.2), so that there is one type of key and one path. */
#ifndef HEADSTART_ADDRESS_H
#define HEADSTART_ADDRESS_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "headstart.h"

#define HS_AF_INET 2	/* linux/socket.h, not part of the UAPI headers */

/*
 * The verifier wants every load to be from the context pointer plus a constant. The volatile keeps clang from merging
 * two loads into one through a computed pointer.
 */
#define HS_READ(field) (*(const volatile __u32 *)&(field))

static __always_inline void hs_set_v4_mapped(__u8 *address, __be32 v4)
{
	__builtin_memset(address, 0, 10);
	address[10] = 0xff;
	address[11] = 0xff;
	__builtin_memcpy(address + 12, &v4, 4);
}

static __always_inline int hs_is_v4_mapped(const __u8 *address)
{
	const __u32 *words = (const __u32 *)address;

	return words[0] == 0 && words[1] == 0 && words[2] == bpf_htonl(0xffff);
}

/* Reads the remote address of a socket. IPv4 on a dual-stack socket has family 10 and was mapped by the kernel (sk_rcv_saddr_set). */
static __always_inline void hs_read_remote(struct bpf_sock_ops *ctx, __u8 *address)
{
	__u32 *words = (__u32 *)address;

	words[0] = HS_READ(ctx->remote_ip6[0]);
	words[1] = HS_READ(ctx->remote_ip6[1]);
	words[2] = HS_READ(ctx->remote_ip6[2]);
	words[3] = HS_READ(ctx->remote_ip6[3]);
	if (HS_READ(ctx->family) == HS_AF_INET)
		hs_set_v4_mapped(address, HS_READ(ctx->remote_ip4));
}

#endif
