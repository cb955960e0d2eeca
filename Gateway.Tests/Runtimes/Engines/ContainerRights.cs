using System.Globalization;
using Gateway.Runtimes;
using Gateway.Tests.Deploy;

namespace Gateway.Tests.Runtimes.Engines;

/// <summary>What the kernel shows of the rights of a container's program.</summary>
internal static class ContainerRights
{
    /// <summary>The bits of linux/capability.h that a container may have if nothing else is configured: CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID, NET_BIND_SERVICE.</summary>
    public const ulong Default = (1UL << 0) | (1UL << 1) | (1UL << 3) | (1UL << 5) | (1UL << 6) | (1UL << 7) | (1UL << 10);

    /// <summary>Returns the rights of the first process of the instance's container.</summary>
    public static ProcessRights Of(IInstance instance)
    {
        var cgroup = instance.CgroupPaths.First(path => File.Exists($"{path}/cgroup.procs") && File.ReadAllText($"{path}/cgroup.procs").Length > 0);
        return ProcessRights.Of(int.Parse(File.ReadLines($"{cgroup}/cgroup.procs").First(), CultureInfo.InvariantCulture));
    }
}
