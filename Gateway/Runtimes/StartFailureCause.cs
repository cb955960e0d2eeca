namespace Gateway.Runtimes;

/// <summary>The reason why a function could not be started, as far as a client may know it. The log has the whole sentence.</summary>
internal enum StartFailureCause
{
    /// <summary>The reason does not concern the client.</summary>
    Failed,

    /// <summary>Another program listens where the function should listen.</summary>
    PortTaken,

    /// <summary>Its schedule says that it may not run now.</summary>
    Shut,
}
