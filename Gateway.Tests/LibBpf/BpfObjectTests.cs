using Gateway.Tests.Ebpf;
using LibBpf;
using Xunit;

namespace Gateway.Tests.LibBpf;

[Collection(KernelCollection.Name)]
public sealed class BpfObjectTests
{
    // Reads the packet without asking where it ends.
    private const string Rejected = """
        #include <linux/bpf.h>
        #include <bpf/bpf_helpers.h>
        SEC("xdp") int bad(struct xdp_md *ctx) { return *(unsigned char *)(long)ctx->data; }
        """;

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

        var e = Assert.Throws<BpfException>(() => open.Load());

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
        using var open = OpenBpfObject.FromMemory(SamplePrograms.Image, "constant");
        open.SetReadOnlyData(".rodata.verdict", 2u);
        using var loaded = open.Load();
        Assert.Equal(2u, loaded.Program("give").TestRun(SamplePrograms.Frame).ReturnValue);
    }

    [Fact]
    public void SetReadOnlyData_OtherSize_Throws()
    {
        using var open = OpenBpfObject.FromMemory(SamplePrograms.Image, "constant");
        Assert.Throws<ArgumentException>(() => open.SetReadOnlyData(".rodata.verdict", 2UL));
    }

    [Fact]
    public void SetAutoload_Off_ProgramCannotBeUsed()
    {
        using var open = OpenBpfObject.FromMemory(SamplePrograms.Image, "partial");
        open.SetAutoload("give", false);
        using var loaded = open.Load();
        Assert.Throws<BpfException>(() => loaded.Program("give").TestRun(SamplePrograms.Frame));
        Assert.Throws<BpfException>(() => loaded.Program("no such program"));
    }

    [Fact]
    public void Attach_ProgramOfAnotherType_ThrowsBeforeTheKernelIsAsked()
    {
        using var loaded = SamplePrograms.Load();
        Assert.Contains("BPF_PROG_TYPE_XDP", Assert.Throws<InvalidOperationException>(() => loaded.Program("give").AttachCgroup("/")).Message, StringComparison.Ordinal);
        Assert.Contains("BPF_PROG_TYPE_SOCK_OPS", Assert.Throws<InvalidOperationException>(() => loaded.Program("idle").AttachXdp(1, XdpLinkMode.Generic)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AttachCgroup_NotACgroup_SaysWhere()
    {
        using var loaded = SamplePrograms.Load();
        Assert.Contains("/no/such/cgroup", Assert.Throws<BpfException>(() => loaded.Program("idle").AttachCgroup("/no/such/cgroup")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Anything_AfterDispose_ThrowsObjectDisposed()
    {
        var loaded = SamplePrograms.Load();
        var pairs = loaded.HashMap<uint, ulong>("pairs");
        var program = loaded.Program("give");
        loaded.Dispose();
        Assert.Throws<ObjectDisposedException>(() => pairs.Set(1, 1));
        Assert.Throws<ObjectDisposedException>(() => program.TestRun(SamplePrograms.Frame));
        Assert.Throws<ObjectDisposedException>(() => loaded.Program("give"));
    }
}
