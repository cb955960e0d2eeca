using System.Diagnostics;
using System.Net;
using Gateway.Ebpf.Hooks.Wire;
using LibBpf;

namespace Gateway.Ebpf.Hooks;

/// <summary>
/// Has the kernel withhold early signals, from a network or from all sources. A withheld one passes unannounced and is counted as <c>below_floor</c>, and the
/// function stays armed for later ones. Thread safe.
/// </summary>
public sealed class KernelLimits
{
    private readonly Lock _gate = new();
    private readonly BpfHashMap<ClientKey, Floor> _floors;
    private readonly BpfMappedArray _guards;
    private readonly BpfHashMap<ClientKey, ulong> _proven;
    private readonly long _provenNs;
    private ulong _last;

    internal KernelLimits(BpfHashMap<ClientKey, Floor> floors, BpfMappedArray guards, BpfHashMap<ClientKey, ulong> proven, TimeSpan provenFor) =>
        (_floors, _guards, _proven, _provenNs) = (floors, guards, proven, provenFor.Ticks * 100);

    /// <summary>Returns whether an address has established a connection to one of the destinations within <see cref="SynLimits.ProvenFor"/>. It takes a system call.</summary>
    public bool IsProven(IPAddress source) => _provenNs > 0 && _proven.TryGet(ClientKey.SourceOf(source), out var seen) && Stopwatch.GetTimestamp() - (long)seen < _provenNs;

    /// <summary>
    /// Withholds signals of every source that is not proven (<see cref="SynLimits.ProvenFor"/>), until it is called again. Proven sources have <see cref="SynLimits.Proven"/>
    /// for their SYNs. It takes a memory write and no system call.
    /// </summary>
    /// <param name="signals">The signals; <see cref="Triggers.None"/> for none.</param>
    public void Withhold(Triggers signals) => _guards.Exchange((uint)GuardWord.Withheld, (ulong)signals);

    /// <summary>
    /// Withholds signals of one network, proven or not. The 4,096 networks that were looked up last are kept.
    /// </summary>
    /// <param name="member">An address of the network, which is its IPv4 /24 or IPv6 /48.</param>
    /// <param name="signals">The signals; <see cref="Triggers.None"/> for none.</param>
    /// <param name="duration">How long it holds.</param>
    public void Withhold(IPAddress member, Triggers signals, TimeSpan duration)
    {
        var key = ClientKey.NetworkOf(member);
        if (signals == Triggers.None)
        {
            _floors.Remove(key);
            return;
        }
        // Stopwatch reads CLOCK_MONOTONIC in nanoseconds, which is the kernel's bpf_ktime_get_ns.
        var until = (ulong)(Stopwatch.GetTimestamp() + (duration.Ticks * 100));
        _floors.Set(key, new Floor { UntilNs = until, Withheld = (ulong)signals });
        lock (_gate)
        {
            // The kernel looks a network up only until the last entry has ended, so this is written behind the entry.
            _last = Math.Max(_last, until);
            _guards.Exchange((uint)GuardWord.Floors, _last);
        }
    }
}
