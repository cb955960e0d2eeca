using System.Runtime.InteropServices;
using LibBpf.Native;

namespace LibBpf;

/// <content>Attaching: each method makes a link, which is the kernel's own object for a program's place.</content>
public sealed unsafe partial class BpfProgram
{
    /// <summary>
    /// Attaches a program of a cgroup type (as sock_ops, cgroup_skb, sock_create, connect4) to a cgroup v2 directory and all below it,
    /// beside other programs there. Where exactly comes from the section that the program was compiled into, as <c>cgroup/connect4</c>.
    /// </summary>
    /// <param name="directory">The path of the cgroup's directory.</param>
    /// <returns>The link, which is to be disposed.</returns>
    /// <exception cref="InvalidOperationException">The program is of another type.</exception>
    /// <exception cref="BpfException">The directory cannot be opened, or the kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public BpfLink AttachCgroup(string directory)
    {
        using var lease = Require(
            BpfProgramType.BPF_PROG_TYPE_SOCK_OPS, BpfProgramType.BPF_PROG_TYPE_CGROUP_SOCK, BpfProgramType.BPF_PROG_TYPE_CGROUP_SKB, BpfProgramType.BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
            BpfProgramType.BPF_PROG_TYPE_CGROUP_DEVICE, BpfProgramType.BPF_PROG_TYPE_CGROUP_SYSCTL, BpfProgramType.BPF_PROG_TYPE_CGROUP_SOCKOPT);
        using var cgroup = Open(directory, $"opening the cgroup {directory}");
        return Link(cgroup.Number, NativeLibBpf.bpf_program__expected_attach_type(_pointer), 0, $"attaching {Name} to the cgroup {directory}");
    }

    /// <summary>Attaches an sk_lookup program to a network namespace, behind other programs there. Linux 5.9 has it.</summary>
    /// <param name="networkNamespace">The namespace's file, as <c>/run/netns/NAME</c>; null is the namespace of the calling thread.</param>
    /// <returns>The link, which is to be disposed.</returns>
    /// <exception cref="InvalidOperationException">The program is of another type.</exception>
    /// <exception cref="BpfException">The namespace cannot be opened, or the kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public BpfLink AttachSkLookup(string? networkNamespace = null)
    {
        using var lease = Require(BpfProgramType.BPF_PROG_TYPE_SK_LOOKUP);
        var path = networkNamespace ?? "/proc/thread-self/ns/net";
        using var space = Open(path, $"opening {path}");
        return Link(space.Number, BpfAttachType.BPF_SK_LOOKUP, 0, $"attaching {Name} to the network namespace");
    }

    /// <summary>Attaches an XDP program to a network device of the calling thread's network namespace. Linux 5.9 has such links.</summary>
    /// <param name="interfaceIndex">The device's index, 1 or more, as <c>ip link</c> shows it.</param>
    /// <param name="mode">Where in the receive path the program runs.</param>
    /// <returns>The link, which is to be disposed.</returns>
    /// <exception cref="InvalidOperationException">The program is of another type.</exception>
    /// <exception cref="BpfException">The kernel refused: EOPNOTSUPP when the driver has no native XDP, EBUSY when another program is there, EINVAL when there is no such device.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public BpfLink AttachXdp(int interfaceIndex, XdpLinkMode mode)
    {
        using var lease = Require(BpfProgramType.BPF_PROG_TYPE_XDP);
        var flags = mode == XdpLinkMode.Native ? BpfFlags.XDP_FLAGS_DRV_MODE : BpfFlags.XDP_FLAGS_SKB_MODE;
        return Link(interfaceIndex, BpfAttachType.BPF_XDP, flags, $"attaching {Name} to interface {interfaceIndex} ({mode})");
    }

    /// <summary>Attaches a traffic control program to a network device of the calling thread's network namespace, behind others there. Linux 6.6 has it.</summary>
    /// <param name="interfaceIndex">The device's index, 1 or more, as <c>ip link</c> shows it.</param>
    /// <param name="direction">Which packets the program sees.</param>
    /// <returns>The link, which is to be disposed.</returns>
    /// <exception cref="InvalidOperationException">The program is of another type.</exception>
    /// <exception cref="BpfException">The kernel refused: EINVAL where it is older, ENODEV when there is no such device.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public BpfLink AttachTcx(int interfaceIndex, TcxDirection direction = TcxDirection.Ingress)
    {
        // BPF_TCX_INGRESS and BPF_TCX_EGRESS. Older headers lack them, so no test can hold them against those.
        const BpfAttachType Ingress = (BpfAttachType)46, Egress = (BpfAttachType)47;
        using var lease = Require(BpfProgramType.BPF_PROG_TYPE_SCHED_CLS);
        var (place, text) = direction == TcxDirection.Ingress ? (Ingress, "ingress") : (Egress, "egress");
        return Link(interfaceIndex, place, 0, $"attaching {Name} to the {text} of interface {interfaceIndex}");
    }

    /// <summary>Attaches a tracepoint program to a static tracepoint of the kernel, of all processes and CPUs. It needs tracefs to be mounted.</summary>
    /// <param name="category">The tracepoint's subsystem, as <c>sched</c>: a directory in <c>/sys/kernel/tracing/events</c>.</param>
    /// <param name="name">The tracepoint, as <c>sched_process_exec</c>: a directory in that one.</param>
    /// <returns>The link, which is to be disposed.</returns>
    /// <exception cref="InvalidOperationException">The program is of another type.</exception>
    /// <exception cref="BpfException">The kernel refused: ENOENT when there is no such tracepoint, or no tracefs, which the message then says.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public BpfLink AttachTracepoint(string category, string name)
    {
        // Where libbpf looks for it (src/libbpf.c, tracefs_path).
        var remedy = Directory.Exists("/sys/kernel/tracing/events") || Directory.Exists("/sys/kernel/debug/tracing/events")
            ? ""
            : " (tracefs is not mounted: mount -t tracefs tracefs /sys/kernel/tracing)";
        using var lease = Require(BpfProgramType.BPF_PROG_TYPE_TRACEPOINT);
        Descriptor(); // libbpf's own answer for a program that was not loaded is a bare EINVAL
        var link = NativeLibBpf.bpf_program__attach_tracepoint(_pointer, category, name);
        return new BpfLink(new BpfLinkHandle(BpfError.CheckPointer(link, $"attaching {Name} to the tracepoint {category}:{name}{remedy}")));
    }

    private static FileDescriptor Open(string path, string operation) =>
        new(BpfError.CheckErrno(NativeLibC.open(path, NativeLibCFlags.O_RDONLY | NativeLibCFlags.O_CLOEXEC), operation));

    private BpfLink Link(int target, BpfAttachType type, uint flags, string operation)
    {
        var options = new bpf_link_create_opts { sz = (nuint)sizeof(bpf_link_create_opts), flags = flags };
        var fd = BpfError.Check(NativeBpf.bpf_link_create(Descriptor(), target, type, &options), operation);
        return new BpfLink(new FileDescriptor(fd));
    }

    // Before the call, because the kernel's answer to the wrong type is a bare EINVAL.
    private HandleLease Require(params ReadOnlySpan<BpfProgramType> wanted)
    {
        var lease = new HandleLease(_owner);
        if (!wanted.Contains(Type))
        {
            lease.Dispose();
            throw new InvalidOperationException($"Program {Name} is of type {Type}; this takes {string.Join(" or ", wanted.ToArray())}.");
        }
        return lease;
    }
}
