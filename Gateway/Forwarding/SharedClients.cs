using Gateway.Activation;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Forwarding;

/// <summary>
/// Makes one client for all functions whose clusters have no settings of their own, instead of one for each. Its connections are pooled by
/// destination as well, and ten thousand functions at rest hold one handler. Clusters of the user's own may share a destination, and yet their
/// bytes are counted apart, so each of them has its client.
/// </summary>
internal sealed class SharedClients(FirstConnections first, FreshClients fresh, FunctionRegistry registry) : IForwarderHttpClientFactory
{
    /// <summary>The cluster of the client that is shared, which is the name of none.</summary>
    private const string Shared = FunctionClusters.ListenRoute;

    private readonly ForwarderClients _own = new(first, registry);
    private readonly ForwarderClients _unused = new(first, registry, reuse: false);
    private HttpMessageInvoker? _shared;

    /// <summary>Returns the client of a cluster. YARP calls it from one thread at a time, and never disposes of a client, because requests may still use it.</summary>
    public HttpMessageInvoker CreateClient(ForwarderHttpClientContext context) =>
        context.NewConfig == HttpClientConfig.Empty && !FunctionClusters.IsUsers(registry, context.ClusterId) ? _shared ??= Create(Like(context, Shared))
        // A reload may have made a cluster of the user's own of a function.
        : Create(context.OldClient is not null && context.OldClient == _shared ? Like(context, context.ClusterId) : context);

    private HttpMessageInvoker Create(ForwarderHttpClientContext context)
    {
        var client = _own.CreateClient(context);
        if (client != context.OldClient)
        {
            fresh.Add(client, () => _unused.CreateClient(Like(context, context.ClusterId)));
        }

        return client;
    }

    // YARP is not given the client of before, so it makes a new one.
    private static ForwarderHttpClientContext Like(ForwarderHttpClientContext context, string cluster) => new()
    {
        ClusterId = cluster,
        OldConfig = HttpClientConfig.Empty,
        NewConfig = context.NewConfig,
    };
}
