using Gateway.Activation;
using Gateway.Telemetry;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Configuration;

namespace Gateway.Forwarding.Reports;

/// <summary>Lets the user's own clusters have metrics of requests for as long as they exist. Functions see to that themselves.</summary>
internal sealed class ClusterSeries(FunctionRegistry registry, GatewayMetrics metrics) : IConfigChangeListener
{
    private readonly Lock _gate = new();
    private HashSet<string> _known = new(StringComparer.Ordinal);

    public void ConfigurationApplied(IReadOnlyList<IProxyConfig> proxyConfigs)
    {
        lock (_gate)
        {
            var clusters = proxyConfigs.SelectMany(config => config.Clusters).Select(cluster => cluster.ClusterId)
                .Where(id => FunctionClusters.IsUsers(registry, id)).ToHashSet(StringComparer.Ordinal);
            foreach (var added in clusters.Except(_known))
            {
                metrics.Enter(added);
            }

            foreach (var removed in _known.Except(clusters))
            {
                metrics.Leave(removed);
            }

            _known = clusters;
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
}
