using System.Diagnostics.CodeAnalysis;
using Yarp.ReverseProxy.Configuration;

namespace Gateway.Configuration.Proxy;

/// <summary>A route as it was read, and what of it is held against the rest of the configuration at each pass.</summary>
/// <param name="Config">What YARP gets.</param>
/// <param name="Hosts">Its host names as a ClientHello carries them.</param>
/// <param name="Policies">The policies that it names.</param>
internal sealed record KnownRoute(RouteConfig Config, IReadOnlyList<string> Hosts, IReadOnlyList<PolicyReference> Policies)
{
    /// <summary>Where its ClusterId is written.</summary>
    public required string ClusterPath { get; init; }

    /// <summary>Who wrote its ClusterId.</summary>
    public required string Source { get; init; }

    public bool IsGood { get; init; }

    /// <summary>What requests it takes, as one text for each host: two routes with one of them in common take the same.</summary>
    public IReadOnlyList<string> Takes => field ??= [.. RouteKey.Of(Config)];
}

/// <summary>A cluster as it was read.</summary>
internal sealed record KnownCluster(ClusterConfig Config, bool IsGood);

/// <summary>What was read of the user's <c>ReverseProxy</c>, by the node it was read from: as <see cref="KnownFunctions"/>.</summary>
internal sealed class KnownProxy
{
    private readonly Dictionary<ConfigurationNode, KnownRoute> _routes = [];
    private readonly Dictionary<ConfigurationNode, KnownCluster> _clusters = [];

    /// <summary>How the user spells the sections; messages name them.</summary>
    public required string Path { get; init; }

    public void Add(ConfigurationNode node, KnownRoute route) => _routes.Add(node, route);

    public void Add(ConfigurationNode node, KnownCluster cluster) => _clusters.Add(node, cluster);

    public bool TryGet(ConfigurationNode node, [NotNullWhen(true)] out KnownRoute? route) => _routes.TryGetValue(node, out route);

    public bool TryGet(ConfigurationNode node, [NotNullWhen(true)] out KnownCluster? cluster) => _clusters.TryGetValue(node, out cluster);
}
