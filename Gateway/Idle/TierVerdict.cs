namespace Gateway.Idle;

/// <summary>What the measurements say of one tier.</summary>
internal enum TierVerdict
{
    /// <summary>Not measured, or clients' windows are not.</summary>
    Unknown,

    /// <summary>p95(T_ready) is within p10(W).</summary>
    Hidden,

    /// <summary>It looks hidden, on too few measurements; or is usually, but not in 95 of 100 wakes.</summary>
    Promising,

    /// <summary>More than half of its wakes are longer than p10(W).</summary>
    Seen,
}
