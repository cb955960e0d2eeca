using Gateway.Ebpf.Hooks;
using Gateway.Runtimes;
using Xunit;

namespace Gateway.Tests.Runtimes;

public sealed class CgroupV1Tests
{
    private static readonly IReadOnlyList<MountInfo> Mounts = MountInfo.Parse(
    [
        "30 20 0:20 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw",
        "31 20 0:21 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct",
        "32 20 0:22 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory",
    ]);

    [Fact]
    public void Of_PathUnderV2_IsTheSameInTheControllersHierarchy() =>
        Assert.Equal("/sys/fs/cgroup/memory/docker/abc", CgroupV1.Find("memory", "/sys/fs/cgroup/unified", Mounts).Of("/sys/fs/cgroup/unified/docker/abc"));

    [Fact]
    public void Of_ControllerThatIsNotMounted_IsNull() =>
        Assert.Null(CgroupV1.Find("freezer", "/sys/fs/cgroup/unified", Mounts).Of("/sys/fs/cgroup/unified/docker/abc"));

    [Fact]
    public void Of_PathElsewhere_IsNull() => Assert.Null(CgroupV1.Find("memory", "/sys/fs/cgroup/unified", Mounts).Of("/sys/fs/cgroup/docker/abc"));

    [Fact]
    public void Of_OnlyV2_IsNull() =>
        Assert.Null(CgroupV1.Find("memory", "/sys/fs/cgroup", MountInfo.Parse(["30 20 0:20 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,memory_recursiveprot"])).Of("/sys/fs/cgroup/docker/abc"));
}
