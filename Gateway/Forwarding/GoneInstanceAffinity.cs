using Gateway.Activation;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Yarp.ReverseProxy.Model;
using Yarp.ReverseProxy.SessionAffinity;

namespace Gateway.Forwarding;

/// <summary>
/// Replaces YARP's <c>Return503Error</c>, which refuses a session whose destination is not available. A function's instances come and go as
/// they rest, so a session with an instance that is gone may go to any other one. A session with an instance that the user's health checks
/// exclude is refused, as the user wished.
/// </summary>
internal sealed class GoneInstanceAffinity(FunctionRegistry registry, IServiceProvider services) : IAffinityFailurePolicy
{
    private readonly Lazy<ISessionAffinityPolicy[]> _policies = new(() => [.. services.GetServices<ISessionAffinityPolicy>()]);

    public string Name => "Return503Error";

    /// <summary>Registers the policy in the place of YARP's own, which is internal, because names must be unique.</summary>
    public static void Register(IServiceCollection services)
    {
        foreach (var own in services.Where(service => service.ServiceType == typeof(IAffinityFailurePolicy) && service.ImplementationType?.Name == "Return503ErrorAffinityFailurePolicy").ToArray())
        {
            services.Remove(own);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IAffinityFailurePolicy, GoneInstanceAffinity>());
    }

    public async Task<bool> Handle(HttpContext context, ClusterState cluster, AffinityStatus affinityStatus)
    {
        var model = context.GetReverseProxyFeature().Cluster.Config;
        var isFunction = registry.TryGet(model.ClusterId, out _);
        if (isFunction && !await IsThereAsync(context, cluster))
        {
            return true;
        }

        await Problem.UnhealthyAsync(context);
        return false;
    }

    private async Task<bool> IsThereAsync(HttpContext context, ClusterState cluster)
    {
        var proxy = context.GetReverseProxyFeature();
        var config = proxy.Cluster.Config.SessionAffinity!;
        var policy = _policies.Value.FirstOrDefault(policy => string.Equals(policy.Name, config.Policy ?? "HashCookie", StringComparison.OrdinalIgnoreCase));
        var found = policy is null ? null : (AffinityResult?)await policy.FindAffinitizedDestinationsAsync(context, cluster, config, proxy.AllDestinations, CancellationToken.None);
        return found is { Status: AffinityStatus.OK };
    }
}
