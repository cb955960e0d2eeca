namespace Gateway.Configuration;

/// <summary>Whether the kernel hands a running function the connections to its own addresses, without the gateway.</summary>
internal enum DirectMode
{
    /// <summary>All of them go through the gateway.</summary>
    Off,

    /// <summary>Where it can be done. Else they go through the gateway, which says why.</summary>
    Auto,

    /// <summary>It has to be possible by the configuration, and the gateway warns while this machine does not let it.</summary>
    Required,
}
