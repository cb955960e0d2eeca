// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* One translation unit, one object: the hooks share the maps. */
#include "sk_lookup.bpf.h"
#include "sock_create.bpf.h"
#include "sock_ops.bpf.h"
#include "tcx.bpf.h"
#include "xdp.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";
