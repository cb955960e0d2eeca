using Gateway.Lab.Networking;

namespace Gateway.Lab.Engines;

public sealed record DockerEngineOptions
{
    /// <summary>The namespace of the daemon's bridge and its containers' addresses; null for a new one. The engine does not dispose of it.</summary>
    public NetworkNamespace? Namespace { get; init; }

    /// <summary>The port on the namespace's 127.0.0.1 on which the API is served too, without encryption; null for none. The daemon waits a second before it does so.</summary>
    public int? Port { get; init; }

    /// <summary>Longest time until the daemon answers.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
