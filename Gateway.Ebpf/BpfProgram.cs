using Gateway.Ebpf.Native;

namespace Gateway.Ebpf;

/// <summary>How XDP is attached: by the driver itself, or by the stack's own generic path.</summary>
public enum XdpLinkMode
{
    Native,
    Generic,
}

/// <summary>A loaded program of a <see cref="BpfObject"/>.</summary>
public sealed unsafe class BpfProgram
{
    private readonly nint _pointer;
    private readonly BpfObjectHandle _owner;

    internal BpfProgram(string name, nint pointer, BpfObjectHandle owner)
    {
        Name = name;
        _pointer = pointer;
        _owner = owner;
    }

    public string Name { get; }

    /// <summary>Attaches a sock_ops or a sock_create program to a cgroup v2 directory and all below it, beside other programs there.</summary>
    /// <exception cref="InvalidOperationException">The program is of another type.</exception>
    /// <exception cref="BpfException">The directory cannot be opened, or the kernel refused.</exception>
    public BpfLink AttachCgroup(string directory)
    {
        using var lease = Require(BpfProgramType.BPF_PROG_TYPE_SOCK_OPS, BpfProgramType.BPF_PROG_TYPE_CGROUP_SOCK);
        var place = LibBpf.bpf_program__type(_pointer) == BpfProgramType.BPF_PROG_TYPE_SOCK_OPS ? BpfAttachType.BPF_CGROUP_SOCK_OPS : BpfAttachType.BPF_CGROUP_INET_SOCK_CREATE;
        var fd = BpfError.CheckErrno(LibC.open(directory, LibCFlags.O_RDONLY | LibCFlags.O_CLOEXEC), $"opening the cgroup {directory}");
        using var cgroup = new FileDescriptor(fd);
        return Link(fd, place, 0, $"attaching {Name} to the cgroup {directory}");
    }

    /// <summary>Attaches a sk_lookup program to this thread's network namespace, behind other programs there.</summary>
    /// <exception cref="InvalidOperationException">The program is of another type.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public BpfLink AttachSocketLookup()
    {
        using var lease = Require(BpfProgramType.BPF_PROG_TYPE_SK_LOOKUP);
        using var space = OpenNetworkNamespace();
        return Link(space.Number, BpfAttachType.BPF_SK_LOOKUP, 0, $"attaching {Name} to the network namespace");
    }

    /// <summary>Attaches an XDP program to a network device of this thread's network namespace.</summary>
    /// <exception cref="InvalidOperationException">The program is of another type.</exception>
    /// <exception cref="BpfException">EOPNOTSUPP when the driver has no native XDP, EBUSY when another program is there.</exception>
    public BpfLink AttachXdp(int interfaceIndex, XdpLinkMode mode)
    {
        using var lease = Require(BpfProgramType.BPF_PROG_TYPE_XDP);
        var flags = mode == XdpLinkMode.Native ? NetDevice.XDP_FLAGS_DRV_MODE : NetDevice.XDP_FLAGS_SKB_MODE;
        return Link(interfaceIndex, BpfAttachType.BPF_XDP, flags, $"attaching {Name} to interface {interfaceIndex} ({mode})");
    }

    /// <summary>Attaches a traffic control program to a network device's ingress, behind others there. Linux 6.6.</summary>
    /// <exception cref="InvalidOperationException">The program is of another type.</exception>
    /// <exception cref="BpfException">EINVAL where the kernel is older.</exception>
    public BpfLink AttachTcx(int interfaceIndex)
    {
        // BPF_TCX_INGRESS. Older headers lack it, so no test can hold it against them.
        const BpfAttachType Ingress = (BpfAttachType)46;
        using var lease = Require(BpfProgramType.BPF_PROG_TYPE_SCHED_CLS);
        return Link(interfaceIndex, Ingress, 0, $"attaching {Name} to the ingress of interface {interfaceIndex}");
    }

    /// <summary>Runs the program on a packet without any device (BPF_PROG_TEST_RUN). XDP takes 14 bytes or more.</summary>
    /// <param name="packet">The frame, from the Ethernet header on.</param>
    /// <param name="repeat">How often; the duration is the mean. 1 to 1,000,000.</param>
    public BpfTestRun TestRun(ReadOnlySpan<byte> packet, int repeat = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(repeat, 1);
        using var lease = new HandleLease(_owner);
        var output = new byte[packet.Length + 256];
        fixed (byte* input = packet, outputStart = output)
        {
            var options = new bpf_test_run_opts
            {
                sz = (nuint)sizeof(bpf_test_run_opts),
                data_in = input,
                data_size_in = (uint)packet.Length,
                data_out = outputStart,
                data_size_out = (uint)output.Length,
                repeat = repeat,
            };
            BpfError.Check(LibBpfSyscalls.bpf_prog_test_run_opts(Descriptor(), &options), $"running {Name} on {packet.Length} bytes");
            return new BpfTestRun(options.retval, output[..(int)options.data_size_out], options.duration);
        }
    }

    private static FileDescriptor OpenNetworkNamespace()
    {
        const string Path = "/proc/thread-self/ns/net";
        return new FileDescriptor(BpfError.CheckErrno(LibC.open(Path, LibCFlags.O_RDONLY | LibCFlags.O_CLOEXEC), $"opening {Path}"));
    }

    private BpfLink Link(int target, BpfAttachType type, uint flags, string operation)
    {
        var options = new bpf_link_create_opts { sz = (nuint)sizeof(bpf_link_create_opts), flags = flags };
        var fd = BpfError.Check(LibBpfSyscalls.bpf_link_create(Descriptor(), target, type, &options), operation);
        return new BpfLink(new FileDescriptor(fd));
    }

    // Before the call, because the kernel's answer to the wrong type is a bare EINVAL.
    private HandleLease Require(params ReadOnlySpan<BpfProgramType> wanted)
    {
        var lease = new HandleLease(_owner);
        var actual = LibBpf.bpf_program__type(_pointer);
        if (!wanted.Contains(actual))
        {
            lease.Dispose();
            throw new InvalidOperationException($"Program {Name} is of type {actual}; this takes {string.Join(" or ", wanted.ToArray())}.");
        }
        return lease;
    }

    private int Descriptor() => BpfError.Check(LibBpf.bpf_program__fd(_pointer), $"using program {Name}, which was not loaded");
}

/// <summary>What a test run gave.</summary>
/// <param name="ReturnValue">The program's verdict, as XDP_PASS = 2.</param>
/// <param name="Packet">The packet afterwards.</param>
/// <param name="Nanoseconds">Mean time of one run in nanoseconds.</param>
public sealed record BpfTestRun(uint ReturnValue, byte[] Packet, uint Nanoseconds);
