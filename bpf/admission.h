/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What keeps a SYN, which anybody can send under any address, from being a weapon: token buckets for each source, for each network and for all,
 * and floors, by which the gateway asks for a later signal. It is asked only about a signal that a function at rest is armed for. Whatever it
 * refuses passes unannounced and is counted, and the function stays armed.
 */
#ifndef HEADSTART_ADMISSION_H
#define HEADSTART_ADMISSION_H

#include "access.h"
#include "address.h"

#define HS_BITS_ADDRESS 128
#define HS_BITS_V4_NETWORK 120	/* a /24, behind the 96 bits of a mapped address */
#define HS_BITS_V6_SOURCE 64	/* what one host can choose its addresses from (RFC 4291, 2.5.4) */
#define HS_BITS_V6_NETWORK 48	/* what one site is given (RFC 6177, 2) */

/* The buckets of sources and networks: hs_client -> bucket. One that was evicted or never used is full. Sized by the gateway. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, struct hs_client);
	__type(value, __u64);
} sources SEC(".maps");

/*
 * When sources last established a connection to one of our destinations: hs_client -> CLOCK_MONOTONIC in nanoseconds. It is a map of its own, so
 * that sources that prove nothing cannot evict those that did. Sized by the gateway.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, struct hs_client);
	__type(value, __u64);
} proven SEC(".maps");

/* Networks from which a later signal is wanted: hs_client -> hs_floor. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct hs_client);
	__type(value, struct hs_floor);
} floors SEC(".maps");

/* The buckets that all share, by enum hs_bucket. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, HS_BUCKETS);
	__type(key, __u32);
	__type(value, __u64);
} tokens SEC(".maps");

static __always_inline void hs_source_of(const __u8 *address, struct hs_client *key)
{
	__builtin_memset(key, 0, sizeof(*key));
	if (hs_is_v4_mapped(address)) {
		__builtin_memcpy(key->address, address, 16);
		key->bits = HS_BITS_ADDRESS;
	} else {
		__builtin_memcpy(key->address, address, HS_BITS_V6_SOURCE / 8);
		key->bits = HS_BITS_V6_SOURCE;
	}
}

static __always_inline void hs_network_of(const __u8 *address, struct hs_client *key)
{
	__builtin_memset(key, 0, sizeof(*key));
	if (hs_is_v4_mapped(address)) {
		__builtin_memcpy(key->address, address, HS_BITS_V4_NETWORK / 8);
		key->bits = HS_BITS_V4_NETWORK;
	} else {
		__builtin_memcpy(key->address, address, HS_BITS_V6_NETWORK / 8);
		key->bits = HS_BITS_V6_NETWORK;
	}
}

/*
 * A bucket is one word: the time at which it is full again. A token moves that time on by the interval, and there is none while it is further ahead
 * than a burst. So a bucket fills without being touched, nothing is divided, and because times are compared by their difference, a bucket is right
 * after any idle time and when the clock wraps.
 */
static __always_inline __u64 hs_ahead(__u64 full, __u64 now)
{
	return (__s64)(full - now) < 0 ? 0 : full - now;
}

/* Takes a token. Returns 0 if there is none. Of many CPUs at once some may take one too many, which is harmless. */
static __always_inline int hs_take_token(__u64 *bucket, __u64 now, __u64 interval_ns, __u64 ahead_ns)
{
#pragma unroll
	for (int i = 0; i < 4; i++) {
		__u64 full = *(volatile __u64 *)bucket;
		__u64 ahead = hs_ahead(full, now);

		if (ahead > ahead_ns)
			return 0;
		if (__sync_val_compare_and_swap(bucket, full, now + ahead + interval_ns) == full)
			return 1;
	}
	return 1;
}

static __always_inline int hs_take_shared(enum hs_bucket which, __u64 now, __u64 interval_ns, __u64 ahead_ns)
{
	__u32 index = which;
	__u64 *bucket = interval_ns ? bpf_map_lookup_elem(&tokens, &index) : 0;

	return !bucket || hs_take_token(bucket, now, interval_ns, ahead_ns);
}

/* Takes a token of a source or network. Whoever is new has a bucket made; that it was not full at once would be no use to anybody. */
static __always_inline void hs_spend(__u64 *bucket, const struct hs_client *key, __u64 now, __u64 interval_ns, __u64 ahead_ns)
{
	__u64 full = now + interval_ns;

	if (bucket)
		hs_take_token(bucket, now, interval_ns, ahead_ns);
	else if (interval_ns)
		bpf_map_update_elem(&sources, key, &full, BPF_ANY);
}

/* Remembers that a source has established a connection. Most connections write nothing, because there is a fresh mark. */
static __always_inline void hs_prove(const __u8 *source)
{
	struct hs_client key;
	__u64 now, *seen;

	if (!hs_config.proven_ns)
		return;
	hs_source_of(source, &key);
	now = bpf_ktime_get_ns();
	seen = bpf_map_lookup_elem(&proven, &key);
	if (!seen || hs_ahead(now, *seen) >= hs_config.proven_again_ns)
		bpf_map_update_elem(&proven, &key, &now, BPF_ANY);
}

static __always_inline int hs_is_proven(const struct hs_client *source, __u64 now)
{
	__u64 *seen = bpf_map_lookup_elem(&proven, source);

	return seen && hs_ahead(now, *seen) < hs_config.proven_ns;
}

/* Whether the SYN of a source is told that else would not be: the source is proven, and proven sources have a bucket of their own. */
static __always_inline int hs_excepts(enum hs_hook hook, enum hs_outcome otherwise, const struct hs_client *source, __u64 now)
{
	if (!hs_is_proven(source, now)) {
		hs_count(hook, otherwise);
		return 0;
	}
	if (!hs_take_shared(HS_BUCKET_PROVEN, now, hs_config.proven.interval_ns, hs_config.proven.ahead_ns)) {
		hs_count(hook, HS_OUTCOME_OVER_PROVEN);
		return 0;
	}
	hs_count(hook, HS_OUTCOME_PROVEN);
	return 1;
}

/* Whether a SYN may be told. The buckets of its source come first, so that no source uses up what all have together. */
static __always_inline int hs_admits_syn(enum hs_hook hook, const struct hs_client *source, const struct hs_client *network, __u64 now)
{
	__u64 *own = 0, *shared = 0;

	if (hs_config.per_source.interval_ns)
		own = bpf_map_lookup_elem(&sources, source);
	if (own && hs_ahead(*own, now) > hs_config.per_source.ahead_ns) {
		hs_count(hook, HS_OUTCOME_OVER_SOURCE);
		return 0;
	}
	if (hs_config.per_network.interval_ns)
		shared = bpf_map_lookup_elem(&sources, network);
	if (shared && hs_ahead(*shared, now) > hs_config.per_network.ahead_ns) {
		hs_count(hook, HS_OUTCOME_OVER_NETWORK);
		return 0;
	}
	if (hs_guard(HS_GUARD_WITHHELD) & HS_KIND_SYN) {
		if (!hs_excepts(hook, HS_OUTCOME_BELOW_FLOOR, source, now))
			return 0;
	} else if (!hs_take_shared(HS_BUCKET_TOTAL, now, hs_config.total.interval_ns, hs_config.total.ahead_ns)) {
		if (!hs_excepts(hook, HS_OUTCOME_OVER_TOTAL, source, now))
			return 0;
	}
	hs_spend(own, source, now, hs_config.per_source.interval_ns, hs_config.per_source.ahead_ns);
	hs_spend(shared, network, now, hs_config.per_network.interval_ns, hs_config.per_network.ahead_ns);
	return 1;
}

static __always_inline int hs_network_withholds(const struct hs_client *network, enum hs_kind kind, __u64 now)
{
	struct hs_floor *floor;

	if (!hs_ahead(hs_guard(HS_GUARD_FLOORS), now))
		return 0;
	floor = bpf_map_lookup_elem(&floors, network);
	return floor && hs_ahead(floor->until_ns, now) && floor->withheld & kind;
}

/* Whether a signal for a function that is armed for it may be told. If not, it is counted why. */
static __always_inline int hs_admits(enum hs_hook hook, enum hs_kind kind, const __u8 *address, __u32 function, __u64 now)
{
	struct hs_client source, network;

	if (!hs_may_wake(address, function)) {
		hs_count(hook, HS_OUTCOME_DENIED);
		return 0;
	}
	hs_source_of(address, &source);
	hs_network_of(address, &network);
	if (hs_network_withholds(&network, kind, now)) {
		hs_count(hook, HS_OUTCOME_BELOW_FLOOR);
		return 0;
	}
	if (kind == HS_KIND_SYN)
		return hs_admits_syn(hook, &source, &network, now);
	if (hs_guard(HS_GUARD_WITHHELD) & kind && !hs_is_proven(&source, now)) {
		hs_count(hook, HS_OUTCOME_BELOW_FLOOR);
		return 0;
	}
	return 1;
}

#endif
