namespace Gateway.Activation;

/// <summary>Where an instance is in its life.</summary>
internal enum InstanceState
{
    Starting,
    Running,

    /// <summary>
    /// It refused a connection though its runtime says that it runs: takes no new requests until it answers a probe again.
    /// </summary>
    Doubted,

    /// <summary>On its way to rest or to its end: takes no requests.</summary>
    Draining,

    /// <summary>At rest, its program not yet executed.</summary>
    Initialized,

    /// <summary>At rest, frozen.</summary>
    Paused,
}
