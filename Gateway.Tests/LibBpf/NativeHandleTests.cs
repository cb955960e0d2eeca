using System.Globalization;
using System.Runtime.InteropServices;
using Gateway.Ebpf.Hooks;
using Gateway.Tests.Ebpf;
using LibBpf;
using Xunit;

namespace Gateway.Tests.LibBpf;

/// <summary>What the library hands out for calls that it lacks: here libbpf is called past it, and the kernel told what the descriptors are.</summary>
[Collection(KernelCollection.Name)]
public sealed partial class NativeHandleTests : IDisposable
{
    private readonly BpfObject _object = SamplePrograms.Load();

    [Fact]
    public void Pointers_GivenToLibBpf_AreWhatTheySay()
    {
        Assert.Equal("sample", Text(bpf_object__name(_object.Handle.DangerousGetHandle())));
        Assert.Equal("pairs", Text(bpf_map__name(_object.Map("pairs").NativePointer)));
        Assert.Equal("xdp", Text(bpf_program__section_name(_object.Program("give").NativePointer)));
        using var open = OpenBpfObject.FromMemory(SamplePrograms.Image, "opened");
        Assert.Equal("opened", Text(bpf_object__name(open.Handle.DangerousGetHandle())));
        using var ring = _object.RingBuffer("ring", _ => { });
        Assert.Equal(ring.EpollDescriptor, ring_buffer__epoll_fd(ring.Handle.DangerousGetHandle()));
    }

    [Fact]
    public void Descriptors_OfEachKind_AreTheKernelsObjects()
    {
        Assert.Equal("6", Info(_object.Program("give").FileDescriptor, "prog_type"));
        Assert.Equal("2", Info(_object.HashMap<uint, ulong>("pairs").Map.FileDescriptor, "max_entries"));
        using var link = _object.Program("idle").AttachCgroup(Cgroup.FindRoot());
        Assert.Equal("cgroup", Info(link.FileDescriptor, "link_type"));
        Assert.Equal(link.FileDescriptor, (int)link.Handle.DangerousGetHandle());
    }

    [Fact]
    public void Handle_HeldWhileTheOwnerIsDisposed_StaysValid()
    {
        var handle = _object.Handle;
        var added = false;
        handle.DangerousAddRef(ref added);
        _object.Dispose();
        Assert.Equal("sample", Text(bpf_object__name(handle.DangerousGetHandle())));
        handle.DangerousRelease();
        Assert.Throws<ObjectDisposedException>(() => handle.DangerousAddRef(ref added));
    }

    [Fact]
    public void Lists_OfAnObject_NameAllThatIsInIt()
    {
        Assert.Equal([("give", BpfProgramType.BPF_PROG_TYPE_XDP), ("idle", BpfProgramType.BPF_PROG_TYPE_SOCK_OPS)], _object.Programs().Select(program => (program.Name, program.Type)).Order());
        Assert.Superset(new HashSet<string>(["pairs", "plain", "ring", "runs"]), _object.Maps().Select(map => map.Name).ToHashSet());
        var pairs = _object.Map("pairs");
        Assert.Equal((BpfMapType.BPF_MAP_TYPE_HASH, 4, 8, 2u), (pairs.Type, pairs.KeySize, pairs.ValueSize, pairs.MaxEntries));
        Assert.Null(_object.FindMap("none such"));
        Assert.Throws<BpfException>(() => _object.Map("none such"));
    }

    public void Dispose() => _object.Dispose();

    private static string? Text(nint pointer) => Marshal.PtrToStringUTF8(pointer);

    // proc_pid_fdinfo(5)
    private static string Info(int descriptor, string field) =>
        File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fdinfo/{descriptor}")).Single(line => line.StartsWith(field + ":", StringComparison.Ordinal)).Split('\t')[1];

    [LibraryImport("libbpf.so.1")]
    private static partial nint bpf_object__name(nint handle);

    [LibraryImport("libbpf.so.1")]
    private static partial nint bpf_map__name(nint map);

    [LibraryImport("libbpf.so.1")]
    private static partial nint bpf_program__section_name(nint program);

    [LibraryImport("libbpf.so.1")]
    private static partial int ring_buffer__epoll_fd(nint ring);
}
