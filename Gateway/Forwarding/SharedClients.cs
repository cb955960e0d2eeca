using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Forwarding;

/// <summary>
/// Makes one client for all clusters without settings of their own, instead of one for each. Its connections are pooled by
/// destination as well, and ten thousand functions at rest hold one handler.
/// </summary>
internal sealed class SharedClients(FirstConnections first, FreshClients fresh) : IForwarderHttpClientFactory
{
    private readonly ForwarderClients _own = new(first);
    private readonly ForwarderClients _unused = new(first, reuse: false);
    private HttpMessageInvoker? _shared;

    /// <summary>Returns the client of a cluster. YARP calls it from one thread at a time, and never disposes of a client, because requests may still use it.</summary>
    public HttpMessageInvoker CreateClient(ForwarderHttpClientContext context) =>
        context.NewConfig == HttpClientConfig.Empty ? _shared ??= Create(Like(context)) : Create(context);

    private HttpMessageInvoker Create(ForwarderHttpClientContext context)
    {
        var client = _own.CreateClient(context);
        if (client != context.OldClient)
        {
            fresh.Add(client, () => _unused.CreateClient(Like(context)));
        }

        return client;
    }

    // YARP is not given the client of before, so it makes a new one.
    private static ForwarderHttpClientContext Like(ForwarderHttpClientContext context) => new()
    {
        ClusterId = context.ClusterId,
        OldConfig = HttpClientConfig.Empty,
        NewConfig = context.NewConfig,
    };
}
