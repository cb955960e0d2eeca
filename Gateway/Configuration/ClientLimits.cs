namespace Gateway.Configuration;

/// <summary>How much of the gateway clients may use (<c>Gateway:Limits</c>). A client is an IPv4 address or an IPv6 /64.</summary>
internal sealed record ClientLimits
{
    /// <summary>
    /// The largest number of connections that clients may have open, 16 to 10,000,000. Null means as many as the descriptor limit and the memory
    /// allow.
    /// </summary>
    public int? Connections { get; init; }

    /// <summary>The largest number of connections that one client may have open, 1 to 10,000,000. Null means a quarter of all.</summary>
    public int? ConnectionsPerClient { get; init; }

    /// <summary>The largest number of requests that wait for their functions at once, over all functions, 1 to 10,000,000.</summary>
    public int Held { get; init; } = 10_000;

    /// <summary>How much of the bodies of waiting requests the gateway may have read ahead, over all functions, in bytes: 1 MiB or more.</summary>
    public long HeldBytes { get; init; } = 256L << 20;
}
