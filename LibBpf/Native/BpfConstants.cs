namespace LibBpf.Native;

// The values in use here. A test holds each against the header.

/// <summary><c>enum bpf_attach_type</c> of linux/bpf.h; for cgroups libbpf reads it from the program's section.</summary>
internal enum BpfAttachType
{
    BPF_CGROUP_INET4_CONNECT = 10,
    BPF_CGROUP_GETSOCKOPT = 21,
    BPF_SK_LOOKUP = 36,
    BPF_XDP = 37,
}

internal static class BpfFlags
{
    /// <summary>linux/bpf.h: the array can be mapped into a process.</summary>
    internal const uint BPF_F_MMAPABLE = 1 << 10;

    /// <summary>linux/bpf.h: the XDP program can run on packets of several buffers (Linux 5.18): drivers ask for it with large MTUs.</summary>
    internal const uint BPF_F_XDP_HAS_FRAGS = 1 << 5;

    /// <summary>linux/if_link.h</summary>
    internal const uint XDP_FLAGS_SKB_MODE = 2;
    internal const uint XDP_FLAGS_DRV_MODE = 4;
}
