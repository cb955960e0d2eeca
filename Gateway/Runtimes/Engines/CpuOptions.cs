namespace Gateway.Runtimes.Engines;

/// <summary>A container's part of the processors.</summary>
internal sealed record CpuOptions
{
    /// <summary>Most processors that it may use, 0.01 to 1024; null: no limit.</summary>
    public double? Limit { get; init; }

    /// <summary>Its weight among those that want the processor, 2 to 262144; null: the engine's 1024.</summary>
    public int? Shares { get; init; }

    /// <summary>Both hold from when the program answers; until then it starts as fast as the machine can.</summary>
    public bool Boost { get; init; }
}
