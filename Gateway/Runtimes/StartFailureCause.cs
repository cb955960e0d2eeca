namespace Gateway.Runtimes;

/// <summary>Why a function could not be started, in the words that a client may hear. The log has the whole sentence.</summary>
internal enum StartFailureCause
{
    /// <summary>Nothing that concerns the client.</summary>
    Failed,

    /// <summary>Another program listens where the function should.</summary>
    PortTaken,
}
