using Gateway.Ebpf;
using Gateway.Ebpf.Hooks;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Tests.Ebpf;

[Collection(KernelCollection.Name)]
public sealed class BpfObjectTests
{
    private const string Programs = """
        #include <linux/bpf.h>
        #include <bpf/bpf_helpers.h>
        struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 2); __type(key, __u32); __type(value, __u64); } pairs SEC(".maps");
        struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64); } plain SEC(".maps");
        struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u32); } runs SEC(".maps");
        struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } ring SEC(".maps");
        const volatile __u32 verdict SEC(".rodata.verdict") = 1;
        SEC("xdp") int give(struct xdp_md *ctx) {
            __u32 zero = 0, *count = bpf_map_lookup_elem(&runs, &zero);
            if (count) (*count)++;
            bpf_ringbuf_output(&ring, &zero, sizeof(zero), 0);
            return verdict;
        }
        SEC("sockops") int idle(struct bpf_sock_ops *ctx) { return 1; }
        """;

    // Reads the packet without asking where it ends.
    private const string Rejected = """
        #include <linux/bpf.h>
        #include <bpf/bpf_helpers.h>
        SEC("xdp") int bad(struct xdp_md *ctx) { return *(unsigned char *)(long)ctx->data; }
        """;

    private static readonly byte[] Frame = new byte[64];
    private static readonly byte[] s_programs = Clang.Bpf(Programs);

    [Fact]
    public void OpenLoadClose_ThousandRounds_LeavesNoDescriptorNorMapping()
    {
        Round(); // what is made once, as libbpf's probes and the runtime's own epoll, is made here
        var before = (Descriptors.Count(), Descriptors.CountMappings());
        for (var i = 0; i < 1000; i++)
        {
            Round();
        }
        Assert.Equal(before.Item1, Descriptors.Count());
        Assert.Equal(before.Item2, Descriptors.CountMappings());

        static void Round()
        {
            using var open = OpenBpfObject.FromMemory(s_programs, "round");
            using var loaded = open.Load();
            using var ring = loaded.RingBuffer("ring", _ => { }, NullLogger.Instance);
            using var link = loaded.Program("idle").AttachCgroup(Cgroup.FindRoot());
        }
    }

    [Fact]
    public void AttachAndDispose_HundredRoundsOfHooks_LeavesNoDescriptorNorMapping()
    {
        using var space = new NetworkNamespace();
        space.Run(() =>
        {
            Round();
            var before = (Descriptors.Count(), Descriptors.CountMappings());
            for (var i = 0; i < 100; i++)
            {
                Round();
            }
            Assert.Equal(before.Item1, Descriptors.Count());
            Assert.Equal(before.Item2, Descriptors.CountMappings());
        });

        static void Round() => new HookedKernel(XdpAttach.Generic, "lo").Dispose();
    }

    [Fact]
    public void Open_NeverLoaded_LeavesNothing()
    {
        var before = Descriptors.Count();
        for (var i = 0; i < 1000; i++)
        {
            OpenBpfObject.FromMemory(s_programs, "unloaded").Dispose();
        }
        Assert.Equal(before, Descriptors.Count());
    }

    [Fact]
    public void Open_NotAnObject_SaysWhatLibBpfSaid()
    {
        var e = Assert.Throws<BpfException>(() => OpenBpfObject.FromMemory("not ELF"u8, "nonsense"));
        Assert.StartsWith("Opening nonsense failed with LIBBPF_ERRNO__FORMAT: libbpf says: ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_VerifierRefuses_KeepsItsLogAndSummarisesIt()
    {
        var before = Descriptors.Count();
        using var open = OpenBpfObject.FromMemory(Clang.Bpf(Rejected), "rejected");

        var e = Assert.Throws<BpfException>(open.Load);

        Assert.Equal("EACCES", e.ErrnoName);
        Assert.Contains("processed ", e.VerifierLog, StringComparison.Ordinal);
        Assert.StartsWith("Loading rejected into the kernel failed with EACCES (Permission denied): the kernel's verifier says: ", e.Message, StringComparison.Ordinal);
        Assert.Contains("invalid access to packet", e.Message, StringComparison.Ordinal);
        Assert.Contains("SEC(\"xdp\") int bad", e.Message, StringComparison.Ordinal);
        Assert.Equal(before, Descriptors.Count());
    }

    [Fact]
    public void SetReadOnlyData_BeforeLoad_IsAConstantOfTheProgram()
    {
        using var open = OpenBpfObject.FromMemory(s_programs, "constant");
        open.SetReadOnlyData(".rodata.verdict", 2u);
        using var loaded = open.Load();
        Assert.Equal(2u, loaded.Program("give").TestRun(Frame).ReturnValue);
    }

    [Fact]
    public void SetReadOnlyData_OtherSize_Throws()
    {
        using var open = OpenBpfObject.FromMemory(s_programs, "constant");
        Assert.Throws<ArgumentException>(() => open.SetReadOnlyData(".rodata.verdict", 2UL));
    }

    [Fact]
    public void SetAutoload_Off_ProgramCannotBeUsed()
    {
        using var open = OpenBpfObject.FromMemory(s_programs, "partial");
        open.SetAutoload("give", false);
        using var loaded = open.Load();
        Assert.Throws<BpfException>(() => loaded.Program("give").TestRun(Frame));
        Assert.Throws<BpfException>(() => loaded.Program("no such program"));
    }

    [Fact]
    public void Attach_ProgramOfAnotherType_ThrowsBeforeTheKernelIsAsked()
    {
        using var loaded = Load();
        Assert.Contains("BPF_PROG_TYPE_XDP", Assert.Throws<InvalidOperationException>(() => loaded.Program("give").AttachCgroup("/")).Message, StringComparison.Ordinal);
        Assert.Contains("BPF_PROG_TYPE_SOCK_OPS", Assert.Throws<InvalidOperationException>(() => loaded.Program("idle").AttachXdp(1, XdpLinkMode.Generic)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AttachCgroup_NotACgroup_SaysWhere()
    {
        using var loaded = Load();
        Assert.Contains("/no/such/cgroup", Assert.Throws<BpfException>(() => loaded.Program("idle").AttachCgroup("/no/such/cgroup")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Maps_WrittenAndRead_KeepValues()
    {
        using var loaded = Load();
        var pairs = loaded.HashMap<uint, ulong>("pairs");
        pairs.Set(1, 10);
        pairs.Set(2, 20);
        pairs.Set(1, 11);
        Assert.True(pairs.TryGet(1, out var value));
        Assert.Equal(11UL, value);
        Assert.Equal("E2BIG", Assert.Throws<BpfException>(() => pairs.Set(3, 30)).ErrnoName);
        Assert.True(pairs.Remove(1));
        Assert.False(pairs.Remove(1));
        Assert.False(pairs.TryGet(1, out _));
        Assert.Equal([2u], pairs.Keys());

        var plain = loaded.ArrayMap<ulong>("plain");
        plain[3] = 33;
        Assert.Equal(33UL, plain[3]);
        Assert.Throws<BpfException>(() => plain[4]);

        loaded.Program("give").TestRun(Frame, repeat: 50);
        Assert.Equal(50, loaded.PerCpuArrayMap<uint>("runs").Read(0).Sum(count => count));
    }

    [Fact]
    public void Maps_OtherSizesOrKind_Throw()
    {
        using var loaded = Load();
        Assert.Throws<ArgumentException>(() => loaded.HashMap<uint, uint>("pairs"));
        Assert.Throws<ArgumentException>(() => loaded.HashMap<ulong, ulong>("pairs"));
        Assert.Throws<ArgumentException>(() => loaded.ArrayMap<ulong>("pairs"));
        Assert.Throws<ArgumentException>(() => loaded.MappedArray("plain")); // no BPF_F_MMAPABLE
        Assert.Throws<ArgumentException>(() => loaded.RingBuffer("plain", _ => { }, NullLogger.Instance));
    }

    [Fact]
    public void Anything_AfterDispose_ThrowsObjectDisposed()
    {
        var loaded = Load();
        var pairs = loaded.HashMap<uint, ulong>("pairs");
        var program = loaded.Program("give");
        loaded.Dispose();
        Assert.Throws<ObjectDisposedException>(() => pairs.Set(1, 1));
        Assert.Throws<ObjectDisposedException>(() => program.TestRun(Frame));
        Assert.Throws<ObjectDisposedException>(() => loaded.Program("give"));
    }

    private static BpfObject Load()
    {
        using var open = OpenBpfObject.FromMemory(s_programs, "sample");
        return open.Load();
    }
}
