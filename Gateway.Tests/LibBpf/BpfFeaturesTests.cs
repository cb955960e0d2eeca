using LibBpf;
using Xunit;

namespace Gateway.Tests.LibBpf;

public sealed class BpfFeaturesTests
{
    [Fact]
    public void HasProgramType_KnownAndUnknown_IsAsTheKernelSays()
    {
        Assert.True(BpfFeatures.HasProgramType(BpfProgramType.BPF_PROG_TYPE_XDP));
        Assert.True(BpfFeatures.HasProgramType(BpfProgramType.BPF_PROG_TYPE_SOCK_OPS));
        var e = Assert.Throws<BpfException>(() => BpfFeatures.HasProgramType((BpfProgramType)10_000));
        Assert.StartsWith("Asking for the program type 10000 failed with EOPNOTSUPP", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void HasMapType_KnownAndUnknown_IsAsTheKernelSays()
    {
        Assert.True(BpfFeatures.HasMapType(BpfMapType.BPF_MAP_TYPE_HASH));
        Assert.True(BpfFeatures.HasMapType(BpfMapType.BPF_MAP_TYPE_RINGBUF));
        Assert.Equal(ErrnoCodes.EOPNOTSUPP, Assert.Throws<BpfException>(() => BpfFeatures.HasMapType((BpfMapType)10_000)).Errno);
    }

    [Fact]
    public void HasHelper_OfThisTypeAndOfAnother_Differs()
    {
        Assert.True(BpfFeatures.HasHelper(BpfProgramType.BPF_PROG_TYPE_XDP, BpfHelper.BPF_FUNC_redirect));
        Assert.False(BpfFeatures.HasHelper(BpfProgramType.BPF_PROG_TYPE_SOCKET_FILTER, BpfHelper.BPF_FUNC_redirect));
        Assert.False(BpfFeatures.HasHelper(BpfProgramType.BPF_PROG_TYPE_XDP, (BpfHelper)100_000));
    }

    [Fact]
    public void Version_OfTheLibrary_IsOneOrLater() => Assert.True(LibBpfLibrary.Version >= new Version(1, 0));
}
