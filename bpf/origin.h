/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Finds the cgroup that a process is in, and whether a start waits for listen() there. */
#ifndef HEADSTART_ORIGIN_H
#define HEADSTART_ORIGIN_H

#include "budget.h"
#include "maps.h"

#define HS_CGROUP_ROOT 1	/* kernfs gives the root of the hierarchy the first inode */
#define HS_LISTENS 16		/* reports a second for each cgroup: programs open a few ports, a loop any number */

/* The cgroups of a process. Where sock_ops cannot ask for them, they are stored with the socket that the process made (the map `origins`). */
struct hs_origin {
	__u64 cgroup;
	__u64 ancestors[HS_ANCESTORS];	/* levels 1..6; 0 where the path is not that deep */
};

/* How often listen() was reported for each awaited cgroup. The count of an evicted one begins at 0 again. */
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
 * Finds the awaited cgroup that a process is in: a cgroup that is awaited itself, or else the child of one below which a start makes its own.
 * Returns 0 if there is none.
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
		return origin->cgroup;	/* it is deeper than the known ancestors */
	return below;
}

/* Returns whether listen() in this cgroup may be reported once more. */
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
