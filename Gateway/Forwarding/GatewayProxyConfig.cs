using Gateway.Configuration;
using Gateway.Configuration.Proxy;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;

namespace Gateway.Forwarding;

/// <summary>One configuration of YARP: the routes and clusters of the user and of the functions.</summary>
internal sealed class GatewayProxyConfig : IProxyConfig
{
    private readonly ConfigurationReloadToken _changed = new();
    private readonly TaskCompletionSource<Exception?> _applied = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ProxyOptions _user;
    private readonly HashSet<string> _names;
    private readonly Dictionary<string, Settings> _settings;

    /// <param name="options">The configuration.</param>
    /// <param name="nobody">The destinations of a function at rest.</param>
    /// <param name="health">The health check of a function whose cluster the user has not written.</param>
    public GatewayProxyConfig(GatewayOptions options, IReadOnlyDictionary<string, DestinationConfig> nobody, HealthCheckConfig health)
    {
        _user = options.Proxy;
        var written = _user.Clusters.Select(cluster => cluster.ClusterId).ToHashSet(StringComparer.OrdinalIgnoreCase);
        // What gives a session its key is a transform, which YARP makes for each route of the cluster.
        var sticky = _user.Clusters.Where(static cluster => cluster.SessionAffinity?.Enabled == true).Select(static cluster => cluster.ClusterId).ToHashSet(StringComparer.OrdinalIgnoreCase);
        Clusters =
        [
            new ClusterConfig { ClusterId = FunctionClusters.ListenRoute },
            new ClusterConfig { ClusterId = FunctionClusters.WarmUpRoute },
            .. _user.Clusters,
            .. options.Functions.Keys.Where(name => !written.Contains(name)).Select(name => new ClusterConfig { ClusterId = name, Destinations = nobody, HealthCheck = health }),
        ];
        Routes =
        [
            Unmatchable(FunctionClusters.ListenRoute, new RouteConfig { ClusterId = FunctionClusters.ListenRoute }),
            new RouteConfig { RouteId = FunctionClusters.WarmUpRoute, ClusterId = FunctionClusters.WarmUpRoute, Match = new RouteMatch { Path = "/{**rest}", Hosts = [FunctionClusters.WarmUpHost] } },
            .. options.Functions.Values.Where(function => function.Route is not null || sticky.Contains(function.Name))
                .Select(function => Unmatchable(FunctionClusters.OwnRoute(function.Name), (function.Route ?? new RouteConfig()) with { ClusterId = function.Name })),
            .. _user.Routes,
        ];
        _names = Clusters.Select(cluster => cluster.ClusterId).ToHashSet(StringComparer.OrdinalIgnoreCase);
        _settings = options.Functions.Values
            .Where(function => function.Protocol is not null || function.Route is not null || function.ActivityTimeout is not null || written.Contains(function.Name))
            .ToDictionary(function => function.Name, function => new Settings(function.Protocol, function.Route, function.ActivityTimeout), StringComparer.OrdinalIgnoreCase);
    }

    public IReadOnlyList<RouteConfig> Routes { get; }

    public IReadOnlyList<ClusterConfig> Clusters { get; }

    public IChangeToken ChangeToken => _changed;

    /// <summary>Completes when YARP has applied the configuration, with null, or when it has refused it, with the reason.</summary>
    public Task<Exception?> Applied => _applied.Task;

    /// <summary>Returns whether two configurations are the same to YARP.</summary>
    public bool IsEquivalentTo(GatewayProxyConfig other) =>
        _user == other._user && _names.SetEquals(other._names)
        && _settings.Count == other._settings.Count && _settings.All(pair => other._settings.TryGetValue(pair.Key, out var settings) && settings == pair.Value);

    public void SignalChange() => _changed.OnReload();

    public void NoteApplied(Exception? refused) => _applied.TrySetResult(refused);

    // Makes a route that routing never chooses, because no request both has the Host and has none. ListenRouting chooses it. The Host keeps
    // the route from being considered for other requests.
    private static RouteConfig Unmatchable(string id, RouteConfig settings) => settings with
    {
        RouteId = id,
        Match = new RouteMatch
        {
            Path = "/{**rest}",
            Hosts = [$"{id.Replace(':', '.')}.invalid"],
            Headers = [new RouteHeader { Name = "Host", Mode = HeaderMatchMode.NotExists }],
        },
    };

    /// <summary>The settings of a function that matter to YARP.</summary>
    private sealed record Settings(FunctionProtocol? Protocol, RouteConfig? Route, TimeSpan? ActivityTimeout);
}
