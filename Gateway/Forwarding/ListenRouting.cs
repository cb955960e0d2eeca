using System.Collections.Frozen;
using Gateway.Listening;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Model;

namespace Gateway.Forwarding;

/// <summary>
/// Routes requests on a function's Listen address to that function, whatever their Host, before ASP.NET Core's routing. Such a request gets the
/// function's own route, if it has settings for one, or the route of all other functions, for which the hold finds the cluster.
/// </summary>
internal sealed class ListenRouting(RequestDelegate next, EndpointDataSource endpoints, IWarmUpGate warmUp)
{
    private volatile Cached? _cached;

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<Listener>()?.Function is { } function && !IsWarmUp(context))
        {
            var cached = Endpoints();
            context.SetEndpoint(cached.Own.Count > 0 && cached.Own.TryGetValue(function.Name, out var own) ? own : cached.Shared);
        }

        return next(context);
    }

    private bool IsWarmUp(HttpContext context) =>
        warmUp.Function is not null && context.Request.Host.Host == FunctionClusters.WarmUpHost;

    // YARP makes new endpoints on a reload.
    private Cached Endpoints()
    {
        var cached = _cached;
        if (cached is null || cached.Changed.HasChanged)
        {
            var changed = endpoints.GetChangeToken();
            Endpoint? shared = null;
            var own = new Dictionary<string, Endpoint>(StringComparer.OrdinalIgnoreCase);
            foreach (var endpoint in endpoints.Endpoints)
            {
                if (endpoint.Metadata.GetMetadata<RouteModel>()?.Config is not { } route)
                {
                    continue;
                }

                if (route.RouteId == FunctionClusters.ListenRoute)
                {
                    shared = endpoint;
                }
                else if (route.ClusterId is { } function && route.RouteId == FunctionClusters.OwnRoute(function))
                {
                    own.Add(function, endpoint);
                }
            }

            _cached = cached = new Cached(shared!, own.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase), changed);
        }

        return cached;
    }

    private sealed record Cached(Endpoint Shared, FrozenDictionary<string, Endpoint> Own, IChangeToken Changed);
}
