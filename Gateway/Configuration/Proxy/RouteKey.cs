using System.Text;
using Microsoft.AspNetCore.Routing.Patterns;
using Yarp.ReverseProxy.Configuration;

namespace Gateway.Configuration.Proxy;

/// <summary>
/// Describes the requests that a route takes as texts. Routing cannot choose between two routes that take the same requests and have the same Order,
/// and throws an exception for each such request.
/// </summary>
internal static class RouteKey
{
    private static readonly string[] Any = ["*"];

    /// <summary>Describes a route.</summary>
    /// <returns>Returns a text for each host and method.</returns>
    public static IEnumerable<string> Of(RouteConfig route)
    {
        var match = route.Match;
        var rest = new StringBuilder().Append(route.Order ?? 0).Append('\n');
        Path(string.IsNullOrEmpty(match.Path) ? "/{**catchall}" : match.Path, rest);
        foreach (var header in (match.Headers ?? []).OrderBy(header => header.Name, StringComparer.OrdinalIgnoreCase))
        {
            Matcher("h", header.Name.ToLowerInvariant(), header.Mode.ToString(), header.IsCaseSensitive, header.Values, rest);
        }

        foreach (var parameter in (match.QueryParameters ?? []).OrderBy(parameter => parameter.Name, StringComparer.OrdinalIgnoreCase))
        {
            Matcher("q", parameter.Name.ToLowerInvariant(), parameter.Mode.ToString(), parameter.IsCaseSensitive, parameter.Values, rest);
        }

        return from host in match.Hosts is { Count: > 0 } hosts ? hosts.Select(Host).Distinct(StringComparer.Ordinal) : Any
               from method in match.Methods is { Count: > 0 } methods ? methods.Select(method => method.ToUpperInvariant()) : Any
               select $"{method} {host}\n{rest}";
    }

    // To routing "a:*" is the same as "a".
    private static string Host(string host) => (host.EndsWith(":*", StringComparison.Ordinal) ? host[..^2] : host).ToLowerInvariant();

    // The names of parameters are left out, because they do not change what is matched.
    private static void Path(string path, StringBuilder key)
    {
        foreach (var segment in RoutePatternFactory.Parse(path).PathSegments)
        {
            key.Append('/');
            foreach (var part in segment.Parts)
            {
                _ = part switch
                {
                    RoutePatternLiteralPart literal => key.Append(literal.Content.ToLowerInvariant()),
                    RoutePatternSeparatorPart separator => key.Append(separator.Content),
                    RoutePatternParameterPart parameter => Parameter(parameter, key),
                    _ => key,
                };
            }
        }
    }

    private static StringBuilder Parameter(RoutePatternParameterPart parameter, StringBuilder key)
    {
        key.Append(parameter.IsCatchAll ? "{**" : "{");
        foreach (var policy in parameter.ParameterPolicies)
        {
            key.Append(':').Append(policy.Content);
        }

        return key.Append('}');
    }

    private static void Matcher(string kind, string name, string mode, bool caseSensitive, IReadOnlyList<string>? values, StringBuilder key)
    {
        key.Append('\n').Append(kind).Append(name).Append('\t').Append(mode).Append('\t').Append(caseSensitive);
        foreach (var value in (values ?? []).Order(StringComparer.Ordinal))
        {
            key.Append('\t').Append(value);
        }
    }
}
