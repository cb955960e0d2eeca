namespace Gateway.Ebpf.Native;

// linux/bpf.h, the values in use here. A test holds each against the header.

internal enum BpfProgramType
{
    BPF_PROG_TYPE_SCHED_CLS = 3,
    BPF_PROG_TYPE_XDP = 6,
    BPF_PROG_TYPE_CGROUP_SOCK = 9,
    BPF_PROG_TYPE_SOCK_OPS = 13,
    BPF_PROG_TYPE_SK_LOOKUP = 30,
}

internal enum BpfAttachType
{
    BPF_CGROUP_INET_SOCK_CREATE = 2,
    BPF_CGROUP_SOCK_OPS = 3,
    BPF_SK_LOOKUP = 36,
    BPF_XDP = 37,
}

internal enum BpfMapType
{
    BPF_MAP_TYPE_HASH = 1,
    BPF_MAP_TYPE_ARRAY = 2,
    BPF_MAP_TYPE_PERCPU_ARRAY = 6,
    BPF_MAP_TYPE_LRU_HASH = 9,
    BPF_MAP_TYPE_SOCKMAP = 15,
    BPF_MAP_TYPE_RINGBUF = 27,
}

internal enum BpfHelper
{
    BPF_FUNC_get_current_pid_tgid = 14,
    BPF_FUNC_get_current_cgroup_id = 80,
    BPF_FUNC_get_netns_cookie = 122,
    BPF_FUNC_get_current_ancestor_cgroup_id = 123,
    BPF_FUNC_ringbuf_reserve = 131,
    BPF_FUNC_loop = 181,
    BPF_FUNC_xdp_load_bytes = 189,
}

internal static class BpfFlags
{
    /// <summary>The array can be mapped into a process.</summary>
    internal const uint BPF_F_MMAPABLE = 1 << 10;

    /// <summary>The XDP program can run on packets of several buffers (Linux 5.18): drivers ask for it with large MTUs.</summary>
    internal const uint BPF_F_XDP_HAS_FRAGS = 1 << 5;
}
