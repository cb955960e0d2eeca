using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Model;

namespace Gateway.Forwarding;

/// <summary>
/// Before routing: a request on a function's Listen address goes to that function whatever its Host. It is given the
/// one route made for this, and the hold picks the function's cluster.
/// </summary>
public sealed class ListenRouting(RequestDelegate next, EndpointDataSource endpoints, WarmUp warmUp)
{
    private volatile Cached? _cached;

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<Listener>()?.Function is not null && !IsWarmUp(context))
        {
            context.SetEndpoint(ListenEndpoint());
        }

        return next(context);
    }

    private bool IsWarmUp(HttpContext context) =>
        warmUp.Function is not null && context.Request.Host.Host == FunctionClusters.WarmUpHost;

    // YARP makes its endpoints anew on a reload.
    private Endpoint ListenEndpoint()
    {
        var cached = _cached;
        if (cached is null || cached.Changed.HasChanged)
        {
            var changed = endpoints.GetChangeToken();
            var endpoint = endpoints.Endpoints.First(endpoint => endpoint.Metadata.GetMetadata<RouteModel>()?.Config.RouteId == FunctionClusters.ListenRoute);
            _cached = cached = new Cached(endpoint, changed);
        }

        return cached.Endpoint;
    }

    private sealed record Cached(Endpoint Endpoint, Microsoft.Extensions.Primitives.IChangeToken Changed);
}
