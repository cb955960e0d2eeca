namespace LibBpf;

/// <summary>These are the kinds of programs that the kernel knows (<c>enum bpf_prog_type</c> of linux/bpf.h). Newer ones can be cast from their number.</summary>
public enum BpfProgramType
{
    /// <summary>The type was not specified.</summary>
    BPF_PROG_TYPE_UNSPEC = 0,

    /// <summary>The program filters what a socket receives.</summary>
    BPF_PROG_TYPE_SOCKET_FILTER = 1,

    /// <summary>The program runs at a kernel or user function (kprobe, uprobe).</summary>
    BPF_PROG_TYPE_KPROBE = 2,

    /// <summary>The program classifies packets of traffic control, or is attached to tcx.</summary>
    BPF_PROG_TYPE_SCHED_CLS = 3,

    /// <summary>The program is an action of traffic control.</summary>
    BPF_PROG_TYPE_SCHED_ACT = 4,

    /// <summary>The program runs at a tracepoint.</summary>
    BPF_PROG_TYPE_TRACEPOINT = 5,

    /// <summary>The program sees packets as the driver of a network device receives them.</summary>
    BPF_PROG_TYPE_XDP = 6,

    /// <summary>The program runs at an event of perf_event_open(2).</summary>
    BPF_PROG_TYPE_PERF_EVENT = 7,

    /// <summary>The program filters the packets of a cgroup.</summary>
    BPF_PROG_TYPE_CGROUP_SKB = 8,

    /// <summary>The program runs when a process of a cgroup makes, binds or releases a socket.</summary>
    BPF_PROG_TYPE_CGROUP_SOCK = 9,

    /// <summary>The program sees packets that enter a lightweight tunnel.</summary>
    BPF_PROG_TYPE_LWT_IN = 10,

    /// <summary>The program sees packets that leave a lightweight tunnel.</summary>
    BPF_PROG_TYPE_LWT_OUT = 11,

    /// <summary>The program sees packets that a lightweight tunnel transmits, and may redirect them.</summary>
    BPF_PROG_TYPE_LWT_XMIT = 12,

    /// <summary>The program follows the TCP sockets of a cgroup through their states.</summary>
    BPF_PROG_TYPE_SOCK_OPS = 13,

    /// <summary>The program sees what the sockets of a map receive.</summary>
    BPF_PROG_TYPE_SK_SKB = 14,

    /// <summary>The program decides which devices a cgroup may use.</summary>
    BPF_PROG_TYPE_CGROUP_DEVICE = 15,

    /// <summary>The program sees what the sockets of a map send.</summary>
    BPF_PROG_TYPE_SK_MSG = 16,

    /// <summary>The program runs at a tracepoint and takes its raw arguments.</summary>
    BPF_PROG_TYPE_RAW_TRACEPOINT = 17,

    /// <summary>The program runs when a process of a cgroup names a socket address, as in bind(2) and connect(2).</summary>
    BPF_PROG_TYPE_CGROUP_SOCK_ADDR = 18,

    /// <summary>The program is an action of IPv6 segment routing.</summary>
    BPF_PROG_TYPE_LWT_SEG6LOCAL = 19,

    /// <summary>The program decodes an infrared remote control.</summary>
    BPF_PROG_TYPE_LIRC_MODE2 = 20,

    /// <summary>The program chooses a socket of a SO_REUSEPORT group.</summary>
    BPF_PROG_TYPE_SK_REUSEPORT = 21,

    /// <summary>The program takes packets apart for the flow dissector.</summary>
    BPF_PROG_TYPE_FLOW_DISSECTOR = 22,

    /// <summary>The program runs when a process of a cgroup reads or writes a sysctl.</summary>
    BPF_PROG_TYPE_CGROUP_SYSCTL = 23,

    /// <summary>The program is a raw tracepoint that may write to its arguments.</summary>
    BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE = 24,

    /// <summary>The program runs at getsockopt(2) and setsockopt(2) of a cgroup's processes.</summary>
    BPF_PROG_TYPE_CGROUP_SOCKOPT = 25,

    /// <summary>The program is tied to a kernel function by BTF (fentry, fexit, iterators).</summary>
    BPF_PROG_TYPE_TRACING = 26,

    /// <summary>The program implements a function of a kernel structure.</summary>
    BPF_PROG_TYPE_STRUCT_OPS = 27,

    /// <summary>The program replaces a function of another program.</summary>
    BPF_PROG_TYPE_EXT = 28,

    /// <summary>The program runs at a hook of the Linux security modules.</summary>
    BPF_PROG_TYPE_LSM = 29,

    /// <summary>The program chooses the socket that a new connection or packet goes to.</summary>
    BPF_PROG_TYPE_SK_LOOKUP = 30,

    /// <summary>The program can make system calls.</summary>
    BPF_PROG_TYPE_SYSCALL = 31,
}
