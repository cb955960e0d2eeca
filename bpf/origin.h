/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Which cgroup a process is in, and whether a start waits for it. */
#ifndef HEADSTART_ORIGIN_H
#define HEADSTART_ORIGIN_H

#include "budget.h"
#include "maps.h"

#define HS_CGROUP_ROOT 1	/* kernfs gives the hierarchy's root the first inode */
#define HS_LISTENS 16		/* a second and cgroup: programs open a few ports, a loop any number */

/* Where a process is. Also what a socket remembers of who made it, where sock_ops may not ask (the map `origins`). */
struct hs_origin {
	__u64 cgroup;
	__u64 ancestors[HS_ANCESTORS];	/* levels 1..6; 0 where the path is not that deep */
};

/* How much each awaited cgroup has told. The oldest go: it begins anew then. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct hs_budget);
} listen_budgets SEC(".maps");

static __always_inline int hs_starts_in_flight(void)
{
	__u32 zero = 0;
	__u64 *watch = bpf_map_lookup_elem(&listen_watch, &zero);

	return watch && *(volatile __u64 *)watch;
}

static __always_inline void hs_read_current(struct hs_origin *origin)
{
	origin->cgroup = bpf_get_current_cgroup_id();
#pragma unroll
	for (int i = 0; i < HS_ANCESTORS; i++)
		origin->ancestors[i] = bpf_get_current_ancestor_cgroup_id(i + 1);
}

static __always_inline __u32 hs_awaits(__u64 cgroup)
{
	__u32 *bits = bpf_map_lookup_elem(&awaited, &cgroup);

	return bits ? *bits : 0;
}

/*
 * The cgroup by which a start waits for this process, 0 when none does: one that is named itself, or else the child of one
 * below which a start makes its own.
 */
static __always_inline __u64 hs_awaited_cgroup(const struct hs_origin *origin)
{
	__u64 below = 0;
	__u32 bits = hs_awaits(HS_CGROUP_ROOT);

	if (bits & HS_AWAITED_ITSELF)
		return HS_CGROUP_ROOT;
#pragma unroll
	for (int i = 0; i < HS_ANCESTORS; i++) {
		__u64 cgroup = origin->ancestors[i];

		if (!cgroup)
			break;
		if (bits & HS_AWAITED_BELOW)
			below = cgroup;
		bits = hs_awaits(cgroup);
		if (bits & HS_AWAITED_ITSELF)
			return cgroup;
	}
	if (origin->cgroup != origin->ancestors[HS_ANCESTORS - 1] && hs_awaits(origin->cgroup) & HS_AWAITED_ITSELF)
		return origin->cgroup;	/* deeper than the ancestors that are known */
	return below;
}

/* Whether this cgroup may tell once more. */
static __always_inline int hs_may_tell(__u64 cgroup, __u64 now_ns)
{
	struct hs_budget *budget = bpf_map_lookup_elem(&listen_budgets, &cgroup);

	if (!budget) {
		struct hs_budget fresh = {};

		bpf_map_update_elem(&listen_budgets, &cgroup, &fresh, BPF_NOEXIST);
		budget = bpf_map_lookup_elem(&listen_budgets, &cgroup);
	}
	return budget && hs_take_budget(budget, now_ns, HS_LISTENS);
}

#endif
