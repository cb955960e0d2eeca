using Gateway.Activation;
using Gateway.Configuration;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Gateway.Forwarding;

/// <summary>
/// Adds a first and a last transform to the user's transforms of each route. The first takes away what a client may not tell a function. By the last
/// the request goes out with the bytes of its target that came in, and a request for a function with the client's Host. For other clusters YARP's
/// default stays, which is the destination's address as the Host.
/// </summary>
internal sealed class FunctionTransforms(FunctionRegistry registry, InstanceProtocols protocols, ConfigurationMonitor configuration, RepeatedErrors errors, ILogger<FunctionTransforms> logger) : ITransformProvider
{
    private readonly KeepAwake _keepAwake = new(registry, errors, logger);
    private readonly OutgoingVersion _versions = new(protocols);
    private readonly ClientHeaders _headers = new(configuration);

    public void ValidateRoute(TransformRouteValidationContext context)
    {
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
    }

    public void Apply(TransformBuilderContext context)
    {
        var isFunction = context.Cluster?.ClusterId is { } cluster
            && (cluster is FunctionClusters.ListenRoute or FunctionClusters.WarmUpRoute || registry.TryGet(cluster, out _));
        if (isFunction && !context.RequestTransforms.Any(static transform => transform is RequestHeaderOriginalHostTransform))
        {
            context.AddOriginalHost();
        }

        context.RequestTransforms.Insert(0, _headers);
        context.ResponseTransforms.Insert(0, FunctionHeaders.Instance);
        if (isFunction)
        {
            context.ResponseTransforms.Insert(0, _keepAwake);
        }

        context.RequestTransforms.Add(new OutgoingRequest(
            isFunction ? _versions : null,
            keepsHost: isFunction && !context.RequestTransforms.Contains(RequestHeaderOriginalHostTransform.SuppressHost),
            mayChangeQuery: context.Route.Transforms is { Count: > 0 }));
    }
}
