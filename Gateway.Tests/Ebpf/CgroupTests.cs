using Gateway.Ebpf.Hooks;
using Xunit;

namespace Gateway.Tests.Ebpf;

public sealed class CgroupTests
{
    [Fact]
    public void MountsOf_HybridLayoutWithOptionalFields_FindsVersionTwoOnly() => Assert.Equal(
        ["/sys/fs/cgroup/unified", "/mnt/a b"],
        Cgroup.MountsOf(
        [
            "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755",
            "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime shared:9 - cgroup cgroup rw,cpu",
            "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:5 master:1 - cgroup2 cgroup2 rw",
            @"42 31 0:38 /x /mnt/a\040b rw - cgroup2 none rw",
        ]));

    [Fact]
    public void FindRoot_OnThisMachine_IsTheTrueRoot() => Assert.Equal(Cgroup.RootId, Cgroup.IdOf(Cgroup.FindRoot()));

    [Fact]
    public void IdOf_NoSuchDirectory_IsNull() => Assert.Null(Cgroup.IdOf("/sys/fs/cgroup/there is no such group"));
}
