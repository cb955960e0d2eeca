namespace Gateway.Runtimes.Engines;

/// <summary>The share of the processors that a container gets.</summary>
internal sealed record CpuOptions
{
    /// <summary>Gets the most processors that the container may use, 0.01 to 1024, or null for no limit.</summary>
    public double? Limit { get; init; }

    /// <summary>Gets the weight when containers compete for the processors, 2 to 262144, or null for the engine's default of 1024.</summary>
    public int? Shares { get; init; }

    /// <summary>Gets whether both apply only from when the program answers, so that it starts as fast as the machine can.</summary>
    public bool Boost { get; init; }
}
