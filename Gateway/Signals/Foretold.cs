namespace Gateway.Signals;

/// <summary>What had been foretold of a connection's first request.</summary>
internal enum Foretold
{
    /// <summary>The function that was asked for: the SYN woke it, if it was at rest.</summary>
    Right,

    /// <summary>Another one.</summary>
    Wrong,

    /// <summary>Something, but this group of clients is guessed wrong too often: the SYN woke nothing.</summary>
    Withheld,

    /// <summary>Nothing: neither the client nor its group had been here.</summary>
    Unknown,
}
