/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * tcx, at the ingress of devices to which another XDP program is attached (Linux 6.6). It sees the same SYN a little later, because the kernel
 * has made an skb of the packet by then. It passes every packet on to the programs behind it.
 */
#ifndef HEADSTART_TCX_H
#define HEADSTART_TCX_H

#include "xdp.bpf.h"

#define HS_TCX_NEXT -1		/* TCX_NEXT of linux/bpf.h since 6.6 */
#define HS_HEADERS_MAX 256	/* more than the headers of any SYN that is parsed */

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
	/* Some devices have no Ethernet header, and generic XDP before this program can lose it. */
	if (ethernet->h_proto != (__be16)skb->protocol)
		return hs_read_network(&cursor, syn, bpf_ntohs(skb->protocol));
	return hs_read_packet(&cursor, syn);
}

/* A driver may leave all data where it cannot be read directly. It is copied and not pulled, because this runs for every segment. */
static __always_inline int hs_begins_hello_elsewhere(struct __sk_buff *skb, const struct hs_syn *syn)
{
	__u8 beginning[HS_HELLO_BEGINNING];

	return !bpf_skb_load_bytes(skb, syn->options + syn->options_length, beginning, sizeof(beginning)) && hs_begins_hello(beginning);
}

SEC("tc")
int hs_tcx(struct __sk_buff *skb)
{
	struct hs_syn syn = {};	/* clang would spill what a short packet left unset, which the verifier refuses */
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
