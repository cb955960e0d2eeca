using System.Runtime.InteropServices;
using Gateway.Ebpf.Hooks.Wire;

namespace Gateway.Ebpf.Hooks;

/// <summary>A process somewhere on the machine, in any network namespace, called listen() on a TCP socket.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly struct ListenEvent
{
    private readonly CgroupAncestors _ancestors;

    internal ListenEvent(in ListenRecord record)
    {
        Timestamp = (long)record.KtimeNs;
        Port = record.Port;
        CgroupId = record.Cgroup;
        _ancestors = record.Ancestors;
    }

    /// <summary>When the socket began to listen, in nanoseconds of CLOCK_MONOTONIC.</summary>
    public long Timestamp { get; }

    /// <summary>The port, in the process's own network namespace.</summary>
    public int Port { get; }

    /// <summary>The id of the process's cgroup v2; see <see cref="Cgroup.IdOf"/>.</summary>
    public ulong CgroupId { get; }

    /// <summary>Returns whether the process is in a cgroup or below it. Ancestors are known down to level 6; false is returned for deeper ones.</summary>
    public bool IsWithin(ulong cgroupId)
    {
        if (cgroupId == 0)
        {
            return false; // Among the ancestors 0 means that the path is not that deep.
        }
        return CgroupId == cgroupId || cgroupId == Cgroup.RootId || ((ReadOnlySpan<ulong>)_ancestors).Contains(cgroupId);
    }
}
