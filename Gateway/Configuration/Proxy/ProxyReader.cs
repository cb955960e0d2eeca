using Yarp.ReverseProxy.Configuration;

namespace Gateway.Configuration.Proxy;

/// <summary>
/// Reads the user's <c>ReverseProxy</c> section, all of it: what YARP is given is what was read here, so nothing that it could
/// refuse reaches it.
/// </summary>
/// <param name="root">The configuration.</param>
/// <param name="context">Takes what is found.</param>
/// <param name="before">What an earlier pass read; null: nothing.</param>
internal sealed class ProxyReader(ConfigurationNode root, ReadContext context, KnownProxy? before)
{
    public const string Section = "ReverseProxy";

    private readonly Dictionary<string, HashSet<string>> _hosts = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What <see cref="Read"/> found nothing wrong with.</summary>
    public KnownProxy Known { get; private set; } = new() { Path = "" };

    /// <summary>For each function that a route leads to: the hosts of its routes, none if they have none.</summary>
    public IReadOnlyDictionary<string, HashSet<string>> Hosts => _hosts;

    /// <param name="functions">Names of the functions, right or wrong in themselves.</param>
    public ProxyOptions Read(IReadOnlyCollection<string> functions)
    {
        var node = root.Find(Section);
        var section = new SectionReader(node, node?.Name ?? Section, ConfigurationError.AnySource, context);
        Known = new KnownProxy { Path = $"{section.PathOf("Routes")} {section.PathOf("Clusters")}" };
        var names = new HashSet<string>(functions, StringComparer.OrdinalIgnoreCase);
        var clusters = Clusters(section, names);
        var routes = Routes(section, names, clusters.Select(cluster => cluster.ClusterId).ToHashSet(StringComparer.OrdinalIgnoreCase));
        section.End();
        return new ProxyOptions { Clusters = clusters, Routes = routes };
    }

    private List<ClusterConfig> Clusters(SectionReader section, HashSet<string> functions)
    {
        var clusters = new List<ClusterConfig>();
        foreach (var node in section.Named("Clusters"))
        {
            var path = $"{section.PathOf("Clusters")}:{node.Name}";
            if (before?.Path != Known.Path || !before.TryGet(node, out KnownCluster? cluster))
            {
                cluster = ClusterReader.Read(node, path, context);
            }

            // One with a mistake is read again, to name the mistake again.
            if (cluster.IsGood)
            {
                Known.Add(node, cluster);
            }

            Destinations(node, path, cluster.Config, functions.Contains(node.Name));
            clusters.Add(cluster.Config);
        }

        return clusters;
    }

    private void Destinations(ConfigurationNode node, string path, ClusterConfig cluster, bool isFunction)
    {
        var destinations = node.Find(nameof(ClusterConfig.Destinations));
        if (isFunction && destinations.HasContent())
        {
            context.Error($"{path}:{destinations!.Name}", destinations.Source, "the gateway makes the destinations of a function; remove them.");
        }
        else if (!isFunction && cluster.Destinations is not { Count: > 0 } && !destinations.HasContent())
        {
            context.Warn(path, node.Source, "no function of this name and no Destinations, so every request to it is answered 503; add some, e.g. { \"one\": { \"Address\": \"http://127.0.0.1:5000\" } }.");
        }
    }

    private List<RouteConfig> Routes(SectionReader section, HashSet<string> functions, HashSet<string> clusters)
    {
        var routes = new List<RouteConfig>();
        var taken = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var node in section.Named("Routes"))
        {
            var path = $"{section.PathOf("Routes")}:{node.Name}";
            if (before?.Path == Known.Path && before.TryGet(node, out KnownRoute? route))
            {
                context.References.AddRange(route.Policies);
            }
            else
            {
                route = RouteReader.Read(node, path, context);
            }

            Lead(route, functions, clusters);
            routes.Add(route.Config);
            if (route.IsGood)
            {
                Known.Add(node, route);
                Overlap(node, path, route, taken);
            }
        }

        return routes;
    }

    private void Lead(KnownRoute route, HashSet<string> functions, HashSet<string> clusters)
    {
        if (route.Config.ClusterId is not { Length: > 0 } cluster)
        {
            return;
        }

        if (functions.Contains(cluster))
        {
            if (!_hosts.TryGetValue(cluster, out var hosts))
            {
                _hosts.Add(cluster, hosts = new HashSet<string>(StringComparer.Ordinal));
            }

            hosts.UnionWith(route.Hosts);
        }
        else if (!clusters.Contains(cluster))
        {
            var near = Suggestion.For(cluster, functions.Concat(clusters));
            context.Error(route.ClusterPath, route.Source, $"{ReadContext.Quote(cluster)} is neither a function nor a cluster; {(near is null ? "add it under Gateway:Functions or ReverseProxy:Clusters." : $"did you mean '{near}'?")}");
        }
    }

    private void Overlap(ConfigurationNode node, string path, KnownRoute route, Dictionary<string, string> taken)
    {
        foreach (var key in route.Takes)
        {
            if (!taken.TryAdd(key, path) && taken[key] != path)
            {
                context.Error(path, node.Source, $"takes the same requests as {taken[key]}, and both have Order {route.Config.Order ?? 0}; give one of them another Order or Match.");
                return;
            }
        }
    }
}
