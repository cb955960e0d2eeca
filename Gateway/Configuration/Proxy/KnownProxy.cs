using System.Diagnostics.CodeAnalysis;
using Yarp.ReverseProxy.Configuration;

namespace Gateway.Configuration.Proxy;

/// <summary>A route that was read, and what each pass compares with the rest of the configuration.</summary>
/// <param name="Config">The route that YARP gets.</param>
/// <param name="Hosts">The route's host names as a ClientHello has them.</param>
/// <param name="Policies">The policies that the route names.</param>
internal sealed record KnownRoute(RouteConfig Config, IReadOnlyList<string> Hosts, IReadOnlyList<PolicyReference> Policies)
{
    /// <summary>The full path of the route's ClusterId.</summary>
    public required string ClusterPath { get; init; }

    /// <summary>The source of the route's ClusterId.</summary>
    public required string Source { get; init; }

    /// <summary>Whether the route itself has no mistake.</summary>
    public bool IsGood { get; init; }

    /// <summary>The requests that the route takes, as a text for each host and method. Two routes that have one in common take the same requests.</summary>
    public IReadOnlyList<string> Takes => field ??= [.. RouteKey.Of(Config)];
}

/// <summary>A cluster that was read.</summary>
/// <param name="Config">The cluster that YARP gets.</param>
/// <param name="IsGood">Whether the cluster has no mistake.</param>
internal sealed record KnownCluster(ClusterConfig Config, bool IsGood);

/// <summary>The routes and clusters that a pass read, by their nodes. They are taken over as <see cref="KnownFunctions"/> are.</summary>
internal sealed class KnownProxy
{
    private readonly Dictionary<ConfigurationNode, KnownRoute> _routes = [];
    private readonly Dictionary<ConfigurationNode, KnownCluster> _clusters = [];

    /// <summary>The paths of the two sections as the user spells them. Messages name them, so nothing is taken over if the spelling changes.</summary>
    public required string Path { get; init; }

    public void Add(ConfigurationNode node, KnownRoute route) => _routes.Add(node, route);

    public void Add(ConfigurationNode node, KnownCluster cluster) => _clusters.Add(node, cluster);

    public bool TryGet(ConfigurationNode node, [NotNullWhen(true)] out KnownRoute? route) => _routes.TryGetValue(node, out route);

    public bool TryGet(ConfigurationNode node, [NotNullWhen(true)] out KnownCluster? cluster) => _clusters.TryGetValue(node, out cluster);
}
