namespace Gateway.Activation;

/// <summary>The state of an instance, as the metrics and the API show it.</summary>
internal enum InstanceState
{
    Starting,
    Running,

    /// <summary>
    /// The instance refused a connection though its runtime says that it runs. It takes no new requests until it answers a probe again.
    /// </summary>
    Doubted,

    /// <summary>The instance is being made ahead, or is on its way to rest or to its end. It takes no new requests.</summary>
    Draining,

    /// <summary>The instance rests, and its program has not been executed yet.</summary>
    Initialized,

    /// <summary>The instance rests, its processes are frozen, and their memory is in swap.</summary>
    PagedOut,

    /// <summary>The instance rests, and its processes are frozen.</summary>
    Paused,
}
