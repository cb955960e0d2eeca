namespace Gateway.Ebpf.Hooks;

/// <summary>
/// How many SYNs the kernel reports. One over a limit passes unannounced, is counted, and leaves the function armed: an established connection, whose
/// source is proven, is not limited. Without values there is no limit.
/// </summary>
public sealed record SynLimits
{
    /// <summary>The limit of one source: an IPv4 address or an IPv6 /64.</summary>
    public EventRate PerSource { get; init; }

    /// <summary>The limit of one network: an IPv4 /24 or an IPv6 /48.</summary>
    public EventRate PerNetwork { get; init; }

    /// <summary>The limit of all sources together.</summary>
    public EventRate Total { get; init; }

    /// <summary>The limit of all proven sources together, for SYNs that are over <see cref="Total"/> or withheld from all (<see cref="KernelLimits"/>).</summary>
    public EventRate Proven { get; init; }

    /// <summary>How long a source counts as proven after it has established a connection to a registered destination; zero for not at all.</summary>
    public TimeSpan ProvenFor { get; init; }

    /// <summary>How many sources and networks are remembered, 1 to 16,777,216, and as many proven sources. The least recently seen are forgotten. Each takes about 100 bytes, all of them at once.</summary>
    public int Remember { get; init; } = 1;
}
