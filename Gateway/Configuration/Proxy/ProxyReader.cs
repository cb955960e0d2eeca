using Yarp.ReverseProxy.Configuration;

namespace Gateway.Configuration.Proxy;

/// <summary>
/// Reads all of the user's <c>ReverseProxy</c> section. YARP gets only what was read and judged here, so that it has nothing to refuse.
/// </summary>
/// <param name="root">The root of the configuration.</param>
/// <param name="context">Takes errors, warnings and the policies that routes name.</param>
/// <param name="before">What an earlier pass read, or null.</param>
internal sealed class ProxyReader(ConfigurationNode root, ReadContext context, KnownProxy? before)
{
    public const string Section = "ReverseProxy";

    private readonly Dictionary<string, HashSet<string>> _hosts = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The routes and clusters in which <see cref="Read"/> found no mistake, for the next pass.</summary>
    public KnownProxy Known { get; private set; } = new() { Path = "" };

    /// <summary>The hosts of the routes that lead to a function, by its name. A function is in it even if its routes have no hosts.</summary>
    public IReadOnlyDictionary<string, HashSet<string>> Hosts => _hosts;

    /// <summary>Reads the section.</summary>
    /// <param name="functions">The names of all functions, even of those that have a mistake.</param>
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

            // A cluster with a mistake is read again by the next pass, so that the mistake is reported again.
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

    /// <summary>Notes an error if a route leads neither to a function nor to a cluster. Of a function it remembers the route's hosts.</summary>
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

    /// <summary>Notes an error if another route takes the same requests.</summary>
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
