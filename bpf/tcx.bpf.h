/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * tcx, at a device's ingress (Linux 6.6): the same SYN, on devices whose one place for XDP another program has. A little
 * later, for the kernel has made an skb of the packet. Passes every packet on to what is attached behind it.
 */
#ifndef HEADSTART_TCX_H
#define HEADSTART_TCX_H

#include "xdp.bpf.h"

#define HS_TCX_NEXT -1		/* TCX_NEXT of linux/bpf.h since 6.6 */
#define HS_HEADERS_MAX 256	/* more than any SYN's headers that are followed */

static __always_inline int hs_read_skb(struct __sk_buff *skb, struct hs_syn *syn)
{
	struct hs_cursor cursor = {
		.at = (void *)(long)skb->data,
		.end = (void *)(long)skb->data_end,
		.start = (void *)(long)skb->data,
		.length = skb->len,
	};

	struct ethhdr *ethernet = cursor.at;

	if ((void *)(ethernet + 1) > cursor.end)
		return HS_GIVE_UP(HS_OUTCOME_TRUNCATED);
	/* Some devices have no Ethernet header, and generic XDP in front can lose it. */
	if (ethernet->h_proto != (__be16)skb->protocol)
		return hs_read_network(&cursor, syn, bpf_ntohs(skb->protocol));
	return hs_read_packet(&cursor, syn);
}

/* A driver may leave all data where it cannot be read directly. Copied, not pulled: this is every segment of a connection. */
static __always_inline int hs_begins_hello_elsewhere(struct __sk_buff *skb, const struct hs_syn *syn)
{
	__u8 beginning[HS_HELLO_BEGINNING];

	return !bpf_skb_load_bytes(skb, syn->options + syn->options_length, beginning, sizeof(beginning)) && hs_begins_hello(beginning);
}

SEC("tc")
int hs_tcx(struct __sk_buff *skb)
{
	struct hs_syn syn = {};	/* clang spills what a short packet left unset, and the verifier objects */
	int result = hs_read_skb(skb, &syn);

	/* A driver may leave headers outside the part that can be read directly. */
	if (result == HS_GIVE_UP(HS_OUTCOME_TRUNCATED) &&
	    !bpf_skb_pull_data(skb, skb->len < HS_HEADERS_MAX ? skb->len : HS_HEADERS_MAX))
		result = hs_read_skb(skb, &syn);

	if (result == IPPROTO_TCP)
		hs_tell_syn(skb, HS_HOOK_TCX, &syn);
	else if (result == HS_CLIENT_HELLO || (result == HS_DATA_ELSEWHERE && hs_begins_hello_elsewhere(skb, &syn)))
		hs_tell_hello(skb, HS_HOOK_TCX, &syn);
	else if (result < HS_NOT_OURS)
		hs_count(HS_HOOK_TCX, HS_GIVEN_UP(result));
	return HS_TCX_NEXT;
}

#endif
