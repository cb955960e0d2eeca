/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Who may wake anything: the access lists of the gateway and of functions, in one trie. */
#ifndef HEADSTART_ACCESS_H
#define HEADSTART_ACCESS_H

#include "maps.h"

#define HS_SCOPE_BITS 32
#define HS_ADDRESS_BITS 128

/* The lists: hs_access_key -> enum hs_verdict. A list has an entry for each of its prefixes, and one for all other addresses of each family. Sized by the gateway. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct hs_access_key);
	__type(value, __u32);
} access SEC(".maps");

static __always_inline int hs_denies(struct hs_access_key *key, __u32 scope)
{
	__u32 *verdict;

	key->scope = scope;
	verdict = bpf_map_lookup_elem(&access, key);
	return verdict && *verdict == HS_VERDICT_DENY;
}

/* Returns whether the gateway's list keeps the source from waking anything. */
static __always_inline int hs_is_denied(const __u8 *source)
{
	struct hs_access_key key = { .bits = HS_SCOPE_BITS + HS_ADDRESS_BITS };

	if (!hs_guard(HS_GUARD_ACCESS))
		return 0;
	__builtin_memcpy(key.address, source, 16);
	return hs_denies(&key, HS_SHARED);
}

/* Returns whether the lists let the source wake the function. The gateway's and the function's own must both do so. */
static __always_inline int hs_may_wake(const __u8 *source, __u32 function)
{
	struct hs_access_key key = { .bits = HS_SCOPE_BITS + HS_ADDRESS_BITS };

	if (!hs_guard(HS_GUARD_ACCESS))
		return 1;
	__builtin_memcpy(key.address, source, 16);
	return !hs_denies(&key, HS_SHARED) && !hs_denies(&key, function);
}

#endif
