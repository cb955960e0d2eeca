using Gateway.Tests.Ebpf;
using LibBpf;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Tests.LibBpf;

[Collection(KernelCollection.Name)]
public sealed class BpfMapTests
{
    [Fact]
    public void Maps_WrittenAndRead_KeepValues()
    {
        using var loaded = SamplePrograms.Load();
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

        loaded.Program("give").TestRun(SamplePrograms.Frame, repeat: 50);
        Assert.Equal(50, loaded.PerCpuArrayMap<uint>("runs").Read(0).Sum(count => count));
    }

    [Fact]
    public void Maps_OtherSizesOrKind_Throw()
    {
        using var loaded = SamplePrograms.Load();
        Assert.Throws<ArgumentException>(() => loaded.HashMap<uint, uint>("pairs"));
        Assert.Throws<ArgumentException>(() => loaded.HashMap<ulong, ulong>("pairs"));
        Assert.Throws<ArgumentException>(() => loaded.ArrayMap<ulong>("pairs"));
        Assert.Throws<ArgumentException>(() => loaded.MappedArray("plain")); // no BPF_F_MMAPABLE
        Assert.Throws<ArgumentException>(() => loaded.ReadRingBuffer("plain", _ => { }, NullLogger.Instance));
    }
}
