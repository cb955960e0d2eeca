using Gateway.Configuration.Proxy;
using Gateway.Configuration.Schema;

namespace Gateway.Configuration;

/// <summary>Reads what only addresses have at which bytes are passed on (<c>tcp</c> and <c>tls</c>), and refuses what has no effect on a function with such addresses.</summary>
internal static class BytesReader
{
    /// <summary>RFC 1035, section 2.3.4, without the two bytes of the root.</summary>
    private const int LongestName = 253;

    // What a function does with requests of HTTP, of which it gets none.
    private static readonly string[] s_ofRequests = ["Route", "Protocol", "Hold:Page", "Async", "Idle:Ignore", "Idle:KeepAliveTier"];

    private static readonly TextFormat s_name = new(@"^(?:\*\.)?[A-Za-z0-9._\-]+$", "db.example", "*.db.example");

    /// <summary>Reads the server names.</summary>
    public static IReadOnlyList<string> Sni(SectionReader section)
    {
        var names = new List<string>();
        foreach (var item in section.List("Sni", s_name))
        {
            var name = item.Value.ToLowerInvariant();
            var host = name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name;
            if (name.Length > LongestName || host.Length == 0 || !host.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_') || host.StartsWith('.') || host.EndsWith('.'))
            {
                section.Error(item, $"{ReadContext.Quote(item.Value)} is not a server name; write e.g. \"db.example\" or \"*.db.example\".");
            }
            else if (names.Contains(name))
            {
                section.Error(item, $"'{name}' is there already; write each name once.");
            }

            names.Add(name);
        }

        return names;
    }

    /// <summary>Notes an error for each key of one function that has no effect at its addresses.</summary>
    public static void Check(SectionReader section, FunctionOptions function)
    {
        if (function.Sni.Count > 0 && !function.Listen.Any(static address => address.IsTls))
        {
            section.Error("Sni", "holds for tls addresses, and Listen has none; add one, e.g. \"tls://*:443\". Names for HTTP belong in a route's Match:Hosts.");
        }

        if (!function.IsBytes)
        {
            if (function.SendProxyProtocol)
            {
                section.Error("SendProxyProtocol", "holds for tcp and tls addresses, and Listen has none; requests of HTTP have X-Forwarded-For.");
            }

            return;
        }

        if (function.Listen.FirstOrDefault(static address => !address.IsBytes) is { } http)
        {
            section.Error("Listen", $"{function.Listen.First(static address => address.IsBytes)} passes bytes on, and {http} speaks HTTP; one function has one of the two, so make another function of it.");
        }

        foreach (var key in s_ofRequests)
        {
            var (parent, child) = key.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? (key[..colon], key[(colon + 1)..]) : ("", key);
            if (parent.Length == 0 ? section.HasContent(child) : section.Section(parent).HasContent(child))
            {
                section.Error(key, $"is about requests of HTTP, and at {function.Listen[0]} bytes are passed on; remove it.");
            }
        }
    }

    /// <summary>Notes an error for each route to a function that gets no requests, and for each server name that two functions have at one address.</summary>
    /// <param name="functions">All functions.</param>
    /// <param name="proxy">The routes.</param>
    /// <param name="path">The path of the functions.</param>
    /// <param name="context">Takes the errors.</param>
    public static void CheckAll(IReadOnlyList<FunctionOptions> functions, ProxyOptions proxy, string path, ReadContext context)
    {
        var bytes = functions.Where(static function => function.IsBytes).ToDictionary(static function => function.Name, StringComparer.OrdinalIgnoreCase);
        if (bytes.Count == 0)
        {
            return;
        }

        foreach (var route in proxy.Routes.Where(route => route.ClusterId is { } cluster && bytes.ContainsKey(cluster)))
        {
            context.Error($"ReverseProxy:Routes:{route.RouteId}:ClusterId", ConfigurationError.AnySource, $"'{route.ClusterId}' gets no requests, because bytes are passed on at {bytes[route.ClusterId!].Listen[0]}; make another function for HTTP.");
        }

        foreach (var cluster in proxy.Clusters.Where(cluster => bytes.ContainsKey(cluster.ClusterId)))
        {
            context.Error($"ReverseProxy:Clusters:{cluster.ClusterId}", ConfigurationError.AnySource, $"is about requests of HTTP, and at {bytes[cluster.ClusterId].Listen[0]} bytes are passed on; remove it.");
        }

        foreach (var function in functions.Where(static function => function.Split.Count > 0))
        {
            foreach (var version in function.Split.Select(share => functions.FirstOrDefault(other => other.Name.Equals(share.Function, StringComparison.OrdinalIgnoreCase))).OfType<FunctionOptions>())
            {
                if (version.Listen.Count > 0 ? version.IsBytes != function.IsBytes : function.IsBytes && IsOfRequests(version))
                {
                    context.Error($"{path}:{function.Name}:Split", ConfigurationError.AnySource, $"{version.Name} is for {(function.IsBytes ? "requests of HTTP" : "bytes")}, and {function.Name} for {(function.IsBytes ? "bytes" : "requests of HTTP")}; a version is for the same.");
                }
            }
        }

        var names = new Dictionary<(ListenAddress, string), string>();
        foreach (var function in bytes.Values)
        {
            if (function.NamedListen.FirstOrDefault() is not { } first)
            {
                continue;
            }

            foreach (var name in function.Sni)
            {
                var others = function.NamedListen.Select(address => names.TryAdd((address, name), function.Name) ? null : names[(address, name)]).OfType<string>();
                if (others.FirstOrDefault() is { } other && other != function.Name)
                {
                    context.Error($"{path}:{function.Name}:Sni", ConfigurationError.AnySource, $"'{name}' is a name of {other} too, at the same address ({first}); give it to one of the two.");
                }
            }
        }
    }

    private static bool IsOfRequests(FunctionOptions function) =>
        function.Route is not null || function.Protocol is not null || function.Async is not null || function.Hold.Page is not null || function.Idle.Ignore is not null;
}
