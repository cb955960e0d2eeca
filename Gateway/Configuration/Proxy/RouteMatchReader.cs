using System.Buffers;
using System.Globalization;
using Gateway.Configuration.Schema;
using Yarp.ReverseProxy.Configuration;

namespace Gateway.Configuration.Proxy;

/// <summary>Reads a route's <c>Match</c>.</summary>
internal static class RouteMatchReader
{
    private const string Key = nameof(RouteConfig.Match);

    /// <summary>The methods that YARP accepts in a route.</summary>
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

    private static readonly TextFormat s_host = new(@"^(?:\*|(?:\*\.)?[^ *:/\[\]]+)(?::(?:\*|[0-9]+))?$", "hello.example", "*.hello.example");

    private static readonly IdnMapping Idn = new();
    private static readonly SearchValues<char> NeverInAName = SearchValues.Create(" *:/[]");

    /// <summary>Reads the section.</summary>
    /// <param name="route">The section of the route.</param>
    /// <param name="hosts">The route's host names as a ClientHello has them.</param>
    public static RouteMatch Read(SectionReader route, out IReadOnlyList<string> hosts)
    {
        var section = route.Section(Key);
        var names = new HashSet<string>(StringComparer.Ordinal);
        var match = new RouteMatch
        {
            Path = Path(section),
            Hosts = Hosts(section, names),
            Methods = AllMethods(section),
            Headers = Headers(section),
            QueryParameters = QueryParameters(section),
        };
        hosts = [.. names];
        var matchesAny = section.HasNeededContent(nameof(RouteMatch.Path), nameof(RouteMatch.Hosts));
        if (!route.HasNeeded(Key) || !matchesAny)
        {
            route.Error(Key, "neither Hosts nor Path; write e.g. { \"Hosts\": [\"hello.example\"] }, or for all requests { \"Path\": \"/{**catchall}\" }.");
        }

        section.End();
        return match;
    }

    private static string? Path(SectionReader section)
    {
        var path = section.Text(nameof(RouteMatch.Path));
        if (path is { Length: > 0 } && ProxyRules.Shared.JudgePath(path) is { } error)
        {
            section.Error(nameof(RouteMatch.Path), $"{ReadContext.Quote(path)} is not a path to match: {error}");
        }

        return path;
    }

    private static List<string>? Hosts(SectionReader section, HashSet<string> names)
    {
        var items = section.List(nameof(RouteMatch.Hosts), s_host);
        foreach (var item in items)
        {
            if (!TryServerName(item.Value, out var host))
            {
                section.Error(item, $"{ReadContext.Quote(item.Value)} is not a host name; write e.g. \"hello.example\", \"*.hello.example\" or \"hello.example:8443\".");
            }
            else if (host.Contains("xn--", StringComparison.Ordinal) && item.Value.Contains("xn--", StringComparison.OrdinalIgnoreCase))
            {
                section.Error(item, $"{ReadContext.Quote(item.Value)} is written in punycode, as clients send it; write the name in its own letters.");
            }
            else if (host.Length > 0)
            {
                // An empty name stands for "*", which matches every host and so does not tell functions apart.
                names.Add(host);
            }
        }

        return items.Count == 0 ? null : [.. items.Select(item => item.Value)];
    }

    private static List<string>? AllMethods(SectionReader section)
    {
        var seen = new List<string>();
        foreach (var item in section.List(nameof(RouteMatch.Methods), Methods))
        {
            if (seen.Contains(item.Value, StringComparer.OrdinalIgnoreCase))
            {
                section.Error(item, $"{ReadContext.Quote(item.Value)} is there already; name each method once.");
            }
            else if (!Methods.Contains(item.Value, StringComparer.OrdinalIgnoreCase))
            {
                section.Error(item, $"{ReadContext.Quote(item.Value)} is not one of {string.Join(", ", Methods)}{(Suggestion.For(item.Value, Methods) is { } near ? $"; did you mean '{near}'?" : ".")}");
            }

            seen.Add(item.Value);
        }

        return seen.Count == 0 ? null : seen;
    }

    private static RouteHeader[]? Headers(SectionReader section)
    {
        var headers = section.Objects(nameof(RouteMatch.Headers)).Select(item =>
        {
            var mode = item.Word<HeaderMatchMode>(nameof(RouteHeader.Mode)) ?? HeaderMatchMode.ExactHeader;
            var header = new RouteHeader
            {
                Name = Name(item),
                Mode = mode,
                Values = ValuesOf(item, mode.ToString(), mode is not (HeaderMatchMode.Exists or HeaderMatchMode.NotExists)),
                IsCaseSensitive = item.Flag(nameof(RouteHeader.IsCaseSensitive)) ?? false,
            };
            item.End();
            return header;
        }).ToArray();
        return headers.Length == 0 ? null : headers;
    }

    private static RouteQueryParameter[]? QueryParameters(SectionReader section)
    {
        var parameters = section.Objects(nameof(RouteMatch.QueryParameters)).Select(item =>
        {
            var mode = item.Word<QueryParameterMatchMode>(nameof(RouteQueryParameter.Mode)) ?? QueryParameterMatchMode.Exact;
            var parameter = new RouteQueryParameter
            {
                Name = Name(item),
                Mode = mode,
                Values = ValuesOf(item, mode.ToString(), mode is not QueryParameterMatchMode.Exists),
                IsCaseSensitive = item.Flag(nameof(RouteQueryParameter.IsCaseSensitive)) ?? false,
            };
            item.End();
            return parameter;
        }).ToArray();
        return parameters.Length == 0 ? null : parameters;
    }

    private static string Name(SectionReader item)
    {
        var name = item.Text("Name");
        if (!item.HasNeededContent("Name"))
        {
            item.Error("no Name; write what it is called.");
        }

        return name ?? "";
    }

    private static List<string>? ValuesOf(SectionReader item, string mode, bool needed)
    {
        const string Values = "Values";
        var values = item.List(Values);
        foreach (var empty in values.Where(value => value.Value.Length == 0))
        {
            item.Error(empty, "an empty text matches nothing; remove it.");
        }

        if (needed && values.Count == 0 && !item.HasContent(Values))
        {
            item.Error($"no Values, which Mode '{mode}' compares with; write some, or use Mode 'Exists'.");
        }
        else if (!needed && values.Count > 0)
        {
            item.Error(Values, $"Mode '{mode}' compares with no values; remove them, or use another Mode.");
        }

        return values.Count == 0 ? null : [.. values.Select(value => value.Value)];
    }

    /// <summary>Makes a route's host into the name that a ClientHello has, and returns false if it is not a host.</summary>
    /// <param name="text">The host, which may have a port and a wildcard.</param>
    /// <param name="host">The name without port, in lower case and in ASCII (RFC 6066, section 3). It is empty for any host (<c>*</c>).</param>
    internal static bool TryServerName(string text, out string host)
    {
        host = text;
        // ASP.NET Core's routing splits a host at its colons, so a host cannot be an IPv6 address.
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon >= 0)
        {
            host = text[..colon];
            if (text[(colon + 1)..] is var port && port != "*" && !(int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= ushort.MaxValue))
            {
                return false;
            }
        }

        var wildcard = host.StartsWith("*.", StringComparison.Ordinal) ? "*." : "";
        host = host[wildcard.Length..];
        if (host == "*" && wildcard.Length == 0)
        {
            host = "";
            return true;
        }

        try
        {
            host = wildcard + Idn.GetAscii(host).ToLowerInvariant();
            return !host.AsSpan(wildcard.Length).ContainsAny(NeverInAName);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
