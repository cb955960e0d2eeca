using Gateway.Configuration;

namespace Gateway.Runtimes.Engines;

/// <summary>The settings of a container engine.</summary>
internal sealed record EngineOptions : RuntimeSettings
{
    /// <summary>Gets the address of the API, <c>unix:///path</c> or <c>tcp://host:port</c>. The default is that of the engine's own variable, or else the engine's.</summary>
    public required Uri Endpoint { get; init; }
}
