using Gateway.Configuration;

namespace Gateway.Listening;

/// <summary>How many connections there may be, and which descriptors are not for them.</summary>
/// <remarks>
/// The kernel gives a new file the lowest number that is free. So the number that a connection gets says, without any counting, that all below it are in use, by
/// whomever; and if no connection keeps a number from a mark on, those above are free for the rest of the gateway.
/// </remarks>
internal sealed record ConnectionBounds
{
    /// <summary>How much the gateway reads ahead on a connection, in bytes, unless <c>Kestrel:Limits</c> say otherwise. It is also what one that is open is reckoned to cost.</summary>
    public const int ReadAhead = 64 << 10;

    // Of the descriptors, a quarter is kept for functions, engines and the admin endpoint. Beyond 8,192 nobody needs more.
    private const int FewestKept = 64;
    private const int MostKept = 8192;
    private const int FewestConnections = 16;

    /// <summary>The largest number of open connections of clients, those of the admin endpoint not counted.</summary>
    public required int Connections { get; init; }

    /// <summary>The largest number of open connections of one client.</summary>
    public required int PerClient { get; init; }

    /// <summary>The largest number of open connections to the admin endpoint.</summary>
    public required int Admin { get; init; }

    /// <summary>The lowest descriptor number that no connection of a client keeps.</summary>
    public required int ClientMark { get; init; }

    /// <summary>The lowest descriptor number that no connection to a function keeps.</summary>
    public required int FunctionMark { get; init; }

    /// <summary>How many descriptors are kept for everything but connections of clients.</summary>
    public required int Kept { get; init; }

    /// <summary>How many connections the descriptors allow, whatever is configured.</summary>
    public required int ByDescriptors { get; init; }

    /// <summary>Derives the bounds from what this process may open and use.</summary>
    /// <param name="limits">What the user wrote.</param>
    /// <param name="inUse">How many files are open when no client is there.</param>
    public static ConnectionBounds OfThisProcess(ClientLimits limits, int inUse) =>
        Of(limits, DescriptorLimit.Current, inUse, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    /// <summary>Derives the bounds.</summary>
    /// <param name="limits">What the user wrote.</param>
    /// <param name="descriptors">How many files this process may open.</param>
    /// <param name="inUse">How many of them are open when no client is there.</param>
    /// <param name="memory">How much memory there is, in bytes.</param>
    public static ConnectionBounds Of(ClientLimits limits, int descriptors, int inUse, long memory)
    {
        var kept = Math.Clamp(descriptors / 4, FewestKept, MostKept);
        // A connection of a client may need another one to its function.
        var byDescriptors = Math.Max(FewestConnections, (descriptors - inUse - kept) / 2);
        var byMemory = (int)Math.Clamp(memory / 2 / ReadAhead, FewestConnections, int.MaxValue);
        var connections = limits.Connections ?? Math.Min(byDescriptors, byMemory);
        return new ConnectionBounds
        {
            Connections = connections,
            PerClient = limits.ConnectionsPerClient ?? Math.Max(1, connections / 4),
            Admin = Math.Clamp(kept / 8, 8, 64),
            ClientMark = descriptors - kept,
            FunctionMark = descriptors - (kept / 2),
            Kept = kept,
            ByDescriptors = byDescriptors,
        };
    }
}
