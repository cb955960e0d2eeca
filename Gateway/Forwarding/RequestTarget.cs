using Gateway.Activation;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Gateway.Forwarding;

/// <summary>
/// Where YARP is to send a request: exactly to the instance that it has a lease on, or to one of those that the function's cluster
/// lists. What YARP gave the request when it came may be older than the lease, or another cluster's.
/// </summary>
internal sealed class RequestTarget(IProxyStateLookup clusters, FreshClients fresh)
{
    /// <summary>What YARP has for <c>HttpRequest:ActivityTimeout</c> by default.</summary>
    public static readonly TimeSpan DefaultActivityTimeout = TimeSpan.FromSeconds(100);

    /// <summary>Longest silence in a request of this function.</summary>
    public TimeSpan ActivityTimeout(Function function) =>
        clusters.TryGetCluster(function.Name, out var cluster) && cluster.Model.Config.HttpRequest?.ActivityTimeout is { } limit ? limit : DefaultActivityTimeout;

    /// <summary>On the warm path, where YARP's own choice is the leased instance nearly always.</summary>
    /// <returns>Whether it was.</returns>
    internal bool Set(HttpContext context, IReverseProxyFeature proxy, Function function, FunctionInstance lease)
    {
        if (proxy.AvailableDestinations is [var given] && ReferenceEquals(given, lease.Destination))
        {
            return true;
        }

        Set(context, function, lease, fresh: false, isUpgrade: false);
        return false;
    }

    /// <param name="context">The request.</param>
    /// <param name="function">Whose it is.</param>
    /// <param name="lease">Null: the load balancer chooses.</param>
    /// <param name="fresh">On a connection that has carried nothing.</param>
    /// <param name="isUpgrade">Its time limit is <see cref="UpgradeLimit"/>'s.</param>
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
            // The user's health checks may have ruled it out.
            AvailableDestinations = destination is null ? listed?.AvailableDestinations ?? [] : IsRuledOut(destination) ? [] : destination,
        });
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
