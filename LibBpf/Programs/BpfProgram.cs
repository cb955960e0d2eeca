using LibBpf.Native;

namespace LibBpf;

/// <summary>A <see cref="BpfProgram"/> is a program of a <see cref="BpfObject"/>, and is valid as long as that object is not disposed. Calls may come from any thread.</summary>
public sealed unsafe partial class BpfProgram
{
    private readonly nint _pointer;
    private readonly BpfObjectHandle _owner;

    internal BpfProgram(string name, nint pointer, BpfObjectHandle owner)
    {
        Name = name;
        _pointer = pointer;
        _owner = owner;
        using var lease = new HandleLease(owner);
        Type = NativeLibBpf.bpf_program__type(pointer);
    }

    /// <summary>Gets the name of the program's C function.</summary>
    public string Name { get; }

    /// <summary>Gets the kind of the program, which libbpf takes from the section that it was compiled into.</summary>
    public BpfProgramType Type { get; }

    /// <summary>
    /// Gets the native <c>struct bpf_program *</c>, for calls that this library lacks. The object owns it: hold <see cref="BpfObject.Handle"/>
    /// for as long as you use the pointer.
    /// </summary>
    public nint NativePointer => _pointer;

    /// <summary>Gets the number of the program's file descriptor, for calls that this library lacks. The object owns it: do not close it.</summary>
    /// <exception cref="BpfException">The program was not loaded.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public int FileDescriptor
    {
        get
        {
            using var lease = new HandleLease(_owner);
            return Descriptor();
        }
    }

    /// <summary>Runs the program on a packet without any device (<c>BPF_PROG_TEST_RUN</c>).</summary>
    /// <param name="packet">The frame, from the Ethernet header on; XDP takes 14 bytes or more.</param>
    /// <param name="repeat">How often it runs, 1 to 1,000,000; the duration that comes back is the mean.</param>
    /// <returns>The verdict, the packet afterwards and the duration of the last of the runs.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="repeat"/> is below 1.</exception>
    /// <exception cref="BpfException">The kernel refused, as for programs of types that do not take packets.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
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
            BpfError.Check(NativeBpf.bpf_prog_test_run_opts(Descriptor(), &options), $"running {Name} on {packet.Length} bytes");
            return new BpfTestRun(options.retval, output[..(int)options.data_size_out], options.duration);
        }
    }

    private int Descriptor() => BpfError.Check(NativeLibBpf.bpf_program__fd(_pointer), $"using program {Name}, which was not loaded");
}
