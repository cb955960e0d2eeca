using Gateway.Ebpf.Hooks;
using Xunit;

namespace Gateway.Tests.Ebpf;

public sealed class MountInfoTests
{
    [Fact]
    public void Parse_HybridLayoutWithOptionalFields_FindsPointTypeAndOptions() => Assert.Equal(
        [("/sys/fs/cgroup", "tmpfs", "rw,mode=755"), ("/sys/fs/cgroup/cpu", "cgroup", "rw,cpu"), ("/sys/fs/cgroup/unified", "cgroup2", "rw"), ("/mnt/a b", "cgroup2", "rw")],
        MountInfo.Parse(
        [
            "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755",
            "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime shared:9 - cgroup cgroup rw,cpu",
            "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:5 master:1 - cgroup2 cgroup2 rw",
            @"42 31 0:38 /x /mnt/a\040b rw - cgroup2 none rw",
            "no mount",
        ]).Select(mount => (mount.Point, mount.Type, string.Join(',', mount.Options))));
}
