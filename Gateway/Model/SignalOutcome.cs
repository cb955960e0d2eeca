namespace Gateway.Model;

/// <summary>What became of a signal: the <c>outcome</c> label of gateway_signals_total.</summary>
internal enum SignalOutcome
{
    /// <summary>The signal started an instance, or woke one that rested.</summary>
    Woke,

    /// <summary>An instance was already starting, or one will start as soon as it can, such as when another has stopped.</summary>
    Joined,

    /// <summary>The function was already running.</summary>
    Running,

    /// <summary>The function may only be woken by a later kind of signal (WakeOn), it ignores the source or the request (Idle:Ignore), or it is retired.</summary>
    Ignored,

    /// <summary>The start budget is spent. A request that follows is held and starts the function in its turn.</summary>
    OverBudget,

    /// <summary>The function failed a moment ago. It is tried again when its back-off has passed.</summary>
    BackOff,

    /// <summary>
    /// So many wakes by such signals came to nothing that a later kind of signal is needed for now: for the function, for its sources or for all. Or the source's last connection
    /// to the function was no use of it, so that its request is waited for.
    /// </summary>
    Distrusted,
}
