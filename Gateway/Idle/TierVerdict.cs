namespace Gateway.Idle;

/// <summary>What the measurements say about one tier.</summary>
internal enum TierVerdict
{
    /// <summary>The tier was not measured, or the windows of clients were not.</summary>
    Unknown,

    /// <summary>p95(T_ready) is within p10(W).</summary>
    Hidden,

    /// <summary>The tier looks hidden by too few measurements, or it is hidden usually but not in 95 of 100 wakes.</summary>
    Promising,

    /// <summary>More than half of the wakes are longer than p10(W).</summary>
    Seen,
}
