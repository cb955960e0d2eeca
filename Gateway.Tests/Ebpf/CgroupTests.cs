using Gateway.Ebpf.Hooks;
using Xunit;

namespace Gateway.Tests.Ebpf;

public sealed class CgroupTests
{
    [Fact]
    public void FindRoot_OnThisMachine_IsTheTrueRoot() => Assert.Equal(Cgroup.RootId, Cgroup.IdOf(Cgroup.FindRoot()));

    [Fact]
    public void IdOf_NoSuchDirectory_IsNull() => Assert.Null(Cgroup.IdOf("/sys/fs/cgroup/there is no such group"));
}
