/* One translation unit, one object: the hooks share the maps. */
#include "sock_ops.bpf.h"
#include "xdp.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";
