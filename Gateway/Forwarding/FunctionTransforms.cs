using Gateway.Activation;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Gateway.Forwarding;

/// <summary>
/// What is added to the user's transforms of each route, behind them: the request goes out with the bytes that came in, and
/// a function's with the client's Host. YARP's own default, the destination's address as the Host, stays for clusters that are no
/// function's.
/// </summary>
internal sealed class FunctionTransforms(FunctionRegistry registry, InstanceProtocols protocols) : ITransformProvider
{
    private readonly OutgoingVersion _versions = new(protocols);

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

        context.RequestTransforms.Add(new OutgoingRequest(
            isFunction ? _versions : null,
            keepsHost: isFunction && !context.RequestTransforms.Contains(RequestHeaderOriginalHostTransform.SuppressHost),
            mayChangeQuery: context.Route.Transforms is { Count: > 0 }));
    }
}
