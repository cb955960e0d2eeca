/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Limits how often something is done in a second. */
#ifndef HEADSTART_BUDGET_H
#define HEADSTART_BUDGET_H

#include "maps.h"

#define HS_SECOND_SHIFT 30	/* 2^30 ns are 1.07 s; a shift spares the division */

struct hs_budget {
	__u64 second;
	__u64 taken;
};

/* Takes one of the `most` of this second. Returns 0 if none is left. Two CPUs at once may take one too many, which is harmless. */
static __always_inline int hs_take_budget(struct hs_budget *budget, __u64 now_ns, __u64 most)
{
	__u64 second = now_ns >> HS_SECOND_SHIFT;

	if (budget->second != second) {
		budget->second = second;
		budget->taken = 0;
	}
	if (budget->taken >= most)
		return 0;
	budget->taken++;
	return 1;
}

/* How often each CPU has read data in this second. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hs_budget);
} data_budgets SEC(".maps");

static __always_inline int hs_may_read(enum hs_hook hook)
{
	__u32 zero = 0;
	struct hs_budget *budget = bpf_map_lookup_elem(&data_budgets, &zero);

	if (budget && hs_take_budget(budget, bpf_ktime_get_ns(), hs_config.data_budget))
		return 1;
	hs_count(hook, HS_OUTCOME_OVER_BUDGET);
	return 0;
}

#endif
