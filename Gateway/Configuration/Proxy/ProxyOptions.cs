using Yarp.ReverseProxy.Configuration;

namespace Gateway.Configuration.Proxy;

/// <summary>
/// The user's <c>ReverseProxy</c> section, read and judged: the routes and clusters that YARP gets. Those that a reload did not change are the same
/// objects.
/// </summary>
internal sealed record ProxyOptions
{
    public IReadOnlyList<RouteConfig> Routes { get; init; } = [];

    public IReadOnlyList<ClusterConfig> Clusters { get; init; } = [];

    public bool Equals(ProxyOptions? other) =>
        ReferenceEquals(this, other) || (other is not null && Same(Routes, other.Routes) && Same(Clusters, other.Clusters));

    public override int GetHashCode() => HashCode.Combine(Routes.Count, Clusters.Count);

    // Most are the same objects, which YARP's own comparison would compare property by property.
    private static bool Same<T>(IReadOnlyList<T> one, IReadOnlyList<T> other)
        where T : class
    {
        if (one.Count != other.Count)
        {
            return false;
        }

        for (var i = 0; i < one.Count; i++)
        {
            if (!ReferenceEquals(one[i], other[i]) && !one[i].Equals(other[i]))
            {
                return false;
            }
        }

        return true;
    }
}
