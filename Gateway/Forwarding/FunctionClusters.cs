using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Configuration.Proxy;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Forwarding;

/// <summary>
/// All that YARP is told: the user's own <c>ReverseProxy</c> section as it was judged, a cluster for each function that has none
/// there, and the routes that requests on <c>Listen</c> addresses take: one for all functions, and one for each that has a <c>Route</c> of its own. One provider, because a cluster that moves between the
/// two would be there twice, or not at all, for a moment.
/// </summary>
internal sealed class FunctionClusters : IProxyConfigProvider, IProxyConfigFilter, IConfigChangeListener
{
    /// <summary>The route of Listen addresses. Its host cannot exist (RFC 6761, section 6.4): routing never picks it, <see cref="ListenRouting"/> does.</summary>
    public const string ListenRoute = Reserved.Listen;

    /// <summary>The route of the gateway's own warm-up; likewise.</summary>
    public const string WarmUpRoute = Reserved.WarmUp;

    public const string WarmUpHost = "headstart-warmup.invalid";

    private static readonly HealthCheckConfig Healthy = new() { AvailableDestinationsPolicy = "HealthyAndUnknown" };
    private static readonly Dictionary<string, DestinationConfig> Nobody = [];

    private readonly FunctionRegistry _registry;
    private GatewayProxyConfig _config;

    public FunctionClusters(FunctionRegistry registry, GatewayOptions options)
    {
        _registry = registry;
        _config = new GatewayProxyConfig(options, Nobody, Healthy);
    }

    public IProxyConfig GetConfig() => Volatile.Read(ref _config);

    /// <summary>New functions, or other routes and clusters of the user's. Nothing else is YARP's concern, and each change is a pass over all clusters.</summary>
    /// <returns>Completes when YARP knows them, with null, or with why it would not take them.</returns>
    public Task<Exception?> UpdateAsync(GatewayOptions options)
    {
        var config = new GatewayProxyConfig(options, Nobody, Healthy);
        var before = Volatile.Read(ref _config);
        if (config.SaysTheSameAs(before))
        {
            return Task.FromResult<Exception?>(null);
        }

        Volatile.Write(ref _config, config);
        before.SignalChange();
        return config.Applied;
    }

    public void ConfigurationLoadingFailed(IProxyConfigProvider configProvider, Exception exception)
    {
    }

    public void ConfigurationLoaded(IReadOnlyList<IProxyConfig> proxyConfigs)
    {
    }

    public void ConfigurationApplied(IReadOnlyList<IProxyConfig> proxyConfigs) => NoteApplied(proxyConfigs, refused: null);

    public void ConfigurationApplyingFailed(IReadOnlyList<IProxyConfig> proxyConfigs, Exception exception) => NoteApplied(proxyConfigs, exception);

    // One that was replaced before YARP came to it is told by the next.
    private static void NoteApplied(IReadOnlyList<IProxyConfig> proxyConfigs, Exception? refused)
    {
        foreach (var config in proxyConfigs.OfType<GatewayProxyConfig>())
        {
            config.NoteApplied(refused);
        }
    }

    /// <summary>A cluster that belongs to a function has the destinations that run now, whoever wrote its settings.</summary>
    public ValueTask<ClusterConfig> ConfigureClusterAsync(ClusterConfig cluster, CancellationToken cancel)
    {
        if (!_registry.TryGet(cluster.ClusterId, out var function))
        {
            return new(cluster);
        }

        if (OutgoingVersion.Configure(cluster.HttpRequest, function.Options.Protocol) is var request && request != cluster.HttpRequest)
        {
            cluster = cluster with { HttpRequest = request };
        }

        var running = function.Running;
        var silence = function.Options.ActivityTimeout;
        if (running.Count == 0 && IsAtRest(cluster) && silence is null)
        {
            return new(cluster);
        }

        var destinations = running.Count == 0 ? Nobody : running.ToDictionary(
            instance => instance.Id,
            instance => new DestinationConfig { Address = Address(instance.Runtime!.Endpoint!) },
            StringComparer.OrdinalIgnoreCase);
        var health = cluster.HealthCheck;
        return new(cluster with
        {
            Destinations = destinations,
            HttpRequest = silence is null ? cluster.HttpRequest : (cluster.HttpRequest ?? ForwarderRequestConfig.Empty) with { ActivityTimeout = silence },
            HealthCheck = health is null ? Healthy : health with { AvailableDestinationsPolicy = health.AvailableDestinationsPolicy ?? Healthy.AvailableDestinationsPolicy },
        });
    }

    private static bool IsAtRest(ClusterConfig cluster) => ReferenceEquals(cluster.Destinations, Nobody) && ReferenceEquals(cluster.HealthCheck, Healthy);

    public ValueTask<RouteConfig> ConfigureRouteAsync(RouteConfig route, ClusterConfig? cluster, CancellationToken cancel) => new(route);

    /// <summary>The route of a function that has settings of its own for its Listen addresses. No name of the user's has a colon.</summary>
    public static string OwnRoute(string function) => $"{ListenRoute}:{function}";

    public static string Address(System.Net.IPEndPoint endpoint) => $"http://{endpoint}/";
}
