using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Configuration.Proxy;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Forwarding;

/// <summary>
/// Gives YARP its whole configuration: the user's own <c>ReverseProxy</c> section as it was validated, a cluster for each function that has none
/// there, and the routes of requests on <c>Listen</c> addresses, one for all functions and one for each function that has a <c>Route</c> of its
/// own or sessions. With two providers a cluster that moves from one to the other would exist twice, or not at all, for a moment.
/// </summary>
internal sealed class FunctionClusters : IProxyConfigProvider, IProxyConfigFilter, IConfigChangeListener
{
    /// <summary>The route of Listen addresses. Its host cannot exist (RFC 6761, section 6.4), so only <see cref="ListenRouting"/> chooses it and never routing.</summary>
    public const string ListenRoute = Reserved.Listen;

    /// <summary>The route of the gateway's own warm-up. Its host cannot exist either.</summary>
    public const string WarmUpRoute = Reserved.WarmUp;

    /// <summary>The Host of the warm-up's requests.</summary>
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

    /// <summary>Gives YARP a changed configuration. Nothing is done if YARP's part of it is the same, because each change costs YARP a pass over all clusters.</summary>
    /// <returns>Completes when YARP has applied the configuration, with null, or when it has refused it, with the reason.</returns>
    public Task<Exception?> UpdateAsync(GatewayOptions options)
    {
        var config = new GatewayProxyConfig(options, Nobody, Healthy);
        var before = Volatile.Read(ref _config);
        if (config.IsEquivalentTo(before))
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

    // Every configuration in the list was applied, or refused.
    private static void NoteApplied(IReadOnlyList<IProxyConfig> proxyConfigs, Exception? refused)
    {
        foreach (var config in proxyConfigs.OfType<GatewayProxyConfig>())
        {
            config.NoteApplied(refused);
        }
    }

    /// <summary>Gives the cluster of a function the destinations that run now, also if the user wrote its settings.</summary>
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

    /// <summary>Returns whether a cluster is one of the user's own, and neither a function's nor the gateway's.</summary>
    public static bool IsUsers(FunctionRegistry registry, string cluster) => cluster is not (ListenRoute or WarmUpRoute) && !registry.TryGet(cluster, out _);

    /// <summary>Returns the id of the route of a function that has its own settings for its Listen addresses. No id of the user's has a colon.</summary>
    public static string OwnRoute(string function) => $"{ListenRoute}:{function}";

    /// <summary>Returns the address of an instance as YARP's destinations have it.</summary>
    public static string Address(System.Net.IPEndPoint endpoint) => $"http://{endpoint}/";
}
