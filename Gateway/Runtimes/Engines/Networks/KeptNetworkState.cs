namespace Gateway.Runtimes.Engines.Networks;

/// <summary>Says what has become of a network that was in doubt.</summary>
internal enum KeptNetworkState
{
    /// <summary>It stands, and has stood.</summary>
    Stands,

    /// <summary>It was lost, and its container has made another one.</summary>
    Restored,

    /// <summary>There is no container that keeps it.</summary>
    Gone,
}
