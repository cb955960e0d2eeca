/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* From a destination to at most one event: find the function, claim its trigger, tell the gateway. */
#ifndef HEADSTART_SIGNAL_H
#define HEADSTART_SIGNAL_H

#include "address.h"
#include "maps.h"

struct hs_flow {
	__u8 local_address[16];
	__u8 remote_address[16];
	__u16 local_port;	/* host order */
	__u16 remote_port;	/* host order */
	__u32 srtt_us;
};

/* The most specific entry wins, as it does for listening sockets: the address, all of IPv4, any. */
static __always_inline __u32 *hs_find_destination(void *map, const struct hs_flow *flow)
{
	struct hs_destination key = { .port = bpf_htons(flow->local_port) };
	__u32 *found;

	__builtin_memcpy(key.address, flow->local_address, 16);
	found = bpf_map_lookup_elem(map, &key);
	if (found)
		return found;

	if (hs_is_v4_mapped(flow->local_address)) {
		hs_set_v4_mapped(key.address, 0);
		found = bpf_map_lookup_elem(map, &key);
		if (found)
			return found;
	}

	__builtin_memset(key.address, 0, 16);
	return bpf_map_lookup_elem(map, &key);
}

static __always_inline __u32 *hs_find_function(const struct hs_flow *flow)
{
	return hs_find_destination(&destinations, flow);
}

static __always_inline int hs_any_rests(void)
{
	__u32 zero = 0;
	__u64 *count = bpf_map_lookup_elem(&resting, &zero);

	return count && *(volatile __u64 *)count;
}

static __always_inline void hs_one_less_rests(void)
{
	__u32 zero = 0;
	__u64 *count = bpf_map_lookup_elem(&resting, &zero);

	if (count)
		__sync_fetch_and_add(count, -1);
}

/* Whether the function wants to hear of this. */
static __always_inline int hs_wants(__u32 function, enum hs_kind kind)
{
	__u64 *word = bpf_map_lookup_elem(&triggers, &function);

	return word && *(volatile __u64 *)word & kind;
}

/*
 * Clears the whole word if it holds the bit. Exactly one caller on any CPU or hook gets true. It tries
 * again where the gateway changed the word in between; four times is more often than a human can type.
 */
static __always_inline int hs_claim(__u64 *word, enum hs_kind kind)
{
#pragma unroll
	for (int i = 0; i < 4; i++) {
		__u64 seen = *(volatile __u64 *)word;

		if (!(seen & kind))
			return 0;
		if (__sync_val_compare_and_swap(word, seen, 0) == seen) {
			hs_one_less_rests();
			return 1;
		}
	}
	return 0;
}

/* At most one event for the function. What became of it is counted. */
static __always_inline void hs_tell(enum hs_hook hook, enum hs_kind kind, const struct hs_flow *flow, __u32 function, enum hs_named named)
{
	struct hs_connection_event *event;
	__u64 *word = bpf_map_lookup_elem(&triggers, &function);

	if (!word)
		return hs_count(hook, HS_OUTCOME_BAD_FUNCTION);
	if (!(*(volatile __u64 *)word & kind))
		return hs_count(hook, HS_OUTCOME_QUIET);

	/* Room first, then the claim: with a full ring the function simply stays armed, nothing to undo. */
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event)
		return hs_count(hook, HS_OUTCOME_RING_FULL);
	if (!hs_claim(word, kind)) {
		/* Not BPF_RB_NO_WAKEUP: the record behind an unread one wakes nobody. */
		bpf_ringbuf_discard(event, 0);
		return hs_count(hook, HS_OUTCOME_LOST_RACE);
	}

	event->ktime_ns = bpf_ktime_get_ns();
	event->function = function;
	event->kind = kind;
	event->hook = hook;
	event->local_port = flow->local_port;
	event->remote_port = flow->remote_port;
	event->named = named;
	event->srtt_us = flow->srtt_us;
	__builtin_memcpy(event->local_address, flow->local_address, 16);
	__builtin_memcpy(event->remote_address, flow->remote_address, 16);
	bpf_ringbuf_submit(event, 0);
	hs_count(hook, kind == HS_KIND_SYN ? HS_OUTCOME_SYN :
		       kind == HS_KIND_ESTABLISHED ? HS_OUTCOME_ESTABLISHED : HS_OUTCOME_CLIENT_HELLO);
}

#endif
