using Yarp.ReverseProxy.Model;

namespace Gateway.Forwarding;

/// <summary>
/// Leads from the hold straight to YARP's forwarder. A warm request has its instance already, so there is nothing to balance, and the steps
/// in between are needed only if the cluster's configuration has affinity or passive health checks.
/// </summary>
internal sealed class ShortPath
{
    private RequestDelegate? _forwarder;

    /// <summary>The step after the last one of the pipeline inside <c>MapReverseProxy</c>.</summary>
    internal void EndsAt(RequestDelegate forwarder) => _forwarder = forwarder;

    /// <summary>Returns the forwarder; null if the request has to go through the whole pipeline.</summary>
    internal RequestDelegate? For(ClusterModel cluster) =>
        cluster.Config is { SessionAffinity: null or { Enabled: null or false }, HealthCheck: null or { Passive: null or { Enabled: null or false } } } ? _forwarder : null;
}
