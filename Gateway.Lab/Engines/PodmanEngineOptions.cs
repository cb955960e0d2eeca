using Gateway.Lab.Networking;

namespace Gateway.Lab.Engines;

public sealed record PodmanEngineOptions
{
    /// <summary>The namespace of the bridge and of containers on the host network; null for a new one. The engine does not dispose of it.</summary>
    public NetworkNamespace? Namespace { get; init; }

    /// <summary>The OCI runtime: <c>runc</c>, or <c>crun</c> where the cgroup layout lets it.</summary>
    public string Runtime { get; init; } = "runc";

    /// <summary>The port on the namespace's 127.0.0.1 on which the API is served too, without encryption; null for none.</summary>
    public int? Port { get; init; }

    /// <summary>Longest time until the service answers.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
