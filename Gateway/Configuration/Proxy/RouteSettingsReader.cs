using System.Globalization;
using Yarp.ReverseProxy.Configuration;

namespace Gateway.Configuration.Proxy;

/// <summary>
/// Reads what happens to the requests of a route: transforms, timeouts and policies. <c>ReverseProxy:Routes:NAME</c> and a function's <c>Route</c>
/// have the same keys for it.
/// </summary>
internal static class RouteSettingsReader
{
    /// <summary>Reads the settings of a route.</summary>
    /// <param name="section">The section that has the keys. The caller reads the others that it knows, and calls <see cref="SectionReader.End"/>.</param>
    /// <param name="route">The route without its settings.</param>
    /// <param name="context">Takes errors, and the policies that are named, which are looked up at the end of the pass.</param>
    /// <returns>Returns the route with its settings, which is meaningful only if no error was noted.</returns>
    public static RouteConfig Read(SectionReader section, RouteConfig route, ReadContext context)
    {
        // -1 means no limit.
        var largestBody = section.Long(nameof(RouteConfig.MaxRequestBodySize), -1, long.MaxValue);
        var settings = route with
        {
            AuthorizationPolicy = Policy(section, PolicyKind.Authorization, nameof(RouteConfig.AuthorizationPolicy), context),
            CorsPolicy = Policy(section, PolicyKind.Cors, nameof(RouteConfig.CorsPolicy), context),
            RateLimiterPolicy = Policy(section, PolicyKind.RateLimiter, nameof(RouteConfig.RateLimiterPolicy), context),
            OutputCachePolicy = Policy(section, PolicyKind.OutputCache, nameof(RouteConfig.OutputCachePolicy), context),
            TimeoutPolicy = Policy(section, PolicyKind.Timeout, nameof(RouteConfig.TimeoutPolicy), context),
            Timeout = section.Timer(nameof(RouteConfig.Timeout)),
            MaxRequestBodySize = largestBody,
            Metadata = Distinct(section.Metadata(nameof(RouteConfig.Metadata)), largestBody),
            Transforms = TransformsReader.Read(section, context),
        };
        if (settings.TimeoutPolicy is not null && section.Has(nameof(RouteConfig.Timeout)))
        {
            section.Error(nameof(RouteConfig.Timeout), "there is a TimeoutPolicy too; remove one of the two.");
        }

        return settings;
    }

    // YARP 2.3 does not compare MaxRequestBodySize, so a reload that changes nothing else of a route would have no effect without this entry.
    private static IReadOnlyDictionary<string, string>? Distinct(IReadOnlyDictionary<string, string>? metadata, long? largestBody) =>
        largestBody is not { } size ? metadata : new Dictionary<string, string>(metadata ?? new Dictionary<string, string>(), StringComparer.OrdinalIgnoreCase)
        {
            [$"headstart.{nameof(RouteConfig.MaxRequestBodySize)}"] = size.ToString(CultureInfo.InvariantCulture),
        };

    private static string? Policy(SectionReader section, PolicyKind kind, string key, ReadContext context)
    {
        if (section.Text(key) is not { Length: > 0 } name)
        {
            return null;
        }

        context.References.Add(new PolicyReference(kind, name, section.PathOf(key), section.SourceOf(key)));
        return name;
    }
}
