using System.Globalization;

namespace Gateway.Configuration;

/// <summary>
/// Reads of YARP's <c>ReverseProxy</c> section what the gateway needs: which routes lead to which function, and by
/// which host names. The rest is YARP's to judge.
/// </summary>
internal sealed class RoutesReader(ConfigurationNode? reverseProxy, ReadContext context)
{
    private const string Path = "ReverseProxy";
    private static readonly IdnMapping Idn = new();
    private readonly Dictionary<string, HashSet<string>> _hosts = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="functions">Names of the functions, right or wrong in themselves.</param>
    /// <returns>For each function that a route leads to: the hosts of its routes, none if they have none.</returns>
    public IReadOnlyDictionary<string, HashSet<string>> Read(IReadOnlyCollection<string> functions)
    {
        var clusters = reverseProxy?.Find("Clusters");
        var known = new HashSet<string>(functions, StringComparer.OrdinalIgnoreCase);
        foreach (var cluster in clusters?.Children ?? [])
        {
            if (known.Contains(cluster.Name) && cluster.Find("Destinations") is { } destinations && destinations.HasContent())
            {
                context.Error($"{Path}:Clusters:{cluster.Name}:{destinations.Name}", destinations.Source, "the gateway makes the destinations of a function; remove them.");
            }
        }

        foreach (var route in reverseProxy?.Find("Routes")?.Children ?? [])
        {
            Route(route, known, clusters);
        }

        return _hosts;
    }

    private void Route(ConfigurationNode route, HashSet<string> functions, ConfigurationNode? clusters)
    {
        // A list of routes is YARP's as well: its items then have a RouteId.
        if (route.Find("ClusterId") is not { Value: { Length: > 0 } cluster } node)
        {
            return;
        }

        var path = $"{Path}:Routes:{route.Name}";
        if (functions.Contains(cluster))
        {
            if (!_hosts.TryGetValue(cluster, out var hosts))
            {
                _hosts.Add(cluster, hosts = new HashSet<string>(StringComparer.Ordinal));
            }

            Hosts(route.Find("Match")?.Find("Hosts"), $"{path}:Match:Hosts", hosts);
        }
        else if (clusters?.Find(cluster) is null)
        {
            var near = Suggestion.For(cluster, functions.Concat(clusters?.Children.Select(child => child.Name) ?? []));
            context.Error($"{path}:{node.Name}", node.Source, $"{ReadContext.Quote(cluster)} is neither a function nor a cluster; {(near is null ? "add it under Gateway:Functions or ReverseProxy:Clusters." : $"did you mean '{near}'?")}");
        }
    }

    private void Hosts(ConfigurationNode? list, string path, HashSet<string> hosts)
    {
        foreach (var item in list?.Children ?? [])
        {
            if (item.Value is not { Length: > 0 } text)
            {
                continue;
            }

            if (TryServerName(text, out var host))
            {
                // "*" alone matches every host, so it is no name to tell functions apart by.
                if (host.Length > 0)
                {
                    hosts.Add(host);
                }
            }
            else
            {
                context.Error($"{path}:{item.Name}", item.Source, $"{ReadContext.Quote(text)} is not a host name; write e.g. \"hello.example\" or \"*.hello.example\".");
            }
        }
    }

    /// <summary>The name as a ClientHello carries it: without port, in lower case, in ASCII (RFC 6066, section 3).</summary>
    internal static bool TryServerName(string text, out string host)
    {
        var colon = text.LastIndexOf(':');
        host = colon >= 0 && !text.EndsWith(']') ? text[..colon] : text;
        var wildcard = host.StartsWith("*.", StringComparison.Ordinal) ? "*." : "";
        host = host[wildcard.Length..];
        if (host.Length == 0 || host == "*" || host.StartsWith('['))
        {
            // Any host on one port, or an IPv6 address, which is never sent as a server name.
            host = "";
            return wildcard.Length == 0;
        }

        try
        {
            host = wildcard + Idn.GetAscii(host).ToLowerInvariant();
            return !host.AsSpan(wildcard.Length).ContainsAny(" *:/");
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
