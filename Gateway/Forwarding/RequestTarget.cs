using Gateway.Activation;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Gateway.Forwarding;

/// <summary>
/// Sets where YARP sends a request: to the instance on which it has a lease, or to one of those that the function's cluster lists. What YARP
/// assigned to the request when it arrived may be older than the lease, or belong to another cluster.
/// </summary>
internal sealed class RequestTarget(IProxyStateLookup clusters, FreshClients fresh)
{
    /// <summary>YARP's default of <c>HttpRequest:ActivityTimeout</c>.</summary>
    public static readonly TimeSpan DefaultActivityTimeout = TimeSpan.FromSeconds(100);

    /// <summary>Returns how long a request of a function may be silent.</summary>
    public TimeSpan ActivityTimeout(Function function) =>
        clusters.TryGetCluster(function.Name, out var cluster) && cluster.Model.Config.HttpRequest?.ActivityTimeout is { } limit ? limit : DefaultActivityTimeout;

    /// <summary>
    /// Returns whether it is left to the gateway on which of several instances a request goes: the user has chosen no policy for that, and wants neither sessions
    /// nor health checks. YARP would take the less used one of two (<c>PowerOfTwoChoices</c>); the gateway knows all of them exactly.
    /// </summary>
    public bool IsUnbalanced(Function function) =>
        !clusters.TryGetCluster(function.Name, out var cluster)
        || cluster.Model.Config is
        {
            LoadBalancingPolicy: null or "",
            SessionAffinity: null or { Enabled: null or false },
            HealthCheck: null or { Passive: null or { Enabled: null or false }, Active: null or { Enabled: null or false } },
        };

    /// <summary>Sets the target on the warm path, where YARP's own choice nearly always is the leased instance.</summary>
    /// <returns>Returns whether it was.</returns>
    internal bool Set(HttpContext context, IReverseProxyFeature proxy, Function function, FunctionInstance lease)
    {
        if (proxy.AvailableDestinations is [var given] && ReferenceEquals(given, lease.Destination))
        {
            return true;
        }

        Set(context, function, lease, fresh: false, isUpgrade: false);
        return false;
    }

    /// <summary>Sets the target.</summary>
    /// <param name="context">The request.</param>
    /// <param name="function">The function that it is for.</param>
    /// <param name="lease">The instance on which it has a lease; null if the load balancer chooses.</param>
    /// <param name="fresh">Whether it is sent on a new connection.</param>
    /// <param name="isUpgrade">Whether <see cref="UpgradeLimit"/> limits its time.</param>
    internal void Set(HttpContext context, Function function, FunctionInstance? lease, bool fresh, bool isUpgrade)
    {
        var given = context.GetReverseProxyFeature();
        var cluster = clusters.TryGetCluster(function.Name, out var known) ? known : null;
        var model = cluster?.Model ?? given.Cluster;
        var listed = cluster?.DestinationsState;
        var destination = lease is null ? null : DestinationSync.DestinationOf(lease);
        context.Features.Set<IReverseProxyFeature>(new ReverseProxyFeature
        {
            Route = given.Route,
            Cluster = fresh || isUpgrade ? Variant(model, fresh, isUpgrade) : model,
            AllDestinations = destination is null ? listed?.AllDestinations ?? [] : destination,
            // The user's health checks may have excluded it.
            AvailableDestinations = destination is null ? Takers(function, model, listed?.AvailableDestinations ?? []) : IsRuledOut(destination) ? [] : destination,
        });
    }

    // The load balancer does not choose what would refuse the request, unless all would. A session stays where it is.
    private static IReadOnlyList<DestinationState> Takers(Function function, ClusterModel model, IReadOnlyList<DestinationState> available)
    {
        if (!function.IsSelective || model.Config.SessionAffinity is { Enabled: true })
        {
            return available;
        }

        var takers = function.Running.Where(function.HasRoom).Select(static instance => instance.Id).ToHashSet(StringComparer.OrdinalIgnoreCase);
        DestinationState[] free = [.. available.Where(destination => takers.Contains(destination.DestinationId))];
        return free.Length == 0 ? available : free;
    }

    private static bool IsRuledOut(DestinationState destination) =>
        destination.Health.Active == DestinationHealth.Unhealthy || destination.Health.Passive == DestinationHealth.Unhealthy;

    private ClusterModel Variant(ClusterModel model, bool isFresh, bool isUpgrade)
    {
        var config = isUpgrade
            ? model.Config with { HttpRequest = (model.Config.HttpRequest ?? ForwarderRequestConfig.Empty) with { ActivityTimeout = Timeout.InfiniteTimeSpan } }
            : model.Config;
        return new ClusterModel(config, isFresh ? fresh.Of(model.HttpClient) : model.HttpClient);
    }
}
