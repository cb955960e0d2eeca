using Gateway.Lab.Networking;

namespace Gateway.Lab.Engines;

public sealed record PodmanEngineOptions
{
    /// <summary>Where containers on the host network and the bridge are; null for a namespace of its own. Not disposed by the engine.</summary>
    public NetworkNamespace? Namespace { get; init; }

    /// <summary>The OCI runtime: <c>runc</c>, or <c>crun</c> where the cgroup layout lets it.</summary>
    public string Runtime { get; init; } = "runc";

    /// <summary>Longest time until the service answers.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
