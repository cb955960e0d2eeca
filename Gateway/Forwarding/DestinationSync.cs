using Gateway.Activation;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Gateway.Forwarding;

/// <summary>
/// Keeps a function's cluster equal to its running instances. A reload of YARP's configuration for each wake would cost a
/// pass over every route and cluster, so the destinations of the one cluster are changed in place, as YARP's own tests do. In a reload
/// <see cref="FunctionClusters"/> gives the cluster the same destinations.
/// </summary>
/// <remarks>
/// YARP's state is resolved late, because what YARP's configuration manager gets must not depend on it, or the start would hang.
/// </remarks>
internal sealed class DestinationSync(IServiceProvider services) : IFunctionObserver, IConfigChangeListener
{
    private readonly Lazy<IProxyStateLookup> _lookup = new(services.GetRequiredService<IProxyStateLookup>);
    private readonly Lazy<IClusterDestinationsUpdater> _updater = new(services.GetRequiredService<IClusterDestinationsUpdater>);
    private readonly Lazy<FunctionRegistry> _registry = new(services.GetRequiredService<FunctionRegistry>);
    private readonly Lock _gate = new();
    private volatile bool _loaded;

    public void OnInstances(Function function)
    {
        // The name of a removed function, and with it the cluster, may belong to another one by now.
        if (_loaded && !(function.IsRetired && _registry.Value.TryGet(function.Name, out var owner) && owner != function)
            && _lookup.Value.TryGetCluster(function.Name, out var cluster))
        {
            Sync(function, cluster);
        }
    }

    // A function may have been woken after YARP read the configuration and before it applied it.
    public void ConfigurationApplied(IReadOnlyList<IProxyConfig> proxyConfigs)
    {
        _loaded = true;
        foreach (var function in _registry.Value.All)
        {
            OnInstances(function);
        }
    }

    public void ConfigurationLoaded(IReadOnlyList<IProxyConfig> proxyConfigs)
    {
    }

    public void ConfigurationLoadingFailed(IProxyConfigProvider configProvider, Exception exception)
    {
    }

    public void ConfigurationApplyingFailed(IReadOnlyList<IProxyConfig> proxyConfigs, Exception exception)
    {
    }

    /// <summary>Returns the destination to which YARP sends a request for an instance, even while the cluster does not list it.</summary>
    internal static DestinationState DestinationOf(FunctionInstance instance) =>
        (DestinationState)(instance.Destination ??= new DestinationState(
            instance.Id, new DestinationModel(new DestinationConfig { Address = FunctionClusters.Address(instance.Runtime!.Endpoint!) })));

    private void Sync(Function function, ClusterState cluster)
    {
        lock (_gate)
        {
            var running = function.Running;
            if (running.Count == 0 && cluster.Destinations.IsEmpty)
            {
                return;
            }

            foreach (var id in cluster.Destinations.Keys.Where(id => !running.Any(instance => instance.Id == id)).ToArray())
            {
                cluster.Destinations.TryRemove(id, out _);
            }

            foreach (var instance in running)
            {
                // A reload that was read before the instance rested may have listed where it was then.
                if (cluster.Destinations.TryGetValue(instance.Id, out var listed) && listed.Model.Config.Address != FunctionClusters.Address(instance.Runtime!.Endpoint!))
                {
                    cluster.Destinations.TryRemove(instance.Id, out _);
                }

                // A reload that was under way may have dropped the destination. The same object is added again, with what is known of its health.
                instance.Destination = cluster.Destinations.GetOrAdd(instance.Id, static (_, instance) => DestinationOf(instance), instance);
            }

            _updater.Value.UpdateAllDestinations(cluster);
        }
    }
}
