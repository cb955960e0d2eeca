using Gateway.Configuration.Policies;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Gateway.Forwarding.Policies;

/// <summary>
/// Gives endpoints the rate limits and cache policies that their routes name. YARP and the framework read the names of these
/// two only once, when the endpoints are made. So the names are kept beside YARP's, and each request finds what they mean at that time.
/// </summary>
internal sealed class PolicyRoutes(PolicySource policies, RequestLimits limits) : IProxyConfigFilter, ITransformProvider
{
    private const string RateLimiter = "Headstart.RateLimiterPolicy";
    private const string OutputCache = "Headstart.OutputCachePolicy";

    public ValueTask<ClusterConfig> ConfigureClusterAsync(ClusterConfig cluster, CancellationToken cancel) => new(cluster);

    public ValueTask<RouteConfig> ConfigureRouteAsync(RouteConfig route, ClusterConfig? cluster, CancellationToken cancel)
    {
        var limit = route.RateLimiterPolicy is { Length: > 0 } name && !PoliciesReader.Reserved.Contains(name, StringComparer.OrdinalIgnoreCase) ? name : null;
        var cache = route.OutputCachePolicy is { Length: > 0 } kept ? kept : null;
        if (limit is null && cache is null)
        {
            return new(route);
        }

        var metadata = new Dictionary<string, string>(route.Metadata ?? new Dictionary<string, string>(), StringComparer.OrdinalIgnoreCase);
        if (limit is not null)
        {
            metadata[RateLimiter] = limit;
        }

        if (cache is not null)
        {
            metadata[OutputCache] = cache;
        }

        return new(route with { RateLimiterPolicy = limit is null ? route.RateLimiterPolicy : null, OutputCachePolicy = null, Metadata = metadata });
    }

    /// <summary>Configures an endpoint; it is one of YARP's endpoint conventions.</summary>
    public void Configure(IEndpointConventionBuilder endpoint, RouteConfig route)
    {
        if (Named(route, RateLimiter) is { } limit)
        {
            endpoint.RequireRateLimiting(limits.For(limit));
        }

        if (Named(route, OutputCache) is { } cache)
        {
            endpoint.CacheOutput(new NamedCachePolicy(policies, cache, route.RouteId));
        }
    }

    public void ValidateRoute(TransformRouteValidationContext context)
    {
        // The names were validated when the configuration was read.
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
        // Clusters do not name policies.
    }

    /// <summary>Between the headers and the body of an answer the cache finds out whether it may store it.</summary>
    public void Apply(TransformBuilderContext context)
    {
        if (Named(context.Route, OutputCache) is not null)
        {
            context.ResponseTransforms.Add(new JudgeTransform());
        }
    }

    private static string? Named(RouteConfig route, string key) => route.Metadata?.GetValueOrDefault(key);

    private sealed class JudgeTransform : Yarp.ReverseProxy.Transforms.ResponseTransform
    {
        public override ValueTask ApplyAsync(Yarp.ReverseProxy.Transforms.ResponseTransformContext context)
        {
            context.HttpContext.Features.Get<CachedRequest>()?.Judge();
            return default;
        }
    }
}
