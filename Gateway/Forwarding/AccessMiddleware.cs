using Gateway.Activation;
using Gateway.Listening;
using Yarp.ReverseProxy.Model;

namespace Gateway.Forwarding;

/// <summary>
/// Answers 403 to requests of sources that the access lists deny, once routing knows what the request is for and before anything else serves it, the output cache too. On
/// a function's own address such a source has no connection, unless the list has changed meanwhile.
/// </summary>
internal sealed class AccessMiddleware(RequestDelegate next, FunctionRegistry registry, AccessLists access)
{
    public Task InvokeAsync(HttpContext context) =>
        !access.Any || context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>() is not { } route || route.Config.RouteId == FunctionClusters.WarmUpRoute || Permits(context, route)
            ? next(context)
            : Problem.DeniedAsync(context);

    private bool Permits(HttpContext context, RouteModel route)
    {
        var function = context.Features.Get<Listener>()?.Function ?? (route.Config.ClusterId is { } cluster && registry.TryGet(cluster, out var named) ? named : null);
        return access.Permit(context.Features.Get<ClientConnection>()?.Source, function);
    }
}
