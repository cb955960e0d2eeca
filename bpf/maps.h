/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The state that the hooks and the gateway share. All hooks use one set of maps. */
#ifndef HEADSTART_MAPS_H
#define HEADSTART_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "headstart.h"

/* It has a section of its own, so that user space can write it as one struct. */
const volatile struct hs_config hs_config SEC(".rodata.config");

/* Which function a destination belongs to: hs_destination -> function index. Sized by the gateway. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct hs_destination);
	__type(value, __u32);
} destinations SEC(".maps");

/* Which function an id inside a SYN belongs to: hs_syn_id -> function index. Sized by the gateway. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct hs_syn_id);
	__type(value, __u32);
} syn_ids SEC(".maps");

/*
 * Which function a host name belongs to. The key is the hash (hs_step_name) of the name or, for all names below a domain, of the domain
 * with the dot before it. HS_SHARED stands for several functions. A collision of hashes only wakes a function that its own name wakes too.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, __u32);
} hosts SEC(".maps");

/* What clients of shared destinations asked for last: hs_client -> hs_client_memory. The least recently used are evicted. Sized by the gateway. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, struct hs_client);
	__type(value, struct hs_client_memory);
} clients SEC(".maps");

/*
 * What each function is armed for: bits of enum hs_kind by function index. 0 means that it is awake or its wake is in flight.
 * The map's memory is mapped into the gateway, which arms a function by a memory write. Sized by the gateway.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, __u64);
} triggers SEC(".maps");

/*
 * How many words of `triggers` are not zero. It may be too high for a moment, never too low. At 0 every function is awake, so it does not
 * matter which one a packet to a shared destination is for.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} resting SEC(".maps");

/* Words that the gateway writes by memory, by enum hs_guard. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, HS_GUARDS);
	__type(key, __u32);
	__type(value, __u64);
} guards SEC(".maps");

/* How many starts wait for listen(). At 0 listen() is ignored. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} listen_watch SEC(".maps");

/* The cgroups in which starts wait for listen(): cgroup id -> HS_AWAITED bits. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, __u32);
} awaited SEC(".maps");

/* 256 KiB hold about 4,000 events, far more than there are functions waking in one scheduler slice. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, HS_HOOKS * HS_OUTCOMES);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

static __always_inline __u64 hs_guard(enum hs_guard which)
{
	__u32 index = which;
	__u64 *word = bpf_map_lookup_elem(&guards, &index);

	return word ? *(volatile __u64 *)word : 0;
}

static __always_inline void hs_count(enum hs_hook hook, enum hs_outcome outcome)
{
	__u32 index = hook * HS_OUTCOMES + outcome;
	__u64 *count = bpf_map_lookup_elem(&counters, &index);

	if (count)
		(*count)++;
}

#endif
