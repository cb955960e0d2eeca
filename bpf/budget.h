/* So much a second and no more. */
#ifndef HEADSTART_BUDGET_H
#define HEADSTART_BUDGET_H

#include <linux/types.h>

#define HS_SECOND_SHIFT 30	/* 2^30 ns, 1.07 s: a division is left out */

struct hs_budget {
	__u64 second;
	__u64 taken;
};

/* Takes one of `most`; 0: this second's are gone. Two CPUs at once may take one more, which harms nobody. */
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

#endif
