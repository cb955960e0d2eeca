namespace Gateway.Model;

/// <summary>Why a function rests where it rests: the <c>cause</c> label of gateway_rest_decisions_total.</summary>
internal enum RestCause
{
    /// <summary>Its clients' handshakes hide the wake.</summary>
    Hidden,

    /// <summary>It is not known yet whether they do: the shallowest tier.</summary>
    Unknown,

    /// <summary>They hide no tier: the shallowest.</summary>
    NotHidden,

    /// <summary>Its next use is expected, and it will be awake by then.</summary>
    Expected,

    /// <summary>It is used so regularly that resting is not worth while.</summary>
    Constant,

    /// <summary>Its next use is due: it stays awake.</summary>
    Due,

    /// <summary>It rests deeper once, to learn what waking it costs.</summary>
    Probe,

    /// <summary>Memory is short.</summary>
    Memory,

    /// <summary>It may rest nowhere.</summary>
    Bound,

    /// <summary>Nothing to decide: its idle time is not over, or it rests deeper already.</summary>
    InUse,
}
