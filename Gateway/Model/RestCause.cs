namespace Gateway.Model;

/// <summary>Why the policy decided on a tier for a function: the <c>cause</c> label of gateway_rest_decisions_total.</summary>
internal enum RestCause
{
    /// <summary>The clients' handshakes hide the wake from this tier.</summary>
    Hidden,

    /// <summary>It is not known yet whether the handshakes hide a wake, so the shallowest tier was chosen.</summary>
    Unknown,

    /// <summary>The handshakes hide the wake from no tier, so the shallowest one was chosen.</summary>
    NotHidden,

    /// <summary>The next use is expected, and the function will be awake by then.</summary>
    Expected,

    /// <summary>The function is used so regularly that resting is not worth while.</summary>
    Constant,

    /// <summary>The next use is due, so the function stays awake or is woken.</summary>
    Due,

    /// <summary>The function rests in this tier once, to measure the wake from it.</summary>
    Probe,

    /// <summary>The function rests deeper because memory is short.</summary>
    Memory,

    /// <summary>The configured bounds leave the function no tier to rest in.</summary>
    Bound,

    /// <summary>There is nothing to decide: the idle time is not over, or the function rests deeper already.</summary>
    InUse,
}
