using Yarp.ReverseProxy.Configuration;

namespace Gateway.Configuration.Proxy;

/// <summary>
/// The user's <c>ReverseProxy</c> section, read and judged: what YARP is given, object by object. What was not changed
/// over a reload is the same object.
/// </summary>
public sealed record ProxyOptions
{
    public IReadOnlyList<RouteConfig> Routes { get; init; } = [];

    public IReadOnlyList<ClusterConfig> Clusters { get; init; } = [];

    public bool Equals(ProxyOptions? other) =>
        ReferenceEquals(this, other) || (other is not null && Routes.SequenceEqual(other.Routes) && Clusters.SequenceEqual(other.Clusters));

    public override int GetHashCode() => HashCode.Combine(Routes.Count, Clusters.Count);
}
