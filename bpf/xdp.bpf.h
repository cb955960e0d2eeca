/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * XDP: it sees the same SYN before the stack does. The stack may still drop the packet (checksum, firewall) or forward it, so an event only
 * means that a SYN for this destination arrived. It passes every packet.
 */
#ifndef HEADSTART_XDP_H
#define HEADSTART_XDP_H

#include "hello.h"

/* RFC 9293, 3.1: byte 13 of the header. A SYN requests a connection if none of the other flags is set. */
#define HS_TCP_FLAGS 13
#define HS_TCP_FIN 0x01
#define HS_TCP_SYN 0x02
#define HS_TCP_RST 0x04
#define HS_TCP_ACK 0x10

static __always_inline int hs_read_syn(struct hs_cursor *cursor, struct hs_syn *syn)
{
	struct tcphdr *tcp = HS_TAKE(cursor, struct tcphdr);
	__u8 flags;

	if (!tcp)
		return HS_GIVE_UP(HS_OUTCOME_TRUNCATED);
	flags = ((__u8 *)tcp)[HS_TCP_FLAGS] & (HS_TCP_FIN | HS_TCP_SYN | HS_TCP_RST | HS_TCP_ACK);
	/* This is read-only data: where it is 0, the verifier removes the code. */
	if (flags == HS_TCP_ACK && hs_config.client_hello)
		return hs_read_hello(cursor, tcp, syn);
	if (flags != HS_TCP_SYN)
		return HS_NOT_OURS;
	if (tcp->doff < 5)
		return HS_GIVE_UP(HS_OUTCOME_MALFORMED);
	hs_read_ports(cursor, tcp, syn);
	if (cursor->at + syn->options_length > cursor->end)
		return HS_GIVE_UP(HS_OUTCOME_TRUNCATED);
	return IPPROTO_TCP;
}

/* Reads from the IP header on. `result` is the EtherType, or what went wrong before. */
static __always_inline int hs_read_network(struct hs_cursor *cursor, struct hs_syn *syn, int result)
{
	if (result == ETH_P_IP)
		result = hs_read_ipv4(cursor, &syn->flow);
	else if (result == ETH_P_IPV6)
		result = hs_read_ipv6(cursor, &syn->flow);
	else
		return result < 0 ? result : HS_NOT_OURS;
	return result < 0 ? result : hs_read_syn(cursor, syn);
}

static __always_inline int hs_read_packet(struct hs_cursor *cursor, struct hs_syn *syn)
{
	return hs_read_network(cursor, syn, hs_read_ethernet(cursor));
}

/*
 * Bounds a length to 1 up to `most` (a power of two) in a way that every verifier understands. Those before Linux 6.8 learn no lower
 * bound from `length < 1`, which clang turns into `length == 0`, and none remembers the bound of a value that was in memory. The
 * barrier keeps clang, which knows that nothing changes, from removing the arithmetic.
 */
#define HS_BOUNDED(length, most) \
	({ \
		__u32 rest = (length) - 1; \
		asm volatile("" : "+r"(rest)); \
		(rest & ((most) - 1)) + 1; \
	})

/* The hook is a constant in every caller, so only one of the two calls remains. */
static __always_inline long hs_load(void *ctx, enum hs_hook hook, __u32 at, void *to, __u32 length)
{
	return hook == HS_HOOK_XDP ? bpf_xdp_load_bytes(ctx, at, to, length) : bpf_skb_load_bytes(ctx, at, to, length);
}

static __always_inline __u32 hs_frame_id(void *ctx, enum hs_hook hook, const struct hs_syn *syn, __u32 *cookie)
{
	struct hs_options options = { .length = syn->options_length };
	__u32 function;

	if (options.length < 1 || options.length > HS_OPTIONS_MAX)
		return HS_SHARED;
	if (hs_load(ctx, hook, syn->options, options.bytes, HS_BOUNDED(options.length, sizeof(options.bytes))))
		return HS_SHARED;
	function = hs_read_id(hook, &options);
	*cookie = options.cookie;
	return function;
}

/* Copies the data of a SYN or of a segment, and finds the function that it names. The budget is asked last, so that nothing is taken from it in vain. */
static __always_inline __u32 hs_frame_data(void *ctx, enum hs_hook hook, const struct hs_syn *syn, enum hs_named *named)
{
	__u32 zero = 0, at = syn->options + syn->options_length;
	struct hs_data *data = bpf_map_lookup_elem(&scratch, &zero);
	__u32 length;

	if (!data || syn->data_end <= at || hs_is_denied(syn->flow.remote_address) || !hs_may_read(hook))
		return HS_SHARED;
	length = syn->data_end - at;
	if (length > HS_DATA_MAX)
		length = HS_DATA_MAX;
	if (hs_load(ctx, hook, at, data->bytes, HS_BOUNDED(length, HS_DATA_MAX)))
		return HS_SHARED;
	return hs_read_data(hook, data, length, named);
}

/*
 * Reads the data inside a SYN (TCP Fast Open, RFC 7413). Whether or not the stack accepts it, it names what the client wants. It is read only
 * if there is a cookie: anybody can put data into a SYN, and reading it costs more than everything else.
 */
static __always_inline __u32 hs_syn_data(void *ctx, enum hs_hook hook, const struct hs_syn *syn, __u32 cookie, enum hs_named *named)
{
	if (syn->data_end <= syn->options + syn->options_length)
		return HS_SHARED;
	if (!cookie) {
		hs_count(hook, HS_OUTCOME_NO_COOKIE);
		return HS_SHARED;
	}
	return hs_frame_data(ctx, hook, syn, named);
}

/* Finds the function that a SYN to a shared destination names, by the most reliable sign first. */
static __always_inline __u32 hs_frame_name(void *ctx, enum hs_hook hook, const struct hs_syn *syn, enum hs_named *named)
{
	__u32 function = HS_SHARED, cookie = 0;

	/* This is read-only data: where the helpers are missing, the verifier never sees the calls. */
	if (hs_config.xdp_names) {
		*named = HS_NAMED_SYN_ID;
		function = hs_frame_id(ctx, hook, syn, &cookie);
		if (function == HS_SHARED)
			function = hs_syn_data(ctx, hook, syn, cookie, named);
	}
	if (function == HS_SHARED) {
		*named = HS_NAMED_CLIENT;
		function = hs_find_client(&syn->flow);
	}
	return function;
}

static __always_inline void hs_tell_syn(void *ctx, enum hs_hook hook, const struct hs_syn *syn)
{
	enum hs_named named = HS_NAMED_ADDRESS;
	__u32 *destination = hs_find_function(&syn->flow);
	__u32 function;

	if (!destination)
		return hs_count(hook, HS_OUTCOME_UNKNOWN);
	function = *destination;
	if (function == HS_SHARED) {
		if (!hs_any_rests())
			return hs_count(hook, HS_OUTCOME_QUIET);
		function = hs_frame_name(ctx, hook, syn, &named);
	}
	if (function == HS_SHARED)
		return hs_count(hook, HS_OUTCOME_SHARED);
	hs_tell(hook, HS_KIND_SYN, &syn->flow, function, named);
}

/*
 * Handles a ClientHello behind the handshake, which names the function on a shared address. It counts only if it belongs to an established
 * connection, because WakeOn: ClientHello promises that the source is proven.
 */
static __always_inline void hs_tell_hello(void *ctx, enum hs_hook hook, const struct hs_syn *syn)
{
	enum hs_named named = HS_NAMED_ADDRESS;
	__u32 *destination, function;

	/* A short frame is padded, so bytes behind the packet are not data. */
	if (syn->data_end < syn->options + syn->options_length + HS_HELLO_BEGINNING)
		return;
	destination = hs_find_function(&syn->flow);
	if (!destination)
		return;	/* not counted: this runs for every hello to anything else on this machine too */
	function = *destination;
	if (function == HS_SHARED ? !hs_any_rests() : !hs_wants(function, HS_KIND_CLIENT_HELLO))
		return hs_count(hook, HS_OUTCOME_QUIET);
	if (!hs_is_established(ctx, &syn->flow))
		return hs_count(hook, HS_OUTCOME_UNPROVEN);
	if (function == HS_SHARED)
		function = hs_frame_data(ctx, hook, syn, &named);
	if (function != HS_SHARED)
		hs_tell(hook, HS_KIND_CLIENT_HELLO, &syn->flow, function, named);
}

SEC("xdp")
int hs_xdp(struct xdp_md *ctx)
{
	struct hs_cursor cursor = {
		.at = (void *)(long)ctx->data,
		.end = (void *)(long)ctx->data_end,
		.start = (void *)(long)ctx->data,
		.length = ctx->data_end - ctx->data,
	};
	struct hs_syn syn;
	int result = hs_read_packet(&cursor, &syn);

	if (result == IPPROTO_TCP)
		hs_tell_syn(ctx, HS_HOOK_XDP, &syn);
	else if (result == HS_CLIENT_HELLO)
		hs_tell_hello(ctx, HS_HOOK_XDP, &syn);
	else if (result < HS_NOT_OURS)
		hs_count(HS_HOOK_XDP, HS_GIVEN_UP(result));
	return XDP_PASS;
}

#endif
