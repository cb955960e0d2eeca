using Gateway.Lab.Networking;

namespace Gateway.Lab.Engines;

public sealed record DockerEngineOptions
{
    /// <summary>Where the daemon's bridge and its containers' addresses are; null for a namespace of its own. Not disposed by the engine.</summary>
    public NetworkNamespace? Namespace { get; init; }

    /// <summary>Longest time until the daemon answers.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
