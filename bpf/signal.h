/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Leads from a destination to at most one event: finds the function, claims its trigger, reports to the gateway. */
#ifndef HEADSTART_SIGNAL_H
#define HEADSTART_SIGNAL_H

#include "admission.h"

struct hs_flow {
	__u8 local_address[16];
	__u8 remote_address[16];
	__u16 local_port;	/* host order */
	__u16 remote_port;	/* host order */
	__u32 srtt_us;
};

/* The most specific entry counts, as for listening sockets: the address, then any IPv4 address, then any address. */
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

/* Returns whether the function is armed for this. */
static __always_inline int hs_wants(__u32 function, enum hs_kind kind)
{
	__u64 *word = bpf_map_lookup_elem(&triggers, &function);

	return word && *(volatile __u64 *)word & kind;
}

/* What a claim leaves armed. A SYN proves nothing, so the gateway may want to be told of the connection that it becomes as well. */
static __always_inline __u64 hs_left(__u64 word, enum hs_kind kind)
{
	return kind == HS_KIND_SYN && word & HS_KIND_STAY ? word & (HS_KIND_ESTABLISHED | HS_KIND_CLIENT_HELLO) : 0;
}

/*
 * Clears the word if it holds the bit, except for what is to stay armed. Of all callers, on any CPU and hook, exactly one gets true. It tries again
 * if the gateway changed the word meanwhile, four times at most, which is enough because the gateway rarely does.
 */
static __always_inline int hs_claim(__u64 *word, enum hs_kind kind)
{
#pragma unroll
	for (int i = 0; i < 4; i++) {
		__u64 seen = *(volatile __u64 *)word;
		__u64 left = hs_left(seen, kind);

		if (!(seen & kind))
			return 0;
		if (__sync_val_compare_and_swap(word, seen, left) == seen) {
			if (!left)
				hs_one_less_rests();
			return 1;
		}
	}
	return 0;
}

/* Reports at most one event for the function, and counts the outcome. */
static __always_inline void hs_tell(enum hs_hook hook, enum hs_kind kind, const struct hs_flow *flow, __u32 function, enum hs_named named)
{
	struct hs_connection_event *event;
	__u64 *word = bpf_map_lookup_elem(&triggers, &function);
	__u64 now;

	if (!word)
		return hs_count(hook, HS_OUTCOME_BAD_FUNCTION);
	if (!(*(volatile __u64 *)word & kind))
		return hs_count(hook, HS_OUTCOME_QUIET);
	now = bpf_ktime_get_ns();
	if (!hs_admits(hook, kind, flow->remote_address, function, now))
		return;

	/* Room is reserved before the trigger is claimed: if the ring is full the function stays armed, and nothing has to be undone. */
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event)
		return hs_count(hook, HS_OUTCOME_RING_FULL);
	if (!hs_claim(word, kind)) {
		/* Without BPF_RB_NO_WAKEUP: a record that follows an unread one does not wake the reader by itself. */
		bpf_ringbuf_discard(event, 0);
		return hs_count(hook, HS_OUTCOME_LOST_RACE);
	}

	event->ktime_ns = now;
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
