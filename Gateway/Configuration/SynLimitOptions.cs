namespace Gateway.Configuration;

/// <summary>
/// How many SYNs may wake functions. They are counted only while they are for functions at rest. A SYN over a limit wakes nothing; the connection that it becomes does.
/// </summary>
internal sealed record SynLimitOptions
{
    /// <summary>One source, an IPv4 address or an IPv6 /64. Many people may be behind one address, and each wakes a few functions at once.</summary>
    public RateOptions PerSource { get; init; } = new(20);

    /// <summary>One network, an IPv4 /24 or an IPv6 /48: whoever holds one can send from any of its addresses.</summary>
    public RateOptions PerNetwork { get; init; } = new(100);

    /// <summary>All sources together: ten times what the budget lets start by default (3,000 a minute), at a hundredth of a core.</summary>
    public RateOptions Total { get; init; } = new(500);

    /// <summary>All proven sources together, beyond <see cref="Total"/>.</summary>
    public RateOptions Proven { get; init; } = new(500);

    /// <summary>How long a source counts as proven after it has established a connection, or zero for not at all. A day at most.</summary>
    public TimeSpan ProvenFor { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The number of sources and networks that are remembered, and of proven sources, 1,024 to 1,000,000 each. The oldest are forgotten.</summary>
    public int Remember { get; init; } = 32768;
}

/// <summary>A rate, as a token bucket counts it.</summary>
/// <param name="PerSecond">How many there may be in a second for long, which may be less than one, or 0 for no limit.</param>
/// <param name="Burst">How many there may be at once after a quiet time.</param>
internal sealed record RateOptions(double PerSecond, int Burst)
{
    /// <summary>The seconds of which a burst has the tokens unless the user says otherwise: about as long as a page takes with all that it opens.</summary>
    private const int Seconds = 5;

    public RateOptions(double perSecond)
        : this(perSecond, Math.Max(1, (int)(perSecond * Seconds)))
    {
    }
}
