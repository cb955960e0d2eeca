using Yarp.ReverseProxy.Model;

namespace Gateway.Forwarding;

/// <summary>
/// From the hold straight to YARP's forwarder. A warm request has its one instance already, so there is nothing to balance, and the steps
/// in between have work only where the cluster's configuration asks for affinity or passive health checks.
/// </summary>
internal sealed class ShortPath
{
    private RequestDelegate? _forwarder;

    /// <summary>What comes after the last step of the pipeline inside <c>MapReverseProxy</c>.</summary>
    internal void EndsAt(RequestDelegate forwarder) => _forwarder = forwarder;

    /// <summary>The forwarder; null where the whole pipeline is to be gone through.</summary>
    internal RequestDelegate? For(ClusterModel cluster) =>
        cluster.Config is { SessionAffinity: null or { Enabled: null or false }, HealthCheck: null or { Passive: null or { Enabled: null or false } } } ? _forwarder : null;
}
