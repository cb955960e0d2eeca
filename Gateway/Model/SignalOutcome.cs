namespace Gateway.Model;

/// <summary>What became of a signal: the <c>outcome</c> label of gateway_signals_total.</summary>
internal enum SignalOutcome
{
    /// <summary>It started an instance.</summary>
    Woke,

    /// <summary>An instance was already starting, or will start when one has stopped.</summary>
    Joined,

    /// <summary>The function was running.</summary>
    Running,

    /// <summary>The function may only be woken by a later signal (WakeOn).</summary>
    Ignored,

    /// <summary>The start budget is spent; a request that follows is held and starts it.</summary>
    OverBudget,

    /// <summary>The function failed to start a moment ago; it is tried again when its back-off has passed.</summary>
    BackOff,
}
