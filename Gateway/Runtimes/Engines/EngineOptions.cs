using Gateway.Configuration;

namespace Gateway.Runtimes.Engines;

/// <summary>Where a container engine's API is.</summary>
internal sealed record EngineOptions : RuntimeSettings
{
    /// <summary><c>unix:///path</c> or <c>tcp://host:port</c>. Left out: what the engine's own variable says, else its own default.</summary>
    public required Uri Endpoint { get; init; }
}
