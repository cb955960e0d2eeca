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
        ProcessId = (int)record.Pid;
        _ancestors = record.Ancestors;
    }

    /// <summary>When the socket began to listen, in nanoseconds of CLOCK_MONOTONIC.</summary>
    public long Timestamp { get; }

    /// <summary>In the process's own network namespace.</summary>
    public int Port { get; }

    /// <summary>The cgroup v2 of the process; see <see cref="Cgroup.IdOf"/>.</summary>
    public ulong CgroupId { get; }

    /// <summary>The process id in the machine's first pid namespace; 0 where the kernel does not tell.</summary>
    public int ProcessId { get; }

    /// <summary>Whether the process is in this cgroup or below it. Ancestors are known down to level 6; deeper ones are not found.</summary>
    public bool IsWithin(ulong cgroupId)
    {
        if (cgroupId == 0)
        {
            return false; // stands for "not that deep" among the ancestors
        }
        return CgroupId == cgroupId || cgroupId == Cgroup.RootId || ((ReadOnlySpan<ulong>)_ancestors).Contains(cgroupId);
    }
}
